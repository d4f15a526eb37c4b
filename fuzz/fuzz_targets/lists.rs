//! What somebody was sent as a list of links, a pattern or a text with links in it: it becomes jobs or a sentence, and no
//! name leaves its folder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::intake::{self, Pattern};
use millrace_fuzz::are_safe;

/// A pattern can stand for a million links, which would only be slow here.
const MOST_LINKS: u64 = 1000;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(pattern) = Pattern::parse(&text) {
        assert_eq!(pattern.links().take(1000).count() as u64, pattern.count().min(1000));
    }
    let words = text.split(['\n', '\r', '\t']).filter_map(|words| Pattern::parse(words.trim()).ok());
    // In UTF-16 its patterns would not be seen here.
    let is_plain = !bytes.contains(&0) && !bytes.starts_with(&[0xFF, 0xFE]) && !bytes.starts_with(&[0xFE, 0xFF]);
    if is_plain && words.map(|pattern| pattern.count()).sum::<u64>() <= MOST_LINKS {
        are_safe(&intake::from_list(bytes, "list").unwrap_or_default());
    }
    for link in intake::links_in(&text) {
        assert!(link.starts_with("http://") || link.starts_with("https://"), "{link:?}");
    }
});
