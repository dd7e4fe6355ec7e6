//! Writes columns of numbers small, and reads the same numbers back, bit for bit.
//!
//! In: doubles. Out: bytes. What agents measure has few decimal places, so a column is kept as
//! whole numbers of its smallest decimal, as they are, as differences, or as differences of
//! differences, whichever is shortest; what is no such number is kept as it is. Knows nothing of
//! what the numbers mean.

/// Decimal places that are looked for.
const PLACES_MAX: u8 = 9;
/// Whole numbers up to here are doubles, too.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
/// The form of a column whose numbers are kept as they are.
const AS_IT_IS: u8 = 0xff;
/// What a column is kept as, above the decimal places of its form.
const ORDER_SHIFT: u8 = 4;
/// Values of a column that takes no bytes for each; nothing that was written is longer.
const CONSTANT_MAX: usize = 1 << 20;
/// All values are the first.
const CONSTANT: u8 = 3;

/// Appends a number that is short when it is small.
pub(super) fn push_uint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(low_byte(number) | 0x80);
        number >>= 7;
    }
    out.push(low_byte(number));
}

/// Appends a number that is short when it is near zero.
pub(super) fn push_int(out: &mut Vec<u8>, number: i64) {
    push_uint(out, zigzag(number));
}

/// Appends bytes that say how many they are.
pub(super) fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a column; how many values it has must be known to whoever reads it.
pub(super) fn push_column(out: &mut Vec<u8>, values: &[f64]) {
    let Some((places, whole)) = whole(values) else {
        out.push(AS_IT_IS);
        for value in values {
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        return;
    };
    push_whole(out, places, &whole);
}

/// Appends three columns of equal length that are near each other: a value, the least and the
/// greatest.
pub(super) fn push_spread(out: &mut Vec<u8>, [last, min, max]: [&[f64]; 3]) {
    let all: Vec<f64> = [last, min, max].concat();
    let Some((places, whole)) = whole(&all) else {
        out.push(AS_IT_IS);
        for column in [last, min, max] {
            push_column(out, column);
        }
        return;
    };
    let (last, rest) = whole.split_at(last.len());
    let (min, max) = rest.split_at(min.len());
    let apart = |(one, other): (&i64, &i64)| one.wrapping_sub(*other);
    let below: Vec<i64> = last.iter().zip(min).map(apart).collect();
    let above: Vec<i64> = max.iter().zip(last).map(apart).collect();
    out.push(places);
    for column in [last, &below, &above] {
        push_whole(out, 0, column);
    }
}

/// Appends a column of whole numbers.
pub(super) fn push_ints(out: &mut Vec<u8>, values: &[i64]) {
    push_whole(out, 0, values);
}

fn push_whole(out: &mut Vec<u8>, places: u8, whole: &[i64]) {
    if whole.windows(2).all(|pair| pair[0] == pair[1]) {
        out.push(places | CONSTANT << ORDER_SHIFT);
        push_int(out, whole.first().copied().unwrap_or(0));
        return;
    }
    let steps = differences(whole);
    let bends = differences(&steps);
    let shortest = [whole, &steps, &bends]
        .into_iter()
        .enumerate()
        .min_by_key(|(_, column)| column.iter().map(|number| length(*number)).sum::<usize>());
    let (order, column) = shortest.unwrap_or((0, whole));
    out.push(places | u8::try_from(order).unwrap_or(0) << ORDER_SHIFT);
    for number in column {
        push_int(out, *number);
    }
}

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Bytes that say how many they are.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.size()?;
        self.take(count)
    }

    pub(super) fn uint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn int(&mut self) -> Option<i64> {
        let number = self.uint()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A number of things that follow.
    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.uint()?).ok()
    }

    /// A column of that many doubles.
    pub(super) fn column(&mut self, count: usize) -> Option<Vec<f64>> {
        let form = self.byte()?;
        if form == AS_IT_IS {
            let bytes = self.take(count.checked_mul(8)?)?;
            let (values, _) = bytes.as_chunks::<8>();
            let value = |bytes: &[u8; 8]| f64::from_bits(u64::from_le_bytes(*bytes));
            return Some(values.iter().map(value).collect());
        }
        let whole = self.whole(form, count)?;
        let per = power(form & 0xf);
        Some(
            whole
                .into_iter()
                .map(|number| as_f64(number) / per)
                .collect(),
        )
    }

    /// Three columns of that many doubles: a value, the least and the greatest.
    pub(super) fn spread(&mut self, count: usize) -> Option<[Vec<f64>; 3]> {
        let form = self.byte()?;
        if form == AS_IT_IS {
            return Some([
                self.column(count)?,
                self.column(count)?,
                self.column(count)?,
            ]);
        }
        let per = power(form & 0xf);
        let [last, below, above] = [self.ints(count)?, self.ints(count)?, self.ints(count)?];
        let value = |whole: i64| as_f64(whole) / per;
        let both = |column: &[i64], with: fn(i64, i64) -> i64| {
            let pairs = last.iter().zip(column);
            pairs.map(|(last, by)| value(with(*last, *by))).collect()
        };
        let min = both(&below, i64::wrapping_sub);
        let max = both(&above, i64::wrapping_add);
        Some([last.iter().map(|whole| value(*whole)).collect(), min, max])
    }

    /// A column of that many whole numbers.
    pub(super) fn ints(&mut self, count: usize) -> Option<Vec<i64>> {
        let form = self.byte()?;
        self.whole(form, count)
    }

    fn whole(&mut self, form: u8, count: usize) -> Option<Vec<i64>> {
        let order = form >> ORDER_SHIFT;
        if order == CONSTANT {
            let number = self.int()?;
            return (count <= CONSTANT_MAX).then(|| vec![number; count]);
        }
        // Each takes a byte at least: a count that was misread makes nothing large.
        let mut column = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            column.push(self.int()?);
        }
        for _ in 0..order {
            let mut sum = 0_i64;
            for number in &mut column {
                sum = sum.wrapping_add(*number);
                *number = sum;
            }
        }
        Some(column)
    }
}

