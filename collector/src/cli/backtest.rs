//! Tries a changed rule on what was measured, at the collector; or a changed policy, here, on what
//! the collector recorded.
//!
//! In: a rule and what is changed of it, or a policy directory; and a span. Out: the tickets there would have been. What was recorded is
//! fetched page by page and forgotten again; how far it is stands on the terminal.

mod measured;
mod show;
mod source;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use vedette_config::{Findings, read_file_if_there};
use vedette_policy::{Sources, load};
use vedette_triage::{Policy, Revision, Timestamp};

use self::source::Recording;
use super::Desk;
use super::arguments::BacktestArguments;
use super::failure::{Standing, misused, not_ok};
use super::moment::Look;
use crate::api::Time;
use crate::api::v1::recording::{Recorded, SnapshotAt};
use crate::backtest::{BackTest, Flow, Kind};
use crate::recording::{PolicyFiles, day};

/// Of the policy directory, if it has one.
const COLLECTOR: &str = "collector.toml";
/// Cells of the bar.
const BAR: u64 = 30;

pub(super) async fn run(
    desk: &mut Desk<'_>,
    wanted: &BacktestArguments,
) -> anyhow::Result<Standing> {
    match (&wanted.rule, &wanted.policy) {
        (Some(rule), _) => measured::run(desk, (rule, wanted)).await,
        (None, Some(dir)) => replay(desk, wanted, dir).await,
        (None, None) => Err(misused("Name a rule, or a policy with --policy DIR")),
    }
}

async fn replay(
    desk: &mut Desk<'_>,
    wanted: &BacktestArguments,
    dir: &Path,
) -> anyhow::Result<Standing> {
    let look = desk.look();
    let connection = desk.connect()?;
    let answer = connection.get(&["api", "v1", "recording"], &[]).await?;
    let recorded: Recorded = answer.read()?;
    let nothing =
        || not_ok("Nothing is recorded yet; the first snapshot comes with the collector's start");
    let oldest = recorded.snapshots.first().ok_or_else(nothing)?;
    let (from, to) = span(wanted, &look, oldest)?;
    let mut recording = Recording::new(&connection);
    let newest = *recorded.policies.last().ok_or_else(nothing)?;
    let policy = changed(desk, dir, recording.files(newest).await?)?;
    // What is before the span only brings the state to where it begins.
    let before = recorded.snapshots.iter().rfind(|known| known.at.0 <= from);
    let snapshot = recording.snapshot(before.unwrap_or(oldest)).await?;
    let mut test = BackTest::new(&snapshot, policy, (from, to));
    let begin = snapshot.now;
    let whole = to
        .min(recorded.last.map_or(to, |last| last.0))
        .since(begin)
        .max(Duration::from_millis(1));
    let mut bar = Bar::new(desk);
    let mut after = snapshot.number;
    'pages: loop {
        let page = recording.page(after).await?;
        let Some(last) = page.rows.last() else { break };
        after = last.number;
        let at = last.at;
        for row in &page.rows {
            recording.expect_policies(row).await?;
            let played = test.play(row, &mut |revision| recording.policies.find(revision));
            if played.map_err(|error| not_ok(format!("It cannot be replayed: {error}")))?
                == Flow::Over
            {
                break 'pages;
            }
        }
        bar.reached(at.since(begin).as_secs_f64() / whole.as_secs_f64());
    }
    drop(bar);
    let report = test.report();
    let missed = report.lines.iter().any(|line| line.kind == Kind::Missed);
    let shown = show::Shown {
        report: &report,
        dir,
        too_early: (from < oldest.at.0).then_some(from),
        versions: recording.policies.other_versions(),
    };
    shown.put(desk)?;
    Ok(Standing::well_if(!missed))
}

fn span(
    wanted: &BacktestArguments,
    look: &Look,
    oldest: &SnapshotAt,
) -> anyhow::Result<(Timestamp, Timestamp)> {
    let read = |text: &Option<String>, else_at: Timestamp| match text {
        Some(text) => look.read_past(text).map(|at| at.0).map_err(misused),
        None => Ok(else_at),
    };
    let from = read(&wanted.from, oldest.at.0)?;
    let to = read(&wanted.to, look.now)?;
    if from >= to {
        let (from, to) = (look.moment(Time(from)), look.moment(Time(to)));
        return Err(misused(format!(
            "From {from} to {to} is no span; begin before the end"
        )));
    }
    Ok((from, to))
}

/// The policy in the directory, for the same installation, under the next number.
fn changed(desk: &mut Desk<'_>, dir: &Path, then: &PolicyFiles) -> anyhow::Result<Arc<Policy>> {
    if !dir.is_dir() {
        let shown = dir.display();
        return Err(misused(format!(
            "{shown} is no directory; name one with rules/ and the rest of a policy in it"
        )));
    }
    let mut findings = Findings::new();
    let own = read_file_if_there(&dir.join(COLLECTOR), &mut findings);
    let collector = own.or_else(|| then.kept.sources().collector);
    let sources = Sources::of_folder(collector, dir, &mut findings);
    let (loaded, findings) = load(&sources, day(desk.look().now), findings);
    let Some(loaded) = loaded else {
        desk.say_findings(&findings)?;
        return Err(misused(format!(
            "The policy cannot be tried: {}",
            findings.summary()
        )));
    };
    let next = Revision(then.revision.0 + 1);
    Ok(Arc::new(loaded.numbered(next, &then.installation)))
}

/// How far it is, on a terminal.
struct Bar<'a> {
    draw: Option<&'a (dyn Fn(&str) + Send + Sync)>,
}

impl<'a> Bar<'a> {
    fn new(desk: &Desk<'a>) -> Bar<'a> {
        let mut bar = Bar {
            draw: desk.surroundings.progress.as_deref(),
        };
        bar.reached(0.0);
        bar
    }

    fn reached(&mut self, share: f64) {
        let Some(draw) = self.draw else { return };
        let done = (share * 100.0).clamp(0.0, 100.0) as u64;
        let full = usize::try_from(done * BAR / 100).unwrap_or(0);
        let empty = usize::try_from(BAR).unwrap_or(0) - full;
        draw(&format!(
            "[{}{}] {done:3} %",
            "#".repeat(full),
            "-".repeat(empty)
        ));
    }
}

impl Drop for Bar<'_> {
    /// Nothing is left of it.
    fn drop(&mut self) {
        if let Some(draw) = self.draw {
            draw("");
        }
    }
}
