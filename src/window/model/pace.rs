//! How fast something goes and how long it will take, so that a person can read it: the rate is the mean of the last
//! seconds, the time left counts down and never leaps, and both change four times a second at most.

use crate::model::{Moment, Progress};
use std::collections::VecDeque;
use std::time::Duration;

/// The rate is the mean of so much time.
const SPAN: Duration = Duration::from_secs(4);
/// A point of that time is kept so often.
const POINT: Duration = Duration::from_millis(250);
/// Below this much time nothing is said.
const FIRST: Duration = Duration::from_millis(600);
/// How much of what is newly estimated the shown time takes over at once.
const TAKEN: f64 = 0.3;
/// The most by which the shown time departs from counting down: seconds, or this share of it.
const LEAP_S: f64 = 1.0;
const LEAP_SHARE: f64 = 0.15;
/// The longest time that is told, in seconds.
const LONGEST_S: f64 = 359_999.0;

/// A time left that counts down.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Countdown {
    shown: Option<(f64, Moment)>,
    is_known: bool,
}

impl Countdown {
    /// Takes a new estimate in, in seconds; returns what to show.
    pub(crate) fn take(&mut self, estimate: Option<f64>, now: Moment) -> Option<Duration> {
        let Some(estimate) = estimate.filter(|seconds| seconds.is_finite()) else {
            // What was shown last waits, so that what comes after a silence does not leap.
            self.shown = self.shown.map(|(seconds, _)| (seconds, now));
            self.is_known = false;
            return None;
        };
        let estimate = estimate.clamp(0.0, LONGEST_S);
        let seconds = match self.shown {
            None => estimate,
            Some((shown, at)) => {
                let expected = (shown - (now - at).as_secs_f64()).max(0.0);
                let leap = LEAP_S.max(expected * LEAP_SHARE);
                expected + ((estimate - expected) * TAKEN).clamp(-leap, leap)
            }
        };
        (self.shown, self.is_known) = (Some((seconds, now)), true);
        Some(Duration::from_secs_f64(seconds))
    }

    /// What is shown.
    pub(crate) fn shown(&self) -> Option<Duration> {
        self.shown.filter(|_| self.is_known).map(|(seconds, _)| Duration::from_secs_f64(seconds))
    }
}

/// The pace of a running download.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Pace {
    /// When it had come how far: [`POINT`] apart, the newest last.
    points: VecDeque<(Moment, u64)>,
    newest: Progress,
    bytes_per_s: f64,
    left: Countdown,
}

impl Pace {
    /// It begins.
    pub(crate) fn new(at: Moment) -> Pace {
        Pace { points: VecDeque::from([(at, 0)]), ..Pace::default() }
    }

    /// It has come so far. What it had at the first word does not count: it may be what an earlier attempt left.
    pub(crate) fn add(&mut self, progress: Progress, now: Moment) {
        if self.newest == Progress::default() {
            self.points = VecDeque::from([(now, progress.done)]);
        }
        self.newest = progress;
        if self.points.back().is_none_or(|(at, _)| now - *at >= POINT) {
            self.points.push_back((now, progress.done));
        }
    }

    /// Works out what to show. Four times a second.
    pub(crate) fn refresh(&mut self, now: Moment) {
        // One older point stays, so that the mean is over the whole time.
        while self.points.get(1).is_some_and(|(at, _)| now - *at >= SPAN) {
            self.points.pop_front();
        }
        let Some((since, had)) = self.points.front().copied() else { return };
        let elapsed = now - since;
        if elapsed < FIRST {
            return;
        }
        // Up to now and not to the last word: a download that stalls gets slower.
        self.bytes_per_s = self.newest.done.saturating_sub(had) as f64 / elapsed.as_secs_f64();
        let left = self.newest.total.map(|total| total.saturating_sub(self.newest.done) as f64);
        let estimate = left.filter(|_| self.bytes_per_s > 1.0).map(|left| left / self.bytes_per_s);
        self.left.take(estimate, now);
    }

    pub(crate) fn bytes_per_s(&self) -> f64 {
        self.bytes_per_s
    }

