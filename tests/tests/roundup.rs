//! A real Roundup gets one issue for each incident, and keeps it: read back through its own
//! interface, as a person would see it; also where it allows only a few calls.

use vedette_tests::collector::{Collector, Options, alert, resolved};
use vedette_tests::command::vedette;
use vedette_tests::roundup::{Issue, Roundup};
use vedette_tests::wait::{PATIENCE, wait_for, wait_until};

const CRITICAL: [(&str, &str); 3] = [
    ("alertname", "DiskFull"),
    ("instance", "db-7"),
    ("severity", "critical"),
];

/// Nothing is waited for.
const AT_ONCE: &str = "[timers]\nopen_delay = \"0s\"\nupdate_interval = \"1s\"\n";

fn desk(tracker: &Roundup, more: &str) -> Options {
    let keys = format!(
        "user = \"collector\"\ntoken_file = \"{}\"\n{more}",
        tracker.password_file().display()
    );
    let options = Options::default().tickets_to(tracker.url(), "roundup", &keys);
    options.settings(AT_ONCE)
}

#[track_caller]
fn wait_for_issue(tracker: &Roundup, what: &str, is_wanted: impl Fn(&Issue) -> bool) -> Issue {
    wait_for(what, PATIENCE, || {
        let mut issues = tracker.issues();
        assert!(issues.len() <= 1, "one incident, two issues: {issues:?}");
        issues.pop().filter(|issue| is_wanted(issue))
    })
}

#[test]
fn an_issue_is_opened_put_on_hold_taken_resolved_and_reopened() {
    let Some(tracker) = Roundup::start() else {
        return;
    };
    let person = "[[person]]\nname = \"ops1\"\nteam = \"it-ops\"\nticket_user = \"operator\"\n";
    let collector = Collector::start(&desk(&tracker, "").settings(person));
    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    let made = wait_for_issue(&tracker, "the issue", |issue| issue.messages.len() == 1);
    assert_eq!(made.title, "[P2] DiskFull on db-7");
    assert_eq!(
        (made.status.as_str(), made.priority.as_str()),
        ("unread", "urgent")
    );
    let key = collector.incidents()[0]["tickets"][0]["key"].clone();
    assert_eq!(made.alert_key, key);

    let incident = collector.incidents()[0]["id"].to_string();
    let told = |what: &str, body: &str| {
        let path = format!("/api/v1/incidents/{incident}/{what}");
        let body = serde_json::from_str(body).expect("the test writes JSON");
        let _ = collector.http().post(&path, &body).expect(200);
    };
    told(
        "wait",
        r#"{"waits_for": "vendor", "for": "2h", "by": "ops1"}"#,
    );
    wait_for_issue(&tracker, "the hold", |issue| issue.status == "deferred");
    told("ack", r#"{"by": "ops1"}"#);
    let taken = wait_for_issue(&tracker, "the owner", |issue| {
        issue.assigned_to == "operator"
    });
    assert_eq!(taken.status, "in-progress");
    told(
        "notes",
        r#"{"text": "the log was never rotated", "by": "ops1"}"#,
    );
    wait_for_issue(&tracker, "the note", |issue| {
        issue
            .messages
            .iter()
            .any(|text| text.contains("the log was never rotated"))
    });

    let _ = collector.post_alerts(&[resolved(&CRITICAL)]).expect(200);
    wait_for_issue(&tracker, "the end", |issue| issue.status == "resolved");
    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    let back = wait_for_issue(&tracker, "the reopening", |issue| {
        issue.status == "chatting"
    });
    let last = back.messages.last().expect("it has messages");
    assert!(last.starts_with("Back at "), "{last}");
}

#[test]
fn few_calls_are_allowed_and_nothing_is_lost_doubled_or_out_of_order() {
    let Some(tracker) = Roundup::with_rate("5/10") else {
        return;
    };
    let collector = Collector::start(&desk(&tracker, ""));
    let hosts = ["db-1", "db-2", "db-3"];
    let labels = |host| {
        [
            ("alertname", "DiskFull"),
            ("instance", host),
            ("severity", "critical"),
        ]
    };
    let all = |alert: fn(&[(&str, &str)]) -> _| -> Vec<_> {
        hosts.iter().map(|host| alert(&labels(host))).collect()
    };
    let _ = collector.post_alerts(&all(alert)).expect(200);
    let _ = collector.post_alerts(&all(resolved)).expect(200);
    let sent = [("receiver", "desk"), ("outcome", "done")];
    wait_until(
        "three issues to be opened and resolved",
        4 * PATIENCE,
        || {
            let metrics = collector.metrics();
            metrics.sum("vedette_delivery_attempts_total", &sent) >= 6.0
        },
    );
    let issues = tracker.issues();
    assert_eq!(issues.len(), 3, "{issues:?}");
    for issue in issues {
        assert_eq!(issue.status, "resolved", "{issue:?}");
        let beginnings: Vec<&str> = issue.messages.iter().map(|text| &text[..8]).collect();
        assert_eq!(beginnings, ["WHAT    ", "Well aga"], "{issue:?}");
    }
    // 2 to verify, 2 to open and 6 to close each: 26 calls where 5 in 10 s are allowed.
    let metrics = collector.metrics();
    let throttled = metrics.sum(
        "vedette_delivery_attempts_total",
        &[("receiver", "desk"), ("outcome", "throttled")],
    );
    assert!(
        (1.0..=12.0).contains(&throttled),
        "{throttled} were refused for their rate"
    );
}

#[test]
fn a_receiver_is_tried_out_with_one_issue_marked_test() {
    let Some(tracker) = Roundup::start() else {
        return;
    };
    let collector = Collector::start(&desk(&tracker, ""));
    let tried = vedette(&collector, &["receiver", "test", "desk", "--full"]).expect(0);
    let said = words(&tried.out);
    for line in [
        "find it by our key works",
        "read it works it is open, and nobody's",
        "read that it is resolved works it is resolved",
        "list what was changed",
    ] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
    let issues = tracker.issues();
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert!(
        issues[0].title.contains("TEST of receiver desk"),
        "{}",
        issues[0].title
    );
}

/// However wide the columns are.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
