//! Finding the metadata in files of each kind. What is malformed is left out: it must not cost the picture.

use super::super::chunks::{self, Chunk, JxlBox};
use super::super::jpeg::Segments;
use super::super::kind::Kind;
use super::super::tiff::directory::File;
use super::exif::Entries;
use super::resolution::Resolution;
use super::{LONGEST_NAME, Meta, Said, is_name, words};
use flate2::read::ZlibDecoder;
use std::io::Read;

/// The most that one piece may have once unpacked, in bytes.
const MOST: usize = 16 << 20;

/// The most that is unpacked of one file, in bytes.
const MOST_IN_ALL: usize = 2 * MOST;

/// What every attempt to unpack something takes of that at least: beginning has its price too.
const LEAST: usize = 1 << 20;

/// How much may still be unpacked of a file.
struct Room(usize);

impl Room {
    /// All that there is. `None`: it is longer than `most` or than there is room, or it is malformed. Room is taken either way.
    fn unpack(&mut self, packed: impl Read, most: usize) -> Option<Vec<u8>> {
        let most = most.min(self.0);
        if most == 0 {
            return None;
        }
        let mut out = Vec::new();
        let read = packed.take(most as u64 + 1).read_to_end(&mut out);
        self.0 = self.0.saturating_sub(out.len().max(LEAST));
        (read.is_ok() && out.len() <= most).then_some(out)
    }

    fn inflate(&mut self, packed: &[u8], most: usize) -> Option<Vec<u8>> {
        self.unpack(ZlibDecoder::new(packed), most)
    }
}

/// The metadata of a file.
pub(in super::super) fn gather(bytes: &[u8], kind: Kind) -> Meta {
    match kind {
        Kind::Jpeg => Segments::read(bytes).meta(),
        Kind::Png => png(bytes),
        Kind::Webp => webp(bytes),
        Kind::Tiff => tiff(bytes).unwrap_or_default(),
        Kind::Jxl => jxl(bytes),
        Kind::Bmp => with_resolution(bytes.get(14..).and_then(Resolution::of_bmp)),
        Kind::Dib => with_resolution(Resolution::of_bmp(bytes)),
        _ => Meta::default(),
    }
}

fn with_resolution(resolution: Option<Resolution>) -> Meta {
    Meta { said: Said { resolution, ..Said::default() }, ..Meta::default() }
}

fn png(bytes: &[u8]) -> Meta {
    let (mut meta, mut room) = (Meta::default(), Room(MOST_IN_ALL));
    let mut xmp = None;
    for Chunk { name, data } in chunks::png(bytes) {
        match &name {
            b"pHYs" => meta.said.resolution = meta.said.resolution.or_else(|| Resolution::of_png(data)),
            b"eXIf" => meta.exif = Some(without_mark(data).to_vec()),
            b"iTXt" => {
                if xmp.is_none() {
                    xmp = international_text(data, b"XML:com.adobe.xmp", |text| room.inflate(text, MOST));
                }
                let mut inflate = |text: &[u8]| room.inflate(text, LONGEST_NAME);
                said_in_text(&mut meta.said, |keyword| international_text(data, keyword, &mut inflate));
            }
            b"zTXt" | b"tEXt" => {
                let packed = &name == b"zTXt";
                raw_profile(data, packed, &mut meta, &mut room).unwrap_or_default();
                said_in_text(&mut meta.said, |keyword| plain_text(data, packed, keyword, &mut room));
            }
            _ => {}
        }
    }
    meta.xmp = xmp.or(meta.xmp);
    meta
}

/// Whose picture it is, where a text says so. The first one counts.
fn said_in_text(said: &mut Said, mut text: impl FnMut(&[u8]) -> Option<Vec<u8>>) {
    let names = [(&b"Author"[..], &mut said.author), (b"Copyright", &mut said.copyright)];
    for (keyword, name) in names.into_iter().filter(|(_, name)| name.is_none()) {
        *name = text(keyword).and_then(|text| words(&text)).filter(|name| is_name(name));
    }
}

fn plain_text(data: &[u8], packed: bool, keyword: &[u8], room: &mut Room) -> Option<Vec<u8>> {
    match data.strip_prefix(keyword)? {
        [0, 0, text @ ..] if packed => room.inflate(text, LONGEST_NAME),
        [0, text @ ..] if !packed => Some(text.to_vec()),
        _ => None,
    }
}

fn international_text(data: &[u8], keyword: &[u8], inflate: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let [0, packed, _, rest @ ..] = data.strip_prefix(keyword)? else { return None };
    // The language and the translated keyword come first.
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let text = parts.nth(2)?;
    if *packed == 1 { inflate(text) } else { Some(text.to_vec()) }
}

