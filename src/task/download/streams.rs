//! Several connections that fetch one file together. Each continues one run of the part. One that is done takes over
//! half of what the slowest still has before it, or all of it where that one has fallen silent, so that no connection
//! holds the file back.
//!
//! Where a run meets bytes that are there, a few of them are fetched again and compared: behind where it begins, and
//! beyond where it ends. A server that lies about ranges is found out there.

mod ask;
mod joints;
mod stream;

use super::bring_down::BringDown;
use super::failure;
use super::open::{Open, Share};
use super::part::Part;
use super::patience::Pace;
use super::response::Answer;
use super::runs::{Gap, MAX_RUNS};
use super::transfer::{Broke, Transfer};
use crate::model::{ErrorKind, Failure, RetryHint};
use crate::task::Signal;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// How many bytes are fetched again around a joint, and compared. A resume costs that much, or less where a connection
/// brings no more than that.
const OVERLAP: u64 = 4096;

/// At least so many are, unless a connection that was asked for no more than these brought nothing beyond them either.
const LEAST_OVERLAP: u64 = 64;

/// What takes less than this is not shared: a connection that stops early was sent more than it takes.
const SLOW: Duration = Duration::from_secs(1);

/// How fast a connection is, is known after so long: before that nothing is shared.
const KNOWN_AFTER: Duration = Duration::from_millis(100);

/// Nor is less than this.
const SPLIT_LEAST: u64 = 16 * 1024;

/// A connection that has brought nothing for so long loses its range to one that works. Where it had brought nothing at
/// all, the next one is given twice the time: a server may need it.
const SILENT_AFTER: Duration = Duration::from_secs(3);

/// How often it is looked whether something can be done better.
const LOOK_EVERY: Duration = Duration::from_millis(500);

type Ended = (Rc<Open>, Result<(), Broke>);

/// The connections of one file.
pub(super) struct Streams<'a, 'p, 'f> {
    transfer: &'a Transfer<'a>,
    part: RefCell<&'p mut Part<'f>>,
    total: u64,
    open: RefCell<Vec<Rc<Open>>>,
    /// More connections than this were refused or broke.
    working: Cell<usize>,
    /// How many bytes before what is missing are fetched again.
    overlap: Cell<u64>,
    /// How long a connection may bring nothing.
    silent_after: Cell<Duration>,
    /// Only the answer that is there counts: the server cannot be relied on for parts.
    alone: bool,
    /// Parts of several answers were put together.
    joined: Cell<bool>,
    started: Instant,
    /// One more connection brings something.
    begun: Notify,
    /// The server asked to be left alone until then.
    not_before: Cell<Instant>,
    /// When anything arrived, on whatever connection.
    last: Cell<Instant>,
    /// How fast all of them together are.
    pace: RefCell<Pace<'a>>,
    /// Bytes from beyond the end of a run that the next one had not brought yet.
    to_meet: RefCell<Vec<(u64, Vec<u8>)>>,
    /// Places where one run met another and nothing came that could be compared.
    unmet: RefCell<Vec<u64>>,
}

impl<'a, 'p, 'f> Streams<'a, 'p, 'f> {
    /// The part must have been begun.
    pub(super) fn new(transfer: &'a Transfer<'a>, part: &'p mut Part<'f>, alone: bool) -> Self {
        let total = part.state().map_or(0, |(head, _)| head.total);
        let now = Instant::now();
        Streams {
            transfer,
            part: RefCell::new(part),
            total,
            open: RefCell::default(),
            working: Cell::new(usize::MAX),
            overlap: Cell::new(OVERLAP),
            silent_after: Cell::new(SILENT_AFTER),
            alone,
            joined: Cell::new(false),
            started: now,
            begun: Notify::new(),
            not_before: Cell::new(now),
            last: Cell::new(now),
            pace: RefCell::new(Pace::new(&transfer.download.options, transfer.shown)),
            to_meet: RefCell::default(),
            unmet: RefCell::default(),
        }
    }

    /// Runs until nothing is missing. `first` is an answer with the whole file, to begin with. Answers whether parts of
    /// several answers were put together.
    pub(super) async fn run(&self, first: Option<Answer>) -> Result<bool, Broke> {
        let mut running: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
        let mut failed: Option<Failure> = None;
        let mut sync = BringDown::new();
        self.tell_progress();
        match first {
            Some(answer) => running.push(self.open(Share::Run(0), Some(answer))),
            None => self.doubt_old_joints(),
        }
        loop {
            while !self.alone && running.len() < self.wanted() {
                let Some(share) = self.next_share() else { break };
                running.push(self.open(share, None));
            }
            if running.is_empty() {
                self.settle()?;
                if self.gaps().is_empty() {
                    self.check_unmet().await?;
                    return Ok(self.joined.get());
                }
                return Err(failed.unwrap_or_else(|| self.ended_early()).into());
            }
            let ended = tokio::select! {
                ended = timeout(self.next_look(), running.next()) => ended,
                // There may be more to share.
                () = self.begun.notified() => continue,
            };
            sync.tend(&mut self.part.borrow_mut());
            // That bytes do not fit together counts more than whatever else happened.
            self.settle()?;
            self.check_silence()?;
            let Ok(Some((open, ended))) = ended else { continue };
            self.open.borrow_mut().retain(|other| !Rc::ptr_eq(other, &open));
            match ended {
                Ok(()) => failed = None,
                Err(Broke::Failed(failure)) if failure.kind == ErrorKind::Cancelled => return Err(failure.into()),
                Err(Broke::Failed(failure)) => {
                    // The others go on, and one of them takes over what this one left. The last one's failure counts.
                    self.working.set(running.len());
                    if let RetryHint::AfterMs(ms) = failure.retry {
                        self.not_before.set(self.not_before.get().max(Instant::now() + Duration::from_millis(ms)));
                    }
                    failed = Some(failure);
                }
                // One more is not wanted there; those that run are.
                Err(Broke::Refused(_)) if !running.is_empty() => self.working.set(running.len()),
                Err(Broke::Whole(answer)) if !running.is_empty() && self.is_of_same_version(&answer) => {
                    self.working.set(running.len());
                }
                Err(broke) => return Err(broke),
            }
        }
    }

