//! What the window knows: a read model of the queue, fed by the engine's events and progress and by nothing else. No
//! egui, no clock: time is handed in.

mod rates;
mod row;
#[cfg(test)]
mod tests;
mod track;
mod view;

pub(crate) use rates::{Meter, Stretch};
pub(crate) use row::{Bucket, Row};
pub(crate) use track::{STILL_RUNNING, Span, SpanEnd, Track, Tracks};
pub(crate) use view::{Choose, Filter, Step, View};

use crate::model::message::TaskResult;
use crate::model::{
    AttemptId, Batch, Event, ExecutorKind, JobId, JobRef, JobReport, JobState, LaneCounts, LaneId, Mode, Moment,
    Outcome, Pool, Progress, Timing,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// How many rows there are of each bucket.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    by_bucket: [usize; 7],
    /// Unfinished rows that are paused by themselves.
    halted: usize,
}

impl Counts {
    pub(crate) fn of(&self, bucket: Bucket) -> usize {
        self.by_bucket[bucket as usize]
    }

    pub(crate) fn of_filter(&self, filter: Filter) -> usize {
        Bucket::ALL.into_iter().filter(|bucket| filter.keeps(*bucket)).map(|bucket| self.of(bucket)).sum()
    }

    pub(crate) fn total(&self) -> usize {
        self.by_bucket.iter().sum()
    }

    /// Those that nothing more happens to.
    pub(crate) fn ended(&self) -> usize {
        self.of(Bucket::Done) + self.of(Bucket::Failed) + self.of(Bucket::Cancelled)
    }

    pub(crate) fn unfinished(&self) -> usize {
        self.total() - self.ended()
    }

    pub(crate) fn running(&self) -> usize {
        self.of(Bucket::Fetching) + self.of(Bucket::Milling)
    }
}

/// Numbers that are shown large. Computed four times a second, so that they can be read.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Headline {
    pub(crate) download_bytes_per_s: f64,
    pub(crate) converts_per_s: f64,
    pub(crate) speed_up: Option<f64>,
    pub(crate) time_left: Option<Duration>,
    /// The share done of everything, 0 to 1.
    pub(crate) share: f64,
}

/// How often the large numbers change.
const HEADLINE_US: u64 = 250_000;

/// The read model.
#[derive(Debug)]
pub(crate) struct Model {
    /// Rows by job id; an id is the index. Removed rows leave a hole.
    rows: Vec<Option<Box<Row>>>,
    pub(crate) counts: Counts,
    pub(crate) view: View,
    pub(crate) tracks: Tracks,
    pub(crate) mode: Mode,
    pub(crate) lanes: LaneCounts,
    pub(crate) paused: bool,
    /// Whether the number of fetch lanes follows what is measured.
    pub(crate) choosing: bool,
    /// Why the queue cannot be kept at the moment.
    pub(crate) trouble: Option<String>,
    pub(crate) downloads: Meter,
    pub(crate) converts: Meter,
    pub(crate) stretch: Stretch,
    pub(crate) headline: Headline,
    headline_at: u64,
    running: BTreeSet<JobId>,
    now: Moment,
}

impl Model {
    pub(crate) fn new(mode: Mode, lanes: LaneCounts) -> Model {
        Model {
            rows: Vec::new(),
            counts: Counts::default(),
            view: View::default(),
            tracks: Tracks::default(),
            mode,
            lanes,
            paused: false,
            choosing: false,
            trouble: None,
            downloads: Meter::default(),
            converts: Meter::default(),
            stretch: Stretch::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
            headline: Headline::default(),
            headline_at: u64::MAX,
            running: BTreeSet::new(),
            now: Moment::default(),
        }
    }

