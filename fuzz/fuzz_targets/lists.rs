//! A list of links, a Metalink or a pattern that somebody was sent: it becomes jobs or a sentence, and no name leaves its
//! folder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::intake::{self, Pattern};
use millrace::model::{Source, filename};
use std::path::Component;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(pattern) = Pattern::parse(text)
    {
        assert_eq!(pattern.links().take(1000).count() as u64, pattern.count().min(1000));
    }
    // Patterns can stand for a million links, which would only be slow here.
    let is_short = !bytes.contains(&b'[') && bytes.iter().filter(|byte| **byte == b'{').count() < 4;
    for job in is_short.then(|| intake::from_list(bytes, "list").ok()).flatten().unwrap_or_default() {
        assert!(job.subfolder().components().all(|part| matches!(part, Component::Normal(_))), "{job:?}");
        if let Source::Link { url, details } = job.source() {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url:?}");
            assert!(details.name.as_ref().is_none_or(|name| filename::sanitized(name) == *name), "{job:?}");
        }
    }
});
