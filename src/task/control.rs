//! Pause and cancel, seen by a running task: from blocking code at checkpoints, from async code as a future.

use crate::model::Failure;
use serde::{Deserialize, Serialize};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What a running attempt is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Go on.
    Run,
    /// Halt until told otherwise.
    Pause,
    /// End. Nothing comes after it.
    Cancel,
}

/// The switch between one attempt and whoever controls it.
#[derive(Debug)]
pub struct Control {
    signal: Mutex<Signal>,
    changed: Condvar,
    changed_async: Notify,
}

impl Default for Control {
    fn default() -> Self {
        Control { signal: Mutex::new(Signal::Run), changed: Condvar::new(), changed_async: Notify::new() }
    }
}

impl Control {
    /// Tells the attempt what to do. A cancelled attempt stays cancelled.
    pub fn set(&self, signal: Signal) {
        let mut current = self.lock();
        if *current != Signal::Cancel {
            *current = signal;
        }
        drop(current);
        self.changed.notify_all();
        self.changed_async.notify_waiters();
    }

    /// What the attempt is to do now.
    pub fn signal(&self) -> Signal {
        *self.lock()
    }

    /// Waits while paused; fails once cancelled. For blocking code.
    pub fn checkpoint(&self) -> Result<(), Failure> {
        let mut signal = self.lock();
        while *signal == Signal::Pause {
            signal = self.changed.wait(signal).unwrap_or_else(PoisonError::into_inner);
        }
        if *signal == Signal::Cancel { Err(Failure::cancelled()) } else { Ok(()) }
    }

    /// Resolves as soon as `wanted` holds for the signal. For async code.
    pub async fn until(&self, wanted: impl Fn(Signal) -> bool) {
        let mut changed = std::pin::pin!(self.changed_async.notified());
        loop {
            // Registered before the look, so that no change falls between the look and the wait.
            changed.as_mut().enable();
            if wanted(self.signal()) {
                return;
            }
            changed.as_mut().await;
            changed.set(self.changed_async.notified());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Signal> {
        self.signal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn a_paused_attempt_waits_and_a_cancelled_one_ends() {
        let control = Arc::new(Control::default());
        assert!(control.checkpoint().is_ok());
        control.set(Signal::Pause);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| control.checkpoint());
            std::thread::sleep(Duration::from_millis(20));
            assert!(!waiting.is_finished());
            control.set(Signal::Cancel);
            assert_eq!(waiting.join().ok(), Some(Err(Failure::cancelled())));
        });
        control.set(Signal::Run);
        assert_eq!(control.signal(), Signal::Cancel, "nothing comes after a cancel");
    }

    #[test]
    fn async_code_sees_a_change() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let control = Arc::new(Control::default());
        runtime.block_on(async {
            let waiting = control.until(|signal| signal == Signal::Cancel);
            control.set(Signal::Cancel);
            tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("woken");
        });
    }
}
