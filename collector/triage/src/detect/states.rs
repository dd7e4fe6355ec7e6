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
use case::{bad, effect, params};
use kept::Kept;
use told::told;

/// Where each condition of one host stands.
#[derive(Debug, Clone)]
pub(super) struct States {
    entity: EntityId,
    /// By rule, then by the attributes that identify the series. In boxes: one that is put in
    /// between moves addresses, and the room to grow holds only those.
    #[allow(clippy::vec_box)]
    kept: Vec<Box<Kept>>,
}

impl States {
    pub(super) fn new(entity: EntityId) -> States {
        States {
            entity,
            kept: Vec::new(),
        }
    }

    /// Takes over the committed alerts of this host; what was pending is forgotten.
    pub(super) fn seed<'a>(
        &mut self,
        host: &Labels,
        alerts: impl Iterator<Item = &'a Alert>,
        started: Timestamp,
    ) {
        for kept in &mut self.kept {
            kept.go_back();
        }
        for alert in alerts.filter(|alert| alert.is_firing() && alert.drill.is_none()) {
            let Some(rule) = alert.identity.rule() else {
                continue;
            };
            let thing = alert.identity.measured_attributes();
            let at = match self.find(rule, &thing) {
                Ok(at) => at,
                Err(at) => {
                    let kept = Kept::new(Arc::from(rule), thing, started);
                    self.kept.insert(at, Box::new(kept));
                    at
                }
            };
            self.kept[at].seed(alert, host);
        }
        self.kept.retain_mut(|kept| kept.is_worth_keeping());
    }

    /// Whether anything is kept of this condition.
    pub(super) fn contains(&self, rule: &Rule, identity: &Labels) -> bool {
        self.find(&rule.name, identity).is_ok()
    }

    /// Whether anything is kept of any condition.
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The things of which anything is kept for a rule.
    pub(super) fn things(&self, rule: &Rule) -> impl Iterator<Item = &Labels> {
        let from = self.kept.partition_point(|kept| kept.rule < rule.name);
        let of_rule = self.kept[from..].iter();
        of_rule
            .take_while(|kept| kept.rule == rule.name)
            .map(|kept| &kept.thing)
    }

    /// How a thing stands to a rule, and since when its condition holds.
    pub(super) fn standing(&self, rule: &Rule, thing: &Labels) -> (Level, Option<Timestamp>) {
        let at = self.find(&rule.name, thing);
        at.map_or((Level::Ok, None), |at| self.kept[at].standing())
    }

    /// Shows a condition what it would see, and what it comes to, to somebody who asks.
    pub(super) fn look<T>(
        &self,
        (rule, facts): (&Rule, &Facts),
        condition: &Condition,
        case: &Case<'_>,
        with: impl FnOnce(&Scope<'_>, Truth) -> T,
    ) -> T {
        let params = params(rule, facts, effect(rule, case));
        let scope = case.scope(&params);
        let same = |known: &Option<&Arc<Condition>>| {
            known.is_some_and(|known| std::ptr::eq(&**known, condition))
        };
        let at = rule.conditions().iter().position(same);
        let kept = self.find(&rule.name, case.identity).ok().zip(at);
        let memories = kept.map_or(&[][..], |(kept, at)| {
            kept::of_condition(rule, &self.kept[kept].memories, at)
        });
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
        let effect = effect(rule, case);
        let found = self.find(&rule.name, case.identity);
        if effect == Some(&Effect::Off) {
            if let Ok(at) = found {
                self.end(at, case.now, &End::RuleRemoved, observed);
            }
            return Truth::False;
        }
        let params = params(rule, facts, effect);
        let scope = case.scope(&params);
        let at = match found {
            Ok(at) => at,
            Err(at) => {
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
                let kept = Kept::new(Arc::clone(&rule.name), case.identity.clone(), case.now);
                self.kept.insert(at, Box::new(kept));
                at
            }
        };
        let kept = &mut self.kept[at];
        if case.fresh {
            kept.remember(rule, &scope);
        }
        let verdict = kept.verdict(rule, &scope);
        kept.judged(case);
        let told = || told(rule, facts, &params, case);
        match kept.step(case, &verdict, &timing(rule, rules), told) {
            Some(moved) => {
                let found = kept.found(&self.entity, moved, &End::Recovered);
                observed.found.push(of_event(found, case.event));
            }
            None => self.rest(at, observed),
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
        for (place, kept) in self.kept.iter_mut().enumerate() {
            if kept.judged >= at {
                continue;
            }
            let Some(rule) = rules.get(&kept.rule) else {
                continue;
            };
            let On::Metric(metric) = &rule.on else {
                continue;
            };
            let is_due = is_in_every_look(metric) || at.since(kept.judged) > kept.known_for;
            if !looked_at(metric) || !is_due {
                continue;
            }
            let since = *kept.missing_since.get_or_insert(at);
            if at.since(since) >= gone_after {
                gone.push(place);
            }
        }
        let end = End::Gone {
            after_s: gone_after.as_secs(),
        };
        // The last first: where one is forgotten, those after it move up.
        let begin = observed.found.len();
        for place in gone.into_iter().rev() {
            self.end(place, at, &end, observed);
        }
        observed.found[begin..].reverse();
    }

    /// Lets running times act on what was measured last, as long as that is fresh.
    pub(super) fn on_time(&mut self, now: Timestamp, rules: &RuleSet, observed: &mut Observed) {
        // Rules that are gone vanish; the engine ends their alerts.
        self.kept.retain(|kept| rules.get(&kept.rule).is_some());
        for kept in &mut self.kept {
            let Some(rule) = rules.get(&kept.rule) else {
                continue;
            };
            let On::Metric(_) = &rule.on else {
                continue;
            };
            if kept.missing_since.is_some() || now.since(kept.judged) > kept.known_for {
                continue;
            }
            if let Some(moved) = kept.on_time(now, &timing(rule, rules)) {
                let found = kept.found(&self.entity, moved, &End::Recovered);
                observed.found.push(found);
            }
        }
    }

    /// The next time at which anything kept may act by itself.
    pub(super) fn due(&self, rules: &RuleSet) -> Option<Timestamp> {
        let due = self.kept.iter().filter_map(|kept| {
            let rule = rules.get(&kept.rule)?;
            kept.due(&timing(rule, rules))
        });
        due.min()
    }

    /// Says what became of a change.
    pub(super) fn settle(&mut self, identity: &Identity, settled: Settled) {
        let Some(rule) = identity.rule() else {
            return;
        };
        if let Ok(at) = self.find(rule, &identity.measured_attributes()) {
            self.kept[at].settle(settled);
            if !self.kept[at].is_worth_keeping() {
                self.kept.remove(at);
            }
        }
    }

    /// Follows rules to their new names.
    pub(super) fn rename(&mut self, renamed: &BTreeMap<Arc<str>, Arc<str>>) {
        for kept in &mut self.kept {
            if let Some(name) = renamed.get(&kept.rule) {
                kept.rule = Arc::clone(name);
            }
        }
        let key = |kept: &Kept| (Arc::clone(&kept.rule), kept.thing.clone());
        self.kept.sort_by_cached_key(|kept| key(kept));
        self.kept.dedup_by_key(|kept| key(kept));
    }

    /// Forgets what only remembers observations of things not seen since then.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.kept
            .retain(|kept| kept.judged >= before || !kept.is_at_rest());
    }

    fn find(&self, rule: &str, thing: &Labels) -> Result<usize, usize> {
        let key = (rule, thing);
        self.kept
            .binary_search_by(|kept| (&*kept.rule, &kept.thing).cmp(&key))
    }

    fn end(&mut self, at: usize, now: Timestamp, end: &End, observed: &mut Observed) {
        let kept = &mut self.kept[at];
        match kept.end(now) {
            Some(moved) => {
                let found = kept.found(&self.entity, moved, end);
                observed.found.push(found);
            }
            None => self.rest(at, observed),
        }
    }

    /// Nothing changed: counts what fires, forgets what is well.
    fn rest(&mut self, at: usize, observed: &mut Observed) {
        let kept = &mut self.kept[at];
        if !kept.is_worth_keeping() {
            self.kept.remove(at);
        } else if kept.fires() {
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
