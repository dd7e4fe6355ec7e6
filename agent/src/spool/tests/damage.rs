//! What a crash or a bad disk leaves.

use std::fs::File;

use super::*;

#[test]
fn without_its_position_everything_is_sent_again_and_numbers_begin_in_a_new_epoch() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=3);
    let batch = bench.next(1).unwrap();
    bench.spool.acknowledge(batch.last);
    std::fs::write(bench.dir.path().join("position"), b"rubbish").unwrap();
    bench.restart();
    let after = bench.append_all(4..=4);
    assert_ne!(after[0].epoch, before[0].epoch);
    assert_eq!(bench.drain(9), [1, 2, 3, 4]);
}

#[test]
fn a_torn_record_is_skipped_and_counted_and_the_good_ones_are_sent() {
    let mut bench = Bench::new();
    bench.append_all(1..=3);
    let path = bench.segments().remove(0);
    let length = std::fs::metadata(&path).unwrap().len();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length - 1)
        .unwrap();
    bench.restart();
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 1,
            ..Loss::default()
        }
    );
    bench.append_all(4..=4);
    assert_eq!(bench.drain(9), [1, 2, 4]);
}

#[test]
fn rotten_records_in_the_middle_are_counted_by_their_missing_numbers() {
    let mut bench = Bench::new();
    bench.append_all(1..=6);
    let path = bench.segments().remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    // Records are about equally long: this hits the third and fourth.
    let each = bytes.len() / 6;
    for byte in &mut bytes[each * 2 + 40..each * 3 + 40] {
        *byte = 0xaa;
    }
    std::fs::write(&path, bytes).unwrap();
    bench.restart();
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 2,
            ..Loss::default()
        }
    );
    assert_eq!(bench.drain(9), [1, 2, 5, 6]);
}

#[test]
fn a_segment_that_is_rubbish_does_not_hold_up_the_next() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.restart();
    bench.append_all(3..=4);
    let first = bench.segments().remove(0);
    std::fs::write(first, vec![7; 300_000]).unwrap();
    bench.restart();
    assert!(bench.spool.take_loss().damaged >= 1);
    assert_eq!(bench.drain(9), [3, 4]);
}

#[test]
fn a_file_that_vanishes_is_counted_and_does_not_hold_up_the_next() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.restart();
    bench.append_all(3..=4);
    std::fs::remove_file(bench.segments().remove(0)).unwrap();
    assert_eq!(bench.drain(9), [3, 4]);
    assert_eq!(
        bench.spool.take_loss(),
        Loss {
            damaged: 2,
            ..Loss::default()
        }
    );
}
