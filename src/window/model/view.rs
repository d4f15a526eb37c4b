//! What part of the queue is shown, in what order, and what of it is chosen: filter, search, order, selection and the
//! keyboard's place. The list itself is made by [`super::arrange()`], where there are many rows on another thread.

use super::arrange::{Listing, Wish};
use super::facts::Fact;
use super::marks::Marks;
use super::row::Bucket;
use crate::model::{JobId, Moment};
use crate::store::rows::{Column, Order};
use std::time::Duration;

/// The chips above the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub(crate) enum Filter {
    #[default]
    All,
    Active,
    Queued,
    Done,
    Failed,
}

impl Filter {
    pub(crate) const ALL: [Filter; 5] = [Filter::All, Filter::Active, Filter::Queued, Filter::Done, Filter::Failed];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Filter::All => "All",
            Filter::Active => "Active",
            Filter::Queued => "Queued",
            Filter::Done => "Done",
            Filter::Failed => "Failed",
        }
    }

    pub(crate) fn keeps(self, bucket: Bucket) -> bool {
        match self {
            Filter::All => true,
            Filter::Active => matches!(bucket, Bucket::Fetching | Bucket::Milling),
            Filter::Queued => matches!(bucket, Bucket::Queued | Bucket::Fetched),
            Filter::Done => bucket == Bucket::Done,
            Filter::Failed => bucket == Bucket::Failed,
        }
    }
}

/// Where the keyboard goes from the row it is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    By(isize),
    /// So many times as many rows as are in sight.
    Page(isize),
    First,
    Last,
}

/// What a click or a key does with the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choose {
    /// Only this one.
    Only,
    /// This one more, or no longer.
    Toggle,
    /// Everything from the anchor to here.
    Range,
}

/// How soon the list must be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    /// Rows changed: a few times a second is enough.
    Soon,
    /// A person wants another list.
    Now,
}

