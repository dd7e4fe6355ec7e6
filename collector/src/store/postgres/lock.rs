//! Keeps a database one collector's at a time: by a lock of the server that lives as long as the
//! connection it was taken on.
//!
//! In: a session. Out: the lock, or who has it. What fences off a collector that lost its connection
//! and does not know it yet is the epoch, not this.

use std::time::{Duration, Instant};

use super::read::get;
use super::session::{Backend, Session};
use crate::store::StoreError;

/// Marks locks as ours: `VDTT`.
const CLASS: i32 = 0x5644_5454;
/// A collector that was killed a moment ago is noticed by the server in less.
const WAIT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// Takes it. Says who has it, if somebody has.
pub(super) async fn take(session: &mut Session) -> Result<Option<String>, StoreError> {
    let begun = Instant::now();
    loop {
        // One for each schema: several installations can share a database.
        let rows = session
            .rows(
                "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))",
                &[&CLASS],
            )
            .await?;
        let is_taken: bool = rows.first().map_or(Ok(false), |row| get(row, 0))?;
        if is_taken {
            return Ok(None);
        }
        if begun.elapsed() >= WAIT {
            return holder(session).await.map(Some);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Ends the process of the server that served our last connection, if it still does: nobody speaks
/// with it any more, and it keeps the lock.
pub(super) async fn release_of(session: &mut Session, before: &Backend) -> Result<(), StoreError> {
    session
        .rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid = $1 AND backend_start::text = $2 AND pid <> pg_backend_pid()",
            &[&before.process, &before.since],
        )
        .await?;
    Ok(())
}

async fn holder(session: &mut Session) -> Result<String, StoreError> {
    let rows = session
        .rows(
            "SELECT a.application_name, coalesce(host(a.client_addr), 'this machine of the server'),
                    to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'), a.pid
             FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = $1
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                 AND l.objid::bigint = hashtext(current_schema())::bigint & 4294967295",
            &[&i64::from(CLASS)],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok("another collector uses it".into());
    };
    let (name, from): (String, String) = (get(row, 0)?, get(row, 1)?);
    let (since, process): (Option<String>, i32) = (get(row, 2)?, get(row, 3)?);
    let since = since
        .map(|since| format!(" since {since}"))
        .unwrap_or_default();
    Ok(format!(
        "another collector uses it ({name} from {from}{since}, process {process} of the server)"
    ))
}
