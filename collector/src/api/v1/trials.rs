//! Tries a changed rule on what was measured: one at a time, on a thread nobody else waits for.
//!
//! Changes nothing: neither the policy nor what is stored.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use vedette_config::{Findings, Source};
use vedette_policy::{Loaded, load, rule_names};
use vedette_triage::detect::Rule;
use vedette_triage::{Policy, Revision, Timestamp};

use super::incidents::request;
use super::shapes::{
    Backtest, BacktestBegun, BacktestRequest, BacktestState, HourSums, TicketSums, TicketTried,
};
use crate::api::problem::Problem;
use crate::api::{PolicyInForce, Shared};
use crate::backtest::measured::{self, NotTried, Question, Tried};
use crate::backtest::{self, Kind, Report, TicketLine};
use crate::recording::{NotKept, PolicyFiles, day};
use crate::shard::Titles;

/// Tickets of each kind that are listed; the rest is counted.
const LISTED_MAX: usize = 1_000;
/// Bytes of a changed rule file.
const FILE_BYTES_MAX: usize = 256 << 10;
/// Where a changed rule is, as findings name it.
const FILE: &str = "rules/changed.toml";
const HOUR_MS: i64 = 3_600_000;
/// Parts in which progress is kept.
const WHOLE: u32 = 1_000;

/// The back-test that runs, and what came of the last one. Cheap to copy.
#[derive(Debug, Clone, Default)]
pub struct Trials(Arc<Mutex<Slot>>);

#[derive(Debug, Default)]
struct Slot {
    newest: u64,
    runs: bool,
    done: Arc<AtomicU32>,
    outcome: Option<Outcome>,
}

type Outcome = Result<Arc<Backtest>, String>;

impl Trials {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None while another one runs.
    fn begin(&self) -> Option<(u64, Arc<AtomicU32>)> {
        let mut slot = self.slot();
        if slot.runs {
            return None;
        }
        slot.newest += 1;
        slot.runs = true;
        slot.outcome = None;
        slot.done = Arc::default();
        Some((slot.newest, Arc::clone(&slot.done)))
    }

    fn end(&self, outcome: Outcome) {
        let mut slot = self.slot();
        slot.runs = false;
        slot.outcome = Some(outcome);
    }

    fn state(&self, id: u64) -> Option<BacktestState> {
        let slot = self.slot();
        let outcome = slot.outcome.as_ref();
        (id == slot.newest && id > 0).then(|| BacktestState {
            id,
            done: f64::from(slot.done.load(Ordering::Relaxed)) / f64::from(WHOLE),
            error: outcome.and_then(|outcome| outcome.as_ref().err()).cloned(),
            report: outcome
                .and_then(|outcome| outcome.as_ref().ok())
                .map(|report| Backtest::clone(report)),
        })
    }
}

/// Begins one.
pub(in crate::api) async fn begin(
    State(shared): State<Arc<Shared>>,
    Path(rule): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<BacktestBegun>), Problem> {
    let wanted: BacktestRequest = request(&body)?;
    if !shared.history.is_kept() {
        let error = "no samples are kept here, so there is nothing to try a rule on: [store] history_at_most is \"0B\", or the log says why not";
        return Err(Problem::new(StatusCode::CONFLICT, "no_history", error));
    }
    let (from, to) = span(&shared, &wanted)?;
    let files = files(&shared).await?;
    let in_force = PolicyInForce::clone(&shared.policy.load());
    let changed = tokio::task::spawn_blocking(move || changed(&in_force, &rule, &wanted, &files));
    let changed = changed
        .await
        .map_err(|error| Problem::later(error.to_string()))??;
    let (hosts, live) = {
        let state = shared.view.read();
        let hosts: Vec<_> = state.hosts().cloned().collect();
        let live: Vec<_> = state.incidents().cloned().collect();
        (hosts, live)
    };
    let incidents = backtest::told_since(&shared.store, live, from).await?;
    let question = Question {
        then: changed.then,
        now: changed.now,
        span: (from, to),
        hosts,
        acted: backtest::attended(&shared.view.read(), &incidents, to),
    };
    let busy = || {
        let error = "another back-test runs; try again when it is done";
        Problem::new(StatusCode::CONFLICT, "busy", error)
    };
    let (id, done) = shared.trials.begin().ok_or_else(busy)?;
    let (trials, history) = (shared.trials.clone(), shared.history.clone());
    tokio::spawn(async move {
        let run = tokio::task::spawn_blocking(move || {
            let progress = |share: f64| {
                let parts = (share * f64::from(WHOLE)).clamp(0.0, f64::from(WHOLE));
                done.store(parts as u32, Ordering::Relaxed);
            };
            let answer = measured::run(&history, &question, &progress)?;
            let told = Told {
                rule: changed.rule,
                changed: changed.words,
                as_if_tickets: changed.as_if_tickets,
            };
            let full_since = history.extent().full_since;
            Ok(told.report(&answer, (from, to), full_since))
        });
        trials.end(match run.await {
            Ok(outcome) => outcome
                .map(Arc::new)
                .map_err(|error: NotTried| error.to_string()),
            Err(error) => Err(format!("it failed: {error}")),
        });
    });
    Ok((StatusCode::ACCEPTED, Json(BacktestBegun { id })))
}

