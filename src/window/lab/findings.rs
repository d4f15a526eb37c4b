//! What the workloads show beyond times, as lines with meanings instead of colours. No egui: the views paint it.

use crate::model::lab::figures::{kinds, time};
use crate::model::lab::{Crash, Detail, Figure, LabMode, LabRun, PageRead, Side, Tally};

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Quiet,
    Good,
    Bad,
    /// Of the author of this number.
    Author(usize),
}

/// Something to show.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Show {
    /// Pieces one after another.
    Line(Vec<(String, Ink)>),
    /// Who wrote how many lines, one after another: authors by number.
    Ribbon(Vec<(usize, u64)>),
    /// The times between frames, in milliseconds.
    Gaps(Vec<f64>),
}

/// What the newest run of a kind showed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    /// `None` where every run showed the same.
    pub(crate) kind: Option<(Side, LabMode, u16)>,
    pub(crate) shows: Vec<Show>,
}

/// How many results, or pieces of a pattern, are written out.
const MOST: usize = 24;

/// What there is to show, by kind of run.
pub(crate) fn findings(runs: &[LabRun]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for kind in kinds(runs) {
        let of_kind = || runs.iter().filter(|run| (run.side, run.mode, run.workers) == kind);
        let newest = of_kind().map(|run| run.run).max().unwrap_or(0);
        let shows = of_kind().filter(|run| run.run == newest).flat_map(|run| shows(&run.detail)).collect();
        findings.push(Finding { kind: Some(kind), shows });
    }
    findings.retain(|finding| !finding.shows.is_empty());
    // The same everywhere is shown once.
    if findings.len() > 1 && findings.iter().all(|finding| finding.shows == findings[0].shows) {
        findings.truncate(1);
        findings[0].kind = None;
    }
    findings
}

fn line<const N: usize>(pieces: [(&str, Ink); N]) -> Show {
    Show::Line(pieces.into_iter().map(|(words, ink)| (words.to_owned(), ink)).collect())
}

fn shows(detail: &Detail) -> Vec<Show> {
    match detail {
        Detail::Results { results } => {
            let mut shows: Vec<Show> =
                results.iter().take(MOST).map(|answer| result(answer.input, &answer.output)).collect();
            shows.extend(more(results.len()));
            shows
        }
        Detail::Pages { results } => {
            let mut shows: Vec<Show> = results.iter().take(MOST).map(page).collect();
            shows.extend(more(results.len()));
            shows
        }
        Detail::Order { completion_order, submission_order } => {
            let list = |order: &[f64]| order.iter().map(|wait| format!("{wait} s")).collect::<Vec<_>>().join(" → ");
            vec![
                line([("as they were done  ", Ink::Quiet), (&list(completion_order), Ink::Plain)]),
                line([("as handed over  ", Ink::Quiet), (&list(submission_order), Ink::Plain)]),
            ]
        }
        Detail::Checksum { checksum, items, fetch_ms, process_ms } => {
            let short = checksum.get(..16).unwrap_or(checksum);
            let results = if *items == 1 { "result" } else { "results" };
            let mut shows = vec![line([
                (&format!("{items} {results}, checksum "), Ink::Quiet),
                (short, Ink::Plain),
                ("…", Ink::Quiet),
            ])];
            if let (Some(fetch), Some(process)) = (fetch_ms, process_ms) {
                shows.push(line([
                    ("fetching alone ", Ink::Quiet),
                    (&time(*fetch), Ink::Plain),
                    (", converting alone ", Ink::Quiet),
                    (&time(*process), Ink::Plain),
                ]));
            }
            shows
        }
        Detail::Printed { lines, switches, pattern } => printed(*lines, *switches, pattern),
        Detail::Counted(tally) => vec![counted(tally)],
        Detail::Locked { order, outcome, detected_ms } => {
            let ink = if *outcome == "deadlock" { Ink::Bad } else { Ink::Good };
            let when = detected_ms.map_or_else(String::new, |ms| format!(", noticed after {}", time(ms)));
            vec![line([(&format!("{} order  ", order.as_str()), Ink::Quiet), (outcome, ink), (&when, Ink::Plain)])]
        }
        Detail::Ended { timed_out, waited_ms, ending, survivors, finished, exit_ms } => {
            let waited = if *timed_out { "given up" } else { "done in time" };
            let outlived = format!("{survivors} workers went on without it");
            let ink = if *survivors > 0 { Ink::Bad } else { Ink::Good };
            vec![
                line([
                    ("a task, waited for  ", Ink::Quiet),
                    (&format!("{waited} after {}", time(*waited_ms)), Ink::Plain),
                ]),
                line([
                    (&format!("program {ending}  "), Ink::Quiet),
                    (&format!("gone after {}, {finished} workers had done their work, ", time(*exit_ms)), Ink::Plain),
                    (&outlived, ink),
                ]),
            ]
        }
        Detail::Crashed(crash) => crashed(crash),
        Detail::Frozen { own_thread, longest_gap_ms, frames, frames_due, gaps_ms } => {
            let place = if *own_thread { "work on the thread that ticks  " } else { "work on a lane beside it  " };
            let words = format!("longest gap {}, {frames} of {frames_due} frames", time(*longest_gap_ms));
            let ink = if *longest_gap_ms > 100.0 { Ink::Bad } else { Ink::Good };
            vec![line([(place, Ink::Quiet), (&words, ink)]), Show::Gaps(gaps_ms.clone())]
        }
        Detail::Nothing {} => Vec::new(),
    }
}

