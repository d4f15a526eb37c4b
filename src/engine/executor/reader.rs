//! What a worker process tells. Its answers are read by a thread of their own, which sleeps until there are some, or by the
//! engine's thread while that polls: by one at a time, and all of them in order. Another thread reads its standard error.

use super::{LaneReport, Report};
use crate::engine::Board;
use crate::worker::protocol::{FromWorker, frame_in};
use crossbeam_channel::Sender;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::process::{ChildStderr, ChildStdout};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How much of the end of a worker's standard error is kept, in bytes.
const TAIL_BYTES: usize = 8 * 1024;

/// How much is read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// A worker's answers.
pub(super) struct Answers {
    stream: Mutex<Stream>,
    /// The engine's thread polls, and the other one keeps off. Set only by who holds the stream.
    polled: Mutex<bool>,
    handed_back: Condvar,
}

struct Stream {
    output: ChildStdout,
    listener: Listener,
    /// What was read and is not taken yet lies at its front.
    buffer: Vec<u8>,
    filled: usize,
    /// Nothing more will come, and that was reported.
    ended: bool,
}

impl Answers {
    pub(super) fn new(listener: Listener, output: ChildStdout) -> io::Result<Answers> {
        system::never_block(&output)?;
        let stream = Stream { output, listener, buffer: Vec::new(), filled: 0, ended: false };
        Ok(Answers { stream: Mutex::new(stream), polled: Mutex::new(false), handed_back: Condvar::new() })
    }

    /// Reads until the end, and sleeps where there is nothing to read or the engine's thread does it.
    pub(super) fn read_all(&self, reports: &Sender<Report>) {
        let Ok(output) = system::another(&lock(&self.stream).output) else { return };
        let mut told = VecDeque::new();
        loop {
            system::sleep_until_readable(&output);
            let mut stream = lock(&self.stream);
            if *lock(&self.polled) {
                drop(stream);
                drop(self.handed_back.wait_while(lock(&self.polled), |polled| *polled));
                continue;
            }
            stream.read(&mut told);
            // The stream is held meanwhile: who takes over finds in the channel what was told before.
            for report in told.drain(..) {
                // Nobody listens any more once the engine has ended.
                reports.send(report).ok();
            }
            if stream.ended {
                return;
            }
        }
    }

    /// The engine's thread is about to poll. It must not wait here: if the other one reads at this moment, it goes on.
    pub(super) fn take_over(&self) {
        if let Ok(stream) = self.stream.try_lock() {
            *lock(&self.polled) = system::CAN_POLL && !stream.ended;
        }
    }

    /// Takes what is there by now, if the engine's thread took over. Answers whether that still makes sense.
    pub(super) fn poll(&self, reports: &mut VecDeque<Report>) -> bool {
        if !*lock(&self.polled) {
            return false;
        }
        let mut stream = lock(&self.stream);
        stream.read(reports);
        if stream.ended {
            self.hand_back();
        }
        !stream.ended
    }

    /// The engine's thread polls no more.
    pub(super) fn hand_back(&self) {
        if std::mem::take(&mut *lock(&self.polled)) {
            self.handed_back.notify_one();
        }
    }
}

impl Stream {
    /// Reads once and tells what came.
    fn read(&mut self, reports: &mut VecDeque<Report>) {
        if self.ended {
            return;
        }
        let end = match self.read_once() {
            Ok(0) => Some(None),
            Ok(_) => self.take_messages(reports).err().map(Some),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => None,
            Err(error) => Some(Some(format!("broke the protocol: {error}"))),
        };
        // A frame cut short is a death in mid-sentence: the exit status tells more.
        if let Some(cause) = end {
            self.ended = true;
            let Listener { worker, greeted, .. } = self.listener;
            reports.push_back(Report::WorkerGone { worker, cause, greeted });
        }
    }

    fn read_once(&mut self) -> io::Result<usize> {
        // A lying length costs no memory before the bytes are there.
        self.buffer.resize(self.buffer.len().max(self.filled + BUFFER_BYTES), 0);
        let read = self.output.read(&mut self.buffer[self.filled..])?;
        self.filled += read;
        Ok(read)
    }

    /// Ends with the cause as the end of a sentence where the worker breaks the protocol.
    fn take_messages(&mut self, reports: &mut VecDeque<Report>) -> Result<(), String> {
        let mut taken = 0;
        let broke = |error: io::Error| format!("broke the protocol: {error}");
        while let Some((message, bytes)) = frame_in(&self.buffer[taken..self.filled]).map_err(broke)? {
            taken += bytes;
            reports.extend(self.listener.hear(message)?);
        }
        self.buffer.copy_within(taken..self.filled, 0);
        self.filled -= taken;
        if self.filled == 0 {
            self.buffer.truncate(BUFFER_BYTES);
            self.buffer.shrink_to(BUFFER_BYTES);
        }
        Ok(())
    }
}

/// Makes reports of a worker's messages.
pub(super) struct Listener {
    worker: u32,
    board: Arc<Board>,
    /// The most memory that the worker held so far, in bytes.
    peak: Arc<AtomicU64>,
    /// How much it answered so far.
    answered: Arc<AtomicU64>,
    /// It said hello.
    greeted: bool,
}

