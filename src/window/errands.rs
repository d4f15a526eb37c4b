//! What would block the window and is done on a thread of its own, one after another: looking at dropped and pasted
//! paths, starting the demo, writing settings and traces. Errands that are under way when the window closes are finished.

use super::adding::{self, Kinds, Scales, Sheet, Weighed};
use super::clipboard::Picture;
use super::format;
use super::lab::Export;
use super::model::report::BatchReport;
use super::recipe_editor::Known;
use super::report;
use super::waker::Waker;
use crate::demo::Demo;
use crate::intake::{self, Taken};
use crate::model::{BatchOptions, FetchOptions, JobSpec, Recipe};
use crate::store::{Settings, recipes, whole};
use crate::trace::{self, Trace};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// The most errands under way at once.
const MOST: usize = 64;

/// How many connections the demo's server gets.
const DEMO_CONNECTIONS: u16 = 16;

/// Something to do.
pub(crate) enum Errand {
    Paths(Vec<PathBuf>, Arc<BatchOptions>, Scales),
    Text(String, Arc<BatchOptions>, Scales),
    /// What was chosen in a sheet.
    Chosen(Box<Sheet>, Arc<BatchOptions>),
    /// See what is held over the window.
    Kinds(Vec<PathBuf>),
    /// What nobody wants any more.
    LetGo(Box<Sheet>),
    /// Keep a picture in the state folder, and queue it.
    Picture(Picture, PathBuf, Arc<BatchOptions>),
    /// Links out of a page.
    Links(Vec<String>, Arc<BatchOptions>),
    /// The arguments of the command line: links and paths, in their order.
    Inputs(Vec<OsString>, Arc<BatchOptions>),
    Demo(Arc<BatchOptions>),
    Save(Settings, PathBuf),
    SaveTrace(Box<Trace>, PathBuf),
    /// Under a free name in this folder, which need not be there yet.
    SaveTraceIn(Box<Trace>, PathBuf),
    SaveReport(Arc<BatchReport>, PathBuf),
    /// Under a free name in this folder, which need not be there yet.
    SaveReportIn(Arc<BatchReport>, PathBuf),
    /// Look how much memory these processes hold.
    Weigh(Vec<u32>),
    /// What the Lab measured, as a file.
    ExportLab(Box<Export>),
    Recipes(PathBuf, ForRecipes),
}

/// Something to do with the recipes of a state folder, which are listed anew after it.
pub(crate) enum ForRecipes {
    Look,
    Save(Box<Recipe>),
    Import(PathBuf),
    Remove(String),
    /// Write one to this file.
    Share(Box<Recipe>, PathBuf),
    /// The same under a free name in this folder, which need not be there yet.
    ShareIn(Box<Recipe>, PathBuf),
}

/// The recipes that there are now, and what came of what was asked for.
pub(crate) struct Recipes {
    pub(crate) known: Known,
    /// One that was kept just now.
    pub(crate) kept: Option<Kept>,
    pub(crate) removed: Option<String>,
    /// Good news, or why it did not work.
    pub(crate) told: Option<Result<String, String>>,
}

/// A recipe that was kept just now.
pub(crate) struct Kept {
    pub(crate) recipe: Recipe,
    /// It came from a file, and not from the editor.
    pub(crate) is_imported: bool,
}

/// What came of it.
pub(crate) enum Done {
    Jobs {
        options: Arc<BatchOptions>,
        jobs: Vec<JobSpec>,
    },
    /// A paste or a list that is worth a look first.
    Sheet(Box<Weighed>),
    /// What is held over the window.
    Kinds(Kinds),
    /// A picture that was kept here.
    Picture {
        path: PathBuf,
        options: Arc<BatchOptions>,
    },
    Demo {
        demo: Demo,
        options: Arc<BatchOptions>,
        jobs: Vec<JobSpec>,
    },
    Recipes(Box<Recipes>),
    /// Processes, and the bytes that each holds where the system tells.
    Weighed(Vec<(u32, Option<u64>)>),
    /// Nothing to tell.
    Quietly,
    /// Good news.
    Told(String),
    Failed(String),
}

/// The thread, which ends when this is dropped.
pub(crate) struct Errands {
    to_do: Option<Sender<Errand>>,
    done: Receiver<Done>,
    under_way: usize,
    thread: Option<thread::JoinHandle<()>>,
}

