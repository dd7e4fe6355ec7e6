//! Shows what would be sent, byte for byte, with secrets masked; sends nothing.
//!
//! In: a receiver, a delivery, how its ticket is known there. Out: the requests of its
//! operation. What only an answer can say stands as `<name>`. Knows nothing of sockets.

use std::collections::BTreeMap;

use vedette_policy::profile::{Auth, Operation, Scene, Step, Told};
use vedette_triage::{Delivery, TicketReference, Timestamp};

use super::render::{Credentials, Outgoing, complete};
use super::secret::Secret;
use super::{Receiver, Words};

/// One request as it would go over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The step.
    pub step: String,
    /// Whether the step would be skipped.
    pub is_skipped: bool,
    /// Method and address, or the server mail is handed to.
    pub line: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
    /// What could not be rendered and was replaced.
    pub replaced: Vec<String>,
}

/// The requests of a delivery's operation.
///
/// # Errors
/// A sentence when one of them cannot be made.
pub fn preview(
    receiver: &Receiver,
    delivery: &Delivery,
    ticket: Option<&TicketReference>,
    now: Timestamp,
) -> Result<(Operation, Vec<Preview>), String> {
    let profile = &*receiver.destination().profile;
    let operation = Operation::of(delivery, profile);
    let words = Words::of(delivery, receiver.site());
    let told = Told {
        delivery,
        subject: &words.subject,
        text: &words.text,
        first: &words.first,
    };
    let unknown = TicketReference {
        id: "<id>".into(),
        url: String::new(),
    };
    let ticket = match operation {
        Operation::Open => None,
        _ => Some(ticket.unwrap_or(&unknown)),
    };
    let mut captured = BTreeMap::new();
    let mut previews = Vec::new();
    for step in profile.steps(operation) {
        previews.push(shown(receiver, step, (told, ticket, &captured), now)?);
        for capture in &step.capture {
            captured.insert(capture.name.clone(), format!("<{}>", capture.name));
        }
    }
    Ok((operation, previews))
}

type Known<'a> = (
    Told<'a>,
    Option<&'a TicketReference>,
    &'a BTreeMap<String, String>,
);

fn shown(
    receiver: &Receiver,
    step: &Step,
    (told, ticket, captured): Known<'_>,
    now: Timestamp,
) -> Result<Preview, String> {
    let destination = receiver.destination();
    let secrets = receiver.secrets();
    let masked = Secret::new("[secret]");
    let scene = Scene {
        receiver: &destination.name,
        url: &destination.url,
        settings: &destination.settings,
        public_url: &receiver.site().public_url,
        told: Some(told),
        ticket,
        asked: None,
        users: &receiver.site().users,
        captured,
        secret: secrets.token.as_ref().map(Secret::reveal),
    };
    let context = scene.context();
    let is_skipped = !step.is_wanted(&context).unwrap_or(true);
    let mut request = step
        .render(&context, told.text)
        .map_err(|error| error.to_string())?;
    if step.is_reference && request.url.starts_with('<') {
        // It comes out of an answer there is none of.
        request.url = format!("/{}", request.url);
    }
    let replaced = request.replaced.clone();
    let user = match &destination.profile.auth {
        Auth::Basic { user, .. } => user.render(&context).map_err(|error| error.to_string())?,
        _ => String::new(),
    };
    let id = told.delivery.idempotency_key();
    let credentials = Credentials {
        auth: &destination.profile.auth,
        user: &user,
        password: None,
        secret: secrets.token.as_ref().map(|_| &masked),
        signed: secrets
            .signing
            .as_ref()
            .map(|key| (key, id.as_str(), now.as_millis() / 1000)),
    };
    let outgoing = complete(&destination.url, request, &credentials)?;
    let hide = |text: &str| secrets.redaction.redact(text);
    Ok(Preview {
        step: step.name.clone(),
        is_skipped,
        line: hide(&line(&outgoing)),
        headers: headers(&outgoing)
            .into_iter()
            .map(|(name, value)| {
                // A signature and a pair in base64 are secrets in another form.
                let is_secret = ["authorization", "webhook-signature"]
                    .iter()
                    .any(|secret| name.eq_ignore_ascii_case(secret));
                let value = if is_secret {
                    mask(&value)
                } else {
                    hide(&value)
                };
                (name, value)
            })
            .collect(),
        body: hide(&body(&outgoing)),
        replaced: replaced.iter().map(|text| hide(text)).collect(),
    })
}

fn line(outgoing: &Outgoing) -> String {
    match &outgoing.mail {
        Some(_) => format!("MAIL {}", outgoing.url),
        None => format!("{} {}", outgoing.method.as_str(), outgoing.url),
    }
}

fn headers(outgoing: &Outgoing) -> Vec<(String, String)> {
    let Some(post) = &outgoing.mail else {
        return outgoing.headers.clone();
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        header("From", &post.letter.from),
        header("To", &post.letter.to),
        header("Subject", &post.letter.subject),
    ]
}

fn body(outgoing: &Outgoing) -> String {
    match &outgoing.mail {
        Some(post) => post.letter.text.clone(),
        None => String::from_utf8_lossy(&outgoing.body).into_owned(),
    }
}

/// The scheme stays: which one it is is what people look for.
fn mask(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} [secret]"),
        None => "[secret]".to_owned(),
    }
}
