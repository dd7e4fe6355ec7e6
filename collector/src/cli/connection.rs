//! Talks to the collector: where it is, who asks, and a sentence for every way it can fail.
//!
//! In: a path and what is sent. Out: the answer's text. A token is sent over
//! loopback or https only, and follows no redirect.
//! Knows nothing of what the answers mean.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode, Url, header, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use vedette_config::http_url;

use super::failure::{misused, not_ok};
use super::surroundings::Surroundings;
use crate::access::{ADMIN_TOKEN_FILE, TokenError, token_of_file};

/// Where the collector listens unless told otherwise.
const URL: &str = "http://127.0.0.1:9720";
/// How long a connection may take.
const CONNECT_AT_MOST: Duration = Duration::from_secs(5);
/// How long an answer may take.
const ANSWER_AT_MOST: Duration = Duration::from_secs(30);
/// The largest answer that is read; 10,000 incidents have less.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Where the token came from, for those whose token is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Variable,
    File(PathBuf),
    /// None was found: no file there, or one that is not for us to read.
    Nowhere(String),
}

/// A way to the collector.
pub(super) struct Connection {
    base: String,
    token: Option<String>,
    origin: Origin,
    client: reqwest::Client,
    answer_at_most: Duration,
}

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Answer {
    text: String,
    base: String,
}

impl Answer {
    /// As it came; `{}` for nothing at all.
    pub(super) fn text(&self) -> &str {
        if self.text.trim().is_empty() {
            "{}"
        } else {
            self.text.trim_end()
        }
    }

    /// As what it is.
    pub(super) fn read<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        serde_json::from_str(self.text()).map_err(|error| {
            not_ok(format!(
                "{} answers, but not as a Vedette collector of this version does ({error}); \
                 compare `vedette --version` with the collector's",
                self.base
            ))
        })
    }
}

impl Connection {
    /// Finds out where to and as whom; asks nothing yet.
    pub(super) fn new(surroundings: &Surroundings) -> anyhow::Result<Connection> {
        let written = surroundings.url.as_deref().unwrap_or(URL);
        let url = http_url(written).map_err(|error| {
            misused(format!(
                "VEDETTE_URL is {written:?}, and {error}; write it as in {URL}"
            ))
        })?;
        if url.has_query() {
            return Err(misused(format!(
                "VEDETTE_URL is {written:?}; leave out what begins with the question mark"
            )));
        }
        let (token, origin) = match &surroundings.token {
            Some(_) if !url.encrypted && !url.is_loopback() => {
                return Err(misused(format!(
                    "The token would go to {} where anybody on the way can read it; \
                     ask over https, or on the collector's machine under {URL}",
                    url.url
                )));
            }
            Some(token) => (Some(token.trim().to_owned()), Origin::Variable),
            // The file's token is for the collector on this machine and for no other.
            None if url.is_loopback() => from_file(surroundings.state_dir.join(ADMIN_TOKEN_FILE)),
            None => (None, Origin::Nowhere("VEDETTE_TOKEN is not set".into())),
        };
        let client = reqwest::Client::builder()
            .user_agent(concat!("vedette/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_AT_MOST)
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Connection {
            base: url.url,
            token,
            origin,
            client,
            answer_at_most: ANSWER_AT_MOST,
        })
    }

    /// Asks.
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        self.send(Method::GET, self.url(path, query)?, None).await
    }

    /// The same, to whoever needs longer than usual for an answer.
    pub(super) fn patient(mut self, answer_at_most: Duration) -> Connection {
        self.answer_at_most = answer_at_most;
        self
    }

    /// Tells.
    pub(super) async fn post(
        &self,
        path: &[&str],
        body: &impl serde::Serialize,
    ) -> anyhow::Result<Answer> {
        let body = serde_json::to_vec(body)?;
        self.send(Method::POST, self.url(path, &[])?, Some(body))
            .await
    }

    /// Ends.
    pub(super) async fn delete(&self, path: &[&str]) -> anyhow::Result<Answer> {
        self.send(Method::DELETE, self.url(path, &[])?, None).await
    }

