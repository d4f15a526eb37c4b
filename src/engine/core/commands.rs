//! What each command does to the core.

use super::job::{Fate, Job};
use super::{Batch, Core, Effect, Record};
use crate::model::{
    AttemptId, BatchId, BatchOptions, Command, Event, ExecutorKind, JobId, JobSpec, JobState, Outcome, Selection,
    Source,
};
use crate::task::Signal;
use std::sync::Arc;

impl Core {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Submit { options, jobs } => self.submit(options, jobs),
            Command::Cancel(selection) => self.for_each(&selection, |core, id| core.cancel(id, Fate::Cancelling)),
            Command::Remove(selection) => self.for_each(&selection, Core::remove),
            Command::Retry(selection) => self.for_each(&selection, Core::retry),
            Command::Pause(Selection::All) => self.pause_all(true),
            Command::Resume(Selection::All) => {
                self.for_each(&Selection::All, |core, id| core.pause(id, false));
                self.pause_all(false);
            }
            Command::Pause(selection) => self.for_each(&selection, |core, id| core.pause(id, true)),
            Command::Resume(selection) => self.for_each(&selection, |core, id| core.pause(id, false)),
            Command::SetMode(mode) => {
                self.mode = mode;
                self.settings_changed();
            }
            Command::SetLanes(pool, count) => {
                self.counts.set(pool, count);
                self.settings_changed();
            }
            Command::KillWorker(id) => {
                if self.lanes.lane(id).is_some_and(|lane| lane.executor == ExecutorKind::Processes) {
                    self.out.push(Effect::Kill(id));
                }
            }
        }
    }

    fn for_each(&mut self, selection: &Selection, act: impl Fn(&mut Core, JobId)) {
        match selection {
            Selection::All => (0..self.jobs.len() as u32).for_each(|id| act(self, JobId(id))),
            Selection::Jobs(ids) => ids.iter().for_each(|id| act(self, *id)),
        }
    }

    fn submit(&mut self, options: Arc<BatchOptions>, jobs: Vec<JobSpec>) {
        if jobs.is_empty() {
            return;
        }
        let batch = BatchId(self.batches.len() as u32);
        let first = JobId(self.jobs.len() as u32);
        let jobs: Vec<Arc<JobSpec>> = jobs.into_iter().map(Arc::new).collect();
        self.batches.push(Batch { options, unfinished: jobs.len() });
        self.jobs.extend(jobs.iter().map(|spec| Job::new(Arc::clone(spec), batch)));
        self.record(Record::Submitted { batch, first, jobs: jobs.clone() });
        self.emit(Event::JobsQueued { batch, first, jobs: jobs.clone() });
        for (id, spec) in (first.0..).map(JobId).zip(&jobs) {
            match &spec.source {
                Source::Refused(failure) => self.finish(id, Outcome::Failed(failure.clone())),
                Source::File(_) | Source::Link { .. } => self.enqueue(id),
            }
        }
    }

    /// Ends a job without a result: at once if it waits, through its lane if it runs.
    fn cancel(&mut self, id: JobId, fate: Fate) {
        let Some(job) = self.job_mut(id) else { return };
        if job.state == JobState::Queued {
            self.finish(id, Outcome::Cancelled);
            return;
        }
        let attempt = AttemptId { job: id, number: job.begun };
        let Some(live) = job.run.as_mut().and_then(|run| run.live.as_mut()) else { return };
        let lane = live.lane;
        match live.fate {
            Fate::Committing if fate == Fate::Removing => live.fate = Fate::CommittingToRemove,
            Fate::Committing | Fate::CommittingToRemove => {}
            Fate::Cancelling | Fate::Removing => live.fate = if fate == Fate::Removing { fate } else { live.fate },
            Fate::Open => {
                live.fate = fate;
                let kill_at = self.now + self.grace;
                if let Some(state) = self.lanes.get_mut(lane)
                    && state.lane.executor == ExecutorKind::Processes
                {
                    state.kill_at.get_or_insert(kill_at);
                }
                self.out.push(Effect::Signal { lane, attempt, signal: Signal::Cancel });
            }
        }
    }

    fn remove(&mut self, id: JobId) {
        self.cancel(id, Fate::Removing);
        self.remove_row(id);
    }

    /// Takes the row of a job that has ended out of the queue.
    pub(super) fn remove_row(&mut self, id: JobId) {
        let Some(job) = self.job_mut(id).filter(|job| job.state.is_final() && !job.removed) else { return };
        job.removed = true;
        self.record(Record::Removed(id));
        self.emit(Event::JobsRemoved(vec![id]));
    }

    fn retry(&mut self, id: JobId) {
        let Some(job) = self.job_mut(id) else { return };
        let ended_badly = matches!(job.state, JobState::Failed | JobState::Cancelled);
        if !ended_badly || job.removed || job.spec.stages().is_empty() {
            return;
        }
        job.become_state(JobState::Queued);
        let batch = job.batch;
        if let Some(batch) = self.batches.get_mut(batch.0 as usize) {
            batch.unfinished += 1;
        }
        self.record(Record::Requeued(id));
        self.emit(Event::JobChanged { job: id, state: JobState::Queued, paused: false });
        self.enqueue(id);
    }

    /// Pauses or resumes one job. A lane that is held by a paused attempt gets a stand-in.
    fn pause(&mut self, id: JobId, paused: bool) {
        let all_paused = self.paused;
        let Some(job) = self.job_mut(id).filter(|job| !job.state.is_final() && job.paused != paused) else { return };
        let (state, number, live) = (job.state, job.begun, job.live());
        if live.is_some_and(|live| live.fate.is_committing()) {
            return; // It ended; only its name is still to come.
        }
        job.paused = paused;
        self.emit(Event::JobChanged { job: id, state, paused });
        match live {
            Some(live) => {
                let signal = if paused || all_paused { Signal::Pause } else { Signal::Run };
                let attempt = AttemptId { job: id, number };
                self.out.push(Effect::Signal { lane: live.lane, attempt, signal });
                self.update_held(live.lane);
            }
            None if paused => self.dequeue(id),
            None => self.enqueue(id),
        }
    }

    /// Notes whether everything in flight on a lane is paused by itself, and opens or retires its stand-in.
    pub(super) fn update_held(&mut self, lane: super::LaneId) {
        let Some(state) = self.lanes.get_mut(lane) else { return };
        let attempts: Vec<AttemptId> = state.inflight.iter().copied().collect();
        let held =
            !attempts.is_empty() && attempts.iter().all(|attempt| self.job(attempt.job).is_some_and(|job| job.paused));
        if let Some(state) = self.lanes.get_mut(lane)
            && state.held != held
        {
            state.held = held;
            self.reconcile_lanes();
        }
    }

    fn pause_all(&mut self, paused: bool) {
        if self.paused == paused {
            return;
        }
        self.paused = paused;
        let inflight: Vec<_> = self.inflight().collect();
        for (lane, attempt) in inflight {
            let held = self.job(attempt.job).is_some_and(|job| job.paused);
            let signal = if paused || held { Signal::Pause } else { Signal::Run };
            self.out.push(Effect::Signal { lane, attempt, signal });
        }
        self.settings_changed();
    }

    fn settings_changed(&mut self) {
        self.reconcile_lanes();
        self.emit(Event::SettingsChanged { mode: self.mode, lanes: self.counts, paused: self.paused });
    }
}
