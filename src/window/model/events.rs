//! What each of the engine's events changes in the read model.

use super::facts::Fact;
use super::pace::Countdown;
use super::{Model, Row, STILL_RUNNING, Span, SpanEnd, Track, Tried};
use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, Batch, Event, JobId, JobReport, JobState, LaneId, Moment, Outcome, Place, Pool, Progress, Taken, Timing,
    Undone,
};
use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

impl Model {
    /// Takes in what happened.
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::JobsQueued { first, batch, .. } => self.queued(first, &batch),
            // A warning is told by a toast, which is none of the model.
            Event::WentOn(_)
            | Event::Computed { .. }
            | Event::BatchFinished(_)
            | Event::Warned(_)
            | Event::Undone(Ok(None) | Err(_)) => {}
            Event::Undone(Ok(Some(undone))) => self.taken_back(&undone),
            Event::Trouble(trouble) => self.trouble = trouble,
            Event::TaskStarted { attempt, stage, pool, lane, at } => self.started(attempt, stage, pool, lane, at),
            Event::TaskFinished { attempt, lane, result, timing, at } => {
                self.finished(attempt, lane, result, timing, at);
            }
            Event::JobChanged { job, state: JobState::Queued, stage: 0, paused, stopping: false }
                if self.only_waits(job) =>
            {
                self.refact(job, |fact| Fact { halted: paused, ..fact });
            }
            Event::JobChanged { job, state, stage, paused, stopping } => {
                self.tried_again(job, state);
                let mut begins_anew = false;
                self.update(job, |row| {
                    if row.state.is_final() && state == JobState::Queued {
                        // A person asked for another try: it starts over.
                        (row.stage, row.failure, row.outcome) = (0, None, None);
                        begins_anew = true;
                        row.progress = Progress::default();
                    }
                    (row.state, row.stage) = (state, stage);
                    (row.paused, row.stopping) = (paused, stopping);
                });
                // The engine forgets the place of a job that is tried again.
                if begins_anew && self.moved.get(job).is_some() {
                    self.moved.set(job, None);
                    self.view.mark_stale();
                }
            }
            Event::JobFinished(report) => self.ended(*report),
            Event::JobsRemoved(jobs) => self.removed(&jobs),
            Event::JobsMoved(jobs) => self.moved(&jobs),
            Event::LaneOpened(lane) => self.tracks.open(lane),
            Event::WorkerStarted { lane, pid, posture, start_us } => {
                self.toggle.came_up(lane, (pid, start_us, posture.is_full()), self.now);
                self.tracks.set_worker(lane, pid, posture);
                // It may come up only after an attempt was handed to it.
                if let Some(job) = self.tracks.running_on(lane) {
                    self.update(job, |row| (row.pid, row.posture) = (Some(pid), Some(posture)));
                }
            }
            Event::WorkerLost(lane) => self.tracks.lost_worker(lane),
            Event::LaneClosed(lane) => {
                self.toggle.closed(lane);
                self.tracks.close(lane, self.now);
            }
            Event::SettingsChanged { mode, lanes, paused, choosing } => {
                (self.mode, self.lanes, self.paused, self.choosing) = (mode, lanes, paused, choosing);
                self.stretch.pause(paused, self.now);
            }
        }
    }

    fn queued(&mut self, first: JobId, batch: &Arc<Batch>) {
        if self.counts.unfinished() == 0 {
            self.stretch.begin(self.now);
            self.tally.begin();
            self.left = Countdown::default();
            self.downloads.begin();
            self.converts.begin();
        }
        self.batches.push((first, Arc::clone(batch)));
        self.facts.add(first, batch);
        self.rows.resize_with(self.facts.len(), OnceCell::new);
        for at in 0..batch.jobs.len() as u32 {
            self.counts.add(&Fact::WAITS);
            self.view.added(JobId(first.0 + at), &Fact::WAITS);
        }
    }

    fn started(&mut self, attempt: AttemptId, stage: usize, pool: Pool, lane: LaneId, at: Moment) {
        self.now = self.now.max(at);
        self.stretch.started(pool, at);
        if self.is_in_sight(attempt.job) {
            self.stretch.taken_up(at);
        }
        self.running.insert(attempt.job);
        let track = self.tracks.get(lane);
        let tag = track.map(|track| track.lane.label()).unwrap_or_default();
        let (pid, posture) = (track.and_then(|track| track.pid), track.and_then(Track::holds));
        let mut label = String::new();
        self.update(attempt.job, |row| {
            row.begin(stage, lane, tag, at);
            (row.pid, row.posture) = (pid, posture);
            row.attempts += 1;
            label.clone_from(&row.name);
        });
        let label = label.rsplit_once('.').map_or(label.as_str(), |(stem, _)| stem).into();
        let (job, attempt, end) = (attempt.job, attempt.number, STILL_RUNNING);
        let how = SpanEnd::Running;
        self.tracks.begin(lane, Span { job, attempt, pool, start: at, end, how, label, pid: None, compute_share: 0.0 });
    }

    fn finished(&mut self, attempt: AttemptId, lane: LaneId, result: TaskResult, timing: Timing, at: Moment) {
        self.now = self.now.max(at);
        self.running.remove(&attempt.job);
        let how = match &result {
            TaskResult::Done { .. } => SpanEnd::Done,
            TaskResult::Failed { will_retry: false, .. } => SpanEnd::Failed,
            TaskResult::Failed { .. } | TaskResult::Returned => SpanEnd::Again,
            TaskResult::Cancelled => SpanEnd::Cancelled,
        };
        // A row keeps its attempts only once one did not end well.
        let keeps = how != SpanEnd::Done || self.row(attempt.job).is_some_and(|row| row.history.is_some());
        let mut ended = None;
        let mut pool = None;
        self.tracks.end(lane, attempt.job, attempt.number, |span| {
            pool = Some(span.pool);
            (span.end, span.how) = (at, how);
            span.compute_share = timing.cpu_us as f32 / timing.wall_us.max(1) as f32;
            ended = keeps.then(|| span.clone());
        });
        let tried = ended.and_then(|span| Some(Tried { timing, ..Tried::of(self.tracks.get(lane)?, &span) }));
        let pool = pool.or_else(|| self.row(attempt.job)?.pool()).unwrap_or(Pool::Fetch);
        self.stretch.finished(pool, at);
        self.spent.add(pool, timing);
        if let Some(track) = self.tracks.get(lane) {
            self.tally.attempt(track.lane.executor, pool, timing);
        }
        if pool == Pool::Mill && how == SpanEnd::Done {
            self.converts.add(1.0);
        }
        // A worker process may come up only after the attempt was handed to it.
        let track = self.tracks.get(lane);
        let (pid, posture) = (track.and_then(|track| track.pid), track.and_then(Track::holds));
        let (mut unreported, mut renamed) = (0, false);
        self.update(attempt.job, |row| {
            match pool {
                Pool::Fetch => row.fetch_timing += timing,
                Pool::Mill => row.mill_timing += timing,
            }
            (row.lane, row.started, row.pace) = (None, None, None);
            row.pid = pid;
            row.posture = posture.or(row.posture);
            row.remember(tried, &result);
            match result {
                TaskResult::Done { name, bytes_in, bytes_out } => {
                    if pool == Pool::Fetch {
                        unreported = bytes_in.saturating_sub(row.progress.done);
                    }
                    renamed = row.rename(&name);
                    row.failure = None;
                    row.bytes_out = bytes_out;
                    if row.stage == 0 {
                        row.bytes_in = bytes_in;
                    }
                    row.progress = Progress::default();
                    row.stage += 1;
                    row.state = JobState::Queued;
                }
                TaskResult::Failed { failure, .. } => row.failure = Some(failure),
                TaskResult::Cancelled | TaskResult::Returned => {}
            }
            if row.state == JobState::Running {
                row.state = JobState::Queued;
            }
        });
        self.downloads.add(unreported as f64);
        if let Some(row) = self.row(attempt.job).filter(|_| renamed) {
            let words = row.words();
            self.facts.set_words(attempt.job, &words);
            self.view.renamed();
        }
    }

    fn ended(&mut self, report: JobReport) {
        let job = report.job;
        let had_work = self.counts.unfinished() > 0;
        self.stretch.finished_jobs += 1;
        self.running.remove(&report.job);
        self.held_back.forget(job);
        self.update(report.job, |row| {
            row.state = report.outcome.state();
            (row.paused, row.stopping) = (false, false);
            row.posture = report.posture.or(row.posture);
            row.attempts = report.attempts;
            if let Outcome::Failed(failure) = &report.outcome {
                row.failure = Some(failure.clone());
            }
            if report.bytes_in > 0 {
                row.bytes_in = report.bytes_in;
            }
            row.bytes_out = report.bytes_out;
            (row.size_in, row.size_out) = (report.size_in, report.size_out);
            if let Some(lane) = report.lane {
                row.lane_tag = lane;
            }
            row.outcome = Some(report.outcome);
        });
        let stretch = self.stretch.number;
        if let Some(row) = self.rows.get_mut(job.0 as usize).and_then(OnceCell::get_mut) {
            row.stretch = stretch;
            self.tally.job(row);
        }
        if had_work {
            self.see_end();
        } else {
            // It was in the bin: what was told of the end stays, but for the count.
            if let Some(report) = self.report.as_mut().filter(|report| report.stretch == stretch) {
                self.tally.amend(Arc::make_mut(report));
            }
        }
    }

    /// Notes the end of the stretch, if nothing is left to do. To be called where there was something.
    pub(super) fn see_end(&mut self) {
        if self.counts.unfinished() > 0 {
            return;
        }
        self.stretch.count_to(self.now);
        self.stretch.ended = Some(self.now);
        self.turn = None;
        self.report = self.tally.report(&self.stretch, &self.tracks).map(Arc::new);
    }

    /// A person asked for another try of something that had ended: it no longer counts as that.
    fn tried_again(&mut self, job: JobId, state: JobState) {
        let Some(row) = self.rows.get(job.0 as usize).and_then(OnceCell::get) else { return };
        if !row.state.is_final() || state != JobState::Queued {
            return;
        }
        if row.stretch == self.stretch.number {
            self.tally.again(row);
        }
        self.stretch.taken_up(self.now);
    }

    /// The rows whose files are gone say so.
    fn taken_back(&mut self, undone: &Undone) {
        let removed = undone.files.iter().filter(|file| file.taken == Taken::Removed);
        let removed: HashSet<&Path> = removed.map(|file| file.path.as_path()).collect();
        for row in self.rows.iter_mut().filter_map(OnceCell::get_mut) {
            if row.output().is_some_and(|output| removed.contains(output)) {
                (row.outcome, row.taken_back) = (None, true);
            }
        }
    }

    fn removed(&mut self, jobs: &[JobId]) {
        for job in jobs {
            self.unchoose(*job);
            if let Some(fact) = self.facts.get(*job).copied() {
                self.counts.take_off(&fact);
                self.facts.set(*job, None);
                if !fact.binned {
                    self.view.mark_stale();
                }
            }
            if let Some(row) = self.rows.get_mut(job.0 as usize) {
                *row = OnceCell::new();
            }
            self.running.remove(job);
        }
        self.turn = None;
    }

    /// Jobs have other places in the queue.
    fn moved(&mut self, jobs: &[(JobId, Place)]) {
        for (job, place) in jobs {
            self.moved.set(*job, Some(*place));
        }
        self.view.mark_stale_now();
    }

    /// Changes a row and keeps the counts and the list of shown rows in step.
    fn update(&mut self, job: JobId, change: impl FnOnce(&mut Row)) {
        let Some(row) = self.row_mut(job) else { return };
        change(row);
        self.note(job);
    }

    /// Brings what is known of a row in short up to what the row says.
    pub(super) fn note(&mut self, job: JobId) {
        let Some(row) = self.rows.get(job.0 as usize).and_then(OnceCell::get) else { return };
        let after = Fact::of(row, false);
        self.refact(job, |before| Fact { binned: before.binned, ..after });
    }

    /// Nothing happened to it yet but that it was paused, so it needs no row.
    fn only_waits(&self, job: JobId) -> bool {
        self.rows.get(job.0 as usize).is_some_and(|row| row.get().is_none())
    }

    /// Changes what is known of a row in short, and what is counted with it.
    fn refact(&mut self, job: JobId, change: impl FnOnce(Fact) -> Fact) {
        let Some(before) = self.facts.get(job).copied() else { return };
        let after = change(before);
        if before != after {
            self.facts.set(job, Some(after));
            self.counts.take_off(&before);
            self.counts.add(&after);
            self.chosen_changed(job, &before, &after);
            self.view.changed(&before, &after);
        }
    }
}
