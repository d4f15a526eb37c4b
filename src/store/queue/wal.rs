//! Whether the write-ahead log beside the queue is whole. SQLite reads a log up to its first bad frame and takes that for
//! its end, which after a damage loses jobs without a word.
//!
//! The layouts are those of <https://www.sqlite.org/walformat.html>.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// Says what is wrong with the log of a queue that nobody has open, as the end of a sentence.
pub(super) fn damage(queue: &Path) -> io::Result<Option<&'static str>> {
    let log = read_if_there(&beside(queue, "-wal"))?;
    // The index tells how far the last program came. It is not always there, and not after a crash of the machine.
    let index = Index::parse(&read_if_there(&beside(queue, "-shm"))?);
    if log.is_empty() {
        let lost = index.is_some_and(|index| index.frames > index.checkpointed);
        return Ok(lost.then_some("its log is missing"));
    }
    let Some(header) = Header::parse(&log) else { return Ok(Some("its log has no proper beginning")) };
    let frames = Frames::check(&log, &header);
    let claimed = index.filter(|index| index.salts == header.salts).map_or(0, |index| index.frames);
    Ok(if frames.whole < claimed {
        Some("its log is cut short or overwritten")
    } else if frames.more_follow {
        Some("its log is overwritten in the middle")
    } else {
        None
    })
}

/// The file that SQLite keeps beside a queue.
pub(super) fn beside(queue: &Path, end: &str) -> PathBuf {
    let mut name = queue.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn read_if_there(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

struct Header {
    /// Whether the words under a checksum are big-endian.
    big_endian: bool,
    page_bytes: usize,
    /// They change each time that the log is begun anew: frames with others are left from before.
    salts: [u8; 8],
    sum: [u32; 2],
}

impl Header {
    fn parse(log: &[u8]) -> Option<Header> {
        let header: &[u8; HEADER_BYTES] = log.first_chunk()?;
        let big_endian = match big_endian_u32(header, 0) {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let page_bytes = big_endian_u32(header, 8) as usize;
        let sum = checksum([0; 2], &header[..24], big_endian);
        let is_sound = sum == [big_endian_u32(header, 24), big_endian_u32(header, 28)];
        let salts = *header[16..].first_chunk()?;
        (is_sound && page_bytes.is_power_of_two()).then_some(Header { big_endian, page_bytes, salts, sum })
    }
}

struct Frames {
    /// Sound frames from the beginning on.
    whole: u32,
    /// Beyond the first bad one there are others of the same log.
    more_follow: bool,
}

impl Frames {
    fn check(log: &[u8], header: &Header) -> Frames {
        let mut frames = log[HEADER_BYTES..].chunks_exact(FRAME_HEADER_BYTES + header.page_bytes);
        let (mut sum, mut whole) = (header.sum, 0);
        let is_of_this_log = |frame: &[u8]| frame[8..16] == header.salts;
        for frame in frames.by_ref() {
            sum = checksum(sum, &frame[..8], header.big_endian);
            sum = checksum(sum, &frame[FRAME_HEADER_BYTES..], header.big_endian);
            if !is_of_this_log(frame) || sum != [big_endian_u32(frame, 16), big_endian_u32(frame, 20)] {
                break;
            }
            whole += 1;
        }
        Frames { whole, more_follow: frames.any(is_of_this_log) }
    }
}

/// The part of the log's index that tells how many frames were committed.
struct Index {
    frames: u32,
    /// Frames that are in the queue's own file by now.
    checkpointed: u32,
    salts: [u8; 8],
}

impl Index {
    /// `None` for an index that is not sound: SQLite makes it anew.
    fn parse(index: &[u8]) -> Option<Index> {
        let (header, copy) = (index.get(..48)?, index.get(48..96)?);
        let native = |at: usize| header[at..].first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
        let sum = checksum([0; 2], &header[..40], cfg!(target_endian = "big"));
        let is_sound = header == copy && header[12] == 1 && Some(sum[0]) == native(40) && Some(sum[1]) == native(44);
        let checkpointed = u32::from_ne_bytes(*index.get(96..)?.first_chunk()?);
        let salts = *header[32..].first_chunk()?;
        is_sound.then_some(Index { frames: native(16)?, checkpointed, salts })
    }
}

/// SQLite's running sum over pairs of words.
fn checksum([mut first, mut second]: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    let word = |bytes: [u8; 4]| if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
    let (pairs, _) = bytes.as_chunks::<8>();
    for &[a, b, c, d, e, f, g, h] in pairs {
        first = first.wrapping_add(word([a, b, c, d])).wrapping_add(second);
        second = second.wrapping_add(word([e, f, g, h])).wrapping_add(first);
    }
    [first, second]
}

fn big_endian_u32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