impl Errands {
    pub(crate) fn start(waker: Waker) -> io::Result<Errands> {
        let (to_do, asked) = bounded::<Errand>(MOST);
        let (finish, done) = bounded(MOST);
        let thread = thread::Builder::new().name("errands".to_owned()).spawn(move || {
            for errand in asked {
                // Nobody listens any more while the window closes; what is left is still done.
                finish.try_send(run(errand)).ok();
                waker.wake();
            }
        })?;
        Ok(Errands { to_do: Some(to_do), done, under_way: 0, thread: Some(thread) })
    }

    /// Hands an errand over. The error is a sentence for the person.
    pub(crate) fn send(&mut self, errand: Errand) -> Result<(), String> {
        // No more than the answers have room for: none is ever dropped while the window is open.
        let has_room = self.under_way < MOST;
        let sent = has_room && self.to_do.as_ref().is_some_and(|to_do| to_do.try_send(errand).is_ok());
        if !sent {
            return Err("Too much at once: wait until what was added before is in the queue".to_owned());
        }
        self.under_way += 1;
        Ok(())
    }

    /// The next finished errand.
    pub(crate) fn take(&mut self) -> Option<Done> {
        let done = self.done.try_recv().ok()?;
        self.under_way -= 1;
        Some(done)
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.under_way == 0
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        self.to_do = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn run(errand: Errand) -> Done {
    match errand {
        Errand::Paths(paths, options, scales) => {
            let taken = intake::from_dropped(&paths, &options.output_dir);
            taken_in(taken, options, &scales)
        }
        Errand::Text(text, options, scales) => {
            let taken = intake::from_text(&text, &options.output_dir);
            if taken.jobs.is_empty() {
                return Done::Failed(intake::nothing_found(&text));
            }
            taken_in(taken, options, &scales)
        }
        Errand::Chosen(sheet, options) => Done::Jobs { options, jobs: sheet.weighed.chosen(sheet.leave_out) },
        Errand::Kinds(paths) => Done::Kinds(Kinds::of(&paths)),
        Errand::LetGo(sheet) => {
            drop(sheet);
            Done::Quietly
        }
        Errand::Picture(picture, state_dir, options) => match adding::keep_picture(&picture, &state_dir) {
            Ok(path) => Done::Picture { path, options },
            Err(sentence) => Done::Failed(sentence),
        },
        Errand::Links(links, options) => {
            let jobs = links.iter().map(|link| intake::from_link(link)).collect();
            Done::Jobs { options, jobs }
        }
        Errand::Inputs(inputs, options) => {
            let jobs = inputs.iter().flat_map(|input| from_input(input, &options.output_dir)).collect();
            Done::Jobs { options, jobs }
        }
        Errand::Demo(options) => match Demo::start() {
            Ok(demo) => {
                let jobs = demo.links().iter().map(|link| intake::from_link(link)).collect();
                // Its server stands for many.
                let fetch = FetchOptions { per_host: DEMO_CONNECTIONS, ..(*options.fetch).clone() };
                let options = Arc::new(BatchOptions { fetch: Arc::new(fetch), ..(*options).clone() });
                Done::Demo { demo, options, jobs }
            }
            Err(error) => Done::Failed(format!("Cannot start the demo: {error}")),
        },
        Errand::Save(settings, state_dir) => match settings.save(&state_dir) {
            Ok(()) => Done::Quietly,
            Err(error) => Done::Failed(format!("Cannot save the settings in {}: {error}", state_dir.display())),
        },
        Errand::SaveTrace(trace, path) => save_trace(&trace, &path),
        Errand::ExportLab(export) => export.save().map_or_else(Done::Failed, Done::Told),
        Errand::SaveTraceIn(trace, folder) => {
            in_folder(&folder, || save_trace(&trace, &whole::free_place(&folder, trace::FILE_STEM, "json")))
        }
        Errand::Weigh(pids) => Done::Weighed(weigh(&pids)),
        Errand::SaveReport(report, path) => save_report(&report, &path),
        Errand::SaveReportIn(report, folder) => {
            in_folder(&folder, || save_report(&report, &whole::free_place(&folder, report::FILE_STEM, "html")))
        }
        Errand::Recipes(state_dir, what) => Done::Recipes(Box::new(for_recipes(&state_dir, what))),
    }
}

/// A few start at once, more are weighed and shown first.
fn taken_in(taken: Taken, options: Arc<BatchOptions>, scales: &Scales) -> Done {
    if taken.written > adding::AT_ONCE {
        Done::Sheet(Box::new(scales.weigh(taken.jobs)))
    } else {
        Done::Jobs { options, jobs: taken.jobs }
    }
}

fn for_recipes(state_dir: &Path, what: ForRecipes) -> Recipes {
    let (mut kept, mut removed) = (None, None);
    let mut keep = |imported: recipes::Imported, is_imported| {
        let verb = if imported.replaced { "replaced" } else { ["saved", "imported"][usize::from(is_imported)] };
        let words = format!("\"{}\" {verb}", imported.recipe.name);
        kept = Some(Kept { recipe: imported.recipe, is_imported });
        words
    };
    let shared = |path: &Path| format!("Recipe written to {}", format::path(path));
    let told = match what {
        ForRecipes::Look => None,
        ForRecipes::Save(recipe) => Some(recipes::save(state_dir, *recipe).map(|saved| keep(saved, false))),
        ForRecipes::Import(file) => Some(recipes::import(state_dir, &file).map(|imported| keep(imported, true))),
        ForRecipes::Remove(name) => Some(recipes::remove(state_dir, &name).map(|()| {
            let words = format!("\"{name}\" deleted");
            removed = Some(name);
            words
        })),
        ForRecipes::Share(recipe, path) => Some(recipes::export(*recipe, &path).map(|()| shared(&path))),
        ForRecipes::ShareIn(recipe, folder) => {
            let path = recipes::free_file(&folder, &recipe.name);
            Some(recipes::export(*recipe, &path).map(|()| shared(&path)))
        }
    };
    let (own, unread) = recipes::own(state_dir);
    let told = told.map(|told| told.map_err(|error| error.to_string()));
    Recipes { known: Known { own, unread }, kept, removed, told }
}

fn save_trace(trace: &Trace, path: &Path) -> Done {
    match whole::save(path, |out| trace.write(out)) {
        Ok(()) => Done::Told(format!("Trace saved as {}", format::path(path))),
        Err(error) => Done::Failed(format!("Cannot save the trace {}: {error}", path.display())),
    }
}

/// What processes hold of the machine's memory.
fn weigh(pids: &[u32]) -> Vec<(u32, Option<u64>)> {
    let wanted: Vec<Pid> = pids.iter().map(|pid| Pid::from_u32(*pid)).collect();
    let Ok(mut system) = System::new() else { return pids.iter().map(|pid| (*pid, None)).collect() };
    let refresh = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&wanted), true, refresh);
    pids.iter().map(|pid| (*pid, system.process(Pid::from_u32(*pid)).map(sysinfo::Process::memory))).collect()
}

