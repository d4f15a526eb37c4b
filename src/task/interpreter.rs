//! An interpreter lock, as that of Python: whoever computes holds it, whoever waits does not. Nothing in Millrace needs
//! it. It is there so that the Lab can show what threads are worth where there is one.
//!
//! The rules are those of Python since version 3.2. Somebody who wants the lock waits for 5 ms (`sys.setswitchinterval`). If it
//! has not changed hands by then, a request is left, which the holder finds at its next checkpoint. It then lets go, and
//! does not go on before somebody else has had the lock, so that a holder that computes cannot take it back at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// How long the lock is wanted before its holder is asked for it.
const SWITCH_INTERVAL: Duration = Duration::from_millis(5);

/// The lock of one set of lanes.
#[derive(Debug, Default)]
pub struct Interpreter {
    state: Mutex<State>,
    freed: Condvar,
    taken: Condvar,
    /// Somebody asks the holder to let go.
    asked: AtomicBool,
    waited_ns: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    holder: Option<ThreadId>,
    last_holder: Option<ThreadId>,
    /// How often another thread than before took it.
    handovers: u64,
    waiting: usize,
}

/// Holds the lock until dropped.
#[derive(Debug)]
pub struct Held<'a> {
    /// `None` within another that holds it already.
    interpreter: Option<&'a Interpreter>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(interpreter) = self.interpreter {
            interpreter.free();
        }
    }
}

impl Interpreter {
    /// Takes the lock for this thread, waiting for it. A thread that holds it already goes on.
    pub fn hold(&self) -> Held<'_> {
        if self.is_held_here() {
            return Held { interpreter: None };
        }
        self.take();
        Held { interpreter: Some(self) }
    }

    /// Waits without the lock, if this thread holds it.
    pub fn aside<T>(&self, wait: impl FnOnce() -> T) -> T {
        if !self.is_held_here() {
            return wait();
        }
        self.free();
        let waited = wait();
        self.take();
        waited
    }

    /// Lets go and takes it again, if somebody has asked for it.
    pub fn give_way(&self) {
        if self.asked.load(Ordering::Relaxed) && self.is_held_here() {
            self.free();
            self.take();
        }
    }

    /// How long threads waited for it, all told.
    pub fn waited(&self) -> Duration {
        Duration::from_nanos(self.waited_ns.load(Ordering::Relaxed))
    }

    /// How often it went from one thread to another.
    pub fn handovers(&self) -> u64 {
        self.lock().handovers
    }

    fn is_held_here(&self) -> bool {
        self.lock().holder == Some(thread::current().id())
    }

    fn take(&self) {
        let (own, began) = (thread::current().id(), Instant::now());
        let mut state = self.lock();
        state.waiting += 1;
        while state.holder.is_some() {
            let seen = state.handovers;
            let (next, timeout) =
                self.freed.wait_timeout(state, SWITCH_INTERVAL).unwrap_or_else(PoisonError::into_inner);
            state = next;
            if timeout.timed_out() && state.holder.is_some() && state.handovers == seen {
                self.asked.store(true, Ordering::Relaxed);
            }
        }
        state.waiting -= 1;
        state.holder = Some(own);
        if state.last_holder != Some(own) {
            state.last_holder = Some(own);
            state.handovers += 1;
        }
        self.asked.store(false, Ordering::Relaxed);
        drop(state);
        self.taken.notify_all();
        self.waited_ns.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }

    fn free(&self) {
        let own = thread::current().id();
        let mut state = self.lock();
        if state.holder != Some(own) {
            return;
        }
        state.holder = None;
        self.freed.notify_one();
        // Whoever was asked lets another have it before it goes on. Somebody waits, or nobody would have asked.
        while self.asked.load(Ordering::Relaxed) && state.waiting > 0 && state.last_holder == Some(own) {
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Computes until told to stop, and counts how many do so at the same time.
    fn compute(interpreter: &Interpreter, at_once: &AtomicUsize, stop: &AtomicBool) -> u64 {
        let _held = interpreter.hold();
        let mut rounds = 0;
        while !stop.load(Ordering::Relaxed) {
            assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0, "two compute at the same time");
            std::hint::black_box(rounds);
            assert_eq!(at_once.fetch_sub(1, Ordering::SeqCst), 1);
            rounds += 1;
            interpreter.give_way();
        }
        rounds
    }

    #[test]
    fn one_computes_at_a_time_and_each_gets_its_turn() {
        let (interpreter, at_once, stop) = (Interpreter::default(), AtomicUsize::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            let lanes: Vec<_> = (0..3).map(|_| scope.spawn(|| compute(&interpreter, &at_once, &stop))).collect();
            thread::sleep(Duration::from_millis(200));
            stop.store(true, Ordering::Relaxed);
            for lane in lanes {
                assert!(lane.join().is_ok_and(|rounds| rounds > 0), "each computed");
            }
        });
        // One every 5 ms at the most, whatever the machine does.
        assert!((3..=60).contains(&interpreter.handovers()), "{} handovers", interpreter.handovers());
        assert!(interpreter.waited() > Duration::from_millis(100));
    }

    #[test]
    fn whoever_waits_lets_others_compute() {
        let interpreter = Interpreter::default();
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _held = interpreter.hold();
                    interpreter.aside(|| thread::sleep(Duration::from_millis(150)));
                });
            }
        });
        assert!(began.elapsed() < Duration::from_millis(450), "the waits lie side by side");
    }

    #[test]
    fn a_panic_lets_go() {
        let interpreter = Interpreter::default();
        let panicked = thread::scope(|scope| {
            let lane = scope.spawn(|| {
                let _held = interpreter.hold();
                interpreter.aside(|| panic!("while waiting"));
            });
            lane.join().is_err()
        });
        assert!(panicked);
        let inner = interpreter.hold();
        drop(interpreter.hold());
        assert!(interpreter.is_held_here(), "an inner one takes nothing away");
        drop(inner);
        assert!(!interpreter.is_held_here());
    }
}
