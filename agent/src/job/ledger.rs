//! Keeps what is known of each configured job, and decides which of them is late.
//!
//! In: the jobs of the configuration, reports of their runs, the time. Out: what happened,
//! and what can be measured. What a report says has an id made of its run, so that it is
//! the same when the report is read again.
//! Knows nothing of folders, disks or processes. Times are milliseconds of the wall clock,
//! for that is what a schedule is kept by.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vedette_config::{JobSettings, Schedule};
use vedette_wire::{Event, EventKind, limits};

use super::calendar;
use super::report::{End, Report, Reporter, What};

/// Runs of one job that may be open at once; past it the oldest is forgotten.
const RUNS_OPEN_MAX: usize = 8;
/// Successful runs from which the usual duration is learned.
const DURATIONS_MAX: usize = 10;
/// A start may be this much early, as clocks are read in different places; less where the
/// schedule pauses so shortly that it could be the start before.
const EARLY_MS_MAX: i64 = 60_000;
/// A clock that was set back by more than this makes a new beginning.
const SET_BACK_MS_MAX: i64 = 3_600_000;

/// What is remembered across restarts of the agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    jobs: BTreeMap<String, Known>,
}

/// What is known of one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Known {
    /// When it was first seen in the configuration.
    since_ms: i64,
    /// Up to when it is settled whether it began.
    judged_ms: i64,
    started_ms: Option<i64>,
    succeeded_ms: Option<i64>,
    is_missed: bool,
    runs: Vec<Open>,
    durations_ms: Vec<u64>,
}

/// A run that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Open {
    run: String,
    owner: Option<u32>,
    started_ms: i64,
    boot: String,
    reporter: Option<Reporter>,
    /// Whether the process that waits for it was gone at the last look.
    was_gone: bool,
}

/// The present, as far as jobs care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Present {
    /// The time.
    pub(crate) wall_ms: i64,
    /// Since when the host has been awake: no start can be missed before.
    pub(crate) awake_ms: i64,
    /// The present boot.
    pub(crate) boot: Uuid,
}

/// What can be said of one job in numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// The job.
    pub(crate) job: String,
    /// Since its last success, or since it is configured.
    pub(crate) success_age_s: f64,
    /// Whether it has not begun in time, or runs too long.
    pub(crate) is_overdue: bool,
    /// Since when the oldest run runs.
    pub(crate) runtime_s: Option<f64>,
    /// The median of its last successful runs.
    pub(crate) usual_s: Option<f64>,
}

/// Who wrote a report, and whether that is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Writer<'a> {
    /// The user.
    pub(crate) owner: Option<u32>,
    /// The job as it is configured, if it is and the user may speak for it.
    pub(crate) settings: Option<&'a JobSettings>,
}

impl Ledger {
    /// As much of it as must outlive the agent: how far it has judged is found out again.
    pub(crate) fn settled(&self) -> Ledger {
        let mut settled = self.clone();
        for known in settled.jobs.values_mut() {
            known.judged_ms = 0;
            known.runs.iter_mut().for_each(|open| open.was_gone = false);
        }
        settled
    }

    /// Begins to know jobs that are new in the configuration, and forgets those that are
    /// no longer in it.
    pub(crate) fn follow(&mut self, jobs: &[JobSettings], wall_ms: i64) {
        self.jobs
            .retain(|name, _| jobs.iter().any(|job| job.name == *name));
        for job in jobs {
            let known = self.jobs.entry(job.name.clone()).or_insert(Known {
                since_ms: wall_ms,
                judged_ms: wall_ms,
                started_ms: None,
                succeeded_ms: None,
                is_missed: false,
                runs: Vec::new(),
                durations_ms: Vec::new(),
            });
            if known.judged_ms > wall_ms.saturating_add(SET_BACK_MS_MAX) {
                known.judged_ms = wall_ms;
            }
        }
    }

