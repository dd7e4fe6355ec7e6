//! What was recorded, for whoever replays it: what there is, rows by pages, snapshots by parts, the
//! files of policies. No secret is in any of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use vedette_triage::Revision;

use crate::api::problem::Problem;
use crate::api::{Shared, Time};
use crate::recording::{PolicyFiles, Row, SealError, SnapshotPart};
use crate::store::{Answers, CommitNumber, Question};

/// Rows of one page; fewer where they are large.
const ROWS_MAX: u32 = 500;

/// What there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The time of the oldest row.
    pub first: Option<Time>,
    /// The time of the newest row.
    pub last: Option<Time>,
    /// The number of the newest row.
    pub last_number: Option<u64>,
    /// Bytes of all rows, as they are kept.
    pub bytes: u64,
    /// Where a replay can begin, the oldest first.
    pub snapshots: Vec<SnapshotAt>,
    /// The policies whose files are kept, the oldest first.
    pub policies: Vec<Revision>,
}

/// Where a replay can begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotAt {
    /// After which commit.
    pub number: u64,
    /// When.
    pub at: Time,
    /// Of how many parts it is.
    pub parts: u32,
}

/// A page of rows, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// They; none after the newest.
    pub rows: Vec<Row>,
}

/// Where a page begins.
#[derive(Debug, Deserialize)]
pub(in crate::api) struct After {
    /// The last commit that is known.
    after: Option<u64>,
}

/// What there is.
pub(in crate::api) async fn recording(
    State(shared): State<Arc<Shared>>,
) -> Result<Json<Recorded>, Problem> {
    let Answers::Recording(recording) = shared.store.ask(Question::Recording).await? else {
        return Err(another());
    };
    let snapshots = recording.snapshots.iter().map(|head| SnapshotAt {
        number: head.number.0,
        at: Time(head.at),
        parts: head.parts,
    });
    Ok(Json(Recorded {
        first: recording.first.map(|(_, at)| Time(at)),
        last: recording.last.map(|(_, at)| Time(at)),
        last_number: recording.last.map(|(number, _)| number.0),
        bytes: recording.bytes,
        snapshots: snapshots.collect(),
        policies: recording.policies,
    }))
}

/// One page of rows.
pub(in crate::api) async fn rows(
    State(shared): State<Arc<Shared>>,
    Query(After { after }): Query<After>,
) -> Result<Json<Rows>, Problem> {
    let question = Question::Records {
        after: CommitNumber(after.unwrap_or(0)),
        at_most: ROWS_MAX,
    };
    let Answers::Records(records) = shared.store.ask(question).await? else {
        return Err(another());
    };
    let opened = records.iter().map(|record| {
        let what = format!("what made commit {}", record.number.0);
        Row::open(record).map_err(|error| unreadable(&what, &error))
    });
    Ok(Json(Rows {
        rows: opened.collect::<Result<_, _>>()?,
    }))
}

/// One part of a snapshot.
pub(in crate::api) async fn snapshot_part(
    State(shared): State<Arc<Shared>>,
    Path((number, part)): Path<(u64, u32)>,
) -> Result<Json<SnapshotPart>, Problem> {
    let question = Question::Part {
        number: CommitNumber(number),
        part,
    };
    let Answers::Part(found) = shared.store.ask(question).await? else {
        return Err(another());
    };
    let missing = || Problem::not_found(format!("there is no part {part} of a snapshot {number}"));
    let opened = SnapshotPart::open(&found.ok_or_else(missing)?);
    let what = format!("part {part} of snapshot {number}");
    Ok(Json(opened.map_err(|error| unreadable(&what, &error))?))
}

/// The files of a policy.
pub(in crate::api) async fn policy_files(
    State(shared): State<Arc<Shared>>,
    Path(revision): Path<u64>,
) -> Result<Json<PolicyFiles>, Problem> {
    let question = Question::Texts(Revision(revision));
    let Answers::Texts(found) = shared.store.ask(question).await? else {
        return Err(another());
    };
    let missing = || Problem::not_found(format!("the files of policy {revision} are not kept"));
    let opened = PolicyFiles::open(&found.ok_or_else(missing)?);
    let what = format!("the files of policy {revision}");
    Ok(Json(opened.map_err(|error| unreadable(&what, &error))?))
}

fn another() -> Problem {
    Problem::later("the store answered another question")
}

fn unreadable(what: &str, error: &SealError) -> Problem {
    let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
    Problem::new(
        status,
        "unreadable",
        format!("{what} cannot be read: {error}"),
    )
}
