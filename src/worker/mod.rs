//! The child process: the same binary, started as a worker. It reads assignments from its standard input, runs
//! them one after another through [`crate::task::attempt_for`], and answers on its standard output. It ends when its input
//! ends, so no worker outlives the program that started it.

pub mod mark;
pub mod protocol;
mod sandbox;
mod serve;
pub mod wire;

use crate::task::process;
pub use crate::task::signals::survive_file_limit;
use mark::Mark;
use protocol::{ToWorker, read_frame};
use serve::serve;
use std::fs::File;
use std::io;
use wire::Inlet;

/// The name of the hidden subcommand that starts a worker.
pub const SUBCOMMAND: &str = "worker";

/// Sees to it that no worker inherits what whoever started this program left open. To be called before any is started.
pub fn inherit_nothing() {
    #[cfg(unix)]
    close_fds::set_fds_cloexec(3, &[]);
}

/// Serves on standard input and output until the input ends.
///
/// # Errors
///
/// Fails where the first message is no start, or is that of another build, where a message is malformed, and where the
/// output breaks.
pub fn main() -> io::Result<()> {
    let output = claim_stdout()?;
    process::die_with_parent();
    let mut input = wire::stdin()?;
    let confinement = match read_frame(&mut input)? {
        Some(ToWorker::Start(hello, confinement)) => hello.check().map(|()| confinement).map_err(io::Error::other)?,
        Some(_) => return Err(io::Error::other("the first message is no start")),
        None => return Ok(()),
    };
    let mark = Mark::new(input.take_file().as_ref());
    serve(input, output, confinement, mark, || {
        // The parent is gone or done with this worker, and the task may be deep in a decoder that never looks up.
        #[expect(clippy::disallowed_methods, reason = "nothing here needs dropping, and no one waits for a return")]
        std::process::exit(0)
    })
}

/// Takes standard output for the protocol alone: whatever else prints there lands on standard error instead.
#[cfg(unix)]
fn claim_stdout() -> io::Result<File> {
    let output = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(output))
}

#[cfg(windows)]
fn claim_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}
