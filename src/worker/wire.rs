//! The way from the program to a worker's standard input. On Unix it is a pair of sockets, which can carry open files
//! besides bytes, so that a worker may be kept from opening any; elsewhere a pipe.

use super::protocol::frame_of;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::time::Duration;

/// Whether files are passed on. Where not, the worker opens them by name.
pub const PASSES_FILES: bool = cfg!(unix);

/// How much is read at once.
const BUFFER_BYTES: usize = 64 * 1024;

pub use system::{Outlet, of_child, pair};

/// What a worker reads from: bytes, and the files that come with them.
pub trait Inlet: Read + Send {
    /// The next file that came, in the order in which they were sent.
    fn take_file(&mut self) -> Option<File>;

    /// Looks again and again for so long before it sleeps, the next time that nothing is there to read.
    fn poll_for(&mut self, _: Duration) {}
}

impl<T: AsRef<[u8]> + Send> Inlet for io::Cursor<T> {
    fn take_file(&mut self) -> Option<File> {
        None
    }
}

impl Inlet for BufReader<system::Raw> {
    fn take_file(&mut self) -> Option<File> {
        self.get_mut().take_file()
    }

    fn poll_for(&mut self, time: Duration) {
        self.get_mut().poll_for(time);
    }
}

/// This process's standard input as a worker's inlet.
///
/// # Errors
///
/// Fails where standard input is closed, or the system has no further descriptor for it.
pub fn stdin() -> io::Result<impl Inlet + 'static> {
    Ok(BufReader::with_capacity(BUFFER_BYTES, system::Raw::stdin()?))
}

impl Outlet {
    /// Sends a message, and files along with its first byte.
    ///
    /// # Errors
    ///
    /// Fails for a message that is too long for a frame, for more files than go along with one, and where the worker is
    /// gone.
    pub fn send(&mut self, message: &impl Serialize, files: &[File]) -> io::Result<()> {
        self.send_bytes(&frame_of(message)?, files)
    }
}

