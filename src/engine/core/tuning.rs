//! How many fetch lanes there should be, by what is measured: more as long as more bring more, fewer after errors.
//!
//! Time goes in rounds of about one download for each lane. After a round that brought nothing by having more lanes,
//! the old number comes back and holds for some rounds. Errors halve the lanes, as they halve the window of TCP
//! (RFC 5681), but not those of one host alone while another answers.

use crate::model::{ErrorKind, Failure, Moment, RetryHint};
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
    /// The host that alone failed when errors halved the lanes, and how many there were before.
    blamed: Option<(Box<str>, u16)>,
}

/// Where a download came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct CameFrom<'a> {
    pub(super) host: &'a str,
    /// Whether something is under way with another host.
    pub(super) others_at_work: bool,
}

/// Whose downloads ended in one way.
#[derive(Debug, Default, PartialEq)]
enum Who {
    #[default]
    Nobody,
    One(Box<str>),
    Several,
}

impl Who {
    fn add(&mut self, host: &str) {
        match self {
            Who::Nobody => *self = Who::One(host.into()),
            Who::One(one) if **one != *host => *self = Who::Several,
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
    failing: Who,
    answering: Who,
    others_at_work: bool,
}

impl Round {
    /// Whether there were so many errors that there is too much at once.
    fn is_too_much(&self) -> bool {
        let by_one = matches!(self.failing, Who::One(_));
        let others_answer = self.answering != Who::Nobody && self.answering != self.failing;
        self.errors * 4 >= self.count && !(by_one && (others_answer || self.others_at_work))
    }
}

impl Tuner {
    /// A download ended, with so many bytes. `waiting` says whether others wait for a lane. Answers the
    /// number of lanes that there should be now, where it changes.
    pub(super) fn ended(
        &mut self,
        now: Moment,
        lanes: u16,
        from: CameFrom<'_>,
        result: Result<u64, &Failure>,
        waiting: bool,
    ) -> Option<u16> {
        let answered = result.map_or_else(is_answer, |_| true);
        if answered && let Some((_, before)) = self.blamed.take_if(|(blamed, _)| **blamed != *from.host) {
            // It was that host alone.
            (self.round, self.trial, self.hold) = (None, None, 0);
            return (before > lanes).then_some(before);
        }
        let round = self.round.get_or_insert(Round { began: now, ..Round::default() });
        round.count += 1;
        round.others_at_work |= from.others_at_work;
        if answered {
            round.answering.add(from.host);
        }
        match result {
            Ok(bytes) => round.weight += bytes + FILE_WEIGHT,
            Err(failure) if is_overload(failure) => {
                round.errors += 1;
                round.failing.add(from.host);
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
            let blamed = self.blamed.take();
            if let Who::One(host) = round.failing {
                let before = blamed.filter(|(before, _)| *before == host).map_or(lanes, |(_, before)| before);
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
        let more = (lanes + lanes / 2 + 1).min(MOST);
        if !waiting || more <= lanes {
            return lanes;
        }
        self.trial = Some((lanes, rate));
        more
    }
}

/// Whether a failure is an answer of its host: the line carries it.
fn is_answer(failure: &Failure) -> bool {
    matches!(failure.kind, ErrorKind::Http | ErrorKind::Verify) && !is_overload(failure)
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

    const ALONE: CameFrom<'_> = CameFrom { host: "a", others_at_work: false };

    /// Runs against a line that brings `rate(lanes)` files of 100 kB a second, for so many rounds.
    fn settle(rate: impl Fn(u16) -> f64, rounds: u32) -> u16 {
        let (mut tuner, mut lanes, mut now) = (Tuner::default(), 8, 0.0);
        for _ in 0..rounds * 64 {
            now += 1e6 / rate(lanes);
            lanes = tuner.ended(Moment(now as u64), lanes, ALONE, Ok(100_000), true).unwrap_or(lanes);
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
                lanes = tuner.ended(Moment(at * 50_000), lanes, ALONE, Err(failure), false).unwrap_or(lanes);
            }
            lanes
        };
        assert_eq!(feed(&Failure::new(ErrorKind::Http, "404")), 8);
        assert!(feed(&Failure::new(ErrorKind::Http, "503").retryable()) < 3);
    }

    /// What becomes of 8 lanes while `bad` refuses and, by turns, others answer so.
    fn beside(turns: u64, others: &[(&str, Result<u64, &Failure>)], others_at_work: bool) -> (Tuner, u16) {
        let refused = Failure::new(ErrorKind::Connect, "refused");
        let (mut tuner, mut lanes) = (Tuner::default(), 8);
        for at in 0..turns {
            let mut ends = vec![("bad", Err(&refused))];
            ends.extend_from_slice(others);
            let (host, result) = ends[at as usize % ends.len()];
            let from = CameFrom { host, others_at_work };
            lanes = tuner.ended(Moment(at * 50_000), lanes, from, result, false).unwrap_or(lanes);
        }
        (tuner, lanes)
    }

    #[test]
    fn what_one_host_refuses_costs_the_others_no_lanes() {
        let (missing, refused) = (Failure::new(ErrorKind::Http, "404"), Failure::new(ErrorKind::Connect, "refused"));
        assert_eq!(beside(200, &[("good", Ok(100_000))], false).1, 8, "another brings files");
        assert_eq!(beside(200, &[("good", Err(&missing))], false).1, 8, "another answers");
        assert_eq!(beside(200, &[], true).1, 8, "another is at work on something long");
        assert!(beside(60, &[("worse", Err(&refused))], true).1 < 3, "two hosts at once");
    }

    #[test]
    fn lanes_come_back_when_it_was_one_host_alone() {
        let (mut tuner, lanes) = beside(100, &[], false);
        assert_eq!(lanes, 1, "nobody else is asked: it may be the line");
        let from = |host| CameFrom { host, others_at_work: false };
        assert_eq!(tuner.ended(Moment(5_100_000), lanes, from("bad"), Ok(1), true), None);
        assert_eq!(tuner.ended(Moment(5_200_000), lanes, from("good"), Ok(1), true), Some(8));
        assert_eq!(tuner.ended(Moment(5_300_000), 8, from("good"), Ok(1), true), None);
    }
}
