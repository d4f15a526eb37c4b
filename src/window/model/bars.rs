//! What is painted of a lane: its spans, as far as they can be told apart. Narrow neighbours become one run that knows how
//! busy it was, and whatever did not end well in it is marked, those together that cannot be told apart: among thousands
//! that are done, one that failed is still seen.

use super::spans::{BLOCK, Block};
use super::track::{Span, SpanEnd, Track};
use crate::model::{Moment, Pool};
use std::ops::Range;

/// Spans below this width, in pixels, join their neighbours.
const NARROW: f64 = 2.0;
/// A run ends at a gap of so many pixels, and at this length, so that its shade follows how busy the lane was.
const GAP: f64 = 1.0;
const LONGEST: f64 = 8.0;
/// Marks of one kind that are closer than this are one.
const MARK_EVERY: f64 = 2.0;

/// One thing to paint.
#[derive(Debug, Clone)]
pub(crate) enum Bar<'a> {
    /// A span wide enough to be seen by itself, or alone.
    One(&'a Span),
    /// Several of one pool, by their places in the track.
    Run {
        spans: Range<usize>,
        start: Moment,
        end: Moment,
        pool: Pool,
        /// The share of the time in which something ran, 0 to 1.
        busy: f32,
    },
    /// Over the runs: this one did not end well, nor did others like it that cannot be told apart from it until then.
    Mark(&'a Span, Moment),
}

/// Which part of time is painted how finely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighted {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
    /// What is still running ends here.
    pub(crate) now: Moment,
    /// What a pixel stands for.
    pub(crate) pixel_us: f64,
}

/// A narrow span or a block of them; and a run, which may still grow.
#[derive(Debug, Clone, Copy)]
struct Piece {
    first: usize,
    next: usize,
    start: u64,
    end: u64,
    pool: Pool,
    how: SpanEnd,
    busy_us: u64,
}

/// What did not end well: its place, and until when others like it follow.
struct Marked {
    first: usize,
    how: SpanEnd,
    end: u64,
}

/// Passes what is to be painted of a track to `each`, in the order of time; then the marks, the gravest last.
pub(crate) fn bars<'a>(track: &'a Track, sighted: Sighted, mut each: impl FnMut(Bar<'a>)) {
    let Sighted { from, to, now, pixel_us } = sighted;
    let us = |pixels: f64| (pixels * pixel_us) as u64;
    let (narrow, gap, longest, mark_every) = (us(NARROW), us(GAP), us(LONGEST), us(MARK_EVERY));
    let spans = &track.spans;
    let visible = track.visible(from, to);
    let (mut at, end) = (visible.start, visible.end);
    let mut run: Option<Piece> = None;
    let mut marks: Vec<Marked> = Vec::new();
    while at < end {
        let one = || {
            let span = &spans[at];
            let (start, end) = (span.start.0, span.end.min(now).0);
            let busy_us = end.saturating_sub(start);
            Piece { first: at, next: at + 1, start, end, pool: span.pool, how: span.how, busy_us }
        };
        let block = spans.block(at).filter(|block| {
            at + BLOCK <= end
                && block.longest_us < narrow
                && block.gap_us <= gap
                && block.end.0 - block.start.0 <= longest
        });
        let piece = block.map_or_else(one, |block| {
            let Block { start, end, pool, how, busy_us, .. } = *block;
            Piece { first: at, next: at + BLOCK, start: start.0, end: end.0, pool, how, busy_us }
        });
        at = piece.next;
        let is_narrow = block.is_some() || piece.busy_us < narrow;
        let joins = |run: &Piece| {
            is_narrow
                && run.pool == piece.pool
                && piece.start <= run.end.saturating_add(gap)
                && piece.end.saturating_sub(run.start) <= longest
        };
        match &mut run {
            Some(run) if joins(run) => {
                run.next = piece.next;
                // What overlaps counts once.
                run.busy_us += piece.busy_us.saturating_sub(run.end.saturating_sub(piece.start));
                run.end = run.end.max(piece.end);
            }
            _ => {
                if let Some(run) = run.take() {
                    end_run(track, &run, &mut marks, &mut each);
                }
                if !is_narrow {
                    each(Bar::One(&spans[piece.first]));
                    continue;
                }
                run = Some(piece);
            }
        }
        if !matches!(piece.how, SpanEnd::Done | SpanEnd::Running) {
            mark(&mut marks, &piece, mark_every);
        }
    }
    if let Some(run) = &run {
        end_run(track, run, &mut marks, &mut each);
    }
    // What is graver lies above: where they alternate, the one that failed is seen.
    marks.sort_by_key(|marked| match marked.how {
        SpanEnd::Failed => 2,
        SpanEnd::Again => 1,
        SpanEnd::Cancelled | SpanEnd::Running | SpanEnd::Done => 0,
    });
    for Marked { first, end, .. } in marks {
        each(Bar::Mark(&spans[first], Moment(end)));
    }
}

