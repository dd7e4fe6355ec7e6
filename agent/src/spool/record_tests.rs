//! Good records survive whatever happens around them.

#![allow(clippy::unwrap_used)]

use vedette_wire::{Event, EventKind, Goodbye, Sample};

use super::*;

#[test]
fn a_record_is_read_as_it_was_written() {
    let record = record(3, true);
    let mut segment = Vec::new();
    record.write(&mut segment);
    assert_eq!(segment.len() as u64, record.bytes());
    let end = segment.len();
    let found = find(&segment, 0, Until::End);
    assert_eq!(found, Some(Found::Record { record, end }));
    assert_eq!(find(&segment, end, Until::End), None);
}

#[test]
fn the_round_in_a_record_has_the_records_number() {
    let round: Round = serde_json::from_slice(&record(42, false).json().unwrap()).unwrap();
    assert_eq!(round.seq, 42);
    assert_eq!(round.samples.len(), 2);
}

#[test]
fn each_part_of_a_round_goes_into_its_own_queue_and_nothing_twice() {
    let check = |round: &Round, expected: [Option<[usize; 2]>; 2]| {
        let parts = [Queue::State, Queue::Samples].map(|queue| {
            let part = part(round, queue)?;
            Some([part.events.len(), part.samples.len()])
        });
        assert_eq!(parts, expected);
    };
    let round = of_samples(1, true);
    check(&round, [Some([1, 0]), Some([0, 2])]);
    check(&of_samples(1, false), [None, Some([0, 2])]);
    let goodbye = Round {
        samples: Vec::new(),
        ..round
    };
    check(&goodbye, [Some([1, 0]), None]);
    let nothing = Round {
        events: Vec::new(),
        ..goodbye
    };
    check(&nothing, [None, Some([0, 0])]);
}

#[test]
fn what_is_left_of_a_record_is_written_with_it() {
    for grain in [Grain::Whole, Grain::Minute, Grain::Events] {
        for queue in [Queue::State, Queue::Samples] {
            let record = Record {
                grain,
                queue,
                ..record(1, true)
            };
            let mut segment = Vec::new();
            record.write(&mut segment);
            let end = segment.len();
            let found = find(&segment, 0, Until::End);
            assert_eq!(found, Some(Found::Record { record, end }));
        }
    }
}

#[test]
fn a_record_in_another_epoch_keeps_its_number_and_content() {
    let renamed = record(3, true).renamed(Uuid::from_u128(9));
    assert_eq!(renamed.place.epoch, Uuid::from_u128(9));
    assert_eq!(renamed.round().unwrap(), record(3, true).round().unwrap());
}

#[test]
fn a_record_cut_at_any_byte_is_never_taken_for_whole() {
    let mut segment = Vec::new();
    record(1, false).write(&mut segment);
    for length in 1..segment.len() {
        let found = find(&segment[..length], 0, Until::More);
        assert!(matches!(found, Some(Found::Cut { needed }) if needed > length));
        let found = find(&segment[..length], 0, Until::End);
        assert_eq!(found, Some(Found::Damage { end: length }));
    }
}

proptest::proptest! {
    #[test]
    fn flipping_a_byte_costs_one_record_at_most(at: proptest::sample::Index, mask in 1u8..) {
        let mut segment = Vec::new();
        let mut ends = Vec::new();
        for seq in 1..=5 {
            record(seq, false).write(&mut segment);
            ends.push(segment.len());
        }
        let at = at.index(segment.len());
        segment[at] ^= mask;
        let hit = ends.iter().position(|end| at < *end).unwrap() as u64 + 1;
        let good: Vec<u64> = seqs(&segment);
        let expected: Vec<u64> = (1..=5).filter(|seq| *seq != hit).collect();
        proptest::prop_assert_eq!(good, expected);
    }

    #[test]
    fn rubbish_between_records_costs_no_record(rubbish: Vec<u8>) {
        let mut segment = rubbish.clone();
        record(1, false).write(&mut segment);
        segment.extend(&rubbish);
        record(2, true).write(&mut segment);
        proptest::prop_assert_eq!(seqs(&segment), vec![1, 2]);
    }
}

fn seqs(segment: &[u8]) -> Vec<u64> {
    let mut seqs = Vec::new();
    let mut at = 0;
    while let Some(found) = find(segment, at, Until::End) {
        at = match found {
            Found::Record { record, end } => {
                seqs.push(record.place.seq);
                end
            }
            Found::Damage { end } => end,
            Found::Cut { .. } => panic!("nothing is cut where nothing follows"),
        };
    }
    seqs
}

fn record(seq: u64, eventful: bool) -> Record {
    let place = Place {
        epoch: Uuid::from_u128(1),
        seq,
    };
    let round = of_samples(seq, eventful);
    Record::new(round, Queue::Samples, place, Uuid::from_u128(2))
}

fn of_samples(seq: u64, eventful: bool) -> Round {
    let sample = |value| Sample {
        name: "system.uptime".to_owned(),
        attributes: Default::default(),
        value,
    };
    let event = Event {
        id: "e".to_owned(),
        wall_ms: 1,
        kind: EventKind::Goodbye {
            reason: Goodbye::Reboot,
        },
    };
    Round {
        seq,
        wall_ms: 1_700_000_000_000,
        mono_ms: 5_000,
        interval_s: 15.0,
        probes: Vec::new(),
        samples: vec![sample(1.0), sample(2.0)],
        checks: Vec::new(),
        events: if eventful { vec![event] } else { Vec::new() },
    }
}
