//! Programs that the Lab starts in order to see them end: this very one, with a hidden subcommand. What takes a program
//! down, or what a program leaves behind, is so tried for real while the person's own goes on.
//!
//! What such a program is to do comes as JSON on its standard input, in one line. It says what happens in lines of words.

use crate::engine::{Engine, EngineConfig};
use crate::model::lab::{LabMode, LabTask};
use crate::model::{Batch, BatchOptions, Command, Event, JobSpec, LaneCounts, Outcome};
use crate::task::process;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// The name of the hidden subcommand.
pub const SUBCOMMAND: &str = "lab-child";

/// How long a program that was left without anybody to talk to goes on.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a program is to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Errand {
    pub(super) mode: LabMode,
    pub(super) workers: u16,
    pub(super) tasks: Vec<LabTask>,
    /// How long one task may take.
    pub(super) deadline_ms: Option<u64>,
    /// How much memory it may take.
    pub(super) memory_bytes: Option<u64>,
    /// When it ends.
    pub(super) end: End,
}

/// When a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    /// When all tasks have ended.
    AfterTasks,
    /// When it is told to, by a line: at once, whatever its lanes do.
    AtOnce,
    /// When it is told to, and then not before all tasks have ended.
    Joined,
}

/// Does what it is told.
///
/// # Errors
///
/// Fails where standard input does not say what, the engine cannot start, or standard output is gone. The error becomes
/// a sentence on standard error.
pub fn main() -> io::Result<()> {
    process::die_with_parent();
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let errand: Errand = serde_json::from_str(&line)?;
    no_core_file();
    if let Some(bytes) = errand.memory_bytes {
        limit_memory(bytes);
    }
    let mut config = EngineConfig::for_this_machine()?;
    config.mode = errand.mode.engine_mode();
    config.lanes = LaneCounts { fetch: errand.workers, mill: errand.workers };
    config.choosing = false;
    config.interpreter = (errand.mode == LabMode::Gil).then(Arc::default);
    config.workers.sandbox = false;
    let engine = Engine::start(config, None, || {})?;
    let jobs = errand.tasks.into_iter().map(JobSpec::lab).collect();
    let options = BatchOptions { deadline_ms: errand.deadline_ms, ..super::trial::plain_options() };
    say("up")?;
    engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    match errand.end {
        End::AfterTasks => until_done(&engine)?,
        End::AtOnce => {
            wait_for_word();
            #[expect(clippy::disallowed_methods, reason = "what this leaves behind is what is to be seen")]
            std::process::exit(0);
        }
        End::Joined => {
            wait_for_word();
            until_done(&engine)?;
        }
    }
    say("ended")
}

fn until_done(engine: &Engine) -> io::Result<()> {
    while let Ok(event) = engine.events().recv_timeout(PATIENCE) {
        match event {
            Event::JobFinished(report) => match &report.outcome {
                Outcome::Failed(failure) => say(&format!("failed {}", failure.sentence.replace('\n', " ")))?,
                Outcome::Cancelled => say("failed Cancelled")?,
                _ => say("done")?,
            },
            Event::BatchFinished(_) => break,
            _ => {}
        }
    }
    Ok(())
}

fn wait_for_word() {
    // The end of the input is a word as well: nobody is there any more.
    io::stdin().read_exact(&mut [0]).ok();
}

fn say(words: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{words}")?;
    out.flush()
}

/// Starts one. What it says is to be read, or it waits for that.
pub(super) fn start(program: &Path, errand: &Errand) -> io::Result<(Child, ChildStdout)> {
    let mut command = std::process::Command::new(program);
    command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let line = serde_json::to_string(errand).map_err(io::Error::other)? + "\n";
    let said = child.stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(line.as_bytes()));
    let out = child.stdout.take().ok_or_else(|| io::Error::other("a pipe is missing"));
    match said.and(out) {
        Ok(out) => Ok((child, out)),
        Err(error) => {
            child.kill().ok();
            child.wait().ok();
            Err(error)
        }
    }
}

/// A program that eats memory is to be stopped before the machine is out of it.
#[cfg(target_os = "linux")]
fn limit_memory(most_bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // What can be written to counts, and not the room that an allocator keeps for each thread.
    setrlimit(Resource::Data, Rlimit { current: Some(most_bytes), maximum: getrlimit(Resource::Data).maximum }).ok();
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_: u64) {}

/// What dies here dies on purpose, and leaves nothing for anybody to look into.
#[cfg(unix)]
fn no_core_file() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum }).ok();
}

#[cfg(not(unix))]
fn no_core_file() {}