fn result(input: u64, output: &Figure) -> Show {
    match output {
        Figure::Number(number) => line([(&format!("{input} → "), Ink::Quiet), (&number.to_string(), Ink::Plain)]),
        Figure::Truth(true) => line([(&format!("{input}  "), Ink::Quiet), ("prime", Ink::Good)]),
        Figure::Truth(false) => line([(&format!("{input}  "), Ink::Quiet), ("not prime", Ink::Plain)]),
    }
}

fn page(page: &PageRead) -> Show {
    match &page.error {
        Some(error) => line([(&format!("{}  ", page.url), Ink::Quiet), (error, Ink::Bad)]),
        None => line([
            (&format!("{}  ", page.url), Ink::Quiet),
            (&format!("{} bytes  ", page.bytes), Ink::Plain),
            (page.title.as_deref().unwrap_or("no title"), Ink::Plain),
        ]),
    }
}

fn more(count: usize) -> Option<Show> {
    (count > MOST).then(|| line([(&format!("and {} more", count - MOST), Ink::Quiet)]))
}

/// `A×17` becomes the author of number 0 with 17 lines.
fn printed(lines: u64, switches: u64, pattern: &[String]) -> Vec<Show> {
    let parted: Vec<(&str, u64)> = pattern
        .iter()
        .map(|piece| piece.split_once('×').unwrap_or((piece, "1")))
        .map(|(author, count)| (author, count.parse().unwrap_or(1)))
        .collect();
    // By name, so that each has the same colour in every run.
    let mut authors: Vec<&str> = parted.iter().map(|(author, _)| *author).collect();
    authors.sort_unstable();
    authors.dedup();
    let number = |author: &str| authors.binary_search(&author).unwrap_or_default();
    let ribbon: Vec<(usize, u64)> = parted.iter().map(|(author, count)| (number(author), *count)).collect();
    let shown: u64 = ribbon.iter().map(|(_, count)| count).sum();
    let first = if shown < lines { format!("; the first {shown} of them:") } else { String::new() };
    let times = if switches == 1 { "once".to_owned() } else { format!("{switches} times") };
    let words = format!("{lines} lines, which changed hands {times}{first}");
    let mut written: Vec<(String, Ink)> = pattern
        .iter()
        .zip(&ribbon)
        .take(MOST)
        .map(|(piece, (author, _))| (format!("{piece} "), Ink::Author(*author)))
        .collect();
    if pattern.len() > MOST {
        written.push(("…".to_owned(), Ink::Quiet));
    }
    vec![line([(&words, Ink::Plain)]), Show::Ribbon(ribbon), Show::Line(written)]
}

