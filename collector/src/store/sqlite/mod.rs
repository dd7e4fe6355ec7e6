//! Keeps records in SQLite: write-ahead log, `synchronous=FULL`, one writer.
//!
//! A commit is one transaction and one sync of the log. The log is folded into
//! the file when nobody waits ([`Store::rest`]), or by the writer itself once it
//! is large; never by somebody else while commits go on, who would never catch up.

mod commit;
mod error;
mod forget;
mod read;
mod recorded;
mod schema;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use vedette_triage::{AlertId, Timestamp};

use super::row::integer;
use super::{Answers, Batch, Due, Keepsake, Limits, Loaded, Question, Retry, Store, StoreError};

/// Pages of the log after which a commit folds it: 64 MB, so that one of some ten thousand commits pays.
const LOG_PAGES_FOLDED: u32 = 16 * 1024;
/// Bytes of the log, on disk, that are kept for reuse once it is folded.
const LOG_BYTES_KEPT: i64 = 64 << 20;
/// Bytes of the log beyond which a commit waits for readers to let go of it.
const LOG_BYTES_MAX: u64 = 256 << 20;
/// How long a statement waits for another connection, our own reader or a person's `sqlite3`.
const BUSY_WAIT: Duration = Duration::from_secs(2);
/// Statements kept prepared; more than there are.
const STATEMENTS_KEPT: usize = 64;
/// Memory for pages, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// A store in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    role: Role,
    connection: Connection,
    /// The run of the collector that loaded through this value; none before.
    epoch: Option<u64>,
    /// Set when the file failed us: it is opened again before the next load.
    suspect: bool,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Writer,
    Reader,
}

impl Sqlite {
    /// Opens the file for writing; makes it, and its tables, if there is none.
    ///
    /// [`StoreError::Broken`] for a file of another program or of a newer version.
    pub fn open(path: &Path) -> Result<Sqlite, StoreError> {
        Sqlite::connect(path, Role::Writer)
    }

    /// Opens a file that was opened for writing before; refuses to write.
    pub fn open_reader(path: &Path) -> Result<Sqlite, StoreError> {
        Sqlite::connect(path, Role::Reader)
    }

    fn connect(path: &Path, role: Role) -> Result<Sqlite, StoreError> {
        Ok(Sqlite {
            path: path.to_owned(),
            role,
            connection: connect(path, role).map_err(|error| error::at(path, error))?,
            epoch: None,
            suspect: false,
        })
    }

    /// After a failure of the file itself (moved, mounted again), a new connection sees what is there now.
    fn reconnect(&mut self) -> Result<(), StoreError> {
        if self.suspect {
            self.connection =
                connect(&self.path, self.role).map_err(|error| error::at(&self.path, error))?;
            self.suspect = false;
        }
        Ok(())
    }

