//! Random lives of a site: every store remembers what the engine made true, and
//! all stores give the same answers.

use proptest::prelude::*;
use vedette_collector::store::Retry;
use vedette_triage::{AlertId, Change, DeliveryId, EntityId, IncidentId, SilenceId};

use crate::records::{alert, at, decision, delivery, entry, host, incident, silence, ticket};
use crate::site::{Everything, MANY, Site, dead, done, state_of};

const RECEIVERS: [&str; 2] = ["desk", "chat"];
const HOSTS: [&str; 3] = ["db-1", "db-2", "db-3"];
const INCIDENTS: u64 = 5;

/// Something that happens to a site. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Event {
    Alert(u64, Option<u64>, u32),
    AlertGone(u64),
    Incident(u64, u32),
    Archive(u64),
    Ticket(u64, usize, u32),
    Host(usize, u32),
    HostGone(usize),
    Silence(u64, u32),
    SilenceGone(u64),
    Deliver(u64, usize),
    Settle(u64, bool),
    Note(Option<u64>, Option<usize>),
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
    let incident = 0..INCIDENTS;
    prop_oneof![
        3 => (0..9u64, proptest::option::of(incident.clone()), 0..20u32)
            .prop_map(|(id, of, variant)| Event::Alert(id, of, variant)),
        1 => (0..9u64).prop_map(Event::AlertGone),
        3 => (incident.clone(), 0..20u32).prop_map(|(id, variant)| Event::Incident(id, variant)),
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
    fn every_store_remembers_what_was_made_true_and_answers_alike(
        steps in proptest::collection::vec(step(), 1..30)
    ) {
        let mut sites = [Site::in_memory(), Site::in_sqlite()];
        for step in &steps {
            for site in &mut sites {
                carry_out(site, step);
            }
            let [memory, sqlite] = &mut sites;
            let now = at(300);
            prop_assert_eq!(answers(memory, now), answers(sqlite, now));
        }
        for site in &mut sites {
            site.restart_and_compare();
        }
    }
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
                .extend(&[(AlertId(*id), at(*second))])
                .expect("it is noted");
            // The engine learns of it with the next load, which is now.
            site.restart();
            site.state = state_of(&site.loaded);
        }
        Step::Forget(second) => {
            site.forget(at(*second));
        }
        Step::Restart => site.restart_and_compare(),
    }
}

/// What the engine would make of an event: only records it knows are moved or dropped.
fn consequences(
    state: &vedette_triage::State,
    event: &Event,
) -> (Vec<Change>, Option<vedette_triage::Entry>) {
    let known = |id: u64| state.incident(IncidentId(id)).is_some();
    let changes = match event {
        Event::Alert(id, of, variant) => vec![Change::PutAlert(alert(*id, *of, *variant))],
        Event::AlertGone(id) => vec![Change::DropAlert(AlertId(*id))],
        Event::Incident(id, variant) => {
            let closed_at = variant.is_multiple_of(5).then(|| at(variant * 10));
            vec![Change::PutIncident(incident(*id, closed_at, *variant))]
        }
        Event::Archive(id) if known(*id) => {
            let id = IncidentId(*id);
            let tickets = state.tickets(id);
            let mut changes: Vec<Change> = tickets
                .map(|ticket| Change::DropTicket(id, ticket.receiver.clone()))
                .collect();
            changes.push(Change::ArchiveIncident(id));
            changes
        }
        Event::Ticket(id, receiver, variant) if known(*id) => {
            vec![Change::PutTicket(ticket(
                *id,
                RECEIVERS[*receiver],
                *variant,
            ))]
        }
        Event::Archive(_) | Event::Ticket(..) => Vec::new(),
        Event::Host(id, variant) => vec![Change::PutHost(host(HOSTS[*id], *variant))],
        Event::HostGone(id) => vec![Change::DropHost(EntityId::new(HOSTS[*id]))],
        Event::Silence(id, variant) => {
            vec![Change::PutSilence(silence(&format!("s-{id}"), *variant))]
        }
        Event::SilenceGone(id) => vec![Change::DropSilence(SilenceId::new(&format!("s-{id}")))],
        Event::Deliver(incident, receiver) => {
            let id = state.counters().delivery;
            let seq = u32::try_from(id).unwrap_or(u32::MAX);
            vec![Change::AddDelivery(delivery(
                id,
                (*incident, RECEIVERS[*receiver]),
                seq,
            ))]
        }
        Event::Settle(id, true) => vec![done(*id)],
        Event::Settle(id, false) => vec![dead(*id, "gone")],
        Event::Note(..) => Vec::new(),
    };
    let entry = match event {
        Event::Note(incident, host) => Some(entry(*incident, host.map(|host| HOSTS[host]), "said")),
        _ => None,
    };
    (changes, entry)
}

/// All answers there are, as text.
fn answers(site: &mut Site, now: vedette_triage::Timestamp) -> Vec<String> {
    let mut answers = Vec::new();
    for receiver in RECEIVERS {
        answers.push(format!("{:?}", site.due_in_full(receiver, now)));
    }
    for id in 0..INCIDENTS {
        answers.push(format!("{:?}", site.timeline(id, MANY)));
        answers.push(format!("{:?}", site.incident(id)));
        answers.push(format!("{:?}", site.deliveries(id)));
    }
    for host in HOSTS {
        answers.push(format!("{:?}", site.host_timeline(host, MANY)));
    }
    answers.push(format!("{:?}", site.archived(u64::MAX, MANY)));
    answers.push(format!("{:?}", site.backlog()));
    answers.push(format!("{:?}", Everything::of(&site.state)));
    answers
}
