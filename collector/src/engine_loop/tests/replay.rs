//! A day with everything that happens on one, replayed: each decision is the one that was made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::runtime::Builder;
use vedette_triage::{
    About, Actor, AlertId, AlertSignal, Command, End, Fate, Handling, Identity, IncidentId, Input,
    Labels, Matchers, Policy, Priority, Revision, Says, Severity, Signal, SilenceId,
    SilenceRequest, State, TicketReference, Timestamp, Via,
};

use super::world::{self, BEGIN, World, clears, fires, sick_host};
use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Pending, View};
use crate::recording::{Difference, Digest, Replay, ReplayError, Row, Snapshot, SnapshotPart};
use crate::store::memory::Memory;
use crate::store::{Answers, CommitNumber, Keepsake, Question, Store, StoreError, StoreHandle};

/// What happens.
#[derive(Debug, Clone, Copy)]
enum Event {
    Fires(u32),
    Clears(u32),
    /// A sender from outside vouches for its alert for so many seconds.
    Outside(u32, u32),
    OutsideEnds(u32),
    Sick,
    Acknowledge(u64),
    Resolve(u64),
    Note(u64),
    Merge(u64, u64),
    Silence(u32, u32),
    /// Receivers answer what waits for them, one in so many for good and badly.
    Answered(u32),
    Pass(u32),
    SetClock(i32),
    /// Another policy, by what is changed in it.
    Policy(u32),
    Fault(u32),
    /// The store writes behind until when senders vouch, so many seconds on.
    WrittenBehind(u32),
    Restart(u32),
    Snapshot,
}

fn event() -> impl Strategy<Value = Event> {
    use Event::*;
    prop_oneof![
        8 => (0..6u32).prop_map(Fires),
        6 => (0..6u32).prop_map(Clears),
        4 => (0..4u32, 60..4_000u32).prop_map(|(id, valid)| Outside(id, valid)),
        2 => (0..4u32).prop_map(OutsideEnds),
        1 => Just(Sick),
        1 => (1..8u64).prop_map(Acknowledge),
        1 => (1..8u64).prop_map(Resolve),
        1 => (1..8u64).prop_map(Note),
        1 => (1..8u64, 1..8u64).prop_map(|(one, into)| Merge(one, into)),
        2 => (0..6u32, 10..3_000u32).prop_map(|(id, lasts)| Silence(id, lasts)),
        6 => (2..9u32).prop_map(Answered),
        8 => (1..4_000u32).prop_map(Pass),
        1 => (-5_000..5_000i32).prop_map(SetClock),
        2 => (0..5u32).prop_map(Policy),
        3 => (0..5u32).prop_map(Fault),
        2 => (1..5_000u32).prop_map(WrittenBehind),
        2 => (0..4_000u32).prop_map(Restart),
        1 => Just(Snapshot),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_day_is_replayed_as_it_was_whatever_happened_on_it(
        events in proptest::collection::vec(event(), 1..60)
    ) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let day = live(&events).await;
            for snapshot in day.snapshots.values() {
                day.check(snapshot);
            }
        });
    }
}

#[test]
fn a_decision_that_is_another_one_is_named() {
    let day = quiet_day();
    let first = day.snapshots.values().next().unwrap();
    let mut rows = day.rows();
    let changed = rows.iter().position(|row| row.inputs.len() == 2).unwrap();
    let number = rows[changed].number;
    // What was told is another thing than then.
    rows[changed].inputs[1] = fires(3);
    let difference = replay(first, &rows, &day.policies).unwrap_err();
    assert_eq!((difference.number, difference.input), (number, 1));
    // What was decided was another thing than now.
    let mut rows = day.rows();
    let Digest(digest) = rows[changed].digests[0];
    rows[changed].digests[0] = Digest(digest ^ 1);
    let difference = replay(first, &rows, &day.policies).unwrap_err();
    assert_eq!((difference.number, difference.input), (number, 0));
    assert_eq!(difference.now, Digest(digest));
}

#[test]
fn another_policy_than_then_is_noticed() {
    let mut day = quiet_day();
    let rows = day.rows();
    let first = day.snapshots.values().next().unwrap().clone();
    assert!(replay(&first, &rows, &day.policies).is_ok());
    let mut other = (*day.policies[&Revision(1)]).clone();
    other.matrix.rows = [[Priority::P5; 3]; 3];
    day.policies.insert(Revision(1), Arc::new(other));
    assert!(replay(&first, &rows, &day.policies).is_err());
}

