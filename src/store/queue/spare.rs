//! What the rest of a batch must leave alone: the files that its other jobs made, and those that they read.

use super::Queue;
use super::file::readable;
use super::left::{Committing, spec_of};
use super::schema::{DONE, FILE, OF_BATCH, SPECIAL};
use crate::model::{BatchOptions, JobSpec, OnExists, Source};
use rusqlite::params;
use std::path::{Path, PathBuf};

impl Queue {
    /// The files that jobs of a batch made, or were done with, and those that they read. Empty where nothing can be replaced.
    pub(super) fn to_spare(
        &self,
        batch: i64,
        options: &BatchOptions,
    ) -> rusqlite::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
        if options.on_exists == OnExists::Rename {
            return Ok((Vec::new(), Vec::new()));
        }
        let converts = options.recipe.is_some();
        let inputs = if converts { self.inputs(batch)? } else { Vec::new() };
        Ok((self.made(batch, &options.output_dir, converts)?, inputs))
    }

    /// The files that jobs of a batch made, and those that its conversions were done with. Paths in texts lost what is not
    /// UTF-8 in them; the bytes of their folder are known.
    fn made(&self, batch: i64, folder: &Path, also_kept: bool) -> rusqlite::Result<Vec<PathBuf>> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT output, ifnull(committing, '') FROM batches, jobs WHERE batches.id = ?1 AND {OF_BATCH}
                 AND output IS NOT NULL
                 AND state = {DONE} AND kind < 3 AND (committing IS NOT NULL
                     OR ?2 AND (kind = {FILE} OR kind = {SPECIAL} AND details LIKE '{{\"File\"%'))"
        ))?;
        let shown = folder.to_string_lossy();
        let path = |output: String| match Path::new(&output).strip_prefix(&*shown) {
            Ok(below) => folder.join(below),
            Err(_) => PathBuf::from(output),
        };
        let mut made = Vec::new();
        let mut rows = statement.query(params![batch, also_kept])?;
        while let Some(row) = rows.next()? {
            // What cannot be read any more is known by its first file.
            let committing = row.get::<_, String>(1).and_then(|text| Committing::read(&text));
            let (files, _) = readable(committing)?.unwrap_or_default();
            made.extend(readable(row.get(0))?.map(path));
            made.extend(files.into_iter().map(|naming| naming.path));
        }
        made.dedup();
        Ok(made)
    }

    fn inputs(&self, batch: i64) -> rusqlite::Result<Vec<PathBuf>> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT jobs.id, kind, input, number, details FROM batches, jobs
                 WHERE batches.id = ?1 AND {OF_BATCH} AND state <> 0 AND kind IN ({FILE}, {SPECIAL})"
        ))?;
        let mut inputs = Vec::new();
        let mut rows = statement.query([batch])?;
        while let Some(row) = rows.next()? {
            let job = readable(spec_of(row))?;
            if let Some(Source::File(path)) = job.as_ref().map(JobSpec::source) {
                inputs.push(path.to_owned());
            }
        }
        Ok(inputs)
    }
}
