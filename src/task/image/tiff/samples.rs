//! From the bytes of a strip or tile to numbers on a canvas: bit depths, byte orders, predictors.

use super::layout::{Layout, Meaning, Sample};

/// The channels that are kept, side by side for each pixel.
#[derive(Debug)]
pub(super) enum Canvas {
    /// The whole range is 0 to 255, but for indices into a palette.
    Bytes(Vec<u8>),
    /// The whole range is 0 to 65535.
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

impl Canvas {
    /// How many bytes a sample takes here.
    pub(super) fn sample_bytes(layout: &Layout) -> usize {
        match layout.bits {
            _ if layout.has_open_range() => 4,
            1..=8 => 1,
            _ => 2,
        }
    }

    pub(super) fn new(layout: &Layout) -> Canvas {
        let length = layout.width as usize * layout.height as usize * layout.kept();
        match Canvas::sample_bytes(layout) {
            4 => Canvas::Floats(vec![0.0; length]),
            1 => Canvas::Bytes(vec![0; length]),
            _ => Canvas::Words(vec![0; length]),
        }
    }
}

/// Where a row of a chunk goes on the canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The left end, in pixels.
    pub(super) x: u32,
    pub(super) y: u32,
    /// Which channel, where each is stored by itself.
    pub(super) plane: usize,
}

/// Lays one row of a chunk onto the canvas. `row` may be changed: a predictor is undone in it.
pub(super) fn lay(
    canvas: &mut Canvas,
    row: &mut [u8],
    layout: &Layout,
    big_endian: bool,
    place: Place,
    scratch: &mut Vec<u64>,
) {
    let stride = layout.samples_in_chunk();
    let kept = layout.kept();
    let pixels = (layout.chunk.0.min(layout.width - place.x)) as usize;
    let start = (place.y as usize * layout.width as usize + place.x as usize) * kept;
    // Which samples of a pixel go to which channels.
    let (channels, first) = if layout.planar { (1, place.plane) } else { (kept, 0) };
    match canvas {
        Canvas::Bytes(canvas) if layout.bits == 8 => {
            let middle = middle(layout) as u8;
            if layout.predictor == 2 {
                for at in stride..row.len() {
                    row[at] = row[at].wrapping_add(row[at - stride]);
                }
            }
            let rows = canvas[start..start + pixels * kept].chunks_exact_mut(kept).zip(row.chunks_exact(stride));
            for (to, from) in rows {
                for (to, from) in to[first..first + channels].iter_mut().zip(from) {
                    *to = from ^ middle;
                }
            }
        }
        Canvas::Bytes(canvas) => {
            whole_numbers(row, layout, big_endian, scratch);
            let scaled = layout.meaning != Meaning::Palette;
            let middle = middle(layout);
            let most = (1_u64 << layout.bits) - 1;
            spread(&mut canvas[start..start + pixels * kept], kept, scratch, stride, channels, first, |number| {
                let number = number ^ middle;
                (if scaled { number * 255 / most } else { number }) as u8
            });
        }
        Canvas::Words(canvas) => {
            whole_numbers(row, layout, big_endian, scratch);
            let bits = layout.bits;
            let scaled = layout.meaning != Meaning::Palette;
            let middle = middle(layout);
            spread(&mut canvas[start..start + pixels * kept], kept, scratch, stride, channels, first, |number| {
                let number = number ^ middle;
                match bits {
                    9..16 if scaled => (number << (16 - bits) | number >> (2 * bits - 16)) as u16,
                    0..=16 => number as u16,
                    _ => (number >> (bits - 16)) as u16,
                }
            });
        }
        Canvas::Floats(canvas) if layout.sample != Sample::Float => {
            whole_numbers(row, layout, big_endian, scratch);
            let unused = 64 - layout.bits;
            let is_signed = layout.sample == Sample::Signed;
            spread(&mut canvas[start..start + pixels * kept], kept, scratch, stride, channels, first, |number| {
                // The sign fills what a smaller number leaves.
                if is_signed { ((number << unused).cast_signed() >> unused) as f32 } else { number as f32 }
            });
        }
        Canvas::Floats(canvas) => {
            let big_endian = undo_float_prediction(row, layout, big_endian);
            let size = layout.bits as usize / 8;
            let rows = canvas[start..start + pixels * kept].chunks_exact_mut(kept).zip(row.chunks_exact(stride * size));
            for (to, from) in rows {
                for channel in 0..channels {
                    to[first + channel] = float(&from[channel * size..][..size], big_endian);
                }
            }
        }
    }
}

