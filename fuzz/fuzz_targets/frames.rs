//! What a worker may send, or something that took its place: any bytes are messages or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::worker::protocol::{FromWorker, ToWorker, read_frame};

fuzz_target!(|bytes: &[u8]| {
    let mut reader = bytes;
    while let Ok(Some(_)) = read_frame::<FromWorker>(&mut reader) {}
    let mut reader = bytes;
    while let Ok(Some(_)) = read_frame::<ToWorker>(&mut reader) {}
});
