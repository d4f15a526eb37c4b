//! Unpacking one strip or tile. What comes out has exactly the bytes that were asked for, or it is a fault.

use super::super::fault::Fault;
use super::fax::{self, Fax};
use super::layout::Layout;
use flate2::read::ZlibDecoder;
use std::borrow::Cow;
use std::io::Read;
use weezl::BitOrder;

/// How pixels are packed: all that is not JPEG.
#[derive(Debug, Clone, Copy)]
pub(super) enum Packing {
    Plain,
    Lzw,
    Deflate,
    PackBits,
    Fax(Fax),
    Zstd,
    Xz,
}

/// The names of what is not read.
const NAMES: [(u64, &str); 20] = [
    (9, "JBIG"),
    (10, "JBIG"),
    (32_766, "NeXT"),
    (32_809, "ThunderScan"),
    (32_908, "Pixar film"),
    (32_909, "Pixar log"),
    (32_947, "Kodak DCS"),
    (33_003, "JPEG 2000"),
    (33_005, "JPEG 2000"),
    (34_661, "JBIG"),
    (34_676, "SGI log"),
    (34_677, "SGI log"),
    (34_712, "JPEG 2000"),
    (34_887, "LERC"),
    (34_892, "lossy JPEG of a camera"),
    (34_933, "PNG"),
    (34_934, "JPEG XR"),
    (50_002, "JPEG XL"),
    (52_546, "JPEG XL"),
    (65_000, "Kodak DCR"),
];

/// The options of group 3 in field 292.
pub(super) fn packing(compression: u64, fax_options: u64) -> Result<Packing, Fault> {
    Ok(match compression {
        1 => Packing::Plain,
        2 => Packing::Fax(Fax::Huffman),
        3 => Packing::Fax(Fax::Group3 { two_dimensional: fax_options & 1 == 1 }),
        4 => Packing::Fax(Fax::Group4),
        5 => Packing::Lzw,
        8 | 32_946 => Packing::Deflate,
        32_771 => Packing::Fax(Fax::HuffmanWords),
        32_773 => Packing::PackBits,
        34_925 => Packing::Xz,
        50_000 => Packing::Zstd,
        other => {
            let named = NAMES.iter().find(|(number, _)| *number == other).map(|(_, name)| format!("packed as {name}"));
            let packed = named.unwrap_or_else(|| format!("packed in a way that has no name, {other}"));
            return Err(Fault::unsupported(format!("it is {packed}")));
        }
    })
}

/// Unpacks a chunk into `wanted` bytes.
pub(super) fn unpack<'a>(
    data: &'a [u8],
    packing: Packing,
    layout: &Layout,
    row: u32,
    wanted: usize,
) -> Result<Cow<'a, [u8]>, Fault> {
    let data = if layout.reversed {
        Cow::Owned(data.iter().map(|byte| byte.reverse_bits()).collect::<Vec<_>>())
    } else {
        Cow::Borrowed(data)
    };
    let unpacked = match packing {
        Packing::Plain => {
            return match data {
                Cow::Borrowed(data) => data.get(..wanted).map(Cow::Borrowed).ok_or(Fault::Short),
                Cow::Owned(data) if data.len() >= wanted => Ok(Cow::Owned(data)),
                Cow::Owned(_) => Err(Fault::Short),
            };
        }
        Packing::Lzw => lzw(&data, wanted)?,
        Packing::Deflate => deflate(&data, wanted)?,
        Packing::PackBits => pack_bits(&data, wanted)?,
        Packing::Fax(fax) => {
            if layout.bits != 1 || layout.samples_in_chunk() != 1 {
                return Err(Fault::damaged("a fax has one bit a pixel, and this one has more"));
            }
            fax::decode(&data, fax, layout.chunk.0, layout.rows(row))?
        }
        Packing::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(&*data);
            exactly(decoder.map_err(|error| Fault::damaged(error.to_string()))?, wanted)?
        }
        Packing::Xz if xz_dictionary(&data).is_none_or(|bytes| bytes > MOST_DICTIONARY) => {
            return Err(Fault::unsupported("its LZMA data needs an odd amount of memory"));
        }
        Packing::Xz => exactly(lzma_rust2::XzReader::new(&*data, false), wanted)?,
    };
    Ok(Cow::Owned(unpacked))
}

/// The most that unpacking LZMA may remember, in bytes; its own tools need 64 MiB at their hardest.
const MOST_DICTIONARY: u64 = 128 << 20;

