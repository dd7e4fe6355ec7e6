//! Says what is wrong with the collector's own parts, as signals like any other: a receiver that takes
//! nothing, deliveries that were given up, an engine that is late, a store that is slow.
//!
//! In: how each of them is, every so often. Out: signals about the entity `collector`. What was said
//! already is what the engine knows: a restart says nothing twice. A signal about a receiver is told by
//! another where there is one; that is the engine's to decide.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use vedette_policy::{DELIVERIES_DEAD, ENGINE_LATE, RECEIVER_DOWN, STORE_SLOW};
use vedette_triage::{
    About, AlertSignal, End, EntityId, Handling, Identity, Input, Labels, Says, Severity, Signal,
    State, Timestamp,
};

use crate::clock::Clock;
use crate::engine_loop::{EngineHandle, View};
use crate::outbox::{Standing, Standings};
use crate::shard::Words;
use crate::store::{Answers, Backlog, Question, StoreHandle};

/// How often it is looked.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// What waits for a receiver that fails for longer is a fault of it.
const DOWN_AFTER: Duration = Duration::from_secs(180);
/// How long a delivery that was given up is a fault.
const DEAD_FOR: Duration = Duration::from_secs(3600);
/// The engine is late when it takes longer to answer,
const LATE_AFTER: Duration = Duration::from_secs(5);
/// and the store is slow when it takes longer to write,
const SLOW_AFTER: Duration = Duration::from_secs(2);
/// so many times on end; well when it was not, as often.
const LOOKS_ON_END: u32 = 3;

/// Where the parts are, and what is said of each.
pub struct Around {
    /// Decides.
    pub engine: EngineHandle,
    /// What the engine knows.
    pub view: View,
    /// Remembers.
    pub store: StoreHandle,
    /// How the receivers are.
    pub receivers: Standings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The name of the machine it runs on.
    pub host: String,
    /// What is said, by rule.
    pub words: BTreeMap<&'static str, Words>,
}

/// Something that may be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    rule: &'static str,
    /// The receiver it is about, if it is about one.
    receiver: Option<String>,
}

/// What was seen before.
#[derive(Debug, Default)]
struct Seen {
    /// Deliveries given up by each receiver, and when there was last one more.
    dead: BTreeMap<String, (u64, Option<Timestamp>)>,
    engine: Steady,
    store: Steady,
}

/// Something that is bad or good only after it was so several times on end.
#[derive(Debug, Default)]
struct Steady {
    is_bad: bool,
    against: u32,
}

impl Steady {
    fn look(&mut self, is_bad: bool) -> bool {
        self.against = match is_bad == self.is_bad {
            true => 0,
            false => self.against + 1,
        };
        if self.against >= LOOKS_ON_END {
            self.is_bad = is_bad;
            self.against = 0;
        }
        self.is_bad
    }
}

/// Looks every so often, until told to stop.
pub async fn look(around: Around, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = Seen::default();
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        let (is_late, is_slow) = (around.is_engine_late().await, around.is_store_slow().await);
        let Ok(Answers::Backlog(backlog)) = around.store.ask(Question::Backlog).await else {
            continue;
        };
        let mut parts = of_receivers(&backlog, &around.receivers, around.clock.now(), &mut seen);
        let part = |rule| Part {
            rule,
            receiver: None,
        };
        parts.insert(part(ENGINE_LATE), seen.engine.look(is_late));
        parts.insert(part(STORE_SLOW), seen.store.look(is_slow));
        around.say(parts).await;
    }
}

/// What is wrong with each receiver, by what waits for it and how it stands.
fn of_receivers(
    backlog: &[Backlog],
    receivers: &Standings,
    now: Timestamp,
    seen: &mut Seen,
) -> BTreeMap<Part, bool> {
    let standings = receivers.all();
    let mut parts = BTreeMap::new();
    for (name, known) in &standings {
        let waits = backlog.iter().find(|one| one.receiver == *name);
        let is_failing = matches!(known.standing, Standing::Trying | Standing::Held { .. });
        let oldest = waits.and_then(|one| one.oldest);
        let is_down = is_failing && oldest.is_some_and(|at| now.since(at) > DOWN_AFTER);
        let part = |rule| Part {
            rule,
            receiver: Some(name.clone()),
        };
        parts.insert(part(RECEIVER_DOWN), is_down);
        let dead = waits.map_or(0, |one| one.dead);
        let (before, last) = seen.dead.entry(name.clone()).or_insert((dead, None));
        if dead > *before {
            *last = Some(now);
        }
        *before = dead;
        let is_recent = last.is_some_and(|at| now.since(at) < DEAD_FOR);
        parts.insert(part(DELIVERIES_DEAD), is_recent);
    }
    parts
}

impl Around {
    async fn is_engine_late(&self) -> bool {
        let began = self.clock.monotonic_ms();
        let Ok(pending) = self.engine.submit(Input::Tick) else {
            return true;
        };
        let answered = tokio::time::timeout(LATE_AFTER, pending.verdict()).await;
        answered.is_err() || self.took(began) > LATE_AFTER
    }

    async fn is_store_slow(&self) -> bool {
        let began = self.clock.monotonic_ms();
        let written = self.store.extend(self.clock.now(), Vec::new()).await;
        written.is_ok() && self.took(began) > SLOW_AFTER
    }

    fn took(&self, began_ms: i64) -> Duration {
        let took = self.clock.monotonic_ms().saturating_sub(began_ms);
        Duration::from_millis(u64::try_from(took).unwrap_or(0))
    }

