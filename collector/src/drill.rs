//! Runs drills: a marked, harmless fault that goes through the whole path, and ends by itself.
//!
//! In: what to drill. Out: the signal that begins it, and later the one that ends
//! it. Which drills run is read from the committed state, so that a restart ends
//! them as planned. Knows nothing of HTTP and of tickets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use vedette_triage::{
    About, Alert, AlertSignal, Drill, End, EntityId, Handling, Host, Identity, Labels, Policy,
    Says, Severity, State, Timestamp,
};

use crate::clock::Clock;
use crate::engine_loop::{Verdict, View};
use crate::ingest::intake::Intake;

/// How long a drill lasts when nothing else is asked for.
pub const LASTS: Duration = Duration::from_secs(120);
/// The longest drill.
pub const LASTS_AT_MOST: Duration = Duration::from_secs(3_600);
/// Nobody vouches for a drill longer than this after its planned end.
const VOUCHED_LONGER: Duration = Duration::from_secs(60);
/// Pause before an end that could not be stored is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Longest sleep, so that a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(10);
/// The rule that is drilled when nothing else is asked for.
const USUAL_RULE: &str = "filesystem-space";

/// A drill before it begins.
#[derive(Debug, Clone)]
pub struct Planned {
    identity: Identity,
    about: Arc<About>,
    drill: Drill,
}

impl Planned {
    /// Plans a drill of a rule on a host; of any rule, on no real host, when none is given.
    ///
    /// # Errors
    /// There is no such rule; names the nearest.
    pub fn new(
        policy: &Policy,
        rule: Option<&str>,
        host: Option<&Host>,
        drill: Drill,
    ) -> Result<Planned, String> {
        let (rule, component) = rule_of(policy, rule)?;
        let entity = host.map_or_else(|| EntityId::new("drill"), |host| host.id.clone());
        let labels = host.map_or_else(|| [("host", "drill")].into_iter().collect(), Host::labels);
        let own = [
            ("alertname", rule.as_str()),
            ("severity", Severity::Critical.as_str()),
            ("component", component.as_str()),
            ("drill", "true"),
        ];
        let labels: Labels = labels.iter().chain(own).collect();
        let handling = match drill {
            Drill::Quiet => Handling::Ticket,
            Drill::Paging => Handling::Page,
        };
        let about = About {
            labels,
            title: format!("a harmless fault to try the way to the ticket (rule {rule})"),
            component,
            handling: Some(handling),
            ..About::default()
        };
        Ok(Planned {
            identity: Identity::of_rule(&entity, &rule, &Labels::none()).as_drill(),
            about: Arc::new(about),
            drill,
        })
    }

    /// What makes it this drill and no other.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The rule that finds it.
    pub fn rule(&self) -> &str {
        self.identity.rule().unwrap_or("")
    }

    /// The host it is found on, by name.
    pub fn host(&self) -> &str {
        self.about.labels.get("host").unwrap_or("")
    }

    /// The signal that begins it.
    pub fn fires(&self, now: Timestamp, lasts: Duration) -> AlertSignal {
        AlertSignal {
            identity: self.identity.clone(),
            says: Says::Firing {
                severity: Severity::Critical,
                since: now,
                valid_until: Some(now.after(lasts).after(VOUCHED_LONGER)),
            },
            about: Arc::clone(&self.about),
            drill: Some(self.drill),
        }
    }
}

fn rule_of(policy: &Policy, wanted: Option<&str>) -> Result<(String, String), String> {
    let rules = &policy.rules;
    let found = match wanted {
        Some(name) => Some(rules.get(name).ok_or_else(|| {
            let names = rules.keys().map(|name| &**name);
            match vedette_config::nearest(name, names) {
                Some(near) => format!("there is no rule {name:?}; did you mean {near:?}?"),
                None => format!("there is no rule {name:?}; `vedette-collector check` lists them"),
            }
        })?),
        None => rules
            .get(USUAL_RULE)
            .or_else(|| rules.values().find(|rule| !rule.shadow)),
    };
    Ok(match found {
        Some(rule) => (rule.name.to_string(), rule.component.clone()),
        None => ("drill".into(), String::new()),
    })
}

/// The signal that ends a drill that fires.
fn over(alert: &Alert, now: Timestamp) -> AlertSignal {
    AlertSignal {
        identity: alert.identity.clone(),
        says: Says::Ok {
            end: End::DrillOver,
            since: now,
        },
        about: Arc::clone(&alert.about),
        drill: alert.drill,
    }
}

/// When each drill that runs ends. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Drills {
    ends: Arc<Mutex<BTreeMap<Identity, Timestamp>>>,
    changed: Arc<Notify>,
}

impl Drills {
    /// A drill has begun, and ends then.
    pub fn ends(&self, planned: &Planned, at: Timestamp) {
        self.set(planned.identity.clone(), at);
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
    pub async fn run(self, view: View, shards: Arc<dyn Intake>, clock: Arc<dyn Clock>) {
        loop {
            let now = clock.now();
            for identity in self.due(now) {
                let alert = view.read().alert_of(&identity).cloned();
                match alert.filter(|alert| alert.is_firing()) {
                    Some(alert) if !end(shards.as_ref(), &alert, now).await => {
                        self.set(identity, now.after(TRY_AGAIN));
                    }
                    Some(_) | None => self.locked(|ends| {
                        ends.remove(&identity);
                    }),
                }
            }
            let next = self.locked(|ends| ends.values().min().copied());
            let sleep = next.map_or(SLEEP_MAX, |at| at.since(clock.now()).min(SLEEP_MAX));
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
        self.locked(|ends| {
            ends.insert(identity, at);
        });
        self.changed.notify_one();
    }

    fn locked<T>(&self, work: impl FnOnce(&mut BTreeMap<Identity, Timestamp>) -> T) -> T {
        work(&mut self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Says that a drill is over; whether that is on disk now.
async fn end(shards: &dyn Intake, alert: &Alert, now: Timestamp) -> bool {
    let Ok(taken) = shards.drill(now, over(alert, now)) else {
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
