//! Decides how times are written and read: in the reader's zone, with the distance from now.

use std::time::Duration;

use jiff::civil::{self, DateTime, Time as ClockTime};
use jiff::tz::TimeZone;
use vedette_config::duration;
use vedette_triage::Timestamp;

use crate::api::{Time, words};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Now, and where the reader is.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
}

impl Look {
    /// `14:31 (12 min ago)`, `16:00 (in 2 h)`.
    pub(super) fn moment(&self, at: Time) -> String {
        format!("{} ({})", self.clock(at), self.distance(at))
    }

    /// As [`Look::moment`], for tables: `14:31 (12 min ago)`, `11:00 (3 h ago)`, `2 Oct 23:00`.
    pub(super) fn brief(&self, at: Time) -> String {
        let (clock, distance) = (self.clock(at), self.distance(at));
        let is_today = clock.len() == "14:31".len();
        if !is_today {
            return clock;
        }
        // Of `3 h 31 min ago` the hours are enough.
        let words: Vec<&str> = distance.split(' ').collect();
        let rough = match words.as_slice() {
            [hours, "h", _, _, "ago"] => format!("{hours} h ago"),
            ["in", hours, "h", _, _] => format!("in {hours} h"),
            _ => distance,
        };
        format!("{clock} ({rough})")
    }

    /// `14:31`; the day and the year only where they are others than now.
    pub(super) fn clock(&self, at: Time) -> String {
        self.written(at, "%H:%M")
    }

    /// `14:31:05`, for lines that follow each other.
    pub(super) fn second(&self, at: Time) -> String {
        self.written(at, "%H:%M:%S")
    }

    /// `12 min ago`, `in 2 h`, `now`.
    pub(super) fn distance(&self, at: Time) -> String {
        let (past, future) = (self.now.since(at.0), at.0.since(self.now));
        match (past.as_secs(), future.as_secs()) {
            (0, 0) => "now".into(),
            (_, 0) => format!("{} ago", about(past)),
            // Two hours from now are two hours, also a moment later.
            (_, _) if future >= MINUTE => format!("in {}", about(future + MINUTE / 2)),
            (_, _) => format!("in {}", about(future)),
        }
    }

    /// Reads `18:00` (the next one), `2026-08-03 18:00`, `2026-08-03T18:00:00Z`.
    ///
    /// # Errors
    /// Says how a time is written.
    pub(super) fn read(&self, text: &str) -> Result<Time, String> {
        if let Ok(time) = Time::parse(text) {
            return Ok(time);
        }
        let now = Time(self.now).instant().to_zoned(self.zone.clone());
        let local = match (ClockTime::strptime("%H:%M", text), text.parse::<DateTime>()) {
            (Ok(clock), _) if clock > now.time() => Ok(now.date().to_datetime(clock)),
            (Ok(clock), _) => now.date().tomorrow().map(|day| day.to_datetime(clock)),
            (Err(_), written) if text.contains(':') => written,
            (Err(error), _) => Err(error),
        };
        let zoned = local.and_then(|local: civil::DateTime| local.to_zoned(self.zone.clone()));
        let zoned = zoned.map_err(|_| {
            format!("{text:?} is no time as in 18:00, \"2026-08-03 18:00\" or 2026-08-03T18:00:00Z")
        })?;
        Ok(Time(Timestamp::from_millis(
            zoned.timestamp().as_millisecond(),
        )))
    }

    /// Reads what is over: `7d` (ago), `08:00` (the last one), `2026-08-03 08:00`, `2026-08-03T08:00:00Z`.
    ///
    /// # Errors
    /// Says how a time is written.
    pub(super) fn read_past(&self, text: &str) -> Result<Time, String> {
        if let Ok(ago) = duration::parse(text) {
            return Ok(Time(self.now.before(ago)));
        }
        let read = self.read(text).map_err(|_| {
            format!(
                "{text:?} is no time as in 7d, 08:00, \"2026-08-03 08:00\" or 2026-08-03T08:00:00Z"
            )
        })?;
        let is_clock = ClockTime::strptime("%H:%M", text).is_ok();
        let day_before = || {
            let zoned = read.instant().to_zoned(self.zone.clone());
            let day_before = zoned.date().yesterday().ok()?.to_datetime(zoned.time());
            let zoned = day_before.to_zoned(self.zone.clone()).ok()?;
            Some(Time(Timestamp::from_millis(
                zoned.timestamp().as_millisecond(),
            )))
        };
        // The next such time is tomorrow's or today's.
        Ok(match is_clock && read.0 > self.now {
            true => day_before().unwrap_or(read),
            false => read,
        })
    }

    /// `2026-10-03`: the day where the reader is.
    pub(super) fn date(&self, at: Time) -> String {
        at.instant().to_zoned(self.zone.clone()).date().to_string()
    }

