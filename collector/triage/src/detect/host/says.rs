//! Decides what an event says of the host itself: it is held, a job runs, something was changed,
//! a question is answered.
//!
//! In: the events of a round. Out: what the engine is told, which takes the same again as the
//! same. Times are the collector's, by the age of what the agent says.

use std::time::Duration;

use vedette_wire::{EventKind, Report, Round};

use crate::{AlertId, EvidenceKind, HostChange, HostSays, Timestamp, limits};

/// What the events of a round say of the host, in their order.
pub(super) fn of(
    received: Timestamp,
    report: &Report,
    round: &Round,
    happened: impl Fn(i64) -> Timestamp,
    newest_hold: &mut i64,
) -> Vec<HostSays> {
    let mut says = Vec::new();
    let mut changes = Vec::new();
    for event in &round.events {
        let at = happened(event.wall_ms);
        match &event.kind {
            // One that comes late has been changed, or ended, since.
            EventKind::Hold { .. } if event.wall_ms < *newest_hold => {}
            EventKind::Hold {
                until_wall_ms,
                why,
                by,
            } => {
                *newest_hold = event.wall_ms;
                says.push(HostSays::Holds {
                    until: received.after(left(*until_wall_ms, report.sent_wall_ms)),
                    why: why.clone(),
                    by: by.clone(),
                });
            }
            EventKind::JobStarted {
                job,
                run,
                max_runtime_s,
                quiet,
            } if !quiet.is_empty() => says.push(HostSays::JobRuns {
                job: job.clone(),
                run: run.clone(),
                until: at.after(runtime(*max_runtime_s)),
                quiet: quiet.clone(),
            }),
            EventKind::JobEnded { job, run, .. } => says.push(HostSays::JobEnded {
                job: job.clone(),
                run: run.clone(),
            }),
            EventKind::Change {
                what,
                name,
                before,
                after,
            } => changes.push(HostChange {
                id: event.id.clone(),
                at,
                what: what.clone(),
                name: name.clone(),
                before: before.clone(),
                after: after.clone(),
            }),
            EventKind::Evidence { ask, lines } => {
                says.extend(asked(ask).map(|(alert, what)| HostSays::Found {
                    alert,
                    what,
                    lines: lines.clone(),
                }));
            }
            EventKind::JobStarted { .. }
            | EventKind::Goodbye { .. }
            | EventKind::SpoolLoss { .. }
            | EventKind::OomKill { .. }
            | EventKind::UnitFailed { .. }
            | EventKind::JobMissed { .. }
            | EventKind::LogMatch { .. }
            | EventKind::Inventory(_)
            | EventKind::Other => {}
        }
    }
    if !changes.is_empty() {
        says.push(HostSays::Changed { changes });
    }
    says
}

/// The id of a question about an alert: it says by itself what it is about, so that an answer
/// finds its alert after a restart as well.
pub fn ask_id(alert: AlertId, what: EvidenceKind) -> String {
    format!("{}.{}", alert.0, what.as_str())
}

/// What a question was about; none if it was never ours.
fn asked(id: &str) -> Option<(AlertId, EvidenceKind)> {
    let (alert, what) = id.split_once('.')?;
    let what = EvidenceKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == what)?;
    Some((AlertId(alert.parse().ok()?), what))
}

/// How much later `until` is, on one and the same wall clock.
fn left(until_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(until_ms.saturating_sub(now_ms)).unwrap_or(0))
}

/// How long a run may take; one of which that is not known is as long as a hold.
fn runtime(max_s: Option<f64>) -> Duration {
    max_s
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(limits::HOLD_AT_MOST)
}