/// The way of `ImageMagick` to put a profile into a PNG: a line that names it, its length, and its bytes in hexadecimal. The
/// first of a kind counts.
fn raw_profile(data: &[u8], packed: bool, meta: &mut Meta, room: &mut Room) -> Option<()> {
    let rest = data.strip_prefix(b"Raw profile type ")?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (name, text) = (&rest[..end], &rest[end + 1..]);
    let is_wanted = match name {
        b"exif" | b"APP1" => meta.exif.is_none(),
        b"xmp" => meta.xmp.is_none(),
        b"iptc" | b"8bim" => meta.iptc.is_none(),
        _ => false,
    };
    if !is_wanted {
        return None;
    }
    let text = if packed { room.inflate(text.get(1..)?, MOST)? } else { text.to_vec() };
    // The name may have several words there.
    let numbers = text.trim_ascii_start().splitn(2, |byte| *byte == b'\n').nth(1)?;
    let mut words = numbers.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let length: usize = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let digits: Vec<u8> = words.flatten().copied().collect();
    let mut profile = data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).ok()?;
    profile.truncate(length);
    match name {
        b"exif" | b"APP1"
            if profile.starts_with(b"Exif\0\0") || profile.starts_with(b"II") || profile.starts_with(b"MM") =>
        {
            meta.exif = Some(without_mark(&profile).to_vec());
        }
        b"xmp" => meta.xmp = Some(profile),
        b"iptc" | b"8bim" => {
            meta.iptc = resource(&profile).or(Some(profile).filter(|profile| profile.first() == Some(&0x1c)));
        }
        _ => {}
    }
    Some(())
}

fn webp(bytes: &[u8]) -> Meta {
    let mut meta = Meta::default();
    for Chunk { name, data } in chunks::webp(bytes) {
        match &name {
            b"EXIF" if meta.exif.is_none() => meta.exif = Some(without_mark(data).to_vec()),
            b"XMP " if meta.xmp.is_none() => meta.xmp = Some(data.to_vec()),
            _ => {}
        }
    }
    meta
}

fn tiff(bytes: &[u8]) -> Option<Meta> {
    let (file, first) = File::open(bytes).ok()?;
    let main = file.directory(first).ok()?;
    let entries = Entries::read(file, first).filter(|entries| !entries.is_empty());
    Some(Meta {
        exif: entries.map(Entries::write),
        xmp: main.bytes(file, 700).map(<[u8]>::to_vec),
        iptc: main.bytes(file, 33_723).map(<[u8]>::to_vec),
        said: Said::default(),
    })
}

/// What was packed with Brotli.
fn unpacked(data: &[u8], room: &mut Room) -> Option<Vec<u8>> {
    // A mark of other streams than those of the standard, for which a gigabyte would be set aside.
    if data.first().is_none_or(|first| first & 0x7f == 0x11) {
        return None;
    }
    room.unpack(brotli_decompressor::Decompressor::new(data, 4096), MOST)
}

/// What the boxes of a JPEG XL file say, where it has any. The first of a kind counts.
fn jxl(bytes: &[u8]) -> Meta {
    let (mut meta, mut room) = (Meta::default(), Room(MOST_IN_ALL));
    for JxlBox { head, data, .. } in chunks::jxl(bytes) {
        // Packed, the name of what it is comes first.
        let (name, data, is_packed) = match (&head.name, data.split_first_chunk()) {
            (b"brob", Some((name, packed))) => (*name, packed, true),
            (name, _) => (*name, data, false),
        };
        let mut whole = || if is_packed { unpacked(data, &mut room) } else { Some(data.to_vec()) };
        match &name {
            // Where the TIFF structure begins comes first.
            b"Exif" if meta.exif.is_none() => {
                meta.exif = whole().and_then(|data| Some(without_mark(data.get(4..)?).to_vec()));
            }
            b"xml " if meta.xmp.is_none() => meta.xmp = whole(),
            _ => {}
        }
    }
    meta
}

fn without_mark(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}

