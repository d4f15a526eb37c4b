//! Taking back the last batch: what it wrote and nobody has touched since goes. Nothing else is removed, and nothing is
//! asked.

use super::file::{lossy, now_ms, readable};
use super::left::{Committing, from_json, identity, remove_parts, was_renamed};
use super::schema::{CANCELLED, OF_BATCH, QUEUED, SPECIAL, UNFINISHED};
use super::{KeepError, Queue, secrets};
use crate::model::record::Naming;
use crate::model::{BatchOptions, Taken, Undone, UndoneFile, record::FileIdentity};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

/// A commit of a batch.
struct Commit {
    input: String,
    state: i64,
    /// What is kept of it, and the folders that were made. `None` where that cannot be read.
    made: Option<(Vec<Naming>, Vec<PathBuf>)>,
    /// Its first file.
    output: Option<String>,
}

/// A batch as it is read to be taken back.
struct Last {
    row: i64,
    /// Where its results lie. `None` where that cannot be read.
    folder: Option<PathBuf>,
    program: String,
    /// From the rows of its jobs to the numbers that its program gave them.
    offset: i64,
}

impl Queue {
    /// Takes back the newest batch that was not taken back yet. `None` where there is none. Batches of pages and of small
    /// computations have no files, and are passed over. One of which a file is stuck can be taken back again.
    ///
    /// # Errors
    ///
    /// Fails where the file of the queue is damaged, or cannot be read or written to just now. What was removed by then
    /// is told as gone the next time.
    pub fn undo(&mut self) -> Result<Option<Undone>, KeepError> {
        self.try_undo().map_err(|error| self.error("take back the last batch of", &error))
    }

    /// How many jobs of that batch have not ended.
    ///
    /// # Errors
    ///
    /// Fails where the file of the queue is damaged, or cannot be read just now.
    pub fn unfinished_in_last(&self) -> Result<u64, KeepError> {
        let count = |last: Last| {
            let sql =
                format!("SELECT count(*) FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH} AND {UNFINISHED}");
            self.connection.query_row(&sql, [last.row], |row| row.get::<_, i64>(0))
        };
        let counted = self.last_batch().and_then(|last| last.map(count).transpose());
        counted.map(|count| count.unwrap_or(0) as u64).map_err(|error| self.error("read", &error))
    }

    fn try_undo(&mut self) -> rusqlite::Result<Option<Undone>> {
        let Some(last) = self.last_batch()? else { return Ok(None) };
        let (mut files, mut folders) = (Vec::new(), BTreeSet::new());
        for Commit { input, state, made, output } in self.commits(last.row)? {
            let why = match &made {
                None => Some("what was noted of it is damaged"),
                Some((namings, _)) if namings.is_empty() => {
                    Some("an earlier version wrote it, and did not note what it was like")
                }
                Some(_) => None,
            };
            if let (Some(why), Some(path)) = (why, &output) {
                let why = Some(why.to_owned());
                files.push(UndoneFile { input, path: path.into(), taken: Taken::Changed, why });
                continue;
            }
            let (namings, made) = made.unwrap_or_default();
            folders.extend(made);
            // A job that has not ended may have got only some of its names, or none.
            let is_made = |naming: &&Naming| state != QUEUED || was_renamed(naming);
            files.extend(namings.iter().filter(is_made).map(|naming| take(&input, naming)));
        }
        let dropped = self.give_up(&last)?;
        for folder in folders.iter().rev() {
            // Stays as long as something is in it.
            fs::remove_dir(folder).ok();
        }
        if files.iter().all(|file| file.taken != Taken::Stuck) {
            self.connection.execute("UPDATE batches SET undone = 1 WHERE id = ?1", [last.row])?;
        }
        self.scrub();
        Ok(Some(Undone { output_dir: last.folder, files, dropped }))
    }

    fn last_batch(&self) -> rusqlite::Result<Option<Last>> {
        let sql = format!(
            "SELECT id, options, program, first_job - first FROM batches WHERE undone = 0 AND EXISTS (
                 SELECT 1 FROM jobs WHERE {OF_BATCH} AND kind <= {SPECIAL}
                     AND ifnull(details, '') NOT LIKE '{{\"Page\"%')
             ORDER BY id DESC LIMIT 1"
        );
        let read = |row: &Row<'_>| {
            let options = row.get::<_, String>(1).and_then(|options| from_json::<BatchOptions>(&options));
            let folder = readable(options)?.map(|options| options.output_dir);
            Ok(Last { row: row.get(0)?, folder, program: lossy(row, 2).unwrap_or_default(), offset: row.get(3)? })
        };
        self.connection.query_row(&sql, [], read).optional()
    }

    fn commits(&self, batch: i64) -> rusqlite::Result<Vec<Commit>> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT input, state, committing, output FROM batches, jobs WHERE batches.id = ?1 AND committing IS NOT NULL
                 AND {OF_BATCH} ORDER BY jobs.id"
        ))?;
        let read = |row: &Row<'_>| {
            let made = row.get::<_, String>(2).and_then(|committing| Committing::read(&committing));
            Ok(Commit {
                input: lossy(row, 0).unwrap_or_default(),
                state: readable(row.get(1))?.unwrap_or(CANCELLED),
                made: readable(made)?,
                output: lossy(row, 3),
            })
        };
        statement.query_map([batch], read)?.collect()
    }

    /// Gives up the jobs of a batch that have not ended, and removes their parts. Answers how many.
    fn give_up(&mut self, last: &Last) -> rusqlite::Result<u64> {
        let rows: Vec<i64> = self
            .connection
            .prepare(&format!(
                "SELECT jobs.id FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH} AND {UNFINISHED}"
            ))?
            .query_map([last.row], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let transaction = self.connection.transaction()?;
        for row in &rows {
            transaction
                .prepare_cached(&format!("UPDATE jobs SET state = {CANCELLED}, ended_ms = ?2 WHERE id = ?1"))?
                .execute(params![row, now_ms()])?;
        }
        transaction.execute("UPDATE batches SET open = 0 WHERE id = ?1", [last.row])?;
        self.to_scrub |= secrets::withhold(&transaction, last.row)?.is_some();
        transaction.commit()?;
        if let Some(folder) = &last.folder {
            remove_parts(folder, &last.program, rows.iter().map(|row| (row + last.offset) as u32));
        }
        Ok(rows.len() as u64)
    }
}

/// Removes a file, if it is as the batch left it. Where the system does not tell files apart, none is.
fn take(input: &str, Naming { path, file, replaces, .. }: &Naming) -> UndoneFile {
    let is_as_made = |now: Option<FileIdentity>| now.is_some() && now == *file;
    let taken = identity(path).and_then(|now| match now {
        now if !is_as_made(now) => Ok(Taken::Changed),
        _ if *replaces => Ok(Taken::Replaced),
        _ => fs::remove_file(path).map(|()| Taken::Removed),
    });
    let (taken, why) = match taken {
        Ok(taken) => (taken, None),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            (Taken::Gone, None)
        }
        Err(error) => (Taken::Stuck, Some(format!("it cannot be removed just now: {error}"))),
    };
    UndoneFile { input: input.to_owned(), path: path.clone(), taken, why }
}
