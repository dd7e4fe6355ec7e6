//! Keeps where one condition stands: its hysteresis, what its conditions remember, what was told of it.
//!
//! In: what was judged and what became of it. Out: what is found. Knows nothing of the others.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::Case;
use crate::detect::condition::Memory;
use crate::detect::hysteresis::{Hysteresis, Level, Moved, Settled, Timing, Verdict};
use crate::detect::scope::Scope;
use crate::detect::{Condition, Found, Rule, Truth};
use crate::{Alert, End, EntityId, Identity, Labels, Says, Timestamp};

/// Where one condition stands.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) rule: Arc<str>,
    /// The attributes that identify the series.
    pub(super) thing: Labels,
    /// Of its conditions, in the order of [`Rule::conditions`].
    pub(super) memories: Box<[Memory]>,
    /// When it was last judged.
    pub(super) judged: Timestamp,
    /// How long what it was judged by stays known.
    pub(super) known_for: Duration,
    /// Since when its probe looks and does not find it.
    pub(super) missing_since: Option<Timestamp>,
    /// None while it is plainly well: then only its conditions remember anything.
    standing: Option<Box<Standing>>,
}

/// How it stands while it is not plainly well.
#[derive(Debug, Clone)]
struct Standing {
    hysteresis: Hysteresis,
    verdict: Option<Verdict>,
    values: Vec<(String, f64)>,
    /// What the check or event says, for people. It only describes: a changed text tells nobody
    /// anything until something else changes.
    text: String,
    told: Told,
    /// Present while a change is pending.
    told_before: Option<Told>,
}

/// What describes it, as far as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    host: Labels,
    /// None after a restart: what was told then counts as the same.
    attributes: Option<Labels>,
}

/// What a condition of a rule remembers, of all that is remembered.
pub(super) fn of_condition<'a>(rule: &Rule, memories: &'a [Memory], at: usize) -> &'a [Memory] {
    memories.get(range(rule, at)).unwrap_or(&[])
}

fn range(rule: &Rule, at: usize) -> Range<usize> {
    let many = rule
        .conditions()
        .map(|condition| condition.map_or(0, |one| one.memories()));
    let begin = many[..at].iter().sum();
    begin..begin + many[at]
}

impl Kept {
    pub(super) fn new(rule: Arc<str>, thing: Labels, now: Timestamp) -> Kept {
        Kept {
            rule,
            thing,
            memories: Box::default(),
            judged: now,
            known_for: Duration::ZERO,
            missing_since: None,
            standing: None,
        }
    }

    /// What was pending is forgotten, and nothing fires.
    pub(super) fn go_back(&mut self) {
        if let Some(standing) = &mut self.standing {
            standing.hysteresis.go_back(Level::Ok, None);
            standing.told_before = None;
        }
    }

    /// It fires as is committed.
    pub(super) fn seed(&mut self, alert: &Alert, host: &Labels) {
        let standing = self
            .standing
            .get_or_insert_with(|| Box::new(Standing::new(host)));
        let level = Level::from(alert.severity);
        standing.hysteresis.go_back(level, Some(alert.starts_at));
        standing.values.clone_from(&alert.about.values);
        standing.text.clone_from(&alert.about.text);
    }

    /// How it stands, and since when its condition holds.
    pub(super) fn standing(&self) -> (Level, Option<Timestamp>) {
        let standing = self.standing.as_ref();
        let hysteresis = standing.map(|standing| &standing.hysteresis);
        hysteresis.map_or((Level::Ok, None), |of| (of.level(), of.bad_since()))
    }

    /// Whether forgetting how it stands would lose nothing.
    pub(super) fn is_at_rest(&self) -> bool {
        let standing = self.standing.as_ref();
        standing.is_none_or(|standing| standing.hysteresis.is_at_rest())
    }

    /// Whether forgetting it would lose anything; what would lose nothing is forgotten.
    pub(super) fn is_worth_keeping(&mut self) -> bool {
        if self.is_at_rest() {
            self.standing = None;
        }
        self.standing.is_some() || !self.memories.is_empty()
    }

