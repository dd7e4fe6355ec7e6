//! Forgets what was over before a limit, a bounded number of rows at a time.
//!
//! An incident is forgotten as a whole: while it is with the engine or in the archive, its timeline
//! and deliveries stay, however old. Records are forgotten up to a snapshot: without one to begin
//! with they are of no use.

use tokio_postgres::Row;

use super::read::{get, number};
use super::recorded;
use super::session::Session;
use crate::store::recorded::replaced_by;
use crate::store::row::integer;
use crate::store::{FORGOTTEN_MAX, Limits, StoreError};

/// Timelines grow in order of time: the first row that is young enough ends the look.
const TIMELINE: &str = "
DELETE FROM timeline WHERE (number, nth) IN (
    SELECT t.number, t.nth FROM timeline t
    WHERE t.at < $1::bigint AND t.number <= coalesce(
            (SELECT y.number FROM timeline y WHERE y.at >= $1::bigint ORDER BY y.number, y.nth LIMIT 1),
            9223372036854775807)
        AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.id = t.incident)
        AND NOT EXISTS (SELECT 1 FROM archived_incidents i WHERE i.id = t.incident)
    ORDER BY t.number, t.nth LIMIT $2::bigint)";

/// So do deliveries.
const DELIVERIES: &str = "
DELETE FROM deliveries WHERE id IN (
    SELECT d.id FROM deliveries d
    WHERE d.standing <> 0 AND d.at < $1::bigint AND d.id < coalesce(
            (SELECT y.id FROM deliveries y WHERE y.created_at >= $1::bigint ORDER BY y.id LIMIT 1),
            9223372036854775807)
        AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.id = d.incident)
        AND NOT EXISTS (SELECT 1 FROM archived_incidents i WHERE i.id = d.incident)
    ORDER BY d.id LIMIT $2::bigint)";

/// See [`crate::store::Store::forget`]. Of a transaction that holds the store.
pub(super) async fn forget(session: &mut Session, limits: &Limits) -> Result<u64, StoreError> {
    let limit = limits.timeline.as_millis();
    let mut forgotten = forget_archived(session, limit).await?;
    for sql in [TIMELINE, DELIVERIES] {
        let left = integer(FORGOTTEN_MAX.saturating_sub(forgotten))?;
        forgotten += session.execute(sql, &[&limit, &left]).await?;
    }
    let left = FORGOTTEN_MAX.saturating_sub(forgotten);
    forgotten += forget_recorded(session, limits, left).await?;
    Ok(forgotten)
}

async fn forget_archived(session: &mut Session, limit: i64) -> Result<u64, StoreError> {
    let rows = session
        .rows(
            "DELETE FROM archived_incidents WHERE id IN (
                 SELECT id FROM archived_incidents WHERE closed_at < $1::bigint
                 ORDER BY closed_at, id LIMIT $2::bigint)
             RETURNING id",
            &[&limit, &integer(FORGOTTEN_MAX)?],
        )
        .await?;
    let ids: Result<Vec<i64>, StoreError> = rows.iter().map(|row| get(row, 0)).collect();
    session
        .execute(
            "DELETE FROM archived_tickets WHERE incident = ANY($1::bigint[])",
            &[&ids?],
        )
        .await?;
    Ok(rows.len() as u64)
}

async fn forget_recorded(
    session: &mut Session,
    limits: &Limits,
    at_most: u64,
) -> Result<u64, StoreError> {
    let whole = recorded::whole(session).await?;
    let bytes = recorded::bytes(session).await?;
    let replaced_by = replaced_by(&whole, limits, bytes);
    // Without a snapshot that is old enough, what comes before the first is of no use.
    let first = whole.first().map_or(u64::MAX, |head| head.number.0);
    let (up_to, before) = match replaced_by {
        Some(number) => (number.0, i64::MAX),
        None => (first, limits.inputs.as_millis()),
    };
    let up_to = i64::try_from(up_to).unwrap_or(i64::MAX);
    let rows = session
        .rows(
            "DELETE FROM records WHERE number IN (
                 SELECT number FROM records WHERE number <= $1::bigint AND at < $2::bigint
                 ORDER BY number LIMIT $3::bigint)
             RETURNING octet_length(body)::bigint",
            &[&up_to, &before, &integer(at_most)?],
        )
        .await?;
    let bytes: Result<u64, StoreError> = rows.iter().map(|row: &Row| number(row, 0)).sum();
    session
        .execute(
            "UPDATE meta SET records_bytes = greatest(0, records_bytes - $1::bigint)",
            &[&integer(bytes?)?],
        )
        .await?;
    // Those that the newest whole one came after and were never finished, too.
    let newest = whole.last().map_or(0, |head| head.number.0);
    let from = replaced_by.map_or(0, |number| number.0);
    session
        .execute(
            "DELETE FROM snapshots WHERE number < $1::bigint OR (number < $2::bigint AND number NOT IN
                 (SELECT number FROM snapshots GROUP BY number HAVING count(*) = max(parts)))",
            &[&integer(from)?, &integer(newest)?],
        )
        .await?;
    // Revisions never go back, so the oldest line and the oldest record name the lowest.
    let policies = session
        .execute(
            "DELETE FROM policies WHERE revision < least(
                 (SELECT revision FROM meta),
                 (SELECT revision FROM timeline ORDER BY number, nth LIMIT 1),
                 (SELECT policy FROM records ORDER BY number LIMIT 1))",
            &[],
        )
        .await?;
    Ok(rows.len() as u64 + policies)
}
