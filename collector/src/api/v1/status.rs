//! The state of the watcher: what it sees, what waits, and what is not as it should be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use vedette_triage as triage;
use vedette_triage::{SilenceState, Timestamp};

use super::golive;
use super::shapes::{
    HistoryStatus, HostCounts, IncidentCount, PolicyStatus, ReceiverBacklog, ReceiverFailure,
    Status,
};
use crate::api::{PolicyStanding, Shared, words};
use crate::history::History;
use crate::outbox::{ReceiverStanding, Standing};
use crate::store::{Answers, Backlog, Question, StoreError};

/// A delivery that has waited longer is a trouble.
const OLDEST_AT_MOST_S: u64 = 300;

/// Says how everything stands.
pub(in crate::api) async fn status(State(shared): State<Arc<Shared>>) -> Json<Status> {
    let (receivers, silent) = match shared.store.ask(Question::Backlog).await {
        Ok(Answers::Backlog(rows)) => (Some(receivers(&rows, &shared.receivers.all())), None),
        Ok(_) => (None, None),
        Err(error) => (None, Some(error)),
    };
    let now = shared.clock.now();
    let policy = Arc::clone(&shared.policy.load().policy);
    let standing = shared.standing.load();
    let (clock_off, _) = shared.skews.far_off();
    let live = golive::live(&shared);
    let mut status = Status {
        version: env!("CARGO_PKG_VERSION").into(),
        now: now.into(),
        started_at: shared.started_at.into(),
        ready: shared.is_ready(),
        mode: live.mode,
        live: live.ruled,
        hosts: HostCounts {
            clock_off: clock_off as u64,
            ..HostCounts::default()
        },
        incidents: Vec::new(),
        drills: 0,
        alerts_firing: 0,
        silences_active: 0,
        receivers,
        policy: PolicyStatus {
            revision: policy.revision.0,
            since: standing.since.into(),
            last_reload_worked: standing.worked,
            findings: standing.findings.clone(),
        },
        history: history(&shared.history),
        openings_refused: shared.meters.is_tight(),
        troubles: Vec::new(),
    };
    count(&mut status, &shared.view.read(), now);
    status
        .troubles
        .extend(of_store(shared.meters.is_away(), silent));
    status.troubles.extend(troubles(&status, &standing, now));
    status.troubles.extend(ahead(shared.clock.ahead()));
    Json(status)
}

fn count(status: &mut Status, state: &triage::State, now: Timestamp) {
    for host in state.hosts() {
        match (&host.silent_since, &host.away) {
            (Some(_), _) => status.hosts.silent += 1,
            (None, Some(_)) => status.hosts.away += 1,
            (None, None) => status.hosts.well += 1,
        }
    }
    let mut incidents: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for incident in state.incidents() {
        if incident.drill.is_some() {
            status.drills += 1;
        } else {
            let key = (incident.phase.as_str(), incident.priority.as_str());
            *incidents.entry(key).or_default() += 1;
        }
    }
    let told = |((phase, priority), count): ((&str, &str), u64)| IncidentCount {
        phase: phase.to_owned(),
        priority: priority.to_owned(),
        count,
    };
    status.incidents = incidents.into_iter().map(told).collect();
    let real = state
        .alerts()
        .filter(|alert| alert.is_firing() && alert.drill.is_none());
    status.alerts_firing = real.count() as u64;
    let active = state
        .silences()
        .filter(|silence| silence.state(now) == SilenceState::Active);
    status.silences_active = active.count() as u64;
}

/// What is wrong with the watcher itself; what it watches has incidents.
fn troubles(status: &Status, standing: &PolicyStanding, now: Timestamp) -> Vec<String> {
    let mut troubles = Vec::new();
    if !status.ready {
        troubles.push("The collector starts or stops and takes nothing at the moment.".into());
    }
    if status.openings_refused {
        troubles.push("The disk is full: nothing new is opened until there is space again.".into());
    }
    let history = status
        .history
        .as_ref()
        .filter(|history| history.stopped_since.is_some());
    if let Some(history) = history {
        troubles.push(format!(
            "The history of samples is not written: {}. Tickets do not need it; charts and back-tests have a gap.",
            history.stopped_why
        ));
    }
    if !standing.worked {
        troubles.push(format!(
            "The policy could not be read again: revision {} stays in force. Run `vedette-collector check`.",
            status.policy.revision
        ));
    }
    let receivers = status.receivers.iter().flatten();
    troubles.extend(receivers.flat_map(|row| late(row, now)));
    troubles
}

/// What it does not take matters more than what it does not tell.
fn of_store(is_away: bool, silent: Option<StoreError>) -> Option<String> {
    let why = silent
        .as_ref()
        .map(|error| format!(" ({error})"))
        .unwrap_or_default();
    match (is_away, silent) {
        (true, _) => Some(format!(
            "The store takes no changes{why}: nothing is decided, and senders are told to come back. \
             It goes on by itself when the store does."
        )),
        (false, Some(_)) => Some(format!("The store does not answer{why}.")),
        (false, None) => None,
    }
}