/// What makes signed numbers of a picture's range count from 0: the highest bit, turned round. Lab has signs of its own.
fn middle(layout: &Layout) -> u64 {
    let is_signed =
        layout.sample == Sample::Signed && !matches!(layout.meaning, Meaning::Lab { .. } | Meaning::Palette);
    if is_signed { 1 << (layout.bits - 1) } else { 0 }
}

fn spread<T>(
    canvas: &mut [T],
    kept: usize,
    numbers: &[u64],
    stride: usize,
    channels: usize,
    first: usize,
    convert: impl Fn(u64) -> T,
) {
    for (to, from) in canvas.chunks_exact_mut(kept).zip(numbers.chunks_exact(stride)) {
        for channel in 0..channels {
            to[first + channel] = convert(from[channel]);
        }
    }
}

/// Unpacks a row of whole numbers of any depth, and undoes their prediction.
fn whole_numbers(row: &[u8], layout: &Layout, big_endian: bool, numbers: &mut Vec<u64>) {
    numbers.clear();
    let size = layout.bits as usize / 8;
    if layout.bits.is_multiple_of(8) {
        numbers.extend(row.chunks_exact(size).map(|bytes| {
            let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            if big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) }
        }));
    } else {
        let (mut held, mut count) = (0_u64, 0);
        for byte in row {
            held = held << 8 | u64::from(*byte);
            count += 8;
            while count >= layout.bits {
                count -= layout.bits;
                numbers.push(held >> count & ((1 << layout.bits) - 1));
            }
            held &= (1 << count) - 1;
        }
    }
    if layout.predictor == 2 {
        let stride = layout.samples_in_chunk();
        let mask = if layout.bits == 64 { u64::MAX } else { (1 << layout.bits) - 1 };
        for at in stride..numbers.len() {
            numbers[at] = numbers[at].wrapping_add(numbers[at - stride]) & mask;
        }
    }
}

/// Undoes what the floating-point predictor did: the bytes of all numbers, highest first, as differences. Answers whether
/// the highest byte of a number comes first afterwards.
fn undo_float_prediction(row: &mut [u8], layout: &Layout, big_endian: bool) -> bool {
    if layout.predictor != 3 {
        return big_endian;
    }
    let stride = layout.samples_in_chunk();
    for at in stride..row.len() {
        row[at] = row[at].wrapping_add(row[at - stride]);
    }
    let size = layout.bits as usize / 8;
    let count = row.len() / size;
    let planes = row.to_vec();
    for (number, bytes) in row.chunks_exact_mut(size).enumerate() {
        for (byte, to) in bytes.iter_mut().enumerate() {
            *to = planes[byte * count + number];
        }
    }
    true
}

fn float(bytes: &[u8], big_endian: bool) -> f32 {
    let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    let bits = if big_endian { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) };
    match bytes.len() {
        2 => small_float(bits as u32, 5, 10),
        3 => small_float(bits as u32, 7, 16),
        4 => f32::from_bits(bits as u32),
        _ => f64::from_bits(bits) as f32,
    }
}

/// A floating-point number with so many bits for its exponent and its fraction.
fn small_float(bits: u32, exponent_bits: u32, fraction_bits: u32) -> f32 {
    let fraction = (bits & ((1 << fraction_bits) - 1)) as f32 / (1_u32 << fraction_bits) as f32;
    let exponent = (bits >> fraction_bits & ((1 << exponent_bits) - 1)) as i32;
    let bias = (1 << (exponent_bits - 1)) - 1;
    let size = if exponent == 0 {
        fraction * 2_f32.powi(1 - bias)
    } else if exponent == (1 << exponent_bits) - 1 {
        f32::INFINITY
    } else {
        (1.0 + fraction) * 2_f32.powi(exponent - bias)
    };
    if bits >> (exponent_bits + fraction_bits) & 1 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::small_float;

    #[test]
    fn small_floats_have_their_value() {
        for (bits, value) in [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0, 0.0)] {
            assert!((small_float(bits, 5, 10) - value).abs() < 1e-7, "{bits:x}");
        }
        assert!((small_float(0x3f_0000, 7, 16) - 1.0).abs() < 1e-7);
    }
}
