//! Receivers over real sockets, and what the shipped profiles put on the wire.
#![allow(clippy::unwrap_used)]

mod payload;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use vedette_collector::access::LinkKey;
use vedette_collector::clock::SetClock;
use vedette_collector::inbox::{self, Inbox};
use vedette_collector::receiver::operation::{Progress, Report, Subject, carry_out};
use vedette_collector::receiver::{Receivers, Site, Words};
use vedette_config::{Findings, Place, Source, Spanned};
use vedette_policy::profile::{
    Address, Destination, Judgement, Operation, Profile, Told, sample_deliveries, shipped,
};
use vedette_triage::{Action, Delivery, Timestamp};

use server::Server;

/// 14:33 in Vienna on Tuesday, 24 November 2026.
const NOW: Timestamp = Timestamp::from_millis(1_795_527_180_000);

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let away = Server::answers(200, &[], "done").await;
    let location = away.url("/login");
    let server = Server::answers(302, &[("location", &location)], "").await;
    let report = tell(&server.url("/"), "").await;
    assert_eq!(report.judgement, Judgement::Auth);
    assert!(
        report.why.contains("redirects are not followed"),
        "{}",
        report.why
    );
    assert!(!report.why.contains("/login"), "{}", report.why);
    assert_eq!(away.requests(), 0);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_and_its_outcome_unknown() {
    let server = Server::answers(200, &[], &"x".repeat(3000)).await;
    let report = tell(&server.url("/"), "answer_bytes_max = \"2KiB\"").await;
    assert_eq!(report.judgement, Judgement::Unknown);
    assert!(
        report.why.contains("more than 2048 bytes"),
        "{}",
        report.why
    );
}

#[tokio::test]
async fn a_connection_that_cannot_be_made_surely_sent_nothing() {
    let server = Server::answers(200, &[], "").await;
    let url = server.url("/");
    server.close().await;
    let report = tell(&url, "").await;
    assert_eq!(report.judgement, Judgement::Transient);
    assert!(report.why.contains("cannot be reached"), "{}", report.why);
}

#[tokio::test]
async fn a_request_that_is_not_answered_in_time_may_have_been_carried_out() {
    let server = Server::hangs().await;
    let report = tell(&server.url("/"), "timeout = \"100ms\"").await;
    assert_eq!(report.judgement, Judgement::Unknown);
    assert!(
        report.why.contains("did not answer in time"),
        "{}",
        report.why
    );
}

#[tokio::test]
async fn a_connection_that_breaks_may_have_carried_the_request() {
    let server = Server::breaks().await;
    let report = tell(&server.url("/"), "").await;
    assert_eq!(report.judgement, Judgement::Unknown);
    assert!(
        report.why.contains("the connection broke"),
        "{}",
        report.why
    );
}

#[tokio::test]
async fn an_address_with_a_secret_is_in_no_sentence() {
    let server = Server::hangs().await;
    let url = server.url("/services/s3cret-path?key=s3cret-key");
    let report = tell(&url, "timeout = \"100ms\"").await;
    assert!(!report.why.contains("s3cret"), "{}", report.why);
}

