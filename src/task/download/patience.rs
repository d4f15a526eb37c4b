//! How long a transfer waits: until it is cancelled, until nothing has arrived for too long, or until it is too slow.
//! Time spent paused counts for neither.

use super::Throttle;
use crate::model::{ErrorKind, Failure, FetchOptions};
use crate::task::{Control, Signal};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How soon a change of the speed limit is noticed by who waits under the old one.
const LIMIT_LOOK: Duration = Duration::from_millis(100);

/// The limits of one attempt, and what it has received so far.
pub(super) struct Patience<'a> {
    control: &'a Control,
    /// The link as it may be shown.
    shown: &'a str,
    idle: Duration,
    received: u64,
    pace: Pace<'a>,
}

/// Whether what arrives is fast enough, measured over stretches of time in which nothing else held it up.
pub(super) struct Pace<'a> {
    /// The link as it may be shown.
    shown: &'a str,
    stretch: Duration,
    min_bytes_per_s: u64,
    begun: Instant,
    bytes: u64,
}

impl<'a> Pace<'a> {
    pub(super) fn new(options: &FetchOptions, shown: &'a str) -> Pace<'a> {
        let stretch = Duration::from_millis(options.idle_timeout_ms);
        Pace { shown, stretch, min_bytes_per_s: options.min_bytes_per_s, begun: Instant::now(), bytes: 0 }
    }

    /// Measures from here on.
    pub(super) fn begin(&mut self) {
        (self.begun, self.bytes) = (Instant::now(), 0);
    }

    pub(super) fn count(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// Fails where too little arrived for the time.
    pub(super) fn check(&mut self) -> Result<(), Failure> {
        let elapsed = self.begun.elapsed();
        if self.min_bytes_per_s == 0 || elapsed < self.stretch {
            return Ok(());
        }
        let bytes_per_s = (self.bytes as f64 / elapsed.as_secs_f64()) as u64;
        if bytes_per_s < self.min_bytes_per_s {
            let sentence = format!(
                "{} came at {bytes_per_s} bytes a second for {}, slower than the {} asked for",
                self.shown,
                seconds(elapsed),
                self.min_bytes_per_s
            );
            return Err(Failure::new(ErrorKind::Stalled, sentence).retryable());
        }
        self.begin();
        Ok(())
    }
}

impl<'a> Patience<'a> {
    pub(super) fn new(control: &'a Control, options: &FetchOptions, shown: &'a str) -> Patience<'a> {
        Patience {
            control,
            shown,
            idle: Duration::from_millis(options.idle_timeout_ms),
            received: 0,
            pace: Pace::new(options, shown),
        }
    }

    /// The same for one connection of several, whose pace is measured together.
    pub(super) fn of_one(mut self) -> Patience<'a> {
        self.pace.min_bytes_per_s = 0;
        self
    }

    /// Measures the speed from here on: how long a server takes to answer, or redirects take, is no slowness.
    pub(super) fn body_begins(&mut self) {
        self.pace.begin();
    }

    /// Everything received so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Waits for `work`, which is not polled while paused. Ends early on a cancel, and when the idle time-out passes.
    pub(super) async fn wait<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                // Looked at first, so that a fast stream cannot drown a cancel.
                biased;
                () = self.control.until(|signal| signal != Signal::Run) => {}
                done = timeout(self.idle, &mut work) => return done.map_err(|_| self.nothing_arrived()),
            }
            self.control.until(|signal| signal != Signal::Pause).await;
            if self.control.signal() == Signal::Cancel {
                return Err(Failure::cancelled());
            }
            self.pace.begin();
        }
    }

    /// Waits for the share of the speed limit that what arrived takes. That wait is no slowness of the server's.
    pub(super) async fn pay(&mut self, throttle: &Throttle, bytes: u64) -> Result<(), Failure> {
        let Some(wait) = throttle.take(bytes) else { return Ok(()) };
        let begun = Instant::now();
        while begun.elapsed() < wait && throttle.owes() {
            tokio::select! {
                () = self.control.until(|signal| signal == Signal::Cancel) => return Err(Failure::cancelled()),
                () = sleep(LIMIT_LOOK.min(wait.saturating_sub(begun.elapsed()))) => {}
            }
        }
        self.pace.begun += begun.elapsed();
        Ok(())
    }

    /// Counts what arrived; fails where that is too little for the time.
    pub(super) fn count(&mut self, bytes: u64) -> Result<(), Failure> {
        self.received += bytes;
        self.pace.count(bytes);
        self.pace.check()
    }

    fn nothing_arrived(&self) -> Failure {
        let (idle, shown) = (seconds(self.idle), self.shown);
        let sentence = match self.received {
            0 => format!("The server did not answer within {idle}: {shown}"),
            received => format!("Nothing arrived for {idle} after {received} bytes of {shown}"),
        };
        Failure::new(ErrorKind::Stalled, sentence).retryable()
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", (duration.as_secs_f64() * 10.0).round() / 10.0)
}
