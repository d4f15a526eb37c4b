//! Encoded words (RFC 2047), which belong into mails and which some servers put into `filename` all the same:
//! `=?UTF-8?B?Y2Fmw6k=?=`.

use data_encoding::BASE64;
use encoding_rs::Encoding;
use percent_encoding::percent_decode;

/// A text with its encoded words decoded. `None` where it has none, or one that is malformed.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (word, end) = word(&rest[start..])?;
        // Blanks between two encoded words only part them.
        let is_gap = after_word && rest[..start].chars().all(char::is_whitespace);
        if !is_gap {
            out.push_str(&rest[..start]);
        }
        out.push_str(&word);
        rest = &rest[start + end..];
        after_word = true;
    }
    out.push_str(rest);
    after_word.then_some(out)
}

/// The encoded word that a text begins with, and its length.
fn word(text: &str) -> Option<(String, usize)> {
    let mut parts = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, coding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let encoded = &rest[..rest.find("?=")?];
    let bytes = match coding {
        "B" | "b" => BASE64.decode(encoded.as_bytes()).ok()?,
        "Q" | "q" => quoted_printable(encoded),
        _ => return None,
    };
    // A language may follow the character set.
    let encoding = Encoding::for_label(charset.split('*').next()?.as_bytes())?;
    let (text_of_word, malformed) = encoding.decode_without_bom_handling(&bytes);
    let length = "=????=".len() + charset.len() + coding.len() + encoded.len();
    (!malformed).then(|| (text_of_word.into_owned(), length))
}

/// `_` is a blank and `=E9` a byte: percent-encoding in another dress.
fn quoted_printable(encoded: &str) -> Vec<u8> {
    percent_decode(encoded.replace('%', "%25").replace('=', "%").replace('_', " ").as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn encoded_words_are_read_and_other_texts_left_alone() {
        for (text, expected) in [
            ("=?UTF-8?B?Y2Fmw6k=?=", Some("café")),
            ("=?utf-8*en?q?caf=C3=A9_100%=20x?=", Some("café 100% x")),
            ("a =?ISO-8859-1?Q?=E9?= =?UTF-8?Q?=C3=A9?=.jpg", Some("a éé.jpg")),
            ("=?GB2312?B?1dXGrC5qcGc=?=", Some("照片.jpg")),
            ("plain.jpg", None),
            ("=?x.jpg", None),
            ("=?UTF-8?B?!?=", None),
            ("=?UTF-8?X?a?=", None),
            ("=?UTF-8?Q?=FF?=", None),
            ("=?martian?Q?a?=", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
