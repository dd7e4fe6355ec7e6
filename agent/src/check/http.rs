//! Asks for a page: it comes in time, with the right status and words, from who it should.
//!
//! Redirections are followed here and not by the library, so that they are bounded, looked up
//! in the agent's own way, and never carry a password to another host. Proxies are not used:
//! what is checked is the way from here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::LOCATION;
use reqwest::{Client, Method, Response, Url, redirect};
use vedette_config::check::HttpSettings;

use super::secret::{self, Secret};
use super::tcp::{contains, milliseconds};
use super::tls;
use super::trust::Witness;
use super::{Check, Found, Lane, Running, Tools};
use crate::clock::{Clock, HostClock};

/// Bytes of a page in which the expected text is looked for.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// How we call ourselves.
const USER_AGENT: &str = concat!("vedette-agent/", env!("CARGO_PKG_VERSION"));

pub(super) struct Http(HttpSettings);

/// The end of a chain of requests.
struct Page {
    url: Url,
    status: u16,
    body: Vec<u8>,
    is_cut: bool,
}

/// How we are let in.
enum Pass {
    Nobody,
    Token(Secret),
    Password(String, Secret),
}

impl Http {
    pub(super) fn new(settings: HttpSettings) -> Http {
        Http(settings)
    }

    async fn look(&self, tools: &Tools) -> Found {
        let settings = &self.0;
        let pass = match self.pass(tools).await {
            Ok(pass) => pass,
            Err(why) => return Found::unknown(why),
        };
        let ca_file = settings.certificate.ca_file.as_deref();
        let judge = match settings.url.starts_with("https://") {
            true => tools.trust().judge(ca_file, tools).await,
            // Only a redirection can lead to encryption, and that is judged by the system.
            false => Err("the address that was asked for is not encrypted".to_owned()),
        };
        let witness = Witness::new(judge, settings.certificate.verify);
        let begun = Instant::now();
        let page = self.follow(&witness, &pass, tools).await;
        let took = begun.elapsed();
        let mut found = match &page {
            Ok(page) => self.judge(page, took),
            Err(why) => Found::critical(why.clone()),
        };
        found
            .samples
            .push(tools.subject.value("time", "s", took.as_secs_f64()));
        if let Ok(page) = &page {
            found
                .samples
                .push(tools.subject.value("status", "", f64::from(page.status)));
        }
        self.add_certificate(&witness, found, tools)
    }

    /// What its certificate comes to, if there is one.
    fn add_certificate(&self, witness: &Witness, found: Found, tools: &Tools) -> Found {
        let mut found = found;
        let Some(seen) = witness.seen() else {
            return found;
        };
        let now = HostClock.now().wall_ms / 1000;
        let judged = tls::judge(&seen, &self.0.certificate, now);
        if !judged.is_well() {
            tls::note(&mut found, judged.state, &judged.text);
        }
        let settings = &self.0.certificate;
        let samples = seen
            .certificate
            .map(|certificate| certificate.samples(&tools.subject, settings, now));
        found.with(samples.into_iter().flatten())
    }

    async fn pass(&self, tools: &Tools) -> Result<Pass, String> {
        let settings = &self.0;
        let file = settings
            .token_file
            .as_ref()
            .or(settings.password_file.as_ref());
        let Some(file) = file.cloned() else {
            return Ok(Pass::Nobody);
        };
        let secret = tools.block(move || secret::read(&file)).await??;
        Ok(match (&settings.token_file, &settings.user) {
            (None, Some(user)) => Pass::Password(user.clone(), secret),
            (Some(_), _) | (None, None) => Pass::Token(secret),
        })
    }

