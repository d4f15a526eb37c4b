//! The serving loop. One thread reads, so that a cancel or the end of the input is seen while a task runs; the
//! calling thread runs the tasks and writes the answers.

use super::protocol::{FromWorker, Hello, ToWorker, read_frame, write_frame};
use crate::model::{Assignment, AttemptId, Progress};
use crate::task::{self, Control, Net, Signal};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Progress goes out at most this often. The last value before the end always does.
const PROGRESS_EVERY: Duration = Duration::from_millis(15);

/// The most assignments waiting behind the one that runs; the program's windows are smaller.
const MAX_WAITING: usize = 1024;

type Controls = Mutex<HashMap<AttemptId, Arc<Control>>>;

/// Serves until the input ends, then calls `on_input_end` from the reading thread, whatever runs at that time.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send,
    on_input_end: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let controls = Arc::new(Controls::default());
    let (assignments, waiting) = crossbeam_channel::bounded(MAX_WAITING);
    let reader_controls = Arc::clone(&controls);
    let reader = thread::Builder::new().name("worker reader".into()).spawn(move || {
        let result = read_all(input, &reader_controls, &assignments);
        for control in lock(&reader_controls).values() {
            control.set(Signal::Cancel);
        }
        drop(assignments);
        on_input_end();
        result
    })?;
    let output = Mutex::new(output);
    let net = Net::default();
    send(&output, &FromWorker::Hello(Hello::of_this_build()))?;
    for (assignment, control) in waiting {
        run_one(&assignment, &control, &net, &output)?;
        lock(&controls).remove(&assignment.attempt);
    }
    reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread panicked")))
}

fn read_all(
    mut input: impl Read,
    controls: &Controls,
    assignments: &crossbeam_channel::Sender<(Box<Assignment>, Arc<Control>)>,
) -> io::Result<()> {
    while let Some(message) = read_frame(&mut input)? {
        match message {
            ToWorker::Hello(hello) => hello.check().map_err(io::Error::other)?,
            ToWorker::Run(assignment) => {
                let control = Arc::new(Control::default());
                lock(controls).insert(assignment.attempt, Arc::clone(&control));
                if assignments.send((assignment, control)).is_err() {
                    return Ok(());
                }
            }
            ToWorker::Signal(attempt, signal) => {
                if let Some(control) = lock(controls).get(&attempt) {
                    control.set(signal);
                }
            }
        }
    }
    Ok(())
}

fn run_one(assignment: &Assignment, control: &Control, net: &Net, output: &Mutex<impl Write + Send>) -> io::Result<()> {
    let attempt = assignment.attempt;
    let latest = Mutex::new(Latest { sent_at: None, unsent: None });
    let on_progress = |progress: Progress| {
        let mut latest = lock(&latest);
        if latest.sent_at.is_some_and(|at| at.elapsed() < PROGRESS_EVERY) {
            latest.unsent = Some(progress);
        } else {
            latest.sent_at = Some(Instant::now());
            latest.unsent = None;
            // A pipe that broke ends the worker through its reading thread.
            send(output, &FromWorker::Progress(attempt, progress)).ok();
        }
    };
    let (result, timing) = task::attempt(assignment, net, control, &on_progress);
    if let Some(progress) = lock(&latest).unsent.take() {
        send(output, &FromWorker::Progress(attempt, progress))?;
    }
    send(output, &FromWorker::Finished(attempt, result, timing))
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
        serve(io::Cursor::new(input), &mut output, || {}).ok();
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
        let answers = answers(&[ToWorker::Hello(Hello::of_this_build()), run(1), run(2)]);
        assert!(matches!(&answers[0], FromWorker::Hello(hello) if hello.check().is_ok()));
        let finished: Vec<_> = answers
            .iter()
            .filter_map(|answer| match answer {
                FromWorker::Finished(attempt, Err(failure), _) => Some((attempt.job.0, failure.kind)),
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
        assert!(serve(input, Vec::new(), || {}).is_err());
    }
}
