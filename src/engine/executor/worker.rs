//! One worker process, from its start to its end.

use super::reader::{Answers, Listener, last_words};
use super::{LaneReport, Report};
use crate::engine::Board;
use crate::engine::core::Force;
use crate::model::{Assignment, AttemptId, Confinement, InForce, Light, Timing};
use crate::task::Handles;
use crate::task::process;
use crate::worker::mark;
use crate::worker::protocol::{Hello, ToWorker};
use crate::worker::wire::{self, Outlet};
use crossbeam_channel::{Receiver, Sender};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// How long to wait for a dead worker's last words.
const TAIL_WITHIN: Duration = Duration::from_millis(100);

/// So many light jobs are answered within a moment.
const FEW: usize = 64;

/// The most messages that wait for files to be opened; the core's windows are smaller.
const MAX_WAITING: usize = 1024;

/// A child process that dies with this value.
pub(in crate::engine) struct Worker {
    pub(super) number: u32,
    pub(super) confinement: Confinement,
    /// Its process id and what keeps it apart, once it is up.
    pub(super) up: Option<(u32, InForce)>,
    started: Instant,
    /// From its start until it was up, in microseconds.
    pub(super) start_us: u64,
    /// Attempts that it was handed, light ones not counted.
    pub(super) served: u32,
    /// What its downloads together may bring, in bytes a second.
    pub(super) bytes_per_s: Option<u64>,
    /// What it was handed and has not answered.
    pub(super) in_flight: usize,
    /// What it has answered itself.
    answered: Arc<AtomicU64>,
    /// Its answers, as long as nobody has read them.
    answers: Arc<Answers>,
    /// Where it notes how much it began. None where no file can be passed on.
    mark: Option<File>,
    /// The most memory that it held so far, in bytes.
    pub(super) peak: Arc<AtomicU64>,
    child: Child,
    outlet: Arc<Mutex<Outlet>>,
    /// Messages that must go out in order, by the thread that opens files for it.
    feed: Sender<ToWorker>,
    tail: Receiver<String>,
}

/// How a worker died.
pub(in crate::engine) struct Death {
    /// As the end of a sentence.
    pub(in crate::engine) cause: String,
    /// Its last words.
    pub(in crate::engine) details: String,
    pub(in crate::engine) by_signal: bool,
}

