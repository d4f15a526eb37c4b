//! What the system does for processes of ours: it ends them with their parent, and tells how they ended.

use std::process::ExitStatus;

/// Asks the kernel to end this process with the thread that started it. Without it, the end of the input does, and so it
/// does where this is refused.
#[cfg(target_os = "linux")]
pub fn die_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).ok();
}

/// Nothing: the end of its input ends a worker here.
#[cfg(not(target_os = "linux"))]
pub fn die_with_parent() {}

/// Whether somebody or something killed it, rather than it ending by itself.
pub fn is_by_signal(status: &ExitStatus) -> bool {
    status.code().is_none()
}

/// How a process ended, in words that end a sentence: "was killed by signal 9 (SIGKILL)".
#[cfg(unix)]
pub fn cause(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => format!("was killed by signal {signal} ({})", signal_name(signal)),
        None => format!("ended by itself with exit status {}", status.code().unwrap_or_default()),
    }
}

/// How a process ended, in words that end a sentence: "ended with exit code: 1".
#[cfg(not(unix))]
pub fn cause(status: ExitStatus) -> String {
    format!("ended with {status}")
}

#[cfg(unix)]
fn signal_name(number: i32) -> &'static str {
    use rustix::process::Signal;
    let names = [
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::HUP, "SIGHUP"),
        (Signal::ILL, "SIGILL"),
        (Signal::INT, "SIGINT"),
        (Signal::KILL, "SIGKILL"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::SYS, "SIGSYS"),
        (Signal::TERM, "SIGTERM"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
    ];
    names.into_iter().find(|(signal, _)| signal.as_raw() == number).map_or("an unusual signal", |(_, name)| name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn deaths_are_named() {
        assert_eq!(cause(ExitStatus::from_raw(9)), "was killed by signal 9 (SIGKILL)");
        assert_eq!(cause(ExitStatus::from_raw(0x8b)), "was killed by signal 11 (SIGSEGV)");
        assert_eq!(cause(ExitStatus::from_raw(3 << 8)), "ended by itself with exit status 3");
    }
}