    /// Says what is otherwise than the engine knows it.
    async fn say(&self, parts: BTreeMap<Part, bool>) {
        let changed = changed(&self.view.read(), parts);
        for (part, is_bad) in changed {
            let signal = Input::Signal(Signal::Alert(self.signal(&part, is_bad)));
            if let Ok(pending) = self.engine.submit(signal) {
                // What is refused is found again at the next look.
                let _ = pending.verdict().await;
            }
        }
    }

    fn signal(&self, part: &Part, is_bad: bool) -> AlertSignal {
        let since = self.clock.now();
        let severity = Severity::Critical;
        let says = match is_bad {
            true => Says::Firing {
                severity,
                since,
                valid_until: None,
            },
            false => Says::Ok {
                end: End::Recovered,
                since,
            },
        };
        let words = self.words.get(part.rule).cloned().unwrap_or_default();
        let labels = [
            ("alertname", part.rule),
            ("host", self.host.as_str()),
            ("component", "collector"),
            ("severity", severity.as_str()),
        ];
        let receiver = part.receiver.iter().map(|name| ("receiver", name.as_str()));
        AlertSignal {
            identity: part.identity(),
            says,
            about: Arc::new(About {
                labels: labels.into_iter().chain(receiver).collect(),
                title: match &part.receiver {
                    Some(name) => format!("receiver {name}: {}", words.title),
                    None => words.title,
                },
                means: words.means,
                first: words.first,
                component: "collector".into(),
                handling: Some(Handling::Ticket),
                ..About::default()
            }),
            drill: None,
        }
    }
}

impl Part {
    fn identity(&self) -> Identity {
        let receiver = self.receiver.iter().map(|name| ("receiver", name.as_str()));
        let attributes: Labels = receiver.collect();
        Identity::of_rule(&EntityId::of_collector(), self.rule, &attributes)
    }
}

/// What is otherwise than it was said last, those of a receiver that is gone among them.
fn changed(state: &State, mut parts: BTreeMap<Part, bool>) -> Vec<(Part, bool)> {
    let rules = [RECEIVER_DOWN, DELIVERIES_DEAD];
    let known = state.alerts().filter(|alert| alert.is_firing());
    let of_receivers = known.filter_map(|alert| {
        let rule = rules
            .into_iter()
            .find(|rule| alert.identity.rule() == Some(rule))?;
        let receiver = alert.about.labels.get("receiver")?.to_owned();
        Some(Part {
            rule,
            receiver: Some(receiver),
        })
    });
    for part in of_receivers {
        parts.entry(part).or_insert(false);
    }
    let is_said = |part: &Part| {
        let alert = state.alert_of(&part.identity());
        alert.is_some_and(|alert| alert.is_firing())
    };
    parts
        .into_iter()
        .filter(|(part, is_bad)| is_said(part) != *is_bad)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(100_000_000);

    fn backlog(oldest: Option<u64>, dead: u64) -> Vec<Backlog> {
        let ago = |seconds| NOW.before(Duration::from_secs(seconds));
        vec![Backlog {
            receiver: "desk".into(),
            pending: u64::from(oldest.is_some()),
            dead,
            oldest: oldest.map(ago),
        }]
    }

    fn rules(parts: &BTreeMap<Part, bool>) -> Vec<&'static str> {
        let bad = parts.iter().filter(|(_, is_bad)| **is_bad);
        bad.map(|(part, _)| part.rule).collect()
    }

    #[test]
    fn a_receiver_that_fails_is_down_once_something_waits_for_it_for_three_minutes() {
        let standings = Standings::default();
        let mut seen = Seen::default();
        let mut check = |standing, oldest, expected: &[&str]| {
            standings.stand("desk", standing);
            let parts = of_receivers(&backlog(oldest, 0), &standings, NOW, &mut seen);
            assert_eq!(rules(&parts), expected, "{standing:?} {oldest:?}");
        };
        let held = Standing::Held { until: NOW };
        check(held, Some(181), &[RECEIVER_DOWN]);
        check(Standing::Trying, Some(181), &[RECEIVER_DOWN]);
        check(held, Some(179), &[]);
        check(held, None, &[]);
        check(Standing::Well, Some(400), &[]);
        check(Standing::Absent, Some(400), &[]);
    }

    #[test]
    fn deliveries_that_are_given_up_are_a_fault_for_an_hour_and_old_ones_are_none() {
        let standings = Standings::default();
        standings.stand("desk", Standing::Well);
        let mut seen = Seen::default();
        let mut check = |dead, minutes: u64, expected: &[&str]| {
            let now = NOW.after(Duration::from_secs(60 * minutes));
            let parts = of_receivers(&backlog(None, dead), &standings, now, &mut seen);
            assert_eq!(rules(&parts), expected, "{dead} after {minutes} min");
        };
        check(5, 0, &[]);
        check(6, 1, &[DELIVERIES_DEAD]);
        check(6, 60, &[DELIVERIES_DEAD]);
        check(6, 61, &[]);
        check(7, 62, &[DELIVERIES_DEAD]);
    }

    #[test]
    fn what_is_slow_once_is_not_slow() {
        let mut steady = Steady::default();
        let looks = [
            true, true, false, true, true, true, false, false, true, false, false, false,
        ];
        let said: Vec<bool> = looks
            .into_iter()
            .map(|is_bad| steady.look(is_bad))
            .collect();
        let expected = [
            false, false, false, false, false, true, true, true, true, true, true, false,
        ];
        assert_eq!(said, expected);
    }
}
