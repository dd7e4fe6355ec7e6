//! A PostgreSQL of this process's own, and a person who looks into it.
//!
//! Out: URLs of new schemas, each a store; none where PostgreSQL is not installed, which is said aloud.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;
use vedette_policy::PostgresUrl;

pub(crate) use crate::postgres::{How, Postgres};

/// The URL of a new schema on the one server of this process.
pub(crate) fn new_schema() -> Option<String> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    let server = SERVER
        .get_or_init(|| Postgres::start(How::Cheap, 0))
        .as_ref()?;
    let schema = format!("s{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
    sql(&server.url(), &format!("CREATE SCHEMA {schema}"));
    Some(format!("{}&options=-csearch_path%3D{schema}", server.url()))
}

/// What a URL names.
pub(crate) fn parsed(url: &str) -> PostgresUrl {
    url.parse().expect("it is sound")
}

/// A connection by itself, as a person's `psql` has one.
pub(crate) struct Person {
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
}

impl Person {
    pub(crate) fn at(url: &str) -> Person {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime can be made");
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls)
                .await
                .expect("it connects");
            tokio::spawn(connection);
            client
        });
        Person { runtime, client }
    }

    pub(crate) fn does(&self, sql: &str) {
        let done = self.runtime.block_on(self.client.batch_execute(sql));
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// The first value of the first row.
    pub(crate) fn asks(&self, sql: &str) -> i64 {
        let row = self.runtime.block_on(self.client.query_one(sql, &[]));
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
            .get(0)
    }
}

/// Carries out statements on a connection of their own.
pub(crate) fn sql(url: &str, sql: &str) {
    Person::at(url).does(sql);
}
