//! The work itself. Knows nothing of who calls it: [`run`] is the one function behind every mode, and the
//! executors differ only in where they call it.

pub mod boot;
mod control;
pub mod cpu_time;
pub mod download;
mod handles;
pub mod image;
pub mod interpreter;
pub mod lab;
pub mod light;
pub mod page;
mod probe;
pub mod process;
pub mod signals;
pub mod threads;

pub use control::{Control, Signal};
pub use download::Net;
pub use handles::Handles;
pub use interpreter::Interpreter;

use crate::model::{Assignment, ErrorKind, Failure, Files, Output, Progress, Task, Timing, link};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Below this many bytes a task does not ask for memory: each lane has that much in any case.
pub(crate) const UNASKED_BYTES: u64 = 8 << 20;

/// Whoever runs attempts, as an attempt sees it.
pub trait Host: Sync {
    /// Takes the newest progress. Must be quick: it is called often.
    fn progress(&self, progress: Progress);
    /// The attempt is about to take so many bytes of memory. The answer comes through [`Control::admit`].
    fn needs(&self, bytes: u64);
    /// The attempt works so many times, one after another, on as much as it said that it needs: on frames.
    fn repeats(&self, _times: u64) {}
    /// The lock that whoever computes has to hold, where that is how things are.
    fn interpreter(&self) -> Option<&Interpreter> {
        None
    }
}

/// What a task is offered by whoever runs it.
pub struct Ctx<'a> {
    /// The files to read and write, and no others.
    pub files: &'a Files,
    /// The same, open, where the task cannot open them itself.
    pub handles: &'a Handles,
    /// The shared connections of this process.
    pub net: &'a Net,
    /// Pause and cancel.
    pub control: &'a Control,
    /// Whoever runs it.
    pub host: &'a dyn Host,
}

impl Ctx<'_> {
    /// Reports how far the task has come. A newer value replaces an older one.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        self.host.progress(Progress { done, total });
    }

    /// Waits while paused. Tasks call it between steps.
    ///
    /// # Errors
    ///
    /// Fails with [`Failure::cancelled`] once cancelled.
    pub fn checkpoint(&self) -> Result<(), Failure> {
        if self.control.signal() == Signal::Pause {
            return self.waiting(|| self.control.checkpoint());
        }
        self.give_way();
        self.control.checkpoint()
    }

    /// Computes from here on, until what is returned goes away: alone, where there is an interpreter lock.
    pub fn computing(&self) -> Option<interpreter::Held<'_>> {
        self.host.interpreter().map(Interpreter::hold)
    }

    /// Waits for something: others may compute meanwhile.
    pub fn waiting<T>(&self, wait: impl FnOnce() -> T) -> T {
        match self.host.interpreter() {
            Some(interpreter) => interpreter.aside(wait),
            None => wait(),
        }
    }

    /// Lets others compute that want to for a while now. Costs next to nothing where nobody does, so loops call it.
    pub fn give_way(&self) {
        if let Some(interpreter) = self.host.interpreter() {
            interpreter.give_way();
        }
    }

    /// Waits until there is memory for so many bytes. Call it once, before they are taken. `name` is for the sentence
    /// of the failure.
    ///
    /// # Errors
    ///
    /// Fails where there never will be so much, and once cancelled.
    pub fn reserve(&self, name: &str, bytes: u64) -> Result<(), Failure> {
        if bytes < UNASKED_BYTES {
            return Ok(());
        }
        self.host.needs(bytes);
        if self.waiting(|| self.control.admission())? {
            return Ok(());
        }
        let sentence = format!(
            "{name} needs about {} MiB of memory to convert, more than there is for pictures; allow more with --memory",
            bytes >> 20
        );
        Err(Failure::new(ErrorKind::Memory, sentence))
    }
}

/// Runs a task to its end. On success the result lies in `ctx.files.output`, written out and closed, where the task has
/// one.
///
/// # Errors
///
/// Fails once cancelled, and where the task does: a download for what its server answers, a conversion for what its
/// picture is, each for its files.
pub fn run(task: &Task, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    ctx.checkpoint()?;
    match task {
        Task::Download(download) => download::run(download, ctx),
        Task::Page(page) => page::run(page, ctx),
        Task::Convert(convert) => {
            let _computing = ctx.computing();
            image::run(convert, ctx)
        }
        Task::Light(light) => Ok(Output { bytes_out: light::run(*light), ..Output::default() }),
        Task::Probe(probing) => probe::run(probing, ctx),
        Task::Lab(task) => lab::run(task, ctx),
        Task::Facts(name) => image::facts(name, ctx),
    }
}

