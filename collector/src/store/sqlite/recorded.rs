//! Writes, reads and forgets what is recorded for a replay.
//!
//! In: bodies nobody opens here. Out: rows. What is forgotten ends where a whole snapshot begins.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use vedette_triage::{Revision, Timestamp};

use super::read::number;
use crate::store::recorded::replaced_by;
use crate::store::row::integer;
use crate::store::{
    ANSWERS_MAX, Answers, Batch, Body, CommitNumber, Keepsake, Limits, Part, RECORDS_BYTES_MAX,
    Record, RecordRow, Recording, SnapshotHead, StoreError, Texts,
};

/// Numbers and times of snapshots of which no part is missing.
const WHOLE: &str = "SELECT number, min(at) AS at, parts FROM snapshots
                     GROUP BY number HAVING count(*) = max(parts) ORDER BY number";

/// Its bytes are counted by whoever takes the commit's number.
pub(super) fn put(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            integer(batch.number.0)?,
            batch.now.as_millis(),
            integer(batch.record.policy.0)?,
            batch.record.body.form,
            batch.record.body.bytes,
        ])?;
    Ok(())
}

/// See [`crate::store::Store::keep`].
pub(super) fn keep(transaction: &Transaction<'_>, keepsake: &Keepsake) -> Result<(), StoreError> {
    match keepsake {
        Keepsake::Part(part) => transaction
            .prepare_cached("INSERT OR REPLACE INTO snapshots VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                integer(part.number.0)?,
                part.part,
                part.parts,
                part.at.as_millis(),
                part.body.form,
                part.body.bytes,
            ])?,
        Keepsake::Texts(texts) => transaction
            .prepare_cached("INSERT OR REPLACE INTO policies VALUES (?1, ?2, ?3)")?
            .execute(params![
                integer(texts.revision.0)?,
                texts.body.form,
                texts.body.bytes,
            ])?,
    };
    Ok(())
}

/// What is recorded.
pub(super) fn recording(connection: &Connection) -> Result<Answers, StoreError> {
    let edge = |order: &str| -> Result<Option<(CommitNumber, Timestamp)>, StoreError> {
        let row = connection
            .prepare_cached(&format!(
                "SELECT number, at FROM records ORDER BY number {order} LIMIT 1"
            ))?
            .query_row([], |row| Ok((CommitNumber(number(row, 0)?), time(row, 1)?)))
            .optional()?;
        Ok(row)
    };
    let bytes = connection
        .prepare_cached("SELECT records_bytes FROM meta")?
        .query_row([], |row| number(row, 0))?;
    let policies = connection
        .prepare_cached("SELECT revision FROM policies ORDER BY revision LIMIT ?1")?
        .query_map([ANSWERS_MAX], |row| Ok(Revision(number(row, 0)?)))?
        .collect::<Result<_, _>>()?;
    Ok(Answers::Recording(Recording {
        first: edge("ASC")?,
        last: edge("DESC")?,
        bytes,
        snapshots: whole(connection)?,
        policies,
    }))
}

/// What made commits, in order.
pub(super) fn records(
    connection: &Connection,
    after: CommitNumber,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, at, policy, form, body FROM records WHERE number > ?1
         ORDER BY number LIMIT ?2",
    )?;
    let after = i64::try_from(after.0).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![after, at_most.min(ANSWERS_MAX)])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while bytes < RECORDS_BYTES_MAX
        && let Some(row) = rows.next()?
    {
        let body = body(row, 3)?;
        bytes += body.bytes.len();
        found.push(RecordRow {
            number: CommitNumber(number(row, 0)?),
            at: time(row, 1)?,
            record: Record {
                policy: Revision(number(row, 2)?),
                body,
            },
        });
    }
    Ok(Answers::Records(found))
}

/// A part of a snapshot.
pub(super) fn part(
    connection: &Connection,
    of: CommitNumber,
    part: u32,
) -> Result<Answers, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT number, part, parts, at, form, body FROM snapshots
             WHERE number = ?1 AND part = ?2",
        )?
        .query_row(params![integer(of.0)?, part], |row| {
            Ok(Part {
                number: CommitNumber(number(row, 0)?),
                part: row.get(1)?,
                parts: row.get(2)?,
                at: time(row, 3)?,
                body: body(row, 4)?,
            })
        })
        .optional()?;
    Ok(Answers::Part(found))
}

