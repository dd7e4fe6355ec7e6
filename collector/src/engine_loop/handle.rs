//! The way in: hands inputs to the engine and awaits their commit.

use std::sync::Arc;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use vedette_triage::{Answer, Command, Input, Policy, Revision, Says, Signal};

use crate::store::CommitNumber;

/// Inputs that may wait at a time; beyond it senders are told to come back.
pub(super) const INPUTS_WAITING_MAX: usize = 16 * 1024;
/// Places among them that only inputs which open nothing may take.
const KEPT_FOR_CLOSING: usize = INPUTS_WAITING_MAX / 10;

/// Hands inputs to the engine. Clones share it.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    sender: mpsc::Sender<Submitted>,
}

/// An input on its way.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) input: Input,
    /// Set with [`Input::PolicyChanged`]: the policy in force from then on.
    pub(super) policy: Option<Arc<Policy>>,
    pub(super) verdict: watch::Sender<Option<Verdict>>,
}

/// What became of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is decided and on disk.
    Committed {
        /// In which commit.
        number: CommitNumber,
        /// What the engine says to its sender.
        answer: Answer,
    },
    /// Nothing of it happened.
    Rejected(Rejection),
}

/// Why nothing happened; cut by what the sender can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Send it again later.
    #[error("the collector cannot store it now: {0}; send it again")]
    Later(String),
    /// Never send it again.
    #[error("the collector cannot take it: {0}")]
    Never(String),
}

/// Too many inputs wait; come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {INPUTS_WAITING_MAX} changes wait to be decided; send it again later")]
pub struct Busy;

/// An input whose commit is awaited. Clones wait for the same commit and get the same verdict.
#[derive(Debug, Clone)]
pub struct Pending {
    verdict: watch::Receiver<Option<Verdict>>,
}

impl EngineHandle {
    pub(super) fn channel() -> (EngineHandle, mpsc::Receiver<Submitted>) {
        let (sender, receiver) = mpsc::channel(INPUTS_WAITING_MAX);
        (EngineHandle { sender }, receiver)
    }

    /// Queues an input without waiting; order of calls is order of decision.
    pub fn submit(&self, input: Input) -> Result<Pending, Busy> {
        self.queue(input, None)
    }

    /// Queues a change of policy without waiting; what is queued later is decided by `policy`.
    pub fn change_policy(&self, before: Revision, policy: Arc<Policy>) -> Result<Pending, Busy> {
        let after = policy.revision;
        self.queue(Input::PolicyChanged { before, after }, Some(policy))
    }

    /// Queues a command and awaits it.
    pub async fn command(&self, command: Command) -> Verdict {
        match self.submit(Input::Command(command)) {
            Ok(pending) => pending.verdict().await,
            Err(busy) => Verdict::Rejected(Rejection::Later(busy.to_string())),
        }
    }

    fn queue(&self, input: Input, policy: Option<Arc<Policy>>) -> Result<Pending, Busy> {
        let (sender, verdict) = watch::channel(None);
        let submitted = Submitted {
            input,
            policy,
            verdict: sender,
        };
        // What opens gives way to what closes (invariant 15).
        if opens(&submitted.input) && self.sender.capacity() <= KEPT_FOR_CLOSING {
            return Err(Busy);
        }
        match self.sender.try_send(submitted) {
            // With the loop gone, the verdict says that the collector stops.
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(Pending { verdict }),
            Err(TrySendError::Full(_)) => Err(Busy),
        }
    }
}

impl Pending {
    /// Waits for the commit.
    pub async fn verdict(mut self) -> Verdict {
        match self.verdict.wait_for(Option::is_some).await {
            Ok(verdict) => verdict.clone().unwrap_or_else(stopped),
            Err(_) => stopped(),
        }
    }

    /// The verdict, if there is one already; for whoever looks in passing.
    pub fn known(&self) -> Option<Verdict> {
        match (&*self.verdict.borrow(), self.verdict.has_changed()) {
            (Some(verdict), _) => Some(verdict.clone()),
            (None, Ok(_)) => None,
            (None, Err(_)) => Some(stopped()),
        }
    }
}

/// Whether it may open something, as far as can be told without the state.
fn opens(input: &Input) -> bool {
    match input {
        Input::Signal(Signal::Alert(signal)) => match signal.says {
            Says::Firing { .. } => true,
            Says::Ok { .. } => false,
        },
        Input::Signal(Signal::Host(_))
        | Input::Command(_)
        | Input::Outcome { .. }
        | Input::PolicyChanged { .. }
        | Input::Started { .. }
        | Input::ClockStepped { .. }
        | Input::NoiseFound { .. }
        | Input::Tick => false,
    }
}

fn stopped() -> Verdict {
    Verdict::Rejected(Rejection::Later("the collector stops".into()))
}
