//! Reading what earlier programs left unfinished. Jobs whose rows cannot be read any more are given up, and that is said.

use super::file::{make_private, name_aside, now_ms, readable, words};
use super::left::{from_json, reached_of, remove_parts, spec_of};
use super::schema::{CANCELLED, LINK, OF_BATCH, UNFINISHED};
use super::wal::beside;
use super::{KeepError, Queue, secrets};
use crate::model::record::Origin;
use crate::model::{Batch, BatchOptions, Leftover};
use rusqlite::params;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// What is left of earlier programs, and what of it cannot be read.
#[derive(Default)]
pub(super) struct Found {
    pub(super) leftovers: Vec<Leftover>,
    read: Vec<(u32, (i64, Vec<i64>))>,
    jobs: Vec<Unreadable>,
    /// Rows of batches that cannot be read.
    pub(super) batches: Vec<i64>,
}

/// A job that cannot be read.
struct Unreadable {
    row: i64,
    input: Option<String>,
    output_dir: PathBuf,
    program: String,
    /// What its program called it.
    number: u32,
}

impl Found {
    /// Removes the parts of jobs that cannot be read.
    pub(super) fn remove_parts(&self) {
        for Unreadable { output_dir, program, number, .. } in &self.jobs {
            remove_parts(output_dir, program, std::iter::once(*number));
        }
    }
}

impl Queue {
    /// Reads what earlier programs left unfinished. Jobs that stopped for a full disk are among it. What cannot be read any
    /// more is given up: what the file held is kept aside, and `complaint` says so.
    ///
    /// # Errors
    ///
    /// Fails where the file is damaged as a whole, or cannot be read or kept aside just now. Then nothing of it counts as
    /// read.
    pub fn load(&mut self) -> Result<Vec<Leftover>, KeepError> {
        let found = self.try_load().map_err(|error| self.error("read", &error))?;
        if !found.jobs.is_empty() || !found.batches.is_empty() {
            self.give_up_unreadable(&found)?;
        }
        // Known from here on.
        self.next_key += found.leftovers.len() as u32;
        self.read.extend(found.read);
        Ok(found.leftovers)
    }

    /// What had to be given up since this was last asked.
    pub fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// Gives up what cannot be read.
    fn give_up_unreadable(&mut self, found: &Found) -> Result<(), KeepError> {
        let path = self.path.display().to_string();
        let aside = self
            .copied_aside()
            .map_err(|error| KeepError::Later(format!("The damaged queue {path} cannot be kept aside: {error}")))?;
        if let Err(error) = self.blank(found) {
            fs::remove_file(&aside).ok();
            return Err(self.error("write to", &error));
        }
        // What cannot be now is at the next start.
        self.close_what_ended().ok();
        self.scrub();
        found.remove_parts();
        let counted = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {many}")),
        };
        let left_out = [counted(found.batches.len(), "batch", "batches"), counted(found.jobs.len(), "job", "jobs")];
        let left_out = left_out.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        self.complaint = Some(format!(
            "The queue {path} is damaged: {left_out} of it cannot be read. It was kept aside as {} and work goes on with the rest",
            aside.display()
        ));
        Ok(())
    }

    /// Copies what the file holds. By way of SQLite: whoever else opens and closes the file lifts its locks.
    fn copied_aside(&self) -> Result<PathBuf, String> {
        let aside = name_aside(&self.path);
        make_private(&aside).map_err(|error| error.to_string())?;
        // Its name is handed on as it is, UTF-8 or not.
        let name = ToSqlOutput::Borrowed(ValueRef::Text(aside.as_os_str().as_encoded_bytes()));
        let copied = self.connection.execute("VACUUM INTO ?1", [name]);
        copied.map_err(|error| {
            for end in ["", "-journal"] {
                fs::remove_file(beside(&aside, end)).ok();
            }
            words(&error)
        })?;
        Ok(aside)
    }

    /// Puts something readable there that nobody goes on with. The rows stay: those of a batch have numbers in a row.
    fn blank(&mut self, found: &Found) -> rusqlite::Result<()> {
        let ended = format!(
            "UPDATE jobs SET state = {CANCELLED}, ended_ms = ?2, stage = NULL, committing = NULL, priority = NULL, rank = NULL"
        );
        let blank = format!(
            "{ended}, kind = {LINK}, number = NULL, details = NULL, output = NULL, error = NULL, error_kind = NULL"
        );
        let transaction = self.connection.transaction()?;
        for Unreadable { row, input, .. } in &found.jobs {
            let input = input.as_deref().unwrap_or("(damaged)");
            transaction.execute(&format!("{blank}, input = ?3 WHERE id = ?1"), params![row, now_ms(), input])?;
        }
        for batch in &found.batches {
            let left =
                format!("SELECT jobs.id FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH} AND {UNFINISHED}");
            transaction.execute(&format!("{ended} WHERE id IN ({left})"), params![batch, now_ms()])?;
            transaction.execute("UPDATE batches SET open = 0 WHERE id = ?1", [batch])?;
            self.to_scrub |= secrets::withhold(&transaction, *batch)?.is_some();
        }
        transaction.commit()
    }

    pub(super) fn try_load(&self) -> rusqlite::Result<Found> {
        let known: Vec<i64> = self.open.keys().copied().chain(self.read.values().map(|(batch, _)| *batch)).collect();
        let mut all = Found::default();
        let mut statement = self
            .connection
            .prepare("SELECT id, options, program, first_job - first FROM batches WHERE open = 1 ORDER BY id")?;
        let mut batches: Vec<(i64, BatchOptions, String, i64)> = Vec::new();
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let batch = row.get(0)?;
            if known.contains(&batch) {
                continue;
            }
            let read = || Ok((batch, from_json(&row.get::<_, String>(1)?)?, row.get(2)?, row.get(3)?));
            match readable(read())? {
                Some(read) => batches.push(read),
                None => all.batches.push(batch),
            }
        }
        for (batch, options, program, offset) in batches {
            let (mut jobs, mut rows, mut reached) = (Vec::new(), Vec::new(), Vec::new());
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT jobs.id, kind, input, number, details, stage, committing, priority, rank
                 FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH} AND {UNFINISHED} ORDER BY jobs.id"
            ))?;
            let mut found = statement.query([batch])?;
            while let Some(row) = found.next()? {
                let id = row.get(0)?;
                let Some(job) = readable(spec_of(row))? else {
                    let (output_dir, program) = (options.output_dir.clone(), program.clone());
                    let (input, number) = (row.get(2).ok(), (id + offset) as u32);
                    all.jobs.push(Unreadable { row: id, input, output_dir, program, number });
                    continue;
                };
                let came = reached_of(row, self.boot.as_deref())?;
                reached.extend(came.into_iter().map(|reached| (jobs.len(), reached)));
                rows.push(id);
                jobs.push(job);
            }
            drop(found);
            drop(statement);
            if jobs.is_empty() {
                continue;
            }
            let (made, inputs) = self.to_spare(batch, &options)?;
            let key = self.next_key + all.leftovers.len() as u32;
            let numbers = rows.iter().map(|row| (row + offset) as u32).collect();
            let origin = Origin { program: program.into(), numbers };
            all.read.push((key, (batch, rows)));
            all.leftovers.push(Leftover {
                key,
                batch: Arc::new(Batch { options: Arc::new(options), jobs }),
                origin,
                reached,
                made,
                inputs,
            });
        }
        Ok(all)
    }
}
