//! `millrace grab`: pages are read in parallel, and their links told or downloaded.

use super::args::Grab;
use super::batch::{self, Work};
use super::usage::Meter;
use super::{batch_options, open_state, read_links};
use crate::engine::{Engine, EngineConfig};
use crate::intake::Filter;
use crate::model::json::{Totals, batch_line, link_line, page_line};
use crate::model::{Batch, BatchOptions, Command, Event, JobReport, JobSpec, OnExists, Outcome, Source};
use anyhow::{Context, bail};
use std::collections::HashSet;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs `millrace grab`.
pub fn grab(grab: &Grab) -> anyhow::Result<ExitCode> {
    let filter = Filter::new(&grab.globs, &grab.regexes)?;
    let pages: Vec<JobSpec> = read_links(&grab.urls, grab.input.as_deref())?.into_iter().map(as_page).collect();
    if pages.is_empty() {
        bail!("there is no page to read: name links, or a list of them with -i FILE");
    }
    let fetch = Arc::new(grab.fetch.options()?);
    // Found out before the pages are read, not after it.
    let to_get = grab.dir.as_deref().map(|dir| batch_options(&grab.common, dir, grab.common.recipe()?)).transpose()?;
    let config = EngineConfig { bytes_per_s: grab.fetch.limit, ..grab.common.engine()? };
    let options = BatchOptions {
        output_dir: std::env::temp_dir(),
        recipe: None,
        fetch: Arc::clone(&fetch),
        retries: grab.fetch.retries,
        on_exists: OnExists::Rename,
        deadline_ms: grab.common.deadline,
        kept: false,
        non_pictures: crate::model::task::NonPictures::Fail,
    };
    let mut teller = Teller {
        json: grab.common.json,
        quiet: grab.common.quiet,
        filter,
        seen: HashSet::new(),
        found: Vec::new(),
        totals: Totals::default(),
    };
    teller.read(config.clone(), Batch { options: Arc::new(options), jobs: pages }, to_get.is_none())?;
    let failed = teller.totals.failed > 0;
    let Some(options) = to_get else { return Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }) };
    let options = BatchOptions { fetch, retries: grab.fetch.retries, on_exists: grab.on_exists, ..options };
    let jobs = teller.found.iter().map(|url| crate::intake::from_link(url)).collect();
    let got = batch::run(
        &grab.common,
        config,
        open_state(&grab.common)?,
        Work::New(Batch { options: Arc::new(options), jobs }),
    )?;
    Ok(if failed && got == ExitCode::SUCCESS { ExitCode::FAILURE } else { got })
}

/// The same input as a page to read.
fn as_page(job: JobSpec) -> JobSpec {
    match job.source() {
        Source::Link { url, .. } => JobSpec::page(job.input(), url.to_owned()),
        _ => job,
    }
}

struct Teller {
    json: bool,
    quiet: bool,
    filter: Filter,
    /// Each link is told once.
    seen: HashSet<String>,
    found: Vec<String>,
    totals: Totals,
}

impl Teller {
    /// Reads pages and tells what they offer as it comes.
    fn read(&mut self, config: EngineConfig, batch: Batch, tells_end: bool) -> anyhow::Result<()> {
        let (started, mut meter) = (Instant::now(), Meter::start());
        let mut workers = Duration::ZERO;
        let engine = Engine::start(config, None, || {}).context("cannot start the engine's thread")?;
        engine.send(Command::Submit(Arc::new(batch)));
        loop {
            match engine.events().recv().context("the engine's thread ended unexpectedly; please report this")? {
                Event::JobFinished(report) => {
                    workers += Duration::from_micros(report.timing.cpu_us);
                    self.tell(&report)?;
                }
                Event::WorkerStarted { pid, .. } => meter.watch(pid),
                Event::BatchFinished(_) => break,
                _ => {}
            }
        }
        drop(engine);
        let usage = meter.stop();
        self.totals.wall_ms = started.elapsed().as_secs_f64() * 1e3;
        self.totals.cpu_ms = usage.own_cpu.max(workers).as_secs_f64() * 1e3;
        self.totals.peak_rss_bytes = usage.peak_rss_bytes;
        if self.json && tells_end {
            writeln!(io::stdout(), "{}", batch_line(&self.totals))?;
        }
        Ok(())
    }

    fn tell(&mut self, report: &JobReport) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match &report.outcome {
            Outcome::Done(_) => self.totals.done += 1,
            Outcome::Failed(_) => self.totals.failed += 1,
            Outcome::Cancelled => self.totals.cancelled += 1,
        }
        if self.json {
            writeln!(out, "{}", page_line(report))?;
        } else if let Some((_, sentence)) = report.outcome.error() {
            writeln!(io::stderr(), "failed    {}: {}", batch::printable(&report.input), batch::printable(sentence))?;
        } else if let Some(page) = report.page.as_ref().filter(|_| !self.quiet) {
            // A comment, so that the output is a list that can be fetched.
            writeln!(out, "# {} - {}", batch::printable(&page.title), batch::printable(&report.input))?;
        }
        for link in report.page.iter().flat_map(|page| &page.links) {
            if !self.filter.wants(&link.url) || !self.seen.insert(link.url.clone()) {
                continue;
            }
            self.found.push(link.url.clone());
            if self.json {
                writeln!(out, "{}", link_line(link, &report.input))?;
            } else {
                writeln!(out, "{}", link.url)?;
            }
        }
        Ok(())
    }
}
