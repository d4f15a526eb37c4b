//! Limits that time and memory set: deadlines, the force that ends whoever does not heed, and admission to memory.

use super::job::{Fate, Live};
use super::lanes::LaneState;
use super::memory::Answer;
use super::{Core, Effect, Force};
use crate::model::{AttemptId, JobId, LaneId, Moment};
use std::time::Duration;

impl Core {
    /// Runs or halts the clock of an attempt's deadline. It counts while the attempt may work: not while it is paused,
    /// and not while it waits for memory.
    pub(super) fn set_clock(&mut self, id: JobId) {
        let (now, all_paused) = (self.now, self.paused);
        let Some(job) = self.job(id) else { return };
        let attempt = AttemptId { job: id, number: job.begun };
        let runs = !all_paused && !job.paused && !self.memory.is_waiting(attempt);
        if let Some(live) = self.job_mut(id).and_then(|job| job.live_mut()).filter(|live| live.since.is_some()) {
            live.clock.set(now, runs);
        }
    }

    /// When the attempt that runs on a lane will have had its time, and which it is.
    pub(super) fn due(&self, state: &LaneState) -> Option<(Moment, AttemptId)> {
        let attempt = *state.inflight.front().filter(|_| !state.light)?;
        let limit = self.batch_of(attempt.job)?.batch.options.deadline_ms?;
        let live: Live = self.job(attempt.job)?.live().filter(|live| live.fate == Fate::Open)?;
        Some((live.clock.reaches(Duration::from_millis(limit))?, attempt))
    }

    /// Ends attempts that had their time.
    pub(super) fn end_the_overdue(&mut self) {
        let now = self.now;
        let due = self.lanes.iter().filter_map(|state| Some((state.lane.id, self.due(state)?)));
        let overdue: Vec<(LaneId, AttemptId)> =
            due.filter(|(_, (at, _))| *at <= now).map(|(lane, (_, attempt))| (lane, attempt)).collect();
        for (lane, attempt) in overdue {
            if let Some(live) = self.job_mut(attempt.job).and_then(|job| job.live_mut()) {
                live.fate = Fate::TimedOut;
                self.stop_attempt(lane, attempt);
            }
        }
    }

    /// Ends workers that did not heed: first they are told to by a signal, then they are killed.
    pub(super) fn press_the_deaf(&mut self) {
        let (now, grace) = (self.now, self.grace);
        for state in self.lanes.iter_mut() {
            let Some((_, force)) = state.end_at.filter(|(at, _)| *at <= now) else { continue };
            state.end_at = (force == Force::Terminate).then_some((now + grace, Force::Kill));
            self.out.push(Effect::End(state.lane.id, force));
        }
    }

    /// An attempt knows how much memory it needs.
    pub(super) fn needs(&mut self, lane: LaneId, attempt: AttemptId, bytes: u64) {
        if !self.lanes.iter().any(|state| state.lane.id == lane && state.inflight.contains(&attempt)) {
            return;
        }
        match self.memory.ask(lane, attempt, bytes) {
            Answer::Admitted => self.out.push(Effect::Admit { lane, attempt, admitted: true }),
            Answer::Refused => self.out.push(Effect::Admit { lane, attempt, admitted: false }),
            Answer::Waits => self.set_clock(attempt.job),
            Answer::Repeated => {}
        }
    }

    /// Gives back what an attempt held, and lets others in.
    pub(super) fn release_memory(&mut self, attempt: AttemptId) {
        let let_in = self.memory.release(attempt);
        if self.ending {
            return;
        }
        for (lane, attempt) in let_in {
            self.out.push(Effect::Admit { lane, attempt, admitted: true });
            self.set_clock(attempt.job);
        }
    }
}
