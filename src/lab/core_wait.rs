//! How long lanes were ready to compute and had no core, by what the system counts for each thread. Without it, a busy
//! machine would make work that computes look like work that waits.

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
        CoreWait { others: system::lanes(), workers: Vec::new(), before: Duration::ZERO }
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
        let own = std::process::id();
        let lanes = system::lanes().into_iter().filter(|thread| !self.others.contains(thread));
        let lanes: Duration = lanes.map(|thread| system::waited(own, thread)).sum();
        let workers =
            self.workers.iter().flat_map(|pid| system::threads(*pid).into_iter().map(|thread| (*pid, thread)));
        lanes + workers.map(|(pid, thread)| system::waited(pid, thread)).sum::<Duration>()
    }
}

/// How long the thread that asks was ready to compute and had no core, since it began.
pub(super) fn of_this_thread() -> Duration {
    system::own_waited()
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::BTreeSet;
    use std::fs;
    use std::time::Duration;

    pub(super) fn threads(pid: u32) -> BTreeSet<u32> {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect()
    }

    /// The threads of this process that are lanes, by their names.
    pub(super) fn lanes() -> BTreeSet<u32> {
        let is_lane = |thread: &u32| {
            fs::read_to_string(format!("/proc/self/task/{thread}/comm")).is_ok_and(|name| name.starts_with("lane "))
        };
        threads(std::process::id()).into_iter().filter(is_lane).collect()
    }

    pub(super) fn waited(pid: u32, thread: u32) -> Duration {
        read(&format!("/proc/{pid}/task/{thread}/schedstat"))
    }

    pub(super) fn own_waited() -> Duration {
        read("/proc/thread-self/schedstat")
    }

    /// The second figure of `schedstat`: nanoseconds in the queue for a core.
    fn read(schedstat: &str) -> Duration {
        let text = fs::read_to_string(schedstat).unwrap_or_default();
        let figure = text.split_ascii_whitespace().nth(1).and_then(|figure| figure.parse().ok());
        Duration::from_nanos(figure.unwrap_or(0))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::collections::BTreeSet;
    use std::time::Duration;

    pub(super) fn threads(_: u32) -> BTreeSet<u32> {
        BTreeSet::new()
    }

    pub(super) fn lanes() -> BTreeSet<u32> {
        BTreeSet::new()
    }

    pub(super) fn waited(_: u32, _: u32) -> Duration {
        Duration::ZERO
    }

    pub(super) fn own_waited() -> Duration {
        Duration::ZERO
    }
}
