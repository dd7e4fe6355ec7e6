//! Keeps what is hot: detection windows and the last word of each sender.
//!
//! In: reports and posted alerts. Out: changes, handed to the engine inside the
//! critical section, so that order per identity is order of arrival. A cache of
//! committed state, never a second truth: an entry is committed or in flight, and
//! whoever repeats what is in flight waits for the same commit. Flights are
//! settled by whoever comes by next, so that nobody who hangs up leaves one open.
//!
//! The cast: [`Shards`] spreads hosts by id and alerts from outside by identity;
//! a host is `watched`, a sender's alert is an `entry`; a `flight` is a change on
//! its way. Knows nothing of HTTP, tokens or counters.

mod accepted;
mod asks;
mod committed;
mod drill;
mod entries;
mod flight;
mod heard;
mod signals;
mod steps;
mod watched;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use vedette_triage::detect::{Found, KeptBaseline, Nearby, Sight};
use vedette_triage::{
    About, AlertId, EntityId, HostSays, Identity, Input, Labels, Policy, Severity, Timestamp,
};
use vedette_wire::{Acknowledged, Ask, Report};

use self::committed::Committed;
pub use self::drill::Pretended;
use self::entries::{Entries, Pauses};
use self::watched::WatchedHosts;
use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, Pending, View};
use crate::history::Track;

/// Hosts and identities are spread over this many locks.
const SHARDS: usize = 64;
/// Ends written behind in one batch; the rest comes with the next.
pub const ENDS_PER_BATCH_MAX: usize = 10_000;

/// An alert posted to the Alertmanager API, already validated and completed.
#[derive(Debug, Clone)]
pub struct PostedAlert {
    /// All its labels; its identity.
    pub labels: Labels,
    /// What describes it.
    pub about: Arc<About>,
    /// How bad, from its `severity` label.
    pub severity: Severity,
    /// Since when, if the sender said so.
    pub starts_at: Option<Timestamp>,
    /// Until when, if the sender said so; in the past = resolved.
    pub ends_at: Option<Timestamp>,
    /// Who sent it, for "no longer reported by".
    pub sender: String,
}

/// What became of a report or alert so far: await `pending`, then answer.
#[derive(Debug, Default)]
pub struct Taken {
    /// Changes whose commit must be awaited before the 2xx; empty when nothing changed.
    pub pending: Vec<Pending>,
    /// For reports: what the agent may forget once all of `pending` is committed.
    pub acknowledged: Option<Acknowledged>,
    /// Signals that said nothing new (they never reach the engine; counted by the caller of meters).
    pub repeated: u32,
    /// Rounds that were taken before and said nothing new.
    pub known_rounds: u32,
    /// Rounds that were taken now, the last of the report.
    pub fresh_rounds: u32,
    /// Series and conditions of this host over a bound: not looked at.
    pub over_bound: u32,
    /// For live reports: what the agent is asked.
    pub asks: Vec<Ask>,
}

/// Why a report or alert was not taken. The sender keeps it and comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The engine has more to do than it can queue.
    #[error("too many changes wait to be decided; send it again later")]
    Busy,
    /// It is of another machine under the id of a known one; nothing of it is taken.
    #[error(
        "another machine reports under this agent's id already, so this one is a copy of it and nothing it sends is taken; on this one run `vedette-agent seal` and start the agent again: it gets an id of its own"
    )]
    Clone,
    /// It is late, of a boot that is over.
    #[error("this host has started again since; if it is this boot that runs, send it again")]
    Straggler,
    /// One more host would be over [`vedette_triage::limits::HOSTS_MAX`].
    #[error(
        "this collector watches {} hosts already; retire some, or report to another",
        vedette_triage::limits::HOSTS_MAX
    )]
    TooManyHosts,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Changes handed to the engine.
    pub submitted: u32,
    /// Changes the engine had no room for; the next sweep finds them again.
    pub put_off: u32,
}

