//! One attempt at one file, from its link and its mirrors: which is asked when, and what of the attempt counts.
//!
//! Whatever a source brought is gone on with from that source. One that does not get on, or is too slow, is left for
//! another, which begins anew; one that brought more than is missing is asked once more before. What was left is gone back
//! to only where the others refuse for good, and then not left again.

use super::existing;
use super::part::{Head, Part};
use super::transfer::Transfer;
use crate::model::{Download, ErrorKind, Failure, Output, RetryHint, link};
use crate::task::Ctx;
use std::fs::File;

/// The most sources that a part remembers to have been left.
const MOST_LEFT: usize = 16;

/// Runs one attempt: from the link, and if that does not work from its mirrors. What an earlier attempt left is gone on
/// with from where it came.
pub(super) async fn run(download: &Download, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let there_before = existing::open(ctx)?;
    if let Some(output) = existing::is_whole_already(there_before.as_ref(), download, ctx)? {
        return Ok(output);
    }
    let shown = link::masked(&download.url);
    let mut part = Part::open(ctx.handles, &ctx.files.output, &shown)?;
    if part.state().is_some_and(|(head, _)| download.size.is_some_and(|size| size != head.total)) {
        part.reset()?;
    }
    let was_there = there(&part);
    let ended = from_sources(download, there_before.as_ref(), ctx, &mut part).await;
    ended.map_err(|Ended { failure, together, too_slow }| {
        part.remove_if_useless();
        // Whoever asks for a speed wants no attempt below it, whatever it brings.
        let counts = together && !too_slow && there(&part) > was_there;
        Failure { there: if counts { there(&part) } else { 0 }, ..failure }
    })
}

/// How an attempt ended that did not bring the file.
pub(super) struct Ended {
    pub(super) failure: Failure,
    /// What was brought counts: the next attempt goes on from there.
    pub(super) together: bool,
    /// It was ended because it was slower than a person asked for.
    pub(super) too_slow: bool,
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Ended {
        Ended { failure, together: true, too_slow: false }
    }
}

async fn from_sources(
    download: &Download,
    there_before: Option<&File>,
    ctx: &Ctx<'_>,
    part: &mut Part<'_>,
) -> Result<Output, Ended> {
    let mut sources: Vec<&String> = std::iter::once(&download.url).chain(&download.mirrors).collect();
    sources.sort_by_key(|url| !is_from(part, url));
    let mut left = part.state().map(|(head, _)| head.left.clone()).unwrap_or_default();
    let mut first: Option<Ended> = None;
    let mut too_slow = false;
    // Something is there to go on with: what was left would begin anew.
    let mut is_kept = false;
    for (place, url) in sources.iter().enumerate() {
        let is_left = |url: &String| left.contains(&Head::sum_of(url));
        if is_kept && is_left(url) {
            continue;
        }
        let shown = link::masked(url);
        let transfer = Transfer { download, url, shown: &shown, there_before, left: &left, ctx };
        let before = there_from(part, url);
        let mut ended = match transfer.run(part).await {
            Err(ended) => ended,
            done => return done,
        };
        too_slow |= ended.too_slow;
        ended.too_slow = too_slow;
        if !is_of_the_source(ended.failure.kind) {
            return Err(ended);
        }
        if ended.failure.retry != RetryHint::Never && there_from(part, url) > 0 {
            is_kept = true;
            let others = sources[place + 1..].iter().any(|url| !is_left(url));
            let stays = is_left(url) || there_from(part, url) > before && gets_on(&ended, part);
            if ended.together && (stays || !others || left.len() == MOST_LEFT) {
                return Err(ended);
            }
            if ended.together {
                left.push(Head::sum_of(url));
            }
        }
        match &mut first {
            None => first = Some(ended),
            Some(Ended { failure, together, too_slow }) => {
                *together &= ended.together;
                *too_slow = ended.too_slow;
                if failure.retry == RetryHint::Never {
                    failure.retry = ended.failure.retry;
                }
                failure.sentence = format!("{}; neither from a mirror: {}", failure.sentence, ended.failure.sentence);
            }
        }
    }
    Err(first.unwrap_or_else(|| Failure::cancelled().into()))
}

/// Whether a source that brought something is better asked again than left: it did not fall silent, or it was not too slow
/// and less is missing than would be dropped.
fn gets_on(ended: &Ended, part: &Part<'_>) -> bool {
    let loses_more = part.state().is_some_and(|(_, runs)| runs.there() > runs.total() - runs.there());
    ended.failure.kind != ErrorKind::Stalled || (!ended.too_slow && loses_more)
}

/// Whether another source may do better.
fn is_of_the_source(kind: ErrorKind) -> bool {
    use ErrorKind::{Cancelled, DiskFull, Io, Limit, Memory, Permission};
    !matches!(kind, Cancelled | DiskFull | Io | Limit | Memory | Permission)
}

fn is_from(part: &Part<'_>, url: &str) -> bool {
    part.state().is_some_and(|(head, _)| head.is_from(url))
}

fn there(part: &Part<'_>) -> u64 {
    part.state().map_or(0, |(_, runs)| runs.there())
}

/// How much of what is there came from this source.
fn there_from(part: &Part<'_>, url: &str) -> u64 {
    if is_from(part, url) { there(part) } else { 0 }
}
