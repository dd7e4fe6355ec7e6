//! Order, numbers and acknowledgement.

use super::*;

#[test]
fn rounds_come_out_in_the_order_they_went_in() {
    let mut bench = Bench::new();
    bench.append_all(1..=5);
    assert_eq!(bench.drain(2), [1, 2, 3, 4, 5]);
    assert_eq!(bench.spool.depth(), Depth::default());
}

#[test]
fn nothing_is_forgotten_that_was_not_acknowledged() {
    let mut bench = Bench::new();
    bench.append_all(1..=5);
    let batch = bench.next(3).unwrap();
    assert_eq!(batch.last.seq, 3);
    assert_eq!(ids(&bench.next(3).unwrap()), [1, 2, 3]);

    bench.spool.acknowledge(Place {
        seq: 2,
        ..batch.last
    });
    assert_eq!(ids(&bench.next(9).unwrap()), [3, 4, 5]);
}

#[test]
fn an_acknowledgement_of_more_than_was_sent_forgets_only_what_was_sent() {
    let mut bench = Bench::new();
    bench.append_all(1..=5);
    let batch = bench.next(2).unwrap();
    bench.spool.acknowledge(Place {
        seq: u64::MAX,
        ..batch.last
    });
    assert_eq!(ids(&bench.next(9).unwrap()), [3, 4, 5]);
}

#[test]
fn an_acknowledgement_of_another_epoch_forgets_nothing() {
    let mut bench = Bench::new();
    bench.append_all(1..=2);
    bench.next(9).unwrap();
    bench.spool.acknowledge(Place {
        epoch: Uuid::from_u128(99),
        seq: 2,
    });
    assert_eq!(ids(&bench.next(9).unwrap()), [1, 2]);
}

#[test]
fn a_round_delivered_out_of_turn_is_not_sent_again() {
    let mut bench = Bench::new();
    let places = bench.append_all(1..=3);
    bench.spool.settle(Kept {
        samples: Some(places[1]),
        ..Kept::default()
    });
    assert_eq!(bench.drain(9), [1, 3]);

    let both = bench.append(&round(4, true));
    assert!(both.state.is_some() && both.samples.is_some());
    bench.spool.settle(both);
    assert_eq!(bench.spool.depth(), Depth::default());
}

#[test]
fn a_restart_loses_no_round_and_renumbers_none() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=4);
    let batch = bench.next(2).unwrap();
    bench.spool.acknowledge(batch.last);
    bench.restart();
    let after = bench.append_all(5..=5);
    assert_eq!(
        after[0],
        Place {
            seq: 5,
            ..before[3]
        }
    );
    let rest = bench.next(9).unwrap();
    assert_eq!(ids(&rest), [3, 4, 5]);
    assert_eq!(rest.last, after[0]);
    assert_eq!(bench.drain(9), [3, 4, 5]);
}

#[test]
fn after_everything_was_acknowledged_a_restart_still_repeats_no_number() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=3);
    assert_eq!(bench.drain(9), [1, 2, 3]);
    bench.restart();
    let after = bench.append_all(4..=4);
    assert_eq!(
        after[0],
        Place {
            seq: 4,
            ..before[2]
        }
    );
}

#[test]
fn a_reboot_begins_a_new_epoch_and_sends_the_old_one_under_its_own_name() {
    let mut bench = Bench::new();
    let before = bench.append_all(1..=2);
    bench.boot = Uuid::from_u128(2);
    bench.restart();
    let after = bench.append_all(3..=3);
    assert_ne!(after[0].epoch, before[0].epoch);
    assert_eq!(after[0].seq, 1);

    let old = bench.next(9).unwrap();
    assert_eq!((ids(&old), old.boot), (vec![1, 2], Uuid::from_u128(1)));
    assert_eq!(old.last, before[1]);
    bench.spool.acknowledge(old.last);
    let new = bench.next(9).unwrap();
    assert_eq!((ids(&new), new.boot), (vec![3], Uuid::from_u128(2)));
}

#[test]
fn a_batch_holds_at_least_one_round_and_about_as_many_bytes_as_asked() {
    let mut bench = Bench::new();
    bench.append_all(1..=4);
    let one = bench.spool.next_batch(9, 1, bench.now).unwrap();
    assert_eq!(ids(&one), [1]);
    let size = one.items[0].json.len();
    let two = bench.spool.next_batch(9, 2 * size + 10, bench.now).unwrap();
    assert_eq!(ids(&two), [1, 2]);
}
