//! Keeps records in PostgreSQL: one collector, one round trip for each commit.
//!
//! A commit is one transaction, sent as a whole: statements that take arrays, one for each table it
//! touches. It names its number and the run that makes it, and the store takes it only if both are
//! its own; so a commit whose end was not heard of is resolved by the load that follows, which
//! raises the run and waits for whoever still writes. A lock that lives with the writer's connection
//! keeps a second collector away from the start.
//!
//! What is lost is the connection, never what was answered: calls say that the store is away until
//! one can be made again.

mod commit;
mod deliveries;
mod error;
mod forget;
mod link;
mod lock;
mod passfile;
mod read;
mod recorded;
mod schema;
mod session;
mod target;
mod text;

use tokio::runtime::{Builder, Runtime};
use vedette_policy::PostgresUrl;
use vedette_triage::{AlertId, Timestamp};

use self::link::{Link, Role};
use super::{Answers, Batch, Due, Keepsake, Limits, Loaded, Question, Retry, Store, StoreError};

/// A store in a PostgreSQL database.
///
/// It brings a runtime of its own and blocks in every call, opening and dropping included: never
/// where another runtime runs tasks.
pub struct Postgres {
    runtime: Runtime,
    link: Link,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Postgres")
            .field(&self.link.url().to_string())
            .finish()
    }
}

impl Postgres {
    /// Opens a database for writing, alone; makes its tables if there are none.
    ///
    /// [`StoreError::Taken`] while another collector uses it, [`StoreError::Broken`] for tables of
    /// another program or of a newer version, [`StoreError::Away`] with what to do for the rest.
    pub fn open_alone(url: &PostgresUrl) -> Result<Postgres, StoreError> {
        Postgres::connect(url, Role::Owner)
    }

    /// Opens a database for writing, though others may: whoever loaded last can.
    pub fn open(url: &PostgresUrl) -> Result<Postgres, StoreError> {
        Postgres::connect(url, Role::Writer)
    }

    /// Opens a database that was opened for writing before; refuses to write.
    pub fn open_reader(url: &PostgresUrl) -> Result<Postgres, StoreError> {
        Postgres::connect(url, Role::Reader)
    }

    fn connect(url: &PostgresUrl, role: Role) -> Result<Postgres, StoreError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Away(error.to_string()))?;
        let link = runtime.block_on(Link::open(url.clone(), role))?;
        Ok(Postgres { runtime, link })
    }
}

impl Store for Postgres {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.runtime.block_on(self.link.load())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        self.runtime.block_on(self.link.commit(batch))
    }

    fn due(
        &mut self,
        receiver: &str,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.runtime.block_on(self.link.due(receiver, now, at_most))
    }

    fn retry(&mut self, retries: &[Retry]) -> Result<(), StoreError> {
        self.runtime.block_on(self.link.retry(retries))
    }

    fn extend(&mut self, now: Timestamp, ends: &[(AlertId, Timestamp)]) -> Result<(), StoreError> {
        self.runtime.block_on(self.link.extend(now, ends))
    }

    fn ask(&mut self, question: &Question) -> Result<Answers, StoreError> {
        self.runtime.block_on(self.link.ask(question))
    }

    fn keep(&mut self, keepsake: &Keepsake) -> Result<(), StoreError> {
        self.runtime.block_on(self.link.keep(keepsake))
    }

    fn forget(&mut self, limits: &Limits) -> Result<u64, StoreError> {
        self.runtime.block_on(self.link.forget(limits))
    }
}