    fn watch<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        match &outcome {
            Err(StoreError::Away(_) | StoreError::Unknown(_) | StoreError::Broken(_)) => {
                self.suspect = true;
            }
            Err(StoreError::Full(_) | StoreError::Refused(_) | StoreError::Taken(_)) | Ok(_) => {}
        }
        outcome
    }

    fn writable(&self) -> Result<(), StoreError> {
        match self.role {
            Role::Writer => Ok(()),
            Role::Reader => Err(StoreError::Refused("it was opened for reading".into())),
        }
    }

    /// Our epoch, if nobody has loaded since.
    fn own_epoch(&self, connection: &Connection) -> Result<i64, StoreError> {
        let stored: i64 = connection
            .prepare_cached("SELECT epoch FROM meta")?
            .query_row([], |row| row.get(0))?;
        match self.epoch {
            Some(own) if integer(own)? == stored => Ok(stored),
            _ => Err(StoreError::Taken(format!("it is run {stored} now"))),
        }
    }

    fn write_retries(&self, retries: &[Retry]) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        let epoch = self.own_epoch(&transaction)?;
        {
            let mut statement = transaction.prepare_cached(
                "UPDATE deliveries SET at = ?2, attempts = ?3, unknown_since = ?4, answer = ?5, epoch = ?6
                 WHERE id = ?1 AND standing = 0",
            )?;
            for retry in retries {
                statement.execute(params![
                    integer(retry.delivery.0)?,
                    retry.next_at.as_millis(),
                    retry.attempts,
                    retry.unknown_since.map(|at| at.as_millis()),
                    retry.answer,
                    epoch,
                ])?;
            }
        }
        transaction.commit().map_err(error::of_commit)
    }

    fn write_ends(&self, now: Timestamp, ends: &[(AlertId, Timestamp)]) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        self.own_epoch(&transaction)?;
        {
            transaction
                .prepare_cached("UPDATE meta SET now = max(ifnull(now, ?1), ?1)")?
                .execute([now.as_millis()])?;
            let mut statement = transaction.prepare_cached(
                "UPDATE alerts SET valid_until = ?2 WHERE id = ?1 AND valid_until < ?2",
            )?;
            for (alert, until) in ends {
                statement.execute(params![integer(alert.0)?, until.as_millis()])?;
            }
        }
        transaction.commit().map_err(error::of_commit)
    }

    fn write_keepsake(&self, keepsake: &Keepsake) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        self.own_epoch(&transaction)?;
        recorded::keep(&transaction, keepsake)?;
        transaction.commit().map_err(error::of_commit)
    }

    /// Its own borrow of `self` is shared: statements are told by `self.epoch` whether they may write.
    fn begin(&self) -> Result<rusqlite::Transaction<'_>, StoreError> {
        let begun =
            rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        Ok(begun)
    }

    /// Bytes of the log on disk.
    fn log_bytes(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |found| found.len())
    }

    /// Readers keep the log from being used again from its start: past the bound, wait for them.
    fn bound_log(&self) {
        if self.log_bytes() > LOG_BYTES_MAX {
            self.fold("TRUNCATE");
        }
    }

    /// What was committed is safe in the log; folding it may be tried again.
    fn fold(&self, mode: &str) {
        let folded =
            self.connection
                .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
                    row.get::<_, i64>(0)
                });
        match folded {
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the store's log could not be folded; it is tried again")
            }
        }
    }
}

fn connect(path: &Path, role: Role) -> Result<Connection, StoreError> {
    let flags = match role {
        Role::Writer => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        // Read-write all the same: who reads a log must be able to mark it as being read.
        Role::Reader => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let mut connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // Before anything is written: another program's file is left as it is.
    schema::recognise(&connection)?;
    match role {
        Role::Writer => {
            let mode: String =
                connection
                    .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
            if mode != "wal" {
                return Err(StoreError::Away(
                    "its file system cannot share memory, which the store's log needs; use a local disk".into(),
                ));
            }
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES_FOLDED)?;
            connection.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
            schema::prepare(&mut connection)?;
        }
        Role::Reader => {
            connection.pragma_update(None, "query_only", true)?;
            schema::expect(&connection)?;
        }
    }
    Ok(connection)
}

impl Store for Sqlite {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.writable()?;
        self.reconnect()?;
        let loaded = read::load(&mut self.connection);
        let loaded = self.watch(loaded)?;
        self.epoch = Some(loaded.epoch);
        Ok(loaded)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.writable()?;
        let committed = commit::commit(&mut self.connection, batch);
        self.watch(committed)?;
        self.bound_log();
        Ok(())
    }

    fn due(
        &mut self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.reconnect()?;
        let due = read::due(&self.connection, receiver, (now, at_most));
        self.watch(due)
    }

    fn retry(&mut self, retries: &[Retry]) -> Result<(), StoreError> {
        self.writable()?;
        let written = self.write_retries(retries);
        self.watch(written)?;
        self.bound_log();
        Ok(())
    }

    fn extend(&mut self, now: Timestamp, ends: &[(AlertId, Timestamp)]) -> Result<(), StoreError> {
        self.writable()?;
        let written = self.write_ends(now, ends);
        self.watch(written)?;
        self.bound_log();
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Answers, StoreError> {
        self.reconnect()?;
        let answers = read::ask(&mut self.connection, question);
        self.watch(answers)
    }

    fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError> {
        self.writable()?;
        let written = self.write_keepsake(keepsake);
        self.watch(written)?;
        self.bound_log();
        Ok(())
    }

    fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError> {
        self.writable()?;
        let forgotten = forget::forget(&mut self.connection, limits);
        let forgotten = self.watch(forgotten)?;
        self.bound_log();
        Ok(forgotten)
    }

    fn rest(&mut self) {
        match self.role {
            Role::Writer => self.fold("PASSIVE"),
            Role::Reader => {}
        }
    }
}