    /// The segments are escaped: a host may be called anything.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Url> {
        let unusable = || misused(format!("{} is no address that can be asked", self.base));
        let mut url = Url::parse(&self.base).map_err(|_| unusable())?;
        url.path_segments_mut()
            .map_err(|()| unusable())?
            .pop_if_empty()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<Answer> {
        let mut request = self
            .client
            .request(method, url)
            .timeout(self.answer_at_most);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body);
        }
        let response = request.send().await.map_err(|error| self.silent(&error))?;
        let status = response.status();
        let text = self.text(response).await?;
        if status.is_success() {
            let base = self.base.clone();
            return Ok(Answer { text, base });
        }
        Err(self.refused(status, &text))
    }

    async fn text(&self, mut response: Response) -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.silent(&error))?
        {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                let most = ANSWER_BYTES_MAX >> 20;
                return Err(not_ok(format!(
                    "The answer of {} is larger than {most} MiB; ask for less of it",
                    self.base
                )));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Nobody answered, or not to the end.
    fn silent(&self, error: &reqwest::Error) -> anyhow::Error {
        let base = &self.base;
        if error.is_timeout() {
            let seconds = self.answer_at_most.as_secs();
            return not_ok(format!(
                "{base} did not answer within {seconds} s; is the collector overloaded, or a firewall in between?"
            ));
        }
        let cause = root_cause(error);
        if error.is_connect() {
            return not_ok(format!(
                "Nothing answers at {base} ({cause}); is the collector running? \
                 If it is elsewhere, set VEDETTE_URL"
            ));
        }
        not_ok(format!(
            "The answer of {base} broke off ({cause}); ask again"
        ))
    }

    /// The collector said no.
    fn refused(&self, status: StatusCode, text: &str) -> anyhow::Error {
        let base = &self.base;
        let said = sentence(text);
        let why = said.clone().unwrap_or_else(|| status.to_string());
        match status {
            StatusCode::UNAUTHORIZED => misused(self.who(&why)),
            StatusCode::NOT_FOUND if said.is_none() => misused(format!(
                "What answers at {base} is no Vedette collector; set VEDETTE_URL"
            )),
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => not_ok(capital(&why)),
            StatusCode::SERVICE_UNAVAILABLE => not_ok(format!(
                "The collector cannot do it now: {why}; try again in a few seconds"
            )),
            status if status.is_server_error() => {
                not_ok(format!("The collector failed: {why}; its log says more"))
            }
            status if status.is_redirection() => misused(format!(
                "{base} points elsewhere; set VEDETTE_URL to the collector itself"
            )),
            _ => misused(capital(&why)),
        }
    }

    fn who(&self, why: &str) -> String {
        let base = &self.base;
        match &self.origin {
            Origin::Variable => {
                format!("{base} does not know the token in VEDETTE_TOKEN: {why}")
            }
            Origin::File(path) => format!(
                "{base} does not know the token in {}; is VEDETTE_STATE_DIR that collector's? Else set VEDETTE_TOKEN",
                path.display()
            ),
            Origin::Nowhere(because) => format!(
                "{base} wants to know who asks, and {because}; \
                 set VEDETTE_TOKEN, or ask as root on the collector's machine"
            ),
        }
    }
}

fn from_file(path: PathBuf) -> (Option<String>, Origin) {
    let error = match token_of_file(&path) {
        Ok(token) => return (Some(token), Origin::File(path)),
        Err(error) => error,
    };
    let shown = path.display();
    let because = match &error {
        TokenError::File { error, .. } if error.kind() == ErrorKind::NotFound => {
            format!("{shown} is not there")
        }
        TokenError::File { error, .. } if error.kind() == ErrorKind::PermissionDenied => {
            format!("{shown} is for root to read")
        }
        TokenError::File { error, .. } => format!("{shown} cannot be read ({error})"),
        TokenError::NoToken { .. } | TokenError::NoRandomness(_) => {
            format!("{shown} holds no token")
        }
    };
    (None, Origin::Nowhere(because))
}

/// The innermost reason: "Connection refused" says more than "error sending request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    // The number in "Connection refused (os error 111)" is for programs.
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

/// What a refusal says: `{"error": ...}` of our API, a string of Alertmanager's.
fn sentence(text: &str) -> Option<String> {
    match serde_json::from_str(text).ok()? {
        Value::String(said) => Some(said),
        Value::Object(mut fields) => match fields.remove("error")? {
            Value::String(said) => Some(said),
            _ => None,
        },
        _ => None,
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
