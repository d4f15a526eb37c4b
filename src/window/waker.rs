//! Wakes the window from other threads: at most one pending request, and never sooner than the window can take it.

use egui::Context;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A frame every 33 ms at most while work runs.
const LEAST_GAP: Duration = Duration::from_millis(33);
/// And four in a second, however slow the machine draws.
const MOST_GAP: Duration = Duration::from_millis(250);
/// Frames are so many times as far apart as they take: an eighth of a core.
const SHARE: u64 = 8;

/// Asks for a frame. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waker {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    ctx: OnceLock<Context>,
    pending: AtomicBool,
    /// What a frame costs, the last ones counting most.
    cost_us: AtomicU64,
    /// The least gap that somebody asked for.
    least_us: AtomicU64,
    is_to_close: AtomicBool,
}

impl Waker {
    /// Names the window to wake. Only the first call counts.
    pub(crate) fn attach(&self, ctx: &Context) {
        self.shared.ctx.get_or_init(|| ctx.clone());
    }

    /// Asks for a frame. Never blocks for long; any number of calls make one frame.
    pub(crate) fn wake(&self) {
        if !self.shared.pending.swap(true, Ordering::AcqRel)
            && let Some(ctx) = self.shared.ctx.get()
        {
            ctx.request_repaint_after(self.gap());
        }
    }

    /// Asks for a frame as soon as frames may follow one another.
    pub(crate) fn wake_soon(&self) {
        if let Some(ctx) = self.shared.ctx.get() {
            ctx.request_repaint_after(LEAST_GAP);
        }
    }

    /// Asks the window to close without a question: the system wants the program to end.
    pub(crate) fn close(&self) {
        self.shared.is_to_close.store(true, Ordering::Release);
        self.wake();
    }

    /// Whether it was asked to close.
    pub(crate) fn is_to_close(&self) -> bool {
        self.shared.is_to_close.load(Ordering::Acquire)
    }

    /// The window looks now: later calls ask again. Before it looks, so that nothing is missed.
    pub(crate) fn looked(&self) {
        self.shared.pending.store(false, Ordering::Release);
    }

    /// Says what a frame has cost, by which the next ones are set apart.
    pub(crate) fn add_cost(&self, frame: Duration) {
        let mean = self.shared.cost_us.load(Ordering::Relaxed);
        let frame = frame.min(MOST_GAP).as_micros() as u64;
        self.shared.cost_us.store((3 * mean + frame) / 4, Ordering::Relaxed);
    }

    /// Keeps the frames of moving things at least so far apart.
    pub(crate) fn set_least(&self, gap: Duration) {
        self.shared.least_us.store(gap.as_micros() as u64, Ordering::Relaxed);
    }

    /// The time between two frames while something moves.
    pub(crate) fn gap(&self) -> Duration {
        let [cost, least] = [&self.shared.cost_us, &self.shared.least_us].map(|us| us.load(Ordering::Relaxed));
        let by_cost = Duration::from_micros(cost * SHARE).clamp(LEAST_GAP, MOST_GAP);
        by_cost.max(Duration::from_micros(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dear_frames_are_set_apart_and_cheap_ones_are_not() {
        let gap_after = |cost_ms, frames| {
            let waker = Waker::default();
            (0..frames).for_each(|_| waker.add_cost(Duration::from_millis(cost_ms)));
            waker.gap()
        };
        assert_eq!(gap_after(2, 100), LEAST_GAP);
        let dear = gap_after(15, 100);
        assert!(dear > Duration::from_millis(110) && dear <= Duration::from_millis(120), "{dear:?}");
        assert_eq!(gap_after(80, 100), MOST_GAP);
        // One frame that took long is not the rule.
        let waker = Waker::default();
        waker.add_cost(Duration::from_secs(2));
        (0..20).for_each(|_| waker.add_cost(Duration::from_millis(2)));
        assert_eq!(waker.gap(), LEAST_GAP);
    }
}
