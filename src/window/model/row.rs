//! One row of the queue, as the window knows it.

use super::history::{History, Tried};
use super::pace::Pace;
use crate::model::message::TaskResult;
use crate::model::page::Page;
use crate::model::{
    BatchOptions, Failure, JobId, JobRef, JobSpec, JobState, LaneId, Moment, Outcome, Pool, Posture, Progress, Source,
    Timing,
};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A job as the window shows it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: JobId,
    pub(crate) spec: JobRef,
    /// The file's name: the best one known so far.
    pub(crate) name: String,
    /// The host or the folder that it comes from.
    pub(crate) place: String,
    pub(crate) state: JobState,
    pub(crate) paused: bool,
    /// Told to stop, and still at it.
    pub(crate) stopping: bool,
    /// What kept its last attempt apart.
    pub(crate) posture: Option<Posture>,
    /// The task that runs or comes next, counted from 0.
    pub(crate) stage: usize,
    /// The lane that runs it.
    pub(crate) lane: Option<LaneId>,
    /// The label of the last lane that ran it, such as `P1`.
    pub(crate) lane_tag: String,
    /// The process that ran it last, where it was one of its own.
    pub(crate) pid: Option<u32>,
    /// When the running attempt began.
    pub(crate) started: Option<Moment>,
    pub(crate) progress: Progress,
    /// How fast it arrives, while it does.
    pub(crate) pace: Option<Box<Pace>>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) size_in: Option<(u32, u32)>,
    pub(crate) size_out: Option<(u32, u32)>,
    /// What the attempts of each pool took: fetching, milling.
    pub(crate) fetch_timing: Timing,
    pub(crate) mill_timing: Timing,
    pub(crate) attempts: u32,
    /// The last failure, also of an attempt that is tried again.
    pub(crate) failure: Option<Failure>,
    pub(crate) outcome: Option<Outcome>,
    /// Its result was removed when its batch was taken back.
    pub(crate) taken_back: bool,
    /// Its attempts, once one of them did not end well.
    pub(crate) history: Option<Box<History>>,
    /// The stretch of work in which it ended last.
    pub(crate) stretch: u32,
}

/// What a row counts as. Every row is in exactly one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Bucket {
    Queued,
    /// Queued with its download behind it.
    Fetched,
    Fetching,
    Milling,
    Done,
    Failed,
    Cancelled,
}

impl Bucket {
    /// Whether nothing more happens to it.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Bucket::Done | Bucket::Failed | Bucket::Cancelled)
    }

    pub(crate) const ALL: [Bucket; 7] = [
        Bucket::Queued,
        Bucket::Fetched,
        Bucket::Fetching,
        Bucket::Milling,
        Bucket::Done,
        Bucket::Failed,
        Bucket::Cancelled,
    ];
}

impl Row {
    pub(crate) fn new(id: JobId, spec: JobRef) -> Row {
        let name = spec.file_name();
        let place = place_of(&spec);
        Row {
            id,
            name,
            place,
            spec,
            state: JobState::Queued,
            paused: false,
            stopping: false,
            posture: None,
            stage: 0,
            lane: None,
            lane_tag: String::new(),
            pid: None,
            started: None,
            progress: Progress::default(),
            pace: None,
            bytes_in: 0,
            bytes_out: 0,
            size_in: None,
            size_out: None,
            fetch_timing: Timing::default(),
            mill_timing: Timing::default(),
            attempts: 0,
            failure: None,
            outcome: None,
            taken_back: false,
            history: None,
            stretch: 0,
        }
    }

    pub(crate) fn bucket(&self) -> Bucket {
        match (self.state, self.pool()) {
            (JobState::Running, Some(Pool::Mill)) => Bucket::Milling,
            (JobState::Running, _) => Bucket::Fetching,
            (JobState::Queued, _) if self.stage > 0 => Bucket::Fetched,
            (JobState::Queued, _) => Bucket::Queued,
            (JobState::Done, _) => Bucket::Done,
            (JobState::Failed, _) => Bucket::Failed,
            (JobState::Cancelled, _) => Bucket::Cancelled,
        }
    }

