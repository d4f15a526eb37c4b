//! What work does to a window. A loop here ticks as one that draws would, sixty times a second; the work is done on the very
//! thread of that loop, or on a lane beside it. Nothing real freezes: on the command line there is no window, and a face
//! that has one asks first and freezes itself.

use super::part::{Stage, Turn};
use super::trial::{Ran, Stopped, plain_options};
use crate::model::JobSpec;
use crate::model::Timing;
use crate::model::lab::{Detail, LabMode, LabRun, LabTask};
use crate::task::Stopwatch;
use crate::task::lab::rounds;
use std::time::{Duration, Instant};

/// The time of one frame at 60 a second.
const FRAME: Duration = Duration::from_micros(16_667);

/// Frames before the work begins, and after it has ended.
const BEFORE: u32 = 12;
const AFTER: u32 = 12;

/// However long the work takes, it is not waited for longer than this.
const MOST: Duration = Duration::from_secs(30);

pub(super) fn run(stage: &Stage<'_>, turn: Turn) -> Result<LabRun, Stopped> {
    let own_thread = turn.mode == LabMode::Serial;
    let mut running = stage.trial(turn).start(stage.faces)?;
    let lock = running.interpreter().cloned();
    let mut frames = Frames::new();
    for _ in 0..BEFORE {
        frames.draw(lock.as_deref(), stage)?;
    }
    let began = Instant::now();
    let mut timing = Timing::default();
    if own_thread {
        let watch = Stopwatch::start();
        std::hint::black_box(rounds(1, stage.setup.rounds));
        timing = watch.stop();
    } else {
        running.submit(vec![JobSpec::lab(LabTask::Heavy { rounds: stage.setup.rounds })], plain_options());
        while !running.catch_up(stage.faces)? && began.elapsed() < MOST {
            frames.draw(lock.as_deref(), stage)?;
        }
    }
    let worked = began.elapsed();
    for _ in 0..AFTER {
        frames.draw(lock.as_deref(), stage)?;
    }
    let detail = frames.detail(own_thread);
    let ran = running.stop();
    let ran = Ran { wall: worked, timing: if own_thread { timing } else { ran.timing }, ..ran };
    Ok(stage.figures(turn, Ran { longest_us: ran.longest_us.max(timing.wall_us), ..ran }, detail))
}

/// The loop that draws.
struct Frames {
    began: Instant,
    last: Instant,
    due: Instant,
    gaps: Vec<Duration>,
}

impl Frames {
    fn new() -> Frames {
        let now = Instant::now();
        Frames { began: now, last: now, due: now + FRAME, gaps: Vec::new() }
    }

    /// Waits for the next frame and draws it. Where there is an interpreter lock, drawing needs it.
    fn draw(&mut self, lock: Option<&crate::engine::Interpreter>, stage: &Stage<'_>) -> Result<(), Stopped> {
        stage.faces.pass(self.due.saturating_duration_since(Instant::now()))?;
        let held = lock.map(crate::engine::Interpreter::hold);
        let now = Instant::now();
        drop(held);
        self.gaps.push(now - self.last);
        self.last = now;
        // A frame that was missed does not come back.
        while self.due <= now {
            self.due += FRAME;
        }
        Ok(())
    }

    fn detail(self, own_thread: bool) -> Detail {
        let ms = super::detail::ms;
        let due = (self.last - self.began).as_secs_f64() / FRAME.as_secs_f64();
        Detail::Frozen {
            own_thread,
            longest_gap_ms: ms(self.gaps.iter().copied().max().unwrap_or_default()),
            frames: self.gaps.len() as u32,
            frames_due: (due.round() as u32).max(self.gaps.len() as u32),
            gaps_ms: self.gaps.into_iter().map(ms).collect(),
        }
    }
}
