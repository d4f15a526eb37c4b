//! What the window knows: a read model of the queue, fed by the engine's events and progress and by nothing else. No
//! egui, no clock: time is handed in.

mod advice;
mod arrange;
pub(crate) mod bars;
mod bin;
mod chosen;
mod counts;
mod events;
mod facts;
mod history;
mod marks;
mod pace;
mod paused;
pub(crate) mod picture;
mod places;
mod rates;
pub(crate) mod report;
mod row;
mod spans;
#[cfg(test)]
mod tests;
pub(crate) mod toggle;
mod track;
mod view;

pub(crate) use arrange::{Ask, Listing, arrange};
pub(crate) use bin::Binned;
use chosen::{Chosen, made};
pub(crate) use counts::Counts;
pub(crate) use facts::Fact;
pub(crate) use history::Tried;
pub(crate) use rates::{Meter, Stretch};
pub(crate) use row::{Bucket, Glance, Row};
pub(crate) use track::{STILL_RUNNING, Span, SpanEnd, Track, Tracks};
pub(crate) use view::{Choose, Filter, Step, View};

use crate::model::{Batch, ExecutorKind, JobId, JobRef, JobState, LaneCounts, Mode, Moment, Pool, Progress};
use advice::Spent;
use facts::Facts;
use pace::Countdown;
use paused::Paused;
use places::Places;
use report::{BatchReport, Tally};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use toggle::{Known, Toggle};

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

/// How often the large numbers change, and those of each running row.
const HEADLINE_US: u64 = 250_000;
/// They take turns, so that frames that follow one another quickly do not each lay all of them out: the large numbers
/// first, then the rows, a share in each turn.
const TURNS: u64 = 5;

/// Up to so many rows a list is made at once; more are left to another thread.
const AT_ONCE: usize = 1000;

/// The read model.
#[derive(Debug)]
pub(crate) struct Model {
    /// Rows by job id; an id is the index. A row is made when somebody looks at it or something happens to it: a million
    /// that only wait take hardly any room.
    rows: Vec<OnceCell<Box<Row>>>,
    /// What came in, and the id of the first job of each batch.
    batches: Vec<(JobId, Arc<Batch>)>,
    /// Which rows there are, and what they are in short, for lists and counts.
    facts: Facts,
    /// Where jobs were moved to in the queue.
    moved: Places,
    held_back: Paused,
    /// A list that another thread is to make.
    ask: Option<Ask>,
    chosen: Chosen,
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
    /// The turn that was last. `None` where all are due.
    turn: Option<u64>,
    running: BTreeSet<JobId>,
    now: Moment,
}

impl Model {
    pub(crate) fn new(mode: Mode, lanes: LaneCounts) -> Model {
        Model {
            rows: Vec::new(),
            batches: Vec::new(),
            facts: Facts::default(),
            moved: Places::default(),
            held_back: Paused::default(),
            ask: None,
            chosen: Chosen::default(),
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
            turn: None,
            running: BTreeSet::new(),
            now: Moment::default(),
        }
    }

    /// How many jobs of this stretch of work, or of the last one, are done, failed and cancelled, and how many there are:
    /// rows of earlier ones may still be in the list.
    pub(crate) fn stretch_counts(&self) -> ([usize; 3], usize) {
        let ended = self.tally.ended();
        (ended, ended.iter().sum::<usize>() + self.counts.unfinished())
    }

