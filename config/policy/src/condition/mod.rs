//! Turns the text of a condition into the core's expression.
//!
//! In the order of the data: [`scan`] refuses what the parser must not see, [`parse`]
//! gets CEL's tree, [`convert`] checks names and types and builds the expression (calls
//! are those of [`functions`]), [`reach`] says which comparisons no value can meet by the
//! [`interval`] of each side, and [`made_up`] tries whole conditions with made-up values,
//! as [`world`] lays them out. Everything wrong is a finding that
//! points into the condition.
//!
//! Knows nothing of files, durations of holding, or titles.

mod alone;
mod atom;
mod convert;
mod functions;
mod interval;
mod made_up;
mod parse;
mod reach;
mod scan;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use vedette_config::{Code, Finding, Findings, Place, Spanned};
use vedette_triage::detect::{self, Names, On, Variable};

pub(crate) use alone::{asks_for_the_usual, check_alone};
pub(crate) use functions::is_taken;
pub(crate) use interval::Interval;
pub(crate) use made_up::{Clears, check_clears, check_fires};

/// What the conditions of one rule can see.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// What the rule is on.
    pub(crate) on: On,
    /// The names it can use.
    pub(crate) names: Names,
    /// Which values each variable can have; parameters have one.
    pub(crate) within: BTreeMap<Variable, Interval>,
    /// Where parameters are written.
    pub(crate) params: BTreeMap<Variable, Place>,
    /// Names that look like values and are none: the attributes of the series.
    pub(crate) attributes: Vec<String>,
}

impl Sight {
    /// Which values a variable can have.
    pub(crate) fn within(&self, variable: Variable) -> Interval {
        self.within.get(&variable).copied().unwrap_or(Interval::ALL)
    }
}

/// What a condition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `warning`, `critical`.
    Fires,
    /// `warning_clear`, `critical_clear`.
    Clears,
}

/// A condition that was read.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// The text, and where it stands.
    pub(crate) written: Spanned<String>,
    /// Its tree.
    pub(crate) tree: detect::Expression,
    /// Ready to be evaluated.
    pub(crate) compiled: Arc<detect::Condition>,
    /// Whether some comparison in it was already said to be impossible.
    pub(crate) is_doubtful: bool,
}

/// Reads a condition. `None` after pushing at least one error.
pub(crate) fn read(
    written: &Spanned<String>,
    role: Role,
    sight: &Sight,
    findings: &mut Findings,
) -> Option<Checked> {
    let parsed = match parse::parse(&written.value) {
        Ok(parsed) => parsed,
        Err(refusal) => {
            let finding =
                Finding::error(refusal.code, refusal.message).at(&written.part(refusal.part), "");
            findings.push(match refusal.help {
                Some(help) => finding.help(help),
                None => finding,
            });
            return None;
        }
    };
    let (tree, is_doubtful) = convert::convert(&parsed, written, (role, sight), findings)?;
    match detect::Condition::compile(&tree, &written.value) {
        Ok(compiled) => Some(Checked {
            written: written.clone(),
            tree,
            compiled: Arc::new(compiled),
            is_doubtful,
        }),
        // What people write wrong is found above, with its place; this is what is left.
        Err(fault) => {
            findings.push(
                Finding::error(Code::ConditionTooLarge, fault.to_string()).at(&written.place, ""),
            );
            None
        }
    }
}
