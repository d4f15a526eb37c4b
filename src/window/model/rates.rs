//! The numbers at the top: rates with their recent past, the speed-up against doing one thing at a time, and the time
//! left. All of it is computed from events and progress, and shown numbers change four times a second at most.

use crate::model::{Moment, Pool};
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
    /// Everything counted since the stretch began.
    total: f64,
}

impl Default for Meter {
    fn default() -> Self {
        Meter { slots: VecDeque::from(vec![0.0; POINTS + 1]), current: 0, total: 0.0 }
    }
}

impl Meter {
    /// Counts `amount` at the time of the last [`Meter::advance`].
    pub(crate) fn add(&mut self, amount: f64) {
        self.total += amount;
        if let Some(slot) = self.slots.back_mut() {
            *slot += amount;
        }
    }

    /// A stretch begins.
    pub(crate) fn begin(&mut self) {
        self.total = 0.0;
    }

    /// The mean of the whole stretch, which took this long.
    pub(crate) fn mean(&self, elapsed: Duration) -> f64 {
        if elapsed.is_zero() { 0.0 } else { self.total / elapsed.as_secs_f64() }
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
///
/// The speed-up is how much work went on at once, on average while something ran. A download counts in full, for it
/// waits; conversions count for no more than there are cores, for lanes that share a core are not faster than one.
#[derive(Debug)]
pub(crate) struct Stretch {
    cores: usize,
    fetching: usize,
    milling: usize,
    /// Until when the sums below are made.
    counted_to: Moment,
    /// Time with at least one attempt running, in microseconds.
    busy_us: u64,
    /// That time, each moment as often as work went on at once.
    work_us: u64,
    began: Option<Moment>,
    pub(crate) ended: Option<Moment>,
    pub(crate) finished_jobs: usize,
    /// Which one of this window it is.
    pub(crate) number: u32,
    /// How long nothing was to do before somebody had something tried again, and all pauses.
    rested: Duration,
    is_paused: bool,
}

impl Stretch {
    pub(crate) fn new(cores: usize) -> Stretch {
        Stretch {
            cores: cores.max(1),
            fetching: 0,
            milling: 0,
            counted_to: Moment::default(),
            busy_us: 0,
            work_us: 0,
            began: None,
            ended: None,
            finished_jobs: 0,
            number: 0,
            rested: Duration::ZERO,
            is_paused: false,
        }
    }

    pub(crate) fn begin(&mut self, at: Moment) {
        let (fetching, milling, is_paused) = (self.fetching, self.milling, self.is_paused);
        let (number, began) = (self.number + 1, Some(at));
        *self = Stretch { fetching, milling, is_paused, counted_to: at, began, number, ..Stretch::new(self.cores) };
    }

    /// Everything is paused, or goes on.
    pub(crate) fn pause(&mut self, is_paused: bool, at: Moment) {
        self.count_to(at);
        self.is_paused = is_paused;
    }

    pub(crate) fn started(&mut self, pool: Pool, at: Moment) {
        self.count_to(at);
        *self.running(pool) += 1;
    }

    /// Something that had ended goes on.
    pub(crate) fn taken_up(&mut self, at: Moment) {
        if let Some(ended) = self.ended.take() {
            self.rested += at - ended;
        }
    }

    pub(crate) fn finished(&mut self, pool: Pool, at: Moment) {
        self.count_to(at);
        let running = self.running(pool);
        *running = running.saturating_sub(1);
    }

    fn running(&mut self, pool: Pool) -> &mut usize {
        match pool {
            Pool::Fetch => &mut self.fetching,
            Pool::Mill => &mut self.milling,
        }
    }

    /// Brings the sums up to a moment.
    pub(crate) fn count_to(&mut self, at: Moment) {
        let passed = (at - self.counted_to).as_micros() as u64;
        self.counted_to = self.counted_to.max(at);
        if self.is_paused && self.ended.is_none() {
            // What had begun is held where it is.
            self.rested += Duration::from_micros(passed);
        } else if self.fetching + self.milling > 0 {
            self.busy_us += passed;
            self.work_us += passed * (self.fetching + self.milling.min(self.cores)) as u64;
        }
    }

    /// From the first job to the last, or to now, without the rest in between and pauses.
    pub(crate) fn elapsed(&self, now: Moment) -> Duration {
        let whole = self.began.map_or(Duration::ZERO, |began| self.ended.unwrap_or(now) - began);
        whole.saturating_sub(self.rested)
    }

    /// When it began, and when it ended or was counted to.
    pub(crate) fn bounds(&self) -> (Moment, Moment) {
        (self.began.unwrap_or(self.counted_to), self.ended.unwrap_or(self.counted_to))
    }

    /// What one lane alone would take for what ran so far: the estimate that the speed-up is told against.
    pub(crate) fn work(&self) -> Duration {
        Duration::from_micros(self.work_us)
    }

    /// The time in which something ran.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_micros(self.busy_us)
    }

    pub(crate) fn cores(&self) -> usize {
        self.cores
    }

    /// How many times faster than one lane alone, as of the last [`Stretch::count_to`].
    pub(crate) fn speed_up(&self) -> Option<f64> {
        (self.busy_us >= 300_000).then(|| self.work_us as f64 / self.busy_us as f64)
    }

    /// How long the rest will take if it goes on as so far. `left` is in jobs, with parts.
    pub(crate) fn time_left(&self, left: f64, under_way: f64) -> Option<Duration> {
        let finished = self.finished_jobs as f64 + under_way;
        let busy = self.busy_us as f64 / 1e6;
        (finished >= 0.5 && busy >= 1.5).then(|| Duration::from_secs_f64((busy / finished * left).min(359_999.0)))
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

    fn speed_up(cores: usize, pools: &[Pool]) -> Option<f64> {
        let mut stretch = Stretch::new(cores);
        stretch.begin(Moment(0));
        for pool in pools {
            stretch.started(*pool, Moment(0));
        }
        for pool in pools {
            stretch.finished(*pool, Moment(10 * SECOND));
        }
        stretch.count_to(Moment(60 * SECOND));
        stretch.speed_up()
    }

    #[test]
    fn the_speed_up_is_what_went_on_at_once() {
        assert_eq!(speed_up(2, &[Pool::Fetch]), Some(1.0), "silence does not count");
        assert_eq!(speed_up(2, &[Pool::Fetch; 8]), Some(8.0));
        assert_eq!(speed_up(2, &[Pool::Mill; 4]), Some(2.0), "lanes that share a core are not called faster");
        assert_eq!(speed_up(4, &[Pool::Mill, Pool::Fetch]), Some(2.0));
        assert_eq!(speed_up(4, &[]), None);
    }

    #[test]
    fn a_pause_is_no_time_of_the_batch() {
        let mut stretch = Stretch::new(2);
        stretch.begin(Moment(0));
        stretch.started(Pool::Mill, Moment(0));
        stretch.pause(true, Moment(2 * SECOND));
        // What runs is held, and goes on.
        stretch.pause(false, Moment(60 * SECOND));
        stretch.finished(Pool::Mill, Moment(61 * SECOND));
        stretch.started(Pool::Mill, Moment(62 * SECOND));
        stretch.finished(Pool::Mill, Moment(63 * SECOND));
        stretch.count_to(Moment(63 * SECOND));
        assert_eq!(stretch.elapsed(Moment(63 * SECOND)), Duration::from_secs(5));
        assert_eq!((stretch.busy(), stretch.speed_up()), (Duration::from_secs(4), Some(1.0)));
    }

    #[test]
    fn the_time_left_follows_from_what_was_done() {
        let mut stretch = Stretch::new(2);
        stretch.begin(Moment(0));
        stretch.started(Pool::Fetch, Moment(0));
        stretch.count_to(Moment(10 * SECOND));
        assert_eq!(stretch.time_left(30.0, 0.0), None, "nothing is known yet");
        stretch.finished_jobs = 10;
        assert_eq!(stretch.time_left(30.0, 0.0), Some(Duration::from_secs(30)));
    }
}
