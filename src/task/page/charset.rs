//! The encoding of a page: by its byte order mark, else by the header, else by what the page says of itself, else by its
//! looks.

use super::harvest::{attribute, tokens};
use crate::model::charset;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use html5gum::Token;

/// Where a page has to say it: twice as far as the standard wants.
const PRESCAN_BYTES: usize = 2048;

pub(super) fn of(bytes: &[u8], content_type: Option<&str>, host: Option<&str>) -> &'static Encoding {
    let told = || content_type.and_then(|text| labelled(text, "charset")).or_else(|| own_word(bytes));
    match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => told().unwrap_or_else(|| charset::encoding_of(bytes, host)),
    }
}

/// What a page says of itself in its first tags.
fn own_word(bytes: &[u8]) -> Option<&'static Encoding> {
    // Whatever it is, its tags are ASCII.
    let start = WINDOWS_1252.decode_without_bom_handling(&bytes[..bytes.len().min(PRESCAN_BYTES)]).0;
    let told = tokens(&start).find_map(|token| match token {
        Ok(Token::StartTag(tag)) if tag.name.as_slice() == b"meta" => {
            let is_type = attribute(&tag, "http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-type"));
            let of_type = || attribute(&tag, "content").filter(|_| is_type).and_then(|text| labelled(&text, "charset"));
            attribute(&tag, "charset").and_then(|label| Encoding::for_label(label.as_bytes())).or_else(of_type)
        }
        // An XML declaration is a comment to HTML.
        Ok(Token::Comment(text)) if text.starts_with(b"?xml") => labelled(&String::from_utf8_lossy(&text), "encoding"),
        _ => None,
    })?;
    // A page whose tags could be read is not UTF-16, whatever it says.
    Some(match told {
        told if told == UTF_16LE || told == UTF_16BE => UTF_8,
        told if told == X_USER_DEFINED => WINDOWS_1252,
        told => told,
    })
}

/// The encoding after `key=`, quoted or not.
fn labelled(text: &str, key: &str) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    let values = text.match_indices(key).filter_map(|(at, key)| text[at + key.len()..].trim_start().strip_prefix('='));
    let label = |value: &str| {
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ',' | '?'));
        Encoding::for_label(&value.as_bytes()[..end.unwrap_or(value.len())])
    };
    values.map(label).next().flatten()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_mark_then_the_header_then_the_page_then_its_looks() {
        for (bytes, content_type, expected) in [
            (&b"\xef\xbb\xbf<meta charset=koi8-r>"[..], Some("text/html; charset=shift_jis"), "UTF-8"),
            (b"\xff\xfe<\0", None, "UTF-16LE"),
            (b"<meta charset=koi8-r>", Some("text/html; Charset = \"Shift_JIS\""), "Shift_JIS"),
            (b"<meta charset=koi8-r>", Some("text/html; charset=martian"), "KOI8-R"),
            (b"<meta charset=koi8-r>", Some("text/html"), "KOI8-R"),
            (b"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=euc-kr'>", None, "EUC-KR"),
            (b"<meta name=x content='charset=euc-kr'>", None, "UTF-8"),
            (b"<!-- <meta charset=koi8-r> --><meta charset='gb2312'>", None, "GBK"),
            (b"<script>'<meta charset=koi8-r>'</script>", None, "UTF-8"),
            (b"<meta charset=utf-16>", None, "UTF-8"),
            (b"<?xml version='1.0' encoding='iso-8859-2'?><html>", None, "ISO-8859-2"),
            ("é".as_bytes(), None, "UTF-8"),
            (b"caf\xe9", None, "windows-1252"),
            (b"", None, "UTF-8"),
        ] {
            assert_eq!(of(bytes, content_type, None).name(), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