/// The files of a policy.
pub(super) fn texts(connection: &Connection, revision: Revision) -> Result<Answers, StoreError> {
    let found = connection
        .prepare_cached("SELECT form, body FROM policies WHERE revision = ?1")?
        .query_row([integer(revision.0)?], |row| {
            let body = body(row, 0)?;
            Ok(Texts { revision, body })
        })
        .optional()?;
    Ok(Answers::Texts(found))
}

/// See [`crate::store::Store::forget`].
pub(super) fn forget(
    transaction: &Transaction<'_>,
    limits: &Limits,
    at_most: u64,
) -> Result<u64, StoreError> {
    let whole = whole(transaction)?;
    let bytes = transaction
        .prepare_cached("SELECT records_bytes FROM meta")?
        .query_row([], |row| number(row, 0))?;
    let replaced_by = replaced_by(&whole, limits, bytes);
    let forgotten = match replaced_by {
        Some(number) => forget_records(
            transaction,
            "number <= ?1",
            (integer(number.0)?, integer(at_most)?),
        )?,
        // Without a snapshot that is old enough, what comes before the first is of no use.
        None => {
            let first = whole.first().map_or(u64::MAX, |head| head.number.0);
            let old = format!(
                "at < ?1 AND number <= {}",
                i64::try_from(first).unwrap_or(i64::MAX)
            );
            forget_records(
                transaction,
                &old,
                (limits.inputs.as_millis(), integer(at_most)?),
            )?
        }
    };
    // Those that the newest whole one came after and were never finished, too.
    let newest = whole.last().map_or(0, |head| head.number.0);
    let from = replaced_by.map_or(0, |number| number.0);
    transaction
        .prepare_cached(
            "DELETE FROM snapshots WHERE number < ?1 OR (number < ?2 AND number NOT IN
                 (SELECT number FROM snapshots GROUP BY number HAVING count(*) = max(parts)))",
        )?
        .execute([integer(from)?, integer(newest)?])?;
    let policies = forget_policies(transaction)?;
    Ok(forgotten + policies)
}

fn forget_records(
    transaction: &Transaction<'_>,
    which: &str,
    (limit, at_most): (i64, i64),
) -> Result<u64, StoreError> {
    let mut bytes: i64 = 0;
    let mut forgotten = 0;
    {
        let mut statement = transaction.prepare_cached(&format!(
            "DELETE FROM records WHERE number IN
                 (SELECT number FROM records WHERE {which} ORDER BY number LIMIT ?2)
             RETURNING length(body)"
        ))?;
        let mut rows = statement.query(params![limit, at_most])?;
        while let Some(row) = rows.next()? {
            bytes += row.get::<_, i64>(0)?;
            forgotten += 1;
        }
    }
    transaction
        .prepare_cached("UPDATE meta SET records_bytes = max(0, records_bytes - ?1)")?
        .execute([bytes])?;
    Ok(forgotten)
}

/// Revisions never go back, so the oldest line and the oldest record name the lowest.
fn forget_policies(transaction: &Transaction<'_>) -> Result<u64, StoreError> {
    let forgotten = transaction
        .prepare_cached(
            "DELETE FROM policies WHERE revision < min(
                 (SELECT revision FROM meta),
                 ifnull((SELECT revision FROM timeline ORDER BY id LIMIT 1), 9223372036854775807),
                 ifnull((SELECT policy FROM records ORDER BY number LIMIT 1), 9223372036854775807))",
        )?
        .execute([])?;
    Ok(forgotten as u64)
}

fn whole(connection: &Connection) -> Result<Vec<SnapshotHead>, StoreError> {
    let heads = connection
        .prepare_cached(WHOLE)?
        .query_map([], |row| {
            Ok(SnapshotHead {
                number: CommitNumber(number(row, 0)?),
                at: time(row, 1)?,
                parts: row.get(2)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(heads)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// Form and bytes, side by side.
fn body(row: &Row<'_>, column: usize) -> rusqlite::Result<Body> {
    Ok(Body {
        form: row.get(column)?,
        bytes: row.get(column + 1)?,
    })
}
