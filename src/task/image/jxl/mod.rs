//! JPEG XL, read through jxl-oxide. It is handed the boxes of the picture alone: what is packed in others it would unpack at
//! once, however much that is.

mod wide;

use super::chunks::{self, BoxHead};
use super::decode::{Allowed, Need, Picture, check};
use super::fault::Fault;
use super::inks;
use crate::model::{ErrorKind, Failure};
use image::{DynamicImage, ImageBuffer};
use jxl_oxide::color::{ColourEncoding, ColourSpace, TransferFunction};
use jxl_oxide::{
    AllocTracker, FrameBufferSample, ImageStream, InitializeResult, JxlImage, JxlThreadPool, PixelFormat,
    UninitializedJxlImage,
};
use std::io::{self, Read, Seek};
use wide::{AnyError, Wide};

/// What decoding takes for each sample of the picture: several planes of 32 bits.
const BYTES_PER_SAMPLE: u64 = 16;

/// Where the header of a picture has ended in nearly every file.
const HEAD: u64 = 64 << 10;

/// Where it has ended in every file: a profile is part of it.
const MOST_FORESEEING: u64 = 4 << 20;

/// Decodes a file; of an animation, its first frame.
pub(super) fn decode(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Failure> {
    read(bytes, name, allowed).map_err(|fault| fault.failure(name, "JPEG XL"))
}

/// What decoding will ask for, from the beginning of a file.
pub(super) fn foresee(mut file: impl Read + Seek) -> Option<Need> {
    [HEAD, MOST_FORESEEING].into_iter().find_map(|most| {
        let mut start = start(MOST_FORESEEING as usize * 4);
        start.feed_bytes(&beginning(&mut file, most).ok()?).ok()?;
        match start.try_init().ok()? {
            InitializeResult::Initialized(image) => Some(need(&image)),
            InitializeResult::NeedMoreData(_) => None,
        }
    })
}

/// The beginning of the picture in a file. No more than so much is read; what belongs to other things is passed over.
fn beginning(file: &mut (impl Read + Seek), most: u64) -> io::Result<Vec<u8>> {
    let (mut picture, mut room) = (Vec::new(), most);
    file.rewind()?;
    file.take(BoxHead::LONGEST as u64).read_to_end(&mut picture)?;
    if !chunks::is_boxed(&picture) {
        file.take(room).read_to_end(&mut picture)?;
        return Ok(picture);
    }
    picture.clear();
    file.rewind()?;
    while room > 0 {
        let mut head_bytes = Vec::new();
        file.take(BoxHead::LONGEST as u64).read_to_end(&mut head_bytes)?;
        let Some(head) = BoxHead::read(&head_bytes) else { break };
        file.seek_relative(head.length as i64 - head_bytes.len() as i64)?;
        room = room.saturating_sub(head.length as u64);
        let data = head.data.unwrap_or(u64::MAX);
        if head.is_of_picture() {
            picture.extend(&head_bytes[..head.length]);
            room -= file.take(data.min(room)).read_to_end(&mut picture)? as u64;
        } else {
            // The last one may go on to the end, wherever that is.
            let Ok(()) = i64::try_from(data).map_err(io::Error::other).and_then(|data| file.seek_relative(data)) else {
                break;
            };
        }
    }
    Ok(picture)
}

fn start(most_bytes: usize) -> UninitializedJxlImage {
    let tracker = AllocTracker::with_limit(most_bytes);
    JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker).build_uninit()
}

fn is_deep(image: &JxlImage) -> bool {
    image.image_header().metadata.bit_depth.bits_per_sample() > 8
}

fn need(image: &JxlImage) -> Need {
    let (size, format) = ((image.width(), image.height()), image.pixel_format());
    let samples = u64::from(size.0).saturating_mul(u64::from(size.1)).saturating_mul(format.channels() as u64);
    let is_deep = is_deep(image);
    let pixels = samples.saturating_mul(if is_deep { 2 } else { 1 });
    Need { size, pixels, decoding: pixels, is_deep, has_alpha: format.has_alpha() }
        .beside(samples.saturating_mul(BYTES_PER_SAMPLE))
}

