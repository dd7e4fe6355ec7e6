//! Reads: everything for the engine, what is due for the outbox, answers for people.
//!
//! In: a session. Out: records. A body that cannot be read is [`StoreError::Broken`] with its
//! table and key.

use std::fmt::Display;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use vedette_triage::{
    Change, Counters, DeliveryId, EntityId, Entry, IncidentId, Revision, Ticket, Timestamp,
};

use super::error;
use super::recorded;
use super::session::Session;
use super::text::{kept, restored};
use crate::store::record::{Stored, decode};
use crate::store::row::{integer, standing};
use crate::store::{
    ANSWERS_MAX, Answers, Backlog, CommitNumber, DeliveryRow, Due, Line, Loaded, Question,
    StoreError,
};

/// Statements that see the same.
const ONE_MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// See [`crate::store::Store::load`]. The epoch is raised in the same transaction, first: whoever
/// still writes has ended by then, or will find the epoch changed.
pub(super) async fn load(session: &mut Session) -> Result<Loaded, StoreError> {
    session
        .begin("BEGIN ISOLATION LEVEL READ COMMITTED")
        .await?;
    let rows = session
        .rows(
            "UPDATE meta SET epoch = epoch + 1
             RETURNING number, epoch, now, next_alert, next_incident, next_delivery, revision",
            &[],
        )
        .await?;
    let row = rows.first().ok_or_else(lost_meta)?;
    let mut loaded = Loaded {
        number: CommitNumber(number(row, 0)?),
        epoch: number(row, 1)?,
        now: time(row, 2)?,
        counters: Counters {
            alert: number(row, 3)?,
            incident: number(row, 4)?,
            delivery: number(row, 5)?,
        },
        revision: Revision(number(row, 6)?),
        ..Loaded::default()
    };
    read_records(session, &mut loaded).await?;
    session.commit().await.map_err(nothing_lost)?;
    Ok(loaded)
}

/// Whether the end of such a transaction was heard makes no difference: it is begun anew.
fn nothing_lost(error: StoreError) -> StoreError {
    match error {
        StoreError::Unknown(why) => StoreError::Away(why),
        other => other,
    }
}

/// The one row that must be there is not.
pub(super) fn lost_meta() -> StoreError {
    StoreError::Broken("meta is empty".into())
}

/// In the order of the rows: records are put by key, so their order means nothing.
async fn read_records(session: &mut Session, loaded: &mut Loaded) -> Result<(), StoreError> {
    let Loaded { records, ends, .. } = loaded;
    by_id(session, "hosts", records, Change::PutHost).await?;
    by_id(session, "silences", records, Change::PutSilence).await?;
    by_id(session, "accounts", records, Change::PutAccount).await?;
    by_id(session, "recurrences", records, Change::PutRecurrence).await?;
    by_id(session, "digests", records, Change::PutDigest).await?;
    by_id(session, "rulings", records, Change::PutRuling).await?;
    session
        .each_row("SELECT form, body, id FROM incidents", |row| {
            let incident = body(row, "incidents", &number(row, 2)?)?;
            records.push(Change::PutIncident(Arc::new(incident)));
            Ok(())
        })
        .await?;
    session
        .each_row(
            "SELECT form, body, incident, receiver FROM tickets",
            |row| {
                records.push(Change::PutTicket(Arc::new(ticket(row)?)));
                Ok(())
            },
        )
        .await?;
    session
        .each_row(
            "SELECT form, body, id, valid_until FROM alerts ORDER BY id",
            |row| {
                let mut alert: vedette_triage::Alert = body(row, "alerts", &number(row, 2)?)?;
                // Written behind since the body was: the column is the later word.
                let until = time(row, 3)?;
                if let Some(until) = until.filter(|until| alert.valid_until != Some(*until)) {
                    ends.push((alert.id, until));
                }
                alert.valid_until = until;
                records.push(Change::PutAlert(Arc::new(alert)));
                Ok(())
            },
        )
        .await
}

async fn by_id<T: DeserializeOwned>(
    session: &mut Session,
    table: &'static str,
    records: &mut Vec<Change>,
    put: fn(Arc<T>) -> Change,
) -> Result<(), StoreError> {
    let sql = format!("SELECT form, body, id FROM {table}");
    session
        .each_row(sql, |row| {
            let id = restored(get(row, 2)?);
            records.push(put(Arc::new(body(row, table, &id)?)));
            Ok(())
        })
        .await
}

