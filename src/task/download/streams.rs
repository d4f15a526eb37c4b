//! Several connections that fetch one file together. Each continues one run of the part. One that is done takes over
//! half of what the slowest still has before it, or all of it where that one has fallen silent, so that no connection
//! holds the file back.
//!
//! Where a run meets bytes that are there, a few of them are fetched again and compared: behind where it begins, and
//! beyond where it ends. A server that lies about ranges is found out there.

use super::bring_down::BringDown;
use super::failure;
use super::open::Open;
use super::part::Part;
use super::patience::Patience;
use super::request;
use super::response::{self, Ranged};
use super::runs::Gap;
use super::transfer::{Broke, Transfer};
use crate::model::{ErrorKind, Failure};
use crate::task::Signal;
use futures_util::future::{LocalBoxFuture, poll_immediate};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderValue, IF_RANGE, RANGE};
use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How many bytes are fetched again around a joint, and compared. A resume costs that much.
const OVERLAP: u64 = 4096;

/// What takes less than this is not shared: a connection that stops early was sent more than it takes.
const SLOW: Duration = Duration::from_secs(1);

/// Nor is less than this.
const SPLIT_LEAST: u64 = 16 * 1024;

/// A connection that has brought nothing for so long loses its range to one that works. Where it had brought nothing at
/// all, the next one is given twice the time: a server may need it.
const SILENT_AFTER: Duration = Duration::from_secs(3);

/// How often it is looked whether something can be done better.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What was received and is little may stay unwritten for so long.
const UNWRITTEN_FOR: Duration = Duration::from_millis(4);

type Ended = (usize, Result<(), Broke>);

/// The connections of one file.
pub(super) struct Streams<'a, 'p, 'f> {
    transfer: &'a Transfer<'a>,
    part: RefCell<&'p mut Part<'f>>,
    total: u64,
    open: RefCell<Vec<Rc<Open>>>,
    /// More connections than this were refused or broke.
    working: Cell<usize>,
    /// How long a connection may bring nothing.
    silent_after: Cell<Duration>,
    /// Only the answer that is there counts: the server cannot be relied on for parts.
    alone: bool,
    begun: Instant,
    /// When anything arrived, on whatever connection.
    last: Cell<Instant>,
    /// Bytes from beyond the end of a run that the next one had not brought yet.
    to_meet: RefCell<Vec<(u64, Vec<u8>)>>,
}

impl<'a, 'p, 'f> Streams<'a, 'p, 'f> {
    /// The part must have been begun.
    pub(super) fn new(transfer: &'a Transfer<'a>, part: &'p mut Part<'f>, alone: bool) -> Self {
        let total = part.state().map_or(0, |(head, _)| head.total);
        let (part, open) = (RefCell::new(part), RefCell::default());
        Streams {
            transfer,
            part,
            total,
            open,
            working: Cell::new(usize::MAX),
            silent_after: Cell::new(SILENT_AFTER),
            alone,
            begun: Instant::now(),
            last: Cell::new(Instant::now()),
            to_meet: RefCell::default(),
        }
    }

    /// Runs until nothing is missing. `first` is an answer with the whole file, to begin with.
    pub(super) async fn run(&self, first: Option<Response>) -> Result<(), Broke> {
        let mut running: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
        let mut failed: Option<Failure> = None;
        let mut sync = BringDown::new();
        self.tell_progress();
        if let Some(answer) = first {
            running.push(self.open(0, Some(answer)));
        } else {
            self.divide()?;
        }
        loop {
            while !self.alone && running.len() < self.wanted() {
                match self.next_run()? {
                    Some(run) => running.push(self.open(run, None)),
                    None => break,
                }
            }
            if running.is_empty() {
                if !self.gaps().is_empty() {
                    return Err(failed.unwrap_or_else(|| self.ended_early()).into());
                }
                return self.to_meet.take().iter().try_for_each(|(at, bytes)| self.compare(bytes, *at));
            }
            let ended = timeout(LOOK_EVERY, running.next()).await;
            sync.tend(&mut self.part.borrow_mut());
            self.check_silence()?;
            let Ok(Some((run, ended))) = ended else { continue };
            self.open.borrow_mut().retain(|open| open.run != run);
            match ended {
                Ok(()) => failed = None,
                Err(Broke::Failed(failure)) if failure.kind == ErrorKind::Cancelled => return Err(failure.into()),
                Err(Broke::Failed(failure)) => {
                    // The others go on, and one of them takes over what this one left. The last one's failure counts.
                    self.working.set(running.len());
                    failed = Some(failure);
                }
                Err(broke) => return Err(broke),
            }
        }
    }

