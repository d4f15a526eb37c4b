//! The name of a download: the person's, else the server's, else the link's, else the host's. Whatever comes out is safe.

mod disposition;
mod encoded_word;

use crate::model::{Download, filename};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};

/// The name to save the answer under. An extension is added where there is none and the server tells what it sends; one
/// that is there stays.
///
/// `last` is the address that answered, after redirects. Its name counts where the link's own has no extension and it has.
pub(super) fn of(download: &Download, headers: &HeaderMap, last: &str) -> String {
    if let Some(name) = &download.name {
        return filename::sanitized(name);
    }
    let host = filename::host(&download.url);
    let proposed = headers
        .get_all(CONTENT_DISPOSITION)
        .iter()
        .filter_map(|value| disposition::file_name(value.as_bytes(), host))
        .find(|name| filename::has_name(name))
        .map(|name| filename::sanitized(&name));
    let has_extension = |name: &String| filename::split(name).1.is_some();
    let in_link = filename::in_path(&download.url);
    let in_last =
        filename::in_path(last).filter(|_| !in_link.as_ref().is_some_and(has_extension)).filter(has_extension);
    let named = proposed.or(in_last).or(in_link);
    let extension = headers.get(CONTENT_TYPE).and_then(|value| extension(&String::from_utf8_lossy(value.as_bytes())));
    match (named, extension) {
        (Some(name), Some(extension)) if filename::split(&name).1.is_none() => {
            filename::with_extension(&name, extension)
        }
        (Some(name), _) => name,
        // The end of a host's name is no extension.
        (None, extension) => {
            let host = filename::from_url(&download.url);
            extension.map_or_else(|| host.clone(), |extension| filename::sanitized(&format!("{host}.{extension}")))
        }
    }
}

