//! Two locks that two tasks take. In one process they are locks in its memory; processes share locks on two files.
//! A task that cannot have its second lock says whom it waits for, so that the ring can be seen: in memory the moment it
//! closes, between processes, which cannot look into each other, when the time is up.

use super::super::Ctx;
use super::unusable;
use crate::model::Failure;
use crate::model::lab::{LabAnswer, LockEnd, LockOrder, LockPlace, Locking};
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a lock on a file is tried.
const TRY_EVERY: Duration = Duration::from_millis(2);

/// How long the first lock is kept where that makes no difference.
const HOLD_FOR: Duration = Duration::from_millis(50);

/// The files that are locked, within their folder.
pub(super) const FILES: [&str; 2] = ["first.lock", "second.lock"];

/// Two locks in memory, and who waits for which.
#[derive(Debug, Default)]
struct Pair {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Who has each lock, and how many times over.
    holders: [Option<(u8, u32)>; 2],
    /// Which lock each task waits for.
    wants: [Option<usize>; 2],
    /// The task that found the ring and breaks it.
    broken_by: Option<u8>,
}

impl State {
    /// Whether a task waits for a lock whose holder waits for one of its own.
    fn is_ring(&self, task: u8) -> bool {
        let holder = |lock: Option<usize>| lock.and_then(|lock| self.holders[lock]).map(|(holder, _)| holder);
        holder(self.wants[usize::from(task)])
            .filter(|other| *other != task)
            .is_some_and(|other| holder(self.wants[usize::from(other)]) == Some(task))
    }
}

static PAIRS: Mutex<Option<HashMap<u64, Arc<Pair>>>> = Mutex::new(None);

fn pair(number: u64) -> Arc<Pair> {
    let mut pairs = PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
    let pairs = pairs.get_or_insert_default();
    // Those of earlier runs that nobody uses any more.
    pairs.retain(|other, pair| *other == number || Arc::strong_count(pair) > 1);
    Arc::clone(pairs.entry(number).or_default())
}

pub(super) fn run(locking: &Locking, ctx: &Ctx<'_>) -> Result<LabAnswer, Failure> {
    let (first, second) = match (locking.order, locking.task) {
        (LockOrder::Opposite, 1) => (1, 0),
        _ => (0, 1),
    };
    let end = match &locking.place {
        LockPlace::Memory(number) => in_memory(&pair(*number), locking, first, second, ctx)?,
        LockPlace::Folder(folder) => on_files(folder, locking, first, second, ctx)?,
    };
    Ok(LabAnswer::Locks(end))
}

fn in_memory(pair: &Pair, locking: &Locking, first: usize, second: usize, ctx: &Ctx<'_>) -> Result<LockEnd, Failure> {
    let limit = Duration::from_millis(locking.limit_ms);
    let own = locking.task;
    if let Err(waited) = ctx.waiting(|| pair.take(own, first, limit)) {
        return Ok(deadlock(waited));
    }
    let held = Holding { pair, task: own, lock: first };
    let inner = match locking.order {
        // A function that takes the lock which its caller has already: only a re-entrant lock lets it.
        LockOrder::Reentrant => match pair.take(own, first, limit) {
            Ok(()) => Some(Holding { pair, task: own, lock: first }),
            Err(waited) => return Ok(deadlock(waited)),
        },
        LockOrder::Opposite | LockOrder::Consistent => None,
    };
    hold(locking, ctx, || pair.lock().holders[second].is_some())?;
    let end = match ctx.waiting(|| pair.take(own, second, limit)) {
        Ok(()) => {
            drop(Holding { pair, task: own, lock: second });
            LockEnd::Finished
        }
        Err(waited) => deadlock(waited),
    };
    drop((inner, held));
    Ok(end)
}

/// Keeps the first lock for a while: in opposite order until the second is taken, however late the other task begins.
fn hold(locking: &Locking, ctx: &Ctx<'_>, is_taken: impl Fn() -> bool) -> Result<(), Failure> {
    let (began, most) = (Instant::now(), Duration::from_millis(locking.hold_ms));
    if locking.order != LockOrder::Opposite {
        return ctx.waiting(|| ctx.control.pass(most.min(HOLD_FOR)));
    }
    while began.elapsed() < most && !is_taken() {
        ctx.waiting(|| ctx.control.pass(TRY_EVERY))?;
    }
    Ok(())
}

fn deadlock(waited: Duration) -> LockEnd {
    LockEnd::Deadlock { waited_us: waited.as_micros() as u64 }
}

/// A lock that is let go of when this is dropped.
struct Holding<'a> {
    pair: &'a Pair,
    task: u8,
    lock: usize,
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        let mut state = self.pair.lock();
        state.holders[self.lock] = match state.holders[self.lock] {
            Some((task, times)) if task == self.task => (times > 1).then_some((task, times - 1)),
            other => other,
        };
        drop(state);
        self.pair.freed.notify_all();
    }
}

impl Pair {
    /// Waits for a lock. Gives up where it would be for ever: whoever has it waits for one of this task's own. Answers how
    /// long it waited then.
    fn take(&self, task: u8, lock: usize, limit: Duration) -> Result<(), Duration> {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            let (holder, times) = state.holders[lock].unwrap_or((task, 0));
            if holder == task {
                state.holders[lock] = Some((task, times + 1));
                state.wants[usize::from(task)] = None;
                return Ok(());
            }
            state.wants[usize::from(task)] = Some(lock);
            // One of the two is enough: the other gets its lock then.
            let is_ring = state.is_ring(task) && state.broken_by.is_none();
            let left = limit.saturating_sub(began.elapsed());
            if is_ring || left.is_zero() {
                state.broken_by = Some(task);
                state.wants[usize::from(task)] = None;
                return Err(began.elapsed());
            }
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn on_files(folder: &Path, locking: &Locking, first: usize, second: usize, ctx: &Ctx<'_>) -> Result<LockEnd, Failure> {
    let limit = Duration::from_millis(locking.limit_ms);
    let open = |lock: usize| {
        let path = folder.join(FILES[lock]);
        File::options().append(true).open(&path).map_err(|error| unusable("open", &path, &error))
    };
    let (first, second) = (open(first)?, open(second)?);
    // The system lets a process lock a file again that it has locked, as long as it is the same opened one: it is
    // re-entrant by itself.
    for _ in 0..if locking.order == LockOrder::Reentrant { 2 } else { 1 } {
        if let Err(waited) = take_file(&first, limit, ctx)? {
            return Ok(deadlock(waited));
        }
    }
    hold(locking, ctx, || match second.try_lock() {
        Ok(()) => second.unlock().is_err(),
        Err(_) => true,
    })?;
    // Closing the files lets go of both.
    Ok(match take_file(&second, limit, ctx)? {
        Ok(()) => LockEnd::Finished,
        Err(waited) => deadlock(waited),
    })
}

fn take_file(file: &File, limit: Duration, ctx: &Ctx<'_>) -> Result<Result<(), Duration>, Failure> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Ok(())),
            Err(TryLockError::WouldBlock) if began.elapsed() >= limit => return Ok(Err(began.elapsed())),
            Err(TryLockError::WouldBlock) => ctx.waiting(|| ctx.control.pass(TRY_EVERY))?,
            Err(TryLockError::Error(error)) => return Err(unusable("lock", Path::new("a file"), &error)),
        }
    }
}
