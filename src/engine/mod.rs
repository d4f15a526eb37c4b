//! Who works on what, when and where: a pure core, the shell that does its I/O, and the executors.

mod board;
pub mod core;

pub use board::Board;

use crate::model::{Command, Event, LaneCounts, Mode};
use crossbeam_channel::{Receiver, Sender};
use std::path::PathBuf;
use std::sync::Arc;

/// What an engine starts with.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The mode until a command changes it.
    pub mode: Mode,
    /// The lanes of each pool.
    pub lanes: LaneCounts,
    /// The program that is started as a worker process: this one. In tests, the one under test.
    pub worker_program: PathBuf,
}

/// A running engine. Dropping it cancels what runs, ends every lane and waits for them.
pub struct Engine {
    commands: Sender<Command>,
    events: Receiver<Event>,
    board: Arc<Board>,
}

impl Engine {
    /// Starts the engine's thread. `wake` is called after new events are there to receive; it must not block.
    pub fn start(config: EngineConfig, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Engine> {
        drop((config, wake));
        let (commands, _) = crossbeam_channel::bounded(1);
        let (_, events) = crossbeam_channel::bounded(1);
        Ok(Engine { commands, events, board: Arc::default() })
    }

    /// Hands a command over. Never waits.
    pub fn send(&self, command: Command) {
        self.commands.send(command).ok();
    }

    /// What happened, in order.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The newest progress of every running job.
    pub fn board(&self) -> &Board {
        &self.board
    }
}
