//! What a file should be: bytes that follow from a seed and a length alone, so that nobody has to keep them. Beside them
//! the sums and the packing that servers put on top.

use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

/// A file as a server has it, with what it says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) seed: u64,
    pub(crate) len: u64,
    /// From this place on the bytes follow from another seed.
    pub(crate) tail: Option<(u64, u64)>,
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
}

impl File {
    /// A file with a strong `ETag` and a date.
    pub(crate) fn new(seed: u64, len: u64) -> File {
        let modified = UNIX_EPOCH + Duration::from_secs(1_500_000_000 + seed % 100_000_000);
        let modified = Some(httpdate::fmt_http_date(modified));
        File { seed, len, tail: None, etag: Some(format!("\"{seed:x}-{len:x}\"")), modified }
    }

    /// Another file of the same length: other bytes, another `ETag`, another date.
    pub(crate) fn changed(&self) -> File {
        File::new(self.seed ^ 0x5eed_0000_5eed, self.len)
    }

    pub(crate) fn with_len(mut self, len: u64) -> File {
        self.len = len;
        self
    }

    pub(crate) fn with_etag(mut self, etag: Option<&str>) -> File {
        self.etag = etag.map(str::to_owned);
        self
    }

    pub(crate) fn with_modified(mut self, modified: Option<&str>) -> File {
        self.modified = modified.map(str::to_owned);
        self
    }

    /// The same up to `from`, other bytes behind it.
    pub(crate) fn with_tail(mut self, from: u64) -> File {
        self.tail = Some((from, self.seed ^ 0x7a11));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.slice(0..self.len)
    }

    pub(crate) fn slice(&self, range: Range<u64>) -> Vec<u8> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.fill(range.start, &mut bytes);
        bytes
    }

    /// The bytes from `start` on.
    pub(crate) fn fill(&self, start: u64, bytes: &mut [u8]) {
        let (from, seed) = self.tail.unwrap_or((u64::MAX, 0));
        let before = (from.saturating_sub(start) as usize).min(bytes.len());
        let (head, tail) = bytes.split_at_mut(before);
        random_bytes(self.seed, start, head);
        random_bytes(seed, start + before as u64, tail);
    }
}

/// The bytes of a seed from a place on, which need not be a multiple of anything.
fn random_bytes(seed: u64, start: u64, bytes: &mut [u8]) {
    let mut place = start;
    let mut rest = bytes;
    while !rest.is_empty() {
        let word = mix(seed.wrapping_add(place / 8)).to_le_bytes();
        let inside = (place % 8) as usize;
        let count = (8 - inside).min(rest.len());
        let (now, later) = rest.split_at_mut(count);
        now.copy_from_slice(&word[inside..inside + count]);
        (rest, place) = (later, place + count as u64);
    }
}

/// A number that looks random and follows from another.
pub(crate) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed that follows from a name.
pub(crate) fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The SHA-256 sum (FIPS 180-4), plainly.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let (constants, mut sum) = sha256_constants();
    let mut message = bytes.to_vec();
    message.push(0x80);
    message.resize(message.len().next_multiple_of(64), 0);
    if message.len() - bytes.len() < 9 {
        message.resize(message.len() + 64, 0);
    }
    let at = message.len() - 8;
    message[at..].copy_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    for block in message.chunks_exact(64) {
        let mut words = [0_u32; 64];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for n in 16..64 {
            let (a, b) = (words[n - 15], words[n - 2]);
            let small = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let large = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words[n] = words[n - 16].wrapping_add(small).wrapping_add(words[n - 7]).wrapping_add(large);
        }
        let mut s = sum;
        for n in 0..64 {
            let large = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
            let one = s[7].wrapping_add(large).wrapping_add(choice).wrapping_add(constants[n]).wrapping_add(words[n]);
            let small = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let two = small.wrapping_add((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            s = [one.wrapping_add(two), s[0], s[1], s[2], s[3].wrapping_add(one), s[4], s[5], s[6]];
        }
        for (sum, s) in sum.iter_mut().zip(s) {
            *sum = sum.wrapping_add(s);
        }
    }
    let mut result = [0; 32];
    for (bytes, word) in result.chunks_exact_mut(4).zip(sum) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    result
}

/// The first 32 bits of the fractions of the cube roots and of the square roots of the first primes, by whole numbers.
fn sha256_constants() -> ([u32; 64], [u32; 8]) {
    let mut primes = (2_u128..).filter(|n| (2..*n).all(|divisor| n % divisor != 0));
    let (mut cubes, mut squares) = ([0; 64], [0; 8]);
    for n in 0..64 {
        let prime = primes.next().unwrap_or_default();
        cubes[n] = root(prime << 96, 3) as u32;
        if n < 8 {
            squares[n] = root(prime << 64, 2) as u32;
        }
    }
    (cubes, squares)
}

fn root(of: u128, power: u32) -> u128 {
    (0..40).rev().fold(0, |root: u128, bit| {
        let next = root | (1 << bit);
        if next.checked_pow(power).is_some_and(|value| value <= of) { next } else { root }
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| b"0123456789abcdef"[half as usize] as char)
        .collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let of_three = |three: &[u8]| {
        let number = three.iter().chain(&[0, 0]).take(3).fold(0_usize, |number, byte| (number << 8) | *byte as usize);
        let letter = |n: usize| if n > three.len() { '=' } else { LETTERS[(number >> (18 - 6 * n)) & 63] as char };
        [letter(0), letter(1), letter(2), letter(3)]
    };
    bytes.chunks(3).flat_map(of_three).collect()
}

/// A gzip stream of blocks that are not compressed.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(len.to_le_bytes());
        packed.extend((!len).to_le_bytes());
        packed.extend(block);
    }
    packed.extend(crc32(bytes).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256)
        .map(|n: u32| (0..8).fold(n, |n, _| if n & 1 == 1 { (n >> 1) ^ 0xedb8_8320 } else { n >> 1 }))
        .collect();
    !bytes.iter().fold(!0, |sum: u32, byte| (sum >> 8) ^ table[((sum ^ u32::from(*byte)) & 255) as usize])
}
