//! A number that tasks add to: real memory of this process, shared by whoever runs in it. Without a lock each task reads
//! the number and writes the next one, as `counter += 1` does; what another wrote in between is lost.

use super::super::Ctx;
use crate::model::Failure;
use crate::model::lab::{CounterLock, LabAnswer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

/// So often a lane looks whether it is to stop.
const STRETCH: u64 = 1 << 16;

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
