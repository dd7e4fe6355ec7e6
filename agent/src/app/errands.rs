//! Does what root says to the running agent.
//!
//! In: [`Word`]s. Out: rounds with one event, sent at once; what the coming stop is for.
//! Waits until the collector has the event, so that whoever asked may let the host sleep.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use vedette_wire::{Event, EventKind, Goodbye, Round};

use crate::clock::{Clock, Stamp};
use crate::door::{Answer, Caller, Reply, Word};
use crate::hold::Holds;
use crate::pace::Pace;
use crate::receipts::Receipts;
use crate::report;

/// How long the collector's receipt is waited for; after it the event is in the spool.
const RECEIPT_WITHIN: Duration = Duration::from_secs(3);
/// How often it is looked whether it is there.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long an upgrade may take to stop the agent once it is announced; a stop after that is an
/// ordinary one. Unpacking takes seconds, the rest is for the packages before it in line.
const UPGRADE_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Whether the coming stop is an upgrade's.
#[derive(Debug, Default)]
pub(super) struct Farewell {
    /// Until when, by the clock since boot.
    upgrade_until_mono_ms: Mutex<Option<u64>>,
}

impl Farewell {
    /// Why the agent really leaves, which seems to be `reason`.
    pub(super) fn reason(&self, reason: Goodbye, now: Stamp) -> Goodbye {
        match reason {
            Goodbye::AgentStop if self.is_announced(now) => Goodbye::AgentUpgrade,
            Goodbye::AgentStop
            | Goodbye::AgentUpgrade
            | Goodbye::Reboot
            | Goodbye::PowerOff
            | Goodbye::Suspend => reason,
        }
    }

    fn announce(&self, now: Stamp) {
        let within_ms = u64::try_from(UPGRADE_WITHIN.as_millis()).unwrap_or(u64::MAX);
        *self.until() = Some(now.mono_ms.saturating_add(within_ms));
    }

    fn is_announced(&self, now: Stamp) -> bool {
        self.until().is_some_and(|until| now.mono_ms < until)
    }

    fn until(&self) -> std::sync::MutexGuard<'_, Option<u64>> {
        let until = self.upgrade_until_mono_ms.lock();
        until.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does errands.
pub(super) struct Errands {
    pub(super) outbox: mpsc::Sender<Round>,
    pub(super) receipts: Arc<Receipts>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pace: Arc<Pace>,
    pub(super) holds: Arc<Holds>,
    pub(super) farewell: Arc<Farewell>,
}

impl Answer for Errands {
    async fn answer(&self, word: Word, caller: Caller) -> Reply {
        match word {
            Word::Goodbye {
                reason: Goodbye::Suspend,
            } => {
                tracing::info!("the host is about to sleep");
                let reason = Goodbye::Suspend;
                done(self.tell(EventKind::Goodbye { reason }).await)
            }
            Word::Goodbye {
                reason: Goodbye::AgentUpgrade,
            } => {
                self.farewell.announce(self.clock.now());
                let minutes = UPGRADE_WITHIN.as_secs() / 60;
                done(format!(
                    "a stop within {minutes} min is an upgrade's; a later one is an ordinary stop"
                ))
            }
            Word::Goodbye {
                reason: Goodbye::Reboot | Goodbye::PowerOff | Goodbye::AgentStop,
            } => refused("the agent finds that out by itself".to_owned()),
            Word::Hold { .. } | Word::EndHold { .. } if !caller.is_root() => {
                refused("only root can plan work on this host".to_owned())
            }
            Word::Hold { seconds, why, by } => {
                self.hold(Duration::from_secs(seconds), &why, &by).await
            }
            Word::EndHold { by } => self.end_hold(&by).await,
        }
    }
}

impl Errands {
    async fn hold(&self, length: Duration, why: &str, by: &str) -> Reply {
        match self.holds.begin(length, why, by, self.clock.now()) {
            Err(why) => refused(why),
            Ok(hold) => {
                let minutes = length.as_secs() / 60;
                tracing::info!(by = hold.by, why = hold.why, minutes, "a hold begins");
                let told = self.tell(hold.event(hold.until_wall_ms)).await;
                done(format!(
                    "planned work on this host for {minutes} min; {told}"
                ))
            }
        }
    }

    async fn end_hold(&self, by: &str) -> Reply {
        match self.holds.end() {
            None => refused("there is no hold on this host".to_owned()),
            Some(hold) => {
                tracing::info!(by, why = hold.why, "a hold ends");
                let ended = crate::hold::Hold {
                    by: by.to_owned(),
                    ..hold
                };
                let told = self.tell(ended.event(self.clock.now().wall_ms)).await;
                done(format!("the hold has ended; {told}"))
            }
        }
    }

    /// Sends an event at once, and says whether the collector has it.
    async fn tell(&self, kind: EventKind) -> String {
        const KEPT: &str = "the collector does not answer now, it will be told later";
        let id = Uuid::new_v4();
        let now = self.clock.now();
        let event = Event {
            id: id.to_string(),
            wall_ms: now.wall_ms,
            kind,
        };
        let is_awaited = self.receipts.wait_for(id);
        let round = report::happened(vec![event], now, self.pace.now());
        if self.outbox.send(round).await.is_err() {
            return "the agent is leaving".to_owned();
        }
        let until = Instant::now() + RECEIPT_WITHIN;
        while is_awaited && Instant::now() < until {
            if self.receipts.take(id) {
                return "the collector knows".to_owned();
            }
            sleep(LOOK_EVERY).await;
        }
        self.receipts.forget(id);
        KEPT.to_owned()
    }
}

fn done(text: String) -> Reply {
    Reply { done: true, text }
}

fn refused(text: String) -> Reply {
    Reply { done: false, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_an_upgrades_only_for_minutes_after_it_was_announced() {
        let at = |minutes: u64| Stamp {
            wall_ms: 0,
            mono_ms: 3_600_000 + minutes * 60_000,
        };
        let farewell = Farewell::default();
        let stop = Goodbye::AgentStop;
        assert_eq!(farewell.reason(stop, at(0)), stop);
        farewell.announce(at(0));
        assert_eq!(farewell.reason(stop, at(9)), Goodbye::AgentUpgrade);
        assert_eq!(farewell.reason(Goodbye::Reboot, at(9)), Goodbye::Reboot);
        assert_eq!(farewell.reason(stop, at(10)), stop);
        farewell.announce(at(30));
        assert_eq!(farewell.reason(stop, at(39)), Goodbye::AgentUpgrade);
    }
}
