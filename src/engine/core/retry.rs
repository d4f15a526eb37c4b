//! Whether and when a failed attempt is tried again: a pure function of the failure and the count.

use crate::model::{AttemptId, Failure, RetryHint};
use std::time::Duration;

const FIRST_DELAY: Duration = Duration::from_millis(500);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// How long to wait before the next attempt, or `None` where there is none. `retried` counts the retries so far,
/// `allowed` is the person's limit. The delay doubles each time and is spread by a quarter either way, by the
/// attempt's identity, so that many jobs that failed together do not come back together.
pub(super) fn delay(failure: &Failure, attempt: AttemptId, retried: u32, allowed: u32) -> Option<Duration> {
    let floor = match failure.retry {
        RetryHint::Never => return None,
        RetryHint::CanHelp => Duration::ZERO,
        RetryHint::AfterMs(ms) => Duration::from_millis(ms),
    };
    if retried >= allowed {
        return None;
    }
    let doubled = FIRST_DELAY.saturating_mul(1 << retried.min(16)).min(LONGEST_DELAY);
    Some(doubled.mul_f64(0.75 + 0.5 * spread(attempt)).max(floor))
}

/// A number from 0 to 1 that differs from attempt to attempt and is the same in every run.
fn spread(attempt: AttemptId) -> f64 {
    let key = (u64::from(attempt.job.0) << 32) | u64::from(attempt.number);
    f64::from((key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ErrorKind, JobId};

    #[test]
    fn delays_double_are_spread_and_respect_the_floor() {
        let attempt = AttemptId { job: JobId(7), number: 1 };
        let lost = Failure::new(ErrorKind::Connect, "lost").retryable();
        let ms = |delay: Option<Duration>| delay.map(|delay| delay.as_millis());
        for (retried, low, high) in [(0, 375, 625), (1, 750, 1250), (2, 1500, 2500), (9, 22_500, 37_500)] {
            let delay = ms(delay(&lost, attempt, retried, 10)).expect("a retry");
            assert!((low..=high).contains(&delay), "{retried}: {delay}");
        }
        assert_eq!(delay(&lost, attempt, 3, 3), None, "the limit holds");
        assert_eq!(delay(&Failure::new(ErrorKind::Http, "404"), attempt, 0, 3), None, "no help in trying again");
        let busy = Failure { retry: RetryHint::AfterMs(9000), ..Failure::new(ErrorKind::Http, "503") };
        assert_eq!(ms(delay(&busy, attempt, 0, 3)), Some(9000));
    }
}
