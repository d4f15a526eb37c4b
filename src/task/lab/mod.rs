//! The Lab's pieces of work. They run as every task does, on the lanes of the engine; where an interpreter lock is in
//! force they hold it as long as they compute.

mod compute;
mod count;
mod fault;
mod locks;
mod print;
mod queries;

pub use compute::rounds;
pub use count::{forget, value};

use super::Ctx;
use crate::model::lab::{LabAnswer, LabTask};
use crate::model::{ErrorKind, Failure, Output};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Runs one to its end.
pub(super) fn run(task: &LabTask, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let _computing = ctx.computing();
    let answer = match task {
        LabTask::Ready(_) => LabAnswer::Done,
        LabTask::Sleep { ms } => {
            ctx.waiting(|| ctx.control.pass(Duration::from_millis(*ms)))?;
            LabAnswer::Done
        }
        LabTask::Squares(numbers) => LabAnswer::Numbers(compute::squares(numbers, ctx)?),
        LabTask::Primes(numbers) => LabAnswer::Numbers(compute::primes(numbers, ctx)?),
        LabTask::Heavy { rounds } => LabAnswer::Numbers(vec![compute::heavy(*rounds, ctx)?]),
        LabTask::Print { author, lines, paper, together } => print::run(author, *lines, paper, *together, ctx)?,
        LabTask::Count { cell, times, lock } => count::run(*cell, *times, *lock, ctx)?,
        LabTask::Locks(locking) => locks::run(locking, ctx)?,
        LabTask::Queries { database, seed, count } => queries::run(database, *seed, *count, ctx)?,
        LabTask::Beat { author, paper, ms } => print::beat(author, paper, Duration::from_millis(*ms), ctx)?,
        LabTask::Fault(fault) => fault::run(*fault, ctx)?,
    };
    Ok(Output { name: task.to_string(), lab: Some(answer), ..Output::default() })
}

/// A file of the Lab's own could not be used.
fn unusable(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(ErrorKind::Io, format!("Cannot {what} {}, which the Lab made a moment ago: {error}", path.display()))
}
