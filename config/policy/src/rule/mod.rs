//! Turns rule files into detection rules: what to look at, when it is bad, what to say.
//!
//! In the order of the data: [`read`] takes a file's tables apart, [`compile()`] checks
//! conditions against what the rule can see and builds the core's rule, [`builtin`]
//! holds what exists without a file, [`run_tests`] runs the tests that come with a rule.
//!
//! Knows nothing of which file replaces which.

mod builtin;
mod compile;
mod on;
mod quantity;
mod read;
mod test;

use std::collections::BTreeMap;
use std::time::Duration;

use vedette_config::{Place, Spanned};
use vedette_triage::detect::trial::Trial;
use vedette_triage::detect::{On, Trend};
use vedette_triage::{EvidenceKind, Handling, TicketPer};
use vedette_wire::Class;

use crate::matchers::Placed;

pub use builtin::{DELIVERIES_DEAD, DRILL, ENGINE_LATE, RECEIVER_DOWN, STORE_FULL, STORE_SLOW};
pub(crate) use builtin::{is_builtin, metas, texts};
pub(crate) use compile::{Compiled, compile, exception_sight, reread};
pub(crate) use quantity::{Quantity, Unit, quantity, quantity_of};
pub(crate) use read::read_file;
pub use test::{RuleTests, TestResult, run_tests};

/// A rule as its file says it.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) name: Spanned<String>,
    /// Whether it is inside the program.
    pub(crate) is_shipped: bool,
    pub(crate) component: String,
    pub(crate) handling: BTreeMap<Class, Handling>,
    pub(crate) on: Spanned<On>,
    pub(crate) matchers: Placed,
    /// Short name, metric.
    pub(crate) with: Vec<(Spanned<String>, Spanned<String>)>,
    pub(crate) params: Vec<Param>,
    pub(crate) warning: Option<Spanned<String>>,
    pub(crate) critical: Option<Spanned<String>>,
    pub(crate) warning_for: Duration,
    pub(crate) critical_for: Duration,
    pub(crate) warning_clear: Option<Spanned<String>>,
    pub(crate) critical_clear: Option<Spanned<String>>,
    pub(crate) title: Spanned<String>,
    pub(crate) means: Option<Spanned<String>>,
    pub(crate) first: Vec<Spanned<String>>,
    pub(crate) runbook_url: String,
    pub(crate) was: Option<Spanned<String>>,
    pub(crate) trend: Option<Trend>,
    pub(crate) evidence: Vec<EvidenceKind>,
    pub(crate) depends_on: Vec<Spanned<String>>,
    /// What makes one ticket, instead of what the route says.
    pub(crate) ticket_per: Option<TicketPer>,
    /// The attribute that names the thing that has failed, where that is not the host's own.
    pub(crate) concerns: Option<Spanned<String>>,
    pub(crate) shadow: bool,
    pub(crate) tests: Vec<Test>,
}

/// The attributes of what a rule is on; none where nobody knows them.
pub(crate) fn attributes(rule: &Written) -> Option<Vec<String>> {
    on::attributes(&rule.on.value)
}

/// A parameter of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) value: Quantity,
    pub(crate) place: Place,
}

/// A test that comes with a rule.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) name: Spanned<String>,
    pub(crate) trial: Trial,
    /// In the order of `trial.expect`: where it is written, and the title that is expected.
    pub(crate) expect: Vec<Expected>,
}

/// One expectation of a test.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) place: Place,
    pub(crate) title: Option<Spanned<String>>,
}
