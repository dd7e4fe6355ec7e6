//! Counts updates that wait, and finds out whether the host asks for a reboot.
//!
//! In: apt or dnf, asked without a network; `/run/reboot-required` and the kernels in
//! `/boot`. Out: the `agent.updates.*` and `agent.reboot_required*` metrics. The question
//! costs seconds of processor time, so it is asked every six hours and after packages have
//! changed, by the least important of processes. Since when the oldest security update
//! waits is remembered across restarts of the agent.

mod reboot;
mod waiting;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use vedette_wire::{Looked, metric};

use super::packages::{Packages, Stamp};
use super::recall::Recall;
use super::{Gaps, Notes, Probe, Surroundings};
use crate::clock::{Clock, HostClock};
use reboot::Reboot;
use waiting::{Source, Waiting};

/// The pause between looks; most only look at a few files.
const EVERY: Duration = Duration::from_secs(900);
/// The pause after the first look, which does not ask: a host that boots has better to do.
const EVERY_FIRST: Duration = Duration::from_secs(120);
/// The pause between questions to the package manager.
const ASK_EVERY: Duration = Duration::from_secs(6 * 3_600);
/// Security updates whose age is remembered.
const REMEMBERED_MAX: usize = 2_000;

struct Updates {
    packages: Packages,
    source: Source,
    reboot: Reboot,
    recall: Recall<Since>,
    /// As remembered, once it was read.
    since: Option<Since>,
    /// What came of the last question.
    waiting: Option<Result<Waiting, String>>,
    asked: Option<(Instant, Stamp)>,
    /// Whether somebody waits for this one look.
    is_once: bool,
    has_looked: bool,
}

/// Since when what waits, in milliseconds of the wall clock.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Since {
    security: BTreeMap<String, i64>,
    reboot: Option<i64>,
}

pub(super) fn build(surroundings: &Surroundings) -> Box<dyn Probe> {
    Box::new(Updates {
        packages: Packages::new(&surroundings.root, &surroundings.programs),
        source: Source::new(surroundings),
        reboot: Reboot::new(surroundings),
        recall: Recall::new(surroundings, "updates"),
        since: None,
        waiting: None,
        asked: None,
        is_once: surroundings.memory.is_none(),
        has_looked: false,
    })
}

impl Probe for Updates {
    fn look(&mut self, notes: &mut Notes) -> Looked {
        let mut gaps = Gaps::default();
        let before = match self.since.take() {
            Some(since) => since,
            None => self.recall.known().unwrap_or_default(),
        };
        let mut since = before.clone();
        let is_first = !self.has_looked && !self.is_once;
        self.has_looked = true;
        match (self.source.is_there(), is_first) {
            (true, true) => gaps.push("updates that wait are counted at the next look".to_owned()),
            (true, false) => self.ask_if_due(),
            (false, _) => {}
        }
        let now_ms = HostClock.now().wall_ms;
        match &self.waiting {
            Some(Ok(waiting)) => {
                since.security = first_seen(&since.security, waiting, now_ms);
                measure(waiting, &since.security, now_ms, notes);
                waiting.stale.iter().for_each(|why| gaps.push(why.clone()));
            }
            Some(Err(why)) => gaps.push(why.clone()),
            None => {}
        }
        let told = matches!(&self.waiting, Some(Ok(waiting)) if waiting.asks_for_reboot);
        self.look_at_reboot(told, now_ms, &mut since, notes, &mut gaps);
        if since != before
            && let Err(why) = self.recall.remember(since.clone(), Vec::new(), notes)
        {
            gaps.push(why);
        }
        self.since = Some(since);
        gaps.looked()
    }

    fn deadline(&self) -> Duration {
        waiting::ANSWER_WITHIN * waiting::QUESTIONS_MAX + Duration::from_secs(10)
    }

    fn every(&self) -> Duration {
        match self.asked.is_none() && self.source.is_there() {
            true => EVERY_FIRST,
            false => EVERY,
        }
    }
}

impl Updates {
    fn ask_if_due(&mut self) {
        let stamp = self.packages.stamp();
        if let Some((asked, of)) = &self.asked
            && *of == stamp
            && asked.elapsed() < ASK_EVERY
        {
            return;
        }
        self.asked = Some((Instant::now(), stamp));
        self.waiting = Some(self.source.ask());
    }

    fn look_at_reboot(
        &self,
        told: bool,
        now_ms: i64,
        since: &mut Since,
        notes: &mut Notes,
        gaps: &mut Gaps,
    ) {
        let reasons = match self.reboot.reasons() {
            Ok(mut reasons) => {
                if told && reasons.why.is_empty() {
                    reasons.why.push("updated libraries or services".to_owned());
                }
                reasons
            }
            Err(why) => {
                gaps.push(why);
                return;
            }
        };
        if reasons.is_chosen {
            let newest = reasons.passed_over.as_deref();
            let is_passed_over = f64::from(u8::from(newest.is_some()));
            let series: Vec<_> = newest
                .map(|newest| ("newest", newest))
                .into_iter()
                .collect();
            notes.push_with(metric::KERNEL_PASSED_OVER, &series, is_passed_over);
        }
        if reasons.why.is_empty() {
            since.reboot = None;
            notes.push(metric::REBOOT_REQUIRED, 0.0);
            return;
        }
        let why = reasons.why.join("; ");
        notes.push_with(metric::REBOOT_REQUIRED, &[("why", &why)], 1.0);
        // A reboot that was asked for before this boot was made.
        let remembered = since.reboot.filter(|since| *since >= reasons.booted_ms);
        let first = [remembered, reasons.since_ms].into_iter().flatten().min();
        let first = first.unwrap_or(now_ms).min(now_ms);
        since.reboot = Some(first);
        let age = (now_ms - first) as f64 / 1_000.0;
        notes.push(metric::REBOOT_REQUIRED_SINCE, age);
    }
}

/// Since when each security update that waits was seen waiting.
fn first_seen(
    known: &BTreeMap<String, i64>,
    waiting: &Waiting,
    now_ms: i64,
) -> BTreeMap<String, i64> {
    let seen = waiting.security.iter().take(REMEMBERED_MAX);
    seen.map(|name| (name.clone(), known.get(name).copied().unwrap_or(now_ms)))
        .collect()
}

fn measure(waiting: &Waiting, since: &BTreeMap<String, i64>, now_ms: i64, notes: &mut Notes) {
    notes.push(metric::UPDATES_PENDING, waiting.pending as f64);
    notes.push(metric::UPDATES_SECURITY, waiting.security.len() as f64);
    let oldest = since.values().min().map_or(0, |first| now_ms - first);
    // A wall clock that was put back makes nothing younger than new.
    notes.push(metric::UPDATES_OLDEST, oldest.max(0) as f64 / 1_000.0);
}
