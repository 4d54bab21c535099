//! Errors inside the crate, and what callers see of them.

use std::fmt::Display;

use plugboard_store::StoreError;
use rusqlite::ErrorCode;

/// What goes wrong between here and SQLite.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite says so.
    Sql(rusqlite::Error),
    /// We say so.
    Store(StoreError),
}

/// The result of everything inside the crate.
pub(crate) type Outcome<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Sql(error) => translate(&error),
        }
    }
}

impl Fault {
    /// True when the file itself is damaged.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Sql(error) => {
                matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                )
            }
            Self::Store(error) => matches!(error, StoreError::Corrupt { .. }),
        }
    }
}

fn translate(error: &rusqlite::Error) -> StoreError {
    use rusqlite::Error as E;
    let why = error.to_string();
    match error {
        E::SqliteFailure(code, _) => match code.code {
            ErrorCode::ConstraintViolation => StoreError::Conflict(why),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                corrupt("database", "file", why)
            }
            _ => StoreError::Unavailable(why),
        },
        E::FromSqlConversionFailure(..)
        | E::InvalidColumnType(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..)
        | E::QueryReturnedNoRows => corrupt("database", "unknown", why),
        _ => StoreError::Unavailable(why),
    }
}

/// A row that makes no sense.
pub(crate) fn corrupt(table: &'static str, row: impl Display, why: impl Display) -> StoreError {
    StoreError::Corrupt {
        table,
        row: row.to_string(),
        why: why.to_string(),
    }
}

/// The operating system refused something about a file.
pub(crate) fn unavailable(what: &str, error: impl Display) -> StoreError {
    StoreError::Unavailable(format!("{what}: {error}"))
}
