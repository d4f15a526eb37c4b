//! JSON lines for a window: printed by a thread of their own, so that a reader that is slow never holds the window up.

use super::batch::{Teller, Telling};
use crate::model::Event;
use crossbeam_channel::{Receiver, Sender};
use std::io;
use std::thread::{self, JoinHandle};

/// The printing thread.
#[derive(Debug)]
pub struct JsonLines {
    thread: JoinHandle<()>,
}

impl JsonLines {
    /// Starts the thread. It prints a line for each job that ends, and the last one when every sender is gone.
    ///
    /// # Errors
    ///
    /// Fails where the system gives no thread.
    pub fn start() -> io::Result<(Sender<Event>, JsonLines)> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a few events a job, so the queue bounds them; the window must not wait"
        )]
        let (sender, events) = crossbeam_channel::unbounded();
        let thread = thread::Builder::new().name("json lines".into()).spawn(move || print_all(&events))?;
        Ok((sender, JsonLines { thread }))
    }

    /// Waits until everything is printed. Every sender must be gone.
    pub fn finish(self) {
        // A panic there has been printed, and there is nobody to hand it to.
        self.thread.join().ok();
    }
}

fn print_all(events: &Receiver<Event>) {
    let mut teller = Teller::new(Telling::Json, 0);
    for event in events {
        // A reader that went away wants no more lines.
        if teller.tell(&event).is_err() {
            return;
        }
    }
    // The window tells by its own exit status how it went.
    teller.end().ok();
}
