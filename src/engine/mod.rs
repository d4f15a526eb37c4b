//! Who works on what, when and where: a pure core, the shell that does its I/O, and the executors.

mod board;
mod commit;
pub mod core;
mod executor;
mod journal;
mod log;
mod naming;
mod outbox;
mod plan;
mod preview;
mod probe;
mod shell;
mod workspace;

pub use crate::task::image::{check_marks, check_texts};
pub use crate::task::{Interpreter, cpu_time, signals, threads};
pub use board::Board;
pub use plan::{Action, Planned, PlannedFile, plan};
pub use preview::{Previewer, Side, Sides};
pub use probe::{Probed, Sandbox, probe_sandbox};
pub use workspace::{check_output_dir, remove_work_folders};

use crate::model::{Command, Event, LaneCounts, Mode};
use crate::store::Queue;
use crossbeam_channel::{Receiver, Sender};
use shell::{Faces, Shell};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use sysinfo::System;

/// What an engine starts with.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The mode until a command changes it.
    pub mode: Mode,
    /// The lanes of each pool.
    pub lanes: LaneCounts,
    /// Whether the number of fetch lanes follows what is measured, in mixed mode.
    pub choosing: bool,
    /// What conversions may hold together, in bytes.
    pub memory: u64,
    /// What all downloads together may bring, in bytes a second. `None`: there is no limit.
    pub bytes_per_s: Option<u64>,
    /// The lock that thread lanes compute under, as those of Python do. `None`: they need none.
    pub interpreter: Option<Arc<Interpreter>>,
    /// How worker processes are run.
    pub workers: WorkerPolicy,
    /// The program that is started as a worker process: this one. In tests, the one under test.
    pub worker_program: PathBuf,
}

/// How worker processes are run.
#[derive(Debug, Clone, Copy)]
pub struct WorkerPolicy {
    /// Whether they are confined, as far as the system can.
    pub sandbox: bool,
    /// A worker is replaced after so many tasks,
    pub recycle_after: u32,
    /// or once it held more memory than this, in bytes.
    pub recycle_above: u64,
    /// How little of the processor they claim against other programs: 0 as usual, 19 the least.
    pub nice: Option<i32>,
    /// Whether each is tied to one core.
    pub pin: bool,
}

impl Default for WorkerPolicy {
    fn default() -> Self {
        WorkerPolicy { sandbox: true, recycle_after: 1000, recycle_above: 1 << 30, nice: None, pin: false }
    }
}

impl EngineConfig {
    /// Mixed mode, 8 fetch lanes, a mill lane for each core, and this program as its own worker.
    ///
    /// # Errors
    ///
    /// Fails where the system does not tell where this program's own file is.
    pub fn for_this_machine() -> io::Result<EngineConfig> {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u16);
        Ok(EngineConfig {
            mode: Mode::default(),
            lanes: LaneCounts { fetch: 8, mill: cores.min(LaneCounts::MAX) },
            choosing: true,
            memory: memory_to_use(),
            bytes_per_s: None,
            interpreter: None,
            workers: WorkerPolicy::default(),
            worker_program: std::env::current_exe()?,
        })
    }
}

/// The share of the free memory that conversions may hold together: enough is left for the other programs.
fn memory_to_use() -> u64 {
    let free = System::new().ok().map_or(0, |mut system| {
        system.refresh_memory();
        system.available_memory()
    });
    (free / 10 * 6).max(LEAST_MEMORY)
}

/// However little is free: below this hardly a photograph could be converted.
const LEAST_MEMORY: u64 = 256 << 20;

/// A running engine. Dropping it cancels what runs, ends every lane and waits for them.
pub struct Engine {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the engine's thread. `queue` keeps what happens, for a later program; without one the queue ends with this
    /// one. `wake` is called after new events are there to receive; it must not block.
    ///
    /// # Errors
    ///
    /// Fails where the system gives no thread for the engine, for what it commits or for its queue.
    pub fn start(config: EngineConfig, queue: Option<Queue>, wake: impl Fn() + Send + 'static) -> io::Result<Engine> {
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
        let shell = Shell::new(config, queue, shell_board, faces)?;
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
