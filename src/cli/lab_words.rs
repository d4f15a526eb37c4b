//! A comparison for people: a table, the lanes as bars, what was found, why, and what follows.

use super::batch::printable;
use crate::model::lab::figures::time;
use crate::model::lab::{Detail, Figure, LabMode, LabReport, LabRun, Side, Span, Summary};
use std::fmt::Write;

/// How wide the bars are that the longest run fills.
const BAR: usize = 60;

/// So many lanes are drawn for each mode, and so many lines of what was found.
const MOST: usize = 8;

/// The colours of authors, where colours can be seen.
const COLOURS: [&str; 6] = ["36", "33", "35", "32", "34", "31"];

/// A run in one line.
pub(super) fn run_line(run: &LabRun) -> String {
    format!(
        "run {:2}  {:9} × {:<2}  {:>9}  start {:>8}",
        run.run,
        who(run.side, run.mode),
        run.workers,
        time(run.wall_ms),
        time(run.startup_ms)
    )
}

/// All of it.
pub(super) fn report(report: &LabReport, runs: &[LabRun], colour: bool, lanes: bool) -> String {
    let mut text = format!("{}: {} on {} cores\n\n", report.workload, report.workload.about(), report.cores);
    text += &table(&report.summary);
    if lanes {
        text += &bars(runs);
    }
    text += &found(runs, colour);
    if let Some(share) = report.parallel_share {
        let most =
            if share < 0.999 { format!(", so never more than {:.1}×", 1.0 / (1.0 - share)) } else { String::new() };
        writeln!(text, "\nBy Amdahl's law {:.0} % of it goes side by side{most}.", share * 100.0).ok();
    }
    if report.same_results == Some(true) {
        text += "\nThe results were the same in every run.\n";
    }
    writeln!(text, "\n{}", wrapped(&report.why)).ok();
    let advice = &report.advice;
    let lanes = if advice.workers == 1 { "1 worker".to_owned() } else { format!("{} workers", advice.workers) };
    write!(text, "\n{}", wrapped(&format!("Advice: {} with {lanes}. {}.", advice.mode, advice.because))).ok();
    text
}

fn who(side: Side, mode: LabMode) -> String {
    match side {
        Side::Millrace => mode.to_string(),
        Side::Python => format!("py {mode}"),
    }
}

fn table(summary: &[Summary]) -> String {
    let mut text = format!(
        "{:12} {:>7} {:>10} {:>9} {:>9} {:>8} {:>9} {:>9} {:>6} {:>9} {:>9}\n",
        "mode", "workers", "median", "spread", "speed-up", "at best", "start", "CPU", "wait", "a task", "memory"
    );
    for row in summary {
        let factor = |factor: Option<f64>| factor.map_or_else(|| "–".to_owned(), |factor| format!("{factor:.2}×"));
        writeln!(
            text,
            "{:12} {:>7} {:>10} {:>9} {:>9} {:>8} {:>9} {:>9} {:>6} {:>9} {:>9}",
            who(row.side, row.mode),
            row.workers,
            time(row.median_ms),
            time(row.spread_ms),
            factor(row.speedup),
            factor(row.ideal),
            time(row.startup_ms),
            time(row.cpu_ms),
            format!("{:.0} %", row.wait_share * 100.0),
            format!("+{}", time(row.overhead_us / 1e3)),
            format!("{} MiB", (row.peak_rss_bytes + (1 << 19)) >> 20),
        )
        .ok();
    }
    text
}

/// The lanes of the first run of each kind, on one axis.
fn bars(runs: &[LabRun]) -> String {
    let mut shown: Vec<&LabRun> = Vec::new();
    for run in runs.iter().filter(|run| !run.spans.is_empty()) {
        if !shown.iter().any(|other| (other.mode, other.workers) == (run.mode, run.workers)) {
            shown.push(run);
        }
    }
    shown.sort_by_key(|run| (run.mode, run.workers));
    let end = |run: &&LabRun| run.spans.iter().map(|span| span.end_us).max().unwrap_or(0);
    let Some(longest) = shown.iter().map(end).max().filter(|longest| *longest > 0) else { return String::new() };
    let mut text = format!("\nThe lanes, {} across:\n", time(longest as f64 / 1e3));
    for run in shown {
        let mut lanes: Vec<&str> = run.spans.iter().map(|span| &*span.lane).collect();
        lanes.sort_by_key(|lane| (lane.len(), *lane));
        lanes.dedup();
        for (number, lane) in lanes.iter().take(MOST).enumerate() {
            let name = if number == 0 { format!("{} × {}", run.mode, run.workers) } else { String::new() };
            let spans = run.spans.iter().filter(|span| span.lane == *lane);
            writeln!(text, "{name:14} {lane:>4} {}", bar(spans, longest)).ok();
        }
        if lanes.len() > MOST {
            writeln!(text, "{:14} and {} lanes more", "", lanes.len() - MOST).ok();
        }
    }
    text
}

