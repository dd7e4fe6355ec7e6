//! Checks what must hold after every step, whatever happened (invariants 1, 4, 5, 8, 10, 13).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use vedette_triage::{
    Action, Alert, AlertId, Awaited, Change, Decision, Delivery, Incident, Input, NextStep,
    Parents, Phase, Reason, Severity, State, Suppression, Ticket, TicketState, limits, next_step,
};

use super::World;

/// Beyond this many alerts a whole check per step would dominate the test.
const CHECKED_ALERTS_MAX: usize = 400;

/// Deciding again decides the same, and applying twice changes nothing (invariants 4 and 5).
pub(super) fn is_repeatable(world: &World, input: &Input, decision: &Decision) {
    if world.engine.state().alerts().len() > CHECKED_ALERTS_MAX {
        return;
    }
    let again = world.engine.decide(world.now, input, &world.policy);
    assert_eq!(format!("{decision:?}"), format!("{again:?}"));
    let mut once = world.engine.clone();
    once.apply(decision);
    let mut twice = once.clone();
    twice.apply(decision);
    assert!(once.state() == twice.state(), "applied twice: {decision:?}");
    let mut keys = BTreeSet::new();
    for change in &decision.changes {
        assert!(keys.insert(key(change)), "named twice: {change:?}");
    }
}

fn key(change: &Change) -> String {
    match change {
        Change::PutAlert(alert) => format!("alert {:?}", alert.id),
        Change::DropAlert(id) => format!("alert {id:?}"),
        Change::PutIncident(incident) => format!("incident {:?}", incident.id),
        // An incident is kept as it was put last.
        Change::ArchiveIncident(id) => format!("archive {id:?}"),
        Change::PutTicket(ticket) => format!("ticket {:?} {}", ticket.incident, ticket.receiver),
        Change::DropTicket(id, receiver) => format!("ticket {id:?} {receiver}"),
        Change::PutHost(host) => format!("host {}", host.id),
        Change::DropHost(id) => format!("host {id}"),
        Change::PutSilence(silence) => format!("silence {}", silence.id),
        Change::DropSilence(id) => format!("silence {id}"),
        Change::PutAccount(account) => format!("account {}", account.rule),
        Change::DropAccount(rule) => format!("account {rule}"),
        Change::PutRecurrence(recurrence) => format!("recurrence {}", recurrence.group.0),
        Change::DropRecurrence(group) => format!("recurrence {}", group.0),
        Change::PutDigest(digest) => format!("digest {}", digest.team),
        Change::DropDigest(team) => format!("digest {team}"),
        Change::PutRuling(ruling) => format!("ruling {}", ruling.id),
        Change::DropRuling(id) => format!("ruling {id}"),
        Change::AddDelivery(delivery) => format!("delivery {:?}", delivery.id),
        Change::TakeBackDelivery(id) => format!("take back {id:?}"),
        Change::SettleDelivery(id, _) => format!("settle {id:?}"),
    }
}

pub(super) fn is_well_formed(world: &World) {
    let state = world.engine.state();
    if state.alerts().len() > CHECKED_ALERTS_MAX {
        return;
    }
    is_what_a_restart_would_load(state);
    incidents_agree_with_members(world);
    tickets_are_sound(state);
    explanations_hold(state);
    signals_are_conserved(world);
    waits_have_an_end(state);
}

/// Invariant 12, as slowly and plainly as it can be said: what opens is not only of hosts that are
/// silent and of whose parents, in one group, each has an alert that says so.
pub(super) fn children_of_what_has_failed_open_nothing(world: &World, decision: &Decision) {
    let state = world.engine.state();
    let is_of_owner = |alert: &Alert| {
        let host = alert.identity.entity().and_then(|id| state.host(&id));
        host.is_none_or(|host| host.name_also_claimed_by.is_none())
    };
    let failed = |name: &str| {
        let says_so = |alert: &&Arc<Alert>| {
            alert.is_firing()
                && alert.drill.is_none()
                && is_of_owner(alert)
                && alert.about.component == "liveness"
                && alert.identity.measured_by() == alert.identity.entity()
                && alert.about.labels.get("host") == Some(name)
        };
        state.alerts().any(|alert| says_so(&alert))
    };
    let is_child = |alert: &Arc<Alert>| {
        let name = alert.about.labels.get("host").unwrap_or("");
        let is_gone = state.hosts_named(name).all(|host| !host.is_here());
        let place = world.policy.topology.place(name);
        let groups = place.map_or(&[][..], |place| &place.parents);
        let all_failed = |group: &Parents| group.0.iter().all(|parent| failed(parent));
        alert.drill.is_none() && is_gone && groups.iter().any(all_failed)
    };
    for entry in &decision.entries {
        let Reason::Moved {
            from: Phase::Pending,
            to: Phase::Open,
        } = &entry.reason
        else {
            continue;
        };
        let Some(id) = entry.incident else { continue };
        let members: Vec<_> = state.firing(id).collect();
        let all_children = !members.is_empty() && members.iter().all(|alert| is_child(alert));
        assert!(!all_children, "{members:?}");
    }
}

