//! Turns what agents measured into signals: windows, conditions, hysteresis.
//!
//! In the order of the data: a round reaches a [`HostWatch`], which keeps the
//! series that rules look at; each [`Rule`] of the [`RuleSet`] has conditions,
//! [`Expression`]s compiled to [`Condition`]s, whose [`Truth`] over time makes a
//! [`Level`]; what changes is [`Found`], pending until it is [`Settled`].
//! [`Nearby`] says why nothing fires. What was measured before a start is [`Recalled`]. [`trial`] runs the tests that come with a rule.
//!
//! The shell builds the rules, gives the time, and hands on what is found.

mod baseline;
mod condition;
mod event_kind;
mod expression;
mod fit;
mod found;
mod host;
mod hysteresis;
pub mod limits;
mod near;
mod past;
mod rule;
mod rule_set;
mod scope;
mod series;
mod states;
pub mod trial;
mod truth;
mod window;

pub use baseline::{KeptBaseline, Usual};
pub use condition::Condition;
pub use event_kind::{CLONE, EVENTS, EventForm, REBOOT};
pub use expression::{Aggregate, Arithmetic, Comparison, Expression, Fault, Names, Variable};
pub use found::{Found, Observed, SAYS_NOTHING, TEXT};
pub use host::near::{Nearby, Sight};
pub use host::past::each_measured;
pub use host::says::ask_id;
pub use host::{Admission, HostWatch};
pub use hysteresis::{Level, Settled};
pub use near::{Against, Clause, Near};
pub use past::{Recalled, Summary};
pub use rule::{Effect, Exception, On, Rule, Trend};
pub use rule_set::{RuleFault, RuleSet};
pub use scope::{Need, Scope};
pub use truth::Truth;
pub use window::Keeps;
