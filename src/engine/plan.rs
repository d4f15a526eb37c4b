//! What a batch of conversions would do, without doing it: the same questions, asked in the same order, of the same code.

use super::commit::{Names, Originals, Rule, Slot};
use super::naming::{self, Turns};
use super::{Engine, EngineConfig};
use crate::model::task::Piece;
use crate::model::{
    Assignment, AttemptId, Batch, BatchOptions, Command, ErrorKind, Event, Failure, Files, JobId, JobRef, JobSpec,
    OnExists, Outcome, Output, Source, Task,
};
use crate::task::{self, Control, Net};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

/// What would become of one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The input as given.
    pub input: String,
    /// Its files, or why there would be none.
    pub result: Result<Vec<PlannedFile>, Failure>,
}

/// What would become of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where it would stand.
    pub path: PathBuf,
    /// Where it would stand if nothing were in its way.
    pub wanted: PathBuf,
    /// Whether something is there already.
    pub exists: bool,
    /// What would be done.
    pub action: Action,
}

/// What would be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is written.
    New,
    /// It is written under another name, since its own is taken.
    Rename,
    /// Nothing: the file that is there stays.
    Skip,
    /// It takes the place of the file that is there.
    Overwrite,
}

/// Plans a batch of conversions. Where a name cannot be told otherwise, the conversions are done, in a folder of the system
/// for what is temporary, and what they make is thrown away: where the name has the size of the result in it, where frames
/// become files, and where inputs want the same name, since one that fails leaves it to the next.
///
/// # Errors
///
/// Fails where conversions have to be done and there is no folder for what is temporary, or the engine cannot start.
/// What is wrong with an input is its result.
pub fn plan(config: EngineConfig, batch: &Arc<Batch>) -> std::io::Result<Vec<Planned>> {
    let mut turns = Turns::default();
    turns.add(JobId(0), batch);
    let by_header = naming::is_told_by_header(&batch.options);
    let is_file = |place: &usize| matches!(batch.jobs[*place].source(), Source::File(_));
    let to_try: Vec<usize> = (0..batch.jobs.len())
        .filter(|place| is_file(place) && (!by_header || turns.is_shared(JobId(*place as u32))))
        .collect();
    let mut tried = if to_try.is_empty() { HashMap::new() } else { try_out(config, batch, &to_try)? };
    let originals = batch.options.on_exists.replaces().then(|| Arc::new(Originals::new(Arc::clone(batch), Vec::new())));
    let mut names = Names::default();
    let planned = (0..batch.jobs.len()).map(|place| {
        let job = JobRef::new(Arc::clone(batch), place);
        let output = match job.source() {
            Source::Refused(failure) => Err(failure.clone()),
            Source::File(path) => match tried.remove(&place) {
                Some(output) => output,
                None if turns.is_shared(JobId(place as u32)) || !by_header => Err(unknown(&job)),
                None => header(&job, path),
            },
            _ => Err(unknown(&job)),
        };
        let files = output.and_then(|output| files(&job, &output, &mut names, originals.as_ref()));
        Planned { input: job.input().to_owned(), result: files }
    });
    Ok(planned.collect())
}

fn unknown(job: &JobRef) -> Failure {
    Failure::new(ErrorKind::Unsupported, format!("What becomes of {} cannot be told beforehand", job.input()))
}

/// What the header of a picture tells of its result.
fn header(job: &JobRef, path: &Path) -> Result<Output, Failure> {
    let Some(Task::Convert(mut convert)) = job.task(0, None) else { return Err(unknown(job)) };
    convert.existing = naming::possible_names(&convert.name, &convert.recipe);
    let (input, output) = (Some(path.to_owned()), PathBuf::new());
    let attempt = AttemptId { job: JobId(0), number: 1 };
    let assignment = Assignment { attempt, task: Task::Convert(convert), files: Files { input, output } };
    task::attempt(&assignment, &Net::default(), &Control::default(), &|_| ()).0
}

/// Does conversions and throws away what they make. Answers what is known of each then, by its place.
fn try_out(
    config: EngineConfig,
    batch: &Batch,
    places: &[usize],
) -> std::io::Result<HashMap<usize, Result<Output, Failure>>> {
    let folder = tempfile::tempdir()?;
    let job = |place: &usize| match batch.jobs[*place].source() {
        Source::File(path) => JobSpec::file(batch.jobs[*place].input(), path.to_owned(), place.to_string().into()),
        _ => batch.jobs[*place].clone(),
    };
    let options = BatchOptions {
        output_dir: folder.path().to_owned(),
        on_exists: OnExists::Rename,
        name: None,
        keep_times: false,
        kept: false,
        ..(*batch.options).clone()
    };
    let jobs: Vec<JobSpec> = places.iter().map(job).collect();
    let engine = Engine::start(config, None, || {})?;
    engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
    let mut tried = HashMap::new();
    for event in engine.events() {
        match event {
            Event::JobFinished(report) => {
                let Some(place) = places.get(report.job.0 as usize) else { continue };
                let output = match report.outcome {
                    Outcome::Done(made) => {
                        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        let pieces = made.all().map(|path| Piece { name: name(path), bytes: 0 });
                        let pieces = if made.more() > 0 { pieces.collect() } else { Vec::new() };
                        // Room for the next; what stays goes with the folder.
                        made.all().for_each(|path| drop(fs::remove_file(path)));
                        let name = name(made.first());
                        Ok(Output { name, pieces, size_out: report.size_out, ..Output::default() })
                    }
                    Outcome::Failed(failure) => Err(failure),
                    Outcome::Read(_) | Outcome::Answered(_) | Outcome::Cancelled => Err(Failure::cancelled()),
                };
                tried.insert(*place, output);
            }
            Event::BatchFinished(_) => break,
            _ => {}
        }
    }
    Ok(tried)
}

fn files(
    job: &JobRef,
    output: &Output,
    names: &mut Names,
    originals: Option<&Arc<Originals>>,
) -> Result<Vec<PlannedFile>, Failure> {
    let options = job.options();
    let input = match job.source() {
        Source::File(path) => Some(path.to_owned()),
        _ => None,
    };
    let rule =
        Rule { on_exists: options.on_exists, ordered: true, input, originals: originals.cloned(), batch: Weak::new() };
    let (below, wanted) = naming::wanted(job, output);
    let folder = options.output_dir.join(below);
    let file = |name: String| {
        let slot = names.reserve(&folder, &name, &rule)?;
        let action = match &slot {
            Slot::Free(_, 1) => Action::New,
            Slot::Free(..) => Action::Rename,
            Slot::Replace(_) => Action::Overwrite,
            Slot::Keep(_) => Action::Skip,
        };
        let (path, wanted) = (folder.join(slot.name()), folder.join(name));
        let exists = wanted.symlink_metadata().is_ok();
        Ok(PlannedFile { path, wanted, exists, action })
    };
    wanted.into_iter().map(file).collect()
}
