//! What a session tells, in the order in which it happens.

use crate::model::lab::{LabMode, LabReport, LabRun, Span};

/// From a session.
#[derive(Debug, Clone, PartialEq)]
pub enum LabEvent {
    /// What will be run: each kind in one round, and how many rounds.
    Planned {
        /// Mode and number of lanes.
        kinds: Vec<(LabMode, u16)>,
        /// How often each.
        rounds: u32,
    },
    /// A run begins: its lanes are being started.
    RunStarted {
        /// The mode.
        mode: LabMode,
        /// The number of lanes.
        workers: u16,
        /// Which of its like, from 1.
        run: u32,
    },
    /// A lane of the run under way is there.
    LaneOpened {
        /// Its label, such as `C1`.
        lane: String,
    },
    /// A lane began a task.
    TaskStarted {
        /// The lane's label.
        lane: String,
        /// What it works on.
        name: String,
        /// Since the first task of this run began, in microseconds.
        at_us: u64,
    },
    /// A task ended.
    TaskEnded(Span),
    /// A run ended, and this is what it showed.
    RunFinished(Box<LabRun>),
    /// Something is worth knowing that stops nothing: a sentence.
    Noted(String),
    /// Everything ended, and this is what it comes to.
    Finished(Box<LabReport>),
    /// Somebody cancelled it.
    Cancelled,
    /// It could not go on: a sentence.
    Failed(String),
}