    /// Takes in a report that was written at `written_ms`. A run cannot have begun later
    /// than that, nor does it make anything true that it says of a time long before.
    pub(crate) fn take(
        &mut self,
        report: &Report,
        writer: Writer<'_>,
        written_ms: i64,
        boot: Uuid,
    ) -> Event {
        let known = writer
            .settings
            .and_then(|settings| self.jobs.get_mut(&settings.name));
        match &report.what {
            What::Started { reporter } => {
                let started_ms = report.started_wall_ms.min(written_ms);
                if let Some(known) = known {
                    known.begin(Open {
                        run: report.run.to_string(),
                        owner: writer.owner,
                        started_ms,
                        boot: boot.to_string(),
                        reporter: *reporter,
                        was_gone: false,
                    });
                }
                started(report, writer, started_ms)
            }
            What::Ended(end) => {
                let event = ended(report, end, writer, written_ms);
                let is_well = matches!(event.kind, EventKind::JobEnded { ok: true, .. });
                if let Some(known) = known {
                    known.end(
                        report.run,
                        writer.owner,
                        is_well.then_some((written_ms, end.took_ms)),
                    );
                }
                event
            }
        }
    }

    /// The latest start of each job that did not come in time since this was asked before.
    pub(crate) fn missed(
        &mut self,
        jobs: &[JobSettings],
        present: Present,
        zone: &TimeZone,
    ) -> Vec<EventKind> {
        let mut missed = Vec::new();
        for job in jobs {
            let (Some(schedule), Some(known)) = (&job.schedule, self.jobs.get_mut(&job.name))
            else {
                continue;
            };
            let within_ms = i64::try_from(job.start_within.as_millis()).unwrap_or(i64::MAX);
            let until_ms = present.wall_ms.saturating_sub(within_ms);
            // What should have begun while the host slept has as long to begin after it.
            if present.awake_ms > until_ms || until_ms <= known.judged_ms {
                continue;
            }
            let due = calendar::latest(schedule, zone, known.judged_ms, until_ms);
            known.judged_ms = until_ms;
            let Some(due_ms) = due else { continue };
            if known.started_ms >= Some(due_ms - early_ms(schedule, zone, due_ms)) {
                known.is_missed = false;
                continue;
            }
            known.is_missed = true;
            missed.push(EventKind::JobMissed {
                job: job.name.clone(),
                due_wall_ms: due_ms + within_ms,
            });
        }
        missed
    }

    /// Ends the runs that nobody will end: of an earlier boot, or whose reporter is gone at
    /// two looks. `is_there` says whether a process is; none: it cannot be told.
    pub(crate) fn vanished(
        &mut self,
        present: Present,
        is_there: impl Fn(Reporter) -> Option<bool>,
    ) -> Vec<EventKind> {
        let mut ended = Vec::new();
        for (job, known) in &mut self.jobs {
            known.runs.retain_mut(|open| {
                let Some(why) = open.vanished(present.boot, &is_there) else {
                    return true;
                };
                let took_ms = present.wall_ms.saturating_sub(open.started_ms).max(0);
                ended.push(EventKind::JobEnded {
                    job: job.clone(),
                    run: open.run.clone(),
                    ok: false,
                    exit_code: None,
                    took_ms: took_ms.unsigned_abs(),
                    lines: vec![why.to_owned()],
                });
                false
            });
        }
        ended
    }

    /// What can be said of each job in numbers.
    pub(crate) fn figures(&self, jobs: &[JobSettings], wall_ms: i64) -> Vec<Figures> {
        let of = |job: &JobSettings| {
            let known = self.jobs.get(&job.name)?;
            let runtime_ms = known
                .runs
                .iter()
                .map(|open| wall_ms - open.started_ms)
                .max();
            let runtime_s = runtime_ms.map(seconds);
            let is_too_long = job
                .max_runtime
                .is_some_and(|max| runtime_s.is_some_and(|s| s > max.as_secs_f64()));
            Some(Figures {
                job: job.name.clone(),
                success_age_s: seconds(wall_ms - known.succeeded_ms.unwrap_or(known.since_ms)),
                is_overdue: known.is_missed || is_too_long,
                runtime_s,
                usual_s: known.usual_s(),
            })
        };
        jobs.iter().filter_map(of).collect()
    }
}

impl Known {
    fn begin(&mut self, open: Open) {
        if self.runs.iter().any(|known| known.run == open.run) {
            return;
        }
        self.started_ms = self.started_ms.max(Some(open.started_ms));
        self.is_missed = false;
        if self.runs.len() >= RUNS_OPEN_MAX {
            self.runs.remove(0);
        }
        self.runs.push(open);
    }

