//! What goes wrong on purpose. Nothing here is pretended: whoever runs it is gone, or stuck, or out of memory.

use super::super::Ctx;
use super::compute::rounds;
use crate::model::lab::{Fault, FaultKind, LabAnswer};
use crate::model::{ErrorKind, Failure};

/// The piece in which memory is taken.
const PIECE_BYTES: usize = 8 << 20;

pub(super) fn run(fault: Fault, ctx: &Ctx<'_>) -> Result<LabAnswer, Failure> {
    match fault.kind {
        FaultKind::Panic => panic!("on purpose, to show what that does"),
        FaultKind::Abort => std::process::abort(),
        FaultKind::Hang => {
            let mut state = 1;
            loop {
                // Python code that hangs lets others compute as well. It heeds nothing else.
                state = rounds(state, 10_000);
                ctx.give_way();
            }
        }
        FaultKind::Memory => take_memory(fault.most_bytes),
    }
}

/// Takes memory and writes to it. Where a limit holds, the allocation that does not fit ends the process, as it does in
/// nearly every program.
fn take_memory(most: u64) -> Result<LabAnswer, Failure> {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    while (taken.len() * PIECE_BYTES) as u64 <= most {
        taken.push(std::hint::black_box(vec![1; PIECE_BYTES]));
    }
    let sentence = format!("A task took {} MiB of memory, and nothing stopped it before it stopped itself", most >> 20);
    Err(Failure::new(ErrorKind::Memory, sentence))
}
