//! The parts that files are made of: chunks of PNG and WebP, blocks of GIF, boxes of JPEG XL. Whoever looks for something in a file goes
//! through them here. What is cut short is not told: the last part is the last one that is there in full.

use super::meta::embed;

/// A chunk of a PNG or WebP file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    pub(super) name: [u8; 4],
    pub(super) data: &'a [u8],
}

/// The chunks of a PNG file, checksums left out.
pub(super) fn png(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, tail) = rest.split_first_chunk()?;
        let (name, tail) = tail.split_first_chunk()?;
        let (data, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let (_, tail) = tail.split_at_checked(4)?;
        // What lies behind the last one is no part of the picture.
        rest = if name == b"IEND" { &[] } else { tail };
        Some(Chunk { name: *name, data })
    })
}

/// The chunks of a WebP file, as far as it says that it goes.
pub(super) fn webp(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let length = bytes.get(4..).and_then(|rest| rest.first_chunk()).map_or(0, |length| u32::from_le_bytes(*length));
    let end = (length as usize).saturating_add(8).min(bytes.len());
    riff(bytes.get(12..end).unwrap_or_default())
}

/// The chunks of a frame of a WebP file.
pub(super) fn webp_frame(frame: Chunk<'_>) -> impl Iterator<Item = Chunk<'_>> {
    riff(frame.data.get(16..).unwrap_or_default())
}

fn riff(mut rest: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let (name, tail) = rest.split_first_chunk()?;
        let (length, tail) = tail.split_first_chunk()?;
        let (data, tail) = tail.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        // The last one may lack what fills it up.
        rest = tail.get(data.len() % 2..).unwrap_or_default();
        Some(Chunk { name: *name, data })
    })
}

/// A block of a GIF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// A frame.
    Frame(&'a [u8]),
    /// An extension of this kind; its parts, each behind its length, begin at the third byte.
    Extension(u8, &'a [u8]),
    /// The last one.
    Trailer,
}

impl<'a> Block<'a> {
    /// As it stands in the file.
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Block::Frame(bytes) | Block::Extension(_, bytes) => bytes,
            Block::Trailer => b";",
        }
    }

    /// Whether it is an application's own, and the application is called so.
    pub(super) fn is_of(self, application: &[u8; 11]) -> bool {
        matches!(self, Block::Extension(0xff, bytes) if bytes.get(2) == Some(&11) && bytes[3..].starts_with(application))
    }
}

/// What precedes the blocks of a GIF file.
pub(super) fn gif_head(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..13 + table(*bytes.get(10)?))
}

/// The blocks of a GIF file, up to the trailer.
pub(super) fn gif(bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut at = gif_head(bytes).map(<[u8]>::len);
    std::iter::from_fn(move || {
        let start = at.take()?;
        // Some writers leave zeros between blocks.
        let start = start + bytes.get(start..)?.iter().take_while(|byte| **byte == 0).count();
        let parts = match bytes.get(start)? {
            0x3b => return Some(Block::Trailer),
            0x21 => start + 2,
            0x2c => start + 11 + table(*bytes.get(start + 9)?),
            _ => return None,
        };
        let end = end_of_parts(bytes, parts)?;
        at = Some(end);
        let block = &bytes[start..end];
        Some(if block[0] == 0x2c { Block::Frame(block) } else { Block::Extension(block[1], block) })
    })
}

/// How long a table of colours is.
fn table(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

fn end_of_parts(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = *bytes.get(at)?;
        at += 1 + usize::from(length);
        if length == 0 {
            return Some(at);
        }
    }
}

/// What a box of a JPEG XL file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BoxHead {
    pub(super) name: [u8; 4],
    /// How long it is itself, in bytes.
    pub(super) length: usize,
    /// How much follows it; to the end of the file where it does not say.
    pub(super) data: Option<u64>,
}

impl BoxHead {
    /// The most that it takes, in bytes.
    pub(super) const LONGEST: usize = 16;

