//! Pause and cancel, seen by a running task: from blocking code at checkpoints, from async code as a future.

use crate::model::Failure;
use serde::{Deserialize, Serialize};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
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
#[derive(Debug, Default)]
pub struct Control {
    state: Mutex<State>,
    changed: Condvar,
    changed_async: Notify,
}

#[derive(Debug, Clone, Copy)]
struct State {
    signal: Signal,
    /// The answer to the attempt's question for memory.
    admitted: Option<bool>,
    /// How many connections it may have.
    connections: Option<u16>,
}

impl Default for State {
    fn default() -> Self {
        State { signal: Signal::Run, admitted: None, connections: None }
    }
}

impl Control {
    /// Tells the attempt what to do. A cancelled attempt stays cancelled.
    pub fn set(&self, signal: Signal) {
        let mut state = self.lock();
        if state.signal != Signal::Cancel {
            state.signal = signal;
        }
        drop(state);
        self.changed.notify_all();
        self.changed_async.notify_waiters();
    }

    /// Answers the attempt's question for memory.
    pub fn admit(&self, admitted: bool) {
        self.lock().admitted = Some(admitted);
        self.changed.notify_all();
    }

    /// Says how many connections the attempt may have from now on.
    pub fn allow_connections(&self, connections: u16) {
        self.lock().connections = Some(connections);
    }

    /// How many connections the attempt may have, if anybody said so since it began.
    pub fn connections(&self) -> Option<u16> {
        self.lock().connections
    }

    /// What the attempt is to do now.
    pub fn signal(&self) -> Signal {
        self.lock().signal
    }

    /// Waits while paused. For blocking code.
    ///
    /// # Errors
    ///
    /// Fails with [`Failure::cancelled`] once cancelled.
    pub fn checkpoint(&self) -> Result<(), Failure> {
        self.wait_for(|_| Some(()))
    }

    /// Waits for the answer to a question for memory. For blocking code.
    ///
    /// # Errors
    ///
    /// Fails with [`Failure::cancelled`] once cancelled.
    pub fn admission(&self) -> Result<bool, Failure> {
        self.wait_for(|state| state.admitted)
    }

    /// Lets time pass. For blocking code.
    ///
    /// # Errors
    ///
    /// Fails with [`Failure::cancelled`] once cancelled.
    pub fn pass(&self, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if state.signal == Signal::Cancel {
                return Err(Failure::cancelled());
            }
            if left.is_zero() {
                return Ok(());
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits while paused and until there is something.
    fn wait_for<T>(&self, something: impl Fn(&State) -> Option<T>) -> Result<T, Failure> {
        let mut state = self.lock();
        loop {
            match (state.signal, something(&state)) {
                (Signal::Cancel, _) => return Err(Failure::cancelled()),
                (Signal::Run, Some(found)) => return Ok(found),
                (Signal::Run, None) | (Signal::Pause, _) => {}
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

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
