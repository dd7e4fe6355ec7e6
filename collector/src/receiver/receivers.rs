//! Keeps the receivers of the policy in force, with their secrets.
//!
//! In: destinations, as the policy names them. Out: [`Receiver`]s that can be sent
//! to. A secret is read from its file at the start, and again when it is refused: a
//! token that was replaced on disk is taken up without a restart.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use vedette_policy::profile::{Auth, Destination, Signature};

use super::exchange::Purse;
use super::mail::Postman;
use super::secret::{Redaction, Secret};
use super::sender::{Bounds, Carrier, Sender};
use super::sign::SigningKey;
use super::text::Site;

/// The receivers of one policy, by name.
#[derive(Debug, Clone, Default)]
pub struct Receivers {
    by_name: BTreeMap<String, Arc<Receiver>>,
}

/// One receiver that can be sent to.
pub struct Receiver {
    destination: Destination,
    site: Site,
    carrier: Arc<dyn Carrier>,
    secrets: RwLock<Secrets>,
    purse: Purse,
    /// When the last request was begun.
    last_begun: tokio::sync::Mutex<Option<tokio::time::Instant>>,
}

/// What was in a receiver's files when they were last read.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// What is sent.
    pub token: Option<Secret>,
    /// What signs.
    pub signing: Option<SigningKey>,
    /// Takes them out of whatever is shown.
    pub redaction: Redaction,
    /// Why they cannot be used; nothing is sent until they can.
    pub fault: Option<String>,
}

impl Receivers {
    /// The receivers of a policy, reached over HTTP. One that cannot be reached for want of its
    /// secret is there all the same, and says so when it is tried.
    ///
    /// # Errors
    /// A sentence when this machine cannot make HTTP requests at all.
    pub fn from_policy(destinations: &[Destination], site: &Site) -> Result<Receivers, String> {
        let mut by_name = BTreeMap::new();
        for destination in destinations {
            let bounds = Bounds {
                connect_timeout: destination.profile.connect_timeout,
                timeout: destination.timeout,
                answer_bytes_max: destination.profile.answer_bytes_max,
            };
            let carrier: Arc<dyn Carrier> = match destination.profile.is_mail() {
                true => Arc::new(Postman::new(bounds)),
                false => {
                    let sender = Sender::new(&destination.url, bounds);
                    Arc::new(
                        sender
                            .map_err(|why| format!("receiver \"{}\": {why}", destination.name))?,
                    )
                }
            };
            let receiver = Receiver::new(destination.clone(), site.clone(), carrier);
            by_name.insert(destination.name.clone(), Arc::new(receiver));
        }
        Ok(Receivers { by_name })
    }

    /// The receiver of that name, if the policy has it.
    pub fn get(&self, name: &str) -> Option<&Arc<Receiver>> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Receiver>> {
        self.by_name.values()
    }
}

impl FromIterator<Receiver> for Receivers {
    fn from_iter<I: IntoIterator<Item = Receiver>>(receivers: I) -> Receivers {
        let by_name = receivers
            .into_iter()
            .map(|receiver| (receiver.name().to_owned(), Arc::new(receiver)))
            .collect();
        Receivers { by_name }
    }
}

impl Receiver {
    /// A receiver that is reached by `carrier`.
    pub fn new(destination: Destination, site: Site, carrier: Arc<dyn Carrier>) -> Receiver {
        let secrets = RwLock::new(read(&destination));
        Receiver {
            destination,
            site,
            carrier,
            secrets,
            purse: Purse::default(),
            last_begun: tokio::sync::Mutex::new(None),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.destination.name
    }

    /// How it is reached.
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// What its texts are worded by.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What carries requests to it.
    pub fn carrier(&self) -> &dyn Carrier {
        &*self.carrier
    }

    /// Returns when a request may begin: never sooner than `min_gap` after the last one, whoever
    /// sent that.
    pub(super) async fn turn(&self) {
        let gap = self.destination.min_gap;
        if gap.is_zero() {
            return;
        }
        let mut last_begun = self.last_begun.lock().await;
        if let Some(last_begun) = *last_begun {
            tokio::time::sleep_until(last_begun + gap).await;
        }
        *last_begun = Some(tokio::time::Instant::now());
    }

    /// The token its secret was exchanged for, where its profile does that.
    pub(super) fn purse(&self) -> &Purse {
        &self.purse
    }

    /// Its secrets, as they were last read.
    pub fn secrets(&self) -> Secrets {
        self.secrets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads its files again. Says whether the secret that is sent is another one now.
    pub fn read_secrets_again(&self) -> bool {
        let after = read(&self.destination);
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        let has_changed = after.token != secrets.token && after.fault.is_none();
        *secrets = after;
        has_changed
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Receiver")
            .field(&self.name())
            .finish()
    }
}

fn read(destination: &Destination) -> Secrets {
    let mut fault = None;
    let mut secret_of = |path: &Option<std::path::PathBuf>| {
        let secret = path.as_deref().map(Secret::read)?;
        secret.map_err(|why| fault = Some(why)).ok()
    };
    let token = secret_of(&destination.token_file);
    let signing_secret = secret_of(&destination.secret_file);
    let signing = match (&signing_secret, destination.profile.signature) {
        (Some(secret), Signature::StandardWebhooks) => SigningKey::parse(secret)
            .map_err(|why| fault = Some(why))
            .ok(),
        (Some(_), Signature::None) | (None, _) => None,
    };
    let user = match &destination.profile.auth {
        Auth::Basic { user, .. } => Some(user.source()),
        Auth::None
        | Auth::Scheme(_)
        | Auth::Header(_)
        | Auth::Query(_)
        | Auth::ClientCredentials { .. } => None,
    };
    Secrets {
        redaction: Redaction::of(token.iter().chain(&signing_secret), user),
        token,
        signing,
        fault,
    }
}