/// Marks a piece, or makes the mark of its kind before it longer: among the last few, for there are few kinds.
fn mark(marks: &mut Vec<Marked>, piece: &Piece, mark_every: u64) {
    let last = marks.iter_mut().rev().take(3).find(|marked| marked.how == piece.how);
    match last {
        Some(last) if piece.start <= last.end.saturating_add(mark_every) => last.end = last.end.max(piece.end),
        _ => marks.push(Marked { first: piece.first, how: piece.how, end: piece.end }),
    }
}

fn end_run<'a>(track: &'a Track, run: &Piece, marks: &mut Vec<Marked>, each: &mut impl FnMut(Bar<'a>)) {
    let Piece { first, next, start, end, pool, busy_us, .. } = *run;
    if next - first == 1 {
        // Alone it speaks for itself.
        marks.pop_if(|marked| marked.first == first);
        each(Bar::One(&track.spans[first]));
        return;
    }
    let busy = (busy_us as f64 / (end - start).max(1) as f64).clamp(0.0, 1.0) as f32;
    each(Bar::Run { spans: first..next, start: Moment(start), end: Moment(end), pool, busy });
}

/// The span of a run that somebody points at: one close by that did not end well, or else the one that ran then.
pub(crate) fn pointed_at(track: &Track, run: Range<usize>, at: Moment, reach_us: u64) -> Option<&Span> {
    let distance = |span: &Span| {
        let (start, end) = (span.start.0, span.end.0);
        start.saturating_sub(at.0).max(at.0.saturating_sub(end))
    };
    let spans = || track.spans.range(run.clone());
    let bad = spans().filter(|span| !matches!(span.how, SpanEnd::Done | SpanEnd::Running));
    bad.filter(|span| distance(span) <= reach_us)
        .min_by_key(|span| distance(span))
        .or_else(|| spans().min_by_key(|span| distance(span)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ExecutorKind, JobId, Lane, LaneId};

    fn track(spans: impl IntoIterator<Item = (u64, u64, SpanEnd)>) -> Track {
        let lane = Lane { id: LaneId(1), executor: ExecutorKind::Threads, pool: Some(Pool::Fetch), number: 1 };
        let spans = spans.into_iter().enumerate().map(|(at, (start, end, how))| Span {
            job: JobId(at as u32),
            attempt: 1,
            pool: Pool::Fetch,
            start: Moment(start),
            end: Moment(end),
            how,
            label: "a".into(),
            pid: None,
            compute_share: 0.0,
        });
        Track { lane, pid: None, posture: None, closed_at: None, spans: spans.collect() }
    }

    fn painted(track: &Track, pixel_us: f64) -> Vec<String> {
        let to = Moment(10_000_000_000);
        let mut words = Vec::new();
        bars(track, Sighted { from: Moment(0), to, now: to, pixel_us }, |bar| {
            words.push(match bar {
                Bar::One(span) => format!("one {} {:?}", span.start.0, span.how),
                Bar::Run { start, end, busy, spans, .. } => {
                    format!("run {}..{} of {} busy {:.1}", start.0, end.0, spans.len(), busy)
                }
                Bar::Mark(span, end) => format!("mark {} {:?} to {}", span.start.0, span.how, end.0),
            });
        });
        words
    }

    #[test]
    fn wide_spans_stand_alone_and_narrow_ones_join() {
        let track = track([(0, 50, SpanEnd::Done), (60, 61, SpanEnd::Done), (62, 63, SpanEnd::Done)]);
        assert_eq!(painted(&track, 0.1), ["one 0 Done", "one 60 Done", "one 62 Done"]);
        assert_eq!(painted(&track, 2.0), ["one 0 Done", "run 60..63 of 2 busy 0.7"]);
        assert_eq!(painted(&track, 100.0), ["run 0..63 of 3 busy 0.8"]);
    }

    #[test]
    fn one_failed_among_thousands_is_seen_at_every_zoom() {
        let how = |n: u64| if n == 7777 { SpanEnd::Failed } else { SpanEnd::Done };
        let track = track((0..20_000).map(|n| (n * 1000, n * 1000 + 900, how(n))));
        for pixel_us in [1.0, 500.0, 2000.0, 20_000.0, 1e6, 1e8] {
            let bars = painted(&track, pixel_us);
            let seen = bars.iter().filter(|words| words.contains("7777000 Failed")).count();
            assert_eq!(seen, 1, "at {pixel_us} µs a pixel");
            let pixels = 20_000_000.0 / pixel_us;
            assert!(bars.len() as f64 <= pixels.max(1.0) + 21.0, "{} bars on {pixels} pixels", bars.len());
        }
    }

    #[test]
    fn failures_that_cannot_be_told_apart_are_one_mark() {
        let how = |n: u64| if (4000..5000).contains(&n) { SpanEnd::Done } else { SpanEnd::Failed };
        let track = track((0..10_000).map(|n| (n * 10, n * 10 + 9, how(n))));
        let marks: Vec<String> = painted(&track, 1000.0).into_iter().filter(|bar| bar.starts_with("mark")).collect();
        assert_eq!(marks, ["mark 0 Failed to 39999", "mark 50000 Failed to 99999"]);
        // Two kinds in turns are two marks.
        let how = |n: u64| if n.is_multiple_of(2) { SpanEnd::Again } else { SpanEnd::Failed };
        let mixed = self::track((0..1000).map(|n| (n * 10, n * 10 + 9, how(n))));
        let marks: Vec<String> = painted(&mixed, 1000.0).into_iter().filter(|bar| bar.starts_with("mark")).collect();
        assert_eq!(marks, ["mark 0 Again to 9989", "mark 10 Failed to 9999"], "what failed lies above");
    }

    #[test]
    fn blocks_paint_what_each_span_would() {
        // At every zoom: each span once and in its order, and as busy as all of them together.
        let how = |n: u64| if n % 97 == 5 { SpanEnd::Failed } else { SpanEnd::Done };
        let track =
            track((0..3000).map(|n| (n * 100 + (n / 50) * 700, n * 100 + (n / 50) * 700 + 40 + n % 55, how(n))));
        let to = Moment(10_000_000);
        for pixel_us in [10.0, 40.0, 90.0, 300.0, 2000.0, 50_000.0] {
            for from in [Moment(0), Moment(77_777)] {
                let (mut next, mut busy_us) = (track.visible(from, to).start, 0.0);
                bars(&track, Sighted { from, to, now: to, pixel_us }, |bar| match bar {
                    Bar::One(span) => {
                        assert_eq!(span.job.0 as usize, next);
                        busy_us += (span.end.0 - span.start.0) as f64;
                        next += 1;
                    }
                    Bar::Run { spans, start, end, busy, .. } => {
                        assert_eq!((spans.start, track.spans[next].start), (next, start));
                        assert_eq!(track.spans[spans.end - 1].end, end);
                        busy_us += f64::from(busy) * (end.0 - start.0) as f64;
                        next = spans.end;
                    }
                    Bar::Mark(span, _) => assert_eq!(span.how, SpanEnd::Failed),
                });
                assert_eq!(next, 3000, "every span once, at {pixel_us} µs a pixel");
                let first = track.visible(from, to).start;
                let sum: u64 = track.spans.range(first..3000).map(|span| span.end.0 - span.start.0).sum();
                assert!((busy_us - sum as f64).abs() < 1.0 + sum as f64 * 1e-5, "{busy_us} of {sum}");
            }
        }
    }

    #[test]
    fn the_one_that_failed_is_pointed_at_rather_than_its_neighbours() {
        let how = |n: u64| if n == 50 { SpanEnd::Failed } else { SpanEnd::Done };
        let track = track((0..100).map(|n| (n * 10, n * 10 + 9, how(n))));
        let found = |at, reach| pointed_at(&track, 0..100, Moment(at), reach).map(|span| span.job.0);
        assert_eq!(found(530, 40), Some(50));
        assert_eq!(found(535, 10), Some(53));
        assert_eq!(found(5000, 10), Some(99));
    }
}
