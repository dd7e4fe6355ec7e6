//! What a store in PostgreSQL owes beyond the promises of every store: whose database it is, what
//! is wrong with it, and that nothing is lost with a connection.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use vedette_collector::store::postgres::Postgres;
use vedette_collector::store::{
    Batch, Body, Keepsake, Loaded, Question, Retry, Store, StoreError, Texts,
};
use vedette_triage::{Change, DeliveryId, IncidentId, Revision, State};

use crate::kill::{check, whole};
use crate::records::{
    account, alert, at, batch, decision, delivery, digest, entry, host, incident, recurrence,
    ruling, silence, ticket,
};
use crate::server::{self, How, Person, Postgres as Server, parsed, sql};
use crate::site::{Place, Site, state_of, timeline_before};

const PASSWORD: &str = "tops3cret";
/// Crashes of the server in the middle of commits.
const CRASHES: u32 = 8;

#[test]
fn tables_of_another_program_are_refused_and_left_as_they_are() {
    let Some(url) = server::new_schema() else {
        return;
    };
    sql(
        &url,
        "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')",
    );
    broken(Postgres::open(&parsed(&url)), "tables of another program");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
    assert_eq!(Person::at(&url).asks(tables), 1);
}

#[test]
fn a_schema_of_a_newer_version_is_refused_with_what_to_do() {
    let Some(url) = server::new_schema() else {
        return;
    };
    drop(Postgres::open(&parsed(&url)).expect("it opens"));
    sql(&url, "UPDATE vedette_schema SET version = 99");
    broken(Postgres::open(&parsed(&url)), "schema is version 99");
    broken(Postgres::open(&parsed(&url)), "start the newer program");
    away(Postgres::open_reader(&parsed(&url)), "not made yet");
}

#[test]
fn a_schema_that_is_not_there_is_named_so_and_an_empty_one_is_not_read() {
    let Some(url) = server::new_schema() else {
        return;
    };
    away(Postgres::open_reader(&parsed(&url)), "not made yet");
    let nowhere = format!("{url}_not");
    away(Postgres::open(&parsed(&nowhere)), "CREATE SCHEMA");
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
        "rulings",
    ];
    let Some(url) = server::new_schema() else {
        return;
    };
    let mut site = Site::at(Place::Database(url.clone()), None);
    let records = vec![
        Change::PutAlert(alert(7, Some(7), 0)),
        Change::PutIncident(incident(7, None, 0)),
        Change::PutTicket(ticket(7, "desk", 0)),
        Change::PutHost(host("7", 0)),
        Change::PutSilence(silence("7", 0)),
        Change::PutAccount(account("7", 0)),
        Change::PutRecurrence(recurrence("7", 0)),
        Change::PutDigest(digest("7", 0)),
        Change::PutRuling(ruling("7", 0)),
    ];
    for table in tables {
        for (damage, expected) in [
            ("body = substr(body, 1, 20)", "is unreadable"),
            ("form = 2", "written by a newer version"),
        ] {
            site.commit(records.clone());
            sql(&url, &format!("UPDATE {table} SET {damage}"));
            let named = if table == "rulings" { "rulings " } else { "7" };
            broken(site.writer.load(), table);
            broken(site.writer.load(), named);
            broken(site.writer.load(), expected);
            // A load that fails takes nothing from whoever loaded before.
            sql(&url, &format!("DELETE FROM {table}"));
            let epoch = site.loaded.epoch;
            site.loaded = site.writer.load().expect("it loads");
            assert_eq!(site.loaded.epoch, epoch + 1);
        }
    }
}

