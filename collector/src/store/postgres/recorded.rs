//! Reads and keeps what is recorded for a replay.
//!
//! In: bodies nobody opens here. Out: rows, and back. What made a commit is written with it.

use tokio_postgres::Row;
use vedette_triage::{Revision, Timestamp};

use super::commit::of;
use super::read::{get, lost_meta, number, small};
use super::session::{Session, Write};
use crate::store::row::integer;
use crate::store::{
    ANSWERS_MAX, Answers, Body, CommitNumber, Keepsake, Part, RECORDS_BYTES_MAX, Record, RecordRow,
    Recording, SnapshotHead, StoreError, Texts,
};

/// See [`crate::store::Store::keep`].
pub(super) fn keep(keepsake: &Keepsake) -> Result<Write<'_>, StoreError> {
    Ok(match keepsake {
        Keepsake::Part(part) => Write {
            sql: "INSERT INTO snapshots VALUES ($1, $2, $3, $4, $5, $6)
                  ON CONFLICT (number, part) DO UPDATE SET parts = excluded.parts, at = excluded.at,
                      form = excluded.form, body = excluded.body"
                .into(),
            values: vec![
                of(integer(part.number.0)?),
                of(i64::from(part.part)),
                of(i64::from(part.parts)),
                of(part.at.as_millis()),
                of(i64::from(part.body.form)),
                of(part.body.bytes.as_slice()),
            ],
        },
        Keepsake::Texts(texts) => Write {
            sql: "INSERT INTO policies VALUES ($1, $2, $3)
                  ON CONFLICT (revision) DO UPDATE SET form = excluded.form, body = excluded.body"
                .into(),
            values: vec![
                of(integer(texts.revision.0)?),
                of(i64::from(texts.body.form)),
                of(texts.body.bytes.as_slice()),
            ],
        },
    })
}

/// What is recorded.
pub(super) async fn recording(session: &mut Session) -> Result<Answers, StoreError> {
    let mut edges = [None, None];
    for (edge, order) in edges.iter_mut().zip(["ASC", "DESC"]) {
        let sql = format!("SELECT number, at FROM records ORDER BY number {order} LIMIT 1");
        let rows = session.rows(sql, &[]).await?;
        if let Some(row) = rows.first() {
            *edge = Some((
                CommitNumber(number(row, 0)?),
                Timestamp::from_millis(get(row, 1)?),
            ));
        }
    }
    let rows = session
        .rows(
            "SELECT revision FROM policies ORDER BY revision LIMIT $1",
            &[&i64::from(ANSWERS_MAX)],
        )
        .await?;
    let policies: Result<_, StoreError> = rows
        .iter()
        .map(|row| Ok(Revision(number(row, 0)?)))
        .collect();
    let [first, last] = edges;
    Ok(Answers::Recording(Recording {
        first,
        last,
        bytes: bytes(session).await?,
        snapshots: whole(session).await?,
        policies: policies?,
    }))
}

/// Bytes of all records.
pub(super) async fn bytes(session: &mut Session) -> Result<u64, StoreError> {
    let rows = session.rows("SELECT records_bytes FROM meta", &[]).await?;
    number(rows.first().ok_or_else(lost_meta)?, 0)
}

/// Snapshots of which no part is missing.
pub(super) async fn whole(session: &mut Session) -> Result<Vec<SnapshotHead>, StoreError> {
    let rows = session
        .rows(
            "SELECT number, min(at), max(parts) FROM snapshots
             GROUP BY number HAVING count(*) = max(parts) ORDER BY number",
            &[],
        )
        .await?;
    let head = |row: &Row| {
        Ok(SnapshotHead {
            number: CommitNumber(number(row, 0)?),
            at: Timestamp::from_millis(get(row, 1)?),
            parts: small(row, 2)?,
        })
    };
    rows.iter().map(head).collect()
}

/// What made commits, in order. As many rows as the bytes allow are asked for, and no more.
pub(super) async fn records(
    session: &mut Session,
    after: CommitNumber,
    at_most: u32,
) -> Result<Answers, StoreError> {
    let after = i64::try_from(after.0).unwrap_or(i64::MAX);
    let rows = session
        .rows(
            "SELECT number, at, policy, form, body FROM (
                 SELECT *, sum(octet_length(body)) OVER (ORDER BY number)
                     - octet_length(body) AS before FROM (
                     SELECT * FROM records WHERE number > $1 ORDER BY number LIMIT $2) AS later
             ) AS counted WHERE before < $3 ORDER BY number",
            &[
                &after,
                &i64::from(at_most.min(ANSWERS_MAX)),
                &i64::try_from(RECORDS_BYTES_MAX).unwrap_or(i64::MAX),
            ],
        )
        .await?;
    let record = |row: &Row| {
        Ok(RecordRow {
            number: CommitNumber(number(row, 0)?),
            at: Timestamp::from_millis(get(row, 1)?),
            record: Record {
                policy: Revision(number(row, 2)?),
                body: body(row, 3)?,
            },
        })
    };
    let found: Result<_, StoreError> = rows.iter().map(record).collect();
    Ok(Answers::Records(found?))
}

/// A part of a snapshot.
pub(super) async fn part(
    session: &mut Session,
    of: CommitNumber,
    part: u32,
) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT number, part, parts, at, form, body FROM snapshots WHERE number = $1 AND part = $2",
            &[&integer(of.0)?, &i64::from(part)],
        )
        .await?;
    let part = |row: &Row| {
        Ok(Part {
            number: CommitNumber(number(row, 0)?),
            part: small(row, 1)?,
            parts: small(row, 2)?,
            at: Timestamp::from_millis(get(row, 3)?),
            body: body(row, 4)?,
        })
    };
    let found: Result<Option<Part>, StoreError> = rows.first().map(part).transpose();
    Ok(Answers::Part(found?))
}

/// The files of a policy.
pub(super) async fn texts(
    session: &mut Session,
    revision: Revision,
) -> Result<Answers, StoreError> {
    let rows = session
        .rows(
            "SELECT form, body FROM policies WHERE revision = $1",
            &[&integer(revision.0)?],
        )
        .await?;
    let body = rows.first().map(|row| body(row, 0)).transpose()?;
    Ok(Answers::Texts(body.map(|body| Texts { revision, body })))
}

/// Form and bytes, side by side.
fn body(row: &Row, column: usize) -> Result<Body, StoreError> {
    Ok(Body {
        form: small(row, column)?,
        bytes: get(row, column + 1)?,
    })
}
