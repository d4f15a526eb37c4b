//! One attempt at one file from one source: go on from what is there, or begin; check what came; take the journal off the
//! part.
//!
//! Bytes of two answers are put together only where status, range, length and validator are all right and the bytes
//! around each joint were fetched twice and are equal. On any doubt it begins over, with one plain answer.

use super::part::{Head, LinkSum, Part};
use super::patience::Patience;
use super::request::{self, Question};
use super::response::{self, Answer, Coding};
use super::sources::Ended;
use super::streams::Streams;
use super::validator::Validator;
use super::{coding, digest, failure, name};
use crate::model::{Checksum, Download, ErrorKind, Failure, Output, RetryHint, filename, link};
use crate::task::Ctx;
use reqwest::Response;
use reqwest::header::HeaderMap;
use std::fs::File;
use std::time::SystemTime;

/// Why an answer, or several together, did not become the file.
#[derive(Debug)]
pub(super) enum Broke {
    /// It may go on from what is there.
    Failed(Failure),
    /// The same, because it was slower than a person asked for.
    TooSlow(Failure),
    /// The server does not send parts, or none more at the same time; as the end of a sentence.
    Refused(&'static str),
    /// What is there cannot be trusted, as the end of a sentence.
    Doubt(&'static str),
    /// The server sent the whole file where a part was asked for.
    Whole(Box<Response>),
}

impl From<Failure> for Broke {
    fn from(failure: Failure) -> Broke {
        Broke::Failed(failure)
    }
}

/// A file on its way from one source.
pub(super) struct Transfer<'a> {
    pub(super) download: &'a Download,
    pub(super) url: &'a str,
    /// The same as it may be shown.
    pub(super) shown: &'a str,
    /// The file that is there already, where it is looked at.
    pub(super) there_before: Option<&'a File>,
    /// Sources that were left for this one.
    pub(super) left: &'a [LinkSum],
    pub(super) ctx: &'a Ctx<'a>,
}

/// What is known of a whole answer before its body is there.
struct Expected {
    name: String,
    promised: Option<Checksum>,
    coding: Coding,
    /// Its length, where the server says it.
    total: Option<u64>,
}

/// What to do next.
enum Next {
    /// Fetch what is missing.
    GoOn,
    /// Fetch the whole, by an answer that is there already or another.
    Begin(Option<Box<Response>>),
}

impl<'a> Transfer<'a> {
    pub(super) async fn run(&self, part: &mut Part<'_>) -> Result<Output, Ended> {
        // What came from elsewhere is dropped once this source has answered.
        let is_own = part.state().is_some_and(|(head, _)| head.is_from(self.url));
        let mut next = if is_own { Next::GoOn } else { Next::Begin(None) };
        // Several answers may be put together.
        let mut together = true;
        loop {
            let ended = match next {
                Next::GoOn => self.streams(part, None, false).await,
                Next::Begin(answer) => self.begin(part, answer, together).await,
            };
            match ended {
                Ok(output) => return Ok(output),
                Err(Broke::Whole(answer)) => {
                    // A page may be there instead of the rest, and not instead of the file.
                    let answer = Some(answer).filter(|answer| !response::is_page(answer.headers()));
                    (together, next) = (false, Next::Begin(answer));
                }
                Err(Broke::Doubt(_) | Broke::Refused(_)) if together => (together, next) = (false, Next::Begin(None)),
                Err(Broke::Doubt(why) | Broke::Refused(why)) => {
                    part.reset()?;
                    let sentence = format!("{} did not arrive as it should: {why}", self.shown);
                    let failure = Failure::new(ErrorKind::Verify, sentence).retryable();
                    return Err(Ended { failure, together, too_slow: false });
                }
                Err(Broke::Failed(failure)) => return Err(Ended { failure, together, too_slow: false }),
                Err(Broke::TooSlow(failure)) => return Err(Ended { failure, together, too_slow: true }),
            }
        }
    }

