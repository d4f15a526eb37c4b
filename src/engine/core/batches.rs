//! Batches as the core keeps them: what each job is to do, and when nothing is left of one.

use super::job::Job;
use super::{Core, Effect};
use crate::model::record::{Origin, part_name};
use crate::model::{Batch, BatchId, Event, JobId, JobRef, Light, Pool, Source};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct BatchState {
    pub(super) batch: Arc<Batch>,
    pub(super) first: JobId,
    /// Jobs that have not reached a final state.
    unfinished: usize,
    /// Whether anything of it is written to its folder.
    has_files: bool,
    /// Who named its parts, where that was an earlier program.
    origin: Option<Origin>,
}

impl Core {
    /// Adds the jobs of a batch, which wait nowhere yet.
    pub(super) fn add(&mut self, batch: &Arc<Batch>, origin: Option<Origin>) -> (BatchId, JobId) {
        let id = BatchId(self.batches.len() as u32);
        let first = JobId(self.jobs.len() as u32);
        let count = batch.jobs.len();
        let has_files = batch.jobs.iter().any(|job| job.source().has_file());
        self.batches.push(BatchState { batch: Arc::clone(batch), first, unfinished: count, has_files, origin });
        self.use_folder(self.batches.len() - 1);
        self.jobs.reserve_exact(count);
        self.jobs.extend(std::iter::repeat_with(Job::default).take(count));
        (id, first)
    }

    pub(super) fn batch_index(&self, id: JobId) -> Option<usize> {
        self.batches.partition_point(|batch| batch.first <= id).checked_sub(1)
    }

    pub(super) fn batch_of(&self, id: JobId) -> Option<&BatchState> {
        self.batches.get(self.batch_index(id)?)
    }

    /// What a job is to do.
    pub(super) fn spec(&self, id: JobId) -> Option<JobRef> {
        let batch = self.batch_of(id)?;
        let place = (id.0 - batch.first.0) as usize;
        (place < batch.batch.jobs.len()).then(|| JobRef::new(Arc::clone(&batch.batch), place))
    }

    /// The name of the part of a job's download.
    pub(super) fn part_of(&self, id: JobId) -> String {
        let earlier = self.batch_of(id).and_then(|batch| {
            let origin = batch.origin.as_ref()?;
            Some((&origin.program, *origin.numbers.get((id.0 - batch.first.0) as usize)?))
        });
        let (program, number) = earlier.unwrap_or((&self.program, id.0));
        part_name(program, number)
    }

    /// The pool of a job's next or current task.
    pub(super) fn pool(&self, id: JobId) -> Option<Pool> {
        let stage = self.job(id)?.stage();
        self.spec(id)?.stages().get(stage).copied()
    }

    /// The computation of a light job.
    pub(super) fn light(&self, id: JobId) -> Option<Light> {
        let batch = self.batch_of(id)?;
        match batch.batch.jobs.get((id.0 - batch.first.0) as usize)?.source() {
            Source::Light(light) => Some(light),
            _ => None,
        }
    }

    /// Counts a job that was queued anew towards its batch.
    pub(super) fn one_more(&mut self, id: JobId) {
        let Some(index) = self.batch_index(id) else { return };
        self.batches[index].unfinished += 1;
        if self.batches[index].unfinished == 1 {
            self.use_folder(index);
        }
    }

    /// Counts a job that ended off its batch.
    pub(super) fn one_less(&mut self, id: JobId) {
        let Some(index) = self.batch_index(id) else { return };
        self.batches[index].unfinished -= 1;
        if self.batches[index].unfinished == 0 {
            self.leave_folder(index);
            self.emit(Event::BatchFinished(BatchId(index as u32)));
        }
    }

    /// Notes that an unfinished batch writes to its folder.
    fn use_folder(&mut self, batch: usize) {
        let batch = &self.batches[batch];
        if batch.has_files {
            *self.folders.entry(batch.batch.options.output_dir.clone()).or_default() += 1;
        }
    }

    /// Notes that a batch has ended, and has its folder tidied if no other writes there.
    fn leave_folder(&mut self, batch: usize) {
        let BatchState { batch, has_files, .. } = &self.batches[batch];
        let options = Arc::clone(&batch.options);
        if let Some(users) = self.folders.get_mut(&options.output_dir).filter(|_| *has_files) {
            *users -= 1;
            if *users == 0 {
                self.folders.remove(&options.output_dir);
                self.out.push(Effect::Tidy(options));
            }
        }
    }
}
