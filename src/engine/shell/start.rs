//! How an attempt comes to its lane: with its files, and with what is known of a file that is there already.

use super::Shell;
use crate::engine::commit::Slot;
use crate::engine::core::InputFile;
use crate::engine::naming;
use crate::model::{
    Assignment, AttemptId, Convert, Existing, Failure, Files, JobRef, LaneId, OnExists, Output, Source, Task, filename,
};
use std::path::PathBuf;

impl Shell {
    /// Hands an attempt to its lane. Answers its output where there is nothing to do.
    pub(super) fn start(
        &mut self,
        lane: LaneId,
        attempt: AttemptId,
        job: &JobRef,
        mut task: Task,
        part: &str,
        input: InputFile,
    ) -> Result<Option<Output>, Failure> {
        let fetched = matches!(task, Task::Download(_)).then_some(part);
        let output =
            if task.has_files() { self.workspace.output(job.options(), attempt, fetched)? } else { PathBuf::new() };
        let mut input = match input {
            InputFile::None => None,
            InputFile::Part => Some(self.workspace.part(job.options(), part)?),
            InputFile::Original => match job.source() {
                Source::File(path) => Some(path.to_owned()),
                Source::Link { .. } | Source::Page(_) | Source::Refused(_) | Source::Light(_) | Source::Lab(_) => None,
            },
        };
        if let Task::Download(download) = &mut task
            && let Some((name, path)) = self.existing(job)
        {
            let begins = job.options().on_exists == OnExists::Resume;
            if !begins && download.checksum.is_none() && is_sure_of_its_name(job) {
                return Ok(Some(Output { name, existing: true, ..Output::default() }));
            }
            input = (begins || download.checksum.is_some()).then_some(path);
            download.existing = Some(if begins { Existing::Begins(name) } else { Existing::Counts(name) });
        }
        if let (Task::Convert(convert), Source::File(path)) = (&mut task, job.source())
            && naming::may_be_done(job.options())
            && self.turns.is_next(attempt.job)
            && naming::is_there(path)
        {
            let done = self.done_already(attempt, job, convert);
            if convert.recipe.output.format.is_some()
                && let Some(name) = done.first()
            {
                return Ok(Some(Output { name: name.clone(), existing: true, ..Output::default() }));
            }
            convert.existing = done;
        }
        let assignment = Assignment { attempt, task, files: Files { input, output } };
        self.on(lane, |executor| executor.start(lane, assignment)).unwrap_or(Ok(())).map(|()| None)
    }

    /// The names that the result of a conversion may have and for which a file is there that stays in its place.
    fn done_already(&self, attempt: AttemptId, job: &JobRef, convert: &Convert) -> Vec<String> {
        let is_done = |output: &String| {
            let (folder, name) = naming::place_of(job, output);
            let rule = self.rule(job, attempt.job, output);
            matches!(self.committer.find(&folder, &name, &rule), Ok(Slot::Keep(_)))
        };
        naming::possible_names(&convert.name, &convert.recipe).into_iter().filter(is_done).collect()
    }

    /// The file that a download will probably be named like, where it is there already and that counts. The server may
    /// still give another name.
    fn existing(&self, job: &JobRef) -> Option<(String, PathBuf)> {
        let options = job.options();
        let name = probable_name(job).filter(|_| options.recipe.is_none())?;
        let path = options.output_dir.join(job.subfolder()).join(&name);
        let counts = match options.on_exists {
            OnExists::Skip => path.is_file(),
            // What a link leads to is not gone on with, since a link is not replaced.
            OnExists::Resume => path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()),
            OnExists::Rename | OnExists::Overwrite | OnExists::Newer => false,
        };
        (counts && !self.committer.made(&path, job.batch())).then_some((name, path))
    }

    /// What becomes of an output whose name is taken. A file that nobody looked at is not taken for its beginning: the
    /// server gave another name than was to be expected.
    pub(super) fn on_exists(job: &JobRef, name: &str) -> OnExists {
        match job.options().on_exists {
            OnExists::Resume if probable_name(job).as_deref() != Some(name) => OnExists::Rename,
            // Whether it is right was looked at before, or nobody knows.
            OnExists::Skip if has_checksum(job) && job.options().recipe.is_none() => OnExists::Rename,
            on_exists => on_exists,
        }
    }
}

fn has_checksum(job: &JobRef) -> bool {
    matches!(job.source(), Source::Link { details, .. } if details.checksum.is_some())
}

/// What a download will be named as far as anybody knows before it is asked for.
fn probable_name(job: &JobRef) -> Option<String> {
    let Source::Link { url, details } = job.source() else { return None };
    Some(details.name.as_deref().map_or_else(|| filename::from_url(url), filename::sanitized))
}

/// Whether no server is needed to tell the name: a list gives it, or the link ends in that of a file. One with a query, or
/// one that looks like a page, may lead to anything.
fn is_sure_of_its_name(job: &JobRef) -> bool {
    match job.source() {
        Source::Link { url, details } => {
            details.name.is_some() || !url.contains('?') && filename::is_never_a_page(&filename::from_url(url))
        }
        _ => false,
    }
}
