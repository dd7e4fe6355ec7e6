//! A loop over a store in memory, with a clock that stands and a reserve that obeys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vedette_triage::detect::RuleSet;
use vedette_triage::{
    About, AlertSignal, Counters, DeliverMode, End, EntityId, Handling, HostSays, HostSignal,
    Identity, Input, Labels, Matrix, OnClear, Policy, Receiver, Revision, RollUp, Says, Severity,
    Signal, State, Team, Timers, Timestamp,
};
use vedette_wire::HostFacts;

use crate::clock::{CollectorClock, SetClock};
use crate::engine_loop::{EngineHandle, EngineLoop, Observer, Published, Reserve, View};
use crate::store::memory::Memory;
use crate::store::{CommitNumber, Loaded, Store, StoreError, StoreHandle, in_place, spawn};

/// When stories begin.
pub(super) const BEGIN: Timestamp = Timestamp::from_millis(1_750_000_000_000);

/// One thing an observer was told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Committed { number: u64, decisions: usize },
    Failed(&'static str),
    Tight(bool),
    Reloaded,
}

/// Writes down what it is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Vec<Told>>>);

impl Ear {
    pub(super) fn heard(&self) -> Vec<Told> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Ear {
    fn committed(&mut self, published: &Published<'_>) {
        self.lock().push(Told::Committed {
            number: published.number.0,
            decisions: published.decisions.len(),
        });
    }

    fn failed(&mut self, error: &StoreError) {
        self.lock().push(Told::Failed(match error {
            StoreError::Away(_) => "away",
            StoreError::Full(_) => "full",
            StoreError::Refused(_) => "refused",
            StoreError::Taken(_) => "taken",
            StoreError::Unknown(_) => "unknown",
            StoreError::Broken(_) => "broken",
        }));
    }

    fn tight(&mut self, tight: bool) {
        self.lock().push(Told::Tight(tight));
    }

    fn reloaded(&mut self) {
        self.lock().push(Told::Reloaded);
    }
}

/// A reserve that makes room in the store when it is released.
#[derive(Debug, Clone)]
pub(super) struct Room {
    memory: Memory,
    /// Whether there is a reserve that can be released.
    pub(super) kept: Arc<AtomicBool>,
    /// Whether it may be set aside again.
    pub(super) plenty: Arc<AtomicBool>,
}

impl Reserve for Room {
    fn release(&mut self) -> bool {
        let kept = self.kept.swap(false, Ordering::SeqCst);
        if kept {
            self.memory.full(false);
        }
        kept
    }

    fn restore(&mut self) -> bool {
        let there = self.plenty.load(Ordering::SeqCst);
        if there {
            self.kept.store(true, Ordering::SeqCst);
        }
        there
    }
}

/// A loop that is ready to run.
pub(super) struct World {
    pub(super) memory: Memory,
    pub(super) machine: SetClock,
    pub(super) clock: Arc<CollectorClock<SetClock>>,
    pub(super) ear: Ear,
    pub(super) room: Room,
    pub(super) handle: EngineHandle,
    pub(super) view: View,
    pub(super) engine_loop: EngineLoop<CollectorClock<SetClock>, Ear, Room>,
}

impl World {
    /// On a store in memory.
    pub(super) fn new() -> World {
        World::resumed(Memory::default(), BEGIN)
    }

    /// On a store in memory that may hold something, on a machine whose clock shows that.
    pub(super) fn resumed(memory: Memory, wall: Timestamp) -> World {
        let mut writer = Box::new(memory.clone());
        let loaded = writer.load().expect("it loads");
        let store = in_place(writer, Box::new(memory.clone()));
        World::on(memory, (loaded, store), wall)
    }

    /// On a store that stands before `memory`, with threads of its own.
    pub(super) fn behind(memory: Memory, mut writer: Box<dyn Store>) -> World {
        let loaded = writer.load().expect("it loads");
        let store = spawn(writer, Box::new(memory.clone())).expect("threads start");
        World::on(memory, (loaded, store), BEGIN)
    }

