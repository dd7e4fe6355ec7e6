//! Names what a profile can say how to do.

use vedette_triage::{Action, Delivery};

use super::model::Profile;

/// One operation of a profile: a list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Tried once before anything is sent: is everything there that will be needed?
    Verify,
    /// Finds the ticket by its key.
    Lookup,
    /// Makes the ticket.
    Open,
    /// Brings it up to date.
    Update,
    /// Adds what a person wrote.
    Note,
    /// Says that somebody works on it.
    Acknowledge,
    /// Puts it on hold: an update of an incident that waits for something.
    Wait,
    /// Says that other people are asked now.
    Escalate,
    /// Closes it.
    Resolve,
    /// Opens it again.
    Reopen,
    /// Says how the ticket stands there.
    Read,
    /// Lists what was changed there since a cursor.
    ChangedSince,
}

impl Operation {
    /// All of them, in the order they are documented.
    pub const ALL: [Operation; 12] = [
        Operation::Verify,
        Operation::Lookup,
        Operation::Open,
        Operation::Update,
        Operation::Note,
        Operation::Acknowledge,
        Operation::Wait,
        Operation::Escalate,
        Operation::Resolve,
        Operation::Reopen,
        Operation::Read,
        Operation::ChangedSince,
    ];

    /// The key in a profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Verify => "verify",
            Operation::Lookup => "lookup",
            Operation::Open => "open",
            Operation::Update => "update",
            Operation::Note => "note",
            Operation::Acknowledge => "acknowledge",
            Operation::Wait => "wait",
            Operation::Escalate => "escalate",
            Operation::Resolve => "resolve",
            Operation::Reopen => "reopen",
            Operation::Read => "read",
            Operation::ChangedSince => "changed_since",
        }
    }

    /// The operation that carries out a delivery. An update of an incident that waits is a `wait`
    /// where the profile has one.
    pub fn of(delivery: &Delivery, profile: &Profile) -> Operation {
        match delivery.action {
            Action::Open => Operation::Open,
            Action::Update
                if delivery.facts.waiting.is_some()
                    && !profile.steps(Operation::Wait).is_empty() =>
            {
                Operation::Wait
            }
            Action::Update => Operation::Update,
            Action::Note => Operation::Note,
            Action::Acknowledge => Operation::Acknowledge,
            // Whoever has no form for it says it as a comment.
            Action::Escalate => {
                let forms = [Operation::Escalate, Operation::Note];
                let mut known = forms
                    .into_iter()
                    .filter(|form| !profile.steps(*form).is_empty());
                known.next().unwrap_or(Operation::Update)
            }
            Action::Resolve => Operation::Resolve,
            Action::Reopen => Operation::Reopen,
        }
    }

    /// The action whose deliveries it is tried with; none where it tells nothing.
    pub(super) fn action(self) -> Option<Action> {
        match self {
            Operation::Verify | Operation::Read | Operation::ChangedSince => None,
            Operation::Lookup | Operation::Open => Some(Action::Open),
            Operation::Update | Operation::Wait => Some(Action::Update),
            Operation::Escalate => Some(Action::Escalate),
            Operation::Note => Some(Action::Note),
            Operation::Acknowledge => Some(Action::Acknowledge),
            Operation::Resolve => Some(Action::Resolve),
            Operation::Reopen => Some(Action::Reopen),
        }
    }

    /// Whether it is about a ticket that is there already.
    pub(super) fn needs_ticket(self) -> bool {
        match self {
            Operation::Verify | Operation::Lookup | Operation::Open | Operation::ChangedSince => {
                false
            }
            Operation::Update
            | Operation::Note
            | Operation::Acknowledge
            | Operation::Wait
            | Operation::Escalate
            | Operation::Resolve
            | Operation::Reopen
            | Operation::Read => true,
        }
    }
}
