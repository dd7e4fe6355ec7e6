//! Keeps which rule looks at which series of a host, so that nobody has to try.
//!
//! Made anew when a series appears or is described otherwise, and when the rules are others.

use super::AllSeries;
use crate::detect::RuleSet;

/// No series has this place.
const NOWHERE: u16 = u16::MAX;

/// All pairs of a rule and a series it looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Pairs {
    /// In the order of metrics, then rules, then identities.
    all: Box<[Pair]>,
    /// The places of what is beside the series of each pair whose rule looks at such.
    others: Box<[u16]>,
}

/// A rule and a series it looks at.
#[derive(Debug, Clone, Copy)]
pub(in crate::detect) struct Pair {
    /// The number of the rule.
    pub(in crate::detect) rule: u16,
    place: u16,
    /// Where what is beside it begins.
    others: u32,
}

impl Pairs {
    /// Those of these series.
    pub(super) fn of(series: &AllSeries, rules: &RuleSet) -> Pairs {
        let (mut all, mut others) = (Vec::new(), Vec::new());
        for place in &series.order {
            let one = &series.all[usize::from(*place)];
            for rule in rules.looking_at(one.metric, series.attributes_of(one)) {
                let begin = u32::try_from(others.len()).unwrap_or(u32::MAX);
                let with = &rules.numbered_rule(rule).1.with;
                others.extend(with.iter().map(|metric| {
                    let place = series.place_beside(*metric, series.identity_of(one));
                    place.unwrap_or(NOWHERE)
                }));
                all.push(Pair {
                    rule,
                    place: *place,
                    others: begin,
                });
            }
        }
        // Stable: of one rule they stay in the order of identities.
        all.sort_by_key(|pair| (series.all[pair.place()].metric, pair.rule));
        Pairs {
            all: all.into(),
            others: others.into(),
        }
    }

    /// Those of one rule after the other.
    pub(super) fn by_rule(&self) -> impl Iterator<Item = &[Pair]> {
        self.all.chunk_by(|one, other| one.rule == other.rule)
    }

    /// The places of what is beside the series of a pair, as many as these; of what is not there,
    /// one that no series has.
    pub(super) fn others(&self, pair: Pair, many: usize) -> impl Iterator<Item = usize> {
        let begin = usize::try_from(pair.others).unwrap_or(usize::MAX);
        let places = self.others.iter().skip(begin).take(many);
        places.map(|place| usize::from(*place))
    }
}

impl Pair {
    pub(super) fn place(self) -> usize {
        usize::from(self.place)
    }
}
