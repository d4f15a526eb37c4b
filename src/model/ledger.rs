//! What the journal must bring back, worked out from its records in memory: the measure for the real one.

use super::record::Origin;
use super::{Batch, ErrorKind, JobId, JobState, Leftover, Outcome, Reached, Record};
use std::sync::Arc;

/// Every batch ever submitted, with how its jobs stand.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    batches: Vec<Entry>,
    nobody: Standing,
}

#[derive(Debug)]
struct Entry {
    program: Arc<str>,
    first: JobId,
    batch: Arc<Batch>,
    jobs: Vec<Standing>,
}

#[derive(Debug, Clone, Default)]
struct Standing {
    state: JobState,
    /// Stopped for a full disk: taken up again.
    disk_full: bool,
    removed: bool,
    stage: Option<Reached>,
    moved: Option<Reached>,
}

impl Ledger {
    pub(crate) fn keep(&mut self, record: &Record) {
        match record {
            Record::Submitted { program, first, batch } => {
                let jobs = vec![Standing::default(); batch.jobs.len()];
                let program = Arc::clone(program);
                self.batches.push(Entry { program, first: *first, batch: Arc::clone(batch), jobs });
            }
            // The same jobs under other numbers: whoever needs that starts a ledger of its own.
            Record::Restored { .. } | Record::Committing { .. } => {}
            Record::StageDone { attempt, output, part } => {
                self.job(attempt.job).stage = Some(Reached::Stage { output: output.clone(), part: part.clone() });
            }
            Record::Finished { job, outcome, .. } => {
                let disk_full = matches!(outcome, Outcome::Failed(failure) if failure.kind == ErrorKind::DiskFull);
                let job = self.job(*job);
                (job.state, job.stage, job.disk_full) = (outcome.state(), None, disk_full);
            }
            Record::Computed(answers) => {
                for (job, _) in answers {
                    self.job(*job).state = JobState::Done;
                }
            }
            Record::Requeued(job) => {
                let job = self.job(*job);
                *job = Standing { removed: job.removed, ..Standing::default() };
            }
            Record::Moved(job, place) => self.job(*job).moved = Some(Reached::Moved(*place)),
            Record::Removed(job) => self.job(*job).removed = true,
        }
    }

    /// How a job stands. One that was never submitted here, since it was restored, stands for nothing.
    fn job(&mut self, id: JobId) -> &mut Standing {
        let entry = self.batches.iter_mut().rev().find(|entry| entry.first <= id);
        entry.and_then(|entry| entry.jobs.get_mut((id.0 - entry.first.0) as usize)).unwrap_or(&mut self.nobody)
    }

    /// What is unfinished, in the order of submission, with the numbers that the jobs had.
    pub(crate) fn leftovers(&self) -> Vec<(Leftover, Vec<JobId>)> {
        let left =
            |standing: &Standing| !standing.removed && (standing.state == JobState::Queued || standing.disk_full);
        let mut leftovers = Vec::new();
        for entry in &self.batches {
            let places: Vec<usize> = (0..entry.jobs.len()).filter(|place| left(&entry.jobs[*place])).collect();
            if places.is_empty() {
                continue;
            }
            let jobs = places.iter().map(|place| entry.batch.jobs[*place].clone()).collect();
            let batch = Arc::new(Batch { options: Arc::clone(&entry.batch.options), jobs });
            let mut reached = Vec::new();
            for (place, standing) in places.iter().map(|place| &entry.jobs[*place]).enumerate() {
                reached.extend(standing.moved.iter().chain(&standing.stage).map(|reached| (place, reached.clone())));
            }
            let ids = places.iter().map(|place| JobId(entry.first.0 + *place as u32)).collect();
            let numbers = places.iter().map(|place| entry.first.0 + *place as u32).collect();
            let origin = Origin { program: Arc::clone(&entry.program), numbers };
            leftovers.push((
                Leftover { key: leftovers.len() as u32, batch, origin, reached, made: Vec::new(), inputs: Vec::new() },
                ids,
            ));
        }
        leftovers
    }
}
