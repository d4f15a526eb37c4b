//! Who works on what, when and where: a pure core, the shell that does its I/O, and the executors.

mod board;
mod commit;
pub mod core;
mod executor;
mod shell;
mod workspace;

pub use crate::task::cpu_time;
pub use board::Board;
pub use workspace::check_output_dir;

use crate::model::{Command, Event, LaneCounts, Mode};
use crossbeam_channel::{Receiver, Sender};
use shell::{Faces, Shell};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

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

impl EngineConfig {
    /// Mixed mode, 8 fetch lanes, a mill lane for each core, and this program as its own worker.
    pub fn for_this_machine() -> io::Result<EngineConfig> {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u16);
        Ok(EngineConfig {
            mode: Mode::default(),
            lanes: LaneCounts { fetch: 8, mill: cores.min(LaneCounts::MAX) },
            worker_program: std::env::current_exe()?,
        })
    }
}

/// A running engine. Dropping it cancels what runs, ends every lane and waits for them.
pub struct Engine {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the engine's thread. `wake` is called after new events are there to receive; it must not block.
    pub fn start(config: EngineConfig, wake: impl Fn() + Send + 'static) -> io::Result<Engine> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a person sends commands, and the window must never wait to send one"
        )]
        let (commands, command_receiver) = crossbeam_channel::unbounded();
        #[expect(
            clippy::disallowed_methods,
            reason = "a job has a bounded number of events, so the queue bounds them; the engine must never wait for a face"
        )]
        let (event_sender, events) = crossbeam_channel::unbounded();
        let board = Arc::new(Board::default());
        let shell_board = Arc::clone(&board);
        let faces = Faces { commands: command_receiver, events: event_sender, wake: Box::new(wake) };
        let shell = Shell::new(config, shell_board, faces)?;
        let thread = thread::Builder::new().name("engine".into()).spawn(move || shell.run())?;
        Ok(Engine { commands: Some(commands), events, board, thread: Some(thread) })
    }

    /// Hands a command over. Never waits.
    pub fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // The engine's thread ends only after this sender is gone, or by a panic that its join reports.
            commands.send(command).ok();
        }
    }

    /// What happened, in order.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The newest progress of every running job.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }
}

impl Engine {
    /// Cancels what runs, ends every lane and waits for them. The last events can be received afterwards: a file that
    /// got its final name has its event.
    pub fn stop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the engine's thread has been printed, and there is nobody to hand it to.
            thread.join().ok();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}
