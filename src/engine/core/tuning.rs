//! How many fetch lanes there should be, by what is measured: more as long as more bring more, fewer after errors.
//!
//! Time goes in rounds of about one download for each lane. After a round that brought nothing by having more lanes,
//! the old number comes back and holds for some rounds. Errors halve the lanes, as they halve the window of TCP
//! (RFC 5681), but not those of one host alone while another answers.

use crate::model::{ErrorKind, Failure, LaneCounts, Moment, RetryHint};
use std::time::Duration;

/// A round has at least this many downloads, and takes at least this long.
const ROUND_COUNT: u32 = 8;
const ROUND_TIME: Duration = Duration::from_millis(250);

/// What a download costs besides its bytes, in bytes: requests for small files are work too.
const FILE_WEIGHT: u64 = 16 * 1024;

/// More lanes must bring at least this much more.
const WORTH_IT: f64 = 1.05;

/// Rounds to keep still after more lanes brought nothing, and after errors.
const HOLD_ROUNDS: u32 = 12;

/// More than this is no courtesy to any server.
const MOST: u16 = 32;

/// The measure of one round after another.
#[derive(Debug, Default)]
pub(super) struct Tuner {
    round: Option<Round>,
    /// The lanes before the last step up, and what they brought.
    trial: Option<(u16, f64)>,
    hold: u32,
    /// The only host that was asked when errors halved the lanes, and how many there were before.
    blamed: Option<(Box<str>, u16)>,
}

/// Hosts that something came from.
#[derive(Debug, Default, PartialEq)]
enum Hosts {
    #[default]
    Nobody,
    One(Box<str>),
    Several,
}

impl Hosts {
    fn add(&mut self, name: &str) {
        match self {
            Hosts::Nobody => *self = Hosts::One(name.into()),
            Hosts::One(one) if **one != *name => *self = Hosts::Several,
            _ => {}
        }
    }
}

#[derive(Debug, Default)]
struct Round {
    began: Moment,
    count: u32,
    errors: u32,
    weight: u64,
    failing: Hosts,
    answering: Hosts,
}

impl Round {
    /// Whether there were so many errors that there is too much at once.
    fn is_too_much(&self) -> bool {
        let by_one = matches!(self.failing, Hosts::One(_));
        let others_answer = self.answering != Hosts::Nobody && self.answering != self.failing;
        self.errors * 4 >= self.count && !(by_one && others_answer)
    }
}

impl Tuner {
    /// A download from a host ended, with so many bytes. `waiting` says whether others wait for a lane. Answers the
    /// number of lanes that there should be now, where it changes.
    pub(super) fn ended(
        &mut self,
        now: Moment,
        lanes: u16,
        host: &str,
        result: Result<u64, &Failure>,
        waiting: bool,
    ) -> Option<u16> {
        if result.is_ok()
            && let Some((_, before)) = self.blamed.take_if(|(blamed, _)| **blamed != *host)
        {
            // It was that host alone.
            (self.round, self.hold) = (None, 0);
            return (before > lanes).then_some(before);
        }
        let round = self.round.get_or_insert(Round { began: now, ..Round::default() });
        round.count += 1;
        match result {
            Ok(bytes) => {
                round.weight += bytes + FILE_WEIGHT;
                round.answering.add(host);
            }
            Err(failure) if is_overload(failure) => {
                round.errors += 1;
                round.failing.add(host);
            }
            Err(_) => {}
        }
        let elapsed = now - round.began;
        if round.count < ROUND_COUNT.max(u32::from(lanes)) || elapsed < ROUND_TIME {
            return None;
        }
        let round = self.round.take()?;
        let wanted = self.decide(lanes, round, elapsed, waiting);
        (wanted != lanes).then_some(wanted)
    }

