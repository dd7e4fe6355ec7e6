//! Keeps what is usual for one series at each hour of the day, and says how far from it it is.
//!
//! Of each hour of the last days three numbers are kept: the median of its minutes, how far these
//! lie from it, and what a tenth of them were above. What is usual now lies between what this
//! hour, the one before and the one after were worth on most days, or a week ago: so neither a
//! steep morning, a job that starts late, nor the change to summer time is news. What was reached
//! two hours around on two days is usual as well, for short bursts come at any time. Days are of 24 hours,
//! and hours those of UTC.
//!
//! In: observations in order of time. Out: a distance in robust standard deviations, unknown
//! until enough days were seen. Seven days take at most 2 kB, whatever is observed. Knows
//! nothing of rules.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fit::median;
use super::limits;
use crate::{Labels, Timestamp};

const MINUTE_MS: i64 = 60_000;
const HOURS_A_DAY: i64 = 24;
const HOURS_A_WEEK: i64 = 7 * HOURS_A_DAY;
/// What is compared is the median of so many minutes, and of the one that runs.
const LATELY_MINUTES: i64 = 5;
/// An hour of which fewer minutes were seen is not known.
const HOUR_MINUTES_MIN: usize = 6;
/// What was reached so many hours before or after counts as reached around an hour.
const AROUND: i64 = 2;
/// A median absolute deviation times this is a standard deviation, where noise is normal.
const TO_DEVIATIONS: f64 = 1.4826;
/// Noise is at least this share of what is usual: it grows with what it is of, and of what never
/// changes a breath is no news.
const NOISE_SHARE_MIN: f64 = 0.05;
/// What never varied is so far away at most; every number that is told is finite.
pub(super) const DEVIATIONS_MAX: f64 = 100.0;
/// A counter that was not read for longer has no rate.
const RATE_PAUSE_MAX: Duration = Duration::from_secs(3600);

/// What is usual for one series.
#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    days: u32,
    /// Of a counter it is the rate per second that is usual or not.
    is_counter: bool,
    /// The hour that runs, counted from 1970.
    hour: Option<i64>,
    /// By hour; NaN where it is not known.
    medians: Box<[f32]>,
    /// The upper halves of `f32`s: two digits are enough for a spread.
    spreads: Box<[u16]>,
    peaks: Box<[u16]>,
    /// The minutes of the hour that runs.
    minutes: Vec<f32>,
    running: Minute,
    /// The last minutes, whichever hour they are of.
    lately: VecDeque<(i64, f32)>,
    /// The last reading of a counter.
    before: Option<(Timestamp, f64)>,
    usual: Usual,
}

#[derive(Debug, Clone, Copy, Default)]
struct Minute {
    number: i64,
    sum: f64,
    count: u32,
}

/// What is usual at this hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Usual {
    /// Too few days are known to tell.
    WarmingUp {
        /// On so many days this hour was seen.
        days: u32,
        /// On so many it must have been.
        needed: u32,
    },
    /// It is known.
    Known {
        /// The lowest that is usual.
        low: f64,
        /// What it is on most days.
        middle: f64,
        /// The highest that is usual.
        high: f64,
        /// One standard deviation, as far as it was seen.
        noise: f64,
    },
}

/// What is kept of a baseline while the program does not run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptBaseline {
    /// Of which metric.
    pub metric: String,
    /// The attributes that identify the series.
    pub attributes: Labels,
    days: u32,
    hour: i64,
    medians: Vec<Option<f32>>,
    spreads: Vec<u16>,
    peaks: Vec<u16>,
    minutes: Vec<f32>,
}

impl Baseline {
    /// An empty one over so many days.
    pub(super) fn new(days: u32, is_counter: bool) -> Baseline {
        let hours = hours(days);
        Baseline {
            days,
            is_counter,
            hour: None,
            medians: vec![f32::NAN; hours].into(),
            spreads: vec![upper_half(f64::NAN); hours].into(),
            peaks: vec![upper_half(f64::NAN); hours].into(),
            minutes: Vec::new(),
            running: Minute::default(),
            lately: VecDeque::new(),
            before: None,
            usual: Usual::WarmingUp {
                days: 0,
                needed: needed(days),
            },
        }
    }

