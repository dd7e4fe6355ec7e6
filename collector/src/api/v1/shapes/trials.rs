//! A changed rule on what was measured: what is asked, how far it is, what came of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::Time;
use crate::backtest::{Kind, Report};

/// Try a rule on what was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestRequest {
    /// From when; as far back as there is anything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Until when; now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Time>,
    /// Other parameters: `0.93`, `"20GiB"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Parameter>,
    /// The text of a changed rule file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// A parameter as it is written in a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// A bare number.
    Number(f64),
    /// A size or a duration; or a number as text.
    Text(String),
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parameter::Number(number) => number.fmt(f),
            Parameter::Text(text) => f.write_str(text),
        }
    }
}

/// A back-test that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestBegun {
    /// Its number.
    pub id: u64,
}

/// How far a back-test is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestState {
    /// Its number.
    pub id: u64,
    /// The share that is done.
    pub done: f64,
    /// Why nothing came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Backtest>,
}

/// What a changed rule would have made of what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// The rule.
    pub rule: String,
    /// What is changed, in words; empty when nothing is.
    pub changed: String,
    /// From when on tickets are counted.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// From when on every value is known; before that the last, least and greatest of each minute.
    pub full_since: Option<Time>,
    /// Hosts of which anything was measured that the rule looks at.
    pub hosts: u64,
    /// Series of these.
    pub series: u64,
    /// Whether it is worth less than a ticket somewhere, and was counted as one all the same.
    pub as_if_tickets: bool,
    /// All of the span.
    pub tickets: TicketSums,
    /// By the hour in which they were opened; hours without any are not there.
    pub by_hour: Vec<HourSums>,
    /// There was one, there would be none, and it would have been worth one.
    pub missed: Vec<TicketTried>,
    /// There was none, there would be one.
    pub opened: Vec<TicketTried>,
    /// There was one, there would be none.
    pub avoided: Vec<TicketTried>,
    /// Tickets that are counted and not in the lists, because there are too many.
    pub left_out: u64,
}

/// Tickets on both sides.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketSums {
    /// By what holds.
    pub then: u64,
    /// By what is tried.
    pub now: u64,
    /// There was none, there would be one.
    pub opened: u64,
    /// There was one, there would be none.
    pub avoided: u64,
    /// The same, and it would have been worth one.
    pub missed: u64,
}

/// Tickets of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourSums {
    /// When it begins.
    pub hour: Time,
    /// What was opened in it.
    #[serde(flatten)]
    pub tickets: TicketSums,
}

/// A ticket that is on one side only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketTried {
    /// When it was opened.
    pub at: Time,
    /// Its title.
    pub title: String,
    /// How bad.
    pub severity: String,
    /// How urgent.
    pub priority: String,
    /// How long something in it fired.
    pub lasted_s: u64,
    /// Whether it was over at the end of the span.
    pub over: bool,
    /// Whether somebody did something about it.
    pub acted_on: bool,
    /// Whether it became worse after it was opened.
    #[serde(default)]
    pub worse: bool,
    /// Whether its alerts are in another ticket.
    pub elsewhere: bool,
}

impl TicketSums {
    /// Of all tickets of a report.
    pub fn of(report: &Report) -> TicketSums {
        let mut sums = TicketSums {
            then: report.before.len() as u64,
            now: report.after.len() as u64,
            ..TicketSums::default()
        };
        for line in &report.lines {
            sums.count(line.kind);
        }
        sums
    }

    /// One that is on one side only.
    pub fn count(&mut self, kind: Kind) {
        *match kind {
            Kind::Opened => &mut self.opened,
            Kind::Avoided => &mut self.avoided,
            Kind::Missed => &mut self.missed,
        } += 1;
    }
}