#[test]
fn a_reader_answers_and_never_writes() {
    let Some(mut site) = Site::in_postgres() else {
        return;
    };
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
fn a_second_collector_is_refused_while_the_first_runs_and_told_who_that_is() {
    let Some(url) = server::new_schema() else {
        return;
    };
    let first = Postgres::open_alone(&parsed(&url)).expect("it opens");
    match Postgres::open_alone(&parsed(&url)) {
        Err(StoreError::Taken(why)) => {
            for word in [
                "another collector uses it",
                "vedette-collector",
                "another database",
            ] {
                assert!(why.contains(word), "{why}");
            }
        }
        other => panic!("{other:?}"),
    }
    let elsewhere = server::new_schema().expect("there is a server");
    Postgres::open_alone(&parsed(&elsewhere)).expect("another schema is another store");
    drop(first);
    Postgres::open_alone(&parsed(&url)).expect("it is free");
}

#[test]
fn a_store_that_is_locked_by_somebody_is_away_and_comes_back() {
    let Some(url) = server::new_schema() else {
        return;
    };
    let mut site = Site::at(Place::Database(url.clone()), None);
    let person = Person::at(&url);
    person.does("BEGIN; LOCK TABLE records IN ACCESS EXCLUSIVE MODE");
    let batch = next(&site);
    away(site.writer.commit(&batch), "lock timeout");
    person.does("ROLLBACK");
    site.loaded = site.writer.load().expect("it loads");
    assert_eq!(site.loaded.number.0, 0);
    site.commit(Vec::new());
}

#[test]
fn a_connection_that_is_cut_while_nobody_calls_costs_nothing() {
    let Some(server) = Server::start(How::Cheap, 0) else {
        return;
    };
    let url = server.url();
    let mut owner = Postgres::open_alone(&parsed(&url)).expect("it opens");
    let loaded = owner.load().expect("it loads");
    std::thread::sleep(Duration::from_millis(1_100));
    sql(
        &url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vedette-collector'",
    );
    let nothing = vec![decision(at(0), Vec::new(), Vec::new())];
    let batch = batch(&loaded, &mut State::default(), nothing);
    owner
        .commit(&batch)
        .expect("it connects again, and commits");
    assert!(
        matches!(
            Postgres::open_alone(&parsed(&url)),
            Err(StoreError::Taken(_))
        ),
        "it has its lock again"
    );
}

#[test]
fn a_connection_whose_other_end_still_thinks_it_lives_is_ended_there_before_the_next() {
    let Some(url) = server::new_schema() else {
        return;
    };
    let mut owner = Postgres::open_alone(&parsed(&url)).expect("it opens");
    let loaded = owner.load().expect("it loads");
    // A table that is locked for longer than is waited for: the connection is given up, and the
    // process that served it may still be there with its lock when the next one comes.
    let person = Person::at(&url);
    person.does("BEGIN; LOCK TABLE records IN ACCESS EXCLUSIVE MODE");
    let nothing = vec![decision(at(0), Vec::new(), Vec::new())];
    let batch = batch(&loaded, &mut State::default(), nothing);
    away(owner.commit(&batch), "lock timeout");
    person.does("ROLLBACK");
    let again = owner.load().expect("it is not in its own way");
    assert_eq!((again.number.0, again.epoch), (0, loaded.epoch + 1));
}

#[test]
fn whoever_lost_its_connection_and_then_its_place_is_told_that_it_is_over() {
    let Some(server) = Server::start(How::Cheap, 0) else {
        return;
    };
    let url = server.url();
    let mut owner = Postgres::open_alone(&parsed(&url)).expect("it opens");
    let loaded = owner.load().expect("it loads");
    std::thread::sleep(Duration::from_millis(1_100));
    sql(
        &url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vedette-collector'",
    );
    let mut second = Postgres::open_alone(&parsed(&url)).expect("it is free");
    let others = second.load().expect("it loads");
    let nothing = || vec![decision(at(0), Vec::new(), Vec::new())];
    let late = batch(&loaded, &mut State::default(), nothing());
    assert!(matches!(owner.commit(&late), Err(StoreError::Taken(_))));
    assert!(
        matches!(owner.load(), Err(StoreError::Taken(_))),
        "nor does it take it back"
    );
    let next = batch(&others, &mut State::default(), nothing());
    second.commit(&next).expect("it goes on");
}

#[test]
fn a_server_that_takes_connections_and_answers_nothing_is_away_in_bounded_time() {
    let Some(mut server) = Server::start(How::Cheap, 0) else {
        return;
    };
    let url = server.url();
    let mut owner = Postgres::open_alone(&parsed(&url)).expect("it opens");
    let loaded = owner.load().expect("it loads");
    std::thread::sleep(Duration::from_millis(1_100));
    server.freeze();
    let begun = Instant::now();
    let nothing = vec![decision(at(0), Vec::new(), Vec::new())];
    let batch = batch(&loaded, &mut State::default(), nothing);
    away(owner.commit(&batch), "");
    away(owner.load(), "");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    server.thaw();
    back(&mut owner);
}

/// What it holds once it is back: after a connection that could not be made there is a pause in
/// which it is said to be away without being asked.
fn back(owner: &mut Postgres) -> Loaded {
    let begun = Instant::now();
    loop {
        match owner.load() {
            Ok(loaded) => return loaded,
            Err(StoreError::Away(_)) if begun.elapsed() < Duration::from_secs(30) => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(error) => panic!("it does not come back: {error:?}"),
        }
    }
}

#[test]
fn what_was_committed_survives_a_crash_of_the_server_at_any_point() {
    let Some(mut server) = Server::start(How::Durable, 0) else {
        return;
    };
    let url = server.url();
    let mut promised = 0;
    let mut owner = Postgres::open_alone(&parsed(&url)).expect("it opens");
    for round in 0..CRASHES {
        let mut loaded = back(&mut owner);
        assert!(loaded.number.0 >= promised, "{promised} was promised");
        let mut state = state_of(&loaded);
        let begun = Instant::now();
        let crash_after = Duration::from_millis(u64::from(round * 37 % 100));
        let failed = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(crash_after);
                server.crash();
            });
            loop {
                let id = loaded.number.0 + 1;
                let (changes, entries) = whole(id);
                let decisions = vec![decision(at(0), changes, entries)];
                match owner.commit(&batch(&loaded, &mut state, decisions)) {
                    Ok(()) => (loaded.number.0, promised) = (id, id),
                    Err(error) => return error,
                }
                assert!(
                    begun.elapsed() < Duration::from_secs(30),
                    "it never crashed"
                );
            }
        });
        assert!(
            matches!(failed, StoreError::Unknown(_) | StoreError::Away(_)),
            "{failed:?}"
        );
        away(owner.load(), "");
        server.start_again();
        promised = check(Place::Database(url.clone()), promised);
    }
    assert!(promised > 0);
}

