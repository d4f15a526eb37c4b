//! What a recipe makes of one picture, tried beside the queue. It is the task of every conversion, in a worker of its own,
//! which is confined like the others: the picture may be one that nothing has looked into yet. Nothing of it is kept.
//! What a picture's file says of itself is read there too.

use super::executor::{LaneReport, Report, Worker};
use super::{Board, EngineConfig};
use crate::model::recipe::{ColourRule, Encoding, FitBox, Format, Frames, Metadata, Resize, Size, Step};
use crate::model::task::NonPictures;
use crate::model::{
    Assignment, AttemptId, Confinement, Convert, ErrorKind, Failure, Files, JobId, Output, PictureFacts, Recipe, Task,
};
use crate::worker::protocol::ToWorker;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// How long a picture may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How soon it is noticed that nobody wants an answer any more.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The longest side of the pictures to look at.
const SHOWN_SIDE: u32 = 1024;

/// Which part of the memory for conversions a preview may take: the queue has its own.
const MEMORY_SHARE: u64 = 4;

/// A picture before the recipe or after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// It as a PNG to look at, of at most 1024 pixels a side. `None` where Millrace writes the format and does not read it.
    pub png: Option<Arc<[u8]>>,
    /// Width and height of the picture itself, upright.
    pub size: (u32, u32),
    /// Bytes of its file, or of all its files.
    pub bytes: u64,
    /// How many files it is: more than one where frames are extracted.
    pub files: usize,
}

/// A picture before the recipe and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// As it is.
    pub before: Side,
    /// What the recipe makes of it.
    pub after: Side,
}

/// Tries recipes. Whoever calls it waits, so nobody who draws should.
#[derive(Debug)]
pub struct Previewer {
    program: PathBuf,
    confinement: Confinement,
    memory: u64,
    folder: TempDir,
    bench: Option<Bench>,
    tried: u32,
    /// The last picture, as long as its file is the same.
    before: Option<(Stamp, Side)>,
}

/// Which file, and how it was when it was read.
type Stamp = (PathBuf, u64, Option<SystemTime>);

/// A worker and where it answers.
struct Bench {
    worker: Worker,
    reports: Receiver<Report>,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bench")
    }
}

impl Previewer {
    /// Makes a place for what is tried. The worker is started with the first picture.
    ///
    /// # Errors
    ///
    /// Fails where no temporary folder can be made.
    pub fn new(config: &EngineConfig) -> io::Result<Previewer> {
        Ok(Previewer {
            program: config.worker_program.clone(),
            confinement: if config.workers.sandbox { Confinement::Descriptors } else { Confinement::None },
            memory: config.memory / MEMORY_SHARE,
            folder: tempfile::tempdir()?,
            bench: None,
            tried: 0,
            before: None,
        })
    }

    /// Does to a picture what a recipe says. `is_outdated` is asked while that goes on: once it says so, the worker is
    /// ended.
    ///
    /// # Errors
    ///
    /// Fails where the picture cannot be read or converted, and where its worker cannot start, dies or does not answer
    /// within a minute. Once outdated, it is a cancelled failure.
    pub fn show(&mut self, picture: &Path, recipe: Recipe, is_outdated: &dyn Fn() -> bool) -> Result<Sides, Failure> {
        let sides = self.sides(picture, recipe, is_outdated);
        // What is left of a run that was ended lies in a folder that goes with this value; it need not wait for that.
        for entry in fs::read_dir(self.folder.path()).into_iter().flatten().flatten() {
            fs::remove_file(entry.path()).ok();
        }
        sides
    }

    fn sides(&mut self, picture: &Path, recipe: Recipe, is_outdated: &dyn Fn() -> bool) -> Result<Sides, Failure> {
        let name = picture.file_name().unwrap_or(picture.as_os_str()).to_string_lossy().into_owned();
        let metadata = fs::metadata(picture).map_err(|error| Failure::from_io("read", picture, &error))?;
        let stamp = (picture.to_owned(), metadata.len(), metadata.modified().ok());
        let before = match &self.before {
            Some((known, before)) if *known == stamp => before.clone(),
            _ => {
                let (file, output) = self.convert(picture, &name, to_look_at(), is_outdated)?;
                let side = Side {
                    png: Some(read(&file)?),
                    size: output.size_in.unwrap_or_default(),
                    bytes: output.bytes_in,
                    files: 1,
                };
                self.before = Some((stamp, side.clone()));
                side
            }
        };
        let (file, output) = self.convert(picture, &name, recipe, is_outdated)?;
        if let Some(first) = output.pieces.first() {
            cut(&file, first.bytes).map_err(|error| Failure::from_io("write to", &file, &error))?;
        }
        let shown = match self.convert(&file, &output.name, to_look_at(), is_outdated) {
            Ok((file, _)) => Some(read(&file)?),
            Err(failure) if failure.kind == ErrorKind::Unsupported => None,
            Err(failure) => return Err(failure),
        };
        let size = output.size_out.unwrap_or_default();
        let after = Side { png: shown, size, bytes: output.bytes_out, files: output.pieces.len().max(1) };
        Ok(Sides { before, after })
    }

