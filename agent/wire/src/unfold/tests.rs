//! What is folded and unfolded is what it was, and what is wrong is refused.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{CheckRun, CheckState, Event, EventKind, Folding, HostFacts, Stream};

fn report(rounds: Vec<Round>) -> Report {
    Report {
        wire: crate::WIRE_FOLDED,
        agent: "a-1".to_owned(),
        boot: "b-1".to_owned(),
        epoch: "e-1".to_owned(),
        stream: Stream::Live,
        host: HostFacts::default(),
        version: "0.1.0".to_owned(),
        sent_wall_ms: 90_000,
        sent_mono_ms: 50_000,
        rounds,
    }
}

fn round(seq: u64, samples: &[(&str, &str, f64)]) -> Round {
    let sample = |(name, device, value): &(&str, &str, f64)| Sample {
        name: (*name).to_owned(),
        attributes: match device.is_empty() {
            true => Default::default(),
            false => [("device".to_owned(), (*device).to_owned())].into(),
        },
        value: *value,
    };
    Round {
        seq,
        wall_ms: 80_000 + seq as i64,
        mono_ms: 40_000 + seq,
        interval_s: 15.0,
        probes: vec![
            ProbeRun {
                probe: "cpu".to_owned(),
                looked: Looked::Yes,
                took_ms: 3,
                every_s: None,
            },
            ProbeRun {
                probe: "unit".to_owned(),
                looked: Looked::No {
                    why: "no systemd".to_owned(),
                },
                took_ms: 0,
                every_s: Some(60.0),
            },
        ],
        samples: samples.iter().map(sample).collect(),
        checks: Vec::new(),
        events: Vec::new(),
    }
}

/// Folds, sends as JSON, and unfolds. Gives the length of the JSON.
#[track_caller]
fn there(folding: &mut Folding, table: &mut Table, report: &Report) -> usize {
    let json = json(folding, report);
    let folded = serde_json::from_slice(&json).unwrap();
    let read = table.unfold(folded, Arc::new).unwrap();
    assert_eq!(&read, report);
    // Minus zero equals zero, but is written otherwise.
    assert_eq!(format!("{read:?}"), format!("{report:?}"));
    json.len()
}

fn json(folding: &mut Folding, report: &Report) -> Vec<u8> {
    let mut folded = folding.begin(report, 15.0, true);
    for round in &report.rounds {
        folding.add(round, &mut folded).unwrap();
    }
    serde_json::to_vec(&folded).unwrap()
}

#[test]
fn what_is_folded_unfolds_to_what_it_was_to_the_bit() {
    let (mut folding, mut table) = (Folding::new(7), Table::default());
    let cases: &[&[(&str, &str, f64)]] = &[
        &[("io", "sda", 1.5), ("io", "sdb", -0.0), ("up", "", 1e300)],
        &[
            ("io", "sda", 1.5),
            ("io", "sdb", 0.0),
            ("up", "", 0.1 + 0.2),
        ],
        // One has gone, others came, some changed places, one is there twice.
        &[("up", "", 9_007_199_254_740_993.0), ("io", "sda", -7.0)],
        &[
            ("io", "sdc", 5e-324),
            ("up", "", 0.3),
            ("io", "sda", 1.0),
            ("up", "", 0.3),
        ],
        &[],
        // Names made to be mistaken for each other.
        &[
            ("io\0device\0sda", "", 3.0),
            ("io", "sda", 4.0),
            ("\0", "", 5.0),
            ("", "", 6.0),
        ],
        &[
            ("", "", 6.0),
            ("io", "sda", 4.0),
            ("io\0device", "", 7.0),
            ("io\0device\0sda", "", 3.0),
        ],
        &[("io", "sdb", 0.0), ("io", "sdc", f64::MAX)],
    ];
    for (seq, samples) in (1..).zip(cases) {
        let mut sent = report(vec![round(seq, samples), round(seq + 100, samples)]);
        sent.rounds[1].interval_s = 60.0;
        sent.rounds[1].wall_ms = 95_000;
        sent.rounds[0].mono_ms = 50_001;
        sent.rounds[0].checks.push(CheckRun {
            check: "web".to_owned(),
            kind: "http".to_owned(),
            about: None,
            state: CheckState::Ok,
            text: "200".to_owned(),
            took_ms: 5,
            every_s: None,
        });
        sent.rounds[1].events.push(Event {
            id: "ev".to_owned(),
            wall_ms: 1,
            kind: EventKind::Other,
        });
        there(&mut folding, &mut table, &sent);
    }
}

#[test]
fn a_name_and_a_value_that_were_said_are_not_said_again() {
    let (mut folding, mut table) = (Folding::new(7), Table::default());
    let many: Vec<String> = (0..100).map(|disk| format!("disk-{disk}")).collect();
    let samples: Vec<_> = many
        .iter()
        .map(|disk| ("system.disk.io", disk.as_str(), 12_345.5))
        .collect();
    let first = there(&mut folding, &mut table, &report(vec![round(1, &samples)]));
    let second = there(&mut folding, &mut table, &report(vec![round(2, &samples)]));
    assert!(first > 5_000 && second < 800, "{first} {second}");
}

