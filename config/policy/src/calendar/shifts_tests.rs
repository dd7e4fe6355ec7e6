//! Schedules against a sweep that asks the wall clock of every minute of a year, in zones whose
//! clocks change by an hour in spring, by an hour in March, and by half an hour in October.
//!
//! The sweep knows nothing of intervals: it looks when the clock first shows a time, and who has
//! the turn at each minute.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use jiff::civil::{Date, date};
use vedette_config::{Place, Source, Spanned};

use super::*;

const ZONES: [&str; 3] = ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe"];
const MINUTE_MS: i64 = 60_000;
/// In minutes of a year and some days at each end, in which turns begin that are seen.
const DAYS: i64 = 365 + 20;

#[test]
fn a_year_of_turns_is_what_the_clock_on_the_wall_says_minute_by_minute() {
    for zone in ZONES {
        let (world, whole) = (Wall::of(zone), schedule(true));
        let known = Schedule {
            shifts: within(&whole, &world.zone, world.reach()),
            ..Schedule::default()
        };
        let is_in_order = |pair: &[Shift]| pair[0].when.ends_at <= pair[1].when.starts_at;
        assert!(known.shifts.windows(2).all(is_in_order), "one has the turn");
        let mut looked_at = 0;
        world.sweep(&whole, |at, expected| {
            let shift = known.at(Timestamp::from_millis(at * MINUTE_MS));
            let person = shift.map(|shift| &*shift.person);
            assert_eq!(person, expected, "{zone} at {}", world.show(at));
            looked_at += 1;
        });
        assert_eq!(looked_at, 365 * 1_440, "every minute of the year");
        let gaps = known.gaps(world.year());
        assert!(gaps.is_empty(), "somebody is always on call: {gaps:?}");
    }
}

#[test]
fn gaps_and_double_bookings_are_those_that_a_sweep_finds() {
    for zone in ZONES {
        let world = Wall::of(zone);
        let (one, other) = (schedule(false), second());
        let [first, second] = [&one, &other].map(|schedule| Schedule {
            shifts: within(schedule, &world.zone, world.reach()),
            ..Schedule::default()
        });
        let mut without = Vec::new();
        let mut on_first = HashMap::new();
        world.sweep(&one, |at, person| {
            match person {
                None => without.push(at),
                Some(person) => drop(on_first.insert(at, person.to_owned())),
            };
        });
        let mut twice = Vec::new();
        world.sweep(&other, |at, person| {
            if let Some(person) = person
                && on_first.get(&at).map(String::as_str) == Some(person)
            {
                twice.push(at);
            }
        });
        assert!(!without.is_empty() && !twice.is_empty());
        assert_eq!(minutes(&first.gaps(world.year())), without, "{zone}");
        let doubles = first.doubles(&second, world.year());
        let doubles: Vec<Interval> = doubles.iter().map(|double| double.when).collect();
        assert_eq!(minutes(&doubles), twice, "{zone}");
    }
}

#[test]
fn a_turn_over_the_change_of_clocks_has_23_or_25_hours() {
    let daily = Layer {
        every_days: 1,
        ..layer(&["anna", "ben"], date(2027, 3, 1).at(8, 0, 0, 0), &[])
    };
    let settings = ScheduleSettings {
        layers: vec![daily],
        ..second()
    };
    let world = Wall::of("Europe/Vienna");
    let lengths: Vec<i64> = within(&settings, &world.zone, world.reach())
        .iter()
        .map(|shift| {
            (shift.when.ends_at.as_millis() - shift.when.starts_at.as_millis()) / 3_600_000
        })
        .collect();
    // The last is cut where nothing more is known.
    let whole = &lengths[..lengths.len() - 1];
    assert_eq!(whole.iter().filter(|hours| **hours == 23).count(), 1);
    assert_eq!(whole.iter().filter(|hours| **hours == 25).count(), 1);
    assert!(whole.iter().all(|hours| (23..=25).contains(hours)));
}