#[cfg(unix)]
mod system {
    use rustix::net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
        recv, recvmsg, sendmsg,
    };
    use std::collections::VecDeque;
    use std::fs::File;
    use std::io::{self, IoSlice, IoSliceMut, Read, Write};
    use std::mem::{self, MaybeUninit};
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::process::{Child, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    /// What is received is not for programs that a worker might start. Some systems have no flag for it, and workers start
    /// none there either.
    #[cfg(not(target_vendor = "apple"))]
    const CLOSED_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
    #[cfg(target_vendor = "apple")]
    const CLOSED_ON_EXEC: RecvFlags = RecvFlags::empty();

    /// The most files that come with one message.
    const MAX_FILES: usize = 4;

    /// The program's end.
    pub struct Outlet(UnixStream);

    /// A new outlet, and the standard input of the child that is to read from it.
    ///
    /// # Errors
    ///
    /// Fails where the system gives no pair of sockets.
    pub fn pair() -> io::Result<(Option<Outlet>, Stdio)> {
        let (ours, theirs) = UnixStream::pair()?;
        Ok((Some(Outlet(ours)), Stdio::from(OwnedFd::from(theirs))))
    }

    /// The outlet to a child that was started with [`pair`].
    ///
    /// # Errors
    ///
    /// Fails where there is no outlet, which [`pair`] always makes.
    pub fn of_child(outlet: Option<Outlet>, _: &mut Child) -> io::Result<Outlet> {
        outlet.ok_or_else(|| io::Error::other("the wire is missing"))
    }

    impl Outlet {
        #[cfg(test)]
        pub(super) fn over(stream: UnixStream) -> Outlet {
            Outlet(stream)
        }

        pub(super) fn send_bytes(&mut self, bytes: &[u8], files: &[File]) -> io::Result<()> {
            if files.is_empty() {
                return self.0.write_all(bytes);
            }
            let descriptors: Vec<BorrowedFd<'_>> = files.iter().map(AsFd::as_fd).collect();
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
            let mut along = SendAncillaryBuffer::new(&mut space);
            if !along.push(SendAncillaryMessage::ScmRights(&descriptors)) {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many files for one message"));
            }
            // Rust's programs ignore the signal of a broken pipe, so no flag is needed against it.
            let sent = sendmsg(&self.0, &[IoSlice::new(bytes)], &mut along, SendFlags::empty())?;
            // The files went with the first byte; what did not fit follows by itself.
            self.0.write_all(&bytes[sent..])
        }
    }

    /// The worker's end: keeps every file that comes with the bytes.
    pub struct Raw {
        stream: UnixStream,
        files: VecDeque<OwnedFd>,
        poll_for: Duration,
    }

    impl Raw {
        pub(super) fn stdin() -> io::Result<Raw> {
            let stream = UnixStream::from(rustix::stdio::stdin().try_clone_to_owned()?);
            Ok(Raw { stream, files: VecDeque::new(), poll_for: Duration::ZERO })
        }

        #[cfg(test)]
        pub(super) fn over(stream: UnixStream) -> Raw {
            Raw { stream, files: VecDeque::new(), poll_for: Duration::ZERO }
        }

        pub(super) fn take_file(&mut self) -> Option<File> {
            self.files.pop_front().map(File::from)
        }

        pub(super) fn poll_for(&mut self, time: Duration) {
            self.poll_for = time;
        }

        /// Waits a moment for something to read, without sleeping.
        fn poll(&mut self) {
            let time = mem::take(&mut self.poll_for);
            if time.is_zero() {
                return;
            }
            let until = Instant::now() + time;
            let mut byte = [0];
            let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            while Instant::now() < until && recv(&self.stream, &mut byte, flags) == Err(rustix::io::Errno::AGAIN) {
                thread::yield_now();
            }
        }
    }

    impl Read for Raw {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.poll();
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
            let mut along = RecvAncillaryBuffer::new(&mut space);
            let read = match recvmsg(&self.stream, &mut [IoSliceMut::new(buffer)], &mut along, CLOSED_ON_EXEC) {
                Ok(message) => message.bytes,
                // Started by hand, with something else for standard input.
                Err(rustix::io::Errno::NOTSOCK) => rustix::io::read(&self.stream, buffer)?,
                Err(error) => return Err(error.into()),
            };
            for message in along.drain() {
                if let RecvAncillaryMessage::ScmRights(files) = message {
                    self.files.extend(files);
                }
            }
            Ok(read)
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::process::{Child, ChildStdin, Stdio};
    use std::time::Duration;

    /// The program's end.
    pub struct Outlet(ChildStdin);

    /// The standard input of a child. Its outlet is there once it is started.
    ///
    /// # Errors
    ///
    /// Never fails here: the pipe is made with the child.
    pub fn pair() -> io::Result<(Option<Outlet>, Stdio)> {
        Ok((None, Stdio::piped()))
    }

    /// The outlet to a child that was started with [`pair`].
    ///
    /// # Errors
    ///
    /// Fails where the standard input of the child is none of [`pair`], or was taken already.
    pub fn of_child(_: Option<Outlet>, child: &mut Child) -> io::Result<Outlet> {
        child.stdin.take().map(Outlet).ok_or_else(|| io::Error::other("the wire is missing"))
    }

    impl Outlet {
        pub(super) fn send_bytes(&mut self, bytes: &[u8], _: &[File]) -> io::Result<()> {
            self.0.write_all(bytes)?;
            self.0.flush()
        }
    }

    /// The worker's end.
    pub struct Raw(io::Stdin);

    impl Raw {
        pub(super) fn poll_for(&mut self, _: Duration) {}
    }

    impl Raw {
        pub(super) fn stdin() -> io::Result<Raw> {
            Ok(Raw(io::stdin()))
        }

        pub(super) fn take_file(&mut self) -> Option<File> {
            None
        }
    }

    impl Read for Raw {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::worker::protocol::read_frame;
    use std::io::{Seek, Write};

    #[test]
    fn files_come_with_their_messages_in_order() {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("sockets");
        let mut outlet = Outlet::over(ours);
        let file = |text: &str| {
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(text.as_bytes()).expect("written");
            file.rewind().expect("rewound");
            file
        };
        // The second message is larger than a socket takes at once.
        let long = "x".repeat(1 << 20);
        let sender = std::thread::Builder::new().spawn(move || {
            outlet.send(&"one".to_owned(), &[file("a"), file("b")]).expect("sent");
            outlet.send(&long, &[]).expect("sent");
            outlet.send(&"three".to_owned(), &[file("c")]).expect("sent");
        });
        let sender = sender.expect("a thread");
        let mut inlet = BufReader::with_capacity(BUFFER_BYTES, system::Raw::over(theirs));
        let lengths: Vec<usize> =
            std::iter::from_fn(|| read_frame::<String>(&mut inlet).expect("read")).map(|text| text.len()).collect();
        assert_eq!(lengths, [3, 1 << 20, 5]);
        let texts: Vec<String> =
            std::iter::from_fn(|| inlet.take_file()).map(|file| io::read_to_string(file).expect("read")).collect();
        assert_eq!(texts, ["a", "b", "c"]);
        sender.join().expect("sent all");
    }
}