    /// Fetches the whole file, and drops whatever was there.
    async fn begin(&self, part: &mut Part<'_>, answer: Option<Box<Response>>, together: bool) -> Result<Output, Broke> {
        let (ctx, shown) = (self.ctx, self.shown);
        let mut patience = self.patience();
        let answer = match answer {
            Some(answer) => *answer,
            None => request::answer(&self.question(HeaderMap::new()), ctx.net, &mut patience).await?,
        };
        let coding = response::check(answer.status(), answer.headers(), shown)?;
        let name = name::of(self.download, answer.headers(), answer.url().as_str());
        if let Some(output) = self.skipped(&name)? {
            return Ok(output);
        }
        let is_page = response::is_page(answer.headers());
        let was_no_page = part.state().is_some_and(|(head, _)| !head.is_page);
        let total = answer.content_length();
        if let (Some(size), Some(total), Coding::Plain) = (self.download.size, total, coding)
            && size != total
        {
            let sentence = format!("{shown} has {total} bytes, and should have {size}");
            return Err(Failure::new(ErrorKind::Verify, sentence).into());
        }
        part.check_room(total.unwrap_or_default())?;
        let promised = digest::promised(answer.headers());
        let validator = Validator::of(answer.headers(), SystemTime::now());
        let offers_ranges = response::offers_ranges(answer.headers());
        let mut answer = Answer::from(answer);
        let is_no_page = is_page && was_no_page || filename::is_never_a_page(&name);
        // What another source brought is dropped only once something comes instead.
        if is_no_page || part.state().is_some_and(|(_, runs)| runs.there() > 0) {
            let begin = patience.wait(answer.peek()).await?;
            let begin = begin.map_err(|error| failure::of_body(&error, shown, 0, total))?;
            if is_no_page && response::holds_a_page(begin, is_page) {
                return Err(self.page_instead().into());
            }
        }
        part.reset()?;
        match total {
            Some(total) if coding == Coding::Plain && total > 0 && validator.if_range().is_some() => {
                let head = Head::new(total, validator, (name.clone(), is_page), promised, self.url);
                part.begin(head.with_left(self.left));
                let adopted = together && self.adopt(part, &name, total)?;
                // It has the file from its beginning, which is there already.
                let first = Some(answer).filter(|_| !adopted);
                self.streams(part, first, !together || !offers_ranges && !adopted).await
            }
            _ => self.plain(part, answer, patience, Expected { name, promised, coding, total }).await,
        }
    }

    /// Fetches a file that cannot be gone on with: from its beginning to its end.
    async fn plain(
        &self,
        part: &mut Part<'_>,
        mut answer: Answer,
        mut patience: Patience<'_>,
        expected: Expected,
    ) -> Result<Output, Broke> {
        let Expected { name, promised, coding, total } = expected;
        let endless = |failure: Failure| if total.is_none() { never_fits(failure) } else { failure };
        self.ctx.progress(0, total);
        patience.body_begins();
        let mut buffer = Vec::new();
        let mut at = 0;
        loop {
            let chunk = patience.wait(answer.chunk()).await?;
            let chunk = chunk.map_err(|error| failure::of_body(&error, self.shown, patience.received(), total))?;
            buffer.extend_from_slice(chunk.as_deref().unwrap_or_default());
            if buffer.len() >= super::BUFFER_BYTES || chunk.is_none() {
                part.write_plain(&buffer, at).map_err(endless)?;
                at += buffer.len() as u64;
                buffer.clear();
                self.ctx.progress(at, total);
            }
            let Some(chunk) = chunk else { break };
            patience.pay(self.ctx.net.throttle(), chunk.len() as u64).await?;
            patience.count(chunk.len() as u64)?;
            self.ctx.progress(patience.received(), total);
        }
        if total.is_some_and(|total| total != at) {
            let sentence = format!("{} ended after {at} of {} bytes", self.shown, total.unwrap_or_default());
            return Err(Failure::new(ErrorKind::Verify, sentence).retryable().into());
        }
        let length = match coding {
            Coding::Plain => at,
            // What is packed once more by its own name stays so: the name says what it is.
            Coding::Gzip if coding::is_named_packed(&name) => at,
            packed => coding::unpack(part, at, packed, self).map_err(never_fits)?,
        };
        // A digest is of the representation, which is packed; what the person gave is of the file.
        let promised = promised.filter(|_| length == at && coding == Coding::Plain);
        part.check_whole(length)?;
        self.verify(part, length, promised.as_ref())?;
        part.finish(length)?;
        Ok(Output { name, bytes_in: at, bytes_out: length, ..Output::default() })
    }