    /// Whether it fires, and nothing is pending.
    pub(super) fn fires(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| {
            let hysteresis = &standing.hysteresis;
            hysteresis.level() != Level::Ok && !hysteresis.is_pending()
        })
    }

    pub(super) fn remember(&mut self, rule: &Rule, scope: &Scope<'_>) {
        let conditions = rule.conditions();
        let many = conditions.iter().flatten().map(|one| one.memories()).sum();
        // A rule that counts otherwise now begins anew.
        if self.memories.len() != many {
            self.memories = vec![Memory::default(); many].into();
        }
        for (at, condition) in conditions.into_iter().enumerate() {
            let memories = self.memories.get_mut(range(rule, at));
            if let Some((condition, memories)) = condition.zip(memories) {
                condition.remember(scope, memories);
            }
        }
    }

    pub(super) fn verdict(&self, rule: &Rule, scope: &Scope<'_>) -> Verdict {
        let [warning, critical, clear, eased] = rule.conditions();
        let holds = |at: usize, condition: Option<&Arc<Condition>>| {
            condition.map(|condition| {
                let memories = of_condition(rule, &self.memories, at);
                condition.holds(&scope.with_memories(memories))
            })
        };
        let critical = holds(1, critical).unwrap_or(Truth::False);
        let bad = match critical {
            Truth::True => Truth::True,
            Truth::False | Truth::Unknown => holds(0, warning).unwrap_or(Truth::False).or(critical),
        };
        Verdict {
            bad,
            critical,
            clear: holds(2, clear).unwrap_or(bad.negated()),
            eased: holds(3, eased),
            has_warning: warning.is_some(),
        }
    }

    /// It was there, and is judged.
    pub(super) fn judged(&mut self, case: &Case<'_>) {
        self.judged = case.now;
        self.missing_since = None;
        self.known_for = case.known_for;
    }

    /// Takes a verdict; says what changed. `told`: the values people are told of it.
    pub(super) fn step(
        &mut self,
        case: &Case<'_>,
        verdict: &Verdict,
        timing: &Timing,
        told: impl FnOnce() -> Vec<(String, f64)>,
    ) -> Option<Moved> {
        if self.standing.is_none() && verdict.bad != Truth::True {
            return None;
        }
        let standing = self
            .standing
            .get_or_insert_with(|| Box::new(Standing::new(case.host)));
        standing.verdict = Some(*verdict);
        standing.values = told();
        case.text.clone_into(&mut standing.text);
        let moved = standing
            .hysteresis
            .step(case.now, verdict, timing)
            .or_else(|| standing.redescribed(case))?;
        standing.describe(case);
        Some(moved)
    }

    /// Lets running times act on the last verdict.
    pub(super) fn on_time(&mut self, now: Timestamp, timing: &Timing) -> Option<Moved> {
        let standing = self.standing.as_mut()?;
        let moved = standing.hysteresis.step(now, &standing.verdict?, timing)?;
        standing.told_before = Some(standing.told.clone());
        Some(moved)
    }

    /// The next time at which it may act by itself.
    pub(super) fn due(&self, timing: &Timing) -> Option<Timestamp> {
        self.standing.as_ref()?.hysteresis.due(timing)
    }

    /// Ends it by another statement than its clear condition.
    pub(super) fn end(&mut self, now: Timestamp) -> Option<Moved> {
        self.memories = Box::default();
        let standing = self.standing.as_mut()?;
        let moved = standing.hysteresis.end(now)?;
        standing.told_before = Some(standing.told.clone());
        Some(moved)
    }

    pub(super) fn settle(&mut self, settled: Settled) {
        let Some(standing) = &mut self.standing else {
            return;
        };
        standing.hysteresis.settle(settled);
        match (settled, standing.told_before.take()) {
            (Settled::Failed, Some(before)) => standing.told = before,
            (Settled::Committed | Settled::Failed, _) => {}
        }
    }

    /// What is told of a change.
    pub(super) fn found(&self, entity: &EntityId, moved: Moved, end: &End) -> Found {
        let since = moved.since;
        let standing = self.standing.as_ref();
        let attributes = standing.and_then(|standing| standing.told.attributes.clone());
        Found {
            identity: Identity::found_by(entity, &self.rule, &self.thing),
            rule: Arc::clone(&self.rule),
            says: match moved.level.severity() {
                Some(severity) => Says::Firing {
                    severity,
                    since,
                    valid_until: None,
                },
                None => Says::Ok {
                    end: end.clone(),
                    since,
                },
            },
            attributes: attributes.unwrap_or_else(|| self.thing.clone()),
            values: standing.map_or_else(Vec::new, |standing| standing.values.clone()),
            text: standing.map_or_else(String::new, |standing| standing.text.clone()),
            opens: standing.is_some_and(|standing| standing.hysteresis.opens()),
            event: None,
            late: None,
        }
    }
}

impl Standing {
    fn new(host: &Labels) -> Standing {
        Standing {
            hysteresis: Hysteresis::default(),
            verdict: None,
            values: Vec::new(),
            text: String::new(),
            told: Told {
                host: host.clone(),
                attributes: None,
            },
            told_before: None,
        }
    }

    /// The same again if a host label or a describing attribute is not what was told.
    fn redescribed(&mut self, case: &Case<'_>) -> Option<Moved> {
        let told = &mut self.told.attributes;
        let same = match case.attributes {
            Some(attributes) => attributes == told.get_or_insert_with(|| attributes.clone()),
            None => true,
        };
        if same && self.told.host == *case.host {
            return None;
        }
        self.hysteresis.repeat(case.now)
    }

    fn describe(&mut self, case: &Case<'_>) {
        let told = Told {
            host: case.host.clone(),
            attributes: case.attributes.or(self.told.attributes.as_ref()).cloned(),
        };
        self.told_before = Some(std::mem::replace(&mut self.told, told));
    }
}
