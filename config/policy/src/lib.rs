//! Turns rules, receivers and collector.toml into the policy the core decides by.
//!
//! In the order of the data: [`Sources`] are the texts; [`Settings`] is what
//! `collector.toml` says, its receivers reached as a [`profile`] says; rules are read,
//! their conditions checked and compiled, their texts kept as [`Titles`]; [`load()`] joins
//! all of it into a [`Loaded`] policy. [`run_tests`] runs the tests that come with rules,
//! [`describe()`] says what a policy will do, [`check()`] does both.
//!
//! Everything that is wrong becomes a finding with its place, all of it at once; a file
//! that asks for what this version does not do is told so.
//!
//! Knows nothing of clocks (the day is an argument), networks, or of the policy in force.

mod calendar;
mod check;
mod circle;
mod condition;
mod depends;
mod describe;
mod enrichment;
mod exception;
mod inhibition;
mod kept;
mod known;
mod label;
mod load;
mod matchers;
mod milder;
mod name;
mod oncall;
mod places;
pub mod profile;
mod reason;
mod rule;
mod settings;
mod shipped;
mod sources;
mod text;
mod what_if;
mod window;
mod wiring;

pub use check::check;
pub use describe::describe;
pub use kept::{Kept, KeptFile};
pub use load::{Loaded, judge_exceptions, load, read, read_with};
pub use milder::Step;
pub use rule::{
    DELIVERIES_DEAD, DRILL, ENGINE_LATE, RECEIVER_DOWN, RuleTests, STORE_FULL, STORE_SLOW,
    TestResult, run_tests,
};
pub use settings::{
    Anonymous, Database, Digests, EscalationSettings, HeartbeatSettings, Hours, HumanClose, Keep,
    OtherTimers, POLICY_DIR, Password, Person, PostgresTls, PostgresUrl, ReceiverSettings,
    RouteSettings, ScheduleSettings, ServerSettings, Settings, SilenceBounds, SiteSettings,
    StoreSettings, TeamSettings, WhenDown,
};
pub use sources::{ReadAs, Sources};
pub use text::{Sighting, Titles};
pub use what_if::rule_names;
