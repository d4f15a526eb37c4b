//! The threads of processes, and what the scheduler gave them, as Linux tells. Elsewhere there are none to see.

pub use system::{Schedule, of};

use std::time::Duration;

/// What a thread had since it started, to about a scheduler's tick.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scheduled {
    /// On a core.
    pub ran: Duration,
    /// Ready to run, and without a core.
    pub waited: Duration,
}

/// The threads of this process whose names begin so, at this moment.
pub fn named(prefix: &str) -> impl Iterator<Item = u32> {
    of(std::process::id()).into_iter().filter(move |thread| system::name(*thread).starts_with(prefix))
}

#[cfg(target_os = "linux")]
mod system {
    use super::Scheduled;
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;
    use std::time::Duration;

    /// The threads of a process, by the numbers the system knows them by.
    pub fn of(pid: u32) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect()
    }

    /// The name of a thread of this process; empty once it ended.
    pub(super) fn name(thread: u32) -> String {
        fs::read_to_string(format!("/proc/self/task/{thread}/comm")).unwrap_or_default()
    }

    /// The scheduler's figures of one thread, to be asked for again and again.
    #[derive(Debug)]
    pub struct Schedule(File);

    impl Schedule {
        /// Of a thread of any process of the same person. `None` where the system does not tell.
        pub fn of(pid: u32, thread: u32) -> Option<Schedule> {
            File::open(format!("/proc/{pid}/task/{thread}/schedstat")).ok().map(Schedule)
        }

        /// Of the thread that asks.
        pub fn of_this_thread() -> Option<Schedule> {
            File::open("/proc/thread-self/schedstat").ok().map(Schedule)
        }

        /// What the thread had so far. Zero once it ended.
        pub fn so_far(&self) -> Scheduled {
            let mut text = [0; 64];
            let length = self.0.read_at(&mut text, 0).unwrap_or(0);
            let text = str::from_utf8(&text[..length]).unwrap_or_default();
            // Nanoseconds on a core, nanoseconds in the queue for one, turns.
            let mut figures = text.split_ascii_whitespace().map(|figure| figure.parse().unwrap_or(0));
            let mut next = || Duration::from_nanos(figures.next().unwrap_or(0));
            Scheduled { ran: next(), waited: next() }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Scheduled;

    /// None: they cannot be told here.
    pub fn of(_: u32) -> Vec<u32> {
        Vec::new()
    }

    pub(super) fn name(_: u32) -> String {
        String::new()
    }

    /// There is none here.
    #[derive(Debug)]
    pub struct Schedule(());

    impl Schedule {
        /// `None`: it cannot be told here.
        pub fn of(_: u32, _: u32) -> Option<Schedule> {
            None
        }

        /// `None`: it cannot be told here.
        pub fn of_this_thread() -> Option<Schedule> {
            None
        }

        /// Nothing.
        pub fn so_far(&self) -> Scheduled {
            Scheduled::default()
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::task::cpu_time;
    use crossbeam_channel::bounded;
    use std::thread;

    #[test]
    fn threads_are_found_by_name_and_counted_apart() {
        let ran = |prefix: &str| -> Vec<Duration> {
            let schedules = named(prefix).filter_map(|thread| Schedule::of(std::process::id(), thread));
            schedules.map(|schedule| schedule.so_far().ran).collect()
        };
        let (go, wait) = bounded::<()>(1);
        let (done, ready) = bounded(2);
        let busy = thread::Builder::new().name("busy-with-it".to_owned()).spawn(move || {
            // It has its name by now.
            done.send(()).ok();
            wait.recv().ok();
            while cpu_time::of_this_thread() < Duration::from_millis(60) {
                std::hint::spin_loop();
            }
            done.send(()).ok();
            wait.recv().ok();
        });
        ready.recv().expect("it starts");
        let before = ran("busy-w");
        assert!(before.len() == 1 && before[0] < Duration::from_millis(30), "{before:?} before it began");
        go.send(()).expect("it waits");
        ready.recv().expect("it ends");
        let took = ran("busy-w")[0].saturating_sub(before[0]);
        assert!(took > Duration::from_millis(30), "only {took:?}");
        assert!(ran("nobody is called so").is_empty());
        drop(go);
        busy.expect("started").join().expect("ended");
    }
}
