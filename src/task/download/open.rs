//! A connection of several that fetch one file, as the others see it.

use std::cell::Cell;
use tokio::sync::Notify;
use tokio::time::Instant;

/// What a connection is to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// What a run lacks.
    Run(usize),
    /// What lies behind this place, up to the next run: half of what another connection has before it. The run begins
    /// with the answer: a server that refuses it takes nothing from the other.
    From(u64),
}

/// A connection under way.
pub(super) struct Open {
    pub(super) share: Cell<Share>,
    pub(super) since: Instant,
    /// When anything last came.
    pub(super) last: Cell<Instant>,
    pub(super) received: Cell<u64>,
    /// How many bytes that are there were asked for with the missing ones, at most.
    pub(super) overlap: Cell<u64>,
    /// Up to where it has brought the file.
    pub(super) reached: Cell<u64>,
    /// It waits for its share of the speed, and not for the server.
    pub(super) held_back: Cell<bool>,
    /// It is to stop where it is.
    pub(super) leave: Notify,
}

impl Open {
    pub(super) fn new(share: Share) -> Open {
        let now = Instant::now();
        Open {
            share: Cell::new(share),
            since: now,
            last: Cell::new(now),
            received: Cell::new(0),
            overlap: Cell::new(0),
            reached: Cell::new(0),
            held_back: Cell::new(false),
            leave: Notify::new(),
        }
    }

    pub(super) fn bytes_per_s(&self) -> f64 {
        self.received.get() as f64 / self.since.elapsed().as_secs_f64().max(0.001)
    }

    /// The run that it continues, once that has begun.
    pub(super) fn run(&self) -> Option<usize> {
        match self.share.get() {
            Share::Run(run) => Some(run),
            Share::From(_) => None,
        }
    }
}
