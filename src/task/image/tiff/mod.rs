//! TIFF, read by Millrace itself: of the kinds there are, a library for the common ones reads about half. Every strip and
//! tile has to be there in full; a file that was cut short fails.

mod colour;
pub(super) mod directory;
mod fax;
mod jpeg;
pub(super) mod layout;
mod samples;
mod unpack;

use super::decode::{Allowed, Picture, check};
use super::fault::Fault;
use crate::model::Failure;
use directory::{Directory, File};
use image::DynamicImage;
use image::metadata::Orientation;
use layout::{Layout, Meaning};
use samples::{Canvas, Place};
use std::collections::HashSet;

/// How many pages are looked at; their chain may have no end.
const MOST_PAGES: usize = 1000;
/// The numbers of the largest palette: three for each index of 16 bits.
const MOST_COLOURS: usize = 3 << 16;
const JPEG: u64 = 7;
const OLD_JPEG: u64 = 6;
const WEBP: u64 = 50_001;

/// Decodes the first picture of a file.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "TIFF"))
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let (file, first) = File::open(bytes)?;
    let directory = file.directory(first)?;
    let layout = Layout::read(file, &directory)?;
    check_pages(file, &directory)?;
    check(name, (layout.width, layout.height), layout.canvas_bytes(), allowed.limits)?;
    if layout.chunk_bytes(0) as u64 > allowed.limits.decoded_bytes {
        return Err(Fault::damaged("its tiles are larger than a picture may be"));
    }
    (allowed.reserve)(layout.need())?;
    let icc = directory.bytes(file, 34_675).map(<[u8]>::to_vec);
    let pixels = pixels(file, &directory, &layout, icc.as_deref())?;
    // What is converted is in sRGB afterwards.
    let icc = icc
        .filter(|_| matches!(layout.meaning, Meaning::Gray { .. } | Meaning::Rgb | Meaning::Palette | Meaning::YCbCr));
    let orientation = directory.number(file, 274).and_then(|number| u8::try_from(number).ok());
    let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    Ok(Picture { orientation, ..Picture::new(pixels, icc) })
}

/// Looks at the pages behind the first one, which are not read: a file that was cut lacks something of them. Pages may lead
/// back to earlier ones, and share their lists; no more numbers are looked at than a file of this length has.
fn check_pages(file: File<'_>, first: &Directory) -> Result<(), Fault> {
    let (mut directory, mut pages, mut left) = (first.clone(), HashSet::new(), file.bytes.len());
    for _ in 0..MOST_PAGES {
        let mut has = |lists: (u16, u16)| -> bool {
            let list = |tag| directory.fields.get(&tag).copied();
            let Some((offsets, counts)) = list(lists.0).zip(list(lists.1)) else { return true };
            let length = offsets.count.min(counts.count).min(left);
            left -= length;
            let end = |number| Some(file.nth(offsets, number)?.saturating_add(file.nth(counts, number)?));
            (0..length).map_while(end).all(|end| end <= file.bytes.len() as u64)
        };
        let plain = directory.number(file, 259).unwrap_or(1) == 1;
        if directory.lacks || !plain && (!has((273, 279)) || !has((324, 325))) {
            return Err(Fault::Short);
        }
        if directory.next == 0 || !pages.insert(directory.next) {
            break;
        }
        directory = file.directory(directory.next)?;
    }
    Ok(())
}

fn pixels(file: File<'_>, directory: &Directory, layout: &Layout, icc: Option<&[u8]>) -> Result<DynamicImage, Fault> {
    let mut canvas = Canvas::new(layout);
    let palette = directory.numbers(file, 320, MOST_COLOURS);
    match layout.compression {
        OLD_JPEG | JPEG | WEBP => {
            let layout = jpeg::fill(&mut canvas, file, directory, layout)?;
            colour::picture(canvas, &layout, palette.as_deref(), icc)
        }
        compression => {
            let packing = unpack::packing(compression, directory.number(file, 292).unwrap_or(0))?;
            fill(&mut canvas, file, layout, packing)?;
            colour::picture(canvas, layout, palette.as_deref(), icc)
        }
    }
}

