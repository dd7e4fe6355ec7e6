//! Names what a profile can say how to do.

use vedette_triage::Action;

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
    /// Closes it.
    Resolve,
    /// Opens it again.
    Reopen,
}

impl Operation {
    /// All of them, in the order they are documented.
    pub const ALL: [Operation; 8] = [
        Operation::Verify,
        Operation::Lookup,
        Operation::Open,
        Operation::Update,
        Operation::Note,
        Operation::Acknowledge,
        Operation::Resolve,
        Operation::Reopen,
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
            Operation::Resolve => "resolve",
            Operation::Reopen => "reopen",
        }
    }

    /// The action it carries out; none for those the outbox does for itself.
    pub fn action(self) -> Option<Action> {
        match self {
            Operation::Verify | Operation::Lookup => None,
            Operation::Open => Some(Action::Open),
            Operation::Update => Some(Action::Update),
            Operation::Note => Some(Action::Note),
            Operation::Acknowledge => Some(Action::Acknowledge),
            Operation::Resolve => Some(Action::Resolve),
            Operation::Reopen => Some(Action::Reopen),
        }
    }
}

impl From<Action> for Operation {
    fn from(action: Action) -> Operation {
        match action {
            Action::Open => Operation::Open,
            Action::Update => Operation::Update,
            Action::Note => Operation::Note,
            Action::Acknowledge => Operation::Acknowledge,
            Action::Resolve => Operation::Resolve,
            Action::Reopen => Operation::Reopen,
        }
    }
}
