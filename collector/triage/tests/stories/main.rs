//! The core's stories: each a few lines of what happens and what must be told.
#![allow(clippy::unwrap_used)]

mod support;

mod accounts;
mod again;
mod bounds;
mod closed_by_hand;
mod closing;
mod commands;
mod devices;
mod digest_of_rules;
mod digests;
mod enrichment;
mod enrolment;
mod escalation;
mod evidence;
mod explained;
mod flapping;
mod grouping;
mod hosts;
mod in_common;
mod live;
mod merging;
mod oncall;
mod opening;
mod parents;
mod people;
mod places_at_random;
mod plans;
mod policies;
mod priority;
mod properties;
mod recovering;
mod rollup;
mod sentences;
mod silence_ends;
mod silence_together;
mod silences;
mod storms;
mod telling;
mod time;
mod window_report;
mod windows;
mod workstations;