/// The IPTC records among the resources of Photoshop.
pub(in super::super) fn resource(resources: &[u8]) -> Option<Vec<u8>> {
    let mut rest = resources.strip_prefix(b"Photoshop 3.0\0").unwrap_or(resources);
    while let Some(tail) = rest.strip_prefix(b"8BIM") {
        let number = u16::from_be_bytes(*tail.first_chunk()?);
        let name = (usize::from(*tail.get(2)?) + 1).next_multiple_of(2);
        let tail = tail.get(2 + name..)?;
        let length = u32::from_be_bytes(*tail.first_chunk()?) as usize;
        let data = tail.get(4..4_usize.checked_add(length)?)?;
        if number == 0x0404 {
            return Some(data.to_vec());
        }
        rest = tail.get(4 + length.next_multiple_of(2)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::super::chunks::named;
    use super::super::embed::{chunk, deflated};
    use super::*;

    #[test]
    fn the_texts_of_a_png_say_whose_it_is() {
        let packed = [&b"Author\0\0"[..], &deflated(b"Ren\xe9")].concat();
        let author = |name: &[u8; 4], data: &[u8]| {
            let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
            chunk(&mut png, b"tEXt", &[b"Copyright\0(c) Ann"]);
            chunk(&mut png, name, &[data]);
            chunk(&mut png, b"tEXt", &[b"Author\0Bob"]);
            let said = gather(&png, Kind::Png).said;
            assert_eq!(said.copyright.as_deref(), Some("(c) Ann"));
            said.author
        };
        assert_eq!(author(b"tEXt", b"Author\0Ren\xe9").as_deref(), Some("René"));
        assert_eq!(author(b"zTXt", &packed).as_deref(), Some("René"));
        assert_eq!(author(b"iTXt", "Author\0\0\0\0\0René".as_bytes()).as_deref(), Some("René"));
        assert_eq!(author(b"tEXt", b"Authority\0x").as_deref(), Some("Bob"));
    }

    #[test]
    fn of_texts_the_first_counts_and_no_more_is_unpacked_than_a_name_has() {
        let long = deflated(&vec![b'x'; MOST]);
        let mut room = Room(MOST_IN_ALL);
        assert_eq!(plain_text(&[b"Author\0\0", &long[..]].concat(), true, b"Author", &mut room), None);
        assert_eq!(room.0, MOST_IN_ALL - LEAST);
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        for xmp in [b"<x/>", b"<y/>"] {
            chunk(&mut png, b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0", &deflated(xmp)]);
        }
        for _ in 0..4 {
            chunk(&mut png, b"zTXt", &[b"Author\0\0", &long]);
        }
        chunk(&mut png, b"zTXt", &[b"Author\0\0", &deflated(b"Ann")]);
        let meta = gather(&png, Kind::Png);
        assert_eq!((meta.xmp.as_deref(), meta.said.author.as_deref()), (Some(&b"<x/>"[..]), Some("Ann")));
    }

    /// Brotli with one part that is not packed, and the end.
    fn brotli(data: &[u8]) -> Vec<u8> {
        let head = ((data.len() as u32 - 1) << 4 | 1 << 20).to_le_bytes();
        [&head[..3], data, &[3]].concat()
    }

    #[test]
    fn packed_boxes_of_jpeg_xl_are_read() {
        let (exif, xmp) = (b"\0\0\0\0II*\0\x08\0\0\0\0\0", b"<x/>");
        let jxl = [
            named(b"JXL ", b"\r\n\x87\n"),
            named(b"brob", &[b"Exif", &brotli(exif)[..]].concat()),
            named(b"brob", &[b"jumb", &brotli(b"?")[..]].concat()),
            named(b"brob", &[b"xml ", &brotli(xmp)[..]].concat()),
            named(b"brob", b"Exif\xff\xff"),
        ];
        let meta = gather(&jxl[..4].concat(), Kind::Jxl);
        assert_eq!((meta.exif.as_deref(), meta.xmp.as_deref()), (Some(&exif[4..]), Some(&xmp[..])));
        assert_eq!(gather(&[&jxl[0][..], &jxl[4]].concat(), Kind::Jxl), Meta::default());
        let short = named(b"Exif", b"\0\0");
        let of = |boxes: &[&[u8]]| gather(&[&jxl[0][..], &boxes.concat()].concat(), Kind::Jxl).exif;
        assert_eq!(of(&[&jxl[1], &short, &named(b"Exif", b"\0\0\0\0MM")]).as_deref(), Some(&exif[4..]), "the first");
        assert_eq!(of(&[&short, &jxl[4], &jxl[1]]).as_deref(), Some(&exif[4..]), "the first that is one");
    }

    #[test]
    fn all_that_is_unpacked_of_a_file_has_a_limit() {
        let mut room = Room(MOST_IN_ALL);
        assert_eq!(room.unpack(std::io::repeat(0), 100), None, "what is longer is not cut");
        assert_eq!(room.0, MOST_IN_ALL - LEAST);
        assert_eq!(room.unpack(&[1; 100][..], 100), Some(vec![1; 100]));
        assert_eq!(room.unpack(std::io::repeat(0), MOST), None);
        assert!(room.0 < MOST_IN_ALL - 2 * LEAST - MOST);
        let broken = named(b"brob", b"xml \xff\xff");
        let sound = named(b"brob", &[b"xml ", &brotli(b"<x/>")[..]].concat());
        let many = |count| {
            let jxl = [&named(b"JXL ", b"\r\n\x87\n")[..], &broken.repeat(count), &sound].concat();
            gather(&jxl, Kind::Jxl).xmp
        };
        assert_eq!(many(MOST_IN_ALL / LEAST - 1).as_deref(), Some(&b"<x/>"[..]));
        assert_eq!(many(MOST_IN_ALL / LEAST), None, "failing takes room too");
    }

    #[test]
    fn profiles_in_hexadecimal_are_read_however_they_are_named() {
        let resource = b"8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ann";
        for title in ["iptc", "IPTC profile"] {
            let digits = data_encoding::HEXLOWER.encode(resource);
            let text = format!("Raw profile type iptc\0\n{title}\n      20\n{}\n{}\n", &digits[..16], &digits[16..]);
            let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
            chunk(&mut png, b"tEXt", &[text.as_bytes()]);
            chunk(&mut png, b"tEXt", &[b"Raw profile type iptc\0\niptc\n       1\n00\n"]);
            let meta = gather(&png, Kind::Png);
            assert_eq!(meta.iptc.as_deref(), Some(&resource[12..]), "{title}, and no other behind it");
        }
    }
}