    /// Fails where no connection has brought anything for too long: one that takes over from another begins to wait anew.
    fn check_silence(&self) -> Result<(), Failure> {
        let Transfer { ctx, download, shown, .. } = self.transfer;
        if ctx.control.signal() == Signal::Pause || self.open.borrow().iter().any(|open| open.held_back.get()) {
            self.last.set(Instant::now());
        }
        let idle = Duration::from_millis(download.options.idle_timeout_ms) + LOOK_EVERY;
        if self.last.get().elapsed() <= idle {
            return Ok(());
        }
        let sentence = format!("Nothing arrived for {} s on any connection for {shown}", idle.as_secs());
        Err(Failure::new(ErrorKind::Stalled, sentence).retryable())
    }

    fn wanted(&self) -> usize {
        let looks = self.begun.elapsed().as_secs_f64() / LOOK_EVERY.as_secs_f64();
        self.transfer.connections(self.total, looks as usize).min(self.working.get())
    }

    /// Divides what is missing of a file of which nothing is there.
    fn divide(&self) -> Result<(), Failure> {
        let mut part = self.part.borrow_mut();
        let is_new = part.state().is_some_and(|(_, runs)| runs.there() == 0 && runs.all().len() == 1);
        let count = self.wanted() as u64;
        for number in (1..count).filter(|_| is_new) {
            part.begin_run((self.total / count * number).next_multiple_of(1 << 16))?;
        }
        Ok(())
    }

    fn gaps(&self) -> Vec<Gap> {
        self.part.borrow().state().map(|(_, runs)| runs.gaps()).unwrap_or_default()
    }

    /// The run that one more connection is to continue: what nobody fetches, else a share of what somebody fetches slowly.
    fn next_run(&self) -> Result<Option<usize>, Failure> {
        let gaps = self.gaps();
        let open = self.open.borrow();
        let opener = |gap: &Gap| open.iter().find(|open| open.run == gap.run);
        if let Some(free) = gaps.iter().find(|gap| opener(gap).is_none()) {
            return Ok(Some(free.run));
        }
        let mut slowest = None;
        for gap in &gaps {
            let Some(open) = opener(gap) else { continue };
            let seconds = gap.len() as f64 / open.bytes_per_s().max(1.0);
            let silent = !open.held_back.get() && open.last.get().elapsed() > self.silent_after.get();
            let worth = silent || seconds > SLOW.as_secs_f64() && gap.len() >= SPLIT_LEAST;
            if worth && slowest.is_none_or(|(_, most, _, _)| seconds > most) {
                slowest = Some((gap, seconds, silent, open));
            }
        }
        match slowest {
            Some((_, _, true, open)) => {
                // Its connection is dropped, and its run is free then.
                if open.received.get() == 0 {
                    self.silent_after.set(self.silent_after.get() * 2);
                }
                open.leave.notify_one();
                Ok(None)
            }
            Some((gap, ..)) => {
                let middle = gap.bytes.start + gap.len().div_ceil(2);
                self.part.borrow_mut().begin_run(middle)
            }
            None => Ok(None),
        }
    }

