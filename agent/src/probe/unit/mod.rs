//! Looks for units of systemd that have failed, or are restarted again and again.
//!
//! In: `systemctl show`, and its lists when there is something to list. Out: the
//! `agent.service*` metrics; an event for each unit that newly fails, with its last lines
//! in the journal. Which failures were told is remembered across restarts of the agent.
//! Where systemd does not run, there are no units.

mod parse;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use vedette_wire::{EventKind, Looked, limits, metric};

use super::recall::Recall;
use super::{Gaps, Notes, Probe, Surroundings};
use crate::program::{Bounds, Programs};
use parse::Failure;
pub(crate) use parse::{is_unit, lines as readable_lines};

/// The pause between looks.
const EVERY: Duration = Duration::from_secs(15);
/// The pause where systemd does not run.
const EVERY_WITHOUT: Duration = Duration::from_secs(600);
/// The pause between counts of restarts: systemd has to be asked about every service.
const RESTARTS_EVERY: Duration = Duration::from_secs(60);
/// How long systemctl may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long one look may take with all its questions.
const LOOK_WITHIN: Duration = Duration::from_secs(12);
/// Bytes of an answer that are read: more than a thousand services.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Failed units that are named; the others are counted.
const FAILED_MAX: usize = 64;
/// Services whose restarts are counted.
const SERVICES_MAX: usize = 512;
/// Newly failed units of one look whose last lines are fetched.
const FETCHED_MAX: usize = 5;
/// Lines of the journal in one event.
const LINES: usize = 10;

const _: () = assert!(LINES <= limits::EVIDENCE_LINES_MAX);

struct Unit {
    programs: Programs,
    /// Is there where systemd is the first process (`sd_booted(3)`).
    booted: PathBuf,
    recall: Recall<Told>,
    /// As remembered, once it was read.
    told: Option<Told>,
    restarts: Vec<(String, f64)>,
    restarts_due: Option<Instant>,
    is_absent: bool,
}

/// Failures that were told: the unit, and which failure of it.
type Told = BTreeMap<String, String>;

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Unit::new(surroundings))
}

impl Probe for Unit {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let is_absent = !self.booted.is_dir() || !self.programs.has("systemctl");
        if is_absent && !self.is_absent {
            tracing::info!("systemd does not run here; there are no units to look at");
        }
        self.is_absent = is_absent;
        if is_absent {
            return Looked::Yes;
        }
        self.recall.catch_up(notes);
        let until = Instant::now() + LOOK_WITHIN;
        match self.look_at_manager(until, notes) {
            Ok(looked) => looked,
            Err(why) => Looked::No { why },
        }
    }

    fn deadline(&self) -> Duration {
        // Killing what does not end takes a moment.
        LOOK_WITHIN + Duration::from_secs(2)
    }

    fn every(&self) -> Duration {
        match self.is_absent {
            true => EVERY_WITHOUT,
            false => EVERY,
        }
    }
}

impl Unit {
    fn new(surroundings: &Surroundings) -> Unit {
        Unit {
            programs: surroundings.programs.clone(),
            booted: surroundings.root.join("run/systemd/system"),
            recall: Recall::new(surroundings, "unit"),
            told: None,
            restarts: Vec::new(),
            restarts_due: None,
            is_absent: false,
        }
    }

    fn look_at_manager(&mut self, until: Instant, notes: &mut Notes) -> Result<Looked, String> {
        let answer = self.ask(&["show", "--property=NFailedUnits,SystemState"], until)?;
        let manager = parse::manager(&answer)?;
        notes.push(metric::SERVICES_FAILED, manager.failed);
        let state = [("state", manager.state.as_str())];
        notes.push_with(metric::SYSTEM_DEGRADED, &state, 1.0);
        let mut gaps = Gaps::default();
        let failures = match manager.failed > 0.0 {
            true => self.failures(until, &mut gaps),
            false => Some(Vec::new()),
        };
        if let Some(failures) = failures {
            for failure in &failures {
                let series = [("unit", failure.unit.as_str()), ("result", &failure.result)];
                notes.push_with(metric::SERVICE_FAILED, &series, 1.0);
            }
            self.tell(failures, until, notes, &mut gaps);
        }
        self.count_restarts(until, &mut gaps);
        for (unit, restarts) in &self.restarts {
            notes.push_with(metric::SERVICE_RESTARTS, &[("unit", unit)], *restarts);
        }
        Ok(gaps.looked())
    }

