//! The threads that listen to a worker process: one to its answers, one to its standard error.

use super::{LaneReport, Report};
use crate::engine::Board;
use crate::worker::protocol::{FromWorker, read_frame};
use crossbeam_channel::Sender;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read};
use std::process::{ChildStderr, ChildStdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the end of a worker's standard error is kept, in bytes.
const TAIL_BYTES: usize = 8 * 1024;

/// How much is read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// Reads a worker's answers until they end.
pub(super) struct Reader {
    pub(super) worker: u32,
    pub(super) reports: Sender<Report>,
    pub(super) board: Arc<Board>,
    /// The most memory that the worker held so far, in bytes.
    pub(super) peak: Arc<AtomicU64>,
    /// How much it answered so far.
    pub(super) answered: Arc<AtomicU64>,
}

impl Reader {
    pub(super) fn run(self, output: ChildStdout) {
        let mut greeted = false;
        let mut output = BufReader::with_capacity(BUFFER_BYTES, output);
        let cause = self.read_all(&mut output, &mut greeted).err();
        self.report(Report::WorkerGone { worker: self.worker, cause, greeted });
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
                FromWorker::Hello(hello, in_force) => {
                    hello.check()?;
                    *greeted = true;
                    self.report(Report::WorkerUp { worker: self.worker, pid: hello.pid, in_force });
                }
                _ if !*greeted => return Err("broke the protocol: it spoke before its hello".to_owned()),
                FromWorker::Progress(attempt, progress) => self.board.put(attempt.job, progress),
                FromWorker::Needs(attempt, bytes) => self.tell(LaneReport::Needs { attempt, bytes }),
                FromWorker::Finished { attempt, result, timing, peak_bytes } => {
                    self.peak.store(peak_bytes, Ordering::Relaxed);
                    self.answered.fetch_add(1, Ordering::AcqRel);
                    self.tell(LaneReport::Finished { attempt, result, timing });
                }
                FromWorker::Computed(answers, timing) => {
                    self.answered.fetch_add(answers.len() as u64, Ordering::AcqRel);
                    self.tell(LaneReport::Computed { answers, timing });
                }
            }
        }
    }

    fn tell(&self, report: LaneReport) {
        self.report(Report::Worker(self.worker, report));
    }

    fn report(&self, report: Report) {
        // Nobody listens any more once the engine has ended.
        self.reports.send(report).ok();
    }
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
