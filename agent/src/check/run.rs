//! Runs every check on its own schedule, each within its time and never twice at once.
//!
//! In: settings. Out: what each run came to, pinned on the [`Board`]. A check that hangs is
//! said to be unknown, and after three such runs left alone with growing pauses; no other
//! check waits for it. Knows nothing of kinds of checks.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use uuid::Uuid;
use vedette_config::check::CheckSettings;
use vedette_wire::{CheckRun, CheckState};

use super::lanes::{Lane, Seat};
use super::tools::Shared;
use super::{Check, Found, Subject, Tools, build};
use crate::board::Board;
use crate::breaker::Breaker;
use crate::clock::{Clock, HostClock};
use crate::pace;
use crate::probe::Surroundings;

/// After a start every check runs within this time, however rarely it runs afterwards.
const FIRST_WITHIN: Duration = Duration::from_secs(10);
/// A program is given this much longer to be killed and to tell so.
const KILL_WITHIN: Duration = Duration::from_secs(1);

/// What all checks of one agent share.
#[derive(Debug, Clone)]
pub struct Kit {
    /// The host they run on.
    pub surroundings: Surroundings,
    /// Where results go.
    pub board: Arc<Board>,
    /// Whose checks these are; gives them their place in time.
    pub agent: Uuid,
}

/// All checks, running until this is dropped.
#[derive(Debug)]
pub struct Checks {
    kit: Kit,
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    running: Vec<(CheckSettings, AbortHandle)>,
}

impl Checks {
    /// Runs these checks from now on. Must be called within a runtime.
    pub fn start(settings: &[CheckSettings], kit: &Kit) -> Checks {
        let mut checks = Checks {
            kit: kit.clone(),
            shared: Arc::default(),
            tasks: JoinSet::new(),
            running: Vec::new(),
        };
        checks.renew(settings);
        checks
    }

    /// Runs these checks instead. Those that are set as before go on undisturbed.
    pub fn renew(&mut self, settings: &[CheckSettings]) {
        self.running.retain(|(known, task)| {
            let stays = settings.contains(known);
            if !stays {
                task.abort();
            }
            stays
        });
        for check in settings {
            if self.running.iter().all(|(known, _)| known != check) {
                let slot = Slot::new(check, &self.kit, &self.shared);
                let task = self.tasks.spawn(slot.keep_running());
                self.running.push((check.clone(), task));
            }
        }
        // Those that were ended are of no more use.
        while self.tasks.try_join_next().is_some() {}
    }

    /// Runs each of these checks once and waits for all of them.
    pub async fn once(settings: &[CheckSettings], kit: &Kit) {
        let shared = Arc::default();
        let mut tasks = JoinSet::new();
        for check in settings {
            let mut slot = Slot::new(check, kit, &shared);
            tasks.spawn(async move { slot.turn().await });
        }
        while tasks.join_next().await.is_some() {}
    }
}

/// One check and what is known of its runs.
struct Slot {
    check: Box<dyn Check>,
    kind: &'static str,
    subject: Subject,
    every: Duration,
    within: Duration,
    kit: Kit,
    shared: Arc<Shared>,
    breaker: Breaker,
    /// Where the last run sat; while others hold it, too, that run has not returned.
    last: std::sync::Weak<Seat>,
}

impl Slot {
    fn new(settings: &CheckSettings, kit: &Kit, shared: &Arc<Shared>) -> Slot {
        Slot::with(build(&settings.kind), settings, kit, shared)
    }

    fn with(
        check: Box<dyn Check>,
        settings: &CheckSettings,
        kit: &Kit,
        shared: &Arc<Shared>,
    ) -> Slot {
        Slot {
            check,
            kind: settings.kind.as_str(),
            subject: Subject {
                check: settings.name.clone(),
                about: settings.about.clone(),
            },
            every: settings.every,
            within: settings.timeout,
            kit: kit.clone(),
            shared: Arc::clone(shared),
            breaker: Breaker::default(),
            last: std::sync::Weak::new(),
        }
    }

    async fn keep_running(mut self) {
        let place = self.place();
        let nanos = FIRST_WITHIN.min(self.every).as_nanos().max(1);
        let first = u64::try_from(place.as_u128() % nanos).unwrap_or(0);
        tokio::time::sleep(Duration::from_nanos(first)).await;
        let wall_ms = HostClock.now().wall_ms;
        let second = Instant::now() + pace::second_round_after(place, self.every, wall_ms);
        let mut due = interval_at(second, self.every);
        due.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            self.turn().await;
            due.tick().await;
        }
    }

    /// This check's place in time: the same after every start, another one on each host.
    fn place(&self) -> Uuid {
        let about = self.subject.about.as_deref().unwrap_or_default();
        let parts = [
            self.kit.agent.as_bytes(),
            self.subject.check.as_bytes(),
            &[0],
            about.as_bytes(),
        ];
        // FNV-1a of 128 bits.
        let hash = parts.concat().iter().fold(
            0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128,
            |hash, byte| {
                (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
            },
        );
        Uuid::from_u128(hash)
    }

    /// One run, or why there is none; what it came to is pinned.
    async fn turn(&mut self) {
        let (found, took) = match self.why_not(Instant::now()) {
            Some(why) => (Found::unknown(why), Duration::ZERO),
            None => self.run().await,
        };
        let run = CheckRun {
            check: self.subject.check.clone(),
            kind: self.kind.to_owned(),
            about: self.subject.about.clone(),
            state: found.state,
            text: found.text,
            took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            every_s: Some(self.every.as_secs_f64()),
        };
        self.kit.board.pin_check(run, found.samples);
        for event in found.events {
            self.kit.board.pin_event(event);
        }
    }

    fn why_not(&self, now: Instant) -> Option<String> {
        if self.last.strong_count() > 0 {
            return Some("it has not returned from an earlier run".to_owned());
        }
        let pause = self.breaker.pause(now)?;
        let seconds = pause.as_secs();
        Some(format!(
            "it did not return in time again and again; it is tried again in {seconds} s"
        ))
    }

    /// What one run came to, and how long it took once it had its turn.
    async fn run(&mut self) -> (Found, Duration) {
        let lane = self.check.lane();
        let Ok(seat) = timeout(self.within, self.shared.lanes.enter(lane)).await else {
            let found = Found::unknown("it had no turn: too many other checks hang");
            return (found, Duration::ZERO);
        };
        self.last = Arc::downgrade(&seat);
        let tools = Tools {
            subject: self.subject.clone(),
            within: self.within,
            surroundings: self.kit.surroundings.clone(),
            shared: Arc::clone(&self.shared),
            seat,
            lane,
        };
        let within = match lane {
            Lane::Network | Lane::Blocking => self.within,
            Lane::Program => self.within + KILL_WITHIN,
        };
        let begun = Instant::now();
        let ended = timeout(within, self.check.run(&tools)).await;
        let took = begun.elapsed();
        let mut found = match ended {
            Ok(found) => found,
            Err(_) => Found {
                is_broken_off: true,
                ..self.check.too_late(self.within)
            },
        };
        match (lane, found.is_broken_off) {
            // Who does not answer in the network is asked again all the same.
            (Lane::Network, _) | (_, false) => self.breaker.worked(),
            (Lane::Blocking | Lane::Program, true) => self.breaker.failed(Instant::now()),
        }
        found.samples.retain(|sample| sample.value.is_finite());
        (found, took)
    }
}

impl Found {
    /// Whether anybody must do something.
    pub fn is_well(&self) -> bool {
        self.state == CheckState::Ok
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
