//! The runner, with checks on loopback.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use tokio::net::TcpListener;
use vedette_config::check::{CheckSettings, Endpoint, TcpSettings};
use vedette_wire::CheckRun;

use super::*;
use crate::board::Board;
use crate::probe::Surroundings;

#[tokio::test]
async fn a_check_is_pinned_with_what_it_measured() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = tcp("ssh", listener.local_addr().unwrap().port());
    let kit = kit();
    Checks::once(std::slice::from_ref(&settings), &kit).await;
    let taken = kit.board.take(0, 0);
    assert_eq!(
        (taken.checks[0].state, taken.checks[0].kind.as_str()),
        (CheckState::Ok, "tcp")
    );
    assert_eq!(taken.checks[0].every_s, Some(60.0));
    assert_eq!(taken.samples[0].attributes["check"], "ssh");
    assert_eq!(taken.samples[0].attributes["label"], "time");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_critical() {
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let run = once(&tcp("gone", port)).await;
    assert_eq!(run.state, CheckState::Critical);
    assert!(run.text.contains("cannot be reached"), "{}", run.text);
}

#[test]
fn a_long_text_is_cut_and_says_so() {
    let found = Found::ok("\u{e4}\u{1b}".repeat(limits::CHECK_TEXT_BYTES_MAX));
    assert!(found.text.len() <= limits::CHECK_TEXT_BYTES_MAX);
    assert!(found.text.ends_with("more than is kept)") && !found.text.contains('\u{1b}'));
}

async fn once(settings: &CheckSettings) -> CheckRun {
    let kit = kit();
    Checks::once(std::slice::from_ref(settings), &kit).await;
    kit.board.take(0, 0).checks.remove(0)
}

fn kit() -> Kit {
    Kit {
        surroundings: Surroundings::here(Arc::default()),
        board: Arc::new(Board::default()),
        agent: uuid::Uuid::from_u128(7),
    }
}

fn tcp(name: &str, port: u16) -> CheckSettings {
    let target = Endpoint {
        host: "127.0.0.1".to_owned(),
        port,
    };
    settings(
        name,
        CheckKind::Tcp(TcpSettings {
            target,
            send: None,
            expect: None,
            slow: None,
        }),
    )
}

fn settings(name: &str, kind: CheckKind) -> CheckSettings {
    CheckSettings {
        name: name.to_owned(),
        about: None,
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        kind,
    }
}
