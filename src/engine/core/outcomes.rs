//! How attempts end: with a result, or with the loss of their lane.

use super::disk::may_fit_later;
use super::hosts::host_of;
use super::job::{Fate, Job, Live};
use super::lanes::{LaneState, Wanted};
use super::tuning::CameFrom;
use super::{Core, Effect, retry};
use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, ErrorKind, Event, ExecutorKind, Failure, JobId, JobState, LabAnswer, LaneId, Made, Mode, Outcome,
    Output, Pool, Source, Timing, filename,
};

/// A task that took its worker down this often is not tried again.
const MAX_CRASHES: u32 = 2;

/// A light task is too short to be hit twice by its own doing alone: of millions, some are by chance.
const MAX_CRASHES_LIGHT: u32 = 3;

/// A task whose workers did not come up so often has none: something is wrong with the program's own file.
const MAX_NO_SHOWS: u32 = 3;

/// A download of so many bytes is kept when it is whole and has no final name yet: it would take long to fetch it again.
const WORTH_KEEPING: u64 = 256 << 10;

/// A worker that is killed before it is up had bad luck, but not for ever.
const MAX_KILLS_AT_START: u32 = 30;

impl Core {
    pub(super) fn finished(
        &mut self,
        lane: LaneId,
        attempt: AttemptId,
        result: Result<Output, Failure>,
        timing: Timing,
    ) {
        let Some(live) = self.leave_lane(lane, attempt) else { return };
        if let Some(job) = self.job_mut(attempt.job) {
            job.run_mut().timing += timing;
        }
        self.tune(attempt, &result);
        self.heed_host(attempt.job, result.as_ref().err());
        match (live.fate, result) {
            (Fate::Cancelling | Fate::Removing, _) => self.cancelled(lane, attempt, live, timing),
            (Fate::TimedOut, Err(_)) => self.timed_out(lane, attempt, timing),
            (_, Ok(output)) => self.succeeded(lane, attempt, output, timing),
            (_, Err(failure)) if failure.kind == ErrorKind::Cancelled => self.cancelled(lane, attempt, live, timing),
            (_, Err(failure)) => self.failed(lane, attempt, failure, timing),
        }
        self.after_leaving(lane);
    }

    /// A lane lost its worker, which had begun so many of the attempts in flight there. Those before the last of them were
    /// done and had no time to say so; they run again like those that had not begun.
    pub(super) fn lane_lost(&mut self, lane: LaneId, cause: &str, details: &str, began: Option<usize>, killed: bool) {
        let Some(state) = self.lanes.get_mut(lane) else { return };
        state.end_at = None;
        let inflight: Vec<AttemptId> = state.inflight.iter().copied().collect();
        // Each attempt but a light one is answered before the next begins, so it can only be the first.
        let most = if state.light { inflight.len() } else { 1 };
        let guilty = began.and_then(|began| inflight.get(began.min(most).checked_sub(1)?).copied());
        let no_show = if began.is_none() { inflight.first().copied() } else { None };
        for attempt in inflight {
            let Some(live) = self.leave_lane(lane, attempt) else { continue };
            let wall = live.since.map_or(0, |since| (self.now - since).as_micros() as u64);
            let timing = Timing { wall_us: wall, cpu_us: 0 };
            if let Some(run) = self.job_mut(attempt.job).and_then(|job| job.run.as_mut()) {
                run.timing += timing;
            }
            match live.fate {
                Fate::Cancelling | Fate::Removing => self.cancelled(lane, attempt, live, timing),
                Fate::TimedOut => self.timed_out(lane, attempt, timing),
                _ if Some(attempt) == guilty => self.crashed(lane, attempt, cause, details, timing),
                _ if Some(attempt) == no_show && self.gives_up(attempt, killed) => {
                    self.did_not_come_up(lane, attempt, cause, details);
                }
                _ => self.returned(lane, attempt, live, timing),
            }
        }
        if self.lanes.lane(lane).is_some_and(|lane| lane.executor == ExecutorKind::Processes) {
            self.emit(Event::WorkerLost(lane));
        }
        self.after_leaving(lane);
    }

