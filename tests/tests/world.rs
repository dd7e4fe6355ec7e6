//! The world itself works: what the stories rely on is what it says it is.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use vedette_tests::command::finish;
use vedette_tests::filesystem::{Filesystem, Kind};
use vedette_tests::http::Http;
use vedette_tests::metrics::Metrics;
use vedette_tests::program::Program;
use vedette_tests::prometheus::{self, Prometheus};
use vedette_tests::relay::Relay;
use vedette_tests::request_tracker::RequestTracker;
use vedette_tests::scratch::Scratch;
use vedette_tests::ticket_system::{Behaviour, TicketSystem};
use vedette_tests::wait::{PATIENCE, wait_until};

#[test]
fn a_request_tracker_keeps_what_it_is_told_and_shows_it_again() {
    let Some(tracker) = RequestTracker::start() else {
        return;
    };
    let http = tracker.http();
    let made = http.post(
        "/ticket",
        &json!({
            "Queue": "Alerts", "Subject": "db-7: /var is full", "Priority": 50,
            "Content": "Zwölf Byte frei.", "ContentType": "text/plain",
            "CustomFields": { "alert_key": "K-1" },
        }),
    );
    assert_eq!(made.expect(201).json()["id"], "1");
    let said = json!({ "Content": "still full", "ContentType": "text/plain" });
    let _ = http.post("/ticket/1/comment", &said).expect(201);
    let _ = http
        .put("/ticket/1", &json!({ "Status": "resolved" }))
        .expect(200);

    let ticket = tracker.ticket(1);
    assert_eq!(
        (
            ticket.status.as_str(),
            ticket.priority,
            ticket.alert_key.as_str()
        ),
        ("resolved", 50, "K-1")
    );
    assert_eq!(tracker.messages(1), ["Zwölf Byte frei.", "still full"]);
    let moves: Vec<(String, String)> = tracker
        .history(1)
        .into_iter()
        .filter(|line| line.kind == "Status")
        .map(|line| (line.old, line.new))
        .collect();
    assert_eq!(moves, [("new".to_owned(), "resolved".to_owned())]);
    assert_eq!(tracker.tickets_of("K-1"), [ticket]);
    assert_eq!(tracker.tickets_of("K-2"), []);
}

#[test]
fn two_request_trackers_know_nothing_of_each_other() {
    let Some(one) = RequestTracker::start() else {
        return;
    };
    let Some(other) = RequestTracker::start() else {
        return;
    };
    let ticket = json!({ "Queue": "Alerts", "Subject": "only here", "ContentType": "text/plain" });
    let _ = one.http().post("/ticket", &ticket).expect(201);
    assert_eq!((one.tickets().len(), other.tickets().len()), (1, 0));
}

/// One request with a key, and what became of it: its status (none: no answer within a
/// second) and the number of tickets after it.
fn tell(system: &TicketSystem, idempotency_key: &str, body: &Value) -> (Option<u16>, usize) {
    let base = system.url().trim_end_matches('/').to_owned();
    let (key, body) = (idempotency_key.to_owned(), body.to_string().into_bytes());
    let sender = std::thread::spawn(move || {
        let headers = [("idempotency-key", key.as_str())];
        let answer = Http::impatient(base, Duration::from_secs(1)).attempt(
            Method::POST,
            "/",
            &headers,
            Some(body),
        );
        answer.ok().map(|answer| answer.status)
    });
    let status = sender.join().expect("the sender ends");
    (status, system.tickets().len())
}

#[test]
fn a_ticket_system_misbehaves_exactly_as_it_was_told_to() {
    let late = || Behaviour::Refuse {
        status: 429,
        retry_after: Some("7".to_owned()),
    };
    let cases = [
        (Behaviour::Well, Some(201), 1),
        (Behaviour::unavailable(), Some(503), 0),
        (late(), Some(429), 0),
        (Behaviour::Hang, None, 0),
        (Behaviour::DoneButHang, None, 1),
        (Behaviour::DoneButSays(500), Some(500), 1),
        (Behaviour::SaysDone, Some(200), 0),
    ];
    for (behaviour, status, tickets) in cases {
        let system = TicketSystem::start();
        system.next(1, &behaviour);
        let told = tell(&system, "one", &json!({ "ticket_key": "K-1" }));
        assert_eq!(told, (status, tickets), "{behaviour:?}");
        let after = tell(&system, "two", &json!({ "ticket_key": "K-1" }));
        assert!(
            after.0.is_some_and(|status| status < 300),
            "well again after {behaviour:?}"
        );
        assert_eq!(after.1, 1, "{behaviour:?}");
    }
}