    fn written(&self, at: Time, clock: &str) -> String {
        let local = |at: Time| at.instant().to_zoned(self.zone.clone());
        let (at, now) = (local(at), local(Time(self.now)));
        let day = match (at.date() == now.date(), at.year() == now.year()) {
            (true, _) => "",
            (false, true) => "%-d %b ",
            (false, false) => "%-d %b %Y ",
        };
        at.strftime(&format!("{day}{clock}")).to_string()
    }
}

/// `12 s`, `12 min`, `1 h 31 min`, `3 d 4 h`, `12 d`: as exact as a reader wants it.
pub(super) fn about(span: Duration) -> String {
    let unit = match span {
        span if span < MINUTE => Duration::from_secs(1),
        span if span < DAY => MINUTE,
        span if span < 10 * DAY => HOUR,
        _ => DAY,
    };
    words::span(Duration::from_secs(
        span.as_secs() / unit.as_secs() * unit.as_secs(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// 2026-10-03 14:31:30 in Vienna, two hours ahead of UTC.
    fn look() -> Look {
        Look {
            now: Time::parse("2026-10-03T12:31:30Z").unwrap().0,
            zone: TimeZone::fixed(jiff::tz::offset(2)),
        }
    }

    #[test]
    fn times_are_told_as_somebody_who_looks_at_the_clock_would() {
        for (at, expected) in [
            ("2026-10-03T12:31:30Z", "14:31 (now)"),
            ("2026-10-03T12:31:20Z", "14:31 (10 s ago)"),
            ("2026-10-03T12:19:00Z", "14:19 (12 min ago)"),
            ("2026-10-03T11:00:00Z", "13:00 (1 h 31 min ago)"),
            ("2026-10-03T14:31:30Z", "16:31 (in 2 h)"),
            ("2026-10-03T14:31:29Z", "16:31 (in 2 h)"),
            ("2026-10-03T12:32:29Z", "14:32 (in 59 s)"),
            ("2026-10-02T12:00:00Z", "2 Oct 14:00 (1 d ago)"),
            ("2026-09-01T12:00:00Z", "1 Sep 14:00 (32 d ago)"),
            ("2025-12-31T23:30:00Z", "1 Jan 01:30 (275 d ago)"),
            ("2025-12-31T12:00:00Z", "31 Dec 2025 14:00 (276 d ago)"),
        ] {
            assert_eq!(look().moment(Time::parse(at).unwrap()), expected);
        }
    }

    #[test]
    fn tables_say_when_in_few_words() {
        for (at, expected) in [
            ("2026-10-03T12:19:00Z", "14:19 (12 min ago)"),
            ("2026-10-03T11:00:00Z", "13:00 (1 h ago)"),
            ("2026-10-03T16:00:00Z", "18:00 (in 3 h)"),
            ("2026-10-02T21:00:00Z", "2 Oct 23:00"),
            ("2025-12-31T12:00:00Z", "31 Dec 2025 14:00"),
        ] {
            assert_eq!(look().brief(Time::parse(at).unwrap()), expected);
        }
    }

    #[test]
    fn an_end_is_read_as_the_next_such_time_here() {
        for (text, expected) in [
            ("18:00", "2026-10-03T16:00:00.000Z"),
            ("09:00", "2026-10-04T07:00:00.000Z"),
            ("14:31", "2026-10-04T12:31:00.000Z"),
            ("2026-10-05 08:00", "2026-10-05T06:00:00.000Z"),
            ("2026-10-05T08:00", "2026-10-05T06:00:00.000Z"),
            ("2026-10-05T08:00:00Z", "2026-10-05T08:00:00.000Z"),
        ] {
            assert_eq!(look().read(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_read_as_the_last_such_time_here() {
        for (text, expected) in [
            ("09:00", "2026-10-03T07:00:00.000Z"),
            ("18:00", "2026-10-02T16:00:00.000Z"),
            ("7d", "2026-09-26T12:31:30.000Z"),
            ("2026-10-01 08:00", "2026-10-01T06:00:00.000Z"),
            ("2026-10-05T08:00:00Z", "2026-10-05T08:00:00.000Z"),
        ] {
            assert_eq!(
                look().read_past(text).unwrap().to_string(),
                expected,
                "{text}"
            );
        }
        assert!(look().read_past("yesterday").unwrap_err().contains("7d"));
    }

    #[test]
    fn what_is_no_time_is_refused_with_examples() {
        for text in ["", "tomorrow", "25:00", "4h", "2026-10-05", "18"] {
            let refused = look().read(text).unwrap_err();
            assert!(refused.contains("18:00"), "{text}: {refused}");
        }
    }
}