    /// Fetches what is missing, by several connections where that is allowed.
    async fn streams(&self, part: &mut Part<'_>, first: Option<Answer>, alone: bool) -> Result<Output, Broke> {
        let joined = Streams::new(self, part, alone).run(first).await?;
        let Some((head, runs)) = part.state() else { return Err(Broke::Doubt("nothing is known of it")) };
        let (total, name, promised) = (runs.total(), head.name.clone(), head.digest.clone());
        part.check_whole(total)?;
        if let Err(failure) = self.verify(part, total, promised.as_ref()) {
            if failure.kind != ErrorKind::Verify {
                return Err(failure.into());
            }
            if joined {
                // One plain answer tells whether it is the file or how it was put together.
                return Err(Broke::Doubt("its bytes do not match their checksum"));
            }
            part.reset()?;
            return Err(failure.into());
        }
        part.finish(total)?;
        Ok(Output { name, bytes_in: total, bytes_out: total, ..Output::default() })
    }

    /// Compares with what the person and the server say about the bytes.
    fn verify(&self, part: &Part<'_>, length: u64, promised: Option<&Checksum>) -> Result<(), Failure> {
        let shown = self.shown;
        if let Some(size) = self.download.size.filter(|size| *size != length) {
            let sentence = format!("{shown} has {length} bytes, and should have {size}");
            return Err(Failure::new(ErrorKind::Verify, sentence));
        }
        for (checksum, who) in [(self.download.checksum.as_ref(), "that was given"), (promised, "that the server sent")]
        {
            let Some(checksum) = checksum else { continue };
            let read = |buffer: &mut [u8], at| part.read(buffer, at);
            let computed = digest::computed(&read, checksum.algorithm(), length, self.ctx)?;
            if computed != checksum.value() {
                let sentence = format!("The bytes of {shown} do not match the {} checksum {who}", checksum.algorithm());
                return Err(Failure::new(ErrorKind::Verify, sentence).with_details(format!("expected {checksum}")));
            }
        }
        Ok(())
    }

    fn page_instead(&self) -> Failure {
        let shown = self.shown;
        let sentence = format!("The server sent a web page instead of {shown}; the file may be gone, or want a log-in");
        Failure::new(ErrorKind::Verify, sentence).retryable()
    }

    /// How many connections it may have after so many looks at how it goes.
    pub(super) fn connections(&self, total: u64, looks: usize) -> usize {
        let wanted = self.download.options.segments.map_or_else(|| automatic(total, looks), usize::from);
        let allowed = self.ctx.control.connections().unwrap_or(self.download.connections);
        wanted.min(usize::from(allowed)).max(1)
    }

    pub(super) fn patience(&self) -> Patience<'a> {
        Patience::new(self.ctx.control, &self.download.options, self.shown)
    }

    pub(super) fn question(&self, part: HeaderMap) -> Question<'_> {
        // A mirror is not the server that was named.
        let named = link::origin(self.url) == link::origin(&self.download.url);
        Question { url: self.url, shown: self.shown, options: &self.download.options, named, part }
    }
}

/// What has no length may have no end: it must not fill the disk again and again.
fn never_fits(failure: Failure) -> Failure {
    match failure.kind {
        ErrorKind::DiskFull => Failure { retry: RetryHint::Never, ..failure },
        _ => failure,
    }
}

/// One for a small file, since another connection costs more than it brings; two for others, and up to four for those that
/// take long.
fn automatic(total: u64, looks: usize) -> usize {
    const SMALL: u64 = 8 << 20;
    const LOOKS_FOR_MORE: usize = 4;
    if total <= SMALL { 1 } else { (2 + looks / LOOKS_FOR_MORE).min(4) }
}