    /// The pool of the task that runs or comes next.
    pub(crate) fn pool(&self) -> Option<Pool> {
        let stages = self.spec.stages();
        stages.get(self.stage).or(stages.last()).copied()
    }

    /// Sets the name that the work gave the file; returns whether it is another one.
    pub(crate) fn rename(&mut self, name: &str) -> bool {
        let is_new = !name.is_empty() && self.name != name;
        if is_new {
            name.clone_into(&mut self.name);
        }
        is_new
    }

    /// What a search finds it by, in lower case: name, place and input, each on a line.
    pub(super) fn words(&self) -> String {
        words(&self.name, &self.place, self.spec.input())
    }

    /// An attempt began.
    pub(crate) fn begin(&mut self, stage: usize, lane: LaneId, tag: String, at: Moment) {
        self.state = JobState::Running;
        self.stage = stage;
        self.lane = Some(lane);
        self.lane_tag = tag;
        self.started = Some(at);
        self.progress = Progress::default();
        self.pace = (self.bucket() == Bucket::Fetching).then(|| Box::new(Pace::new(at)));
        self.outcome = None;
    }

    /// Keeps an attempt, if it or one before it did not end well.
    pub(crate) fn remember(&mut self, tried: Option<Tried>, result: &TaskResult) {
        let Some(mut tried) = tried else { return };
        let went_well = matches!(result, TaskResult::Done { .. });
        if let TaskResult::Failed { failure, .. } = result {
            tried.error = Some(failure.sentence.as_str().into());
        }
        if !went_well || self.history.is_some() {
            self.history.get_or_insert_default().push(tried);
        }
    }

    /// Takes a newer progress; returns how many bytes arrived since the last one.
    pub(crate) fn advance(&mut self, progress: Progress, now: Moment) -> u64 {
        let fetching = self.bucket() == Bucket::Fetching;
        let arrived = if fetching { progress.done.saturating_sub(self.progress.done) } else { 0 };
        self.progress = progress;
        if let Some(pace) = self.pace.as_mut().filter(|_| fetching) {
            pace.add(progress, now);
        }
        if fetching {
            self.bytes_in = progress.done;
        }
        arrived
    }

    /// How many bytes a second arrive. 0 where none are known to.
    pub(crate) fn rate(&self) -> f64 {
        self.pace.as_ref().map_or(0.0, |pace| pace.bytes_per_s())
    }

