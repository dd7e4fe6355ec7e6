//! Goes through the steps of one operation, from where it stood before.
//!
//! In: a receiver, what is told, how far an earlier attempt came. Out: a [`Report`].
//! A step that was done is not done again by the next attempt: a comment would stand
//! there twice. Knows nothing of when the next attempt is, or of the store.

use std::collections::BTreeMap;

use vedette_policy::profile::{Auth, Judgement, Operation, Scene, Step, Told};
use vedette_triage::{TicketReference, Timestamp};

use super::Receiver;
use super::answer::judge;
use super::receivers::Secrets;
use super::render::{Credentials, complete};
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
}

/// Headers that say when to come back.
const PACE: [&str; 3] = ["retry-after", "x-ratelimit-reset", "x-ratelimit-remaining"];

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
    };
    if let Some(fault) = &secrets.fault {
        report.judgement = Judgement::Auth;
        report.why.clone_from(fault);
        return report;
    }
    let steps = receiver.destination().profile.steps(operation);
    for step in steps.iter().skip(report.progress.done) {
        take(receiver, step, subject, (&secrets, &mut report)).await;
        match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => report.progress.done += 1,
            Judgement::Gone
            | Judgement::Conflict
            | Judgement::Auth
            | Judgement::Refused
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => break,
        }
    }
    report.why = secrets.redaction.redact(&report.why);
    report
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
    let completed = made.map_err(|error| error.to_string()).and_then(|request| {
        report.replaced.extend(request.replaced.iter().cloned());
        let user = match &destination.profile.auth {
            Auth::Basic { user } => user.render(&context).map_err(|error| error.to_string())?,
            Auth::None | Auth::Scheme(_) | Auth::Header(_) => String::new(),
        };
        let id = subject.told.map(|told| told.delivery.idempotency_key());
        let signed = secrets.signing.as_ref().zip(id.as_deref());
        let credentials = Credentials {
            auth: &destination.profile.auth,
            user: &user,
            secret: secrets.token.as_ref(),
            signed: signed.map(|(key, id)| (key, id, subject.now.as_millis() / 1000)),
        };
        complete(&destination.url, request, &credentials)
    });
    let arrival = match &completed {
        Ok(outgoing) => receiver.carrier().carry(outgoing).await,
        Err(why) => Arrival::Unsendable { why: why.clone() },
    };
    if let Arrival::Answered(response) = &arrival {
        let pace = |name: &&str| Some(((*name).to_owned(), response.header(name)?.to_owned()));
        report.pace = PACE.iter().filter_map(pace).collect();
    }
    let opinion = judge(step, &arrival, &scene);
    report.judgement = opinion.judgement;
    report.why = format!("{}: {}", step.name, opinion.why);
    report.progress.captured.extend(opinion.captured);
}
