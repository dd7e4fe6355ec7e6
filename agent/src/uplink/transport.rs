//! Carries one body to one collector and brings back what it says.
//!
//! In: an address, a token, a gzipped body. Out: a [`Reply`], or "unreachable". One
//! connection is kept open; answers are read up to a bound; redirections are not followed,
//! for a report belongs to the collector it was addressed to. Knows nothing of what the
//! answer means.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, redirect};
use vedette_config::{CollectorSettings, http_url};

use super::names::{Lookup, Names};
use super::verdict::Reply;

/// Bytes of an answer that are read; a good one has 200.
pub(super) const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// A request, from the name to the last byte of the answer.
pub(super) const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// Reaching the collector at all.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Longer than the longest pause between rounds, so that the connection is kept.
const IDLE_AT_MOST: Duration = Duration::from_secs(330);

/// Nobody answered; the text says how it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable(pub String);

/// A way to a collector: HTTP, or a test.
pub trait Transport {
    /// Posts a gzipped report to the collector at `url` (without a path).
    ///
    /// # Errors
    /// [`Unreachable`] when no complete answer came.
    fn post(
        &self,
        url: &str,
        token: Option<&str>,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<Reply, Unreachable>>;
}

/// HTTP and HTTPS.
#[derive(Debug)]
pub struct Http {
    client: Client,
    names: Arc<Names>,
}

impl Http {
    /// Prepares a client for these collectors; connects to nothing yet. `names` helps when
    /// theirs cannot be looked up.
    ///
    /// # Errors
    /// A sentence: the certificates cannot be read, or the system has none to trust.
    pub fn new(settings: &CollectorSettings, names: Arc<Names>) -> Result<Http, String> {
        // A second agent in the same process finds it installed; that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let encrypted = settings.urls.iter().any(|url| url.starts_with("https://"));
        let builder = || match settings.urls.iter().all(|url| is_on_this_host(url)) {
            // A proxy for the world outside does not know the way back here.
            true => builder().no_proxy(),
            false => builder(),
        };
        let builder = || builder().dns_resolver(Lookup(Arc::clone(&names)));
        let client = match (&settings.ca_file, encrypted) {
            // Reading the system's certificates takes time and memory: only if they are used.
            (_, false) => builder().tls_certs_only([]).build(),
            (None, true) => builder().build(),
            (Some(file), true) => {
                let certificates = read_certificates(file)?;
                let both = builder().tls_certs_merge(certificates.clone()).build();
                // A system without any certificates of its own is no reason to give up.
                both.or_else(|_| builder().tls_certs_only(certificates).build())
            }
        };
        let client = client
            .map_err(|error| format!("encrypted connections cannot be made: {}", chain(&error)))?;
        Ok(Http { client, names })
    }
}

impl Transport for Http {
    async fn post(
        &self,
        url: &str,
        token: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Reply, Unreachable> {
        let mut request = self
            .client
            .post(format!("{url}/api/v1/reports"))
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_ENCODING, "gzip")
            .body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(|error| unreachable(&error))?;
        self.names.answered(&response);
        let mut reply = Reply {
            status: response.status().as_u16(),
            retry_after: text(response.headers(), RETRY_AFTER),
            date: text(response.headers(), DATE),
            body: Vec::new(),
        };
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(&error))?
        {
            let room = ANSWER_BYTES_MAX - reply.body.len();
            reply.body.extend(chunk.iter().take(room));
            if chunk.len() > room {
                break;
            }
        }
        Ok(reply)
    }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("vedette-agent/", env!("CARGO_PKG_VERSION")))
        .timeout(REQUEST_WITHIN)
        .connect_timeout(CONNECT_WITHIN)
        .pool_idle_timeout(IDLE_AT_MOST)
        .pool_max_idle_per_host(1)
        .redirect(redirect::Policy::none())
        .http1_only()
}

fn is_on_this_host(url: &str) -> bool {
    http_url(url).is_ok_and(|url| url.is_loopback())
}

fn read_certificates(file: &Path) -> Result<Vec<Certificate>, String> {
    let cannot = |why: String| format!("ca_file {} cannot be used: {why}", file.display());
    let pem = std::fs::read(file).map_err(|error| cannot(error.to_string()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(cannot("there is no certificate (PEM) in it".to_owned())),
        Err(error) => Err(cannot(chain(&error))),
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn unreachable(error: &reqwest::Error) -> Unreachable {
    Unreachable(match error.is_timeout() {
        true => format!("no answer within {} s", REQUEST_WITHIN.as_secs()),
        false if error.is_connect() => format!("cannot connect: {}", root(error)),
        false => format!("the connection broke: {}", root(error)),
    })
}

/// What an error comes down to.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// An error with what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let also = error.to_string();
        // Some errors repeat their cause in their own words.
        if !text.contains(&also) {
            text.push_str(": ");
            text.push_str(&also);
        }
        cause = error.source();
    }
    text
}
