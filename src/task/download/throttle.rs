//! A speed limit for many downloads together, as the virtual scheduling of ATM does it (ITU-T I.371, GCRA): one moment in
//! the future up to which what was taken is paid for. Two numbers, so that processes can share them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What may come at once before anybody has to wait.
const BURST: Duration = Duration::from_millis(50);

/// The limit and how far it is used up.
#[derive(Debug, Default)]
pub struct Throttle {
    /// Bytes a second; 0 is no limit.
    rate: AtomicU64,
    /// Up to when what was taken is paid for, in microseconds of [`now_us`].
    paid_until_us: AtomicU64,
}

impl Throttle {
    /// Sets the limit, in bytes a second. `None` takes it away. Holds at once.
    pub fn set(&self, bytes_per_s: Option<u64>) {
        self.rate.store(bytes_per_s.unwrap_or(0), Ordering::Relaxed);
        self.paid_until_us.store(0, Ordering::Relaxed);
    }

    /// Takes so many bytes; answers how long to wait for more. A change of the limit may shorten that: see [`Throttle::owes`].
    pub fn take(&self, bytes: u64) -> Option<Duration> {
        self.pay(bytes, now_us())
    }

    /// Whether anything is left to wait for.
    pub fn owes(&self) -> bool {
        self.paid_until_us.load(Ordering::Relaxed) > now_us()
    }

    fn pay(&self, bytes: u64, now_us: u64) -> Option<Duration> {
        let rate = self.rate.load(Ordering::Relaxed);
        if rate == 0 {
            return None;
        }
        let cost = (u128::from(bytes) * 1_000_000 / u128::from(rate)) as u64;
        let after = |paid: u64| paid.max(now_us) + cost;
        let paid = self.paid_until_us.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |paid| Some(after(paid)));
        let ahead = Duration::from_micros(after(paid.unwrap_or(0)) - now_us);
        ahead.checked_sub(BURST).filter(|wait| !wait.is_zero())
    }
}

/// The machine's monotonic clock, the same for all its processes.
#[cfg(unix)]
fn now_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1000
}

#[cfg(not(unix))]
fn now_us() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_micros() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_as_long_as_the_limit_says() {
        let throttle = Throttle::default();
        assert_eq!(throttle.pay(1 << 40, 0), None, "there is no limit");
        throttle.set(Some(1_000_000));
        assert_eq!(throttle.pay(10_000, 0), None, "a little may come at once");
        assert_eq!(throttle.pay(990_000, 0), Some(Duration::from_millis(950)));
        assert_eq!(throttle.pay(100_000, 500_000), Some(Duration::from_millis(550)));
        assert_eq!(throttle.pay(1000, 5_000_000), None, "what was not used is gone");
        throttle.set(None);
        assert_eq!(throttle.pay(1 << 40, 5_000_000), None);
    }
}
