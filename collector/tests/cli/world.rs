//! A collector that answers as it was told to, and the command beside it.
//!
//! In: answers by method and path. Out: what the command wrote, its exit code, and
//! what it asked. Several answers to one question come one after another, the last
//! for ever. Time passes only when the command waits.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::{self, TimeZone};
use serde::Serialize;
use tempfile::TempDir;
use tokio::net::TcpListener;
use vedette_collector::api::Time;
use vedette_collector::cli::{Ask, Surroundings, run_with};
use vedette_collector::clock::{Clock, SetClock};

/// When everything here happens: 14:31:30 where the reader is.
pub(crate) const NOW: &str = "2026-10-03T12:31:30Z";
/// Bytes of a request that are kept.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// The same day at this time, UTC.
pub(crate) fn at(clock: &str) -> Time {
    on("2026-10-03", clock)
}

/// That day at this time, UTC.
pub(crate) fn on(day: &str, clock: &str) -> Time {
    Time::parse(&format!("{day}T{clock}Z")).unwrap()
}

/// What the command asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) what: String,
    pub(crate) token: Option<String>,
    pub(crate) body: String,
}

type Answers = BTreeMap<String, VecDeque<(StatusCode, String)>>;

#[derive(Clone, Default)]
struct Fake {
    answers: Arc<Mutex<Answers>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What the command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) error: String,
}

/// A collector, and what the command finds around it.
pub(crate) struct World {
    fake: Fake,
    address: SocketAddr,
    state: TempDir,
    pub(crate) url: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) colour: bool,
    /// What whoever sits there says when asked; none where nobody does.
    pub(crate) sits_there: Option<bool>,
    /// What was shown of how far it is.
    pub(crate) drawn: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) async fn new() -> World {
        // As `run` does; several tests of one process may.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let fake = Fake::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        World {
            fake,
            address,
            state: tempfile::tempdir().unwrap(),
            url: Some(format!("http://{address}")),
            token: None,
            colour: false,
            sits_there: None,
            drawn: Arc::default(),
        }
    }

    /// `what` is a method and a path with its query: `GET /api/v1/status`.
    pub(crate) fn answers(self, what: &str, with: &impl Serialize) -> World {
        let text = serde_json::to_string(with).unwrap();
        self.says(what, 200, &text)
    }

    /// The same with a status and a text.
    pub(crate) fn says(self, what: &str, status: u16, text: &str) -> World {
        let status = StatusCode::from_u16(status).unwrap();
        let mut answers = self.fake.answers.lock().unwrap();
        let answer = (status, text.to_owned());
        answers
            .entry(what.to_owned())
            .or_default()
            .push_back(answer);
        drop(answers);
        self
    }

    /// Where the collector keeps its state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// What was asked so far, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.fake.asked.lock().unwrap().clone()
    }

    /// What an answer or a message says, without what differs from run to run.
    pub(crate) fn plain(&self, text: &str) -> String {
        text.replace(&self.address.to_string(), "127.0.0.1:9720")
            .replace(&self.state().display().to_string(), "STATE")
    }

    /// Runs the command on a terminal of so many columns.
    pub(crate) async fn run(&self, columns: Option<u16>, words: &[&str]) -> Ran {
        let clock = SetClock::at(Time::parse(NOW).unwrap().0);
        let moved = clock.clone();
        let drawn = Arc::clone(&self.drawn);
        let surroundings = Surroundings {
            url: self.url.clone(),
            token: self.token.clone(),
            state_dir: self.state().to_owned(),
            user: Some("ops1".into()),
            zone: TimeZone::fixed(tz::offset(2)),
            clock: Arc::new(clock),
            pause: Box::new(move |span| {
                moved.set(moved.now().after(span));
                Box::pin(std::future::ready(()))
            }),
            columns,
            colour: self.colour,
            progress: Some(Box::new(move |text| {
                drawn.lock().unwrap().push(text.to_owned())
            })),
            ask: self
                .sits_there
                .map(|says| -> Ask { Box::new(move |_| says) }),
        };
        let typed = ["vedette"]
            .iter()
            .chain(words)
            .map(OsString::from)
            .collect();
        let (mut out, mut error) = (Vec::new(), Vec::new());
        let code = run_with(typed, &surroundings, (&mut out, &mut error)).await;
        Ran {
            code,
            out: self.plain(&String::from_utf8(out).unwrap()),
            error: self.plain(&String::from_utf8(error).unwrap()),
        }
    }

    /// One page for a snapshot: the command at 80 and at 120 columns.
    pub(crate) async fn page(self, words: &[&str]) -> String {
        let kept = self.fake.answers.lock().unwrap().clone();
        let mut page = format!("$ vedette {}\n", words.join(" "));
        for columns in [80, 120] {
            *self.fake.answers.lock().unwrap() = kept.clone();
            let ran = self.run(Some(columns), words).await;
            let wide = ran
                .out
                .lines()
                .find(|line| line.chars().count() > columns.into());
            assert_eq!(wide, None, "does not fit {columns} columns");
            page += &format!("--- {columns} columns, exit code {}\n", ran.code);
            page += &ran.out;
            page += &ran.error;
        }
        page
    }
}

async fn answer(State(fake): State<Fake>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = to_bytes(body, REQUEST_BYTES_MAX).await.unwrap_or_default();
    let what = format!("{} {}", head.method, head.uri);
    let token = head.headers.get(header::AUTHORIZATION);
    fake.asked.lock().unwrap().push(Asked {
        what: what.clone(),
        token: token.map(|token| token.to_str().unwrap().to_owned()),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let mut answers = fake.answers.lock().unwrap();
    match answers.get_mut(&what) {
        Some(queue) if queue.len() > 1 => queue.pop_front().unwrap().into_response(),
        Some(queue) => queue[0].clone().into_response(),
        None => (
            StatusCode::NOT_IMPLEMENTED,
            format!("\"nothing was said about {what}\""),
        )
            .into_response(),
    }
}
