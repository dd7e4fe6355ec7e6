//! A real Request Tracker gets one ticket for each incident, and keeps it: read back through
//! its own API, as a person would see it.

use vedette_tests::collector::{Collector, Options, alert, resolved};
use vedette_tests::command::vedette;
use vedette_tests::relay::Relay;
use vedette_tests::request_tracker::{RequestTracker, Ticket};
use vedette_tests::wait::{PATIENCE, wait_for, wait_until};

const WARNING: [(&str, &str); 3] = [
    ("alertname", "DiskFull"),
    ("instance", "db-7"),
    ("severity", "warning"),
];
const CRITICAL: [(&str, &str); 3] = [
    ("alertname", "DiskFull"),
    ("instance", "db-7"),
    ("severity", "critical"),
];

/// Nothing is waited for.
const AT_ONCE: &str = "[timers]\nopen_delay = \"0s\"\nupdate_interval = \"1s\"\n";

fn desk(url: &str, tracker: &RequestTracker) -> Options {
    let keys = format!(
        "queue = \"Alerts\"\ntoken_file = \"{}\"",
        tracker.token_file().display()
    );
    let options = Options::default().tickets_to(url, "rt", &keys);
    options.settings(AT_ONCE)
}

/// Waits until the one ticket of the queue is as wanted, and gives it.
#[track_caller]
fn wait_for_ticket(
    tracker: &RequestTracker,
    what: &str,
    is_wanted: impl Fn(&Ticket) -> bool,
) -> Ticket {
    wait_for(what, PATIENCE, || {
        let mut tickets = tracker.tickets();
        assert!(tickets.len() <= 1, "one incident, two tickets: {tickets:?}");
        tickets.pop().filter(|ticket| is_wanted(ticket))
    })
}

/// Waits until the newest message of the ticket begins so.
#[track_caller]
fn wait_for_message(tracker: &RequestTracker, beginning: &str) -> String {
    let what = format!("a message that begins with {beginning:?}");
    wait_for(&what, PATIENCE, || {
        let message = tracker.messages(1).pop()?;
        message.starts_with(beginning).then_some(message)
    })
}

#[test]
fn a_ticket_is_opened_updated_resolved_and_reopened() {
    let Some(tracker) = RequestTracker::start() else {
        return;
    };
    let collector = Collector::start(&desk(tracker.url(), &tracker));
    let _ = collector.post_alerts(&[alert(&WARNING)]).expect(200);
    let made = wait_for_ticket(&tracker, "the ticket", |_| true);
    assert_eq!(made.subject, "[P4] DiskFull on db-7");
    assert_eq!((made.status.as_str(), made.priority), ("new", 25));
    let key = collector.incidents()[0]["tickets"][0]["key"].clone();
    assert_eq!(made.alert_key, key);
    let text = tracker.messages(1).remove(0);
    assert!(text.contains("DiskFull on db-7"), "{text}");
    assert!(!text.contains("null") && !text.contains("\n\n\n"), "{text}");

    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    let worse = wait_for_ticket(&tracker, "a higher priority", |one| one.priority == 75);
    assert_eq!(worse.subject, "[P2] DiskFull on db-7 (and 1 more)");
    let update = wait_for_message(&tracker, "News at ");
    assert!(
        update.contains("Severity critical instead of warning."),
        "{update}"
    );

    let over = [resolved(&WARNING), resolved(&CRITICAL)];
    let _ = collector.post_alerts(&over).expect(200);
    wait_for_ticket(&tracker, "the end", |one| one.status == "resolved");
    wait_for_message(&tracker, "Well again since ");

    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    wait_for_ticket(&tracker, "the reopening", |one| one.status == "open");
    wait_for_message(&tracker, "Back at ");
    let moves: Vec<String> = tracker
        .history(1)
        .into_iter()
        .filter(|line| line.kind == "Status")
        .map(|line| format!("{} -> {}", line.old, line.new))
        .collect();
    assert_eq!(moves, ["new -> resolved", "resolved -> open"]);
    assert_eq!(tracker.tickets_of(&made.alert_key).len(), 1);
}

