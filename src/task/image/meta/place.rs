//! Taking out where a picture was taken, in whatever words a file says it. What cannot be read goes as a whole: nobody
//! knows what it tells.

use super::Meta;
use super::exif::Entries;
use super::iptc;
use crate::model::xml;
use roxmltree::{Document, Node, ParsingOptions};
use std::ops::Range;

/// Where the pixels lie on the earth, as `GeoTIFF`, GDAL and others say it; documents and whole files within EXIF data; and the
/// notes of makers, which have ways of their own to tell it.
const FIELDS: [u16; 19] = [
    700, 33_550, 33_723, 33_918, 33_919, 33_920, 33_922, 34_264, 34_377, 34_735, 34_736, 34_737, 37_500, 42_112,
    50_740, 50_828, 50_844, 50_908, 50_909,
];

/// A field of this kind points to a directory, of which only the well-known ones are taken along.
const DIRECTORY: u16 = 13;

/// The records of IPTC that tell it: what the content shows, city, part of it, province, country.
const RECORDS: [u8; 7] = [26, 27, 90, 92, 95, 100, 101];

/// The most elements, texts and comments of an XMP document that are looked at.
const MOST_NODES: u32 = 500_000;

/// The properties of XMP that tell it, in small letters, besides those that [`tells_place`] knows by a part of their name.
const PROPERTIES: [&str; 23] = [
    "city",
    "country",
    "countrycode",
    "countryname",
    "coverage",
    "lat",
    "location",
    "locationcreated",
    "locationid",
    "locationname",
    "locationshown",
    "lon",
    "long",
    "lrftargetabsalt",
    "lrftargetalt",
    "lrftargetlat",
    "lrftargetlon",
    "provincestate",
    "shotlocation",
    "state",
    "stateprovince",
    "sublocation",
    "worldregion",
];

/// The same without the place.
pub(super) fn taken_out(meta: Meta) -> Meta {
    Meta {
        exif: meta.exif.as_deref().and_then(of_exif),
        xmp: meta.xmp.as_deref().and_then(of_xmp),
        iptc: meta.iptc.as_deref().and_then(|iptc| iptc::without(iptc, &RECORDS)),
        said: meta.said,
    }
}

/// EXIF data put together anew, so that nothing is left of what no directory names any more.
fn of_exif(exif: &[u8]) -> Option<Vec<u8>> {
    let mut entries = Entries::of(exif)?;
    entries.place.clear();
    for part in [&mut entries.main, &mut entries.exif] {
        part.retain(|entry| !FIELDS.contains(&entry.tag) && entry.kind != DIRECTORY);
    }
    (!entries.is_empty()).then(|| entries.write())
}

/// An XMP document without the properties that tell it, whatever program they are of, and without comments.
fn of_xmp(xmp: &[u8]) -> Option<Vec<u8>> {
    let padding = xmp.iter().rev().take_while(|byte| **byte == 0).count();
    let text = std::str::from_utf8(&xmp[..xmp.len() - padding]).ok()?;
    if !xml::is_soon_parsed(text) {
        return None;
    }
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).ok()?;
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for told in document.descendants().flat_map(|node| places_of(node, text)) {
        // What stands within an element that goes is gone with it.
        if told.start >= from {
            kept.push_str(&text[from..told.start]);
            from = told.end;
        }
    }
    kept.push_str(&text[from..]);
    Some(kept.into_bytes())
}

/// The parts of a document that are to go: this node, or attributes of it with the space before them.
fn places_of(node: Node<'_, '_>, text: &str) -> Vec<Range<usize>> {
    if node.is_comment() || tells_place(node.tag_name().name()) {
        return vec![node.range()];
    }
    let told = node.attributes().filter(|attribute| tells_place(attribute.name()));
    let mut ranges: Vec<_> =
        told.map(|attribute| text[..attribute.range().start].trim_end().len()..attribute.range().end).collect();
    ranges.sort_by_key(|range| range.start);
    ranges
}