fn save_report(report: &BatchReport, path: &Path) -> Done {
    let page = report::page(report, &httpdate::fmt_http_date(SystemTime::now()));
    match whole::save(path, |out| out.write_all(page.as_bytes())) {
        Ok(()) => Done::Told(format!("Report saved as {}", format::path(path))),
        Err(error) => {
            let words = format!("Cannot save the report {}: {error}. Choose another folder", path.display());
            Done::Failed(words)
        }
    }
}

/// Does something in a folder, which is made where it is not there yet.
fn in_folder(folder: &Path, act: impl FnOnce() -> Done) -> Done {
    match std::fs::create_dir_all(folder) {
        Ok(()) => act(),
        Err(error) => Done::Failed(format!("Cannot make the folder {}: {error}", folder.display())),
    }
}

fn from_input(input: &OsString, output_dir: &Path) -> Vec<JobSpec> {
    match input.to_str() {
        // A link, unless a file is really called that.
        Some(text) if text.contains("://") && !Path::new(text).exists() => intake::from_typed(text),
        _ => intake::from_dropped(&[PathBuf::from(input)], output_dir).jobs,
    }
}

/// Opens a file or a folder with the system's program for it. Not in the queue of errands, for a slow walk through a
/// folder should not hold it up.
pub(crate) fn open_detached(path: PathBuf, failed: &Sender<String>, waker: Waker) {
    let spawned = thread::Builder::new().name("open".to_owned()).spawn({
        let failed = failed.clone();
        move || {
            if !path.exists() {
                failed.try_send(format!("{} is not there any more", path.display())).ok();
            } else if let Err(error) = open::that_detached(&path) {
                failed.try_send(format!("Cannot open {}: {error}", path.display())).ok();
            }
            waker.wake();
        }
    });
    if let Err(error) = spawned {
        failed.try_send(format!("Cannot open the file: {error}")).ok();
    }
}
