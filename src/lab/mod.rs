//! The Lab: runs an example in several modes, on the engine's own lanes, and measures. There is no second pool; a run is an
//! engine that is started for it, with the Lab's tasks in its queue.
//!
//! A face starts a [`Session`] with a [`Request`], listens to its events, and may cancel it. A thread of its own does all
//! the work, so nobody who listens ever waits:
//!
//! 1. [`LabEvent::Planned`] says what will be run, before anything is measured.
//! 2. For each run: [`LabEvent::RunStarted`], then what its lanes do as it happens ([`LabEvent::LaneOpened`],
//!    [`LabEvent::TaskStarted`], [`LabEvent::TaskEnded`]), then one or more [`LabEvent::RunFinished`]: a workload that tries
//!    several things, such as three kinds of locks, has one for each.
//! 3. Exactly one of [`LabEvent::Finished`], [`LabEvent::Cancelled`] and [`LabEvent::Failed`] ends it, and the channel closes.
//!
//! What the Lab's own programs do, which it starts to see them die, is [`child`].

pub mod child;
mod core_wait;
mod crash;
mod detail;
mod event;
pub mod export;
mod freeze;
mod leave;
mod memory;
mod part;
mod python;
mod session;
mod setup;
mod trial;

pub use event::LabEvent;
pub use session::Session;

use crate::model::lab::{Request, Workload};

/// What a workload does unless somebody says otherwise, on this machine.
pub fn request(workload: Workload) -> Request {
    Request::new(workload, cores())
}

/// The cores that this program may use.
pub fn cores() -> u16 {
    std::thread::available_parallelism().map_or(1, |cores| u16::try_from(cores.get()).unwrap_or(u16::MAX))
}
