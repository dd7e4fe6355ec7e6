//! Tries a changed policy on what was recorded, and says which tickets there would have been.
//!
//! In: a snapshot, rows, the policies that were in force, and the changed one. Out: a [`Report`].
//! Two engines are told the same: [`crate::recording::Replay`] decides as then, [`Other`] by the
//! changed policy, from the beginning of the span on; a [`Book`] of each keeps the tickets, and
//! [`compare`] sets one against the other. Decides only; sends nothing.
//!
//! What a changed rule would have found, and what of it would have been a ticket, says [`measured`];
//! which change of it would have avoided most, says [`quieter`].
//!
//! Signals are as they were: what a changed condition would have found is not known here. What a
//! rule's alert is worth, and its component, are the changed policy's.

mod account;
mod attended;
mod book;
pub mod measured;
mod other;
pub mod quieter;

use std::sync::Arc;

use vedette_triage::{Engine, Input, Policy, Timestamp};

use crate::recording::{Difference, FindPolicy, Replay, ReplayError, Row, Snapshot};
use account::{By, compare};
pub use account::{Kind, LASTED_MIN, Report, TicketLine};
pub use attended::{Attended, What, attended, told_since};
use book::Book;
pub use other::LeftOut;
use other::{Known, Other};

/// A back-test on its way.
pub struct BackTest {
    span: (Timestamp, Timestamp),
    policy: Arc<Policy>,
    then: Replay,
    then_book: Book,
    /// Since the span began.
    other: Option<(Other, Book)>,
    /// The span as far as there are rows: the first and the last in it.
    seen: Option<(Timestamp, Timestamp)>,
    differences: u64,
    difference: Option<Difference>,
}

/// Whether more rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Yes.
    More,
    /// The span is over.
    Over,
}

impl BackTest {
    /// Begins where the snapshot was taken, which is before the span or the first there is.
    pub fn new(snapshot: &Snapshot, policy: Arc<Policy>, span: (Timestamp, Timestamp)) -> BackTest {
        BackTest {
            span,
            policy,
            then: Replay::after(snapshot),
            then_book: Book::default(),
            other: None,
            seen: None,
            differences: 0,
            difference: None,
        }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// It is not the next one, or a policy is missing.
    pub fn play(&mut self, row: &Row, policies: &mut FindPolicy<'_>) -> Result<Flow, ReplayError> {
        let (from, to) = self.span;
        if row.at > to {
            return Ok(Flow::Over);
        }
        if row.at >= from {
            let (first, _) = self.seen.unwrap_or((row.at, row.at));
            self.seen = Some((first, row.at));
            if self.other.is_none() {
                self.begin(from.max(self.then.state().now()));
            }
        }
        let known = Known::of(row, self.then.state());
        let played = self.then.play(row, policies)?;
        if let Some(difference) = played.difference {
            self.differences += 1;
            self.difference.get_or_insert(difference);
        }
        let Some((other, book)) = &mut self.other else {
            return Ok(Flow::More);
        };
        for (input, decision) in row.inputs.iter().zip(&played.decisions) {
            if let Input::Command(command) = input {
                self.then_book.acted(command);
            }
            self.then_book.hear(decision);
        }
        other.hear(row, (&known, &played.decisions, self.then.state()), book);
        Ok(Flow::More)
    }

    /// What came of it.
    pub fn report(self) -> Report {
        let (_, to) = self.span;
        let (other_book, left_out) = match self.other {
            Some((mut other, mut book)) => {
                other.wait_until(to, &mut book);
                (book, other.left_out())
            }
            None => (Book::default(), LeftOut::default()),
        };
        let end = self.seen.map_or(to, |(_, last)| last);
        Report {
            span: self.seen,
            differences: self.differences,
            difference: self.difference,
            left_out,
            ..compare(&self.then_book, &other_book, (end, By::Firing))
        }
    }

    /// The changed policy comes into force.
    fn begin(&mut self, now: Timestamp) {
        let state = self.then.state().clone();
        self.then_book.begin(&state);
        let mut book = Book::default();
        book.begin(&state);
        let engine = Engine::resume(state);
        let other = Other::begin(engine, Arc::clone(&self.policy), now, &mut book);
        self.other = Some((other, book));
    }
}
