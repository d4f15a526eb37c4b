//! What is read out of the heads of answers, a header at a time: for whoever feeds them with any bytes. Pure.

use super::{digest, name, response, retry};
use crate::model::{Checksum, Download, FetchOptions};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What a server says about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The name that the file gets.
    pub name: String,
    /// Which part it sends, and of how much.
    pub part: Option<(Range<u64>, u64)>,
    /// What the bytes are to add up to.
    pub digest: Option<Checksum>,
    /// How long it asks to wait.
    pub wait: Option<Duration>,
}

/// Reads one value as each of the headers that have a shape of their own. `None` for bytes that no header can have.
pub fn read(url: &str, value: &[u8], now: SystemTime) -> Option<Said> {
    let value = HeaderValue::from_bytes(value).ok()?;
    let headers = |name: HeaderName| HeaderMap::from_iter([(name, value.clone())]);
    let mut about_name = headers(CONTENT_DISPOSITION);
    about_name.insert(CONTENT_TYPE, value.clone());
    let download = Download {
        url: url.to_owned(),
        name: None,
        checksum: None,
        mirrors: Vec::new(),
        size: None,
        existing: None,
        connections: 1,
        options: Arc::new(FetchOptions::default()),
    };
    Some(Said {
        name: name::of(&download, &about_name, url),
        part: response::content_range(&headers(CONTENT_RANGE)),
        digest: digest::promised(&headers(HeaderName::from_static("repr-digest"))),
        wait: value.to_str().ok().and_then(|text| retry::wait_asked_for(text, now)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::filename;
    use proptest::prelude::*;

    const URL: &str = "http://host/dir/file.bin";

    fn part(value: &str) -> Option<(Range<u64>, u64)> {
        read(URL, value.as_bytes(), SystemTime::UNIX_EPOCH).and_then(|said| said.part)
    }

    #[test]
    fn parts_are_read_only_where_all_of_them_is_told() {
        assert_eq!(part("bytes 0-99/1000"), Some((0..100, 1000)));
        assert_eq!(part("Bytes  5 - 5 / 6"), Some((5..6, 6)));
        let most = u64::MAX;
        for bad in
            ["bytes 0-99/*", "bytes 5-4/10", "bytes 0-10/10", "bytes -5/10", "bytes +0-9/10", "items 0-1/2", "bytes"]
        {
            assert_eq!(part(bad), None, "{bad}");
        }
        assert_eq!(part(&format!("bytes 0-{most}/{most}")), None, "no number is too large to be refused");
    }

    proptest! {
        #[test]
        fn a_part_is_read_as_it_is_written(first in 0..u64::MAX - 2, length in 1..1_000_000_u64, more in 0..1_000_000_u64) {
            let last = first.saturating_add(length - 1).min(u64::MAX - 2);
            let total = (last + 1).saturating_add(more);
            prop_assert_eq!(part(&format!("bytes {first}-{last}/{total}")), Some((first..last + 1, total)));
        }

        #[test]
        fn whatever_a_header_says_is_safe(
            value in prop_oneof![
                "(attachment; )?filename\\*?=\"?(UTF-8'')?[%a-z0-9./\\\\=?\"; -]{0,40}",
                "bytes [0-9*]{1,20}-[0-9*]{1,20}/[0-9*]{1,20}",
                "(sha-256|sha-512|md5)=:?[A-Za-z0-9+/=]{0,90}:?",
                "(Mon|Friday)?,? ?[0-9]{1,20}( Nov [0-9]{4} [0-9:]{0,9} GMT)?",
                "\\PC{0,40}",
            ],
            bytes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            for value in [value.as_bytes(), &bytes] {
                let Some(said) = read(URL, value, SystemTime::UNIX_EPOCH) else { continue };
                prop_assert_eq!(&filename::sanitized(&said.name), &said.name);
                if let Some((part, total)) = said.part {
                    prop_assert!(part.start < part.end && part.end <= total);
                }
            }
        }
    }
}
