//! A web server on loopback, and ports.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A server that is well at `/`, and less so elsewhere.
pub(super) async fn serve() -> SocketAddr {
    let router = Router::new()
        .route("/", get(|| async { "the shop is open" }))
        .route("/broken", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route("/moved", get(|| async { Redirect::permanent("/") }))
        .route("/around", get(|| async { Redirect::permanent("/around") }))
        .route("/away", get(|| async { Redirect::permanent("ftp://x/") }))
        .route("/large", get(|| async { "x".repeat(1024 * 1024) }))
        .route("/silent", get(std::future::pending::<()>))
        .route(
            "/who",
            get(|headers: HeaderMap| async move {
                let own = |name| {
                    headers
                        .get(name)
                        .is_some_and(|value| value == "Basic bWU6c3dvcmRmaXNo")
                };
                if own("authorization") {
                    StatusCode::OK
                } else {
                    StatusCode::UNAUTHORIZED
                }
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn a_page_is_judged_by_status_words_and_time() {
    let server = serve().await;
    // (path, keys, state, part of the text)
    let cases = [
        ("/", "", CheckState::Ok, "answers 200"),
        ("/", "method = \"HEAD\"", CheckState::Ok, "answers 200"),
        ("/", "expect = \"is open\"", CheckState::Ok, "answers 200"),
        (
            "/",
            "expect = \"is closed\"",
            CheckState::Critical,
            "\"is closed\" is not in it",
        ),
        ("/broken", "", CheckState::Critical, "answers 503"),
        ("/broken", "status = [503]", CheckState::Ok, "answers 503"),
        ("/missing", "", CheckState::Critical, "answers 404"),
        ("/moved", "", CheckState::Ok, "answers 200"),
        (
            "/moved",
            "redirects = 0",
            CheckState::Critical,
            "answers 308",
        ),
        ("/moved", "status = [308]", CheckState::Ok, "answers 308"),
        ("/around", "", CheckState::Critical, "answers 308"),
        ("/away", "", CheckState::Critical, "not the web"),
        (
            "/large",
            "expect = \"y\"",
            CheckState::Critical,
            "first 256 KiB",
        ),
        (
            "/silent",
            "timeout = \"500ms\"",
            CheckState::Critical,
            "does not answer within",
        ),
        (
            "/?token=hush",
            "slow = \"1ms\"",
            CheckState::Warning,
            "slower than",
        ),
    ];
    for (path, keys, state, part) in cases {
        let settings = format!("target = \"http://{server}{path}\"\n{keys}");
        let (run, samples) = check(&of_kind("http", &settings)).await;
        if state == CheckState::Warning && run.state == CheckState::Ok {
            println!("SKIPPED: this host answers within a millisecond");
            continue;
        }
        expect(&run, state, part);
        assert!(!run.text.contains("hush"), "{}", run.text);
        if state == CheckState::Ok {
            assert!(value(&samples, "status") >= 200.0 && value(&samples, "time") > 0.0);
        }
    }
}

#[tokio::test]
async fn a_password_comes_from_its_file() {
    let server = serve().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("password");
    let settings =
        format!("target = \"http://{server}/who\"\nuser = \"me\"\npassword_file = {file:?}");
    for (word, state) in [
        ("swordfish", CheckState::Ok),
        ("sardine", CheckState::Critical),
    ] {
        std::fs::write(&file, word).unwrap();
        let (run, _) = check(&of_kind("http", &settings)).await;
        assert_eq!(run.state, state, "{}", run.text);
        assert!(!run.text.contains(word));
    }
}

#[tokio::test]
async fn a_port_talks_or_does_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.write_all(b"220 ready\r\n").await;
                let mut heard = [0; 4];
                let _ = stream.read_exact(&mut heard).await;
                let _ = stream.write_all(b"221 \x1b[31mbye\r\n").await;
            });
        }
    });
    // (keys, state, part of the text)
    let cases = [
        ("", CheckState::Ok, "answers in"),
        ("expect = \"220\"", CheckState::Ok, "answers in"),
        (
            "send = \"QUIT\"\nexpect = \"bye\"",
            CheckState::Ok,
            "answers in",
        ),
        (
            "send = \"QUIT\"\nexpect = \"250\"",
            CheckState::Critical,
            "does not say \"250\"",
        ),
        (
            "expect = \"250\"\ntimeout = \"300ms\"",
            CheckState::Critical,
            "does not answer within",
        ),
    ];
    for (keys, state, part) in cases {
        let settings = format!("target = \"{address}\"\n{keys}");
        let (run, _) = check(&of_kind("tcp", &settings)).await;
        expect(&run, state, part);
        assert!(!run.text.contains('\u{1b}'));
    }
    let (run, _) = check(&of_kind("tcp", "target = \"nobody.invalid:22\"")).await;
    expect(
        &run,
        CheckState::Critical,
        "nobody.invalid cannot be looked up",
    );
}