/// How far it is, and what came of it.
pub(in crate::api) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<u64>,
) -> Result<Json<BacktestState>, Problem> {
    let unknown = || {
        Problem::not_found(format!(
            "there is no back-test {id}; only the newest is kept"
        ))
    };
    shared.trials.state(id).map(Json).ok_or_else(unknown)
}

fn span(shared: &Shared, wanted: &BacktestRequest) -> Result<(Timestamp, Timestamp), Problem> {
    let extent = shared.history.extent();
    let to = wanted.to.map_or_else(|| shared.clock.now(), |to| to.0);
    let nothing = || {
        Problem::new(
            StatusCode::CONFLICT,
            "no_history",
            "nothing is measured yet",
        )
    };
    let since = extent.since.ok_or_else(nothing)?;
    let from = wanted.from.map_or(since, |from| from.0.max(since));
    if from >= to {
        return Err(Problem::bad(
            "from must be before to, and to after the oldest sample",
        ));
    }
    Ok((from, to))
}

/// The files of the policy in force.
async fn files(shared: &Shared) -> Result<PolicyFiles, Problem> {
    let revision: Revision = shared.policy.load().policy.revision;
    PolicyFiles::kept(&shared.store, revision)
        .await
        .map_err(|error| match error {
            NotKept::Store(error) => error.into(),
            NotKept::Missing(_) => Problem::not_found(error.to_string()),
            NotKept::Damaged(_) => Problem::later(error.to_string()),
        })
}

/// The rule as it is, and as it would be.
struct Changed {
    rule: String,
    words: String,
    as_if_tickets: bool,
    then: Tried,
    now: Tried,
}

fn changed(
    in_force: &PolicyInForce,
    name: &str,
    wanted: &BacktestRequest,
    files: &PolicyFiles,
) -> Result<Changed, Problem> {
    let policy = &in_force.policy;
    let Some(rule) = policy.detection.get(name) else {
        let names = policy.detection.iter().map(|rule| &*rule.name);
        let near = vedette_config::nearest(name, names);
        let hint = near.map_or_else(
            || "; `vedette rule list` shows all".to_owned(),
            |near| format!("; did you mean {near}?"),
        );
        return Err(Problem::not_found(format!(
            "there is no rule {name:?}{hint}"
        )));
    };
    let loaded = loaded(name, wanted.file.as_deref(), files)?;
    let set: Vec<(String, String)> = wanted
        .set
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect();
    let other = loaded.rule_with(name, &set).map_err(Problem::bad)?;
    let (new_titles, titles): (Arc<dyn Titles>, _) = (
        Arc::new(loaded.titles.clone()),
        Arc::clone(&in_force.titles),
    );
    let then = tried(policy, policy, rule, titles)?;
    let now = tried(policy, &loaded.policy, &other, new_titles)?;
    let mut words: Vec<String> = set
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    words.splice(
        0..0,
        wanted.file.as_ref().map(|_| "the changed file".to_owned()),
    );
    Ok(Changed {
        rule: name.to_owned(),
        words: words.join(", "),
        as_if_tickets: measured::is_worth_less(rule) || measured::is_worth_less(&other),
        then,
        now,
    })
}

