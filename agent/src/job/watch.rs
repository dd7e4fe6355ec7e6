//! The probe `job`: reads what runs of jobs have left, and says which job is late.
//!
//! In: the drop folder, the ledger, the clocks. Out: events and the `agent.job.*` metrics.
//! A report is removed only when its event is in the spool; until then, whenever the agent
//! ends, it is read again and makes the same event. Without a memory, as for a look that
//! nobody repeats, it touches nothing.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use uuid::Uuid;
use vedette_config::JobSettings;
use vedette_wire::{EventKind, Looked, metric};

use super::folder::{Dropped, Folder};
use super::ledger::{Figures, Ledger, Present, Writer};
use super::{host, process};
use crate::clock::{Clock, HostClock, Stamp};
use crate::facts;
use crate::probe::recall::Recall;
use crate::probe::{Notes, Probe, Surroundings};
use crate::receipts::Receipts;
use crate::settings::InForce;

/// Reports taken in one look; more wait for the next.
const REPORTS_MAX: usize = 64;
/// Reports whose events are not yet in the spool.
const WAITING_MAX: usize = 1_024;
/// The host has slept when its clocks drift apart by more than this between two looks.
const SLEPT_MS: u64 = 2_000;

struct Watch {
    settings: InForce,
    folder: Folder,
    recall: Recall<Ledger>,
    ledger: Ledger,
    receipts: Arc<Receipts>,
    /// Files whose events are on their way into the spool.
    waiting: VecDeque<(Uuid, String)>,
    proc: PathBuf,
    passwd: PathBuf,
    boot: Uuid,
    awake: Awake,
    is_repeated: bool,
    is_begun: bool,
}

pub(crate) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Watch {
        settings: surroundings.settings.clone(),
        folder: Folder::at(&surroundings.jobs_dir),
        recall: Recall::new(surroundings, "job"),
        ledger: Ledger::default(),
        receipts: Arc::clone(&surroundings.receipts),
        waiting: VecDeque::new(),
        proc: surroundings.proc.clone(),
        passwd: surroundings.root.join("etc/passwd"),
        boot: facts::boot(&surroundings.proc),
        awake: Awake::default(),
        is_repeated: surroundings.memory.is_some(),
        is_begun: false,
    })
}

impl Probe for Watch {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let now = HostClock.now();
        let jobs = &self.settings.now().jobs;
        if !self.is_repeated {
            return look_once(jobs);
        }
        self.recall.catch_up(notes);
        if !self.is_begun {
            self.is_begun = true;
            self.ledger = self.recall.known().unwrap_or_default();
            if let Err(error) = self.folder.make() {
                let path = self.folder.path().display();
                tracing::warn!(%error, %path, "jobs cannot leave reports here");
            }
        }
        let before = self.ledger.settled();
        self.ledger.follow(jobs, now.wall_ms);
        let taken = self.take_reports(jobs, notes);
        let happened = match taken {
            // The start that seems to be missing may be among those that are not read yet.
            Ok(More::Waits) | Err(_) => Vec::new(),
            Ok(More::None) => self.judge(jobs, now),
        };
        let is_news = !happened.is_empty() || self.ledger.settled() != before;
        let remembered = match is_news {
            true => self.recall.remember(self.ledger.clone(), happened, notes),
            false => Ok(()),
        };
        measure(&self.ledger.figures(jobs, now.wall_ms), notes);
        match taken.map(drop).and(remembered) {
            Ok(()) => Looked::Yes,
            Err(why) => Looked::Partly { why },
        }
    }
}

/// Whether there are reports for which one look is too short.
enum More {
    None,
    Waits,
}

/// What can be said without a memory: that there is none.
fn look_once(jobs: &[JobSettings]) -> Looked {
    match jobs.is_empty() {
        true => Looked::Yes,
        false => Looked::Partly {
            why: "how jobs went is known to the running agent only".to_owned(),
        },
    }
}

impl Watch {
    fn judge(&mut self, jobs: &[JobSettings], now: Stamp) -> Vec<EventKind> {
        let present = Present {
            wall_ms: now.wall_ms,
            awake_ms: self.awake.since_wall_ms(now, host::slept_ms()),
            boot: self.boot,
        };
        let mut happened = self.ledger.missed(jobs, present, &TimeZone::system());
        let is_there = |reporter| process::is_there(&self.proc, reporter);
        happened.extend(self.ledger.vanished(present, is_there));
        happened
    }

