//! Forgets what was over before a limit, a bounded number of rows at a time.
//!
//! An incident is forgotten as a whole: while it is with the engine or in the
//! archive, its timeline and deliveries stay, however old. Records are forgotten up to
//! a snapshot: without one to begin with they are of no use.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{error, recorded};
use crate::store::{FORGOTTEN_MAX, Limits, StoreError};

/// See [`crate::store::Store::forget`].
pub(super) fn forget(connection: &mut Connection, limits: &Limits) -> Result<u64, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let limit = limits.timeline.as_millis();
    let mut forgotten = forget_archived(&transaction, limit)?;
    // Both tables grow in order of time: the first row that is young enough ends the look.
    forgotten += forget_rows(
        &transaction,
        "SELECT id, at, 1, incident FROM timeline ORDER BY id",
        "DELETE FROM timeline WHERE id = ?1",
        (limit, FORGOTTEN_MAX.saturating_sub(forgotten)),
    )?;
    forgotten += forget_rows(
        &transaction,
        "SELECT id, created_at, standing <> 0 AND at < ?1, incident FROM deliveries ORDER BY id",
        "DELETE FROM deliveries WHERE id = ?1",
        (limit, FORGOTTEN_MAX.saturating_sub(forgotten)),
    )?;
    let left = FORGOTTEN_MAX.saturating_sub(forgotten);
    forgotten += recorded::forget(&transaction, limits, left)?;
    transaction.commit().map_err(error::of_commit)?;
    Ok(forgotten)
}

fn forget_archived(transaction: &Transaction<'_>, limit: i64) -> Result<u64, StoreError> {
    let over: Vec<i64> = transaction
        .prepare_cached(
            "SELECT id FROM archived_incidents WHERE closed_at < ?1 ORDER BY closed_at, id LIMIT ?2",
        )?
        .query_map(params![limit, i64::try_from(FORGOTTEN_MAX).unwrap_or(i64::MAX)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut incident =
        transaction.prepare_cached("DELETE FROM archived_incidents WHERE id = ?1")?;
    let mut tickets =
        transaction.prepare_cached("DELETE FROM archived_tickets WHERE incident = ?1")?;
    for id in &over {
        incident.execute([id])?;
        tickets.execute([id])?;
    }
    Ok(over.len() as u64)
}

/// `select` yields id, when it began, whether it is over, and its incident; in order of time.
fn forget_rows(
    transaction: &Transaction<'_>,
    select: &str,
    delete: &str,
    (limit, at_most): (i64, u64),
) -> Result<u64, StoreError> {
    let mut kept = transaction.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM incidents WHERE id = ?1)
             OR EXISTS (SELECT 1 FROM archived_incidents WHERE id = ?1)",
    )?;
    let mut over = Vec::new();
    let mut statement = transaction.prepare_cached(select)?;
    let mut rows = match statement.parameter_count() {
        0 => statement.query([])?,
        _ => statement.query([limit])?,
    };
    while let Some(row) = rows.next()? {
        let began: i64 = row.get(1)?;
        if began >= limit || over.len() as u64 >= at_most {
            break;
        }
        let incident: Option<i64> = row.get(3)?;
        let is_kept = match incident {
            Some(incident) => kept.query_row([incident], |row| row.get(0))?,
            None => false,
        };
        if row.get(2)? && !is_kept {
            over.push(row.get::<_, i64>(0)?);
        }
    }
    drop(rows);
    let mut delete = transaction.prepare_cached(delete)?;
    for id in &over {
        delete.execute([id])?;
    }
    Ok(over.len() as u64)
}
