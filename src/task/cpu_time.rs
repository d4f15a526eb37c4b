//! CPU time, read from the system's own clocks. Where there is none, zero.

use std::cell::Cell;
use std::time::Duration;

thread_local! {
    /// What other threads took for the work of this one.
    static ELSEWHERE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Counts what another thread took for the work of the calling one.
pub fn add(took: Duration) {
    ELSEWHERE.set(ELSEWHERE.get() + took);
}

/// What other threads took for the work of the calling one, as far as they are done.
pub fn elsewhere() -> Duration {
    ELSEWHERE.get()
}

/// CPU time of the calling thread since it started.
pub fn of_this_thread() -> Duration {
    clock(Clock::Thread)
}

/// CPU time of all threads of this process since it started.
pub fn of_this_process() -> Duration {
    clock(Clock::Process)
}

/// Some threads of this process, whose CPU time is asked for again and again.
#[derive(Debug)]
pub struct Threads {
    #[cfg(target_os = "linux")]
    counts: Vec<std::fs::File>,
}

impl Threads {
    /// Those whose names begin so, at this moment. Empty where the system does not tell.
    #[cfg(target_os = "linux")]
    pub fn named(prefix: &str) -> Threads {
        use std::fs;
        let of_thread = |entry: fs::DirEntry| {
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            name.starts_with(prefix).then(|| fs::File::open(entry.path().join("schedstat")).ok())?
        };
        let entries = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        Threads { counts: entries.filter_map(of_thread).collect() }
    }

    /// CPU time of all of them together since they started, to about a scheduler's tick.
    #[cfg(target_os = "linux")]
    pub fn cpu_time(&self) -> Duration {
        use std::os::unix::fs::FileExt;
        let read = |file: &std::fs::File| {
            let mut text = [0; 64];
            let length = file.read_at(&mut text, 0).ok()?;
            // The first figure: nanoseconds on a core.
            let figure = text[..length].split(u8::is_ascii_whitespace).next()?;
            str::from_utf8(figure).ok()?.parse::<u64>().ok()
        };
        Duration::from_nanos(self.counts.iter().filter_map(read).sum())
    }

    #[cfg(not(target_os = "linux"))]
    pub fn named(_: &str) -> Threads {
        Threads {}
    }

    #[cfg(not(target_os = "linux"))]
    pub fn cpu_time(&self) -> Duration {
        Duration::ZERO
    }
}

#[derive(Clone, Copy)]
enum Clock {
    Thread,
    Process,
}

#[cfg(unix)]
fn clock(which: Clock) -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(match which {
        Clock::Thread => ClockId::ThreadCPUTime,
        Clock::Process => ClockId::ProcessCPUTime,
    });
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn clock(_: Clock) -> Duration {
    Duration::ZERO
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;
    use std::thread;

    #[test]
    fn threads_are_found_by_name_and_counted_apart() {
        let (go, wait) = bounded::<()>(1);
        let (done, ready) = bounded(2);
        let busy = thread::Builder::new().name("busy-with-it".to_owned()).spawn(move || {
            // It has its name by now.
            done.send(()).ok();
            wait.recv().ok();
            while of_this_thread() < Duration::from_millis(60) {
                std::hint::spin_loop();
            }
            done.send(()).ok();
            wait.recv().ok();
        });
        ready.recv().expect("it starts");
        let threads = Threads::named("busy-w");
        let before = threads.cpu_time();
        assert!(before < Duration::from_millis(30), "{before:?} before it began");
        go.send(()).expect("it waits");
        ready.recv().expect("it ends");
        let took = threads.cpu_time().saturating_sub(before);
        assert!(took > Duration::from_millis(30), "only {took:?}");
        assert_eq!(Threads::named("nobody is called so").cpu_time(), Duration::ZERO);
        drop(go);
        busy.expect("started").join().expect("ended");
    }
}