#[test]
fn a_ticket_system_does_a_thing_once_for_one_idempotency_key() {
    let system = TicketSystem::start();
    let body = json!({ "title": "a ticket without a key of its own" });
    assert_eq!(tell(&system, "one", &body), (Some(201), 1));
    assert_eq!(tell(&system, "one", &body), (Some(201), 1));
    assert_eq!(tell(&system, "two", &body), (Some(201), 2));
    assert_eq!(system.wait_for_requests(3).len(), 3);
}

#[test]
fn a_ticket_system_that_has_gone_away_refuses_connections_and_forgets_nothing() {
    let mut system = TicketSystem::start();
    tell(&system, "one", &json!({ "ticket_key": "K-1" }));
    system.go_away();
    assert_eq!(
        tell(&system, "two", &json!({ "ticket_key": "K-1" })),
        (None, 1)
    );
    system.come_back();
    assert_eq!(
        tell(&system, "two", &json!({ "ticket_key": "K-1" })),
        (Some(200), 1)
    );
    assert_eq!(system.requests().len(), 2);
}

#[test]
fn a_ticket_is_found_by_its_key_changed_and_read() {
    let system = TicketSystem::start();
    let http = Http::new(system.url().trim_end_matches('/'));
    let made = http
        .post("/tickets", &json!({ "key": "K-1", "status": "new" }))
        .expect(201);
    let id = made.json()["id"]
        .as_str()
        .expect("a ticket has an id")
        .to_owned();
    let found = http.get("/tickets?key=K-1").expect(200).json();
    assert_eq!(found["tickets"][0]["id"], json!(id));
    assert_eq!(
        http.get("/tickets?key=K-2").expect(200).json()["tickets"],
        json!([])
    );

    let path = format!("/tickets/{id}");
    let request = Some(br#"{"status":"closed"}"#.to_vec());
    let _ = http.request(Method::PATCH, &path, &[], request).expect(200);
    let _ = http
        .post(&format!("{path}/comments"), &json!({ "text": "done" }))
        .expect(200);
    assert_eq!(http.get(&path).expect(200).json()["status"], "closed");
    assert_eq!(system.tickets()[0].messages.len(), 3);
    let _ = http.get("/tickets/T-9").expect(404);
}

#[test]
fn a_relay_carries_everything_until_it_loses_the_one_answer_and_is_mended() {
    let system = TicketSystem::start();
    let relay = Relay::to(system.port());
    let http = Http::impatient(
        format!("http://127.0.0.1:{}", relay.port()),
        Duration::from_secs(10),
    );
    let make = |key: &str| {
        let body = Some(json!({ "key": key }).to_string().into_bytes());
        let answer = http.attempt(Method::POST, "/tickets", &[], body);
        answer.ok().map(|answer| answer.status)
    };
    assert_eq!(make("K-1"), Some(201));
    relay.lose_the_answer_to("POST /tickets ");
    let _ = http.get("/tickets?key=K-1").expect(200);
    assert_eq!(make("K-2"), None);
    relay.wait_until_lost();
    assert_eq!(make("K-3"), None);
    relay.mend();
    assert_eq!(make("K-4"), Some(201));
    let keys: Vec<_> = system
        .tickets()
        .into_iter()
        .filter_map(|one| one.key)
        .collect();
    assert_eq!(keys, ["K-1", "K-2", "K-4"], "what was lost was done");
}

#[test]
fn a_command_is_told_by_its_code_and_its_two_streams() {
    let mut command = std::process::Command::new("sh");
    let said = finish(command.args(["-c", "echo one; echo two >&2; exit 3"]));
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (Some(3), "one\n", "two\n")
    );
}

