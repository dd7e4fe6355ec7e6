//! Reads what is added to logs, and says what matches: files through rotation and
//! truncation, and the journal.
//!
//! In: files and the journal. Out: one event for all matches of a run, with their count and
//! the last lines, and the check's state, which lasts `clear_after` beyond the last match.
//! Its cast: `follow` reads files, of which `tracked` is one and `place` how far it was
//! read; `family` finds what rotation made of them; `journal` asks journalctl; `patterns`
//! judge lines.
//!
//! # What is read once
//!
//! The place up to which was read and the event that tells of the matches before it are
//! written down in one step, and the event stays written down until the collector has
//! acknowledged it. So wherever the agent is killed, a match is told again, under the id it
//! had, until it is safe, and never a second time under another.

mod family;
mod follow;
mod glob;
pub(super) mod journal;
mod patterns;
mod place;
mod tracked;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vedette_config::check::LogSettings;
use vedette_wire::limits::EVIDENCE_LINES_MAX;
use vedette_wire::{CheckState, EventKind};

use self::follow::{Budget, Files, Remembered};
use self::journal::Cursor;
use self::patterns::{Patterns, Severity};
use self::tracked::Sighted;
use super::{Check, Found, Lane, Running, Subject, Tools};
use crate::clock::{Clock, HostClock};
use crate::line::printable;
use crate::probe::recall::Recall;
use crate::probe::{Notes, Surroundings};

/// Bytes of files read in one run; more wait for the next.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Places that have moved without a match are written down this often: what is read again
/// after a kill matches as little as it did.
const REMEMBER_EVERY: Duration = Duration::from_secs(60);
/// Things that could not be read and are named; the rest is counted.
const NAMED_MAX: usize = 5;

/// The logs of one check.
pub(super) struct Log {
    settings: LogSettings,
    /// Made in the first run, which knows where to remember.
    watch: Arc<Mutex<Option<Watch>>>,
}

impl Log {
    pub(super) fn new(settings: LogSettings) -> Log {
        Log {
            settings,
            watch: Arc::default(),
        }
    }
}

impl Check for Log {
    fn lane(&self) -> Lane {
        match self.settings.journal {
            Some(_) => Lane::Program,
            None => Lane::Blocking,
        }
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        let (settings, watch) = (self.settings.clone(), Arc::clone(&self.watch));
        let (subject, surroundings) = (tools.subject.clone(), tools.surroundings.clone());
        // The rest is for one slow read, and for writing down.
        let half = tools.within / 2;
        Box::pin(async move {
            let work = move || {
                let mut watch = watch.lock().unwrap_or_else(PoisonError::into_inner);
                let watch = match &mut *watch {
                    Some(watch) => watch,
                    none => match Watch::new(settings, subject, surroundings) {
                        Ok(watch) => none.insert(watch),
                        Err(why) => return Found::unknown(why),
                    },
                };
                watch.look(Instant::now() + half)
            };
            tools.block(work).await.unwrap_or_else(Found::unknown)
        })
    }
}

/// What a check of logs knows between its runs.
struct Watch {
    settings: LogSettings,
    subject: Subject,
    surroundings: Surroundings,
    patterns: Patterns,
    recall: Recall<Known>,
    files: Files,
    cursor: Option<Cursor>,
    last: Last,
    remembered: Option<Instant>,
}

/// What is remembered across restarts.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    files: Remembered,
    cursor: Option<Cursor>,
    last: Last,
}

/// When something last matched, in milliseconds of the wall clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    warning_ms: Option<i64>,
    critical_ms: Option<i64>,
    /// The worst line of the last run in which any matched.
    line: String,
}

/// What matched in one run.
#[derive(Debug, Default)]
struct Matches {
    count: u64,
    critical: u64,
    /// The last lines.
    lines: VecDeque<String>,
    worst: Option<(Severity, String)>,
}

impl Watch {
    fn new(
        settings: LogSettings,
        subject: Subject,
        surroundings: Surroundings,
    ) -> Result<Watch, String> {
        let about = subject.about.as_deref().unwrap_or_default();
        // The check's name may not be one of a file.
        let name = format!("{about}\0{}", subject.check);
        let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        let recall = Recall::<Known>::new(&surroundings, &format!("log-{name}"));
        let known = recall.known();
        let (files, cursor, last) = match known {
            Some(known) => (Some(known.files), known.cursor, known.last),
            None => (None, None, Last::default()),
        };
        Ok(Watch {
            patterns: Patterns::new(&settings)?,
            settings,
            subject,
            surroundings,
            recall,
            files: Files::new(files),
            cursor,
            last,
            remembered: None,
        })
    }

    fn look(&mut self, until: Instant) -> Found {
        let wall_ms = HostClock.now().wall_ms;
        let mut notes = Notes::default();
        self.recall.catch_up(&mut notes);
        let mut matches = Matches::default();
        let sighted = self.read(until, wall_ms, &mut matches);
        self.last.note(&matches, wall_ms);
        let count = matches.count;
        if let Err(why) = self.remember(&sighted, matches, &mut notes) {
            tracing::warn!(why, "what was read of a log may be read again");
        }
        let clear_after_ms = i64::try_from(self.settings.clear_after.as_millis());
        let state = self.last.state(wall_ms, clear_after_ms.unwrap_or(i64::MAX));
        let mut found = judged(state, &sighted, &self.last, count);
        found.samples = vec![self.subject.value("matches", "", count as f64)];
        found.events = notes.into_parts().1;
        found
    }

