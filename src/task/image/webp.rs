//! Lossy WebP through libwebp, which leaves the colour profile to the container.

use super::StepError;
use image::DynamicImage;
use webp::Encoder;

/// Marks of the extended header: a profile is there, transparency is there.
const HAS_ICC: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;

/// Encodes with quality 1 to 100.
pub(super) fn encode_lossy(pixels: &DynamicImage, quality: u8, icc: Option<&[u8]>) -> Result<Vec<u8>, StepError> {
    let (width, height) = (pixels.width(), pixels.height());
    let encoded = if pixels.color().has_alpha() {
        Encoder::from_rgba(&pixels.to_rgba8(), width, height).encode_simple(false, f32::from(quality))
    } else {
        Encoder::from_rgb(&pixels.to_rgb8(), width, height).encode_simple(false, f32::from(quality))
    };
    let encoded = encoded.map_err(|error| StepError::Refused(format!("libwebp refused: {error:?}")))?;
    // A gray profile does not describe the colour planes that lossy WebP always has.
    Ok(match icc.filter(|_| pixels.color().has_color()) {
        Some(icc) => with_icc(&encoded, icc, (width, height)),
        None => encoded.to_vec(),
    })
}

/// Puts a colour profile into a WebP file: an extended header, the profile, then what was there.
fn with_icc(webp: &[u8], icc: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let chunks = webp.get(12..).unwrap_or_default();
    let (flags, chunks) = match chunks.strip_prefix(b"VP8X") {
        Some(header) => (header.get(4).copied().unwrap_or(HAS_ALPHA), chunks.get(18..).unwrap_or_default()),
        None => (0, chunks),
    };
    let side = |length: u32| (length - 1).to_le_bytes();
    let mut header = vec![flags | HAS_ICC, 0, 0, 0];
    header.extend(&side(width)[..3]);
    header.extend(&side(height)[..3]);
    let mut body = b"WEBP".to_vec();
    for (name, data) in [(b"VP8X", header.as_slice()), (b"ICCP", icc)] {
        body.extend(name);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(data);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    body.extend(chunks);
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}