    /// Counts a worker that did not come up, and says whether that were enough.
    fn gives_up(&mut self, attempt: AttemptId, killed: bool) -> bool {
        let Some(job) = self.job_mut(attempt.job) else { return true };
        let run = job.run_mut();
        run.no_shows += if killed { 1 } else { MAX_KILLS_AT_START / MAX_NO_SHOWS };
        run.no_shows >= MAX_KILLS_AT_START
    }

    pub(super) fn committed(&mut self, attempt: AttemptId, result: Result<Made, Failure>) {
        let Some(job) = self.job_mut(attempt.job).filter(|job| job.begun == attempt.number) else { return };
        let Some(run) = job.run.as_mut() else { return };
        let Some(live) = run.live.take_if(|live| live.fate.is_committing()) else { return };
        match result {
            Ok(made) => self.finish(attempt.job, Outcome::Done(made)),
            Err(failure) if may_fit_later(&failure) && live.fate == Fate::Committing => {
                self.discard(attempt);
                if let Some(run) = self.job_mut(attempt.job).and_then(|job| job.run.as_mut()) {
                    run.charged = run.charged.saturating_sub(1);
                }
                self.found_no_room(attempt.job, &failure);
            }
            Err(failure) => {
                self.discard(attempt);
                self.finish(attempt.job, Outcome::Failed(failure));
            }
        }
        if live.fate == Fate::CommittingToRemove {
            self.remove_row(attempt.job);
        }
    }

    /// Takes an attempt off its lane. `None` where it is not there: a late answer, to be ignored.
    pub(super) fn leave_lane(&mut self, lane: LaneId, attempt: AttemptId) -> Option<Live> {
        let state = self.lanes.get_mut(lane)?;
        if state.inflight.front() == Some(&attempt) {
            state.inflight.pop_front();
        } else {
            let place = state.inflight.iter().position(|inflight| *inflight == attempt)?;
            state.inflight.remove(place);
        }
        if state.light {
            let fate = self.job_mut(attempt.job)?.run.as_mut().and_then(|run| run.light_fate.take());
            return Some(Live { fate: fate.unwrap_or(Fate::Open), ..Live::new(lane) });
        }
        let posture = state.posture;
        self.release_memory(attempt);
        if self.pool(attempt.job) == Some(Pool::Fetch) {
            self.leaves_host(attempt);
        }
        let run = self.job_mut(attempt.job)?.run.as_mut()?;
        run.posture = Some(posture);
        let live = run.live.take();
        debug_assert!(live.is_some(), "what is in flight on a lane is live");
        live
    }

    /// Brings a lane up to date after something left it.
    pub(super) fn after_leaving(&mut self, lane: LaneId) {
        let is_stopping = |core: &Core, attempt: &AttemptId| {
            core.job(attempt.job).and_then(Job::live).is_some_and(|live| live.fate.is_stopping())
        };
        let inflight: Vec<AttemptId> = match self.lanes.get_mut(lane) {
            Some(state) if !state.light => state.inflight.iter().copied().collect(),
            _ => Vec::new(),
        };
        let still_stopping = inflight.iter().any(|attempt| is_stopping(self, attempt));
        if let Some(state) = self.lanes.get_mut(lane) {
            state.end_at = state.end_at.filter(|_| still_stopping);
            if state.inflight.is_empty() {
                state.light = false;
            }
            if state.retiring && state.inflight.is_empty() {
                state.held = false;
                self.reconcile_lanes();
                return;
            }
        }
        self.begin_head(lane);
        self.update_held(lane);
    }

    /// Lets the number of fetch lanes follow what a download brought.
    fn tune(&mut self, attempt: AttemptId, result: &Result<Output, Failure>) {
        if !self.choosing || self.mode != Mode::Mixed || self.pool(attempt.job) != Some(Pool::Fetch) {
            return;
        }
        // The lane of this download has room again; another that has says that what waits does not wait for a lane.
        let is_idle = |state: &&LaneState| state.lane.pool == Some(Pool::Fetch) && state.has_room(1, Wanted::Usual);
        let waiting = !self.ready_fetch.is_empty() && self.lanes.iter().filter(is_idle).nth(1).is_none();
        if matches!(result, Err(failure) if failure.kind == ErrorKind::Cancelled) {
            return;
        }
        let job = self.spec(attempt.job);
        let host = job.as_ref().and_then(host_of).map_or("", |(host, _)| host);
        let from = CameFrom { host, others_at_work: self.hosts.others_at_work(host) };
        let brought = result.as_ref().map(|output| output.bytes_in);
        if let Some(lanes) = self.tuner.ended(self.now, self.counts.fetch, from, brought, waiting) {
            self.counts.set(Pool::Fetch, lanes);
            self.settings_changed();
        }
    }

