//! One batch from its submission to its end: events become lines, and the outcome the exit status.

use super::args::{Common, check_place};
use super::grab::{Grabber, Lines};
use super::progress::Bars;
use super::usage::Meter;
use crate::engine::{Engine, EngineConfig, signals};
use crate::intake::Filter;
use crate::model::json::{Totals, batch_line, computed_line, job_line, page_line};
use crate::model::{Batch, BatchOptions, Command, Event, ExecutorKind, JobReport, LaneId, Outcome, filename};
use crate::store::{StateFolder, whole};
use crate::trace::Trace;
use anyhow::Context;
use crossbeam_channel::{Receiver, select};
use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The exit status of a batch in which some job failed.
pub(super) const SOME_FAILED: u8 = 1;

/// The exit status of a batch that was interrupted.
const INTERRUPTED: u8 = 130;

/// How often the bars move.
const FRAME: Duration = Duration::from_millis(100);

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    Json,
    Quiet,
    Plain,
    Verbose,
}

/// What there is to run.
pub(super) enum Work {
    /// A new batch.
    New(Batch),
    /// Pages, whose links are listed, or downloaded in a batch with these options.
    Pages { pages: Batch, filter: Filter, get: Option<BatchOptions> },
    /// What earlier programs left unfinished.
    Unfinished,
}

/// Runs jobs to their end. Without a folder nothing is kept of them.
pub(super) fn run(
    common: &Common,
    config: EngineConfig,
    mut folder: Option<StateFolder>,
    work: Work,
) -> anyhow::Result<ExitCode> {
    let interrupts = interrupts()?;
    let telling = match (common.json, common.quiet, common.verbose) {
        (true, _, _) => Telling::Json,
        (_, true, _) => Telling::Quiet,
        (_, _, true) => Telling::Verbose,
        _ => Telling::Plain,
    };
    let (submitted, grabber, command) = match work {
        Work::New(batch) | Work::Pages { pages: batch, .. } if batch.jobs.is_empty() => {
            return Teller::new(telling, 0).end();
        }
        Work::New(batch) => (batch.jobs.len(), None, Command::Submit(Arc::new(batch))),
        Work::Pages { pages, filter, get } => {
            let count = pages.jobs.len();
            (count, Some(Grabber::new(count, filter, get)), Command::Submit(Arc::new(pages)))
        }
        Work::Unfinished => (0, None, Command::GoOn),
    };
    // The rest of the folder, its lock, stays until the end.
    let queue = folder.as_mut().and_then(|folder| folder.queue.take());
    let is_kept = queue.is_some();
    let engine = Engine::start(config, queue, || {}).context("cannot start the engine's thread")?;
    let mut teller = Teller { grabber, ..Teller::new(telling, submitted) };
    let mut trace = common.trace.as_ref().map(|path| (Trace::new(usize::MAX), path));
    if let Some((trace, path)) = &trace {
        // Found out before the work, not after it.
        check_place(path)?;
        whole::save(path, |out| trace.write(out))
            .with_context(|| format!("cannot write the trace {}", path.display()))?;
    }
    engine.send(command);
    let ended = tell_all(engine, &mut teller, &interrupts, |event| {
        if let Some((trace, _)) = &mut trace {
            trace.see(event);
        }
    });
    if let Some((trace, path)) = trace
        && let Err(error) = whole::save(path, |out| trace.write(out))
    {
        writeln!(io::stderr(), "{}", printable(&format!("Cannot write the trace {}: {error}", path.display())))?;
    }
    match ended? {
        Flow::Interrupted => {
            let (ended, submitted) = (teller.ended(), teller.submitted);
            teller.clear();
            let is_kept = is_kept && !teller.grabber.as_ref().is_some_and(Grabber::is_reading);
            let kept = if is_kept { "; \"millrace resume\" goes on" } else { "" };
            writeln!(io::stderr(), "Interrupted: {ended} of {submitted} jobs had ended{kept}")?;
            Ok(ExitCode::from(INTERRUPTED))
        }
        Flow::GoesOn | Flow::Ended => teller.end(),
    }
}

/// Tells every event until all jobs have ended, or somebody interrupts. The lanes have ended and the work folder is gone
/// when this returns.
fn tell_all(
    mut engine: Engine,
    teller: &mut Teller,
    interrupts: &Receiver<()>,
    mut see: impl FnMut(&Event),
) -> anyhow::Result<Flow> {
    let frames = crossbeam_channel::tick(FRAME);
    loop {
        select! {
            recv(engine.events()) -> event => {
                let event = event.context("the engine's thread ended unexpectedly; please report this")?;
                see(&event);
                if teller.tell(&event)? == Flow::Ended {
                    return Ok(Flow::Ended);
                }
                if let Some(batch) = teller.more.take() {
                    engine.send(Command::Submit(Arc::new(batch)));
                }
            }
            recv(frames) -> _ => teller.draw(&engine),
            recv(interrupts) -> _ => {
                teller.clear();
                engine.stop();
                for event in engine.events().try_iter() {
                    see(&event);
                    teller.tell(&event)?;
                }
                return Ok(Flow::Interrupted);
            }
        }
    }
}

