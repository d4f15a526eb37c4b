//! The app: who takes in what when. Independent of eframe, so that tests and benchmarks drive it with events of their
//! own making.

mod adding;
mod lab;
mod news;
mod perform;
mod recipes;
#[cfg(test)]
mod tests;

use super::arranger::Arranger;
use super::dialogs::Dialogs;
use super::effect::Effect;
use super::errands::{Errand, Errands, ForRecipes};
use super::frame_log::FrameLog;
use super::guard::{Answer, fault_ui, guarded};
use super::handover::Listener;
use super::intent::Intent;
use super::meter::CpuMeter;
use super::model::Model;
use super::overlay::{self, Toasts, Tone};
use super::recipe_editor::{Look, Previews};
use super::reduce::reduce;
use super::shutter::Shutter;
use super::state::{Over, State};
use super::thumbs::Thumbs;
use super::waker::Waker;
use super::{Pixels, WindowOptions, fonts, hints, queue, theme, window_ui};
use crate::demo::Demo;
use crate::engine::{Board, Engine};
use crate::model::{Command, Event, FetchOptions, Mode, Moment};
use crate::store::Settings;
use crate::store::settings::ThemeChoice;
use crate::trace::Trace;
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Context, Ui, ViewportCommand};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The engine as the window sees it.
pub trait EngineLink {
    /// Hands a command over. Must not wait.
    fn send(&self, command: Command);
    /// What happened, in order.
    fn events(&self) -> &Receiver<Event>;
    /// The newest progress of each job.
    fn board(&self) -> &Board;
    /// Ends what runs and waits for that. The last events can be received afterwards.
    fn stop(&mut self) {}
}

impl EngineLink for Engine {
    fn send(&self, command: Command) {
        Engine::send(self, command);
    }
    fn events(&self) -> &Receiver<Event> {
        Engine::events(self)
    }
    fn board(&self) -> &Board {
        Engine::board(self)
    }
    fn stop(&mut self) {
        Engine::stop(self);
    }
}

/// The clock of the frames need not be that of the model to the last microsecond.
const SOON: Duration = Duration::from_millis(10);

/// How far apart the frames of moving things are where motion is reduced.
const REDUCED_GAP: Duration = Duration::from_millis(500);

/// How many spans are kept for a trace.
const MAX_SPANS: usize = 200_000;

/// The window's state and everything around it.
#[expect(clippy::struct_excessive_bools, reason = "each is a matter of its own")]
pub struct App {
    pub(super) state: State,
    pixels: Pixels,
    engine: Box<dyn EngineLink>,
    /// When the engine started: its events count from there.
    started: Instant,
    /// Where time stands still, if it does.
    held_at: Option<Moment>,
    fetch: Arc<FetchOptions>,
    retries: u32,
    deadline_ms: Option<u64>,
    listener: Option<Sender<Event>>,
    trace: Trace,
    trace_path: Option<PathBuf>,
    state_dir: PathBuf,
    errands: Errands,
    arranger: Arranger,
    dialogs: Dialogs,
    /// How things get in.
    adding: self::adding::AddLink,
    /// Where second programs hand over; `None` where nobody can.
    handover: Option<Listener>,
    meter: CpuMeter,
    pub(super) toasts: Toasts,
    /// Servers of demo batches, kept until the window closes.
    demos: Vec<Demo>,
    complaints: (Sender<String>, Receiver<String>),
    last_complaint: Option<Instant>,
    /// The memory of workers is being looked at.
    weighs: bool,
    waker: Waker,
    lab: self::lab::LabLink,
    frame_log: FrameLog,
    shutter: Shutter,
    title: String,
    /// Before then the progress in the title stays as it is.
    title_due: Instant,
    /// Whether there was work when the window looked last.
    had_work: bool,
    /// How often `logic` was called since the window was drawn: more than once, and it is out of sight.
    undrawn: u32,
    /// What the panic said that kept the window from being drawn.
    fault: Option<String>,
    dressed: bool,
    may_close: bool,
}

impl App {
    /// A window on an engine that has just started. Must be told of every frame through [`App::logic`] and
    /// [`App::ui`].
    ///
    /// # Errors
    ///
    /// Fails where the system gives no thread for what is done beside the window.
    pub fn new(engine: Box<dyn EngineLink>, options: WindowOptions) -> io::Result<App> {
        App::with_waker(engine, options, Waker::default())
    }