    fn task_finished(&mut self, lane: LaneId, attempt: AttemptId, result: TaskResult, timing: Timing) {
        self.emit(Event::TaskFinished { attempt, lane, result, timing, at: self.now });
    }

    pub(super) fn cancelled(&mut self, lane: LaneId, attempt: AttemptId, live: Live, timing: Timing) {
        if live.since.is_some() {
            self.task_finished(lane, attempt, TaskResult::Cancelled, timing);
        }
        self.discard(attempt);
        self.finish(attempt.job, Outcome::Cancelled);
        if live.fate == Fate::Removing {
            self.remove_row(attempt.job);
        }
    }

    fn succeeded(&mut self, lane: LaneId, attempt: AttemptId, mut output: Output, timing: Timing) {
        // A worker may be in the hands of the picture it works on: the name that it gives is not to be trusted.
        output.name = filename::sanitized(&output.name);
        for piece in &mut output.pieces {
            piece.name = filename::sanitized(&piece.name);
        }
        let (page, answer) = (output.page.take(), output.lab.take());
        let Some(spec) = self.spec(attempt.job) else { return };
        if spec.source().has_file() {
            self.disk_has_room();
        }
        let Some(job) = self.job_mut(attempt.job) else { return };
        let last = job.stage() + 1 == spec.stages().len();
        let run = job.run_mut();
        run.charged += u32::from(last);
        run.merge(output.clone());
        let done =
            TaskResult::Done { name: output.name.clone(), bytes_in: output.bytes_in, bytes_out: output.bytes_out };
        let fetched = spec.stages().get(run.stage) == Some(&Pool::Fetch);
        if matches!(spec.source(), Source::Page(_)) {
            self.task_finished(lane, attempt, done, timing);
            self.finish(attempt.job, Outcome::Read(page.unwrap_or_default()));
            return;
        }
        if matches!(spec.source(), Source::Lab(_)) {
            self.task_finished(lane, attempt, done, timing);
            self.finish(attempt.job, Outcome::Answered(answer.unwrap_or(LabAnswer::Done)));
            return;
        }
        if last {
            run.live = Some(Live { fate: Fate::Committing, ..Live::new(lane) });
        } else {
            run.stage += 1;
            run.retried = 0;
            run.crashes = 0;
        }
        self.task_finished(lane, attempt, done, timing);
        let part = self.part_of(attempt.job);
        if fetched && spec.options().kept && (!last || output.bytes_out >= WORTH_KEEPING) {
            let output = output.clone();
            self.out.push(Effect::KeepStage { attempt, job: spec.clone(), part: part.clone(), output });
        }
        if last {
            self.out.push(Effect::Commit { attempt, job: spec, part: fetched.then_some(part), output });
        } else {
            self.queue_again(attempt.job);
        }
    }

    fn failed(&mut self, lane: LaneId, attempt: AttemptId, failure: Failure, timing: Timing) {
        let now = self.now;
        self.discard(attempt);
        let Some(allowed) = self.batch_of(attempt.job).map(|batch| batch.batch.options.retries) else { return };
        let Some(job) = self.job_mut(attempt.job) else { return };
        let run = job.run_mut();
        if failure.kind == ErrorKind::Io && std::mem::take(&mut run.adopted) {
            // What an earlier program had fetched is no more: it is fetched again.
            run.stage = 0;
            self.task_finished(lane, attempt, TaskResult::Returned, timing);
            self.queue_again(attempt.job);
            return;
        }
        if may_fit_later(&failure) {
            let result = TaskResult::Failed { failure: failure.clone(), will_retry: true };
            self.task_finished(lane, attempt, result, timing);
            self.found_no_room(attempt.job, &failure);
            return;
        }
        let got_further = failure.there > run.there;
        run.there = failure.there;
        // Sources that take turns beginning anew get further now and then, and nowhere.
        if failure.there > run.most_there {
            (run.most_there, run.retried) = (failure.there, 0);
        }
        let retried = if got_further { 0 } else { run.retried };
        let delay = retry::delay(&failure, attempt, retried, allowed);
        // What the next one goes on from was worth its attempt. The one that ends the job counts in any case.
        run.charged += u32::from(!got_further || delay.is_none());
        if let Some(delay) = delay {
            run.retried += u32::from(!got_further);
            run.not_before = Some(now + delay);
        }
        let result = TaskResult::Failed { failure: failure.clone(), will_retry: delay.is_some() };
        self.task_finished(lane, attempt, result, timing);
        match delay {
            Some(_) => self.queue_again(attempt.job),
            None => self.finish(attempt.job, Outcome::Failed(failure)),
        }
    }

