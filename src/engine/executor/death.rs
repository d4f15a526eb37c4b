//! How a worker process ended, in words that end a sentence: "was killed by signal 9 (SIGKILL)".

use std::process::ExitStatus;

/// Whether somebody or something killed it, rather than it ending by itself.
pub(super) fn is_by_signal(status: &ExitStatus) -> bool {
    status.code().is_none()
}

/// Whether its last words are those of the standard library before it aborts for want of memory.
pub(super) fn is_out_of_memory(last_words: &str) -> bool {
    last_words.contains("memory allocation of ")
}

#[cfg(unix)]
pub(super) fn cause(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => format!("was killed by signal {signal} ({})", signal_name(signal)),
        None => format!("ended by itself with exit status {}", status.code().unwrap_or_default()),
    }
}

#[cfg(not(unix))]
pub(super) fn cause(status: ExitStatus) -> String {
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
