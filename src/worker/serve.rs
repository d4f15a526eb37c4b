//! The serving loop. The calling thread reads, so that a cancel or the end of the input is seen while a task runs, and
//! does light work at once; a thread of its own runs the attempts.

use super::mark::Mark;
use super::protocol::{FromWorker, Hello, ToWorker, read_frame, write_frame};
use super::sandbox::{self, Allowance, Limits};
use super::wire::{Inlet, PASSES_FILES};
use crate::model::{Assignment, AttemptId, Confinement, Light, Progress};
use crate::task::{self, Control, Handles, Host, Net, Signal, Stopwatch};
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Progress goes out at most this often. The last value before the end always does.
const PROGRESS_EVERY: Duration = Duration::from_millis(15);

/// Answers of light jobs go out at the latest after this long.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1);

/// How long more light work is polled for after some: it is nearer than a sleep and a waking up.
const POLL_FOR: Duration = Duration::from_micros(200);

/// Limits for light work hold so long for all of it: setting them takes longer than most of it.
const ALLOWED_FOR: Duration = Duration::from_millis(100);

/// The most attempts waiting behind the one that runs; the program's windows are smaller.
const MAX_WAITING: usize = 1024;

/// Decoders are used to the stack of a main thread.
const STACK_BYTES: usize = 8 << 20;

type Attempt = (Box<Assignment>, Handles, Arc<Control>);

/// Confines this process, then serves until the input ends and calls `on_input_end`, whatever runs at that time.
pub(super) fn serve(
    input: impl Inlet,
    output: impl Write + Send + 'static,
    confinement: Confinement,
    mark: Mark,
    on_input_end: impl FnOnce(),
) -> io::Result<()> {
    let limits = Limits::measure();
    // It reads a file that is out of reach afterwards.
    task::peak_memory();
    // So is this.
    task::boot::id();
    let so_far = sandbox::before_threads(confinement);
    let server = Arc::new(Server {
        output: Mutex::new(output),
        controls: Mutex::default(),
        net: Net::default(),
        limits: (confinement == Confinement::Descriptors).then_some(limits),
        light_until: Mutex::default(),
        mark: Mutex::new(mark),
    });
    let (attempts, waiting) = crossbeam_channel::bounded::<Attempt>(MAX_WAITING);
    let runner = Arc::clone(&server);
    let runner = thread::Builder::new().name("attempts".into()).stack_size(STACK_BYTES).spawn(move || {
        for (assignment, handles, control) in waiting {
            runner.attempt(&assignment, &handles, &control)?;
            lock(&runner.controls).remove(&assignment.attempt);
        }
        Ok(())
    })?;
    let in_force = sandbox::after_threads(confinement, so_far);
    server.send(&FromWorker::Hello(Hello::of_this_build(), in_force))?;
    let read = server.read_all(input, &attempts);
    for control in lock(&server.controls).values() {
        control.set(Signal::Cancel);
    }
    drop(attempts);
    on_input_end();
    let ran = runner.join().unwrap_or_else(|_| Err(io::Error::other("the thread of the attempts panicked")));
    read.and(ran)
}

fn handles_of(assignment: &Assignment, input: &mut impl Inlet) -> Handles {
    if !PASSES_FILES || !assignment.task.has_files() {
        return Handles::default();
    }
    let read = assignment.files.input.as_ref().and_then(|_| input.take_file());
    Handles::of(read, input.take_file())
}

/// What both threads of a worker share.
struct Server<W> {
    output: Mutex<W>,
    controls: Mutex<HashMap<AttemptId, Arc<Control>>>,
    net: Net,
    /// The limits of each task. None where nothing is confined, and for downloads, whose end cannot be told before.
    limits: Option<Limits>,
    /// Until when the limits are those of light work.
    light_until: Mutex<Option<Instant>>,
    mark: Mutex<Mark>,
}

impl<W: Write + Send> Server<W> {
    /// Reads messages until they end. Light work is done here and now.
    fn read_all(&self, mut input: impl Inlet, attempts: &crossbeam_channel::Sender<Attempt>) -> io::Result<()> {
        while let Some(message) = read_frame(&mut input)? {
            match message {
                ToWorker::Start(..) => return Err(io::Error::other("a second start")),
                ToWorker::Run(assignment) => {
                    let control = Arc::new(Control::default());
                    lock(&self.controls).insert(assignment.attempt, Arc::clone(&control));
                    let handles = handles_of(&assignment, &mut input);
                    if attempts.send((assignment, handles, control)).is_err() {
                        return Ok(());
                    }
                }
                ToWorker::Compute(work) => {
                    self.compute(work)?;
                    input.poll_for(POLL_FOR);
                }
                ToWorker::Signal(attempt, signal) => {
                    if let Some(control) = lock(&self.controls).get(&attempt) {
                        control.set(signal);
                    }
                }
                ToWorker::Allow(attempt, connections) => {
                    if let Some(control) = lock(&self.controls).get(&attempt) {
                        control.allow_connections(connections);
                    }
                }
                ToWorker::LimitSpeed(bytes_per_s) => self.net.throttle().set(bytes_per_s),
                ToWorker::Admit(attempt, admitted) => {
                    if let Some(control) = lock(&self.controls).get(&attempt) {
                        control.admit(admitted);
                    }
                }
            }
        }
        Ok(())
    }