    pub(super) fn with_waker(engine: Box<dyn EngineLink>, options: WindowOptions, waker: Waker) -> io::Result<App> {
        let (settings, complaint) = Settings::load(&options.state_dir);
        let has_audience = options.screenshot.is_none() && !options.exit_when_done;
        let output_dir = options.output_dir.or_else(|| settings.output_dir.clone()).unwrap_or_else(default_output_dir);
        let mut state = State::new(Model::new(options.engine.mode, options.engine.lanes), settings, output_dir);
        if options.recipe.is_some() {
            state.recipe = options.recipe;
        }
        // Without it a second program says that the folder is in use, as on a machine without a loopback.
        let handover = options.listens.then(|| Listener::start(&options.state_dir, waker.clone()).ok()).flatten();
        let mut app = App {
            state,
            pixels: Pixels {
                paste: String::new(),
                search: String::new(),
                scroll: queue::Scroll::default(),
                drag: None,
                menu: None,
                sight: super::lanes::Sight::default(),
                lab: super::lab::Look::default(),
                thumbs: Thumbs::start(waker.clone())?,
                compare: super::compare::Look::default(),
                facts: super::facts::FactsReader::start(options.engine.clone(), waker.clone())?,
                tried: super::tried::Cache::default(),
                look: Look {
                    previews: Previews::new(options.engine.clone(), waker.clone()),
                    typed: None,
                    newest: None,
                    split: 0.5,
                },
                template: None,
                inspector_collapses: false,
            },
            engine,
            started: Instant::now(),
            held_at: None,
            fetch: Arc::new(FetchOptions { logins: options.logins, ..options.fetch }),
            retries: options.retries,
            deadline_ms: options.deadline_ms,
            listener: options.events,
            trace: Trace::new(MAX_SPANS),
            trace_path: options.trace,
            state_dir: options.state_dir,
            errands: Errands::start(waker.clone())?,
            arranger: Arranger::start(waker.clone())?,
            dialogs: Dialogs::new(waker.clone(), options.dialogs),
            adding: self::adding::AddLink::new(&waker),
            handover,
            meter: CpuMeter::start()?,
            toasts: Toasts::default(),
            demos: Vec::new(),
            complaints: bounded(8),
            last_complaint: None,
            weighs: false,
            lab: self::lab::LabLink::new(options.engine.clone()),
            waker,
            frame_log: FrameLog::from_env(),
            shutter: Shutter::new(options.screenshot, options.exit_when_done),
            title: String::new(),
            title_due: Instant::now(),
            had_work: false,
            undrawn: 0,
            fault: None,
            dressed: false,
            may_close: false,
        };
        app.state.unfinished = options.unfinished;
        app.state.hints = has_audience;
        app.state.takes_drops = options.takes_drops;
        if let Some(limit) = app.state.settings.downloads.bytes_per_s {
            app.engine.send(Command::LimitSpeed(Some(limit)));
        }
        app.state.model.choosing = options.engine.choosing && options.engine.mode == Mode::Mixed;
        for complaint in complaint.into_iter().chain(options.complaints) {
            app.toasts.push(Tone::Bad, complaint);
        }
        app.look_for_recipes(ForRecipes::Look);
        app.watch_as_set();
        if !options.inputs.is_empty() {
            let batch = app.batch_options();
            app.send_errand(Errand::Inputs(options.inputs, batch));
        }
        if options.demo {
            app.start_demo();
        }
        if let Some(workload) = options.lab {
            app.open_lab(workload);
        }
        Ok(app)
    }

    /// Time stands still at this moment, for pictures that are to be the same each time.
    pub fn hold_time(&mut self, at: Moment) {
        self.held_at = Some(at);
    }

    /// Since the engine started.
    fn now(&self) -> Moment {
        self.held_at.unwrap_or_else(|| Moment(self.started.elapsed().as_micros() as u64))
    }