/// The values as whole numbers of the decimal place that all of them need.
fn whole(values: &[f64]) -> Option<(u8, Vec<i64>)> {
    let mut places = 0;
    for value in values {
        while !is_exact(*value, places) {
            places += 1;
            if places > PLACES_MAX {
                return None;
            }
        }
    }
    // With more places than one needs, one may be too large.
    let per = power(places);
    let all_exact = values.iter().all(|value| is_exact(*value, places));
    let whole = values.iter().map(|value| as_i64((value * per).round()));
    all_exact.then(|| (places, whole.collect()))
}

fn is_exact(value: f64, places: u8) -> bool {
    let per = power(places);
    let whole = (value * per).round();
    // By way of the whole number that is kept: it has no sign of zero.
    let comes_back = || as_f64(as_i64(whole)) / per;
    whole.abs() <= WHOLE_MAX && comes_back().to_bits() == value.to_bits()
}

fn power(places: u8) -> f64 {
    10_f64.powi(i32::from(places))
}

fn differences(column: &[i64]) -> Vec<i64> {
    let mut before = 0;
    let difference = |number: &i64| number.wrapping_sub(std::mem::replace(&mut before, *number));
    column.iter().map(difference).collect()
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

/// Bytes that a number takes.
fn length(number: i64) -> usize {
    let bits = 64 - (zigzag(number) | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

#[allow(clippy::cast_possible_truncation)]
fn low_byte(number: u64) -> u8 {
    number as u8
}

/// Exact: it is a whole number, and no larger than [`WHOLE_MAX`].
#[allow(clippy::cast_possible_truncation)]
fn as_i64(whole: f64) -> i64 {
    whole as i64
}

/// The same the other way round; a damaged column may give another number, and no harm.
#[allow(clippy::cast_precision_loss)]
fn as_f64(whole: i64) -> f64 {
    whole as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_measured_is_small() {
        check(&[0.018868, 0.055276, 0.09, 0.04711], 13);
        check(&[4182.26, 4182.31, 4182.4, 4182.4, 4182.4], 9);
        check(&[29_203_648_512.0, 29_203_562_496.0, 29_203_423_232.0], 14);
        check(&[1e12; 240], 8);
        check(&[0.0; 240], 2);
        check(&[3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 7);
        check(&[], 2);
    }

    #[test]
    fn what_is_no_short_decimal_comes_back_all_the_same() {
        check(&[std::f64::consts::PI, 0.1 + 0.2], 17);
        check(&[-0.0, 1e300, f64::MIN_POSITIVE], 25);
        check(&[0.0, -0.0], 17);
        // Each is short, and both together are not.
        check(&[9e15, 0.000_000_001], 17);
    }

    #[track_caller]
    fn check(values: &[f64], bytes_max: usize) {
        let mut out = Vec::new();
        push_column(&mut out, values);
        assert!(
            out.len() <= bytes_max,
            "{values:?} takes {} bytes",
            out.len()
        );
        same(&out, values);
    }

    #[track_caller]
    fn same(out: &[u8], values: &[f64]) {
        let mut bytes = Bytes(out);
        let read = bytes.column(values.len()).unwrap();
        assert!(bytes.is_empty());
        let bits = |values: &[f64]| values.iter().map(|one| one.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read), bits(values));
    }

    proptest! {
        #[test]
        fn every_column_comes_back_bit_for_bit(values in prop::collection::vec(measured(), 0..80)) {
            let mut out = Vec::new();
            push_column(&mut out, &values);
            same(&out, &values);
        }

        #[test]
        fn a_value_with_its_extremes_comes_back_bit_for_bit(
            values in prop::collection::vec((measured(), measured(), measured()), 0..40),
        ) {
            let column = |of: fn(&(f64, f64, f64)) -> f64| values.iter().map(of).collect::<Vec<_>>();
            let columns = [column(|all| all.0), column(|all| all.1), column(|all| all.2)];
            let mut out = Vec::new();
            push_spread(&mut out, [&columns[0], &columns[1], &columns[2]]);
            let read = Bytes(&out).spread(values.len()).unwrap();
            let bits = |columns: &[Vec<f64>]| columns.concat().iter().map(|one| one.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&read), bits(&columns));
        }

        #[test]
        fn every_whole_number_comes_back(values in prop::collection::vec(any::<i64>(), 0..80)) {
            let mut out = Vec::new();
            push_ints(&mut out, &values);
            prop_assert_eq!(Bytes(&out).ints(values.len()).unwrap(), values);
        }

        #[test]
        fn damaged_bytes_are_nothing_or_something_else_and_never_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            count in 0_usize..2_000_000_000,
        ) {
            let _ = Bytes(&bytes).column(count);
            let _ = Bytes(&bytes).bytes();
        }
    }

    /// As agents measure, and anything else.
    fn measured() -> impl Strategy<Value = f64> {
        let decimal =
            (any::<i32>(), 0_u8..10).prop_map(|(whole, places)| f64::from(whole) / power(places));
        prop_oneof![
            4 => decimal,
            1 => any::<u64>().prop_map(f64::from_bits),
            1 => any::<f64>(),
        ]
    }
}
