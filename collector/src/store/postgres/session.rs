//! Keeps one connection: its statements, prepared once, and whether it still lives.
//!
//! In: statements with values. Out: rows; or of several that belong together, all or none, in
//! one round trip. Knows nothing of what they mean.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};
use vedette_policy::PostgresUrl;

use super::{error, target};
use crate::store::StoreError;

/// A connection that was not used for so long is asked whether it lives before anything is sent:
/// of what was never sent the outcome is known.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How long it has to answer that.
const SIGN_OF_LIFE_WAIT: Duration = Duration::from_secs(3);
/// For every connection: nobody waits for ever for a lock, what is answered as written is on disk,
/// and a server notices within a minute that we are gone.
const SETTINGS: &str = "
SET lock_timeout = '2s';
SET client_min_messages = warning;
SET tcp_keepalives_idle = 15;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// A statement with its values.
pub(super) struct Write<'a> {
    pub(super) sql: Cow<'static, str>,
    pub(super) values: Vec<Value<'a>>,
}

pub(super) type Value<'a> = Box<dyn ToSql + Sync + 'a>;

/// Why several statements were not carried out, or perhaps not.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server says why not, to the statement at this place.
    Said(Error, usize),
    /// Nothing was sent.
    Unsent(StoreError),
    /// The connection ended meanwhile.
    Lost(String),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> StoreError {
        match failure {
            Failure::Said(error, _) => error::of(&error),
            Failure::Unsent(error) => error,
            Failure::Lost(why) => StoreError::Unknown(why),
        }
    }
}

/// Which process of the server serves a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Backend {
    pub(super) process: i32,
    /// Numbers of processes come again.
    pub(super) since: String,
}

/// A connection.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) backend: Backend,
    statements: HashMap<Cow<'static, str>, Statement>,
    /// Carries what is sent and received.
    carrier: JoinHandle<()>,
    used: Instant,
}

impl Drop for Session {
    /// The socket is closed with it.
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Session {
    pub(super) async fn open(url: &PostgresUrl) -> Result<Session, StoreError> {
        let config = target::config(url).map_err(StoreError::Away)?;
        let tls = target::tls(url).map_err(StoreError::Away)?;
        let refused = |error: Error| StoreError::Away(error::connecting(url, &error));
        let (client, connection) = config.connect(tls).await.map_err(refused)?;
        let carrier = tokio::spawn(async move {
            // Whoever waits for an answer is told why there is none.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the store has ended");
            }
        });
        let mut session = Session {
            client,
            backend: Backend {
                process: 0,
                since: String::new(),
            },
            statements: HashMap::new(),
            carrier,
            used: Instant::now(),
        };
        session.settle_in().await?;
        Ok(session)
    }

    async fn settle_in(&mut self) -> Result<(), StoreError> {
        let of = |error: Error| error::of(&error);
        self.client.batch_execute(SETTINGS).await.map_err(of)?;
        let row = self
            .client
            .query_one(
                "SELECT pg_backend_pid(),
                        (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()),
                        current_setting('server_encoding')",
                &[],
            )
            .await
            .map_err(of)?;
        let since: Option<String> = row.get(1);
        self.backend = Backend {
            process: row.get(0),
            since: since.unwrap_or_default(),
        };
        match row.get(2) {
            "UTF8" => Ok(()),
            other => Err(StoreError::Broken(format!(
                "its encoding is {other}, which cannot hold every text; \
                 make one with createdb --encoding UTF8 --template template0"
            ))),
        }
    }

    /// Whether it can be used; costs a round trip when it was at rest.
    pub(super) async fn is_alive(&mut self) -> bool {
        if self.client.is_closed() {
            return false;
        }
        if self.used.elapsed() < TRUSTED_FOR {
            return true;
        }
        let answer = tokio::time::timeout(SIGN_OF_LIFE_WAIT, self.client.check_connection());
        let lives = matches!(answer.await, Ok(Ok(())));
        self.used = Instant::now();
        lives
    }

    async fn statement(&mut self, sql: Cow<'static, str>) -> Result<Statement, Error> {
        if let Some(known) = self.statements.get(&sql) {
            return Ok(known.clone());
        }
        let made = self.client.prepare(&sql).await?;
        self.statements.insert(sql, made.clone());
        Ok(made)
    }

    /// Rows, all at once.
    pub(super) async fn rows(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let of = |error: Error| error::of(&error);
        let statement = self.statement(sql.into()).await.map_err(of)?;
        let rows = self.client.query(&statement, values).await.map_err(of)?;
        self.used = Instant::now();
        Ok(rows)
    }

