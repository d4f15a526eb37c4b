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
