//! How long lanes were ready to compute and had no core, by what the system counts for each thread. Without it, a busy
//! machine would make work that computes look like work that waits.

use crate::task::threads::{self, Schedule};
use std::collections::BTreeSet;
use std::time::Duration;

/// Counts for the lanes that start after it, and for the workers that it is told of.
#[derive(Debug)]
pub(super) struct CoreWait {
    /// Lanes of other engines.
    others: BTreeSet<u32>,
    workers: Vec<u32>,
    before: Duration,
}

impl CoreWait {
    /// To be called before the lanes start.
    pub(super) fn new() -> CoreWait {
        CoreWait { others: lanes().collect(), workers: Vec::new(), before: Duration::ZERO }
    }

    /// Counts a worker process in.
    pub(super) fn add(&mut self, pid: u32) {
        self.workers.push(pid);
    }

    /// Counts from now on.
    pub(super) fn begin(&mut self) {
        self.before = self.so_far();
    }

    /// What it was since. To be called before the lanes end.
    pub(super) fn end(&self) -> Duration {
        self.so_far().saturating_sub(self.before)
    }

    fn so_far(&self) -> Duration {
        let lanes = lanes().filter(|thread| !self.others.contains(thread)).map(|thread| (std::process::id(), thread));
        let workers = self.workers.iter().flat_map(|pid| threads::of(*pid).into_iter().map(|thread| (*pid, thread)));
        lanes.chain(workers).map(|(pid, thread)| waited(Schedule::of(pid, thread))).sum()
    }
}

/// How long the thread that asks was ready to compute and had no core, since it began.
pub(super) fn of_this_thread() -> Duration {
    waited(Schedule::of_this_thread())
}

/// The threads of this process that are lanes.
fn lanes() -> impl Iterator<Item = u32> {
    threads::named("lane ")
}

fn waited(thread: Option<Schedule>) -> Duration {
    thread.map_or(Duration::ZERO, |thread| thread.so_far().waited)
}
