//! Looks at this machine and reports to the collector.
#![allow(missing_docs, dead_code)]
pub mod clock;
pub mod probe;
pub mod spool;
pub mod tally;
