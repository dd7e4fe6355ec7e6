//! Reads and prints sizes as people write them: `20GiB`, `512MiB`, `1kB`.
//!
//! `kB`, `MB`, ... count in thousands, `KiB`, `MiB`, ... in 1024s, and nothing else
//! is a unit: `K` or `KB` means one to some and the other to others.

use std::fmt;
use std::str::FromStr;

use crate::duration::split;

/// A number of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// The bytes.
    pub bytes: u64,
}

/// Units in bytes, the largest first.
const UNITS: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// Digits after the point that are read.
const FRACTION_DIGITS_MAX: usize = 6;

/// Why a text is not a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SizeError {
    /// There is nothing.
    Empty,
    /// A number without a unit.
    NoUnit,
    /// Something else where the number should be.
    NoNumber,
    /// A space anywhere.
    Space,
    /// A unit that does not exist, or can be read in two ways.
    UnknownUnit {
        /// What was written.
        unit: String,
    },
    /// Not a whole number of bytes, or more digits than are read.
    Fraction,
    /// More than 16 EiB.
    TooLarge,
}

impl Size {
    /// A number of bytes.
    pub const fn from_bytes(bytes: u64) -> Size {
        Size { bytes }
    }

    /// A number of MiB (1024 x 1024 bytes).
    pub const fn from_mib(mib: u64) -> Size {
        Size { bytes: mib << 20 }
    }
}

impl FromStr for Size {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Size, SizeError> {
        if text.is_empty() {
            return Err(SizeError::Empty);
        }
        if text.contains(char::is_whitespace) {
            return Err(SizeError::Space);
        }
        let (whole, rest) = split(text, |character| character.is_ascii_digit());
        let (fraction, unit) = match rest.strip_prefix('.') {
            Some(rest) => split(rest, |character| character.is_ascii_digit()),
            None => ("", rest),
        };
        if whole.is_empty() || (fraction.is_empty() && rest.starts_with('.')) {
            return Err(SizeError::NoNumber);
        }
        if unit.is_empty() {
            return Err(SizeError::NoUnit);
        }
        let Some((_, unit_bytes)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(SizeError::UnknownUnit {
                unit: unit.chars().take(20).collect(),
            });
        };
        if fraction.len() > FRACTION_DIGITS_MAX {
            return Err(SizeError::Fraction);
        }
        let scale = 10_u128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        let scaled = format!("{whole}{fraction}")
            .parse::<u64>()
            .map(u128::from)
            .map_err(|_| SizeError::TooLarge)?
            * u128::from(*unit_bytes);
        if *unit_bytes == 1 && scaled % scale != 0 {
            return Err(SizeError::Fraction);
        }
        u64::try_from(scaled / scale)
            .map(Size::from_bytes)
            .map_err(|_| SizeError::TooLarge)
    }
}

impl fmt::Display for Size {
    /// Exactly, in the largest unit that makes a whole number: `20GiB`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit_bytes) = UNITS
            .iter()
            .filter(|(_, unit_bytes)| self.bytes != 0 && self.bytes.is_multiple_of(*unit_bytes))
            .max_by_key(|(_, unit_bytes)| *unit_bytes)
            .unwrap_or(&("B", 1));
        write!(formatter, "{}{name}", self.bytes / unit_bytes)
    }
}

impl fmt::Display for SizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SizeError::Empty => formatter.write_str("it is empty"),
            SizeError::NoUnit => formatter.write_str("it has no unit"),
            SizeError::NoNumber => formatter.write_str("a number is expected before the unit"),
            SizeError::Space => formatter.write_str("there are no spaces in a size"),
            SizeError::UnknownUnit { unit } => {
                write!(
                    formatter,
                    "`{unit}` is not a unit; there are B, KiB, MiB, GiB, TiB (1024) and kB, MB, GB, TB (1000)"
                )
            }
            SizeError::Fraction => formatter.write_str("it is not a whole number of bytes"),
            SizeError::TooLarge => formatter.write_str("it is more than 16 EiB"),
        }
    }
}

impl std::error::Error for SizeError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        check("0B", Ok(0));
        check("1kB", Ok(1_000));
        check("1KiB", Ok(1_024));
        check("512MiB", Ok(512 << 20));
        check("20GiB", Ok(20 << 30));
        check("2TB", Ok(2_000_000_000_000));
        check("1.5GiB", Ok(3 << 29));
        check("0.1MiB", Ok(104_857));
    }

    #[test]
    fn units_that_can_be_read_in_two_ways_are_refused() {
        for unit in ["K", "KB", "kb", "Kb", "M", "mb", "G", "GIB", "bytes", "k"] {
            let expected = Err(SizeError::UnknownUnit {
                unit: unit.to_owned(),
            });
            check(&format!("1{unit}"), expected);
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        check("", Err(SizeError::Empty));
        check("512", Err(SizeError::NoUnit));
        check("MiB", Err(SizeError::NoNumber));
        check("-1MiB", Err(SizeError::NoNumber));
        check("512 MB", Err(SizeError::Space));
        check("512MB ", Err(SizeError::Space));
        check(".5MiB", Err(SizeError::NoNumber));
        check("5.MiB", Err(SizeError::NoNumber));
        check("1.5B", Err(SizeError::Fraction));
        check("0.1234567GiB", Err(SizeError::Fraction));
    }

    #[test]
    fn more_than_sixty_four_bits_is_refused_and_does_not_overflow() {
        check("18446744073709551615B", Ok(u64::MAX));
        check("18446744073709551616B", Err(SizeError::TooLarge));
        check("16777216TiB", Err(SizeError::TooLarge));
        check("18446744073709551615TiB", Err(SizeError::TooLarge));
    }

    #[test]
    fn a_size_is_printed_in_the_unit_people_would_choose() {
        for (bytes, expected) in [
            (0, "0B"),
            (1, "1B"),
            (32 << 20, "32MiB"),
            (3 << 29, "1536MiB"),
            (5_000_000_000, "5GB"),
            (1_000, "1kB"),
        ] {
            assert_eq!(Size::from_bytes(bytes).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same(bytes: u64, shift in 0..64_u32) {
            let size = Size::from_bytes(bytes >> shift << (shift / 2));
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|[0-9.]{0,30}[kKMGTiB]{0,4}") {
            let _ = text.parse::<Size>();
        }
    }

    #[track_caller]
    fn check(text: &str, expected: Result<u64, SizeError>) {
        assert_eq!(
            text.parse::<Size>(),
            expected.map(Size::from_bytes),
            "{text:?}"
        );
    }
}