/// What is waited for has an end, or is a place that has failed (invariant 10).
fn waits_have_an_end(state: &State) {
    for alert in state.all_awaiting() {
        let awaits = alert.awaits.as_ref().unwrap();
        let has_end = match awaits.what {
            Awaited::Return { .. } => awaits.until.is_none(),
            Awaited::Seen { .. } | Awaited::Grace { .. } | Awaited::Afresh { .. } => {
                awaits.until.is_some_and(|until| until >= state.now())
            }
        };
        assert!(alert.is_firing() && has_end, "{alert:?}");
    }
}

/// Every index is derived from the records.
fn is_what_a_restart_would_load(state: &State) {
    let mut loaded = State::resume(state.now(), state.counters());
    for record in state.records() {
        loaded.apply(&record);
    }
    for alert in state.alerts() {
        let found = state.alert_of(&alert.identity).map(|found| found.id);
        assert_eq!(found, Some(alert.id), "two alerts of one identity");
    }
    assert!(*state == loaded, "the state is not what its records make");
    for silence in state.silences() {
        let asked = state.firing_labelled(&silence.matchers);
        let asked: BTreeSet<AlertId> = asked.map(|alert| alert.id).collect();
        let all = state
            .alerts()
            .filter(|alert| alert.is_firing() && silence.matchers.match_all(&alert.about.labels));
        let all: BTreeSet<AlertId> = all.map(|alert| alert.id).collect();
        assert_eq!(asked, all, "{silence:?}");
    }
}

fn incidents_agree_with_members(world: &World) {
    let state = world.engine.state();
    for incident in state.incidents() {
        let firing: Vec<_> = state.firing(incident.id).collect();
        let about = format!("{incident:?}");
        assert_eq!(firing.len(), incident.firing as usize, "{about}");
        assert!(incident.firing <= incident.members, "{about}");
        // Invariant 10: an owner and a next step.
        let owners = world.policy.teams.iter();
        let owners = owners.filter(|team| team.name == incident.team).count();
        assert!(owners == 1 || incident.phase.is_over(), "{about}");
        let next = next_step(state, &world.policy, incident);
        match incident.phase {
            Phase::Pending | Phase::Open | Phase::Acknowledged | Phase::Waiting => {
                assert!(incident.firing > 0, "{about}");
                assert_eq!(firing[0].severity, incident.severity, "{about}");
                assert_ne!(next, NextStep::Nothing, "{about}");
            }
            Phase::Resolving => {
                assert_eq!(incident.firing, 0, "{about}");
                assert_ne!(next, NextStep::Nothing, "{about}");
                assert!(incident.due.is_some(), "{about}");
            }
            Phase::Resolved | Phase::Closed => {
                assert!(incident.closed_at.is_some() && incident.close.is_some());
                assert!(incident.due.is_some(), "{about}");
                assert_eq!(incident.uncounted, 0, "{about}");
                assert_eq!(incident.acknowledged, None, "{about}");
                assert_eq!(incident.waiting, None, "{about}");
                assert_eq!(incident.set_priority, None, "{about}");
            }
        }
        lists_are_sound(state, incident);
        what_people_said_ends(state, incident);
        let standing = match (&incident.waiting, &incident.acknowledged) {
            (Some(_), _) => Phase::Waiting,
            (None, Some(_)) => Phase::Acknowledged,
            (None, None) => Phase::Open,
        };
        assert!(
            !incident.phase.is_standing() || incident.phase == standing,
            "{about}"
        );
        let told = match incident.phase {
            // Told before, closed, and firing again without a word.
            Phase::Pending => incident.opened_at.is_some() && incident.suppressed.is_some(),
            Phase::Open | Phase::Acknowledged | Phase::Waiting | Phase::Resolving => true,
            Phase::Resolved | Phase::Closed => incident.opened_at.is_some(),
        };
        assert_eq!(incident.opened_at.is_some(), told, "{about}");
        assert_eq!(state.tickets(incident.id).next().is_some(), told, "{about}");
        if told && incident.phase != Phase::Pending {
            assert_eq!(incident.uncounted, 0, "{about}");
        }
    }
    for alert in state.alerts() {
        if let Some(incident) = alert.incident {
            let is_left_firing = alert.is_firing() && state.incident(incident).is_none();
            assert!(
                state.incident(incident).is_some() || is_left_firing,
                "{alert:?}"
            );
        }
    }
}

