//! The window with 10,000 rows, while its time stands still: a frame, and what an event costs its read model.

use super::twice;
use crate::rows::{Batch, FRAME, LANES, Window};
use millrace::engine::Board;
use millrace::model::Moment;
use std::sync::Arc;
use std::time::Duration;

const ROWS: u32 = 10_000;
/// So few that no clock is asked how long taking them in takes.
const PASSES: u64 = 4;
const EVENTS_A_PASS: u64 = 12;
pub(crate) const FRAMES: u64 = 10;
pub(crate) const EVENTS: u64 = PASSES * EVENTS_A_PASS;

/// A window at work whose rows are there.
fn at_work() -> (Window, Batch, Arc<Board>) {
    let (mut window, events, board) = Window::open();
    window.app.hold_time(Moment(1_000_000));
    window.frame(FRAME, Vec::new());
    let mut batch = Batch::new(events, ROWS);
    for pass in 0..LANES {
        batch.pass(pass, &board);
        window.frame(FRAME, Vec::new());
    }
    // Long lists are made by a thread of their own: it has time to, and the last one is taken.
    window.reads = true;
    for second in 2..60 {
        window.app.hold_time(Moment(second * 1_000_000));
        window.frame(Duration::from_secs(1), Vec::new());
        std::thread::sleep(Duration::from_millis(50));
        window.frame(Duration::from_secs(1), Vec::new());
    }
    assert!(window.written.iter().any(|text| text.starts_with("picture-")), "the rows are there");
    window.reads = false;
    (window, batch, board)
}

pub(crate) fn frames() {
    let (mut window, ..) = at_work();
    twice(|| (0..FRAMES).map(|_| window.frame(FRAME, Vec::new()).1).max());
}

/// Jobs end and others begin; nothing is painted.
pub(crate) fn events() {
    let (mut window, mut batch, board) = at_work();
    let mut pass = LANES;
    let ctx = window.ctx.clone();
    twice(|| {
        for _ in 0..PASSES {
            pass += 1;
            batch.pass(pass, &board);
            window.app.logic(&ctx);
        }
    });
}