    /// How long the running download will go on.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.pace.as_ref()?.left()
    }

    /// The share done of each stage, in order; two numbers at most.
    pub(crate) fn stage_shares(&self) -> ([f32; 2], usize) {
        let stages = self.spec.stages().len().clamp(1, 2);
        let share = |stage: usize| match self.state {
            JobState::Done => 1.0,
            _ if stage < self.stage => 1.0,
            JobState::Running if stage == self.stage => self.progress.fraction(),
            _ => 0.0,
        };
        ([share(0), share(1)], stages)
    }

    /// The share done of the whole job.
    pub(crate) fn share(&self) -> f32 {
        let (shares, stages) = self.stage_shares();
        shares[..stages].iter().sum::<f32>() / stages as f32
    }

    /// What all attempts took.
    pub(crate) fn timing(&self) -> Timing {
        let mut timing = self.fetch_timing;
        timing += self.mill_timing;
        timing
    }

    /// Where the result stands.
    pub(crate) fn output(&self) -> Option<&Path> {
        match &self.outcome {
            Some(Outcome::Done(made)) => Some(made.first()),
            _ => None,
        }
    }

    /// How many files it made beside that one.
    pub(crate) fn more_files(&self) -> usize {
        match &self.outcome {
            Some(Outcome::Done(made)) => made.more(),
            _ => 0,
        }
    }

    /// What the page offers, where this is one that was read.
    pub(crate) fn page(&self) -> Option<&Arc<Page>> {
        match &self.outcome {
            Some(Outcome::Read(page)) => Some(page),
            _ => None,
        }
    }

    /// The original, where it lies on this machine.
    pub(crate) fn original(&self) -> Option<&Path> {
        original(&self.spec)
    }

    /// Whether it is paused by itself, and nothing happens to it until somebody resumes it.
    pub(crate) fn is_halted(&self) -> bool {
        self.paused && !self.state.is_final()
    }

    /// Whether it was told to stop and is still at it.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping && !self.state.is_final()
    }

    /// The file to open: the result, or else the original.
    pub(crate) fn picture(&self) -> Option<&Path> {
        self.output().or_else(|| self.original())
    }

    /// The file to take a small picture from: a result that a lane wrote. What may bring a decoder down, such as a plain
    /// download, must not reach the window's own.
    pub(crate) fn preview(&self) -> Option<&Path> {
        self.output().filter(|_| self.size_out.is_some())
    }

    /// The link, or the path as given.
    pub(crate) fn link(&self) -> &str {
        link(&self.spec)
    }

    /// What becomes of the picture, for the second line of the row. Empty where nothing does.
    pub(crate) fn target(&self) -> String {
        if !self.spec.stages().contains(&Pool::Mill) {
            return String::new();
        }
        self.spec.options().recipe.as_ref().map_or_else(|| "Same size".to_owned(), |recipe| recipe.name.clone())
    }

    /// The state in one word, with what stands behind it.
    pub(crate) fn state_word(&self) -> &'static str {
        if self.is_stopping() {
            return "Stopping…";
        }
        match (self.bucket(), self.paused) {
            (Bucket::Queued | Bucket::Fetched | Bucket::Fetching | Bucket::Milling, true) => "Paused",
            (Bucket::Queued | Bucket::Fetched, _) if self.failure.is_some() => "Retrying",
            (Bucket::Queued | Bucket::Fetched, _) => "Queued",
            (Bucket::Fetching, _) => "Download",
            (Bucket::Milling, _) => "Convert",
            (Bucket::Done, _) if self.taken_back => "Taken back",
            (Bucket::Done, _) => "Done",
            (Bucket::Failed, _) => "Failed",
            (Bucket::Cancelled, _) => "Cancelled",
        }
    }
}

/// What of a row need not be made for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance<'a> {
    pub(super) spec: &'a JobSpec,
    pub(super) options: &'a BatchOptions,
    /// The row, if something happened to it or somebody looked at it.
    pub(crate) row: Option<&'a Row>,
}

impl<'a> Glance<'a> {
    /// The file to open: the result, or else the original.
    pub(crate) fn picture(self) -> Option<&'a Path> {
        self.row.and_then(Row::output).or_else(|| original(self.spec))
    }

    /// The link, or the path as given.
    pub(crate) fn link(self) -> &'a str {
        link(self.spec)
    }

    /// The folder of the result, or else of the original, or else where the result goes to.
    pub(crate) fn folder(self) -> PathBuf {
        let file = self.picture().and_then(Path::parent);
        file.map_or_else(|| self.options.output_dir.join(self.spec.subfolder()), Path::to_path_buf)
    }
}

fn original(spec: &JobSpec) -> Option<&Path> {
    match spec.source() {
        Source::File(path) => Some(path),
        _ => None,
    }
}

fn link(spec: &JobSpec) -> &str {
    match spec.source() {
        Source::Link { url, .. } | Source::Page(url) => url,
        _ => spec.input(),
    }
}

/// What a search finds a job by before anything is known of it but what was asked for.
pub(super) fn words_of(spec: &JobSpec) -> String {
    words(&spec.file_name(), &place_of(spec), spec.input())
}

fn words(name: &str, place: &str, input: &str) -> String {
    // Only the first line may be a name.
    let name = if name.contains('\n') { Cow::Owned(name.replace('\n', " ")) } else { Cow::Borrowed(name) };
    format!("{name}\n{place}\n{input}").to_lowercase()
}

fn place_of(spec: &JobSpec) -> String {
    match spec.source() {
        Source::Link { url, .. } | Source::Page(url) => {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            host.rsplit_once('@').map_or(host, |(_, host)| host).to_owned()
        }
        Source::File(path) => path.parent().map(super::super::format::path).unwrap_or_default(),
        Source::Refused(_) | Source::Light(_) | Source::Lab(_) => String::new(),
    }
}
