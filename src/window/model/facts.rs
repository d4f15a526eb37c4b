//! What filtering, searching and sorting need of the rows: small, side by side, and in pieces that are shared. A picture
//! of a million rows for another thread costs as much as counting the pieces; a piece that changes later is copied.

use super::row::words_of;
use super::{Bucket, Row};
use crate::model::{Batch, JobId};
use memchr::{memchr, memmem::Finder};
use std::sync::{Arc, OnceLock};

/// Rows in a piece.
const PIECE: usize = 512;

/// A row as far as its place in the list goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fact {
    pub(crate) bucket: Bucket,
    /// Paused by itself and not final.
    pub(crate) halted: bool,
    /// Told to stop.
    pub(crate) stopping: bool,
    /// Out of sight, and soon removed.
    pub(crate) binned: bool,
    /// The share done, in parts of 60000.
    pub(crate) share: u16,
    /// What its rate says: bytes a second of a download, else microseconds.
    pub(crate) pace: u64,
    /// The bytes that it is about. 0: not known.
    pub(crate) bytes: u64,
}

impl Fact {
    /// What a job is that has just come in.
    pub(super) const WAITS: Fact =
        Fact { bucket: Bucket::Queued, halted: false, stopping: false, binned: false, share: 0, pace: 0, bytes: 0 };

    pub(super) fn of(row: &Row, binned: bool) -> Fact {
        let bucket = row.bucket();
        let pace = match bucket {
            Bucket::Fetching => row.rate() as u64,
            // Later is shorter.
            Bucket::Milling => row.started.map_or(0, |started| u64::MAX - started.0),
            Bucket::Done => row.timing().wall_us,
            _ => 0,
        };
        let bytes = match row.progress.total.filter(|_| bucket == Bucket::Fetching) {
            Some(total) => total,
            None if row.bytes_in == 0 => row.bytes_out,
            None => row.bytes_in,
        };
        let share = (row.share() * 60_000.0) as u16;
        Fact { bucket, halted: row.is_halted(), stopping: row.is_stopping(), binned, share, pace, bytes }
    }
}

/// What a search looks through, of one piece. It is made from what the jobs are asked for when somebody first needs it,
/// on whatever thread that is: then every picture of the piece has it.
#[derive(Debug, Clone, Default)]
struct Words {
    /// Which jobs the piece has, and the id of the first of each batch.
    batches: Vec<(JobId, Arc<Batch>)>,
    lines: OnceLock<Lines>,
}

impl Words {
    fn add(&mut self, piece: usize, first: JobId, batch: &Arc<Batch>) {
        if let Some(lines) = self.lines.get_mut() {
            lines.add(piece, first, batch);
        }
        self.batches.push((first, Arc::clone(batch)));
    }

    fn lines(&self, piece: usize) -> &Lines {
        self.lines.get_or_init(|| {
            let mut lines = Lines::default();
            for (first, batch) in &self.batches {
                lines.add(piece, *first, batch);
            }
            lines
        })
    }

    fn set(&mut self, piece: usize, at: usize, words: &str) {
        self.lines(piece);
        if let Some(lines) = self.lines.get_mut() {
            lines.set(at, words);
        }
    }
}

/// Name, place and input of each row in lower case, each on a line of its own, the rows one after another.
#[derive(Debug, Clone, Default)]
struct Lines {
    text: String,
    ends: Vec<u32>,
}

impl Lines {
    fn add(&mut self, piece: usize, first: JobId, batch: &Batch) {
        let (from, end) = (piece * PIECE, (piece + 1) * PIECE);
        let first = first.0 as usize;
        for id in from.max(first)..end.min(first + batch.jobs.len()) {
            self.set(id - from, &words_of(&batch.jobs[id - first]));
        }
    }

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    fn of(&self, at: usize) -> &str {
        self.ends.get(at).map_or("", |end| &self.text[self.start(at)..*end as usize])
    }

    fn set(&mut self, at: usize, words: &str) {
        let end = self.text.len() as u32;
        while self.ends.len() <= at {
            self.ends.push(end);
        }
        let old = self.start(at)..self.ends[at] as usize;
        let (before, after) = (old.len() as u32, words.len() as u32);
        self.text.replace_range(old, words);
        for end in &mut self.ends[at..] {
            *end = *end - before + after;
        }
    }

    /// The rows in which the needle occurs.
    fn find<'a>(&'a self, needle: &'a Finder<'_>) -> impl Iterator<Item = usize> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = from + needle.find(self.text.as_bytes().get(from..)?)?;
            let at = self.ends.partition_point(|end| *end as usize <= found);
            from = *self.ends.get(at)? as usize;
            Some(at)
        })
    }
}

