//! Any bytes as a Metalink: jobs or a sentence, and no name leaves its folder. Those that are none are read as lists by the
//! target `lists`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::intake;
use millrace::model::{Source, filename};
use std::path::Component;

fuzz_target!(|bytes: &[u8]| {
    for job in intake::from_list(bytes, "a.meta4").unwrap_or_default() {
        assert!(job.subfolder().components().all(|part| matches!(part, Component::Normal(_))), "{job:?}");
        if let Source::Link { url, details } = job.source() {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url:?}");
            assert!(details.name.as_ref().is_none_or(|name| filename::sanitized(name) == *name), "{job:?}");
        }
    }
});
