//! Asks systemd how a unit is: running, stopped or failed.

use std::collections::BTreeMap;

use vedette_config::check::{UnitSettings, UnitState};

use super::{Check, Found, Lane, Running, Tools};
use crate::program::{Bounds, Programs, RunError};

/// Bytes of an answer; a good one has 150.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

pub(super) struct Unit(UnitSettings);

impl Unit {
    pub(super) fn new(settings: UnitSettings) -> Unit {
        Unit(settings)
    }

    fn judge(&self, answer: &str) -> Found {
        let unit = &self.0.unit;
        let said: BTreeMap<&str, &str> = answer
            .lines()
            .filter_map(|line| line.split_once('='))
            .collect();
        let word = |key: &str| said.get(key).copied().unwrap_or_default();
        let (active, sub, result) = (word("ActiveState"), word("SubState"), word("Result"));
        if word("LoadState") == "not-found" {
            return Found::critical(format!("systemd knows no {unit}"));
        }
        if active.is_empty() {
            return Found::unknown(format!("systemctl says nothing about {unit}"));
        }
        let mut text = format!("{unit} is {active} ({sub})");
        if active == "failed" {
            text.push_str(&format!(", {result}; systemctl status {unit} says more"));
            return Found::critical(text);
        }
        match (self.0.state, active) {
            (UnitState::NotFailed, _)
            | (UnitState::Active, "active" | "reloading")
            | (UnitState::Inactive, "inactive") => Found::ok(text),
            (UnitState::Active | UnitState::Inactive, "activating" | "deactivating") => {
                Found::warning(text)
            }
            (UnitState::Active, _) => Found::critical(format!("{text}; it should be active")),
            (UnitState::Inactive, _) => Found::critical(format!("{text}; it should be inactive")),
        }
    }
}

impl Check for Unit {
    fn lane(&self) -> Lane {
        Lane::Program
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let programs = tools.surroundings.programs.clone();
        let unit = self.0.unit.clone();
        let bounds = Bounds {
            within: tools.within,
            bytes_max: ANSWER_BYTES_MAX,
        };
        Box::pin(async move {
            match tools.block(move || ask(&programs, &unit, bounds)).await {
                Ok(Ok(answer)) => self.judge(&answer),
                Ok(Err(found)) => found,
                Err(why) => Found::unknown(why),
            }
        })
    }
}

fn ask(programs: &Programs, unit: &str, bounds: Bounds) -> Result<String, Found> {
    let properties = "--property=LoadState,ActiveState,SubState,Result";
    let ran = programs.run("systemctl", &["show", properties, "--", unit], bounds);
    let ran = ran.map_err(|error| Found {
        is_broken_off: matches!(error, RunError::TooLong { .. }),
        ..Found::unknown(error.to_string())
    })?;
    let out = ran.expect_success("systemctl").map_err(Found::unknown)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use vedette_wire::CheckState;

    use super::*;

    #[test]
    fn a_unit_is_judged_by_the_state_it_should_have() {
        use CheckState::{Critical, Ok, Unknown, Warning};
        use UnitState::{Active, Inactive, NotFailed};

        // (wanted, load state, active state, what the check comes to)
        let cases = [
            (Active, "loaded", "active", Ok),
            (Active, "loaded", "reloading", Ok),
            (Active, "loaded", "activating", Warning),
            (Active, "loaded", "inactive", Critical),
            (Active, "loaded", "failed", Critical),
            (Active, "not-found", "inactive", Critical),
            (Inactive, "loaded", "inactive", Ok),
            (Inactive, "masked", "inactive", Ok),
            (Inactive, "loaded", "active", Critical),
            (Inactive, "loaded", "failed", Critical),
            (NotFailed, "loaded", "inactive", Ok),
            (NotFailed, "loaded", "active", Ok),
            (NotFailed, "loaded", "failed", Critical),
            (Active, "", "", Unknown),
        ];
        for (state, load, active, expected) in cases {
            let unit = Unit::new(UnitSettings {
                unit: "nginx.service".to_owned(),
                state,
            });
            let answer = match active {
                "" => "garbage".to_owned(),
                active => {
                    format!("LoadState={load}\nActiveState={active}\nSubState=x\nResult=signal\n")
                }
            };
            let found = unit.judge(&answer);
            assert_eq!(found.state, expected, "{state:?} {}", found.text);
        }
    }
}
