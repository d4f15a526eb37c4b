//! The options of `millrace lab`, and the request that they make.

use super::args::{seconds, size};
use super::one_of::OneOf;
use crate::lab;
use crate::model::lab::{LabMode, Request, Workload};
use anyhow::bail;
use clap::Args;
use clap::builder::OsStringValueParser;
use std::ffi::OsString;
use std::path::PathBuf;

/// What there is, for shells; whatever it is, it is told once all is read.
fn workloads() -> OneOf<String> {
    OneOf::new(Workload::ALL.map(Workload::as_str).into_iter().chain(["list"]), |text| Ok(text.to_owned()))
}

/// A list of them is as good.
fn modes() -> OneOf<String> {
    OneOf::new(["all"].into_iter().chain(LabMode::ALL.map(LabMode::as_str)), |text| Ok(text.to_owned()))
}

/// `millrace lab`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub struct Lab {
    /// What to run, or `list` for what there is.
    #[arg(value_name = "WORKLOAD", hide_possible_values = true, value_parser = workloads())]
    pub workload: String,
    /// In which modes: all, or some of serial, threads, gil, processes.
    #[arg(long, alias = "mode", value_name = "MODES", default_value = "all", hide_possible_values = true, value_parser = modes())]
    pub modes: String,
    /// With how many lanes, one number or several: 1,2,4.
    #[arg(long, value_name = "N[,N]", value_delimiter = ',')]
    pub workers: Option<Vec<u16>>,
    /// How often each.
    #[arg(long, value_name = "N")]
    pub runs: Option<u32>,
    /// How long each task waits (sleep), or computes (heavy, freeze).
    #[arg(long, value_name = "S[,S]", value_delimiter = ',', value_parser = seconds)]
    pub seconds: Option<Vec<u64>>,
    /// How long something is waited for (deadlock, timeout, crash).
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub timeout: Option<u64>,
    /// How many tasks.
    #[arg(long, value_name = "N")]
    pub tasks: Option<u32>,
    /// The numbers to work on (squares, primes).
    #[arg(long, value_name = "N[,N]", value_delimiter = ',')]
    pub numbers: Option<Vec<u64>>,
    /// How many numbers are one task (squares, primes).
    #[arg(long, value_name = "N")]
    pub chunk: Option<u32>,
    /// Your own addresses instead of the embedded server's (fetch, titles, download).
    #[arg(long, value_name = "URL[,URL]", value_delimiter = ',')]
    pub urls: Option<Vec<String>>,
    /// How long the embedded server takes to answer.
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub latency: Option<u64>,
    /// The lines of each loop (print).
    #[arg(long, value_name = "N")]
    pub lines: Option<u32>,
    /// How often each task adds one (counter).
    #[arg(long, value_name = "N")]
    pub times: Option<u64>,
    /// Run the same in Python, where there is one.
    #[arg(long)]
    pub compare_python: bool,
    /// Write the runs as a table.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write what ran where to a file that Perfetto and Chrome read.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Accepted as everywhere; the Lab keeps nothing there.
    #[arg(long, value_name = "DIR", env = "MILLRACE_STATE", hide = true, value_parser = OsStringValueParser::new())]
    pub state: Option<OsString>,
    /// Print one JSON line for each run and one for the comparison, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Print the comparison without its lanes.
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print each run as it ends.
    #[arg(short, long)]
    pub verbose: bool,
}

impl Lab {
    /// What is asked for.
    pub(super) fn request(&self) -> anyhow::Result<Request> {
        let workload: Workload = self.workload.parse().map_err(anyhow::Error::msg)?;
        self.check(workload)?;
        let mut request = lab::request(workload);
        request.modes = LabMode::parse_list(&self.modes).map_err(anyhow::Error::msg)?;
        request.runs = self.runs.unwrap_or(request.runs);
        request.python = self.compare_python;
        let own = &mut request.parameters;
        own.tasks = self.tasks.unwrap_or(own.tasks);
        own.waits_ms = self.seconds.clone().unwrap_or_else(|| own.waits_ms.clone());
        own.timeout_ms = self.timeout.unwrap_or(own.timeout_ms);
        own.chunk = self.chunk.unwrap_or(own.chunk);
        own.latency_ms = self.latency.unwrap_or(own.latency_ms);
        own.lines = self.lines.unwrap_or(own.lines);
        own.times = self.times.unwrap_or(own.times);
        own.urls = self.urls.clone().unwrap_or_default();
        match (&self.numbers, self.tasks) {
            (Some(numbers), _) => own.numbers.clone_from(numbers),
            // More of the same, from the beginning again.
            (None, Some(tasks)) => own.numbers = more(workload, &own.numbers, tasks),
            (None, None) => {}
        }
        if let Some(workers) = &self.workers {
            request.workers.clone_from(workers);
        }
        request.check()?;
        Ok(request)
    }

    /// Options that a workload has no use for are a mistake, and said so.
    fn check(&self, workload: Workload) -> anyhow::Result<()> {
        use Workload::{Both, Counter, Crash, Deadlock, Download, Fetch, Freeze, Heavy, Primes, Print};
        use Workload::{Sleep, Squares, Timeout, Titles};
        let given: [(&str, bool, &[Workload]); 8] = [
            ("--seconds", self.seconds.is_some(), &[Sleep, Heavy, Freeze]),
            ("--timeout", self.timeout.is_some(), &[Deadlock, Timeout, Crash]),
            ("--numbers", self.numbers.is_some(), &[Squares, Primes]),
            ("--chunk", self.chunk.is_some(), &[Squares, Primes]),
            ("--urls", self.urls.is_some(), &[Fetch, Titles, Download]),
            ("--latency", self.latency.is_some(), &[Fetch, Titles, Download, Both]),
            ("--lines", self.lines.is_some(), &[Print]),
            ("--times", self.times.is_some(), &[Counter]),
        ];
        if self.tasks.is_some() && matches!(workload, Sleep | Deadlock | Timeout | Freeze) {
            bail!("{workload} has the tasks that it has; --tasks means nothing there");
        }
        for (option, is_given, workloads) in given {
            if is_given && !workloads.contains(&workload) {
                let names = workloads.iter().map(|workload| workload.as_str()).collect::<Vec<_>>().join(", ");
                bail!("{option} means nothing for {workload}; it is for {names}");
            }
        }
        if self.numbers.as_ref().is_some_and(Vec::is_empty) || self.urls.as_ref().is_some_and(Vec::is_empty) {
            bail!("name at least one");
        }
        for url in self.urls.iter().flatten() {
            let is_web = url.starts_with("http://") || url.starts_with("https://");
            if !is_web || url::Url::parse(url).is_err() {
                bail!("\"{url}\" is no address; write http:// or https:// and the rest");
            }
        }
        Ok(())
    }
}

fn more(workload: Workload, numbers: &[u64], tasks: u32) -> Vec<u64> {
    match workload {
        Workload::Squares => (1..=u64::from(tasks.min(1 << 20))).collect(),
        _ => numbers.iter().copied().cycle().take(if numbers.is_empty() { 0 } else { tasks as usize }).collect(),
    }
}
