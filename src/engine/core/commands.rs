//! What each command does to the core.

use super::job::Fate;
use super::tuning::Tuner;
use super::{Core, Effect};
use crate::engine::core::Force;
use crate::model::{
    AttemptId, Batch, Command, Event, ExecutorKind, Failure, JobId, JobState, LaneId, Mode, Outcome, Place, Pool,
    Record, Selection, Source, Spot,
};
use crate::task::Signal;
use std::collections::HashSet;
use std::sync::Arc;

impl Core {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Submit(batch) => self.submit(batch),
            Command::GoOn => self.out.push(Effect::Load),
            Command::Forget => self.out.push(Effect::Forget),
            Command::Undo => self.out.push(Effect::Undo),
            Command::Cancel(selection) => self.for_each(&selection, |core, id| core.cancel(id, Fate::Cancelling)),
            Command::Remove(selection) => self.for_each(&selection, Core::remove),
            Command::Retry(selection) => self.for_each(&selection, Core::retry),
            Command::Pause(Selection::All) => self.pause_all(true),
            Command::Resume(selection @ (Selection::All | Selection::Except(_))) => {
                self.for_each(&selection, |core, id| core.pause(id, false));
                self.pause_all(false);
            }
            Command::Pause(selection) => self.for_each(&selection, |core, id| core.pause(id, true)),
            Command::Resume(selection) => self.for_each(&selection, |core, id| core.pause(id, false)),
            Command::Prioritise(selection, priority) => {
                self.for_each(&selection, |core, id| {
                    let place = core.place(id);
                    core.put(id, Place { priority, ..place });
                });
                self.tell_moved();
            }
            Command::Move(jobs, spot) => self.move_to(&jobs, spot),
            Command::SetMode(mode) => {
                self.mode = mode;
                self.tuner = Tuner::default();
                self.settings_changed();
            }
            Command::SetLanes(pool, count) => {
                if pool == Pool::Fetch {
                    (self.choosing, self.tuner) = (false, Tuner::default());
                }
                self.counts.set(pool, count);
                self.settings_changed();
            }
            Command::ChooseFetchLanes => {
                self.choosing = true;
                self.tuner = Tuner::default();
                self.settings_changed();
            }
            Command::LimitSpeed(bytes_per_s) => self.out.push(Effect::LimitSpeed { bytes_per_s }),
            Command::KillWorker(id) => {
                if self.lanes.lane(id).is_some_and(|lane| lane.executor == ExecutorKind::Processes) {
                    self.out.push(Effect::End(id, Force::Kill));
                }
            }
        }
    }

    fn for_each(&mut self, selection: &Selection, act: impl Fn(&mut Core, JobId)) {
        match selection {
            Selection::All => (0..self.jobs.len() as u32).for_each(|id| act(self, JobId(id))),
            Selection::Jobs(ids) => ids.iter().for_each(|id| act(self, *id)),
            Selection::Except(ids) => {
                let ids: HashSet<JobId> = ids.iter().copied().collect();
                let rest = (0..self.jobs.len() as u32).map(JobId).filter(|id| !ids.contains(id));
                rest.for_each(|id| act(self, id));
            }
        }
    }

    fn submit(&mut self, batch: Arc<Batch>) {
        if batch.jobs.is_empty() {
            return;
        }
        let (id, first) = self.add(&batch, None);
        if batch.options.kept {
            let program = Arc::clone(&self.program);
            self.out.push(Effect::KeepBatch(Record::Submitted { program, first, batch: Arc::clone(&batch) }));
            self.unkept += 1;
        }
        self.emit(Event::JobsQueued { id, first, batch });
        self.admit_from(first);
    }

    /// Queues the jobs from `first` on, and ends those that were refused at the door.
    pub(super) fn admit_from(&mut self, first: JobId) {
        for id in (first.0..self.jobs.len() as u32).map(JobId) {
            match self.refusal(id) {
                Some(failure) => self.finish(id, Outcome::Failed(failure)),
                None => self.enqueue(id),
            }
        }
    }

    fn refusal(&self, id: JobId) -> Option<Failure> {
        let batch = self.batch_of(id)?;
        match batch.batch.jobs.get((id.0 - batch.first.0) as usize)?.source() {
            Source::Refused(failure) => Some(failure.clone()),
            _ => None,
        }
    }

    /// Where a job stands among those that wait.
    pub(super) fn place(&self, id: JobId) -> Place {
        self.places.get(&id).copied().unwrap_or(Place::usual(id))
    }

    /// Gives a job another place. Holds also for a later attempt of one that runs.
    pub(super) fn put(&mut self, id: JobId, place: Place) {
        let Some(state) = self.job(id).map(|job| job.state) else { return };
        if state.is_final() || self.place(id) == place {
            return;
        }
        self.dequeue(id);
        self.places.insert(id, place);
        self.moved.push((id, place));
        self.record(id, Record::Moved(id, place));
        self.enqueue(id);
    }

    fn move_to(&mut self, jobs: &[JobId], spot: Spot) {
        let jobs: Vec<JobId> = jobs.iter().copied().filter(|id| self.job(*id).is_some()).collect();
        for id in &jobs {
            self.dequeue(*id);
        }
        let usual = Place::usual(JobId(self.jobs.len() as u32));
        let (priority, after, before) = match spot {
            Spot::First => {
                let Place { priority, rank } = self.first_place(&jobs).unwrap_or(usual);
                let place = Place { priority: priority.max(0), rank };
                (place.priority, self.room_below(place, jobs.len()), rank)
            }
            Spot::Last => {
                let last = self.places.values().map(|place| place.rank).max().unwrap_or(i64::MIN);
                let after = last.max(Place::usual(JobId((self.jobs.len() as u32).saturating_sub(1))).rank);
                (0, after, after.max(usual.rank - 1))
            }
            Spot::Before(other) => {
                let place = self.place(other);
                (place.priority, self.room_below(place, jobs.len()), place.rank)
            }
        };
        for (id, place) in jobs.iter().zip(Place::between(priority, after, before, jobs.len())) {
            self.put(*id, place);
            self.enqueue(*id);
        }
        self.tell_moved();
    }

    /// The first place of a job that has not started, paused ones and those set aside among them, apart from these; where
    /// there is no other, the first of theirs.
    fn first_place(&self, apart_from: &[JobId]) -> Option<Place> {
        let moving: HashSet<JobId> = apart_from.iter().copied().collect();
        let waits = |id: &JobId| self.job(*id).is_some_and(|job| job.state == JobState::Queued);
        let stays = |id: &JobId| waits(id) && !moving.contains(id);
        // Places grow with numbers where nobody moved anything, so the first found is the first.
        let usual = (0..self.jobs.len() as u32).map(JobId).find(|id| stays(id) && !self.places.contains_key(id));
        let moved = self.places.iter().filter(|(id, _)| stays(id)).map(|(_, place)| *place);
        let first = moved.chain(usual.map(Place::usual)).min();
        first.or_else(|| apart_from.iter().filter(|id| waits(id)).map(|id| self.place(*id)).min())
    }

    /// The rank after which `count` jobs go that are to stand before `place`: that of the nearest job there is, so that
    /// they stand beside each other also in the eyes of those who see what has started or ended. Where there is no room
    /// left, that of the nearest that waits, and else one before all.
    fn room_below(&self, place: Place, count: usize) -> i64 {
        let moved = self.places.values().filter(|other| other.priority == place.priority && other.rank < place.rank);
        let usual = Place::below(place.rank, self.jobs.len()).filter(|_| place.priority == 0);
        let nearest = moved.map(|place| place.rank).chain(usual).max();
        let has_room = |after: &i64| place.rank - after > count as i64;
        let waits = || [self.ready_fetch.before(place), self.ready_mill.before(place)].into_iter().flatten().max();
        nearest
            .filter(has_room)
            .or_else(|| waits().map(|place| place.rank))
            .unwrap_or(Place::before_all(place.rank, count))
    }

    /// Tells which jobs have other places now.
    pub(super) fn tell_moved(&mut self) {
        let moved = std::mem::take(&mut self.moved);
        if !moved.is_empty() {
            self.emit(Event::JobsMoved(moved));
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
        let Some(live) = job.live_mut() else {
            self.cancel_light(id, fate);
            return;
        };
        let lane = live.lane;
        match live.fate {
            Fate::Committing if fate == Fate::Removing => live.fate = Fate::CommittingToRemove,
            Fate::Committing | Fate::CommittingToRemove => {}
            Fate::Cancelling | Fate::Removing => live.fate = if fate == Fate::Removing { fate } else { live.fate },
            // It was told to stop already.
            Fate::TimedOut => live.fate = fate,
            Fate::Open => {
                live.fate = fate;
                self.stop_attempt(lane, attempt);
            }
        }
    }

    /// Asks an attempt to stop. A worker process that does not heed it is made to.
    pub(super) fn stop_attempt(&mut self, lane: LaneId, attempt: AttemptId) {
        let terminate_at = self.now + self.grace;
        if let Some(state) = self.lanes.get_mut(lane)
            && state.lane.executor == ExecutorKind::Processes
        {
            state.end_at.get_or_insert((terminate_at, Force::Terminate));
        }
        self.out.push(Effect::Signal { lane, attempt, signal: Signal::Cancel });
        self.changed(attempt.job);
    }

    /// Tells how a job that has not ended stands.
    pub(super) fn changed(&mut self, id: JobId) {
        let Some(job) = self.job(id) else { return };
        let (state, stage, paused, stopping) = (job.state, job.stage(), job.paused, job.is_stopping());
        self.emit(Event::JobChanged { job: id, state, stage, paused, stopping });
    }

    fn remove(&mut self, id: JobId) {
        self.cancel(id, Fate::Removing);
        self.remove_row(id);
    }

    /// Takes the row of a job that has ended out of the queue.
    pub(super) fn remove_row(&mut self, id: JobId) {
        let Some(job) = self.job_mut(id).filter(|job| job.state.is_final() && !job.removed) else { return };
        job.removed = true;
        self.places.remove(&id);
        self.record(id, Record::Removed(id));
        self.emit(Event::JobsRemoved(vec![id]));
    }

    fn retry(&mut self, id: JobId) {
        let Some(job) = self.job(id) else { return };
        let ended_badly = matches!(job.state, JobState::Failed | JobState::Cancelled);
        if !ended_badly || job.removed || self.refusal(id).is_some() {
            return;
        }
        if let Some(job) = self.job_mut(id) {
            job.become_state(JobState::Queued);
        }
        // It waits where its number says, as one that just came.
        self.places.remove(&id);
        self.one_more(id);
        self.record(id, Record::Requeued(id));
        self.changed(id);
        self.enqueue(id);
    }

    /// Pauses or resumes one job. A lane that is held by a paused attempt gets a stand-in.
    fn pause(&mut self, id: JobId, paused: bool) {
        let all_paused = self.paused;
        let Some(job) = self.job_mut(id).filter(|job| !job.state.is_final() && job.paused != paused) else { return };
        let (number, live) = (job.begun, job.live());
        if live.is_some_and(|live| live.fate.is_committing()) {
            return; // It ended; only its name is still to come.
        }
        job.paused = paused;
        self.changed(id);
        match live {
            Some(live) => {
                let signal = if paused || all_paused { Signal::Pause } else { Signal::Run };
                let attempt = AttemptId { job: id, number };
                self.out.push(Effect::Signal { lane: live.lane, attempt, signal });
                self.set_clock(id);
                self.update_held(live.lane);
                let Some(spec) = self.spec(id).filter(|_| self.pool(id) == Some(Pool::Fetch)) else { return };
                if paused {
                    self.leaves_host(attempt);
                } else {
                    // It may be another share than the one that it was paused with.
                    let connections = self.joins_host(live.lane, attempt, &spec);
                    self.out.push(Effect::Allow { lane: live.lane, attempt, connections });
                }
            }
            None if paused => self.dequeue(id),
            None => self.enqueue(id),
        }
    }

    /// Notes whether everything in flight on a lane is paused by itself, and opens or retires its stand-in.
    pub(super) fn update_held(&mut self, lane: LaneId) {
        let Some(state) = self.lanes.get_mut(lane).filter(|state| !state.light) else { return };
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
            if self.job(attempt.job).is_some_and(|job| job.live().is_some()) {
                self.out.push(Effect::Signal { lane, attempt, signal });
                self.set_clock(attempt.job);
            }
        }
        self.settings_changed();
    }

    pub(super) fn settings_changed(&mut self) {
        self.reconcile_lanes();
        let choosing = self.choosing && self.mode == Mode::Mixed;
        self.emit(Event::SettingsChanged { mode: self.mode, lanes: self.counts, paused: self.paused, choosing });
    }
}
