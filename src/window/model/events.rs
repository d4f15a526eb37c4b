//! What each of the engine's events changes in the read model.

use super::pace::Countdown;
use super::{Model, Row, STILL_RUNNING, Span, SpanEnd, Track, Tried};
use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, Batch, Event, JobId, JobRef, JobReport, JobState, LaneId, Moment, Outcome, Pool, Progress, Taken,
    Timing, Undone,
};
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
            Event::JobChanged { job, state, stage, paused, stopping } => {
                self.tried_again(job, state);
                self.update(job, |row| {
                    if row.state.is_final() && state == JobState::Queued {
                        // A person asked for another try: it starts over.
                        (row.stage, row.failure, row.outcome) = (0, None, None);
                        row.progress = Progress::default();
                    }
                    (row.state, row.stage) = (state, stage);
                    (row.paused, row.stopping) = (paused, stopping);
                });
            }
            Event::JobFinished(report) => self.ended(*report),
            Event::JobsRemoved(jobs) => self.removed(&jobs),
            Event::LaneOpened(lane) => self.tracks.open(lane),
            Event::WorkerStarted { lane, pid, posture, start_us } => {
                self.toggle.came_up(lane, (pid, start_us, posture.is_full()), self.now);
                self.tracks.set_worker(lane, pid, posture);
                // It may come up only after an attempt was handed to it.
                if let Some(job) = self.tracks.running_on(lane) {
                    self.update(job, |row| (row.pid, row.posture) = (Some(pid), Some(posture)));
                }
            }
            Event::LaneClosed(lane) => {
                self.toggle.closed(lane);
                self.tracks.close(lane, self.now);
            }
            Event::SettingsChanged { mode, lanes, paused, choosing } => {
                (self.mode, self.lanes, self.paused, self.choosing) = (mode, lanes, paused, choosing);
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
        for at in 0..batch.jobs.len() {
            let id = JobId(first.0 + at as u32);
            if self.rows.len() <= id.0 as usize {
                self.rows.resize_with(id.0 as usize + 1, || None);
            }
            let mut row = Row::new(id, JobRef::new(Arc::clone(batch), at));
            row.search(self.view.needle());
            self.counts.by_bucket[row.bucket() as usize] += 1;
            self.view.added(&row);
            self.rows[id.0 as usize] = Some(Box::new(row));
        }
    }

    fn started(&mut self, attempt: AttemptId, stage: usize, pool: Pool, lane: LaneId, at: Moment) {
        self.now = self.now.max(at);
        self.stretch.started(pool, at);
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
        self.tracks.begin(lane, Span { job, attempt, pool, start: at, end, how, label, compute_share: 0.0 });
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
        let needle = self.view.needle().to_owned();
        // A worker process may come up only after the attempt was handed to it.
        let track = self.tracks.get(lane);
        let (pid, posture) = (track.and_then(|track| track.pid), track.and_then(Track::holds));
        let mut unreported = 0;
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
                    row.rename(&name, &needle);
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
    }

    fn ended(&mut self, report: JobReport) {
        let job = report.job;
        self.stretch.finished_jobs += 1;
        self.running.remove(&report.job);
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
        if let Some(row) = self.rows.get_mut(job.0 as usize).and_then(Option::as_deref_mut) {
            row.stretch = stretch;
            self.tally.job(row);
        }
        if self.counts.unfinished() == 0 {
            self.stretch.count_to(self.now);
            self.stretch.ended = Some(self.now);
            self.headline_at = u64::MAX;
            self.report = self.tally.report(&self.stretch, &self.tracks).map(Arc::new);
        }
    }

    /// A person asked for another try of something that had ended: it no longer counts as that.
    fn tried_again(&mut self, job: JobId, state: JobState) {
        let Some(row) = self.rows.get(job.0 as usize).and_then(Option::as_deref) else { return };
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
        for row in self.rows.iter_mut().flatten() {
            if row.output().is_some_and(|output| removed.contains(output)) {
                (row.outcome, row.taken_back) = (None, true);
            }
        }
    }

    fn removed(&mut self, jobs: &[JobId]) {
        let gone: HashSet<JobId> = jobs.iter().copied().collect();
        for job in &gone {
            if let Some(row) = self.rows.get_mut(job.0 as usize).and_then(Option::take) {
                self.counts.by_bucket[row.bucket() as usize] -= 1;
                self.counts.halted -= usize::from(row.is_halted());
            }
            self.running.remove(job);
        }
        self.view.forget(&gone);
        self.headline_at = u64::MAX;
    }

    /// Changes a row and keeps the counts and the list of shown rows in step.
    fn update(&mut self, job: JobId, change: impl FnOnce(&mut Row)) {
        let Some(row) = self.rows.get_mut(job.0 as usize).and_then(Option::as_deref_mut) else { return };
        let (before, matched, was_halted) = (row.bucket(), row.matches_search, row.is_halted());
        change(row);
        let after = row.bucket();
        self.counts.halted += usize::from(row.is_halted());
        self.counts.halted -= usize::from(was_halted);
        self.counts.by_bucket[before as usize] -= 1;
        self.counts.by_bucket[after as usize] += 1;
        self.view.changed(before, after);
        if matched != row.matches_search {
            self.view.mark_stale();
        }
    }
}
