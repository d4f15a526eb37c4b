//! What a server may say in the head of an answer: `Content-Disposition`, `Content-Range`, digests and `Retry-After`. Whatever
//! it is, the name is safe and the part lies within the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::model::filename;
use millrace::task::download::heads;
use std::time::SystemTime;

fuzz_target!(|bytes: &[u8]| {
    let Some(said) = heads::read("http://host/dir/file.bin", bytes, SystemTime::UNIX_EPOCH) else { return };
    assert_eq!(filename::sanitized(&said.name), said.name);
    if let Some((part, total)) = said.part {
        assert!(part.start < part.end && part.end <= total, "{part:?} of {total}");
    }
});
