//! Goes through the steps of one operation, from where it stood before.
//!
//! In: a receiver, what is told, how far an earlier attempt came. Out: a [`Report`].
//! A step that was done is not done again by the next attempt: a comment would stand
//! there twice. What was only read is read again: an etag is worth nothing the second time. Knows nothing of when the next attempt is, or of the store.

use std::collections::BTreeMap;

use vedette_policy::profile::{
    Asked, Auth, Judgement, Method, Operation, Request, Scene, Step, Template, Told,
};
use vedette_triage::{TicketReference, Timestamp};

use super::Receiver;
use super::answer::{Listed, judge};
use super::exchange::{self, Exchange};
use super::receivers::Secrets;
use super::render::{Credentials, complete};
use super::secret::Secret;
use super::sender::Arrival;

/// How far an operation came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps that were done or skipped.
    pub done: usize,
    /// What was taken out of their answers.
    pub captured: BTreeMap<String, String>,
}

/// What an operation is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What is told; none while the receiver is only being tried.
    pub told: Option<Told<'a>>,
    /// How the ticket is known there, if it is.
    pub ticket: Option<&'a TicketReference>,
    /// From where on changes are asked for; none unless they are.
    pub asked: Option<Asked<'a>>,
    /// The time, for signatures.
    pub now: Timestamp,
}

/// What came of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Of the step that ended it: `Done` when all of them were.
    pub judgement: Judgement,
    /// For people; secrets removed, bounded.
    pub why: String,
    /// How far it came.
    pub progress: Progress,
    /// Headers of the answer that say when to come back.
    pub pace: Vec<(String, String)>,
    /// What could not be rendered and was replaced by a built-in text.
    pub replaced: Vec<String>,
    /// The changes the last step listed.
    pub listed: Option<Listed>,
}

/// Headers that say when to come back.
const PACE: [&str; 5] = [
    "retry-after",
    "x-ratelimit-reset",
    "x-ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-remaining",
];

impl Report {
    /// How the ticket is known there, as far as the answers said.
    pub fn ticket(&self) -> Option<TicketReference> {
        let captured = &self.progress.captured;
        Some(TicketReference {
            id: captured.get("id")?.clone(),
            url: captured.get("url").cloned().unwrap_or_default(),
        })
    }
}

/// Carries out an operation. One that has no steps is done.
pub async fn carry_out(
    receiver: &Receiver,
    operation: Operation,
    subject: Subject<'_>,
    progress: Progress,
) -> Report {
    let secrets = receiver.secrets();
    let mut report = Report {
        judgement: Judgement::Done,
        why: String::new(),
        progress,
        pace: Vec::new(),
        replaced: Vec::new(),
        listed: None,
    };
    if let Some(fault) = &secrets.fault {
        report.judgement = Judgement::Auth;
        report.why.clone_from(fault);
        return report;
    }
    let steps = receiver.destination().profile.steps(operation);
    for (number, step) in steps
        .iter()
        .enumerate()
        .skip(resumed_at(steps, report.progress.done))
    {
        take(receiver, step, subject, (&secrets, &mut report)).await;
        match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => {
                report.progress.done = report.progress.done.max(number + 1);
            }
            Judgement::Gone
            | Judgement::Conflict
            | Judgement::Auth
            | Judgement::Refused
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => break,
        }
    }
    report.why = match receiver.purse().held(subject.now) {
        Some(token) => secrets.redaction.and(&token).redact(&report.why),
        None => secrets.redaction.redact(&report.why),
    };
    report
}

/// Where an operation goes on: with what was read just before the step it came to.
fn resumed_at(steps: &[Step], done: usize) -> usize {
    let before = steps.get(..done).unwrap_or(steps);
    let read = before.iter().rev().take_while(|step| is_reading(step));
    before.len() - read.count()
}

/// Whether a step changes nothing there and takes something out of the answer for later steps.
fn is_reading(step: &Step) -> bool {
    step.method == Method::Get && !step.capture.is_empty()
}

