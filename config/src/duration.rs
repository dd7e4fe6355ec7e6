//! Reads and prints durations as people write them: `15s`, `5m`, `1h30m`, `2d`.
//!
//! Whole numbers with units, the largest first, each unit once, no spaces: one
//! duration is written in one way, and [`show`] writes what [`parse`] reads.

use std::fmt;
use std::time::Duration;

/// The longest duration that can be written: ten years.
pub const DURATION_MAX: Duration = Duration::from_secs(3_652 * 86_400);

/// Units in milliseconds, the largest first.
const UNITS: &[(&str, u64)] = &[
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationError {
    /// There is nothing.
    Empty,
    /// A number without a unit.
    NoUnit {
        /// The number.
        number: String,
    },
    /// A unit without a number, or something else where a number should be.
    NoNumber,
    /// A space anywhere.
    Space,
    /// A number with a fraction.
    Fraction,
    /// A unit that does not exist.
    UnknownUnit {
        /// What was written.
        unit: String,
    },
    /// A unit after a smaller one, or the same twice.
    Order,
    /// More than [`DURATION_MAX`].
    TooLong,
}

/// Reads a duration.
///
/// # Errors
/// Says why the text is none; the sentence is meant for whoever wrote it.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let mut rest = text;
    let mut total_ms: u64 = 0;
    let mut smallest = u64::MAX;
    if rest.is_empty() {
        return Err(DurationError::Empty);
    }
    if text.contains(char::is_whitespace) {
        return Err(DurationError::Space);
    }
    while !rest.is_empty() {
        let (digits, after) = split(rest, |character| character.is_ascii_digit());
        if digits.is_empty() {
            return Err(DurationError::NoNumber);
        }
        if after.starts_with(['.', ',']) {
            return Err(DurationError::Fraction);
        }
        let (unit, after) = split(after, char::is_alphabetic);
        if unit.is_empty() {
            return Err(DurationError::NoUnit {
                number: digits.to_owned(),
            });
        }
        let Some((_, unit_ms)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(DurationError::UnknownUnit {
                unit: unit.chars().take(20).collect(),
            });
        };
        if *unit_ms >= smallest {
            return Err(DurationError::Order);
        }
        smallest = *unit_ms;
        total_ms = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*unit_ms))
            .and_then(|part_ms| part_ms.checked_add(total_ms))
            .filter(|total_ms| Duration::from_millis(*total_ms) <= DURATION_MAX)
            .ok_or(DurationError::TooLong)?;
        rest = after;
    }
    Ok(Duration::from_millis(total_ms))
}

/// Prints a duration: `1h30m`. What is below a millisecond is left out.
pub fn show(duration: Duration) -> String {
    let mut rest_ms = duration.as_millis();
    if rest_ms == 0 {
        return "0s".to_owned();
    }
    let mut shown = String::new();
    for (name, unit_ms) in UNITS {
        let unit_ms = u128::from(*unit_ms);
        if rest_ms >= unit_ms {
            shown.push_str(&format!("{}{name}", rest_ms / unit_ms));
            rest_ms %= unit_ms;
        }
    }
    shown
}

impl fmt::Display for DurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DurationError::Empty => formatter.write_str("it is empty"),
            DurationError::NoUnit { number } => write!(formatter, "{number} has no unit"),
            DurationError::NoNumber => formatter.write_str("a number is expected before each unit"),
            DurationError::Space => formatter.write_str("there are no spaces in a duration"),
            DurationError::Fraction => {
                formatter.write_str("fractions are not read; 1h30m is one hour and a half")
            }
            DurationError::UnknownUnit { unit } => {
                write!(
                    formatter,
                    "`{unit}` is not a unit; there are d, h, m, s and ms"
                )
            }
            DurationError::Order => formatter.write_str("larger units come first, and each once"),
            DurationError::TooLong => formatter.write_str("it is longer than ten years"),
        }
    }
}

impl std::error::Error for DurationError {}

/// The longest beginning that `belongs`, and the rest.
pub(crate) fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text
        .find(|character| !belongs(character))
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        check("0s", Ok(0));
        check("250ms", Ok(250));
        check("15s", Ok(15_000));
        check("5m", Ok(300_000));
        check("1h30m", Ok(5_400_000));
        check("2d", Ok(172_800_000));
        check("1d2h3m4s5ms", Ok(93_784_005));
        check("400d", Ok(34_560_000_000));
        check("90s", Ok(90_000));
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        check("", Err(DurationError::Empty));
        check("15", no_unit("15"));
        check("1h30", no_unit("30"));
        check("h", Err(DurationError::NoNumber));
        check("-5m", Err(DurationError::NoNumber));
        check(" 5m", Err(DurationError::Space));
        check("5 m", Err(DurationError::Space));
        check("1h 30m", Err(DurationError::Space));
        check("1.5h", Err(DurationError::Fraction));
        check("5min", unknown("min"));
        check("5M", unknown("M"));
        check("30m1h", Err(DurationError::Order));
        check("1h1h", Err(DurationError::Order));
    }

    #[test]
    fn more_than_ten_years_is_refused_and_does_not_overflow() {
        check("3652d", Ok(3_652 * 86_400_000));
        check("3652d1ms", Err(DurationError::TooLong));
        check("99999999999999999999d", Err(DurationError::TooLong));
        check("18446744073709551615d", Err(DurationError::TooLong));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same(ms in 0..=3_652 * 86_400_000_u64) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse(&show(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|[0-9dhms.]{0,40}") {
            let _ = parse(&text);
        }
    }

    fn no_unit(number: &str) -> Result<u64, DurationError> {
        Err(DurationError::NoUnit {
            number: number.to_owned(),
        })
    }

    fn unknown(unit: &str) -> Result<u64, DurationError> {
        Err(DurationError::UnknownUnit {
            unit: unit.to_owned(),
        })
    }

    #[track_caller]
    fn check(text: &str, expected_ms: Result<u64, DurationError>) {
        assert_eq!(
            parse(text),
            expected_ms.map(Duration::from_millis),
            "{text:?}"
        );
    }
}