/// What is critical is not in a list, and a team has one of each kind that takes something.
fn lists_are_sound(state: &State, incident: &Incident) {
    let Some(of) = incident.list else { return };
    let about = format!("{incident:?}");
    assert!(incident.together.is_none() && incident.report.is_none());
    if !incident.phase.is_over() && !incident.acted {
        let worst = state.firing(incident.id).next().map(|alert| alert.severity);
        assert!(worst < Some(Severity::Critical), "{about}");
    }
    let takes = |list: &&Arc<Incident>| {
        !list.phase.is_over()
            && state.now() <= list.joined_at.after(limits::LIST_GAP)
            && state.now() <= list.started_at.after(limits::LIST_AT_MOST)
    };
    // Of the same group: one that a person gave to another team is still the list of the first.
    let same = |list: &&Arc<Incident>| list.list == Some(of) && list.group == incident.group;
    let lists = state.incidents().filter(same).filter(takes);
    assert!(lists.count() <= 1 || incident.acted, "{about}");
    if of == vedette_triage::ListOf::Digest {
        let told = state.incidents().filter(same);
        let told = told.filter(|list| list.phase.is_told());
        assert!(told.count() <= 1 || incident.acted, "{about}");
    }
}

/// What is said to explain another fires.
fn explanations_hold(state: &State) {
    for incident in state.suppressed() {
        let Some(suppression) = incident.suppressed.as_deref() else {
            continue;
        };
        if let Suppression::Inhibited { alert, .. } | Suppression::DependsOn { alert, .. } =
            suppression
        {
            let is_firing = state.alert(*alert).is_some_and(|alert| alert.is_firing());
            assert!(is_firing, "{incident:?}");
        }
    }
}

/// Invariant 10: an end in the future of each acknowledgement and wait, and none of these, nor a
/// person's priority, of what is worse than it ever was when it was said.
fn what_people_said_ends(state: &State, incident: &Incident) {
    let about = format!("{incident:?}");
    let month = Duration::from_secs(30 * 24 * 3600);
    if let Some(ack) = &incident.acknowledged {
        assert!(ack.until <= state.now().after(month), "{about}");
        assert!(incident.severity <= ack.severity, "{about}");
    }
    if let Some(waiting) = &incident.waiting {
        assert!(waiting.until <= state.now().after(month), "{about}");
        assert!(incident.severity <= waiting.severity, "{about}");
        assert_ne!(incident.phase, Phase::Resolving, "{about}");
    }
    if let Some(at) = incident.weigh_at {
        assert!(!incident.phase.is_over() && incident.firing > 0, "{about}");
        assert!(at > incident.started_at, "{about}");
    }
    if let Some(set) = &incident.set_priority {
        assert_eq!(incident.priority, set.to, "{about}");
        assert!(incident.severity <= set.severity, "{about}");
    }
}

fn tickets_are_sound(state: &State) {
    for incident in state.incidents() {
        for ticket in state.tickets(incident.id) {
            let seqs: Vec<u32> = ticket.outstanding.iter().map(|(_, seq, _)| *seq).collect();
            assert!(seqs.is_sorted() && seqs.last().is_none_or(|last| *last <= ticket.last_seq));
            let underway = ticket
                .outstanding
                .iter()
                .filter(|(_, _, action)| *action == Action::Update && incident.is_open());
            assert!(underway.count() <= 2, "updates pile up: {ticket:?}");
            assert!(
                ticket.outstanding.len() <= limits::OUTSTANDING_PER_TICKET_MAX,
                "deliveries pile up: {ticket:?}"
            );
            assert!(ticket.key.len() <= 40);
            if incident.phase.is_over() || is_underway(ticket) {
                assert_eq!(ticket.update_due, None, "{ticket:?}");
            }
            if ticket.state == TicketState::Refused {
                assert!(ticket.outstanding.is_empty() && ticket.update_due.is_none());
            }
            let notes = ticket
                .outstanding
                .iter()
                .filter(|(_, _, action)| matches!(action, Action::Note | Action::Acknowledge));
            assert!(notes.count() <= limits::OUTSTANDING_PER_TICKET_MAX);
        }
    }
}

fn is_underway(ticket: &Ticket) -> bool {
    let mut actions = ticket.outstanding.iter().map(|(_, _, action)| *action);
    actions.any(|action| matches!(action, Action::Open | Action::Update | Action::Reopen))
}

/// Invariant 8: every alert signal has one outcome, or waits with its untold incident.
fn signals_are_conserved(world: &World) {
    let counted: u32 = world.tallies.values().sum();
    let incidents = world.engine.state().incidents();
    let waiting: u32 = incidents.map(|incident| incident.uncounted).sum();
    assert_eq!(counted + waiting, world.signals, "{:?}", world.tallies);
}

/// Open first and once; reopened only what was closed; closed only what is open.
pub(super) fn is_in_order(order: &[Arc<Delivery>]) {
    let actions: Vec<Action> = order.iter().map(|delivery| delivery.action).collect();
    let order = &actions[..];
    let (last, before) = order.split_last().unwrap();
    match last {
        Action::Open => assert!(before.is_empty(), "{order:?}"),
        Action::Reopen | Action::Update | Action::Note | Action::Acknowledge | Action::Escalate => {
            assert_eq!(before.first(), Some(&Action::Open), "{order:?}");
        }
        Action::Resolve => {
            let turn = before
                .iter()
                .rev()
                .find(|action| matches!(action, Action::Open | Action::Reopen | Action::Resolve));
            assert!(
                turn.is_some_and(|turn| *turn != Action::Resolve),
                "{order:?}"
            );
        }
    }
}
