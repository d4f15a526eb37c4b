//! Strips and tiles that are whole pictures themselves: JPEG, old and new, and WebP.

use super::super::fault::Fault;
use super::super::jpeg::{Channels, decode_part, decode_part_with_image};
use super::chunks;
use super::directory::{Directory, File};
use super::layout::{Layout, Meaning};
use super::samples::Canvas;
use super::{OLD_JPEG, WEBP};
use image::ImageFormat;
use std::borrow::Cow;

/// Decodes every chunk. Answers the layout of what is on the canvas then.
pub(super) fn fill(
    canvas: &mut Canvas,
    file: File<'_>,
    directory: &Directory,
    layout: &Layout,
) -> Result<Layout, Fault> {
    let Canvas::Bytes(canvas) = canvas else {
        return Err(Fault::unsupported("it holds JPEG data of more than 8 bits"));
    };
    let kept = layout.kept();
    let tables = directory.bytes(file, 347);
    let whole = if layout.compression == OLD_JPEG { Some(old_stream(file, directory, layout)?) } else { None };
    for (chunk, place, row) in chunks(layout) {
        if whole.is_some() && chunk > 0 {
            break;
        }
        let (data, rows) = match &whole {
            Some(stream) => (Cow::Borrowed(&**stream), layout.height),
            None => (Cow::Borrowed(layout.data(file, chunk)?), layout.rows(row)),
        };
        let part = if layout.compression == WEBP { webp(&data, layout.chunk)? } else { jpeg(&data, tables, layout)? };
        let visible = (part.height.min(rows), part.width.min(layout.width - place.x));
        if part.height < rows.min(layout.height - place.y) || part.width < layout.chunk.0.min(layout.width - place.x) {
            return Err(Fault::damaged("a part of it is smaller than it says"));
        }
        let channels = part.per_pixel;
        let (first, used) = if layout.planar { (place.plane, 1) } else { (0, channels.min(kept)) };
        for y in 0..visible.0.min(layout.height - place.y) {
            let from = &part.samples[y as usize * part.width as usize * channels..];
            let start = ((place.y + y) as usize * layout.width as usize + place.x as usize) * kept;
            let to = &mut canvas[start..start + visible.1 as usize * kept];
            for (to, from) in to.chunks_exact_mut(kept).zip(from.chunks_exact(channels)) {
                to[first..first + used].copy_from_slice(&from[..used]);
            }
        }
    }
    // The decoder has brought brightness and colour to RGB.
    let meaning = if layout.meaning == Meaning::YCbCr && !layout.planar { Meaning::Rgb } else { layout.meaning };
    Ok(Layout { meaning, ..*layout })
}

fn webp(data: &[u8], size: (u32, u32)) -> Result<Channels, Fault> {
    let image = decode_part_with_image(data, ImageFormat::WebP, size)?;
    let (width, height) = (image.width(), image.height());
    Ok(if image.color().has_alpha() {
        Channels { width, height, per_pixel: 4, samples: image.into_rgba8().into_raw() }
    } else {
        Channels { width, height, per_pixel: 3, samples: image.into_rgb8().into_raw() }
    })
}

/// Says in Adobe's way whether the channels are to be converted: no other mark is heeded by every decoder.
fn adobe(convert: bool) -> [u8; 16] {
    let mut segment = *b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";
    segment[15] = u8::from(convert);
    segment
}

fn jpeg(data: &[u8], tables: Option<&[u8]>, layout: &Layout) -> Result<Channels, Fault> {
    let Some(body) = data.strip_prefix(b"\xff\xd8") else {
        return Err(Fault::damaged("a part of it is no JPEG data"));
    };
    let mut stream = vec![0xff, 0xd8];
    if layout.meaning.channels() == 3 && !layout.planar {
        stream.extend(adobe(layout.meaning == Meaning::YCbCr));
    }
    if let Some(tables) = tables {
        let tables = tables.strip_prefix(b"\xff\xd8").unwrap_or(tables);
        stream.extend(tables.strip_suffix(b"\xff\xd9").unwrap_or(tables));
    }
    stream.extend(body);
    let part = decode_part(&stream, layout.chunk)?;
    let wanted = if layout.planar { 1 } else { layout.samples.min(4) };
    if part.per_pixel != wanted {
        return Err(Fault::damaged("a part of it has another number of channels"));
    }
    Ok(part)
}

/// The first way to hold a JPEG file in a TIFF file: the whole of it somewhere, or its head there and its data in strips.
fn old_stream<'a>(file: File<'a>, directory: &Directory, layout: &Layout) -> Result<Cow<'a, [u8]>, Fault> {
    let number = |tag| directory.number(file, tag).and_then(|number| usize::try_from(number).ok());
    let start = number(513).ok_or_else(|| Fault::unsupported("its JPEG data is in pieces of the old kind"))?;
    let rest = file.bytes.get(start..).ok_or(Fault::Short)?;
    let head = number(514).filter(|&length| length > 0).and_then(|length| rest.get(..length)).unwrap_or(rest);
    if !head.starts_with(b"\xff\xd8") {
        return Err(Fault::damaged("its JPEG data is not where it should be"));
    }
    let has_data = head.windows(2).any(|pair| pair == b"\xff\xda");
    if has_data && head.windows(2).any(|pair| pair == b"\xff\xd9") {
        return Ok(Cow::Borrowed(head));
    }
    let mut stream = head.strip_suffix(b"\xff\xd9").unwrap_or(head).to_vec();
    for chunk in 0..layout.offsets.count {
        stream.extend(layout.data(file, chunk)?);
        if stream.len() > file.bytes.len() {
            return Err(Fault::damaged("its JPEG data is in more pieces than it has"));
        }
    }
    if !stream.ends_with(b"\xff\xd9") {
        stream.extend(b"\xff\xd9");
    }
    Ok(Cow::Owned(stream))
}