fn tells_place(property: &str) -> bool {
    let name = property.to_ascii_lowercase();
    // Some programs write one of them as "GpsLongtitude".
    name.starts_with("gps")
        || ["latitude", "longitude", "longtitude"].iter().any(|part| name.contains(part))
        || PROPERTIES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::super::tiff::directory::File;
    use super::super::exif::Entry;
    use super::*;

    fn entry(tag: u16, value: &[u8]) -> Entry {
        Entry { tag, kind: 7, count: value.len() as u32, value: value.to_vec() }
    }

    /// Which fields are left, those of the first directory and those of EXIF's own.
    fn left(exif: &[u8]) -> (Vec<u16>, Vec<u16>) {
        let read = Entries::of(exif).expect("EXIF");
        let tags = |part: &[Entry]| part.iter().map(|entry| entry.tag).collect();
        assert!(read.place.is_empty());
        (tags(&read.main), tags(&read.exif))
    }

    #[test]
    fn exif_keeps_nothing_of_it_wherever_it_stands() {
        let place = vec![entry(2, b"WHERE-IT-WAS")];
        let main = vec![entry(271, b"Maker"), entry(33_922, b"WHERE-IT-WAS"), entry(42_112, b"WHERE-IT-WAS")];
        let exif = vec![entry(36_864, b"0230"), entry(37_500, b"WHERE-IT-WAS")];
        for big_endian in [false, true] {
            let whole = Entries { big_endian, main: main.clone(), exif: exif.clone(), place: place.clone() }.write();
            let kept = of_exif(&whole).expect("the rest");
            assert_eq!(left(&kept), (vec![271], vec![36_864]));
            assert!(!kept.windows(5).any(|window| window == b"WHERE"), "not a byte of it");
        }
    }

    #[test]
    fn a_directory_of_the_place_is_found_where_it_does_not_belong() {
        let pointer = |to: u32| Entry { tag: 34_853, kind: 4, count: 1, value: to.to_le_bytes().to_vec() };
        let whole = |main: Vec<Entry>, exif: Vec<Entry>| {
            let mut bytes = Entries { main, exif, ..Entries::default() }.write();
            bytes.resize(200, 0);
            super::super::exif::write_directory(&mut bytes, &[entry(2, b"WHERE-IT-WAS")], false);
            bytes
        };
        let in_exif = whole(vec![entry(271, b"Maker")], vec![entry(36_864, b"0230"), pointer(200)]);
        assert_eq!(Entries::of(&in_exif).expect("EXIF").place.len(), 1, "it is seen there");
        let twice = whole(vec![entry(271, b"Maker"), pointer(200), pointer(200)], vec![entry(36_864, b"0230")]);
        for bytes in [in_exif, twice] {
            let kept = of_exif(&bytes).expect("the rest");
            assert_eq!(left(&kept), (vec![271], vec![36_864]));
            let (file, first) = File::open(&kept).expect("EXIF");
            assert!(!file.directory(first).expect("a directory").fields.contains_key(&34_853));
            assert!(!kept.windows(5).any(|window| window == b"WHERE"), "not a byte of it");
        }
    }

    #[test]
    fn what_cannot_be_read_goes() {
        let wide = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let meta = Meta {
            exif: Some(b"II*\0\xff\xff".to_vec()),
            xmp: Some(wide),
            iptc: Some(b"\x1c\x02\x5a\0\x09Par".to_vec()),
            said: super::super::Said::default(),
        };
        assert_eq!(taken_out(meta), Meta::default());
        assert_eq!(of_xmp(b"<a b:GPSLatitude='48'/>"), None, "a name of nobody knows whom");
        let attributes = (0..1000).map(|number| format!(" a{number}=''")).collect::<Vec<_>>().concat();
        assert_eq!(of_xmp(format!("<a{attributes}/>").as_bytes()), None, "it would take too long to read");
        assert_eq!(of_xmp(b"<a>").or(of_xmp(b"<!DOCTYPE a [<!ENTITY x 'GPS'>]><a/>")), None);
    }

    #[test]
    fn the_properties_of_xmp_go_and_the_rest_stays() {
        let xmp = br#"<?xpacket begin=""?><r xmlns:a="b" xmlns:photoshop="c" photoshop:City="WHERE" a:CreatorTool='Brush'
            a:GPSLatitude='WHERE' photoshop:AuthorsPosition="d" a:AbsoluteAltitude="+440"><!-- WHERE --><a:creator>Ann</a:creator>
            <a:LocationShown><a:Bag><a:li a:City="WHERE"><a:City>WHERE</a:City><a:x>WHERE</a:x></a:li></a:Bag></a:LocationShown>
            <a:GpsLongtitude>WHERE</a:GpsLongtitude><a:cameraLatitude a:x="WHERE"/><a:LRFTargetLat>WHERE</a:LRFTargetLat>
            <a:CiAdrCity>Home</a:CiAdrCity></r><?xpacket end="w"?>"#;
        let kept = String::from_utf8(of_xmp(&[xmp, &b"\0"[..]].concat()).expect("read")).expect("text");
        assert!(!kept.contains("WHERE"), "{kept}");
        for rest in ["Brush", "AuthorsPosition=\"d\"", "+440", "<a:creator>Ann</a:creator>", "Home", "end=\"w\""] {
            assert!(kept.contains(rest), "{rest}: {kept}");
        }
        Document::parse(&kept).expect("still a document");
    }
}