    fn read(&mut self, until: Instant, wall_ms: i64, matches: &mut Matches) -> Sighted {
        let mut budget = Budget {
            bytes: BYTES_MAX,
            until,
        };
        let patterns = &self.patterns;
        let is_alone = self.settings.files.len() == 1
            && !glob::is_wild(&self.settings.files[0])
            && self.settings.journal.is_none();
        let mut take = |path: &Path, line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            if let Some(severity) = patterns.judge(&line) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                matches.add(
                    severity,
                    &match is_alone {
                        true => line.into_owned(),
                        false => format!("{name}: {line}"),
                    },
                );
            }
        };
        let mut sighted = self
            .files
            .look(&self.settings.files, &mut budget, &mut take);
        if let Some(settings) = &self.settings.journal {
            let cursor = self.cursor.get_or_insert_with(|| {
                sighted.has_moved = true;
                Cursor::from_now(wall_ms)
            });
            let mut take = |line: &str| {
                if let Some(severity) = patterns.judge(line) {
                    matches.add(severity, line);
                }
            };
            let programs = &self.surroundings.programs;
            let both = (&mut take as &mut dyn FnMut(&str), &mut sighted);
            if let Err(why) = cursor.read(settings, programs, until, both) {
                sighted.unread.push(why);
            }
        }
        sighted
    }

    /// Writes down how far was read, with the event of what matched.
    fn remember(
        &mut self,
        sighted: &Sighted,
        matches: Matches,
        notes: &mut Notes,
    ) -> Result<(), String> {
        let is_due = self
            .remembered
            .is_none_or(|at| at.elapsed() >= REMEMBER_EVERY);
        if matches.count == 0 && !(is_due && (sighted.has_moved || self.remembered.is_none())) {
            return Ok(());
        }
        self.remembered = Some(Instant::now());
        let known = Known {
            files: self.files.remembered(),
            cursor: self.cursor.clone(),
            last: self.last.clone(),
        };
        let event = (matches.count > 0).then(|| EventKind::LogMatch {
            check: self.subject.check.clone(),
            about: self.subject.about.clone(),
            matches: matches.count,
            lines: matches.lines.into(),
        });
        self.recall
            .remember(known, event.into_iter().collect(), notes)
    }
}

impl Matches {
    fn add(&mut self, severity: Severity, line: &str) {
        let line = printable(line.as_bytes());
        self.count += 1;
        self.critical += u64::from(severity == Severity::Critical);
        if self
            .worst
            .as_ref()
            .is_none_or(|(worst, _)| *worst <= severity)
        {
            self.worst = Some((severity, line.clone()));
        }
        if self.lines.len() >= EVIDENCE_LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

impl Last {
    fn note(&mut self, matches: &Matches, wall_ms: i64) {
        let Some((_, line)) = &matches.worst else {
            return;
        };
        self.line.clone_from(line);
        if matches.critical > 0 {
            self.critical_ms = Some(wall_ms);
        }
        if matches.count > matches.critical {
            self.warning_ms = Some(wall_ms);
        }
    }

    fn state(&self, wall_ms: i64, clear_after_ms: i64) -> CheckState {
        // A clock that was set back makes nothing last longer.
        let lasts = |at: Option<i64>| {
            at.is_some_and(|at| wall_ms.saturating_sub(at).abs() < clear_after_ms)
        };
        if lasts(self.critical_ms) {
            CheckState::Critical
        } else if lasts(self.warning_ms) {
            CheckState::Warning
        } else {
            CheckState::Ok
        }
    }
}

/// What the check says: first what matches, then what it could not see.
fn judged(state: CheckState, sighted: &Sighted, last: &Last, count: u64) -> Found {
    let mut text = match (state, count) {
        (CheckState::Ok, _) => "nothing matches".to_owned(),
        (_, 0) => format!("nothing new matches; the last that did: {}", last.line),
        (_, 1) => last.line.clone(),
        (_, count) => format!("{count} lines match, such as: {}", last.line),
    };
    let mut worst = state;
    if sighted.skipped > 0 {
        let skipped = sighted.skipped / (1024 * 1024);
        text.push_str(&format!(
            "\n{skipped} MiB were skipped: more is written than can be read"
        ));
        worst = worst.max(CheckState::Warning);
    }
    if sighted.behind > 0 {
        text.push_str(&format!("\n{} bytes wait to be read", sighted.behind));
    }
    if !sighted.unread.is_empty() {
        for why in sighted.unread.iter().take(NAMED_MAX) {
            text.push_str(&format!("\n{why}"));
        }
        if sighted.unread.len() > NAMED_MAX {
            text.push_str(&format!("\nand {} more", sighted.unread.len() - NAMED_MAX));
        }
        // What matches is known; that nothing does is not.
        if worst == CheckState::Ok {
            worst = CheckState::Unknown;
            text = text.replacen("nothing matches\n", "", 1);
        }
    }
    Found::of(worst, text)
}

#[cfg(all(test, unix))]
mod tests;
