//! Lays down the tables in a database, and decides whether they are ours.
//!
//! In: a connection. Out: one that can be used, or why not. The tables lie in the first schema
//! of the connection's `search_path`, alone. Knows nothing of what is in the records.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};
use vedette_policy::PostgresUrl;

use super::error;
use crate::store::StoreError;

/// Two programs that start at once make the tables one after the other.
const LOCK: i64 = 0x5644_5454_0001;

/// The steps from each schema version to the next; the first makes an empty schema version 1.
/// Never changed once released, only added to.
const STEPS: [&str; 1] = [VERSION_1];

/// What is in these tables is told where SQLite's are laid down. Numbers and times are BIGINT, and
/// nothing numbers itself: several collectors can share what is here, and a database of many machines
/// can keep it. A line of a timeline is numbered by its commit.
///
/// Texts are compared byte by byte, as everywhere in this program.
const VERSION_1: &str = r#"
CREATE TABLE vedette_schema (version BIGINT NOT NULL);
INSERT INTO vedette_schema VALUES (1);

CREATE TABLE meta (
    id            BIGINT PRIMARY KEY CHECK (id = 1),
    number        BIGINT NOT NULL,
    epoch         BIGINT NOT NULL,
    now           BIGINT,
    next_alert    BIGINT NOT NULL,
    next_incident BIGINT NOT NULL,
    next_delivery BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    records_bytes BIGINT NOT NULL
);
INSERT INTO meta VALUES (1, 0, 0, NULL, 0, 0, 0, 0, 0);

CREATE TABLE alerts (
    id          BIGINT PRIMARY KEY,
    valid_until BIGINT,
    form        BIGINT NOT NULL,
    body        TEXT NOT NULL
);

CREATE TABLE incidents (
    id        BIGINT PRIMARY KEY,
    closed_at BIGINT,
    form      BIGINT NOT NULL,
    body      TEXT NOT NULL
);
CREATE TABLE archived_incidents (
    id        BIGINT PRIMARY KEY,
    closed_at BIGINT NOT NULL,
    form      BIGINT NOT NULL,
    body      TEXT NOT NULL
);
CREATE INDEX archived_incidents_closed ON archived_incidents (closed_at);

CREATE TABLE tickets (
    incident BIGINT NOT NULL,
    receiver TEXT COLLATE "C" NOT NULL,
    form     BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (incident, receiver)
);
CREATE TABLE archived_tickets (
    incident BIGINT NOT NULL,
    receiver TEXT COLLATE "C" NOT NULL,
    form     BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (incident, receiver)
);

