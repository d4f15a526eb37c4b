//! What work does to a window. A loop here ticks as one that draws would, sixty times a second; the work is done on the very
//! thread of that loop, or on a lane beside it. Nothing real freezes: on the command line there is no window, and a face
//! that has one asks first and freezes itself.

use super::core_wait;
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

/// Nobody's thread is taken for longer.
const MOST_OCCUPIED: Duration = Duration::from_secs(5);

/// So many rounds are done between two looks at the clock: some tens of microseconds.
const STRETCH: u64 = 1 << 14;

/// Computes on the thread of whoever calls it, for so long and not much longer, and never longer than five seconds.
pub fn occupy(time: Duration) {
    let (began, time) = (Instant::now(), time.min(MOST_OCCUPIED));
    let mut state = 1;
    while began.elapsed() < time {
        state = std::hint::black_box(rounds(state, STRETCH));
    }
}

pub(super) fn run(stage: &Stage<'_>, turn: Turn) -> Result<LabRun, Stopped> {
    let own_thread = turn.mode == LabMode::Serial;
    let mut running = stage.trial(turn).start(stage.faces)?;
    let lock = running.interpreter().cloned();
    let mut frames = Frames::new();
    for _ in 0..BEFORE {
        frames.draw(lock.as_deref(), stage)?;
    }
    let began = Instant::now();
    let (mut timing, mut core_wait) = (Timing::default(), Duration::ZERO);
    if own_thread {
        let (watch, before) = (Stopwatch::start(), core_wait::of_this_thread());
        std::hint::black_box(rounds(1, stage.setup.rounds));
        timing = watch.stop();
        core_wait = core_wait::of_this_thread().saturating_sub(before);
    } else {
        running.submit(vec![JobSpec::lab(LabTask::Heavy { rounds: stage.setup.rounds })], plain_options());
        while !running.catch_up(stage.faces)? {
            if began.elapsed() > MOST {
                let sentence =
                    format!("The work that should not freeze anything was not done after {} s", MOST.as_secs());
                return Err(Stopped::Failed(sentence));
            }
            frames.draw(lock.as_deref(), stage)?;
        }
        stage.no_surprises(&running.ran)?;
    }
    let worked = began.elapsed();
    for _ in 0..AFTER {
        frames.draw(lock.as_deref(), stage)?;
    }
    let detail = frames.detail(own_thread);
    let ran = running.stop();
    let ran = if own_thread { Ran { timing, core_wait, ..ran } } else { ran };
    let ran = Ran { wall: worked, ..ran };
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