    /// Over how many days it looks.
    pub(super) fn days(&self) -> u32 {
        self.days
    }

    /// Takes an observation; one of a minute before the last is not taken.
    pub(super) fn push(&mut self, at: Timestamp, value: f64) {
        let minute = at.as_millis().div_euclid(MINUTE_MS);
        let Some(value) = self.measured(at, value) else {
            return;
        };
        if self.hour.is_some() && minute < self.running.number {
            return;
        }
        if self.hour.is_none() || minute > self.running.number {
            self.close_minute();
            let hour = minute.div_euclid(60);
            if self.hour != Some(hour) {
                self.close_hour(hour);
            }
            self.running.number = minute;
        }
        self.running.sum += value;
        self.running.count = self.running.count.saturating_add(1);
    }

    /// How far what it is lately lies outside what is usual at this hour, in standard
    /// deviations: above 0 where it is more, below where it is less; NaN where that is unknown.
    pub(super) fn deviations(&self, now: Timestamp) -> f64 {
        let Usual::Known {
            low, high, noise, ..
        } = self.usual
        else {
            return f64::NAN;
        };
        let lately = self.lately(now);
        let (outside, bound) = match lately {
            _ if lately.is_nan() => return f64::NAN,
            _ if lately > high => (lately - high, high),
            _ if lately < low => (lately - low, low),
            _ => return 0.0,
        };
        // Of what was always none nothing is near.
        let noise = noise.max(NOISE_SHARE_MIN * bound.abs());
        (outside / noise).clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX)
    }

    /// What it was in the last minutes; NaN where it was not seen.
    pub(super) fn lately(&self, now: Timestamp) -> f64 {
        let from = now.as_millis().div_euclid(MINUTE_MS) - LATELY_MINUTES;
        let closed = self.lately.iter().filter(|(minute, _)| *minute >= from);
        let running = self.running.mean().filter(|_| self.running.number >= from);
        let mut values: Vec<f64> = closed
            .map(|(_, value)| f64::from(*value))
            .chain(running)
            .collect();
        median(&mut values).unwrap_or(f64::NAN)
    }

    /// What is usual at the hour of the last observation.
    pub(super) fn usual(&self) -> Usual {
        self.usual
    }

    /// Whether everything it knows is older than it looks back.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let hour = now.as_millis().div_euclid(60 * MINUTE_MS);
        let kept = i64::from(self.days + 1) * HOURS_A_DAY;
        self.hour.is_none_or(|last| hour - last > kept)
    }

    /// What is to be kept of it; none where there is nothing yet.
    pub(super) fn keep(&self, metric: &str, attributes: &Labels) -> Option<KeptBaseline> {
        let finite = |value: &f32| Some(*value).filter(|value| value.is_finite());
        Some(KeptBaseline {
            metric: metric.to_owned(),
            attributes: attributes.clone(),
            days: self.days,
            hour: self.hour?,
            medians: self.medians.iter().map(finite).collect(),
            spreads: self.spreads.to_vec(),
            peaks: self.peaks.to_vec(),
            minutes: self.minutes.clone(),
        })
    }

    /// One that was kept; none of what could not have been.
    pub(super) fn of_kept(kept: &KeptBaseline, is_counter: bool) -> Option<Baseline> {
        let is_possible = (limits::BASELINE_DAYS_MIN..=limits::BASELINE_DAYS_MAX)
            .contains(&kept.days)
            && kept.medians.len() == hours(kept.days)
            && kept.spreads.len() == hours(kept.days)
            && kept.peaks.len() == hours(kept.days)
            && kept.minutes.len() <= 60;
        if !is_possible {
            return None;
        }
        let medians = kept.medians.iter();
        let mut baseline = Baseline {
            hour: Some(kept.hour),
            medians: medians.map(|value| value.unwrap_or(f32::NAN)).collect(),
            spreads: kept.spreads.clone().into(),
            peaks: kept.peaks.clone().into(),
            minutes: kept.minutes.clone(),
            ..Baseline::new(kept.days, is_counter)
        };
        baseline.usual = baseline.usual_at(kept.hour);
        Some(baseline)
    }

    /// Of a counter, how much it rose per second since it was read before; a fall has no rate.
    fn measured(&mut self, at: Timestamp, value: f64) -> Option<f64> {
        if !self.is_counter {
            return Some(value);
        }
        let (then, before) = self.before.replace((at, value))?;
        let passed = at.since(then);
        let rate = (value - before) / passed.as_secs_f64();
        (passed <= RATE_PAUSE_MAX && rate >= 0.0 && rate.is_finite()).then_some(rate)
    }

    fn close_minute(&mut self) {
        let Some(mean) = self.running.mean() else {
            return;
        };
        let mean = single(mean);
        // An hour has sixty minutes, unless time was moved back within it.
        if self.minutes.len() < 60 {
            self.minutes.push(mean);
        }
        self.lately.push_back((self.running.number, mean));
        while self
            .lately
            .front()
            .is_some_and(|(minute, _)| *minute + LATELY_MINUTES <= self.running.number)
        {
            self.lately.pop_front();
        }
        self.running = Minute::default();
    }

    fn close_hour(&mut self, next: i64) {
        if let Some(hour) = self.hour {
            let mut minutes: Vec<f64> = self.minutes.iter().copied().map(f64::from).collect();
            let known = minutes.len() >= HOUR_MINUTES_MIN;
            let of_hour = known.then(|| OfHour::of(&mut minutes)).flatten();
            self.put(hour, of_hour);
            // What nobody measured is not what it was a week before.
            for skipped in (hour + 1..next).take(self.medians.len()) {
                self.put(skipped, None);
            }
        }
        self.minutes.clear();
        self.hour = Some(next);
        self.usual = self.usual_at(next);
    }

    fn put(&mut self, hour: i64, of_hour: Option<OfHour>) {
        let at = self.place(hour);
        let of_hour = of_hour.unwrap_or(OfHour::UNKNOWN);
        self.medians[at] = single(of_hour.median);
        self.spreads[at] = upper_half(of_hour.spread);
        self.peaks[at] = upper_half(of_hour.peak);
    }

    fn place(&self, hour: i64) -> usize {
        let hours = i64::try_from(self.medians.len()).unwrap_or(1);
        usize::try_from(hour.rem_euclid(hours)).unwrap_or(0)
    }

    /// What it was in an hour; none where that is not known.
    fn at(&self, hour: i64) -> Option<OfHour> {
        let at = self.place(hour);
        self.medians[at].is_finite().then(|| OfHour {
            median: f64::from(self.medians[at]),
            spread: whole(self.spreads[at]),
            peak: whole(self.peaks[at]),
        })
    }

    /// The same hour of each of the days before.
    fn days_before(&self, hour: i64) -> impl Iterator<Item = OfHour> {
        let days = 1..=i64::from(self.days);
        days.filter_map(move |day| self.at(hour - day * HOURS_A_DAY))
    }

    /// What was reached around this hour on at least two days.
    fn reached(&self, hour: i64) -> Option<f64> {
        let days = 1..=i64::from(self.days);
        let mut peaks: Vec<f64> = days
            .filter_map(|day| {
                let around = (hour - AROUND..=hour + AROUND).map(|hour| hour - day * HOURS_A_DAY);
                let peaks = around.filter_map(|hour| self.at(hour));
                peaks.map(|hour| hour.peak).max_by(f64::total_cmp)
            })
            .collect();
        peaks.sort_by(f64::total_cmp);
        peaks.iter().rev().nth(1).copied()
    }

    fn usual_at(&self, hour: i64) -> Usual {
        let needed = needed(self.days);
        let mut own: Vec<f64> = self.days_before(hour).map(|then| then.median).collect();
        let days = u32::try_from(own.len()).unwrap_or(0);
        let Some(middle) = median(&mut own).filter(|_| days >= needed) else {
            return Usual::WarmingUp { days, needed };
        };
        let mut low = middle;
        let mut high = self.reached(hour).map_or(middle, |peak| middle.max(peak));
        let (mut apart, mut spreads) = (Vec::new(), Vec::new());
        for hour in hour - 1..=hour + 1 {
            let mut values: Vec<f64> = self.days_before(hour).map(|then| then.median).collect();
            let enough = values.len() >= needed as usize;
            if let Some(here) = median(&mut values).filter(|_| enough) {
                (low, high) = (low.min(here), high.max(here));
                apart.extend(values.iter().map(|value| (value - here).abs()));
                spreads.extend(self.days_before(hour).map(|then| then.spread));
            }
            // Most days are not Sundays: what Sundays are like is what the last one was like.
            let is_kept = i64::from(self.days) * HOURS_A_DAY >= HOURS_A_WEEK;
            if let Some(then) = self.at(hour - HOURS_A_WEEK).filter(|_| is_kept) {
                (low, high) = (low.min(then.median), high.max(then.median));
            }
        }
        let [apart, spread] = [apart, spreads].map(|mut all| median(&mut all).unwrap_or(0.0));
        let noise = TO_DEVIATIONS * apart.hypot(spread);
        Usual::Known {
            low,
            middle,
            high,
            noise,
        }
    }
}