/// See [`crate::store::Store::due`].
pub(super) async fn due(
    session: &mut Session,
    receiver: &str,
    (now, at_most): (Timestamp, u32),
) -> Result<Vec<Due>, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body, id, attempts, epoch, unknown_since FROM deliveries
             WHERE receiver = $1 AND standing = 0 AND head AND at <= $2
             ORDER BY at, id LIMIT $3",
            &[&kept(receiver), &now.as_millis(), &bound(at_most)],
        )
        .await?;
    let due = |row: &Row| {
        Ok(Due {
            delivery: Arc::new(body(row, "deliveries", &number(row, 2)?)?),
            attempts: small(row, 3)?,
            epoch: number(row, 4)?,
            unknown_since: time(row, 5)?,
        })
    };
    rows.iter().map(due).collect()
}

/// See [`crate::store::Store::ask`]. An answer is of one moment, as one statement is.
pub(super) async fn ask(session: &mut Session, question: &Question) -> Result<Answers, StoreError> {
    match question {
        Question::Timeline { incident, at_most } => timeline(session, *incident, *at_most).await,
        Question::HostTimeline { host, at_most } => host_timeline(session, host, *at_most).await,
        Question::Archived { before, at_most } => archived(session, *before, *at_most).await,
        Question::Deliveries { incident, at_most } => {
            deliveries(session, *incident, *at_most).await
        }
        Question::Unfinished {
            receiver,
            only_dead,
            before,
            at_most,
        } => {
            let before = before.map_or(Ok(i64::MAX), |before| integer(before.0))?;
            let wanted = (receiver.as_deref(), *only_dead, before);
            unfinished(session, wanted, *at_most).await
        }
        Question::Delivery(id) => one_delivery(session, *id).await,
        Question::Backlog => backlog(session).await,
        Question::Records { after, at_most } => recorded::records(session, *after, *at_most).await,
        Question::Part { number, part } => recorded::part(session, *number, *part).await,
        Question::Texts(revision) => recorded::texts(session, *revision).await,
        // These take several.
        Question::Incident(id) => {
            session.begin(ONE_MOMENT).await?;
            let answers = incident(session, *id).await?;
            session.commit().await.map_err(nothing_lost)?;
            Ok(answers)
        }
        Question::Recording => {
            session.begin(ONE_MOMENT).await?;
            let answers = recorded::recording(session).await?;
            session.commit().await.map_err(nothing_lost)?;
            Ok(answers)
        }
    }
}

async fn timeline(
    session: &mut Session,
    incident: IncidentId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body, number, nth, at, revision FROM timeline
             WHERE incident = $1 ORDER BY number, nth LIMIT $2",
            &[&integer(incident.0)?, &bound(at_most)],
        )
        .await?;
    let mut lines = Vec::new();
    for row in &rows {
        lines.extend(lines_of(row)?);
    }
    lines.truncate(at_most.min(ANSWERS_MAX) as usize);
    Ok(Answers::Timeline(lines))
}

async fn host_timeline(
    session: &mut Session,
    host: &EntityId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body, number, nth, at, revision FROM timeline
             WHERE host = $1 ORDER BY number DESC, nth DESC LIMIT $2",
            &[&kept(host.as_str()), &bound(at_most)],
        )
        .await?;
    let mut lines = Vec::new();
    for row in &rows {
        let of_host = lines_of(row)?.into_iter();
        let of_host = of_host.filter(|line| line.entry.host.as_ref() == Some(host));
        lines.extend(of_host.rev());
    }
    lines.truncate(at_most.min(ANSWERS_MAX) as usize);
    Ok(Answers::Timeline(lines))
}

fn lines_of(row: &Row) -> Result<Vec<Line>, StoreError> {
    let key = format!("{}.{}", number(row, 2)?, number(row, 3)?);
    let entries: Vec<Entry> = body(row, "timeline", &key)?;
    let at = Timestamp::from_millis(get(row, 4)?);
    let revision = Revision(number(row, 5)?);
    let line = |entry| Line {
        at,
        revision,
        entry,
    };
    Ok(entries.into_iter().map(line).collect())
}

async fn incident(session: &mut Session, id: IncidentId) -> Result<Answers, StoreError> {
    let key = integer(id.0)?;
    let mut found = None;
    for table in ["incidents", "archived_incidents"] {
        let sql = format!("SELECT form, body FROM {table} WHERE id = $1");
        let rows = session.rows(sql, &[&key]).await?;
        if let Some(row) = rows.first() {
            found = Some(body(row, table, &id)?);
            break;
        }
    }
    let Some(incident) = found else {
        return Ok(Answers::Incident(None));
    };
    let rows = session
        .rows(
            "SELECT form, body, incident, receiver FROM tickets WHERE incident = $1
             UNION ALL
             SELECT form, body, incident, receiver FROM archived_tickets WHERE incident = $1
                 AND receiver NOT IN (SELECT receiver FROM tickets WHERE incident = $1)
             ORDER BY receiver",
            &[&key],
        )
        .await?;
    let tickets: Result<Vec<Ticket>, _> = rows.iter().map(ticket).collect();
    Ok(Answers::Incident(Some(Box::new((incident, tickets?)))))
}