/// Full where a lane computes for the most part, light where it waits.
fn bar<'a>(spans: impl Iterator<Item = &'a Span>, longest_us: u64) -> String {
    let mut cells = vec![' '; BAR];
    let place = |us: u64| ((us as f64 / longest_us as f64 * BAR as f64) as usize).min(BAR - 1);
    for span in spans {
        let computes = span.cpu_us * 2 > span.end_us.saturating_sub(span.start_us);
        let (from, to) = (place(span.start_us), place(span.end_us.saturating_sub(1)));
        let fill = match (span.done, computes) {
            (false, _) => '×',
            (true, true) => '█',
            (true, false) => '░',
        };
        cells[from..=to].fill(fill);
        // Neighbours stay apart where there is room.
        if to > from {
            cells[from] = if computes { '▌' } else { '▏' };
        }
    }
    cells.into_iter().collect::<String>().trim_end().to_owned()
}

/// What the first run of each mode found.
fn found(runs: &[LabRun], colour: bool) -> String {
    let mut text = String::new();
    let mut seen: Vec<(Side, LabMode)> = Vec::new();
    for run in runs {
        let kind = (run.side, run.mode);
        let is_many = matches!(
            run.detail,
            Detail::Counted(_) | Detail::Locked { .. } | Detail::Crashed(_) | Detail::Ended { .. }
        );
        if run.run > 1 || (seen.contains(&kind) && !is_many) {
            continue;
        }
        let is_first = seen.is_empty();
        seen.push(kind);
        let lines = lines_of(&run.detail, colour, is_first);
        for line in lines {
            writeln!(text, "{:14} {line}", who(run.side, run.mode)).ok();
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Results that are the same everywhere are shown once: with the first run.
fn lines_of(detail: &Detail, colour: bool, is_first: bool) -> Vec<String> {
    match detail {
        Detail::Results { results } if is_first => {
            let shown = results.iter().take(MOST).map(|answer| match answer.output {
                Figure::Number(number) => format!("{} → {number}", answer.input),
                Figure::Truth(is_so) => format!("{} is {}prime", answer.input, if is_so { "" } else { "not " }),
            });
            let more = results.len().saturating_sub(MOST);
            shown.chain((more > 0).then(|| format!("and {more} more"))).collect()
        }
        Detail::Pages { results } if is_first => results
            .iter()
            .map(|page| match &page.error {
                Some(error) => printable(&format!("{}: {error}", page.url)),
                None => printable(&format!(
                    "{}: {} bytes, \"{}\"",
                    page.url,
                    page.bytes,
                    page.title.as_deref().unwrap_or_default()
                )),
            })
            .collect(),
        Detail::Results { .. } | Detail::Pages { .. } | Detail::Nothing {} => Vec::new(),
        Detail::Order { completion_order, submission_order } => {
            let list = |order: &[f64]| order.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
            vec![format!("done in the order {} s; handed over as {} s", list(completion_order), list(submission_order))]
        }
        Detail::Checksum { checksum, items, .. } => {
            vec![format!("{items} results, checksum {}…", checksum.get(..16).unwrap_or(checksum))]
        }
        Detail::Printed { lines, switches, pattern } => {
            let shown = pattern.iter().take(24).map(|piece| coloured(piece, colour)).collect::<Vec<_>>().join(" ");
            let more = if pattern.len() > 24 { " …" } else { "" };
            vec![format!("{lines} lines, changed hands {switches} times: {shown}{more}")]
        }
        Detail::Counted(tally) => {
            let lock = tally.lock.as_str();
            let own = tally.by_process.iter().map(|share| share.value.to_string()).collect::<Vec<_>>().join(", ");
            let apart =
                if tally.by_process.len() > 1 { format!("; each process for itself: {own}") } else { String::new() };
            vec![format!("lock {lock:6} expected {}, found {}{apart}", tally.expected, tally.actual)]
        }
        Detail::Locked { order, outcome, detected_ms } => {
            let when = detected_ms.map_or_else(String::new, |ms| format!(", noticed after {}", time(ms)));
            vec![format!("{} order: {outcome}{when}", order.as_str())]
        }
        Detail::Ended { timed_out, waited_ms, ending, survivors, finished, exit_ms } => {
            let waited = if *timed_out { "given up" } else { "done" };
            vec![format!(
                "waited {} for a task: {waited}; {ending}: gone after {}, {finished} workers done, {survivors} survived",
                time(*waited_ms),
                time(*exit_ms)
            )]
        }
        Detail::Crashed(crash) => vec![printable(&format!(
            "{:6} {} of {} tasks done, the program {}: {}",
            crash.kind.as_str(),
            crash.done,
            crash.tasks,
            crash.program,
            crash.how
        ))],
        Detail::Frozen { own_thread, longest_gap_ms, frames, frames_due, .. } => {
            let place = if *own_thread { "on the thread that draws" } else { "on a lane beside" };
            vec![format!("{place}: {frames} of {frames_due} frames, at most {} apart", time(*longest_gap_ms))]
        }
    }
}

/// A piece such as `A×17` in the colour of its author.
fn coloured(piece: &str, colour: bool) -> String {
    let author = piece.bytes().next().unwrap_or(b'A');
    let code = COLOURS[usize::from(author.saturating_sub(b'A')) % COLOURS.len()];
    if colour { format!("\u{1b}[{code}m{piece}\u{1b}[0m") } else { piece.to_owned() }
}

/// Broken into lines that a terminal holds.
fn wrapped(text: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > 100 {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out += word;
        width += length;
    }
    out
}
