//! One connection: what it brings is compared where it was there already, and written.

use super::super::BUFFER_BYTES;
use super::super::open::{Open, Share};
use super::super::patience::Patience;
use super::super::response::Answer;
use super::super::transfer::Broke;
use super::{LEAST_OVERLAP, Streams};
use crate::model::{ErrorKind, Failure};
use crate::task::Signal;
use futures_util::future::poll_immediate;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// After so many bytes a stream lets the others of its file have a turn.
const TURN_BYTES: u64 = 1 << 20;

/// What was received and is little may stay unwritten for so long.
const UNWRITTEN_FOR: Duration = Duration::from_millis(4);

impl Streams<'_, '_, '_> {
    /// One connection, until its run meets the next one. Whatever was received is written before it waits for more.
    pub(super) async fn stream(&self, open: &Open, answer: Option<Answer>) -> Result<(), Broke> {
        let mut patience = self.transfer.patience().of_one();
        let (mut answer, mut at, promised) = match answer {
            Some(answer) => (answer, 0, self.total),
            None => match self.ask(open, &mut patience).await? {
                Some(answered) => answered,
                None => return Ok(()),
            },
        };
        let Share::Run(run) = open.share.get() else { return Ok(()) };
        open.reached.set(at);
        let begun_at = at;
        let mut buffer = Vec::new();
        // When the buffer was last empty.
        let mut written = Instant::now();
        let mut turn = 0;
        loop {
            if buffer.is_empty() {
                written = Instant::now();
            }
            let chunk = {
                let mut next = pin!(answer.chunk());
                let goes_on = self.transfer.ctx.control.signal() == Signal::Run;
                match if goes_on { poll_immediate(next.as_mut()).await } else { None } {
                    Some(chunk) => chunk,
                    None => match self.wait(run, &mut buffer, written, next, &mut patience).await {
                        Ok(chunk) => chunk,
                        Err(failure)
                            if failure.kind == ErrorKind::Stalled && self.compares_less(open, at - begun_at) =>
                        {
                            return Ok(());
                        }
                        Err(failure) => return Err(failure.into()),
                    },
                }
            };
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(_) if self.compares_less(open, at - begun_at) => return Ok(()),
                Err(error) => return Err(self.broke(&error, run, &buffer).into()),
            };
            let Some(chunk) = chunk else {
                self.flush(run, &mut buffer)?;
                let end = self.end(run);
                if at >= end && at < self.beyond(end) {
                    self.unmet.borrow_mut().push(end);
                }
                // An answer that ended before it should, and well: the next one goes on.
                let goes_on = open.received.get() > 0 || end <= at || self.compares_less(open, at - begun_at);
                return if goes_on { Ok(()) } else { Err(self.ended_early().into()) };
            };
            if at + chunk.len() as u64 > promised {
                return Err(Broke::Doubt("more came than the server said"));
            }
            self.heard(open, chunk.len() as u64);
            open.held_back.set(true);
            let paid = patience.pay(self.transfer.ctx.net.throttle(), chunk.len() as u64).await;
            open.held_back.set(false);
            if paid.is_err() {
                self.flush(run, &mut buffer)?;
            }
            paid?;
            open.last.set(Instant::now());
            let mut rest = &chunk[..];
            while !rest.is_empty() {
                let taken = self.take(open, run, rest, at, &mut buffer)?;
                at += taken as u64;
                rest = &rest[taken..];
                if taken == 0 {
                    return Ok(());
                }
            }
            open.reached.set(at);
            let end = self.end(run);
            if at >= end && at >= self.beyond(end) {
                return Ok(self.flush(run, &mut buffer)?);
            }
            if buffer.len() >= BUFFER_BYTES {
                self.flush(run, &mut buffer)?;
            }
            turn += chunk.len() as u64;
            if turn >= TURN_BYTES {
                turn = 0;
                // A stream that never pends must not keep the others, a pause or a cancel waiting.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Where a connection brought only what was there already, as where its server sends so little at a time: the next one is
    /// asked for a quarter of that, and more that is new. Of one that was lost nobody knows how much its server sends, so
    /// less than a little is asked for only where that was too much as well. Answers whether any of this is possible.
    fn compares_less(&self, open: &Open, came: u64) -> bool {
        if open.received.get() > 0 || came == 0 {
            return false;
        }
        let overlap = self.overlap.get();
        if open.overlap.get() > overlap {
            // Another connection found it out meanwhile.
            return true;
        }
        let least = if overlap > LEAST_OVERLAP { LEAST_OVERLAP } else { 1 };
        let less = (came / 4).max(least);
        let is_possible = less < overlap;
        if is_possible {
            self.overlap.set(less);
        }
        is_possible
    }

    pub(super) fn heard(&self, open: &Open, bytes: u64) {
        open.last.set(Instant::now());
        self.last.set(Instant::now());
        self.pace.borrow_mut().count(bytes);
    }

    /// Takes from the beginning of what came for `at`: compares it, or buffers it, or writes it where it is much. Answers how
    /// much; nothing once the run has met the next one.
    fn take(&self, open: &Open, run: usize, rest: &[u8], at: u64, buffer: &mut Vec<u8>) -> Result<usize, Broke> {
        let (pos, end) = (self.pos(run) + buffer.len() as u64, self.end(run));
        if at < pos {
            let again = rest.len().min((pos - at) as usize);
            self.compare(&rest[..again], at)?;
            return Ok(again);
        }
        if at < end {
            let new = &rest[..rest.len().min((end - at) as usize)];
            if buffer.is_empty() && new.len() >= BUFFER_BYTES / 2 {
                self.write(run, new)?;
            } else {
                buffer.extend_from_slice(new);
            }
            open.received.set(open.received.get() + new.len() as u64);
            return Ok(new.len());
        }
        self.flush(run, buffer)?;
        let again = rest.len().min(self.beyond(end).saturating_sub(at) as usize);
        self.meet(&rest[..again], at)?;
        Ok(again)
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
        let is_little = !buffer.is_empty() && buffer.len() < BUFFER_BYTES / 2;
        if is_little && let Ok(came) = timeout_at(written + UNWRITTEN_FOR, next.as_mut()).await {
            return Ok(came);
        }
        self.flush(run, buffer)?;
        patience.wait(next).await
    }

    fn flush(&self, run: usize, buffer: &mut Vec<u8>) -> Result<(), Failure> {
        if !buffer.is_empty() {
            self.write(run, buffer)?;
            buffer.clear();
        }
        Ok(())
    }

    fn write(&self, run: usize, bytes: &[u8]) -> Result<(), Failure> {
        self.part.borrow_mut().write(run, bytes)?;
        self.tell_progress();
        Ok(())
    }
}