/// [`attempt_for`] where nobody else wants memory and files can be opened by name.
pub fn attempt(
    assignment: &Assignment,
    net: &Net,
    control: &Control,
    on_progress: &(dyn Fn(Progress) + Sync),
) -> (Result<Output, Failure>, Timing) {
    attempt_for(&Alone { control, on_progress }, assignment, &Handles::default(), net, control)
}

struct Alone<'a> {
    control: &'a Control,
    on_progress: &'a (dyn Fn(Progress) + Sync),
}

impl Host for Alone<'_> {
    fn progress(&self, progress: Progress) {
        (self.on_progress)(progress);
    }

    fn needs(&self, _: u64) {
        self.control.admit(true);
    }
}

/// [`run`] as every lane calls it: measured, with a panic turned into a failure and nothing left behind by one.
pub fn attempt_for(
    host: &dyn Host,
    assignment: &Assignment,
    handles: &Handles,
    net: &Net,
    control: &Control,
) -> (Result<Output, Failure>, Timing) {
    let watch = Stopwatch::start();
    let ctx = Ctx { files: &assignment.files, handles, net, control, host };
    let result = catch_unwind(AssertUnwindSafe(|| run(&assignment.task, &ctx)))
        .unwrap_or_else(|panic| Err(panic_failure(&assignment.task, panic.as_ref())));
    // A download goes on from what it left.
    if result.is_err() && assignment.task.has_files() && !matches!(assignment.task, Task::Download(_)) {
        // A file that was never created is fine, and one that cannot be removed lies in the work folder.
        std::fs::remove_file(&assignment.files.output).ok();
    }
    (result, watch.stop())
}

/// The most memory that this process held so far, in bytes; 0 where it cannot be told.
#[cfg(target_os = "linux")]
pub fn peak_memory() -> u64 {
    use std::os::unix::fs::FileExt;
    use std::sync::OnceLock;
    static STATUS: OnceLock<Option<std::fs::File>> = OnceLock::new();
    let mut text = [0; 4096];
    let status = STATUS.get_or_init(|| std::fs::File::open("/proc/self/status").ok());
    let length = status.as_ref().and_then(|status| status.read_at(&mut text, 0).ok()).unwrap_or(0);
    let text = String::from_utf8_lossy(&text[..length]);
    let peak =
        text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    peak.unwrap_or(0) * 1024
}

/// 0: it cannot be told here.
#[cfg(not(target_os = "linux"))]
pub fn peak_memory() -> u64 {
    0
}

/// Measures what work takes on this thread, and on those that help it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    started: Instant,
    cpu_started: Duration,
    elsewhere_started: Duration,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Stopwatch {
        let (cpu_started, elsewhere_started) = (cpu_time::of_this_thread(), cpu_time::elsewhere());
        Stopwatch { started: Instant::now(), cpu_started, elsewhere_started }
    }

    /// What it took until now.
    pub fn stop(self) -> Timing {
        let cpu_us = cpu_time::of_this_thread().saturating_sub(self.cpu_started).as_micros() as u64;
        let wall_us = self.started.elapsed().as_micros() as u64;
        let elsewhere_us = cpu_time::elsewhere().saturating_sub(self.elsewhere_started).as_micros() as u64;
        // One thread takes no more than the time that went by; the clocks may differ a little.
        Timing { wall_us, cpu_us: cpu_us.min(wall_us) + elsewhere_us }
    }
}

/// What a panic says.
fn panic_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

fn panic_failure(task: &Task, panic: &(dyn Any + Send)) -> Failure {
    let message = panic_words(panic);
    let subject = match task {
        Task::Download(download) => link::masked(&download.url),
        Task::Page(page) => link::masked(&page.url),
        Task::Convert(convert) => convert.name.clone(),
        Task::Light(light) => light.to_string(),
        Task::Probe(probing) => probing.probe.as_str().to_owned(),
        Task::Lab(task) => task.to_string(),
        Task::Facts(name) => name.clone(),
    };
    Failure::new(ErrorKind::Crashed, format!("The code working on {subject} panicked: {message}"))
}
