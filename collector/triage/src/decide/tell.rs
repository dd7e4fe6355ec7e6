//! Decides which receivers are told what, and when an update is worth sending.
//!
//! In: an incident as it is by now, and its tickets. Out: deliveries in order per
//! ticket (invariant 13). One update waits at most, and it tells what is so when it is
//! sent (invariant 15). Knows nothing of sending.

use std::time::Duration;

use crate::{
    Action, Closing, Evidence, Facts, Fate, Incident, Notice, OnClear, Phase, Ticket, TicketState,
    Timestamp, Told, limits,
};

use super::draft::Draft;
use super::news::{is_only_better, news};
use super::{facts, route};

/// Which generation of tickets of an incident this is; a reopened ticket keeps its key.
const GENERATION: u32 = 1;

/// Whether a receiver of this incident has no ticket yet.
pub(super) fn is_missing(draft: &Draft<'_>, incident: &Incident) -> bool {
    incident
        .receivers
        .iter()
        .any(|receiver| draft.ticket(incident.id, receiver).is_none())
}

/// Opens a ticket at each receiver that has none.
pub(super) fn open_missing(draft: &mut Draft<'_>, incident: &Incident) {
    for receiver in &incident.receivers {
        if draft.ticket(incident.id, receiver).is_none() {
            open(draft, incident, receiver, None);
        }
    }
}

/// Opens a ticket at a receiver that has none; for a person, where it is told to one.
pub(super) fn open(
    draft: &mut Draft<'_>,
    incident: &Incident,
    receiver: &str,
    notice: Option<Notice>,
) {
    let installation = &draft.policy.installation;
    let mut ticket = Ticket {
        incident: incident.id,
        receiver: receiver.to_owned(),
        key: format!("{installation}-{}-{GENERATION}", incident.id),
        state: TicketState::Opening,
        reference: None,
        last_seq: 0,
        outstanding: Vec::new(),
        told: told_now(incident),
        update_due: None,
        updated_at: draft.now,
        closing: None,
        came_and_went: 0,
    };
    let mut facts = facts::of(draft, incident, receiver);
    let front = facts::front(draft, incident);
    facts.evidence = front.map_or_else(Vec::new, |alert| alert.evidence.clone());
    facts.notice = notice.map(Box::new);
    draft.deliver(&mut ticket, Action::Open, facts);
    draft.put_ticket(ticket);
}

/// Tells whoever reads a ticket that nobody works on it.
pub(super) fn escalate(
    draft: &mut Draft<'_>,
    incident: &Incident,
    mut ticket: Ticket,
    notice: Notice,
) {
    if is_full(&ticket) {
        return;
    }
    let mut facts = facts::of(draft, incident, &ticket.receiver);
    facts.notice = Some(Box::new(notice));
    draft.deliver(&mut ticket, Action::Escalate, facts);
    draft.put_ticket(ticket);
}

/// Opens again what was closed; where nobody has tried yet to say that it is, nothing needs saying
/// but how often that was so.
pub(super) fn reopen(draft: &mut Draft<'_>, incident: &Incident, why: Option<&str>) {
    for mut ticket in standing(draft, incident) {
        if take_back_close(draft, &mut ticket) {
            draft.put_ticket(ticket);
            continue;
        }
        let mut facts = facts::of(draft, incident, &ticket.receiver);
        facts.news.extend(why.map(str::to_owned));
        give(draft, incident, &mut ticket, (Action::Reopen, facts));
    }
}

/// The first of a ticket may be on its way already; what waits behind it is not.
fn take_back_close(draft: &mut Draft<'_>, ticket: &mut Ticket) -> bool {
    let Some(closing) = ticket.closing.take() else {
        return false;
    };
    let waiting = |(delivery, _, _): &(_, _, _)| *delivery == closing.delivery;
    match ticket.outstanding.iter().position(waiting) {
        None | Some(0) => false,
        Some(at) => {
            draft.take_back(ticket, at);
            ticket.told = closing.told;
            ticket.came_and_went = closing.came_and_went.saturating_add(1);
            true
        }
    }
}

/// Who closes an incident.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Closer {
    /// It is well; the receiver's `on_clear` says what that means there.
    Recovery,
    /// A person, who wants it closed.
    Person,
    /// It goes on in another ticket.
    Merge,
}