    /// Takes in what happened. Also while the window is hidden.
    pub fn logic(&mut self, ctx: &Context) {
        self.frame_log.frame_begins(&self.waker);
        self.undrawn = self.undrawn.saturating_add(1);
        if !self.dressed {
            self.dressed = true;
            self.waker.attach(ctx);
            fonts::install(ctx);
            self.apply_look(ctx);
        }
        self.waker.looked();
        self.drain();
        self.take_handed(ctx);
        self.take_answers(ctx);
        self.look_at_lab(ctx);
        self.state.model.tick(self.now());
        self.arranger.serve(&mut self.state.model);
        self.look_into_bin(ctx);
        self.tell_toggle(ctx);
        self.meter.set(self.state.model.is_active() && !self.state.model.paused);
        self.set_title(ctx);
        self.tell_end(ctx);
        let is_idle = self.errands.is_idle() && self.state.lab.running().is_none();
        if self.shutter.is_time_to_close(ctx, &self.state.model, is_idle) || self.waker.is_to_close() {
            self.may_close = true;
            self.empty_bin();
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        self.answer_close_request(ctx);
        if self.state.model.is_active() && !self.state.model.paused {
            ctx.request_repaint_after(self.waker.gap());
        } else if let Some(due) = self.state.model.list_due_in() {
            // Nothing else would bring a frame once the last job has ended.
            ctx.request_repaint_after(due.max(SOON));
        }
    }

    /// Paints, and does what the person wants.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.undrawn = 0;
        self.pixels.thumbs.upload(ui.ctx());
        let dropped: Vec<PathBuf> =
            ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        self.look_at_hovered(ui.ctx());
        // What the machine does is another matter each time.
        let cpu = if self.held_at.is_some() { Vec::new() } else { self.meter.loads() };
        let mut intents = match &self.fault {
            None => guarded(|| window_ui(ui, &self.state, &mut self.pixels, &cpu)).unwrap_or_else(|fault| {
                self.fault = Some(fault);
                ui.ctx().request_repaint();
                Vec::new()
            }),
            Some(fault) => match fault_ui(ui, fault) {
                Answer::Wait => Vec::new(),
                Answer::Again => {
                    self.fault = None;
                    Vec::new()
                }
                Answer::Quit => {
                    self.perform(ui.ctx(), Effect::Quit);
                    Vec::new()
                }
            },
        };
        if !dropped.is_empty() {
            intents.push(Intent::Add(dropped));
        }
        let above = hints::height(ui, &self.state);
        overlay::toasts_ui(ui, &mut self.toasts, above, &mut intents);
        self.know_copies(ui.ctx());
        if !intents.is_empty() {
            // What they change is to be seen at once.
            ui.ctx().request_repaint();
        }
        for intent in intents {
            for effect in reduce(&mut self.state, intent) {
                self.perform(ui.ctx(), effect);
            }
        }
    }

    /// Whether every job that ended was done.
    pub fn all_done(&self) -> bool {
        use super::model::Bucket;
        let counts = &self.state.model.counts;
        counts.of(Bucket::Failed) + counts.of(Bucket::Cancelled) + counts.unfinished() == 0
    }

    fn apply_look(&self, ctx: &Context) {
        let look = self.state.settings.look;
        theme::install(ctx, look);
        ctx.set_theme(preference(self.state.settings.theme));
        self.waker.set_least(if look.reduced_motion { REDUCED_GAP } else { Duration::ZERO });
    }

    /// Closing while work runs asks first, like quitting by the keyboard.
    fn answer_close_request(&mut self, ctx: &Context) {
        if ctx.input(|input| input.viewport().close_requested()) && !self.may_close {
            let is_asked = self.state.over == Some(Over::Quit) || self.fault.is_some();
            if self.state.model.counts.running() == 0 || is_asked {
                self.empty_bin();
                return;
            }
            self.state.over = Some(Over::Quit);
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        }
    }
}

fn preference(theme: ThemeChoice) -> egui::ThemePreference {
    match theme {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
        ThemeChoice::Light => egui::ThemePreference::Light,
    }
}

/// Pictures/millrace of the person. Created when something is written into it.
fn default_output_dir() -> PathBuf {
    let dirs = directories::UserDirs::new();
    let pictures = dirs
        .as_ref()
        .map(|dirs| dirs.picture_dir().map_or_else(|| dirs.home_dir().join("Pictures"), std::path::Path::to_path_buf));
    pictures.unwrap_or_else(std::env::temp_dir).join("millrace")
}
