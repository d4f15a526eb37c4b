//! The order of the rows: by a column, which changes nothing but what is seen, or that of the queue, which rows are moved
//! in. And how wide the columns are.

use super::effect::Effect;
use super::intent::Target;
use super::model::{Bucket, Filter};
use super::state::State;
use crate::model::{Command, JobId, Spot};
use crate::store::rows::{Column, Order, Widths};
use std::collections::HashSet;

/// What a person does with the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrange {
    /// Sort by a column; again turns it round, and once more gives back the order of the queue.
    SortBy(Column),
    /// The columns get these widths.
    Resize(Widths),
    /// The widths stay as they are.
    Resized,
    /// The chosen ones start one earlier.
    Up,
    /// The chosen ones start one later.
    Down,
    /// Before all others that wait.
    ToTop(Target),
    /// After all others that wait.
    ToBottom(Target),
    /// Before the row of this one, or after all rows.
    Before(Target, Option<JobId>),
}

/// Why rows cannot be moved within the list now, in a sentence.
pub(crate) fn obstacle(state: &State) -> Option<&'static str> {
    let view = &state.model.view;
    if view.order().is_some() {
        return Some("Files are moved in the order of the queue: click the sorted column until its arrow is gone");
    }
    let hides = !matches!(view.filter(), Filter::All | Filter::Queued) || !view.search().trim().is_empty();
    hides.then_some("Files are moved where all that wait can be seen: choose All or Queued, and clear the search")
}

/// Why a row cannot be moved, in a sentence.
pub(crate) fn stays(bucket: Bucket) -> Option<&'static str> {
    match bucket {
        Bucket::Queued | Bucket::Fetched => None,
        Bucket::Fetching | Bucket::Milling => Some("Only what is queued can be moved: this one runs already"),
        Bucket::Done | Bucket::Failed | Bucket::Cancelled => {
            Some("Only what is queued can be moved: this one has ended")
        }
    }
}

/// Applies what a person does with the order.
pub(super) fn reduce(state: &mut State, arrange: Arrange) -> Vec<Effect> {
    match arrange {
        Arrange::SortBy(column) => {
            let order = Order::after(state.model.view.order(), column);
            state.model.view.set_order(order);
            state.settings.rows.order = order;
            vec![Effect::SaveSettings]
        }
        Arrange::Resize(widths) => {
            state.settings.rows.widths = widths;
            Vec::new()
        }
        Arrange::Resized => vec![Effect::SaveSettings],
        Arrange::ToTop(target) => send(movable(state, target), Spot::First),
        Arrange::ToBottom(target) => send(movable(state, target), Spot::Last),
        Arrange::Up | Arrange::Down | Arrange::Before(..) => match obstacle(state) {
            Some(sentence) => vec![Effect::Complain(sentence.to_owned())],
            None => within(state, arrange),
        },
    }
}

/// The queued ones, in the order of the queue.
fn movable(state: &State, target: Target) -> Vec<JobId> {
    let mut jobs = state.kept(target, |fact| stays(fact.bucket).is_none());
    state.model.sort_by_queue(&mut jobs);
    jobs
}

fn send(jobs: Vec<JobId>, spot: Spot) -> Vec<Effect> {
    if jobs.is_empty() { Vec::new() } else { vec![Effect::Send(Command::Move(jobs, spot))] }
}

/// Moves rows among those that are shown.
fn within(state: &State, arrange: Arrange) -> Vec<Effect> {
    let target = if let Arrange::Before(target, _) = arrange { target } else { Target::Selected };
    let jobs = movable(state, target);
    let (Some(first), Some(last)) = (jobs.first(), jobs.last()) else { return Vec::new() };
    let view = &state.model.view;
    let shown = view.shown();
    let moving: HashSet<JobId> = jobs.iter().copied().collect();
    let moves = |job: &JobId| moving.contains(job);
    let waits = |job: &JobId| !moves(job) && state.model.fact(*job).is_some_and(|fact| stays(fact.bucket).is_none());
    let place = |job: JobId| view.place_of(job).unwrap_or(0);
    // A row that moves itself is no place to go to: the next that stays is.
    let from = |place: usize| shown[place.min(shown.len())..].iter().find(|job| !moves(job)).copied();
    let spot = match arrange {
        Arrange::Before(_, before) => before.map_or(Some(None), |job| Some(from(place(job)))),
        Arrange::Up => shown[..place(*first)].iter().rfind(|job| waits(job)).map(|job| Some(*job)),
        Arrange::Down => {
            let after = place(*last) + 1;
            let passed = shown.get(after..).and_then(|rest| rest.iter().position(waits));
            passed.map(|passed| from(after + passed + 1))
        }
        _ => None,
    };
    match spot {
        Some(Some(before)) => send(jobs, Spot::Before(before)),
        Some(None) => send(jobs, Spot::Last),
        // It is at the end already.
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
