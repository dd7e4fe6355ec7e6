//! Decides who is on call when: turns, as schedules say them, on a calendar.
//!
//! In: a schedule, a zone. Out: shifts around today, without overlaps, and what is wrong with them:
//! times at which nobody has the turn, people who have two at once. A turn begins when a clock on
//! the wall shows it, so that the days it lasts may have 23 or 25 hours.

use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use vedette_triage::{Interval, Schedule, Shift, Timestamp};

use super::{Calendar, local, merged, moment};
use crate::settings::{Layer, Override, ScheduleSettings, Within};

/// Who is on call by a schedule, around today.
pub(crate) fn expanded(settings: &ScheduleSettings, calendar: &Calendar) -> Schedule {
    let zone = settings.zone.as_ref().unwrap_or(&calendar.zone);
    Schedule {
        team: settings.team.as_ref().map(|team| team.value.clone()),
        shifts: within(settings, zone, calendar.reach()),
        known: Some(calendar.reach()),
    }
}

/// Who is on call within a time.
pub(crate) fn within(settings: &ScheduleSettings, zone: &TimeZone, reach: Interval) -> Vec<Shift> {
    let layers = settings.layers.iter();
    let layers = layers.map(|layer| of_layer(layer, zone, reach));
    let overrides = settings.overrides.iter();
    let overrides = overrides
        .filter_map(|one| of_override(one, zone))
        .map(|one| vec![one]);
    let laid = layers.chain(overrides).fold(Vec::new(), over);
    let cut = laid.into_iter().filter_map(|shift| {
        let when = both(&shift.when, &reach)?;
        Some(Shift { when, ..shift })
    });
    joined(cut.collect())
}

/// Whoever is laid over others has the turn there.
fn over(under: Vec<Shift>, upper: Vec<Shift>) -> Vec<Shift> {
    let taken = merged(upper.iter().map(|shift| shift.when).collect());
    let rest = under.into_iter().flat_map(|shift| {
        let left = without(shift.when, &taken).into_iter();
        left.map(move |when| Shift {
            when,
            person: Arc::clone(&shift.person),
        })
    });
    let mut all: Vec<Shift> = rest.chain(upper).collect();
    all.sort();
    all
}

/// Turns that follow each other and are the same person's are one.
fn joined(mut shifts: Vec<Shift>) -> Vec<Shift> {
    shifts.sort();
    let mut joined: Vec<Shift> = Vec::new();
    for shift in shifts {
        match joined.last_mut() {
            Some(last)
                if last.person == shift.person && last.when.ends_at == shift.when.starts_at =>
            {
                last.when.ends_at = shift.when.ends_at;
            }
            Some(_) | None => joined.push(shift),
        }
    }
    joined
}

fn of_layer(layer: &Layer, zone: &TimeZone, reach: Interval) -> Vec<Shift> {
    let only = (!layer.only.is_empty()).then(|| times_of_the_week(&layer.only, zone, reach));
    let people = layer.people.len();
    let mut turn = first_turn(layer, zone, reach);
    let mut shifts = Vec::new();
    while let (Some(starts_at), Some(ends_at)) =
        (handover(layer, zone, turn), handover(layer, zone, turn + 1))
    {
        if starts_at >= reach.ends_at {
            break;
        }
        let whose = usize::try_from(turn).unwrap_or(0) % people;
        let person: Arc<str> = layer.people[whose].value.as_str().into();
        let whole = Interval { starts_at, ends_at };
        let parts = match &only {
            None => vec![whole],
            Some(only) => only.iter().filter_map(|one| both(one, &whole)).collect(),
        };
        let is_something = |when: &Interval| when.starts_at < when.ends_at;
        let parts = parts.into_iter().filter(is_something);
        shifts.extend(parts.map(|when| Shift {
            when,
            person: Arc::clone(&person),
        }));
        turn += 1;
    }
    shifts
}

/// A turn that surely begins before `reach`, or the first there is.
fn first_turn(layer: &Layer, zone: &TimeZone, reach: Interval) -> i32 {
    let from = local(reach.starts_at, zone).unwrap_or(DateTime::MIN);
    let into = layer.starts.date().until(from.date());
    let days = into.map_or(0, |span| span.get_days());
    (days / layer.every_days - 1).max(0)
}

/// When a turn begins.
fn handover(layer: &Layer, zone: &TimeZone, turn: i32) -> Option<Timestamp> {
    let days = turn.checked_mul(layer.every_days)?;
    let at = layer.starts.checked_add(days.days()).ok()?;
    moment(at, zone)
}

fn times_of_the_week(only: &[Within], zone: &TimeZone, reach: Interval) -> Vec<Interval> {
    let day = |at| local(at, zone).map(|at| at.date());
    let (Some(from), Some(to)) = (day(reach.starts_at), day(reach.ends_at)) else {
        return Vec::new();
    };
    let from = from.saturating_sub(2.days());
    let days = from.series(1.day()).take_while(|day| *day <= to);
    let times = days.flat_map(|day| {
        let on_day = only.iter().filter(move |within| within.begins_on(day));
        on_day.filter_map(move |within| {
            let starts_at = moment(day.to_datetime(within.from), zone)?;
            let ends_at = moment(within.ends(day), zone)?;
            // A clock put forward may leave nothing of it.
            (starts_at < ends_at).then_some(Interval { starts_at, ends_at })
        })
    });
    merged(times.collect())
}

fn of_override(one: &Override, zone: &TimeZone) -> Option<Shift> {
    let when = Interval {
        starts_at: moment(one.starts, zone)?,
        ends_at: moment(one.ends, zone)?,
    };
    (when.starts_at < when.ends_at).then(|| Shift {
        when,
        person: one.person.value.as_str().into(),
    })
}

fn both(one: &Interval, other: &Interval) -> Option<Interval> {
    let both = Interval {
        starts_at: one.starts_at.max(other.starts_at),
        ends_at: one.ends_at.min(other.ends_at),
    };
    (both.starts_at < both.ends_at).then_some(both)
}

/// What is left of a time; `taken` is in order, without overlaps.
fn without(whole: Interval, taken: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::new();
    let mut from = whole.starts_at;
    for one in taken {
        if one.ends_at <= from || one.starts_at >= whole.ends_at {
            continue;
        }
        if one.starts_at > from {
            left.push(Interval {
                starts_at: from,
                ends_at: one.starts_at,
            });
        }
        from = one.ends_at;
    }
    if from < whole.ends_at {
        left.push(Interval {
            starts_at: from,
            ends_at: whole.ends_at,
        });
    }
    left
}

#[cfg(test)]
#[path = "shifts_tests.rs"]
mod tests;
