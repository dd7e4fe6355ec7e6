//! Exchanges a receiver's secret for a token that ends (OAuth 2.0, client credentials),
//! and keeps the token until then.
//!
//! In: where tokens are given out, who asks, the secret. Out: a token, or why there is
//! none. A token that is refused before its end is thrown away once. Knows nothing of
//! what it is used for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use serde_json::Value as Json;
use vedette_policy::profile::Method;
use vedette_triage::Timestamp;

use super::render::Outgoing;
use super::secret::{Secret, encoded};
use super::sender::{Arrival, Carrier};

/// So long before its end a token is no longer used: a request takes its time.
const MARGIN: Duration = Duration::from_secs(30);
/// The life of a token that does not say how long it lives.
const LIFE: Duration = Duration::from_secs(300);

/// Where a secret becomes a token.
#[derive(Debug, Clone)]
pub(super) struct Exchange<'a> {
    /// Where tokens are given out.
    pub(super) token_url: String,
    /// Who asks.
    pub(super) client_id: String,
    /// What for; may be empty.
    pub(super) scope: String,
    /// What is exchanged.
    pub(super) secret: &'a Secret,
}

/// The token in force.
#[derive(Debug, Default)]
pub(super) struct Purse {
    held: Mutex<Option<(Secret, Timestamp)>>,
}

impl Purse {
    /// The token in force, if it lasts.
    pub(super) fn held(&self, now: Timestamp) -> Option<Secret> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, until) = held.as_ref()?;
        (now < *until).then(|| token.clone())
    }

    /// The token in force was refused.
    pub(super) fn throw_away(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn keep(&self, token: &Secret, until: Timestamp) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some((token.clone(), until));
    }
}

/// A token: the one in force, or a new one.
///
/// # Errors
/// What arrived instead, for judging: a refusal is told as `Unsendable`, because only a person can
/// mend it; nothing was sent to the receiver in any case.
pub(super) async fn token(
    carrier: &dyn Carrier,
    purse: &Purse,
    exchange: &Exchange<'_>,
    now: Timestamp,
) -> Result<Secret, Arrival> {
    if let Some(token) = purse.held(now) {
        return Ok(token);
    }
    let outgoing = request(exchange).map_err(|why| Arrival::Unsendable { why })?;
    let not_sent = |why: String| Arrival::NotSent {
        why: format!("no token was given out: {why}"),
    };
    let response = match carrier.carry(&outgoing).await {
        Arrival::Answered(response) => response,
        Arrival::Unsendable { why } => return Err(Arrival::Unsendable { why }),
        Arrival::NotSent { why } | Arrival::Lost { why } => return Err(not_sent(why)),
    };
    let said: Json = serde_json::from_slice(&response.body).unwrap_or(Json::Null);
    match (response.status, said["access_token"].as_str()) {
        (200..=299, Some(token)) => {
            let life = said["expires_in"]
                .as_u64()
                .map_or(LIFE, Duration::from_secs);
            let token = Secret::new(token);
            purse.keep(&token, now.after(life.saturating_sub(MARGIN)));
            Ok(token)
        }
        (status @ (400..=407 | 410..=424), _) => Err(Arrival::Unsendable {
            why: format!(
                "no token was given out: HTTP {status} {}",
                said["error"].as_str().unwrap_or_default()
            ),
        }),
        (status, _) => Err(not_sent(format!("HTTP {status}"))),
    }
}

fn request(exchange: &Exchange<'_>) -> Result<Outgoing, String> {
    let url = Url::parse(&exchange.token_url)
        .map_err(|error| format!("the address that gives out tokens is none: {error}"))?;
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", exchange.client_id.as_str()),
        ("client_secret", exchange.secret.reveal()),
    ];
    if !exchange.scope.is_empty() {
        form.push(("scope", exchange.scope.as_str()));
    }
    let pairs: Vec<String> = form
        .into_iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(Outgoing {
        method: Method::Post,
        url,
        headers: vec![
            header("Content-Type", "application/x-www-form-urlencoded"),
            header("Accept", "application/json"),
        ],
        body: pairs.join("&").into_bytes(),
        mail: None,
    })
}