    /// The newest time known.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    pub(crate) fn row(&self, job: JobId) -> Option<&Row> {
        self.rows.get(job.0 as usize)?.as_deref()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten().map(|row| &**row)
    }

    /// Whether anything moves.
    pub(crate) fn is_active(&self) -> bool {
        let could_move = self.counts.unfinished() > self.counts.halted;
        could_move && (self.counts.running() > 0 || !self.paused)
    }

    /// The mode's executors for both pools, in words: `4 fetch lanes, 2 mill lanes`.
    pub(crate) fn lanes_phrase(&self) -> String {
        if self.mode == Mode::Serial {
            return "one thing at a time".to_owned();
        }
        let noun = |pool: Pool| match self.mode.executor_of(pool) {
            ExecutorKind::Processes => "process",
            _ => "thread",
        };
        let phrase = |pool: Pool, verb: &str| {
            let (count, noun) = (self.lanes.of(pool), noun(pool));
            let plural = match (count, noun) {
                (1, _) => "",
                (_, "process") => "es",
                _ => "s",
            };
            format!("{count} {verb} {noun}{plural}")
        };
        format!("{}, {}", phrase(Pool::Fetch, "download"), phrase(Pool::Mill, "convert"))
    }

    /// Takes in what happened.
    pub(crate) fn apply(&mut self, event: Event) {
        match event {
            Event::JobsQueued { first, batch, .. } => self.queued(first, &batch),
            Event::WentOn(_) | Event::Computed { .. } => {}
            Event::Trouble(trouble) => self.trouble = trouble,
            Event::TaskStarted { attempt, stage, pool, lane, at } => self.started(attempt, stage, pool, lane, at),
            Event::TaskFinished { attempt, lane, result, timing, at } => {
                self.finished(attempt, lane, result, timing, at);
            }
            Event::JobChanged { job, state, stage, paused, stopping } => self.update(job, |row| {
                if row.state.is_final() && state == JobState::Queued {
                    // A person asked for another try: it starts over.
                    (row.stage, row.failure, row.outcome) = (0, None, None);
                    row.progress = Progress::default();
                }
                (row.state, row.stage) = (state, stage);
                (row.paused, row.stopping) = (paused, stopping);
            }),
            Event::JobFinished(report) => self.ended(*report),
            Event::JobsRemoved(jobs) => self.removed(&jobs),
            Event::BatchFinished(_) => {}
            Event::LaneOpened(lane) => self.tracks.open(lane),
            Event::WorkerStarted { lane, pid, posture } => self.tracks.set_worker(lane, pid, posture),
            Event::LaneClosed(lane) => self.tracks.close(lane, self.now),
            Event::SettingsChanged { mode, lanes, paused, choosing } => {
                (self.mode, self.lanes, self.paused, self.choosing) = (mode, lanes, paused, choosing);
            }
        }
    }

    /// Takes in the newest progress of running jobs.
    pub(crate) fn advance(&mut self, progress: impl IntoIterator<Item = (JobId, Progress)>) {
        let now = self.now;
        for (job, progress) in progress {
            let row = self.rows.get_mut(job.0 as usize).and_then(Option::as_deref_mut);
            if let Some(row) = row.filter(|row| row.state == JobState::Running) {
                let arrived = row.advance(progress, now);
                self.downloads.add(arrived as f64);
            }
        }
    }

    /// Moves time on.
    pub(crate) fn tick(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if self.stretch.ended.is_none() {
            // At rest the curves stay as they were at the end.
            self.downloads.advance(self.now);
            self.converts.advance(self.now);
        }
        if self.headline_at != self.now.0 / HEADLINE_US {
            self.headline_at = self.now.0 / HEADLINE_US;
            self.refresh_headline();
        }
        if self.view.is_stale() {
            self.view.rebuild(self.rows.iter().flatten().map(|row| &**row));
        }
    }

    /// Sets the search text and looks through the rows.
    pub(crate) fn search(&mut self, text: &str) {
        if self.view.set_search(text) {
            let needle = self.view.needle().to_owned();
            for row in self.rows.iter_mut().flatten() {
                row.search(&needle);
            }
        }
    }

    fn refresh_headline(&mut self) {
        let now = self.now;
        self.stretch.count_to(now);
        let active_us = self.stretch.elapsed(now).as_micros() as u64;
        let running = || self.running.iter().filter_map(|job| self.row(*job));
        let under_way: f64 = running().map(|row| f64::from(row.share())).sum();
        let fetched = self.counts.of(Bucket::Fetched) as f64 * 0.5;
        let total = self.counts.total() as f64;
        let done = self.counts.ended() as f64 + under_way + fetched;
        // While work goes on, the last seconds count; then the whole stretch.
        let rate = |meter: &Meter| match self.stretch.ended {
            Some(_) => meter.mean(self.stretch.elapsed(now)),
            None => meter.rate(active_us),
        };
        self.headline = Headline {
            download_bytes_per_s: rate(&self.downloads),
            converts_per_s: rate(&self.converts),
            speed_up: self.stretch.speed_up().or(self.headline.speed_up),
            time_left: match self.counts.unfinished() {
                0 => None,
                _ => self.stretch.time_left((total - done).max(0.0), under_way + fetched),
            },
            share: if total > 0.0 { done / total } else { 0.0 },
        };
    }

    fn queued(&mut self, first: JobId, batch: &Arc<Batch>) {
        if self.counts.unfinished() == 0 {
            self.stretch.begin(self.now);
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
        let (tag, pid) = match self.tracks.get(lane) {
            Some(track) => (track.lane.label(), track.pid),
            None => (String::new(), None),
        };
        let mut label = String::new();
        self.update(attempt.job, |row| {
            row.begin(stage, lane, tag, pid, at);
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
        let mut pool = None;
        self.tracks.end(lane, attempt.job, attempt.number, |span| {
            pool = Some(span.pool);
            (span.end, span.how) = (at, how);
            span.compute_share = timing.cpu_us as f32 / timing.wall_us.max(1) as f32;
        });
        let pool = pool.or_else(|| self.row(attempt.job)?.pool()).unwrap_or(Pool::Fetch);
        self.stretch.finished(pool, at);
        if pool == Pool::Mill && how == SpanEnd::Done {
            self.converts.add(1.0);
        }
        let needle = self.view.needle().to_owned();
        // A worker process may come up only after the attempt was handed to it.
        let pid = self.tracks.get(lane).and_then(|track| track.pid);
        let mut unreported = 0;
        self.update(attempt.job, |row| {
            match pool {
                Pool::Fetch => row.fetch_timing += timing,
                Pool::Mill => row.mill_timing += timing,
            }
            (row.lane, row.started, row.rate) = (None, None, 0.0);
            row.pid = pid;
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
        if self.counts.unfinished() == 0 {
            self.stretch.ended = Some(self.now);
            self.headline_at = u64::MAX;
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