/// Ctrl+C and its like, as messages.
fn interrupts() -> anyhow::Result<Receiver<()>> {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let handler = move || {
        // A full channel has an interrupt in it already.
        sender.try_send(()).ok();
    };
    signals::on_end(handler).context("cannot listen for Ctrl+C")?;
    Ok(receiver)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    GoesOn,
    Ended,
    Interrupted,
}

/// Turns events into lines.
pub(super) struct Teller {
    telling: Telling,
    bars: Option<Bars>,
    meter: Meter,
    submitted: usize,
    /// What becomes of pages, where these are pages.
    grabber: Option<Grabber>,
    /// What is to be submitted next.
    more: Option<Batch>,
    /// Something was wrong with the queue.
    warned: bool,
    totals: Totals,
    bytes_in: u64,
    bytes_out: u64,
    /// CPU time of attempts in worker processes, in microseconds.
    worker_cpu_us: u64,
    executors: HashMap<LaneId, ExecutorKind>,
    started: Instant,
}

impl Teller {
    pub(super) fn new(telling: Telling, submitted: usize) -> Teller {
        let draws = matches!(telling, Telling::Plain | Telling::Verbose) && io::stderr().is_terminal();
        Teller {
            telling,
            bars: draws.then(|| Bars::new(submitted as u64)),
            meter: Meter::start(),
            submitted,
            grabber: None,
            more: None,
            warned: false,
            totals: Totals::default(),
            bytes_in: 0,
            bytes_out: 0,
            worker_cpu_us: 0,
            executors: HashMap::new(),
            started: Instant::now(),
        }
    }

    pub(super) fn tell(&mut self, event: &Event) -> io::Result<Flow> {
        if let Some(bars) = &mut self.bars {
            bars.see(event);
        }
        match event {
            Event::LaneOpened(lane) => {
                self.executors.insert(lane.id, lane.executor);
            }
            Event::WorkerStarted { pid, .. } => self.meter.watch(*pid),
            Event::TaskStarted { .. } => self.meter.begun(),
            Event::TaskFinished { lane, timing, .. } => {
                self.meter.finished();
                if self.executors.get(lane) == Some(&ExecutorKind::Processes) {
                    self.worker_cpu_us += timing.cpu_us;
                }
            }
            Event::JobFinished(report) => self.tell_job(report)?,
            Event::Computed { answers, .. } => {
                self.totals.done += answers.len() as u32;
                if self.telling == Telling::Json {
                    print(&computed_line(answers))?;
                }
            }
            Event::WentOn(jobs) => {
                self.submitted = *jobs;
                if let Some(bars) = &self.bars {
                    bars.expect(*jobs as u64);
                }
            }
            Event::Trouble(Some(sentence)) | Event::Warned(sentence) => {
                self.warned = true;
                self.clear();
                writeln!(io::stderr(), "{}", printable(sentence))?;
            }
            _ => {}
        }
        if matches!(event, Event::BatchFinished(_))
            && let Some(batch) = self.grabber.as_mut().and_then(Grabber::downloads)
        {
            self.submitted += batch.jobs.len();
            if let Some(bars) = &self.bars {
                bars.expect(self.submitted as u64);
            }
            self.more = Some(batch);
        }
        let may_have_ended = matches!(event, Event::BatchFinished(_) | Event::WentOn(_));
        let ended = may_have_ended && self.ended() as usize >= self.submitted;
        Ok(if ended { Flow::Ended } else { Flow::GoesOn })
    }

    fn tell_job(&mut self, report: &JobReport) -> io::Result<()> {
        match &report.outcome {
            Outcome::Done(_) | Outcome::Read(_) | Outcome::Answered(_) => self.totals.done += 1,
            Outcome::Failed(_) => self.totals.failed += 1,
            Outcome::Cancelled => self.totals.cancelled += 1,
        }
        self.bytes_in += report.bytes_in;
        self.bytes_out += report.bytes_out;
        if let Some(grabber) = self.grabber.as_mut().filter(|grabber| grabber.is_page(report)) {
            let lines = grabber.page_ended(report, self.telling);
            return self.print_aside(&lines);
        }
        if self.telling == Telling::Json {
            return print(&match &report.outcome {
                Outcome::Read(page) => page_line(report, page.links.len()),
                _ => job_line(report),
            });
        }
        let line = plain_line(report, self.telling == Telling::Verbose);
        let is_failure = report.outcome.error().is_some();
        match &self.bars {
            _ if self.telling == Telling::Quiet && !is_failure => Ok(()),
            Some(bars) => bars.print(&line),
            None if is_failure => writeln!(io::stderr(), "{line}"),
            None => print(&line),
        }
    }

