//! What a store in a file owes beyond the promises of every store: whose file it
//! is, what is wrong with it, and that its log stays small.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use vedette_collector::store::sqlite::Sqlite;
use vedette_collector::store::{Batch, Body, Keepsake, Question, Retry, StoreError, Texts};
use vedette_triage::{AlertId, Change, DeliveryId, IncidentId, Revision, State};

use crate::records::{
    account, alert, at, batch, decision, delivery, digest, entry, host, incident, recurrence,
    silence, ticket,
};
use crate::site::{MANY, Site, state_of, timeline_before};

#[test]
fn a_file_of_another_program_is_refused_and_left_as_it_is() {
    let (_directory, path) = place();
    sql(
        &path,
        "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')",
    );
    let before = std::fs::read(&path).expect("it is there");
    broken(
        Sqlite::open(&path),
        "vedette.db: it is a database of another program",
    );
    broken(Sqlite::open_reader(&path), "another program");
    assert_eq!(std::fs::read(&path).expect("it is there"), before);
}

#[test]
fn what_is_no_database_is_refused_and_left_as_it_is() {
    let (_directory, path) = place();
    let text = "a text that somebody keeps under this name\n".repeat(100);
    std::fs::write(&path, &text).expect("it can be written");
    broken(Sqlite::open(&path), "not a database");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), text);
}

#[test]
fn a_file_of_a_newer_version_is_refused_with_what_to_do() {
    let (_directory, path) = place();
    drop(Sqlite::open(&path));
    sql(&path, "PRAGMA user_version = 99");
    broken(Sqlite::open(&path), "schema is version 99");
    broken(Sqlite::open_reader(&path), "start the newer program");
}

/// `version_1.sql` is what the version before wrote, as `.dump` and both numbers in the header.
#[test]
fn a_file_of_the_version_before_is_loaded_as_it_was_and_goes_on() {
    let (directory, path) = place();
    sql(&path, include_str!("version_1.sql"));
    let mut site = Site::at_path(path, Some(directory));
    assert_eq!((site.loaded.number.0, site.loaded.epoch), (3, 2));
    assert_eq!(site.loaded.now, Some(at(500)));
    assert_eq!(site.loaded.ends, [(AlertId(1), at(700))]);
    let state = state_of(&site.loaded);
    let first = state.alert(AlertId(1)).expect("it was put");
    assert_eq!(first.about, alert(1, Some(1), 4).about);
    assert_eq!(state.incidents().len(), 1);
    assert_eq!(state.hosts().len(), 1);
    assert_eq!(state.silences().len(), 1);
    assert_eq!(site.due("desk", at(MANY)), [2]);
    assert!(site.incident(2).is_some(), "it is archived");
    assert_eq!(site.timeline(1, MANY).len(), 1);
    assert_eq!(site.recording().first, None, "nothing was recorded");
    site.commit(vec![Change::PutIncident(incident(3, None, 0))]);
    assert_eq!(site.recording().first.map(|(number, _)| number.0), Some(4));
    site.restart_and_compare();
}

#[test]
fn an_unreadable_record_stops_the_load_and_is_named() {
    let tables = [
        "alerts",
        "incidents",
        "tickets",
        "hosts",
        "silences",
        "accounts",
        "recurrences",
        "digests",
    ];
    for table in tables {
        for (damage, expected) in [
            ("body = substr(body, 1, 20)", "is unreadable"),
            ("form = 2", "written by a newer version"),
        ] {
            let mut site = Site::in_sqlite();
            site.commit(vec![
                Change::PutAlert(alert(7, Some(7), 0)),
                Change::PutIncident(incident(7, None, 0)),
                Change::PutTicket(ticket(7, "desk", 0)),
                Change::PutHost(host("7", 0)),
                Change::PutSilence(silence("7", 0)),
                Change::PutAccount(account("7", 0)),
                Change::PutRecurrence(recurrence("7", 0)),
                Change::PutDigest(digest("7", 0)),
            ]);
            sql(&site.path(), &format!("UPDATE {table} SET {damage}"));
            let loaded = site.writer.load();
            let (named, epoch) = (format!("{table} 7"), site.loaded.epoch);
            broken(loaded, &named);
            broken(site.writer.load(), expected);
            // A load that fails takes nothing from whoever loaded before.
            sql(&site.path(), &format!("DELETE FROM {table}"));
            let loaded = site.writer.load().expect("it loads");
            assert_eq!(loaded.epoch, epoch + 1);
        }
    }
}