/// What a file does with its colours where there is no profile of them. jxl-oxide would make one, and panics.
fn colours_without_profile(encoding: &ColourEncoding) -> Option<&'static str> {
    let ColourEncoding::Enum(told) = encoding else { return None };
    match (told.colour_space, told.tf) {
        (ColourSpace::Unknown, _) | (_, TransferFunction::Unknown) => Some("does not say what its colours are"),
        (ColourSpace::Xyb, _) => Some("hands out its colours as XYB"),
        _ => None,
    }
}

/// The samples of a picture. Those of wide colours come from 0 to 1, and each is as `narrowed` makes it.
fn samples<S: FrameBufferSample + Clone + Default>(
    stream: &mut ImageStream<'_>,
    wide: Option<&Wide>,
    narrowed: impl Fn(f32) -> S,
) -> Result<Vec<S>, AnyError> {
    let length = stream.width() as usize * stream.height() as usize * stream.channels() as usize;
    let mut samples = vec![S::default(); length];
    match wide {
        Some(wide) => wide.write(stream, &mut samples, narrowed)?,
        None => _ = stream.write_to_buffer(&mut samples),
    }
    Ok(samples)
}

fn read(bytes: &[u8], name: &str, allowed: &Allowed<'_>) -> Result<Picture, Fault> {
    let refused = |error: AnyError| match error.downcast_ref::<std::io::Error>() {
        Some(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => Fault::Short,
        _ if error.to_string().contains("memory") => {
            Fault::Failed(Failure::new(ErrorKind::Limit, format!("{name} would take more memory than a picture may")))
        }
        _ => Fault::damaged(error.to_string()),
    };
    let mut start = start(usize::try_from(allowed.limits.decoded_bytes * 2).unwrap_or(usize::MAX));
    if chunks::is_boxed(bytes) {
        for part in chunks::jxl(bytes).filter(|part| part.head.is_of_picture()) {
            start.feed_bytes(part.bytes).map_err(refused)?;
        }
    } else {
        start.feed_bytes(bytes).map_err(refused)?;
    }
    let InitializeResult::Initialized(mut image) = start.try_init().map_err(refused)? else {
        return Err(Fault::Short);
    };
    if let Some(does) = colours_without_profile(&image.image_header().metadata.colour_encoding) {
        let sentence = format!("{name} {does}, so there is no showing them");
        return Err(Fault::Failed(Failure::new(ErrorKind::Unsupported, sentence)));
    }
    let format = image.pixel_format();
    let need = need(&image);
    check(name, need.size, need.pixels, allowed.limits)?;
    (allowed.reserve)(need)?;
    image.feed_bytes(&[]).map_err(refused)?;
    image.finalize().map_err(refused)?;
    if !image.is_loading_done() || image.num_loaded_keyframes() == 0 {
        return Err(Fault::Short);
    }
    let wide = Wide::begin(&mut image).map_err(refused)?;
    let icc = wide.as_ref().map_or_else(|| image.rendered_icc(), |wide| wide.icc.clone());
    let render = image.render_frame(0).map_err(refused)?;
    let mut stream = render.stream();
    let (width, height, channels) = (stream.width(), stream.height(), stream.channels());
    let pixels = if need.is_deep && !format.has_black() {
        let narrowed = |value: f32| (value * 65_535.0).round() as u16;
        let words = samples(&mut stream, wide.as_ref(), narrowed).map_err(refused)?;
        match channels {
            1 => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLuma16),
            2 => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLumaA16),
            3 => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgb16),
            _ => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgba16),
        }
    } else {
        let narrowed = |value: f32| (value * 255.0).round() as u8;
        let mut bytes = samples(&mut stream, wide.as_ref(), narrowed).map_err(refused)?;
        match (format, channels) {
            // Stored as light is: 0 is full ink.
            (PixelFormat::Cmyk, 4) => {
                for ink in &mut bytes {
                    *ink = !*ink;
                }
                ImageBuffer::from_raw(width, height, inks::to_rgb(&bytes, Some(&icc))).map(DynamicImage::ImageRgb8)
            }
            (PixelFormat::Cmyka, _) => return Err(Fault::unsupported("it has inks and transparency")),
            (_, 1) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
            (_, 2) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8),
            (_, 3) => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
            _ => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
        }
    };
    let icc = (!format.has_black() && !icc.is_empty()).then_some(icc);
    let pixels = pixels.ok_or(Fault::Short)?;
    // The decoder has turned it upright already.
    Ok(Picture::new(pixels, icc))
}

