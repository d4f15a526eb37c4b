//! Admission to memory: attempts that say what they need go on as long as all of them together fit the budget.

use crate::model::{AttemptId, LaneId};
use std::collections::{HashMap, VecDeque};

/// Who was let in, and who waits.
#[derive(Debug)]
pub(super) struct Memory {
    budget: u64,
    used: u64,
    admitted: HashMap<AttemptId, u64>,
    waiting: VecDeque<(LaneId, AttemptId, u64)>,
}

/// What becomes of an attempt that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Admitted,
    /// Until others have ended.
    Waits,
    /// It would not fit even alone.
    Refused,
    /// It asked before: a worker that does is not to be trusted, and gets no second answer.
    Repeated,
}

impl Memory {
    /// An empty budget of so many bytes.
    pub(super) fn new(budget: u64) -> Memory {
        Memory { budget, used: 0, admitted: HashMap::new(), waiting: VecDeque::new() }
    }

    /// An attempt asks. Those that wait go first, so that a large one is not passed by for ever.
    pub(super) fn ask(&mut self, lane: LaneId, attempt: AttemptId, bytes: u64) -> Answer {
        if self.admitted.contains_key(&attempt) || self.is_waiting(attempt) {
            return Answer::Repeated;
        }
        if bytes > self.budget {
            return Answer::Refused;
        }
        if self.waiting.is_empty() && self.fits(bytes) {
            self.admit(attempt, bytes);
            return Answer::Admitted;
        }
        self.waiting.push_back((lane, attempt, bytes));
        Answer::Waits
    }

    /// An attempt ended, whether it was admitted, waits or never asked. Answers whom that lets in.
    pub(super) fn release(&mut self, attempt: AttemptId) -> Vec<(LaneId, AttemptId)> {
        self.waiting.retain(|(_, waiting, _)| *waiting != attempt);
        self.used -= self.admitted.remove(&attempt).unwrap_or(0);
        let mut let_in = Vec::new();
        while let Some((lane, next, bytes)) = self.waiting.front().copied().filter(|(_, _, bytes)| self.fits(*bytes)) {
            self.waiting.pop_front();
            self.admit(next, bytes);
            let_in.push((lane, next));
        }
        let_in
    }

    pub(super) fn is_waiting(&self, attempt: AttemptId) -> bool {
        self.waiting.iter().any(|(_, waiting, _)| *waiting == attempt)
    }

    fn fits(&self, bytes: u64) -> bool {
        self.used + bytes <= self.budget
    }

    fn admit(&mut self, attempt: AttemptId, bytes: u64) {
        self.used += bytes;
        self.admitted.insert(attempt, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobId;

    fn attempt(job: u32) -> AttemptId {
        AttemptId { job: JobId(job), number: 1 }
    }

    #[test]
    fn the_budget_holds_and_the_order_too() {
        let mut memory = Memory::new(100);
        let lane = LaneId;
        assert_eq!(memory.ask(lane(1), attempt(1), 60), Answer::Admitted);
        assert_eq!(memory.ask(lane(2), attempt(2), 60), Answer::Waits);
        assert_eq!(memory.ask(lane(3), attempt(3), 10), Answer::Waits, "nobody is passed by");
        assert_eq!(memory.ask(lane(4), attempt(4), 101), Answer::Refused);
        assert_eq!(memory.release(attempt(1)), [(lane(2), attempt(2)), (lane(3), attempt(3))]);
        assert_eq!(memory.used, 70);
        assert!(memory.release(attempt(9)).is_empty(), "who never asked gives nothing back");
    }

    #[test]
    fn who_ends_while_waiting_makes_way() {
        let mut memory = Memory::new(100);
        memory.ask(LaneId(1), attempt(1), 60);
        memory.ask(LaneId(2), attempt(2), 90);
        memory.ask(LaneId(3), attempt(3), 40);
        assert_eq!(memory.release(attempt(2)), [(LaneId(3), attempt(3))]);
    }
}
