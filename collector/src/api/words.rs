//! Writes times and what was measured as people read them: times in this machine's zone, the day
//! only where it is not today.

use jiff::Zoned;
use jiff::tz::TimeZone;
use vedette_triage::Timestamp;
use vedette_wire::metric::Metric;

use super::time::Time;

/// `14:31`, or `2026-10-03 14:31` on another day than `now`, in this machine's zone.
pub(crate) fn clock_time(at: Timestamp, now: Timestamp) -> String {
    let zone = TimeZone::system();
    in_zone(at, now, &zone)
}

fn in_zone(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let local = |at: Timestamp| -> Zoned { Time(at).instant().to_zoned(zone.clone()) };
    let (at, now) = (local(at), local(now));
    let form = if at.date() == now.date() {
        "%H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M"
    };
    at.strftime(form).to_string()
}

/// What somebody asked for, repeated in an error: its beginning.
pub(crate) fn cut(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut cut: String = text.chars().take(CHARS_MAX).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// `3 s`, `5 min`, `2 h 5 min`, `3 d 4 h`: the two largest units.
pub(crate) fn span(duration: std::time::Duration) -> String {
    const UNITS: &[(u64, &str)] = &[(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let seconds = duration.as_secs();
    let largest = UNITS.iter().position(|(unit, _)| seconds >= *unit);
    let Some(largest) = largest else {
        return "0 s".into();
    };
    let (unit, name) = UNITS[largest];
    let text = format!("{} {name}", seconds / unit);
    let rest = UNITS
        .get(largest + 1)
        .map(|(smaller, name)| (seconds % unit / smaller, name))
        .filter(|(count, _)| *count > 0);
    match rest {
        Some((count, name)) => format!("{text} {count} {name}"),
        None => text,
    }
}

/// `91 %`, `31.0 GiB`, `5 min`, `0.25`: in the unit of a metric, if there is one.
pub(crate) fn measured(value: f64, metric: Option<&Metric>) -> String {
    const BYTES: &[(f64, &str)] = &[
        (1_099_511_627_776.0, "TiB"),
        (1_073_741_824.0, "GiB"),
        (1_048_576.0, "MiB"),
        (1024.0, "KiB"),
    ];
    if !value.is_finite() {
        return "unknown".into();
    }
    let plain = |value: f64| {
        let text = format!("{value:.2}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        text.to_owned()
    };
    match metric.map(|metric| (metric.unit, metric.max)) {
        Some(("1", max)) if max <= 1.0 => {
            let percent = format!("{:.1}", value * 100.0);
            format!("{} %", percent.trim_end_matches(".0"))
        }
        Some(("By", _)) => match BYTES.iter().find(|(size, _)| value.abs() >= *size) {
            Some((size, unit)) => format!("{:.1} {unit}", value / size),
            None => format!("{value:.0} B"),
        },
        Some(("s", _)) if value >= 60.0 => span(std::time::Duration::from_secs_f64(value)),
        Some(("s", _)) => format!("{} s", plain(value)),
        Some(_) | None => plain(value),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_day_is_named_only_when_it_is_not_today() {
        let at = Timestamp::from_millis(1_593_586_591_281);
        for (now, expected) in [
            (at.after(Duration::from_secs(60)), "06:56:31"),
            (at.after(Duration::from_secs(86_400)), "2020-07-01 06:56"),
        ] {
            assert_eq!(in_zone(at, now, &TimeZone::UTC), expected);
        }
    }

    #[test]
    fn what_was_measured_is_written_in_its_unit() {
        let find = vedette_wire::metric::find;
        for (value, metric, expected) in [
            (0.91, "system.filesystem.utilization", "91 %"),
            (0.9965, "system.filesystem.utilization", "99.7 %"),
            (33_285_996_544.0, "system.filesystem.available", "31.0 GiB"),
            (12.0, "system.filesystem.available", "12 B"),
            (0.25, "system.linux.disk.await", "0.25 s"),
            (7_500.0, "system.uptime", "2 h 5 min"),
            (3.0, "no.such.metric", "3"),
            (f64::NAN, "system.uptime", "unknown"),
        ] {
            assert_eq!(measured(value, find(metric)), expected);
        }
    }

    #[test]
    fn a_span_shows_its_two_largest_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (7_500, "2 h 5 min"),
            (86_400 * 3 + 5, "3 d"),
            (86_400 * 3 + 3_600 * 4, "3 d 4 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
    }
}
