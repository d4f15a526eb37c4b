//! What the system tells a program by signals: that it is to end, and that a file has grown too large.

use std::io;

/// Calls this on a thread of its own each time the program is to end: Ctrl+C, a request to terminate, and the end of the
/// terminal, unless whoever started it had that ignored, as `nohup` does.
///
/// # Errors
///
/// Fails where the system has no handler or no thread for it.
#[cfg(unix)]
pub fn on_end(mut wanted: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let hangs_up = (!is_ignored(SIGHUP)).then_some(SIGHUP);
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM].into_iter().chain(hangs_up))?;
    let each = move || signals.forever().for_each(|_| wanted());
    std::thread::Builder::new().name("signals".into()).spawn(each).map(drop)
}

/// Calls this on a thread of its own each time the program is to end.
///
/// # Errors
///
/// Fails where the system has no handler for it.
#[cfg(not(unix))]
pub fn on_end(wanted: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(wanted).map_err(io::Error::other)
}

/// Whether whoever started the program had a signal ignored. Nobody knows where the system does not tell.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Lets a write beyond the limit of files (`ulimit -f`) fail, as on a full disk. Otherwise it would end the program.
pub fn survive_file_limit() {
    #[cfg(unix)]
    {
        let heard = std::sync::Arc::default();
        // Without it things are as everywhere.
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, heard).ok();
    }
}
