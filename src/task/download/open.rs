//! A connection of several that fetch one file, as the others see it.

use std::cell::Cell;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A connection under way.
pub(super) struct Open {
    pub(super) run: usize,
    pub(super) since: Instant,
    /// When anything last came.
    pub(super) last: Cell<Instant>,
    pub(super) received: Cell<u64>,
    /// It waits for its share of the speed, and not for the server.
    pub(super) held_back: Cell<bool>,
    /// It is to stop where it is.
    pub(super) leave: Notify,
}

impl Open {
    pub(super) fn new(run: usize) -> Open {
        let now = Instant::now();
        let (last, received, held_back) = (Cell::new(now), Cell::new(0), Cell::new(false));
        Open { run, since: now, last, received, held_back, leave: Notify::new() }
    }

    pub(super) fn bytes_per_s(&self) -> f64 {
        self.received.get() as f64 / self.since.elapsed().as_secs_f64().max(0.001)
    }
}