/// Takes one step and writes into the report what came of it.
async fn take(
    receiver: &Receiver,
    step: &Step,
    subject: Subject<'_>,
    (secrets, report): (&Secrets, &mut Report),
) {
    let destination = receiver.destination();
    let captured = report.progress.captured.clone();
    let scene = Scene {
        receiver: &destination.name,
        url: &destination.url,
        settings: &destination.settings,
        public_url: &receiver.site().public_url,
        told: subject.told,
        ticket: subject.ticket,
        asked: subject.asked,
        users: &receiver.site().users,
        captured: &captured,
        secret: secrets.token.as_ref().map(super::secret::Secret::reveal),
    };
    let context = scene.context();
    let instead = subject.told.map_or("", |told| told.text);
    let made = match step.is_wanted(&context) {
        Ok(true) => step.render(&context, instead),
        Ok(false) => return report.judgement = Judgement::Done,
        Err(error) => Err(error),
    };
    let arrival = match made {
        Ok(request) => {
            report.replaced.extend(request.replaced.iter().cloned());
            let asked = Envelope {
                receiver,
                secrets,
                context: &context,
                subject,
            };
            asked.carry(request).await
        }
        Err(error) => Arrival::Unsendable {
            why: error.to_string(),
        },
    };
    if let Arrival::Answered(response) = &arrival {
        let pace = |name: &&str| Some(((*name).to_owned(), response.header(name)?.to_owned()));
        report.pace = PACE.iter().filter_map(pace).collect();
    }
    let opinion = judge(step, &arrival, &scene);
    report.judgement = opinion.judgement;
    report.why = format!("{}: {}", step.name, opinion.why);
    report.progress.captured.extend(opinion.captured);
    report.listed = opinion.listed;
}

/// What a rendered request is sent with.
struct Envelope<'a> {
    receiver: &'a Receiver,
    secrets: &'a Secrets,
    context: &'a minijinja::Value,
    subject: Subject<'a>,
}

impl Envelope<'_> {
    /// Sends it, and once more where the token had been refused before its end: that was not done.
    async fn carry(&self, request: Request) -> Arrival {
        let arrival = self.carry_once(request.clone()).await;
        let auth = &self.receiver.destination().profile.auth;
        match (&arrival, auth) {
            (Arrival::Answered(response), Auth::ClientCredentials { .. })
                if response.status == 401 =>
            {
                self.receiver.purse().throw_away();
                self.carry_once(request).await
            }
            _ => arrival,
        }
    }

    async fn carry_once(&self, request: Request) -> Arrival {
        let destination = self.receiver.destination();
        let unsendable = |why: String| Arrival::Unsendable { why };
        let rendered = |template: &Template| {
            let rendered = template.render(self.context);
            rendered.map_err(|error| Arrival::Unsendable {
                why: error.to_string(),
            })
        };
        let (user, password) = match &destination.profile.auth {
            Auth::Basic { user, password } => {
                match (rendered(user), password.as_ref().map(rendered).transpose()) {
                    (Ok(user), Ok(password)) => (user, password),
                    (Err(arrival), _) | (_, Err(arrival)) => return arrival,
                }
            }
            Auth::None
            | Auth::Scheme(_)
            | Auth::Header(_)
            | Auth::Query(_)
            | Auth::ClientCredentials { .. } => (String::new(), None),
        };
        let exchanged = match self.exchanged(&rendered).await {
            Ok(exchanged) => exchanged,
            Err(arrival) => return arrival,
        };
        let id = self
            .subject
            .told
            .map(|told| told.delivery.idempotency_key());
        let signed = self.secrets.signing.as_ref().zip(id.as_deref());
        let credentials = Credentials {
            auth: &destination.profile.auth,
            user: &user,
            password: password.as_deref(),
            secret: exchanged.as_ref().or(self.secrets.token.as_ref()),
            signed: signed.map(|(key, id)| (key, id, self.subject.now.as_millis() / 1000)),
        };
        match complete(&destination.url, request, &credentials) {
            Ok(outgoing) => {
                self.receiver.turn().await;
                self.receiver.carrier().carry(&outgoing).await
            }
            Err(why) => unsendable(why),
        }
    }

    /// What the secret is exchanged for, where the profile does that.
    async fn exchanged(
        &self,
        rendered: &impl Fn(&Template) -> Result<String, Arrival>,
    ) -> Result<Option<Secret>, Arrival> {
        let Auth::ClientCredentials {
            token_url,
            client_id,
            scope,
        } = &self.receiver.destination().profile.auth
        else {
            return Ok(None);
        };
        let Some(secret) = &self.secrets.token else {
            let why = "there is no secret to exchange for a token; set token_file".to_owned();
            return Err(Arrival::Unsendable { why });
        };
        let exchange = Exchange {
            token_url: rendered(token_url)?,
            client_id: rendered(client_id)?,
            scope: rendered(scope)?,
            secret,
        };
        let (carrier, purse) = (self.receiver.carrier(), self.receiver.purse());
        let token = exchange::token(carrier, purse, &exchange, self.subject.now).await?;
        Ok(Some(token))
    }
}
