//! A collector whose store is in PostgreSQL keeps what every collector promises: across kills, while
//! the database is away, and beside a second one.

use std::time::Duration;

use serde_json::Value;
use vedette_tests::collector::{Collector, Options, alert, resolved};
use vedette_tests::command::{Said, vedette};
use vedette_tests::postgres::{How, Postgres};
use vedette_tests::scratch::{Scratch, free_port};
use vedette_tests::ticket_system::{Ticket, TicketSystem};
use vedette_tests::wait::{PATIENCE, wait_until};

const MANY: usize = 30;
const PASSWORD: &str = "tops3cret";

fn labels(instance: &str) -> [(&str, &str); 3] {
    [
        ("alertname", "DiskFull"),
        ("instance", instance),
        ("severity", "critical"),
    ]
}

fn name(number: usize) -> String {
    format!("db-{number:03}")
}

fn on(url: &str) -> Options {
    Options::default().settings(&format!("[store]\nurl = \"{url}\"\n"))
}

/// Tickets go to `system`; closing is not delayed.
fn desk(system: &TicketSystem, url: &str) -> Options {
    let options = on(url).tickets_to(&system.url(), "generic", "");
    options.settings("[timers]\nclose_delay = \"0s\"\n")
}

/// Waits until there are `count` tickets, each of which was told exactly this.
#[track_caller]
fn check_told(system: &TicketSystem, count: usize, told: &[&str]) {
    let is_so = |ticket: &Ticket| ticket.texts("action") == told;
    let what = format!("{count} tickets that were each told {told:?}");
    let tickets = system.wait_for_tickets(&what, PATIENCE, |tickets| {
        tickets.len() >= count && tickets.iter().all(is_so)
    });
    assert_eq!(tickets.len(), count, "one ticket for each, and no other");
}

fn troubles(collector: &Collector) -> String {
    let status = collector.http().get("/api/v1/status").expect(200).json();
    status["troubles"].to_string()
}

#[test]
fn tickets_open_once_and_close_across_kills_and_a_drill_goes_all_the_way() {
    let Some(server) = Postgres::start(How::Cheap, 0) else {
        return;
    };
    let system = TicketSystem::start();
    let mut collector = Collector::start(&desk(&system, &server.url()));
    let fire: Vec<Value> = (0..MANY).map(|n| alert(&labels(&name(n)))).collect();
    let _ = collector.post_alerts(&fire).expect(200);
    collector.restart_with_kill_9();
    assert_eq!(
        collector.incidents().len(),
        MANY,
        "what was answered is stored"
    );
    check_told(&system, MANY, &["open"]);
    let over: Vec<Value> = (0..MANY).map(|n| resolved(&labels(&name(n)))).collect();
    let _ = collector.post_alerts(&over).expect(200);
    collector.restart_with_kill_9();
    check_told(&system, MANY, &["open", "resolve"]);

    let said = vedette(&collector, &["drill", "--for", "1s"]).expect(0);
    assert!(
        said.out.contains("The way to the ticket and back works."),
        "{}",
        said.out
    );
    let before = collector.incidents();
    collector.stop();
    collector.start_again();
    assert_eq!(collector.incidents(), before);
    let file = collector.state_dir().join("vedette.db");
    assert!(!file.exists(), "nothing is decided by a file");
}

