//! The report in words: the sentence of the strip, the lines of its tables, and all of it as Markdown.

use crate::model::{ExecutorKind, JobState};
use crate::window::model::report::{BatchReport, Reason, Slow, Work};
use crate::window::{card, format};
use std::fmt::Write;
use std::time::Duration;

/// `118 of 120 done in 42 s, 2 failed`.
pub(super) fn sentence(report: &BatchReport) -> String {
    let (done, jobs) = (format::count(report.done), format::count(report.jobs()));
    let mut words = format!("{done} of {jobs} done in {}", format::span(report.wall));
    for (count, word) in [(report.failed, "failed"), (report.cancelled, "cancelled")] {
        if count > 0 {
            words += &format!(", {} {word}", format::count(count));
        }
    }
    words
}

/// The figures, each with its name.
pub(super) fn figures(report: &BatchReport) -> Vec<(&'static str, String)> {
    let mut figures = vec![("Done", format!("{} of {}", format::count(report.done), format::count(report.jobs())))];
    for (name, count) in [("Failed", report.failed), ("Cancelled", report.cancelled)] {
        if count > 0 {
            figures.push((name, format::count(count)));
        }
    }
    figures.push(("Time", format::span(report.wall)));
    figures.push(("Computing", format!("{} on all cores together", format::span(report.computed()))));
    if let Some((serial, speed_up)) = report.serial {
        let words = format!("{speed_up:.1}× against one lane alone, estimated to take {}", format::span(serial));
        figures.push(("Speed-up", words));
    }
    let (read, written) = (format::bytes(report.bytes_in), format::bytes(report.bytes_out));
    figures.push(("Read", read));
    figures.push(("Written", written));
    if let Some(words) = saved(report) {
        figures.push(("Saved", words));
    }
    figures
}

/// How much smaller the pictures became.
fn saved(report: &BatchReport) -> Option<String> {
    let (read, written) = (report.converted_in, report.converted_out);
    let (_, share) = format::saving(read, written)?;
    Some(match read.checked_sub(written) {
        Some(saved) => format!("{} of {} ({share})", format::bytes(saved), format::bytes(read)),
        None => format!("nothing: {} more than before ({share})", format::bytes(written - read)),
    })
}

/// `threads, download`.
pub(super) fn place(work: &Work) -> (&'static str, &'static str) {
    let executor = match work.executor {
        ExecutorKind::Serial => "Serial",
        ExecutorKind::Threads => "Threads",
        ExecutorKind::Processes => "Processes",
    };
    (executor, card::pool(work.pool))
}

pub(super) fn waited(work: &Work) -> String {
    format::span(Duration::from_micros(work.timing.wait_us()))
}

pub(super) fn computed(work: &Work) -> String {
    format::span(Duration::from_micros(work.timing.cpu_us))
}

pub(super) fn took(slow: &Slow) -> String {
    format::span(Duration::from_micros(slow.timing.wall_us))
}

pub(super) fn state(state: JobState) -> &'static str {
    match state {
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
        JobState::Queued => "queued",
        JobState::Running => "running",
    }
}

/// `a.jpg, b.jpg, c.jpg and 9 more`.
pub(super) fn names(reason: &Reason, write: impl Fn(&str) -> String) -> String {
    let mut words = reason.names.iter().map(|name| write(name)).collect::<Vec<_>>().join(", ");
    let more = reason.count.saturating_sub(reason.names.len());
    if more > 0 {
        words += &format!(" and {} more", format::count(more));
    }
    words
}

/// Everything but the picture, for a message or an issue.
pub(super) fn markdown(report: &BatchReport) -> String {
    let mut text = format!("# {}\n\n| | |\n| --- | --- |\n", sentence(report));
    for (name, value) in figures(report) {
        line(&mut text, &[name.to_owned(), value]);
    }
    if !report.reasons.is_empty() {
        text += "\n## What failed\n\n| files | kind | reason | which |\n| ---: | --- | --- | --- |\n";
        for reason in &report.reasons {
            let cells = [
                format::count(reason.count),
                reason.kind.as_str().replace('_', "\\_"),
                plain(&reason.sentence),
                names(reason, plain),
            ];
            line(&mut text, &cells);
        }
    }
    if !report.slowest.is_empty() {
        text += "\n## The slowest files\n\n| file | time | |\n| --- | ---: | --- |\n";
        for slow in &report.slowest {
            line(&mut text, &[plain(&slow.name), took(slow), state(slow.state).to_owned()]);
        }
    }
    if !report.work.is_empty() {
        text += "\n## Where the time went\n\n| ran as | work | attempts | waited | computed |\n";
        text += "| --- | --- | ---: | ---: | ---: |\n";
        for work in &report.work {
            let (executor, pool) = place(work);
            let cells =
                [executor.to_owned(), pool.to_owned(), format::count(work.attempts), waited(work), computed(work)];
            line(&mut text, &cells);
        }
    }
    text
}

fn line(text: &mut String, cells: &[String]) {
    for cell in cells {
        // Writing to a string does not fail.
        write!(text, "| {cell} ").ok();
    }
    *text += "|\n";
}

/// Text that Markdown takes for nothing but text.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | ';' | '/' | '-' | '\'' | '%' | '"' | '?' | '=') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text without what turns its direction round or moves the line: names may be made to deceive.
pub(super) fn visible(text: &str) -> String {
    let deceives = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if deceives(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
