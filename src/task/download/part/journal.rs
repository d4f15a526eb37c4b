//! The journal of a part as bytes.

use super::super::runs::{MAX_RUNS, Run, Runs};
use super::{Head, State};
use std::io;

const MARK: &[u8; 8] = b"millrac3";
pub(super) const HEAD_BYTES: usize = 2048;
pub(super) const RUN_BYTES: usize = 32;
pub(super) const JOURNAL_BYTES: u64 = (HEAD_BYTES + MAX_RUNS * RUN_BYTES) as u64;

/// The most bytes of a file: the journal has to lie behind them, and no system has files of more than `i64::MAX` bytes.
pub(super) const MOST_TOTAL: u64 = i64::MAX as u64 - JOURNAL_BYTES - RUN_BYTES as u64;

/// What a journal that begins at this place says. `None` where it is damaged, or none.
pub(super) fn parse(journal: &[u8], at: u64) -> Option<State> {
    let (head, runs) = journal.split_at_checked(HEAD_BYTES)?;
    if head.first_chunk() != Some(MARK) {
        return None;
    }
    let length = u32::from_le_bytes(*head[8..].first_chunk()?) as usize;
    let body = head.get(20..20 + length)?;
    if u64::from_le_bytes(*head[12..].first_chunk()?) != sum(body) {
        return None;
    }
    let head: Head = postcard::from_bytes(body).ok()?;
    if head.total > MOST_TOTAL || journal_at(head.total) != at {
        return None;
    }
    let records = runs.chunks_exact(RUN_BYTES).take_while(|record| record.iter().any(|byte| *byte != 0));
    let runs = Runs::from_kept(head.total, records.map(run_of).collect::<Option<_>>()?)?;
    Some(State { head, runs, kept: true, of_earlier_boot: false })
}

/// The head as it is kept. `None` where it is longer than its place, which nothing in it is.
pub(super) fn head(head: &Head) -> io::Result<Option<Vec<u8>>> {
    let body = postcard::to_stdvec(head).map_err(io::Error::other)?;
    if MARK.len() + 12 + body.len() > HEAD_BYTES {
        return Ok(None);
    }
    let mut head = vec![0; HEAD_BYTES];
    head[..8].copy_from_slice(MARK);
    head[8..12].copy_from_slice(&(body.len() as u32).to_le_bytes());
    head[12..20].copy_from_slice(&sum(&body).to_le_bytes());
    head[20..20 + body.len()].copy_from_slice(&body);
    Ok(Some(head))
}

/// Runs as they are kept.
pub(super) fn records(runs: &[Run]) -> Vec<u8> {
    runs.iter().flat_map(record).collect()
}

/// A run as it is kept. The sum tells one that was damaged; zeros are one that was never written.
fn record(run: &Run) -> [u8; RUN_BYTES] {
    let mut record = [0; RUN_BYTES];
    // One more than the number, so that there is no run of zeros.
    for (field, number) in record.as_chunks_mut().0.iter_mut().zip([run.start + 1, run.pos, run.synced]) {
        *field = number.to_le_bytes();
    }
    let (fields, check) = record.split_at_mut(RUN_BYTES - 8);
    check.copy_from_slice(&sum(fields).to_le_bytes());
    record
}

fn run_of(record: &[u8]) -> Option<Run> {
    let (fields, check) = record.split_last_chunk()?;
    let [start, pos, synced] = fields.as_chunks().0 else { return None };
    let [start, pos, synced] = [start, pos, synced].map(|field| u64::from_le_bytes(*field));
    (u64::from_le_bytes(*check) == sum(fields)).then_some(Run { start: start.checked_sub(1)?, pos, synced })
}

/// Where the journal of a file of so many bytes lies: so that no run lies across two blocks of the disk.
pub(super) fn journal_at(total: u64) -> u64 {
    total.next_multiple_of(RUN_BYTES as u64)
}

/// Tells what was damaged from what is whole (FNV-1a).
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
