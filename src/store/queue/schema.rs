//! The tables of the queue.

use rusqlite::Connection;

/// Grows with every change of the tables.
pub(super) const VERSION: i32 = 3;

/// States as they are kept.
pub(super) const QUEUED: i64 = 0;
pub(super) const DONE: i64 = 1;
pub(super) const FAILED: i64 = 2;
pub(super) const CANCELLED: i64 = 3;

/// Kinds of jobs as they are kept.
pub(super) const LINK: i64 = 0;
pub(super) const FILE: i64 = 1;
pub(super) const SPECIAL: i64 = 2;
pub(super) const ECHO: i64 = 3;
pub(super) const IS_PRIME: i64 = 4;
pub(super) const BUSY: i64 = 5;

/// The jobs of a batch.
pub(super) const OF_BATCH: &str = "jobs.id BETWEEN batches.first AND batches.first + batches.count - 1";

/// Whether a job is unfinished. One that stopped for a full disk is.
pub(super) const UNFINISHED: &str = "removed = 0 AND (state = 0 OR (state = 2 AND error_kind = 'disk_full'))";

/// The jobs of a batch have numbers in a row. A batch is open as long as one of them is unfinished.
const TABLES: &str = "
CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    open INTEGER NOT NULL DEFAULT 1,
    submitted_ms INTEGER NOT NULL,
    options TEXT NOT NULL,
    program TEXT NOT NULL,
    first_job INTEGER NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX open_batches ON batches (open) WHERE open = 1;
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    input TEXT NOT NULL,
    number INTEGER,
    details TEXT,
    state INTEGER NOT NULL DEFAULT 0,
    removed INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER,
    output TEXT,
    error_kind TEXT,
    error TEXT,
    ended_ms INTEGER,
    stage TEXT,
    committing TEXT,
    priority INTEGER,
    rank INTEGER,
    more INTEGER NOT NULL DEFAULT 0
);
";

/// What version 2 lacks.
const SINCE_2: &str = "
ALTER TABLE batches ADD COLUMN undone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN more INTEGER NOT NULL DEFAULT 0;
";

/// Fails for a file that has no queue in it: it lost its tables, or is somebody else's. Changes nothing in it.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<()> {
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
        return Err(rusqlite::Error::SqliteFailure(code, Some("it has no queue in it".to_owned())));
    }
    Ok(())
}

/// Makes the tables of a new file.
pub(super) fn make(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))
}

/// Brings the tables of an older version up to this one, and looks whether they are all there. Those of a newer version are
/// left alone.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 2 {
        connection.execute_batch(&format!("BEGIN; {SINCE_2} PRAGMA user_version = {VERSION}; COMMIT;"))?;
    }
    if version <= VERSION {
        connection.prepare(
            "SELECT id, first, count, open, submitted_ms, options, program, first_job, undone FROM batches LIMIT 1",
        )?;
        connection.prepare("SELECT id, kind, input, number, details, state, removed, attempts, output, error_kind, error, ended_ms, stage, committing, priority, rank, more FROM jobs LIMIT 1")?;
    }
    Ok(())
}