    async fn follow(
        &self,
        witness: &Arc<Witness>,
        pass: &Pass,
        tools: &Tools,
    ) -> Result<Page, String> {
        let unusable = |error| format!("{} cannot be used: {error}", bare(&self.0.url));
        let first = Url::parse(&self.0.url).map_err(unusable)?;
        let mut url = first.clone();
        for hops in 0..=self.0.redirects {
            let is_own = url.origin() == first.origin();
            let response = self
                .ask(&url, witness, is_own.then_some(pass), tools)
                .await?;
            let status = response.status().as_u16();
            let next = response
                .headers()
                .get(LOCATION)
                .filter(|_| response.status().is_redirection() && !self.0.status.contains(&status))
                .filter(|_| hops < self.0.redirects)
                .map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned());
            let Some(location) = next else {
                return read(url, response).await;
            };
            let (from, to) = (bare(url.as_str()), bare(&location));
            let next = url
                .join(&location)
                .map_err(|error| format!("{from} leads to {to:?}: {error}"))?;
            if !matches!(next.scheme(), "http" | "https") {
                return Err(format!("{from} leads to {to:?}, which is not the web"));
            }
            url = next;
        }
        Err(format!("{} leads on and on", bare(first.as_str())))
    }

    async fn ask(
        &self,
        url: &Url,
        witness: &Arc<Witness>,
        pass: Option<&Pass>,
        tools: &Tools,
    ) -> Result<Response, String> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = tools.resolve(name, port).await?;
        let client = client(witness, host, &addresses)?;
        let method = if self.0.is_head {
            Method::HEAD
        } else {
            Method::GET
        };
        let mut request = client.request(method, url.clone());
        if let Some(pass) = pass {
            for (name, value) in &self.0.headers {
                request = request.header(name, value);
            }
            request = match pass {
                Pass::Nobody => request,
                Pass::Token(token) => request.bearer_auth(token.text()),
                Pass::Password(user, password) => request.basic_auth(user, Some(password.text())),
            };
        }
        let response = request.send().await;
        response.map_err(|error| {
            format!(
                "{} cannot be fetched: {}",
                bare(url.as_str()),
                whole(&error)
            )
        })
    }

    fn judge(&self, page: &Page, took: Duration) -> Found {
        let settings = &self.0;
        let text = format!(
            "{} answers {} in {}",
            bare(page.url.as_str()),
            page.status,
            milliseconds(took)
        );
        let is_expected = match settings.status.as_slice() {
            [] => (200..300).contains(&page.status),
            codes => codes.contains(&page.status),
        };
        if !is_expected {
            return Found::critical(text);
        }
        if let Some(expect) = &settings.expect
            && !contains(&page.body, expect.as_bytes())
        {
            let where_to = match page.is_cut {
                true => format!("in its first {} KiB", BODY_BYTES_MAX / 1024),
                false => "in it".to_owned(),
            };
            return Found::critical(format!("{text}, but {expect:?} is not {where_to}"));
        }
        match settings.slow {
            Some(slow) if took > slow => Found::warning(format!("{text}, slower than {slow:?}")),
            Some(_) | None => Found::ok(text),
        }
    }
}

impl Check for Http {
    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        Box::pin(self.look(tools))
    }

    fn too_late(&self, within: Duration) -> Found {
        let url = bare(&self.0.url);
        Found::critical(format!("{url} does not answer within {within:?}"))
    }
}

/// A client for one request: nothing is kept open between two runs.
fn client(witness: &Arc<Witness>, host: &str, addresses: &[SocketAddr]) -> Result<Client, String> {
    Client::builder()
        .tls_backend_preconfigured(witness.config()?)
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .resolve_to_addrs(host, addresses)
        .build()
        .map_err(|error| format!("requests cannot be made: {}", whole(&error)))
}

async fn read(url: Url, mut response: Response) -> Result<Page, String> {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    let mut is_cut = false;
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk
            .map_err(|error| format!("{} breaks off: {}", bare(url.as_str()), whole(&error)))?;
        let Some(chunk) = chunk else { break };
        let room = BODY_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            is_cut = true;
            break;
        }
    }
    Ok(Page {
        url,
        status,
        body,
        is_cut,
    })
}

/// An address without what follows the `?`, which may be a secret.
fn bare(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

/// An error with its causes; the address is left out, for the sentence around it names it.
fn whole(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    match causes.last() {
        // The last one says what happened, those before it where.
        Some(last) => last.clone(),
        None => error.to_string(),
    }
}
