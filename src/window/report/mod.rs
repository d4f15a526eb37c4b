//! The report of a stretch of work: offered in a strip once the last job ended, opened in a sheet, copied as Markdown or
//! saved as one HTML file. It is made by the model; here it is shown and written.

mod html;
mod sheet;
mod strip;
mod svg;
mod words;

pub(crate) use html::page;
pub(crate) use sheet::sheet_ui;
pub(crate) use strip::{is_shown, strip_ui};

use super::effect::Effect;
use super::model::report::BatchReport;
use super::model::{Bucket, Model};
use super::state::State;
use crate::model::{Command, JobId, Selection};
use std::sync::Arc;

/// What a report's file is called where nobody named it, without its ending.
pub(crate) const FILE_STEM: &str = "millrace-report";

/// What a person wants with the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportIntent {
    Open,
    Close,
    /// Leave the strip out until there is another report.
    Dismiss,
    /// Try again what failed in it.
    RetryFailed,
    Copy,
    Save,
}

/// Which report lies open, and which was seen enough of.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The one in the sheet. It stays as it is while other work goes on.
    pub(crate) open: Option<Arc<BatchReport>>,
    dismissed: u32,
}

/// Applies an intent.
pub(crate) fn reduce(state: &mut State, intent: ReportIntent) -> Vec<Effect> {
    let report = state.report.open.clone().or_else(|| state.model.report.clone());
    match (intent, report) {
        (ReportIntent::Close, _) => {
            state.report.open = None;
            Vec::new()
        }
        (_, None) => vec![Effect::Complain("There is no report yet: it comes when all jobs have ended".to_owned())],
        (ReportIntent::Open, Some(report)) => {
            state.report.dismissed = report.number;
            state.report.open = Some(report);
            Vec::new()
        }
        (ReportIntent::Dismiss, Some(report)) => {
            state.report.dismissed = report.number;
            Vec::new()
        }
        (ReportIntent::RetryFailed, Some(report)) => {
            let jobs = failed(&state.model, &report);
            state.report.open = None;
            match jobs.as_slice() {
                [] => vec![Effect::Complain("Nothing of this report is failed any more".to_owned())],
                _ => vec![Effect::Send(Command::Retry(Selection::Jobs(jobs)))],
            }
        }
        (ReportIntent::Copy, Some(report)) => vec![Effect::Copy { text: words::markdown(&report), what: "Report" }],
        (ReportIntent::Save, Some(report)) => vec![Effect::PickReportFile(report)],
    }
}

/// The jobs of a report that are failed and still in the queue.
fn failed(model: &Model, report: &BatchReport) -> Vec<JobId> {
    let of_it = model.made_rows().filter(|row| row.bucket() == Bucket::Failed && row.stretch == report.stretch);
    of_it.map(|row| row.id).collect()
}

/// A report with something of everything, all of whose names are this one.
#[cfg(test)]
fn sample(name: &str) -> BatchReport {
    use super::model::SpanEnd;
    use super::model::picture::{Block, Picture, PictureLane};
    use super::model::report::{Reason, Slow, Work};
    use crate::model::{ErrorKind, ExecutorKind, JobState, Moment, Pool, Timing};
    use std::time::Duration;
    let block = |start: u64, pool, how, count| {
        let (start, end) = (Moment(start * 1_000_000), Moment((start + 5) * 1_000_000));
        Block { start, end, pool, how, busy: 1.0, count, label: name.into() }
    };
    let (fetch, mill) = (Pool::Fetch, Pool::Mill);
    let threads = vec![block(0, fetch, SpanEnd::Done, 40), block(6, fetch, SpanEnd::Failed, 1)];
    let processes = vec![block(2, mill, SpanEnd::Again, 1), block(9, mill, SpanEnd::Cancelled, 1)];
    let lane = |label: &str, executor, pool, pid, blocks| PictureLane {
        label: label.to_owned(),
        executor,
        pool: Some(pool),
        pid,
        blocks,
    };
    let lanes = vec![
        lane("T1", ExecutorKind::Threads, fetch, None, threads),
        lane("P1", ExecutorKind::Processes, mill, Some(4242), processes),
    ];
    let timing = Timing { wall_us: 40_000_000, cpu_us: 31_000_000 };
    BatchReport {
        number: 1,
        stretch: 1,
        done: 118,
        failed: 2,
        cancelled: 1,
        bytes_in: 500_000_000,
        bytes_out: 200_000_000,
        converted_in: 400_000_000,
        converted_out: 100_000_000,
        wall: Duration::from_secs(42),
        serial: Some((Duration::from_secs(160), 3.8)),
        slowest: vec![Slow { job: JobId(1), name: name.to_owned(), timing, state: JobState::Done }],
        reasons: vec![Reason {
            kind: ErrorKind::DiskFull,
            sentence: format!("Cannot write {name}"),
            count: 41,
            names: vec![name.to_owned(), "b.jpg".to_owned()],
        }],
        work: vec![Work { executor: ExecutorKind::Processes, pool: mill, attempts: 120, timing }],
        picture: Picture { from: Moment(0), to: Moment(42_000_000), lanes, left_out: 0 },
    }
}
