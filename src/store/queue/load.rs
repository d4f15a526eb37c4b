//! Reading what earlier programs left unfinished. Rows that cannot be read any more are left out, and said.

use super::file::{copy_aside, is_unreadable};
use super::left::{from_json, reached_of, spec_of};
use super::schema::{CANCELLED, LINK, OF_BATCH, UNFINISHED};
use super::{KeepError, Queue};
use crate::model::record::{Origin, PARTS_FOLDER, part_name};
use crate::model::{Batch, BatchOptions, Leftover};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// What is left of earlier programs, and what of it cannot be read.
#[derive(Default)]
pub(super) struct Found {
    pub(super) leftovers: Vec<Leftover>,
    read: Vec<(u32, (i64, Vec<i64>))>,
    /// Rows of jobs, and where their parts lie.
    pub(super) jobs: Vec<(i64, PathBuf)>,
    pub(super) batches: Vec<i64>,
}

impl Queue {
    /// Reads what earlier programs left unfinished. Jobs that stopped for a full disk are among it. What cannot be read any
    /// more is left out: the file as it was is kept aside, and `complaint` says so.
    ///
    /// # Errors
    ///
    /// Fails where the file is damaged as a whole, or cannot be read or kept aside just now. Then nothing of it counts as
    /// read.
    pub fn load(&mut self) -> Result<Vec<Leftover>, KeepError> {
        let found = self.try_load().map_err(|error| self.error("read", &error))?;
        if !found.jobs.is_empty() || !found.batches.is_empty() {
            self.leave_out(&found)?;
        }
        // Known from here on.
        self.next_key += found.leftovers.len() as u32;
        self.read.extend(found.read);
        Ok(found.leftovers)
    }

    /// What had to be left out since this was last asked.
    pub fn complaint(&mut self) -> Option<String> {
        self.complaint.take()
    }

    /// Gives up what cannot be read.
    fn leave_out(&mut self, found: &Found) -> Result<(), KeepError> {
        let path = self.path.display().to_string();
        let aside = copy_aside(&self.path)
            .map_err(|error| KeepError::Later(format!("The damaged queue {path} cannot be kept aside: {error}")))?;
        self.blank(found).map_err(|error| self.error("write to", &error))?;
        for (_, part) in &found.jobs {
            fs::remove_file(part).ok();
        }
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

    /// Puts something readable there that nobody goes on with. The rows stay: those of a batch have numbers in a row.
    fn blank(&mut self, found: &Found) -> rusqlite::Result<()> {
        let blank = format!(
            "UPDATE jobs SET kind = {LINK}, input = '(damaged)', number = NULL, details = NULL, state = {CANCELLED}, output = NULL,
                 error = NULL, error_kind = NULL, stage = NULL, committing = NULL, priority = NULL, rank = NULL"
        );
        let transaction = self.connection.transaction()?;
        for (job, _) in &found.jobs {
            transaction.execute(&format!("{blank} WHERE id = ?1"), [job])?;
        }
        for batch in &found.batches {
            let left =
                format!("SELECT jobs.id FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH} AND {UNFINISHED}");
            transaction.execute(&format!("{blank} WHERE id IN ({left})"), [batch])?;
            // Taken back already, as far as anybody asks: it cannot be.
            transaction.execute("UPDATE batches SET open = 0, undone = 1 WHERE id = ?1", [batch])?;
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
            match read() {
                Ok(read) => batches.push(read),
                Err(error) if is_unreadable(&error) => all.batches.push(batch),
                Err(error) => return Err(error),
            }
        }
        for (batch, options, program, offset) in batches {
            let part =
                |row: i64| options.output_dir.join(PARTS_FOLDER).join(part_name(&program, (row + offset) as u32));
            let (mut jobs, mut rows, mut reached) = (Vec::new(), Vec::new(), Vec::new());
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT jobs.id, kind, input, number, details, stage, committing, priority, rank
                 FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH} AND {UNFINISHED} ORDER BY jobs.id"
            ))?;
            let mut found = statement.query([batch])?;
            while let Some(row) = found.next()? {
                let id = row.get(0)?;
                match spec_of(row).and_then(|job| Ok((job, reached_of(row, self.boot.as_deref())?))) {
                    Ok((job, came)) => {
                        reached.extend(came.into_iter().map(|reached| (jobs.len(), reached)));
                        rows.push(id);
                        jobs.push(job);
                    }
                    Err(error) if is_unreadable(&error) => all.jobs.push((id, part(id))),
                    Err(error) => return Err(error),
                }
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