fn history(history: &History) -> Option<HistoryStatus> {
    if !history.is_kept() {
        return None;
    }
    let extent = history.extent();
    let stopped = history.counted().stopped;
    Some(HistoryStatus {
        bytes: extent.bytes,
        since: extent.since.map(Into::into),
        full_since: extent.full_since.map(Into::into),
        stopped_since: stopped.as_ref().map(|stopped| stopped.since.into()),
        stopped_why: stopped.map(|stopped| stopped.why).unwrap_or_default(),
    })
}

/// Time never goes back here, whatever the machine's clock does.
fn ahead(by: Duration) -> Option<String> {
    (!by.is_zero()).then(|| {
        format!(
            "The collector's time is {} ahead of its machine's clock, which was or is wrong: everything moves at real speed, but times shown are ahead. If the clock is wrong now, set it right.",
            words::span(by)
        )
    })
}

fn late(row: &ReceiverBacklog, now: Timestamp) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Some(trouble) = failing(row, now) {
        troubles.push(trouble);
    }
    let waited = row.oldest.map(|oldest| now.since(oldest.0));
    if let Some(waited) = waited.filter(|waited| waited.as_secs() > OLDEST_AT_MOST_S) {
        troubles.push(format!(
            "{} for receiver {}, the oldest for {}.",
            counted(row.pending, "delivery waits", "deliveries wait"),
            row.receiver,
            words::span(waited)
        ));
    }
    if row.dead > 0 {
        troubles.push(format!(
            "Receiver {} refused {} for good.",
            row.receiver,
            counted(row.dead, "delivery", "deliveries")
        ));
    }
    troubles
}

/// What is wrong with a receiver now, whether much waits for it or not.
fn failing(row: &ReceiverBacklog, now: Timestamp) -> Option<String> {
    let name = &row.receiver;
    if row.state == GONE {
        return (row.pending > 0).then(|| {
            format!(
                "{} for receiver {name}, which the policy does not have; name a receiver {name} again, and they are sent.",
                counted(row.pending, "delivery waits", "deliveries wait")
            )
        });
    }
    if row.state == PAUSED {
        let until = row.held_until.map(|until| words::clock_time(until.0, now));
        return Some(format!(
            "Receiver {name} is paused until {}; what is for it waits.",
            until.unwrap_or_default()
        ));
    }
    let failure = row.failure.as_ref()?;
    let until = match row.held_until {
        Some(until) => format!("; it is tried again at {}", words::clock_time(until.0, now)),
        None => String::new(),
    };
    Some(format!("Receiver {name} fails: {}{until}.", failure.why))
}

fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

/// The word for a receiver that the policy does not have.
const GONE: &str = "gone";

/// The word for a receiver that a person wants to be left alone.
const PAUSED: &str = "paused";

/// How every receiver does; none when the store does not answer.
pub(super) async fn backlog(shared: &Shared) -> Option<Vec<ReceiverBacklog>> {
    match shared.store.ask(Question::Backlog).await {
        Ok(Answers::Backlog(rows)) => Some(receivers(&rows, &shared.receivers.all())),
        Ok(_) | Err(_) => None,
    }
}

/// One row for each receiver of the policy, and for each that something waits for.
fn receivers(
    backlog: &[Backlog],
    standings: &BTreeMap<String, ReceiverStanding>,
) -> Vec<ReceiverBacklog> {
    let empty = |name: &str| ReceiverBacklog {
        receiver: name.to_owned(),
        pending: 0,
        dead: 0,
        oldest: None,
        state: GONE.to_owned(),
        held_until: None,
        failure: None,
    };
    let mut rows: BTreeMap<&str, ReceiverBacklog> = backlog
        .iter()
        .map(|row| {
            let told = ReceiverBacklog {
                pending: row.pending,
                dead: row.dead,
                oldest: row.oldest.map(Into::into),
                ..empty(&row.receiver)
            };
            (row.receiver.as_str(), told)
        })
        .collect();
    for (name, standing) in standings {
        let row = rows.entry(name).or_insert_with(|| empty(name));
        let (state, held_until) = match standing.standing {
            Standing::Well => ("well", None),
            Standing::Trying => ("trying", None),
            Standing::Held { until } => ("held", Some(until)),
            Standing::Paused { until } => (PAUSED, Some(until)),
            Standing::Absent => (GONE, None),
        };
        row.state = state.to_owned();
        row.held_until = held_until.map(Into::into);
        let failed = standing.failure.as_ref().filter(|_| state != "well");
        row.failure = failed.map(|failure| ReceiverFailure {
            at: failure.at.into(),
            kind: failure.judgement.as_str().to_owned(),
            why: failure.why.clone(),
        });
    }
    rows.into_values().collect()
}
