//! The queue under a hail of kills: workers and the program itself die at random moments, and in the end nothing is lost and
//! nothing was done twice. `make torture` runs it in full; otherwise a short run that takes some seconds.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a test's own reader, and its toll is of interest")]

use image::{ImageBuffer, Rgb};
use millrace::model::{Batch, BatchOptions, JobId, JobSpec, Light, Recipe, Record};
use millrace::store::Queue;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How hard it gets.
#[derive(Debug, Clone, Copy)]
struct Force {
    /// Small computations.
    light: u32,
    /// How long each of them takes, in rounds of about a nanosecond.
    rounds: u32,
    /// Pictures, each with a file to commit.
    pictures: u32,
    /// How many workers must have been killed,
    worker_kills: u32,
    /// and how often the program.
    program_kills: u32,
    /// The time between two kills of a worker, on average.
    gap: Duration,
}

const SHORT: Force = Force {
    light: 40_000,
    rounds: 20_000,
    pictures: 150,
    worker_kills: 40,
    program_kills: 4,
    gap: Duration::from_millis(20),
};

const FULL: Force = Force {
    light: 1_000_000,
    rounds: 40_000,
    pictures: 5_000,
    worker_kills: 1_000,
    program_kills: 20,
    gap: Duration::from_millis(15),
};

/// No run may hang.
const PATIENCE: Duration = Duration::from_mins(20);

#[test]
fn nothing_is_lost_and_nothing_is_done_twice() {
    let full = std::env::var_os("MILLRACE_TORTURE").is_some_and(|value| value == "full");
    torture(if full { FULL } else { SHORT });
}

fn torture(force: Force) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let (state, out) = (folder.path().join("state"), folder.path().join("out"));
    fs::create_dir(&state).expect("a folder");
    submit(&state, &out, &pictures(folder.path(), force.pictures), force);

    let mut toll = Toll::new(force);
    let until = Instant::now() + PATIENCE;
    loop {
        let mut program = Program::resume(&state);
        let killed = toll.run(&mut program, until);
        if !killed {
            let status = program.child.wait().expect("ended");
            toll.read(&program);
            assert!(status.success() || !toll.quarantined.is_empty() || toll.given_up > 0, "{status}");
            break;
        }
    }
    toll.check(&out);
    let (queue, complaint) = Queue::open(&state).expect("the queue");
    assert_eq!((queue.unfinished().expect("read"), complaint), (0, None), "nothing is left to do");
    println!(
        "{} computations and {} pictures, {} workers and {} programs killed",
        toll.answers.len(),
        toll.files.len(),
        toll.workers_killed,
        toll.programs_killed
    );
}

/// Puts everything into the queue, as a program would that was killed right afterwards.
fn submit(state: &Path, out: &Path, pictures: &[PathBuf], force: Force) {
    let options = Arc::new(BatchOptions {
        recipe: Some(Arc::new(Recipe::named("Thumbnail 512").expect("a built-in recipe"))),
        ..BatchOptions::to(out)
    });
    let light = |number| JobSpec::light(Light::Busy { number, rounds: force.rounds });
    let picture = |path: &PathBuf| JobSpec::file(path.to_string_lossy(), path.clone(), PathBuf::new());
    let batches: [Vec<JobSpec>; 2] = [pictures.iter().map(picture).collect(), (0..force.light).map(light).collect()];
    let (mut queue, _) = Queue::open(state).expect("a queue");
    let mut first = 0;
    for (id, jobs) in (0..).zip(batches) {
        let count = jobs.len() as u32;
        let batch = Arc::new(Batch { options: Arc::clone(&options), jobs });
        queue.keep([&Record::Submitted { program: format!("{id}").into(), first: JobId(first), batch }]).expect("kept");
        first += count;
    }
}

/// Small pictures with names of their own.
fn pictures(folder: &Path, count: u32) -> Vec<PathBuf> {
    let folder = folder.join("in");
    fs::create_dir(&folder).expect("a folder");
    let pixels = ImageBuffer::from_fn(48, 32, |x, y| Rgb([x as u8 * 5, y as u8 * 7, 90]));
    let first = folder.join("00000.png");
    pixels.save(&first).expect("a picture");
    let copy = |number: u32| {
        let path = folder.join(format!("{number:05}.png"));
        if number > 0 {
            fs::copy(&first, &path).expect("a copy");
        }
        path
    };
    (0..count).map(copy).collect()
}

/// The real program, going on with the queue.
struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    fn resume(state: &Path) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_millrace"))
            .args(["resume", "--json", "--mode", "processes", "--workers", "2", "--state"])
            .arg(state)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Program { child, lines }
    }

    /// The processes that its threads started.
    fn workers(&self) -> Vec<u32> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        children
            .flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
            .collect()
    }
}

