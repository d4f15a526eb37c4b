//! What a workload needs before anything is measured: a server, pictures, a database, a folder of its own. It all goes away
//! with the session.

use super::trial::{Faces, Stopped, Trial, plain_options};
use crate::demo::{Resource, Site, animation};
use crate::engine::EngineConfig;
use crate::model::lab::{LabMode, Request, Workload};
use crate::model::recipe::{Encoding, Format, Frames, Resize, Size, Step};
use crate::model::{BatchOptions, JobSpec, Pool, Recipe};
use crate::task::lab::{LOCK_FILES, rounds};
use rusqlite::Connection;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The host that does not exist: no name below `invalid` ever will.
const NO_HOST: &str = "http://nonexistent.invalid/";

/// The size of a file to download, in bytes.
const FILE_BYTES: usize = 256 << 10;

/// Rows of the database.
const ROWS: i64 = 40_000;

/// How long the speed of this machine is measured, for work that is to take so and so long.
const CALIBRATE_FOR: Duration = Duration::from_millis(60);

/// What the folders of sessions are called.
const FOLDER: &str = "millrace-lab-";

/// The file in them that is locked as long as their program lives. It has this name only once it is locked.
const ALIVE: &str = "alive";

/// Takes the folders away of programs that were killed before they could.
fn forget_killed(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(FOLDER));
        let lock = is_ours.then(|| File::open(entry.path().join(ALIVE)).ok()).flatten();
        if lock.is_some_and(|file| file.try_lock().is_ok()) {
            // One that another session takes away just now is gone.
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// Says that the program that this folder belongs to lives, until what it returns is dropped.
fn live_in(folder: &Path) -> std::io::Result<File> {
    let new = folder.join("new");
    let file = File::create(&new)?;
    file.lock()?;
    fs::rename(new, folder.join(ALIVE))?;
    Ok(file)
}

/// What is ready for the runs of a session.
#[derive(Debug)]
pub(super) struct Setup {
    _alive: File,
    folder: TempDir,
    _site: Option<Site>,
    /// What to fetch.
    pub(super) links: Vec<String>,
    /// What to convert.
    pub(super) pictures: Vec<PathBuf>,
    pub(super) recipe: Arc<Recipe>,
    /// What to ask.
    pub(super) database: PathBuf,
    /// How much a heavy task computes.
    pub(super) rounds: u64,
}

impl Setup {
    pub(super) fn prepare(request: &Request, config: &EngineConfig, faces: &Faces) -> Result<Setup, Stopped> {
        let (workload, parameters) = (request.workload, &request.parameters);
        let place = std::env::temp_dir();
        forget_killed(&place);
        let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(&place).map_err(|error| {
            Stopped::Failed(format!(
                "The Lab cannot make a folder in {}: {error}. Free some room there, or set TMPDIR to another folder",
                place.display()
            ))
        })?;
        let alive = live_in(folder.path())?;
        let tasks = parameters.tasks;
        let made = |numbers: std::ops::Range<u32>, make: fn(u32) -> Resource| {
            numbers.map(|number| faces.check().map(|()| make(number))).collect::<Result<Vec<_>, _>>()
        };
        let resources: Vec<Resource> = match workload {
            _ if !parameters.urls.is_empty() => Vec::new(),
            // One of the addresses is that of a host that is not there.
            Workload::Fetch => made(1..tasks, Resource::page)?,
            Workload::Titles => made(0..tasks, Resource::page)?,
            Workload::Download => made(0..tasks, |number| Resource::file(number, FILE_BYTES))?,
            Workload::Both => made(0..tasks, Resource::picture)?,
            _ => Vec::new(),
        };
        let site = if resources.is_empty() {
            None
        } else {
            Some(Site::start(resources, Duration::from_millis(parameters.latency_ms))?)
        };
        let mut links = site.as_ref().map_or_else(|| parameters.urls.clone(), |site| site.links().to_vec());
        if workload == Workload::Fetch && parameters.urls.is_empty() {
            links.push(NO_HOST.to_owned());
        }
        faces.check()?;
        let mut setup = Setup {
            _alive: alive,
            database: folder.path().join("sales.sqlite"),
            folder,
            _site: site,
            links,
            pictures: Vec::new(),
            recipe: Arc::new(recipe(workload)),
            rounds: 0,
        };
        match workload {
            Workload::Images => setup.draw(tasks, faces)?,
            Workload::Frames => setup.film(tasks, config, faces)?,
            Workload::Queries => setup.sell()?,
            Workload::Heavy | Workload::Freeze => {
                setup.rounds = rounds_for(parameters.waits_ms.first().copied().unwrap_or(1000));
            }
            // Those that do no wrong, beside the one that does.
            Workload::Crash => setup.rounds = rounds_for(30),
            _ => {}
        }
        for name in LOCK_FILES {
            File::create(setup.folder.path().join(name))?;
        }
        Ok(setup)
    }

    /// An empty file for the lines of a run.
    pub(super) fn paper(&self, number: u64) -> Result<PathBuf, Stopped> {
        let paper = self.paper_of(number);
        File::create(&paper)?;
        Ok(paper)
    }

    pub(super) fn paper_of(&self, number: u64) -> PathBuf {
        self.folder.path().join(format!("paper-{number}"))
    }

    /// The folder for the results of a run.
    pub(super) fn output(&self, number: u64) -> PathBuf {
        self.folder.path().join(format!("out-{number}"))
    }

    /// The results of a run were looked at.
    pub(super) fn forget(output: &Path) {
        // One that was never made is not there, and what stays goes with the session.
        fs::remove_dir_all(output).ok();
    }

    /// Where the files lie that processes lock.
    pub(super) fn lock_folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn draw(&mut self, tasks: u32, faces: &Faces) -> Result<(), Stopped> {
        for number in 0..tasks {
            faces.check()?;
            let path = self.folder.path().join(format!("picture-{number:04}.jpg"));
            fs::write(&path, Resource::picture(number).body())?;
            self.pictures.push(path);
        }
        Ok(())
    }

    /// Makes an animation and takes its frames out of it, as `convert --extract-frames` does.
    fn film(&mut self, frames: u32, config: &EngineConfig, faces: &Faces) -> Result<(), Stopped> {
        let path = self.folder.path().join("river.gif");
        fs::write(&path, animation(frames)?)?;
        let encoding = Encoding { frames: Frames::Extract, ..Encoding::to(Format::Png) };
        let recipe = Recipe::new("Frames", Vec::new(), encoding);
        let job = JobSpec::file("river.gif", path, PathBuf::new());
        let output_dir = self.folder.path().join("frames");
        let trial = Trial {
            config: config.clone(),
            mode: LabMode::Threads,
            workers: 1,
            pools: &[Pool::Mill],
            engine_mode: None,
        };
        let options = BatchOptions { output_dir, recipe: Some(Arc::new(recipe)), ..plain_options() };
        let ran = trial.run(vec![job], options, faces)?;
        self.pictures = super::detail::made(&ran).map(Path::to_owned).collect();
        if self.pictures.len() != frames as usize {
            let sentence = format!("The animation has {frames} frames, and {} came out", self.pictures.len());
            return Err(Stopped::Failed(sentence));
        }
        Ok(())
    }

    /// A database of sales that never were.
    fn sell(&self) -> Result<(), Stopped> {
        let fill = || -> rusqlite::Result<()> {
            let mut connection = Connection::open(&self.database)?;
            connection.execute_batch(
                "CREATE TABLE sales (day INTEGER, place INTEGER, amount INTEGER, note INTEGER);
                 CREATE INDEX by_day ON sales (day);",
            )?;
            let transaction = connection.transaction()?;
            {
                let mut insert = transaction.prepare("INSERT INTO sales VALUES (?1, ?2, ?3, ?4)")?;
                for row in 0..ROWS {
                    let mixed = (row + 1).wrapping_mul(2_654_435_761) & 0xffff_ffff;
                    insert.execute([mixed % 1000, mixed / 7 % 97, mixed % 10_007, row])?;
                }
            }
            transaction.commit()
        };
        fill().map_err(|error| Stopped::Failed(format!("Cannot make a database for the Lab: {error}")))
    }
}

fn recipe(workload: Workload) -> Recipe {
    let resize = |side| Step::Resize(Resize::to(Size::Longest(side)));
    if workload == Workload::Frames {
        let steps = vec![resize(240), Step::Saturation(20.0), Step::Blur { sigma: 1.5 }];
        Recipe::new("Frame", steps, Encoding::to(Format::Png))
    } else {
        let jpeg = Encoding { quality: Some(85), ..Encoding::to(Format::Jpeg) };
        Recipe::new("Picture", vec![resize(1024), Step::Contrast(10.0), Step::Blur { sigma: 0.6 }], jpeg)
    }
}

/// How many rounds take so long on this machine, by the quickest of a few tries: a machine that is busy now and then is no
/// slower for that.
fn rounds_for(ms: u64) -> u64 {
    const TRIED: u64 = 1 << 18;
    let (began, mut quickest) = (Instant::now(), Duration::MAX);
    while began.elapsed() < CALIBRATE_FOR {
        let start = Instant::now();
        std::hint::black_box(rounds(1, TRIED));
        quickest = quickest.min(start.elapsed());
    }
    let a_second = TRIED as f64 / quickest.as_secs_f64().max(1e-9);
    (a_second * ms as f64 / 1e3).max(1.0) as u64
}
