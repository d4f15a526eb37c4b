//! Which bytes of a file are there. Each connection writes a run of its own, from where it began; what lies between the
//! runs is still to be fetched.

use std::ops::Range;

/// The most runs of one file: no further connection begins in the middle of it after that.
pub(super) const MAX_RUNS: usize = 128;

/// Bytes that were written one after another: from `start` up to `pos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Run {
    pub(super) start: u64,
    pub(super) pos: u64,
    /// Up to here it outlives a crash of the machine.
    pub(super) synced: u64,
}

/// The runs of one file, in the order in which they began. The first begins with the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Runs {
    total: u64,
    runs: Vec<Run>,
}

/// Missing bytes, and the run that they continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) run: usize,
    pub(super) bytes: Range<u64>,
}

impl Gap {
    pub(super) fn len(&self) -> u64 {
        self.bytes.end - self.bytes.start
    }
}

impl Runs {
    /// A file of `total` bytes of which nothing is there.
    pub(super) fn new(total: u64) -> Runs {
        Runs { total, runs: vec![Run::default()] }
    }

    /// As it was kept. `None` where that makes no sense.
    pub(super) fn from_kept(total: u64, runs: Vec<Run>) -> Option<Runs> {
        let mut starts: Vec<u64> = runs.iter().map(|run| run.start).collect();
        starts.sort_unstable();
        let is_sound = |run: &Run| run.start <= run.synced && run.synced <= run.pos && run.pos <= total;
        let is_set = starts.first() == Some(&0) && starts.windows(2).all(|pair| pair[0] < pair[1]);
        (is_set && runs.len() <= MAX_RUNS && runs.iter().all(is_sound)).then_some(Runs { total, runs })
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn get(&self, run: usize) -> Run {
        self.runs[run]
    }

    pub(super) fn all(&self) -> &[Run] {
        &self.runs
    }

    /// Where a run has to stop: at the next one, or at the end of the file.
    pub(super) fn end_of(&self, run: usize) -> u64 {
        let start = self.runs[run].start;
        self.runs.iter().map(|other| other.start).filter(|other| *other > start).min().unwrap_or(self.total)
    }

    /// So many bytes more are there at the end of a run.
    pub(super) fn grow(&mut self, run: usize, bytes: u64) {
        self.runs[run].pos += bytes;
    }

    /// What was there at that time outlives a crash of the machine by now.
    pub(super) fn synced(&mut self, then: &Runs) {
        for (run, then) in self.runs.iter_mut().zip(&then.runs) {
            run.synced = then.pos.min(run.pos);
        }
    }

    /// As a crash of the machine may have left it.
    pub(super) fn after_a_crash(mut self) -> Runs {
        for run in &mut self.runs {
            run.pos = run.synced;
        }
        self
    }

    /// Begins another run in the middle of a gap. `None` where there is no room for one, or no gap.
    pub(super) fn begin(&mut self, at: u64) -> Option<usize> {
        let in_a_gap = self.gaps().iter().any(|gap| gap.bytes.start < at && at < gap.bytes.end);
        if !in_a_gap || self.runs.len() >= MAX_RUNS {
            return None;
        }
        self.runs.push(Run { start: at, pos: at, synced: at });
        Some(self.runs.len() - 1)
    }

    /// What is missing, from the beginning of the file on.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = (0..self.runs.len())
            .map(|run| Gap { run, bytes: self.runs[run].pos.min(self.end_of(run))..self.end_of(run) })
            .filter(|gap| !gap.bytes.is_empty())
            .collect();
        gaps.sort_by_key(|gap| gap.bytes.start);
        gaps
    }

    /// How many bytes are there.
    pub(super) fn there(&self) -> u64 {
        self.total - self.gaps().iter().map(Gap::len).sum::<u64>()
    }

    /// How many bytes before `at` are there without a gap, up to `most`.
    pub(super) fn there_before(&self, at: u64, most: u64) -> u64 {
        let before = self.gaps().into_iter().filter(|gap| gap.bytes.start < at);
        let floor = before.map(|gap| gap.bytes.end.min(at)).max().unwrap_or(0);
        (at - floor).min(most)
    }

    /// How many bytes from `at` on are there without a gap, up to `most`.
    pub(super) fn there_from(&self, at: u64, most: u64) -> u64 {
        let ceiling = self.gaps().iter().map(|gap| gap.bytes.start).filter(|start| *start >= at).min();
        let in_a_gap = self.gaps().iter().any(|gap| gap.bytes.contains(&at));
        if in_a_gap { 0 } else { (ceiling.unwrap_or(self.total) - at).min(most) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a file as a list of booleans.
        #[test]
        fn runs_are_the_bytes_that_are_there(
            total in 1..200_u64,
            ops in prop::collection::vec((any::<bool>(), any::<u64>(), 1..40_u64), 0..60),
        ) {
            let mut runs = Runs::new(total);
            let mut there = vec![false; total as usize];
            for (begins, which, bytes) in ops {
                if begins {
                    runs.begin(which % total);
                } else {
                    let run = (which % runs.all().len() as u64) as usize;
                    let (pos, end) = (runs.get(run).pos, runs.end_of(run));
                    let bytes = bytes.min(end - pos);
                    runs.grow(run, bytes);
                    there[pos as usize..(pos + bytes) as usize].fill(true);
                }
                let missing: Vec<u64> = runs.gaps().into_iter().flat_map(|gap| gap.bytes).collect();
                let expected: Vec<u64> = (0..total).filter(|at| !there[*at as usize]).collect();
                prop_assert_eq!(&missing, &expected);
                prop_assert_eq!(runs.there(), total - expected.len() as u64);
                let at = which % total;
                let before = there[..at as usize].iter().rev().take_while(|there| **there).count() as u64;
                let from = there[at as usize..].iter().take_while(|there| **there).count() as u64;
                prop_assert_eq!(runs.there_before(at, 7), before.min(7));
                prop_assert_eq!(runs.there_from(at, 7), from.min(7));
                prop_assert_eq!(Runs::from_kept(total, runs.all().to_vec()), Some(runs.clone()));
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_believed() {
        let run = |start, synced, pos| Run { start, pos, synced };
        for kept in [
            vec![],
            vec![run(5, 5, 5)],
            vec![run(0, 0, 11)],
            vec![run(0, 3, 2)],
            vec![run(0, 0, 0), run(0, 0, 4)],
            vec![run(4, 3, 5), run(0, 0, 0)],
        ] {
            assert_eq!(Runs::from_kept(10, kept.clone()), None, "{kept:?}");
        }
    }
}
