//! What goes over the pipes between the program and a worker: frames of a little-endian u32 length and a postcard
//! body. The first frame each way is a hello; anything malformed counts as a crash.

use crate::model::{Assignment, AttemptId, Confinement, Failure, InForce, Light, Output, Progress, Timing};
use crate::task::Signal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Changes with every change of the messages.
const PROTOCOL: u32 = 3;

/// The longest frame body, in bytes. A longer one is malformed.
const MAX_FRAME_BYTES: u32 = 16 * 1024 * 1024;

/// The first message each way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    protocol: u32,
    build: String,
    /// The sender's process id.
    pub pid: u32,
}

impl Hello {
    /// This process's hello.
    pub fn of_this_build() -> Hello {
        Hello { protocol: PROTOCOL, build: crate::BUILD_ID.to_owned(), pid: std::process::id() }
    }

    /// Checks the other side's.
    ///
    /// # Errors
    ///
    /// Fails for another protocol or another build. The error ends a sentence: "is another build …".
    pub fn check(&self) -> Result<(), String> {
        if self.protocol == PROTOCOL && self.build == crate::BUILD_ID {
            return Ok(());
        }
        Err(format!(
            "is another build (protocol {}, build {}) than this program (protocol {PROTOCOL}, build {})",
            self.protocol,
            self.build,
            crate::BUILD_ID
        ))
    }
}

/// Towards a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// First of all: who speaks, and what the worker is to confine itself to.
    Start(Hello, Confinement),
    /// Run this after whatever was handed over before. Where files are passed on, its own come along: the input if it
    /// has one, then the output.
    Run(Box<Assignment>),
    /// Compute these, one after another.
    Compute(Vec<(AttemptId, Light)>),
    /// Tell an attempt to halt, go on or end.
    Signal(AttemptId, Signal),
    /// Tell an attempt whether there is memory for it.
    Admit(AttemptId, bool),
    /// How many connections the download may have from now on.
    Allow(AttemptId, u16),
    /// Hold all downloads together to so many bytes a second. `None`: there is no limit.
    LimitSpeed(Option<u64>),
}

/// From a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// First of all: who speaks, and what really keeps it apart.
    Hello(Hello, InForce),
    /// The newest progress of the attempt under way.
    Progress(AttemptId, Progress),
    /// The attempt under way is about to take so many bytes of memory, and waits for the answer.
    Needs(AttemptId, u64),
    /// An attempt ended: exactly one for every `Run`, in their order.
    Finished {
        /// Which.
        attempt: AttemptId,
        /// How.
        result: Result<Output, Failure>,
        /// What it took.
        timing: Timing,
        /// The most memory that the worker held so far, in bytes; 0 where it cannot be told.
        peak_bytes: u64,
    },
    /// The answers of light jobs, in the order in which they were handed over, and what they took together.
    Computed(Vec<(AttemptId, u64)>, Timing),
}

/// One frame: the length and the body.
///
/// # Errors
///
/// Fails for a message that is too long for a frame, or that postcard cannot write.
pub fn frame_of(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    frame = postcard::to_extend(message, frame).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len() - 4).ok().filter(|length| *length <= MAX_FRAME_BYTES);
    let length =
        length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the message is too long for a frame"))?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// Writes one frame and flushes it.
///
/// # Errors
///
/// Fails where [`frame_of`] or `writer` does.
pub fn write_frame(writer: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    writer.write_all(&frame_of(message)?)?;
    writer.flush()
}

/// Reads one frame. `None` at the end of the stream between two frames.
///
/// # Errors
///
/// Fails where `reader` does, where the stream ends within a frame, and for a frame that is too long or is no such
/// message.
pub fn read_frame<T: DeserializeOwned>(reader: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    let mut filled = 0;
    while filled < length.len() {
        match reader.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_FRAME_BYTES {
        return Err(malformed(format!("a frame of {length} bytes")));
    }
    // Read through `take`, so that a lying length costs no memory before the bytes are there.
    let mut body = Vec::new();
    reader.by_ref().take(u64::from(length)).read_to_end(&mut body)?;
    if body.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    postcard::from_bytes(&body).map(Some).map_err(|error| malformed(error.to_string()))
}

/// The first frame of what was read so far, and how many bytes it took. `None` while it is not there in full.
///
/// # Errors
///
/// Fails for a frame that is too long or is no such message.
pub fn frame_in<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<Option<(T, usize)>> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let length = u32::from_le_bytes(*length);
    if length > MAX_FRAME_BYTES {
        return Err(malformed(format!("a frame of {length} bytes")));
    }
    let Some(body) = rest.get(..length as usize) else { return Ok(None) };
    let message = postcard::from_bytes(body).map_err(|error| malformed(error.to_string()))?;
    Ok(Some((message, 4 + body.len())))
}

