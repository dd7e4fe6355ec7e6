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
fn thinning_keeps_what_happened_and_nothing_else() {
    let thin = record(3, true).thinned().unwrap();
    let round: Round = serde_json::from_slice(&thin.json().unwrap()).unwrap();
    assert_eq!(
        (round.seq, round.samples.len(), round.events.len()),
        (3, 0, 1)
    );
    assert_eq!(record(3, false).thinned(), None);
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
    let round = Round {
        seq: 0,
        wall_ms: 1_700_000_000_000,
        mono_ms: 5_000,
        interval_s: 15.0,
        probes: Vec::new(),
        samples: vec![sample(1.0), sample(2.0)],
        checks: Vec::new(),
        events: if eventful { vec![event] } else { Vec::new() },
    };
    let place = Place {
        epoch: Uuid::from_u128(1),
        seq,
    };
    Record::new(&round, place, Uuid::from_u128(2))
}