    pub(super) fn read(bytes: &[u8]) -> Option<BoxHead> {
        let (length, tail) = bytes.split_first_chunk()?;
        let (name, tail) = tail.split_first_chunk()?;
        let (length, whole) = match u32::from_be_bytes(*length) {
            0 => (8, None),
            1 => (16, Some(u64::from_be_bytes(*tail.first_chunk()?))),
            whole => (8, Some(whole.into())),
        };
        Some(BoxHead { name: *name, length, data: whole.map(|whole| whole.saturating_sub(length as u64)) })
    }

    /// Whether the box belongs to the picture, and not to what is said of it.
    pub(super) fn is_of_picture(self) -> bool {
        matches!(&self.name, b"JXL " | b"ftyp" | b"jxll" | b"jxlc" | b"jxlp")
    }
}

/// A box of a JPEG XL file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JxlBox<'a> {
    pub(super) head: BoxHead,
    pub(super) data: &'a [u8],
    /// As it stands in the file.
    pub(super) bytes: &'a [u8],
}

/// Whether a JPEG XL file is made of boxes, and not the bare stream of a picture.
pub(super) fn is_boxed(jxl: &[u8]) -> bool {
    jxl.starts_with(b"\0\0\0\x0cJXL ")
}

/// The boxes of a JPEG XL file, if it is made of them.
pub(super) fn jxl(bytes: &[u8]) -> impl Iterator<Item = JxlBox<'_>> {
    let mut rest = if is_boxed(bytes) { bytes } else { &[] };
    std::iter::from_fn(move || {
        let head = BoxHead::read(rest)?;
        let length = match head.data {
            Some(data) => usize::try_from(data).ok()?.checked_add(head.length)?,
            None => rest.len(),
        };
        let (bytes, tail) = rest.split_at_checked(length)?;
        rest = tail;
        Some(JxlBox { head, data: &bytes[head.length..], bytes })
    })
}

/// A PNG file of some of the chunks of another.
pub(super) fn png_of<'a>(chunks: impl Iterator<Item = Chunk<'a>>) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunks.for_each(|chunk| embed::chunk(&mut out, &chunk.name, &[chunk.data]));
    out
}

/// A WebP file of these chunks.
pub(super) fn webp_of<'a>(chunks: impl Iterator<Item = Chunk<'a>>) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    chunks.for_each(|chunk| embed::riff_chunk(&mut body, chunk.name, chunk.data));
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

/// A box of this name.
#[cfg(test)]
pub(super) fn named(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32 + 8).to_be_bytes()[..], name, data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_however_they_say_their_length() {
        let begin = b"\0\0\0\x0cJXL \r\n\x87\n";
        let (long, empty) = (b"\0\0\0\x01Exif\0\0\0\0\0\0\0\x12ab", b"\0\0\0\x08xml ");
        let last = b"\0\0\0\0jxlcrest";
        let whole = [&begin[..], long, empty, last].concat();
        let found: Vec<_> = jxl(&whole).map(|part| (part.head.name, part.data)).collect();
        let wanted = [(*b"JXL ", &b"\r\n\x87\n"[..]), (*b"Exif", b"ab"), (*b"xml ", b""), (*b"jxlc", b"rest")];
        assert_eq!(found, wanted);
        assert_eq!(jxl(&whole).flat_map(|part| part.bytes).count(), whole.len());
        for length in begin.len()..begin.len() + long.len() {
            assert_eq!(jxl(&whole[..length]).count(), 1, "cut to {length}");
        }
        let endless = [&begin[..], b"\0\0\0\x01jxlc\xff\xff\xff\xff\xff\xff\xff\xff"].concat();
        assert_eq!(jxl(&endless).count(), 1);
        assert_eq!(jxl(b"\xff\x0a\0\0\0\x08xml ").count(), 0, "a bare stream");
    }
}
