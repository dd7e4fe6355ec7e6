//! Lists the changes of a rule that are tried, the narrowest and smallest first.
//!
//! In: the steps of its parameters, the ways that avoid anything, and where most of its tickets come
//! from. Out: changes, and the rule with one of them. Knows nothing of what comes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_policy::Step;
use vedette_triage::detect::{Effect, Exception, Rule};
use vedette_triage::{Host, Identity, Matchers, Timestamp};

use super::super::book::Book;
use super::super::measured::Within;

/// Changes that are tried of one rule, beside the largest step each way.
const CANDIDATES_MAX: usize = 64;

/// A change of a rule.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Where; none: everywhere.
    pub(super) only: Option<Source>,
    /// What is otherwise; none: the rule does not exist there.
    pub(super) step: Option<Step>,
}

/// Where most tickets of a rule come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The host by its name.
    pub(super) host: String,
    /// The series there, where all of them are about it: names and values.
    pub(super) series: Vec<(String, String)>,
}

impl Source {
    /// The one host, or series of a host, that makes more than half of the tickets; none where no
    /// host does, or there is only one that was found anything on and it has no series of its own.
    pub(super) fn of(then: &Book, hosts: &[Arc<Host>], within: Within) -> Option<Source> {
        let mut by_host: BTreeMap<&str, Vec<&Identity>> = BTreeMap::new();
        let mut all = 0;
        let names: BTreeMap<&str, &str> = hosts
            .iter()
            .map(|host| (host.id.as_str(), host.facts.name.as_str()))
            .collect();
        for (id, _) in then
            .tickets
            .iter()
            .filter(|(_, opened)| opened.at >= within.from)
        {
            all += 1;
            let Some((identity, _)) = then.firings(*id).next() else {
                continue;
            };
            let entity = identity.entity();
            let name = entity.as_ref().and_then(|id| names.get(id.as_str()));
            if let Some(name) = name {
                by_host.entry(name).or_default().push(identity);
            }
        }
        let (host, of_host) = by_host.into_iter().max_by_key(|(_, all)| all.len())?;
        if of_host.len() * 2 <= all {
            return None;
        }
        let first = of_host[0];
        let is_one = of_host.iter().all(|identity| *identity == first);
        let attributes = first.measured_attributes();
        let series = match is_one {
            true => attributes
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            false => Vec::new(),
        };
        Some(Source {
            host: host.to_owned(),
            series,
        })
    }

    /// What it is recognised by, as files say it.
    pub(super) fn matchers(&self) -> Vec<String> {
        let host = ("host", self.host.as_str());
        let series = self.series.iter();
        let series = series.map(|(name, value)| (name.as_str(), value.as_str()));
        let all = std::iter::once(host).chain(series);
        all.map(|(name, value)| format!("{name}={value:?}"))
            .collect()
    }
}

impl Candidate {
    /// The rule is gone there.
    pub(super) fn takes_away(&self) -> bool {
        self.step.is_none()
    }

    /// The rule with it.
    pub(super) fn changed(&self, rule: &Rule) -> Rule {
        let mut rule = rule.clone();
        match (&self.only, &self.step) {
            (None, Some(step)) => {
                let known = rule.params.iter_mut().find(|(name, _)| *name == step.param);
                if let Some(known) = known {
                    known.1 = step.value;
                }
            }
            (None, None) => {}
            (Some(source), step) => {
                let effect = match step {
                    Some(step) => Effect::Set(vec![(step.variable, step.value)]),
                    None => Effect::Off,
                };
                // Its text is made here, so it is one.
                let matchers = Matchers::parse(&source.matchers()).unwrap_or_default();
                rule.exceptions.insert(
                    0,
                    Exception {
                        matchers,
                        effect,
                        until: Timestamp::from_millis(i64::MAX),
                        owner: String::new(),
                        why: String::new(),
                        is_made: false,
                    },
                );
            }
        }
        rule
    }
}

/// The largest step of each parameter, each way, everywhere.
pub(super) fn largest(steps: &[Step]) -> Vec<Candidate> {
    // Smaller ones come first.
    let by_way: BTreeMap<(&str, bool), &Step> = steps
        .iter()
        .map(|step| ((step.param.as_str(), step.up), step))
        .collect();
    let everywhere = |step: &Step| Candidate {
        only: None,
        step: Some(step.clone()),
    };
    by_way.into_values().map(everywhere).collect()
}

/// Everything worth trying: steps one of these ways, where most tickets come from and everywhere;
/// and no rule there.
pub(super) fn of(steps: &[Step], ways: &[&Candidate], source: Option<&Source>) -> Vec<Candidate> {
    let is_a_way = |step: &&Step| {
        let mut known = ways.iter().filter_map(|way| way.step.as_ref());
        known.any(|known| known.param == step.param && known.up == step.up)
    };
    let of = |only: Option<&Source>, step: Option<&Step>| Candidate {
        only: only.cloned(),
        step: step.cloned(),
    };
    let wanted: Vec<&Step> = steps.iter().filter(is_a_way).collect();
    let narrow = wanted
        .iter()
        .filter_map(|step| Some(of(Some(source?), Some(step))));
    let wide = wanted.iter().map(|step| of(None, Some(step)));
    let off = source.map(|source| of(Some(source), None));
    let all = narrow.chain(wide).take(CANDIDATES_MAX);
    all.chain(off).collect()
}
