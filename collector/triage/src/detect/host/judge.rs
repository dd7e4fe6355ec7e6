//! Judges the rules on what is known of one host: on what it measured, on what happened there,
//! and on the host itself.
//!
//! In: series, events and liveness as they are by now. Out: what changed, by its states. Keeps nothing.

use std::collections::BTreeSet;

use vedette_wire::metric;

use super::HostWatch;
use super::beside::Beside;
use super::events::{self, CountsFrom};
use super::undecided::{self, CameTo};
use crate::detect::rule_set::Facts;
use crate::detect::scope::Source;
use crate::detect::states::{Case, OfEvent, would_hold};
use crate::detect::window::Events;
use crate::detect::{Names, Observed, Rule, RuleSet, Truth};
use crate::{Labels, Late, Timestamp};

impl HostWatch {
    pub(super) fn judge_metrics(&mut self, fresh: bool, rules: &RuleSet, observed: &mut Observed) {
        let Some(now) = self.round_at else {
            return;
        };
        self.series.pair(rules);
        let told_by = rules.on_metric(metric::RULE_UNDECIDED).next();
        let is_told = told_by.is_some_and(|rule| self.states.things(rule.0).next().is_some());
        let mut beside = Beside::new();
        for pairs in self.series.by_rule() {
            let rule = rules.numbered_rule(pairs[0].rule);
            let mut came_to = None;
            for pair in pairs {
                let series = self.series.of_pair(*pair);
                let identity = self.series.identity_of(series);
                let here = series.at() == now;
                let missed = rule.1.looks_for_absence
                    && (series.missed() == Some(now) || self.states.contains(rule.0, identity));
                if !(here || missed) {
                    continue;
                }
                let others = self.series.beside_pair(*pair, rule.1.with.len());
                beside.fill(series, others, now);
                let case = Case {
                    attributes: Some(self.series.attributes_of(series)),
                    values: &beside.values,
                    sources: &beside.sources,
                    fresh: fresh && here,
                    known_for: series.known_for(),
                    text: series.text(),
                    ..Case::plain(now, &self.labels, identity)
                };
                let bad = self.states.judge(rule, rules, &case, observed);
                if here {
                    came_to = Some(match (came_to, bad) {
                        (None | Some(CameTo::Nothing), Truth::Unknown) => CameTo::Nothing,
                        (_, _) => CameTo::Decided,
                    });
                }
            }
            let Some(came_to) = came_to.filter(|_| fresh) else {
                continue;
            };
            let is_told = is_told
                && told_by.is_some_and(|told_by| {
                    let thing = undecided::thing(&rule.0.name);
                    self.states.contains(told_by.0, &thing)
                });
            self.undecided.take(now, &rule.0.name, came_to, is_told);
        }
    }

    pub(super) fn judge_events(
        &mut self,
        now: Timestamp,
        rules: &RuleSet,
        observed: &mut Observed,
    ) {
        for (kind, of_kind) in rules.on_events() {
            let has_events = self.events.has(kind);
            if !has_events && self.states.is_empty() {
                continue;
            }
            for rule in of_kind {
                let mut things = match has_events {
                    true => self.events.things(kind, &rule.0.matchers),
                    false => BTreeSet::new(),
                };
                things.extend(self.states.things(rule.0).cloned());
                for thing in things {
                    self.judge_event(now, (rule, kind, &thing), rules, observed);
                }
            }
        }
    }

    /// Judges the events of a kind about one thing.
    fn judge_event(
        &mut self,
        now: Timestamp,
        (rule, kind, thing): ((&Rule, &Facts), &str, &Labels),
        rules: &RuleSet,
        observed: &mut Observed,
    ) {
        let matching = self.events.matching(kind, &rule.0.matchers, thing);
        let settled = self.events.settled(kind, thing);
        // Nothing before something that settled it counts, however long it was watched.
        let since = settled.map_or(self.events_since, |_| Some(Timestamp::MIN));
        let over = match (&matching, settled) {
            (Some(matching), _) if !matching.is_over() => 0.0,
            (_, Some(_)) => 1.0,
            (_, None) => f64::NAN,
        };
        let counted = |from| events::counted(matching.as_ref(), since, from);
        let case = Case {
            attributes: matching.as_ref().map(events::Matching::attributes),
            values: &[f64::NAN, over],
            text: matching.as_ref().map_or("", events::Matching::text),
            ..Case::plain(now, &self.labels, thing)
        };
        let by_happened = counted(CountsFrom::Happened);
        let late = matching.as_ref().filter(|found| found.is_late()).map(|_| {
            let sources = [of_events(&by_happened)];
            let then = Case {
                sources: &sources,
                ..case
            };
            match would_hold(rule, &then) {
                Truth::True => Late::Holds,
                Truth::False | Truth::Unknown => Late::Over,
            }
        });
        let counted = counted(CountsFrom::Came);
        let case = Case {
            sources: &[of_events(&counted)],
            event: matching.as_ref().map(|found| OfEvent {
                id: found.id(),
                happened: found.happened(),
                late,
            }),
            ..case
        };
        self.states.judge(rule, rules, &case, observed);
    }

    pub(super) fn judge_host(&mut self, now: Timestamp, rules: &RuleSet, observed: &mut Observed) {
        // In the order of `Names::OF_HOST`.
        let values = [
            self.liveness.silent(now),
            self.liveness.interval_s(),
            self.liveness.overdue(now),
            self.liveness.unseen(now),
        ];
        self.judge_host_by(values, now, rules, observed);
    }

    pub(super) fn judge_host_by(
        &mut self,
        values: [f64; Names::OF_HOST.len()],
        now: Timestamp,
        rules: &RuleSet,
        observed: &mut Observed,
    ) {
        let none = Labels::none();
        for rule in rules.on_host() {
            let case = Case {
                values: &values,
                ..Case::plain(now, &self.labels, &none)
            };
            self.states.judge(rule, rules, &case, observed);
        }
    }
}

/// What a rule sees of events.
fn of_events(events: &Events) -> Source<'_> {
    Source {
        events: Some(events),
        ..Source::default()
    }
}
