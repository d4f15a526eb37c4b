//! The file name in a `Content-Disposition`: by RFC 6266 and 8187, and in the forms that servers really send.

use super::encoded_word;
use crate::model::charset;
use encoding_rs::Encoding;
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// The file name that a header proposes, not yet safe: `filename*` before `filename`. `host` is where it comes from.
pub(super) fn file_name(header: &[u8], host: &str) -> Option<String> {
    let parameters = parameters(header);
    let value_of = |wanted: &str| {
        parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_slice())
    };
    value_of("filename*").and_then(extended).or_else(|| value_of("filename").map(|value| plain(value, host)))
}

/// Names and unquoted values, in order. The disposition itself (`attachment`) has no `=` and drops out, or is the word
/// before the name where its semicolon is missing.
fn parameters(header: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(rest.len());
        let before = String::from_utf8_lossy(&rest[..end]);
        let name = before.trim().rsplit([' ', '\t', ',']).next().unwrap_or_default().to_owned();
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
    let encoding = Encoding::for_label(charset).filter(|_| is_percent_encoded(encoded))?;
    let bytes: Vec<u8> = percent_decode(encoded).collect();
    encoding.decode_without_bom_handling_and_without_replacement(&bytes).map(Cow::into_owned)
}

/// Whether each `%` begins an escape.
fn is_percent_encoded(text: &[u8]) -> bool {
    let mut escapes = text.split(|byte| *byte == b'%').skip(1);
    escapes.all(|escape| escape.len() >= 2 && escape[..2].iter().all(u8::is_ascii_hexdigit))
}

/// Encoded words and percent escapes are not in the standard here, but servers send them and browsers read them. Bytes
/// that are not UTF-8 are read as what they look like.
fn plain(value: &[u8], host: &str) -> String {
    if let Ok(decoded) = percent_decode(value).decode_utf8() {
        return encoded_word::decoded(&decoded).unwrap_or_else(|| decoded.into_owned());
    }
    charset::text_of(value, Some(host))
}

#[cfg(test)]
mod tests {
    use super::file_name;

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
            (b"attachment filename=unparted.jpg", Some("unparted.jpg")),
            (b"attachment, filename=\"comma.jpg\"", Some("comma.jpg")),
            (b"\"attachment\"; filename=\"odd.jpg\"", Some("odd.jpg")),
            (b"attachment; xfilename=no.jpg; filename=yes.jpg", Some("yes.jpg")),
            (b"attachment; name=\"a; filename=no.jpg\"; filename=yes.jpg", Some("yes.jpg")),
            (b"attachment; filename=first.jpg; filename=second.jpg", Some("first.jpg")),
            // `filename*`
            (b"attachment; filename=\"fallback.jpg\"; filename*=UTF-8''%E5%B8%82.jpg", Some("\u{5e02}.jpg")),
            (b"attachment; filename*=utf-8'en'%c3%84.jpg; filename=x", Some("Ä.jpg")),
            (b"attachment; filename*=\"UTF-8''q.jpg\"", Some("q.jpg")),
            (b"attachment; filename*=ISO-8859-1''caf%E9.jpg", Some("café.jpg")),
            (b"attachment; filename*=Shift_JIS''%93%FA%96%7B.jpg", Some("日本.jpg")),
            (b"attachment; filename*=UTF-8''it%27s'.jpg", Some("it's'.jpg")),
            (b"attachment; filename*=UTF-8''%FF.jpg; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename*=UTF-8''a%.jpg; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename*=UTF-8''a%2; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename*=martian''x.jpg; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename*=x.jpg; filename=good.jpg", Some("good.jpg")),
            (b"attachment; filename*=UTF-8''%ZZ", None),
            // Raw bytes, escapes and encoded words in `filename`
            (b"attachment; filename=\"caf\xe9.jpg\"", Some("café.jpg")),
            (b"attachment; filename=\"caf\xc3\xa9.jpg\"", Some("café.jpg")),
            (b"attachment; filename=\"\x8e\xca\x90\x5e.jpg\"", Some("写真.jpg")),
            (b"attachment; filename=\"caf%C3%A9.jpg\"", Some("café.jpg")),
            (b"attachment; filename=\"100%.jpg\"", Some("100%.jpg")),
            (b"attachment; filename=\"100%E9.jpg\"", Some("100%E9.jpg")),
            (b"attachment; filename=\"=?UTF-8?Q?caf=C3=A9_1.jpg?=\"", Some("café 1.jpg")),
            (b"attachment; filename==?iso-8859-1?b?Y2Fm6S5qcGc=?=", Some("café.jpg")),
            (b"attachment", None),
            (b"", None),
            (b";;;=;", None),
        ] {
            let shown = String::from_utf8_lossy(header);
            assert_eq!(file_name(header, "host").as_deref(), name, "{shown}");
        }
        assert_eq!(file_name(b"filename=\xbb\xe7\xc1\xf8.jpg", "a.example.kr").as_deref(), Some("사진.jpg"));
    }
}
