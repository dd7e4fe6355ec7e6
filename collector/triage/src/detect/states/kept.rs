//! Keeps where one condition stands: its hysteresis, what its conditions remember, what was told of it.
//!
//! In: what was judged and what became of it. Out: what is found. Knows nothing of the others.

use std::sync::Arc;
use std::time::Duration;

use super::{Case, Key};
use crate::detect::condition::Memory;
use crate::detect::hysteresis::{Hysteresis, Moved, Settled, Verdict};
use crate::detect::scope::Scope;
use crate::detect::{Condition, Found, Rule, Truth};
use crate::{End, EntityId, Identity, Labels, Says, Timestamp};

/// Where one condition stands.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) hysteresis: Hysteresis,
    /// By condition, as [`Rule::conditions`] orders them.
    pub(super) memories: [Vec<Memory>; 4],
    pub(super) verdict: Option<Verdict>,
    pub(super) values: Vec<(String, f64)>,
    /// What the check or event says, for people. It only describes: a changed text tells nobody
    /// anything until something else changes.
    pub(super) text: String,
    /// When it was last judged.
    pub(super) judged: Timestamp,
    /// How long what it was judged by stays known.
    pub(super) known_for: Duration,
    /// Since when its probe looks and does not find it.
    pub(super) missing_since: Option<Timestamp>,
    pub(super) told: Told,
    /// Present while a change is pending.
    pub(super) told_before: Option<Told>,
}

/// What describes it, as far as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    host: Labels,
    /// None after a restart: what was told then counts as the same.
    attributes: Option<Labels>,
}

impl Kept {
    pub(super) fn new(now: Timestamp, host: &Labels) -> Kept {
        Kept {
            hysteresis: Hysteresis::default(),
            memories: Default::default(),
            verdict: None,
            values: Vec::new(),
            text: String::new(),
            judged: now,
            known_for: Duration::ZERO,
            missing_since: None,
            told: Told {
                host: host.clone(),
                attributes: None,
            },
            told_before: None,
        }
    }

    pub(super) fn remembers(&self) -> bool {
        self.memories.iter().any(|memories| !memories.is_empty())
    }

    pub(super) fn remember(&mut self, rule: &Rule, scope: &Scope<'_>) {
        for (condition, memories) in rule.conditions().into_iter().zip(&mut self.memories) {
            match condition {
                Some(condition) => condition.remember(scope, memories),
                None => memories.clear(),
            }
        }
    }

    pub(super) fn verdict(&self, rule: &Rule, scope: &Scope<'_>) -> Verdict {
        let [warning, critical, clear, eased] = rule.conditions();
        let holds = |at: usize, condition: Option<&Arc<Condition>>| {
            condition.map(|condition| condition.holds(&scope.with_memories(&self.memories[at])))
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

    /// The same again if a host label or a describing attribute is not what was told.
    pub(super) fn redescribed(&mut self, case: &Case<'_>) -> Option<Moved> {
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

    pub(super) fn describe(&mut self, case: &Case<'_>) {
        let told = Told {
            host: case.host.clone(),
            attributes: case.attributes.or(self.told.attributes.as_ref()).cloned(),
        };
        self.told_before = Some(std::mem::replace(&mut self.told, told));
    }

    pub(super) fn settle(&mut self, settled: Settled) {
        self.hysteresis.settle(settled);
        match (settled, self.told_before.take()) {
            (Settled::Failed, Some(before)) => self.told = before,
            (Settled::Committed | Settled::Failed, _) => {}
        }
    }

    pub(super) fn found(&self, entity: &EntityId, key: &Key, moved: Moved, end: &End) -> Found {
        let (rule, identity) = key;
        let since = moved.since;
        Found {
            identity: Identity::found_by(entity, rule, identity),
            rule: Arc::clone(rule),
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
            attributes: self
                .told
                .attributes
                .clone()
                .unwrap_or_else(|| identity.clone()),
            values: self.values.clone(),
            text: self.text.clone(),
            opens: self.hysteresis.opens(),
            event: None,
            late: None,
        }
    }
}
