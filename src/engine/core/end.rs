//! The end of the program. What runs is queued again by the next one, apart from what a person wanted to end: that has
//! ended, whether or not there was time to hear so from its lane.

use super::Core;
use super::job::{Fate, Job};
use crate::model::{AttemptId, JobId, Outcome, Timing};

impl Core {
    /// Ends the jobs that were cancelled or removed while they ran. Nothing begins any more.
    pub(super) fn end(&mut self) {
        self.ending = true;
        let has_fate = |core: &Core, job: JobId, fates: &[Fate]| {
            core.job(job).and_then(Job::fate).is_some_and(|fate| fates.contains(&fate))
        };
        let told = [Fate::Cancelling, Fate::Removing];
        let stopping: Vec<_> = self.inflight().filter(|(_, attempt)| has_fate(self, attempt.job, &told)).collect();
        for (lane, attempt) in stopping {
            let Some(live) = self.leave_lane(lane, attempt) else { continue };
            let wall_us = live.since.map_or(0, |since| (self.now - since).as_micros() as u64);
            self.cancelled(lane, attempt, live, Timing { wall_us, cpu_us: 0 });
        }
        // Their files did not get their names: who was to give them has ended.
        let all = (0..self.jobs.len() as u32).map(JobId);
        let unnamed: Vec<JobId> = all.filter(|job| has_fate(self, *job, &[Fate::CommittingToRemove])).collect();
        for id in unnamed {
            let Some(job) = self.job_mut(id) else { continue };
            let attempt = AttemptId { job: id, number: job.begun };
            job.run_mut().live = None;
            self.discard(attempt);
            self.finish(id, Outcome::Cancelled);
            self.remove_row(id);
        }
    }
}
