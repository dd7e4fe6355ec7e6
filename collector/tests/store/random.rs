//! Random lives of a site: every store remembers what the engine made true, and
//! all stores give the same answers.

use std::sync::Arc;

use proptest::prelude::*;
use vedette_collector::store::Retry;
use vedette_triage::{
    AlertId, Change, DeliveryId, EntityId, Entry, IncidentId, SilenceId, State, Ticket, Timestamp,
};

use crate::records::{alert, at, decision, delivery, entry, host, incident, silence, ticket};
use crate::site::{MANY, Site, dead, done, state_of, timeline_before};

const RECEIVERS: [&str; 2] = ["desk", "chat"];
const HOSTS: [&str; 3] = ["db-1", "db-2", "db-3"];

/// Something that happens to a site. Incidents are chosen among those the engine has.
#[derive(Debug, Clone)]
enum Event {
    Alert(u64, Option<usize>, u32),
    AlertGone(u64),
    Opens(u32),
    Changes(usize, u32),
    Archive(usize),
    Ticket(usize, usize, u32),
    Host(usize, u32),
    HostGone(usize),
    Silence(u64, u32),
    SilenceGone(u64),
    Deliver(usize, usize),
    Settle(u64, bool),
    Note(Option<usize>, Option<usize>),
}

/// What a collector does.
#[derive(Debug, Clone)]
enum Step {
    /// Commits decisions together, so many seconds later.
    Commit(Vec<Vec<Event>>, u32),
    Retry(u64, u32),
    Extend(u64, u32),
    Forget(u32),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let incident = 0..5usize;
    prop_oneof![
        3 => (0..9u64, proptest::option::of(incident.clone()), 0..20u32)
            .prop_map(|(id, of, variant)| Event::Alert(id, of, variant)),
        1 => (0..9u64).prop_map(Event::AlertGone),
        2 => (0..20u32).prop_map(Event::Opens),
        2 => (incident.clone(), 0..20u32).prop_map(|(nth, variant)| Event::Changes(nth, variant)),
        1 => incident.clone().prop_map(Event::Archive),
        2 => (incident.clone(), 0..2usize, 0..20u32)
            .prop_map(|(id, receiver, variant)| Event::Ticket(id, receiver, variant)),
        1 => (0..3usize, 0..20u32).prop_map(|(id, variant)| Event::Host(id, variant)),
        1 => (0..3usize).prop_map(Event::HostGone),
        1 => (0..3u64, 0..20u32).prop_map(|(id, variant)| Event::Silence(id, variant)),
        1 => (0..3u64).prop_map(Event::SilenceGone),
        4 => (incident.clone(), 0..2usize).prop_map(|(id, receiver)| Event::Deliver(id, receiver)),
        3 => (0..30u64, any::<bool>()).prop_map(|(id, well)| Event::Settle(id, well)),
        3 => (proptest::option::of(incident), proptest::option::of(0..3usize))
            .prop_map(|(id, host)| Event::Note(id, host)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let decisions = proptest::collection::vec(proptest::collection::vec(event(), 0..4), 0..5);
    prop_oneof![
        8 => (decisions, 0..60u32).prop_map(|(decisions, later)| Step::Commit(decisions, later)),
        1 => (0..30u64, 0..600u32).prop_map(|(id, second)| Step::Retry(id, second)),
        1 => (0..9u64, 0..900u32).prop_map(|(id, second)| Step::Extend(id, second)),
        1 => (0..600u32).prop_map(Step::Forget),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_file_remembers_what_was_made_true_and_answers_as_memory_does(
        steps in proptest::collection::vec(step(), 1..30)
    ) {
        live(&steps, [Site::in_memory(), Site::in_sqlite()])?;
    }
}

proptest! {
    // Every restart is two new connections, and every answer a round trip.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_database_remembers_what_was_made_true_and_answers_as_memory_does(
        steps in proptest::collection::vec(step(), 1..30)
    ) {
        if let Some(database) = Site::in_postgres() {
            live(&steps, [Site::in_memory(), database])?;
        }
    }
}

/// The same life on two stores.
fn live(steps: &[Step], mut sites: [Site; 2]) -> Result<(), TestCaseError> {
    for step in steps {
        for site in &mut sites {
            carry_out(site, step);
        }
        let [one, other] = &mut sites;
        let now = at(300);
        prop_assert_eq!(answers(one, now), answers(other, now));
    }
    for site in &mut sites {
        site.restart_and_compare();
    }
    Ok(())
}

fn carry_out(site: &mut Site, step: &Step) {
    match step {
        Step::Commit(decisions, later) => {
            let now = site
                .state
                .now()
                .max(at(0))
                .after(std::time::Duration::from_secs((*later).into()));
            let mut state = site.state.clone();
            let mut made = Vec::new();
            for events in decisions {
                let mut one = decision(now, Vec::new(), Vec::new());
                for event in events {
                    let (changes, entry) = consequences(&state, event);
                    for change in &changes {
                        state.apply(change);
                    }
                    one.changes.extend(changes);
                    one.entries.extend(entry);
                }
                made.push(one);
            }
            site.commit_all(made);
        }
        Step::Retry(id, second) => {
            let retry = Retry {
                delivery: DeliveryId(*id),
                next_at: at(*second),
                attempts: *second,
                unknown_since: second.is_multiple_of(2).then(|| at(*second)),
                answer: format!("answer {second}"),
            };
            site.writer.retry(&[retry]).expect("it is noted");
        }
        Step::Extend(id, second) => {
            site.writer
                .extend(at(0), &[(AlertId(*id), at(*second))])
                .expect("it is noted");
            // The engine learns of it with the next load, which is now.
            site.restart();
            site.state = state_of(&site.loaded);
        }
        Step::Forget(second) => {
            site.forget(&timeline_before(at(*second)));
        }
        Step::Restart => site.restart_and_compare(),
    }
}

/// What the engine would make of an event: numbers ascend, and what it no longer has it leaves alone.
fn consequences(state: &State, event: &Event) -> (Vec<Change>, Option<Entry>) {
    let nth = |nth: usize| state.incidents().nth(nth).map(|incident| incident.id.0);
    let closed_at = |variant: u32| variant.is_multiple_of(5).then(|| at(variant * 10));
    let change = match event {
        Event::Alert(id, of, variant) => {
            Some(Change::PutAlert(alert(*id, of.and_then(nth), *variant)))
        }
        Event::AlertGone(id) => Some(Change::DropAlert(AlertId(*id))),
        Event::Opens(variant) => {
            let id = state.counters().incident;
            Some(Change::PutIncident(incident(
                id,
                closed_at(*variant),
                *variant,
            )))
        }
        Event::Changes(which, variant) => {
            nth(*which).map(|id| Change::PutIncident(incident(id, closed_at(*variant), *variant)))
        }
        Event::Archive(which) => {
            return (
                nth(*which).map_or(Vec::new(), |id| archive(state, id)),
                None,
            );
        }
        Event::Ticket(which, receiver, variant) => {
            nth(*which).map(|id| Change::PutTicket(ticket(id, RECEIVERS[*receiver], *variant)))
        }
        Event::Host(id, variant) => Some(Change::PutHost(host(HOSTS[*id], *variant))),
        Event::HostGone(id) => Some(Change::DropHost(EntityId::new(HOSTS[*id]))),
        Event::Silence(id, variant) => {
            Some(Change::PutSilence(silence(&format!("s-{id}"), *variant)))
        }
        Event::SilenceGone(id) => Some(Change::DropSilence(SilenceId::new(&format!("s-{id}")))),
        Event::Deliver(which, receiver) => nth(*which).map(|incident| {
            let id = state.counters().delivery;
            let seq = u32::try_from(id).unwrap_or(u32::MAX);
            Change::AddDelivery(delivery(id, (incident, RECEIVERS[*receiver]), seq))
        }),
        Event::Settle(id, true) => Some(done(*id)),
        Event::Settle(id, false) => Some(dead(*id, "gone")),
        Event::Note(which, host) => {
            let incident = which.and_then(nth);
            let said = entry(incident, host.map(|host| HOSTS[host]), "said");
            return (Vec::new(), Some(said));
        }
    };
    (change.into_iter().collect(), None)
}

fn archive(state: &State, id: u64) -> Vec<Change> {
    let id = IncidentId(id);
    let tickets = state.tickets(id);
    let drop = |ticket: &Arc<Ticket>| Change::DropTicket(id, ticket.receiver.clone());
    let mut changes: Vec<Change> = tickets.map(drop).collect();
    changes.push(Change::ArchiveIncident(id));
    changes
}

/// All answers there are, as text.
fn answers(site: &mut Site, now: Timestamp) -> Vec<String> {
    let mut answers = Vec::new();
    for receiver in RECEIVERS {
        answers.push(format!("{:?}", site.due_in_full(receiver, now)));
    }
    for id in 0..site.state.counters().incident {
        answers.push(format!("{:?}", site.timeline(id, MANY)));
        answers.push(format!("{:?}", site.incident(id)));
        answers.push(format!("{:?}", site.deliveries(id)));
    }
    for host in HOSTS {
        answers.push(format!("{:?}", site.host_timeline(host, MANY)));
    }
    answers.push(format!("{:?}", site.archived(u64::MAX, MANY)));
    answers.push(format!("{:?}", site.backlog()));
    answers
}