    fn open(&self, run: usize, answer: Option<Response>) -> LocalBoxFuture<'_, Ended> {
        let open = Rc::new(Open::new(run));
        self.open.borrow_mut().push(Rc::clone(&open));
        async move {
            let ended = tokio::select! {
                ended = self.stream(&open, answer) => ended,
                () = open.leave.notified() => Ok(()),
            };
            (run, ended)
        }
        .boxed_local()
    }

    /// One connection, until its run meets the next one. Whatever was received is written before it waits for more.
    async fn stream(&self, open: &Open, answer: Option<Response>) -> Result<(), Broke> {
        let mut patience = self.transfer.patience();
        let (mut answer, mut at) = match answer {
            Some(answer) => (answer, 0),
            None => self.ask(open.run, &mut patience).await?,
        };
        patience.body_begins();
        let mut buffer = Vec::new();
        // When the buffer was last empty.
        let mut written = Instant::now();
        loop {
            if buffer.is_empty() {
                written = Instant::now();
            }
            let chunk = {
                let mut next = pin!(answer.chunk());
                if let Some(chunk) = poll_immediate(next.as_mut()).await {
                    chunk
                } else {
                    self.wait(open.run, &mut buffer, written, next, &mut patience).await?
                }
            };
            let chunk = chunk.map_err(|error| self.broke(&error, open.run, &buffer))?;
            let Some(chunk) = chunk else {
                let came = buffer.len() as u64 + open.received.get();
                self.flush(open.run, &mut buffer)?;
                // An answer that ended before it should, and well: the next one goes on.
                return if came > 0 || self.end(open.run) <= at { Ok(()) } else { Err(self.ended_early().into()) };
            };
            open.last.set(Instant::now());
            self.last.set(Instant::now());
            open.held_back.set(true);
            let paid = patience.pay(self.transfer.ctx.net.throttle(), chunk.len() as u64).await;
            open.held_back.set(false);
            if paid.is_err() {
                self.flush(open.run, &mut buffer)?;
            }
            paid?;
            open.last.set(Instant::now());
            patience.count(chunk.len() as u64)?;
            let mut rest = &chunk[..];
            while !rest.is_empty() {
                let pos = self.pos(open.run) + buffer.len() as u64;
                let end = self.end(open.run);
                let taken = if at < pos {
                    let again = rest.len().min((pos - at) as usize);
                    self.compare(&rest[..again], at)?;
                    again
                } else if at < end {
                    let new = rest.len().min((end - at) as usize);
                    buffer.extend_from_slice(&rest[..new]);
                    open.received.set(open.received.get() + new as u64);
                    if buffer.len() >= super::BUFFER_BYTES {
                        self.flush(open.run, &mut buffer)?;
                    }
                    new
                } else {
                    self.flush(open.run, &mut buffer)?;
                    let again = rest.len().min(self.beyond(end).saturating_sub(at) as usize);
                    self.meet(&rest[..again], at)?;
                    if at + again as u64 >= self.beyond(end) {
                        return Ok(());
                    }
                    again
                };
                at += taken as u64;
                rest = &rest[taken..];
            }
            let end = self.end(open.run);
            if at >= end && at >= self.beyond(end) {
                self.flush(open.run, &mut buffer)?;
                return Ok(());
            }
        }
    }

    /// Waits for more. What was received is written before that, unless more is there in a moment.
    async fn wait<T>(
        &self,
        run: usize,
        buffer: &mut Vec<u8>,
        written: Instant,
        mut next: Pin<&mut impl Future<Output = T>>,
        patience: &mut Patience<'_>,
    ) -> Result<T, Failure> {
        let is_little = !buffer.is_empty() && buffer.len() < super::BUFFER_BYTES / 2;
        if is_little && let Ok(came) = timeout_at(written + UNWRITTEN_FOR, next.as_mut()).await {
            return Ok(came);
        }
        self.flush(run, buffer)?;
        patience.wait(next).await
    }

    /// Asks for what a run lacks, and a little more at both ends to compare. Answers where the bytes begin.
    async fn ask(&self, run: usize, patience: &mut Patience<'_>) -> Result<(Response, u64), Broke> {
        let transfer = self.transfer;
        let (wanted, if_range) = {
            let part = self.part.borrow();
            let Some((head, runs)) = part.state() else { return Err(Broke::Doubt("nothing is known of it")) };
            let (pos, end) = (runs.get(run).pos, runs.end_of(run));
            let again = runs.there_before(pos, OVERLAP);
            let Some(if_range) = head.validator.if_range() else {
                return Err(Broke::Doubt("nothing tells whether the file is still the same"));
            };
            (pos - again..self.beyond(end), if_range)
        };
        let mut headers = HeaderMap::new();
        let range = format!("bytes={}-{}", wanted.start, wanted.end - 1);
        headers.insert(RANGE, HeaderValue::try_from(range).map_err(|_| Broke::Doubt("the range is odd"))?);
        headers.insert(IF_RANGE, if_range);
        let answer = request::answer(&transfer.question(headers), transfer.ctx.net, patience).await?;
        self.last.set(Instant::now());
        let part = self.part.borrow();
        let Some((head, _)) = part.state() else { return Err(Broke::Doubt("nothing is known of it")) };
        match response::check_range(answer.status(), answer.headers(), &wanted, head, transfer.shown) {
            Ranged::Part(_) => Ok((answer, wanted.start)),
            Ranged::Whole => Err(Broke::Whole(Box::new(answer))),
            Ranged::Doubt(why) => Err(Broke::Doubt(why)),
            Ranged::Refused(failure) => Err(failure.into()),
        }
    }

    /// Up to where bytes beyond the end of a run are fetched, to be compared with those of the next.
    fn beyond(&self, end: u64) -> u64 {
        (end + OVERLAP).min(self.total)
    }

    /// Compares bytes with those of the run that begins there: now, or once they are there.
    fn meet(&self, bytes: &[u8], at: u64) -> Result<(), Broke> {
        let length = bytes.len() as u64;
        let there = self.part.borrow().state().map_or(0, |(_, runs)| runs.there_from(at, length));
        if there >= length {
            return self.compare(bytes, at);
        }
        self.to_meet.borrow_mut().push((at, bytes.to_vec()));
        Ok(())
    }

    fn pos(&self, run: usize) -> u64 {
        self.part.borrow().state().map_or(0, |(_, runs)| runs.get(run).pos)
    }

    fn end(&self, run: usize) -> u64 {
        self.part.borrow().state().map_or(0, |(_, runs)| runs.end_of(run))
    }

    fn compare(&self, bytes: &[u8], at: u64) -> Result<(), Broke> {
        if self.part.borrow().has(bytes, at)? { Ok(()) } else { Err(Broke::Doubt("bytes that came twice differ")) }
    }

    fn flush(&self, run: usize, buffer: &mut Vec<u8>) -> Result<(), Failure> {
        if !buffer.is_empty() {
            self.part.borrow_mut().write(run, buffer)?;
            buffer.clear();
            self.tell_progress();
        }
        Ok(())
    }

    fn tell_progress(&self) {
        let there = self.part.borrow().state().map_or(0, |(_, runs)| runs.there());
        self.transfer.ctx.progress(there, Some(self.total));
    }

    fn broke(&self, error: &reqwest::Error, run: usize, buffer: &[u8]) -> Failure {
        // Nothing that came is lost; that it cannot be written will be said the next time.
        self.part.borrow_mut().write(run, buffer).ok();
        let there = self.part.borrow().state().map_or(0, |(_, runs)| runs.there());
        failure::of_body(error, self.transfer.shown, there, Some(self.total))
    }

    fn ended_early(&self) -> Failure {
        let there = self.part.borrow().state().map_or(0, |(_, runs)| runs.there());
        let sentence = format!("{} ended after {there} of {} bytes", self.transfer.shown, self.total);
        Failure::new(ErrorKind::Verify, sentence).retryable()
    }
}
