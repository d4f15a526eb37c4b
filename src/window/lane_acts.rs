//! What a person does to a lane: stop the task on it, or kill its worker; and what became of that, in a sentence. Nobody
//! who pressed such a button should have to guess.

use super::effect::Effect;
use super::model::{Choose, Filter};
use super::overlay::Tone;
use super::state::State;
use crate::model::message::TaskResult;
use crate::model::{AttemptId, Command, ErrorKind, Event, JobId, LaneId, Selection};

/// How many are remembered until their end is known.
const MOST: usize = 64;

/// Something about a lane or what is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LaneIntent {
    /// End this attempt's job, which runs on this lane. If it has gone on by then, the lane's next task is left alone.
    Stop(LaneId, JobId),
    /// Choose the job of a span and bring its row into sight, through any filter.
    Show(JobId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Stop,
    Kill,
}

/// Something that was asked of a lane.
#[derive(Debug)]
struct Ask {
    what: What,
    lane: LaneId,
    label: String,
    attempt: AttemptId,
    name: String,
}

/// What was asked and has not come to its end.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    asks: Vec<Ask>,
}

/// Applies an intent.
pub(crate) fn reduce(state: &mut State, intent: LaneIntent) -> Vec<Effect> {
    match intent {
        LaneIntent::Stop(lane, job) => {
            if state.model.tracks.running_on(lane) != Some(job) {
                return vec![Effect::Complain("That task has ended already".to_owned())];
            }
            note(state, What::Stop, lane);
            vec![Effect::Send(Command::Cancel(Selection::Jobs(vec![job])))]
        }
        LaneIntent::Show(job) => {
            let Some(row) = state.model.row(job).filter(|_| state.model.is_in_sight(job)) else {
                return vec![Effect::Complain("That file was removed from the queue".to_owned())];
            };
            let (shown, found) = (state.model.view.filter().keeps(row.bucket()), state.model.is_found(row));
            if !shown {
                state.model.view.set_filter(Filter::All);
            }
            if !found {
                state.model.search("");
            }
            state.model.view.choose(job, Choose::Only);
            Vec::new()
        }
    }
}

/// Kills the worker of a lane.
pub(crate) fn kill(state: &mut State, lane: LaneId) -> Vec<Effect> {
    note(state, What::Kill, lane);
    vec![Effect::Send(Command::KillWorker(lane))]
}

fn note(state: &mut State, what: What, lane: LaneId) {
    let Some((track, span)) = state.model.tracks.get(lane).and_then(|track| Some((track, track.running()?))) else {
        return;
    };
    let attempt = AttemptId { job: span.job, number: span.attempt };
    let name = state.model.row(span.job).map_or_else(|| span.label.to_string(), |row| row.name.clone());
    let label = track.lane.label();
    state.asked.asks.retain(|ask| (ask.what, ask.lane) != (what, lane));
    if state.asked.asks.len() >= MOST {
        state.asked.asks.remove(0);
    }
    state.asked.asks.push(Ask { what, lane, label, attempt, name });
}

impl Asked {
    /// What became of something that was asked, if this event says so.
    pub(crate) fn told(&mut self, event: &Event) -> Option<(Tone, String)> {
        if self.asks.is_empty() {
            return None;
        }
        match event {
            Event::TaskFinished { attempt, lane, result, .. } => {
                let at = self.asks.iter().position(|ask| ask.lane == *lane && ask.attempt == *attempt)?;
                let ask = self.asks.remove(at);
                Some(sentence(&ask, result))
            }
            // Killed between two tasks.
            Event::WorkerStarted { lane, .. } | Event::LaneClosed(lane) => {
                self.asks.retain(|ask| ask.lane != *lane);
                None
            }
            _ => None,
        }
    }
}

fn sentence(ask: &Ask, result: &TaskResult) -> (Tone, String) {
    let Ask { what, label, name, .. } = ask;
    match (what, result) {
        (What::Stop, TaskResult::Cancelled) => (Tone::Good, format!("{label} stopped: {name} is cancelled")),
        (What::Stop, TaskResult::Done { .. }) => (Tone::Good, format!("{name} was done before {label} could stop")),
        (What::Stop, TaskResult::Returned) => (Tone::Good, format!("{label} stopped: {name} had not begun")),
        (What::Stop, TaskResult::Failed { failure, .. }) => match failure.kind {
            ErrorKind::Cancelled => (Tone::Good, format!("{label} stopped: {name} is cancelled")),
            _ => (Tone::Bad, format!("{name} failed before {label} could stop: {}", failure.sentence)),
        },
        (What::Kill, TaskResult::Failed { failure, will_retry }) => match (failure.kind, will_retry) {
            (ErrorKind::Crashed | ErrorKind::Quarantined, true) => {
                (Tone::Good, format!("{label} was killed: {name} is tried again"))
            }
            (ErrorKind::Crashed | ErrorKind::Quarantined, false) => {
                (Tone::Bad, format!("{label} was killed: {name} failed and is not tried again"))
            }
            _ => (Tone::Bad, format!("{name} failed before {label} was killed: {}", failure.sentence)),
        },
        (What::Kill, TaskResult::Returned) => (Tone::Good, format!("{label} was killed: {name} waits again")),
        (What::Kill, TaskResult::Cancelled) => (Tone::Good, format!("{label} was killed: {name} is cancelled")),
        (What::Kill, TaskResult::Done { .. }) => (Tone::Good, format!("{name} was done before {label} was killed")),
    }
}
