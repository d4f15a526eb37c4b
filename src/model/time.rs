//! Time as the core sees it: a number handed in, never a clock read.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};
use std::time::Duration;

/// Microseconds since the engine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Moment(pub u64);

impl Moment {
    /// Seconds since the engine started.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add<Duration> for Moment {
    type Output = Moment;
    fn add(self, rhs: Duration) -> Moment {
        Moment(self.0.saturating_add(rhs.as_micros() as u64))
    }
}

impl Sub for Moment {
    type Output = Duration;
    /// The time between two moments; zero where `rhs` is the later one.
    fn sub(self, rhs: Moment) -> Duration {
        Duration::from_micros(self.0.saturating_sub(rhs.0))
    }
}
