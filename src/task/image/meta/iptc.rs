//! IPTC records: a group, a number, a length, a text.

use super::words;

struct Record<'a> {
    group: u8,
    number: u8,
    value: &'a [u8],
}

/// The first record, and what follows it.
fn split(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let [0x1c, group, number, high, low, tail @ ..] = bytes else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    // A longer value has the length of its length first.
    let (length, tail) = if length < 0x8000 {
        (length, tail)
    } else {
        let (digits, tail) = tail.split_at_checked(length & 0x7fff).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), tail)
    };
    let (value, rest) = tail.split_at_checked(length)?;
    Some((Record { group: *group, number: *number, value }, rest))
}

/// The text of a record of the second, the application's, group.
pub(super) fn text(iptc: &[u8], wanted: u8) -> Option<String> {
    let mut rest = iptc;
    while let Some((record, behind)) = split(rest) {
        if (record.group, record.number) == (2, wanted) {
            return words(record.value);
        }
        rest = behind;
    }
    None
}

/// The same without some records of the second group. `None`: nothing is left, or not all of it can be read.
pub(super) fn without(iptc: &[u8], unwanted: &[u8]) -> Option<Vec<u8>> {
    let (mut kept, mut rest) = (Vec::new(), iptc);
    while let Some((record, behind)) = split(rest) {
        if record.group != 2 || !unwanted.contains(&record.number) {
            kept.extend(&rest[..rest.len() - behind.len()]);
        }
        rest = behind;
    }
    // Some writers fill up with zeros.
    (rest.iter().all(|byte| *byte == 0) && !kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_among_others() {
        let iptc = b"\x1c\x02\x05\x80\x02\0\x01x\x1c\x02\x50\0\x03Ann\x1c\x02\x74\0\x04(c) ";
        assert_eq!(text(iptc, 80).as_deref(), Some("Ann"));
        assert_eq!(text(iptc, 116).as_deref(), Some("(c)"));
        assert_eq!(text(iptc, 120), None);
        let author = |name: &[u8]| text(&[&[0x1c, 2, 80, 0, name.len() as u8], name].concat(), 80);
        assert_eq!(author("René".as_bytes()).as_deref(), Some("René"));
        assert_eq!(author(b"Ren\xe9 \x8cuvre").as_deref(), Some("René Œuvre"));
        assert_eq!(text(b"\x1c\x02\x50\x7f\xff", 80), None);
    }

    #[test]
    fn records_are_left_out_where_all_of_them_can_be_read() {
        let (group, city, author) = (b"\x1c\x01\x5a\0\x03\x1b%G", b"\x1c\x02\x5a\0\x05Paris", b"\x1c\x02\x50\0\x03Ann");
        let whole = [&group[..], city, author, b"\0"].concat();
        assert_eq!(without(&whole, &[90]), Some([&group[..], author].concat()));
        assert_eq!(without(city, &[90]), None);
        assert_eq!(without(&[&author[..], b"\x1c\x02\x5a\0\x09Par"].concat(), &[90]), None);
        assert_eq!(without(b"\x1c\x02\x50\x80\x09123456789", &[90]), None);
    }
}
