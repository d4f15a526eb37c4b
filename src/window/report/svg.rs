//! The lanes of a report as a picture within its page: threads in one frame, for they share one memory; every process in a
//! box of its own; spans in the colour of their pool. How a span ended is told by a pattern and a letter too.

use super::html::text;
use crate::model::{ExecutorKind, Moment};
use crate::window::model::SpanEnd;
use crate::window::model::picture::{Block, Picture, PictureLane, STEPS};
use crate::window::{card, format};
use std::fmt::Write;
use std::time::Duration;

const GUTTER: f64 = 110.0;
const ROW: f64 = 18.0;
const GAP: f64 = 5.0;
/// Between lanes that do not belong together.
const APART: f64 = 8.0;
const TOP: f64 = 26.0;
/// What ended badly is at least this wide.
const LEAST_BAD: f64 = 3.0;
/// From this width on a span has room for its letter.
const LETTER_FROM: f64 = 9.0;

/// Writes the picture and its caption.
pub(super) fn lanes(page: &mut String, picture: &Picture) {
    let width = GUTTER + STEPS + 12.0;
    let groups = groups(&picture.lanes);
    let rows: f64 = groups.iter().map(|group| height(group) + APART).sum();
    let height_of_all = TOP + rows;
    let span = picture.to - picture.from;
    let said = format!(
        "{} over {}. The tables of this page say the same in words.",
        format::counted(picture.lanes.len(), "lane"),
        format::span(span)
    );
    // Writing to a string does not fail, so no answer of it is looked at.
    writeln!(
        page,
        "<figure>\n<svg viewBox=\"0 0 {width} {height_of_all}\" role=\"img\" aria-label=\"{said}\">\n<defs>\
         <pattern id=\"hatch-failed\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"6\" height=\"6\" class=\"failed\"/><path d=\"M0 0V6\" class=\"hatch\"/></pattern>\
         <pattern id=\"hatch-again\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">\
         <rect width=\"6\" height=\"6\" class=\"again\"/><path d=\"M0 0V6\" class=\"hatch\"/></pattern>\
         <pattern id=\"hatch-cancelled\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
         <rect width=\"6\" height=\"6\" class=\"cancelled\"/><path d=\"M0 0H6\" class=\"hatch\"/></pattern></defs>"
    )
    .ok();
    axis(page, span, height_of_all);
    let mut top = TOP;
    for group in &groups {
        group_of(page, group, top, picture);
        top += height(group) + APART;
    }
    *page += "</svg>\n<figcaption>";
    *page += "Downloads and conversions in their colours. F on a hatched ground failed, R was tried again, C was cancelled. \
              Threads stand in one frame, for they share one memory; each process in a box of its own.";
    if picture.left_out > 0 {
        write!(page, " {} more had no place.", format::counted(picture.left_out, "lane")).ok();
    }
    *page += "</figcaption>\n</figure>\n";
}

/// Lanes of one kind of one pool.
fn groups(lanes: &[PictureLane]) -> Vec<&[PictureLane]> {
    lanes.chunk_by(|a, b| (a.executor, a.pool) == (b.executor, b.pool)).collect()
}

fn height(group: &[PictureLane]) -> f64 {
    let rows = group.len() as f64;
    match group.first().map(|lane| lane.executor) {
        Some(ExecutorKind::Processes) => rows * (ROW + GAP) - GAP,
        _ => rows * ROW + 4.0,
    }
}