#[cfg(test)]
mod tests {
    use super::super::LIMITS;
    use super::super::chunks::named;
    use super::*;
    use std::io::Cursor;
    use zune_core::{bit_depth::BitDepth, colorspace::ColorSpace, options::EncoderOptions};

    fn stream() -> Vec<u8> {
        let mut bytes = Vec::new();
        let options = EncoderOptions::new(4, 3, ColorSpace::RGB, BitDepth::Eight);
        zune_jpegxl::JxlSimpleEncoder::new(&[90; 36], options).encode(&mut bytes).expect("encoded");
        bytes
    }

    #[test]
    fn only_the_boxes_of_the_picture_reach_the_decoder() {
        let allowed = Allowed { limits: LIMITS, reserve: &|_| Ok(()) };
        let (begin, stream) = (named(b"JXL ", b"\r\n\x87\n"), stream());
        let (first, second) = stream.split_at(stream.len() / 2);
        let first = named(b"jxlp", &[b"\0\0\0\0", first].concat());
        let second = named(b"jxlp", &[b"\x80\0\0\x01", second].concat());
        // Of this box the decoder would say that it may not be packed.
        let packed = named(b"brob", b"jbrdxxxx");
        let large = named(b"Exif", &vec![0; MOST_FORESEEING as usize + 1]);
        let whole = [&begin[..], &packed, &large, &first, &packed, &second].concat();
        for file in [&stream[..], &whole] {
            let picture = decode(file, "a.jxl", &allowed).expect("decoded");
            assert_eq!((picture.pixels.width(), picture.pixels.height()), (4, 3));
            let need = foresee(Cursor::new(file)).expect("foreseen");
            assert_eq!(need.size, (4, 3));
        }
        let last = [&begin[..], &packed, b"\0\0\0\0jxlc", &stream].concat();
        for file in [&stream[..], &last] {
            assert!(decode(file, "a.jxl", &allowed).is_ok());
            let cut = decode(&file[..file.len() - 8], "a.jxl", &allowed);
            assert!(cut.is_err_and(|failure| failure.sentence.contains("too early")));
        }
        let cut = decode(&whole[..whole.len() - 8], "a.jxl", &allowed);
        assert!(cut.is_err_and(|failure| failure.sentence.contains("too early")));
    }

    #[test]
    fn what_is_passed_over_is_not_read() {
        let begin = named(b"JXL ", b"\r\n\x87\n");
        let boxes = [&begin[..], &named(b"Exif", &[1; 99]), &named(b"jxlc", &[2; 99])].concat();
        let of_picture = [&begin[..], &named(b"jxlc", &[2; 99])].concat();
        assert_eq!(beginning(&mut Cursor::new(&boxes), 1000).expect("read"), of_picture);
        let endless = [&of_picture[..], b"\0\0\0\0Exif", &[1; 99]].concat();
        assert_eq!(beginning(&mut Cursor::new(&endless), 1000).expect("read"), of_picture);
        // No room is taken by what is passed over, but by its head.
        let room = of_picture.len() as u64 + 8;
        assert_eq!(beginning(&mut Cursor::new(&boxes), room).expect("read"), of_picture);
        assert_eq!(beginning(&mut Cursor::new(&boxes), room - 9).expect("read"), of_picture[..of_picture.len() - 9]);
    }
}