#[test]
fn a_prometheus_scrapes_and_answers() {
    // It scrapes somebody who is no metrics page: the scrape fails, and it says so.
    let system = TicketSystem::start();
    let Some(prometheus) = Prometheus::scraping(system.port(), "a-token") else {
        return;
    };
    assert_eq!(prometheus.wait_for("up", |value| value == 0.0), 0.0);
    assert_ne!(prometheus.last_scrape_error(), "");
    let scrapes = system.wait_for_requests(1);
    assert_eq!(scrapes[0].path, "/metrics");
    assert_eq!(scrapes[0].header("authorization"), Some("Bearer a-token"));
}

#[test]
fn promtool_finds_a_counter_without_total_and_nothing_in_a_good_scrape() {
    let bad = "# HELP reports Reports taken.\n# TYPE reports counter\nreports 1\n";
    let good =
        "# HELP reports_total Reports taken.\n# TYPE reports_total counter\nreports_total 1\n";
    let Some(found) = prometheus::findings(bad) else {
        return;
    };
    assert!(found.contains("_total"), "{found}");
    assert_eq!(prometheus::findings(good).as_deref(), Some(""));
}

#[test]
fn a_small_file_system_fills_and_is_freed() {
    for kind in [Kind::Ext4, Kind::Tmpfs] {
        let Some(disk) = Filesystem::mount(kind, 16 << 20) else {
            continue;
        };
        let empty = disk.used();
        assert!(empty < 0.2, "{kind:?}: {empty} used when empty");
        disk.fill(0.97);
        assert!(
            disk.used() >= 0.97,
            "{kind:?}: {} used when filled",
            disk.used()
        );
        disk.free();
        assert!(
            disk.used() < 0.2,
            "{kind:?}: {} used when freed",
            disk.used()
        );
        let mountpoint = disk.mountpoint().display().to_string();
        drop(disk);
        let mounts = std::fs::read_to_string("/proc/self/mounts").expect("Linux lists its mounts");
        assert!(
            !mounts.contains(&mountpoint),
            "{mountpoint} is still mounted"
        );
    }
}

#[test]
fn a_program_ends_with_its_value_and_not_before() {
    let scratch = Scratch::new();
    let mut command = std::process::Command::new("sleep");
    let mut program = Program::start("sleep", command.arg("600"), &scratch.join("log"));
    let running = format!("/proc/{}", program.id());
    assert_eq!(program.ended(), None);
    drop(program);
    wait_until("the program to be gone", PATIENCE, || {
        !std::path::Path::new(&running).exists()
    });
}

#[test]
fn a_program_that_ends_before_it_is_ready_fails_the_test_that_waits_for_it() {
    let scratch = Scratch::new();
    let log = scratch.join("log");
    let waits = std::thread::spawn(move || {
        let mut command = std::process::Command::new("false");
        Program::start("false", &mut command, &log).wait_ready(|| false);
    });
    let panic = waits.join().expect_err("waiting for it panics");
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .unwrap_or_default();
    assert!(
        said.starts_with("false ended with exit status: 1 before it was ready"),
        "{said}"
    );
}

#[test]
fn metrics_are_read_with_their_labels_escapes_and_sums() {
    let text = "# HELP a A.\n# TYPE a gauge\na{x=\"1\",y=\"q\\\"{\\n}\"} 2\na{x=\"2\",} 3e1\nb 4\n";
    let metrics = Metrics::parse(text);
    let cases = [
        ("a", vec![], 32.0),
        ("a", vec![("x", "1")], 2.0),
        ("a", vec![("y", "q\"{\n}")], 2.0),
        ("a", vec![("x", "1"), ("y", "other")], 0.0),
        ("b", vec![], 4.0),
        ("c", vec![], 0.0),
    ];
    for (name, labels, sum) in cases {
        assert_eq!(metrics.sum(name, &labels), sum, "{name} {labels:?}");
    }
    assert_eq!(
        metrics.by("a", "x").into_iter().collect::<Vec<_>>(),
        [("1".to_owned(), 2.0), ("2".to_owned(), 30.0)]
    );
    assert!(metrics.has("b", &[]) && !metrics.has("c", &[]));
}
