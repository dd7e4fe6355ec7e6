//! Keeps where each condition of one host stands, as far as it is not plainly well.
//!
//! In: a rule, and what was measured. Out: what changed. Knows nothing of
//! reports, rounds or clocks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::condition::Memory;
use super::host::checks::is_in_every_look;
use super::hysteresis::{Hysteresis, Level, Moved, Settled, Timing, Verdict};
use super::rule_set::Facts;
use super::scope::{Scope, Source};
use super::window::Heading;
use super::{Condition, Effect, Found, Names, Observed, On, Rule, RuleSet, Truth, Usual, limits};
use crate::{About, Alert, End, EntityId, Identity, Labels, Late, Says, Timestamp};

/// The rule, and the attributes that identify the series.
type Key = (Arc<str>, Labels);

/// Where each condition of one host stands.
#[derive(Debug, Clone)]
pub(super) struct States {
    entity: EntityId,
    kept: BTreeMap<Key, Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    hysteresis: Hysteresis,
    /// By condition, as [`Rule::conditions`] orders them.
    memories: [Vec<Memory>; 4],
    verdict: Option<Verdict>,
    values: Vec<(String, f64)>,
    /// What the check or event says, for people. It only describes: a changed text tells nobody
    /// anything until something else changes.
    text: String,
    /// When it was last judged.
    judged: Timestamp,
    /// How long what it was judged by stays known.
    known_for: Duration,
    /// Since when its probe looks and does not find it.
    missing_since: Option<Timestamp>,
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

/// One thing to judge.
pub(super) struct Case<'a> {
    pub(super) now: Timestamp,
    /// The labels of the host.
    pub(super) host: &'a Labels,
    /// The attributes that identify.
    pub(super) identity: &'a Labels,
    /// All attributes; none where nothing new is known of them.
    pub(super) attributes: Option<&'a Labels>,
    /// By measured variable.
    pub(super) values: &'a [f64],
    pub(super) sources: &'a [Source<'a>],
    /// Whether this is a new observation, not the last one once more.
    pub(super) fresh: bool,
    /// How long what is measured stays known.
    pub(super) known_for: Duration,
    /// What the check or event says, for people.
    pub(super) text: &'a str,
    /// The event that is judged, if it is one.
    pub(super) event: Option<OfEvent<'a>>,
}

/// The newest event that is judged.
#[derive(Clone, Copy)]
pub(super) struct OfEvent<'a> {
    pub(super) id: &'a str,
    pub(super) happened: Timestamp,
    /// Whether it came late, and whether its effect still holds (invariant 17).
    pub(super) late: Option<Late>,
}

impl<'a> Case<'a> {
    /// Of something without series, windows or texts.
    pub(super) fn plain(now: Timestamp, host: &'a Labels, identity: &'a Labels) -> Case<'a> {
        Case {
            now,
            host,
            identity,
            attributes: None,
            values: &[],
            sources: &[],
            fresh: false,
            known_for: Duration::ZERO,
            text: "",
            event: None,
        }
    }
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

impl Kept {
    fn new(now: Timestamp, host: &Labels) -> Kept {
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

    fn remembers(&self) -> bool {
        self.memories.iter().any(|memories| !memories.is_empty())
    }

    fn remember(&mut self, rule: &Rule, scope: &Scope<'_>) {
        for (condition, memories) in rule.conditions().into_iter().zip(&mut self.memories) {
            match condition {
                Some(condition) => condition.remember(scope, memories),
                None => memories.clear(),
            }
        }
    }

    fn verdict(&self, rule: &Rule, scope: &Scope<'_>) -> Verdict {
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

    fn settle(&mut self, settled: Settled) {
        self.hysteresis.settle(settled);
        match (settled, self.told_before.take()) {
            (Settled::Failed, Some(before)) => self.told = before,
            (Settled::Committed | Settled::Failed, _) => {}
        }
    }

    fn found(&self, entity: &EntityId, key: &Key, moved: Moved, end: &End) -> Found {
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

/// Whether a condition without a memory would hold, by other windows than those it is judged by.
pub(super) fn would_hold((rule, facts): (&Rule, &Facts), case: &Case<'_>) -> Truth {
    let values = values(rule, facts, case, effect(rule, case));
    bad(
        rule,
        &Scope::measured(case.now, &values, case.sources, case.host),
    )
}

/// Whether it is bad, before anything is kept of it.
fn bad(rule: &Rule, scope: &Scope<'_>) -> Truth {
    let holds = |condition: Option<&Arc<Condition>>| {
        condition.map_or(Truth::False, |condition| condition.holds(scope))
    };
    match holds(rule.critical.as_ref()) {
        Truth::True => Truth::True,
        critical @ (Truth::False | Truth::Unknown) => holds(rule.warning.as_ref()).or(critical),
    }
}

/// Whether an exception switches a rule off here.
pub(super) fn is_off(rule: &Rule, case: &Case<'_>) -> bool {
    effect(rule, case) == Some(&Effect::Off)
}

fn effect<'a>(rule: &'a Rule, case: &Case<'_>) -> Option<&'a Effect> {
    if rule.exceptions.is_empty() {
        return None;
    }
    // The host's labels win: an agent must not widen an exception by an attribute.
    let attributes = case.attributes.unwrap_or(case.identity);
    let labels: Labels = attributes.iter().chain(case.host.iter()).collect();
    rule.exception(case.now, &labels)
}

/// By variable: what is measured, then parameters.
fn values(rule: &Rule, facts: &Facts, case: &Case<'_>, effect: Option<&Effect>) -> Vec<f64> {
    let mut values = Vec::with_capacity(facts.names.len());
    values.extend_from_slice(case.values);
    values.resize(facts.names.measured(), f64::NAN);
    values.extend(rule.params.iter().map(|(_, value)| value));
    if let Some(Effect::Set(set)) = effect {
        for (variable, value) in set {
            if let Some(place) = values.get_mut(variable.at()) {
                *place = *value;
            }
        }
    }
    values
}

/// Where the rule's own series is heading, as far as that is asked for and known.
fn heading(rule: &Rule, case: &Case<'_>) -> Option<Heading> {
    let trend = rule.trend?;
    let mut windows = case.sources.first()?.windows.iter();
    let window = windows.find(|window| window.over() == trend.over)?;
    window.heading(case.now, trend.limit)
}

/// What it is lately, and what is usual, where its rule asks for that.
fn of_baseline(facts: &Facts, case: &Case<'_>) -> Option<[(&'static str, f64); 2]> {
    let need = facts.usual?;
    let baseline = case.sources.get(need.of.at())?.baseline(need.days)?;
    let usual = match baseline.usual() {
        Usual::Known { middle, .. } => middle,
        Usual::WarmingUp { .. } => f64::NAN,
    };
    let [lately, usually] = Names::OF_BASELINE;
    Some([(lately, baseline.lately(case.now)), (usually, usual)])
}

/// What people are told of them: those with a name and a finite value.
fn told(rule: &Rule, facts: &Facts, values: &[f64], case: &Case<'_>) -> Vec<(String, f64)> {
    let of_trend = heading(rule, case).into_iter().flat_map(|heading| {
        [
            (About::TIME_TO_BREACH, heading.left_s),
            (About::TREND, heading.nearer_per_hour),
        ]
    });
    facts
        .names
        .iter()
        .zip(values.iter().copied())
        .chain(of_trend)
        .chain(of_baseline(facts, case).into_iter().flatten())
        .filter(|(name, value)| !name.is_empty() && value.is_finite())
        .map(|(name, value)| (name.to_owned(), value))
        .take(crate::limits::VALUES_MAX)
        .collect()
}
