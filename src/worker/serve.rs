//! The serving loop. One thread reads, so that a cancel or the end of the input is seen while a task runs; the
//! calling thread runs the tasks and writes the answers.

use super::mark::Mark;
use super::protocol::{FromWorker, Hello, ToWorker, read_frame, write_frame};
use super::sandbox::{self, Allowance, Limits};
use super::wire::{Inlet, PASSES_FILES};
use crate::model::{Assignment, AttemptId, Confinement, Light, Progress};
use crate::task::{self, Control, Handles, Host, Net, Signal, Stopwatch};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Progress goes out at most this often. The last value before the end always does.
const PROGRESS_EVERY: Duration = Duration::from_millis(15);

/// Answers of light jobs go out at the latest after this long.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1);

/// How long more light work is polled for.
const POLL_FOR: Duration = Duration::from_micros(50);

/// The most messages waiting behind the one that is worked on; the program's windows are smaller.
const MAX_WAITING: usize = 1024;

type Controls = Mutex<HashMap<AttemptId, Arc<Control>>>;

enum Work {
    Attempt(Box<Assignment>, Handles, Arc<Control>),
    Light(Vec<(AttemptId, Light)>),
}

/// Confines this process, then serves until the input ends and calls `on_input_end` from the reading thread, whatever
/// runs at that time.
pub(super) fn serve(
    input: impl Inlet + 'static,
    output: impl Write + Send,
    confinement: Confinement,
    mark: Mark,
    on_input_end: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let limits = Limits::measure();
    let so_far = sandbox::before_threads(confinement);
    let controls = Arc::new(Controls::default());
    let (sender, waiting) = crossbeam_channel::bounded(MAX_WAITING);
    let reader_controls = Arc::clone(&controls);
    let reader = thread::Builder::new().name("worker reader".into()).spawn(move || {
        let result = read_all(input, &reader_controls, &sender);
        for control in lock(&reader_controls).values() {
            control.set(Signal::Cancel);
        }
        drop(sender);
        on_input_end();
        result
    })?;
    let in_force = sandbox::after_threads(confinement, so_far);
    let limits = (confinement != Confinement::None).then_some(limits);
    let mut server = Server { output: Mutex::new(output), net: Net::default(), limits, confinement, mark };
    send(&server.output, &FromWorker::Hello(Hello::of_this_build(), in_force))?;
    let mut was_light = false;
    while let Some(work) = next(&waiting, was_light) {
        was_light = matches!(work, Work::Light(_));
        match work {
            Work::Attempt(assignment, handles, control) => {
                server.attempt(&assignment, &handles, &control)?;
                lock(&controls).remove(&assignment.attempt);
            }
            Work::Light(work) => server.compute(work)?,
        }
    }
    reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread panicked")))
}

/// The next work, or `None` at the end. After light work it is polled for a moment: more of it is nearer than a sleep and
/// a waking up.
fn next(waiting: &crossbeam_channel::Receiver<Work>, was_light: bool) -> Option<Work> {
    let until = Instant::now() + POLL_FOR;
    while was_light && Instant::now() < until {
        if let Ok(work) = waiting.try_recv() {
            return Some(work);
        }
        thread::yield_now();
    }
    waiting.recv().ok()
}

