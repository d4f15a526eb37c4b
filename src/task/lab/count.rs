//! A number that tasks add to: real memory of this process, shared by whoever runs in it. Without a lock each task reads
//! the number and writes the next one, as `counter += 1` does; what another wrote in between is lost. Now and then it gives
//! the core away between the two, as the system does at any time by itself: that makes sure that it is seen.

use super::super::Ctx;
use crate::model::Failure;
use crate::model::lab::{CounterLock, LabAnswer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

/// So many rounds lie between two looks whether it is to stop, and between two times that the core is given away.
const STRETCH: u64 = 1 << 14;

#[derive(Debug, Default)]
struct Cell {
    number: AtomicU64,
    /// What is to be held while the number is read and written, if anything.
    lock: Mutex<()>,
}

static CELLS: Mutex<Option<HashMap<u64, Arc<Cell>>>> = Mutex::new(None);

/// The number of this process.
pub fn value(cell: u64) -> u64 {
    of_this_process(cell).number.load(Ordering::SeqCst)
}

/// Nobody wants to know any more.
pub fn forget(cell: u64) {
    if let Some(cells) = CELLS.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        cells.remove(&cell);
    }
}

fn of_this_process(cell: u64) -> Arc<Cell> {
    let mut cells = CELLS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(cells.get_or_insert_default().entry(cell).or_default())
}

pub(super) fn run(cell: u64, times: u64, lock: CounterLock, ctx: &Ctx<'_>) -> Result<LabAnswer, Failure> {
    let cell = of_this_process(cell);
    for round in 0..times {
        match lock {
            CounterLock::None if round % STRETCH == STRETCH / 2 => {
                let read = cell.number.load(Ordering::Relaxed);
                // An interpreter lock is let go of here, as by `time.sleep(0)`.
                ctx.waiting(std::thread::yield_now);
                cell.number.store(read + 1, Ordering::Relaxed);
            }
            CounterLock::None => add_one(&cell),
            CounterLock::Mutex => {
                let held = match cell.lock.try_lock() {
                    Ok(held) => held,
                    Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                    // Whoever has it may need to compute in order to let go.
                    Err(TryLockError::WouldBlock) => {
                        ctx.waiting(|| cell.lock.lock().unwrap_or_else(PoisonError::into_inner))
                    }
                };
                add_one(&cell);
                drop(held);
            }
            CounterLock::Atomic => {
                cell.number.fetch_add(1, Ordering::Relaxed);
            }
        }
        ctx.give_way();
        if round % STRETCH == 0 {
            ctx.checkpoint()?;
        }
    }
    Ok(LabAnswer::Counted { value: cell.number.load(Ordering::SeqCst), process: std::process::id() })
}

/// Reads and writes, as two steps: each is atomic, and both together are not.
fn add_one(cell: &Cell) {
    let read = cell.number.load(Ordering::Relaxed);
    cell.number.store(read + 1, Ordering::Relaxed);
}
