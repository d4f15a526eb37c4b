//! The Lab as plain data: what is run, with which parameters, what one run showed, and what follows from many of them.
//! Everything that is said about a comparison is made here from measured numbers, so that it can be tested with made-up
//! ones.

pub mod figures;
mod mode;
mod parameters;
mod request;
mod run;
mod task;
mod why;
mod workload;

pub use mode::LabMode;
pub use parameters::Parameters;
pub use request::{Request, Unfit};
pub use run::{Advice, Answer, Crash, Detail, Figure, LabReport, LabRun, PageRead, Share, Side, Span, Summary, Tally};
pub use task::{CounterLock, Fault, FaultKind, LabAnswer, LabTask, LockEnd, LockOrder, LockPlace, Locking};
pub use why::{advice, capital, count, is_about_speed, why};
pub use workload::{Nature, Workload};
