//! Reads: everything for the engine, what is due for the outbox, answers for people.
//!
//! In: a connection. Out: records. A body that cannot be read is
//! [`StoreError::Broken`] with its table and key.

use std::fmt::Display;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde::de::DeserializeOwned;
use vedette_triage::{
    Account, Alert, Change, Counters, DeliveryId, Digest, EntityId, Entry, Host, Incident,
    IncidentId, Recurrence, Revision, Ruling, Silence, Ticket, Timestamp,
};

use super::recorded;
use crate::store::record::{Stored, decode};
use crate::store::row::{integer, standing};
use crate::store::{
    ANSWERS_MAX, Answers, Backlog, CommitNumber, DeliveryRow, Due, Line, Loaded, Question,
    StoreError,
};

/// See [`crate::store::Store::load`]. The epoch is raised in the same transaction.
pub(super) fn load(connection: &mut Connection) -> Result<Loaded, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut loaded = transaction.query_row(
        "UPDATE meta SET epoch = epoch + 1
         RETURNING number, epoch, now, next_alert, next_incident, next_delivery, revision",
        [],
        |row| {
            Ok(Loaded {
                number: CommitNumber(number(row, 0)?),
                epoch: number(row, 1)?,
                now: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis),
                counters: Counters {
                    alert: number(row, 3)?,
                    incident: number(row, 4)?,
                    delivery: number(row, 5)?,
                },
                revision: Revision(number(row, 6)?),
                records: Vec::new(),
                ends: Vec::new(),
            })
        },
    )?;
    read_records(&transaction, &mut loaded)?;
    transaction.commit()?;
    Ok(loaded)
}

/// In the order of the rows: records are put by key, so their order means nothing.
fn read_records(connection: &Connection, loaded: &mut Loaded) -> Result<(), StoreError> {
    let Loaded { records, ends, .. } = loaded;
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM hosts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(2)?;
        records.push(Change::PutHost(Arc::new(body::<Host>(row, "hosts", &id)?)));
    }
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM silences")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(2)?;
        records.push(Change::PutSilence(Arc::new(body::<Silence>(
            row, "silences", &id,
        )?)));
    }
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM accounts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(2)?;
        let account = body::<Account>(row, "accounts", &id)?;
        records.push(Change::PutAccount(Arc::new(account)));
    }
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM recurrences")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(2)?;
        let recurrence = body::<Recurrence>(row, "recurrences", &id)?;
        records.push(Change::PutRecurrence(Arc::new(recurrence)));
    }
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM digests")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(2)?;
        let digest = body::<Digest>(row, "digests", &id)?;
        records.push(Change::PutDigest(Arc::new(digest)));
    }
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM rulings")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(2)?;
        let ruling = body::<Ruling>(row, "rulings", &id)?;
        records.push(Change::PutRuling(Arc::new(ruling)));
    }
    let mut statement = connection.prepare_cached("SELECT form, body, id FROM incidents")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = number(row, 2)?;
        records.push(Change::PutIncident(Arc::new(body::<Incident>(
            row,
            "incidents",
            &id,
        )?)));
    }
    let mut statement =
        connection.prepare_cached("SELECT form, body, incident, receiver FROM tickets")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        records.push(Change::PutTicket(Arc::new(ticket(row, "tickets")?)));
    }
    let mut statement =
        connection.prepare_cached("SELECT form, body, id, valid_until FROM alerts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut alert: Alert = body(row, "alerts", &number(row, 2)?)?;
        // Written behind since the body was: the column is the later word.
        let until = row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis);
        if let Some(until) = until.filter(|until| alert.valid_until != Some(*until)) {
            ends.push((alert.id, until));
        }
        alert.valid_until = until;
        records.push(Change::PutAlert(Arc::new(alert)));
    }
    Ok(())
}