/// The extension that files of a media type have by preference. `None` for types that servers send for everything.
fn extension(content_type: &str) -> Option<&'static str> {
    let essence = content_type.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match essence.as_str() {
        "application/octet-stream" | "text/plain" => return None,
        // Where the registry prefers what nobody writes, and types that it does not have.
        "image/jpg" | "image/pjpeg" => "jpg",
        "audio/mpeg" => "mp3",
        "audio/ogg" => "ogg",
        "audio/aac" => "aac",
        "audio/flac" => "flac",
        "video/mpeg" => "mpg",
        "video/quicktime" => "mov",
        "application/postscript" => "ps",
        "application/x-gzip" => "gz",
        "application/zstd" => "zst",
        essence => mime2ext::mime2ext(essence)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FetchOptions;
    use proptest::prelude::{Strategy, any, prop_oneof};
    use reqwest::header::{HeaderName, HeaderValue};
    use std::sync::Arc;

    fn download(url: &str, asked: Option<&str>) -> Download {
        Download {
            url: url.to_owned(),
            name: asked.map(str::to_owned),
            checksum: None,
            mirrors: Vec::new(),
            size: None,
            existing: None,
            connections: 1,
            options: Arc::new(FetchOptions::default()),
        }
    }

    fn name(url: &str, last: &str, asked: Option<&str>, headers: &[(&'static str, &'static str)]) -> String {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(header) {
            map.append(name, value);
        }
        of(&download(url, asked), &map, last)
    }

    #[test]
    fn the_person_then_the_server_then_the_link_then_the_host() {
        let server = ("content-disposition", "attachment; filename=\"../../s\"");
        let nameless = ("content-disposition", "attachment; filename=\"/.. \"");
        let jpeg = ("content-type", "image/JPEG; q=1");
        for (url, asked, headers, expected) in [
            ("http://host/l.png", Some("../mine"), &[server, jpeg][..], "mine"),
            ("http://host/l.png", None, &[server, jpeg], "s.jpg"),
            ("http://host/l.png", None, &[nameless, server], "s"),
            ("http://host/l.png", None, &[nameless], "l.png"),
            ("http://host/l.png", None, &[jpeg], "l.png"),
            ("http://host/image?id=3", None, &[jpeg], "image.jpg"),
            ("http://www.example.org/", None, &[], "www.example.org"),
            ("http://www.example.org/?x", None, &[("content-type", "text/html")], "www.example.org.html"),
            ("http://host/l", None, &[("content-disposition", "attachment; filename=\"\"")], "l"),
            ("http://host/l", None, &[("content-disposition", "attachment; filename=\"..\\..\\CON.txt\"")], "_CON.txt"),
        ] {
            assert_eq!(name(url, url, asked, headers), expected, "{url} {headers:?}");
        }
        for (url, last, expected) in [
            ("http://host/get?id=3", "http://cdn/files/a%20b.zip?key=1", "a b.zip"),
            ("http://host/", "http://cdn/a.zip", "a.zip"),
            ("http://host/mine.zip", "http://cdn/f00.bin", "mine.zip"),
            ("http://host/get", "http://cdn/f00", "get"),
        ] {
            assert_eq!(name(url, last, None, &[]), expected, "{url} {last}");
        }
        assert_eq!(name("http://host/get", "http://cdn/a.zip", None, &[server]), "s");
    }

    #[test]
    fn only_a_type_that_tells_something_gives_an_extension() {
        for (content_type, extension_of_type) in [
            ("image/jpeg", Some("jpg")),
            ("image/pjpeg", Some("jpg")),
            ("image/tiff", Some("tif")),
            ("image/svg+xml", Some("svg")),
            ("image/x-icon", Some("ico")),
            ("image/vnd.microsoft.icon", Some("ico")),
            ("image/avif", Some("avif")),
            ("text/html; charset=utf-8", Some("html")),
            ("application/pdf", Some("pdf")),
            ("application/gzip", Some("gz")),
            ("audio/mpeg", Some("mp3")),
            ("video/mp4", Some("mp4")),
            ("text/plain", None),
            ("application/octet-stream", None),
            ("application/x-download", None),
            ("", None),
            ("nonsense", None),
        ] {
            assert_eq!(extension(content_type), extension_of_type, "{content_type}");
        }
    }

    /// Bytes as a hostile server might send them in a header.
    fn header() -> impl Strategy<Value = HeaderValue> {
        let start = prop_oneof!["(attachment; )?filename\\*?=\"?(UTF-8'')?", "filename=\"=\\?UTF-8\\?[bq]\\?", "",];
        let middle = prop_oneof![
            "([./\\\\ ]|%[0-9a-f]{2}|CON|nul|com1|\u{202e}|[\\x20-\\x7e]){0,80}".prop_map(String::into_bytes),
            "\\PC{0,300}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..300),
        ];
        let bytes = (start, middle).prop_map(|(start, middle)| [start.into_bytes(), middle].concat());
        bytes.prop_filter_map("a header", |bytes| HeaderValue::from_bytes(&bytes).ok())
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_proposed_the_name_is_safe(
            path in "(\\PC|%[0-9A-F]{2}|[./\\\\ ]){0,100}",
            asked in proptest::option::of("([./\\\\ ]|CON|\\PC){0,120}"),
            dispositions in proptest::collection::vec(header(), 0..3),
            content_type in prop_oneof!["(image|text|application)/[a-z.+-]{0,12}", "\\PC{0,40}"],
        ) {
            let mut headers = HeaderMap::new();
            for value in dispositions {
                headers.append(CONTENT_DISPOSITION, value);
            }
            if let Ok(value) = HeaderValue::from_bytes(content_type.as_bytes()) {
                headers.insert(CONTENT_TYPE, value);
            }
            let url = format!("http://host.example/{path}");
            let name = of(&download(&url, asked.as_deref()), &headers, &url);
            assert!(!name.is_empty() && name.len() <= 255, "{name:?}");
            assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?}");
            assert!(!name.chars().any(filename::is_invisible_trick), "{name:?}");
            assert!(!name.starts_with('.') && !name.starts_with(char::is_whitespace), "{name:?}");
            assert!(!name.ends_with('.') && !name.ends_with(char::is_whitespace), "{name:?}");
            let stem = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
            assert!(!["CON", "NUL", "AUX", "PRN", "COM1", "LPT9"].contains(&stem.as_str()), "{name:?}");
            assert_eq!(filename::sanitized(&name), name, "a safe name stays as it is");
        }
    }
}
