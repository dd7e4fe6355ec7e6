//! Tries a receiver out: what is needed is there; a marked ticket through its whole life.
//!
//! In: a receiver, the time. Out: a line for each thing that was tried. The ticket says
//! in its title that it is a test, has a key of its own, and is resolved at the end.
//! Knows nothing of incidents: nothing here is decided or remembered.

use std::sync::Arc;

use vedette_policy::profile::{Judgement, Operation, Told, sample_deliveries};
use vedette_triage::{
    Action, Delivery, DeliveryId, Facts, IncidentId, Labels, NextStep, TicketReference, Timestamp,
};

use super::changes::{can_poll, can_read, poll, read};
use super::operation::{Progress, Report, Subject, carry_out};
use super::{Receiver, Words};

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What.
    pub what: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// What was said, for people; no secret in it.
    pub said: String,
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It works.
    Works,
    /// It does not.
    Fails,
    /// The profile has no form for it, or what it needs failed before.
    Skipped,
}

/// Tries whether everything is there that will be needed; with `is_full`, a ticket, too.
pub async fn try_out(receiver: &Receiver, is_full: bool, now: Timestamp) -> Vec<Tried> {
    let mut trial = Trial {
        receiver,
        now,
        ticket: None,
        tried: Vec::new(),
    };
    let verified = trial.verify().await;
    if is_full && verified {
        trial.whole_life().await;
    }
    trial.tried
}

struct Trial<'a> {
    receiver: &'a Receiver,
    now: Timestamp,
    ticket: Option<TicketReference>,
    tried: Vec<Tried>,
}