    /// The worker died over this attempt. It is tried once more on a fresh one, since a worker can be killed from
    /// outside; a second time is the task's own doing.
    pub(super) fn crashed(&mut self, lane: LaneId, attempt: AttemptId, cause: &str, details: &str, timing: Timing) {
        self.discard(attempt);
        let Some(spec) = self.spec(attempt.job) else { return };
        let Some(job) = self.job_mut(attempt.job) else { return };
        let name = job.name(&spec);
        let most = if matches!(spec.source(), Source::Light(_)) { MAX_CRASHES_LIGHT } else { MAX_CRASHES };
        let run = job.run_mut();
        run.charged += 1;
        run.crashes += 1;
        let quarantined = run.crashes >= most;
        let failure = if quarantined {
            let sentence = format!(
                "{name} took its worker process down {most} times and is not tried again: the last one {cause}"
            );
            Failure::new(ErrorKind::Quarantined, sentence)
        } else {
            Failure::new(ErrorKind::Crashed, format!("The worker process working on {name} {cause}"))
        }
        .with_details(details);
        let result = TaskResult::Failed { failure: failure.clone(), will_retry: !quarantined };
        self.task_finished(lane, attempt, result, timing);
        if quarantined {
            self.finish(attempt.job, Outcome::Failed(failure));
        } else {
            self.queue_again(attempt.job);
        }
    }

    /// An attempt whose worker was lost by no doing of its own goes back to its place, uncharged.
    fn returned(&mut self, lane: LaneId, attempt: AttemptId, live: Live, timing: Timing) {
        self.discard(attempt);
        if live.since.is_some() {
            self.task_finished(lane, attempt, TaskResult::Returned, timing);
        }
        self.queue_again(attempt.job);
    }

    pub(super) fn queue_again(&mut self, id: JobId) {
        let Some(job) = self.job_mut(id) else { return };
        job.become_state(JobState::Queued);
        self.changed(id);
        self.enqueue(id);
    }

    pub(super) fn discard(&mut self, attempt: AttemptId) {
        let fetches = self.pool(attempt.job) == Some(Pool::Fetch);
        let job = self.spec(attempt.job).filter(|job| !fetches && job.source().has_file());
        self.out.extend(job.map(|job| Effect::Discard { attempt, job }));
    }

    /// The worker never greeted, which says nothing about its task.
    fn did_not_come_up(&mut self, lane: LaneId, attempt: AttemptId, cause: &str, details: &str) {
        let sentence = format!(
            "The worker process did not come up: it {cause}. If Millrace was replaced while it ran, start it again"
        );
        let failure = Failure::new(ErrorKind::Io, sentence).with_details(details);
        self.failed(lane, attempt, failure, Timing::default());
    }

    /// The attempt took longer than its deadline allows, and was ended for it. The next would, too.
    fn timed_out(&mut self, lane: LaneId, attempt: AttemptId, timing: Timing) {
        let Some(spec) = self.spec(attempt.job) else { return };
        let name = self.job(attempt.job).map(|job| job.name(&spec)).unwrap_or_default();
        let seconds = spec.options().deadline_ms.unwrap_or_default() as f64 / 1e3;
        let sentence = format!("{name} took longer than the {seconds} s that a task may take, and was stopped");
        self.failed(lane, attempt, Failure::new(ErrorKind::Timeout, sentence), timing);
    }
}