#[test]
fn a_row_that_is_missing_and_a_policy_that_is_missing_end_it() {
    let day = quiet_day();
    let first = day.snapshots.values().next().unwrap();
    let mut rows = day.rows();
    let mut replay = Replay::after(first);
    let none = replay.play(&rows[0], &mut |_| None);
    assert_eq!(
        none.unwrap_err(),
        ReplayError::NoPolicy {
            revision: Revision(1),
            number: 1
        }
    );
    let policy = Arc::clone(&day.policies[&Revision(1)]);
    let mut find = move |_| Some(Arc::clone(&policy));
    assert!(replay.play(&rows[0], &mut find).is_ok());
    rows.remove(1);
    let hole = replay.play(&rows[1], &mut find);
    assert_eq!(hole.unwrap_err(), ReplayError::Hole { after: 1, found: 3 });
}

/// What was recorded, and what is so after it.
struct Day {
    memory: Memory,
    snapshots: BTreeMap<u64, Snapshot>,
    policies: BTreeMap<Revision, Arc<Policy>>,
    state: State,
}

impl Day {
    fn rows(&self) -> Vec<Row> {
        let (mut rows, mut after) = (Vec::new(), CommitNumber(0));
        loop {
            let question = Question::Records { after, at_most: 7 };
            let Ok(Answers::Records(page)) = self.memory.clone().ask(&question) else {
                panic!("it answers");
            };
            let Some(last) = page.last() else { return rows };
            after = last.number;
            rows.extend(page.iter().map(|row| Row::open(row).unwrap()));
        }
    }

    /// From that snapshot on everything is decided as it was, and what is so is so again.
    #[track_caller]
    fn check(&self, snapshot: &Snapshot) {
        let rows = self.rows();
        let later = rows.iter().filter(|row| row.number > snapshot.number);
        let later: Vec<Row> = later.cloned().collect();
        match replay(snapshot, &later, &self.policies) {
            Ok(mut replayed) => {
                let mut state = self.state.clone();
                replayed.advance(state.now());
                state.advance(replayed.now());
                assert!(replayed == state, "{replayed:#?}\nis not\n{state:#?}");
            }
            Err(difference) => {
                let row = later.iter().find(|row| row.number == difference.number);
                panic!("{difference:?} in {row:#?}");
            }
        }
    }
}

fn replay(
    snapshot: &Snapshot,
    rows: &[Row],
    policies: &BTreeMap<Revision, Arc<Policy>>,
) -> Result<State, Difference> {
    let mut replay = Replay::after(snapshot);
    for row in rows {
        let played = replay
            .play(row, &mut |revision| policies.get(&revision).cloned())
            .unwrap();
        if let Some(difference) = played.difference {
            return Err(difference);
        }
    }
    Ok(replay.state().clone())
}

/// Three commits: two alerts together, an answer, both clear.
fn quiet_day() -> Day {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let events = [
        Event::Fires(1),
        Event::Fires(2),
        Event::Pass(60),
        Event::Answered(9),
        Event::Pass(60),
        Event::Clears(1),
        Event::Clears(2),
        Event::Pass(60),
    ];
    runtime.block_on(live(&events))
}

/// A collector in its day.
struct Live {
    memory: Memory,
    world: Running,
    policies: BTreeMap<Revision, Arc<Policy>>,
    snapshots: BTreeMap<u64, Snapshot>,
    waiting: Vec<Pending>,
}

struct Running {
    handle: EngineHandle,
    view: View,
    store: StoreHandle,
    machine: crate::clock::SetClock,
    clock: Arc<crate::clock::CollectorClock<crate::clock::SetClock>>,
    policy: Arc<Policy>,
    ends: tokio::task::JoinHandle<crate::engine_loop::Ended>,
}

async fn live(events: &[Event]) -> Day {
    let memory = Memory::default();
    let first = Arc::new(world::policy());
    let world = run(World::resumed(memory.clone(), BEGIN), Arc::clone(&first));
    let mut live = Live {
        memory,
        world,
        policies: BTreeMap::from([(first.revision, first)]),
        snapshots: BTreeMap::new(),
        waiting: Vec::new(),
    };
    live.snapshot().await;
    for event in events {
        live.happens(*event).await;
    }
    live.settle().await;
    // What a load found is in the record of the next commit, and the last fault may strike there.
    super::until_committed(&live.world.handle, || fires(99)).await;
    super::until_committed(&live.world.handle, || clears(99)).await;
    let Live {
        memory,
        world,
        policies,
        snapshots,
        ..
    } = live;
    let state = world.view.read().clone();
    Day {
        memory,
        snapshots,
        policies,
        state,
    }
}

