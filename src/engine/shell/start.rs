//! How an attempt comes to its lane: with its files, and with what is known of a file that is there already.

use super::Shell;
use crate::engine::core::InputFile;
use crate::model::{Assignment, AttemptId, Failure, Files, JobRef, LaneId, OnExists, Output, Source, Task, filename};
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
        let output = self.workspace.output(job.options(), attempt, fetched)?;
        let mut input = match input {
            InputFile::None => None,
            InputFile::Part => Some(self.workspace.part(job.options(), part)?),
            InputFile::Original => match job.source() {
                Source::File(path) => Some(path.to_owned()),
                Source::Link { .. } | Source::Refused(_) | Source::Light(_) => None,
            },
        };
        if let Task::Download(download) = &mut task
            && let Some((name, path)) = self.existing(job)
        {
            match job.options().on_exists {
                OnExists::Skip if download.name.is_some() => {
                    return Ok(Some(Output { name, existing: true, ..Output::default() }));
                }
                OnExists::Resume => input = Some(path),
                _ => {}
            }
            download.existing = Some(name);
        }
        let assignment = Assignment { attempt, task, files: Files { input, output } };
        self.on(lane, |executor| executor.start(lane, assignment)).unwrap_or(Ok(())).map(|()| None)
    }

    /// The file that a download will probably be named like, where it is there already and that counts. The server may
    /// still give another name.
    fn existing(&self, job: &JobRef) -> Option<(String, PathBuf)> {
        let options = job.options();
        let counts = matches!(options.on_exists, OnExists::Skip | OnExists::Resume) && options.recipe.is_none();
        let Source::Link { url, details } = job.source() else { return None };
        let name = details.name.as_deref().map_or_else(|| filename::from_url(url), filename::sanitized);
        let folder = options.output_dir.join(job.subfolder());
        (counts && self.committer.is_there(&folder, &name)).then(|| (name.clone(), folder.join(name)))
    }
}
