//! Decides whether a value is inside a range, written as monitoring plugins write ranges.
//!
//! In: a text such as `10`, `10:`, `~:10`, `10:20` or `@10:20`. Out: a [`Range`], or why it is
//! none. Knows nothing of what is measured. Source: Monitoring Plugins Development
//! Guidelines, "Threshold and Ranges".

use std::fmt;

/// Bytes of a range; none that means anything is longer.
const RANGE_BYTES_MAX: usize = 64;

/// The values that raise no alert, or, inverted, those that do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The smallest value inside; may be negative infinity.
    pub low: f64,
    /// The largest value inside; may be infinity.
    pub high: f64,
    /// Whether values inside raise the alert, instead of those outside.
    pub is_inverted: bool,
}

impl Range {
    /// Whether this value raises an alert.
    pub fn alerts(&self, value: f64) -> bool {
        let is_inside = value >= self.low && value <= self.high;
        is_inside == self.is_inverted
    }
}

/// Reads a range.
///
/// # Errors
/// Why it is none, for whoever wrote it.
pub fn range(text: &str) -> Result<Range, &'static str> {
    if text.len() > RANGE_BYTES_MAX {
        return Err("it is longer than a range can be");
    }
    let (is_inverted, bounds) = match text.strip_prefix('@') {
        Some(bounds) => (true, bounds),
        None => (false, text),
    };
    let (low, high) = match bounds.split_once(':') {
        None => (0.0, number(bounds)?),
        Some((low, high)) => {
            let low = match low {
                "" => 0.0,
                "~" => f64::NEG_INFINITY,
                low => number(low)?,
            };
            let high = match high {
                "" => f64::INFINITY,
                high => number(high)?,
            };
            (low, high)
        }
    };
    if low > high {
        return Err("its beginning lies above its end");
    }
    Ok(Range {
        low,
        high,
        is_inverted,
    })
}

fn number(text: &str) -> Result<f64, &'static str> {
    text.trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or("a range is written like 10, 10:, ~:10, 10:20 or @10:20")
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_inverted {
            formatter.write_str("@")?;
        }
        if self.low == f64::NEG_INFINITY {
            formatter.write_str("~:")?;
        } else if self.low != 0.0 || self.high.is_infinite() {
            write!(formatter, "{}:", self.low)?;
        }
        match self.high.is_finite() {
            true => write!(formatter, "{}", self.high),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_range_is_what_raises_no_alert() {
        // (range, values that are well, values that raise an alert)
        let cases: [(&str, &[f64], &[f64]); 7] = [
            ("10", &[0.0, 5.0, 10.0], &[-0.1, 10.1]),
            ("10:", &[10.0, 1e9], &[9.9, -1.0]),
            ("~:10", &[-1e9, 10.0], &[10.1]),
            ("10:20", &[10.0, 15.0, 20.0], &[9.9, 20.1]),
            ("@10:20", &[9.9, 20.1], &[10.0, 15.0, 20.0]),
            (":5", &[0.0, 5.0], &[-1.0, 6.0]),
            ("-2:-1", &[-1.5], &[0.0, -3.0]),
        ];
        for (text, well, alerting) in cases {
            let range = range(text).unwrap();
            assert!(well.iter().all(|value| !range.alerts(*value)), "{text}");
            assert!(alerting.iter().all(|value| range.alerts(*value)), "{text}");
        }
    }

    #[test]
    fn a_range_is_written_as_it_is_read() {
        for text in [
            "10", "10:", "~:10", "10:20", "@10:20", "-2:-1", "@~:0", "0:",
        ] {
            assert_eq!(range(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "@",
            "a",
            "20:10",
            "1:2:3",
            "1e999",
            "NaN",
            "~",
            "1,5",
            &"1".repeat(65),
        ] {
            assert!(range(text).is_err(), "{text}");
        }
    }
}
