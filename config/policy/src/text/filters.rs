//! Decides how numbers read in titles: `97 %`, `1.0 GiB`, `30,000`, `2 min`.
//!
//! In: a number in its base unit. Out: a few words for people. What is not known reads
//! `unknown`. Knows nothing of templates beyond being called by them.

use minijinja::Environment;

/// What stands for a value nobody knows.
const UNKNOWN: &str = "unknown";
/// Units of 1024, the largest first.
const BYTES: [(&str, f64); 5] = [
    ("PiB", 1_125_899_906_842_624.0),
    ("TiB", 1_099_511_627_776.0),
    ("GiB", 1_073_741_824.0),
    ("MiB", 1_048_576.0),
    ("KiB", 1_024.0),
];
/// Units in seconds, the largest first.
const SECONDS: [(&str, f64); 4] = [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0)];

/// The filters of this file by name.
pub(super) const NAMES: [&str; 5] = ["percent", "bytes", "count", "number", "duration"];

/// Makes the filters known to an environment.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("percent", percent);
    environment.add_filter("bytes", bytes);
    environment.add_filter("count", count);
    environment.add_filter("number", number);
    environment.add_filter("duration", duration);
}

/// A share of 1 in per cent. What is not quite none or all is not rounded to it.
fn percent(value: f64) -> String {
    let percent = value * 100.0;
    if !value.is_finite() {
        UNKNOWN.to_owned()
    } else if percent > 99.0 && percent < 100.0 {
        format!("{:.1} %", (percent * 10.0).floor() / 10.0)
    } else if percent > 0.0 && percent < 1.0 {
        format!("{:.1} %", (percent * 10.0).ceil() / 10.0)
    } else {
        format!("{percent:.0} %")
    }
}

/// Bytes, with one digit after the point.
fn bytes(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let unit = BYTES.iter().find(|(_, size)| value.abs() >= *size);
    match unit {
        Some((unit, size)) => format!("{:.1} {unit}", value / size),
        None => format!("{value:.0} B"),
    }
}

/// A whole number, with a comma for each thousand.
fn count(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value <= -0.5 {
        format!("-{grouped}")
    } else {
        grouped
    }
}

/// A number with one digit after the point; a small one with three.
fn number(value: f64) -> String {
    if !value.is_finite() {
        UNKNOWN.to_owned()
    } else if value != 0.0 && value.abs() < 0.1 {
        format!("{value:.3}")
    } else {
        format!("{value:.1}")
    }
}

/// Seconds, in the two largest units that are not none.
fn duration(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return UNKNOWN.to_owned();
    }
    let mut rest = value.round();
    if rest < 1.0 {
        return if value > 0.0 { "less than 1 s" } else { "0 s" }.to_owned();
    }
    let mut words = Vec::new();
    for (unit, seconds) in SECONDS {
        let whole = (rest / seconds).floor();
        rest -= whole * seconds;
        if whole > 0.0 {
            words.push(format!("{whole} {unit}"));
        }
        // The next unit belongs to it, a later one does not: 2 d 5 s reads as precise.
        if !words.is_empty() && (words.len() == 2 || whole == 0.0) {
            break;
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_per_cent_and_never_quite_all() {
        check(
            percent,
            &[
                (0.97, "97 %"),
                (0.03, "3 %"),
                (0.0, "0 %"),
                (1.0, "100 %"),
                (1.5, "150 %"),
            ],
        );
        check(
            percent,
            &[
                (0.9996, "99.9 %"),
                (0.0004, "0.1 %"),
                (0.004, "0.4 %"),
                (f64::NAN, "unknown"),
            ],
        );
    }

    #[test]
    fn bytes_have_one_digit_after_the_point() {
        check(
            bytes,
            &[
                (1_073_741_824.0, "1.0 GiB"),
                (94_371_840.0, "90.0 MiB"),
                (512.0, "512 B"),
                (0.0, "0 B"),
            ],
        );
        check(
            bytes,
            &[
                (3.0 * 1_099_511_627_776.0, "3.0 TiB"),
                (f64::NAN, "unknown"),
            ],
        );
    }

    #[test]
    fn counts_have_a_comma_for_each_thousand() {
        check(
            count,
            &[
                (30_000.0, "30,000"),
                (0.0, "0"),
                (999.0, "999"),
                (1_234_567.0, "1,234,567"),
            ],
        );
        check(
            count,
            &[
                (-1_000.0, "-1,000"),
                (-0.2, "0"),
                (f64::INFINITY, "unknown"),
            ],
        );
    }

    #[test]
    fn numbers_keep_what_matters() {
        check(
            number,
            &[
                (3.0, "3.0"),
                (0.04, "0.040"),
                (0.0, "0.0"),
                (f64::NAN, "unknown"),
            ],
        );
    }

    #[test]
    fn durations_are_two_units_at_most() {
        check(
            duration,
            &[
                (120.0, "2 min"),
                (400.0, "6 min 40 s"),
                (5_460.0, "1 h 31 min"),
                (0.0, "0 s"),
            ],
        );
        check(
            duration,
            &[
                (172_805.0, "2 d"),
                (0.3, "less than 1 s"),
                (90.0, "1 min 30 s"),
                (-1.0, "unknown"),
            ],
        );
    }

    #[track_caller]
    fn check(filter: fn(f64) -> String, cases: &[(f64, &str)]) {
        for (value, expected) in cases {
            assert_eq!(filter(*value), *expected, "{value}");
        }
    }
}
