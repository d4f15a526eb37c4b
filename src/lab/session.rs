//! A comparison from its request to its report, on a thread of its own.

use super::event::LabEvent;
use super::part::{Part, Stage, Turn};
use super::setup::Setup;
use super::trial::{Faces, Stopped};
use super::{cores, detail, python};
use crate::engine::EngineConfig;
use crate::model::lab::figures::{share_of, summaries};
use crate::model::lab::{
    Detail, LabMode, LabReport, LabRun, Request, Side, Unfit, Workload, advice, is_about_speed, why,
};
use crossbeam_channel::{Receiver, Sender};
use std::thread::{self, JoinHandle};

/// A comparison under way. Dropping it cancels what runs, and waits for nothing.
#[derive(Debug)]
pub struct Session {
    cancel: Sender<()>,
    events: Receiver<LabEvent>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Begins a comparison. `config` names the worker program and what memory there is; mode and lanes are the request's.
    /// `wake` is called after new events are there to receive; it must not block.
    ///
    /// # Errors
    ///
    /// Fails where [`Request::check`] does.
    pub fn start(request: Request, config: EngineConfig, wake: impl Fn() + Send + 'static) -> Result<Session, Unfit> {
        request.check()?;
        let (cancel, cancelled) = crossbeam_channel::bounded(1);
        #[expect(
            clippy::disallowed_methods,
            reason = "a few events for each task, and requests bound those; measuring must never wait for a face"
        )]
        let (sender, events) = crossbeam_channel::unbounded();
        let faces = Faces { events: sender, cancel: cancelled, wake: Box::new(wake) };
        let thread = thread::Builder::new().name("lab".into()).spawn(move || run(&request, &config, &faces));
        // Without a thread the channel is closed, which says that nothing will come.
        Ok(Session { cancel, events, thread: thread.ok() })
    }

    /// What happens, in order. The channel closes after the last event.
    pub fn events(&self) -> &Receiver<LabEvent> {
        &self.events
    }

    /// Ends it soon: [`LabEvent::Cancelled`] says when. Never waits.
    pub fn cancel(&self) {
        // Full means that somebody has said so already.
        self.cancel.try_send(()).ok();
    }

    /// Waits until it has ended and has taken its files away.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic has been printed, and there is nobody to hand it to.
            thread.join().ok();
        }
    }
}

fn run(request: &Request, config: &EngineConfig, faces: &Faces) {
    let ended = match compare(request, config, faces) {
        Ok(report) => LabEvent::Finished(Box::new(report)),
        Err(Stopped::Cancelled) => LabEvent::Cancelled,
        Err(Stopped::Failed(sentence)) => LabEvent::Failed(sentence),
    };
    faces.tell(ended);
}

fn compare(request: &Request, config: &EngineConfig, faces: &Faces) -> Result<LabReport, Stopped> {
    let round = request.round();
    faces.tell(LabEvent::Planned { kinds: round.clone(), rounds: request.runs });
    let setup = Setup::prepare(request, config, faces)?;
    let stage = Stage { request, setup: &setup, config, faces };
    let mut runs = Vec::new();
    let mut results = Results { may_differ: !request.parameters.urls.is_empty(), ..Results::default() };
    for turn in Turn::all(&round, request.runs) {
        let Turn { mode, workers, run } = turn;
        faces.check()?;
        faces.tell(LabEvent::RunStarted { mode, workers, run });
        for part in Part::of(request.workload) {
            let ran = stage.run(part, turn)?;
            results.compare(&ran, faces);
            tell_repeats(&ran, faces);
            faces.tell(LabEvent::RunFinished(Box::new(ran.clone())));
            runs.push(ran);
        }
    }
    if request.python {
        let python = python::compare(&stage)?;
        for ran in &python {
            results.compare(ran, faces);
        }
        runs.extend(python);
    }
    Ok(report(request, &runs, results.same.filter(|_| !results.may_differ)))
}

/// A worker that ends by itself costs time, and what its task had done is done again: that is to be known. Where a crash is
/// what the run is about, it shows it.
fn tell_repeats(ran: &LabRun, faces: &Faces) {
    let again = ran.spans.iter().filter(|span| span.attempt > 1).count();
    if again > 0 && ran.workload != Workload::Crash {
        let (mode, workers, run) = (ran.mode, ran.workers, ran.run);
        let sentence = format!(
            "A worker ended by itself in run {run} of {mode} with {workers}: {again} of its tasks ran again, which is in \
             the figures of that run"
        );
        faces.tell(LabEvent::Noted(sentence));
    }
}

/// Whether what came out was the same every time.
#[derive(Debug, Default)]
struct Results {
    first: Option<Detail>,
    same: Option<bool>,
    /// They come from servers of others, which may answer otherwise each time.
    may_differ: bool,
}

impl Results {
    fn compare(&mut self, ran: &LabRun, faces: &Faces) {
        let Some(result) = detail::result_of(&ran.detail, ran.side) else { return };
        let first = self.first.get_or_insert_with(|| ran.detail.clone());
        let is_same = detail::result_of(first, ran.side) == Some(result);
        if !is_same && self.same != Some(false) {
            let who = if ran.side == Side::Python { "Python, " } else { "" };
            let (mode, workers) = (ran.mode, ran.workers);
            let why = if self.may_differ { ": what these addresses answer may change" } else { "" };
            let sentence = format!("The results of {who}{mode} with {workers} differ from those of the first run{why}");
            faces.tell(LabEvent::Noted(sentence));
        }
        self.same = Some(self.same.unwrap_or(true) && is_same);
    }
}

fn report(request: &Request, runs: &[LabRun], same_results: Option<bool>) -> LabReport {
    let cores = cores();
    let summary = summaries(runs, cores);
    let own: Vec<LabRun> = runs.iter().filter(|run| run.side == Side::Millrace).cloned().collect();
    LabReport {
        event: "lab_finished",
        workload: request.workload,
        cores,
        same_results,
        parallel_share: share_of(LabMode::Threads, &summary, cores).filter(|_| is_about_speed(request.workload)),
        why: why(request.workload, &own, &summary, cores),
        advice: advice(request.workload, &own, &summary),
        summary,
    }
}
