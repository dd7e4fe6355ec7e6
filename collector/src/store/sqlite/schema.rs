//! Lays down the tables, and decides whether a file is ours.
//!
//! In: a connection. Out: one that can be used, or why not. Knows nothing of
//! what is in the records.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;

/// Marks a file as ours: `VDTT`.
const APPLICATION_ID: i32 = 0x5644_5454;

/// The steps from each schema version to the next; the first makes an empty file version 1.
/// Never changed once released, only added to.
const STEPS: [&str; 5] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

/// Few rows per change: one per record, one per delivery, one per decision and
/// incident in the timeline. What leaves the engine moves to a table of its own,
/// so that loading reads only what is alive and putting maintains no index for it.
///
/// Bodies are the last column: a scan over the others does not read their pages.
/// `WITHOUT ROWID` would halve throughput (rows of a kilobyte fill the inner
/// nodes of such a tree).
const VERSION_1: &str = "
CREATE TABLE meta (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    number        INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    now           INTEGER,
    next_alert    INTEGER NOT NULL,
    next_incident INTEGER NOT NULL,
    next_delivery INTEGER NOT NULL,
    revision      INTEGER NOT NULL
);
INSERT INTO meta VALUES (1, 0, 0, NULL, 0, 0, 0, 0);

CREATE TABLE alerts (
    id          INTEGER PRIMARY KEY,
    valid_until INTEGER,
    form        INTEGER NOT NULL,
    body        TEXT NOT NULL
);

CREATE TABLE incidents (
    id        INTEGER PRIMARY KEY,
    closed_at INTEGER,
    form      INTEGER NOT NULL,
    body      TEXT NOT NULL
);
CREATE TABLE archived_incidents (
    id        INTEGER PRIMARY KEY,
    closed_at INTEGER NOT NULL,
    form      INTEGER NOT NULL,
    body      TEXT NOT NULL
);
CREATE INDEX archived_incidents_closed ON archived_incidents (closed_at);

CREATE TABLE tickets (
    incident INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    form     INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (incident, receiver)
);
CREATE TABLE archived_tickets (
    incident INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    form     INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (incident, receiver)
);

CREATE TABLE hosts (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE silences (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);

-- standing: 0 pending, 1 done, 2 dead. head: the first pending one of its ticket.
-- at: when it is tried next, or was settled.
CREATE TABLE deliveries (
    id            INTEGER PRIMARY KEY,
    incident      INTEGER NOT NULL,
    receiver      TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    standing      INTEGER NOT NULL,
    head          INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    unknown_since INTEGER,
    created_at    INTEGER NOT NULL,
    answer        TEXT NOT NULL,
    form          INTEGER NOT NULL,
    body          TEXT NOT NULL
);
-- Which one follows in its ticket.
CREATE INDEX deliveries_ticket ON deliveries (incident, receiver, standing);
-- What is due, and what waits or lies dead at whom. Done ones, the many, are not in it.
CREATE INDEX deliveries_unfinished ON deliveries (receiver, standing, head, at) WHERE standing <> 1;

-- One row per decision, incident and host; the entries are an array.
CREATE TABLE timeline (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    incident INTEGER,
    host     TEXT,
    revision INTEGER NOT NULL,
    form     INTEGER NOT NULL,
    body     TEXT NOT NULL
);
CREATE INDEX timeline_incident ON timeline (incident) WHERE incident IS NOT NULL;
CREATE INDEX timeline_host ON timeline (host) WHERE host IS NOT NULL;
";

/// What a replay needs: what made each commit, the state once a day in parts, the files of policies.
/// The bytes of all records are counted as they come and go: adding them up would read them all.
const VERSION_2: &str = "
ALTER TABLE meta ADD COLUMN records_bytes INTEGER NOT NULL DEFAULT 0;

-- number: of the commit.
CREATE TABLE records (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    form   INTEGER NOT NULL,
    body   BLOB NOT NULL
);

CREATE TABLE snapshots (
    number INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    parts  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    form   INTEGER NOT NULL,
    body   BLOB NOT NULL
);
-- All that is asked of a snapshot but its bodies.
CREATE UNIQUE INDEX snapshots_part ON snapshots (number, part, parts, at);

CREATE TABLE policies (
    revision INTEGER PRIMARY KEY,
    form     INTEGER NOT NULL,
    body     BLOB NOT NULL
);
";

/// What outlives incidents: the account of each rule, by its name, and the history of each group.
const VERSION_3: &str = "
CREATE TABLE accounts (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE recurrences (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
";

/// What stood in the last digest of each team, by its name.
const VERSION_4: &str = "
CREATE TABLE digests (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
";

/// What people have ruled, by what it is about.
const VERSION_5: &str = "
CREATE TABLE rulings (
    id   TEXT PRIMARY KEY,
    form INTEGER NOT NULL,
    body TEXT NOT NULL
);
";

/// What a file turns out to be.
enum Found {
    Empty,
    Ours { version: usize },
    Foreign,
}

/// Refuses a file of another program, and one of a newer version.
pub(super) fn recognise(connection: &Connection) -> Result<(), StoreError> {
    match found(connection)? {
        Found::Ours { version } if version > STEPS.len() => Err(newer(version)),
        Found::Ours { .. } | Found::Empty => Ok(()),
        Found::Foreign => Err(StoreError::Broken(
            "it is a database of another program; name another file".into(),
        )),
    }
}

/// Makes the tables, or brings older ones up to date: whole or not at all. Of a file that
/// was recognised.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let done = match found(connection)? {
        Found::Empty | Found::Foreign => 0,
        Found::Ours { version } => version,
    };
    let missing = STEPS.get(done..).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    let version = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()?;
    Ok(())
}

/// Refuses to read what no writer has prepared.
pub(super) fn expect(connection: &Connection) -> Result<(), StoreError> {
    match found(connection)? {
        Found::Ours { version } if version == STEPS.len() => Ok(()),
        Found::Ours { .. } | Found::Empty | Found::Foreign => Err(StoreError::Away(
            "its tables are not made yet; open it for writing first".into(),
        )),
    }
}

fn found(connection: &Connection) -> Result<Found, StoreError> {
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let objects: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(match (application, version, objects) {
        (APPLICATION_ID, version, _) if version > 0 => Found::Ours {
            version: usize::try_from(version).unwrap_or(usize::MAX),
        },
        (0, 0, 0) => Found::Empty,
        _ => Found::Foreign,
    })
}

fn newer(version: usize) -> StoreError {
    StoreError::Broken(format!(
        "its schema is version {version}, this program knows up to {}; start the newer program again",
        STEPS.len()
    ))
}
