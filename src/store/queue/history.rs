//! What was done before: every job that ended, searchable.

use super::file::{lossy, words};
use super::schema::{DONE, OF_BATCH};
use super::{BUSY, FILE_NAME, KeepError};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use std::collections::HashSet;
use std::path::Path;

/// A job that ended, or that an earlier program left unfinished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Past {
    /// The input as given.
    pub input: String,
    /// `done`, `failed`, `cancelled` or `queued`.
    pub state: &'static str,
    /// The final path.
    pub output: Option<String>,
    /// How many files there are beside that one.
    #[serde(skip_serializing_if = "is_none")]
    pub more: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
}

/// The newest jobs in the queue of a state folder that have all words of `search` in their input, output or error, newest
/// first. Only reads, so another program may have the queue open.
///
/// # Errors
///
/// Fails where the file is there and cannot be read: it is damaged, has no queue in it, or somebody holds it.
pub fn history(state_dir: &Path, search: &str, most: usize) -> Result<Vec<Past>, KeepError> {
    let path = state_dir.join(FILE_NAME);
    if !path.exists() {
        return Ok(Vec::new());
    }
    try_history(&path, search, most)
        .map_err(|error| KeepError::Later(format!("Cannot read the queue {}: {}", path.display(), words(&error))))
}

fn try_history(path: &Path, search: &str, most: usize) -> rusqlite::Result<Vec<Past>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    let wanted_words: Vec<String> = search.split_whitespace().map(pattern).collect();
    let text = "(input || ' ' || ifnull(output, '') || ' ' || ifnull(error, ''))";
    let wanted: Vec<String> =
        (2..wanted_words.len() + 2).map(|number| format!(" AND {text} LIKE ?{number} ESCAPE '\\'")).collect();
    let wanted = wanted.concat();
    // Only reads: the file may still be as an earlier version left it.
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let more = if version < 3 { ", 0" } else { ", more" };
    let sql = format!(
        "SELECT input, state, output, error, ended_ms{more} FROM jobs WHERE kind < 3{wanted} ORDER BY id DESC LIMIT ?1"
    );
    let mut statement = connection.prepare(&sql)?;
    statement.raw_bind_parameter(1, most as i64)?;
    for (word, text) in wanted_words.iter().enumerate() {
        statement.raw_bind_parameter(word + 2, text)?;
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // One that is damaged must not hide the others.
        let state = match row.get(1).unwrap_or(super::schema::CANCELLED) {
            super::schema::QUEUED => "queued",
            super::schema::DONE => "done",
            super::schema::FAILED => "failed",
            _ => "cancelled",
        };
        let (input, output, error) = (lossy(row, 0).unwrap_or_default(), lossy(row, 2), lossy(row, 3));
        found.push(Past {
            input,
            state,
            output,
            more: row.get(5).unwrap_or(0),
            error,
            ended_ms: row.get(4).unwrap_or(None),
        });
    }
    Ok(found)
}

/// Which of these inputs were done before, by the queue of a state folder; batches that were taken back do not count. Reads
/// every job that is kept: off the window's thread. Where there is no queue that can be read, nothing was done.
pub fn done_among<'a>(state_dir: &Path, inputs: impl Iterator<Item = &'a str>) -> HashSet<String> {
    let wanted: HashSet<&str> = inputs.collect();
    let path = state_dir.join(FILE_NAME);
    if wanted.is_empty() || !path.exists() {
        return HashSet::new();
    }
    try_done_among(&path, &wanted).unwrap_or_else(|error| {
        tracing::warn!("What was done before is not known: {}", words(&error));
        HashSet::new()
    })
}

fn try_done_among(path: &Path, wanted: &HashSet<&str>) -> rusqlite::Result<HashSet<String>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let not_undone = format!(" AND NOT EXISTS (SELECT 1 FROM batches WHERE undone = 1 AND {OF_BATCH})");
    let not_undone = if version < 3 { "" } else { &not_undone };
    let mut statement =
        connection.prepare(&format!("SELECT input FROM jobs WHERE kind < 3 AND state = {DONE}{not_undone}"))?;
    let mut rows = statement.raw_query();
    let mut found = HashSet::new();
    while let Some(row) = rows.next()? {
        if let Some(input) = row.get_ref(0)?.as_str().ok().filter(|input| wanted.contains(input)) {
            found.insert(input.to_owned());
        }
    }
    Ok(found)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(more: &u32) -> bool {
    *more == 0
}

/// A word as SQL's LIKE takes it.
fn pattern(word: &str) -> String {
    let plain = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}
