//! Wakes the window from other threads: at most one pending request, and never sooner than the window can take it.

use egui::Context;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A frame every 33 ms at most while work runs.
const LEAST_GAP: Duration = Duration::from_millis(33);

/// Asks for a frame. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waker {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    ctx: OnceLock<Context>,
    pending: AtomicBool,
    gap_us: AtomicU64,
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

    /// Keeps three quarters of a core free of drawing, however slow the machine draws.
    pub(crate) fn set_cost(&self, last_frame: Duration) {
        let gap = (last_frame * 4).max(LEAST_GAP);
        self.shared.gap_us.store(gap.as_micros() as u64, Ordering::Relaxed);
    }

    /// Keeps the frames of moving things at least so far apart.
    pub(crate) fn set_least(&self, gap: Duration) {
        self.shared.least_us.store(gap.as_micros() as u64, Ordering::Relaxed);
    }

    /// The time between two frames while something moves.
    pub(crate) fn gap(&self) -> Duration {
        let [cost, least] = [&self.shared.gap_us, &self.shared.least_us].map(|gap| gap.load(Ordering::Relaxed));
        Duration::from_micros(cost.max(least)).max(LEAST_GAP)
    }
}