async fn archived(
    session: &mut Session,
    before: IncidentId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    // "Before the largest number there is" is how the first page is asked for.
    let before = i64::try_from(before.0).unwrap_or(i64::MAX);
    let rows = session
        .rows(
            "SELECT form, body, id FROM archived_incidents WHERE id < $1 ORDER BY id DESC LIMIT $2",
            &[&before, &bound(at_most)],
        )
        .await?;
    let incident = |row: &Row| body(row, "archived_incidents", &number(row, 2)?);
    Ok(Answers::Archived(
        rows.iter().map(incident).collect::<Result<_, _>>()?,
    ))
}

async fn deliveries(
    session: &mut Session,
    incident: IncidentId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body, id, standing, attempts, at, answer FROM deliveries
             WHERE incident = $1 ORDER BY id LIMIT $2",
            &[&integer(incident.0)?, &bound(at_most)],
        )
        .await?;
    delivery_rows(&rows)
}

async fn unfinished(
    session: &mut Session,
    (receiver, only_dead, before): (Option<&str>, bool, i64),
    at_most: u32,
) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body, id, standing, attempts, at, answer FROM deliveries
             WHERE standing <> 1 AND ($1::text IS NULL OR receiver = $1)
                   AND (NOT $2 OR standing = 2) AND id < $3
             ORDER BY id DESC LIMIT $4",
            &[&receiver, &only_dead, &before, &bound(at_most)],
        )
        .await?;
    delivery_rows(&rows)
}

async fn one_delivery(session: &mut Session, id: DeliveryId) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body, id, standing, attempts, at, answer FROM deliveries WHERE id = $1",
            &[&integer(id.0)?],
        )
        .await?;
    delivery_rows(&rows)
}

fn delivery_rows(rows: &[Row]) -> Result<Answers, StoreError> {
    let delivery = |row: &Row| {
        let id = DeliveryId(number(row, 2)?);
        let code: i16 = get(row, 3)?;
        Ok(DeliveryRow {
            delivery: Arc::new(body(row, "deliveries", &id.0)?),
            standing: standing(u8::try_from(code).unwrap_or(u8::MAX), id)?,
            attempts: small(row, 4)?,
            at: Timestamp::from_millis(get(row, 5)?),
            answer: restored(get(row, 6)?),
        })
    };
    let found: Result<_, StoreError> = rows.iter().map(delivery).collect();
    Ok(Answers::Deliveries(found?))
}

/// The oldest is the one with the lowest number, which every index entry holds.
async fn backlog(session: &mut Session) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT receiver, pending, dead,
                    (SELECT created_at FROM deliveries WHERE id = oldest) AS oldest_at
             FROM (SELECT receiver, count(*) FILTER (WHERE standing = 0) AS pending,
                          count(*) FILTER (WHERE standing = 2) AS dead,
                          min(id) FILTER (WHERE standing = 0) AS oldest
                   FROM deliveries WHERE standing <> 1 GROUP BY receiver) AS by_receiver
             ORDER BY receiver",
            &[],
        )
        .await?;
    let row = |row: &Row| {
        Ok(Backlog {
            receiver: restored(get(row, 0)?),
            pending: number(row, 1)?,
            dead: number(row, 2)?,
            oldest: time(row, 3)?,
        })
    };
    let rows: Result<_, StoreError> = rows.iter().map(row).collect();
    Ok(Answers::Backlog(rows?))
}

fn bound(at_most: u32) -> i64 {
    i64::from(at_most.min(ANSWERS_MAX))
}

/// A value of the type that we write.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| error::of(&error))
}

/// A number that was written by [`integer()`]; another one is an error of the column.
pub(super) fn number(row: &Row, column: usize) -> Result<u64, StoreError> {
    let stored: i64 = get(row, column)?;
    u64::try_from(stored).map_err(|_| StoreError::Broken(format!("column {column} holds {stored}")))
}

/// A number that was small when it was written.
pub(super) fn small(row: &Row, column: usize) -> Result<u32, StoreError> {
    let stored = number(row, column)?;
    u32::try_from(stored).map_err(|_| StoreError::Broken(format!("column {column} holds {stored}")))
}

fn time(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    let stored: Option<i64> = get(row, column)?;
    Ok(stored.map(Timestamp::from_millis))
}

/// The record in a row that begins with form and body.
fn body<T: DeserializeOwned>(
    row: &Row,
    table: &'static str,
    key: &dyn Display,
) -> Result<T, StoreError> {
    decode(&Stored {
        table,
        key,
        form: small(row, 0)?,
        body: get(row, 1)?,
    })
}

/// The ticket in a row that begins with form, body, incident and receiver.
fn ticket(row: &Row) -> Result<Ticket, StoreError> {
    let key = format!("{} at {}", number(row, 2)?, restored(get(row, 3)?));
    body(row, "tickets", &key)
}
