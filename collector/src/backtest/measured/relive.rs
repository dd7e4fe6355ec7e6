//! Lives through what was measured of a host once more, by some rules at once.
//!
//! In: the history of a host. Out: what each rule finds, when. Knows nothing of tickets.

use std::collections::BTreeSet;

use vedette_triage::detect::{Found, HostWatch, Recalled, RuleSet, Settled};
use vedette_triage::{Host, Labels, Timestamp};

use crate::history::{History, Track};

/// What a rule found, when, on the host with these labels.
pub(in crate::backtest) struct Told {
    pub(in crate::backtest) at: Timestamp,
    pub(in crate::backtest) found: Found,
    pub(in crate::backtest) host: Labels,
}

/// The rules of all sides, and how much is lived through.
pub(super) struct Lives<'a> {
    pub(super) sides: Vec<&'a RuleSet>,
    pub(super) span: (Timestamp, Timestamp),
}

/// What there was of a host.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) series: u64,
    pub(super) since: Option<Timestamp>,
}

impl Lives<'_> {
    /// Adds what each side finds on a host.
    pub(super) fn relive(&self, history: &History, host: &Host, told: &mut [Vec<Told>]) -> Seen {
        let metrics: BTreeSet<&str> = self
            .sides
            .iter()
            .flat_map(|rules| rules.metrics())
            .collect();
        let wanted = |metric: &str| metrics.contains(metric).then_some(self.span.0);
        let tracks = history.read(&host.id, self.span, &wanted);
        let labels = host.labels();
        for (rules, told) in self.sides.iter().zip(told) {
            let mut watch = HostWatch::seeded(host, std::iter::empty(), self.span.0);
            each_time(&tracks, |at, all| {
                let observed = watch.relive(at, all.iter().copied(), rules);
                for found in observed.found {
                    watch.settle(&found.identity, Settled::Committed);
                    let host = labels.clone();
                    told.push(Told { at, found, host });
                }
            });
        }
        let firsts = tracks.iter().filter_map(|track| track.points.first());
        Seen {
            series: tracks.len() as u64,
            since: firsts.map(|point| point.at).min(),
        }
    }
}

/// Hands over what was measured at each time, in order.
fn each_time(tracks: &[Track], mut take: impl FnMut(Timestamp, &[Recalled<'_>])) {
    let mut order: Vec<(Timestamp, usize, usize)> = Vec::new();
    for (track, of) in tracks.iter().enumerate() {
        let points = of.points.iter().enumerate();
        order.extend(points.map(|(point, value)| (value.at, track, point)));
    }
    order.sort_unstable();
    let mut now: Vec<Recalled<'_>> = Vec::new();
    for together in order.chunk_by(|one, next| one.0 == next.0) {
        now.clear();
        now.extend(together.iter().map(|(_, track, point)| Recalled {
            values: &tracks[*track].points[*point..=*point],
            ..tracks[*track].recalled()
        }));
        take(together[0].0, &now);
    }
}
