//! How an accepted attempt's output comes to the committer: with the names that its files want, in its turn.

use super::Shell;
use crate::engine::commit::{Order, Originals, Rule};
use crate::engine::core::Input;
use crate::engine::journal::Journal;
use crate::engine::naming;
use crate::model::{AttemptId, Batch, Event, JobId, JobRef, Leftover, OnExists, Output, Reached, Source};
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of the files that batches read, where those of batches that may replace files must stay.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// By the first job of each batch, in order.
    of_batches: Vec<(JobId, Arc<Originals>)>,
    /// Those of jobs that earlier programs did.
    earlier: Vec<(Arc<Batch>, Vec<PathBuf>)>,
}

impl Inputs {
    fn see(&mut self, first: JobId, batch: &Arc<Batch>) {
        let earlier = self.earlier.iter().position(|(read, _)| Arc::ptr_eq(read, batch));
        let more = earlier.map(|place| self.earlier.swap_remove(place).1).unwrap_or_default();
        if batch.options.recipe.is_some() && batch.options.on_exists.replaces() {
            self.of_batches.push((first, Arc::new(Originals::new(Arc::clone(batch), more))));
        }
    }

    fn of(&self, job: &JobRef, id: JobId) -> Option<Arc<Originals>> {
        let after = self.of_batches.partition_point(|(first, _)| *first <= id);
        let (_, originals) = self.of_batches.get(after.checked_sub(1)?)?;
        originals.are_of(job.batch()).then(|| Arc::clone(originals))
    }
}

impl Shell {
    /// Follows the events, before anybody else sees them.
    pub(super) fn see(&mut self, event: &Event) {
        if let Event::JobsQueued { first, batch, .. } = event {
            self.inputs.see(*first, batch);
        }
        for order in self.turns.see(event) {
            self.committer.send(order);
        }
    }

    /// What a batch made before stays: the rest of it never takes its place, nor that of what it read.
    pub(super) fn claim_what_was_made(&mut self, leftovers: &[Leftover]) {
        for leftover in leftovers {
            self.inputs.earlier.push((Arc::clone(&leftover.batch), leftover.inputs.clone()));
            if leftover.batch.options.on_exists == OnExists::Rename {
                continue;
            }
            let committed = leftover.reached.iter().filter_map(|(_, reached)| match reached {
                Reached::Committed { made, .. } => Some(made.all()),
                Reached::Stage { .. } | Reached::Moved(_) => None,
            });
            leftover.made.iter().map(PathBuf::as_path).chain(committed.flatten()).for_each(|path| {
                self.committer.claim(path, &leftover.batch);
            });
        }
    }

    /// Has the files of an attempt named. Answers where that is not possible.
    pub(super) fn commit(
        &mut self,
        attempt: AttemptId,
        job: &JobRef,
        part: Option<&str>,
        output: &Output,
    ) -> Option<Input> {
        let temporary = match self.workspace.output(job.options(), attempt, part) {
            Ok(temporary) => temporary,
            Err(failure) => return Some(Input::Committed { attempt, result: Err(failure) }),
        };
        // What the intent refers to must be kept before it.
        self.hand_over_records();
        let options = job.options();
        let (subfolder, names) = naming::wanted(job, output);
        let order = Order {
            attempt,
            temporary,
            root: options.output_dir.clone(),
            subfolder,
            names,
            lengths: output.pieces.iter().map(|piece| piece.bytes).collect(),
            rule: self.rule(job, attempt.job, &output.name),
            existing: output.existing,
            keep_times: options.keep_times,
            journal: self.journal.as_ref().filter(|_| options.kept).and_then(Journal::sender),
        };
        if let Some(order) = self.turns.wait(order) {
            self.committer.send(order);
        }
        None
    }

    /// What becomes of a job's file, `name`, where its name is taken.
    pub(super) fn rule(&self, job: &JobRef, id: JobId, name: &str) -> Rule {
        let input = match job.source() {
            Source::File(path) => Some(path.to_owned()),
            _ => None,
        };
        Rule {
            on_exists: Shell::on_exists(job, name),
            ordered: input.is_some(),
            input,
            originals: self.inputs.of(job, id),
            batch: Arc::downgrade(job.batch()),
        }
    }
}
