//! Fax: CCITT group 3 in one and two dimensions, group 4, and the modified Huffman code of TIFF. The tables of the codes
//! are the fax crate's; the lines are put together here, since that crate has neither two dimensions of group 3 nor lines
//! of more than 65,535 pixels.

use super::super::fault::Fault;
use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, Bits};

/// Which fax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fax {
    /// TIFF's own: each line begins at a byte.
    Huffman,
    /// TIFF's own: each line begins at a word.
    HuffmanWords,
    Group3 {
        two_dimensional: bool,
    },
    Group4,
}

/// Decodes lines into rows of bits, where 1 is black. Each row begins at a byte.
pub(super) fn decode(data: &[u8], fax: Fax, width: u32, rows: u32) -> Result<Vec<u8>, Fault> {
    let mut reader = Reader { data, at: 0 };
    let row_bytes = width.div_ceil(8) as usize;
    let mut packed = vec![0; row_bytes * rows as usize];
    // Where the colour changes, white first; kept for the line below.
    let mut above: Vec<u32> = Vec::new();
    let mut line: Vec<u32> = Vec::new();
    for row in packed.chunks_exact_mut(row_bytes) {
        line.clear();
        let ended = match fax {
            Fax::Huffman => {
                reader.align(8);
                one_dimensional(&mut reader, width, &mut line)?;
                false
            }
            Fax::HuffmanWords => {
                reader.align(16);
                one_dimensional(&mut reader, width, &mut line)?;
                false
            }
            Fax::Group3 { two_dimensional } => group_3(&mut reader, two_dimensional, width, &above, &mut line)?,
            Fax::Group4 => two_dimensions(&mut reader, width, &above, &mut line)?,
        };
        if ended {
            // The lines below were all white, and the writer saved them.
            break;
        }
        paint(row, &line, width);
        std::mem::swap(&mut above, &mut line);
    }
    Ok(packed)
}

fn group_3(
    reader: &mut Reader<'_>,
    two_dimensional: bool,
    width: u32,
    above: &[u32],
    line: &mut Vec<u32>,
) -> Result<bool, Fault> {
    let mut ends = 0;
    let mut one = true;
    while reader.skip_end_of_line() {
        ends += 1;
        if two_dimensional {
            one = reader.bit() != Some(0);
        }
        if ends >= 2 && reader.is_spent() || ends >= 6 {
            return Ok(true);
        }
    }
    if one || ends == 0 && !two_dimensional {
        one_dimensional(reader, width, line)?;
        Ok(false)
    } else {
        two_dimensions(reader, width, above, line)
    }
}

fn one_dimensional(reader: &mut Reader<'_>, width: u32, line: &mut Vec<u32>) -> Result<(), Fault> {
    let (mut at, mut is_black) = (0, false);
    while at < width {
        at = at.saturating_add(run(reader, is_black)?).min(width);
        line.push(at);
        is_black = !is_black;
    }
    Ok(())
}

/// A run of one colour: any number of codes for multiples of 64, then one below.
fn run(reader: &mut Reader<'_>, is_black: bool) -> Result<u32, Fault> {
    let mut sum = 0_u32;
    loop {
        let part = if is_black { black::decode(reader) } else { white::decode(reader) };
        let part = part.ok_or_else(|| reader.fault())?;
        sum = sum.saturating_add(u32::from(part));
        if part < 64 {
            return Ok(sum);
        }
    }
}

/// A line as its difference from the one above. Answers whether the picture ends here instead.
fn two_dimensions(reader: &mut Reader<'_>, width: u32, above: &[u32], line: &mut Vec<u32>) -> Result<bool, Fault> {
    // `a0` is where the line has come to; −1 is before its first pixel.
    let mut a0 = -1_i64;
    let mut is_black = false;
    let mut next_above = 0;
    while a0 < i64::from(width) {
        // The first change above, right of a0, to the opposite of the present colour. Changes at even places are to black.
        while next_above > 0 && above.get(next_above - 1).is_some_and(|&change| i64::from(change) > a0) {
            next_above -= 1;
        }
        while above.get(next_above).is_some_and(|&change| i64::from(change) <= a0 || (next_above % 2 == 1) != is_black)
        {
            next_above += 1;
        }
        let change = |at: usize| above.get(at).copied().unwrap_or(width);
        match mode::decode(reader).ok_or_else(|| reader.fault())? {
            Mode::Pass => a0 = i64::from(change(next_above + 1)),
            Mode::Vertical(delta) => {
                let a1 = (i64::from(change(next_above)) + i64::from(delta)).clamp(0, i64::from(width));
                if a1 < a0 {
                    return Err(Fault::damaged("a line of the fax runs backwards"));
                }
                line.push(a1 as u32);
                is_black = !is_black;
                a0 = a1;
            }
            Mode::Horizontal => {
                let first = (a0.max(0) as u32).saturating_add(run(reader, is_black)?).min(width);
                let second = first.saturating_add(run(reader, !is_black)?).min(width);
                line.extend([first, second]);
                a0 = i64::from(second);
            }
            Mode::EOF => return Ok(true),
            Mode::Extension => return Err(Fault::unsupported("fax with extensions")),
        }
    }
    Ok(false)
}

fn paint(row: &mut [u8], line: &[u32], width: u32) {
    for pair in line.chunks(2) {
        let [start, rest @ ..] = pair else { continue };
        let end = rest.first().copied().unwrap_or(width).min(width);
        for x in *start..end {
            row[x as usize / 8] |= 0x80 >> (x % 8);
        }
    }
}

/// Bits, highest first. Beyond the end there are zeros to look at, but none to take.
struct Reader<'a> {
    data: &'a [u8],
    /// In bits.
    at: usize,
}

impl Reader<'_> {
    fn align(&mut self, bits: usize) {
        self.at = self.at.next_multiple_of(bits);
    }

    fn is_spent(&self) -> bool {
        self.at.div_ceil(8) >= self.data.len()
    }

    fn bit(&mut self) -> Option<u16> {
        let bit = self.peek(1)?;
        self.consume(1).ok()?;
        Some(bit)
    }

    /// Takes an end of line, with the zeros that fill up before it.
    fn skip_end_of_line(&mut self) -> bool {
        if self.peek(11) != Some(0) {
            return false;
        }
        let start = self.at;
        while self.at < self.data.len() * 8 {
            if self.bit() == Some(1) {
                return true;
            }
        }
        self.at = start;
        false
    }

    fn fault(&self) -> Fault {
        if self.is_spent() || self.at + 13 > self.data.len() * 8 {
            Fault::Short
        } else {
            Fault::damaged("a code of the fax makes no sense")
        }
    }
}

impl BitReader for Reader<'_> {
    type Error = ();

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |number: usize| u32::from(self.data.get(self.at / 8 + number).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        let shifted = three << (8 + self.at % 8) >> (32 - u32::from(bits));
        Some(shifted as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), ()> {
        let after = self.at + usize::from(bits);
        if after > self.data.len() * 8 {
            return Err(());
        }
        self.at = after;
        Ok(())
    }

    fn expect(&mut self, bits: Bits) -> Result<(), Option<Bits>> {
        match self.peek(bits.len) {
            Some(data) if data == bits.data => Ok(()),
            data => Err(data.map(|data| Bits { data, len: bits.len })),
        }
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        ((8 - self.at % 8) % 8) as u8
    }
}
