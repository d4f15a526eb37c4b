//! TIFF, written by Millrace itself, so that the metadata is in the same file: strips packed with Deflate, each row as
//! differences of neighbours.

use super::super::meta::Meta;
use super::super::meta::exif::{Entries, Entry, write_directory};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::DynamicImage;
use std::io::Write;

/// How many bytes a strip has before it is packed.
const STRIP_BYTES: usize = 256 << 10;

pub(super) fn encode(pixels: &DynamicImage, meta: &Meta, icc: Option<&[u8]>) -> Vec<u8> {
    let layout = Layout::of(pixels);
    let row_bytes = pixels.width() as usize * layout.channels * layout.bytes;
    let rows = (STRIP_BYTES / row_bytes.max(1)).clamp(1, pixels.height().max(1) as usize);
    let mut out = b"II*\0\0\0\0\0".to_vec();
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for strip in pixels.as_bytes().chunks(row_bytes * rows) {
        let packed = packed(strip, row_bytes, &layout);
        offsets.push(out.len() as u32);
        counts.push(packed.len() as u32);
        out.extend(packed);
    }
    out.resize(out.len().next_multiple_of(2), 0);
    let mut parts = described(meta);
    let long = |tag, values: &[u32]| Entry {
        tag,
        kind: 4,
        count: values.len() as u32,
        value: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    };
    let short = |tag, values: &[u16]| Entry {
        tag,
        kind: 3,
        count: values.len() as u32,
        value: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    };
    let bytes = |tag, kind, value: &[u8]| Entry { tag, kind, count: value.len() as u32, value: value.to_vec() };
    parts.main.extend([
        long(256, &[pixels.width()]),
        long(257, &[pixels.height()]),
        short(258, &vec![layout.bytes as u16 * 8; layout.channels]),
        short(259, &[8]),
        short(262, &[if layout.channels > 2 { 2 } else { 1 }]),
        long(273, &offsets),
        short(277, &[layout.channels as u16]),
        long(278, &[rows as u32]),
        long(279, &counts),
        short(284, &[1]),
        short(317, &[2]),
        short(339, &vec![1; layout.channels]),
    ]);
    if layout.channels.is_multiple_of(2) {
        parts.main.push(short(338, &[2]));
    }
    parts.main.extend(meta.xmp.as_deref().map(|xmp| bytes(700, 1, xmp)));
    parts.main.extend(meta.iptc.as_deref().map(|iptc| bytes(33_723, 7, iptc)));
    parts.main.extend(icc.map(|icc| bytes(34_675, 7, icc)));
    for (tag, part) in [(34_665, &parts.exif), (34_853, &parts.place)] {
        if !part.is_empty() {
            let at = out.len() as u32;
            write_directory(&mut out, part, false);
            parts.main.push(long(tag, &[at]));
        }
    }
    parts.main.sort_by_key(|entry| entry.tag);
    let at = out.len() as u32;
    out[4..8].copy_from_slice(&at.to_le_bytes());
    write_directory(&mut out, &parts.main, false);
    out
}

/// What EXIF data says of the picture, if it can be taken over.
fn described(meta: &Meta) -> Entries {
    let mut entries = meta.exif.as_deref().and_then(Entries::of).unwrap_or_default();
    if entries.big_endian {
        let parts = [&mut entries.main, &mut entries.exif, &mut entries.place];
        parts.into_iter().flatten().for_each(swap);
        entries.big_endian = false;
    }
    if !entries.main.iter().any(|entry| entry.tag == 274) {
        entries.main.push(Entry { tag: 274, kind: 3, count: 1, value: vec![1, 0] });
    }
    entries
}

/// Turns the numbers of a field round.
fn swap(entry: &mut Entry) {
    let size = match entry.kind {
        3 | 8 => 2,
        4 | 5 | 9 | 10 | 11 | 13 => 4,
        12 => 8,
        _ => return,
    };
    entry.value.chunks_exact_mut(size).for_each(<[u8]>::reverse);
}

struct Layout {
    channels: usize,
    /// Of a sample.
    bytes: usize,
}

impl Layout {
    fn of(pixels: &DynamicImage) -> Layout {
        let color = pixels.color();
        let channels = usize::from(color.channel_count());
        Layout { channels, bytes: usize::from(color.bytes_per_pixel()) / channels }
    }
}

fn packed(strip: &[u8], row_bytes: usize, layout: &Layout) -> Vec<u8> {
    let mut strip = strip.to_vec();
    if cfg!(target_endian = "big") {
        strip.chunks_exact_mut(layout.bytes).for_each(<[u8]>::reverse);
    }
    let stride = layout.channels * layout.bytes;
    for row in strip.chunks_exact_mut(row_bytes) {
        match layout.bytes {
            1 => (stride..row.len()).rev().for_each(|at| row[at] = row[at].wrapping_sub(row[at - stride])),
            _ => (stride..row.len()).step_by(2).rev().for_each(|at| {
                let word = |at: usize| u16::from_le_bytes([row[at], row[at + 1]]);
                let difference = word(at).wrapping_sub(word(at - stride)).to_le_bytes();
                row[at..at + 2].copy_from_slice(&difference);
            }),
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(4));
    // Writing to memory cannot fail.
    encoder.write_all(&strip).and_then(|()| encoder.finish()).unwrap_or_default()
}
