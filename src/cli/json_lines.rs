//! JSON lines for a window: printed by a thread of their own, so that a reader that is slow never holds the window up.

use super::batch::print;
use crate::model::JobReport;
use crate::model::json::job_line;
use crossbeam_channel::{Receiver, Sender};
use std::io;
use std::thread::{self, JoinHandle};

/// The printing thread. Dropping it waits until everything is printed; every sender must be gone by then.
#[derive(Debug)]
pub struct JsonLines {
    thread: Option<JoinHandle<()>>,
}

impl JsonLines {
    /// Starts the thread. A line is printed for each report sent.
    pub fn start() -> io::Result<(Sender<JobReport>, JsonLines)> {
        #[expect(
            clippy::disallowed_methods,
            reason = "one report a job, so the queue bounds them; the window must not wait"
        )]
        let (sender, reports) = crossbeam_channel::unbounded();
        let thread = thread::Builder::new().name("json lines".into()).spawn(move || print_all(&reports))?;
        Ok((sender, JsonLines { thread: Some(thread) }))
    }
}

impl Drop for JsonLines {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed, and there is nobody to hand it to.
            thread.join().ok();
        }
    }
}

fn print_all(reports: &Receiver<JobReport>) {
    for report in reports {
        // A reader that went away wants no more lines.
        if print(&job_line(&report)).is_err() {
            return;
        }
    }
}