/// What is kept of one hour.
#[derive(Debug, Clone, Copy)]
struct OfHour {
    median: f64,
    /// How far its minutes lie from that, half of them nearer.
    spread: f64,
    /// A tenth of its minutes were above this.
    peak: f64,
}

impl OfHour {
    const UNKNOWN: OfHour = OfHour {
        median: f64::NAN,
        spread: f64::NAN,
        peak: f64::NAN,
    };

    fn of(minutes: &mut [f64]) -> Option<OfHour> {
        minutes.sort_by(f64::total_cmp);
        let peak = *minutes.get(minutes.len() * 9 / 10)?;
        let middle = median(minutes)?;
        let mut apart: Vec<f64> = minutes.iter().map(|value| (value - middle).abs()).collect();
        Some(OfHour {
            median: middle,
            spread: median(&mut apart)?,
            peak,
        })
    }
}

impl Minute {
    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

impl KeptBaseline {
    /// One of a series that was worth `usual` at every hour of the days before `now`; for trials.
    pub(super) fn flat(
        (metric, attributes): (&str, Labels),
        days: u32,
        usual: f64,
        now: Timestamp,
    ) -> KeptBaseline {
        let hour = now.as_millis().div_euclid(60 * MINUTE_MS);
        KeptBaseline {
            metric: metric.to_owned(),
            attributes,
            days,
            hour,
            medians: vec![Some(single(usual)); hours(days)],
            spreads: vec![upper_half(0.0); hours(days)],
            peaks: vec![upper_half(usual); hours(days)],
            minutes: Vec::new(),
        }
    }
}

/// On so many days an hour must have been seen.
fn needed(days: u32) -> u32 {
    days.div_ceil(2).max(limits::BASELINE_DAYS_MIN)
}

/// The days, and the hours around this one on the first of them.
fn hours(days: u32) -> usize {
    days as usize * 24 + 1 + AROUND.unsigned_abs() as usize
}

/// Seven digits are more than noise leaves.
#[allow(clippy::cast_possible_truncation)]
fn single(value: f64) -> f32 {
    value as f32
}

#[allow(clippy::cast_possible_truncation)] // the lower half is what is given up
fn upper_half(value: f64) -> u16 {
    (single(value).to_bits() >> 16) as u16
}

fn whole(upper_half: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(upper_half) << 16))
}

#[cfg(test)]
#[path = "baseline_tests.rs"]
mod tests;
