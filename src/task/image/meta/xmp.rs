//! XMP: XML that is small enough to be read and mended as text.

use regex::bytes::Regex;
use std::sync::OnceLock;

/// A property as an attribute or as an element, with its value.
fn property(cell: &'static OnceLock<Option<Regex>>, name: &str, value: &str) -> Option<&'static Regex> {
    let pattern = format!(r#"(?s)(\s{name}\s*=\s*["']|<{name}\s*>\s*)({value})(\s*["']|\s*</{name}\s*>)"#);
    cell.get_or_init(|| Regex::new(&pattern).ok()).as_ref()
}

fn orientation_property() -> Option<&'static Regex> {
    static FOUND: OnceLock<Option<Regex>> = OnceLock::new();
    property(&FOUND, "tiff:Orientation", "[1-8]")
}

/// What turns the picture upright, as EXIF counts.
pub(super) fn orientation(xmp: &[u8]) -> Option<u8> {
    let found = orientation_property()?.captures(xmp)?;
    found.get(2)?.as_bytes().first().map(|digit| digit - b'0')
}

/// The same for a picture that has been turned upright.
pub(super) fn upright(xmp: &[u8]) -> Vec<u8> {
    match orientation_property() {
        Some(property) => property.replace_all(xmp, &b"${1}1${3}"[..]).into_owned(),
        None => xmp.to_vec(),
    }
}

/// The first text of a property that has a list of them.
pub(super) fn text(xmp: &[u8], name: &str) -> Option<String> {
    let pattern = format!(r"(?s)<{name}[\s>].*?<rdf:li[^>]*>([^<]*)</rdf:li>.*?</{name}>");
    let found = Regex::new(&pattern).ok()?.captures(xmp)?;
    let text = unescaped(&String::from_utf8_lossy(found.get(1)?.as_bytes()));
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The longest reference to a character that is read, in bytes, without what marks its ends.
const LONGEST_REFERENCE: usize = 12;

/// Text with its characters in place of the references to them.
fn unescaped(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('&') {
        plain.push_str(before);
        let end = behind.bytes().take(LONGEST_REFERENCE + 1).position(|byte| byte == b';');
        let read = end.and_then(|end| Some((referred(&behind[..end])?, &behind[end + 1..])));
        let (letter, behind) = read.unwrap_or(('&', behind));
        plain.push(letter);
        rest = behind;
    }
    plain + rest
}

/// The character of a reference, by its name or its number.
fn referred(name: &str) -> Option<char> {
    let number = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
        (Some(digits), _) => u32::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) => digits.parse().ok(),
        (None, None) => None,
    };
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "amp" => Some('&'),
        _ => number.and_then(char::from_u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XMP: &[u8] = br#"<rdf:Description tiff:Orientation="6" exif:GPSLatitude="48,8N" dc:x="y"><exif:GPSAltitude>5/1</exif:GPSAltitude>
        <dc:creator><rdf:Seq><rdf:li>Ann &amp; Bob</rdf:li></rdf:Seq></dc:creator></rdf:Description>"#;

    #[test]
    fn what_was_turned_says_so_in_either_form() {
        assert_eq!(orientation(XMP), Some(6));
        assert_eq!(orientation(&upright(XMP)), Some(1));
        let element = b"<a><tiff:Orientation>8</tiff:Orientation></a>";
        assert_eq!(orientation(element), Some(8));
        assert_eq!(upright(element), b"<a><tiff:Orientation>1</tiff:Orientation></a>");
    }

    #[test]
    fn a_reference_is_looked_for_nearby() {
        assert_eq!(unescaped("&#x0000000041;&#x00000000041;"), "A&#x00000000041;", "too long for one");
        assert_eq!(unescaped("&äöüäöüä;&amp;"), "&äöüäöüä;&");
        let many = "&".repeat(1 << 20) + ";";
        assert_eq!(unescaped(&many), many);
    }

    #[test]
    fn the_text_of_a_list_is_found() {
        assert_eq!(text(XMP, "dc:creator").as_deref(), Some("Ann & Bob"));
        assert_eq!(text(XMP, "dc:rights"), None);
        let named = b"<dc:creator><rdf:Seq><rdf:li>Ren&#xE9; &#38;lt; A&amp;#233; &odd; &#xd800; &</rdf:li></rdf:Seq></dc:creator>";
        assert_eq!(text(named, "dc:creator").as_deref(), Some("René &lt; A&#233; &odd; &#xd800; &"));
    }
}
