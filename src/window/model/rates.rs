//! The numbers at the top: rates with their recent past, the speed-up against doing one thing at a time, and the time
//! left. All of it is computed from events and progress, and shown numbers change four times a second at most.

use crate::model::{Moment, Pool, Timing};
use std::collections::VecDeque;
use std::time::Duration;

/// Points of a sparkline.
pub(crate) const POINTS: usize = 40;
/// What one point covers.
const SLOT_US: u64 = 500_000;
/// How many slots the shown number is the mean of.
const SHOWN_SLOTS: usize = 5;

/// Something that is counted, by time.
#[derive(Debug)]
pub(crate) struct Meter {
    slots: VecDeque<f64>,
    current: u64,
}

impl Default for Meter {
    fn default() -> Self {
        Meter { slots: VecDeque::from(vec![0.0; POINTS + 1]), current: 0 }
    }
}

impl Meter {
    /// Counts `amount` at the time of the last [`Meter::advance`].
    pub(crate) fn add(&mut self, amount: f64) {
        if let Some(slot) = self.slots.back_mut() {
            *slot += amount;
        }
    }

    /// Moves on to `now`.
    pub(crate) fn advance(&mut self, now: Moment) {
        let slot = now.0 / SLOT_US;
        let passed = slot.saturating_sub(self.current).min(POINTS as u64 + 1);
        for _ in 0..passed {
            self.slots.pop_front();
            self.slots.push_back(0.0);
        }
        self.current = self.current.max(slot);
    }

    /// The complete slots, oldest first, as amounts a second.
    pub(crate) fn points(&self) -> impl Iterator<Item = f64> + '_ {
        self.slots.iter().take(POINTS).map(|amount| amount * 1e6 / SLOT_US as f64)
    }

    /// The rate of the last complete slots. `active_us` says for how long there has been work, so that the first
    /// seconds are not averaged with the silence before them.
    pub(crate) fn rate(&self, active_us: u64) -> f64 {
        let slots = ((active_us / SLOT_US) as usize).clamp(1, SHOWN_SLOTS);
        let sum: f64 = self.slots.iter().rev().skip(1).take(slots).sum();
        sum * 1e6 / (SLOT_US as f64 * slots as f64)
    }
}

/// One stretch of work: from the first job after silence until everything is final.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    /// What one lane alone would have needed for the finished attempts, in microseconds.
    serial_us: u64,
    /// Time with at least one attempt running, without the stretch still going on.
    busy_us: u64,
    busy_since: Option<Moment>,
    running: usize,
    mill: Timing,
    began: Option<Moment>,
    pub(crate) ended: Option<Moment>,
    pub(crate) finished_jobs: usize,
}

impl Stretch {
    pub(crate) fn begin(&mut self, at: Moment) {
        let running = self.running;
        *self = Stretch { running, busy_since: (running > 0).then_some(at), began: Some(at), ..Stretch::default() };
    }

    pub(crate) fn started(&mut self, at: Moment) {
        self.running += 1;
        self.ended = None;
        self.busy_since.get_or_insert(at);
    }

    pub(crate) fn finished(&mut self, pool: Pool, timing: Timing, at: Moment) {
        self.serial_us += alone(pool, timing);
        if pool == Pool::Mill {
            self.mill += timing;
        }
        self.running = self.running.saturating_sub(1);
        if self.running == 0
            && let Some(since) = self.busy_since.take()
        {
            self.busy_us += (at - since).as_micros() as u64;
        }
    }

    /// For how long there has been work.
    pub(crate) fn busy(&self, now: Moment) -> Duration {
        let current = self.busy_since.map_or(Duration::ZERO, |since| now - since);
        Duration::from_micros(self.busy_us) + current
    }

    /// From the first job to the last, or to now.
    pub(crate) fn elapsed(&self, now: Moment) -> Duration {
        self.began.map_or(Duration::ZERO, |began| self.ended.unwrap_or(now) - began)
    }

    /// How many times faster than one lane alone. `running` are the attempts under way and for how long.
    pub(crate) fn speed_up(&self, now: Moment, running: impl Iterator<Item = (Pool, Duration)>) -> Option<f64> {
        let busy = self.busy(now).as_secs_f64();
        if busy < 0.3 {
            return None;
        }
        let computing = if self.mill.wall_us == 0 { 1.0 } else { self.mill.cpu_us as f64 / self.mill.wall_us as f64 };
        let under_way: f64 = running
            .map(|(pool, elapsed)| match pool {
                Pool::Fetch => elapsed.as_secs_f64(),
                Pool::Mill => elapsed.as_secs_f64() * computing,
            })
            .sum();
        Some((self.serial_us as f64 / 1e6 + under_way) / busy)
    }

    /// How long the rest will take if it goes on as so far. `left` is in jobs, with parts.
    pub(crate) fn time_left(&self, now: Moment, left: f64, under_way: f64) -> Option<Duration> {
        let finished = self.finished_jobs as f64 + under_way;
        let busy = self.busy(now).as_secs_f64();
        (finished >= 0.5 && busy >= 1.5).then(|| Duration::from_secs_f64((busy / finished * left).min(359_999.0)))
    }
}

/// What an attempt would take if nothing else ran: waiting for the network takes as long alone, while computing takes
/// its CPU time, however long it had to share a core.
fn alone(pool: Pool, timing: Timing) -> u64 {
    match pool {
        Pool::Mill if timing.cpu_us > 0 => timing.cpu_us,
        _ => timing.wall_us,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    #[test]
    fn the_rate_is_that_of_complete_slots() {
        let mut meter = Meter::default();
        for tenth in 0..40 {
            meter.advance(Moment(tenth * 100_000));
            meter.add(100.0);
        }
        assert!((meter.rate(10 * SECOND) - 1000.0).abs() < 1.0, "{}", meter.rate(10 * SECOND));
        meter.advance(Moment(60 * SECOND));
        assert!(meter.rate(10 * SECOND).abs() < f64::EPSILON);
        assert_eq!(meter.points().count(), POINTS);
    }

    #[test]
    fn two_lanes_are_twice_as_fast_and_one_is_not() {
        let timing = Timing { wall_us: 10 * SECOND, cpu_us: 0 };
        let mut stretch = Stretch::default();
        stretch.begin(Moment(0));
        for _ in 0..2 {
            stretch.started(Moment(0));
        }
        for _ in 0..2 {
            stretch.finished(Pool::Fetch, timing, Moment(10 * SECOND));
        }
        let now = Moment(15 * SECOND);
        assert_eq!(stretch.speed_up(now, std::iter::empty()).map(|ratio| (ratio * 10.0).round()), Some(20.0));
        assert_eq!(stretch.busy(now), Duration::from_secs(10), "silence does not count");
    }

    #[test]
    fn lanes_that_share_a_core_are_not_called_faster() {
        let timing = Timing { wall_us: 10 * SECOND, cpu_us: 5 * SECOND };
        let mut stretch = Stretch::default();
        stretch.begin(Moment(0));
        stretch.started(Moment(0));
        stretch.started(Moment(0));
        stretch.finished(Pool::Mill, timing, Moment(10 * SECOND));
        stretch.finished(Pool::Mill, timing, Moment(10 * SECOND));
        assert_eq!(stretch.speed_up(Moment(10 * SECOND), std::iter::empty()), Some(1.0));
    }
}