#[test]
fn a_reader_answers_and_never_writes() {
    let mut site = Site::in_sqlite();
    site.commit(vec![Change::PutIncident(incident(1, None, 0))]);
    refused(site.reader.load());
    let batch = next(&site);
    refused(site.reader.commit(&batch));
    refused(site.reader.retry(&[]));
    refused(site.reader.extend(at(0), &[]));
    let texts = Texts {
        revision: Revision(1),
        body: Body::default(),
    };
    refused(site.reader.keep(&Keepsake::Texts(texts)));
    refused(site.reader.forget(&timeline_before(at(0))));
    assert!(site.incident(1).is_some());
}

#[test]
fn a_place_that_is_not_there_is_away_and_named() {
    let (directory, path) = place();
    for opened in [
        Sqlite::open(&directory.path().join("nowhere/vedette.db")),
        Sqlite::open_reader(&path),
    ] {
        match opened {
            Err(StoreError::Away(why)) => assert!(why.contains("vedette.db"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_store_that_is_locked_by_somebody_is_away_and_comes_back() {
    let mut site = Site::in_sqlite();
    let other = Connection::open(site.path()).expect("it opens");
    other
        .execute_batch("BEGIN IMMEDIATE")
        .expect("it can be locked");
    let batch = next(&site);
    match site.writer.commit(&batch) {
        Err(StoreError::Away(_)) => {}
        other => panic!("{other:?}"),
    }
    other.execute_batch("ROLLBACK").expect("it can be let go");
    site.loaded = site.writer.load().expect("it loads");
    site.commit(Vec::new());
}

#[test]
fn at_rest_the_log_is_folded_into_the_file() {
    let mut site = Site::in_sqlite();
    site.commit(vec![Change::PutAlert(alert(1, None, 0))]);
    let alerts_without_log = |site: &Site| {
        let (_directory, copy) = place();
        std::fs::copy(site.path(), &copy).expect("it can be copied");
        let copy = Connection::open(copy).expect("it opens");
        let count = copy.query_row("SELECT count(*) FROM alerts", [], |row| {
            row.get::<_, u32>(0)
        });
        count.unwrap_or(0)
    };
    assert_eq!(alerts_without_log(&site), 0);
    site.writer.rest();
    assert_eq!(alerts_without_log(&site), 1);
}

#[test]
fn under_load_the_log_does_not_grow_without_end() {
    let mut site = Site::in_sqlite();
    site.commit(vec![Change::AddDelivery(delivery(1, (1, "desk"), 1))]);
    let retry = Retry {
        delivery: DeliveryId(1),
        next_at: at(1),
        attempts: 1,
        unknown_since: None,
        answer: "x".repeat(10_000_000),
    };
    for _ in 0..20 {
        // A reader that comes and goes must not keep the log from being used again.
        site.backlog();
        site.writer
            .retry(std::slice::from_ref(&retry))
            .expect("it is noted");
    }
    let log = site.path().with_extension("db-wal");
    let bytes = std::fs::metadata(log).expect("it is there").len();
    assert!(bytes < 100 << 20, "the log has {bytes} bytes");
}

#[test]
fn an_answer_that_cannot_be_read_is_broken_and_named() {
    let mut site = Site::in_sqlite();
    site.commit_with(Vec::new(), vec![entry(Some(1), None, "opened")]);
    sql(&site.path(), "UPDATE timeline SET body = '[{]'");
    let incident = IncidentId(1);
    let question = Question::Timeline {
        incident,
        at_most: 1,
    };
    broken(site.reader.ask(&question), "timeline 1");
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary folder can be made");
    let path = directory.path().join("vedette.db");
    (directory, path)
}

fn sql(path: &Path, text: &str) {
    let connection = Connection::open(path).expect("it opens");
    connection.execute_batch(text).expect("it is sound");
}

fn next(site: &Site) -> Batch {
    let nothing = vec![decision(at(0), Vec::new(), Vec::new())];
    batch(&site.loaded, &mut State::default(), nothing)
}

#[track_caller]
fn broken<T: std::fmt::Debug>(outcome: Result<T, StoreError>, expected: &str) {
    match outcome {
        Err(StoreError::Broken(why)) => assert!(why.contains(expected), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(
        matches!(outcome, Err(StoreError::Refused(_))),
        "{outcome:?}"
    );
}
