//! Makes one round after the other, and the goodbye.
//!
//! In: the probes, what waits on the board, the settings in force. Out: rounds, for the
//! uplink; to the [`Pulse`] that collecting gets on. Knows nothing of what becomes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use uuid::Uuid;
use vedette_wire::{Class, Event, Goodbye, Round};

use crate::board::Board;
use crate::clock::Clock;
use crate::hold::Holds;
use crate::pace::Pace;
use crate::probe::Probes;
use crate::pulse::{Lane, Pulse};
use crate::settings::InForce;
use crate::{facts, pace, report};

/// The longest a round can take, all its probes at their deadlines. A round that takes
/// longer hangs.
const ROUND_WITHIN: Duration = Duration::from_secs(120);
/// How often it is looked what the host lives on.
const POWER_PAUSE: Duration = Duration::from_secs(300);
/// A shorter difference between the clocks is none.
const SLEEP_MIN: Duration = Duration::from_secs(1);

/// Makes one round after the other.
pub(super) struct Rounds {
    pub(super) probes: Probes,
    pub(super) board: Arc<Board>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) in_force: InForce,
    pub(super) interval: Duration,
    /// Looked up when the settings change, not in every round.
    pub(super) class: Class,
    pub(super) pace: Arc<Pace>,
    pub(super) power: Power,
    pub(super) holds: Arc<Holds>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) agent: Uuid,
    pub(super) outbox: mpsc::Sender<Round>,
    pub(super) farewell: oneshot::Sender<Round>,
}

impl Rounds {
    /// Makes rounds until `stop` says why to leave; the last one is the goodbye.
    pub(super) async fn run(mut self, stop: impl Future<Output = Goodbye>) {
        tokio::pin!(stop);
        let mut due = self.due();
        let mut slept_ms = self.clock.slept_ms();
        let reason = loop {
            self.promise(Duration::ZERO);
            tokio::select! {
                biased;
                reason = &mut stop => break reason,
                () = self.round() => {}
            }
            self.notice_sleep(&mut slept_ms);
            if self.follow() {
                due = self.due();
            }
            self.promise(self.interval);
            tokio::select! {
                biased;
                reason = &mut stop => break reason,
                config = self.in_force.changed() => {
                    // Another interval or none: a round at once shows that it works.
                    self.class = facts::class(&config.host);
                    if self.follow() {
                        due = self.due();
                    }
                }
                _ = due.tick() => {}
            }
        };
        tracing::info!(reason = reason.as_str(), "leaving");
        let last = report::goodbye(reason, self.clock.now(), self.interval);
        // The uplink listens until it has this.
        let _ = self.farewell.send(last);
    }

    /// Takes over the interval that is right now. Whether it is another.
    fn follow(&mut self) -> bool {
        let config = self.in_force.now();
        let interval = pace::interval(&config, self.class, self.power.on_battery());
        let is_other = interval != self.interval;
        if is_other {
            tracing::info!(?interval, "the pause between rounds is another");
        }
        self.interval = interval;
        self.pace.set(interval);
        is_other
    }

    /// A sleep is no outage: what was measured before it is as old as it is on the clock
    /// that counts sleep, deadlines are on the one that does not, and the next round comes
    /// in its turn. It is said in the log, and `system.uptime` and `agent.host.sleep_time`
    /// tell the collector.
    fn notice_sleep(&self, slept_ms: &mut u64) {
        let now_ms = self.clock.slept_ms();
        let slept = Duration::from_millis(now_ms.saturating_sub(*slept_ms));
        *slept_ms = now_ms;
        if slept >= SLEEP_MIN {
            tracing::info!(?slept, "the host has slept");
        }
    }

    /// The times of all rounds but the first.
    fn due(&self) -> Interval {
        let wall_ms = self.clock.now().wall_ms;
        let second = pace::second_round_after(self.agent, self.interval, wall_ms);
        let mut due = interval_at(Instant::now() + second, self.interval);
        // After a sleep or a slow look, the next place in the interval is taken.
        due.set_missed_tick_behavior(MissedTickBehavior::Skip);
        due
    }

    /// A round will have ended within `pause` and what it takes at most. The pause before
    /// the second one can be a quarter longer than the others.
    fn promise(&self, pause: Duration) {
        let by = Instant::now() + pause + pause / 4 + ROUND_WITHIN;
        self.pulse.promise(Lane::Collecting, Some(by));
    }

    async fn round(&mut self) {
        let begun = self.clock.now();
        let sight = self.probes.look().await;
        let mut round = report::round(sight, &self.board, begun, self.interval);
        let now = self.clock.now();
        if let Some(kind) = self.holds.attend(&round, now) {
            round.events.push(Event {
                id: Uuid::new_v4().to_string(),
                wall_ms: now.wall_ms,
                kind,
            });
        }
        let _ = self.outbox.send(round).await;
    }
}

/// What the host lives on, looked at rarely.
pub(super) struct Power {
    sys: PathBuf,
    looked: Option<(Instant, bool)>,
}

impl Power {
    /// The power supplies below `sys`.
    pub(super) fn of(sys: &Path) -> Power {
        Power {
            sys: sys.to_owned(),
            looked: None,
        }
    }

    fn on_battery(&mut self) -> bool {
        match self.looked {
            Some((when, on_battery)) if when.elapsed() < POWER_PAUSE => on_battery,
            Some(_) | None => {
                let on_battery = facts::on_battery(&self.sys);
                self.looked = Some((Instant::now(), on_battery));
                on_battery
            }
        }
    }
}
