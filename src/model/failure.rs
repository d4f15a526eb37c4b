//! How work fails: one sentence for the person, details for the log, and whether a retry can help.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::path::Path;

/// What kind of thing went wrong. The names are part of the JSON interface and closed per version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The server answered with a status that is no success.
    Http,
    /// The host name does not resolve.
    Dns,
    /// No connection came about, or it broke.
    Connect,
    /// The server's certificate or the encrypted handshake is not acceptable.
    Tls,
    /// A time limit passed.
    Timeout,
    /// The connection stands, but nothing arrives any more.
    Stalled,
    /// What arrived is not what was promised: a wrong length or checksum.
    Verify,
    /// No usable file name.
    Name,
    /// The link is not one that can be fetched.
    Url,
    /// The picture is damaged.
    Decode,
    /// Not a file or a format that Millrace works on.
    Unsupported,
    /// The input is larger than a limit allows.
    Limit,
    /// Not enough memory.
    Memory,
    /// No space left on the disk.
    DiskFull,
    /// The system does not allow it.
    Permission,
    /// Another error while reading or writing.
    Io,
    /// The code that ran the task panicked, or its worker process died.
    Crashed,
    /// The task killed its worker twice and is not tried again.
    Quarantined,
    /// Somebody cancelled it.
    Cancelled,
}

impl ErrorKind {
    /// All of them, in the order of the documentation.
    pub const ALL: [ErrorKind; 19] = [
        ErrorKind::Http,
        ErrorKind::Dns,
        ErrorKind::Connect,
        ErrorKind::Tls,
        ErrorKind::Timeout,
        ErrorKind::Stalled,
        ErrorKind::Verify,
        ErrorKind::Name,
        ErrorKind::Url,
        ErrorKind::Decode,
        ErrorKind::Unsupported,
        ErrorKind::Limit,
        ErrorKind::Memory,
        ErrorKind::DiskFull,
        ErrorKind::Permission,
        ErrorKind::Io,
        ErrorKind::Crashed,
        ErrorKind::Quarantined,
        ErrorKind::Cancelled,
    ];

    /// The name used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Http => "http",
            ErrorKind::Dns => "dns",
            ErrorKind::Connect => "connect",
            ErrorKind::Tls => "tls",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Stalled => "stalled",
            ErrorKind::Verify => "verify",
            ErrorKind::Name => "name",
            ErrorKind::Url => "url",
            ErrorKind::Decode => "decode",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Limit => "limit",
            ErrorKind::Memory => "memory",
            ErrorKind::DiskFull => "disk_full",
            ErrorKind::Permission => "permission",
            ErrorKind::Io => "io",
            ErrorKind::Crashed => "crashed",
            ErrorKind::Quarantined => "quarantined",
            ErrorKind::Cancelled => "cancelled",
        }
    }
}

/// Whether running the same task again can end differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetryHint {
    /// The same input gives the same failure.
    Never,
    /// It may have passed by then.
    CanHelp,
    /// As `CanHelp`, but not before this many milliseconds.
    AfterMs(u64),
}

/// Why an attempt, or a whole job, failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub kind: ErrorKind,
    /// One sentence for the person: what failed, for which file, and where it helps what to do.
    pub sentence: String,
    /// For the log and the details view: the underlying errors. May be empty.
    pub details: String,
    /// Whether a retry can help.
    pub retry: RetryHint,
    /// How many bytes the next attempt can go on from, where this one brought some of them and was not ended for being
    /// slower than a person asked for; otherwise 0. Where those are more than the attempt before left, it does not count.
    #[serde(default)]
    pub there: u64,
}

impl Failure {
    /// A failure that no retry can mend.
    pub fn new(kind: ErrorKind, sentence: impl Into<String>) -> Failure {
        Failure { kind, sentence: sentence.into(), details: String::new(), retry: RetryHint::Never, there: 0 }
    }

    /// The failure of a task that was told to stop.
    pub fn cancelled() -> Failure {
        Failure::new(ErrorKind::Cancelled, "Cancelled")
    }

    /// Adds what the log should keep.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Failure {
        self.details = details.into();
        self
    }

    /// Says that a retry can help.
    #[must_use]
    pub fn retryable(mut self) -> Failure {
        self.retry = RetryHint::CanHelp;
        self
    }

    /// Names an I/O error: `action` is a verb phrase such as "read", `path` the file it was about.
    pub fn from_io(action: &str, path: &Path, error: &io::Error) -> Failure {
        let file = path.display();
        let (kind, sentence) = match error.kind() {
            io::ErrorKind::NotFound => {
                (ErrorKind::Io, format!("Cannot {action} {file}: there is no such file or folder"))
            }
            io::ErrorKind::PermissionDenied => {
                (ErrorKind::Permission, format!("Cannot {action} {file}: permission denied"))
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                (ErrorKind::Permission, format!("Cannot {action} {file}: the disk can only be read, not written"))
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                (ErrorKind::DiskFull, format!("Cannot {action} {file}: no space left on the disk"))
            }
            io::ErrorKind::FileTooLarge => {
                (ErrorKind::Limit, format!("Cannot {action} {file}: no file may become that large here"))
            }
            io::ErrorKind::OutOfMemory => (ErrorKind::Memory, format!("Cannot {action} {file}: out of memory")),
            _ => (ErrorKind::Io, format!("Cannot {action} {file}: {error}")),
        };
        let failure = Failure::new(kind, sentence).with_details(format!("{error:?}"));
        // Somebody may make room.
        if kind == ErrorKind::DiskFull { failure.retryable() } else { failure }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_names_and_as_str_agree() {
        for kind in ErrorKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap_or_default(), format!("\"{}\"", kind.as_str()));
        }
    }

    #[test]
    fn io_errors_name_the_file_and_the_cause() {
        let failure = Failure::from_io("write", Path::new("/out/a.jpg"), &io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(failure.kind, ErrorKind::DiskFull);
        assert_eq!(failure.sentence, "Cannot write /out/a.jpg: no space left on the disk");
    }
}
