//! The same in Python, where there is one: a program of its own for each run, with the pools of `concurrent.futures`. It
//! leads a process group, so that the workers of its pools end with it, and ends the group itself when nobody is there any
//! more to read its answer.

use super::part::{Part, Stage, Turn, author};
use super::setup::Setup;
use super::trial::{Ran, Stopped};
use super::{LabEvent, detail};
use crate::model::lab::{
    CounterLock, Detail, Figure, LabMode, LabRun, PageRead, Parameters, Share, Side, Tally, Workload,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The program.
const SCRIPT: &str = include_str!("compare.py");

/// What it is started with, the first that is there.
const PROGRAMS: [&str; 2] = ["python3", "python"];

/// How long one run may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// The modes that Python has. The lock is always there.
const MODES: [LabMode; 3] = [LabMode::Serial, LabMode::Threads, LabMode::Processes];

static NEXT: AtomicU64 = AtomicU64::new(1 << 33);

/// What a run of it measured.
#[derive(Debug, Deserialize)]
struct Measured {
    wall_ms: f64,
    cpu_ms: f64,
    startup_ms: f64,
    longest_ms: f64,
    peak_rss_bytes: u64,
    completed: Vec<usize>,
    results: Vec<Value>,
    counter: u64,
    python_version: String,
    start_method: Option<String>,
}

/// Runs everything that was asked for once more, in Python. Where that cannot be, or goes wrong, a sentence says so, and
/// what was measured until then counts.
pub(super) fn compare(stage: &Stage<'_>) -> Result<Vec<LabRun>, Stopped> {
    let workload = stage.request.workload;
    let note = |sentence: String| stage.faces.tell(LabEvent::Noted(sentence));
    if !workload.has_python() {
        note(format!("There is no Python program for {workload}, so there is nothing to compare with"));
        return Ok(Vec::new());
    }
    let Some(program) = find(stage)? else {
        note("Python 3 was not found, so there is nothing to compare with".to_owned());
        return Ok(Vec::new());
    };
    let round: Vec<(LabMode, u16)> =
        stage.request.round().into_iter().filter(|(mode, _)| MODES.contains(mode)).collect();
    if round.is_empty() {
        note("Python's threads always have its lock: add the mode threads to compare with them".to_owned());
        return Ok(Vec::new());
    }
    let mut runs = Vec::new();
    match measure(stage, program, &round, &mut runs) {
        Err(Stopped::Failed(sentence)) => note(format!("The comparison with Python ends here: {sentence}")),
        other => other?,
    }
    Ok(runs)
}

fn measure(
    stage: &Stage<'_>,
    program: &'static str,
    round: &[(LabMode, u16)],
    runs: &mut Vec<LabRun>,
) -> Result<(), Stopped> {
    let workload = stage.request.workload;
    let script = stage.setup.paper(NEXT.fetch_add(1, Ordering::Relaxed))?;
    std::fs::write(&script, SCRIPT)?;
    let python = Python { program, script };
    let loops = match workload {
        Workload::Heavy => {
            let seconds = stage.request.parameters.waits_ms.first().map_or(1.0, |ms| *ms as f64 / 1e3);
            let answer = python.ask(stage, &json!({"workload": "calibrate", "seconds": seconds}))?;
            answer["loops"].as_u64().unwrap_or(1)
        }
        _ => 0,
    };
    for turn in Turn::all(round, stage.request.runs) {
        // Python has no number that the processor adds to in one step.
        for part in Part::of(workload).into_iter().filter(|part| *part != Part::Lock(CounterLock::Atomic)) {
            let ran = python.run(stage, part, turn, loops)?;
            stage.faces.tell(LabEvent::RunFinished(Box::new(ran.clone())));
            runs.push(ran);
        }
    }
    Ok(())
}

/// How long Python may take to say its version.
const PATIENCE_TO_FIND: Duration = Duration::from_secs(20);

/// The program of Python 3, if there is one that runs. One that does not answer is none.
fn find(stage: &Stage<'_>) -> Result<Option<&'static str>, Stopped> {
    for program in PROGRAMS {
        let check = "import sys; sys.exit(0 if sys.version_info >= (3, 8) else 1)";
        let mut command = Command::new(program);
        command.args(["-c", check]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let Ok(mut child) = command.spawn() else { continue };
        let status = ended_within(&mut child, PATIENCE_TO_FIND, stage);
        end(&mut child);
        if status?.is_some_and(|status| status.success()) {
            return Ok(Some(program));
        }
    }
    Ok(None)
}

/// How a program ended; `None` where it has not by then.
fn ended_within(child: &mut Child, time: Duration, stage: &Stage<'_>) -> Result<Option<ExitStatus>, Stopped> {
    let until = Instant::now() + time;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > until {
            return Ok(None);
        }
        stage.faces.pass(Duration::from_millis(2))?;
    }
}

struct Python {
    program: &'static str,
    script: PathBuf,
}

impl Python {
    fn run(&self, stage: &Stage<'_>, part: Part, turn: Turn, loops: u64) -> Result<LabRun, Stopped> {
        let (parameters, workload) = (&stage.request.parameters, stage.request.workload);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let (paper, folder) = (stage.setup.paper(number)?, stage.setup.output(number));
        std::fs::create_dir_all(&folder)?;
        let lock = if let Part::Lock(lock) = part { lock } else { CounterLock::None };
        let order = json!({
            "workload": workload, "mode": turn.mode, "workers": turn.workers, "tasks": parameters.tasks, "loops": loops,
            "seconds": parameters.waits_ms.iter().map(|ms| *ms as f64 / 1e3).collect::<Vec<_>>(),
            "numbers": parameters.numbers, "chunk": parameters.chunk, "urls": stage.setup.links, "times": parameters.times,
            "lock": lock, "lines": parameters.lines, "paper": paper.to_string_lossy(), "folder": folder.to_string_lossy(),
            "authors": (0..parameters.tasks).map(author).collect::<Vec<_>>(),
        });
        let answer = self.ask(stage, &order)?;
        let measured: Measured = serde_json::from_value(answer)
            .map_err(|error| Stopped::Failed(format!("Python answered something else than a run: {error}")))?;
        let detail = match workload {
            Workload::Print => detail::printed(&paper)?,
            Workload::Download => detail::files(&folder)?,
            _ => detail_of(workload, parameters, lock, &measured),
        };
        std::fs::remove_file(&paper).ok();
        Setup::forget(&folder);
        let task_count = measured.results.len() as u32;
        let run = detail::run_of(workload, turn, Ran::default(), detail, Side::Python);
        let lanes = if turn.mode == LabMode::Serial { 1.0 } else { f64::from(turn.workers) };
        Ok(LabRun {
            wall_ms: measured.wall_ms,
            cpu_ms: measured.cpu_ms,
            startup_ms: measured.startup_ms,
            longest_ms: measured.longest_ms,
            peak_rss_bytes: measured.peak_rss_bytes,
            task_count,
            // What its lanes had, since Python does not tell what each task took.
            busy_ms: measured.wall_ms * lanes,
            // Waiting, standing in line for a core and for the lock cannot be told apart from outside.
            wait_share: None,
            python_version: Some(measured.python_version),
            start_method: measured.start_method.filter(|_| turn.mode == LabMode::Processes),
            ..run
        })
    }

    /// Hands over what to do and waits for the answer.
    fn ask(&self, stage: &Stage<'_>, order: &Value) -> Result<Value, Stopped> {
        let mut command = Command::new(self.program);
        command.arg(&self.script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Proxies of the environment are not for a server on this machine.
        command.env("no_proxy", "127.0.0.1,localhost").env("PYTHONDONTWRITEBYTECODE", "1");
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let answer = converse(&mut child, stage, order);
        end(&mut child);
        answer
    }
}

/// Ends it with the workers of its pool. To what has ended this does nothing any more.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        kill_process_group(Pid::from_child(child), Signal::KILL).ok();
    }
    child.kill().ok();
    child.wait().ok();
}

fn converse(child: &mut Child, stage: &Stage<'_>, order: &Value) -> Result<Value, Stopped> {
    // Stays open: its end tells Python that nobody is there any more.
    let Some(mut stdin) = child.stdin.take() else {
        return Err(Stopped::Failed("A pipe to Python is missing".to_owned()));
    };
    stdin.write_all(format!("{order}\n").as_bytes())?;
    let (Some(out), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Stopped::Failed("A pipe to Python is missing".to_owned()));
    };
    let (out, errors) = (read_all(out)?, read_all(errors)?);
    // Workers that outlive their program keep the pipe open, so that its end is not what is waited for.
    let Some(status) = ended_within(child, PATIENCE, stage)? else {
        return Err(Stopped::Failed(format!("Python took longer than {} s", PATIENCE.as_secs())));
    };
    end(child);
    let text = out.join().unwrap_or_default();
    if !status.success() {
        let words = errors.join().unwrap_or_default();
        let last = words.lines().last().unwrap_or("it said nothing").to_owned();
        return Err(Stopped::Failed(format!("Python failed: {last}")));
    }
    serde_json::from_str(&text).map_err(|error| Stopped::Failed(format!("Python answered no JSON: {error}")))
}