/// The least time between two lists that only follow from changed rows: so much for each row, up to a bound.
const PAUSE_PER_ROW: Duration = Duration::from_micros(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How many times longer than making a list took nothing is done about it.
const REST: u32 = 10;

/// The shown rows and the chosen ones.
#[derive(Debug, Default)]
pub(crate) struct View {
    search: String,
    wish: Wish,
    listing: Listing,
    stale: Option<Stale>,
    /// Whether a list is being made elsewhere.
    asked: bool,
    arranged_at: Moment,
    /// How long making the last list took.
    took: Duration,
    selected: Marks,
    /// Counts how often a person chose.
    version: u64,
    cursor: Option<JobId>,
    anchor: Option<JobId>,
}

impl View {
    pub(crate) fn filter(&self) -> Filter {
        self.wish.filter
    }

    pub(crate) fn search(&self) -> &str {
        &self.search
    }

    /// The order of the rows, unless it is the queue's.
    pub(crate) fn order(&self) -> Option<Order> {
        self.wish.order
    }

    /// What rows to list, and how.
    pub(super) fn wish(&self) -> &Wish {
        &self.wish
    }

    pub(crate) fn set_filter(&mut self, filter: Filter) {
        let needle = self.wish.needle.clone();
        self.set_wish(Wish { filter, needle, ..self.wish });
    }

    pub(crate) fn set_order(&mut self, order: Option<Order>) {
        let needle = self.wish.needle.clone();
        self.set_wish(Wish { needle, order, ..self.wish });
    }

    pub(crate) fn set_search(&mut self, search: &str) {
        search.clone_into(&mut self.search);
        // What is looked through has a line for each thing.
        let needle = search.trim().replace('\n', " ").to_lowercase();
        self.set_wish(Wish { needle, ..self.wish });
    }

    fn set_wish(&mut self, wish: Wish) {
        if self.wish != wish {
            self.wish = wish;
            self.stale = Some(Stale::Now);
        }
    }

    /// The shown rows, in their order.
    pub(crate) fn shown(&self) -> &[JobId] {
        self.listing.rows()
    }

    /// Whether another list than the shown one is on its way.
    pub(crate) fn is_looking(&self) -> bool {
        self.asked || self.stale == Some(Stale::Now)
    }

    /// How long from now the list is to be made anew, if it is. `rows` is how many there are.
    pub(super) fn due_in(&self, now: Moment, rows: usize) -> Option<Duration> {
        if self.asked {
            return None;
        }
        let pause = PAUSE_PER_ROW.saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX)).min(LONGEST_PAUSE);
        match self.stale? {
            Stale::Now => Some(Duration::ZERO),
            Stale::Soon => Some(pause.max(self.took * REST).saturating_sub(now - self.arranged_at)),
        }
    }

    /// A list is being made from how things stand now.
    pub(super) fn asked(&mut self) {
        (self.stale, self.asked) = (None, true);
    }

    /// Takes the list in; returns the old one, which takes a while to forget.
    pub(super) fn take(&mut self, listing: Listing, now: Moment, took: Duration) -> Listing {
        (self.asked, self.arranged_at, self.took) = (false, now, took);
        std::mem::replace(&mut self.listing, listing)
    }

    /// Rows changed in a way that the list does not show yet.
    pub(super) fn mark_stale(&mut self) {
        self.stale = self.stale.max(Some(Stale::Soon));
    }

    /// A person changed which rows there are.
    pub(super) fn mark_stale_now(&mut self) {
        self.stale = Some(Stale::Now);
    }

    /// A row came. At the end of a list of all there is nothing to look for.
    pub(super) fn added(&mut self, job: JobId, fact: &Fact) {
        if self.wish.needle.is_empty() && self.wish.order.is_none() && self.wish.filter.keeps(fact.bucket) {
            self.listing.push(job);
        }
        if self.asked || !self.wish.needle.is_empty() || self.wish.order.is_some() {
            // Whoever adds something looks for it.
            self.mark_stale_now();
        }
    }

    /// A row is not what it was.
    pub(super) fn changed(&mut self, before: &Fact, after: &Fact) {
        let filter = self.wish.filter;
        let moves = match self.wish.order.map(|order| order.by) {
            None | Some(Column::Name) => false,
            Some(Column::Stage) => {
                (before.bucket, before.halted, before.stopping) != (after.bucket, after.halted, after.stopping)
            }
            Some(Column::Progress) => before.share != after.share,
            Some(Column::Rate) => (before.bucket, before.pace) != (after.bucket, after.pace),
            Some(Column::Size) => before.bytes != after.bytes,
        };
        if moves || filter.keeps(before.bucket) != filter.keeps(after.bucket) {
            self.mark_stale();
        }
    }

    /// A row has another name.
    pub(super) fn renamed(&mut self) {
        if !self.wish.needle.is_empty() || self.wish.order.is_some_and(|order| order.by == Column::Name) {
            self.mark_stale();
        }
    }

    pub(crate) fn is_selected(&self, job: JobId) -> bool {
        self.selected.contains(job)
    }

    /// The chosen rows, by their ids.
    pub(crate) fn selected(&self) -> Vec<JobId> {
        self.selected.iter().collect()
    }

    /// The same without a list of them.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = JobId> + '_ {
        self.selected.iter()
    }

    pub(crate) fn selected_count(&self) -> usize {
        self.selected.len()
    }

    /// Grows when a person chooses.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The row that the keyboard is at: the one that the inspector shows.
    pub(crate) fn cursor(&self) -> Option<JobId> {
        self.cursor
    }

    /// A row is gone.
    pub(super) fn forget(&mut self, gone: JobId) {
        self.selected.remove(gone);
        for place in [&mut self.cursor, &mut self.anchor] {
            if *place == Some(gone) {
                *place = None;
            }
        }
    }

    /// The nearest shown row that is not chosen, below the keyboard's place before above it: where the keyboard goes
    /// when the chosen ones go away.
    pub(super) fn neighbour(&self, goes: impl Fn(JobId) -> bool) -> Option<JobId> {
        let place = self.place_of(self.cursor?)?;
        let rows = self.shown();
        let stays = |job: &&JobId| !goes(**job);
        let near = |rows: &mut dyn Iterator<Item = &JobId>| rows.take(NEAR).find(stays).copied();
        near(&mut rows[place..].iter()).or_else(|| near(&mut rows[..place].iter().rev()))
    }

    /// Puts the keyboard at a row, without choosing it.
    pub(super) fn go_to(&mut self, job: Option<JobId>) {
        (self.cursor, self.anchor) = (job, job);
    }

    pub(crate) fn clear_selection(&mut self) {
        self.selected.clear();
        self.version += 1;
        self.cursor = None;
        self.anchor = None;
    }

    pub(crate) fn select_all(&mut self) {
        self.selected = self.shown().iter().copied().collect();
        self.version += 1;
        self.cursor = self.cursor.or(self.shown().first().copied());
        self.anchor = self.shown().first().copied();
    }

    /// Chooses these and no others.
    pub(super) fn select(&mut self, jobs: &[JobId]) {
        self.selected = jobs.iter().copied().collect();
        self.version += 1;
        self.go_to(jobs.first().copied());
    }

    /// What is chosen, or has the keyboard, and is not shown. Empty while another list is on its way: that one tells.
    pub(super) fn hidden(&self) -> Vec<JobId> {
        if self.is_looking() {
            return Vec::new();
        }
        let cursor = self.cursor.filter(|job| self.place_of(*job).is_none());
        self.selected.outside(self.listing.marks()).chain(cursor).collect()
    }

    pub(crate) fn choose(&mut self, job: JobId, how: Choose) {
        match how {
            Choose::Only => {
                self.selected.clear();
                self.selected.insert(job);
                self.anchor = Some(job);
            }
            Choose::Toggle => {
                if !self.selected.remove(job) {
                    self.selected.insert(job);
                }
                self.anchor = Some(job);
            }
            Choose::Range => {
                let shown = |job: Option<JobId>| job.filter(|job| self.place_of(*job).is_some());
                let anchor = shown(self.anchor).or(shown(self.cursor)).unwrap_or(job);
                if let (Some(from), Some(to)) = (self.place_of(anchor), self.place_of(job)) {
                    self.selected = self.shown()[from.min(to)..=from.max(to)].iter().copied().collect();
                }
                self.anchor = Some(anchor);
            }
        }
        self.version += 1;
        self.cursor = Some(job);
        if self.place_of(job).is_none() {
            self.mark_stale_now();
        }
    }

    /// Moves the keyboard's place; with `extend` the selection reaches from the anchor to there.
    pub(crate) fn step(&mut self, step: Step, extend: bool) {
        let step = if let Step::Page(pages) = step { Step::By(pages * PAGE) } else { step };
        let Some(last) = self.shown().len().checked_sub(1) else { return };
        let place = self.cursor.and_then(|cursor| self.place_of(cursor));
        let next = match (step, place) {
            (Step::Last, _) => last,
            // The keyboard stands where rows went away, and nothing is chosen there yet.
            (Step::By(_), Some(place)) if self.selected.len() == 0 => place,
            (Step::By(by), Some(place)) => place.saturating_add_signed(by).min(last),
            (Step::By(by), None) if by < 0 => last,
            (Step::First | Step::By(_) | Step::Page(_), _) => 0,
        };
        self.choose(self.shown()[next], if extend { Choose::Range } else { Choose::Only });
    }

    /// Where a row stands among the shown ones.
    pub(crate) fn place_of(&self, job: JobId) -> Option<usize> {
        self.listing.place_of(job)
    }
}

/// Rows of a page where nobody knows how many are in sight.
const PAGE: isize = 8;

/// How far a neighbour is looked for.
const NEAR: usize = 10_000;
