//! What is painted of a lane: its spans, as far as they can be told apart. Narrow neighbours become one run that knows how
//! busy it was, and whatever did not end well in it keeps a mark of its own: among thousands that are done, one that
//! failed is still seen.

use super::track::{Span, SpanEnd, Track};
use crate::model::{Moment, Pool};
use std::ops::Range;

/// Spans below this width, in pixels, join their neighbours.
const NARROW: f64 = 2.0;
/// A run ends at a gap of so many pixels, and at this length, so that its shade follows how busy the lane was.
const GAP: f64 = 1.0;
const LONGEST: f64 = 8.0;
/// Marks of one kind stand so far apart.
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
    /// One of the run before it, which did not end well.
    Mark(&'a Span),
}

/// A run that may still grow.
struct Growing {
    first: usize,
    next: usize,
    start: u64,
    end: u64,
    pool: Pool,
    busy_us: u64,
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

/// Passes what is to be painted of a track to `each`, in the order of time; the marks of a run follow it.
pub(crate) fn bars<'a>(track: &'a Track, sighted: Sighted, mut each: impl FnMut(Bar<'a>)) {
    let Sighted { from, to, now, pixel_us } = sighted;
    let us = |pixels: f64| (pixels * pixel_us) as u64;
    let (narrow, gap, longest, mark_every) = (us(NARROW), us(GAP), us(LONGEST), us(MARK_EVERY));
    let visible = track.visible(from, to);
    let first = visible.start;
    let mut run: Option<Growing> = None;
    let mut marks: Vec<&Span> = Vec::new();
    let mut marked = [0_u64; 3];
    for (at, span) in track.spans.range(visible).enumerate() {
        let (start, end) = (span.start.0, span.end.min(now).0);
        let is_narrow = end.saturating_sub(start) < narrow;
        if let Some(growing) = &mut run {
            let joins = is_narrow
                && growing.pool == span.pool
                && start <= growing.end.saturating_add(gap)
                && end.saturating_sub(growing.start) <= longest;
            if joins {
                growing.next = first + at + 1;
                growing.busy_us += end.saturating_sub(start.max(growing.end));
                growing.end = growing.end.max(end);
            } else {
                end_run(track, growing, &mut marks, &mut each);
                run = None;
            }
        }
        if !is_narrow {
            each(Bar::One(span));
            continue;
        }
        if run.is_none() {
            let busy_us = end.saturating_sub(start);
            run = Some(Growing { first: first + at, next: first + at + 1, start, end, pool: span.pool, busy_us });
        }
        let kind = match span.how {
            SpanEnd::Done | SpanEnd::Running => continue,
            SpanEnd::Failed => 0,
            SpanEnd::Again => 1,
            SpanEnd::Cancelled => 2,
        };
        if marked[kind] == 0 || start >= marked[kind] + mark_every {
            marked[kind] = start.max(1);
            marks.push(span);
        }
    }
    if let Some(growing) = &run {
        end_run(track, growing, &mut marks, &mut each);
    }
}

fn end_run<'a>(track: &'a Track, run: &Growing, marks: &mut Vec<&'a Span>, each: &mut impl FnMut(Bar<'a>)) {
    let Growing { first, next, start, end, pool, busy_us } = *run;
    if next - first == 1 {
        // Alone it speaks for itself.
        marks.clear();
        each(Bar::One(&track.spans[first]));
        return;
    }
    let busy = (busy_us as f64 / (end - start).max(1) as f64).clamp(0.0, 1.0) as f32;
    each(Bar::Run { spans: first..next, start: Moment(start), end: Moment(end), pool, busy });
    marks.drain(..).for_each(|span| each(Bar::Mark(span)));
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
                Bar::Mark(span) => format!("mark {} {:?}", span.start.0, span.how),
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
    fn many_that_failed_are_as_many_marks_as_can_be_told_apart() {
        let track = track((0..10_000).map(|n| (n * 10, n * 10 + 9, SpanEnd::Failed)));
        let marks = painted(&track, 1000.0).iter().filter(|words| words.starts_with("mark")).count();
        assert!((45..=51).contains(&marks), "{marks} on 100 pixels");
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