fn read_all(mut pipe: impl Read + Send + 'static) -> Result<thread::JoinHandle<String>, Stopped> {
    let read = move || {
        let mut text = String::new();
        // What is there is enough for a sentence.
        pipe.read_to_string(&mut text).ok();
        text
    };
    Ok(thread::Builder::new().name("lab python".into()).spawn(read)?)
}

fn detail_of(workload: Workload, parameters: &Parameters, lock: CounterLock, measured: &Measured) -> Detail {
    match workload {
        Workload::Squares | Workload::Primes => {
            let outputs = measured.results.iter().filter_map(Value::as_array).flatten();
            let figure = |output: &Value| match output {
                Value::Bool(is_so) => Figure::Truth(*is_so),
                other => Figure::Number(other.as_u64().unwrap_or(0)),
            };
            detail::answered(&parameters.numbers, outputs.map(figure))
        }
        Workload::Sleep => detail::in_order(&parameters.waits_ms, &measured.completed),
        Workload::Fetch => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let page = |page: &Value| PageRead {
                url: text(&page["url"]).unwrap_or_default(),
                bytes: page["bytes"].as_u64().unwrap_or(0),
                title: text(&page["title"]),
                error: text(&page["error"]),
            };
            Detail::Pages { results: measured.results.iter().map(page).collect() }
        }
        Workload::Counter => {
            let share = |result: &Value| Some(Share { pid: result[0].as_u64()? as u32, value: result[1].as_u64()? });
            let mut by_process: Vec<Share> = measured.results.iter().filter_map(share).collect();
            by_process.sort_by_key(|share| (share.pid, std::cmp::Reverse(share.value)));
            by_process.dedup_by_key(|share| share.pid);
            let expected = u64::from(parameters.tasks) * parameters.times;
            Detail::Counted(Tally { lock, expected, actual: measured.counter, by_process })
        }
        _ => Detail::Nothing {},
    }
}