fn counted(tally: &Tally) -> Show {
    let name = match tally.lock.as_str() {
        "none" => "no lock  ".to_owned(),
        lock => format!("{lock}  "),
    };
    let is_right = tally.actual == tally.expected;
    let missing = match tally.expected.abs_diff(tally.actual) {
        0 => String::new(),
        missing => format!(", {missing} missing"),
    };
    let mut pieces = vec![
        (name, Ink::Quiet),
        (format!("expected {}, found ", tally.expected), Ink::Plain),
        (format!("{}{missing}", tally.actual), if is_right { Ink::Good } else { Ink::Bad }),
    ];
    if tally.by_process.len() > 1 {
        let own: Vec<String> = tally.by_process.iter().map(|share| share.value.to_string()).collect();
        pieces.push((format!("; each process for itself: {}", own.join(", ")), Ink::Quiet));
    }
    Show::Line(pieces)
}

fn crashed(crash: &Crash) -> Vec<Show> {
    let program = match crash.program {
        "died" => ", the program died with it",
        "stuck" => ", a lane stayed stuck",
        _ => "",
    };
    let apart = if crash.sacrificial { " (in a program of its own)" } else { "" };
    let ink = if crash.failed > 1 || !program.is_empty() { Ink::Bad } else { Ink::Good };
    let words = format!("{} of {} done, {} failed{program}", crash.done, crash.tasks, crash.failed);
    vec![
        line([(&format!("{}  ", crash.kind.as_str()), Ink::Quiet), (&words, ink), (apart, Ink::Quiet)]),
        line([(&crash.how, Ink::Quiet)]),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::made_up::{of_numbers, run};
    use super::*;
    use crate::model::lab::{CounterLock, Share};

    fn words(finding: &Finding) -> String {
        let mut words = String::new();
        for show in &finding.shows {
            if let Show::Line(pieces) = show {
                words.extend(pieces.iter().map(|(piece, _)| piece.as_str()));
                words.push('\n');
            }
        }
        words
    }

    #[test]
    fn what_is_the_same_everywhere_is_shown_once() {
        let runs = [run(LabMode::Serial, 1, 1, of_numbers(&[4, 9])), run(LabMode::Threads, 2, 1, of_numbers(&[4, 9]))];
        let found = findings(&runs);
        assert_eq!((found.len(), found[0].kind), (1, None));
        assert_eq!(words(&found[0]), "0 → 4\n1 → 9\n");
        let runs = [run(LabMode::Serial, 1, 1, of_numbers(&[4, 9])), run(LabMode::Threads, 2, 1, of_numbers(&[4, 8]))];
        assert_eq!(findings(&runs).len(), 2);
    }

    #[test]
    fn the_newest_run_of_a_kind_counts_with_all_its_parts() {
        let tally = |lock, actual| {
            let by_process = vec![Share { pid: 1, value: actual }];
            Detail::Counted(Tally { lock, expected: 10, actual, by_process })
        };
        let runs = [
            run(LabMode::Threads, 2, 1, tally(CounterLock::None, 7)),
            run(LabMode::Threads, 2, 1, tally(CounterLock::Mutex, 10)),
            run(LabMode::Threads, 2, 2, tally(CounterLock::None, 6)),
            run(LabMode::Threads, 2, 2, tally(CounterLock::Mutex, 10)),
        ];
        let found = findings(&runs);
        assert_eq!(words(&found[0]), "no lock  expected 10, found 6, 4 missing\nmutex  expected 10, found 10\n");
        let Show::Line(pieces) = &found[0].shows[0] else { panic!("a line") };
        assert_eq!(pieces[2].1, Ink::Bad);
    }

    #[test]
    fn printed_lines_become_a_ribbon_of_authors() {
        let pattern = ["A×3", "B×1", "A×2"].map(str::to_owned).to_vec();
        let shows = shows(&Detail::Printed { lines: 6, switches: 2, pattern });
        assert_eq!(shows[1], Show::Ribbon(vec![(0, 3), (1, 1), (0, 2)]));
        let later =
            super::shows(&Detail::Printed { lines: 2, switches: 1, pattern: vec!["B×1".into(), "A×1".into()] });
        assert_eq!(later[1], Show::Ribbon(vec![(1, 1), (0, 1)]), "an author keeps the colour");
        let Show::Line(pieces) = &shows[2] else { panic!("a line") };
        assert_eq!(pieces[1], ("B×1 ".to_owned(), Ink::Author(1)));
    }
}
