//! Taking metadata out of files without touching their pixels. What is known to belong to the picture stays; everything
//! else goes, whoever put it there.

use super::super::chunks::{self, Chunk};
use super::super::jpeg;
use super::super::kind::Kind;
use super::exif;

/// The chunks of a PNG file that tell how its pixels are to be shown.
const OF_THE_PICTURE: [&[u8; 4]; 21] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"hIST", b"pHYs", b"sPLT", b"sTER", b"acTL", b"fcTL", b"fdAT",
];

/// The file without metadata; its colour profile stays. `None`: that is not possible for files of this kind.
pub(in super::super) fn without_meta(bytes: &[u8], kind: Kind) -> Option<Vec<u8>> {
    match kind {
        Kind::Jpeg => jpeg::without_meta(bytes),
        Kind::Png => Some(chunks::png_of(chunks::png(bytes).filter(|chunk| OF_THE_PICTURE.contains(&&chunk.name)))),
        Kind::Webp => Some(webp(bytes)),
        Kind::Gif => gif(bytes),
        // It has nothing but pixels.
        Kind::Bmp => Some(bytes.to_vec()),
        Kind::Tiff if exif::is_bare_tiff(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
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
