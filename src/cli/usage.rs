//! What a batch takes of the machine: the memory of the program and its workers, sampled on a thread of its own.

use crate::engine::cpu_time;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// How often memory is looked at. A shorter peak than this can be missed.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

pub(super) struct Meter {
    /// Process ids to watch, until it is dropped.
    pids: Option<Sender<u32>>,
    thread: Option<JoinHandle<u64>>,
    cpu_before: Duration,
}

pub(super) struct Usage {
    /// The most memory held at one time by the program and its workers, in bytes; 0 where it cannot be told.
    pub(super) peak_rss_bytes: u64,
    /// CPU time of the program without its workers.
    pub(super) own_cpu: Duration,
}

impl Meter {
    pub(super) fn start() -> Meter {
        let (pids, receiver) = crossbeam_channel::bounded(256);
        // Without the thread the batch runs all the same and the peak is not known.
        let thread = thread::Builder::new().name("memory meter".into()).spawn(move || sample(&receiver)).ok();
        Meter { pids: Some(pids), thread, cpu_before: cpu_time::of_this_process() }
    }

    /// Counts a worker in.
    pub(super) fn watch(&self, pid: u32) {
        if let Some(pids) = &self.pids {
            // A full channel means that the sampling thread is far behind: one worker missing is the lesser evil.
            pids.try_send(pid).ok();
        }
    }

    pub(super) fn stop(&mut self) -> Usage {
        self.pids = None;
        let peak_rss_bytes = self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Usage { peak_rss_bytes, own_cpu: cpu_time::of_this_process().saturating_sub(self.cpu_before) }
    }
}

fn sample(pids: &Receiver<u32>) -> u64 {
    let mut watched = vec![Pid::from_u32(std::process::id())];
    let Ok(mut system) = System::new() else { return 0 };
    let mut peak = 0;
    loop {
        let refresh = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&watched), true, refresh);
        let rss: u64 = watched.iter().filter_map(|pid| system.process(*pid)).map(sysinfo::Process::memory).sum();
        peak = peak.max(rss);
        match pids.recv_timeout(SAMPLE_EVERY) {
            Ok(pid) => watched.push(Pid::from_u32(pid)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return peak,
        }
    }
}
