//! Makes one attempt at a delivery, so that a ticket is made exactly once.
//!
//! In: a due delivery, what is known of earlier attempts. Out: its fate, or why to
//! try again. A ticket that may exist is looked up by its key before it is made; not
//! found, it is made only after the time in which it could still appear (invariant
//! 13). Knows nothing of queues and other deliveries.

use vedette_policy::profile::{Idempotency, Judgement, Operation, Told};
use vedette_triage::{Action, Delivery, Fate, TicketReference, Timestamp};

use crate::clock::Clock;
use crate::receiver::operation::{Progress, Report, Subject, carry_out};
use crate::receiver::{Receiver, Words};

/// What is known before an attempt.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Since when it may have been carried out without our knowing.
    pub(super) unknown_since: Option<Timestamp>,
    /// How far an earlier attempt of this run came.
    pub(super) progress: Progress,
    /// How the ticket is known there.
    pub(super) ticket: Option<TicketReference>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempted {
    /// What follows.
    pub(super) then: Then,
    /// For meters and people.
    pub(super) judgement: Judgement,
    /// For people; secrets removed.
    pub(super) why: String,
    /// How far it came, for the next attempt.
    pub(super) progress: Progress,
    /// Headers that say when to come back.
    pub(super) pace: Vec<(String, String)>,
    /// Texts that were replaced by built-in ones.
    pub(super) replaced: Vec<String>,
}

/// What follows an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing: this is its fate.
    Settled(Fate),
    /// Another attempt, after the receiver's pause.
    Again {
        /// Since when it may have been carried out.
        unknown_since: Option<Timestamp>,
    },
    /// Another look, not before that time: a ticket that may be under way is not made twice. The
    /// receiver itself is well.
    Wait {
        /// Since when it may have been carried out.
        unknown_since: Timestamp,
        /// When it can no longer appear.
        until: Timestamp,
    },
}

/// Makes one attempt.
pub(super) async fn attempt<C: Clock>(
    receiver: &Receiver,
    delivery: &Delivery,
    known: Known,
    clock: &C,
) -> Attempted {
    let words = Words::of(delivery, receiver.site());
    let told = Told {
        delivery,
        subject: &words.subject,
        text: &words.text,
        first: &words.first,
    };
    let mut attempt = Attempt {
        receiver,
        told,
        known,
        clock,
    };
    match attempt.find_first().await {
        Some(attempted) => attempted,
        None => attempt.carry_out().await,
    }
}

struct Attempt<'a, C> {
    receiver: &'a Receiver,
    told: Told<'a>,
    known: Known,
    clock: &'a C,
}

