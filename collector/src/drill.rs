//! Runs drills: a marked, harmless fault that goes through the whole path, and ends by itself.
//!
//! In: what to drill. Out: what the shards are told when it begins, and later when
//! it ends. Which drills run is read from the committed state, so that a restart
//! ends them as planned. Knows nothing of HTTP and of tickets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use vedette_triage::detect::Found;
use vedette_triage::{
    Alert, Drill, End, EntityId, Host, Identity, Labels, Policy, Says, Severity, State, Timestamp,
};

use crate::clock::Clock;
use crate::engine_loop::{Verdict, View};
use crate::shard::{Pretended, Shards};

/// How long a drill lasts when nothing else is asked for.
pub const LASTS: Duration = Duration::from_secs(120);
/// The longest drill.
pub const LASTS_AT_MOST: Duration = Duration::from_secs(3_600);
/// The rule that is drilled when nothing else is asked for; built in.
pub const RULE: &str = vedette_policy::DRILL;
/// Nobody vouches for a drill longer than this after its planned end.
const VOUCHED_LONGER: Duration = Duration::from_secs(60);
/// Pause before an end that could not be stored is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Longest sleep, so that a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(10);

/// A drill before it begins.
#[derive(Debug, Clone)]
pub struct Planned {
    real: Identity,
    rule: Arc<str>,
    host: Labels,
    drill: Drill,
}

impl Planned {
    /// Plans a drill of a rule on a host; on no real host when none is given.
    ///
    /// # Errors
    /// There is no such rule; names the nearest.
    pub fn new(
        policy: &Policy,
        rule: Option<&str>,
        host: Option<&Host>,
        drill: Drill,
    ) -> Result<Planned, String> {
        let rule = rule.unwrap_or(RULE);
        if rule != RULE && !policy.rules.contains_key(rule) {
            let near = vedette_config::nearest(rule, policy.rules.keys().map(|name| &**name));
            let hint = match near {
                Some(near) => format!("; did you mean {near:?}?"),
                None => "; `vedette-collector check` lists them".into(),
            };
            return Err(format!("there is no rule {rule:?}{hint}"));
        }
        let entity = host.map_or_else(|| EntityId::new(EntityId::DRILL), |host| host.id.clone());
        let nowhere = || [("host", "nowhere")].into_iter().collect();
        Ok(Planned {
            real: Identity::of_rule(&entity, rule, &Labels::none()),
            rule: Arc::from(rule),
            host: host.map_or_else(nowhere, Host::labels),
            drill,
        })
    }

    /// What makes it this drill and no other.
    pub fn identity(&self) -> Identity {
        self.real.as_drill()
    }

    /// The rule that finds it.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The host it is found on, by name.
    pub fn host(&self) -> &str {
        self.host.get("host").unwrap_or("")
    }

    /// What the shards are told when it begins.
    pub fn begins(&self, now: Timestamp, lasts: Duration) -> Pretended {
        self.pretend(Says::Firing {
            severity: Severity::Critical,
            since: now,
            valid_until: Some(now.after(lasts).after(VOUCHED_LONGER)),
        })
    }

    fn pretend(&self, says: Says) -> Pretended {
        let title = match &*self.rule {
            RULE => "nothing is wrong, the way from here to your tickets is tried".to_owned(),
            rule => format!("nothing is wrong, the way of rule {rule} to your tickets is tried"),
        };
        Pretended {
            found: Found {
                identity: self.real.clone(),
                rule: Arc::clone(&self.rule),
                says,
                attributes: Labels::none(),
                values: Vec::new(),
                text: String::new(),
                opens: false,
                event: None,
                late: None,
            },
            host: self.host.clone(),
            title,
            drill: self.drill,
        }
    }
}

/// What the shards are told when a drill that fires is over.
fn over(alert: &Alert, now: Timestamp) -> Option<Pretended> {
    let rule = alert.identity.rule()?;
    let planned = Planned {
        real: Identity::of_rule(&alert.identity.entity()?, rule, &Labels::none()),
        rule: Arc::from(rule),
        host: alert.about.labels.clone(),
        drill: alert.drill?,
    };
    Some(planned.pretend(Says::Ok {
        end: End::DrillOver,
        since: now,
    }))
}

/// When each drill that runs ends. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Drills {
    ends: Arc<Mutex<BTreeMap<Identity, Timestamp>>>,
    changed: Arc<Notify>,
}

/// What ends drills.
#[derive(Clone)]
pub struct Runner {
    /// The committed state.
    pub view: View,
    /// Where drills go.
    pub shards: Arc<Shards>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Drills {
    /// A drill has begun, and ends then.
    pub fn ends(&self, planned: &Planned, at: Timestamp) {
        self.set(planned.identity(), at);
    }

    /// When a drill ends; none if it does not run.
    pub fn end_of(&self, identity: &Identity) -> Option<Timestamp> {
        self.locked(|ends| ends.get(identity).copied())
    }

    /// Takes over the drills that ran before a restart.
    pub fn resume(&self, state: &State) {
        for alert in state.alerts() {
            let planned = alert.valid_until.map(|until| until.before(VOUCHED_LONGER));
            if alert.drill.is_some() && alert.is_firing() {
                self.set(alert.identity.clone(), planned.unwrap_or(Timestamp::MIN));
            }
        }
    }

    /// Ends drills when they are due. Runs until it is dropped.
    pub async fn run(self, runner: Runner) {
        loop {
            let now = runner.clock.now();
            for identity in self.due(now) {
                if runner.end(&identity, now).await {
                    self.locked(|ends| ends.remove(&identity));
                } else {
                    self.set(identity, now.after(TRY_AGAIN));
                }
            }
            let next = self.locked(|ends| ends.values().min().copied());
            let sleep = next.map_or(SLEEP_MAX, |at| at.since(runner.clock.now()).min(SLEEP_MAX));
            // Whether it was woken or slept enough, it looks again.
            let _ = tokio::time::timeout(sleep, self.changed.notified()).await;
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Identity> {
        self.locked(|ends| {
            let due = ends.iter().filter(|(_, at)| **at <= now);
            due.map(|(identity, _)| identity.clone()).collect()
        })
    }

    fn set(&self, identity: Identity, at: Timestamp) {
        self.locked(|ends| ends.insert(identity, at));
        self.changed.notify_one();
    }

    fn locked<T>(&self, work: impl FnOnce(&mut BTreeMap<Identity, Timestamp>) -> T) -> T {
        work(&mut self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Runner {
    /// Says that a drill is over; whether that is on disk now.
    async fn end(&self, identity: &Identity, now: Timestamp) -> bool {
        let alert = self.view.read().alert_of(identity).cloned();
        let over = alert
            .filter(|alert| alert.is_firing())
            .and_then(|alert| over(&alert, now));
        let Some(over) = over else {
            return true;
        };
        let Ok(taken) = self.shards.drill(over) else {
            return false;
        };
        for pending in taken.pending {
            match pending.verdict().await {
                Verdict::Committed { .. } => {}
                Verdict::Rejected(rejection) => {
                    tracing::warn!(%rejection, "the end of a drill could not be stored; trying again");
                    return false;
                }
            }
        }
        true
    }
}