/// The facts of all rows by job id. A removed row leaves a hole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pieces: Vec<Arc<Vec<Option<Fact>>>>,
    words: Vec<Arc<Words>>,
    len: usize,
}

impl Facts {
    /// One more than the largest id.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, job: JobId) -> Option<&Fact> {
        let at = job.0 as usize;
        self.pieces.get(at / PIECE)?.get(at % PIECE)?.as_ref()
    }

    /// Adds the jobs of a batch, which wait.
    pub(super) fn add(&mut self, first: JobId, batch: &Arc<Batch>) {
        let ids = first.0..first.0 + batch.jobs.len() as u32;
        ids.clone().for_each(|id| self.set(JobId(id), Some(Fact::WAITS)));
        let pieces = ids.start as usize / PIECE..(ids.end as usize).div_ceil(PIECE);
        for piece in pieces.filter(|_| !ids.is_empty()) {
            Arc::make_mut(&mut self.words[piece]).add(piece, first, batch);
        }
    }

    pub(super) fn set(&mut self, job: JobId, fact: Option<Fact>) {
        let at = job.0 as usize;
        while self.pieces.len() <= at / PIECE {
            self.pieces.push(Arc::new(Vec::with_capacity(PIECE)));
            self.words.push(Arc::default());
        }
        let piece = Arc::make_mut(&mut self.pieces[at / PIECE]);
        if piece.len() <= at % PIECE {
            piece.resize(at % PIECE + 1, None);
        }
        piece[at % PIECE] = fact;
        self.len = self.len.max(at + 1);
    }

    /// What a search finds the row by: its name first.
    pub(super) fn set_words(&mut self, job: JobId, words: &str) {
        let at = job.0 as usize;
        if let Some(piece) = self.words.get_mut(at / PIECE) {
            Arc::make_mut(piece).set(at / PIECE, at % PIECE, words);
        }
    }

    /// The name in lower case.
    pub(super) fn name(&self, job: JobId) -> &str {
        let at = job.0 as usize;
        let words = self.words.get(at / PIECE).map_or("", |piece| piece.lines(at / PIECE).of(at % PIECE));
        // Called for every comparison of a sort.
        memchr(b'\n', words.as_bytes()).map_or(words, |end| &words[..end])
    }

    /// The rows in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (JobId, &Fact)> {
        let job = |piece: usize, at: usize| JobId((piece * PIECE + at) as u32);
        self.pieces.iter().enumerate().flat_map(move |(piece, facts)| {
            facts.iter().enumerate().filter_map(move |(at, fact)| Some((job(piece, at), fact.as_ref()?)))
        })
    }

    /// Those with these words, which are in lower case, in the order of their ids.
    pub(super) fn find<'a>(&'a self, needle: &'a Finder<'_>) -> impl Iterator<Item = (JobId, &'a Fact)> {
        let pieces = self.words.iter().enumerate();
        let found = pieces
            .flat_map(|(piece, words)| words.lines(piece).find(needle).map(move |at| (piece * PIECE + at) as u32));
        found.filter_map(|id| Some((JobId(id), self.get(JobId(id))?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fact(bytes: u64) -> Fact {
        Fact { bytes, ..Fact::WAITS }
    }

    proptest! {
        #[test]
        fn a_search_finds_what_each_row_says(
            ops in prop::collection::vec((0..1200_u32, "[a-c]{0,4}"), 1..80),
            needle in "[a-c]{1,2}",
        ) {
            let (mut facts, mut plain) = (Facts::default(), std::collections::BTreeMap::new());
            for (id, words) in ops {
                let job = JobId(id);
                if facts.get(job).is_none() {
                    facts.set(job, Some(fact(u64::from(id))));
                }
                let words = format!("{words}\nplace\nd");
                facts.set_words(job, &words);
                plain.insert(job, words);
            }
            let finder = Finder::new(&needle);
            let found: Vec<JobId> = facts.find(&finder).map(|(job, _)| job).collect();
            let expected: Vec<JobId> =
                plain.iter().filter(|(_, words)| words.contains(&needle)).map(|(job, _)| *job).collect();
            prop_assert_eq!(found, expected);
            for (job, words) in &plain {
                prop_assert_eq!(Some(facts.name(*job)), words.split('\n').next());
            }
            prop_assert_eq!(facts.iter().count(), plain.len());
        }
    }

    #[test]
    fn a_picture_of_the_facts_stays_as_it_was() {
        let mut facts = Facts::default();
        facts.set(JobId(0), Some(fact(1)));
        facts.set(JobId(600), Some(fact(2)));
        let before = facts.clone();
        facts.set(JobId(0), None);
        facts.set(JobId(601), Some(fact(3)));
        assert_eq!((before.iter().count(), before.len()), (2, 601));
        assert_eq!((facts.iter().count(), facts.len()), (2, 602));
    }
}