impl Trial<'_> {
    async fn verify(&mut self) -> bool {
        if !self.has(Operation::Verify) && self.receiver.secrets().fault.is_none() {
            let said = "the profile asks for nothing beforehand; --full shows whether it works";
            self.skip("verify", said);
            return true;
        }
        let subject = Subject {
            told: None,
            ticket: None,
            asked: None,
            now: self.now,
        };
        let report = carry_out(
            self.receiver,
            Operation::Verify,
            subject,
            Progress::default(),
        )
        .await;
        self.reported("verify", &report)
    }

    /// Opens, comments, resolves, reopens and resolves; reads in between, where that can be done.
    async fn whole_life(&mut self) {
        if !self.tell("open a ticket", Action::Open, 1).await {
            return;
        }
        self.look_up().await;
        self.look_at("read it").await;
        let turns = [
            ("comment", Action::Note),
            ("take it", Action::Acknowledge),
            ("resolve it", Action::Resolve),
            ("reopen it", Action::Reopen),
            ("resolve it again", Action::Resolve),
        ];
        for (seq, (what, action)) in (2..).zip(turns) {
            self.tell(what, action, seq).await;
            if action == Action::Resolve {
                self.look_at("read that it is resolved").await;
            }
        }
        self.list_changes().await;
    }

    fn has(&self, operation: Operation) -> bool {
        !self
            .receiver
            .destination()
            .profile
            .steps(operation)
            .is_empty()
    }

    async fn tell(&mut self, what: &'static str, action: Action, seq: u32) -> bool {
        let delivery = delivery(self.receiver.name(), (action, seq), self.now);
        let operation = Operation::of(&delivery, &self.receiver.destination().profile);
        if !self.has(operation) {
            self.skip(what, "the profile has no form for it");
            return false;
        }
        let report = self.carried(operation, &delivery).await;
        if let Some(ticket) = report.ticket() {
            self.ticket = Some(ticket);
        }
        let works = self.reported(what, &report);
        if let (true, Some(ticket), Some(last)) = (works, &self.ticket, self.tried.last_mut())
            && action == Action::Open
        {
            last.said = match ticket.url.as_str() {
                "" => format!("it is {} there", ticket.id),
                url => format!("it is {} there: {url}", ticket.id),
            };
        }
        works
    }

    async fn look_up(&mut self) {
        if !self.has(Operation::Lookup) {
            return self.skip("find it by our key", "the profile has no form for it");
        }
        let delivery = delivery(self.receiver.name(), (Action::Open, 1), self.now);
        let mut report = self.carried(Operation::Lookup, &delivery).await;
        let found = report.ticket().map(|ticket| ticket.id);
        let is_found = report.judgement == Judgement::Done;
        if is_found && found != self.ticket.as_ref().map(|ticket| ticket.id.clone()) {
            report.judgement = Judgement::Conflict;
            report.why = format!("another one was found: {}", found.unwrap_or_default());
        } else if report.judgement == Judgement::Gone {
            report.why = format!("{} (where a search lags, that is no fault)", report.why);
        }
        self.reported("find it by our key", &report);
    }

    async fn look_at(&mut self, what: &'static str) {
        let Some(ticket) = self.ticket.clone().filter(|_| can_read(self.receiver)) else {
            return self.skip(what, "the profile has no form for it");
        };
        let reading = read(self.receiver, &ticket, self.now).await;
        let (outcome, said) = match reading.seen {
            Some(seen) => {
                let state = seen
                    .state
                    .map_or("in a state the profile does not map", |state| {
                        state.as_str()
                    });
                let owner = seen.owner.filter(|owner| !owner.is_empty());
                let owner = owner.map_or("nobody's".to_owned(), |owner| format!("{owner}'s"));
                (Outcome::Works, format!("it is {state}, and {owner}"))
            }
            None => (Outcome::Fails, reading.why),
        };
        self.tried.push(Tried {
            what,
            outcome,
            said,
        });
    }

    async fn list_changes(&mut self) {
        const WHAT: &str = "list what was changed there";
        if !can_poll(self.receiver) {
            return self.skip(WHAT, "the profile has no form for it");
        }
        let polled = poll(self.receiver, None, self.now).await;
        let (outcome, said) = match polled.judgement {
            Judgement::Done | Judgement::AlreadyDone => {
                let cursor = polled.cursor.unwrap_or_default();
                (
                    Outcome::Works,
                    format!("{} changes; it goes on from {cursor}", polled.changes.len()),
                )
            }
            Judgement::Gone
            | Judgement::Conflict
            | Judgement::Auth
            | Judgement::Refused
            | Judgement::Throttled
            | Judgement::Transient
            | Judgement::Unknown => (Outcome::Fails, polled.why),
        };
        self.tried.push(Tried {
            what: WHAT,
            outcome,
            said,
        });
    }

    async fn carried(&self, operation: Operation, delivery: &Delivery) -> Report {
        let words = Words::of(delivery, self.receiver.site());
        let subject = Subject {
            told: Some(Told {
                delivery,
                subject: &words.subject,
                text: &words.text,
                first: &words.first,
            }),
            ticket: self.ticket.as_ref(),
            asked: None,
            now: self.now,
        };
        carry_out(self.receiver, operation, subject, Progress::default()).await
    }

    fn reported(&mut self, what: &'static str, report: &Report) -> bool {
        let works = matches!(report.judgement, Judgement::Done | Judgement::AlreadyDone);
        self.tried.push(Tried {
            what,
            outcome: if works {
                Outcome::Works
            } else {
                Outcome::Fails
            },
            said: match works {
                true => String::new(),
                false => format!("{}: {}", report.judgement.as_str(), report.why),
            },
        });
        works
    }

    fn skip(&mut self, what: &'static str, why: &str) {
        self.tried.push(Tried {
            what,
            outcome: Outcome::Skipped,
            said: why.to_owned(),
        });
    }
}

/// A delivery of a test. Its key is that of no incident, and another one each second.
fn delivery(receiver: &str, (action, seq): (Action, u32), now: Timestamp) -> Delivery {
    let key = format!("K-TEST-{}", now.as_millis() / 1000);
    let mut sample = sample_deliveries(action).into_iter().nth(1);
    let facts = sample
        .as_mut()
        .map(|sample| Arc::make_mut(&mut sample.facts).clone());
    let facts = facts.map(|facts| tested(facts, receiver, action, now));
    Delivery {
        id: DeliveryId(0),
        incident: IncidentId(0),
        receiver: receiver.to_owned(),
        seq,
        action,
        ticket_key: key,
        created_at: now,
        facts: Arc::new(facts.expect("there is a sample of every kind of delivery")),
    }
}

fn tested(facts: Facts, receiver: &str, action: Action, now: Timestamp) -> Facts {
    let is_over = action == Action::Resolve;
    Facts {
        title: format!("TEST of receiver {receiver}, please ignore"),
        means: "Nothing is wrong: somebody tries whether tickets arrive.".into(),
        labels: Labels::none(),
        started_at: now,
        at: now,
        cleared_at: is_over.then_some(now),
        members_firing: u32::from(!is_over),
        next: NextStep::Nothing,
        note: (action == Action::Note)
            .then(|| ("vedette".into(), "this is the comment of the test".into())),
        acknowledged_by: (action == Action::Acknowledge).then(|| "vedette".into()),
        ..facts
    }
}