impl<C: Clock> Attempt<'_, C> {
    fn action(&self) -> Action {
        self.told.delivery.action
    }

    /// Whether what may have been made is looked up before it is made again: by the profile, or
    /// because a repeated key is no longer recognised.
    fn is_looked_up(&self) -> bool {
        match self.receiver.destination().profile.idempotency {
            Idempotency::Lookup => true,
            Idempotency::Key | Idempotency::None => false,
            Idempotency::KeyFor(key_for) => {
                let since = self.known.unknown_since;
                since.is_some_and(|since| self.clock.now() >= since.after(key_for))
            }
        }
    }

    fn operation(&self) -> Operation {
        Operation::of(self.told.delivery, &self.receiver.destination().profile)
    }

    async fn run(&self, operation: Operation, progress: Progress) -> Report {
        let subject = Subject {
            told: Some(self.told),
            ticket: self.known.ticket.as_ref(),
            asked: None,
            now: self.clock.wall(),
        };
        carry_out(self.receiver, operation, subject, progress).await
    }

    /// Looks the ticket up where that is needed. Gives what follows, or nothing when the operation
    /// itself comes next.
    async fn find_first(&mut self) -> Option<Attempted> {
        match self.receiver.destination().profile.idempotency {
            Idempotency::Lookup | Idempotency::KeyFor(_) => {}
            Idempotency::Key | Idempotency::None => return None,
        }
        match (self.action(), self.known.unknown_since) {
            // A step that was surely done is not in doubt; what follows it is.
            (Action::Open, Some(since)) if self.known.progress.done == 0 && self.is_looked_up() => {
                self.find_opened(since).await
            }
            (Action::Open, _) => None,
            (
                Action::Update
                | Action::Note
                | Action::Acknowledge
                | Action::Escalate
                | Action::Resolve
                | Action::Reopen,
                _,
            ) => self.find_unknown().await,
        }
    }

    /// An earlier attempt may have made it.
    async fn find_opened(&mut self, since: Timestamp) -> Option<Attempted> {
        let report = self.run(Operation::Lookup, Progress::default()).await;
        match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => {
                let ticket = report.ticket();
                Some(attempted(Then::Settled(Fate::Done { ticket }), report))
            }
            Judgement::Gone => {
                let until = since.after(self.receiver.destination().settle_time);
                if self.clock.now() >= until {
                    return None;
                }
                let then = Then::Wait {
                    unknown_since: since,
                    until,
                };
                Some(attempted(then, report))
            }
            Judgement::Conflict
            | Judgement::Auth
            | Judgement::Refused
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => Some(again(Some(since), report)),
        }
    }

    /// The ticket is there, but nobody told us how it is known.
    async fn find_unknown(&mut self) -> Option<Attempted> {
        let operation = self.operation();
        let is_needed = !self
            .receiver
            .destination()
            .profile
            .steps(operation)
            .is_empty();
        if self.known.ticket.is_some() || !is_needed {
            return None;
        }
        let report = self.run(Operation::Lookup, Progress::default()).await;
        match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => {
                self.known.ticket = report.ticket();
                None
            }
            Judgement::Gone => Some(self.gone(report)),
            Judgement::Conflict
            | Judgement::Auth
            | Judgement::Refused
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => Some(again(self.known.unknown_since, report)),
        }
    }

    async fn carry_out(self) -> Attempted {
        let operation = self.operation();
        let report = self.run(operation, self.known.progress.clone()).await;
        match report.judgement {
            Judgement::Done | Judgement::AlreadyDone => {
                let ticket = report.ticket().or_else(|| self.known.ticket.clone());
                attempted(Then::Settled(Fate::Done { ticket }), report)
            }
            Judgement::Gone => self.gone(report),
            Judgement::Refused => {
                let why = report.why.clone();
                attempted(Then::Settled(Fate::Dead { why }), report)
            }
            Judgement::Conflict
            | Judgement::Auth
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => self.again(report),
        }
    }

    fn again(&self, mut report: Report) -> Attempted {
        let is_in_doubt = report.judgement == Judgement::Unknown;
        let unknown_since = match self.action() {
            Action::Open if is_in_doubt => {
                // Not resumed: what they said they made is looked for instead.
                if self.is_looked_up() {
                    report.progress = Progress::default();
                }
                // The first doubt counts: for how long a key is recognised is counted from there.
                Some(match self.is_looked_up() {
                    true => self.clock.now(),
                    false => self.known.unknown_since.unwrap_or(self.clock.now()),
                })
            }
            // Should this run of the collector end now, the next one must look it up.
            Action::Open if report.progress.done > 0 => Some(self.clock.now()),
            // Surely not sent this time; that an earlier time is settled was looked up just before.
            Action::Open => match self.is_looked_up() {
                true => None,
                false => self.known.unknown_since,
            },
            Action::Update
            | Action::Note
            | Action::Acknowledge
            | Action::Escalate
            | Action::Resolve
            | Action::Reopen => self
                .known
                .unknown_since
                .or_else(|| is_in_doubt.then(|| self.clock.now())),
        };
        attempted(Then::Again { unknown_since }, report)
    }

    /// What is not there any more is closed; anything else can no longer be told there.
    fn gone(&self, mut report: Report) -> Attempted {
        let then = match self.action() {
            Action::Resolve => Then::Settled(Fate::Done {
                ticket: self.known.ticket.clone(),
            }),
            // Where tickets are made there is nothing: the address is wrong.
            Action::Open => {
                report.judgement = Judgement::Auth;
                Then::Again {
                    unknown_since: None,
                }
            }
            Action::Update
            | Action::Note
            | Action::Acknowledge
            | Action::Escalate
            | Action::Reopen => {
                let why = format!("the ticket is not there any more: {}", report.why);
                Then::Settled(Fate::Dead { why })
            }
        };
        attempted(then, report)
    }
}

fn again(unknown_since: Option<Timestamp>, report: Report) -> Attempted {
    attempted(Then::Again { unknown_since }, report)
}

fn attempted(then: Then, report: Report) -> Attempted {
    Attempted {
        then,
        judgement: report.judgement,
        why: report.why,
        progress: report.progress,
        pace: report.pace,
        replaced: report.replaced,
    }
}