/// The policy in force, with the file in place of the one that has the rule.
fn loaded(name: &str, file: Option<&str>, files: &PolicyFiles) -> Result<Loaded, Problem> {
    let mut sources = files.kept.sources();
    if let Some(text) = file {
        if text.len() > FILE_BYTES_MAX {
            return Err(Problem::bad(format!(
                "a rule file has at most {FILE_BYTES_MAX} bytes"
            )));
        }
        let file = Source::new(FILE, text);
        if !rule_names(&file).contains(name) {
            return Err(Problem::bad(format!("there is no rule {name} in the file")));
        }
        sources = sources.with_rules_of(file).map_err(Problem::bad)?;
    }
    let (loaded, findings) = load(&sources, day(files.read_at), Findings::new());
    loaded.ok_or_else(|| {
        let first = findings
            .sorted()
            .into_iter()
            .find(|finding| finding.severity.as_str() == "error");
        let first = first.map(|finding| finding.one_line()).unwrap_or_default();
        Problem::bad(format!("the changed policy has errors: {first}"))
    })
}

/// Everything else as it is in force; what the rule is worth, and how it is grouped, as it says.
fn tried(
    in_force: &Policy,
    from: &Policy,
    rule: &Rule,
    titles: Arc<dyn Titles>,
) -> Result<Tried, Problem> {
    let meta = from.rules.get(&*rule.name).cloned().unwrap_or_default();
    Tried::new(in_force, (rule, &meta), titles).map_err(|error| Problem::bad(error.to_string()))
}

/// What was asked, as it is told.
struct Told {
    rule: String,
    changed: String,
    as_if_tickets: bool,
}

impl Told {
    fn report(
        self,
        answer: &measured::Answer,
        (from, to): (Timestamp, Timestamp),
        full_since: Option<Timestamp>,
    ) -> Backtest {
        let report = &answer.report;
        let (from, to) = report.span.unwrap_or((from, to));
        let list = |kind: Kind| {
            let lines = report.lines.iter().filter(|line| line.kind == kind);
            lines.take(LISTED_MAX).map(ticket).collect::<Vec<_>>()
        };
        let (missed, opened, avoided) =
            (list(Kind::Missed), list(Kind::Opened), list(Kind::Avoided));
        let listed = missed.len() + opened.len() + avoided.len();
        Backtest {
            rule: self.rule,
            changed: self.changed,
            from: from.into(),
            to: to.into(),
            full_since: full_since.map(Into::into),
            hosts: answer.hosts,
            series: answer.series,
            as_if_tickets: self.as_if_tickets,
            tickets: TicketSums::of(report),
            by_hour: by_hour(report),
            missed,
            opened,
            avoided,
            left_out: (report.lines.len() - listed) as u64,
        }
    }
}

fn by_hour(report: &Report) -> Vec<HourSums> {
    let mut hours: BTreeMap<i64, TicketSums> = BTreeMap::new();
    let mut of = |at: Timestamp, count: &dyn Fn(&mut TicketSums)| {
        count(hours.entry(at.as_millis().div_euclid(HOUR_MS)).or_default());
    };
    for (at, _) in &report.before {
        of(*at, &|sums| sums.then += 1);
    }
    for (at, _) in &report.after {
        of(*at, &|sums| sums.now += 1);
    }
    for line in &report.lines {
        of(line.at, &|sums| sums.count(line.kind));
    }
    let told = |(hour, tickets)| HourSums {
        hour: Timestamp::from_millis(hour * HOUR_MS).into(),
        tickets,
    };
    hours.into_iter().map(told).collect()
}

fn ticket(line: &TicketLine) -> TicketTried {
    TicketTried {
        at: line.at.into(),
        title: line.title.clone(),
        severity: line.severity.as_str().to_owned(),
        priority: line.priority.as_str().to_owned(),
        lasted_s: line.lasted.as_secs(),
        over: line.over,
        acted_on: line.acted,
        worse: line.worse,
        elsewhere: line.elsewhere,
    }
}
