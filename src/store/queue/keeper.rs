//! Writes records into the tables, within a transaction.

use super::file::now_ms;
use super::left::{Committing, Stage, to_json};
use super::rows::Rows;
use super::schema::{BUSY, CANCELLED, DONE, ECHO, FAILED, FILE, IS_PRIME, LINK, SPECIAL, UNFINISHED};
use super::secrets::{Withheld, options_of};
use crate::model::{Batch, ErrorKind, JobId, Light, Outcome, Place, Record, Source};
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::HashMap;

/// What a transaction changes besides the file, once it went well.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) added: Vec<(JobId, i64, i64)>,
    pub(super) restored: Vec<(JobId, u32)>,
    pub(super) open: HashMap<i64, u64>,
    /// Batches that ended, and what was taken out of them.
    pub(super) withheld: HashMap<i64, Withheld>,
    /// Batches that go on.
    pub(super) given_back: Vec<i64>,
}

/// Writes records within a transaction.
pub(super) struct Keeper<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) rows: &'a Rows,
    pub(super) read: &'a HashMap<u32, (i64, Vec<i64>)>,
    pub(super) open: &'a HashMap<i64, u64>,
    pub(super) boot: Option<&'a str>,
}

impl Keeper<'_> {
    pub(super) fn keep(&self, record: &Record, changes: &mut Changes) -> rusqlite::Result<()> {
        match record {
            Record::Submitted { program, first, batch } => self.submitted(program, *first, batch, changes),
            Record::Restored { first, key } => {
                if let Some((batch, rows)) = self.read.get(key) {
                    let sql = "UPDATE jobs SET state = 0, error_kind = NULL, error = NULL WHERE state = 2 AND error_kind = 'disk_full'
                        AND id BETWEEN (SELECT first FROM batches WHERE id = ?1)
                        AND (SELECT first + count - 1 FROM batches WHERE id = ?1)";
                    self.transaction.prepare_cached(sql)?.execute([batch])?;
                    changes.restored.push((*first, *key));
                    changes.open.insert(*batch, rows.len() as u64);
                }
                Ok(())
            }
            Record::StageDone { attempt, output, part } => {
                let boot = self.boot.map(str::to_owned);
                let stage = Stage { output: output.clone(), part: part.as_path().into(), boot };
                self.update(attempt.job, changes, "UPDATE jobs SET stage = ?2 WHERE id = ?1", &to_json(&stage))
            }
            Record::Committing { job, files, folders } => {
                let json = to_json(&Committing::of(files, folders));
                self.update(*job, changes, "UPDATE jobs SET committing = ?2 WHERE id = ?1", &json)
            }
            Record::Finished { job, outcome, attempts } => self.finished(*job, outcome, *attempts, changes),
            Record::Computed(answers) => {
                let sql = "UPDATE jobs SET state = 1, output = ?2, ended_ms = ?3 WHERE id = ?1";
                let (mut statement, now) = (self.transaction.prepare_cached(sql)?, now_ms());
                for (job, answer) in answers {
                    let Some((row, batch)) = self.row(*job, changes) else { continue };
                    statement.execute(params![row, answer.to_string(), now])?;
                    self.count(batch, changes, false);
                }
                Ok(())
            }
            Record::Requeued(job) => {
                let sql = "UPDATE jobs SET state = 0, stage = NULL, committing = NULL, error_kind = NULL, error = NULL, ended_ms = NULL, priority = NULL, rank = NULL WHERE id = ?1";
                self.change(*job, changes, sql)?;
                // What it makes now can be taken back again.
                let Some((_, batch)) = self.row(*job, changes) else { return Ok(()) };
                let sql = "UPDATE batches SET undone = 0 WHERE id = ?1";
                self.transaction.prepare_cached(sql)?.execute([batch]).map(drop)
            }
            Record::Moved(job, Place { priority, rank }) => match self.row(*job, changes) {
                Some((row, _)) => self
                    .transaction
                    .prepare_cached("UPDATE jobs SET priority = ?2, rank = ?3 WHERE id = ?1")?
                    .execute(params![row, priority, rank])
                    .map(drop),
                None => Ok(()),
            },
            Record::Removed(job) => self.change(*job, changes, "UPDATE jobs SET removed = 1 WHERE id = ?1"),
        }
    }

    fn submitted(&self, program: &str, first: JobId, batch: &Batch, changes: &mut Changes) -> rusqlite::Result<()> {
        let next: Option<i64> =
            self.transaction.query_row("SELECT max(id) + 1 FROM jobs", [], |row| row.get(0)).optional()?.flatten();
        let row = next.unwrap_or(1);
        self.transaction
            .prepare_cached("INSERT INTO batches (first, count, submitted_ms, options, program, first_job) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![row, batch.jobs.len() as i64, now_ms(), options_of(batch), program, first.0])?;
        let id = self.transaction.last_insert_rowid();
        let mut statement = self
            .transaction
            .prepare_cached("INSERT INTO jobs (id, kind, input, number, details) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (number, spec) in (row..).zip(&batch.jobs) {
            let special = spec.as_special().map(to_json);
            let (kind, argument) = match spec.source() {
                _ if special.is_some() => (SPECIAL, None),
                Source::File(_) => (FILE, None),
                Source::Light(Light::Echo(argument)) => (ECHO, Some(argument as i64)),
                Source::Light(Light::IsPrime(argument)) => (IS_PRIME, Some(argument as i64)),
                Source::Light(Light::Busy { number, rounds }) => {
                    (BUSY, Some(i64::from(number) << 32 | i64::from(rounds)))
                }
                Source::Link { .. } | Source::Page(_) | Source::Refused(_) | Source::Lab(_) => (LINK, None),
            };
            statement.execute(params![number, kind, spec.input(), argument, special])?;
        }
        changes.added.push((first, row, id));
        changes.open.insert(id, batch.jobs.len() as u64);
        Ok(())
    }

    fn finished(&self, job: JobId, outcome: &Outcome, attempts: u32, changes: &mut Changes) -> rusqlite::Result<()> {
        let Some((row, batch)) = self.row(job, changes) else { return Ok(()) };
        let (state, made, failure) = match outcome {
            Outcome::Done(made) => (DONE, Some(made), None),
            Outcome::Read(_) | Outcome::Answered(_) => (DONE, None, None),
            Outcome::Failed(failure) => (FAILED, None, Some(failure)),
            Outcome::Cancelled => (CANCELLED, None, None),
        };
        let output = made.map(|made| made.first().to_string_lossy().into_owned());
        // What is left of a commit tells files that were made from those that were there and stayed.
        self.transaction
            .prepare_cached(
                "UPDATE jobs SET state = ?2, attempts = ?3, output = ?4, error_kind = ?5, error = ?6, ended_ms = ?7, stage = NULL,
                 committing = CASE WHEN ?4 IS NOT NULL THEN committing END, more = ?8 WHERE id = ?1",
            )?
            .execute(params![
                row,
                state,
                attempts,
                output,
                failure.map(|failure| failure.kind.as_str()),
                failure.map(|failure| &failure.sentence),
                now_ms(),
                made.map_or(0, |made| made.more() as i64)
            ])?;
        // A later program takes up what a full disk stopped, so the batch stays open for it.
        if failure.is_none_or(|failure| failure.kind != ErrorKind::DiskFull) {
            self.count(batch, changes, false);
        }
        Ok(())
    }

    fn update(&self, job: JobId, changes: &Changes, sql: &str, value: &str) -> rusqlite::Result<()> {
        match self.row(job, changes) {
            Some((row, _)) => self.transaction.prepare_cached(sql)?.execute(params![row, value]).map(drop),
            None => Ok(()),
        }
    }

    /// Changes a row, and counts it if it became unfinished by that or is so no more.
    fn change(&self, job: JobId, changes: &mut Changes, sql: &str) -> rusqlite::Result<()> {
        let Some((row, batch)) = self.row(job, changes) else { return Ok(()) };
        let was_unfinished = self.is_unfinished(row)?;
        self.transaction.prepare_cached(sql)?.execute([row])?;
        let is_unfinished = self.is_unfinished(row)?;
        if is_unfinished != was_unfinished {
            self.count(batch, changes, is_unfinished);
        }
        Ok(())
    }

    fn is_unfinished(&self, row: i64) -> rusqlite::Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND {UNFINISHED})");
        self.transaction.prepare_cached(&sql)?.query_row([row], |row| row.get(0))
    }

    /// The row of a job and that of its batch. `None` for one of a batch that is not kept.
    fn row(&self, job: JobId, changes: &Changes) -> Option<(i64, i64)> {
        let in_added = changes.added.iter().rev().find(|(first, ..)| *first <= job);
        let in_restored = changes.restored.iter().rev().find(|(first, _)| *first <= job);
        match (in_added, in_restored) {
            (Some((first, row, batch)), restored) if restored.is_none_or(|(later, _)| later <= first) => {
                Some((row + i64::from(job.0 - first.0), *batch))
            }
            (_, Some((first, key))) => {
                let (batch, rows) = self.read.get(key)?;
                Some((*rows.get((job.0 - first.0) as usize)?, *batch))
            }
            _ => self.rows.of(job),
        }
    }

    /// Counts the unfinished jobs of a batch.
    fn count(&self, batch: i64, changes: &mut Changes, one_more: bool) {
        let before = self.open.get(&batch).copied().unwrap_or(0);
        let count = changes.open.entry(batch).or_insert(before);
        *count = if one_more { *count + 1 } else { count.saturating_sub(1) };
    }
}
