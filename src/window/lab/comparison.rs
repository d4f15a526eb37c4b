//! One comparison as the window sees it: fed by the events of a session, read by the views. No egui, no clock: the time is
//! handed in.

use super::findings::{Finding, findings};
use super::frames::Frames;
use crate::lab::LabEvent;
use crate::model::Moment;
use crate::model::lab::figures::summaries;
use crate::model::lab::{Detail, LabMode, LabReport, LabRun, Request, Summary};
use std::sync::Arc;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    Running,
    Finished,
    /// Somebody stopped it.
    Stopped,
    /// It could not go on: a sentence.
    Failed(String),
}

/// A task on a lane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) start_us: u64,
    /// `None` while it runs.
    pub(crate) end_us: Option<u64>,
    pub(crate) cpu_us: u64,
    pub(crate) done: bool,
    pub(crate) pid: u32,
}

/// What one lane did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strip {
    pub(crate) label: String,
    pub(crate) bars: Vec<Bar>,
}

/// The lanes of one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    pub(crate) mode: LabMode,
    pub(crate) workers: u16,
    pub(crate) run: u32,
    /// Which of several things that a run tries, in words; empty where there is only one.
    pub(crate) part: String,
    pub(crate) strips: Vec<Strip>,
}

impl Chart {
    fn new(mode: LabMode, workers: u16, run: u32) -> Chart {
        Chart { mode, workers, run, part: String::new(), strips: Vec::new() }
    }

    fn of(run: &LabRun) -> Chart {
        let mut chart = Chart { part: part_of(&run.detail), ..Chart::new(run.mode, run.workers, run.run) };
        for span in &run.spans {
            chart.strip(&span.lane).bars.push(Bar {
                name: span.name.clone(),
                start_us: span.start_us,
                end_us: Some(span.end_us),
                cpu_us: span.cpu_us,
                done: span.done,
                pid: span.pid,
            });
        }
        chart.order();
        chart
    }

    fn strip(&mut self, label: &str) -> &mut Strip {
        let at = self.strips.iter().position(|strip| strip.label == label).unwrap_or_else(|| {
            self.strips.push(Strip { label: label.to_owned(), bars: Vec::new() });
            self.strips.len() - 1
        });
        &mut self.strips[at]
    }

    /// Lanes by number, tasks by time.
    fn order(&mut self) {
        self.strips.sort_by(|a, b| (a.label.len(), &a.label).cmp(&(b.label.len(), &b.label)));
        for strip in &mut self.strips {
            strip.bars.sort_by_key(|bar| bar.start_us);
        }
    }

    /// The end of its last task, as far as that is known.
    pub(crate) fn end_us(&self) -> u64 {
        let bars = self.strips.iter().flat_map(|strip| &strip.bars);
        bars.map(|bar| bar.end_us.unwrap_or(bar.start_us)).max().unwrap_or(0)
    }
}

/// Which of several things a run tried.
pub(crate) fn part_of(detail: &Detail) -> String {
    match detail {
        Detail::Counted(tally) => match tally.lock.as_str() {
            "none" => "no lock".to_owned(),
            lock => lock.to_owned(),
        },
        Detail::Locked { order, .. } => format!("{} order", order.as_str()),
        Detail::Crashed(crash) => crash.kind.as_str().to_owned(),
        Detail::Ended { ending, .. } => (*ending).to_owned(),
        _ => String::new(),
    }
}

/// The run under way.
#[derive(Debug)]
struct Live {
    chart: Chart,
    /// When its first task began, on the window's clock.
    origin: Option<Moment>,
    /// Something ended: what is opened next belongs to the next part.
    has_ended: bool,
}

/// A comparison, under way or over.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) request: Request,
    pub(crate) stage: Stage,
    /// Shared with the thread that writes them to files.
    pub(crate) runs: Arc<Vec<LabRun>>,
    /// By mode and workers, as far as there are runs.
    pub(crate) summary: Vec<Summary>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
    pub(crate) report: Option<Box<LabReport>>,
    /// The frames of this window, where it was frozen.
    pub(crate) frames: Option<Frames>,
    /// The newest run of each kind that has lanes.
    charts: Vec<Chart>,
    live: Option<Live>,
    cores: u16,
    planned: usize,
    begun: usize,
    /// The end of the longest run yet: the axis does not jump from run to run.
    longest_us: u64,
    now: Moment,
}

