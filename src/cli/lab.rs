//! `millrace lab`: a comparison, run to its end and told in lines or in words.

use super::args::{Lab, check_place};
use super::batch::{SOME_FAILED, print, printable};
use super::lab_words;
use crate::engine::{EngineConfig, signals};
use crate::lab::{LabEvent, Session, export};
use crate::model::json;
use crate::model::lab::{LabReport, LabRun, Workload, count};
use crate::store::whole;
use anyhow::Context;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The exit status of a comparison that somebody ended with Ctrl+C.
const INTERRUPTED: u8 = 130;

/// How often a signal is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Something that stops nothing, as a line.
#[derive(Debug, Serialize)]
struct Noted<'a> {
    event: &'static str,
    note: &'a str,
}

/// A workload, as a line.
#[derive(Debug, Serialize)]
struct Listed {
    event: &'static str,
    workload: Workload,
    about: &'static str,
}

/// Runs `millrace lab`.
///
/// # Errors
///
/// Fails where there is no such workload, an option makes no sense for it, the table or the trace cannot be written, a
/// line cannot be printed, or the Lab ends by itself. How the comparison went is told by the exit status.
pub fn lab(lab: &Lab) -> anyhow::Result<ExitCode> {
    if lab.workload == "list" {
        return list(lab);
    }
    let request = lab.request()?;
    for path in [&lab.csv, &lab.trace].into_iter().flatten() {
        check_place(path)?;
    }
    let mut config = EngineConfig::for_this_machine().context("cannot find this program's own file")?;
    config.memory = lab.memory.unwrap_or(config.memory);
    let interrupted = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&interrupted);
    // Without a handler Ctrl+C ends the program at once, and its folder stays behind.
    signals::on_end(move || heard.store(true, Ordering::Relaxed)).ok();
    let session = Session::start(request, config, || {})?;
    let mut teller = Teller { lab, runs: Vec::new() };
    let ended = loop {
        match session.events().recv_timeout(LOOK_EVERY) {
            Ok(event) => match teller.tell(event) {
                Ok(None) => {}
                Ok(Some(ended)) => break Ok(ended),
                Err(error) => break Err(error),
            },
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => {
                break Err(anyhow::anyhow!("the Lab ended by itself; the log may say why"));
            }
        }
        if interrupted.load(Ordering::Relaxed) {
            session.cancel();
        }
    };
    session.cancel();
    session.join();
    // What was measured is kept, also where nobody reads any more what is told of it.
    match (teller.save(), ended) {
        (Err(error), Ok(ExitCode::SUCCESS)) => Err(error),
        // How the comparison ended is what the status says; a file that cannot be written is told all the same.
        (Err(error), ended) => aside(&format!("millrace: {error:#}")).map_err(anyhow::Error::from).and(ended),
        (Ok(()), ended) => ended,
    }
}

fn list(lab: &Lab) -> anyhow::Result<ExitCode> {
    for workload in Workload::ALL {
        let about = workload.about();
        let line = if lab.json {
            json::line(&Listed { event: "lab_workload", workload, about })
        } else {
            format!("{workload:10} {about}")
        };
        print(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

struct Teller<'a> {
    lab: &'a Lab,
    runs: Vec<LabRun>,
}

impl Teller<'_> {
    /// Tells what happened. Answers the exit status once it is over.
    fn tell(&mut self, event: LabEvent) -> anyhow::Result<Option<ExitCode>> {
        match event {
            LabEvent::Planned { kinds, rounds } if !self.lab.json && !self.lab.quiet => {
                let times = if rounds == 1 { "once" } else { "in turn" };
                aside(&format!("{} of runs, {rounds} of each, {times}", count(kinds.len() as u64, "kind")))?;
            }
            LabEvent::RunFinished(run) => {
                let line = match self.lab {
                    Lab { json: true, .. } => Some(json::line(&*run)),
                    Lab { verbose: true, .. } => Some(lab_words::run_line(&run)),
                    _ => None,
                };
                self.runs.push(*run);
                line.map_or(Ok(()), |line| print(&line))?;
            }
            LabEvent::Noted(note) if self.lab.json => print(&json::line(&Noted { event: "lab_note", note: &note }))?,
            LabEvent::Noted(note) => aside(&note)?,
            LabEvent::Finished(report) => {
                self.finish(&report)?;
                let is_right = report.same_results != Some(false);
                return Ok(Some(if is_right { ExitCode::SUCCESS } else { ExitCode::from(SOME_FAILED) }));
            }
            LabEvent::Cancelled => return Ok(Some(ExitCode::from(INTERRUPTED))),
            LabEvent::Failed(sentence) => {
                writeln!(io::stderr(), "millrace: {}", printable(&sentence))?;
                return Ok(Some(ExitCode::from(SOME_FAILED)));
            }
            LabEvent::Planned { .. }
            | LabEvent::RunStarted { .. }
            | LabEvent::LaneOpened { .. }
            | LabEvent::TaskStarted { .. }
            | LabEvent::TaskEnded(_) => {}
        }
        Ok(None)
    }

    fn finish(&self, report: &LabReport) -> anyhow::Result<()> {
        if self.lab.json {
            print(&json::line(report))?;
            return Ok(());
        }
        let colour = io::stdout().is_terminal();
        print(&lab_words::report(report, &self.runs, colour, !self.lab.quiet))?;
        Ok(())
    }

    /// Writes the files that were asked for, if anything was measured.
    fn save(&self) -> anyhow::Result<()> {
        if self.runs.is_empty() {
            return Ok(());
        }
        if let Some(path) = &self.lab.csv {
            whole::save(path, |out| out.write_all(export::csv(&self.runs).as_bytes()))
                .with_context(|| format!("cannot write the table {}; choose another place", path.display()))?;
        }
        if let Some(path) = &self.lab.trace {
            let trace = serde_json::to_vec(&export::trace(&self.runs))?;
            whole::save(path, |out| out.write_all(&trace))
                .with_context(|| format!("cannot write the trace {}; choose another place", path.display()))?;
        }
        Ok(())
    }
}

fn aside(line: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{}", printable(line))
}
