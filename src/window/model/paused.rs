//! Which jobs a person wants to be paused. Commands are on their way for a moment, so what the engine told last is not
//! always what was asked for last.

use super::marks::Marks;
use super::{Fact, Model};
use crate::model::JobId;

/// What was asked for of each job.
#[derive(Debug, Default)]
pub(super) struct Paused {
    /// Those that were asked to pause or to go on, by a person or by the bin. Of others, what the engine tells holds.
    asked: Marks,
    /// Those of them that a person wants to be paused.
    wanted: Marks,
}

impl Paused {
    fn want(&mut self, job: JobId, paused: bool) {
        self.asked.insert(job);
        if paused {
            self.wanted.insert(job);
        } else {
            self.wanted.remove(job);
        }
    }

    /// A job ended. Nothing that was asked for before holds for another try.
    pub(super) fn forget(&mut self, job: JobId) {
        self.asked.remove(job);
        self.wanted.remove(job);
    }
}

impl Model {
    /// A person has jobs paused, or has them go on.
    pub(crate) fn want_paused(&mut self, jobs: &[JobId], paused: bool) {
        for job in jobs {
            self.held_back.want(*job, paused);
        }
    }

    /// A person has everything go on: not what is in the bin.
    pub(crate) fn want_all_to_go_on(&mut self) {
        let in_sight = |job: &JobId| self.is_in_sight(*job);
        let mut jobs: Vec<JobId> = self.held_back.wanted.iter().filter(in_sight).collect();
        if self.counts.halted() > 0 {
            jobs.extend(self.facts.iter().filter(|(_, fact)| fact.halted && !fact.binned).map(|(job, _)| job));
        }
        self.want_paused(&jobs, false);
    }

    /// Notes that a job is put into the bin, which pauses it, and tells whether a person wants it to be paused.
    pub(super) fn is_paused_by_a_person(&mut self, job: JobId, fact: &Fact) -> bool {
        let is_asked = self.held_back.asked.contains(job);
        let is_wanted = if is_asked { self.held_back.wanted.contains(job) } else { fact.halted };
        self.held_back.want(job, is_wanted);
        is_wanted
    }
}
