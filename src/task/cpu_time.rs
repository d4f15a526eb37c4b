//! CPU time, read from the system's own clocks. Where there is none, zero.

use std::time::Duration;

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