    fn is_of_same_version(&self, answer: &reqwest::Response) -> bool {
        self.part.borrow().state().is_some_and(|(head, _)| head.validator.holds_for(answer.headers()))
    }

    /// Fails where no connection has brought anything for too long, since one that takes over from another begins to wait
    /// anew; or where all together are too slow.
    fn check_silence(&self) -> Result<(), Broke> {
        let Transfer { ctx, download, shown, .. } = self.transfer;
        let (now, open) = (Instant::now(), self.open.borrow());
        let is_paused = ctx.control.signal() == Signal::Pause;
        if is_paused || open.iter().any(|open| open.held_back.get()) {
            self.last.set(now);
            self.pace.borrow_mut().begin();
        }
        if is_paused {
            open.iter().for_each(|open| open.last.set(now));
        }
        self.pace.borrow_mut().check().map_err(Broke::TooSlow)?;
        let idle = Duration::from_millis(download.options.idle_timeout_ms) + LOOK_EVERY;
        if self.last.get().elapsed() <= idle {
            return Ok(());
        }
        let sentence = format!("Nothing arrived for {} s on any connection for {shown}", idle.as_secs());
        Err(Failure::new(ErrorKind::Stalled, sentence).retryable().into())
    }

    /// Sooner at first, while it is still to be found out how fast it goes.
    fn next_look(&self) -> Duration {
        if self.started.elapsed() < LOOK_EVERY { KNOWN_AFTER } else { LOOK_EVERY }
    }

    fn wanted(&self) -> usize {
        let looks = self.started.elapsed().as_secs_f64() / LOOK_EVERY.as_secs_f64();
        self.transfer.connections(self.total, looks as usize).min(self.working.get())
    }

    fn gaps(&self) -> Vec<Gap> {
        self.part.borrow().state().map(|(_, runs)| runs.gaps()).unwrap_or_default()
    }

    /// What one more connection is to fetch: what nobody does, else a share of what somebody fetches slowly.
    fn next_share(&self) -> Option<Share> {
        if self.transfer.ctx.control.signal() == Signal::Pause || self.not_before.get() > Instant::now() {
            return None;
        }
        let gaps = self.gaps();
        let open = self.open.borrow();
        let opener = |gap: &Gap| open.iter().find(|open| open.run() == Some(gap.run));
        if let Some(free) = gaps.iter().find(|gap| opener(gap).is_none()) {
            return Some(Share::Run(free.run));
        }
        let mut slowest = None;
        for gap in &gaps {
            let Some(open) = opener(gap) else { continue };
            let left = gap.bytes.end.saturating_sub(open.reached.get().max(gap.bytes.start));
            let seconds = left as f64 / open.bytes_per_s().max(1.0);
            let silent = !open.held_back.get() && open.last.get().elapsed() > self.silent_after.get();
            let is_known = open.since.elapsed() >= KNOWN_AFTER;
            let worth = silent || is_known && seconds > SLOW.as_secs_f64() && left >= SPLIT_LEAST;
            if worth && slowest.is_none_or(|(_, most, _, _)| seconds > most) {
                slowest = Some((gap.bytes.end - left / 2, seconds, silent, open));
            }
        }
        let (middle, _, silent, open_there) = slowest?;
        if silent {
            // Its connection is dropped, and its run is free then.
            if open_there.received.get() == 0 {
                self.silent_after.set(self.silent_after.get() * 2);
            }
            open_there.leave.notify_one();
            return None;
        }
        // One at a time: what two of them would share is not known before the first was answered.
        let is_asking = open.iter().any(|open| open.run().is_none());
        let has_room = self.part.borrow().state().is_some_and(|(_, runs)| runs.all().len() < MAX_RUNS);
        (!is_asking && has_room).then_some(Share::From(middle))
    }

    fn open(&self, share: Share, answer: Option<Answer>) -> LocalBoxFuture<'_, Ended> {
        let open = Rc::new(Open::new(share));
        self.open.borrow_mut().push(Rc::clone(&open));
        async move {
            let ended = tokio::select! {
                ended = self.stream(&open, answer) => ended,
                () = open.leave.notified() => Ok(()),
            };
            (open, ended)
        }
        .boxed_local()
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
