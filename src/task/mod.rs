//! The work itself. Knows nothing of who calls it: [`run`] is the one function behind every mode, and the
//! executors differ only in where they call it.

mod control;
pub mod cpu_time;
pub mod download;
pub mod image;

pub use control::{Control, Signal};
pub use download::Net;

use crate::model::{Assignment, ErrorKind, Failure, Files, Output, Progress, Task, Timing, link};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// What a task is offered by whoever runs it.
pub struct Ctx<'a> {
    /// The files to read and write, and no others.
    pub files: &'a Files,
    /// The shared connections of this process.
    pub net: &'a Net,
    /// Pause and cancel.
    pub control: &'a Control,
    /// Takes the newest progress. Must be quick: it is called often.
    pub on_progress: &'a (dyn Fn(Progress) + Sync),
}

impl Ctx<'_> {
    /// Reports how far the task has come. A newer value replaces an older one.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        (self.on_progress)(Progress { done, total });
    }

    /// Waits while paused. Fails with [`Failure::cancelled`] once cancelled. Tasks call it between steps.
    pub fn checkpoint(&self) -> Result<(), Failure> {
        self.control.checkpoint()
    }
}

/// Runs a task to its end. On success the result lies in `ctx.files.output`, written out and closed.
pub fn run(task: &Task, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    ctx.checkpoint()?;
    match task {
        Task::Download(download) => download::run(download, ctx),
        Task::Convert(convert) => image::run(convert, ctx),
    }
}

/// [`run`] as every lane calls it: measured, with a panic turned into a failure and nothing left behind by one.
pub fn attempt(
    assignment: &Assignment,
    net: &Net,
    control: &Control,
    on_progress: &(dyn Fn(Progress) + Sync),
) -> (Result<Output, Failure>, Timing) {
    let started = Instant::now();
    let cpu_started = cpu_time::of_this_thread();
    let ctx = Ctx { files: &assignment.files, net, control, on_progress };
    let result = catch_unwind(AssertUnwindSafe(|| run(&assignment.task, &ctx)))
        .unwrap_or_else(|panic| Err(panic_failure(&assignment.task, panic.as_ref())));
    if result.is_err() {
        // A file that was never created is fine, and one that cannot be removed lies in the work folder.
        std::fs::remove_file(&assignment.files.output).ok();
    }
    let cpu_us = cpu_time::of_this_thread().saturating_sub(cpu_started).as_micros() as u64;
    let wall_us = started.elapsed().as_micros() as u64;
    (result, Timing { wall_us, cpu_us: cpu_us.min(wall_us) })
}

fn panic_failure(task: &Task, panic: &(dyn Any + Send)) -> Failure {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let subject = match task {
        Task::Download(download) => link::masked(&download.url),
        Task::Convert(convert) => convert.name.clone(),
    };
    Failure::new(ErrorKind::Crashed, format!("The code working on {subject} panicked: {message}"))
}