fn run(world: World, policy: Arc<Policy>) -> Running {
    world
        .room
        .plenty
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let store = world.engine_loop.store.clone();
    Running {
        handle: world.handle,
        view: world.view,
        store,
        machine: world.machine,
        clock: world.clock,
        policy,
        ends: tokio::spawn(world.engine_loop.run()),
    }
}

impl Live {
    async fn happens(&mut self, event: Event) {
        match event {
            Event::Fires(id) => self.send(fires(id)),
            Event::Clears(id) => self.send(clears(id)),
            Event::Sick => self.send(sick_host()),
            Event::Outside(id, valid) => {
                let now = self.world.clock.now();
                let until = now.after(Duration::from_secs(valid.into()));
                self.send(outside(id, Some(until), now));
            }
            Event::OutsideEnds(id) => {
                let now = self.world.clock.now();
                self.send(outside(id, None, now));
            }
            Event::Acknowledge(id) => self.command(Command::Acknowledge {
                by: ada(),
                incident: IncidentId(id),
                lasts: Some(Duration::from_secs(600)),
            }),
            Event::Resolve(id) => self.command(Command::Resolve {
                by: ada(),
                incident: IncidentId(id),
                why: "it is over".into(),
            }),
            Event::Note(id) => self.command(Command::Note {
                by: ada(),
                incident: IncidentId(id),
                text: "looked at it".into(),
            }),
            Event::Merge(id, into) => self.command(Command::Merge {
                by: ada(),
                incident: IncidentId(id),
                into: IncidentId(into),
                why: String::new(),
            }),
            Event::Silence(id, lasts) => self.silence(id, lasts),
            Event::Answered(one_in) => self.answer(one_in),
            Event::Pass(seconds) => {
                self.world.machine.pass(Duration::from_secs(seconds.into()));
                self.settle().await;
            }
            Event::SetClock(seconds) => {
                self.world.machine.set_wall_by(i64::from(seconds) * 1_000);
                self.world.clock.follow();
                self.settle().await;
            }
            Event::Policy(what) => self.change_policy(what),
            Event::Fault(what) => self.fault(what),
            Event::WrittenBehind(seconds) => self.write_behind(seconds).await,
            Event::Restart(seconds) => self.restart(seconds).await,
            Event::Snapshot => self.snapshot().await,
        }
    }

    fn send(&mut self, input: Input) {
        self.waiting.extend(self.world.handle.submit(input));
    }

    fn command(&mut self, command: Command) {
        self.send(Input::Command(command));
    }

