//! Rows in the bin: out of sight and of every count, but still jobs of the engine, until they are removed for good or
//! taken out again.

use super::{Fact, Model};
use crate::model::JobId;

/// Rows that went into the bin together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binned {
    pub(crate) jobs: Vec<JobId>,
    /// Those of them that could start or run if they were not paused: neither told to stop nor final.
    pub(crate) open: Vec<JobId>,
    /// Those of these that no person wants to be paused.
    pub(crate) live: Vec<JobId>,
}

impl Model {
    /// Takes rows out of sight. The keyboard goes to the next one that stays.
    pub(crate) fn bin(&mut self, jobs: &[JobId]) -> Binned {
        let mut binned = Binned { jobs: Vec::with_capacity(jobs.len()), open: Vec::new(), live: Vec::new() };
        let had_cursor = self.view.cursor().is_some();
        let had_work = self.counts.unfinished() > 0;
        for job in jobs {
            let Some(fact) = self.facts.get(*job).copied().filter(|fact| !fact.binned) else { continue };
            self.chosen_changed(*job, &fact, &Fact { binned: true, ..fact });
            self.counts.take_off(&fact);
            if !fact.bucket.is_final() && !fact.stopping {
                // Paused whatever is known of it: a command that has it go on may be on its way.
                binned.open.push(*job);
                if !self.is_paused_by_a_person(*job, &fact) {
                    binned.live.push(*job);
                }
            }
            self.facts.set(*job, Some(Fact { binned: true, ..fact }));
            binned.jobs.push(*job);
        }
        let next = self.view.neighbour(|job| self.facts.get(job).is_none_or(|fact| fact.binned));
        for job in &binned.jobs {
            self.unchoose(*job);
        }
        if had_cursor && self.view.cursor().is_none() {
            self.view.go_to(next);
        }
        self.bin_changed();
        // What is out of sight holds up no end.
        if had_work {
            self.see_end();
        }
        binned
    }

    /// Shows rows of the bin again, chosen.
    pub(crate) fn unbin(&mut self, jobs: &[JobId]) {
        let mut back = Vec::with_capacity(jobs.len());
        for job in jobs {
            let Some(fact) = self.facts.get(*job).copied().filter(|fact| fact.binned) else { continue };
            let fact = Fact { binned: false, ..fact };
            self.counts.add(&fact);
            self.facts.set(*job, Some(fact));
            back.push(*job);
        }
        self.view.select(&back);
        self.bin_changed();
        if self.counts.unfinished() > 0 {
            self.stretch.taken_up(self.now);
        }
    }

    fn bin_changed(&mut self) {
        self.view.mark_stale_now();
        self.turn = None;
    }
}
