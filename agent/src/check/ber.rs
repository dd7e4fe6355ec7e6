//! Reads and writes the tag-length-value form that certificates and SNMP are made of.
//!
//! In: bytes of any kind. Out: tags and their contents, or nothing where the form is broken.
//! Lengths are bounded by the bytes that are there. Source: ITU-T X.690, definite lengths and
//! tags of one byte. Knows nothing of what the values mean.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// What is left to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    /// The next value and its tag.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        // Tags of several bytes appear in neither of the two.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, value))
    }

    /// The next value, if it has this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, value) = self.next()?;
        (found == tag).then_some(value)
    }

    /// A reader of the next value, if it has this tag.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.expect(tag).map(Reader)
    }

    /// The next value as a whole number of at most 64 bits.
    pub(super) fn integer(&mut self) -> Option<i64> {
        signed(self.expect(INTEGER)?)
    }

    /// The tag of the next value.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }
}

/// A length, and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    // Four bytes count more than any datagram or certificate has.
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    let length = digits
        .iter()
        .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
    Some((length, rest))
}

/// A whole number with a sign.
pub(super) fn signed(bytes: &[u8]) -> Option<i64> {
    let first = *bytes.first()?;
    if bytes.len() > 8 {
        return None;
    }
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    Some(
        bytes
            .iter()
            .fold(sign, |sum, byte| sum << 8 | i64::from(*byte)),
    )
}

/// A whole number without a sign; a leading zero byte is allowed.
pub(super) fn unsigned(bytes: &[u8]) -> Option<u64> {
    let digits = match bytes {
        [0, digits @ ..] if digits.len() == 8 => digits,
        digits => digits,
    };
    let is_fit = (1..=8).contains(&digits.len());
    is_fit.then(|| {
        digits
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    })
}

/// The numbers of an object identifier.
pub(super) fn numbers(bytes: &[u8]) -> Option<Vec<u32>> {
    const NUMBERS_MAX: usize = 128;
    let mut numbers = Vec::new();
    let mut number: u32 = 0;
    for byte in bytes {
        number = number
            .checked_mul(128)?
            .checked_add(u32::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.push(first);
                number -= first * 40;
            }
            numbers.push(number);
            number = 0;
        }
        if numbers.len() > NUMBERS_MAX {
            return None;
        }
    }
    let is_whole = bytes.last().is_some_and(|byte| byte & 0x80 == 0);
    is_whole.then_some(numbers)
}

/// One value with its tag and length.
pub(super) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        Ok(_) | Err(_) => {
            let digits = length.to_be_bytes();
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = &digits[zeros..];
            // At most eight digits.
            bytes.push(0x80 | digits.len() as u8);
            bytes.extend_from_slice(digits);
        }
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// A whole number in as few bytes as it needs.
pub(super) fn write_integer(number: i64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let is_spare = |place: &usize| {
        let (this, next) = (bytes[*place], bytes[*place + 1]);
        (this == 0 && next < 0x80) || (this == 0xff && next >= 0x80)
    };
    let spare = (0..7).take_while(is_spare).count();
    wrap(INTEGER, &[&bytes[spare..]])
}

/// An object identifier.
pub(super) fn write_object(numbers: &[u32]) -> Vec<u8> {
    let first = numbers.first().copied().unwrap_or(0);
    let second = numbers.get(1).copied().unwrap_or(0);
    let joined = u64::from(first) * 40 + u64::from(second);
    let rest = numbers.iter().skip(2).map(|number| u64::from(*number));
    let mut bytes = Vec::new();
    for number in std::iter::once(joined).chain(rest) {
        let digits = (0..10)
            .rev()
            .map(|place| (number >> (7 * place)) as u8 & 0x7f);
        let digits: Vec<u8> = digits.skip_while(|digit| *digit == 0).collect();
        match digits.split_last() {
            None => bytes.push(0),
            Some((last, before)) => {
                bytes.extend(before.iter().map(|digit| digit | 0x80));
                bytes.push(*last);
            }
        }
    }
    wrap(OBJECT, &[&bytes])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for number in [0, 1, -1, 127, 128, -128, -129, 65_535, i64::MAX, i64::MIN] {
            let bytes = write_integer(number);
            assert_eq!(Reader::new(&bytes).integer(), Some(number));
        }
        let objects: [&[u32]; 4] = [
            &[1, 3, 6, 1, 2, 1, 1, 3, 0],
            &[2, 100, 3],
            &[0, 39],
            &[1, 3, u32::MAX, 0, 128],
        ];
        for object in objects {
            let bytes = write_object(object);
            let value = Reader::new(&bytes).expect(OBJECT).unwrap();
            assert_eq!(numbers(value).unwrap(), object);
        }
        let long = wrap(OCTETS, &[&[7; 300]]);
        assert_eq!(Reader::new(&long).expect(OCTETS).unwrap().len(), 300);
    }

    #[test]
    fn a_broken_form_is_nothing() {
        let broken: [&[u8]; 8] = [
            &[],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x85, 0, 0, 0, 0, 1, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 2, 0],
            &[0x1f, 1, 0],
            &[0x30, 0x82, 1],
        ];
        for bytes in broken {
            assert_eq!(Reader::new(bytes).next(), None, "{bytes:?}");
        }
        assert_eq!(signed(&[]), None);
        assert_eq!(signed(&[0; 9]), None);
        assert_eq!(unsigned(&[1; 9]), None);
        assert_eq!(
            unsigned(&[0, 255, 255, 255, 255, 255, 255, 255, 255]),
            Some(u64::MAX)
        );
        assert_eq!(numbers(&[0x80]), None);
        assert_eq!(numbers(&[0xff; 8]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            while let Some((_, value)) = reader.next() {
                signed(value);
                unsigned(value);
                numbers(value);
            }
        }
    }
}