    /// The newest time known.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    pub(crate) fn row(&self, job: JobId) -> Option<&Row> {
        let fact = self.facts.get(job)?;
        let (batch, place) = self.batch_of(job)?;
        let make = || {
            let row = Row::new(job, JobRef::new(Arc::clone(batch), place));
            Box::new(Row { paused: fact.halted, ..row })
        };
        Some(self.rows.get(job.0 as usize)?.get_or_init(make))
    }

    fn row_mut(&mut self, job: JobId) -> Option<&mut Row> {
        self.row(job)?;
        self.rows.get_mut(job.0 as usize)?.get_mut().map(|row| &mut **row)
    }

    /// What a row is in short. Makes none.
    pub(crate) fn fact(&self, job: JobId) -> Option<&Fact> {
        self.facts.get(job)
    }

    /// The rows that something happened to or that somebody looked at, but those in the bin. Makes none: all that ran or
    /// ended is among them.
    pub(crate) fn made_rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter_map(OnceCell::get).map(|row| &**row).filter(|row| self.is_in_sight(row.id))
    }

    /// The first rows but those in the bin.
    pub(crate) fn first_rows(&self, count: usize) -> impl Iterator<Item = &Row> {
        let in_sight = self.facts.iter().filter(|(_, fact)| !fact.binned);
        in_sight.take(count).filter_map(|(job, _)| self.row(job))
    }

    /// What a row was made for, and the row, if it was made already. Makes none.
    pub(crate) fn glance(&self, job: JobId) -> Option<Glance<'_>> {
        self.facts.get(job)?;
        let (batch, place) = self.batch_of(job)?;
        Some(Glance { spec: batch.jobs.get(place)?, options: &batch.options, row: made(&self.rows, job) })
    }

    fn batch_of(&self, job: JobId) -> Option<(&Arc<Batch>, usize)> {
        let at = self.batches.partition_point(|(first, _)| *first <= job).checked_sub(1)?;
        let (first, batch) = &self.batches[at];
        Some((batch, (job.0 - first.0) as usize))
    }

    /// Whether anything moves.
    pub(crate) fn is_active(&self) -> bool {
        let could_move = self.counts.unfinished() > self.counts.halted();
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
        self.spent.advice(pool, self.lanes.of(pool), self.stretch.cores())
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
            if let Some(row) = self.row_mut(job).filter(|row| row.state == JobState::Running) {
                let arrived = row.advance(progress, now);
                self.downloads.add(arrived as f64);
                self.note(job);
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
        self.take_turns();
        self.arrange_if_due();
        self.count_chosen_if_due();
    }

    /// Makes the list of the shown rows anew where that is due: at once, or by asking another thread for it.
    fn arrange_if_due(&mut self) {
        if self.list_due_in() != Some(Duration::ZERO) {
            return;
        }
        let ask = Ask { facts: self.facts.clone(), moved: self.moved.clone(), wish: self.view.wish().clone() };
        self.view.asked();
        if self.facts.len() <= AT_ONCE {
            let listing = arrange(&ask);
            self.arranged(listing, Duration::ZERO);
        } else {
            self.ask = Some(ask);
        }
    }

    /// How long from now the list is to be made anew, if it is: there must be a [`Model::tick`] then.
    pub(crate) fn list_due_in(&self) -> Option<Duration> {
        self.view.due_in(self.now, self.facts.len())
    }

    /// The list that another thread is to make. Its answer goes to [`Model::arranged`].
    pub(crate) fn take_ask(&mut self) -> Option<Ask> {
        self.ask.take()
    }

    /// Takes in a list that was asked for and took so long to make; returns the one before.
    pub(crate) fn arranged(&mut self, listing: Listing, took: Duration) -> Listing {
        let old = self.view.take(listing, self.now, took);
        // Nobody acts on what cannot be seen: neither what a filter hides nor what left it by itself.
        for job in self.view.hidden() {
            self.unchoose(job);
        }
        old
    }

    /// Sets the search text.
    pub(crate) fn search(&mut self, text: &str) {
        self.view.set_search(text);
    }

    /// Whether a row is there and not in the bin.
    pub(crate) fn is_in_sight(&self, job: JobId) -> bool {
        self.facts.get(job).is_some_and(|fact| !fact.binned)
    }

    /// Whether the search finds a row.
    pub(crate) fn is_found(&self, row: &Row) -> bool {
        row.words().contains(&self.view.search().trim().to_lowercase())
    }

    /// The rows of a bucket, by their ids.
    pub(crate) fn jobs_in(&self, bucket: Bucket) -> Vec<JobId> {
        let in_it = |(_, fact): &(JobId, &Fact)| !fact.binned && fact.bucket == bucket;
        self.facts.iter().filter(in_it).map(|(job, _)| job).collect()
    }

    /// Puts jobs in the order in which they stand in the queue.
    pub(crate) fn sort_by_queue(&self, jobs: &mut [JobId]) {
        jobs.sort_unstable_by_key(|job| self.moved.of(*job));
    }

    /// Refreshes the numbers whose turn has come since the last time.
    fn take_turns(&mut self) {
        let turn = self.now.0 / (HEADLINE_US / TURNS);
        let first = self.turn.map_or(0, |last| last + 1).max((turn + 1).saturating_sub(TURNS));
        self.turn = Some(turn);
        for turn in first..=turn {
            match turn % TURNS {
                0 => self.refresh_headline(),
                share => self.refresh_rows(share - 1),
            }
        }
    }

    /// Refreshes the numbers of every so manieth running row.
    fn refresh_rows(&mut self, share: u64) {
        for job in self.running.iter().filter(|job| u64::from(job.0) % (TURNS - 1) == share) {
            let row = self.rows.get_mut(job.0 as usize).and_then(OnceCell::get_mut);
            if let Some(pace) = row.and_then(|row| row.pace.as_mut()) {
                pace.refresh(self.now);
            }
        }
    }

    fn refresh_headline(&mut self) {
        let now = self.now;
        self.stretch.count_to(now);
        let active_us = self.stretch.elapsed(now).as_micros() as u64;
        let running = || self.running.iter().filter(|job| self.is_in_sight(**job)).filter_map(|job| self.row(*job));
        let under_way: f64 = running().map(|row| f64::from(row.share())).sum();
        let fetched = self.counts.of(Bucket::Fetched) as f64 * 0.5;
        let (ended, total) = self.stretch_counts();
        let total = total as f64;
        let done = ended.iter().sum::<usize>() as f64 + under_way + fetched;
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
            // What brought nothing about was not faster than anything.
            speed_up: match self.stretch.ended {
                Some(_) if ended[0] == 0 => None,
                _ => self.stretch.speed_up().or(self.headline.speed_up),
            },
            time_left,
            share: if total > 0.0 { done / total } else { 0.0 },
        };
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
