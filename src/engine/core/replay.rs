//! The queue from its journal: what a program that starts again goes on from.

use super::job::Job;
use super::{Batch, Core, CoreConfig, Effect, Record};
use crate::model::{AttemptId, JobId, JobState, Outcome, Source};
use std::sync::Arc;

/// What of a job outlives the program. An attempt that ran when the program died is queued again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durable {
    /// Its state, with `Queued` for a job that runs.
    pub state: JobState,
    /// Which of its tasks is next.
    pub stage: usize,
    /// The attempt whose output that task reads.
    pub input: Option<AttemptId>,
    /// Whether its row was taken away.
    pub removed: bool,
}

impl Core {
    /// A core that goes on from its records, and the effects that open its lanes and start its work.
    pub fn replay(config: CoreConfig, records: impl IntoIterator<Item = Record>) -> (Core, Vec<Effect>) {
        let mut core = Core::closed(config);
        for record in records {
            core.apply(record);
        }
        for id in (0..core.jobs.len() as u32).map(JobId) {
            // Refused at the door, and the program died before that was kept.
            if let Some(Source::Refused(failure)) = core.queued_source(id) {
                core.finish(id, Outcome::Failed(failure));
            }
            core.enqueue(id);
        }
        core.reconcile_lanes();
        core.fill_lanes();
        let effects = std::mem::take(&mut core.out);
        (core, effects)
    }

    /// What a replay must bring back, job by job.
    pub fn durable(&self) -> Vec<Durable> {
        self.jobs
            .iter()
            .map(|job| Durable {
                state: if job.state == JobState::Running { JobState::Queued } else { job.state },
                stage: job.stage(),
                input: job.run.as_ref().and_then(|run| run.input),
                removed: job.removed,
            })
            .collect()
    }

    fn queued_source(&self, id: JobId) -> Option<Source> {
        self.job(id).filter(|job| job.state == JobState::Queued).map(|job| job.spec.source.clone())
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Submitted { batch, jobs, .. } => {
                let options = jobs.first().map(|spec| Arc::clone(&spec.options));
                self.batches.extend(options.map(|options| Batch { options, unfinished: jobs.len() }));
                self.jobs.extend(jobs.into_iter().map(|spec| Job::new(spec, batch)));
            }
            Record::StageDone { attempt, output } => {
                let Some(job) = self.job_mut(attempt.job) else { return };
                job.begun = attempt.number;
                let run = job.run_mut();
                run.merge(output);
                run.stage += 1;
                run.input = Some(attempt);
            }
            Record::Finished { job, outcome } => {
                let Some(job) = self.job_mut(job) else { return };
                job.state = outcome.state();
                job.run = None;
                let batch = job.batch;
                if let Some(batch) = self.batches.get_mut(batch.0 as usize) {
                    batch.unfinished -= 1;
                }
            }
            Record::Requeued(job) => {
                let Some(job) = self.job_mut(job) else { return };
                job.state = JobState::Queued;
                let batch = job.batch;
                if let Some(batch) = self.batches.get_mut(batch.0 as usize) {
                    batch.unfinished += 1;
                }
            }
            Record::Removed(job) => {
                if let Some(job) = self.job_mut(job) {
                    job.removed = true;
                }
            }
        }
    }
}