    /// The units that have failed; none if that could not be found out.
    fn failures(&self, until: Instant, gaps: &mut Gaps) -> Option<Vec<Failure>> {
        let list = ["list-units", "--state=failed", "--plain", "--no-legend"];
        let answer = self.ask(&[&list[..], &["--no-pager", "--full"]].concat(), until);
        let listed = answer.and_then(|answer| {
            let mut units = parse::listed(&answer);
            if units.len() > FAILED_MAX {
                let more = units.len() - FAILED_MAX;
                gaps.push(format!("{more} more failed units are not named"));
                units.truncate(FAILED_MAX);
            }
            if units.is_empty() {
                return Ok(Vec::new());
            }
            // A unit's name may begin with a dash: that of the root mount is `-.mount`.
            let mut show = vec!["show", "--no-pager", parse::FAILURE_PROPERTIES, "--"];
            show.extend(units.iter().map(String::as_str));
            Ok(parse::failures(&self.ask(&show, until)?))
        });
        match listed {
            Ok(failures) => Some(failures),
            Err(why) => {
                gaps.push(why);
                None
            }
        }
    }

    /// Tells what failed since the last look, and remembers what has failed.
    fn tell(&mut self, failures: Vec<Failure>, until: Instant, notes: &mut Notes, gaps: &mut Gaps) {
        if self.told.is_none() {
            self.told = self.recall.known();
        }
        let now: Told = failures
            .iter()
            .map(|failure| (failure.unit.clone(), failure.mark.clone()))
            .collect();
        if self.told.as_ref() == Some(&now) {
            return;
        }
        let mut events = Vec::new();
        // What had failed before the agent ever looked is a state, and nothing that happens.
        if let Some(told) = &self.told {
            let is_new = |failure: &Failure| told.get(&failure.unit) != Some(&failure.mark);
            for failure in failures.into_iter().filter(is_new) {
                let lines = match events.len() < FETCHED_MAX {
                    true => self.lines(&failure.unit, until),
                    false => Vec::new(),
                };
                events.push(EventKind::UnitFailed {
                    unit: failure.unit,
                    result: failure.result,
                    lines,
                });
            }
        }
        if let Err(why) = self.recall.remember(now.clone(), events, notes) {
            gaps.push(why);
        }
        self.told = Some(now);
    }

    /// The unit's last lines in the journal; none where the agent may not read it.
    fn lines(&self, unit: &str, until: Instant) -> Vec<String> {
        let unit = format!("--unit={unit}");
        let lines = format!("--lines={LINES}");
        let asked = ["--no-pager", "--quiet", "--output=cat", &lines, &unit];
        match self.run("journalctl", &asked, until) {
            Ok(out) => parse::lines(&out, LINES),
            Err(why) => {
                tracing::debug!(%why, "the journal was not read");
                Vec::new()
            }
        }
    }

    fn count_restarts(&mut self, until: Instant, gaps: &mut Gaps) {
        let now = Instant::now();
        if self.restarts_due.is_some_and(|due| now < due) {
            return;
        }
        self.restarts_due = Some(now + RESTARTS_EVERY);
        let show = ["show", "--no-pager", "--type=service"];
        match self.ask(
            &[&show[..], &[parse::RESTART_PROPERTIES, "*"]].concat(),
            until,
        ) {
            Ok(answer) => {
                self.restarts = parse::restarts(&answer);
                self.restarts.truncate(SERVICES_MAX);
            }
            Err(why) => {
                self.restarts.clear();
                gaps.push(why);
            }
        }
    }

    fn ask(&self, asked: &[&str], until: Instant) -> Result<Vec<u8>, String> {
        self.run("systemctl", asked, until)
    }

    fn run(&self, program: &str, asked: &[&str], until: Instant) -> Result<Vec<u8>, String> {
        let left = until.saturating_duration_since(Instant::now());
        let bounds = Bounds {
            within: left.min(ANSWER_WITHIN),
            bytes_max: ANSWER_BYTES_MAX,
        };
        let ran = self.programs.run(program, asked, bounds);
        ran.map_err(|error| error.to_string())?
            .expect_success(program)
    }
}
