//! IPTC records: a tag, a length, a text.

/// The text of a record of the second, the application's, group.
pub(super) fn text(iptc: &[u8], wanted: u8) -> Option<String> {
    let mut rest = iptc;
    while let [0x1c, group, record, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let value = tail.get(..length)?;
        if (*group, *record) == (2, wanted) {
            return Some(String::from_utf8_lossy(value).trim().to_owned()).filter(|text| !text.is_empty());
        }
        rest = &tail[length..];
    }
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_record_is_found_among_others() {
        let iptc = b"\x1c\x02\x50\0\x03Ann\x1c\x02\x74\0\x04(c) ";
        assert_eq!(super::text(iptc, 80).as_deref(), Some("Ann"));
        assert_eq!(super::text(iptc, 116).as_deref(), Some("(c)"));
        assert_eq!(super::text(iptc, 5), None);
        assert_eq!(super::text(b"\x1c\x02\x50\x7f\xff", 80), None);
    }
}