    fn print_aside(&self, lines: &Lines) -> io::Result<()> {
        let print_both = || {
            if !lines.err.is_empty() {
                writeln!(io::stderr(), "{}", lines.err.join("\n"))?;
            }
            if lines.out.is_empty() { Ok(()) } else { print(&lines.out.join("\n")) }
        };
        match &self.bars {
            Some(bars) => bars.aside(print_both),
            None => print_both(),
        }
    }

    fn draw(&mut self, engine: &Engine) {
        // Taken also where nobody looks: what is not taken is kept.
        let fresh = engine.board().take();
        if let Some(bars) = &mut self.bars {
            bars.draw(&fresh);
        }
    }

    fn clear(&self) {
        if let Some(bars) = &self.bars {
            bars.clear();
        }
    }

    fn ended(&self) -> u32 {
        self.totals.done + self.totals.failed + self.totals.cancelled
    }

    pub(super) fn end(mut self) -> anyhow::Result<ExitCode> {
        self.clear();
        let usage = self.meter.stop();
        self.totals.wall_ms = self.started.elapsed().as_secs_f64() * 1e3;
        self.totals.cpu_ms = usage.own_cpu.as_secs_f64() * 1e3 + self.worker_cpu_us as f64 / 1e3;
        self.totals.peak_rss_bytes = usage.peak_rss_bytes;
        match self.telling {
            Telling::Json => print(&batch_line(&self.totals))?,
            Telling::Quiet => {}
            // What is printed there is a list.
            _ if self.grabber.as_ref().is_some_and(Grabber::lists) => writeln!(io::stderr(), "{}", self.summary())?,
            Telling::Plain | Telling::Verbose => print(&self.summary())?,
        }
        // What was unfinished could not be read, so nothing of it was done.
        let unread = self.warned && self.submitted == 0;
        Ok(if unread || self.totals.failed + self.totals.cancelled > 0 {
            ExitCode::from(SOME_FAILED)
        } else {
            ExitCode::SUCCESS
        })
    }

    fn summary(&self) -> String {
        let Totals { done, failed, cancelled, wall_ms, cpu_ms, .. } = self.totals;
        let mut counts = format!("{done} done");
        if failed > 0 {
            counts += &format!(", {failed} failed");
        }
        if cancelled > 0 {
            counts += &format!(", {cancelled} cancelled");
        }
        let (bytes_in, bytes_out) = (indicatif::HumanBytes(self.bytes_in), indicatif::HumanBytes(self.bytes_out));
        format!("{counts} in {:.1} s ({:.1} s CPU) · {bytes_in} in, {bytes_out} out", wall_ms / 1e3, cpu_ms / 1e3)
    }
}

fn plain_line(report: &JobReport, verbose: bool) -> String {
    let mut line = match &report.outcome {
        Outcome::Done(made) => format!("done      {} → {made}", report.input),
        Outcome::Read(page) => format!("done      {}: {} links", report.input, page.links.len()),
        Outcome::Answered(_) => format!("done      {}", report.input),
        Outcome::Failed(failure) => format!("failed    {}: {failure}", report.input),
        Outcome::Cancelled => format!("cancelled {}", report.input),
    };
    line = printable(&line);
    if verbose {
        let (wait_us, cpu_us) = (report.timing.wait_us(), report.timing.cpu_us);
        let lane = report.lane.as_deref().unwrap_or("none");
        line += &format!(
            "\n          lane {lane}, attempts: {}, waited {} ms, computed {} ms",
            report.attempts,
            wait_us / 1000,
            cpu_us / 1000
        );
        if let Outcome::Failed(failure) = &report.outcome
            && !failure.details.is_empty()
        {
            let details: Vec<String> = failure.details.lines().map(printable).collect();
            line += &format!("\n          {}", details.join("\n          "));
        }
    }
    line
}

/// A line as it may be printed: a name must not steer the terminal.
pub(super) fn printable(line: &str) -> String {
    line.replace(|c: char| c.is_control() || filename::is_invisible_trick(c), "\u{fffd}")
}

/// Prints a line. A reader that went away (`| head`) is an error like any other, and ends the batch.
pub(super) fn print(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let printed = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    printed.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => error,
        kind => io::Error::new(kind, format!("cannot write to standard output: {error}")),
    })
}
