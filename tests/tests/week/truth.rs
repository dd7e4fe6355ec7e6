//! The truth about the week: what is wrong, where, since when, and whose it is.
//!
//! Written down by the parts of the world while they plan; the collector never sees it.

use std::collections::BTreeSet;
use std::time::Duration;

use vedette_triage::Timestamp;

/// Something that is wrong.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The rules by which it may show. None of them is shipped yet: the table says so.
    pub(crate) rules: Vec<&'static str>,
    /// Where it may show.
    pub(crate) places: BTreeSet<String>,
    pub(crate) begins: Timestamp,
    /// From when on the agents' reports show that it is a fault: what their rules ask for has
    /// been so for as long as they ask.
    pub(crate) detectable: Timestamp,
    pub(crate) ends: Timestamp,
    /// How long after that its rules still ask for it, or do not look.
    pub(crate) lingers: Duration,
    pub(crate) team: &'static str,
    pub(crate) worth: Worth,
}

/// What a fault is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// One of the 25: it must have its ticket.
    Ticket,
    /// Somebody may be told of it: a server restarts by itself.
    Maybe,
}

/// Everything that is wrong in the week.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    pub(crate) faults: Vec<Fault>,
}

impl Truth {
    /// A fault; the parts it is made of are set by name.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }
}

impl Fault {
    /// One of the 25, seen by these rules at these places.
    pub(crate) fn new(
        name: &'static str,
        rules: &[&'static str],
        places: impl IntoIterator<Item = String>,
        team: &'static str,
    ) -> Fault {
        Fault {
            name,
            rules: rules.to_vec(),
            places: places.into_iter().collect(),
            begins: Timestamp::MIN,
            detectable: Timestamp::MIN,
            ends: Timestamp::MAX,
            lingers: Duration::ZERO,
            team,
            worth: Worth::Ticket,
        }
    }

    /// From when to when it lasts, and how long after its beginning it can be known.
    #[must_use]
    pub(crate) fn lasts(mut self, begins: Timestamp, ends: Timestamp, known: Duration) -> Fault {
        self.begins = begins;
        self.detectable = begins.after(known);
        self.ends = ends;
        self
    }

    /// Its end is seen so long after it at most.
    #[must_use]
    pub(crate) fn lingering(mut self, lingers: Duration) -> Fault {
        self.lingers = lingers;
        self
    }

    /// It may have a ticket and need not.
    #[must_use]
    pub(crate) fn maybe(mut self) -> Fault {
        self.worth = Worth::Maybe;
        self
    }
}