#[tokio::test]
async fn what_a_profile_says_is_what_arrives() {
    let server = Server::answers(201, &[], r#"{"id":"7","url":"https://x.example.org/7"}"#).await;
    let report = tell(&server.url("/hook?a=1"), "").await;
    assert_eq!(report.judgement, Judgement::Done);
    assert_eq!(report.ticket().unwrap().id, "7");
    let request = server.last();
    assert_eq!(request.target, "/hook?a=1");
    assert_eq!(request.header("idempotency-key"), "K-3f2a-4711-1-1");
    assert_eq!(request.header("authorization"), "Bearer s3cret-token");
    assert_eq!(request.header("content-type"), "application/json");
    // The signature is over what arrived, byte for byte.
    let secret = vedette_collector::receiver::secret::Secret::new(SIGNING);
    let key = vedette_collector::receiver::sign::SigningKey::parse(&secret).unwrap();
    let expected = key.headers("K-3f2a-4711-1-1", NOW.as_millis() / 1000, &request.body);
    for (name, value) in expected {
        assert_eq!(request.header(&name), value);
    }
}

#[tokio::test]
async fn the_inbox_takes_what_profile_generic_sends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (shown, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let sink = Box::new(move |text: &str| shown.send(text.to_owned()).unwrap());
    let clock = Arc::new(SetClock::at(NOW));
    let inbox = Arc::new(Inbox::new(sink, clock, jiff::tz::TimeZone::UTC));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(inbox::serve(listener, Arc::clone(&inbox), async {
        let _ = stopped.await;
    }));
    let receiver = generic(&url, "");
    for (seq, action) in [(1, Action::Open), (1, Action::Open), (2, Action::Resolve)] {
        let delivery = Delivery {
            seq,
            ..sample_deliveries(action).remove(0)
        };
        let report = send(&receiver, &delivery).await;
        assert_eq!(report.judgement, Judgement::Done, "{}", report.why);
        assert_eq!(report.ticket().unwrap().id, "1");
        assert_eq!(report.ticket().unwrap().url, format!("{url}tickets/1"));
    }
    let first = seen.recv().await.unwrap();
    assert!(
        first.contains("new ticket #1") && first.contains("WHAT     db-7"),
        "{first}"
    );
    // The repeated one is not shown again.
    let second = seen.recv().await.unwrap();
    assert!(second.contains("ticket #1 resolved"), "{second}");
    assert!(inbox.look(|desk| desk.ticket(1).unwrap().is_resolved));
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The receiver `desk` of profile `generic`, its own keys replaced by what `change` says.
fn generic(url: &str, change: &str) -> Receivers {
    let mut findings = Findings::new();
    let mut profile: Profile = (*shipped(&mut findings)["generic"]).clone();
    let key = |name: &str| {
        let (_, value) = change.split_once(&format!("{name} = \""))?;
        value.split('"').next()
    };
    if let Some(timeout) = key("timeout") {
        profile.timeout = vedette_config::duration::parse(timeout).unwrap();
    }
    if let Some(size) = key("answer_bytes_max") {
        let size: vedette_config::Size = size.parse().unwrap();
        profile.answer_bytes_max = usize::try_from(size.bytes).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let address = Address {
        name: Spanned::new("desk".into(), Place::whole(&Source::new("x", ""))),
        url: url.to_owned(),
        token_file: Some(write("token", "s3cret-token")),
        secret_file: Some(write("secret", SIGNING)),
    };
    let destination = Destination::new(&Arc::new(profile), address, &[], &mut findings).unwrap();
    let site = Site {
        zone: jiff::tz::TimeZone::UTC,
        public_url: "https://vedette.example.org:9720".into(),
        links: LinkKey::of("the key of the tests"),
        users: std::collections::BTreeMap::new(),
    };
    Receivers::from_policy(&[destination], &site).unwrap()
}

async fn tell(url: &str, change: &str) -> Report {
    let receivers = generic(url, change);
    let sending = async { send(&receivers, &sample_deliveries(Action::Open)[0]).await };
    // Far beyond every limit under test: a test that hangs says so.
    tokio::time::timeout(Duration::from_secs(60), sending)
        .await
        .unwrap()
}

async fn send(receivers: &Receivers, delivery: &Delivery) -> Report {
    let receiver = receivers.get("desk").unwrap();
    let words = Words::of(delivery, receiver.site());
    let subject = Subject {
        told: Some(Told {
            delivery,
            subject: &words.subject,
            text: &words.text,
            first: &words.first,
        }),
        ticket: None,
        asked: None,
        now: NOW,
    };
    let progress = Progress {
        done: 0,
        captured: BTreeMap::new(),
    };
    let operation = Operation::of(delivery, &receiver.destination().profile);
    carry_out(receiver, operation, subject, progress).await
}
