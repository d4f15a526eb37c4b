//! Progress on a terminal: a bar for each job on a lane, and one for the whole.

use crate::model::{Event, JobId, JobSpec, Pool, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::io::{self, Write};

pub(super) struct Bars {
    screen: MultiProgress,
    total: ProgressBar,
    names: HashMap<JobId, String>,
    active: HashMap<JobId, ProgressBar>,
}

impl Bars {
    pub(super) fn new(jobs: u64) -> Bars {
        let screen = MultiProgress::new();
        let total = screen.add(ProgressBar::new(jobs).with_style(style("{pos:>5}/{len:<5} [{wide_bar}] {elapsed}")));
        Bars { screen, total, names: HashMap::new(), active: HashMap::new() }
    }

    pub(super) fn see(&mut self, event: &Event) {
        match event {
            Event::JobsQueued { first, batch, .. } => {
                self.names.extend((first.0..).map(JobId).zip(batch.jobs.iter().map(JobSpec::file_name)));
            }
            Event::TaskStarted { attempt, pool, .. } => {
                let template = match pool {
                    Pool::Fetch => "  fetch {msg:<32!} [{bar:30}] {bytes:>10} {bytes_per_sec}",
                    Pool::Mill => "  mill  {msg:<32!} [{bar:30}]",
                };
                let name = self.names.get(&attempt.job).cloned().unwrap_or_default();
                let bar = self.screen.insert_before(&self.total, ProgressBar::no_length().with_style(style(template)));
                self.active.insert(attempt.job, bar.with_message(name));
            }
            Event::TaskFinished { attempt, .. } => {
                if let Some(bar) = self.active.remove(&attempt.job) {
                    bar.finish_and_clear();
                }
            }
            Event::JobFinished(report) => {
                self.names.remove(&report.job);
                self.total.inc(1);
            }
            _ => {}
        }
    }

    /// Sets how many jobs there are.
    pub(super) fn expect(&self, jobs: u64) {
        self.total.set_length(jobs);
    }

    pub(super) fn draw(&mut self, fresh: &HashMap<JobId, Progress>) {
        for (job, progress) in fresh {
            let Some(bar) = self.active.get(job) else { continue };
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.done);
        }
        self.total.tick();
    }

    /// Prints a line above the bars.
    pub(super) fn print(&self, line: &str) -> io::Result<()> {
        self.aside(|| writeln!(io::stdout(), "{line}"))
    }

    /// Prints while the bars are away.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.screen.suspend(print)
    }

    pub(super) fn clear(&self) {
        for bar in self.active.values() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are the literals above; a wrong one shows as the default style.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸ ")
}