/// Where each chunk lies in the file's list, and on the canvas.
fn chunks(layout: &Layout) -> impl Iterator<Item = (usize, Place, u32)> {
    let (across, down) = layout.grid;
    let per_plane = across as usize * down as usize;
    let planes = if layout.planar { layout.kept() } else { 1 };
    let (width, height) = layout.chunk;
    (0..planes).flat_map(move |plane| {
        (0..down).flat_map(move |row| {
            (0..across).map(move |column| {
                let chunk = plane * per_plane + row as usize * across as usize + column as usize;
                (chunk, Place { x: column * width, y: row * height, plane }, row)
            })
        })
    })
}

fn fill(canvas: &mut Canvas, file: File<'_>, layout: &Layout, packing: unpack::Packing) -> Result<(), Fault> {
    let mut scratch = Vec::new();
    let mut line = Vec::new();
    let shared_colour = layout.subsampling != (1, 1) && !layout.planar;
    for (chunk, place, row) in chunks(layout) {
        let data = layout.data(file, chunk)?;
        let visible = layout.rows(row).min(layout.height - place.y);
        if shared_colour {
            let blocks = blocks(layout, row);
            let unpacked = unpack::unpack(data, packing, layout, row, blocks.2)?;
            lay_blocks(canvas, &unpacked, layout, place, visible, blocks.0)?;
            continue;
        }
        let row_bytes = layout.row_bytes();
        // Rows of a tile that nobody sees may be missing where they are stored as they are. What is packed and ends before
        // them was damaged.
        let is_plain = matches!(packing, unpack::Packing::Plain);
        let wanted = row_bytes * if is_plain { visible } else { layout.rows(row) } as usize;
        let unpacked = unpack::unpack(data, packing, layout, row, wanted)?;
        for (y, row) in unpacked.chunks_exact(row_bytes).take(visible as usize).enumerate() {
            line.clear();
            line.extend_from_slice(row);
            let place = Place { y: place.y + y as u32, ..place };
            samples::lay(canvas, &mut line, layout, file.big_endian, place, &mut scratch);
        }
    }
    Ok(())
}

/// Where several pixels share their colour, they are stored together: how many such blocks lie side by side, how many
/// above one another, and how many bytes they have.
fn blocks(layout: &Layout, row: u32) -> (usize, usize, usize) {
    let (h, v) = layout.subsampling;
    let across = layout.chunk.0.div_ceil(h) as usize;
    let down = layout.rows(row).div_ceil(v) as usize;
    (across, down, across * down * (h as usize * v as usize + 2))
}

fn lay_blocks(
    canvas: &mut Canvas,
    data: &[u8],
    layout: &Layout,
    place: Place,
    visible: u32,
    across: usize,
) -> Result<(), Fault> {
    let Canvas::Bytes(canvas) = canvas else {
        return Err(Fault::unsupported("it shares colour among pixels of more than 8 bits"));
    };
    if layout.bits != 8 || layout.samples != 3 || layout.predictor != 1 {
        return Err(Fault::unsupported("it shares colour among pixels in an odd way"));
    }
    let (h, v) = (layout.subsampling.0 as usize, layout.subsampling.1 as usize);
    for (number, block) in data.chunks_exact(h * v + 2).enumerate() {
        let (left, top) = (number % across * h, number / across * v);
        for (at, &brightness) in block[..h * v].iter().enumerate() {
            let (x, y) = (left + at % h, top + at / h);
            let x = place.x as usize + x;
            if x >= layout.width as usize || y >= visible as usize {
                continue;
            }
            let start = ((place.y as usize + y) * layout.width as usize + x) * layout.kept();
            canvas[start..start + 3].copy_from_slice(&[brightness, block[h * v], block[h * v + 1]]);
        }
    }
    Ok(())
}