    fn attempt(&self, assignment: &Assignment, handles: &Handles, control: &Control) -> io::Result<()> {
        lock(&self.mark).begin();
        let attempt = assignment.attempt;
        let latest = Mutex::new(Latest { sent_at: None, unsent: None });
        let host = WorkerHost { attempt, latest: &latest, server: self, needed: AtomicU64::new(task::UNASKED_BYTES) };
        self.allow(Allowance::to_begin(&assignment.task, handles.input_bytes()));
        let (result, timing) = task::attempt_for(&host, assignment, handles, &self.net, control);
        if let Some(progress) = lock(&latest).unsent.take() {
            self.send(&FromWorker::Progress(attempt, progress))?;
        }
        let peak_bytes = task::peak_memory();
        self.send(&FromWorker::Finished { attempt, result, timing, peak_bytes })
    }

    fn compute(&self, work: Vec<(AttemptId, Light)>) -> io::Result<()> {
        self.allow(Allowance::for_light());
        let mut mark = lock(&self.mark);
        let (mut watch, mut answers) = (Stopwatch::start(), Vec::with_capacity(work.len()));
        let mut since = Instant::now();
        for (attempt, light) in work {
            mark.begin();
            answers.push((attempt, task::light::run(light)));
            if since.elapsed() >= ANSWERS_WITHIN {
                let answers = std::mem::take(&mut answers);
                self.send(&FromWorker::Computed(answers, watch.stop()))?;
                (watch, since) = (Stopwatch::start(), Instant::now());
            }
        }
        if answers.is_empty() {
            return Ok(());
        }
        self.send(&FromWorker::Computed(answers, watch.stop()))
    }

    /// Limits what the next work may take. What is refused is no reason not to work.
    fn allow(&self, allowance: Allowance) {
        if let Some(limits) = &self.limits {
            let mut light_until = lock(&self.light_until);
            if allowance == Allowance::for_light() {
                if light_until.is_some_and(|until| Instant::now() < until) {
                    return;
                }
                *light_until = Some(Instant::now() + ALLOWED_FOR);
            } else {
                *light_until = None;
            }
            limits.allow(&allowance);
        }
    }

    fn send(&self, message: &FromWorker) -> io::Result<()> {
        write_frame(&mut *lock(&self.output), message)
    }
}

/// A worker as the attempt on it sees it.
struct WorkerHost<'a, W> {
    attempt: AttemptId,
    latest: &'a Mutex<Latest>,
    server: &'a Server<W>,
    /// The memory that the attempt asked for, or may take unasked.
    needed: AtomicU64,
}

impl<W: Write + Send> Host for WorkerHost<'_, W> {
    fn progress(&self, progress: Progress) {
        let mut latest = lock(self.latest);
        if latest.sent_at.is_some_and(|at| at.elapsed() < PROGRESS_EVERY) {
            latest.unsent = Some(progress);
        } else {
            latest.sent_at = Some(Instant::now());
            latest.unsent = None;
            // A pipe that broke ends the worker through the end of its input.
            self.server.send(&FromWorker::Progress(self.attempt, progress)).ok();
        }
    }

    fn needs(&self, bytes: u64) {
        self.needed.store(bytes, Ordering::Relaxed);
        self.server.allow(Allowance::for_picture(bytes));
        self.server.send(&FromWorker::Needs(self.attempt, bytes)).ok();
    }

    fn repeats(&self, times: u64) {
        self.server.allow(Allowance::for_frames(self.needed.load(Ordering::Relaxed), times));
    }
}

/// The newest progress, and whether it has gone out.
struct Latest {
    sent_at: Option<Instant>,
    unsent: Option<Progress>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Convert, ErrorKind, Files, JobId, Recipe, Task, task::NonPictures};
    use std::path::PathBuf;

    /// What a worker wrote, to be looked at from outside.
    #[derive(Default, Clone)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn answers(messages: &[ToWorker]) -> Vec<FromWorker> {
        let mut input = Vec::new();
        for message in messages {
            write_frame(&mut input, message).expect("written");
        }
        let output = Shared::default();
        serve(io::Cursor::new(input), output.clone(), Confinement::None, Mark::new(None), || {}).ok();
        let output = lock(&output.0).clone();
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
                    existing: Vec::new(),
                    threads: 2,
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