#[test]
fn while_the_database_is_away_senders_keep_their_data_and_it_goes_on_when_it_is_back() {
    let Some(mut server) = Postgres::start(How::Durable, 0) else {
        return;
    };
    let system = TicketSystem::start();
    let mut collector = Collector::start(&desk(&system, &server.url()));
    for number in 0..MANY {
        match number % 10 {
            3 => server.crash(),
            6 => server.start_again(),
            _ => {}
        }
        let alerts = [alert(&labels(&name(number)))];
        if (3..6).contains(&(number % 10)) {
            let answer = collector.post_alerts(&alerts).expect(503);
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            continue;
        }
        wait_until("an alert to be taken", PATIENCE, || {
            collector.post_alerts(&alerts).status == 200
        });
    }
    check_told(&system, MANY / 10 * 7, &["open"]);

    server.stop();
    let late = [alert(&labels("late"))];
    assert_eq!(collector.post_alerts(&late).status, 503);
    wait_until("status to say so", PATIENCE, || {
        troubles(&collector).contains("takes no changes")
    });
    assert_eq!(collector.metrics().sum("vedette_store_away", &[]), 1.0);
    let _ = vedette(&collector, &["status"]).expect(1);
    server.start_again();
    wait_until("the late one to be taken", PATIENCE, || {
        collector.post_alerts(&late).status == 200
    });
    wait_until("status to be well again", PATIENCE, || {
        troubles(&collector) == "[]"
    });
    check_told(&system, MANY / 10 * 7 + 1, &["open"]);
    collector.restart_with_kill_9();
    assert_eq!(collector.incidents().len(), MANY / 10 * 7 + 1);
}

/// It ended with 2, and its last line is one sentence with these words.
#[track_caller]
fn check_refused(said: Said, words: &[&str]) {
    let said = said.expect(2);
    let last = said.err.lines().last().unwrap_or_default();
    assert!(last.starts_with("vedette-collector: "), "{}", said.err);
    for word in words {
        assert!(last.contains(word), "{word:?} in {last:?}");
    }
    assert!(!said.all().contains(PASSWORD), "{}", said.all());
}

#[test]
fn a_second_collector_on_the_database_is_refused_and_the_first_goes_on() {
    let Some(server) = Postgres::start(How::Cheap, 0) else {
        return;
    };
    let collector = Collector::start(&on(&server.url()));
    let said = Collector::refusal(&on(&server.url()));
    check_refused(
        said,
        &[
            "the store postgres://vedette@/postgres",
            "another collector uses it",
        ],
    );
    let _ = collector.post_alerts(&[alert(&labels("db-1"))]).expect(200);
}

#[test]
fn what_is_wrong_at_the_start_is_said_and_no_password_ever_shown() {
    let port = free_port();
    let Some(server) = Postgres::start(How::Cheap, port) else {
        return;
    };
    server.does(&format!("CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'"));
    server.does("CREATE DATABASE vedette OWNER guarded");
    let scratch = Scratch::new();
    let wrong = scratch.write("wrong", "an0ther");
    let place = format!("guarded@127.0.0.1:{port}/vedette");
    let by_file = |file: &std::path::Path| {
        let settings = format!(
            "[store]\nurl = \"postgres://{place}\"\npassword_file = \"{}\"\n",
            file.display()
        );
        Options::default().settings(&settings)
    };
    let shown = format!("the store postgres://{place} cannot be used");
    check_refused(
        Collector::refusal(&by_file(&wrong)),
        &[&shown, "password authentication failed", "password_file"],
    );
    let nobody = format!(
        "postgres://guarded:{PASSWORD}@127.0.0.1:{}/vedette",
        free_port()
    );
    check_refused(
        Collector::refusal(&on(&nobody)),
        &["refused", "[store] url"],
    );
    let torn = format!("postgres://guarded:{PASSWORD}@127.0.0.1:{port}/");
    let said = Collector::refusal(&on(&torn)).expect(2);
    assert!(said.err.contains("names no database"), "{}", said.err);
    assert!(!said.all().contains(PASSWORD), "{}", said.all());

    let right = scratch.write("right", PASSWORD);
    for options in [
        by_file(&right),
        on(&format!(
            "postgres://guarded:{PASSWORD}@127.0.0.1:{port}/vedette"
        )),
    ] {
        let mut collector = Collector::start(&options);
        // Its connection is cut: what is said then is without the password, too.
        server.does(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guarded'",
        );
        wait_until("an alert to be taken", Duration::from_secs(20), || {
            collector.post_alerts(&[alert(&labels("db-1"))]).status == 200
        });
        let http = collector.http();
        let told = ["/api/v1/status", "/metrics"].map(|path| http.get(path).expect(200).body);
        collector.stop();
        let log = collector.program().log();
        assert!(!log.contains(PASSWORD), "{log}");
        assert!(!told.concat().contains(PASSWORD), "{told:?}");
    }
}
