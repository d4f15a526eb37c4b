//! The name of a download: the person's, else the server's (RFC 6266 and 8187, and the forms that servers really
//! send), else the link's. Whatever comes out is made safe.

use crate::model::{Download, filename};
use encoding_rs::{Encoding, WINDOWS_1252};
use percent_encoding::percent_decode;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};

/// The name to save the answer under.
pub(super) fn of(download: &Download, headers: &HeaderMap) -> String {
    if let Some(name) = &download.name {
        return filename::sanitized(name);
    }
    let proposed = headers
        .get_all(CONTENT_DISPOSITION)
        .iter()
        .find_map(|value| from_disposition(value.as_bytes()))
        .filter(|name| !name.trim().is_empty());
    let name = proposed.map_or_else(|| filename::from_url(&download.url), |name| filename::sanitized(&name));
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match content_type.and_then(extension) {
        Some(extension) if filename::split(&name).1.is_none() => filename::with_extension(&name, extension),
        _ => name,
    }
}

fn extension(content_type: &str) -> Option<&'static str> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some(match essence.as_str() {
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "image/bmp" | "image/x-ms-bmp" => "bmp",
        "image/tiff" => "tif",
        "image/avif" => "avif",
        "image/svg+xml" => "svg",
        "image/x-icon" | "image/vnd.microsoft.icon" => "ico",
        "text/html" | "application/xhtml+xml" => "html",
        "text/plain" => "txt",
        "text/csv" => "csv",
        "application/json" => "json",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/gzip" => "gz",
        "video/mp4" => "mp4",
        "audio/mpeg" => "mp3",
        _ => return None,
    })
}

/// The file name in a `Content-Disposition`: `filename*` before `filename`.
fn from_disposition(header: &[u8]) -> Option<String> {
    let parameters = parameters(header);
    let value_of = |wanted: &str| {
        parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_slice())
    };
    value_of("filename*").and_then(extended).or_else(|| value_of("filename").map(plain))
}

/// Names and unquoted values, in order. The disposition itself (`attachment`) has no `=` and drops out.
fn parameters(header: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
        let name = String::from_utf8_lossy(&rest[..end]).trim().to_owned();
        let is_pair = rest.get(end) == Some(&b'=');
        rest = rest.get(end + 1..).unwrap_or_default();
        if is_pair {
            let (value, after) = value(rest);
            found.push((name, value));
            rest = after;
        }
    }
    found
}

/// One value, quoted or not, and what follows its semicolon. Unquoted values with blanks are common and are taken whole.
fn value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let text = text.trim_ascii_start();
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), text.get(end + 1..).unwrap_or_default());
    };
    let mut value = Vec::new();
    let mut at = 0;
    while let Some(&byte) = quoted.get(at) {
        match (byte, quoted.get(at + 1)) {
            (b'"', _) => break,
            // Only these two are escapes: other backslashes are those of Windows paths.
            (b'\\', Some(&escaped @ (b'"' | b'\\'))) => {
                value.push(escaped);
                at += 1;
            }
            _ => value.push(byte),
        }
        at += 1;
    }
    let after = quoted.get(at..).unwrap_or_default();
    let next = after.iter().position(|byte| *byte == b';').map_or(after.len(), |semicolon| semicolon + 1);
    (value, &after[next..])
}

/// `charset'language'percent-encoded`. `None` where it is malformed, so that `filename` gets its turn.
fn extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let encoding = Encoding::for_label(charset)?;
    let bytes: Vec<u8> = percent_decode(encoded).collect();
    let (text, malformed) = encoding.decode_without_bom_handling(&bytes);
    (!malformed).then(|| text.into_owned())
}

/// UTF-8 where it is, else Latin. Percent escapes are not in the standard here, but browsers decode them.
fn plain(value: &[u8]) -> String {
    if let Ok(decoded) = percent_decode(value).decode_utf8() {
        return decoded.into_owned();
    }
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode(value).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FetchOptions;
    use reqwest::header::HeaderValue;
    use std::sync::Arc;

    #[test]
    fn dispositions_as_servers_send_them() {
        for (header, name) in [
            (&b"attachment; filename=\"a b.jpg\""[..], Some("a b.jpg")),
            (b"inline;FileName = a.jpg ; size=3", Some("a.jpg")),
            (b"attachment; filename=my photo.jpg", Some("my photo.jpg")),
            (b"attachment; filename=\"a;b\\\"c.jpg\"; x=y", Some("a;b\"c.jpg")),
            (b"attachment; filename=\"C:\\temp\\x.png\"", Some("C:\\temp\\x.png")),
            (b"attachment; filename=\"open.jpg", Some("open.jpg")),
            (b"filename=bare.jpg", Some("bare.jpg")),
            (b"attachment; filename=\"fallback.jpg\"; filename*=UTF-8''%E5%B8%82.jpg", Some("\u{5e02}.jpg")),
            (b"attachment; filename*=utf-8'en'%c3%84.jpg; filename=x", Some("Ä.jpg")),
            (b"attachment; filename*=\"UTF-8''q.jpg\"", Some("q.jpg")),
            (b"attachment; filename*=ISO-8859-1''caf%E9.jpg", Some("café.jpg")),
            (b"attachment; filename*=UTF-8''%FF.jpg; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename*=martian''x.jpg; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename=\"caf\xe9.jpg\"", Some("café.jpg")),
            (b"attachment; filename=\"caf\xc3\xa9.jpg\"", Some("café.jpg")),
            (b"attachment; filename=\"caf%C3%A9.jpg\"", Some("café.jpg")),
            (b"attachment; filename=\"100%.jpg\"", Some("100%.jpg")),
            (b"attachment", None),
            (b"", None),
            (b";;;=;", None),
        ] {
            assert_eq!(from_disposition(header).as_deref(), name, "{}", String::from_utf8_lossy(header));
        }
    }

    fn name(url: &str, asked: Option<&str>, headers: &[(&'static str, &'static str)]) -> String {
        let options = Arc::new(FetchOptions::default());
        let download = Download {
            url: url.to_owned(),
            name: asked.map(str::to_owned),
            checksum: None,
            mirrors: Vec::new(),
            size: None,
            options,
        };
        of(
            &download,
            &headers
                .iter()
                .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
                .collect(),
        )
    }

    #[test]
    fn the_person_then_the_server_then_the_link() {
        let server = ("content-disposition", "attachment; filename=\"../../s\"");
        let jpeg = ("content-type", "image/JPEG; q=1");
        for (url, asked, headers, expected) in [
            ("http://host/l.png", Some("../mine"), &[server, jpeg][..], "mine"),
            ("http://host/l.png", None, &[server, jpeg], "s.jpg"),
            ("http://host/l.png", None, &[jpeg], "l.png"),
            ("http://host/image?id=3", None, &[jpeg], "image.jpg"),
            ("http://host/", None, &[], "download"),
            ("http://host/l", None, &[("content-disposition", "attachment; filename=\"\"")], "l"),
        ] {
            assert_eq!(name(url, asked, headers), expected);
        }
    }
}