#[test]
fn a_handover_that_the_clock_leaves_out_is_later_by_what_is_left_out() {
    let weekly = layer(&["anna", "ben"], date(2027, 3, 21).at(2, 30, 0, 0), &[]);
    let settings = ScheduleSettings {
        layers: vec![weekly],
        ..second()
    };
    let world = Wall::of("Europe/Vienna");
    let shifts = within(&settings, &world.zone, world.reach());
    // On the 28th there is no 02:30; at 03:30 of summer time an hour and a half of it has passed.
    assert_eq!(
        world.show(minute(shifts[1].when.starts_at)),
        "2027-03-28T03:30:00"
    );
    assert_eq!(
        world.show(minute(shifts[2].when.starts_at)),
        "2027-04-04T02:30:00"
    );
}

fn schedule(has_base: bool) -> ScheduleSettings {
    let base = layer(
        &["anna", "ben", "carl"],
        date(2026, 11, 1).at(2, 15, 0, 0),
        &[],
    );
    let nights = Layer {
        every_days: 1,
        ..layer(
            &["dora", "emil"],
            date(2026, 12, 30).at(12, 0, 0, 0),
            &["Mon-Fri 18:00-08:00", "Sun 01:30-02:45"],
        )
    };
    let saturdays = layer(
        &["fritz"],
        date(2000, 1, 3).at(0, 0, 0, 0),
        &["Sat 22:00-02:15"],
    );
    let instead = |person: &str, from: Date, to: Date| Override {
        person: named(person),
        starts: from.at(1, 45, 0, 0),
        ends: to.at(2, 10, 0, 0),
    };
    ScheduleSettings {
        layers: [base, nights, saturdays]
            .into_iter()
            .skip(usize::from(!has_base))
            .collect(),
        overrides: vec![
            instead("gerda", date(2027, 3, 13), date(2027, 3, 14)),
            instead("hans", date(2027, 3, 27), date(2027, 3, 28)),
            instead("anna", date(2027, 3, 28), date(2027, 3, 29)),
            instead("gerda", date(2027, 10, 2), date(2027, 10, 3)),
            instead("gerda", date(2027, 10, 31), date(2027, 11, 1)),
        ],
        ..second()
    }
}

fn second() -> ScheduleSettings {
    ScheduleSettings {
        name: named("oncall"),
        team: None,
        zone: None,
        layers: vec![layer(
            &["emil", "fritz", "dora"],
            date(2026, 12, 1).at(0, 30, 0, 0),
            &["Fri,Sat 20:00-12:00", "Sun 02:00-03:00"],
        )],
        overrides: Vec::new(),
        gaps_ok: false,
    }
}

fn layer(people: &[&str], starts: DateTime, only: &[&str]) -> Layer {
    Layer {
        people: people.iter().map(|name| named(name)).collect(),
        starts,
        every_days: 7,
        only: only
            .iter()
            .map(|text| Within::parse(text).unwrap())
            .collect(),
    }
}

fn named(name: &str) -> Spanned<String> {
    let source = Source::new("collector.toml", "");
    Spanned::new(name.to_owned(), Place::whole(&source))
}

fn minute(at: Timestamp) -> i64 {
    at.as_millis() / MINUTE_MS
}

fn minutes(intervals: &[Interval]) -> Vec<i64> {
    let each = |one: &Interval| minute(one.starts_at)..minute(one.ends_at);
    intervals.iter().flat_map(each).collect()
}

/// What a clock on the wall shows at every minute. Minutes count from 1970, in UTC for what is
/// and without a zone for what is shown.
struct Wall {
    zone: TimeZone,
    first: i64,
    shown: Vec<i64>,
    /// The earliest time it shows, and from that on when it first shows each; none that it leaves out.
    earliest: i64,
    shows: Vec<Option<i64>>,
}

impl Wall {
    fn of(zone: &str) -> Wall {
        let zone = TimeZone::get(zone).unwrap();
        let first = civil(date(2026, 12, 22).at(0, 0, 0, 0));
        // No clock is put forward or back but at a quarter of an hour.
        let quarters = (first..first + DAYS * 1_440).step_by(15);
        let shown: Vec<i64> = quarters
            .flat_map(|minute| {
                let at = jiff::Timestamp::from_second(minute * 60).unwrap();
                let shown = civil(zone.to_datetime(at));
                shown..shown + 15
            })
            .collect();
        let earliest = *shown.iter().min().unwrap();
        let latest = *shown.iter().max().unwrap();
        let mut shows = vec![None; usize::try_from(latest - earliest + 1).unwrap()];
        for (at, time) in shown.iter().enumerate() {
            let known = &mut shows[usize::try_from(time - earliest).unwrap()];
            known.get_or_insert(first + i64::try_from(at).unwrap());
        }
        Wall {
            zone,
            first,
            shown,
            earliest,
            shows,
        }
    }

