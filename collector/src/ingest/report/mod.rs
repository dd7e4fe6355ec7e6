//! Makes a sound report of what an agent sent, or says what is wrong and where.
//!
//! In: the bytes of a body. Out: a [`Sound`] report in which everything keeps its
//! bounds, with the places that had to be refused; or [`Unreadable`], when
//! nothing of it can be trusted. The usual report is folded, and the [`Tables`] know
//! what its agent said before. A plain one is parsed once, straight into its type; only
//! one that fails is looked at again, place by place.
//!
//! Knows nothing of HTTP, of who sent it and of what follows.

mod bounds;
mod checks;
mod events;
mod places;
mod refused;
mod tables;
mod tame;
mod texts;

pub use refused::{Places, Unreadable};
pub use tables::Tables;

use serde::Deserialize;
use vedette_wire::{Report, WIRE_FOLDED, WIRE_VERSION};

/// How every folded report of our own agents begins.
const FOLDED_BEGINS: &[u8] = br#"{"wire":2,"#;

/// A report that keeps every bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// What is left of it.
    pub report: Report,
    /// What had to be refused.
    pub refused: Places,
}

/// How much of a report is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// What was measured.
    pub samples: u64,
    /// What checks came to.
    pub checks: u64,
    /// What happened.
    pub events: u64,
}

impl Kept {
    /// All of it.
    pub fn total(self) -> u64 {
        self.samples + self.checks + self.events
    }
}

impl Sound {
    /// How much of it is left.
    pub fn kept(&self) -> Kept {
        let count = |of: fn(&vedette_wire::Round) -> usize| {
            let total: usize = self.report.rounds.iter().map(of).sum();
            u64::try_from(total).unwrap_or(u64::MAX)
        };
        Kept {
            samples: count(|round| round.samples.len()),
            checks: count(|round| round.checks.len()),
            events: count(|round| round.events.len()),
        }
    }
}

/// Reads a report of any form.
///
/// # Errors
/// Nothing of it can be trusted: see [`Unreadable`].
pub fn read(bytes: &[u8], tables: &Tables) -> Result<Sound, Unreadable> {
    let mut refused = Places::default();
    let mut report = match bytes.starts_with(FOLDED_BEGINS) {
        true => tables.read(bytes)?,
        false => match serde_json::from_slice::<Report>(bytes) {
            Ok(report) if report.wire == WIRE_VERSION => report,
            Ok(_) | Err(_) if is_folded(bytes) => tables.read(bytes)?,
            Ok(report) => return Err(Unreadable::unknown_wire(&report.wire.to_string())),
            Err(_) => places::read(bytes, &mut refused)?,
        },
    };
    bounds::check(&mut report, &mut refused)?;
    Ok(Sound { report, refused })
}

/// Whether it says so, in whatever order its writer put the fields.
fn is_folded(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Form {
        wire: u32,
    }
    serde_json::from_slice::<Form>(bytes).is_ok_and(|form| form.wire == WIRE_FOLDED)
}

#[cfg(test)]
mod folded_tests;
#[cfg(test)]
mod tests;
