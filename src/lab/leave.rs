//! Waiting with a limit, and what becomes of background workers when their program ends.

use super::child::{self, End, Errand};
use super::part::{Stage, Turn, author};
use super::trial::{Ran, Stopped, plain_options};
use crate::model::lab::{Detail, LabMode, LabRun, LabTask};
use crate::model::{Command, JobSpec, Selection};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A task takes so many times as long as it is waited for.
const TOO_LONG: u64 = 4;

/// How long a background worker works, in milliseconds.
const WORK_MS: u64 = 800;

/// How soon after their start the program is told to end: in the middle of their work.
const END_AFTER: Duration = Duration::from_millis(200);

/// A process needs a moment to notice that its program is gone.
const NOTICE_WITHIN: Duration = Duration::from_millis(200);

/// Who still writes for so long after that has survived.
const WATCH_FOR: Duration = Duration::from_millis(200);

/// How long a program may take to come up, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a program ends that has background workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// At once.
    Abandoned,
    /// When they are done.
    Joined,
}

impl Ending {
    pub(super) const ALL: [Ending; 2] = [Ending::Abandoned, Ending::Joined];
}

static NEXT: AtomicU64 = AtomicU64::new(1 << 32);

pub(super) fn run(stage: &Stage<'_>, ending: Ending, turn: Turn) -> Result<LabRun, Stopped> {
    let (ran, timed_out) = wait_with_a_limit(stage, turn)?;
    let waited_ms = super::detail::ms(ran.wall);
    let left = leave(stage, ending, turn)?;
    let detail = Detail::Ended {
        timed_out,
        waited_ms,
        ending: match ending {
            Ending::Abandoned => "abandoned",
            Ending::Joined => "joined",
        },
        survivors: left.survivors,
        finished: left.finished,
        exit_ms: super::detail::ms(left.exit),
    };
    Ok(stage.figures(turn, ran, detail))
}

/// Waits for a task that takes longer than anybody wants to wait. It goes on for all that, until it is told to stop.
fn wait_with_a_limit(stage: &Stage<'_>, turn: Turn) -> Result<(Ran, bool), Stopped> {
    let limit_ms = stage.request.parameters.timeout_ms;
    let mut running = stage.trial(turn).start(stage.faces)?;
    let began = Instant::now();
    running.submit(vec![JobSpec::lab(LabTask::Sleep { ms: limit_ms * TOO_LONG })], plain_options());
    let done = running.until_done(stage.faces, Some(began + Duration::from_millis(limit_ms)))?;
    running.ran.wall = began.elapsed();
    running.engine.send(Command::Cancel(Selection::All));
    Ok((running.stop(), !done))
}

struct Left {
    survivors: u32,
    finished: u32,
    /// From telling the program to end to its end.
    exit: Duration,
}

/// Has a program start background workers and end, and looks who still works then.
fn leave(stage: &Stage<'_>, ending: Ending, turn: Turn) -> Result<Left, Stopped> {
    let paper = stage.setup.paper(NEXT.fetch_add(1, Ordering::Relaxed))?;
    let workers = if turn.mode == LabMode::Serial { 1 } else { u32::from(turn.workers) };
    let beat = |place| LabTask::Beat { author: author(place), paper: paper.clone(), ms: WORK_MS };
    let errand = Errand {
        mode: turn.mode,
        workers: turn.workers,
        tasks: (0..workers).map(beat).collect(),
        deadline_ms: None,
        memory_bytes: None,
        end: match ending {
            Ending::Abandoned => End::AtOnce,
            Ending::Joined => End::Joined,
        },
    };
    let (mut child, out) = child::start(&stage.config.worker_program, &errand)?;
    let left = watch(stage, &mut child, &paper, workers);
    // To one that has ended this does nothing any more.
    child.kill().ok();
    child.wait().ok();
    drop(out);
    std::fs::remove_file(&paper).ok();
    left
}

fn watch(stage: &Stage<'_>, child: &mut Child, paper: &Path, workers: u32) -> Result<Left, Stopped> {
    let until = Instant::now() + PATIENCE;
    while authors(paper, 0)?.0.len() < workers as usize {
        if Instant::now() > until || !matches!(child.try_wait(), Ok(None)) {
            return Err(Stopped::Failed("The background workers did not begin".to_owned()));
        }
        stage.faces.pass(Duration::from_millis(5))?;
    }
    stage.faces.pass(END_AFTER)?;
    let told = Instant::now();
    if let Some(stdin) = child.stdin.as_mut() {
        stdin.write_all(b"\n")?;
    }
    let until = told + PATIENCE;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > until {
            return Err(Stopped::Failed("The program that was told to end did not".to_owned()));
        }
        stage.faces.pass(Duration::from_millis(1))?;
    }
    let exit = told.elapsed();
    stage.faces.pass(NOTICE_WITHIN)?;
    let (_, _, length) = authors(paper, 0)?;
    stage.faces.pass(WATCH_FOR)?;
    let (survivors, _, _) = authors(paper, length)?;
    let (_, finished, _) = authors(paper, 0)?;
    Ok(Left { survivors: survivors.len() as u32, finished, exit })
}

/// Who has written from a place of the paper on, how many of them are done, and how long the paper is.
fn authors(paper: &Path, from: usize) -> Result<(BTreeSet<String>, u32, usize), Stopped> {
    let text = std::fs::read_to_string(paper)?;
    let (mut authors, mut done) = (BTreeSet::new(), 0);
    for line in text.get(from..).unwrap_or_default().lines() {
        let (author, word) = line.split_once(' ').unwrap_or((line, ""));
        authors.insert(author.to_owned());
        done += u32::from(word == "done");
    }
    Ok((authors, done, text.len()))
}