/// Writes what is said of a condition.
pub trait Titles: Send + Sync {
    /// The words for a condition of the rule of that name, by what it saw.
    fn words(&self, rule: &str, seen: &SeenBy<'_>) -> Words;
}

/// What is said of a condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// What is wrong, in one line without the host. Empty: the rule's name will do.
    pub title: String,
    /// What it means if nothing is done; may be empty.
    pub means: String,
    /// The first commands to try, ready to be pasted.
    pub first: Vec<String>,
}

/// What a title can be made of.
#[derive(Debug, Clone, Copy)]
pub struct SeenBy<'a> {
    /// All attributes of the series or event.
    pub attributes: &'a Labels,
    /// By the names of the rule, parameters last.
    pub values: &'a [(String, f64)],
    /// The labels of the host, with `host` and `class`.
    pub host: &'a Labels,
}

/// The policy in force, and what renders its titles.
#[derive(Clone)]
pub struct InForce {
    /// Its rules are judged by.
    pub policy: Arc<Policy>,
    /// Its titles.
    pub titles: Arc<dyn Titles>,
}

/// What is usual on one host, as it is kept while the collector does not run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostBaselines {
    /// The host.
    pub host: EntityId,
    /// Of each of its series.
    pub kept: Vec<KeptBaseline>,
}

/// Everything that is hot.
pub struct Shards {
    engine: EngineHandle,
    view: View,
    started: Timestamp,
    /// Read and swapped under the locks of hosts only.
    in_force: ArcSwap<InForce>,
    /// How many hosts are watched; a bound is held by it, nothing else.
    watched: AtomicUsize,
    hosts: Vec<Mutex<WatchedHosts>>,
    entries: Vec<Mutex<Entries>>,
}

impl Shards {
    /// Seeded from what is committed, before anything is listened to: what fires keeps firing
    /// until its source says otherwise. `started`: from now on the collector listens.
    pub fn seeded(
        engine: EngineHandle,
        view: View,
        started: Timestamp,
        in_force: InForce,
    ) -> Shards {
        let shards = Shards {
            engine,
            view,
            started,
            in_force: ArcSwap::from_pointee(in_force),
            watched: AtomicUsize::new(0),
            hosts: std::iter::repeat_with(Mutex::default)
                .take(SHARDS)
                .collect(),
            entries: std::iter::repeat_with(Mutex::default)
                .take(SHARDS)
                .collect(),
        };
        shards.reseed(started);
        shards
    }

    /// Goes back to what is committed, after the engine did: what fires there fires here, and
    /// nothing else. What was measured is kept. Says how much was passed over because it is in
    /// flight; call again until nothing is.
    pub fn reseed(&self, now: Timestamp) -> u32 {
        let committed = Committed::of(&self.view.read());
        let mut left = 0;
        // Looked up anew under each lock: a commit may have come in between.
        for (id, alerts) in committed.hosts {
            let mut shard = locked(&self.hosts[place(&id)]);
            let state = self.view.read();
            if let Some(host) = state.host(&id) {
                let alerts = alerts.iter().filter_map(|id| state.alert(*id));
                left += shard.seed((host, &state), alerts.map(AsRef::as_ref), now);
            }
        }
        for shard in &self.entries {
            left += locked(shard).keep_only_committed(&self.view.read());
        }
        for (identity, id) in committed.entries {
            let mut shard = locked(&self.entries[place(&identity)]);
            if let Some(alert) = self.view.read().alert(id).filter(|alert| alert.is_firing()) {
                shard.seed(alert, now);
            }
        }
        self.count();
        left
    }

    /// The hosts that are watched.
    pub fn watched_hosts(&self) -> Vec<EntityId> {
        let ids = |shard: &Mutex<WatchedHosts>| locked(shard).ids();
        self.hosts.iter().flat_map(ids).collect()
    }

