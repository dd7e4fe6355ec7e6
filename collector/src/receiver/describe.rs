//! Says what a receiver can do, and what has to be made at the other side first.
//!
//! In: a receiver. Out: sentences for the people of the ticket system. No secret is in
//! them. Knows nothing of how it is doing.

use std::collections::BTreeMap;

use vedette_policy::profile::{Auth, Idempotency, Operation, Scene};

use super::Receiver;

/// What a receiver is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its profile.
    pub profile: String,
    /// What that speaks to.
    pub about: String,
    /// What keeps a ticket from being made twice.
    pub once: String,
    /// How we say who we are.
    pub login: String,
    /// What it can do.
    pub can: Vec<&'static str>,
    /// What nothing is done for there.
    pub cannot: Vec<&'static str>,
    /// What has to be made there.
    pub setup: Vec<String>,
}

/// Describes a receiver.
pub fn describe(receiver: &Receiver) -> Description {
    let destination = receiver.destination();
    let profile = &*destination.profile;
    let has = |operation: &&Operation| !profile.steps(**operation).is_empty();
    let words = |operation: &Operation| operation.as_str();
    let scene = Scene {
        receiver: &destination.name,
        url: &destination.url,
        settings: &destination.settings,
        public_url: &receiver.site().public_url,
        told: None,
        ticket: None,
        asked: None,
        users: &receiver.site().users,
        captured: &BTreeMap::new(),
        secret: None,
    };
    let context = scene.context();
    // Tried when the profile was read.
    let setup = profile
        .setup
        .iter()
        .filter_map(|template| template.render(&context).ok());
    Description {
        profile: profile.name.clone(),
        about: profile.about.clone(),
        once: once(profile.idempotency).to_owned(),
        login: login(receiver),
        can: Operation::ALL.iter().filter(has).map(words).collect(),
        cannot: Operation::ALL
            .iter()
            .filter(|operation| !has(operation))
            .map(words)
            .collect(),
        setup: setup.collect(),
    }
}

fn once(idempotency: Idempotency) -> &'static str {
    match idempotency {
        Idempotency::Key => {
            "it recognises a repeated request by its key; a doubtful one is sent again"
        }
        Idempotency::KeyFor(_) => {
            "it recognises a repeated request by its key for a while; later a ticket is looked for before it is made again"
        }
        Idempotency::Lookup => {
            "a ticket that may exist is looked for by our key before it is made again"
        }
        Idempotency::None => {
            "nothing: a request that may have arrived is sent again, and may be there twice"
        }
    }
}

fn login(receiver: &Receiver) -> String {
    let destination = receiver.destination();
    let how = match &destination.profile.auth {
        Auth::None => "the secret stands where the profile puts it".to_owned(),
        Auth::Scheme(scheme) => format!("Authorization: {scheme} ..."),
        Auth::Basic { .. } => "Authorization: Basic, user and secret".to_owned(),
        Auth::Header(name) => format!("{name}: ..."),
        Auth::Query(parameter) => format!("the parameter `{parameter}` of the address"),
        Auth::ClientCredentials { .. } => {
            "a token that the secret is exchanged for (OAuth 2.0)".to_owned()
        }
    };
    let from = match &destination.token_file {
        Some(path) => format!("the secret is read from {}", path.display()),
        None => "there is no token_file: nothing secret is sent".to_owned(),
    };
    format!("{how}; {from}")
}