/// Closes what was opened, whatever is silenced or observed by now (invariant 7).
pub(super) fn close(draft: &mut Draft<'_>, incident: &Incident, closer: Closer) {
    for mut ticket in standing(draft, incident) {
        if closer == Closer::Person && is_closed_there(draft, incident, &ticket) {
            ticket.state = TicketState::Resolved;
            ticket.told = told_now(incident);
            ticket.update_due = None;
            draft.put_ticket(ticket);
            continue;
        }
        let receiver = draft.policy.receivers.get(&ticket.receiver);
        let on_clear = receiver.map_or(OnClear::Resolve, |receiver| receiver.on_clear);
        let says_only = match on_clear {
            OnClear::Resolve => false,
            OnClear::ResolveUnlessOwned => {
                incident.acknowledged.is_some() || incident.assigned.is_some()
            }
            OnClear::Comment => true,
        };
        let action = if says_only && closer == Closer::Recovery {
            Action::Update
        } else {
            Action::Resolve
        };
        let mut facts = facts::of(draft, incident, &ticket.receiver);
        facts.news = news(&ticket, &told_now(incident));
        let (told, came_and_went) = (ticket.told.clone(), ticket.came_and_went);
        give(draft, incident, &mut ticket, (action, facts));
        ticket.closing = ticket.outstanding.last().map(|(delivery, _, _)| {
            Box::new(Closing {
                delivery: *delivery,
                told,
                came_and_went,
            })
        });
        draft.put_ticket(ticket);
    }
}

/// Whether a person has just closed this very ticket: nothing needs saying there.
fn is_closed_there(draft: &Draft<'_>, incident: &Incident, ticket: &Ticket) -> bool {
    let by_hand = incident.closed_by_hand.as_deref();
    incident.closed_at == Some(draft.now)
        && by_hand.is_some_and(|by_hand| by_hand.receiver == ticket.receiver)
        && ticket.outstanding.is_empty()
}

/// Says to each ticket that somebody works on it. Where too much waits already it is left to
/// the next update, which tells it as well.
pub(super) fn acknowledge(draft: &mut Draft<'_>, incident: &Incident) {
    // What tickets there are of an untold incident are closed; the reopen will say it.
    if incident.phase == Phase::Pending {
        return;
    }
    for mut ticket in standing(draft, incident) {
        if is_full(&ticket) {
            continue;
        }
        let facts = facts::of(draft, incident, &ticket.receiver);
        ticket
            .told
            .acknowledged_by
            .clone_from(&facts.acknowledged_by);
        ticket.told.assigned_to.clone_from(&facts.assigned_to);
        ticket.told.waits_for = None;
        draft.deliver(&mut ticket, Action::Acknowledge, facts);
        draft.put_ticket(ticket);
    }
}

/// Adds what a person wrote to each ticket.
pub(super) fn note(draft: &mut Draft<'_>, incident: &Incident, by: &str, text: &str) {
    for mut ticket in standing(draft, incident) {
        let mut facts = facts::of(draft, incident, &ticket.receiver);
        facts.note = Some((by.to_owned(), text.to_owned()));
        draft.deliver(&mut ticket, Action::Note, facts);
        draft.put_ticket(ticket);
    }
}

/// Brings what a host found to each ticket that is open or opens; one for which too much waits
/// is told with its next update.
pub(super) fn evidence(draft: &mut Draft<'_>, incident: &Incident, found: &Evidence) {
    for mut ticket in standing(draft, incident) {
        if is_full(&ticket) {
            continue;
        }
        let mut facts = facts::of(draft, incident, &ticket.receiver);
        let now_so = told_now(incident);
        facts.news = news(&ticket, &now_so);
        facts.evidence = vec![found.clone()];
        give(draft, incident, &mut ticket, (Action::Update, facts));
    }
}

/// The first ticket for which so much waits that no note is taken.
pub(super) fn full_ticket(draft: &Draft<'_>, incident: &Incident) -> Option<Ticket> {
    standing(draft, incident).into_iter().find(is_full)
}

/// Brings every ticket up to date, now or when that is due. While all is clear nothing is worth
/// an update: the resolve, or the relapse, tells it.
pub(super) fn updates(draft: &mut Draft<'_>, incident: &Incident) {
    if !incident.phase.is_standing() {
        return;
    }
    for ticket in standing(draft, incident) {
        update(draft, incident, ticket);
    }
}

