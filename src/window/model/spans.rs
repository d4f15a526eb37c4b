//! The spans of one lane, and what each few of them come to: a picture of hours need not look at every span.

use super::track::{Span, SpanEnd};
use crate::model::{Moment, Pool};
use std::collections::VecDeque;
use std::collections::vec_deque::Iter;
use std::ops::{Index, Range};

/// So many spans make a block.
pub(super) const BLOCK: usize = 8;

/// The spans of one lane, in the order of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    all: VecDeque<Span>,
    /// How many stood before these: blocks begin at every eighth span that ever was.
    forgotten: usize,
    /// What the complete blocks come to, from the first that is here as a whole. `None` where they cannot be taken as one.
    blocks: VecDeque<Option<Block>>,
}

/// Spans of one pool that ended alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) pool: Pool,
    pub(super) how: SpanEnd,
    /// The longest of them, and the widest gap between two.
    pub(super) longest_us: u64,
    pub(super) gap_us: u64,
    /// The time in which something ran.
    pub(super) busy_us: u64,
}

impl Spans {
    pub(crate) fn push(&mut self, span: Span) {
        self.seal();
        self.all.push_back(span);
    }

    pub(crate) fn forget_first(&mut self) -> Option<Span> {
        let first = self.all.pop_front()?;
        if self.forgotten.is_multiple_of(BLOCK) {
            self.blocks.pop_front();
        }
        self.forgotten += 1;
        Some(first)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn first(&self) -> Option<&Span> {
        self.all.front()
    }

    pub(crate) fn last(&self) -> Option<&Span> {
        self.all.back()
    }

    /// One that runs, searched from the end.
    pub(super) fn running_mut(&mut self, is_it: impl Fn(&Span) -> bool) -> Option<&mut Span> {
        self.all.iter_mut().rev().take(64).find(|span| span.how == SpanEnd::Running && is_it(span))
    }

    pub(crate) fn iter(&self) -> Iter<'_, Span> {
        self.all.iter()
    }

    pub(crate) fn range(&self, range: Range<usize>) -> Iter<'_, Span> {
        self.all.range(range)
    }

    /// Those that touch the time from `from` to `to`.
    pub(super) fn visible(&self, from: Moment, to: Moment) -> Range<usize> {
        let first = self.all.partition_point(|span| span.end < from);
        let last = self.all.partition_point(|span| span.start <= to);
        first..last.max(first)
    }

    /// The block that begins with this span.
    pub(super) fn block(&self, at: usize) -> Option<&Block> {
        let absolute = self.forgotten + at;
        if !absolute.is_multiple_of(BLOCK) {
            return None;
        }
        self.blocks.get(absolute / BLOCK - self.first_block())?.as_ref()
    }

    /// Which of all blocks that ever were stands first in `blocks`.
    fn first_block(&self) -> usize {
        self.forgotten.div_ceil(BLOCK)
    }

    /// Sums up the next blocks of which all spans have ended.
    fn seal(&mut self) {
        loop {
            let first = (self.first_block() + self.blocks.len()) * BLOCK - self.forgotten;
            if first + BLOCK > self.all.len() {
                return;
            }
            let spans = || self.all.range(first..first + BLOCK);
            if spans().any(|span| span.how == SpanEnd::Running) {
                return;
            }
            self.blocks.push_back(Block::of(spans()));
        }
    }
}

impl Block {
    fn of<'a>(mut spans: impl Iterator<Item = &'a Span>) -> Option<Block> {
        let first = spans.next()?;
        let took = (first.end - first.start).as_micros() as u64;
        let (start, end, pool, how) = (first.start, first.end, first.pool, first.how);
        let mut block = Block { start, end, pool, how, longest_us: took, gap_us: 0, busy_us: took };
        for span in spans {
            if (span.pool, span.how) != (block.pool, block.how) {
                return None;
            }
            block.longest_us = block.longest_us.max((span.end - span.start).as_micros() as u64);
            block.gap_us = block.gap_us.max((span.start - block.end).as_micros() as u64);
            block.busy_us += (span.end - span.start.max(block.end)).as_micros() as u64;
            block.end = block.end.max(span.end);
        }
        Some(block)
    }
}

impl Index<usize> for Spans {
    type Output = Span;

    fn index(&self, at: usize) -> &Span {
        &self.all[at]
    }
}

impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Spans {
        let mut all = Spans::default();
        spans.into_iter().for_each(|span| all.push(span));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobId;

    fn span(job: u32, how: SpanEnd) -> Span {
        let start = Moment(u64::from(job) * 10);
        Span {
            job: JobId(job),
            attempt: 1,
            pool: Pool::Fetch,
            start,
            end: Moment(start.0 + 7),
            how,
            label: "a".into(),
            pid: None,
            compute_share: 0.0,
        }
    }

    #[test]
    fn blocks_stay_with_their_spans_however_many_are_forgotten() {
        let how = |job| if job == 21 { SpanEnd::Failed } else { SpanEnd::Done };
        let mut spans: Spans = (0..50).map(|job| span(job, how(job))).collect();
        for forgotten in 0..30 {
            for at in 0..spans.len() {
                let job = spans[at].job.0;
                let whole = job.is_multiple_of(8) && job + 8 < 50 && !(16..24).contains(&job);
                let block = spans.block(at).copied();
                assert_eq!(block.is_some(), whole, "job {job} after {forgotten} were forgotten");
                if let Some(block) = block {
                    assert_eq!((block.start, block.end), (spans[at].start, spans[at + 7].end));
                    assert_eq!((block.longest_us, block.gap_us, block.busy_us), (7, 3, 56));
                }
            }
            assert_eq!(spans.forget_first().map(|span| span.job), Some(JobId(forgotten)));
        }
    }

    #[test]
    fn a_block_waits_for_all_of_its_spans() {
        let mut spans: Spans =
            (0..12).map(|job| span(job, if job == 3 { SpanEnd::Running } else { SpanEnd::Done })).collect();
        assert_eq!(spans.block(0), None);
        spans.running_mut(|span| span.job == JobId(3)).expect("it runs").how = SpanEnd::Done;
        (12..17).for_each(|job| spans.push(span(job, SpanEnd::Done)));
        assert!(spans.block(0).is_some() && spans.block(8).is_some(), "both at once");
        // Forgotten before it was complete, it never comes.
        let mut late: Spans = (0..7).map(|job| span(job, SpanEnd::Done)).collect();
        late.forget_first();
        (7..40).for_each(|job| late.push(span(job, SpanEnd::Done)));
        let begin: Vec<u32> = (0..late.len()).filter(|at| late.block(*at).is_some()).map(|at| late[at].job.0).collect();
        assert_eq!(begin, [8, 16, 24]);
    }
}