    pub(crate) fn left(&self) -> Option<Duration> {
        self.left.shown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown, four times a second, while bytes arrive as `arrived` says for each 50 ms.
    fn shown(total: u64, arrived: impl Fn(u64) -> u64) -> Vec<(f64, f64)> {
        let mut pace = Pace::new(Moment(0));
        let (mut done, mut shown) = (0, Vec::new());
        for nth in 0..4000 {
            let now = Moment(nth * 50_000);
            done = (done + arrived(nth)).min(total);
            pace.add(Progress { done, total: Some(total) }, now);
            if nth % 5 == 0 {
                pace.refresh(now);
                shown.extend(pace.left().map(|left| (left.as_secs_f64(), pace.bytes_per_s())));
            }
            if done == total {
                break;
            }
        }
        shown
    }

    fn check(name: &str, total: u64, arrived: impl Fn(u64) -> u64) -> Vec<(f64, f64)> {
        let shown = shown(total, arrived);
        assert!(shown.len() > 20, "{name}: shown {} times", shown.len());
        for pair in shown.windows(2) {
            let (before, after) = (pair[0].0, pair[1].0);
            let leap = (after - (before - 0.25)).abs();
            assert!(leap <= 1.0_f64.max(before * 0.15) + 1e-6, "{name}: from {before:.1} s to {after:.1} s");
        }
        shown
    }

    #[test]
    fn the_time_left_never_leaps_however_the_bytes_arrive() {
        check("steadily", 100_000_000, |_| 100_000);
        // From nothing to twenty times the mean, in no order.
        check("in bursts", 100_000_000, |nth| if (nth * 7919) % 20 == 3 { 2_000_000 } else { 0 });
        check("every second", 60_000_000, |nth| if nth % 20 == 0 { 2_000_000 } else { 0 });
        check("with a silence", 100_000_000, |nth| if (200..400).contains(&nth) { 0 } else { 200_000 });
        check("ten times faster from one moment on", 200_000_000, |nth| if nth < 300 { 50_000 } else { 500_000 });
        check("ten times slower from one moment on", 200_000_000, |nth| if nth < 200 { 500_000 } else { 50_000 });
    }

    #[test]
    fn what_is_steady_is_told_right() {
        let shown = shown(100_000_000, |_| 100_000);
        for (nth, (left, rate)) in shown.iter().enumerate() {
            assert!((rate - 2_000_000.0).abs() < 50_000.0, "{rate}");
            assert!((left - (49.4 - nth as f64 * 0.25)).abs() < 1.5, "{left} s at {nth}");
        }
    }

    #[test]
    fn bursts_do_not_shake_the_rate() {
        let shown = shown(100_000_000, |nth| if nth % 10 == 0 { 1_000_000 } else { 0 });
        let settled = &shown[16..];
        let (least, most) =
            settled.iter().fold((f64::MAX, 0.0_f64), |(least, most), (_, rate)| (least.min(*rate), most.max(*rate)));
        assert!(most / least < 1.35, "from {least:.0} to {most:.0} B/s");
    }

    #[test]
    fn what_an_earlier_attempt_left_is_no_speed() {
        let mut pace = Pace::new(Moment(0));
        let total = Some(1_000_000);
        pace.add(Progress { done: 900_000, total }, Moment(100_000));
        pace.add(Progress { done: 910_000, total }, Moment(1_100_000));
        pace.refresh(Moment(1_100_000));
        assert!((pace.bytes_per_s() - 10_000.0).abs() < 1.0, "{}", pace.bytes_per_s());
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known() {
        let mut countdown = Countdown::default();
        assert_eq!(countdown.take(None, Moment(0)), None);
        assert_eq!(countdown.take(Some(f64::INFINITY), Moment(0)), None);
        assert_eq!(countdown.take(Some(10.0), Moment(0)), Some(Duration::from_secs(10)));
        assert_eq!(countdown.take(Some(9.0), Moment(1_000_000)), Some(Duration::from_secs(9)));
        assert_eq!(countdown.take(None, Moment(2_000_000)), None);
    }
}