    /// Fills the windows of a host with what was measured of it before the start.
    pub fn recall(&self, id: &EntityId, tracks: &[Track]) {
        let mut shard = locked(&self.hosts[place(id)]);
        let in_force = self.in_force.load();
        shard.recall(id, tracks, &in_force.policy.detection);
    }

    /// Takes a report, rounds in order; those that were taken before are passed over. Waits for
    /// what an earlier report of this host still has in flight.
    pub async fn take_report(
        &self,
        received: Timestamp,
        report: &Report,
    ) -> Result<Taken, NotTaken> {
        let id = EntityId::new(&report.agent);
        loop {
            let in_flight = {
                let mut shard = locked(&self.hosts[place(&id)]);
                let (watched, steps) = shard.watched(&id, &self.watched, self.started)?;
                let state = self.view.read();
                watched.settle(&state, steps);
                let heard = heard::of_report(&state, &id, report);
                drop(state);
                if watched.in_flight().is_empty() {
                    let in_force = self.in_force.load();
                    let taken = watched.take((received, steps), report, &in_force, &self.engine)?;
                    if let Some(looked) = heard {
                        // After what changed. If there is no room the next report says it too.
                        let at = received;
                        let says = HostSays::Observed { at, looked };
                        drop(self.engine.submit(signals::of_host(&id, says)));
                    }
                    return Ok(taken);
                }
                watched.in_flight()
            };
            for pending in in_flight {
                pending.verdict().await;
            }
        }
    }

    /// Takes an alert from outside. What it repeats only lasts longer; what it only describes
    /// otherwise is committed at most once per `update_interval`, or with the next change; what is
    /// in flight is waited for. `resolve_timeout`: how long it holds if its sender does not say.
    pub fn take_alert(
        &self,
        received: Timestamp,
        alert: &PostedAlert,
        resolve_timeout: Duration,
    ) -> Result<Taken, NotTaken> {
        let identity = Identity::of_alertmanager(&alert.labels);
        let mut shard = locked(&self.entries[place(&identity)]);
        let pauses = Pauses {
            resolve_timeout,
            description: self.in_force.load().policy.timers.update_interval,
            is_repeat_awaited: heard::is_repeat_awaited(&self.view.read(), &identity),
        };
        shard.take(identity, received, alert, pauses, &self.engine)
    }

    /// Does what time alone brings to hosts: silence, absence, running times. To be called every
    /// few seconds.
    pub fn on_time(&self, now: Timestamp) -> Swept {
        let mut swept = Swept::default();
        for shard in &self.hosts {
            let mut shard = locked(shard);
            let in_force = self.in_force.load();
            shard.on_time(now, &in_force, (&self.engine, &self.view), &mut swept);
        }
        self.count();
        swept
    }

    /// Ends alerts from outside whose senders no longer vouch for them. To be called every second.
    pub fn expire(&self, now: Timestamp) -> Swept {
        let mut swept = Swept::default();
        for shard in &self.entries {
            locked(shard).expire(now, &self.engine, &mut swept);
        }
        swept
    }

    /// Follows a machine's clock that was set forward, all at once: what is kept here is moved by
    /// as much, so that nothing expires, falls silent or runs full by a step. Says by how much.
    pub fn follow(&self, clock: &dyn Clock) -> Option<Duration> {
        if !clock.is_to_follow() {
            return None;
        }
        let mut hosts: Vec<_> = self.hosts.iter().map(locked).collect();
        let mut entries: Vec<_> = self.entries.iter().map(locked).collect();
        let by = clock.follow()?;
        hosts.iter_mut().for_each(|shard| shard.step(by));
        entries.iter_mut().for_each(|shard| shard.step(by));
        Some(by)
    }