fn malformed(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Convert, Files, JobId, Recipe, Task, task::NonPictures};
    use proptest::prelude::*;
    use std::path::PathBuf;
    use std::sync::Arc;

    fn assignment() -> Assignment {
        Assignment {
            attempt: AttemptId { job: JobId(3), number: 2 },
            task: Task::Convert(Convert {
                recipe: Arc::new(Recipe::same_size()),
                name: "ü.png".into(),
                non_pictures: NonPictures::Keep,
                existing: Vec::new(),
                threads: 2,
            }),
            files: Files { input: Some(PathBuf::from("/in/ü.png")), output: PathBuf::from("/out/x.part") },
        }
    }

    #[test]
    fn frames_come_back_as_they_went() {
        let messages = [
            ToWorker::Start(Hello::of_this_build(), Confinement::Descriptors),
            ToWorker::Run(Box::new(assignment())),
            ToWorker::Signal(AttemptId { job: JobId(1), number: 1 }, Signal::Pause),
        ];
        let mut pipe = Vec::new();
        for message in &messages {
            write_frame(&mut pipe, message).expect("written");
        }
        let mut reader = pipe.as_slice();
        for message in messages {
            assert_eq!(read_frame::<ToWorker>(&mut reader).expect("read"), Some(message));
        }
        assert_eq!(read_frame::<ToWorker>(&mut reader).expect("read"), None);
    }

    #[cfg(unix)]
    #[test]
    fn paths_of_any_bytes_cross_the_pipe() {
        use std::os::unix::ffi::OsStringExt;
        let mut assignment = assignment();
        assignment.files.input = Some(PathBuf::from(std::ffi::OsString::from_vec(b"/in/\xff\xfe.jpg".to_vec())));
        let mut pipe = Vec::new();
        write_frame(&mut pipe, &assignment).expect("written");
        assert_eq!(read_frame(&mut pipe.as_slice()).expect("read"), Some(assignment));
    }

    #[test]
    fn another_build_is_refused() {
        let other = Hello { build: "other".into(), ..Hello::of_this_build() };
        assert!(other.check().is_err_and(|cause| cause.contains("build other")));
        assert!(Hello::of_this_build().check().is_ok());
    }

    proptest! {
        #[test]
        fn garbage_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = bytes.as_slice();
            while let Ok(Some(_)) = read_frame::<FromWorker>(&mut reader) {}
        }

        #[test]
        fn frames_in_parts_are_those_of_a_stream(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (mut reader, mut rest) = (bytes.as_slice(), bytes.as_slice());
            loop {
                match frame_in::<FromWorker>(rest) {
                    Ok(Some((message, taken))) => {
                        prop_assert_eq!(read_frame(&mut reader).expect("the same"), Some(message));
                        rest = &rest[taken..];
                    }
                    Ok(None) => {
                        let ends = read_frame::<FromWorker>(&mut reader);
                        let is_cut = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
                        prop_assert!(matches!(&ends, Ok(None)) || ends.is_err_and(|error| is_cut(&error)));
                        break;
                    }
                    Err(_) => {
                        prop_assert!(read_frame::<FromWorker>(&mut reader).is_err());
                        break;
                    }
                }
            }
        }

        #[test]
        fn a_cut_frame_is_an_error(cut in 1..40_usize) {
            let mut pipe = Vec::new();
            write_frame(&mut pipe, &ToWorker::Run(Box::new(assignment()))).expect("written");
            pipe.truncate(cut);
            prop_assert!(read_frame::<ToWorker>(&mut pipe.as_slice()).is_err());
        }
    }
}
