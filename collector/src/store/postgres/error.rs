//! Decides what a caller can do about an error of PostgreSQL, and what a person can.
//!
//! In: errors of the client, which never hold a password. Out: a [`StoreError`], or a sentence.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};
use vedette_policy::PostgresUrl;

use crate::store::StoreError;

/// Whether it ended only the statement, so that the transaction it stood in is rolled back for
/// certain. What ends the session may come after the last byte was written.
pub(super) fn is_of_statement(error: &DbError) -> bool {
    matches!(error.parsed_severity(), Some(Severity::Error))
        && *error.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
}

/// Whether a column that cannot be empty would have been: how a statement says that it is not its turn.
pub(super) fn is_for_want_of_value(error: &Error) -> bool {
    error.code() == Some(&SqlState::NOT_NULL_VIOLATION)
}

/// Of whatever wrote nothing.
pub(super) fn of(error: &Error) -> StoreError {
    let Some(said) = error.as_db_error() else {
        return match error.is_closed()
            || error
                .source()
                .is_some_and(|cause| cause.is::<std::io::Error>())
        {
            true => StoreError::Away(text(error)),
            // A column of another type than we write.
            false => StoreError::Broken(text(error)),
        };
    };
    let why = text(error);
    let code = said.code();
    match code.code().get(..2).unwrap_or_default() {
        _ if *code == SqlState::DISK_FULL => StoreError::Full(why),
        // Data and constraints; limits of the program.
        "22" | "23" | "54" => StoreError::Refused(why),
        _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => StoreError::Away(why),
        // No such table or column, and what the server itself finds damaged.
        "42" | "XX" => StoreError::Broken(why),
        // Connections, resources, locks, conflicts, operators, standbys, and whatever PostgreSQL adds.
        _ => StoreError::Away(why),
    }
}

/// What the server said, or why nothing was heard of it.
pub(super) fn text(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let detail = said.detail().map(|detail| format!(" ({detail})"));
        return format!("{}{}", said.message(), detail.unwrap_or_default());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Why there is no connection, and what to do.
pub(super) fn connecting(url: &PostgresUrl, error: &Error) -> String {
    let why = text(error);
    let database = &url.database;
    let user = url.user.as_deref().unwrap_or("this user");
    let advice = match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD => {
            format!("give the password of {user} in `password_file` of [store]")
        }
        Some(code) if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            format!(
                "make the user (createuser {user}), and let it in by a line of the server's pg_hba.conf"
            )
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            format!(
                "make it: createdb --encoding UTF8 --template template0 --owner {user} {database}"
            )
        }
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            format!("make {user} its owner: ALTER DATABASE {database} OWNER TO {user}")
        }
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => {
            "raise max_connections of the server, or end what fills it".to_owned()
        }
        Some(code) if *code == SqlState::CANNOT_CONNECT_NOW => {
            "it starts or stops; that takes a moment".to_owned()
        }
        Some(_) => "see the server's log".to_owned(),
        None => match why.as_str() {
            why if why.contains("password missing") => {
                format!(
                    "the server asks for a password of {user}: name a file with it as `password_file` in [store]"
                )
            }
            why if why.contains("does not support TLS") => {
                "the server speaks no TLS: let it, or take sslmode=disable where nobody listens in"
                    .to_owned()
            }
            why if why.contains("TLS handshake") => {
                "check the certificate of the server, `sslmode` and `sslrootcert`".to_owned()
            }
            _ => "check that the server runs and listens there, and [store] url".to_owned(),
        },
    };
    format!("{why}; {advice}")
}