/// See [`crate::store::Store::due`].
pub(super) fn due(
    connection: &Connection,
    receiver: &str,
    (now, at_most): (Timestamp, u32),
) -> Result<Vec<Due>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id, attempts, epoch, unknown_since FROM deliveries
         WHERE standing <> 1 AND receiver = ?1 AND standing = 0 AND head = 1 AND at <= ?2
         ORDER BY at, id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![receiver, now.as_millis(), at_most.min(ANSWERS_MAX)])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(Due {
            delivery: Arc::new(body(row, "deliveries", &number(row, 2)?)?),
            attempts: row.get(3)?,
            epoch: number(row, 4)?,
            unknown_since: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
        });
    }
    Ok(due)
}

/// See [`crate::store::Store::ask`]. One transaction: an answer is of one moment.
pub(super) fn ask(connection: &mut Connection, question: &Question) -> Result<Answers, StoreError> {
    let moment = connection.transaction()?;
    match question {
        Question::Timeline { incident, at_most } => timeline(&moment, *incident, *at_most),
        Question::HostTimeline { host, at_most } => host_timeline(&moment, host, *at_most),
        Question::Incident(id) => incident(&moment, *id),
        Question::Archived { before, at_most } => archived(&moment, *before, *at_most),
        Question::Deliveries { incident, at_most } => deliveries(&moment, *incident, *at_most),
        Question::Unfinished {
            receiver,
            only_dead,
            before,
            at_most,
        } => {
            let before = before.map_or(Ok(i64::MAX), |before| integer(before.0))?;
            let wanted = (receiver.as_deref(), *only_dead, before);
            unfinished(&moment, wanted, *at_most)
        }
        Question::Delivery(id) => one_delivery(&moment, *id),
        Question::Backlog => backlog(&moment),
        Question::Recording => recorded::recording(&moment),
        Question::Records { after, at_most } => recorded::records(&moment, *after, *at_most),
        Question::Part { number, part } => recorded::part(&moment, *number, *part),
        Question::Texts(revision) => recorded::texts(&moment, *revision),
    }
}

fn timeline(
    connection: &Connection,
    incident: IncidentId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let at_most = at_most.min(ANSWERS_MAX);
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id, at, revision FROM timeline WHERE incident = ?1 ORDER BY id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![integer(incident.0)?, at_most])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.extend(lines_of(row)?);
    }
    lines.truncate(at_most as usize);
    Ok(Answers::Timeline(lines))
}

fn host_timeline(
    connection: &Connection,
    host: &EntityId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let at_most = at_most.min(ANSWERS_MAX);
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id, at, revision FROM timeline WHERE host = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![host.as_str(), at_most])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let of_host = lines_of(row)?
            .into_iter()
            .filter(|line| line.entry.host.as_ref() == Some(host));
        lines.extend(of_host.rev());
    }
    lines.truncate(at_most as usize);
    Ok(Answers::Timeline(lines))
}

fn lines_of(row: &Row<'_>) -> Result<Vec<Line>, StoreError> {
    let entries: Vec<Entry> = body(row, "timeline", &number(row, 2)?)?;
    let at = Timestamp::from_millis(row.get(3)?);
    let revision = Revision(number(row, 4)?);
    let line = |entry| Line {
        at,
        revision,
        entry,
    };
    Ok(entries.into_iter().map(line).collect())
}

fn incident(connection: &Connection, id: IncidentId) -> Result<Answers, StoreError> {
    let key = integer(id.0)?;
    let read = |table: &'static str| -> Result<Option<Incident>, StoreError> {
        connection
            .prepare_cached(&format!("SELECT form, body FROM {table} WHERE id = ?1"))?
            .query_row([key], |row| Ok(body(row, table, &id)))
            .optional()?
            .transpose()
    };
    let found = match read("incidents")? {
        Some(incident) => Some(incident),
        None => read("archived_incidents")?,
    };
    let Some(incident) = found else {
        return Ok(Answers::Incident(None));
    };
    let mut statement = connection.prepare_cached(
        "SELECT form, body, incident, receiver FROM tickets WHERE incident = ?1
         UNION ALL
         SELECT form, body, incident, receiver FROM archived_tickets WHERE incident = ?1
             AND receiver NOT IN (SELECT receiver FROM tickets WHERE incident = ?1)
         ORDER BY receiver",
    )?;
    let mut rows = statement.query([key])?;
    let mut tickets = Vec::new();
    while let Some(row) = rows.next()? {
        tickets.push(ticket(row, "tickets")?);
    }
    Ok(Answers::Incident(Some(Box::new((incident, tickets)))))
}