#[test]
fn another_speaker_begins_with_an_empty_table() {
    let (mut folding, mut table) = (Folding::new(7), Table::default());
    let mut sent = report(vec![round(1, &[("up", "", 1.0)])]);
    there(&mut folding, &mut table, &sent);
    sent.host.name = "renamed".to_owned();
    there(&mut folding, &mut table, &sent);
    sent.epoch = "e-2".to_owned();
    there(&mut folding, &mut table, &sent);
}

#[test]
fn who_missed_a_report_says_so_instead_of_mistaking_one_series_for_another() {
    let (mut folding, mut table) = (Folding::new(7), Table::default());
    there(
        &mut folding,
        &mut table,
        &report(vec![round(1, &[("a", "", 1.0)])]),
    );
    // This one is lost.
    json(&mut folding, &report(vec![round(2, &[("b", "", 1.0)])]));
    let next = json(&mut folding, &report(vec![round(3, &[("b", "", 1.0)])]));
    let next: Folded = serde_json::from_slice(&next).unwrap();
    assert_eq!(table.unfold(next, Arc::new), Err(Unfoldable::UnknownBasis));

    // The names of a table that was given up are not used again.
    folding.reset();
    let late = json(&mut folding, &report(vec![round(4, &[("c", "", 1.0)])]));
    let late: Folded = serde_json::from_slice(&late).unwrap();
    assert_eq!((late.basis, late.makes > 9), (0, true));
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let cases = [
        (r#""rounds":[]"#, "speaker"),
        (
            r#"SPEAKER,"rounds":[{"seq":1,"ago_ms":[0,0],"samples":[[0,1]]}]"#,
            "rounds[0].samples",
        ),
        (
            r#"SPEAKER,"rounds":[{"seq":1,"ago_ms":[0,0],"probes":[[4294967295,1]]}]"#,
            "rounds[0].probes",
        ),
        (
            r#"SPEAKER,"series":[{"name":"a"}],"rounds":[{"seq":1,"ago_ms":[0,0],"samples":[[0,null]]}]"#,
            "rounds[0].samples",
        ),
        (
            r#"SPEAKER,"rounds":[{"seq":1,"ago_ms":[0,9000]}]"#,
            "rounds[0].ago_ms",
        ),
        (
            r#"SPEAKER,"rounds":[{"seq":1,"ago_ms":[-9223372036854775808,0]}]"#,
            "rounds[0].ago_ms",
        ),
    ];
    for (rest, expected) in cases {
        match read(rest) {
            Err(Unfoldable::Wrong { at, .. }) => assert_eq!(at, expected),
            other => panic!("{rest}: {other:?}"),
        }
    }
    assert_eq!(
        read(r#""basis":5,"rounds":[]"#),
        Err(Unfoldable::UnknownBasis)
    );
}

#[test]
fn a_small_body_does_not_unfold_to_a_large_report() {
    let long = "x".repeat(1_000);
    let series = format!(r#"SPEAKER,"series":[{{"name":"{long}"}}],"rounds":["#);
    let once = r#"{"seq":1,"ago_ms":[0,0],"samples":[[0,1],[0,1]]}"#;
    let rounds = |count: usize| format!("{series}{}]", vec![once; count].join(","));
    assert!(read(&rounds(1_900)).is_ok());
    assert_eq!(read(&rounds(2_500)), Err(Unfoldable::TooLarge));
}

fn read(rest: &str) -> Result<Report, Unfoldable> {
    let speaker =
        r#""speaker":{"boot":"b","epoch":"e","host":{"name":"h"},"version":"1","interval_s":15}"#;
    let text = format!(
        r#"{{"wire":2,"agent":"a","stream":"live","sent_wall_ms":5,"sent_mono_ms":5,{}}}"#,
        rest.replace("SPEAKER", speaker)
    );
    Table::default().unfold(serde_json::from_str(&text).unwrap(), Arc::new)
}

#[test]
fn a_table_that_only_grows_is_given_up() {
    let (mut table, long) = (Table::default(), "x".repeat(1_000));
    let mut folding = Folding::new(7);
    let names: Vec<String> = (0..4_000).map(|number| format!("{long}{number}")).collect();
    let mut errors = 0;
    for (seq, names) in (1..).zip(names.chunks(100)) {
        let samples: Vec<_> = names.iter().map(|name| (name.as_str(), "", 1.0)).collect();
        let json = json(&mut folding, &report(vec![round(seq, &samples)]));
        let folded = serde_json::from_slice(&json).unwrap();
        match table.unfold(folded, Arc::new) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, Unfoldable::TooLarge);
                errors += 1;
                break;
            }
        }
        assert!(table.bytes <= TABLE_BYTES_MAX);
    }
    assert_eq!(errors, 1);
}
