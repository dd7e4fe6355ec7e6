//! Decides what a caller can do about an error of SQLite.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::StoreError;

/// Extending the shared index of the log on a full disk is reported as an input/output error.
const FULL_IN_DISGUISE: [i32; 2] = [ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_SHMMAP];

impl From<Error> for StoreError {
    /// Of anything but `COMMIT`: the transaction is rolled back, nothing was written.
    fn from(error: Error) -> StoreError {
        let text = error.to_string();
        let Some(sqlite) = error.sqlite_error() else {
            // A column of another type than we write, or a row that must be there and is not.
            return StoreError::Broken(text);
        };
        if FULL_IN_DISGUISE.contains(&sqlite.extended_code) {
            return StoreError::Full(text);
        }
        match sqlite.code {
            ErrorCode::DiskFull => StoreError::Full(text),
            ErrorCode::ConstraintViolation
            | ErrorCode::TooBig
            | ErrorCode::TypeMismatch
            | ErrorCode::ParameterOutOfRange => StoreError::Refused(text),
            ErrorCode::PermissionDenied
            | ErrorCode::OperationAborted
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
            | ErrorCode::OperationInterrupted
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport => StoreError::Away(text),
            // Corrupt, not a database, no such table, and whatever SQLite adds.
            _ => StoreError::Broken(text),
        }
    }
}

/// Of `COMMIT`: an input/output error there may come after the last byte was written.
pub(super) fn of_commit(error: Error) -> StoreError {
    match StoreError::from(error) {
        StoreError::Away(why) => StoreError::Unknown(why),
        StoreError::Refused(why) => StoreError::Refused(why),
        StoreError::Taken(why) => StoreError::Taken(why),
        StoreError::Full(why) => StoreError::Full(why),
        StoreError::Unknown(why) => StoreError::Unknown(why),
        StoreError::Broken(why) => StoreError::Broken(why),
    }
}

/// Says which file it was, unless that is said already.
pub(super) fn at(path: &Path, error: StoreError) -> StoreError {
    let path = path.display().to_string();
    let named = |why: String| match why.contains(&path) {
        true => why,
        false => format!("{path}: {why}"),
    };
    match error {
        StoreError::Away(why) => StoreError::Away(named(why)),
        StoreError::Full(why) => StoreError::Full(named(why)),
        StoreError::Refused(why) => StoreError::Refused(named(why)),
        StoreError::Taken(why) => StoreError::Taken(named(why)),
        StoreError::Unknown(why) => StoreError::Unknown(named(why)),
        StoreError::Broken(why) => StoreError::Broken(named(why)),
    }
}
