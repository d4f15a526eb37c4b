//! What servers say in the heads of answers, and links in lists and in prose.

use super::twice;
use millrace::intake;
use millrace::task::download::heads;
use std::time::SystemTime;

pub(crate) const LINKS: u64 = 1000;
pub(crate) const HEADS: u64 = 400;

const SAID: [&str; 4] = [
    "attachment; filename=\"report 2026.pdf\"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%E2%82%AC.pdf",
    "bytes 1048576-2097151/734003200",
    "sha-256=:4REjxQ4yrqUVicfSKYNO/cF9zNj5ANbzgDZt3/h3Qxo=:",
    "Wed, 21 Oct 2026 07:28:00 GMT",
];

/// Each value as every header that has a shape of its own: `Content-Disposition`, `Content-Range`, digests, `Retry-After`.
pub(crate) fn heads() {
    twice(|| {
        for at in 0..HEADS as usize {
            let said =
                heads::read("https://host.example/dir/file.bin", SAID[at % 4].as_bytes(), SystemTime::UNIX_EPOCH);
            let said = said.expect("a value of a header");
            assert_eq!(said.part.is_some(), at % 4 == 1);
            assert_eq!(said.name.starts_with("résumé"), at % 4 == 0);
        }
    });
}

pub(crate) fn list() {
    let line = |number: u64| match number % 3 {
        0 => format!("https://images.example.org/holiday/picture-{number:05}.png\n"),
        1 => format!(
            "https://images.example.org/a%20b/{number}.jpg?size=large&v=2#top\tname=picture {number}.jpg\tmirror=https://mirror.example/{number}.jpg\n"
        ),
        _ => format!("# from the camera\nhttp://bücher.example/bilder/größe-{number}.webp\n"),
    };
    let text: String = (0..LINKS).map(line).collect();
    twice(|| {
        let jobs = intake::from_list(text.as_bytes(), "links.txt").expect("a list");
        assert_eq!(jobs.len() as u64, LINKS);
        jobs
    });
}

pub(crate) fn prose() {
    let line = |number: u64| {
        format!(
            "See [the picture](https://images.example.org/holiday/picture-{number:05}.png), said she. It was not late.\n"
        )
    };
    let text: String = (0..LINKS).map(line).collect();
    twice(|| {
        let links = intake::links_in(&text);
        assert_eq!(links.len() as u64, LINKS);
        links
    });
}