fn group_of(page: &mut String, group: &[PictureLane], top: f64, picture: &Picture) {
    let width = GUTTER + STEPS + 4.0;
    let Some(executor) = group.first().map(|lane| lane.executor) else { return };
    let (class, step, inset) = match executor {
        ExecutorKind::Processes => ("processes", ROW + GAP, 0.0),
        ExecutorKind::Threads => ("threads", ROW, 2.0),
        ExecutorKind::Serial => ("serial", ROW, 2.0),
    };
    if executor != ExecutorKind::Processes {
        let height = height(group);
        writeln!(
            page,
            "<rect x=\"4\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"none\" class=\"frame {class}\"/>"
        )
        .ok();
    }
    for (at, lane) in group.iter().enumerate() {
        let top = top + inset + at as f64 * step;
        if executor == ExecutorKind::Processes {
            write!(
                page,
                "<rect x=\"4\" y=\"{top}\" width=\"{width}\" height=\"{ROW}\" rx=\"3\" fill=\"none\" class=\"frame {class}\"/>"
            )
            .ok();
            writeln!(page, "<rect x=\"4\" y=\"{top}\" width=\"4\" height=\"{ROW}\" class=\"edge\"/>").ok();
        }
        let pid = lane.pid.map(|pid| format!(" pid {pid}")).unwrap_or_default();
        let name = text(&lane.label);
        writeln!(page, "<text x=\"14\" y=\"{:.1}\">{name}{pid}</text>", top + ROW / 2.0 + 4.0).ok();
        for block in &lane.blocks {
            block_of(page, block, top, picture);
        }
    }
}

fn block_of(page: &mut String, block: &Block, top: f64, picture: &Picture) {
    let whole = (picture.to - picture.from).as_micros().max(1) as f64;
    let x = |at: Moment| GUTTER + (at - picture.from).as_micros() as f64 / whole * STEPS;
    let is_bad = matches!(block.how, SpanEnd::Failed | SpanEnd::Again | SpanEnd::Cancelled);
    let left = x(block.start);
    let width = (x(block.end) - left).max(if is_bad { LEAST_BAD } else { 0.7 });
    let (fill, letter) = match block.how {
        SpanEnd::Failed => ("fill=\"url(#hatch-failed)\"", "F"),
        SpanEnd::Again => ("fill=\"url(#hatch-again)\"", "R"),
        SpanEnd::Cancelled => ("fill=\"url(#hatch-cancelled)\"", "C"),
        SpanEnd::Done | SpanEnd::Running => match block.pool {
            crate::model::Pool::Fetch => ("class=\"download\"", ""),
            crate::model::Pool::Mill => ("class=\"convert\"", ""),
        },
    };
    let opacity = if is_bad { 1.0 } else { 0.25 + 0.5 * f64::from(block.busy) };
    let (y, height) = (top + 2.0, ROW - 4.0);
    writeln!(
        page,
        "<rect x=\"{left:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" opacity=\"{opacity:.2}\" {fill}>\
         <title>{}</title></rect>",
        title(block)
    )
    .ok();
    if is_bad {
        // Where it is too narrow the letter stands above it.
        let (at, down) = if width >= LETTER_FROM { (left + width / 2.0, 10.5) } else { (left + width / 2.0, 3.0) };
        writeln!(
            page,
            "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" class=\"letter\">{letter}</text>",
            y + down
        )
        .ok();
    }
}

fn title(block: &Block) -> String {
    let took = format::span(block.end - block.start);
    let pool = card::pool(block.pool);
    let how = match block.how {
        SpanEnd::Running => "running",
        SpanEnd::Done => "done",
        SpanEnd::Failed => "failed",
        SpanEnd::Again => "tried again",
        SpanEnd::Cancelled => "cancelled",
    };
    match block.count {
        0 => format!("{}: {pool}, {how}", text(&block.label)),
        1 => format!("{}: {pool}, {how}, {took}", text(&block.label)),
        count => format!("{} of {pool} in {took}", format::counted(count, "attempt")),
    }
}

/// A line at round times.
fn axis(page: &mut String, span: Duration, bottom: f64) {
    let seconds = span.as_secs_f64();
    if seconds <= 0.0 {
        return;
    }
    let step = crate::window::axis::step(seconds, 10.0);
    let mut at = 0.0;
    while at <= seconds * 1.0001 {
        let x = GUTTER + at / seconds * STEPS;
        write!(page, "<path d=\"M{x:.1} 20V{bottom:.1}\" class=\"grid\"/>").ok();
        let words = crate::window::axis::words(at, step);
        writeln!(page, "<text x=\"{x:.1}\" y=\"14\" text-anchor=\"middle\">{words}</text>").ok();
        at += step;
    }
}