#[test]
fn a_restart_between_created_and_recorded_makes_no_second_ticket() {
    let Some(tracker) = RequestTracker::start() else {
        return;
    };
    let relay = Relay::to(tracker.port());
    let url = format!("http://127.0.0.1:{}/REST/2.0", relay.port());
    let mut collector = Collector::start(&desk(&url, &tracker));
    relay.lose_the_answer_to("POST /REST/2.0/ticket ");
    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    relay.wait_until_lost();
    collector.kill_9();
    let made = wait_for_ticket(&tracker, "what RT made of it", |_| true);

    relay.mend();
    collector.start_again();
    let id = made.id.to_string();
    wait_until("the collector to know its ticket", PATIENCE, || {
        collector.incidents()[0]["tickets"][0]["id"] == id.as_str()
    });
    assert_eq!(tracker.tickets_of(&made.alert_key).len(), 1);
    // And it is the one that is closed.
    let _ = collector.post_alerts(&[resolved(&CRITICAL)]).expect(200);
    wait_for_ticket(&tracker, "the end", |one| one.status == "resolved");
    assert_eq!(tracker.messages(1).len(), 2, "made once, closed once");
}

#[test]
fn a_receiver_for_request_tracker_without_its_queue_is_a_finding() {
    let options = Options::default().tickets_to("http://127.0.0.1:9/REST/2.0", "rt", "");
    let said = Collector::check(&options).expect(2);
    assert!(said.all().contains("`queue`"), "{}", said.all());
    assert!(said.all().contains("collector.toml:"), "{}", said.all());
}

#[test]
fn a_receiver_is_tried_out_with_one_ticket_marked_test_and_what_would_be_sent_is_shown() {
    let Some(tracker) = RequestTracker::start() else {
        return;
    };
    let collector = Collector::start(&desk(tracker.url(), &tracker));
    let tried = vedette(&collector, &["receiver", "test", "desk", "--full"]).expect(0);
    let said = tried.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "open a ticket works",
        "find it by our key works",
        "read it works it is open, and nobody's",
        "comment works",
        "read that it is resolved works it is resolved",
        "reopen it works",
        "list what was changed",
    ] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
    let tickets = tracker.tickets();
    assert_eq!(tickets.len(), 1, "{tickets:?}");
    assert!(
        tickets[0].subject.contains("TEST of receiver desk"),
        "{}",
        tickets[0].subject
    );
    assert_eq!(tickets[0].status, "resolved");

    let described = vedette(&collector, &["receiver", "describe", "desk"]).expect(0);
    assert!(
        described.out.contains("Name=>\"alert_key\""),
        "{}",
        described.out
    );
    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    wait_until("the incident to be told", PATIENCE, || {
        tracker.tickets().len() == 2
    });
    let incident = collector.incidents()[0]["id"].to_string();
    let shown = vedette(&collector, &["receiver", "render", "desk", &incident]).expect(0);
    assert!(shown.out.contains("POST http://127.0.0.1"), "{}", shown.out);
    assert!(
        shown.out.contains("Authorization: token [secret]"),
        "{}",
        shown.out
    );
    assert!(!shown.out.contains(tracker.token()), "the token is shown");
}

#[test]
fn what_is_for_a_paused_receiver_waits_and_a_restart_does_not_end_the_pause() {
    let Some(tracker) = RequestTracker::start() else {
        return;
    };
    let mut collector = Collector::start(&desk(tracker.url(), &tracker));
    let why = "the desk is being upgraded";
    let pause = ["receiver", "pause", "desk", "--for", "2h", "--why", why];
    let _ = vedette(&collector, &pause).expect(0);
    collector.restart_with_kill_9();
    let _ = collector.post_alerts(&[alert(&CRITICAL)]).expect(200);
    wait_until("the delivery to wait", PATIENCE, || {
        let listed = vedette(&collector, &["delivery", "list"]).expect(0);
        listed.out.contains("pending")
    });
    let listed = vedette(&collector, &["receiver", "list"]).expect(1);
    assert!(
        listed.out.contains("paused") && listed.out.contains(why),
        "{}",
        listed.out
    );
    assert!(tracker.tickets().is_empty());
    let _ = vedette(&collector, &["receiver", "resume", "desk"]).expect(0);
    wait_for_ticket(&tracker, "the ticket that waited", |_| true);
}
