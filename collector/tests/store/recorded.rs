//! What every store promises about what is recorded for a replay.

use vedette_collector::store::{
    Answers, Body, CommitNumber, FORGOTTEN_MAX, Keepsake, Limits, Part, Question,
    RECORDS_BYTES_MAX, RecordRow, StoreError, Texts,
};
use vedette_triage::{AlertId, Change, Revision, Timestamp};

use crate::records::{alert, at, batch, decision, delivery, entry, record};
use crate::site::{MANY, Site, every_store};

#[test]
fn the_record_of_a_commit_is_kept_with_it_in_order_and_comes_a_page_at_a_time() {
    every_store(|site| {
        for second in 0..5 {
            commit_at(site, second, 100);
        }
        site.restart();
        let numbers =
            |rows: Vec<RecordRow>| -> Vec<u64> { rows.iter().map(|row| row.number.0).collect() };
        assert_eq!(numbers(records(site, 0, MANY)), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(records(site, 2, 2)), [3, 4]);
        assert_eq!(numbers(records(site, 5, MANY)), [0; 0]);
        let row = records(site, 2, 1).remove(0);
        assert_eq!((row.at, row.record.policy), (at(2), Revision(3)));
        assert_eq!(row.record.body, body(100));
        let recording = site.recording();
        assert_eq!(recording.first, Some((CommitNumber(1), at(0))));
        assert_eq!(recording.last, Some((CommitNumber(5), at(4))));
        assert_eq!(recording.bytes, 500);
    });
}

#[test]
fn a_page_of_large_records_ends_early_and_is_never_empty() {
    every_store(|site| {
        for second in 0..3 {
            commit_at(site, second, RECORDS_BYTES_MAX - 1);
        }
        assert_eq!(records(site, 0, MANY).len(), 2);
        assert_eq!(records(site, 2, MANY).len(), 1);
    });
}

#[test]
fn a_refused_batch_leaves_no_record() {
    every_store(|site| {
        site.commit(vec![Change::AddDelivery(delivery(1, (1, "desk"), 1))]);
        let twice = vec![Change::AddDelivery(delivery(1, (1, "desk"), 1))];
        assert!(site.try_commit(twice).is_err());
        assert_eq!(records(site, 0, MANY).len(), 1);
        assert_eq!(site.recording().bytes, record().body.bytes.len() as u64);
    });
}

#[test]
fn a_load_says_which_ends_were_written_behind_until_the_alert_is_put_again() {
    every_store(|site| {
        site.commit(vec![
            Change::PutAlert(alert(1, None, 4)), // valid until 304
            Change::PutAlert(alert(2, None, 6)), // one of ours: no end
            Change::PutAlert(alert(3, None, 4)),
        ]);
        let ends = [1, 2, 3, 4].map(|id| (AlertId(id), at(700)));
        site.writer.extend(at(4), &ends).expect("it is noted");
        for _ in 0..2 {
            site.restart();
            assert_eq!(
                site.loaded.ends,
                [(AlertId(1), at(700)), (AlertId(3), at(700))]
            );
        }
        site.commit(vec![
            Change::PutAlert(alert(1, None, 8)),
            Change::DropAlert(AlertId(3)),
        ]);
        site.restart();
        assert_eq!(site.loaded.ends, []);
    });
}

#[test]
fn a_snapshot_is_one_as_soon_as_no_part_is_missing() {
    every_store(|site| {
        commit_at(site, 1, 10);
        for part in [2, 0] {
            site.writer
                .keep(&snapshot(1, (part, 3), 1))
                .expect("it is kept");
            assert_eq!(site.recording().snapshots, []);
        }
        for _ in 0..2 {
            site.writer
                .keep(&snapshot(1, (1, 3), 1))
                .expect("it is kept");
        }
        site.restart();
        let heads = site.recording().snapshots;
        assert_eq!(heads.len(), 1);
        assert_eq!(
            (heads[0].number, heads[0].at, heads[0].parts),
            (CommitNumber(1), at(1), 3)
        );
        assert_eq!(Some(snapshot(1, (1, 3), 1)), part(site, 1, 1));
        assert_eq!(part(site, 1, 3), None);
        assert_eq!(part(site, 2, 0), None);
    });
}

#[test]
fn whoever_loaded_before_keeps_nothing() {
    every_store(|site| {
        let (mut old, _) = site.take_over();
        let outcome = old.keep(&texts(1));
        assert!(matches!(outcome, Err(StoreError::Taken(_))), "{outcome:?}");
        assert_eq!(site.recording().policies, []);
    });
}

#[test]
fn records_are_forgotten_up_to_the_newest_snapshot_that_is_old_enough() {
    every_store(|site| {
        for second in [10, 20, 30, 40] {
            commit_at(site, second, 100);
            commit_at(site, second + 1, 100);
            let number = site.loaded.number.0 - 1;
            site.writer
                .keep(&snapshot(number, (0, 1), second))
                .expect("it is kept");
        }
        // Never finished, and a whole one came after.
        site.writer
            .keep(&snapshot(6, (0, 2), 31))
            .expect("it is kept");
        site.forget(&recorded_before(9));
        assert_eq!(first(site), Some(1));
        site.forget(&recorded_before(35));
        let recording = site.recording();
        assert_eq!(first(site), Some(6), "5 is in the snapshot");
        assert_eq!(snapshots(site), [5, 7]);
        assert_eq!(recording.bytes, 300);
        assert_eq!(part(site, 6, 0), None);
        site.forget(&recorded_before(1_000));
        assert_eq!(snapshots(site), [7], "the newest is where all begins");
        assert_eq!(first(site), Some(8));
    });
}

