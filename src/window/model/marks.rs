//! A set of jobs with a bit for each: choosing a million rows costs no more than walking through them.

use crate::model::JobId;

/// A set of jobs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
    count: usize,
}

impl Marks {
    pub(crate) fn contains(&self, job: JobId) -> bool {
        self.words.get(job.0 as usize / 64).is_some_and(|word| word >> (job.0 % 64) & 1 == 1)
    }

    /// Returns whether it was not in it.
    pub(crate) fn insert(&mut self, job: JobId) -> bool {
        let at = job.0 as usize / 64;
        if self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        let is_new = !self.contains(job);
        self.words[at] |= 1 << (job.0 % 64);
        self.count += usize::from(is_new);
        is_new
    }

    /// Returns whether it was in it.
    pub(crate) fn remove(&mut self, job: JobId) -> bool {
        let was_in = self.contains(job);
        if was_in {
            self.words[job.0 as usize / 64] &= !(1 << (job.0 % 64));
            self.count -= 1;
        }
        was_in
    }

    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.count = 0;
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// By their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = JobId> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| jobs_of(at, *word))
    }

    /// Those that are not in the other set, by their ids.
    pub(crate) fn outside<'a>(&'a self, other: &'a Marks) -> impl Iterator<Item = JobId> + 'a {
        let rest = |at: usize, word: u64| word & !other.words.get(at).copied().unwrap_or(0);
        self.words.iter().enumerate().flat_map(move |(at, word)| jobs_of(at, rest(at, *word)))
    }
}

/// The jobs of a word.
fn jobs_of(at: usize, word: u64) -> impl Iterator<Item = JobId> {
    let mut left = word;
    std::iter::from_fn(move || {
        let bit = (left != 0).then(|| left.trailing_zeros())?;
        left &= left - 1;
        Some(JobId(at as u32 * 64 + bit))
    })
}

impl FromIterator<JobId> for Marks {
    fn from_iter<I: IntoIterator<Item = JobId>>(jobs: I) -> Marks {
        let mut marks = Marks::default();
        for job in jobs {
            marks.insert(job);
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn marks_are_a_set(ops in prop::collection::vec((any::<bool>(), 0..300_u32), 0..200)) {
            let (mut marks, mut set) = (Marks::default(), BTreeSet::new());
            for (add, job) in ops {
                let job = JobId(job);
                if add {
                    prop_assert_eq!(marks.insert(job), set.insert(job));
                } else {
                    prop_assert_eq!(marks.remove(job), set.remove(&job));
                }
                prop_assert_eq!(marks.len(), set.len());
            }
            let other: Marks = (0..150).map(JobId).collect();
            let outside: Vec<JobId> = set.iter().copied().filter(|job| job.0 >= 150).collect();
            prop_assert_eq!(marks.outside(&other).collect::<Vec<_>>(), outside);
            prop_assert_eq!(marks.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }
}
