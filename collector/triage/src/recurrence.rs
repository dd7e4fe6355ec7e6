//! Keeps when incidents of one group were opened, and how the last one ended, after they are
//! forgotten themselves: "the fifth time in 14 days".
//!
//! Decides nothing.

use serde::{Deserialize, Serialize};

use crate::{Close, GroupKey, IncidentId, TicketReference, Timestamp, limits};

/// What is remembered of the incidents of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// Whose.
    pub group: GroupKey,
    /// When they were opened, the newest last; at most [`limits::OPENINGS_KEPT_MAX`], none older
    /// than [`limits::OPENINGS_KEPT`] before the newest. Never empty.
    pub openings: Vec<Timestamp>,
    /// The one that ended last.
    pub last: LastTime,
}

/// How an incident ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTime {
    /// Which.
    pub incident: IncidentId,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Why.
    pub close: Close,
    /// How long it had lasted, in seconds.
    pub lasted_s: u64,
    /// Its tickets, by receiver.
    pub tickets: Vec<(String, TicketReference)>,
}

impl Recurrence {
    /// When it is forgotten.
    pub fn until(&self) -> Timestamp {
        let newest = self.openings.last().copied().unwrap_or_default();
        newest.after(limits::OPENINGS_KEPT)
    }
}

/// The newest of several lists of openings, in order, each once, as many as are kept.
pub fn kept(openings: impl IntoIterator<Item = Timestamp>) -> Vec<Timestamp> {
    let mut kept: Vec<Timestamp> = openings.into_iter().collect();
    kept.sort_unstable();
    kept.dedup();
    let newest = kept.last().copied().unwrap_or_default();
    let oldest = newest.before(limits::OPENINGS_KEPT);
    let surplus = kept.len().saturating_sub(limits::OPENINGS_KEPT_MAX);
    let old = kept.iter().filter(|at| **at < oldest).count();
    kept.drain(..surplus.max(old));
    kept
}

/// How often it was so, this time included, and within how many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Which time it is; 2 or more.
    pub count: usize,
    /// More than these may have been, of which the oldest are forgotten.
    pub at_least: bool,
    /// In how many days: 1, 7, 14, 30 or 90.
    pub days: u64,
}

impl Times {
    /// By the openings before, and this one. None for the first time.
    pub fn of(openings: &[Timestamp], now: Timestamp) -> Option<Times> {
        const DAYS: [u64; 5] = [1, 7, 14, 30, 90];
        let day = std::time::Duration::from_secs(24 * 3600);
        let since = |days: u64| now.before(day * u32::try_from(days).unwrap_or(u32::MAX));
        let recent = |days: u64| openings.iter().filter(|at| **at >= since(days)).count();
        let all = recent(90);
        let days = DAYS.into_iter().find(|days| recent(*days) == all)?;
        (all > 0).then_some(Times {
            count: all + 1,
            at_least: all >= limits::OPENINGS_KEPT_MAX,
            days,
        })
    }

    /// `fifth time in 14 days`
    pub fn words(self) -> String {
        const NAMED: [&str; 9] = [
            "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
        ];
        let days = match self.days {
            1 => "a day".to_owned(),
            days => format!("{days} days"),
        };
        if self.at_least {
            return format!("at least {} times in {days}", self.count);
        }
        match NAMED.get(self.count.saturating_sub(2)) {
            Some(named) => format!("{named} time in {days}"),
            None => format!("{}th time in {days}", self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000_000);

    fn days_ago(days: u64) -> Timestamp {
        NOW.before(Duration::from_secs(days * 86_400))
    }

    #[track_caller]
    fn check(days: &[u64], expected: Option<&str>) {
        let openings: Vec<Timestamp> = days.iter().map(|days| days_ago(*days)).collect();
        let times = Times::of(&openings, NOW).map(Times::words);
        assert_eq!(times.as_deref(), expected, "{days:?}");
    }

    #[test]
    fn the_first_time_is_no_recurrence_and_the_others_are_counted_in_the_least_time() {
        check(&[], None);
        check(&[91], None);
        check(&[0], Some("second time in a day"));
        check(&[13, 9, 5, 2], Some("fifth time in 14 days"));
        check(&[100, 80], Some("second time in 90 days"));
        check(
            &[12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
            Some("13th time in 14 days"),
        );
        let many: Vec<u64> = (1..=16).rev().collect();
        check(&many, Some("at least 17 times in 30 days"));
    }

    #[test]
    fn only_the_newest_openings_are_kept() {
        let all: Vec<Timestamp> = (0..40).map(days_ago).collect();
        let newest: Vec<Timestamp> = (0..16).rev().map(days_ago).collect();
        assert_eq!(kept(all), newest);
        assert_eq!(
            kept([days_ago(0), days_ago(0), days_ago(91)]),
            [days_ago(0)]
        );
        assert_eq!(kept([]), []);
    }
}
