//! Taking rows out of the queue, and taking that back. What is removed goes into a bin first: out of sight, and paused
//! where it is not finished. Only when its time is over, when too much lies on top of it or when the window closes does
//! the engine remove it. A program that dies in between loses nothing, for its jobs are in the queue still.

use super::effect::Effect;
use super::format;
use super::intent::Intent;
use super::model::{Binned, Bucket};
use super::state::State;
use crate::model::{Command, JobId, Moment, Selection};
use std::collections::VecDeque;
use std::time::Duration;

/// How long what was removed can be taken back.
pub(crate) const TIME: Duration = Duration::from_secs(10);

/// How many removals can be taken back at once. The oldest gives way.
const MOST: usize = 4;

/// What a person does with the bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clear {
    /// Remove what is done or cancelled. What failed stays.
    Finished,
    /// Take a removal back.
    TakeBack(u64),
}

/// What was removed at once.
#[derive(Debug)]
struct Bag {
    number: u64,
    binned: Binned,
    until: Moment,
}

/// What was removed and can be taken back, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Bin {
    bags: VecDeque<Bag>,
    next: u64,
}

impl Bin {
    /// The removal that is taken back first.
    pub(super) fn newest(&self) -> Option<u64> {
        self.bags.back().map(|bag| bag.number)
    }

    /// When the oldest is removed for good.
    pub(super) fn due_at(&self) -> Option<Moment> {
        self.bags.front().map(|bag| bag.until)
    }
}

/// Applies what a person does with the bin.
pub(super) fn reduce(state: &mut State, clear: Clear) -> Vec<Effect> {
    match clear {
        Clear::Finished => {
            let mut finished = state.model.jobs_in(Bucket::Done);
            finished.extend(state.model.jobs_in(Bucket::Cancelled));
            if finished.is_empty() {
                return vec![Effect::Complain("Nothing is done or cancelled: there is nothing to clear".to_owned())];
            }
            bin(state, &finished, "cleared")
        }
        Clear::TakeBack(number) => take_back(state, number),
    }
}

/// Removes rows, for now.
pub(super) fn remove(state: &mut State, jobs: &[JobId]) -> Vec<Effect> {
    bin(state, jobs, "removed")
}

fn bin(state: &mut State, jobs: &[JobId], verb: &str) -> Vec<Effect> {
    let binned = state.model.bin(jobs);
    if binned.jobs.is_empty() {
        return Vec::new();
    }
    let number = state.bin.next;
    state.bin.next += 1;
    let mut effects = Vec::new();
    if !binned.open.is_empty() {
        effects.push(Effect::Send(Command::Pause(Selection::Jobs(binned.open.clone()))));
    }
    let words = format!("{} {verb}", format::counted(binned.jobs.len(), "file"));
    state.bin.bags.push_back(Bag { number, binned, until: state.model.now() + TIME });
    while state.bin.bags.len() > MOST {
        effects.extend(empty_oldest(state));
    }
    effects.push(Effect::Offer { words, label: "Undo", intent: Box::new(Intent::Clear(Clear::TakeBack(number))) });
    effects
}

fn take_back(state: &mut State, number: u64) -> Vec<Effect> {
    let Some(at) = state.bin.bags.iter().position(|bag| bag.number == number) else { return Vec::new() };
    let Some(Bag { binned, .. }) = state.bin.bags.remove(at) else { return Vec::new() };
    state.model.unbin(&binned.jobs);
    let mut effects = vec![withdraw(number)];
    if !binned.live.is_empty() {
        effects.push(Effect::Send(Command::Resume(Selection::Jobs(binned.live))));
    }
    effects
}

fn withdraw(number: u64) -> Effect {
    Effect::Withdraw(Box::new(Intent::Clear(Clear::TakeBack(number))))
}

fn empty_oldest(state: &mut State) -> Vec<Effect> {
    let Some(bag) = state.bin.bags.pop_front() else { return Vec::new() };
    vec![withdraw(bag.number), Effect::Send(Command::Remove(Selection::Jobs(bag.binned.jobs)))]
}

/// Removes for good what lay in the bin for long enough.
pub(super) fn empty_due(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    while state.bin.due_at().is_some_and(|due| due <= state.model.now()) {
        effects.extend(empty_oldest(state));
    }
    effects
}

/// Removes all of it for good: the window closes.
pub(super) fn empty(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    while state.bin.due_at().is_some() {
        effects.extend(empty_oldest(state));
    }
    effects
}

/// Everything that goes on when a person resumes: not what is in the bin.
pub(super) fn everything(state: &State) -> Selection {
    let binned: Vec<JobId> = state.bin.bags.iter().flat_map(|bag| &bag.binned.jobs).copied().collect();
    if binned.is_empty() { Selection::All } else { Selection::Except(binned) }
}

#[cfg(test)]
mod tests;
