//! Runs what the Lab is asked to: holds the session, and freezes the window where somebody wanted to see that.

use super::{Comparison, Lab, Phase, Stage};
use crate::engine::EngineConfig;
use crate::lab::{self, LabEvent, Session};
use crate::model::Moment;
use crate::model::lab::Request;
use crossbeam_channel::TryRecvError;
use std::time::{Duration, Instant};

/// How long the window is watched before and after it is frozen.
const WATCHED: Duration = Duration::from_secs(1);

/// However much happens, the window looks so often while something is measured: drawing takes the cores that the work
/// is measured on.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The next look where there was more than one could take in.
const CATCH_UP: Duration = Duration::from_millis(10);

/// How long taking in events may hold up a frame.
const BUDGET: Duration = Duration::from_millis(4);

/// The window's part of the Lab. A session that runs is cancelled when this is dropped, and its files go.
pub(crate) struct Runner {
    config: EngineConfig,
    session: Option<Session>,
    freeze: Option<Freeze>,
}

/// A freeze under way.
struct Freeze {
    ms: u64,
    request: Option<Request>,
    phase: Phase,
    since: Instant,
    last: Instant,
}

impl Runner {
    pub(crate) fn new(config: EngineConfig) -> Runner {
        Runner { config, session: None, freeze: None }
    }

    /// Begins to measure.
    pub(crate) fn start(&mut self, request: Request, lab: &mut Lab) {
        match Session::start(request, self.config.clone(), || {}) {
            Ok(session) => self.session = Some(session),
            Err(unfit) => lab.advance(|comparison| comparison.end(Stage::Failed(unfit.to_string()))),
        }
    }

    /// Watches the frames of this window, freezes it for so long, and then begins to measure.
    pub(crate) fn freeze(&mut self, ms: u64, request: Request, lab: &mut Lab) {
        let now = Instant::now();
        self.freeze = Some(Freeze { ms, request: Some(request), phase: Phase::Before, since: now, last: now });
        lab.advance(|comparison| comparison.frames = Some(super::frames::Frames::default()));
    }

    /// Ends what runs, soon.
    pub(crate) fn stop(&mut self, lab: &mut Lab) {
        match &self.session {
            Some(session) => session.cancel(),
            None => lab.advance(|comparison| comparison.apply(LabEvent::Cancelled)),
        }
    }

    /// Takes in what happened. Answers when the next frame is wanted.
    pub(crate) fn look(&mut self, lab: &mut Lab, now: Moment) -> Option<Duration> {
        if lab.running().is_none() {
            (self.session, self.freeze) = (None, None);
            return None;
        }
        lab.advance(|comparison| comparison.tick(now));
        if let Some(freeze) = &mut self.freeze
            && let Some(request) = freeze.step(lab)
        {
            self.start(request, lab);
        }
        let is_behind = self.drain(lab);
        // Where its frames are what is measured, the window draws as often as it can.
        Some(match (self.freeze.is_some(), is_behind) {
            (true, _) => Duration::ZERO,
            (false, true) => CATCH_UP,
            (false, false) => LOOK_EVERY,
        })
    }

    /// Takes in events. Says whether there are more than the budget allows.
    fn drain(&mut self, lab: &mut Lab) -> bool {
        let Some(session) = &self.session else { return false };
        let (began, mut is_behind) = (Instant::now(), true);
        lab.advance(|comparison| {
            while comparison.is_running() && began.elapsed() < BUDGET {
                match session.events().try_recv() {
                    Ok(event) => comparison.apply(event),
                    Err(TryRecvError::Empty) => {
                        is_behind = false;
                        return;
                    }
                    Err(TryRecvError::Disconnected) => {
                        comparison.end(Stage::Failed("The Lab ended by itself; the log may say why".to_owned()));
                    }
                }
            }
        });
        is_behind
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.cancel();
            // The window is gone; what it had started is ended, and its folder taken away.
            session.join();
        }
    }
}

impl Freeze {
    /// A frame came. Answers the request once it is its turn.
    fn step(&mut self, lab: &mut Lab) -> Option<Request> {
        let (phase, gap) = (self.phase, self.last.elapsed());
        self.last = Instant::now();
        lab.advance(|comparison: &mut Comparison| {
            comparison.frames.get_or_insert_default().add(phase, gap.as_secs_f64() * 1e3);
        });
        match self.phase {
            Phase::Before if self.since.elapsed() >= WATCHED => {
                self.phase = Phase::Frozen;
                // On purpose, asked, and bounded: this is what "not responding" means.
                lab::occupy(Duration::from_millis(self.ms));
            }
            Phase::Frozen => (self.phase, self.since) = (Phase::After, Instant::now()),
            Phase::After if self.since.elapsed() >= WATCHED => {
                self.phase = Phase::Beside;
                return self.request.take();
            }
            _ => {}
        }
        None
    }
}
