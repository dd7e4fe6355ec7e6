//! Asks a server on this machine, and tells it.
//!
//! In: a base URL, perhaps a token; JSON. Out: [`Answer`] with status, headers, body.
//! Calls block; they work in ordinary tests and in asynchronous ones.
//! Knows nothing of what is asked.

use std::fmt;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

/// The longest a test waits for one answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// A server, as a client sees it.
#[derive(Debug, Clone)]
pub struct Http {
    base: String,
    authorization: Option<String>,
    client: Client,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status line's number.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

/// No answer came: connection refused, cut off, or out of time.
#[derive(Debug)]
pub struct NoAnswer(reqwest::Error);

impl fmt::Display for NoAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no answer: {:?}", self.0)
    }
}

impl Http {
    /// A client without credentials for everything under `base` (no slash at its end).
    pub fn new(base: impl Into<String>) -> Http {
        Http::impatient(base, ANSWER_LIMIT)
    }

    /// The same, for a test that expects to get no answer: it gives up after `limit`.
    pub fn impatient(base: impl Into<String>, limit: Duration) -> Http {
        // The program chooses the cryptography, once; a second try is refused and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(limit)
            // A connection kept open to a program that was killed would fail the next request.
            .pool_max_idle_per_host(0)
            .build()
            .expect("an HTTP client can be made");
        Http {
            base: base.into(),
            authorization: None,
            client,
        }
    }

    /// The same with an `Authorization` header: `Bearer T`, `token T`.
    #[must_use]
    pub fn authorized(mut self, value: impl Into<String>) -> Http {
        self.authorization = Some(value.into());
        self
    }

    /// The base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET; panics when no answer comes.
    pub fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], None)
    }

    /// POST of JSON; panics when no answer comes.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.request(
            Method::POST,
            path,
            &JSON,
            Some(body.to_string().into_bytes()),
        )
    }

    /// PUT of JSON; panics when no answer comes.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.request(
            Method::PUT,
            path,
            &JSON,
            Some(body.to_string().into_bytes()),
        )
    }

    /// DELETE; panics when no answer comes.
    pub fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, &JSON, None)
    }

    /// Any request with any headers and bytes; panics when no answer comes.
    pub fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        self.attempt(method.clone(), path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {}{path}: {error}", self.base))
    }

    /// Any request, where a test expects that no answer may come.
    pub fn attempt(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, NoAnswer> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(value) = &self.authorization {
            request = request.header("authorization", value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(bytes) = body {
            request = request.body(bytes);
        }
        block_on(async move {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(Answer {
                status,
                headers,
                body: response.text().await?,
            })
        })
        .map_err(NoAnswer)
    }
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

impl Answer {
    /// The answer itself, if its status is `status`; panics and shows it otherwise.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "the answer was: {}", self.body);
        self
    }

    /// The body as JSON; panics and shows it when it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {:?}", self.body))
    }

    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Runs `work` on the world's own threads and waits for it here.
pub(crate) fn block_on<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (done, result) = mpsc::sync_channel(1);
    runtime().spawn(async move {
        // Nobody listens any more when the waiting test has panicked.
        let _ = done.send(work.await);
    });
    result
        .recv()
        .expect("work on the world's threads ends with a result")
}

/// The threads on which the world's own clients and servers run: a test that blocks
/// its own thread must not stop the ticket system it is waiting for.
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads can be started")
    })
}
