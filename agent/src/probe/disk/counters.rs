//! Takes a line of `/proc/diskstats` apart, and two of them together.
//!
//! In: a line. Out: what a disk did since boot, or between two looks. The kernel counts
//! milliseconds in 32 bits, so that they begin anew after 50 busy days; a disk may be
//! replaced by another of its name. Where a count went back there is nothing "between".

use std::time::Duration;

use crate::probe::text;

/// The kernel's unit, whatever the disk's own is.
const SECTOR_BYTES: f64 = 512.0;

/// What a disk did since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counters {
    pub(super) read: Done,
    pub(super) written: Done,
    busy_ms: u64,
    weighted_ms: u64,
}

/// What it did in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Done {
    pub(super) operations: u64,
    sectors: u64,
    ms: u64,
}

/// What it did between two looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Between {
    /// Share of the time in which it was busy.
    pub(super) utilization: f64,
    /// Operations in its queue, on average.
    pub(super) queue: f64,
    /// Time of one operation, on average; none when there was no operation.
    pub(super) seconds_per_operation: Option<f64>,
}

impl Counters {
    pub(super) fn busy_seconds(&self) -> f64 {
        self.busy_ms as f64 / 1000.0
    }

    pub(super) fn weighted_seconds(&self) -> f64 {
        self.weighted_ms as f64 / 1000.0
    }
}

impl Done {
    pub(super) fn bytes(&self) -> f64 {
        self.sectors as f64 * SECTOR_BYTES
    }

    pub(super) fn seconds(&self) -> f64 {
        self.ms as f64 / 1000.0
    }
}

impl Between {
    /// `None` when no time passed or a count went back.
    pub(super) fn of(before: Counters, now: Counters, elapsed: Duration) -> Option<Between> {
        let elapsed_ms = elapsed.as_secs_f64() * 1000.0;
        if elapsed_ms <= 0.0 {
            return None;
        }
        let busy = now.busy_ms.checked_sub(before.busy_ms)?;
        let weighted = now.weighted_ms.checked_sub(before.weighted_ms)?;
        let (read, read_ms) = step(before.read, now.read)?;
        let (written, written_ms) = step(before.written, now.written)?;
        let operations = read as f64 + written as f64;
        let ms = read_ms as f64 + written_ms as f64;
        Some(Between {
            utilization: (busy as f64 / elapsed_ms).min(1.0),
            queue: weighted as f64 / elapsed_ms,
            seconds_per_operation: (operations > 0.0).then(|| ms / operations / 1000.0),
        })
    }
}

/// Operations and milliseconds between.
fn step(before: Done, now: Done) -> Option<(u64, u64)> {
    let operations = now.operations.checked_sub(before.operations)?;
    Some((operations, now.ms.checked_sub(before.ms)?))
}

/// Name and counters of a line: numbers of the device, its name, then eleven or more counts.
pub(super) fn parse(line: &[u8]) -> Option<(&str, Counters)> {
    let mut words = text::words(line);
    let (_major, _minor) = (words.next()?, words.next()?);
    let name = text::name(words.next()?)?;
    let mut counts = [0; 11];
    for count in &mut counts {
        *count = text::whole(words.next()?)?;
    }
    let [
        reads,
        _,
        read_sectors,
        read_ms,
        writes,
        _,
        written_sectors,
        written_ms,
        _,
        busy_ms,
        weighted_ms,
    ] = counts;
    let counters = Counters {
        read: Done {
            operations: reads,
            sectors: read_sectors,
            ms: read_ms,
        },
        written: Done {
            operations: writes,
            sectors: written_sectors,
            ms: written_ms,
        },
        busy_ms,
        weighted_ms,
    };
    Some((name, counters))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const BEFORE: &[u8] = b" 254 0 vda 100 5 800 250 200 9 1600 500 0 1000 750 3 0 24 1 7 2";
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_line_has_a_name_and_its_counters() {
        let (name, counters) = parse(BEFORE).unwrap();
        assert_eq!(name, "vda");
        assert_eq!(counters.read.bytes(), 800.0 * 512.0);
        assert_eq!(counters.written.seconds(), 0.5);
        assert_eq!(
            (counters.busy_seconds(), counters.weighted_seconds()),
            (1.0, 0.75)
        );
    }

    #[test]
    fn kernels_before_4_18_count_neither_discards_nor_flushes() {
        let old = b"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11";
        assert_eq!(parse(old).unwrap().1.weighted_ms, 11);
    }

    #[test]
    fn between_two_looks_a_disk_was_busy_for_a_share_of_the_time() {
        let now = b" 254 0 vda 110 5 880 290 230 9 1700 620 0 1250 950";
        let between = between(BEFORE, now, SECOND).unwrap();
        assert_eq!(between.utilization, 0.25);
        assert_eq!(between.queue, 0.2);
        assert_eq!(between.seconds_per_operation, Some(160.0 / 40.0 / 1000.0));
    }

    #[test]
    fn a_disk_that_did_nothing_took_no_time_for_it() {
        let between = between(BEFORE, BEFORE, SECOND).unwrap();
        assert_eq!((between.utilization, between.queue), (0.0, 0.0));
        assert_eq!(between.seconds_per_operation, None);
    }

    #[test]
    fn the_kernels_late_account_never_makes_more_than_all_of_the_time() {
        let now = b"254 0 vda 100 5 800 250 200 9 1600 500 0 2500 9999";
        assert_eq!(between(BEFORE, now, SECOND).unwrap().utilization, 1.0);
    }

    #[test]
    fn a_count_that_went_back_says_nothing_of_the_time_between() {
        let now = b"254 0 vda 100 5 800 250 200 9 1600 500 0 3 4";
        assert_eq!(between(BEFORE, now, SECOND), None);
        assert_eq!(between(BEFORE, BEFORE, Duration::ZERO), None);
    }

    #[test]
    fn what_lacks_a_count_or_a_name_is_no_disk() {
        let cases: [&[u8]; 6] = [
            b"",
            b"8 0",
            b"8 1 sda1 1 2 3 4",
            b"8 0 sda 1 2 3 4 5 6 7 8 9 10 x",
            b"8 0 sda 1 2 3 4 5 6 7 8 9 10 -1",
            b"8 0 \xff\xfe 1 2 3 4 5 6 7 8 9 10 11",
        ];
        for line in cases {
            assert_eq!(parse(line), None);
        }
    }

    fn between(before: &[u8], now: &[u8], elapsed: Duration) -> Option<Between> {
        Between::of(parse(before).unwrap().1, parse(now).unwrap().1, elapsed)
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            let _ = parse(&bytes);
            let mut line = b"8 0 sda 1 2 3 4 5 6 7 8 ".to_vec();
            line.extend(tail);
            let _ = parse(&line);
        }
    }
}
