//! Decides who is told when nobody does anything about an incident: it climbs two ladders, each at
//! its own pace, one step at a time.
//!
//! In: an open incident as it is by now. Out: a notice for each person and receiver of a step that is
//! due, and how far it has climbed. Whatever somebody does (takes it, waits, closes it) stops it;
//! where that ends it goes on where it stood (invariant 14). Suppression blocks it (invariant 7). What
//! a step comes to is [`crate::oncall`]'s to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::oncall::{self, Found, Planned, Subject, Told};
use crate::{
    Action, Climb, Drill, Escalating, Incident, Labels, Ladder, Notice, Phase, Reason, Ticket,
    TicketState, Timestamp, ToldNext, limits,
};

use super::draft::Draft;
use super::{route, tell};

/// Begins to climb what is not climbed yet, and anew where it is more urgent or another team's now.
pub(super) fn follow(draft: &mut Draft<'_>, incident: &mut Incident) {
    let is_asked = !draft.policy.oncall.escalations.is_empty() || incident.escalation.is_some();
    if !is_asked || !climbs(incident) || !incident.phase.is_told() {
        return;
    }
    for ladder in Ladder::ALL {
        let known = climb_of(incident, ladder);
        if known.is_some_and(|climb| stands(draft, climb, incident)) {
            continue;
        }
        let labels = labels(draft, incident);
        let begun = oncall::begin(draft.policy, ladder, subject(incident, &labels), draft.now);
        let is_same = match (known, &begun) {
            // As urgent or less: where it stands on the same policy it goes on.
            (Some(known), Some(begun)) => known.policy == begun.policy && known.team == begun.team,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        match (is_same, climb_of(incident, ladder).cloned(), begun) {
            (true, Some(mut known), _) => {
                known.priority = incident.priority;
                put(incident, known);
            }
            (_, _, Some(begun)) => put(incident, begun),
            (false, Some(_), None) => remove(incident, ladder),
            (_, None, None) => {}
        }
    }
}

/// Whether what was begun is still what is wanted, without looking at any policy's conditions.
fn stands(draft: &Draft<'_>, climb: &Climb, incident: &Incident) -> bool {
    let policies = &draft.policy.oncall.escalations;
    let is_known = || policies.iter().any(|one| one.name == *climb.policy);
    climb.priority == incident.priority && *climb.team == incident.team && is_known()
}

/// Nobody is woken for what was asked for, gathered to be read in one go, or only shown.
fn climbs(incident: &Incident) -> bool {
    let is_quiet = incident.drill == Some(Drill::Quiet);
    !is_quiet && incident.list.is_none() && incident.report.is_none()
}

/// Whether a step is due.
pub(super) fn is_due(draft: &Draft<'_>, incident: &Incident) -> bool {
    incident.phase == Phase::Open && due(incident).is_some_and(|at| at <= draft.now)
}

/// When the next step of either ladder is taken if nobody does anything.
pub(crate) fn due(incident: &Incident) -> Option<Timestamp> {
    let climbs = incident.escalation.as_ref().map(|known| &known.climbs);
    climbs.into_iter().flatten().filter_map(Climb::at).min()
}

/// Takes the step that is due on each ladder. People may be told: that was asked before.
pub(super) fn climb(draft: &mut Draft<'_>, incident: &mut Incident) {
    if incident.phase != Phase::Open {
        return;
    }
    let mut told = BTreeSet::new();
    for ladder in Ladder::ALL {
        let climb = climb_of(incident, ladder).cloned();
        if let Some(climb) = climb.filter(|climb| climb.at().is_some_and(|at| at <= draft.now)) {
            step(draft, incident, climb, &mut told);
        }
    }
}

fn step(
    draft: &mut Draft<'_>,
    incident: &mut Incident,
    mut climb: Climb,
    told: &mut BTreeSet<Told>,
) {
    let labels = labels(draft, incident);
    let of = subject(incident, &labels);
    let (now, policy) = (draft.now, draft.policy);
    let time = (reminds(draft, incident), now);
    match oncall::next((draft.state, policy), &climb, of, now) {
        Planned::Gone => remove(incident, climb.ladder),
        Planned::Waits { until } => {
            climb.due = Some(until);
            climb.not_before = until;
            draft.note(incident.id, Reason::EscalationWaits { until });
            put(incident, climb);
        }
        Planned::LeftOut { step } => {
            oncall::advance(policy, &mut climb, (step, false), time);
            put(incident, climb);
        }
        Planned::Tells { step, found } => {
            let late = climb.due.map_or(0, |due| now.since(due).as_millis());
            let late_ms = u64::try_from(late).unwrap_or(u64::MAX);
            oncall::advance(policy, &mut climb, (step, true), time);
            let (ladder, policy) = (climb.ladder, climb.policy.to_string());
            put(incident, climb);
            let reason = Reason::Escalated {
                ladder,
                policy,
                step: step.saturating_add(1),
                told: found.told.iter().map(words).collect(),
                nobody: found.nobody.clone(),
                late_ms,
            };
            draft.note(incident.id, reason);
            tell_all(draft, incident, (ladder, found), told);
        }
    }
}

fn reminds(draft: &Draft<'_>, incident: &Incident) -> Option<std::time::Duration> {
    let timers = route::timers(draft.policy, incident);
    timers.remind_every.get(&incident.priority).copied()
}

fn tell_all(
    draft: &mut Draft<'_>,
    incident: &mut Incident,
    (ladder, found): (Ladder, Found),
    told: &mut BTreeSet<Told>,
) {
    let why = why(draft, incident);
    for one in found.told {
        // Both ladders may lead to the same person at the same time.
        if told.insert(one.clone()) {
            let notice = Notice {
                person: one.person,
                why: why.clone(),
                ladder: Some(ladder),
            };
            notify(draft, incident, &one.receiver, notice);
        }
    }
}

/// Tells one receiver: with its ticket where it has none yet, which then is closed as every other.
fn notify(draft: &mut Draft<'_>, incident: &mut Incident, receiver: &str, notice: Notice) {
    if !incident.receivers.iter().any(|known| known == receiver) {
        incident.receivers.push(receiver.to_owned());
    }
    match draft.ticket(incident.id, receiver).cloned() {
        None => tell::open(draft, incident, receiver, Some(notice)),
        Some(ticket) if !takes(draft, &ticket, &notice) => {}
        Some(ticket) => tell::escalate(draft, incident, ticket, notice),
    }
}

/// Not where it is told all of it in this same decision already, can never be, or has so much to
/// tell that one more notice of the same is none.
fn takes(draft: &Draft<'_>, ticket: &Ticket, notice: &Notice) -> bool {
    let last = ticket.outstanding.last();
    let tells_all =
        last.is_some_and(|(_, _, action)| matches!(action, Action::Open | Action::Reopen));
    let is_told = tells_all && ticket.updated_at == draft.now && notice.person.is_none();
    let is_notice = |(_, _, action): &&(_, _, Action)| *action == Action::Escalate;
    let waiting = ticket.outstanding.iter().filter(is_notice).count();
    ticket.state != TicketState::Refused && !is_told && waiting < limits::NOTICES_WAITING_MAX
}

fn why(draft: &Draft<'_>, incident: &Incident) -> String {
    let since = incident.opened_at.unwrap_or(draft.now);
    match draft.now.since(since).as_secs() / 60 {
        0 => "nobody works on it yet".to_owned(),
        1 => "nobody works on it since a minute".to_owned(),
        minutes => format!("nobody works on it since {minutes} minutes"),
    }
}

/// It was given to another team. Back to one that had it, or on to a third: whoever leads each of
/// the two is told.
pub(super) fn handed(draft: &mut Draft<'_>, incident: &mut Incident, from: &str) {
    let mut known = incident.escalation.take().unwrap_or_default();
    if known.owners.last().is_none_or(|last| **last != *from) {
        known.owners.push(Arc::from(from));
    }
    known.owners.push(Arc::from(incident.team.as_str()));
    let surplus = known.owners.len().saturating_sub(limits::OWNERS_KEPT_MAX);
    known.owners.drain(..surplus);
    let is_ping_pong = is_ping_pong(&known.owners);
    let owners: Vec<String> = known.owners.iter().map(ToString::to_string).collect();
    incident.escalation = Some(known);
    if !is_ping_pong {
        follow(draft, incident);
        return;
    }
    let of_both = [from, incident.team.as_str()];
    let known = of_both
        .iter()
        .filter_map(|team| draft.policy.leads.get(*team));
    let leads: BTreeSet<String> = known.flatten().cloned().collect();
    let reason = Reason::PingPong {
        teams: owners.clone(),
        leads: leads.iter().cloned().collect(),
    };
    draft.note(incident.id, reason);
    follow(draft, incident);
    if incident.phase.is_standing() {
        for lead in leads {
            let notice = Notice {
                person: None,
                why: format!("teams hand it to each other: {}", owners.join(", ")),
                ladder: None,
            };
            notify(draft, incident, &lead, notice);
        }
    }
}

/// Whether the last handover went back to a team that had it, or on to a third.
fn is_ping_pong(owners: &[Arc<str>]) -> bool {
    let Some((last, before)) = owners.split_last() else {
        return false;
    };
    let distinct: BTreeSet<&Arc<str>> = owners.iter().collect();
    before.contains(last) || distinct.len() >= limits::OWNERS_DISTINCT_MAX
}

/// What was not done while somebody worked on it, or nobody could be told, is not late for it.
pub(super) fn resume(incident: &mut Incident, now: Timestamp) {
    if let Some(known) = &mut incident.escalation {
        for climb in &mut known.climbs {
            climb.due = climb.due.map(|due| due.max(now));
        }
    }
}

/// It is over: nobody else is told. If it is opened again, that begins anew.
pub(super) fn over(incident: &mut Incident) {
    if let Some(known) = &mut incident.escalation {
        known.climbs.clear();
        if known.owners.is_empty() {
            incident.escalation = None;
        }
    }
}

/// Who is told next if nobody does anything.
pub(super) fn told_next(draft: &Draft<'_>, incident: &Incident) -> Option<ToldNext> {
    who_next((draft.state, draft.policy), incident)
}

/// As [`told_next`], of what is committed.
pub(crate) fn who_next(
    look: (&crate::State, &crate::Policy),
    incident: &Incident,
) -> Option<ToldNext> {
    if incident.phase != Phase::Open || incident.suppressed.is_some() {
        return None;
    }
    let climbs = incident.escalation.as_ref().map(|known| &known.climbs);
    let next = climbs.into_iter().flatten().filter_map(|climb| {
        let (at, who) = oncall::who_next(look, climb, &incident.team)?;
        let ladder = climb.ladder;
        Some(ToldNext { at, who, ladder })
    });
    next.min_by_key(|next| (next.at, next.ladder))
}

fn subject<'a>(incident: &'a Incident, labels: &'a Labels) -> Subject<'a> {
    Subject {
        team: &incident.team,
        priority: incident.priority,
        handling: incident.handling,
        labels,
    }
}

fn labels(draft: &Draft<'_>, incident: &Incident) -> Labels {
    let front = super::facts::front(draft, incident);
    front.map_or_else(Labels::none, |alert| alert.about.labels.clone())
}

fn climb_of(incident: &Incident, ladder: Ladder) -> Option<&Climb> {
    let climbs = incident.escalation.as_ref().map(|known| &known.climbs);
    climbs
        .into_iter()
        .flatten()
        .find(|climb| climb.ladder == ladder)
}

fn put(incident: &mut Incident, climb: Climb) {
    let known: &mut Escalating = incident.escalation.get_or_insert_default();
    known.climbs.retain(|other| other.ladder != climb.ladder);
    known.climbs.push(climb);
    known.climbs.sort_by_key(|climb| climb.ladder);
}

fn remove(incident: &mut Incident, ladder: Ladder) {
    if let Some(known) = &mut incident.escalation {
        known.climbs.retain(|climb| climb.ladder != ladder);
    }
}

fn words(told: &Told) -> String {
    match &told.person {
        Some(person) => format!("{person} by {}", told.receiver),
        None => told.receiver.clone(),
    }
}