impl Worker {
    pub(in crate::engine) fn spawn(
        program: &Path,
        number: u32,
        confinement: Confinement,
        reports: &Sender<Report>,
        board: &Arc<Board>,
    ) -> io::Result<Worker> {
        let started = Instant::now();
        let (outlet, stdin) = wire::pair()?;
        let mut command = Command::new(program);
        command.arg(crate::worker::SUBCOMMAND).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        keep_terminal_signals_away(&mut command);
        let mut child = command.spawn()?;
        // The child's end lies in the command, and would keep the wire open.
        drop(command);
        let outlet = wire::of_child(outlet, &mut child)?;
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("a pipe is missing"));
        };
        let outlet = Arc::new(Mutex::new(outlet));
        let peak = Arc::new(AtomicU64::new(0));
        let (tail_sender, tail) = crossbeam_channel::bounded(1);
        let answered = Arc::new(AtomicU64::new(0));
        let listener = Listener::new(number, Arc::clone(board), Arc::clone(&peak), Arc::clone(&answered));
        let answers = Arc::new(Answers::new(listener, output)?);
        let (to_read, sender) = (Arc::clone(&answers), reports.clone());
        thread::Builder::new().name(format!("worker {number} output")).spawn(move || to_read.read_all(&sender))?;
        thread::Builder::new()
            .name(format!("worker {number} errors"))
            .spawn(move || tail_sender.send(last_words(errors)).ok())?;
        let (feed, messages) = crossbeam_channel::bounded(MAX_WAITING);
        let feeder = Feeder { worker: number, messages, outlet: Arc::clone(&outlet), reports: reports.clone() };
        thread::Builder::new().name(format!("worker {number} files")).spawn(move || feeder.run())?;
        let mark = wire::PASSES_FILES.then(mark::create).and_then(Result::ok);
        lock(&outlet).send(&ToWorker::Start(Hello::of_this_build(), confinement), mark.as_slice()).ok();
        let (up, served, bytes_per_s, in_flight) = (None, 0, None, 0);
        Ok(Worker {
            number,
            confinement,
            up,
            started,
            start_us: 0,
            served,
            bytes_per_s,
            in_flight,
            answered,
            answers,
            mark,
            peak,
            child,
            outlet,
            feed,
            tail,
        })
    }

    /// It is up.
    pub(super) fn come_up(&mut self, pid: u32, in_force: InForce) {
        self.up = Some((pid, in_force));
        self.start_us = self.started.elapsed().as_micros() as u64;
    }

    /// How many of those in flight it began before it died. Where there is no mark, the first is taken to be the one.
    pub(super) fn began(&self) -> usize {
        let Some(mark) = &self.mark else { return self.in_flight.min(1) };
        let began = mark::read(mark).unwrap_or(0);
        began.saturating_sub(self.answered.load(Ordering::Acquire)) as usize
    }

    /// Hands over an attempt. Its files are opened first, off this thread: a disk may take its time.
    pub(in crate::engine) fn run(&mut self, assignment: Assignment) {
        self.served += 1;
        self.in_flight += 1;
        self.tell(ToWorker::Run(Box::new(assignment)));
    }

    /// Hands over light jobs. The answers of a few are about to be polled for; those of many are better read by a thread
    /// beside.
    pub(super) fn compute(&mut self, work: Vec<(AttemptId, Light)>) {
        self.in_flight += work.len();
        if work.len() <= FEW {
            self.answers.take_over();
        }
        self.write(&ToWorker::Compute(work));
    }

    /// What it has answered by now, where its answers are polled for. Whether they are.
    pub(super) fn poll(&self, reports: &mut VecDeque<Report>) -> bool {
        self.answers.poll(reports)
    }

    /// Leaves its answers to the thread that sleeps until there are some.
    pub(super) fn poll_no_more(&self) {
        self.answers.hand_back();
    }

    /// Tells it something that concerns an attempt handed over before.
    pub(in crate::engine) fn tell(&self, message: ToWorker) {
        // Full only if hundreds of messages wait for one file; then the lane's worker is as good as deaf.
        self.feed.try_send(message).ok();
    }

    /// Writes a message at once. A broken wire means that the worker died, and its reader reports that.
    fn write(&self, message: &ToWorker) {
        lock(&self.outlet).send(message, &[]).ok();
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it and whatever it may have started.
    pub(super) fn end(&mut self, force: Force) {
        end_group(&mut self.child, force);
    }

    /// Takes leave of a worker that closed its pipe. `cause` is there where it broke the protocol.
    pub(in crate::engine) fn bury(mut self, cause: Option<String>) -> Death {
        // One that only closed its pipe may still be alive; to one that is ending this does nothing any more.
        self.child.kill().ok();
        let status = self.child.wait();
        let by_signal = cause.is_none() && status.as_ref().is_ok_and(process::is_by_signal);
        let status = status.map_or_else(|error| format!("was lost: {error}"), process::cause);
        let details = self.tail.recv_timeout(TAIL_WITHIN).unwrap_or_default();
        let status = if is_out_of_memory(&details) {
            format!("ran out of the memory that it may take and {status}")
        } else {
            status
        };
        Death { cause: cause.unwrap_or(status), details, by_signal }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.answers.hand_back();
        // Nothing is in flight on a lane that closes, and a program that ends wants nothing more from any.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The thread that opens files for a worker and passes messages on, in order.
struct Feeder {
    worker: u32,
    messages: Receiver<ToWorker>,
    outlet: Arc<Mutex<Outlet>>,
    reports: Sender<Report>,
}

impl Feeder {
    fn run(self) {
        for message in &self.messages {
            match &message {
                ToWorker::Run(assignment) if wire::PASSES_FILES && assignment.task.has_files() => {
                    match Handles::open(&assignment.task, &assignment.files) {
                        Ok(handles) => self.send(&message, handles),
                        Err(failure) => {
                            let (attempt, timing) = (assignment.attempt, Timing::default());
                            let report = LaneReport::Finished { attempt, result: Err(failure), timing };
                            // Nobody listens any more once the engine has ended.
                            self.reports.send(Report::Worker(self.worker, report)).ok();
                        }
                    }
                }
                _ => self.send(&message, Handles::default()),
            }
        }
    }

    /// A broken wire means that the worker died, and its reader reports that.
    fn send(&self, message: &ToWorker, handles: Handles) {
        let (input, output) = handles.into_files();
        let files: Vec<_> = input.into_iter().chain(output).collect();
        lock(&self.outlet).send(message, &files).ok();
    }
}

fn lock(outlet: &Mutex<Outlet>) -> std::sync::MutexGuard<'_, Outlet> {
    outlet.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether these are the last words of the standard library before it aborts for want of memory.
fn is_out_of_memory(last_words: &str) -> bool {
    last_words.contains("memory allocation of ")
}

/// A group of its own for each worker: Ctrl+C in a terminal reaches the program alone, which then ends its workers.
#[cfg(unix)]
fn keep_terminal_signals_away(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn keep_terminal_signals_away(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    command.creation_flags(CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP);
}

#[cfg(unix)]
fn end_group(child: &mut Child, force: Force) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match force {
        Force::Terminate => Signal::TERM,
        Force::Kill => Signal::KILL,
    };
    // Not waited for yet, so the number is still its own. One that has ended meanwhile is reported by its reader.
    if let Some(group) = Pid::from_raw(child.id().cast_signed())
        && matches!(child.try_wait(), Ok(None))
    {
        kill_process_group(group, signal).ok();
    }
}

#[cfg(windows)]
fn end_group(child: &mut Child, _: Force) {
    child.kill().ok();
}
