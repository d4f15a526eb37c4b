//! The words of the card over a span: what it was, where it ran, what it took and how it ended.

use super::format;
use super::model::{Model, Span, SpanEnd, Track};
use crate::model::{ExecutorKind, Moment, Pool};
use std::ops::Range;
use std::time::Duration;

pub(crate) fn pool(pool: Pool) -> &'static str {
    match pool {
        Pool::Fetch => "download",
        Pool::Mill => "convert",
    }
}

pub(crate) fn end(how: SpanEnd) -> &'static str {
    match how {
        SpanEnd::Running => "running",
        SpanEnd::Done => "done",
        SpanEnd::Failed => "failed",
        SpanEnd::Again => "tried again",
        SpanEnd::Cancelled => "cancelled",
    }
}

/// What ran there, in the words of the mode.
pub(crate) fn place(executor: ExecutorKind, pid: Option<u32>) -> String {
    match (executor, pid) {
        (ExecutorKind::Serial, _) => "serial".to_owned(),
        (ExecutorKind::Threads, _) => "thread".to_owned(),
        (ExecutorKind::Processes, Some(pid)) => format!("process {pid}"),
        (ExecutorKind::Processes, None) => "process".to_owned(),
    }
}

/// How much of a time was waiting and how much computing.
pub(crate) fn shares(took: Duration, compute_share: f32) -> String {
    let computed = took.mul_f32(compute_share.clamp(0.0, 1.0));
    format!("waited {} · computed {}", format::span(took.saturating_sub(computed)), format::span(computed))
}

/// The card of one span.
pub(crate) fn words(model: &Model, track: &Track, span: &Span, now: Moment) -> String {
    let row = model.row(span.job);
    let name = row.map_or(&*span.label, |row| row.name.as_str());
    let took = span.end.min(now) - span.start;
    let mut words = format!(
        "{name}\n{} · {} · {} · attempt {}\n{} · {}",
        track.lane.label(),
        place(track.lane.executor, span.pid),
        pool(span.pool),
        span.attempt,
        end(span.how),
        format::span(took),
    );
    if span.how != SpanEnd::Running {
        words += &format!("\n{}", shares(took, span.compute_share));
    }
    let error = row.and_then(|row| row.history.as_deref()).and_then(|history| history.error(span.attempt));
    if let Some(error) = error {
        words += &format!("\n{error}");
    }
    words
}

/// The card of a run of narrow spans, with the one of them that is meant.
pub(crate) fn run_words(model: &Model, track: &Track, (run, span): (Range<usize>, &Span), now: Moment) -> String {
    let count = |how: SpanEnd| track.spans.range(run.clone()).filter(|span| span.how == how).count();
    let mut sum = format::counted(run.len(), "attempt");
    for how in [SpanEnd::Failed, SpanEnd::Again, SpanEnd::Cancelled] {
        if count(how) > 0 {
            sum += &format!(", {} {}", format::count(count(how)), end(how));
        }
    }
    format!("{sum}: zoom in to tell them apart\n{}", words(model, track, span, now))
}
