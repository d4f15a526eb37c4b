//! What a large file will take, before it is read: memory is asked for once, and the file itself is part of it. Each
//! decoder's own header tells, so that what is asked for later is the same.

use super::animation;
use super::decode::{Need, foresee_with_image, metadata_limits};
use super::kind::Kind;
use super::source::{Contents, contents};
use super::tiff::directory::{Field, File as Tiff};
use super::tiff::layout::Layout;
use super::{bmp, ico, jpeg, jxl, pfm, steps, tga};
use crate::model::Convert;
use crate::model::recipe::{FitBox, Format};
use image::codecs::{png::PngDecoder, webp::WebPDecoder};
use image::{ColorType, ImageFormat};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

/// Where the header of a picture is, in nearly every file.
const HEAD_BYTES: u64 = 512 << 10;

/// The end of a file, which is the mark of TGA.
const TAIL_BYTES: u64 = 26;

/// How many segments or chunks there are before a header, at most.
const MOST_SEGMENTS: usize = 100_000;

/// What a file will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreseen {
    pub(super) need: Need,
    /// How many such pictures there are at a time.
    pub(super) times: u64,
}

/// Looks into a file of this length, and leaves it at its beginning. `None`: it is no picture.
pub(super) fn look(file: &mut File, length: u64, convert: &Convert) -> io::Result<Option<Foreseen>> {
    let mut ends = part(file, 0, HEAD_BYTES)?;
    let head_length = ends.len();
    if length > HEAD_BYTES + TAIL_BYTES {
        ends.extend(part(file, length - TAIL_BYTES, TAIL_BYTES)?);
    }
    let Contents::Picture(kind) = contents(&ends, &convert.name) else {
        file.rewind()?;
        return Ok(None);
    };
    let head = &ends[..head_length];
    let look = Look { file, length, head, convert };
    let foreseen = look.known(kind)?;
    file.rewind()?;
    Ok(Some(foreseen.unwrap_or_else(|| {
        // Nobody knows, and most likely nobody can decode it.
        let need = Need { pixels: length.saturating_mul(4), ..Need::of((1, 1), ColorType::Rgba8) };
        Foreseen { need, times: 1 }
    })))
}

fn part(file: &mut File, at: u64, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Look<'a> {
    file: &'a mut File,
    length: u64,
    head: &'a [u8],
    convert: &'a Convert,
}

impl Look<'_> {
    fn known(self, kind: Kind) -> io::Result<Option<Foreseen>> {
        let Look { file, length, head, convert } = self;
        let recipe = &*convert.recipe;
        let of_head = |format| foresee_with_image(Cursor::new(head), format);
        let (need, moves) = match kind {
            Kind::Jpeg => (jpeg(from_start(file)?, steps::fit_of(recipe)).unwrap_or(None), false),
            Kind::Tiff => (tiff(file, head)?, false),
            Kind::Png => {
                let moves = PngDecoder::with_limits(from_start(file)?, metadata_limits(0))
                    .and_then(|decoder| decoder.is_apng());
                (foresee_with_image(from_start(file)?, ImageFormat::Png), moves.unwrap_or(false))
            }
            Kind::Webp => {
                let moves = WebPDecoder::new(from_start(file)?).is_ok_and(|decoder| decoder.has_animation());
                (foresee_with_image(from_start(file)?, ImageFormat::WebP), moves)
            }
            Kind::Gif => (of_head(ImageFormat::Gif), gif_moves(from_start(file)?).unwrap_or(false)),
            Kind::Pnm => (of_head(ImageFormat::Pnm), false),
            Kind::Qoi => (of_head(ImageFormat::Qoi), false),
            Kind::Hdr => (of_head(ImageFormat::Hdr), false),
            Kind::Bmp => (bmp::foresee(head, length), false),
            Kind::Dib => (bmp::foresee_dib(head, length), false),
            Kind::Tga => (tga::foresee(head), false),
            Kind::Pfm => (pfm::foresee(head), false),
            Kind::Jxl => (jxl::foresee(from_start(file)?), false),
            Kind::Ico => match ico::largest(head, usize::try_from(length).unwrap_or(usize::MAX)) {
                Ok((start, _)) => (ico::foresee(&part(file, start as u64, HEAD_BYTES)?), false),
                Err(_) => (None, false),
            },
        };
        // What moves stays in a format that does, unless another one is wanted.
        let format = recipe.output.format.unwrap_or(Format::Gif);
        Ok(need.map(|need| match animation::shape(recipe.output.frames, format) {
            Some(_) if moves => {
                let times = animation::pictures_at_once(convert.threads);
                Foreseen { need: animation::need(need.size), times }
            }
            _ => Foreseen { need, times: 1 },
        }))
    }
}

