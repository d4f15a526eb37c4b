//! Questions to a database: each lane has a connection of its own, which it keeps for its next task.

use super::super::Ctx;
use crate::model::lab::LabAnswer;
use crate::model::{ErrorKind, Failure};
use rusqlite::{Connection, OpenFlags};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

thread_local! {
    /// The connection of this lane, and what to.
    static CONNECTION: RefCell<Option<(PathBuf, Connection)>> = const { RefCell::new(None) };
}

/// Groups and sorts some thousands of rows.
const QUESTION: &str = "SELECT place, count(*), sum(amount) AS total, max(note) FROM sales \
    WHERE day BETWEEN ?1 AND ?1 + 200 GROUP BY place ORDER BY total DESC, place LIMIT 20";

pub(super) fn run(database: &Path, seed: u64, count: u32, ctx: &Ctx<'_>) -> Result<LabAnswer, Failure> {
    CONNECTION.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(path, _)| path != database) {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(database, flags).map_err(|error| failed(database, &error))?;
            *kept = Some((database.to_owned(), connection));
        }
        let Some((_, connection)) = kept else { return Err(Failure::cancelled()) };
        ask(connection, seed, count, ctx).map_err(|error| match error {
            Stopped::Database(error) => failed(database, &error),
            Stopped::Told(failure) => failure,
        })
    })
}

enum Stopped {
    Database(rusqlite::Error),
    Told(Failure),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Stopped {
        Stopped::Database(error)
    }
}

fn ask(connection: &Connection, seed: u64, count: u32, ctx: &Ctx<'_>) -> Result<LabAnswer, Stopped> {
    let mut statement = connection.prepare_cached(QUESTION)?;
    let (mut rows_read, mut digest) = (0, seed);
    for number in 0..u64::from(count) {
        ctx.checkpoint().map_err(Stopped::Told)?;
        let day = (seed * 37 + number * 61) % 800;
        let mut rows = statement.query([day as i64])?;
        while let Some(row) = rows.next()? {
            let values = [row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            for value in values {
                digest = digest.wrapping_mul(0x0000_0100_0000_01b3) ^ value as u64;
            }
            rows_read += 1;
        }
    }
    Ok(LabAnswer::Rows { count: rows_read, digest })
}

fn failed(database: &Path, error: &rusqlite::Error) -> Failure {
    let sentence = format!("Cannot ask the database {}, which the Lab made a moment ago: {error}", database.display());
    Failure::new(ErrorKind::Io, sentence)
}