fn read_all(mut input: impl Inlet, controls: &Controls, work: &crossbeam_channel::Sender<Work>) -> io::Result<()> {
    while let Some(message) = read_frame(&mut input)? {
        let next = match message {
            ToWorker::Start(..) => return Err(io::Error::other("a second start")),
            ToWorker::Run(assignment) => {
                let control = Arc::new(Control::default());
                lock(controls).insert(assignment.attempt, Arc::clone(&control));
                let handles = handles_of(&assignment, &mut input);
                Work::Attempt(assignment, handles, control)
            }
            ToWorker::Compute(light) => Work::Light(light),
            ToWorker::Signal(attempt, signal) => {
                if let Some(control) = lock(controls).get(&attempt) {
                    control.set(signal);
                }
                continue;
            }
            ToWorker::Admit(attempt, admitted) => {
                if let Some(control) = lock(controls).get(&attempt) {
                    control.admit(admitted);
                }
                continue;
            }
        };
        if work.send(next).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn handles_of(assignment: &Assignment, input: &mut impl Inlet) -> Handles {
    if !PASSES_FILES || !assignment.task.has_files() {
        return Handles::default();
    }
    let read = assignment.files.input.as_ref().and_then(|_| input.take_file());
    Handles::of(read, input.take_file())
}

/// The thread that works.
struct Server<W> {
    output: Mutex<W>,
    net: Net,
    /// The limits of each task; none where nothing is confined.
    limits: Option<Limits>,
    confinement: Confinement,
    mark: Mark,
}

impl<W: Write + Send> Server<W> {
    fn attempt(&mut self, assignment: &Assignment, handles: &Handles, control: &Control) -> io::Result<()> {
        self.mark.begin();
        let attempt = assignment.attempt;
        let latest = Mutex::new(Latest { sent_at: None, unsent: None });
        let host = WorkerHost { attempt, output: &self.output, latest: &latest, server: self };
        host.server.allow(Allowance::to_begin(&assignment.task, handles.input_bytes()));
        let (result, timing) = task::attempt_for(&host, assignment, handles, &self.net, control);
        if let Some(progress) = lock(&latest).unsent.take() {
            send(&self.output, &FromWorker::Progress(attempt, progress))?;
        }
        let peak_bytes = task::peak_memory();
        send(&self.output, &FromWorker::Finished { attempt, result, timing, peak_bytes })
    }

    fn compute(&mut self, work: Vec<(AttemptId, Light)>) -> io::Result<()> {
        self.allow(Allowance::for_light());
        let (mut watch, mut answers) = (Stopwatch::start(), Vec::with_capacity(work.len()));
        let mut since = Instant::now();
        for (attempt, light) in work {
            self.mark.begin();
            answers.push((attempt, task::light::run(light)));
            if since.elapsed() >= ANSWERS_WITHIN {
                let answers = std::mem::take(&mut answers);
                send(&self.output, &FromWorker::Computed(answers, watch.stop()))?;
                (watch, since) = (Stopwatch::start(), Instant::now());
            }
        }
        if answers.is_empty() {
            return Ok(());
        }
        send(&self.output, &FromWorker::Computed(answers, watch.stop()))
    }

    /// Limits what the next work may take. Downloads have no end that could be told before.
    fn allow(&self, allowance: Allowance) {
        if let Some(limits) = self.limits.as_ref().filter(|_| self.confinement == Confinement::Descriptors) {
            // What is refused is no reason not to work.
            limits.allow(&allowance);
        }
    }
}

/// A worker as the attempt on it sees it.
struct WorkerHost<'a, W> {
    attempt: AttemptId,
    output: &'a Mutex<W>,
    latest: &'a Mutex<Latest>,
    server: &'a Server<W>,
}

impl<W: Write + Send> Host for WorkerHost<'_, W> {
    fn progress(&self, progress: Progress) {
        let mut latest = lock(self.latest);
        if latest.sent_at.is_some_and(|at| at.elapsed() < PROGRESS_EVERY) {
            latest.unsent = Some(progress);
        } else {
            latest.sent_at = Some(Instant::now());
            latest.unsent = None;
            // A pipe that broke ends the worker through its reading thread.
            send(self.output, &FromWorker::Progress(self.attempt, progress)).ok();
        }
    }

    fn needs(&self, bytes: u64) {
        self.server.allow(Allowance::for_picture(bytes));
        send(self.output, &FromWorker::Needs(self.attempt, bytes)).ok();
    }
}

/// The newest progress, and whether it has gone out.
struct Latest {
    sent_at: Option<Instant>,
    unsent: Option<Progress>,
}

fn send(output: &Mutex<impl Write>, message: &FromWorker) -> io::Result<()> {
    write_frame(&mut *lock(output), message)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Convert, ErrorKind, Files, JobId, Recipe, Task, task::NonPictures};
    use std::path::PathBuf;

    fn answers(messages: &[ToWorker]) -> Vec<FromWorker> {
        let mut input = Vec::new();
        for message in messages {
            write_frame(&mut input, message).expect("written");
        }
        let mut output = Vec::new();
        serve(io::Cursor::new(input), &mut output, Confinement::None, Mark::new(None), || {}).ok();
        let mut reader = output.as_slice();
        std::iter::from_fn(|| read_frame(&mut reader).expect("well-formed answers")).collect()
    }

    #[test]
    fn every_assignment_is_answered_once_and_in_order() {
        let run = |job| {
            ToWorker::Run(Box::new(Assignment {
                attempt: AttemptId { job: JobId(job), number: 1 },
                task: Task::Convert(Convert {
                    recipe: Arc::new(Recipe::same_size()),
                    name: "missing.png".into(),
                    non_pictures: NonPictures::Fail,
                }),
                files: Files {
                    input: Some(PathBuf::from("/nowhere/missing.png")),
                    output: PathBuf::from("/nowhere/missing.part"),
                },
            }))
        };
        let answers = answers(&[run(1), run(2)]);
        assert!(matches!(&answers[0], FromWorker::Hello(hello, _) if hello.check().is_ok()));
        let finished: Vec<_> = answers
            .iter()
            .filter_map(|answer| match answer {
                FromWorker::Finished { attempt, result: Err(failure), .. } => Some((attempt.job.0, failure.kind)),
                _ => None,
            })
            .collect();
        // The input ends at once, so the second may be cancelled before it runs: it is answered all the same.
        let expected = |kind: ErrorKind| matches!(kind, ErrorKind::Io | ErrorKind::Decode | ErrorKind::Cancelled);
        assert_eq!(finished.iter().map(|(job, _)| *job).collect::<Vec<_>>(), [1, 2]);
        assert!(finished.iter().all(|(_, kind)| expected(*kind)), "{finished:?}");
    }

    #[test]
    fn a_malformed_frame_ends_the_worker_with_an_error() {
        let input = io::Cursor::new(vec![3, 0, 0, 0, 255, 255, 255]);
        assert!(serve(input, Vec::new(), Confinement::None, Mark::new(None), || {}).is_err());
    }
}