/// How much unpacking an XZ stream has to remember: the property of its LZMA filter, the last one of the first block.
fn xz_dictionary(data: &[u8]) -> Option<u64> {
    const STREAM_HEADER: usize = 12;
    let header = data.get(STREAM_HEADER..)?;
    let header = header.get(..(usize::from(*header.first()?) + 1) * 4)?;
    let flags = *header.get(1)?;
    let mut at = 2;
    let number = |at: &mut usize| -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = *header.get(*at)?;
            *at += 1;
            value |= u64::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Some(value);
            }
        }
        None
    };
    for _ in 0..(flags >> 6 & 1) + (flags >> 7) {
        number(&mut at)?;
    }
    for _ in 0..=flags & 3 {
        let (filter, length) = (number(&mut at)?, usize::try_from(number(&mut at)?).ok()?);
        if filter == 0x21 {
            let bits = u32::from(*header.get(at)?);
            return (bits < 40).then(|| u64::from(2 | bits & 1) << (bits / 2 + 11));
        }
        at = at.checked_add(length)?;
    }
    None
}

/// Reads as much as wanted, and takes a stream that ends before for a file that does.
fn exactly(reader: impl Read, wanted: usize) -> Result<Vec<u8>, Fault> {
    let mut unpacked = Vec::new();
    match reader.take(wanted as u64).read_to_end(&mut unpacked) {
        Ok(length) if length == wanted => Ok(unpacked),
        Ok(_) => Err(Fault::Short),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Fault::Short),
        Err(error) => Err(Fault::damaged(error.to_string())),
    }
}

/// How far behind the pixels the end of a stream is looked for, in bytes.
const MOST_BEHIND: u64 = 64 << 10;

fn deflate(data: &[u8], wanted: usize) -> Result<Vec<u8>, Fault> {
    let mut decoder = ZlibDecoder::new(data);
    let unpacked = exactly(&mut decoder, wanted)?;
    // At the end of the stream, its checksum is looked at. Where that is missing, all pixels are there.
    match std::io::copy(&mut decoder.take(MOST_BEHIND), &mut std::io::sink()) {
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(Fault::damaged(error.to_string())),
        Ok(_) | Err(_) => Ok(unpacked),
    }
}

/// LZW as TIFF has it, or as the first writers had it: its bits the other way round.
fn lzw(data: &[u8], wanted: usize) -> Result<Vec<u8>, Fault> {
    let old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut decoder = if old {
        weezl::decode::Decoder::new(BitOrder::Lsb, 8)
    } else {
        weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let mut unpacked = vec![0; wanted];
    let (mut read, mut written) = (0, 0);
    while written < wanted {
        let step = decoder.decode_bytes(&data[read..], &mut unpacked[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(weezl::LzwStatus::Ok) if step.consumed_in > 0 || step.consumed_out > 0 => {}
            _ if written == wanted => {}
            Ok(_) => return Err(Fault::Short),
            Err(_) => return Err(Fault::damaged("its LZW data makes no sense")),
        }
    }
    Ok(unpacked)
}

fn pack_bits(data: &[u8], wanted: usize) -> Result<Vec<u8>, Fault> {
    let mut unpacked = Vec::with_capacity(wanted.min(data.len().saturating_mul(64)));
    let mut rest = data;
    while unpacked.len() < wanted {
        let [head, tail @ ..] = rest else { return Err(Fault::Short) };
        let room = wanted - unpacked.len();
        match head.cast_signed() {
            -128 => rest = tail,
            count if count < 0 => {
                let [value, tail @ ..] = tail else { return Err(Fault::Short) };
                let length = (1 - isize::from(count)) as usize;
                unpacked.resize(unpacked.len() + length.min(room), *value);
                rest = tail;
            }
            count => {
                let length = count as usize + 1;
                let literal = tail.get(..length.min(room)).ok_or(Fault::Short)?;
                unpacked.extend_from_slice(literal);
                rest = tail.get(length..).unwrap_or_default();
            }
        }
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_gives_what_is_wanted_or_a_fault() {
        let packed = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa];
        let whole = [0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa];
        assert_eq!(pack_bits(&packed, 10).expect("whole"), whole);
        assert_eq!(pack_bits(&packed, 5).expect("less"), whole[..5]);
        assert!(matches!(pack_bits(&packed, 11), Err(Fault::Short)));
    }

    #[test]
    fn a_deflate_stream_that_does_not_fit_its_checksum_is_damaged() {
        use std::io::Write;
        let pixels: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 25) as u8).collect();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        let mut packed = encoder.write_all(&pixels).and_then(|()| encoder.finish()).expect("packed");
        assert_eq!(deflate(&packed, pixels.len()).expect("whole"), pixels);
        let (end, length) = (packed.len() - 1, packed.len());
        packed[end] ^= 1;
        assert!(matches!(deflate(&packed, pixels.len()), Err(Fault::Damaged(_))));
        assert_eq!(deflate(&packed, 50_000).expect("the end is not seen"), pixels[..50_000]);
        assert_eq!(deflate(&packed[..length - 4], pixels.len()).expect("only the checksum is missing"), pixels);
        assert!(matches!(deflate(&packed[..length - 40], pixels.len()), Err(Fault::Short)));
    }
}
