//! Writes a batch: whole, or nothing of it.
//!
//! In: a [`Batch`]. Out: rows. Of several puts of the same key only the last is
//! written; deliveries and the timeline are written in order.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use vedette_triage::{Change, Delivery, DeliveryId, Fate};

use super::{error, recorded};
use crate::store::last_word::{LastWords, Place};
use crate::store::record::{self, FORM, encode};
use crate::store::row::{DEAD, DONE, integer, rows_of};
use crate::store::{Batch, StoreError};

/// See [`crate::store::Store::commit`].
pub(super) fn commit(connection: &mut Connection, batch: &Batch) -> Result<(), StoreError> {
    record::admit(batch)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    take_number(&transaction, batch)?;
    put_records(&transaction, batch)?;
    put_deliveries(&transaction, batch)?;
    put_timeline(&transaction, batch)?;
    recorded::put(&transaction, batch)?;
    transaction.commit().map_err(error::of_commit)
}

/// Counters and time never go back, whatever the batch says.
fn take_number(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let taken = transaction
        .prepare_cached(
            "UPDATE meta SET number = ?1, now = max(ifnull(now, ?3), ?3),
                 next_alert = max(next_alert, ?4), next_incident = max(next_incident, ?5),
                 next_delivery = max(next_delivery, ?6), revision = ?7,
                 records_bytes = records_bytes + ?8
             WHERE number = ?1 - 1 AND epoch = ?2",
        )?
        .execute(params![
            integer(batch.number.0)?,
            integer(batch.epoch)?,
            batch.now.as_millis(),
            integer(batch.counters.alert)?,
            integer(batch.counters.incident)?,
            integer(batch.counters.delivery)?,
            integer(batch.revision.0)?,
            integer(batch.record.body.bytes.len() as u64)?,
        ])?;
    if taken == 1 {
        return Ok(());
    }
    let (number, epoch): (i64, i64) =
        transaction.query_row("SELECT number, epoch FROM meta", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if epoch != integer(batch.epoch)? {
        return Err(StoreError::Taken(format!("it is run {epoch} now")));
    }
    Err(StoreError::Refused(format!(
        "commit {} of run {} does not follow commit {number} of run {epoch}; load again",
        batch.number.0, batch.epoch
    )))
}

fn put_records(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let last = LastWords::of(&batch.decisions);
    // Replacing a row of a table without other indexes overwrites it in place.
    let mut put =
        transaction.prepare_cached("INSERT OR REPLACE INTO alerts VALUES (?1, ?2, ?3, ?4)")?;
    let mut drop = transaction.prepare_cached("DELETE FROM alerts WHERE id = ?1")?;
    for (id, alert) in &last.alerts {
        let id = integer(id.0)?;
        match alert {
            Some(alert) => put.execute(params![
                id,
                alert.valid_until.map(|at| at.as_millis()),
                FORM,
                encode(alert)?
            ])?,
            None => drop.execute([id])?,
        };
    }
    put_incidents(transaction, batch, &last)?;
    put_tickets(transaction, &last)?;
    put_by_id(
        transaction,
        "hosts",
        last.hosts.iter().map(|(id, host)| (id.as_str(), host)),
    )?;
    put_by_id(
        transaction,
        "silences",
        last.silences
            .iter()
            .map(|(id, silence)| (id.as_str(), silence)),
    )?;
    let accounts = last.accounts.iter();
    let accounts = accounts.map(|(rule, account)| (*rule, account));
    put_by_id(transaction, "accounts", accounts)?;
    let recurrences = last.recurrences.iter();
    let recurrences = recurrences.map(|(group, recurrence)| (*group, recurrence));
    put_by_id(transaction, "recurrences", recurrences)?;
    let digests = last.digests.iter();
    let digests = digests.map(|(team, digest)| (*team, digest));
    put_by_id(transaction, "digests", digests)?;
    let rulings = last.rulings.iter().map(|(id, ruling)| (*id, ruling));
    put_by_id(transaction, "rulings", rulings)
}

fn put_incidents(
    transaction: &Transaction<'_>,
    batch: &Batch,
    last: &LastWords<'_>,
) -> Result<(), StoreError> {
    let mut put =
        transaction.prepare_cached("INSERT OR REPLACE INTO incidents VALUES (?1, ?2, ?3, ?4)")?;
    let mut archive = transaction.prepare_cached(
        "INSERT OR REPLACE INTO archived_incidents
         SELECT id, ifnull(closed_at, ?2), form, body FROM incidents WHERE id = ?1",
    )?;
    let mut drop = transaction.prepare_cached("DELETE FROM incidents WHERE id = ?1")?;
    for (id, (incident, place)) in &last.incidents {
        let id = integer(id.0)?;
        if let Some(incident) = incident {
            let closed_at = incident.closed_at.map(|at| at.as_millis());
            put.execute(params![id, closed_at, FORM, encode(incident)?])?;
        }
        match place {
            Place::Engine => {}
            Place::Archive => {
                archive.execute(params![id, batch.now.as_millis()])?;
                drop.execute([id])?;
            }
        }
    }
    Ok(())
}

fn put_tickets(transaction: &Transaction<'_>, last: &LastWords<'_>) -> Result<(), StoreError> {
    let mut put = transaction.prepare_cached(
        "INSERT INTO tickets VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET form = excluded.form, body = excluded.body",
    )?;
    let mut archive = transaction.prepare_cached(
        "INSERT OR REPLACE INTO archived_tickets
         SELECT incident, receiver, form, body FROM tickets WHERE incident = ?1 AND receiver = ?2",
    )?;
    let mut drop =
        transaction.prepare_cached("DELETE FROM tickets WHERE incident = ?1 AND receiver = ?2")?;
    for ((incident, receiver), (ticket, place)) in &last.tickets {
        let incident = integer(incident.0)?;
        if let Some(ticket) = ticket {
            put.execute(params![incident, receiver, FORM, encode(ticket)?])?;
        }
        match place {
            Place::Engine => {}
            Place::Archive => {
                archive.execute(params![incident, receiver])?;
                drop.execute(params![incident, receiver])?;
            }
        }
    }
    Ok(())
}

/// Records that have a text for a key.
fn put_by_id<'a, T: serde::Serialize + 'a>(
    transaction: &Transaction<'_>,
    table: &'static str,
    records: impl ExactSizeIterator<Item = (&'a str, &'a Option<&'a T>)>,
) -> Result<(), StoreError> {
    if records.len() == 0 {
        return Ok(());
    }
    let mut put = transaction.prepare_cached(&format!(
        "INSERT INTO {table} VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET form = excluded.form, body = excluded.body"
    ))?;
    let mut drop = transaction.prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1"))?;
    for (id, record) in records {
        match record {
            Some(record) => put.execute(params![id, FORM, encode(record)?])?,
            None => drop.execute([id])?,
        };
    }
    Ok(())
}

fn put_deliveries(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    for change in batch
        .decisions
        .iter()
        .flat_map(|decision| &decision.changes)
    {
        match change {
            Change::AddDelivery(delivery) => add_delivery(transaction, batch, delivery)?,
            Change::TakeBackDelivery(id) => take_back(transaction, *id)?,
            Change::SettleDelivery(id, fate) => settle(transaction, batch, (*id, fate))?,
            Change::PutAlert(_)
            | Change::DropAlert(_)
            | Change::PutIncident(_)
            | Change::ArchiveIncident(_)
            | Change::PutTicket(_)
            | Change::DropTicket(_, _)
            | Change::PutHost(_)
            | Change::DropHost(_)
            | Change::PutSilence(_)
            | Change::DropSilence(_)
            | Change::PutAccount(_)
            | Change::DropAccount(_)
            | Change::PutRecurrence(_)
            | Change::DropRecurrence(_)
            | Change::PutDigest(_)
            | Change::DropDigest(_)
            | Change::PutRuling(_)
            | Change::DropRuling(_) => {}
        }
    }
    Ok(())
}

/// It is first of its ticket unless an earlier one waits there (invariant 13).
fn add_delivery(
    transaction: &Transaction<'_>,
    batch: &Batch,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO deliveries
             VALUES (?1, ?2, ?3, ?4, 0,
                     NOT EXISTS (SELECT 1 FROM deliveries
                                 WHERE incident = ?2 AND receiver = ?3 AND standing = 0 AND id < ?1),
                     ?5, 0, ?6, NULL, ?5, '', ?7, ?8)",
        )?
        .execute(params![
            integer(delivery.id.0)?,
            integer(delivery.incident.0)?,
            delivery.receiver,
            delivery.seq,
            delivery.created_at.as_millis(),
            integer(batch.epoch)?,
            FORM,
            encode(delivery)?,
        ])?;
    Ok(())
}

/// The first of its ticket may have been sent.
fn take_back(transaction: &Transaction<'_>, id: DeliveryId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM deliveries WHERE id = ?1 AND standing = 0 AND head = 0")?
        .execute([integer(id.0)?])?;
    Ok(())
}

/// The next of its ticket becomes the first. It was never attempted while it was
/// not, so its epoch is this run's: its outcome cannot be unknown.
fn settle(
    transaction: &Transaction<'_>,
    batch: &Batch,
    (id, fate): (DeliveryId, &Fate),
) -> Result<(), StoreError> {
    let (standing, answer) = match fate {
        Fate::Done { .. } => (DONE, ""),
        Fate::Dead { why } => (DEAD, why.as_str()),
    };
    let ticket: Option<(i64, String)> = transaction
        .prepare_cached(
            "UPDATE deliveries SET standing = ?2, head = 0, at = ?3, answer = ?4
             WHERE id = ?1 AND standing = 0 RETURNING incident, receiver",
        )?
        .query_row(
            params![integer(id.0)?, standing, batch.now.as_millis(), answer],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    // Settled before, or never added: nothing follows.
    let Some((incident, receiver)) = ticket else {
        return Ok(());
    };
    transaction
        .prepare_cached(
            "UPDATE deliveries SET head = 1, epoch = ?3
             WHERE head = 0 AND id = (SELECT id FROM deliveries
                                      WHERE incident = ?1 AND receiver = ?2 AND standing = 0
                                      ORDER BY id LIMIT 1)",
        )?
        .execute(params![incident, receiver, integer(batch.epoch)?])?;
    Ok(())
}

fn put_timeline(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let mut put = transaction.prepare_cached(
        "INSERT INTO timeline (at, incident, host, revision, form, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for decision in batch.decisions.iter() {
        for row in rows_of(decision) {
            put.execute(params![
                decision.at.as_millis(),
                row.incident.map(|id| integer(id.0)).transpose()?,
                row.host,
                integer(batch.revision.0)?,
                FORM,
                encode(&row.entries)?,
            ])?;
        }
    }
    Ok(())
}
