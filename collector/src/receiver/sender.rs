//! Carries one request over HTTP(S), and says what is known of it afterwards.
//!
//! No redirects, a bounded answer, a limit in time. What matters is the difference
//! between "surely not sent" and "perhaps": only the first may simply be repeated.

use std::future::Future;
use std::pin::Pin;
use std::sync::Once;
use std::time::Duration;

use reqwest::redirect;

use super::address::Remembering;
use super::render::Outgoing;
use vedette_policy::profile::Method;

/// How long a connection nobody uses is kept: shorter than any server closes it, because a
/// connection that closes under a request leaves its outcome unknown.
const IDLE_MAX: Duration = Duration::from_secs(4);

/// What is known of a request that was carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// It was answered.
    Answered(Response),
    /// It is no request that could ever be sent.
    Unsendable {
        /// A sentence without secrets.
        why: String,
    },
    /// It surely did not arrive.
    NotSent {
        /// A sentence without secrets.
        why: String,
    },
    /// Perhaps it arrived, perhaps it was carried out.
    Lost {
        /// A sentence without secrets.
        why: String,
    },
}

/// An answer, read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, bounded by the profile's `answer_bytes_max`.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, however it is written.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        let (_, value) = self.headers.iter().find(found)?;
        Some(value)
    }
}

/// A carried request, on its way.
pub type Carried<'a> = Pin<Box<dyn Future<Output = Arrival> + Send + 'a>>;

/// Carries requests. Implementors: [`Sender`], the one of e-mails, and receivers in memory in tests.
pub trait Carrier: Send + Sync + 'static {
    /// Carries one.
    fn carry<'a>(&'a self, outgoing: &'a Outgoing) -> Carried<'a>;
}

/// The bounds of a sender.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the whole request may take.
    pub timeout: Duration,
    /// Bytes of an answer.
    pub answer_bytes_max: usize,
}

/// Carries requests over HTTP(S).
#[derive(Debug, Clone)]
pub struct Sender {
    client: reqwest::Client,
    bounds: Bounds,
}

impl Sender {
    /// A sender to one receiver.
    ///
    /// # Errors
    /// A sentence when this machine has no usable certificates.
    pub fn new(url: &str, bounds: Bounds) -> Result<Sender, String> {
        install_ring();
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .dns_resolver(Remembering::default())
            .connect_timeout(bounds.connect_timeout)
            .timeout(bounds.timeout)
            .pool_idle_timeout(IDLE_MAX);
        if is_loopback(url) {
            // A proxy of the environment cannot reach this machine's own services.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| format!("the HTTP client cannot be made: {}", chain(&error)))?;
        Ok(Sender { client, bounds })
    }

    async fn carried(&self, outgoing: &Outgoing) -> Arrival {
        let method = match outgoing.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = self.client.request(method, outgoing.url.clone());
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        if !outgoing.body.is_empty() {
            request = request.body(outgoing.body.clone());
        }
        match request.send().await {
            Ok(response) => self.read(response).await,
            Err(error) => failed(error),
        }
    }

    async fn read(&self, mut response: reqwest::Response) -> Arrival {
        let bytes_max = self.bounds.answer_bytes_max;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > bytes_max => {
                    let why = format!("HTTP {status}, and then more than {bytes_max} bytes");
                    return Arrival::Lost { why };
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return failed(error),
            }
        }
        Arrival::Answered(Response {
            status,
            headers,
            body,
        })
    }
}

impl Carrier for Sender {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing) -> Carried<'a> {
        Box::pin(self.carried(outgoing))
    }
}

/// The error without its URL, which may hold a secret.
fn failed(error: reqwest::Error) -> Arrival {
    let (is_builder, is_connect, is_timeout) =
        (error.is_builder(), error.is_connect(), error.is_timeout());
    let why = chain(&error.without_url());
    if is_builder {
        let why = format!("this is no request that can be sent: {why}");
        return Arrival::Unsendable { why };
    }
    if is_connect {
        let why = format!("it cannot be reached: {why}");
        return Arrival::NotSent { why };
    }
    let why = match is_timeout {
        true => "it did not answer in time".to_owned(),
        false => format!("the connection broke: {why}"),
    };
    Arrival::Lost { why }
}

/// The innermost cause: what surrounds it says only that something failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn is_loopback(url: &str) -> bool {
    vedette_config::http_url(url).is_ok_and(|url| url.is_loopback())
}

/// Once for the process: the TLS implementation everybody uses.
pub(super) fn install_ring() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error says that somebody else already did it.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