    /// Reads what a picture's file says of itself. `is_outdated` as for [`Previewer::show`].
    ///
    /// # Errors
    ///
    /// Fails where the picture cannot be read or is none that Millrace reads, and for its worker as [`Previewer::show`]
    /// does.
    pub fn facts(&mut self, picture: &Path, is_outdated: &dyn Fn() -> bool) -> Result<PictureFacts, Failure> {
        let name = picture.file_name().unwrap_or(picture.as_os_str()).to_string_lossy().into_owned();
        // Opening a pipe would wait for ever.
        let metadata = fs::metadata(picture).map_err(|error| Failure::from_io("read", picture, &error))?;
        if !metadata.is_file() {
            return Err(Failure::new(ErrorKind::Unsupported, format!("{name} is no file")));
        }
        let (_, made) = self.run(picture, &name, Task::Facts(name.clone()), is_outdated)?;
        made.facts
            .map(|facts| *facts)
            .ok_or_else(|| Failure::new(ErrorKind::Io, format!("{name} says nothing of itself")))
    }

    /// Runs one conversion to its end. Answers where its file is.
    fn convert(
        &mut self,
        input: &Path,
        name: &str,
        recipe: Recipe,
        is_outdated: &dyn Fn() -> bool,
    ) -> Result<(PathBuf, Output), Failure> {
        let convert = Convert {
            recipe: Arc::new(recipe),
            name: name.to_owned(),
            non_pictures: NonPictures::Fail,
            existing: Vec::new(),
            threads: 1,
        };
        self.run(input, name, Task::Convert(convert), is_outdated)
    }

    /// Runs one task to its end. Answers where its file is.
    fn run(
        &mut self,
        input: &Path,
        name: &str,
        task: Task,
        is_outdated: &dyn Fn() -> bool,
    ) -> Result<(PathBuf, Output), Failure> {
        self.tried += 1;
        let attempt = AttemptId { job: JobId(self.tried), number: 1 };
        let output = self.folder.path().join(self.tried.to_string());
        let files = Files { input: Some(input.to_owned()), output: output.clone() };
        let assignment = Assignment { attempt, task, files };
        // Taken, so that a worker that did not answer properly is gone.
        let mut bench = match self.bench.take() {
            Some(bench) => bench,
            None => self.start()?,
        };
        bench.worker.run(assignment);
        let (bench, made) = bench.answer(attempt, name, self.memory, is_outdated)?;
        self.bench = Some(bench);
        made.map(|made| (output, made))
    }

    fn start(&self) -> Result<Bench, Failure> {
        let (sender, reports) = bounded(64);
        let worker = Worker::spawn(&self.program, 0, self.confinement, &sender, &Arc::new(Board::default()));
        let worker = worker.map_err(|error| {
            Failure::new(ErrorKind::Crashed, format!("The worker for the preview cannot start: {error}"))
        })?;
        Ok(Bench { worker, reports })
    }
}

impl Bench {
    /// Waits for the end of an attempt. The outer failure means that the worker is gone.
    fn answer(
        self,
        attempt: AttemptId,
        name: &str,
        memory: u64,
        is_outdated: &dyn Fn() -> bool,
    ) -> Result<(Bench, Result<Output, Failure>), Failure> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.reports.recv_timeout(LOOK_EVERY) {
                Ok(Report::Worker(_, LaneReport::Needs { attempt, bytes })) => {
                    self.worker.tell(ToWorker::Admit(attempt, bytes <= memory));
                }
                Ok(Report::Worker(_, LaneReport::Finished { attempt: ended, result, .. })) if ended == attempt => {
                    return Ok((self, result));
                }
                Ok(Report::WorkerGone { cause, .. }) => {
                    let death = self.worker.bury(cause);
                    let sentence = format!("{name} brought its worker down: it {}", death.cause);
                    return Err(Failure::new(ErrorKind::Crashed, sentence).with_details(death.details));
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) if is_outdated() => return Err(Failure::cancelled()),
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let sentence = format!("{name} has lost its worker");
                    return Err(Failure::new(ErrorKind::Crashed, sentence));
                }
                Err(RecvTimeoutError::Timeout) => {
                    let sentence =
                        format!("{name} took more than {} s, so its preview was given up", PATIENCE.as_secs());
                    return Err(Failure::new(ErrorKind::Timeout, sentence));
                }
            }
        }
    }
}

/// A picture for eyes: not too large, with the colours of a screen.
fn to_look_at() -> Recipe {
    let fit = Step::Resize(Resize::to(Size::Fit(FitBox::square(SHOWN_SIDE))));
    let output = Encoding {
        metadata: Metadata::None,
        color: ColourRule::Srgb,
        keep_16_bit: false,
        palette: false,
        frames: Frames::First,
        ..Encoding::to(Format::Png)
    };
    Recipe::new("Preview", vec![fit], output)
}

fn read(file: &Path) -> Result<Arc<[u8]>, Failure> {
    fs::read(file).map(Arc::from).map_err(|error| Failure::from_io("read", file, &error))
}

/// Leaves the first bytes of a file.
fn cut(file: &Path, bytes: u64) -> io::Result<()> {
    fs::File::options().write(true).open(file)?.set_len(bytes)
}
