//! Any bytes as a page: its links are absolute, there once, and no more than the limit; or it is no page, in a sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::task::page::{self, Limits};
use std::collections::HashSet;
use url::Url;

fuzz_target!(|bytes: &[u8]| {
    let url = Url::parse("http://host/dir/page.html").expect("a link");
    let limits = Limits { links: 100, ..Limits::default() };
    let Ok(page) = page::read(bytes, None, &url, &limits) else { return };
    assert!(page.links.len() <= limits.links);
    let mut seen = HashSet::new();
    for link in &page.links {
        let url = Url::parse(&link.url).expect("absolute");
        assert!(matches!(url.scheme(), "http" | "https") && url.fragment().is_none(), "{link:?}");
        assert!(seen.insert(&link.url), "{link:?}");
    }
});
