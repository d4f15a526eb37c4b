//! What frames cost. A frame's cost is the CPU time of the window's thread until the next one begins, so it includes
//! tessellation and drawing; where there is no graphics card, Mesa draws on threads of its own, which count for the pace.
//! With `MILLRACE_FRAME_LOG=FILE` every frame becomes a line of JSON.

use super::waker::Waker;
use crate::engine::cpu_time;
use crate::engine::threads::{self, Schedule};
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// What the threads of Mesa's software renderer are called.
const RENDERER: &str = "llvmpipe-";
/// By this frame they have started.
const RENDERER_STARTED: u32 = 3;

/// Measures, and writes if asked to.
pub(crate) struct FrameLog {
    /// Written a line at a time, so that a program that is ended from outside has told everything.
    file: Option<File>,
    began: Instant,
    last: Option<(Instant, Duration)>,
    frames: u32,
    renderer: Option<(Vec<Schedule>, Duration)>,
}

impl FrameLog {
    pub(crate) fn from_env() -> FrameLog {
        let path = std::env::var_os("MILLRACE_FRAME_LOG").filter(|path| !path.is_empty());
        // A log that cannot be written is not worth stopping for.
        let file = path.and_then(|path| File::options().create(true).append(true).open(path).ok());
        FrameLog { file, began: Instant::now(), last: None, frames: 0, renderer: None }
    }

    /// A frame begins, so the one before it is complete.
    pub(crate) fn frame_begins(&mut self, waker: &Waker) {
        let now = (Instant::now(), cpu_time::of_this_thread());
        if let Some(cost) = self.write_last(now.1) {
            waker.add_cost(cost + self.renderer_took());
        }
        self.last = Some(now);
    }

    /// What the renderer's threads took since they were asked for last.
    fn renderer_took(&mut self) -> Duration {
        self.frames = self.frames.saturating_add(1);
        if self.frames == RENDERER_STARTED {
            let own = std::process::id();
            let threads: Vec<_> = threads::named(RENDERER).filter_map(|thread| Schedule::of(own, thread)).collect();
            let so_far = ran(&threads);
            self.renderer = Some((threads, so_far));
        }
        let Some((threads, before)) = &mut self.renderer else { return Duration::ZERO };
        let so_far = ran(threads);
        so_far.saturating_sub(std::mem::replace(before, so_far))
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

fn ran(threads: &[Schedule]) -> Duration {
    threads.iter().map(|thread| thread.so_far().ran).sum()
}

impl Drop for FrameLog {
    fn drop(&mut self) {
        self.write_last(cpu_time::of_this_thread());
    }
}
