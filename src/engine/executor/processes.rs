//! Lanes that are child processes: this program, started as a worker. A worker starts with its lane's first
//! attempt and is replaced when it dies.
//!
//! The engine's thread owns the child and its input; a reading thread of its own owns the output and reports.
//! Workers are always started from the engine's thread, which lives as long as the engine: on Linux a worker dies
//! with the thread that started it.

use super::{Executor, Report, death};
use crate::engine::Board;
use crate::model::{Assignment, AttemptId, ErrorKind, Failure, Lane, LaneId};
use crate::task::Signal;
use crate::worker::protocol::{FromWorker, Hello, ToWorker, read_frame, write_frame};
use crossbeam_channel::{Receiver, Sender};
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How much of the end of a worker's standard error is kept, in bytes.
const TAIL_BYTES: usize = 8 * 1024;

/// How long to wait for a dead worker's last words.
const TAIL_WITHIN: Duration = Duration::from_millis(100);

pub(in crate::engine) struct ProcessLanes {
    program: PathBuf,
    lanes: HashMap<LaneId, ProcessLane>,
    reports: Sender<Report>,
    board: Arc<Board>,
    /// Numbers the workers, so that a late word of a dead one is recognised.
    next_worker: u32,
}

struct ProcessLane {
    label: String,
    worker: Option<Worker>,
}

/// A child process that dies with this value.
struct Worker {
    number: u32,
    child: Child,
    input: ChildStdin,
    tail: Receiver<String>,
}

impl ProcessLanes {
    pub(in crate::engine) fn new(program: PathBuf, reports: Sender<Report>, board: Arc<Board>) -> ProcessLanes {
        ProcessLanes { program, lanes: HashMap::new(), reports, board, next_worker: 0 }
    }

    /// Takes leave of a worker that closed its pipe. Answers how it died, its last words and whether a
    /// signal ended it, or `None` if it is not the lane's worker any more.
    pub(in crate::engine) fn bury(
        &mut self,
        lane: LaneId,
        worker: u32,
        cause: Option<String>,
    ) -> Option<(String, String, bool)> {
        let lane = self.lanes.get_mut(&lane)?;
        let mut dead = lane.worker.take_if(|current| current.number == worker)?;
        // One that only closed its pipe may still be alive; to one that is ending this does nothing any more.
        dead.child.kill().ok();
        let status = dead.child.wait();
        let by_signal = cause.is_none() && status.as_ref().is_ok_and(death::is_by_signal);
        let status = status.map_or_else(|error| format!("was lost: {error}"), death::cause);
        let tail = dead.tail.recv_timeout(TAIL_WITHIN).unwrap_or_default();
        Some((cause.unwrap_or(status), tail, by_signal))
    }

    fn spawn(&mut self, lane: LaneId) -> io::Result<Worker> {
        let mut command = Command::new(&self.program);
        command.arg(crate::worker::SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        keep_terminal_signals_away(&mut command);
        let mut child = command.spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        let number = self.next_worker;
        self.next_worker += 1;
        let (tail_sender, tail) = crossbeam_channel::bounded(1);
        let mut worker = Worker { number, child, input, tail };
        let (reports, board) = (self.reports.clone(), Arc::clone(&self.board));
        thread::Builder::new()
            .name(format!("worker {number} output"))
            .spawn(move || Reader { lane, worker: number, reports, board }.run(output))?;
        thread::Builder::new()
            .name(format!("worker {number} errors"))
            .spawn(move || tail_sender.send(last_words(errors)).ok())?;
        // One that ended already is reported by its reader.
        write_frame(&mut worker.input, &ToWorker::Hello(Hello::of_this_build())).ok();
        Ok(worker)
    }

    fn write(&mut self, lane: LaneId, message: &ToWorker) {
        if let Some(worker) = self.lanes.get_mut(&lane).and_then(|lane| lane.worker.as_mut()) {
            // A broken pipe means that the worker died, and its reader reports that.
            write_frame(&mut worker.input, message).ok();
        }
    }
}

impl Executor for ProcessLanes {
    fn open(&mut self, lane: Lane) {
        self.lanes.insert(lane.id, ProcessLane { label: lane.label(), worker: None });
    }

    fn close(&mut self, lane: LaneId) {
        self.lanes.remove(&lane);
    }

    fn start(&mut self, id: LaneId, assignment: Assignment) -> Result<(), Failure> {
        let lane = self.lanes.get_mut(&id).ok_or_else(|| Failure::new(ErrorKind::Io, "The lane is closed"))?;
        let alive = lane.worker.as_mut().is_some_and(|worker| matches!(worker.child.try_wait(), Ok(None)));
        if !alive {
            let label = lane.label.clone();
            let worker = self.spawn(id).map_err(|error| {
                let program = self.program.display();
                let sentence = format!("Cannot start a worker process for lane {label} from {program}: {error}");
                Failure::new(ErrorKind::Io, sentence)
            })?;
            if let Some(lane) = self.lanes.get_mut(&id) {
                lane.worker = Some(worker);
            }
        }
        self.write(id, &ToWorker::Run(Box::new(assignment)));
        Ok(())
    }

    fn signal(&mut self, lane: LaneId, attempt: AttemptId, signal: Signal) {
        self.write(lane, &ToWorker::Signal(attempt, signal));
    }

    fn kill(&mut self, lane: LaneId) {
        if let Some(worker) = self.lanes.get_mut(&lane).and_then(|lane| lane.worker.as_mut()) {
            // It may have died in the meantime, which its reader reports.
            worker.child.kill().ok();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Nothing is in flight on a lane that closes, and a program that ends wants nothing more from any.
        self.child.kill().ok();
        self.child.wait().ok();
    }
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

/// Reads a worker's answers until they end.
struct Reader {
    lane: LaneId,
    worker: u32,
    reports: Sender<Report>,
    board: Arc<Board>,
}

impl Reader {
    fn run(self, output: ChildStdout) {
        let mut greeted = false;
        let cause = self.read_all(&mut BufReader::new(output), &mut greeted).err();
        self.report(Report::WorkerGone { lane: self.lane, worker: self.worker, cause, greeted });
    }

    /// Ends well with the stream, and with the cause as the end of a sentence where the worker breaks the protocol.
    fn read_all(&self, output: &mut impl Read, greeted: &mut bool) -> Result<(), String> {
        loop {
            let message = match read_frame(output) {
                Ok(Some(message)) => message,
                // A frame cut short is a death in mid-sentence: the exit status tells more.
                Ok(None) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(format!("broke the protocol: {error}")),
            };
            match message {
                FromWorker::Hello(hello) => {
                    hello.check()?;
                    *greeted = true;
                    self.report(Report::WorkerStarted { lane: self.lane, pid: hello.pid });
                }
                _ if !*greeted => return Err("broke the protocol: it spoke before its hello".to_owned()),
                FromWorker::Progress(attempt, progress) => self.board.put(attempt.job, progress),
                FromWorker::Finished(attempt, result, timing) => {
                    self.report(Report::Finished { lane: self.lane, attempt, result, timing });
                }
            }
        }
    }

    fn report(&self, report: Report) {
        // Nobody listens any more once the engine has ended.
        self.reports.send(report).ok();
    }
}

/// Reads to the end and keeps the last of it.
fn last_words(mut errors: ChildStderr) -> String {
    let mut tail = VecDeque::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = errors.read(&mut buffer) {
        tail.extend(&buffer[..read]);
        tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
    }
    String::from_utf8_lossy(tail.make_contiguous()).trim().to_owned()
}
