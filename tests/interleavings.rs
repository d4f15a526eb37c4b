//! The progress board and the finish guard under every order of steps that a scheduler may choose: shuttle runs their own
//! source with its locks and threads, thousands of times.

use shuttle::sync::{Arc, mpsc};
use shuttle::thread;
use std::collections::HashMap;

/// What the sources below name.
mod model {
    pub(crate) use millrace::model::{JobId, Progress};
}
mod sync {
    pub(crate) use shuttle::sync::{Mutex, MutexGuard};
}

#[path = "../src/engine/board.rs"]
#[expect(unreachable_pub, reason = "the library's own file, with its own users")]
mod board;
#[path = "../src/engine/executor/guard.rs"]
mod guard;

use board::Board;
use guard::FinishGuard;
use model::{JobId, Progress};

const SCHEDULES: usize = 5_000;

fn progress(done: u64) -> Progress {
    Progress { done, total: Some(9) }
}

#[test]
fn the_last_progress_of_each_job_is_never_lost() {
    shuttle::check_random(
        || {
            let board = Arc::new(Board::default());
            let writers: Vec<_> = (0..2)
                .map(|job| {
                    let board = Arc::clone(&board);
                    thread::spawn(move || (1..=3).for_each(|done| board.put(JobId(job), progress(done))))
                })
                .collect();
            let reader = {
                let board = Arc::clone(&board);
                thread::spawn(move || {
                    let mut seen: HashMap<JobId, Progress> = HashMap::new();
                    for _ in 0..3 {
                        for (job, progress) in board.take() {
                            let earlier = seen.insert(job, progress);
                            assert!(earlier.is_none_or(|earlier| earlier.done < progress.done), "it never goes back");
                        }
                        thread::yield_now();
                    }
                    seen
                })
            };
            for writer in writers {
                writer.join().expect("written");
            }
            let mut seen = reader.join().expect("read");
            seen.extend(board.take());
            assert_eq!(seen, HashMap::from([(JobId(0), progress(3)), (JobId(1), progress(3))]));
        },
        SCHEDULES,
    );
}

#[test]
fn every_attempt_is_reported_once_whatever_happens_to_it() {
    shuttle::check_random(
        || {
            let (reports, received) = mpsc::channel();
            let lanes: Vec<_> = (0..3)
                .map(|lane| {
                    let reports = reports.clone();
                    thread::spawn(move || {
                        for attempt in 0..2 {
                            let reports = reports.clone();
                            let guard = FinishGuard::new(move |ended: Option<&str>| {
                                reports.send((lane, attempt, ended)).expect("somebody listens");
                            });
                            match (lane, attempt) {
                                (0, _) => guard.ended("well"),
                                // Left without a word, as by a panic that unwinds through it.
                                _ => drop(guard),
                            }
                        }
                    })
                })
                .collect();
            drop(reports);
            for lane in lanes {
                lane.join().expect("ended");
            }
            let mut all: Vec<_> = received.iter().collect();
            all.sort_unstable();
            let expected: Vec<_> = (0..3)
                .flat_map(|lane| (0..2).map(move |attempt| (lane, attempt, (lane == 0).then_some("well"))))
                .collect();
            assert_eq!(all, expected);
        },
        SCHEDULES,
    );
}

#[test]
fn a_panic_is_reported_too() {
    let reported = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let inner = std::sync::Arc::clone(&reported);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _guard: FinishGuard<(), _> =
            FinishGuard::new(|ended| inner.lock().expect("the list").push(ended.is_some()));
        panic!("in the middle of an attempt");
    }));
    assert!(outcome.is_err());
    assert_eq!(*reported.lock().expect("the list"), [false]);
}
