//! What part of the queue is shown and what of it is chosen: filter, search, selection and the keyboard's place.

use super::row::{Bucket, Row};
use crate::model::JobId;
use std::collections::HashSet;

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

/// The shown rows and the chosen ones.
#[derive(Debug, Default)]
pub(crate) struct View {
    filter: Filter,
    search: String,
    needle: String,
    shown: Vec<JobId>,
    stale: bool,
    selected: HashSet<JobId>,
    cursor: Option<JobId>,
    anchor: Option<JobId>,
}

impl View {
    pub(crate) fn filter(&self) -> Filter {
        self.filter
    }

    pub(crate) fn search(&self) -> &str {
        &self.search
    }

    /// The search text as rows compare it.
    pub(crate) fn needle(&self) -> &str {
        &self.needle
    }

    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.stale |= self.filter != filter;
        self.filter = filter;
    }

    /// Sets the search text; returns whether the rows must be searched anew.
    pub(crate) fn set_search(&mut self, search: &str) -> bool {
        search.clone_into(&mut self.search);
        let needle = search.trim().to_lowercase();
        let changed = self.needle != needle;
        self.needle = needle;
        self.stale |= changed;
        changed
    }

    /// The shown rows, in the order of the queue.
    pub(crate) fn shown(&self) -> &[JobId] {
        &self.shown
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    pub(crate) fn mark_stale(&mut self) {
        self.stale = true;
    }

    /// A row came or changed its bucket. Adding to an unfiltered list needs no look at the others.
    pub(crate) fn added(&mut self, row: &Row) {
        if self.filter.keeps(row.bucket()) && row.matches_search {
            self.shown.push(row.id);
        }
    }

    pub(crate) fn changed(&mut self, before: Bucket, after: Bucket) {
        self.stale |= self.filter.keeps(before) != self.filter.keeps(after);
    }

    /// Lists the shown rows anew.
    pub(crate) fn rebuild<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) {
        let filter = self.filter;
        self.shown.clear();
        self.shown.extend(rows.filter(|row| row.matches_search && filter.keeps(row.bucket())).map(|row| row.id));
        self.stale = false;
    }

    pub(crate) fn is_selected(&self, job: JobId) -> bool {
        self.selected.contains(&job)
    }

    /// The chosen rows, in the order of the queue.
    pub(crate) fn selected(&self) -> Vec<JobId> {
        let mut jobs: Vec<JobId> = self.selected.iter().copied().collect();
        jobs.sort_unstable();
        jobs
    }

    pub(crate) fn selected_count(&self) -> usize {
        self.selected.len()
    }

    /// The row that the keyboard is at: the one that the inspector shows.
    pub(crate) fn cursor(&self) -> Option<JobId> {
        self.cursor
    }

    pub(crate) fn forget(&mut self, gone: &HashSet<JobId>) {
        for job in gone {
            self.selected.remove(job);
        }
        for place in [&mut self.cursor, &mut self.anchor] {
            if place.is_some_and(|job| gone.contains(&job)) {
                *place = None;
            }
        }
        self.stale = true;
    }

    pub(crate) fn clear_selection(&mut self) {
        self.selected.clear();
        self.cursor = None;
        self.anchor = None;
    }

    pub(crate) fn select_all(&mut self) {
        self.selected = self.shown.iter().copied().collect();
        self.cursor = self.cursor.or(self.shown.first().copied());
        self.anchor = self.shown.first().copied();
    }

    pub(crate) fn choose(&mut self, job: JobId, how: Choose) {
        match how {
            Choose::Only => {
                self.selected.clear();
                self.selected.insert(job);
                self.anchor = Some(job);
            }
            Choose::Toggle => {
                if !self.selected.remove(&job) {
                    self.selected.insert(job);
                }
                self.anchor = Some(job);
            }
            Choose::Range => {
                let from = self.anchor.and_then(|anchor| self.place_of(anchor)).unwrap_or(0);
                let to = self.place_of(job).unwrap_or(from);
                self.selected = self.shown[from.min(to)..=from.max(to)].iter().copied().collect();
                self.anchor = self.anchor.or(self.shown.first().copied());
            }
        }
        self.cursor = Some(job);
    }

    /// Moves the keyboard's place; with `extend` the selection reaches from the anchor to there.
    pub(crate) fn step(&mut self, step: Step, extend: bool) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let place = self.cursor.and_then(|cursor| self.place_of(cursor));
        let next = match (step, place) {
            (Step::Last, _) => last,
            (Step::By(by), Some(place)) => place.saturating_add_signed(by).min(last),
            (Step::By(by), None) if by < 0 => last,
            (Step::First, _) | (Step::By(_), None) => 0,
        };
        self.choose(self.shown[next], if extend { Choose::Range } else { Choose::Only });
    }

    /// Where a row stands among the shown ones. They are in the order of their ids.
    pub(crate) fn place_of(&self, job: JobId) -> Option<usize> {
        self.shown.binary_search(&job).ok()
    }
}