    /// Everybody has an answer, and the loop has looked at its timers.
    async fn settle(&mut self) {
        for pending in self.waiting.drain(..) {
            pending.verdict().await;
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
        self.memory.full(false);
    }

    fn silence(&mut self, id: u32, lasts: u32) {
        let now = self.world.clock.now();
        let silences = self.world.view.read().silences().len();
        self.command(Command::SetSilence {
            by: ada(),
            silence: SilenceRequest {
                new_id: SilenceId::new(&format!("s-{silences}-{}", now.as_millis())),
                replaces: None,
                matchers: Matchers::parse(&[&format!("host=\"db-{id}\"")]).unwrap(),
                starts_at: now,
                ends_at: now.after(Duration::from_secs(lasts.into())),
                created_by: "ada".into(),
                comment: "moving disks".into(),
                annotations: Labels::none(),
                until_clear: false,
            },
        });
    }

    /// What is first of each ticket, as receivers answer it.
    fn answer(&mut self, one_in: u32) {
        let state = self.world.view.read().clone();
        for incident in state.incidents() {
            for ticket in state.tickets(incident.id) {
                let Some((delivery, seq, _)) = ticket.outstanding.first() else {
                    continue;
                };
                let why = || "no such queue".to_owned();
                let fate = match (delivery.0 as u32 + seq) % one_in {
                    0 => Fate::Dead { why: why() },
                    _ => Fate::Done {
                        ticket: Some(TicketReference {
                            id: incident.id.0.to_string(),
                            url: String::new(),
                        }),
                    },
                };
                self.send(Input::Outcome {
                    delivery: *delivery,
                    incident: incident.id,
                    receiver: ticket.receiver.clone(),
                    fate,
                });
            }
        }
    }

    fn change_policy(&mut self, what: u32) {
        let revision = Revision(self.policies.len() as u64 + 1);
        let mut policy = Policy {
            revision,
            ..world::policy()
        };
        match what {
            0 => policy.matrix.rows = [[Priority::P2; 3]; 3],
            1 => policy.timers.close_delay = Duration::from_secs(7),
            2 => policy.timers.reopen_within = Duration::ZERO,
            3 => policy.teams[0].ticket = None,
            _ => {}
        }
        let policy = Arc::new(policy);
        self.policies.insert(revision, Arc::clone(&policy));
        let before = self.world.policy.revision;
        let told = self.world.handle.change_policy(before, Arc::clone(&policy));
        self.waiting.extend(told);
        self.world.policy = policy;
    }

    fn fault(&mut self, what: u32) {
        let why = || "a test".to_owned();
        match what {
            0 => self.memory.fail_next(StoreError::Away(why())),
            1 => self.memory.fail_next(StoreError::Refused(why())),
            2 => self.memory.fail_next(StoreError::Unknown(why())),
            3 => self.memory.full(true),
            _ => self.memory.fail_after_writing(),
        }
    }

    async fn write_behind(&mut self, seconds: u32) {
        let now = self.world.clock.now();
        let until = now.after(Duration::from_secs(seconds.into()));
        let alerts = self.world.view.read().clone();
        let ends: Vec<(AlertId, Timestamp)> =
            alerts.alerts().map(|alert| (alert.id, until)).collect();
        // Where the store is away or full, nothing is written behind.
        let _ = self.world.store.extend(now, ends).await;
    }

    /// It ends, and begins again so much later, as the app does.
    async fn restart(&mut self, seconds: u32) {
        self.settle().await;
        let wall = self.world.clock.now();
        let Running {
            handle,
            policy,
            ends,
            ..
        } = std::mem::replace(
            &mut self.world,
            // Only until the new one is there.
            run(World::new(), Arc::new(world::policy())),
        );
        drop(handle);
        ends.await.unwrap();
        let wall = wall.after(Duration::from_secs(seconds.into()));
        let mut resumed = World::resumed(self.memory.clone(), wall);
        resumed.engine_loop.policy = Arc::clone(&policy);
        let down_since = resumed.view.read().now();
        self.world = run(resumed, Arc::clone(&policy));
        self.send(Input::Started { down_since });
        let told = self.world.handle.change_policy(policy.revision, policy);
        self.waiting.extend(told);
    }

    /// Through the store, in its parts.
    async fn snapshot(&mut self) {
        let taken = Snapshot::of(&self.world.view);
        let mut parts = Vec::new();
        for part in 0..taken.parts() {
            let part = taken.part(part).unwrap();
            parts.push(SnapshotPart::open(&part).unwrap());
            // Where the store is away or full, it is taken again another day.
            let _ = self.world.store.keep(Keepsake::Part(part)).await;
        }
        let joined = Snapshot::join(taken.number, parts);
        assert_eq!(joined, taken);
        self.snapshots.insert(taken.number, joined);
    }
}

fn ada() -> Actor {
    Actor {
        name: "ada".into(),
        via: Via::Api,
    }
}

fn outside(id: u32, valid_until: Option<Timestamp>, since: Timestamp) -> Input {
    let name = format!("Probe{id}");
    let labels: Labels = [("alertname", name.as_str()), ("instance", "db-7:9100")]
        .into_iter()
        .collect();
    let says = match valid_until {
        Some(until) => Says::Firing {
            severity: Severity::Warning,
            since,
            valid_until: Some(until),
        },
        None => Says::Ok {
            end: End::SaidBySender,
            since,
        },
    };
    Input::Signal(Signal::Alert(AlertSignal {
        identity: Identity::of_alertmanager(&labels),
        says,
        about: Arc::new(About {
            labels,
            title: "it does not answer".into(),
            handling: Some(Handling::Ticket),
            ..About::default()
        }),
        drill: None,
    }))
}