#[test]
fn what_comes_before_the_first_snapshot_is_forgotten_by_its_age() {
    every_store(|site| {
        for second in [10, 20, 30] {
            commit_at(site, second, 100);
        }
        site.forget(&recorded_before(20));
        assert_eq!(first(site), Some(2));
        site.writer
            .keep(&snapshot(2, (0, 1), 25))
            .expect("it is kept");
        site.forget(&recorded_before(24));
        assert_eq!(first(site), Some(3));
        assert_eq!(snapshots(site), [2]);
    });
}

#[test]
fn of_too_many_bytes_the_oldest_go_as_far_as_a_later_snapshot_replaces_them() {
    every_store(|site| {
        for second in [10, 20, 30] {
            commit_at(site, second, 100);
            let number = site.loaded.number.0;
            site.writer
                .keep(&snapshot(number, (0, 1), second))
                .expect("it is kept");
            commit_at(site, second, 100);
        }
        let limits = |inputs_bytes| Limits {
            inputs_bytes,
            ..recorded_before(0)
        };
        site.forget(&limits(600));
        assert_eq!(first(site), Some(1));
        site.forget(&limits(599));
        assert_eq!((first(site), snapshots(site)), (Some(4), vec![3, 5]));
        site.forget(&limits(0));
        assert_eq!((first(site), snapshots(site)), (Some(6), vec![5]));
        assert_eq!(site.recording().bytes, 100);
    });
}

#[test]
fn records_are_forgotten_a_bounded_number_at_a_time() {
    every_store(|site| {
        for _ in 0..FORGOTTEN_MAX + 1 {
            commit_at(site, 1, 1);
        }
        let forget = |site: &mut Site| site.writer.forget(&recorded_before(9)).expect("it forgets");
        assert_eq!(forget(site), FORGOTTEN_MAX);
        assert_eq!(forget(site), 1);
        assert_eq!(forget(site), 0);
    });
}

#[test]
fn the_files_of_a_policy_are_kept_as_long_as_a_line_a_record_or_the_present_names_it() {
    every_store(|site| {
        for revision in [1, 2, 3] {
            site.writer.keep(&texts(revision)).expect("it is kept");
        }
        let told = vec![entry(None, Some("db-7"), "told by 1")];
        let one = batch(
            &site.loaded,
            &mut site.state,
            vec![decision(at(1), Vec::new(), told)],
        );
        let mut one = one;
        (one.revision, one.record.policy) = (Revision(1), Revision(1));
        site.writer.commit(&one).expect("it commits");
        site.loaded.number = one.number;
        commit_at(site, 2, 10);
        let kept = |site: &mut Site| site.recording().policies;
        site.forget(&Limits {
            timeline: at(1),
            ..recorded_before(2)
        });
        assert_eq!(kept(site), [1, 2, 3].map(Revision), "a line names 1");
        site.forget(&Limits {
            timeline: at(2),
            ..recorded_before(1)
        });
        assert_eq!(kept(site), [Revision(3)], "of what is left all names 3");
        assert_eq!(asked(site, 3), Some(texts(3)));
        assert_eq!(asked(site, 1), None);
        site.forget(&Limits {
            timeline: at(9),
            ..recorded_before(9)
        });
        assert_eq!(kept(site), [Revision(3)], "it is in force");
    });
}

/// Nothing else is old.
fn recorded_before(second: u32) -> Limits {
    Limits {
        timeline: Timestamp::MIN,
        inputs: at(second),
        inputs_bytes: u64::MAX,
    }
}

fn body(bytes: usize) -> Body {
    Body {
        form: 1,
        bytes: vec![7; bytes],
    }
}

/// Commits something at that time that was decided on so many bytes.
fn commit_at(site: &mut Site, second: u32, bytes: usize) {
    let nothing = vec![decision(at(second), Vec::new(), Vec::new())];
    let mut batch = batch(&site.loaded, &mut site.state, nothing);
    batch.record.body = body(bytes);
    site.writer.commit(&batch).expect("it commits");
    site.loaded.number = batch.number;
}

fn snapshot(number: u64, (part, parts): (u32, u32), second: u32) -> Keepsake {
    Keepsake::Part(Part {
        number: CommitNumber(number),
        at: at(second),
        part,
        parts,
        body: body(part as usize),
    })
}

fn texts(revision: u64) -> Keepsake {
    Keepsake::Texts(Texts {
        revision: Revision(revision),
        body: body(20),
    })
}

fn records(site: &mut Site, after: u64, at_most: u32) -> Vec<RecordRow> {
    let after = CommitNumber(after);
    match site.reader.ask(&Question::Records { after, at_most }) {
        Ok(Answers::Records(rows)) => rows,
        other => panic!("{other:?}"),
    }
}

fn part(site: &mut Site, number: u64, part: u32) -> Option<Keepsake> {
    let number = CommitNumber(number);
    match site.reader.ask(&Question::Part { number, part }) {
        Ok(Answers::Part(part)) => part.map(Keepsake::Part),
        other => panic!("{other:?}"),
    }
}

fn asked(site: &mut Site, revision: u64) -> Option<Keepsake> {
    match site.reader.ask(&Question::Texts(Revision(revision))) {
        Ok(Answers::Texts(texts)) => texts.map(Keepsake::Texts),
        other => panic!("{other:?}"),
    }
}

fn first(site: &mut Site) -> Option<u64> {
    site.recording().first.map(|(number, _)| number.0)
}

fn snapshots(site: &mut Site) -> Vec<u64> {
    let heads = site.recording().snapshots;
    heads.iter().map(|head| head.number.0).collect()
}