    fn year(&self) -> Interval {
        let [from, to] = [date(2027, 1, 1), date(2028, 1, 1)]
            .map(|day| Timestamp::from_millis(civil(day.at(0, 0, 0, 0)) * MINUTE_MS));
        Interval {
            starts_at: from,
            ends_at: to,
        }
    }

    fn reach(&self) -> Interval {
        self.year()
    }

    fn show(&self, minute: i64) -> String {
        let at = jiff::Timestamp::from_second(minute * 60).unwrap();
        self.zone.to_datetime(at).to_string()
    }

    /// When a time is there: where the clock leaves it out, when it would have been there had the
    /// clock gone on as before. Before all that is looked at for what is long ago.
    fn reached(&self, time: DateTime) -> i64 {
        let wanted = civil(time);
        let Ok(known) = usize::try_from(wanted - self.earliest) else {
            return i64::MIN;
        };
        if let Some(Some(at)) = self.shows.get(known) {
            return *at;
        }
        let jump = self
            .shown
            .windows(2)
            .position(|pair| pair[0] < wanted && wanted < pair[1]);
        match jump {
            Some(at) => self.first + i64::try_from(at).unwrap() + wanted - self.shown[at],
            None => i64::MAX,
        }
    }

    /// At which minutes of the year a layer counts.
    fn counts(&self, layer: &Layer) -> Vec<bool> {
        let first = minute(self.year().starts_at);
        let mut counts = vec![layer.only.is_empty(); 365 * 1_440];
        for day in date(2026, 12, 29).series(1.day()).take(370) {
            for within in layer.only.iter().filter(|within| within.begins_on(day)) {
                let from = self.reached(day.to_datetime(within.from));
                for at in from..self.reached(within.ends(day)) {
                    if let Ok(at) = usize::try_from(at - first)
                        && let Some(counts) = counts.get_mut(at)
                    {
                        *counts = true;
                    }
                }
            }
        }
        counts
    }

    /// Tells who has the turn at every minute of the year.
    fn sweep(&self, settings: &ScheduleSettings, mut tell: impl FnMut(i64, Option<&str>)) {
        let turns: Vec<Vec<i64>> = settings
            .layers
            .iter()
            .map(|layer| {
                (0..800)
                    .map(|turn: i32| {
                        layer
                            .starts
                            .saturating_add((turn * layer.every_days).days())
                    })
                    .map(|time| self.reached(time))
                    .collect()
            })
            .collect();
        let instead: Vec<(i64, i64, &str)> = settings
            .overrides
            .iter()
            .map(|one| {
                (
                    self.reached(one.starts),
                    self.reached(one.ends),
                    &*one.person.value,
                )
            })
            .collect();
        let year = self.year();
        let counts: Vec<Vec<bool>> = settings.layers.iter().map(|one| self.counts(one)).collect();
        for at in minute(year.starts_at)..minute(year.ends_at) {
            let over = instead
                .iter()
                .rev()
                .find(|(from, to, _)| *from <= at && at < *to);
            if let Some((_, _, person)) = over {
                tell(at, Some(person));
                continue;
            }
            let minute_of_year = usize::try_from(at - minute(year.starts_at)).unwrap();
            let layers = settings.layers.iter().enumerate().rev();
            let found = layers.map(|(number, layer)| {
                if !counts[number][minute_of_year] {
                    return None;
                }
                let begun = turns[number].partition_point(|begins| *begins <= at);
                let turn = begun.checked_sub(1)?;
                Some(layer.people[turn % layer.people.len()].value.as_str())
            });
            let found = found.flatten().next();
            tell(at, found);
        }
    }
}

fn civil(time: DateTime) -> i64 {
    let day = time.date().duration_since(date(1970, 1, 1)).as_hours() * 60;
    day + i64::from(time.hour()) * 60 + i64::from(time.minute())
}