fn from_start(file: &mut File) -> io::Result<BufReader<&mut File>> {
    file.rewind()?;
    Ok(BufReader::with_capacity(64 << 10, file))
}

/// The frame's header may lie behind megabytes of metadata.
fn jpeg(mut file: BufReader<&mut File>, fit: Option<FitBox>) -> io::Result<Option<Need>> {
    for _ in 0..MOST_SEGMENTS {
        file.skip_until(0xff)?;
        let mut marker = 0xff;
        while marker == 0xff {
            [marker] = next(&mut file)?;
        }
        let length = match marker {
            0 | 1 | 0xd0..=0xd8 => continue,
            0xd9 | 0xda => return Ok(None),
            _ => u16::from_be_bytes(next(&mut file)?),
        };
        if !matches!(marker, 0xc0..=0xcf) || matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            file.seek_relative(i64::from(length.max(2)) - 2)?;
            continue;
        }
        let [_, high, low, wide, narrow, channels]: [u8; 6] = next(&mut file)?;
        let (height, width) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([wide, narrow]));
        let (full, channels) = ((u32::from(width), u32::from(height)), u64::from(channels));
        let is_progressive = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
        // In several scans, all coefficients are held.
        let samples = u64::from(width) * u64::from(height) * channels;
        let coefficients = if is_progressive { samples * 2 } else { 0 };
        return Ok(Some(Need::of_jpeg(full, jpeg::decoded_size(full, fit), channels).beside(coefficients)));
    }
    Ok(None)
}

/// Whether a second frame begins.
fn gif_moves(mut file: BufReader<&mut File>) -> io::Result<bool> {
    let table = |packed: u8| if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) };
    let header: [u8; 13] = next(&mut file)?;
    file.seek_relative(table(header[10]))?;
    let mut frames = 0;
    loop {
        match next(&mut file)? {
            [0] => continue,
            [0x21] => file.seek_relative(1)?,
            [0x2c] if frames == 1 => return Ok(true),
            [0x2c] => {
                frames = 1;
                let place: [u8; 9] = next(&mut file)?;
                file.seek_relative(table(place[8]) + 1)?;
            }
            _ => return Ok(false),
        }
        loop {
            match next(&mut file)? {
                [0] => break,
                [length] => file.seek_relative(i64::from(length))?,
            }
        }
    }
}

fn next<const LENGTH: usize>(file: &mut impl Read) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The directory of a TIFF file may lie anywhere. Of its longer values only the depths and what the like says matter here.
fn tiff(file: &mut File, head: &[u8]) -> io::Result<Option<Need>> {
    const LISTS: [u16; 4] = [258, 338, 339, 530];
    let Ok((whole, first)) = Tiff::open(head) else { return Ok(None) };
    let mut bytes = head.to_vec();
    let mut at = first;
    if first.saturating_add(4096) > head.len() as u64 {
        // As if the directory lay right behind the header.
        bytes = head[..16.min(head.len())].to_vec();
        bytes.extend(part(file, first, HEAD_BYTES)?);
        at = 16;
    }
    let Ok(mut directory) = (Tiff { bytes: &bytes, ..whole }).directory(at) else { return Ok(None) };
    for (tag, (field, at)) in std::mem::take(&mut directory.elsewhere) {
        let start = bytes.len();
        if LISTS.contains(&tag) {
            bytes.extend(part(file, at, 1024)?);
        }
        directory.fields.entry(tag).or_insert(Field { at: start, ..field });
    }
    Ok(Layout::read(Tiff { bytes: &bytes, ..whole }, &directory).ok().map(|layout| layout.need()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Recipe;
    use crate::model::recipe::Encoding;
    use crate::model::task::NonPictures;
    use std::io::Write;
    use std::sync::Arc;

    #[test]
    fn a_large_tiff_tells_its_size_from_its_end() {
        let mut bytes = b"II*\0\0\0\x10\0".to_vec();
        bytes.resize(1 << 20, 0);
        bytes.extend(b"\x03\0\0\x01\x04\0\x01\0\0\0\x20\x03\0\0\x01\x01\x03\0\x01\0\0\0\x58\x02\0\0");
        bytes.extend(b"\x11\x01\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0");
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let recipe = Arc::new(Recipe::new("test", Vec::new(), Encoding::SAME));
        let (name, non_pictures) = ("a.tif".to_owned(), NonPictures::Fail);
        let convert = Convert { recipe, name, non_pictures, existing: Vec::new(), threads: 1 };
        let foreseen = look(&mut file, bytes.len() as u64, &convert).expect("read").expect("a picture");
        assert_eq!(foreseen.need, Need::of((800, 600), ColorType::L8).beside(800 * 600 / 8));
        assert_eq!(file.stream_position().expect("a place"), 0);
    }
}