impl Comparison {
    pub(crate) fn new(request: Request, cores: u16) -> Comparison {
        Comparison {
            planned: request.round().len() * request.runs as usize,
            request,
            stage: Stage::Running,
            runs: Arc::default(),
            summary: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
            report: None,
            frames: None,
            charts: Vec::new(),
            live: None,
            cores,
            begun: 0,
            longest_us: 0,
            now: Moment::default(),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.stage == Stage::Running
    }

    /// Moves time on.
    pub(crate) fn tick(&mut self, now: Moment) {
        self.now = self.now.max(now);
    }

    /// Takes in what happened.
    pub(crate) fn apply(&mut self, event: LabEvent) {
        match event {
            LabEvent::Planned { kinds, rounds } => self.planned = kinds.len() * rounds as usize,
            LabEvent::RunStarted { mode, workers, run } => {
                self.begun += 1;
                self.live = Some(Live { chart: Chart::new(mode, workers, run), origin: None, has_ended: false });
            }
            LabEvent::LaneOpened { lane } => {
                if let Some(live) = &mut self.live {
                    live.renew();
                    live.chart.strip(&lane);
                    live.chart.order();
                }
            }
            LabEvent::TaskStarted { lane, name, at_us } => {
                let now = self.now;
                if let Some(live) = &mut self.live {
                    live.happened(now, at_us);
                    let bar = Bar { name, start_us: at_us, end_us: None, cpu_us: 0, done: true, pid: 0 };
                    live.chart.strip(&lane).bars.push(bar);
                }
            }
            LabEvent::TaskEnded(span) => {
                let now = self.now;
                if let Some(live) = &mut self.live {
                    live.happened(now, span.end_us);
                    let bars = &mut live.chart.strip(&span.lane).bars;
                    let open = |bar: &&mut Bar| bar.end_us.is_none() && bar.start_us == span.start_us;
                    if let Some(bar) = bars.iter_mut().rev().find(open) {
                        (bar.end_us, bar.cpu_us) = (Some(span.end_us), span.cpu_us);
                        (bar.done, bar.pid) = (span.done, span.pid);
                    }
                }
            }
            LabEvent::RunFinished(run) => self.finish(*run),
            LabEvent::Noted(sentence) => self.notes.push(sentence),
            LabEvent::Finished(report) => {
                self.summary.clone_from(&report.summary);
                self.report = Some(report);
                self.end(Stage::Finished);
            }
            LabEvent::Cancelled => self.end(Stage::Stopped),
            LabEvent::Failed(sentence) => self.end(Stage::Failed(sentence)),
        }
    }

    /// Ends it, if nothing has yet.
    pub(crate) fn end(&mut self, stage: Stage) {
        if self.is_running() {
            (self.stage, self.live) = (stage, None);
        }
    }

    fn finish(&mut self, run: LabRun) {
        let chart = Chart::of(&run);
        if !chart.strips.is_empty() {
            self.longest_us = self.longest_us.max(chart.end_us());
            let kind = (chart.mode, chart.workers);
            self.charts.retain(|other| (other.mode, other.workers) != kind);
            self.charts.push(chart);
            self.charts.sort_by_key(|chart| (chart.mode, chart.workers));
        }
        if let Some(live) = &mut self.live {
            live.has_ended = true;
        }
        Arc::make_mut(&mut self.runs).push(run);
        self.summary = summaries(&self.runs, self.cores);
        self.findings = findings(&self.runs);
    }

    /// The lanes to show: the newest run of each kind, and the one under way in the place of its like.
    pub(crate) fn charts(&self) -> Vec<&Chart> {
        let live = self.live.as_ref().filter(|live| !live.has_ended).map(|live| &live.chart);
        let live = live.filter(|chart| !chart.strips.is_empty());
        let is_live =
            |chart: &&Chart| live.is_some_and(|live| (live.mode, live.workers) == (chart.mode, chart.workers));
        let mut charts: Vec<&Chart> = self.charts.iter().filter(|chart| !is_live(chart)).chain(live).collect();
        charts.sort_by_key(|chart| (chart.mode, chart.workers));
        charts
    }

    /// Where the present is on the axis of the run under way.
    pub(crate) fn live_us(&self) -> Option<u64> {
        let origin = self.live.as_ref().filter(|live| !live.has_ended)?.origin?;
        Some(self.now.0.saturating_sub(origin.0))
    }

    /// The end of the axis that all lanes share.
    pub(crate) fn axis_us(&self) -> u64 {
        self.live_us().into_iter().fold(self.longest_us, u64::max).max(1)
    }

    /// What is run at the moment: `Threads × 2, run 1 of 3`.
    pub(crate) fn at_work(&self) -> Option<String> {
        let live = self.live.as_ref()?;
        let (Chart { mode, workers, run, .. }, runs) = (&live.chart, self.request.runs);
        // Python's runs come after all others, and none of them says that it begins.
        if self.request.python && live.has_ended && self.begun >= self.planned {
            return Some("The same in Python".to_owned());
        }
        Some(format!("{} × {workers}, run {run} of {runs}", mode.title()))
    }

    /// The share that is done, by the number of runs. Python's come after all of ours and are not counted.
    pub(crate) fn share(&self) -> f32 {
        match self.stage {
            Stage::Finished => 1.0,
            _ => self.begun.saturating_sub(1) as f32 / self.planned.max(1) as f32,
        }
    }
}

impl Live {
    /// Something happened so long after the first task began, and that was not later than now.
    fn happened(&mut self, now: Moment, at_us: u64) {
        let latest = Moment(now.0.saturating_sub(at_us));
        self.origin = Some(self.origin.map_or(latest, |origin| origin.min(latest)));
    }

    /// What is opened after something ended belongs to the next part, whose time begins anew.
    fn renew(&mut self) {
        let worked = self.chart.strips.iter().any(|strip| !strip.bars.is_empty());
        if self.has_ended || worked {
            self.chart.strips.clear();
            (self.origin, self.has_ended) = (None, false);
        }
    }
}

#[cfg(test)]
mod tests;
