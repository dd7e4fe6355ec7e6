//! Decides which rules have been unable to decide anything about a host for too long: what they
//! compare is not measured, or never long enough to fill a window.
//!
//! In: what each rule came to in a round, over all things it looks at. Out: for each of these rules
//! a series as an agent would measure it, so that a rule can be on it; one more when it is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_wire::{Sample, metric};

use crate::detect::RuleSet;
use crate::detect::rule_set::Facts;
use crate::{Labels, Timestamp};

/// Which rule, by its name.
const NAMED: &str = "named";
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Beyond the time its windows need, and to learn what is usual, twice, a rule may be undecided for so long.
const PATIENCE: Duration = Duration::from_secs(3600);
/// What was not looked at for so long is not undecided any more; what is over is told for so long.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The rules that could not decide lately.
#[derive(Debug, Clone, Default)]
pub(super) struct Undecided(BTreeMap<Arc<str>, Kept>);

#[derive(Debug, Clone)]
struct Kept {
    since: Timestamp,
    last: Timestamp,
    is_over: bool,
}

/// What a rule came to in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CameTo {
    /// To true or false, of one thing at least.
    Decided,
    /// To nothing, of every thing it looked at.
    Nothing,
}

impl Undecided {
    /// Takes what a rule came to. `is_told`: whether it was said to be undecided.
    pub(super) fn take(&mut self, at: Timestamp, rule: &Arc<str>, came_to: CameTo, is_told: bool) {
        match (came_to, self.0.get_mut(rule)) {
            (CameTo::Nothing, Some(kept)) if !kept.is_over => kept.last = at,
            (CameTo::Decided, None) if !is_told => {}
            (CameTo::Decided, Some(kept)) if kept.is_over => {}
            (came_to, _) => {
                let kept = Kept {
                    since: at,
                    last: at,
                    is_over: came_to == CameTo::Decided,
                };
                self.0.insert(Arc::clone(rule), kept);
            }
        }
    }

    /// For how many seconds each could not decide, if that is too long; 0 for one that can again.
    pub(super) fn samples(&mut self, at: Timestamp, rules: &RuleSet) -> Vec<Sample> {
        for kept in self.0.values_mut() {
            if !kept.is_over && at.since(kept.last) > REMEMBERED {
                (kept.is_over, kept.last) = (true, at);
            }
        }
        self.0
            .retain(|_, kept| !kept.is_over || at.since(kept.last) <= REMEMBERED);
        let told = self.0.iter().filter_map(|(rule, kept)| {
            let seconds = match kept.is_over {
                true => 0.0,
                false => {
                    let undecided = at.since(kept.since);
                    let patience = patience(rules.facts(rule)?);
                    (undecided > patience).then_some(undecided.as_secs_f64())?
                }
            };
            Some(Sample {
                name: metric::RULE_UNDECIDED.to_owned(),
                attributes: BTreeMap::from([(NAMED.to_owned(), rule.to_string())]),
                value: seconds,
            })
        });
        told.collect()
    }
}

/// The thing a series of a rule is about.
pub(super) fn thing(rule: &str) -> Labels {
    [(NAMED, rule)].into_iter().collect()
}

fn patience(facts: &Facts) -> Duration {
    let longest = facts.windows.iter().max().copied();
    let learns = facts.usual.map(|need| DAY * need.days);
    (longest.unwrap_or_default() + learns.unwrap_or_default()) * 2 + PATIENCE
}