/// What was killed and what was told.
struct Toll {
    force: Force,
    random: u64,
    workers_killed: u32,
    programs_killed: u32,
    answers: HashSet<u64>,
    files: HashSet<String>,
    /// The names of the files that there will not be.
    quarantined: HashSet<String>,
    /// Light jobs whose workers were killed over them again and again.
    given_up: usize,
}

impl Toll {
    fn new(force: Force) -> Toll {
        Toll {
            force,
            random: 0x9E37_79B9_7F4A_7C15,
            workers_killed: 0,
            programs_killed: 0,
            answers: HashSet::new(),
            files: HashSet::new(),
            quarantined: HashSet::new(),
            given_up: 0,
        }
    }

    /// A number from 0 to 1. The moments of the kills are as random as the machine, so the seed need not be.
    fn random(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Kills workers until it is time to kill the program, or until that ends. Says whether it was killed.
    fn run(&mut self, program: &mut Program, until: Instant) -> bool {
        let started = Instant::now();
        // The kills of the program are spread over the work.
        let total = self.force.light as usize + self.force.pictures as usize;
        let target = total * (self.programs_killed as usize + 1) / (self.force.program_kills as usize + 1);
        let life = self.force.gap.mul_f64(20.0 * self.random());
        loop {
            assert!(Instant::now() < until, "it hangs: {} answers, {} files", self.answers.len(), self.files.len());
            thread::sleep(self.force.gap.mul_f64(0.3 + 1.4 * self.random()));
            self.read(program);
            if program.child.try_wait().expect("a child").is_some() {
                return false;
            }
            let workers = program.workers();
            if !workers.is_empty() {
                let victim = workers[(self.random() * workers.len() as f64) as usize % workers.len()];
                let pid = Pid::from_raw(victim.cast_signed()).expect("a pid");
                self.workers_killed += u32::from(kill_process(pid, Signal::KILL).is_ok());
            }
            let due = self.answers.len() + self.files.len() >= target || started.elapsed() > life * 50;
            if self.programs_killed < self.force.program_kills && due && started.elapsed() > life {
                program.child.kill().expect("killed");
                program.child.wait().expect("gone");
                self.programs_killed += 1;
                // What it had said before it died still counts.
                thread::sleep(Duration::from_millis(5));
                self.read(program);
                return true;
            }
        }
    }

    fn read(&mut self, program: &Program) {
        for line in program.lines.try_iter() {
            // A program that is killed may die in the middle of a line.
            let Ok(line) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
            match line["event"].as_str() {
                Some("computed") => {
                    for answer in line["answers"].as_array().expect("answers") {
                        let answer = answer.as_u64().expect("a number");
                        assert!(self.answers.insert(answer), "{answer} was computed twice");
                    }
                }
                Some("job_finished") => {
                    let error = line["error"].as_str().unwrap_or_default();
                    if line["error_kind"] == "quarantined" || error.contains("did not come up: it was killed by") {
                        // Its worker was killed a second time over it, or each new one before it was up, as happens where
                        // all are slow.
                        let input = Path::new(line["input"].as_str().expect("an input"));
                        let Some(name) = input.with_extension("jpg").file_name().map(ToOwned::to_owned) else {
                            // Something light: it has no input.
                            self.given_up += 1;
                            continue;
                        };
                        let name = name.to_string_lossy().into_owned();
                        assert!(self.quarantined.insert(name), "told twice: {line}");
                        continue;
                    }
                    assert_eq!(line["state"], "done", "{line}");
                    let output = line["output"].as_str().expect("a path").to_owned();
                    assert!(self.files.insert(output), "told twice: {line}");
                }
                _ => {}
            }
        }
    }

    /// Nothing lost, nothing twice. What was kept right before a kill may have had no time to be told.
    fn check(&self, out: &Path) {
        assert!(self.workers_killed >= self.force.worker_kills, "only {} workers were killed", self.workers_killed);
        assert_eq!(self.programs_killed, self.force.program_kills);
        let names: HashSet<String> = fs::read_dir(out)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let mut expected: HashSet<String> = (0..self.force.pictures).map(|number| format!("{number:05}.jpg")).collect();
        expected.retain(|name| !self.quarantined.contains(name));
        assert_eq!(names, expected, "each picture once, under its own name, and nothing else");
        assert!(self.quarantined.len() * 10 <= self.force.pictures as usize, "too many: {:?}", self.quarantined);
        assert!(self.given_up * 100 <= self.force.light as usize, "too many: {}", self.given_up);
        let untold = self.force.light as usize - self.answers.len() - self.given_up;
        let most = 5_000 * self.force.program_kills as usize;
        assert!(untold <= most, "{untold} answers were never told, by {} kills", self.programs_killed);
    }
}