    /// `success`: when it ended well, and how long it took, in milliseconds.
    fn end(&mut self, run: Uuid, owner: Option<u32>, success: Option<(i64, u64)>) {
        let run = run.to_string();
        self.runs
            .retain(|open| open.run != run || open.owner != owner);
        let Some((ended_ms, took_ms)) = success else {
            return;
        };
        if self.succeeded_ms < Some(ended_ms) {
            self.succeeded_ms = Some(ended_ms);
            self.durations_ms.push(took_ms);
        }
        let took = i64::try_from(took_ms).unwrap_or(i64::MAX);
        // Its start may not have been reported.
        self.started_ms = self.started_ms.max(Some(ended_ms.saturating_sub(took)));
        if self.durations_ms.len() > DURATIONS_MAX {
            self.durations_ms.remove(0);
        }
    }

    fn usual_s(&self) -> Option<f64> {
        let mut sorted = self.durations_ms.clone();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2)?;
        Some(*middle as f64 / 1_000.0)
    }
}

impl Open {
    /// Why nobody will end it.
    fn vanished(
        &mut self,
        boot: Uuid,
        is_there: impl Fn(Reporter) -> Option<bool>,
    ) -> Option<&'static str> {
        if self.boot != boot.to_string() {
            return Some("it did not say how it ended before the host went down");
        }
        let is_gone = self.reporter.and_then(is_there) == Some(false);
        // Twice, for its report may have come since the folder was looked at.
        if is_gone && self.was_gone {
            return Some("its `vedette-agent job` was killed: nobody knows how it ended");
        }
        self.was_gone = is_gone;
        None
    }
}

/// How early a start may be and still be the one that is due: less than half the pause before it.
fn early_ms(schedule: &Schedule, zone: &TimeZone, due_ms: i64) -> i64 {
    let nearest_ms = due_ms - 2 * EARLY_MS_MAX - 1;
    let before = calendar::latest(schedule, zone, nearest_ms, due_ms - 1);
    before.map_or(EARLY_MS_MAX, |before_ms| (due_ms - before_ms - 1) / 2)
}

fn started(report: &Report, writer: Writer<'_>, started_ms: i64) -> Event {
    let settings = writer.settings;
    Event {
        id: id_of(report, writer, "start"),
        wall_ms: started_ms,
        kind: EventKind::JobStarted {
            job: report.job.clone(),
            run: report.run.to_string(),
            max_runtime_s: settings.and_then(|job| Some(job.max_runtime?.as_secs_f64())),
            quiet: settings.map_or_else(Vec::new, |job| job.quiet.clone()),
        },
    }
}

fn ended(report: &Report, end: &End, writer: Writer<'_>, written_ms: i64) -> Event {
    let ok_exit = writer.settings.map_or(&[0][..], |job| &job.ok_exit);
    let mut lines = end.lines.clone();
    if let Some(signal) = end.signal {
        lines.push(format!("(ended by signal {signal})"));
    }
    if writer.settings.is_none() {
        let owner = writer.owner.map(|owner| format!(" of user {owner}"));
        let owner = owner.unwrap_or_default();
        lines.push(format!("(agent.toml has no such job{owner})"));
    }
    let first = lines.len().saturating_sub(limits::EVIDENCE_LINES_MAX);
    Event {
        id: id_of(report, writer, "end"),
        wall_ms: written_ms,
        kind: EventKind::JobEnded {
            job: report.job.clone(),
            run: report.run.to_string(),
            ok: end.exit_code.is_some_and(|code| ok_exit.contains(&code)),
            exit_code: end.exit_code,
            took_ms: end.took_ms,
            lines: lines.split_off(first),
        },
    }
}

/// Another user cannot make the id of somebody else's report.
fn id_of(report: &Report, writer: Writer<'_>, what: &str) -> String {
    let name = format!("{what} {} {:?}", report.job, writer.owner);
    Uuid::new_v5(&report.run, name.as_bytes()).to_string()
}

fn seconds(ms: i64) -> f64 {
    ms.max(0) as f64 / 1_000.0
}
