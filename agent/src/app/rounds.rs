//! Makes one round after the other, and the goodbye.
//!
//! In: the probes, what waits on the board, the settings in force. Out: rounds, for the
//! uplink; to the [`Pulse`] that collecting gets on. Knows nothing of what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use uuid::Uuid;
use vedette_wire::{Goodbye, Round};

use crate::board::Board;
use crate::clock::Clock;
use crate::probe::Probes;
use crate::pulse::{Lane, Pulse};
use crate::settings::InForce;
use crate::{facts, pace, report};

/// The longest a round can take, all its probes at their deadlines. A round that takes
/// longer hangs.
const ROUND_WITHIN: Duration = Duration::from_secs(120);

/// Makes one round after the other.
pub(super) struct Rounds {
    pub(super) probes: Probes,
    pub(super) board: Arc<Board>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) in_force: InForce,
    pub(super) interval: Duration,
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
        let reason = loop {
            self.promise(Duration::ZERO);
            tokio::select! {
                biased;
                reason = &mut stop => break reason,
                () = self.round() => {}
            }
            self.promise(self.interval);
            tokio::select! {
                biased;
                reason = &mut stop => break reason,
                config = self.in_force.changed() => {
                    // Another interval or none: a round at once shows that it works.
                    let interval = config.interval(facts::class(&config.host));
                    if interval != self.interval {
                        self.interval = interval;
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
        let round = report::round(sight, &self.board, begun, self.interval);
        let _ = self.outbox.send(round).await;
    }
}
