//! What the window knows: a read model of the queue, fed by the engine's events and progress and by nothing else. No
//! egui, no clock: time is handed in.

mod advice;
pub(crate) mod bars;
mod events;
mod history;
mod pace;
pub(crate) mod picture;
mod rates;
pub(crate) mod report;
mod row;
#[cfg(test)]
mod tests;
pub(crate) mod toggle;
mod track;
mod view;

pub(crate) use history::Tried;
pub(crate) use rates::{Meter, Stretch};
pub(crate) use row::{Bucket, Row};
pub(crate) use track::{STILL_RUNNING, Span, SpanEnd, Track, Tracks};
pub(crate) use view::{Choose, Filter, Step, View};

use crate::model::{ExecutorKind, JobId, JobState, LaneCounts, Mode, Moment, Pool, Progress};
use advice::Spent;
use pace::Countdown;
use report::{BatchReport, Tally};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use toggle::{Known, Toggle};

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
    /// What the attempts of each kind took so far.
    pub(crate) spent: Spent,
    /// What the last stretch of work came to.
    pub(crate) report: Option<Arc<BatchReport>>,
    tally: Tally,
    /// What switching the mode costs and buys.
    pub(crate) toggle: Toggle,
    left: Countdown,
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
            stretch: Stretch::new(cores()),
            headline: Headline::default(),
            spent: Spent::default(),
            report: None,
            tally: Tally::default(),
            toggle: Toggle::default(),
            left: Countdown::default(),
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
        could_move && (self.counts.running() > 0 || !self.paused && self.trouble.is_none())
    }

    /// What the last switch of the mode costs and buys, once it can be told.
    pub(crate) fn toggle_line(&mut self) -> Option<String> {
        let known =
            Known { is_active: self.is_active(), speed_up: self.headline.speed_up, cores: self.stretch.cores() };
        self.toggle.line(self.now, known)
    }

    /// What follows from the waiting and computing of a pool's attempts. `None` while nothing is measured.
    pub(crate) fn advice(&self, pool: Pool) -> Option<String> {
        self.spent.advice(pool, self.lanes.of(pool), cores())
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
        for job in &self.running {
            let row = self.rows.get_mut(job.0 as usize).and_then(Option::as_deref_mut);
            if let Some(pace) = row.and_then(|row| row.pace.as_mut()) {
                pace.refresh(now);
            }
        }
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
        let estimate = match self.counts.unfinished() {
            0 => None,
            _ => self.stretch.time_left((total - done).max(0.0), under_way + fetched),
        };
        let time_left = self.left.take(estimate.map(|left| left.as_secs_f64()), now);
        self.headline = Headline {
            download_bytes_per_s: rate(&self.downloads),
            converts_per_s: rate(&self.converts),
            speed_up: self.stretch.speed_up().or(self.headline.speed_up),
            time_left,
            share: if total > 0.0 { done / total } else { 0.0 },
        };
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
