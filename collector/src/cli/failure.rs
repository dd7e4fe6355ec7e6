//! Decides what a command ends with: well, not well, or a sentence that says what to do.

use std::io;

/// What was asked about is so, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Exit code 0.
    Well,
    /// Exit code 1.
    NotWell,
}

impl Standing {
    /// Well if `well`.
    pub(super) fn well_if(well: bool) -> Standing {
        if well {
            Standing::Well
        } else {
            Standing::NotWell
        }
    }
}

/// Why there is no answer, by what its reader can do about it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Exit code 1: not there, not possible now.
    #[error("{0}")]
    NotOk(String),
    /// Exit code 2: ask in another way, or set something up.
    #[error("{0}")]
    Misused(String),
}

/// Shorthand for the frequent one.
pub(super) fn not_ok(sentence: impl Into<String>) -> anyhow::Error {
    Failure::NotOk(sentence.into()).into()
}

/// Shorthand for the other one.
pub(super) fn misused(sentence: impl Into<String>) -> anyhow::Error {
    Failure::Misused(sentence.into()).into()
}

/// The exit code of a command, and the sentence for stderr, if there is one.
pub(super) fn verdict(ended: &anyhow::Result<Standing>) -> (u8, Option<String>) {
    match ended {
        Ok(Standing::Well) => (0, None),
        Ok(Standing::NotWell) => (1, None),
        // The reader has seen enough, as in `vedette incident list | head`.
        Err(error) if is_closed_pipe(error) => (0, None),
        Err(error) => match error.downcast_ref() {
            Some(Failure::NotOk(_)) => (1, Some(error.to_string())),
            Some(Failure::Misused(_)) | None => (2, Some(format!("{error:#}"))),
        },
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