    /// Rows as they come, for tables that may be large.
    pub(super) async fn each_row(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        mut take: impl FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let of = |error: Error| error::of(&error);
        let statement = self.statement(sql.into()).await.map_err(of)?;
        let nothing: [&(dyn ToSql + Sync); 0] = [];
        let rows = self
            .client
            .query_raw(&statement, nothing)
            .await
            .map_err(of)?;
        let mut rows = pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(of)? {
            take(&row)?;
        }
        self.used = Instant::now();
        Ok(())
    }

    /// Carries out a statement outside of [`Session::transact`]; says how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, StoreError> {
        let of = |error: Error| error::of(&error);
        let statement = self.statement(sql.into()).await.map_err(of)?;
        self.client.execute(&statement, values).await.map_err(of)
    }

    pub(super) async fn begin(&mut self, how: &str) -> Result<(), StoreError> {
        self.client
            .batch_execute(how)
            .await
            .map_err(|error| error::of(&error))
    }

    /// Ends what [`Session::begin`] began.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        let ended = self.client.batch_execute("COMMIT").await;
        self.used = Instant::now();
        ended.map_err(|error| match error.as_db_error() {
            Some(said) if error::is_of_statement(said) => error::of(&error),
            Some(_) | None => StoreError::Unknown(error::text(&error)),
        })
    }

    /// All of them in one transaction and one round trip, or none.
    pub(super) async fn transact(&mut self, writes: &[Write<'_>]) -> Result<(), Failure> {
        let mut prepared = Vec::with_capacity(writes.len());
        for write in writes {
            let statement = self.statement(write.sql.clone()).await;
            prepared.push(statement.map_err(|error| Failure::Unsent(error::of(&error)))?);
        }
        let client = &self.client;
        let mut sent = Sent::default();
        sent.push(async {
            let begun = client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED");
            begun.await.map(|()| 0)
        });
        for (statement, write) in prepared.iter().zip(writes) {
            let values = write
                .values
                .iter()
                .map(|value| &**value as &(dyn ToSql + Sync));
            sent.push(client.execute_raw(statement, values));
        }
        // Each hands its bytes over when it is polled first; an error by then is one of our own, and
        // what belongs to it must not be committed.
        poll_fn(|context| Poll::Ready(sent.poll(context))).await;
        let is_whole = !sent.outcomes.iter().flatten().any(Result::is_err);
        let end = if is_whole { "COMMIT" } else { "ROLLBACK" };
        sent.push(async { client.batch_execute(end).await.map(|()| 0) });
        poll_fn(|context| match sent.poll(context) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        let outcome = sent.judge(is_whole);
        drop(sent);
        self.used = Instant::now();
        outcome
    }
}

/// How many rows a statement changed, once it is said.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + 'a>>;

/// Statements on their way, in order.
#[derive(Default)]
struct Sent<'a> {
    waiting: Vec<Answer<'a>>,
    outcomes: Vec<Option<Result<u64, Error>>>,
}

impl<'a> Sent<'a> {
    fn push(&mut self, statement: impl Future<Output = Result<u64, Error>> + 'a) {
        self.waiting.push(Box::pin(statement));
        self.outcomes.push(None);
    }

    /// Whether all have their outcome.
    fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let mut is_done = true;
        for (waiting, outcome) in self.waiting.iter_mut().zip(&mut self.outcomes) {
            if outcome.is_none() {
                match waiting.as_mut().poll(context) {
                    Poll::Ready(came) => *outcome = Some(came),
                    Poll::Pending => is_done = false,
                }
            }
        }
        is_done
    }

    /// The first error is the cause of those behind it.
    fn judge(&mut self, is_whole: bool) -> Result<(), Failure> {
        let outcomes = std::mem::take(&mut self.outcomes);
        let first = outcomes.into_iter().enumerate().find_map(|(at, outcome)| {
            let error = outcome?.err()?;
            Some((at, error))
        });
        let Some((at, error)) = first else {
            return Ok(());
        };
        match error.as_db_error() {
            // BEGIN stands before the first.
            Some(said) if error::is_of_statement(said) => {
                Err(Failure::Said(error, at.saturating_sub(1)))
            }
            Some(_) => Err(Failure::Lost(error::text(&error))),
            None if is_whole => Err(Failure::Lost(error::text(&error))),
            None if error.is_closed() => {
                Err(Failure::Unsent(StoreError::Away(error::text(&error))))
            }
            None => Err(Failure::Unsent(StoreError::Refused(error::text(&error)))),
        }
    }
}