    fn decide(&mut self, lanes: u16, round: Round, elapsed: Duration, waiting: bool) -> u16 {
        if round.is_too_much() {
            (self.trial, self.hold) = (None, HOLD_ROUNDS);
            let before = self.blamed.take().map_or(lanes, |(_, before)| before);
            if let Hosts::One(host) = round.failing {
                self.blamed = Some((host, before));
            }
            return (lanes / 2).max(1);
        }
        let rate = round.weight as f64 / elapsed.as_secs_f64();
        if let Some((before, brought)) = self.trial.take()
            && rate < brought * WORTH_IT
        {
            self.hold = HOLD_ROUNDS;
            return before;
        }
        if self.hold > 0 {
            self.hold -= 1;
            return lanes;
        }
        let more = (lanes + lanes / 2 + 1).min(MOST).min(LaneCounts::MAX);
        if !waiting || more <= lanes {
            return lanes;
        }
        self.trial = Some((lanes, rate));
        more
    }
}

/// Whether a failure says that there is too much at once, rather than that one link is bad.
fn is_overload(failure: &Failure) -> bool {
    match failure.kind {
        ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Stalled => true,
        ErrorKind::Http => failure.retry != RetryHint::Never,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs against a line that brings `rate(lanes)` files of 100 kB a second, for so many rounds.
    fn settle(rate: impl Fn(u16) -> f64, rounds: u32) -> u16 {
        let (mut tuner, mut lanes, mut now) = (Tuner::default(), 8, 0.0);
        for _ in 0..rounds * 64 {
            now += 1e6 / rate(lanes);
            lanes = tuner.ended(Moment(now as u64), lanes, "a", Ok(100_000), true).unwrap_or(lanes);
        }
        lanes
    }

    #[test]
    fn lanes_grow_while_they_bring_more() {
        let waits = |lanes: u16| f64::from(lanes) * 5.0;
        assert!(settle(waits, 60) > 30, "up to where a step brings too little");
        let full_at_8 = |lanes: u16| f64::from(lanes.min(8)) * 5.0;
        assert!((8..=13).contains(&settle(full_at_8, 200)), "more brought nothing: {}", settle(full_at_8, 200));
    }

    #[test]
    fn errors_halve_the_lanes_and_a_bad_link_does_not() {
        let mut tuner = Tuner::default();
        let mut feed = |failure: &Failure| {
            let mut lanes = 8;
            for at in 0..40_u64 {
                lanes = tuner.ended(Moment(at * 50_000), lanes, "a", Err(failure), false).unwrap_or(lanes);
            }
            lanes
        };
        assert_eq!(feed(&Failure::new(ErrorKind::Http, "404")), 8);
        assert!(feed(&Failure::new(ErrorKind::Http, "503").retryable()) < 3);
    }

    #[test]
    fn what_one_host_refuses_costs_the_others_no_lanes() {
        let refused = Failure::new(ErrorKind::Connect, "refused");
        let mut tuner = Tuner::default();
        let mut lanes = 8;
        for at in 0..100_u64 {
            lanes = tuner.ended(Moment(at * 50_000), lanes, "bad", Err(&refused), true).unwrap_or(lanes);
        }
        assert_eq!(lanes, 1, "nobody else is asked: it may be the line");
        lanes = tuner.ended(Moment(5_100_000), lanes, "good", Ok(100_000), true).unwrap_or(lanes);
        assert_eq!(lanes, 8, "it was that host");
        for at in 103..300_u64 {
            let (host, result) = if at % 2 == 0 { ("bad", Err(&refused)) } else { ("good", Ok(100_000)) };
            lanes = tuner.ended(Moment(at * 50_000), lanes, host, result, false).unwrap_or(lanes);
        }
        assert_eq!(lanes, 8, "another answers all the time");
        for at in 300..340_u64 {
            let host = if at % 2 == 0 { "bad" } else { "good" };
            lanes = tuner.ended(Moment(at * 50_000), lanes, host, Err(&refused), true).unwrap_or(lanes);
        }
        assert!(lanes < 3, "two hosts at once: {lanes}");
    }
}