    /// Makes events of new reports, and removes those whose events are in the spool.
    fn take_reports(&mut self, jobs: &[JobSettings], notes: &mut Notes) -> Result<More, String> {
        let (folder, receipts) = (&self.folder, &self.receipts);
        self.waiting.retain(|(event, name)| {
            let is_kept = receipts.is_kept(*event);
            if is_kept {
                receipts.forget(*event);
                folder.remove(name);
            }
            !is_kept
        });
        let room = WAITING_MAX - self.waiting.len();
        let is_new = |name: &str| !self.waiting.iter().any(|(_, known)| known == name);
        let found = folder.look(REPORTS_MAX.min(room), is_new);
        let found = found.map_err(|error| {
            let path = folder.path().display();
            format!("reports of jobs in {path} cannot be read: {error}")
        })?;
        if found.refused > 0 {
            let (count, why) = (found.refused, &found.why);
            tracing::warn!(count, why, "files that are no reports of jobs were removed");
        }
        for dropped in &found.dropped {
            self.take(dropped, jobs, notes);
        }
        Ok(match found.left {
            0 => More::None,
            _ => More::Waits,
        })
    }

    fn take(&mut self, dropped: &Dropped, jobs: &[JobSettings], notes: &mut Notes) {
        let report = &dropped.report;
        let settings = jobs.iter().find(|job| job.name == report.job);
        let writer = Writer {
            owner: dropped.owner,
            settings: settings.filter(|job| self.is_believed(job, dropped.owner)),
        };
        let event = self
            .ledger
            .take(report, writer, dropped.written_wall_ms, self.boot);
        if let Ok(id) = event.id.parse()
            && self.receipts.wait_for(id)
        {
            self.waiting.push_back((id, dropped.name.clone()));
            notes.tell(event);
        }
    }

    fn is_believed(&self, job: &JobSettings, owner: Option<u32>) -> bool {
        match (&job.user, owner) {
            (None, _) | (Some(_), None) => true,
            (Some(user), Some(owner)) => match user.parse::<u32>() {
                Ok(number) => number == owner,
                Err(_) => user_number(&self.passwd, user) == Some(owner),
            },
        }
    }
}

/// Since when the host has been awake.
#[derive(Debug, Default)]
struct Awake {
    slept_ms: Option<u64>,
    woken_wall_ms: i64,
}

impl Awake {
    /// `slept_ms`: how long the host has slept since it booted.
    fn since_wall_ms(&mut self, now: Stamp, slept_ms: u64) -> i64 {
        let before = self.slept_ms.replace(slept_ms);
        if before.is_some_and(|before| slept_ms > before + SLEPT_MS) {
            self.woken_wall_ms = now.wall_ms;
        }
        let up_ms = i64::try_from(now.mono_ms).unwrap_or(i64::MAX);
        self.woken_wall_ms.max(now.wall_ms.saturating_sub(up_ms))
    }
}

fn measure(figures: &[Figures], notes: &mut Notes) {
    for of in figures {
        let job = [("job", of.job.as_str())];
        notes.push_with(metric::JOB_LAST_SUCCESS, &job, of.success_age_s);
        let overdue = f64::from(u8::from(of.is_overdue));
        notes.push_with(metric::JOB_OVERDUE, &job, overdue);
        if let Some(runtime_s) = of.runtime_s {
            notes.push_with(metric::JOB_RUNTIME, &job, runtime_s);
        }
        if let Some(usual_s) = of.usual_s {
            notes.push_with(metric::JOB_USUAL_RUNTIME, &job, usual_s);
        }
    }
}

/// The number of a user, as passwd(5) has it.
fn user_number(passwd: &Path, user: &str) -> Option<u32> {
    let text = std::fs::read(passwd).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().find_map(|line| {
        let mut words = line.split(':');
        (words.next() == Some(user)).then(|| words.nth(1)?.parse().ok())?
    })
}

#[cfg(all(test, unix))]
mod tests;
