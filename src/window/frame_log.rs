//! What frames cost. A frame's cost is the CPU time of the window's thread until the next one begins, so it includes
//! tessellation and drawing. With `MILLRACE_FRAME_LOG=FILE` every frame becomes a line of JSON.

use super::waker::Waker;
use crate::engine::cpu_time;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// Measures, and writes if asked to.
pub(crate) struct FrameLog {
    /// Written a line at a time, so that a program that is ended from outside has told everything.
    file: Option<File>,
    began: Instant,
    last: Option<(Instant, Duration)>,
}

impl FrameLog {
    pub(crate) fn from_env() -> FrameLog {
        let path = std::env::var_os("MILLRACE_FRAME_LOG").filter(|path| !path.is_empty());
        // A log that cannot be written is not worth stopping for.
        let file = path.and_then(|path| File::options().create(true).append(true).open(path).ok());
        FrameLog { file, began: Instant::now(), last: None }
    }

    /// A frame begins, so the one before it is complete.
    pub(crate) fn frame_begins(&mut self, waker: &Waker) {
        let now = (Instant::now(), cpu_time::of_this_thread());
        if let Some(cost) = self.write_last(now.1) {
            waker.set_cost(cost);
        }
        self.last = Some(now);
    }

    fn write_last(&mut self, cpu_now: Duration) -> Option<Duration> {
        let (at, cpu) = self.last?;
        let cost = cpu_now.saturating_sub(cpu);
        if let Some(file) = &mut self.file {
            let (at_ms, cpu_ms) = ((at - self.began).as_secs_f64() * 1e3, cost.as_secs_f64() * 1e3);
            file.write_all(format!("{{\"at_ms\":{at_ms:.3},\"cpu_ms\":{cpu_ms:.3}}}\n").as_bytes()).ok();
        }
        Some(cost)
    }
}

impl Drop for FrameLog {
    fn drop(&mut self) {
        self.write_last(cpu_time::of_this_thread());
    }
}
