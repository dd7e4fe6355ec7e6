//! What an operator types does what it says: `vedette` against a running collector, to the
//! ticket and back.

use vedette_tests::collector::{Collector, Options, alert};
use vedette_tests::command::vedette;
use vedette_tests::host::{Host, filesystem};
use vedette_tests::ticket_system::TicketSystem;
use vedette_tests::wait::{PATIENCE, wait_until};

const GIB: f64 = (1_u64 << 30) as f64;
const UPS: [(&str, &str); 3] = [
    ("alertname", "Ups"),
    ("instance", "ups-1"),
    ("severity", "critical"),
];

/// A collector with one host that is well and one open incident, whose ticket is known.
fn with_an_incident(system: &TicketSystem) -> Collector {
    let options = Options::default().closed();
    let collector = Collector::start(&options.tickets_to(&system.url(), "generic", ""));
    let mut host = Host::server("db-7");
    let _ = collector
        .post_report(&host.report(filesystem("/srv", 0.2, GIB)))
        .expect(200);
    let _ = collector.post_alerts(&[alert(&UPS)]).expect(200);
    wait_until("the ticket to be known", PATIENCE, || {
        collector.incidents()[0]["tickets"][0]["state"] == "open"
    });
    collector
}

/// Runs a command; its exit code and some of its words are these.
#[track_caller]
fn check(collector: &Collector, arguments: &[&str], code: i32, words: &[&str]) {
    let said = vedette(collector, arguments);
    assert_eq!(said.code, Some(code), "{arguments:?}: {}", said.all());
    for word in words {
        let all = said.all();
        assert!(all.contains(word), "{arguments:?}: {word:?} in {all}");
    }
}

#[test]
fn everything_that_can_be_asked_is_answered() {
    let system = TicketSystem::start();
    let collector = with_an_incident(&system);
    check(
        &collector,
        &["status"],
        0,
        &["1 incident is open", "1 well"],
    );
    check(&collector, &["why", "db-7"], 0, &["db-7 is well"]);
    check(&collector, &["why", "db-8"], 1, &["did you mean \"db-7\"?"]);
    check(
        &collector,
        &["host", "list"],
        0,
        &["db-7", "well", "server"],
    );
    check(
        &collector,
        &["incident", "list"],
        0,
        &["P2", "Ups on ups-1", "it-ops"],
    );
    let shown = [
        "Incident 1 [P2] Ups on ups-1",
        "desk",
        "T-1",
        "WHAT AND WHY",
    ];
    check(&collector, &["incident", "show", "1"], 0, &shown);
    let why = [
        "It is P2: impact medium",
        "Ups on ups-1 began to fire (critical).",
    ];
    check(&collector, &["incident", "explain", "1"], 0, &why);
    check(&collector, &["incident", "show", "2"], 1, &["2"]);
    check(&collector, &["rule", "test"], 0, &["filesystem-space"]);
    check(&collector, &["--json", "status"], 0, &["\"ready\":true"]);
}

#[test]
fn everything_that_can_be_said_of_an_incident_reaches_its_ticket() {
    let system = TicketSystem::start();
    let collector = with_an_incident(&system);
    check(
        &collector,
        &["incident", "ack", "1"],
        0,
        &["works on incident 1"],
    );
    check(
        &collector,
        &["incident", "note", "1", "looked at it"],
        0,
        &["Noted"],
    );
    let resolve = ["incident", "resolve", "1", "--why", "replaced the battery"];
    check(
        &collector,
        &resolve,
        0,
        &["Incident 1 is closed", "still fires"],
    );
    let told = ["open", "acknowledge", "note", "resolve"];
    let tickets = system.wait_for_tickets("the ticket's end", PATIENCE, |tickets| {
        tickets.iter().any(|one| one.texts("action") == told)
    });
    let texts = tickets[0].texts("text").join("\n");
    for words in [
        "has taken it at",
        "writes:\nlooked at it",
        "replaced the battery",
    ] {
        assert!(texts.contains(words), "{words:?} in {texts}");
    }
    check(
        &collector,
        &["incident", "list", "--state", "resolved"],
        0,
        &["Ups on ups-1"],
    );
}

#[test]
fn a_silence_is_made_listed_and_ended() {
    let system = TicketSystem::start();
    let collector = with_an_incident(&system);
    let matcher = "alertname=\"Ups\"";
    let short = ["silence", "add", matcher, "--for", "2h", "--why", "x"];
    check(&collector, &short, 2, &["8 characters"]);
    let add = [
        "silence",
        "add",
        matcher,
        "--for",
        "2h",
        "--why",
        "the battery is replaced",
    ];
    let dry: Vec<&str> = add.iter().copied().chain(["--dry-run"]).collect();
    check(&collector, &dry, 0, &["1 alert matches now"]);
    check(&collector, &["silence", "list"], 0, &[]);
    assert_eq!(collector.metrics().sum("vedette_silences", &[]), 0.0);
    check(
        &collector,
        &add,
        0,
        &["1 alert matches now", "closed when it clears"],
    );

    let silences = collector.http().get("/api/v2/silences").expect(200).json();
    let id = silences[0]["id"]
        .as_str()
        .expect("a silence has an id")
        .to_owned();
    check(
        &collector,
        &["silence", "list"],
        0,
        &[&id[..8], "the battery is replaced"],
    );
    check(&collector, &["silence", "expire", &id[..8]], 0, &[]);
    let silences = collector.http().get("/api/v2/silences").expect(200).json();
    assert_eq!(silences[0]["status"]["state"], "expired");
}

#[test]
fn who_is_nobody_is_told_so_and_a_collector_that_is_not_there_is_named() {
    let mut collector = Collector::start(&Options::default().closed());
    let url = collector.url();
    let mut nobody = std::process::Command::new(vedette_tests::program::built("vedette"));
    nobody
        .arg("status")
        .env("VEDETTE_URL", &url)
        .env("VEDETTE_TOKEN", "not-the-token");
    let said = vedette_tests::command::finish(&mut nobody).expect(2);
    assert!(said.err.contains("VEDETTE_TOKEN"), "{}", said.err);
    collector.stop();
    check(&collector, &["status"], 1, &[&url]);
}
