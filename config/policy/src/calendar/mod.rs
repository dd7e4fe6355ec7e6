//! Turns what people say of time (zones, recurrences, days of work, holidays) into intervals.
//!
//! In the order of the data: [`Recurrence`] is what a rule of RFC 5545 says; it yields local
//! times, which [`moment`] places in a zone; [`working`] and [`holidays`] say when people
//! work. [`Calendar`] holds the day all of it is looked at from.
//!
//! Knows nothing of what happens in an interval.

pub(crate) mod digest;
mod expand;
pub(crate) mod holidays;
mod recurrence;
pub(crate) mod shifts;
pub(crate) mod working;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use vedette_triage::{Interval, Timestamp};

pub(crate) use recurrence::{Frequency, Recurrence, read};

/// How far ahead intervals reach at least; they are renewed every day.
const DAYS_AHEAD: i32 = 35;
/// How long an interval that is over is still told of: a collector that was down looks back.
const DAYS_BACK: i32 = 2;
/// How far ahead it is looked whether something happens at all.
pub(crate) const DAYS_LOOKED_AT: i32 = 400;

/// The day files are read, the zone they mean, and who can answer for what is in them.
pub(crate) struct Calendar {
    /// In UTC.
    pub(crate) today: Date,
    pub(crate) zone: TimeZone,
    /// People and teams; with none, anybody can.
    pub(crate) owners: BTreeSet<String>,
}

impl Calendar {
    /// The first moment of today.
    pub(crate) fn midnight(&self) -> Timestamp {
        self.days_from_now(0)
    }

    /// What the core is told of: from a little before today to [`DAYS_AHEAD`] after its end.
    pub(crate) fn reach(&self) -> Interval {
        Interval {
            starts_at: self.days_from_now(-DAYS_BACK),
            ends_at: self.days_from_now(DAYS_AHEAD + 1),
        }
    }

    /// As [`Calendar::reach`], as far ahead as is looked at all.
    pub(crate) fn far_reach(&self) -> Interval {
        Interval {
            ends_at: self.days_from_now(DAYS_LOOKED_AT),
            ..self.reach()
        }
    }

    fn days_from_now(&self, days: i32) -> Timestamp {
        let day = self.today.saturating_add(days.days());
        moment(day.at(0, 0, 0, 0), &TimeZone::UTC).unwrap_or(Timestamp::MAX)
    }
}

/// When a clock on the wall in a zone shows this. A time that is left out in spring is moved forward
/// by what is left out, one that comes twice in autumn is the first (RFC 5545, section 3.3.5).
pub(crate) fn moment(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = local.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

/// What a clock on the wall in a zone shows at a moment.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> Option<DateTime> {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(zone.to_datetime(instant))
}

/// In order, those that touch or overlap made one.
pub(crate) fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    let mut merged: Vec<Interval> = Vec::new();
    for interval in intervals {
        match merged.last_mut() {
            Some(last) if interval.starts_at <= last.ends_at => {
                last.ends_at = last.ends_at.max(interval.ends_at);
            }
            Some(_) | None => merged.push(interval),
        }
    }
    merged
}

impl Recurrence {
    /// Every occurrence that lies in `reach` at least in part, in order; `length` is time elapsed,
    /// whatever the clocks do meanwhile.
    pub(crate) fn intervals(
        &self,
        zone: &TimeZone,
        length: Duration,
        reach: Interval,
    ) -> Vec<Interval> {
        let from = local(reach.starts_at.before(length), zone).unwrap_or(DateTime::MIN);
        let to = local(reach.ends_at, zone).unwrap_or(DateTime::MAX);
        // A day more on each side: what is moved forward may come from outside.
        let from = from.date().saturating_sub(1.day());
        let to = to.date().saturating_add(1.day());
        let mut intervals: Vec<Interval> = self
            .occurrences(zone, from, to)
            .into_iter()
            .filter_map(|local| moment(local, zone))
            .map(|starts_at| Interval {
                starts_at,
                ends_at: starts_at.after(length),
            })
            .filter(|one| one.ends_at > reach.starts_at && one.starts_at < reach.ends_at)
            .collect();
        intervals.sort_unstable();
        intervals.dedup();
        intervals
    }
}

#[cfg(test)]
mod tests;
