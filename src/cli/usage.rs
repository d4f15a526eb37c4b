//! What a batch takes of the machine: the memory of the program and its workers, sampled on a thread of its own.

use crate::engine::cpu_time;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// How often memory is looked at. A shorter peak than this can be missed.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// What the sampling thread is told.
enum News {
    /// A process to watch.
    Worker(u32),
    /// Whether anything runs: while nothing does, nothing is looked at.
    Work(bool),
}

pub(super) struct Meter {
    /// Until it is dropped.
    news: Option<Sender<News>>,
    thread: Option<JoinHandle<u64>>,
    running: usize,
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
        let (news, receiver) = crossbeam_channel::bounded(256);
        // Without the thread the batch runs all the same and the peak is not known.
        let thread = thread::Builder::new().name("memory meter".into()).spawn(move || sample(&receiver)).ok();
        Meter { news: Some(news), thread, running: 0, cpu_before: cpu_time::of_this_process() }
    }

    /// Counts a worker in.
    pub(super) fn watch(&self, pid: u32) {
        self.tell(News::Worker(pid));
    }

    /// An attempt began.
    pub(super) fn begun(&mut self) {
        self.running += 1;
        if self.running == 1 {
            self.tell(News::Work(true));
        }
    }

    /// An attempt ended.
    pub(super) fn finished(&mut self) {
        self.running = self.running.saturating_sub(1);
        if self.running == 0 {
            self.tell(News::Work(false));
        }
    }

    fn tell(&self, news: News) {
        if let Some(sender) = &self.news {
            // A full channel means that the sampling thread is far behind: a worker missing, or a look too many, is the
            // lesser evil.
            sender.try_send(news).ok();
        }
    }

    pub(super) fn stop(&mut self) -> Usage {
        self.news = None;
        let peak_rss_bytes = self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Usage { peak_rss_bytes, own_cpu: cpu_time::of_this_process().saturating_sub(self.cpu_before) }
    }
}

fn sample(news: &Receiver<News>) -> u64 {
    let mut watched = vec![Pid::from_u32(std::process::id())];
    let Ok(mut system) = System::new() else { return 0 };
    let (mut peak, mut works) = (0, true);
    loop {
        let refresh = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&watched), true, refresh);
        let rss: u64 = watched.iter().filter_map(|pid| system.process(*pid)).map(sysinfo::Process::memory).sum();
        peak = peak.max(rss);
        let told = if works {
            news.recv_timeout(SAMPLE_EVERY)
        } else {
            news.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match told {
            Ok(News::Worker(pid)) => watched.push(Pid::from_u32(pid)),
            Ok(News::Work(now)) => works = now,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return peak,
        }
    }
}
