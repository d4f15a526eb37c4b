//! Taking metadata out of files without touching their pixels. What is known to belong to the picture stays; everything
//! else goes, whoever put it there. So does the resolution, which is put in anew where it is to stay.

use super::super::chunks::{self, Chunk};
use super::super::jpeg;
use super::super::kind::Kind;
use super::exif;
use super::resolution::{self, Resolution};

/// The chunks of a PNG file that tell how its pixels are to be shown.
const OF_THE_PICTURE: [&[u8; 4]; 21] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"sTER", b"acTL", b"fcTL", b"fdAT",
];

/// The file without metadata; its colour profile stays. `None`: that is not possible for files of this kind.
pub(in super::super) fn without_meta(bytes: &[u8], kind: Kind) -> Option<Vec<u8>> {
    match kind {
        Kind::Jpeg => jpeg::without_meta(bytes),
        Kind::Png => Some(chunks::png_of(chunks::png(bytes).filter(is_of_the_picture))),
        Kind::Webp => Some(webp(bytes)),
        Kind::Gif => gif(bytes),
        Kind::Bmp => Some(resolution::out_of_bmp(bytes.to_vec())),
        Kind::Tiff if exif::is_bare_tiff(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}

/// Without a unit, what has room for the resolution tells the shape of a pixel, and stays. What is told with a unit goes,
/// shape or not.
fn is_of_the_picture(chunk: &Chunk<'_>) -> bool {
    let is_resolution = &chunk.name == b"pHYs" && Resolution::of_png(chunk.data).is_some();
    OF_THE_PICTURE.contains(&&chunk.name) && !is_resolution
}

fn webp(bytes: &[u8]) -> Vec<u8> {
    let said: Vec<u8> = chunks::webp(bytes).find(|chunk| &chunk.name == b"VP8X").map_or(Vec::new(), |header| {
        let mut said = header.data.to_vec();
        // Neither EXIF nor XMP.
        said.iter_mut().take(1).for_each(|flags| *flags &= !0x0c);
        said
    });
    let is_kept = |name: &[u8; 4]| matches!(name, b"VP8X" | b"ICCP" | b"ANIM" | b"ANMF" | b"ALPH" | b"VP8 " | b"VP8L");
    let kept = chunks::webp(bytes).filter(|chunk| is_kept(&chunk.name));
    chunks::webp_of(kept.map(|chunk| if &chunk.name == b"VP8X" { Chunk { data: &said, ..chunk } } else { chunk }))
}

/// Frames, their times, how often they play, and a colour profile. Neither comments nor what other programs left.
fn gif(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = chunks::gif_head(bytes)?.to_vec();
    for block in chunks::gif(bytes) {
        let is_kept = match block {
            chunks::Block::Extension(0xf9, _) | chunks::Block::Frame(_) | chunks::Block::Trailer => true,
            chunks::Block::Extension(..) => {
                [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"].into_iter().any(|known| block.is_of(known))
            }
        };
        if is_kept {
            out.extend(block.bytes());
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::embed::chunk;
    use super::*;

    #[test]
    fn the_resolution_goes_and_the_shape_of_pixels_stays() {
        for (unit, stays) in [(1, false), (0, true)] {
            let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
            chunk(&mut png, b"pHYs", &[&[0, 0, 11, 19, 0, 0, 11, 19, unit]]);
            let bare = without_meta(&png, Kind::Png).expect("a PNG");
            assert_eq!(chunks::png(&bare).count() == 1, stays);
            let shape = if stays { [0, 0, 2, 0, 1] } else { [0, 0, 1, 0, 1] };
            let jfif = [&b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02"[..], &[unit, 0, 2, 0, 1, 0, 0], b"\xff\xd9"].concat();
            let bare = without_meta(&jfif, Kind::Jpeg).expect("a JPEG");
            assert_eq!((bare.len(), &bare[13..18]), (jfif.len(), &shape[..]));
        }
        let mut bmp = vec![7; 60];
        bmp[14..18].copy_from_slice(&40_u32.to_le_bytes());
        let bare = without_meta(&bmp, Kind::Bmp).expect("a BMP");
        assert_eq!(bare, [&bmp[..38], &[0; 8], &bmp[46..]].concat());
        bmp[14] = 12;
        assert_eq!(without_meta(&bmp, Kind::Bmp), Some(bmp), "an old header has no room for it");
    }
}