impl Listener {
    pub(super) fn new(worker: u32, board: Arc<Board>, peak: Arc<AtomicU64>, answered: Arc<AtomicU64>) -> Listener {
        Listener { worker, board, peak, answered, greeted: false }
    }

    fn hear(&mut self, message: FromWorker) -> Result<Option<Report>, String> {
        let worker = self.worker;
        let report = match message {
            FromWorker::Hello(hello, in_force) => {
                hello.check()?;
                self.greeted = true;
                return Ok(Some(Report::WorkerUp { worker, pid: hello.pid, in_force }));
            }
            _ if !self.greeted => return Err("broke the protocol: it spoke before its hello".to_owned()),
            FromWorker::Progress(attempt, progress) => {
                self.board.put(attempt.job, progress);
                return Ok(None);
            }
            FromWorker::Needs(attempt, bytes) => LaneReport::Needs { attempt, bytes },
            FromWorker::Finished { attempt, result, timing, peak_bytes } => {
                self.peak.store(peak_bytes, Ordering::Relaxed);
                self.answered.fetch_add(1, Ordering::AcqRel);
                LaneReport::Finished { attempt, result, timing }
            }
            FromWorker::Computed(answers, timing) => {
                self.answered.fetch_add(answers.len() as u64, Ordering::AcqRel);
                LaneReport::Computed { answers, timing }
            }
        };
        Ok(Some(Report::Worker(worker, report)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
mod system {
    use rustix::event::{PollFd, PollFlags, poll};
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::process::ChildStdout;

    /// A read answers at once, so that the engine's thread can look whether something is there.
    pub(super) const CAN_POLL: bool = true;

    pub(super) fn never_block(output: &ChildStdout) -> io::Result<()> {
        Ok(rustix::io::ioctl_fionbio(output, true)?)
    }

    pub(super) fn another(output: &ChildStdout) -> io::Result<OwnedFd> {
        output.as_fd().try_clone_to_owned()
    }

    pub(super) fn sleep_until_readable(output: &OwnedFd) {
        // An error shows in the reading.
        poll(&mut [PollFd::new(output, PollFlags::IN)], None).ok();
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;
    use std::process::ChildStdout;

    /// A read sleeps until something is there.
    pub(super) const CAN_POLL: bool = false;

    pub(super) fn never_block(_: &ChildStdout) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn another(_: &ChildStdout) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn sleep_until_readable((): &()) {}
}

/// Reads to the end and keeps the last of it.
pub(super) fn last_words(mut errors: ChildStderr) -> String {
    let mut tail = VecDeque::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = errors.read(&mut buffer) {
        tail.extend(&buffer[..read]);
        tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
    }
    String::from_utf8_lossy(tail.make_contiguous()).trim().to_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::model::{AttemptId, InForce, JobId, Timing};
    use crate::worker::protocol::{Hello, write_frame};
    use std::process::{Command, Stdio};
    use std::thread;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// The thread is stopped and set going again around each answer; each is told once, and so is the end.
    #[test]
    fn what_is_told_is_heard_once_whoever_reads() {
        let mut echo = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat");
        let (mut input, output) = (echo.stdin.take().expect("a pipe"), echo.stdout.take().expect("a pipe"));
        let answered = Arc::new(AtomicU64::new(0));
        let listener = Listener::new(0, Arc::default(), Arc::default(), Arc::clone(&answered));
        let answers = Arc::new(Answers::new(listener, output).expect("answers"));
        let (sender, reports) = crossbeam_channel::bounded(8);
        let to_read = Arc::clone(&answers);
        let thread = thread::Builder::new().spawn(move || to_read.read_all(&sender)).expect("a thread");
        write_frame(&mut input, &FromWorker::Hello(Hello::of_this_build(), InForce::default())).expect("written");
        assert!(matches!(reports.recv_timeout(PATIENCE), Ok(Report::WorkerUp { .. })));
        let mut polled = VecDeque::new();
        for round in 0..2000 {
            let polls = round % 3 != 0;
            if polls {
                answers.take_over();
            }
            let attempt = AttemptId { job: JobId(round), number: 1 };
            write_frame(&mut input, &FromWorker::Computed(vec![(attempt, 1)], Timing::default())).expect("written");
            while round % 3 == 1 && polled.is_empty() && reports.is_empty() {
                answers.poll(&mut polled);
            }
            answers.hand_back();
            let report = polled.pop_front().or_else(|| reports.recv_timeout(PATIENCE).ok());
            let Some(Report::Worker(0, LaneReport::Computed { answers: told, .. })) = report else {
                panic!("round {round}: {report:?}")
            };
            assert_eq!(told, [(attempt, 1)]);
        }
        assert_eq!(answered.load(Ordering::Acquire), 2000);
        drop(input);
        assert!(matches!(reports.recv_timeout(PATIENCE), Ok(Report::WorkerGone { cause: None, greeted: true, .. })));
        thread.join().expect("it ended");
        assert!(reports.is_empty() && !answers.poll(&mut polled) && polled.is_empty());
        echo.wait().expect("it ended");
    }
}