/// Brings one ticket up to date: at once if it became worse, else when its pause is over, and
/// not before what it was told last has arrived. Its outcome asks again.
pub(super) fn update(draft: &mut Draft<'_>, incident: &Incident, mut ticket: Ticket) {
    let now_so = told_now(incident);
    let news = news(&ticket, &now_so);
    let due = match is_underway(&ticket) || news.is_empty() {
        true => None,
        false if now_so.severity > ticket.told.severity => Some(draft.now),
        false if is_only_better(&ticket, &now_so) => {
            // Often the first of many that recover: soon the resolve says it.
            let lasts = ticket
                .update_due
                .unwrap_or_else(|| draft.now.after(eased_for(draft, incident)));
            Some(not_before(draft, incident, &ticket).max(lasts))
        }
        false => Some(not_before(draft, incident, &ticket)),
    };
    if due.is_some_and(|due| due <= draft.now) {
        let mut facts = facts::of(draft, incident, &ticket.receiver);
        facts.news = news;
        give(draft, incident, &mut ticket, (Action::Update, facts));
    } else {
        ticket.update_due = due;
        draft.put_ticket(ticket);
    }
}

/// Brings every ticket up to date at once, because a person said something or a time that people
/// gave is up; one to which something is on its way, or for which too much waits, when that is due.
pub(super) fn at_once(draft: &mut Draft<'_>, incident: &Incident) {
    if !incident.phase.is_standing() {
        return;
    }
    for mut ticket in standing(draft, incident) {
        let news = news(&ticket, &told_now(incident));
        if news.is_empty() || is_underway(&ticket) || is_full(&ticket) {
            update(draft, incident, ticket);
            continue;
        }
        let mut facts = facts::of(draft, incident, &ticket.receiver);
        facts.news = news;
        give(draft, incident, &mut ticket, (Action::Update, facts));
    }
}

/// Settles everything that waits for a ticket whose open was refused for good.
pub(super) fn never_opened(draft: &mut Draft<'_>, ticket: &mut Ticket) {
    ticket.state = TicketState::Refused;
    ticket.update_due = None;
    for (delivery, _, action) in std::mem::take(&mut ticket.outstanding) {
        let why = "never opened there".to_owned();
        draft.note(
            ticket.incident,
            crate::Reason::DeliveryDead {
                delivery,
                receiver: ticket.receiver.clone(),
                action,
                why: why.clone(),
            },
        );
        draft.settle(delivery, Fate::Dead { why });
    }
}

/// The tickets that exist at their receiver, or may yet.
fn standing(draft: &Draft<'_>, incident: &Incident) -> Vec<Ticket> {
    let mut tickets = draft.tickets(incident.id);
    tickets.retain(|ticket| match ticket.state {
        TicketState::Opening | TicketState::Open | TicketState::Resolved => true,
        TicketState::Refused => false,
    });
    tickets
}

fn give(
    draft: &mut Draft<'_>,
    incident: &Incident,
    ticket: &mut Ticket,
    (action, mut facts): (Action, Facts),
) {
    facts.came_and_went = std::mem::take(&mut ticket.came_and_went);
    ticket.told = told_now(incident);
    ticket.updated_at = draft.now;
    ticket.update_due = None;
    draft.deliver(ticket, action, facts);
    draft.put_ticket(ticket.clone());
}

/// Where notes and acknowledgements wait no longer: the turns of the incident still have room.
fn is_full(ticket: &Ticket) -> bool {
    ticket.outstanding.len() >= limits::OUTSTANDING_PER_TICKET_MAX - limits::TURNS_PER_TICKET_MAX
}

/// Whether something that tells the whole state is on its way.
fn is_underway(ticket: &Ticket) -> bool {
    ticket
        .outstanding
        .iter()
        .any(|(_, _, action)| match action {
            Action::Open | Action::Update | Action::Reopen => true,
            Action::Note | Action::Acknowledge | Action::Escalate | Action::Resolve => false,
        })
}

fn not_before(draft: &Draft<'_>, incident: &Incident, ticket: &Ticket) -> Timestamp {
    let timers = route::timers(draft.policy, incident);
    let is_first = ticket.last_seq == 1 || Some(ticket.updated_at) == incident.opened_at;
    ticket.updated_at.after(if is_first {
        timers.first_update
    } else {
        timers.update_interval
    })
}

/// How long it must be less bad before that is worth an update.
fn eased_for(draft: &Draft<'_>, incident: &Incident) -> Duration {
    let timers = route::timers(draft.policy, incident);
    timers.first_update.min(timers.update_interval)
}

fn told_now(incident: &Incident) -> Told {
    let waits_for = incident.waiting.as_ref();
    Told {
        severity: incident.severity,
        priority: incident.priority,
        members: incident.members,
        team: incident.team.clone(),
        acknowledged_by: incident.acknowledged.as_ref().map(|ack| ack.by.clone()),
        flaps: incident.flaps,
        assigned_to: incident.assigned.as_ref().map(|whose| whose.to.clone()),
        waits_for: waits_for.map(|waiting| waiting.waits_for.clone()),
        suspected: incident.suspected.clone(),
        hit: incident.hit,
    }
}
