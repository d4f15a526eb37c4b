//! The memory that a run takes: that of the program and its workers, sampled on a thread of its own.

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often it is looked at. A shorter peak can be missed; a look takes some microseconds for each process.
const SAMPLE_EVERY: Duration = Duration::from_millis(40);

/// What was held at the moment when it was the most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "each says its unit")]
pub(super) struct Peak {
    /// All together, in bytes.
    pub(super) rss_bytes: u64,
    /// Of that, what each process has for itself.
    pub(super) private_bytes: u64,
    /// Of that, files that are mapped by several: counted once.
    pub(super) shared_bytes: u64,
}

/// Samples until stopped.
#[derive(Debug)]
pub(super) struct Watch {
    pids: Option<Sender<u32>>,
    thread: Option<JoinHandle<Peak>>,
}

impl Watch {
    /// Watches this process.
    pub(super) fn start() -> Watch {
        let (pids, receiver) = crossbeam_channel::bounded(256);
        // Without the thread the run goes on all the same, and its memory is not known.
        let thread = thread::Builder::new().name("lab memory".into()).spawn(move || sample(&receiver)).ok();
        Watch { pids: Some(pids), thread }
    }

    /// Counts a process in.
    pub(super) fn add(&self, pid: u32) {
        if let Some(pids) = &self.pids {
            // Full only if the sampling thread is far behind: a process that is not counted is the lesser evil.
            pids.try_send(pid).ok();
        }
    }

    pub(super) fn stop(mut self) -> Peak {
        self.pids = None;
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

fn sample(pids: &Receiver<u32>) -> Peak {
    let mut watched = vec![Process::new(std::process::id())];
    let mut peak = Peak::default();
    loop {
        let now = held(&mut watched);
        if now.rss_bytes > peak.rss_bytes {
            peak = now;
        }
        match pids.recv_timeout(SAMPLE_EVERY) {
            Ok(pid) => watched.push(Process::new(pid)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return peak,
        }
    }
}

/// What is held now. Processes that are gone are forgotten.
fn held(watched: &mut Vec<Process>) -> Peak {
    let mut all = Peak::default();
    watched.retain_mut(|process| {
        let Some((resident, shared)) = process.look() else { return false };
        all.private_bytes += resident.saturating_sub(shared);
        all.shared_bytes = all.shared_bytes.max(shared);
        true
    });
    all.rss_bytes = all.private_bytes + all.shared_bytes;
    all
}

#[cfg(target_os = "linux")]
struct Process {
    statm: Option<std::fs::File>,
    page_bytes: u64,
}

#[cfg(target_os = "linux")]
impl Process {
    fn new(pid: u32) -> Process {
        let statm = std::fs::File::open(format!("/proc/{pid}/statm")).ok();
        Process { statm, page_bytes: rustix::param::page_size() as u64 }
    }

    /// What is in memory, and what of that is mapped from files.
    fn look(&mut self) -> Option<(u64, u64)> {
        use std::os::unix::fs::FileExt;
        let mut text = [0; 128];
        let length = self.statm.as_ref()?.read_at(&mut text, 0).ok()?;
        let mut fields = std::str::from_utf8(&text[..length]).ok()?.split_ascii_whitespace().skip(1);
        let mut pages = || fields.next()?.parse::<u64>().ok();
        let (resident, shared) = (pages()?, pages()?);
        (resident > 0).then_some((resident * self.page_bytes, shared * self.page_bytes))
    }
}

#[cfg(not(target_os = "linux"))]
struct Process {
    pid: sysinfo::Pid,
    system: Option<sysinfo::System>,
}

#[cfg(not(target_os = "linux"))]
impl Process {
    fn new(pid: u32) -> Process {
        Process { pid: sysinfo::Pid::from_u32(pid), system: sysinfo::System::new().ok() }
    }

    /// What is in memory. What of that is shared cannot be told.
    fn look(&mut self) -> Option<(u64, u64)> {
        use sysinfo::{ProcessRefreshKind, ProcessesToUpdate};
        let (pid, system) = (self.pid, self.system.as_mut()?);
        let refresh = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, refresh);
        Some((system.process(pid)?.memory(), 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_taken_is_seen() {
        // Other tests of this process may give back as much meanwhile.
        let is_seen = (0..5).any(|_| {
            let watch = Watch::start();
            thread::sleep(SAMPLE_EVERY * 3);
            let before = Watch::start().stop();
            let taken = std::hint::black_box(vec![1_u8; 64 << 20]);
            thread::sleep(SAMPLE_EVERY * 3);
            drop(taken);
            let peak = watch.stop();
            assert_eq!(peak.rss_bytes, peak.private_bytes + peak.shared_bytes);
            peak.rss_bytes >= before.rss_bytes + (48 << 20)
        });
        assert!(is_seen);
    }
}
