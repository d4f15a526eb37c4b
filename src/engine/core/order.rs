//! The jobs of a pool that wait, in the order in which they are to start. A million that nobody moved cost nothing:
//! they are kept as ranges of their numbers.

use crate::model::{JobId, Place};
use std::collections::{BTreeMap, BTreeSet};

/// What waits for the lanes of one pool.
#[derive(Debug, Default)]
pub(super) struct Ready {
    usual: Ranges,
    moved: BTreeSet<(Place, JobId)>,
}

impl Ready {
    /// Adds a job. `place` is where somebody moved it to, if somebody did.
    pub(super) fn insert(&mut self, job: JobId, place: Option<Place>) {
        match place {
            Some(place) => {
                self.moved.insert((place, job));
            }
            None => self.usual.insert(job.0),
        }
    }

    pub(super) fn remove(&mut self, job: JobId, place: Option<Place>) {
        match place {
            Some(place) => {
                self.moved.remove(&(place, job));
            }
            None => self.usual.remove(job.0),
        }
    }

    /// The job to start next.
    pub(super) fn first(&self) -> Option<(Place, JobId)> {
        let usual = self.usual.first().map(JobId).map(|job| (Place::usual(job), job));
        match (usual, self.moved.first().copied()) {
            (Some(usual), Some(moved)) => Some(usual.min(moved)),
            (usual, moved) => usual.or(moved),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.usual.ranges.is_empty() && self.moved.is_empty()
    }

    /// The last place before `place` that is taken at the same priority.
    pub(super) fn before(&self, place: Place) -> Option<Place> {
        let moved = self.moved.range(..(place, JobId(0))).next_back().map(|(place, _)| *place);
        let usual = (place.priority == 0).then(|| self.usual.last_before(place)).flatten();
        let same = |found: &Place| found.priority == place.priority;
        moved.filter(same).max(usual.filter(same))
    }
}

/// A set of numbers as ranges: start to end, the end not included.
#[derive(Debug, Default)]
struct Ranges {
    ranges: BTreeMap<u32, u32>,
}

impl Ranges {
    fn first(&self) -> Option<u32> {
        self.ranges.first_key_value().map(|(start, _)| *start)
    }

    fn insert(&mut self, number: u32) {
        let before = self.ranges.range(..=number).next_back().map(|(start, end)| (*start, *end));
        let (mut start, mut end) = (number, number + 1);
        match before {
            Some((_, before_end)) if before_end > number => return,
            Some((before_start, before_end)) if before_end == number => start = before_start,
            _ => {}
        }
        if let Some(after_end) = self.ranges.remove(&(number + 1)) {
            end = after_end;
        }
        self.ranges.insert(start, end);
    }

    fn remove(&mut self, number: u32) {
        let Some((&start, &end)) = self.ranges.range(..=number).next_back().filter(|(_, end)| **end > number) else {
            return;
        };
        if start == number {
            self.ranges.remove(&start);
        } else {
            self.ranges.insert(start, number);
        }
        if number + 1 < end {
            self.ranges.insert(number + 1, end);
        }
    }

    fn last_before(&self, place: Place) -> Option<Place> {
        let usual = |number: u32| Place::usual(JobId(number));
        // Ranks grow with numbers, so the range that holds the last one below is the last that starts below.
        let starts_below = |start: &u32| usual(*start) < place;
        let (start, end) = self.ranges.iter().rev().find(|(start, _)| starts_below(start))?;
        let below = (place.rank - 1).div_euclid(usual(1).rank).clamp(0, i64::from(u32::MAX)) as u32;
        Some(usual(below.clamp(*start, end - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranges_are_a_set(ops in prop::collection::vec((any::<bool>(), 0..40_u32), 0..200)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for (add, number) in ops {
                if add {
                    ranges.insert(number);
                    set.insert(number);
                } else {
                    ranges.remove(number);
                    set.remove(&number);
                }
                let flat: Vec<u32> = ranges.ranges.iter().flat_map(|(start, end)| *start..*end).collect();
                prop_assert_eq!(&flat, &set.iter().copied().collect::<Vec<_>>());
                let gaps = ranges.ranges.iter().zip(ranges.ranges.iter().skip(1));
                prop_assert!(gaps.into_iter().all(|((_, end), (start, _))| end < start), "neighbours are one range");
                prop_assert_eq!(ranges.first(), set.first().copied());
                let place = Place::usual(JobId(number));
                let before = set.range(..number).next_back().map(|number| Place::usual(JobId(*number)));
                prop_assert_eq!(ranges.last_before(place), before);
            }
        }
    }

    #[test]
    fn priority_comes_first_then_the_rank() {
        let mut ready = Ready::default();
        (0..3).for_each(|number| ready.insert(JobId(number), None));
        ready.insert(JobId(7), Some(Place { priority: 1, rank: 0 }));
        ready.insert(JobId(8), Some(Place { priority: -1, rank: -9 }));
        let between = Place { priority: 0, rank: Place::usual(JobId(1)).rank - 5 };
        ready.insert(JobId(9), Some(between));
        let mut order = Vec::new();
        while let Some((place, job)) = ready.first() {
            order.push(job.0);
            ready.remove(job, Some(place));
            ready.remove(job, None);
        }
        assert_eq!(order, [7, 0, 9, 1, 2, 8]);
    }
}
