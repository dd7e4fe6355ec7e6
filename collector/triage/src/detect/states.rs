//! Keeps where each condition of one host stands, as far as it is not plainly well.
//!
//! In: a rule, and what was measured. Out: what changed. Knows nothing of
//! reports, rounds or clocks.

mod case;
mod kept;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::host::checks::is_in_every_look;
use super::hysteresis::{Level, Settled, Timing};
use super::rule_set::Facts;
use super::scope::Scope;
use super::{Condition, Effect, Found, Observed, On, Rule, RuleSet, Truth, limits};
use crate::{Alert, End, EntityId, Identity, Labels, Says, Timestamp};

pub(super) use case::{Case, OfEvent, is_off, would_hold};
use case::{bad, effect, values};
use kept::Kept;
use told::told;

/// The rule, and the attributes that identify the series.
type Key = (Arc<str>, Labels);

/// Where each condition of one host stands.
#[derive(Debug, Clone)]
pub(super) struct States {
    entity: EntityId,
    kept: BTreeMap<Key, Kept>,
}

impl States {
    pub(super) fn new(entity: EntityId) -> States {
        States {
            entity,
            kept: BTreeMap::new(),
        }
    }

    /// Takes over the committed alerts of this host; what was pending is forgotten.
    pub(super) fn seed<'a>(
        &mut self,
        host: &Labels,
        alerts: impl Iterator<Item = &'a Alert>,
        started: Timestamp,
    ) {
        for kept in self.kept.values_mut() {
            kept.hysteresis.go_back(Level::Ok, None);
            kept.told_before = None;
        }
        for alert in alerts.filter(|alert| alert.is_firing() && alert.drill.is_none()) {
            let Some(rule) = alert.identity.rule() else {
                continue;
            };
            let key = (Arc::from(rule), alert.identity.measured_attributes());
            let kept = self
                .kept
                .entry(key)
                .or_insert_with(|| Kept::new(started, host));
            let level = Level::from(alert.severity);
            kept.hysteresis.go_back(level, Some(alert.starts_at));
            kept.values.clone_from(&alert.about.values);
            kept.text.clone_from(&alert.about.text);
        }
        self.kept
            .retain(|_, kept| !kept.hysteresis.is_at_rest() || kept.remembers());
    }

    /// Whether anything is kept of this condition.
    pub(super) fn contains(&self, rule: &Rule, identity: &Labels) -> bool {
        self.kept
            .contains_key(&(Arc::clone(&rule.name), identity.clone()))
    }

    /// The things of which anything is kept for a rule.
    pub(super) fn things(&self, rule: &Rule) -> impl Iterator<Item = &Labels> {
        let from = (Arc::clone(&rule.name), Labels::none());
        self.kept
            .range(from..)
            .take_while(|((name, _), _)| *name == rule.name)
            .map(|((_, thing), _)| thing)
    }

    /// How a thing stands to a rule, and since when its condition holds.
    pub(super) fn standing(&self, rule: &Rule, thing: &Labels) -> (Level, Option<Timestamp>) {
        let key = (Arc::clone(&rule.name), thing.clone());
        let kept = self.kept.get(&key).map(|kept| &kept.hysteresis);
        kept.map_or((Level::Ok, None), |kept| (kept.level(), kept.bad_since()))
    }

    /// Shows a condition what it would see, and what it comes to, to somebody who asks.
    pub(super) fn look<T>(
        &self,
        (rule, facts): (&Rule, &Facts),
        condition: &Condition,
        case: &Case<'_>,
        with: impl FnOnce(&Scope<'_>, Truth) -> T,
    ) -> T {
        let values = values(rule, facts, case, effect(rule, case));
        let scope = Scope::measured(case.now, &values, case.sources, case.host);
        let key = (Arc::clone(&rule.name), case.identity.clone());
        let conditions = rule.conditions();
        let same = |known: &Option<&Arc<Condition>>| {
            known.is_some_and(|known| std::ptr::eq(&**known, condition))
        };
        let at = conditions.iter().position(same);
        let kept = self.kept.get(&key).zip(at);
        let memories = kept.map_or(&[][..], |(kept, at)| &kept.memories[at]);
        let holds = condition.holds(&scope.with_memories(memories));
        with(&scope, holds)
    }

    /// Judges one condition; says whether it is bad.
    pub(super) fn judge(
        &mut self,
        (rule, facts): (&Rule, &Facts),
        rules: &RuleSet,
        case: &Case<'_>,
        observed: &mut Observed,
    ) -> Truth {
        let key = (Arc::clone(&rule.name), case.identity.clone());
        let effect = effect(rule, case);
        if effect == Some(&Effect::Off) {
            self.end(&key, case.now, &End::RuleRemoved, observed);
            return Truth::False;
        }
        let values = values(rule, facts, case, effect);
        let scope = Scope::measured(case.now, &values, case.sources, case.host);
        if !self.kept.contains_key(&key) {
            // What is plainly well needs no room.
            let bad = match facts.counts_observations {
                true => Truth::True,
                false => bad(rule, &scope),
            };
            if bad != Truth::True {
                return bad;
            }
            if self.kept.len() >= limits::STATES_PER_HOST_MAX {
                observed.over_bound += 1;
                return Truth::True;
            }
        }
        let kept = self
            .kept
            .entry(key.clone())
            .or_insert_with(|| Kept::new(case.now, case.host));
        if case.fresh {
            kept.remember(rule, &scope);
        }
        let verdict = kept.verdict(rule, &scope);
        kept.verdict = Some(verdict);
        kept.judged = case.now;
        kept.missing_since = None;
        kept.known_for = case.known_for;
        kept.values = told(rule, facts, &values, case);
        case.text.clone_into(&mut kept.text);
        let moved = kept
            .hysteresis
            .step(case.now, &verdict, &timing(rule, rules))
            .or_else(|| kept.redescribed(case));
        match moved {
            Some(moved) => {
                kept.describe(case);
                let found = kept.found(&self.entity, &key, moved, &End::Recovered);
                observed.found.push(of_event(found, case.event));
            }
            None => self.rest(&key, observed),
        }
        verdict.bad
    }

    /// Takes note of what was not among what was looked at; ends what is gone.
    pub(super) fn miss(
        &mut self,
        at: Timestamp,
        rules: &RuleSet,
        looked_at: impl Fn(&str) -> bool,
        observed: &mut Observed,
    ) {
        let gone_after = rules.gone_after();
        let mut gone = Vec::new();
        for (key, kept) in &mut self.kept {
            let Some(rule) = rules.get(&key.0) else {
                continue;
            };
            let On::Metric(metric) = &rule.on else {
                continue;
            };
            let is_due = is_in_every_look(metric) || at.since(kept.judged) > kept.known_for;
            if kept.judged >= at || !looked_at(metric) || !is_due {
                continue;
            }
            let since = *kept.missing_since.get_or_insert(at);
            if at.since(since) >= gone_after {
                gone.push(key.clone());
            }
        }
        let end = End::Gone {
            after_s: gone_after.as_secs(),
        };
        for key in gone {
            self.end(&key, at, &end, observed);
        }
    }

    /// Lets running times act on what was measured last, as long as that is fresh.
    pub(super) fn on_time(&mut self, now: Timestamp, rules: &RuleSet, observed: &mut Observed) {
        // Rules that are gone vanish; the engine ends their alerts.
        self.kept.retain(|(rule, _), _| rules.get(rule).is_some());
        for (key, kept) in &mut self.kept {
            let Some(rule) = rules.get(&key.0) else {
                continue;
            };
            let (On::Metric(_), Some(verdict)) = (&rule.on, kept.verdict) else {
                continue;
            };
            if kept.missing_since.is_some() || now.since(kept.judged) > kept.known_for {
                continue;
            }
            if let Some(moved) = kept.hysteresis.step(now, &verdict, &timing(rule, rules)) {
                kept.told_before = Some(kept.told.clone());
                let found = kept.found(&self.entity, key, moved, &End::Recovered);
                observed.found.push(found);
            }
        }
    }

    /// The next time at which anything kept may act by itself.
    pub(super) fn due(&self, rules: &RuleSet) -> Option<Timestamp> {
        self.kept
            .iter()
            .filter_map(|((rule, _), kept)| {
                let rule = rules.get(rule)?;
                kept.hysteresis.due(&timing(rule, rules))
            })
            .min()
    }

    /// Says what became of a change.
    pub(super) fn settle(&mut self, identity: &Identity, settled: Settled) {
        let Some(rule) = identity.rule() else {
            return;
        };
        let key = (Arc::from(rule), identity.measured_attributes());
        if let Some(kept) = self.kept.get_mut(&key) {
            kept.settle(settled);
            if kept.hysteresis.is_at_rest() && !kept.remembers() {
                self.kept.remove(&key);
            }
        }
    }

    /// Follows rules to their new names.
    pub(super) fn rename(&mut self, renamed: &BTreeMap<Arc<str>, Arc<str>>) {
        let kept = std::mem::take(&mut self.kept);
        self.kept = kept
            .into_iter()
            .map(|((rule, attributes), kept)| {
                let rule = renamed.get(&rule).map_or(rule, Arc::clone);
                ((rule, attributes), kept)
            })
            .collect();
    }

    /// Forgets what only remembers observations of things not seen since then.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.kept
            .retain(|_, kept| kept.judged >= before || !kept.hysteresis.is_at_rest());
    }

    fn end(&mut self, key: &Key, now: Timestamp, end: &End, observed: &mut Observed) {
        let Some(kept) = self.kept.get_mut(key) else {
            return;
        };
        kept.memories = Default::default();
        match kept.hysteresis.end(now) {
            Some(moved) => {
                kept.told_before = Some(kept.told.clone());
                let found = kept.found(&self.entity, key, moved, end);
                observed.found.push(found);
            }
            None => self.rest(key, observed),
        }
    }

    /// Nothing changed: counts what fires, forgets what is well.
    fn rest(&mut self, key: &Key, observed: &mut Observed) {
        let Some(kept) = self.kept.get(key) else {
            return;
        };
        if kept.hysteresis.is_at_rest() && !kept.remembers() {
            self.kept.remove(key);
        } else if kept.hysteresis.level() != Level::Ok && !kept.hysteresis.is_pending() {
            observed.unchanged += 1;
        }
    }
}

/// What an event caused says so, and since when it is.
fn of_event(mut found: Found, event: Option<OfEvent<'_>>) -> Found {
    let Some(event) = event else {
        return found;
    };
    if let Says::Firing { since, .. } = &mut found.says
        && found.opens
    {
        *since = event.happened.min(*since);
    }
    Found {
        event: Some(event.id.to_owned()),
        late: event.late,
        ..found
    }
}

fn timing(rule: &Rule, rules: &RuleSet) -> Timing {
    Timing {
        warning_for: rule.warning_for,
        critical_for: rule.critical_for,
        close_delay: rules.close_delay(),
    }
}