#[test]
fn a_retry_of_ten_megabytes_goes_on_its_way_often() {
    let Some(mut site) = Site::in_postgres() else {
        return;
    };
    site.commit(vec![Change::AddDelivery(delivery(1, (1, "desk"), 1))]);
    let retry = Retry {
        delivery: DeliveryId(1),
        next_at: at(1),
        attempts: 1,
        unknown_since: None,
        answer: "x".repeat(10_000_000),
    };
    for _ in 0..5 {
        site.writer
            .retry(std::slice::from_ref(&retry))
            .expect("it is noted");
    }
    assert_eq!(site.deliveries(1)[0].answer.len(), 10_000_000);
}

#[test]
fn an_answer_that_cannot_be_read_is_broken_and_named_and_the_next_is_answered() {
    let Some(url) = server::new_schema() else {
        return;
    };
    let mut site = Site::at(Place::Database(url.clone()), None);
    site.commit_with(Vec::new(), vec![entry(Some(1), None, "opened")]);
    sql(&url, "UPDATE timeline SET body = '[{]'");
    let question = Question::Timeline {
        incident: IncidentId(1),
        at_most: 1,
    };
    broken(site.reader.ask(&question), "timeline 1.0");
    assert!(site.backlog().is_empty());
}

#[test]
fn whoever_cannot_connect_is_told_why_and_what_to_do_and_no_password_is_shown() {
    let port = free_port();
    let Some(server) = Server::start(How::Cheap, port) else {
        return;
    };
    let person = a_guarded_one(&server);
    person.does("CREATE DATABASE others");
    person.does("CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    let nobody = free_port();
    for (place, words) in [
        (
            format!("guarded:wr0ng@127.0.0.1:{port}/vedette"),
            ["authentication failed", "password_file"],
        ),
        (
            format!("guarded@127.0.0.1:{port}/vedette"),
            ["password missing", "password_file"],
        ),
        (
            format!("vedette@127.0.0.1:{port}/nowhere"),
            ["does not exist", "createdb --encoding UTF8"],
        ),
        (
            format!("somebody@127.0.0.1:{port}/vedette"),
            ["does not exist", "createuser somebody"],
        ),
        (
            format!("guarded:{PASSWORD}@127.0.0.1:{nobody}/vedette"),
            ["refused", "listens there"],
        ),
        (
            format!("guarded:{PASSWORD}@nowhere.invalid/vedette"),
            ["lookup", "listens there"],
        ),
        (
            format!("guarded:{PASSWORD}@127.0.0.1:{port}/others"),
            [
                "permission denied",
                "ALTER DATABASE others OWNER TO guarded",
            ],
        ),
        (
            format!("vedette@127.0.0.1:{port}/narrow"),
            ["LATIN1", "--encoding UTF8"],
        ),
    ] {
        let error =
            Postgres::open_alone(&parsed(&format!("postgres://{place}"))).expect_err(&place);
        let said = format!("{error} {error:?}");
        for word in words {
            assert!(said.contains(word), "{word:?} of {place}: {said}");
        }
        assert!(
            !said.contains(PASSWORD) && !said.contains("wr0ng"),
            "{said}"
        );
        assert!(!error.to_string().contains('\n'), "{said}");
    }
    let url = format!("postgres://guarded:{PASSWORD}@127.0.0.1:{port}/vedette");
    Postgres::open_alone(&parsed(&url)).expect("its owner may");
}

#[test]
fn the_password_is_taken_from_its_file_whatever_it_says_by_then() {
    let port = free_port();
    let Some(server) = Server::start(How::Cheap, port) else {
        return;
    };
    let person = a_guarded_one(&server);
    let directory = tempfile::tempdir().expect("a temporary folder can be made");
    let file = directory.path().join("password");
    let mut url = parsed(&format!("postgres://guarded@127.0.0.1:{port}/vedette"));
    url.password_file = Some(file.clone());
    away(Postgres::open(&url), "cannot be read");
    std::fs::write(&file, format!("{PASSWORD}\n")).expect("it can be written");
    let mut store = Postgres::open(&url).expect("it opens");
    store.load().expect("it loads");
    // It is changed while the collector runs, and the connection is cut.
    person.does("ALTER ROLE guarded PASSWORD 'an0ther'");
    person.does("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guarded'");
    std::fs::write(&file, "an0ther").expect("it can be written");
    std::thread::sleep(Duration::from_millis(1_100));
    store.load().expect("it connects with the new one");
}

#[test]
fn a_connection_is_encrypted_and_the_other_end_known_as_the_url_says() {
    let port = free_port();
    let Some(server) = Server::start(How::Cheap, port) else {
        return;
    };
    let certificate = server.certificate().display().to_string();
    let is_encrypted = "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
                        WHERE a.application_name = 'vedette-collector' AND s.ssl";
    let verified = format!("sslmode=verify-full&sslrootcert={certificate}");
    for (host, mode, encrypted) in [
        ("127.0.0.1", "sslmode=disable", 0),
        ("127.0.0.1", "sslmode=prefer", 1),
        ("127.0.0.1", "sslmode=require", 1),
        ("localhost", verified.as_str(), 1),
    ] {
        let url = format!("postgres://vedette@{host}:{port}/postgres?{mode}");
        let _open = Postgres::open(&parsed(&url)).expect(mode);
        assert_eq!(
            Person::at(&server.url()).asks(is_encrypted),
            encrypted,
            "{mode}"
        );
    }
    for (host, mode) in [
        // Its certificate is of another name, or of nobody whom this machine knows.
        ("127.0.0.1", verified.as_str()),
        ("localhost", "sslmode=verify-full"),
    ] {
        let url = format!("postgres://vedette@{host}:{port}/postgres?{mode}");
        away(Postgres::open(&parsed(&url)), "certificate");
    }
}

/// A user who has to give a password, with a database.
fn a_guarded_one(server: &Server) -> Person {
    let person = Person::at(&server.url());
    person.does(&format!("CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'"));
    person.does("CREATE DATABASE vedette OWNER guarded");
    person
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
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
fn away<T: std::fmt::Debug>(outcome: Result<T, StoreError>, expected: &str) {
    match outcome {
        Err(StoreError::Away(why)) => assert!(why.contains(expected), "{why}"),
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