    /// Until when senders vouch for their alerts, where that changed since the last call; to be
    /// written behind. Losing it is safe: after a restart each end is at least start + validity.
    pub fn take_changed_ends(&self) -> Vec<(AlertId, Timestamp)> {
        let mut ends = Vec::new();
        for shard in &self.entries {
            let room = ENDS_PER_BATCH_MAX - ends.len();
            let mut shard = locked(shard);
            let state = self.view.read();
            let changed = shard.take_changed_ends(room);
            ends.extend(changed.into_iter().filter_map(|(identity, end)| {
                let alert = state.alert_of(&identity)?;
                alert.is_firing().then_some((alert.id, end))
            }));
        }
        ends
    }

    /// Judges by another policy from one moment on, unless `tell` fails. `tell` hands the change to
    /// the engine while nothing is judged: all that is found under a rule's former name comes
    /// before it, all that is found under its new name after it. `renamed`: from former to new.
    pub fn change_policy<T, E>(
        &self,
        in_force: InForce,
        renamed: &BTreeMap<Arc<str>, Arc<str>>,
        tell: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        // Nobody else holds two of these locks.
        let mut shards: Vec<_> = self.hosts.iter().map(locked).collect();
        let told = tell()?;
        for shard in &mut shards {
            shard.rename_rules(renamed);
        }
        self.in_force.store(Arc::new(in_force));
        Ok(told)
    }

    /// When a host was last heard of since the collector started.
    pub fn last_heard(&self, id: &EntityId) -> Option<Timestamp> {
        locked(&self.hosts[place(id)]).last_heard(id)
    }

    /// The conditions of a host that come nearest to firing, by the rules in force: see
    /// [`HostWatch::nearest`](vedette_triage::detect::HostWatch::nearest).
    pub fn nearest(&self, id: &EntityId, only: Option<&str>, at_most: usize) -> Vec<Nearby> {
        let shard = locked(&self.hosts[place(id)]);
        let in_force = self.in_force.load();
        shard.nearest(id, &in_force.policy.detection, (only, at_most))
    }

    /// What a rule has to look at on a host; nothing where that has not reported since the start,
    /// or the rule is not in force.
    pub fn sight(&self, id: &EntityId, rule: &str) -> Sight {
        let shard = locked(&self.hosts[place(id)]);
        let in_force = self.in_force.load();
        let rule = in_force.policy.detection.get(rule);
        rule.map_or(Sight::Nothing, |rule| shard.sight(id, rule))
    }

    /// What is usual on the hosts of one shard, to be written behind; none past the last shard.
    pub fn baselines(&self, shard: usize) -> Option<Vec<HostBaselines>> {
        let shard = self.hosts.get(shard)?;
        Some(locked(shard).baselines())
    }

    /// Takes over what was usual on a host before the collector started. What is not committed is
    /// not remembered.
    pub fn remember(&self, baselines: &HostBaselines) {
        locked(&self.hosts[place(&baselines.host)]).remember(baselines);
    }

    /// Until when the sender of an alert from outside vouches for it, as last said.
    pub fn valid_until(&self, identity: &Identity) -> Option<Timestamp> {
        locked(&self.entries[place(identity)]).valid_until(identity)
    }

    /// How the sender of an alert from outside described it last, where that is not committed.
    pub fn described(&self, identity: &Identity) -> Option<Arc<About>> {
        locked(&self.entries[place(identity)]).described(identity)
    }

    /// How many hosts are watched.
    pub fn hosts(&self) -> usize {
        self.watched.load(Ordering::Relaxed)
    }

    fn count(&self) {
        let watched = self.hosts.iter().map(|shard| locked(shard).len()).sum();
        self.watched.store(watched, Ordering::Relaxed);
    }
}

/// What detection found, as the engine is told of it.
pub(crate) fn signal_of(found: Found, host: &Labels, in_force: &InForce) -> Input {
    signals::of_found(found, host, in_force)
}

/// A poisoned lock is taken all the same: an entry is at worst found again.
fn locked<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place<T: Hash>(key: &T) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    // Below `SHARDS`, so it fits.
    usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or(0)
}
