//! The queue's file as a file: for its owner alone, kept aside when damaged, and what its errors mean.

use super::wal::beside;
use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Why the queue cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its tables are those of a newer version.
    #[error("{0} was written by a newer version of Millrace; use that one, or another folder with --state DIR")]
    Newer(String),
    /// The file cannot be used.
    #[error("cannot open the queue {path}: {why}")]
    Unusable {
        /// Which file.
        path: String,
        /// Why.
        why: String,
    },
}

/// Why something could not be kept.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// The file is damaged.
    #[error("the queue {0} is damaged")]
    Damaged(String),
    /// It may go well later: the disk is full, or somebody holds the file.
    #[error("{0}")]
    Later(String),
}

/// Makes the file, if it is not there, for its owner alone: links may have passwords in them.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    // Opening a pipe would wait for ever.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("something that is no file is in its place"));
    }
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

/// Gives a damaged file and its log another name, which nothing has yet.
pub(super) fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    each_aside(path, |from, to| fs::rename(from, to))
}

/// Copies a file and its damaged log under another name, which nothing has yet.
pub(super) fn copy_aside(path: &Path) -> io::Result<PathBuf> {
    each_aside(path, |from, to| fs::copy(from, to).map(drop))
}

/// A name for a damaged file, which nothing has yet.
pub(super) fn name_aside(path: &Path) -> PathBuf {
    let stamp = now_ms();
    (0..1000)
        .map(|number| path.with_file_name(format!("queue.damaged-{}.sqlite", stamp + number)))
        .find(|aside| !aside.exists())
        .unwrap_or_else(|| path.with_extension("damaged"))
}

fn each_aside(path: &Path, act: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<PathBuf> {
    let aside = name_aside(path);
    for end in ["-wal", "-shm"] {
        match act(&beside(path, end), &beside(&aside, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    act(path, &aside)?;
    Ok(aside)
}

/// Whether an error says that the file is damaged.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => {
            matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        }
        other => is_unreadable(other),
    }
}

/// Whether an error says that there are other values in a row than are written here. The other rows may be sound.
pub(super) fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | InvalidColumnType(..) | IntegralValueOutOfRange(..) | Utf8Error(..))
}

/// A text in a row, whatever its bytes.
pub(super) fn lossy(row: &rusqlite::Row<'_>, column: usize) -> Option<String> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

/// What was read of a row; `None` where that cannot be.
pub(super) fn readable<T>(read: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match read {
        Err(error) if is_unreadable(&error) => Ok(None),
        read => read.map(Some),
    }
}

/// Whether an error says that the tables are not those that belong there.
pub(super) fn lacks_tables(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => error.code == ErrorCode::Unknown,
        rusqlite::Error::SqlInputError { .. } => true,
        _ => false,
    }
}

/// An error in words for a sentence.
pub(super) fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::DiskFull => {
            "no space left on the disk".to_owned()
        }
        error if is_unreadable(error) => "some of what is kept there is damaged".to_owned(),
        // The first line says what; what SQLite adds below it is its own statement.
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

/// The time as it is kept: milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
