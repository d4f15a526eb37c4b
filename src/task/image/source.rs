//! The input file: whether it can be read at all, and what it holds by its own bytes rather than by its name.

use super::chunks::{self, Chunk};
use super::kind::Kind;
use super::{Limits, bmp};
use crate::model::{ErrorKind, Failure, filename};
use crate::task::Handles;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    Picture(Kind),
    /// Something else, as words for a sentence where they are known.
    Other(Option<&'static str>),
}

/// Opens a file and looks how long it is.
pub(super) fn open(handles: &Handles, path: &Path, name: &str, limits: Limits) -> Result<(File, u64), Failure> {
    let unread = |error: io::Error| Failure::from_io("read", Path::new(name), &error);
    let file = handles.input(path).map_err(|unopened| unopened.failure_of(name))?;
    let length = file.metadata().map_err(unread)?.len();
    if length == 0 {
        return Err(Failure::new(ErrorKind::Decode, format!("{name} is empty")));
    }
    if length > limits.file_bytes {
        let (has, most) = (length >> 20, limits.file_bytes >> 20);
        return Err(Failure::new(
            ErrorKind::Limit,
            format!("{name} has {has} MiB; pictures may have up to {most} MiB"),
        ));
    }
    Ok((file, length))
}

/// Reads a file of this length whole; if it grows meanwhile, not more.
pub(super) fn read(file: File, length: u64, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::with_capacity(length as usize);
    let read = file.take(length).read_to_end(&mut bytes);
    read.map_err(|error| Failure::from_io("read", Path::new(name), &error))?;
    Ok(bytes)
}

/// Tells what a file holds. The name counts only for TGA, which need not have a mark.
pub(super) fn contents(bytes: &[u8], name: &str) -> Contents {
    if filename::is_raw_picture(Path::new(name)) {
        return Contents::Other(Some("a raw camera file"));
    }
    if let Some(other) = other_contents(bytes) {
        return Contents::Other(Some(other));
    }
    match Kind::of(bytes) {
        Some(kind) => Contents::Picture(kind),
        None if ["tga", "icb", "vda", "vst"].iter().any(|known| filename_ends_in(name, known)) => {
            Contents::Picture(Kind::Tga)
        }
        None if bmp::is_dib(bytes) => Contents::Picture(Kind::Dib),
        None => Contents::Other(None),
    }
}

/// Whether a WebP file keeps its pixels exactly. The chunk of the picture comes first, or behind the extended header and
/// what belongs before the picture.
pub(super) fn is_lossless_webp(bytes: &[u8]) -> bool {
    let is_picture = |chunk: &Chunk<'_>| matches!(&chunk.name, b"VP8L" | b"VP8 ");
    let first = chunks::webp(bytes).find_map(|chunk| match &chunk.name {
        b"ANMF" => chunks::webp_frame(chunk).find(is_picture),
        _ => Some(chunk).filter(is_picture),
    });
    first.is_some_and(|chunk| &chunk.name == b"VP8L")
}

fn filename_ends_in(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// Names what people most often take for a picture.
fn other_contents(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(512)];
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let brand = (head.get(4..8) == Some(b"ftyp")).then(|| head.get(8..12)).flatten();
    match brand {
        Some(b"avif" | b"avis") => return Some("an AVIF picture"),
        Some(b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1") => return Some("a HEIC picture"),
        Some(_) => return Some("a video"),
        None => {}
    }
    if ["<!doctype html", "<html", "<head", "<body"].iter().any(|mark| text.starts_with(mark)) {
        Some("a web page")
    } else if text.starts_with("<svg") || text.starts_with("<?xml") && text.contains("<svg") {
        Some("an SVG drawing")
    } else if head.starts_with(b"%PDF") {
        Some("a PDF document")
    } else if head.starts_with(b"PK\x03\x04") {
        Some("a ZIP archive")
    } else if head.starts_with(b"8BPS") {
        Some("a Photoshop document")
    } else if head.starts_with(b"\0\0\0\x0cjP  ") {
        Some("a JPEG 2000 picture")
    } else {
        None
    }
}

/// The failure of a file that is no picture that Millrace reads.
pub(super) fn unsupported(name: &str, what: Option<&str>) -> Failure {
    let is = match what {
        Some(what) => format!("is {what}, which Millrace does not read"),
        None => "is not a picture that Millrace reads".to_owned(),
    };
    let reads = "it reads JPEG, PNG, WebP, GIF, TIFF, BMP, ICO, TGA, PNM, PFM, QOI, HDR and JPEG XL";
    Failure::new(ErrorKind::Unsupported, format!("{name} {is}; {reads}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_bytes() {
        assert_eq!(contents(b"\x89PNG\r\n\x1a\n....", "a.jpg"), Contents::Picture(Kind::Png));
        assert_eq!(contents(b"\xff\xd8\xff\xe0....", "a.png"), Contents::Picture(Kind::Jpeg));
        assert_eq!(contents(b" <!DOCTYPE html><html>", "a.jpg"), Contents::Other(Some("a web page")));
        assert_eq!(contents(b"\0\0\0\x18ftypheic....", "a.jpg"), Contents::Other(Some("a HEIC picture")));
        assert_eq!(contents(b"nothing at all", "a.jpg"), Contents::Other(None));
        assert_eq!(contents(b"II*\0....", "a.NEF"), Contents::Other(Some("a raw camera file")));
        assert_eq!(contents(b"nothing at all", "a.TGA"), Contents::Picture(Kind::Tga));
    }
}
