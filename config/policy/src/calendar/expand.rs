//! Decides on which days and at which times a recurrence happens.
//!
//! In: a [`Recurrence`], and the days that are asked for. Out: local times, in order. The
//! table of RFC 5545, section 3.3.10, for days, weeks, months and years.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::recurrence::{Frequency, Recurrence};

impl Recurrence {
    /// What happens on these days, the last one included. The zone is asked only where the end is
    /// given in UTC.
    pub(super) fn occurrences(&self, zone: &TimeZone, from: Date, to: Date) -> Vec<DateTime> {
        let mut occurrences = Vec::new();
        let mut left = self.count.unwrap_or(u32::MAX);
        // What is counted is counted from the start.
        let mut period = match self.count {
            Some(_) => 0,
            None => self.periods_before(from),
        };
        while let Some(first) = self.period(period) {
            if first > to {
                break;
            }
            for at in self.within(first) {
                let is_over = left == 0 || self.until.is_some_and(|until| !until.allows(at, zone));
                if is_over {
                    return occurrences;
                }
                if at < self.starts {
                    continue;
                }
                left -= 1;
                if (from..=to).contains(&at.date()) {
                    occurrences.push(at);
                }
            }
            period += 1;
        }
        occurrences
    }

    /// The first day of a period, by its number from the start.
    fn period(&self, number: u32) -> Option<Date> {
        let steps = i32::try_from(u64::from(number) * u64::from(self.interval)).ok()?;
        let start = self.starts.date();
        let (first, step) = match self.frequency {
            Frequency::Daily => (start, steps.days()),
            Frequency::Weekly => (self.week_of(start), steps.checked_mul(7)?.days()),
            Frequency::Monthly => (start.first_of_month(), 0.days().months(steps)),
            Frequency::Yearly => (start.first_of_year(), 0.days().years(steps)),
        };
        first.checked_add(step).ok()
    }

    fn week_of(&self, day: Date) -> Date {
        let into = day.weekday().since(self.week_start);
        day.saturating_sub(i32::from(into).days())
    }

    /// A number of periods that surely end before a day.
    fn periods_before(&self, day: Date) -> u32 {
        let days = self
            .starts
            .date()
            .until(day)
            .map_or(0, |span| span.get_days());
        let days = u32::try_from(days).unwrap_or(0);
        // Rounded down, and one less: the longest periods there are.
        (days / self.period_days()).saturating_sub(1)
    }

    /// The times of a period, in order, those asked for by their position only.
    fn within(&self, first: Date) -> Vec<DateTime> {
        let mut days = self.days_of(first);
        days.sort_unstable();
        days.dedup();
        let all: Vec<DateTime> = days
            .into_iter()
            .flat_map(|day| self.times.iter().map(move |time| day.to_datetime(*time)))
            .collect();
        if self.positions.is_empty() {
            return all;
        }
        let mut chosen: Vec<DateTime> = self
            .positions
            .iter()
            .filter_map(|position| at_position(&all, *position))
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    fn days_of(&self, first: Date) -> Vec<Date> {
        match self.frequency {
            Frequency::Daily => vec![first]
                .into_iter()
                .filter(|day| {
                    self.is_in_month(*day) && self.is_month_day(*day) && self.is_day(*day)
                })
                .collect(),
            Frequency::Weekly => {
                let week = (0..7).map(|into: i32| first.saturating_add(into.days()));
                let start = self.starts.date().weekday();
                week.filter(|day| match self.days.is_empty() {
                    true => day.weekday() == start,
                    false => self.is_day(*day),
                })
                .filter(|day| self.is_in_month(*day))
                .collect()
            }
            Frequency::Monthly => self.days_of_month(first),
            Frequency::Yearly => self.days_of_year(first),
        }
    }

    fn days_of_month(&self, first: Date) -> Vec<Date> {
        if !self.is_in_month(first) {
            return Vec::new();
        }
        let month = || series(first, i32::from(first.days_in_month()));
        match (self.days.as_slice(), self.month_days.as_slice()) {
            ([], []) => month()
                .filter(|day| day.day() == self.starts.day())
                .collect(),
            ([], _) => month().filter(|day| self.is_month_day(*day)).collect(),
            (days, []) => numbered(days, &month().collect::<Vec<_>>()),
            (days, _) => {
                let among = numbered(days, &month().collect::<Vec<_>>());
                among
                    .into_iter()
                    .filter(|day| self.is_month_day(*day))
                    .collect()
            }
        }
    }

    fn days_of_year(&self, first: Date) -> Vec<Date> {
        let is_by_month = !self.months.is_empty() || !self.month_days.is_empty();
        if is_by_month || self.days.is_empty() {
            // Without a month and a day it is those of the start.
            let start = self.starts.month();
            let is_start = |month: i8| is_by_month || month == start;
            return (1..=12)
                .filter(|month| is_start(*month))
                .filter_map(|month| Date::new(first.year(), month, 1).ok())
                .flat_map(|month| self.days_of_month(month))
                .collect();
        }
        let year: Vec<Date> = series(first, i32::from(first.days_in_year())).collect();
        numbered(&self.days, &year)
    }

    fn is_in_month(&self, day: Date) -> bool {
        self.months.is_empty() || self.months.contains(&day.month())
    }

    fn is_month_day(&self, day: Date) -> bool {
        let from_end = day.day() - day.days_in_month() - 1;
        self.month_days.is_empty()
            || self.month_days.contains(&day.day())
            || self.month_days.contains(&from_end)
    }

    fn is_day(&self, day: Date) -> bool {
        self.days.is_empty() || self.days.iter().any(|(_, known)| *known == day.weekday())
    }
}

/// So many days from the first on.
fn series(first: Date, days: i32) -> impl Iterator<Item = Date> {
    (0..days).filter_map(move |into| first.checked_add(into.days()).ok())
}

/// Of these days those that are wanted: every Tuesday, or the second, or the last.
fn numbered(wanted: &[(Option<i8>, Weekday)], days: &[Date]) -> Vec<Date> {
    let mut found = Vec::new();
    for (number, weekday) in wanted {
        let of_weekday: Vec<Date> = days
            .iter()
            .copied()
            .filter(|day| day.weekday() == *weekday)
            .collect();
        match number {
            None => found.extend(of_weekday),
            Some(number) => found.extend(at_position(&of_weekday, i16::from(*number))),
        }
    }
    found
}

/// From 1 on, or from -1 on backwards.
fn at_position<T: Copy>(all: &[T], position: i16) -> Option<T> {
    let distance = usize::from(position.unsigned_abs()).checked_sub(1)?;
    match position > 0 {
        true => all.get(distance).copied(),
        false => all.iter().rev().nth(distance).copied(),
    }
}