CREATE TABLE hosts       (id TEXT COLLATE "C" PRIMARY KEY, form BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE silences    (id TEXT COLLATE "C" PRIMARY KEY, form BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE accounts    (id TEXT COLLATE "C" PRIMARY KEY, form BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE recurrences (id TEXT COLLATE "C" PRIMARY KEY, form BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE digests     (id TEXT COLLATE "C" PRIMARY KEY, form BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE rulings     (id TEXT COLLATE "C" PRIMARY KEY, form BIGINT NOT NULL, body TEXT NOT NULL);

-- standing: 0 pending, 1 done, 2 dead. head: the first pending one of its ticket.
-- at: when it is tried next, or was settled.
CREATE TABLE deliveries (
    id            BIGINT PRIMARY KEY,
    incident      BIGINT NOT NULL,
    receiver      TEXT COLLATE "C" NOT NULL,
    seq           BIGINT NOT NULL,
    standing      SMALLINT NOT NULL,
    head          BOOLEAN NOT NULL,
    at            BIGINT NOT NULL,
    attempts      BIGINT NOT NULL,
    epoch         BIGINT NOT NULL,
    unknown_since BIGINT,
    created_at    BIGINT NOT NULL,
    answer        TEXT NOT NULL,
    form          BIGINT NOT NULL,
    body          TEXT NOT NULL
);
-- Which one follows in its ticket.
CREATE INDEX deliveries_ticket ON deliveries (incident, receiver, standing);
-- What is due.
CREATE INDEX deliveries_due ON deliveries (receiver, at, id) WHERE standing = 0 AND head;
-- What waits or lies dead at whom. Done ones, the many, are not in it.
CREATE INDEX deliveries_unfinished ON deliveries (receiver, standing, id) WHERE standing <> 1;

-- One row per decision, incident and host; the entries are an array. nth: of the commit.
CREATE TABLE timeline (
    number   BIGINT NOT NULL,
    nth      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    incident BIGINT,
    host     TEXT COLLATE "C",
    revision BIGINT NOT NULL,
    form     BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (number, nth)
);
CREATE INDEX timeline_incident ON timeline (incident, number, nth) WHERE incident IS NOT NULL;
CREATE INDEX timeline_host ON timeline (host, number, nth) WHERE host IS NOT NULL;

-- number: of the commit.
CREATE TABLE records (
    number BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    policy BIGINT NOT NULL,
    form   BIGINT NOT NULL,
    body   BYTEA NOT NULL
);
CREATE TABLE snapshots (
    number BIGINT NOT NULL,
    part   BIGINT NOT NULL,
    parts  BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    form   BIGINT NOT NULL,
    body   BYTEA NOT NULL,
    PRIMARY KEY (number, part)
);
CREATE TABLE policies (
    revision BIGINT PRIMARY KEY,
    form     BIGINT NOT NULL,
    body     BYTEA NOT NULL
);
"#;

/// What a schema turns out to be.
enum Found {
    Empty,
    Ours { version: i64 },
    Foreign,
    Missing,
}

/// Makes the tables, or brings older ones up to date: whole or not at all.
///
/// Refuses what another program keeps there, and what a newer version made.
pub(super) async fn prepare(client: &mut Client, url: &PostgresUrl) -> Result<(), StoreError> {
    let transaction = client.transaction().await.map_err(of)?;
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
    transaction.batch_execute(&lock).await.map_err(of)?;
    let done = match found(transaction.client()).await? {
        Found::Empty => 0,
        Found::Ours { version } => version,
        Found::Foreign => {
            return Err(StoreError::Broken(
                "its schema holds the tables of another program; make a database for this one alone".into(),
            ));
        }
        Found::Missing => return Err(missing()),
    };
    let Some(steps) = usize::try_from(done)
        .ok()
        .and_then(|done| STEPS.get(done..))
    else {
        return Err(StoreError::Broken(format!(
            "its schema is version {done}, this program knows up to {}; start the newer program again",
            STEPS.len()
        )));
    };
    for step in steps {
        let may_not = |error: Error| match error.code() {
            Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                StoreError::Away(error::connecting(url, &error))
            }
            Some(_) | None => of(error),
        };
        transaction.batch_execute(step).await.map_err(may_not)?;
    }
    if !steps.is_empty() {
        let version = format!("UPDATE vedette_schema SET version = {}", STEPS.len());
        transaction.batch_execute(&version).await.map_err(of)?;
    }
    transaction.commit().await.map_err(of)
}

/// Refuses to read what no writer has prepared.
pub(super) async fn expect(client: &Client) -> Result<(), StoreError> {
    match found(client).await? {
        Found::Ours { version } if usize::try_from(version) == Ok(STEPS.len()) => Ok(()),
        Found::Ours { .. } | Found::Empty | Found::Foreign => Err(StoreError::Away(
            "its tables are not made yet; open it for writing first".into(),
        )),
        Found::Missing => Err(missing()),
    }
}

fn missing() -> StoreError {
    StoreError::Away("no schema of its search_path exists; CREATE SCHEMA makes one".into())
}

async fn found(client: &Client) -> Result<Found, StoreError> {
    // What an extension brought is nobody's.
    let row = client
        .query_one(
            "SELECT current_schema() IS NOT NULL, count(c.oid),
                    count(c.oid) FILTER (WHERE c.relname = 'vedette_schema')
             FROM (SELECT 1) AS one
             LEFT JOIN pg_class c ON c.relnamespace = to_regnamespace(quote_ident(current_schema()))
                 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                 AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
            &[],
        )
        .await
        .map_err(of)?;
    let (is_there, tables, ours): (bool, i64, i64) = (row.get(0), row.get(1), row.get(2));
    match (is_there, tables, ours) {
        (false, _, _) => Ok(Found::Missing),
        (true, 0, _) => Ok(Found::Empty),
        (true, _, 0) => Ok(Found::Foreign),
        (true, _, _) => {
            let row = client
                .query_one("SELECT version FROM vedette_schema", &[])
                .await
                .map_err(of)?;
            Ok(Found::Ours {
                version: row.get(0),
            })
        }
    }
}

fn of(error: Error) -> StoreError {
    error::of(&error)
}