fn archived(
    connection: &Connection,
    before: IncidentId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id FROM archived_incidents WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    // "Before the largest number there is" is how the first page is asked for.
    let before = i64::try_from(before.0).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![before, at_most.min(ANSWERS_MAX)])?;
    let mut incidents = Vec::new();
    while let Some(row) = rows.next()? {
        incidents.push(body(row, "archived_incidents", &number(row, 2)?)?);
    }
    Ok(Answers::Archived(incidents))
}

fn deliveries(
    connection: &Connection,
    incident: IncidentId,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id, standing, attempts, at, answer FROM deliveries
         WHERE incident = ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query(params![integer(incident.0)?, at_most.min(ANSWERS_MAX)])?;
    delivery_rows(rows)
}

fn unfinished(
    connection: &Connection,
    (receiver, only_dead, before): (Option<&str>, bool, i64),
    at_most: u32,
) -> Result<Answers, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id, standing, attempts, at, answer FROM deliveries
         WHERE standing <> 1 AND (?1 IS NULL OR receiver = ?1) AND (NOT ?2 OR standing = 2) AND id < ?3
         ORDER BY id DESC LIMIT ?4",
    )?;
    let at_most = at_most.min(ANSWERS_MAX);
    delivery_rows(statement.query(params![receiver, only_dead, before, at_most])?)
}

fn one_delivery(connection: &Connection, id: DeliveryId) -> Result<Answers, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT form, body, id, standing, attempts, at, answer FROM deliveries WHERE id = ?1",
    )?;
    delivery_rows(statement.query(params![integer(id.0)?])?)
}

fn delivery_rows(mut rows: rusqlite::Rows<'_>) -> Result<Answers, StoreError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = DeliveryId(number(row, 2)?);
        found.push(DeliveryRow {
            delivery: Arc::new(body(row, "deliveries", &id.0)?),
            standing: standing(row.get(3)?, id)?,
            attempts: row.get(4)?,
            at: Timestamp::from_millis(row.get(5)?),
            answer: row.get(6)?,
        });
    }
    Ok(Answers::Deliveries(found))
}

/// The oldest is the one with the lowest number, which every index entry holds.
fn backlog(connection: &Connection) -> Result<Answers, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT receiver, pending, dead,
                (SELECT created_at FROM deliveries WHERE id = oldest) AS oldest_at
         FROM (SELECT receiver, sum(standing = 0) AS pending, sum(standing = 2) AS dead,
                      min(CASE standing WHEN 0 THEN id END) AS oldest
               FROM deliveries WHERE standing <> 1 GROUP BY receiver)
         ORDER BY receiver",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Backlog {
            receiver: row.get(0)?,
            pending: number(row, 1)?,
            dead: number(row, 2)?,
            oldest: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_millis),
        })
    })?;
    Ok(Answers::Backlog(rows.collect::<Result<_, _>>()?))
}

/// A number that was written by [`integer()`]; another one is an error of the column.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let stored: i64 = row.get(column)?;
    u64::try_from(stored).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, stored))
}

/// The record in a row that begins with form and body.
fn body<T: DeserializeOwned>(
    row: &Row<'_>,
    table: &'static str,
    key: &dyn Display,
) -> Result<T, StoreError> {
    decode(&Stored {
        table,
        key,
        form: row.get(0)?,
        body: row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?,
    })
}

/// The ticket in a row that begins with form, body, incident and receiver.
fn ticket(row: &Row<'_>, table: &'static str) -> Result<Ticket, StoreError> {
    let key = format!("{} at {}", number(row, 2)?, row.get::<_, String>(3)?);
    body(row, table, &key)
}