    fn on(memory: Memory, (loaded, store): (Loaded, StoreHandle), wall: Timestamp) -> World {
        let machine = SetClock::at(wall);
        let clock = Arc::new(CollectorClock::resume(machine.clone(), loaded.now));
        let ear = Ear::default();
        let room = Room {
            memory: memory.clone(),
            kept: Arc::new(AtomicBool::new(true)),
            plenty: Arc::default(),
        };
        let (engine_loop, handle, view) = EngineLoop::resume(
            loaded,
            Arc::new(policy()),
            store,
            Arc::clone(&clock),
            (ear.clone(), room.clone()),
        );
        World {
            memory,
            machine,
            clock,
            ear,
            room,
            handle,
            view,
            engine_loop,
        }
    }
}

/// What a restart would find.
pub(super) fn stored(memory: &Memory) -> (CommitNumber, State) {
    let loaded = memory.clone().load().expect("it loads");
    (loaded.number, state_of(&loaded))
}

/// What a load makes of an engine.
pub(super) fn state_of(loaded: &Loaded) -> State {
    let counters = match loaded.number {
        CommitNumber(0) => Counters::FIRST,
        CommitNumber(_) => loaded.counters,
    };
    let mut state = State::resume(loaded.now.unwrap_or(Timestamp::MIN), counters);
    for change in &loaded.records {
        state.apply(change);
    }
    state
}

/// The identity of the alert about a disk.
pub(super) fn disk(id: u32) -> Identity {
    let host = EntityId::new(&format!("host-{id}"));
    Identity::of_rule(&host, "disk", &Labels::none())
}

/// A disk is almost full.
pub(super) fn fires(id: u32) -> Input {
    says(
        id,
        Says::Firing {
            severity: Severity::Critical,
            since: BEGIN,
            valid_until: None,
        },
    )
}

/// A disk has room again.
pub(super) fn clears(id: u32) -> Input {
    let end = End::Recovered;
    says(id, Says::Ok { end, since: BEGIN })
}

fn says(id: u32, says: Says) -> Input {
    let host = format!("db-{id}");
    let labels = [("alertname", "disk"), ("host", &host), ("class", "server")];
    Input::Signal(Signal::Alert(AlertSignal {
        identity: disk(id),
        says,
        about: Arc::new(About {
            labels: labels.into_iter().collect(),
            title: "disk is almost full".into(),
            component: "storage".into(),
            handling: Some(Handling::Ticket),
            ..About::default()
        }),
        drill: None,
    }))
}

/// A host appears whose record no store can keep: its interval is no number.
pub(super) fn sick_host() -> Input {
    Input::Signal(Signal::Host(HostSignal {
        id: EntityId::new("sick"),
        says: HostSays::Seen {
            facts: HostFacts::default(),
            boot: "boot".into(),
            version: "0.1.0".into(),
            interval_s: f64::NAN,
        },
    }))
}

/// One team, one receiver; what is critical is told at once.
pub(super) fn policy() -> Policy {
    let desk = Receiver {
        name: "desk".into(),
        on_clear: OnClear::Resolve,
        on_human_close: vedette_triage::HumanClose::default(),
    };
    Policy {
        revision: Revision(1),
        installation: "test".into(),
        mode: DeliverMode::Live,
        teams: vec![Team {
            name: "it-ops".into(),
            ticket: Some("desk".into()),
            page: Vec::new(),
        }],
        receivers: BTreeMap::from([("desk".into(), desk)]),
        routes: Vec::new(),
        timers: Timers::default(),
        matrix: Matrix::default(),
        resolve_timeout: Duration::from_secs(300),
        reboot_grace: Duration::from_secs(1_200),
        agent_grace: Duration::from_secs(300),
        rules: BTreeMap::new(),
        renamed: BTreeMap::new(),
        detection: Arc::new(RuleSet::default()),
        // A hundred conditions are a hundred incidents here.
        rollup: RollUp {
            sources: BTreeSet::new(),
            ..RollUp::default()
        },
        ..Policy::default()
    }
}
