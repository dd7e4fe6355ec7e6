//! Collectors that read other forms of report, now or after a while.

use vedette_wire::{Sample, WIRE_FOLDED, WIRE_VERSION};

use super::*;

/// A collector of today.
fn reads_both(seen: &Seen) -> Answered {
    say(seen, &[WIRE_VERSION, WIRE_FOLDED])
}

/// A collector from before there was a short form. It cannot be sent one: its test would
/// not understand it.
fn reads_plain(seen: &Seen) -> Answered {
    match seen.report.wire {
        WIRE_VERSION => say(seen, &[WIRE_VERSION]),
        _ => reply(
            415,
            &serde_json::to_string(&Refusal {
                wire: vec![WIRE_VERSION],
                ..refusal("unknown_wire")
            })
            .unwrap(),
        ),
    }
}

fn say(seen: &Seen, reads: &[u32]) -> Answered {
    let answer = Answer {
        acknowledged: seen.whole(),
        collector_wall_ms: 0,
        wire: reads.to_vec(),
        ask: Vec::new(),
    };
    reply(200, &serde_json::to_string(&answer).unwrap())
}

impl Bench {
    /// Rounds of a host with many disks, `from` to `to`, each sent at once or not at all.
    async fn rounds(&mut self, from: u64, to: u64) {
        for id in from..=to {
            let sample = |disk: u32| Sample {
                name: "system.disk.io".to_owned(),
                attributes: [("device".to_owned(), format!("disk-{disk}"))].into(),
                value: f64::from(disk) * 1e6 + id as f64,
            };
            self.send(Round {
                interval_s: id as f64,
                mono_ms: self.stage.begun.elapsed().as_millis() as u64,
                events: Vec::new(),
                samples: (0..50).map(sample).collect(),
                ..goodbye()
            })
            .await;
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn forms(&self) -> Vec<u32> {
        let seen = self.seen();
        seen.iter().map(|seen| seen.report.wire).collect()
    }

    fn values(&self) -> Vec<f64> {
        let seen = self.seen();
        let rounds = seen.iter().flat_map(|seen| &seen.report.rounds);
        rounds.map(|round| round.samples[7].value).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn the_short_form_is_sent_to_whoever_says_that_it_reads_it() {
    let mut bench = Bench::new(reads_both);
    bench.rounds(1, 4).await;
    assert_eq!(bench.forms(), [1, 2, 2, 2]);
    assert_eq!(bench.values(), [7e6 + 1.0, 7e6 + 2.0, 7e6 + 3.0, 7e6 + 4.0]);
    assert_eq!(bench.seen()[3].report.host, bench.seen()[0].report.host);
    let bytes: Vec<usize> = bench.seen().iter().map(|seen| seen.bytes).collect();
    assert!(bytes[3] * 3 < bytes[0] * 2, "{bytes:?}");
}

#[tokio::test(start_paused = true)]
async fn an_older_collector_is_never_sent_what_it_does_not_read() {
    let mut bench = Bench::new(reads_plain);
    bench.rounds(1, 4).await;
    assert_eq!(bench.forms(), [1, 1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn after_a_downgrade_the_same_round_goes_out_once_more_in_the_plain_form() {
    let mut bench = Bench::new(reads_both);
    bench.rounds(1, 2).await;
    bench.collector(reads_plain);
    bench.rounds(3, 4).await;
    assert_eq!(bench.forms(), [1, 2, 2, 1, 1]);
    assert_eq!(bench.story()[2..], ["live 3: 3", "live 3: 3", "live 4: 4"]);
    assert_eq!((bench.spooled(), bench.tally.set_aside.get()), (0, 0));

    // And when it is upgraded again, it hears the short form again.
    bench.collector(reads_both);
    bench.rounds(5, 6).await;
    assert_eq!(bench.forms()[5..], [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_has_forgotten_what_was_said_costs_one_more_request_and_no_round() {
    let mut bench = Bench::new(reads_both);
    bench.rounds(1, 3).await;
    *bench.stage.table.lock().unwrap() = Table::default();
    bench.rounds(4, 6).await;
    assert_eq!(*bench.stage.unread.lock().unwrap(), 1);
    assert_eq!(bench.forms(), [1, 2, 2, 1, 2, 2]);
    let expected: Vec<f64> = (1..=6).map(|id| 7e6 + f64::from(id)).collect();
    assert_eq!(bench.values(), expected);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_costs_nothing_but_saying_all_of_it_once_more() {
    let mut bench = Bench::new(reads_both);
    bench.rounds(1, 2).await;
    // Taken, and the table has moved on, but nobody hears of it.
    bench.collector(away);
    bench.rounds(3, 3).await;
    bench.collector(reads_both);
    bench.forget_story();
    bench.rounds(4, 6).await;
    assert_eq!(*bench.stage.unread.lock().unwrap(), 0);
    assert!(bench.forms().iter().all(|form| *form == 2));
    let mut values = bench.values();
    values.sort_by(f64::total_cmp);
    values.dedup();
    assert_eq!(values, [7e6 + 3.0, 7e6 + 4.0, 7e6 + 5.0, 7e6 + 6.0]);
}

#[tokio::test(start_paused = true)]
async fn the_backlog_is_folded_too_and_builds_on_nothing() {
    let mut bench = Bench::new(reads_both);
    bench.rounds(1, 1).await;
    bench.collector(away);
    bench.rounds(2, 30).await;
    bench.forget_story();
    bench.collector(reads_both);
    *bench.stage.table.lock().unwrap() = Table::default();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let ids: Vec<u64> = bench.seen().iter().flat_map(Seen::ids).collect();
    assert_eq!(ids[0], 30, "the newest first, live");
    assert_eq!(ids[1..], (2..30).collect::<Vec<u64>>());
    assert!(bench.forms().iter().all(|form| *form == 2));
    let last = bench.seen().pop().unwrap();
    assert!(last.bytes < 50 * 28 * 6, "{} bytes", last.bytes);
    assert_eq!(bench.spooled(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_in_its_short_form_is_given_up_only_when_the_plain_one_is_refused_too() {
    let mut bench = Bench::new(|seen: &Seen| match seen.report.wire {
        WIRE_VERSION => reads_both(seen),
        _ => refuse(413, "too_large"),
    });
    bench.rounds(1, 3).await;
    assert_eq!(bench.tally.set_aside.get(), 0);
    assert_eq!(bench.spooled(), 0);
    bench.collector(|_: &Seen| refuse(400, "bad_name"));
    bench.rounds(4, 4).await;
    assert_eq!(bench.tally.set_aside.get(), 1);
    let kept = std::fs::read_dir(bench.dir.path().join("set-aside")).unwrap();
    let kept = std::fs::read_to_string(kept.last().unwrap().unwrap().path()).unwrap();
    assert!(
        kept.contains("disk-49"),
        "the plain form can be read by people"
    );
}
