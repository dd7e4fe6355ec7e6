//! Takes the kernel's text apart, byte by byte.
//!
//! In: bytes that may be anything. Out: words and numbers, or nothing. Never panics
//! and never yields a number that is not finite.

use vedette_wire::limits;

/// Letters of a process's name that are shown: the kernel keeps fifteen bytes of it.
pub(crate) const PROCESS_NAME_MAX: usize = 15;

/// The lines of a file, without their ends.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n')
}

/// The words of a line.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// A whole number without a sign.
pub(crate) fn whole(word: &[u8]) -> Option<u64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A finite number that is not negative, such as `0.42`.
pub(crate) fn decimal(word: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(word).ok()?.parse().ok()?;
    (value.is_finite() && value >= 0.0).then_some(value)
}

/// A name that can be shown and reported: letters people can read, none of them a blank.
pub(crate) fn name(word: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(word).ok()?;
    let is_odd = |letter: char| letter.is_control() || letter.is_whitespace();
    (!name.is_empty() && name.len() <= limits::NAME_BYTES_MAX && !name.contains(is_odd))
        .then_some(name)
}

/// The bytes of a line `Name:   123 kB`, where the name is `name`.
pub(crate) fn kilobytes(line: &[u8], name: &[u8]) -> Option<f64> {
    let rest = line.strip_prefix(name)?.strip_prefix(b":")?;
    let mut words = words(rest);
    let count = whole(words.next()?)?;
    (words.next() == Some(b"kB")).then_some(count as f64 * 1024.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_not_a_finite_number_is_no_number() {
        for word in ["", "-1", "nan", "inf", "1e999", "0x10", "1,5", "\u{664}"] {
            assert_eq!(decimal(word.as_bytes()), None, "{word:?}");
        }
        assert_eq!(decimal(b"0.42"), Some(0.42));
        assert_eq!(whole(b"18446744073709551616"), None);
    }

    #[test]
    fn a_name_is_short_and_can_be_read() {
        assert_eq!(name(b"eth0"), Some("eth0"));
        for word in [&b""[..], b"a b", b"a\0b", b"\x1b[2J", b"\xff", &[b'x'; 200]] {
            assert_eq!(name(word), None);
        }
    }

    #[test]
    fn a_size_needs_its_name_its_colon_and_its_unit() {
        let cases: [(&[u8], Option<f64>); 5] = [
            (b"MemTotal:        2 kB", Some(2048.0)),
            (b"MemTotalX:       2 kB", None),
            (b"MemTotal         2 kB", None),
            (b"MemTotal:        2", None),
            (b"MemTotal:        two kB", None),
        ];
        for (line, expected) in cases {
            assert_eq!(kilobytes(line, b"MemTotal"), expected);
        }
    }
}
