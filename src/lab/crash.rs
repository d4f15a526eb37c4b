//! A task that goes wrong, among others that do not. In processes it takes its worker with it. On threads it would take
//! this program, so there it runs in one of its own.

use super::child::{self, End, Errand};
use super::part::{Stage, Turn};
use super::trial::{Ran, Stopped, plain_options};
use crate::model::lab::{Crash, Detail, Fault, FaultKind, LabMode, LabRun, LabTask};
use crate::model::{BatchOptions, JobSpec, Outcome, Timing};
use crate::task::process;
use crossbeam_channel::{RecvTimeoutError, select};
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// Which task goes wrong: the second, so that there is something before it and behind it.
const CULPRIT: usize = 1;

/// How much memory may be taken before somebody puts an end to it, beyond what a program has anyway.
const MEMORY_BYTES: u64 = 512 << 20;

/// How much a task takes where nothing puts an end to it.
const MOST_BYTES: u64 = 1 << 30;

/// How long after the deadline of a task a program is taken to be stuck.
const STUCK_AFTER: Duration = Duration::from_millis(2500);

pub(super) fn run(stage: &Stage<'_>, kind: FaultKind, turn: Turn) -> Result<LabRun, Stopped> {
    let parameters = &stage.request.parameters;
    let task = |place| match place {
        CULPRIT => LabTask::Fault(Fault { kind, most_bytes: MOST_BYTES }),
        _ => LabTask::Heavy { rounds: stage.setup.rounds },
    };
    let tasks: Vec<LabTask> = (0..parameters.tasks.max(2) as usize).map(task).collect();
    let (ran, crash) = if turn.mode == LabMode::Processes {
        in_processes(stage, kind, turn, tasks)?
    } else {
        sacrificed(stage, kind, turn, tasks)?
    };
    Ok(stage.figures(turn, ran, Detail::Crashed(crash)))
}

/// Only what hangs needs an end put to it.
fn deadline_ms(stage: &Stage<'_>, kind: FaultKind) -> Option<u64> {
    (kind == FaultKind::Hang).then_some(stage.request.parameters.timeout_ms)
}

fn in_processes(stage: &Stage<'_>, kind: FaultKind, turn: Turn, tasks: Vec<LabTask>) -> Result<(Ran, Crash), Stopped> {
    let count = tasks.len() as u32;
    let deadline_ms = deadline_ms(stage, kind);
    let options = BatchOptions { deadline_ms, ..plain_options() };
    let ran = stage.trial(turn).run(tasks.into_iter().map(JobSpec::lab).collect(), options, stage.faces)?;
    let is_done = |outcome: &Outcome| matches!(outcome, Outcome::Answered(_));
    let done = ran.reports.iter().flatten().filter(|report| is_done(&report.outcome)).count() as u32;
    let how =
        ran.reports.iter().flatten().find_map(|report| report.outcome.error()).map(|(_, sentence)| sentence.to_owned());
    let crash = Crash {
        kind,
        tasks: count,
        done,
        failed: count - done,
        sacrificial: false,
        program: "lives",
        how: how.unwrap_or_default(),
    };
    Ok((ran, crash))
}

/// The same on threads of a program of its own.
fn sacrificed(stage: &Stage<'_>, kind: FaultKind, turn: Turn, tasks: Vec<LabTask>) -> Result<(Ran, Crash), Stopped> {
    let count = tasks.len() as u32;
    let deadline_ms = stage.request.parameters.timeout_ms;
    let errand = Errand {
        mode: turn.mode,
        workers: turn.workers,
        tasks,
        deadline_ms: self::deadline_ms(stage, kind),
        memory_bytes: (kind == FaultKind::Memory).then_some(MEMORY_BYTES),
        end: End::AfterTasks,
    };
    let watch = super::memory::Watch::start();
    let began = Instant::now();
    let (mut child, out) = child::start(&stage.config.worker_program, &errand)?;
    watch.add(child.id());
    let (sender, said) = crossbeam_channel::bounded(64);
    let reader = thread::Builder::new().name("lab child".into()).spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    // Memory takes a while to fill.
    let patience = if kind == FaultKind::Memory { PATIENCE_TO_START } else { STUCK_AFTER };
    let heard = listen(&said, stage, Duration::from_millis(deadline_ms) + patience, began);
    let heard = match heard {
        Ok(heard) => heard,
        Err(stopped) => {
            end(&mut child);
            return Err(stopped);
        }
    };
    let status = if heard.is_stuck { None } else { child.wait().ok() };
    end(&mut child);
    drop(said);
    if let Ok(reader) = reader {
        reader.join().ok();
    }
    let (program, how) = match (&status, heard.ended) {
        (_, true) => ("lives", heard.failures.first().cloned().unwrap_or_default()),
        (Some(status), false) => ("died", format!("The program {}", process::cause(*status))),
        (None, false) => {
            let seconds = deadline_ms as f64 / 1e3;
            ("stuck", format!("The task heeded nobody after its {seconds} s, and no thread can be ended from outside"))
        }
    };
    let crash =
        Crash { kind, tasks: count, done: heard.done, failed: count - heard.done, sacrificial: true, program, how };
    let ran = Ran {
        reports: vec![None; count as usize],
        wall: heard.over.saturating_duration_since(heard.up),
        startup: heard.up.saturating_duration_since(began),
        timing: Timing::default(),
        peak: watch.stop(),
        ..Ran::default()
    };
    Ok((ran, crash))
}

/// What was heard of a program.
struct Heard {
    up: Instant,
    over: Instant,
    done: u32,
    failures: Vec<String>,
    /// It ended by itself, when its tasks had.
    ended: bool,
    is_stuck: bool,
}

fn listen(
    said: &crossbeam_channel::Receiver<String>,
    stage: &Stage<'_>,
    patience: Duration,
    began: Instant,
) -> Result<Heard, Stopped> {
    let mut heard = Heard { up: began, over: began, done: 0, failures: Vec::new(), ended: false, is_stuck: false };
    let mut until = began + patience + PATIENCE_TO_START;
    loop {
        let word = select! {
            recv(said) -> word => word.map_err(|_| RecvTimeoutError::Disconnected),
            recv(stage.faces.cancel) -> _ => return Err(Stopped::Cancelled),
            recv(crossbeam_channel::at(until)) -> _ => Err(RecvTimeoutError::Timeout),
        };
        heard.over = Instant::now();
        match word.as_deref() {
            Ok("up") => (heard.up, until) = (heard.over, heard.over + patience),
            // Each task has its time, however many were there before it.
            Ok("done") => (heard.done, until) = (heard.done + 1, heard.over + patience),
            Ok("ended") => heard.ended = true,
            Ok(other) => {
                heard.failures.extend(other.strip_prefix("failed ").map(str::to_owned));
                until = heard.over + patience;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(heard),
            Err(RecvTimeoutError::Timeout) => {
                heard.is_stuck = true;
                return Ok(heard);
            }
        }
    }
}

/// How long a program may take to come up on a machine that is busy.
const PATIENCE_TO_START: Duration = Duration::from_secs(10);

fn end(child: &mut Child) {
    // To one that has ended this does nothing any more.
    child.kill().ok();
    child.wait().ok();
}
