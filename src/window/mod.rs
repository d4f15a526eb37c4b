//! The window: it drains what happened into its own read model, and paints from that alone. `logic` takes in, also
//! while the window is hidden; `ui` paints and collects intents; the reducer turns those into commands and effects.
//! Nothing here waits for anything: what could block has a thread of its own.

mod adding;
mod app;
mod arrange;
mod arranger;
mod axis;
mod bin;
mod card;
mod clipboard;
mod compare;
mod dialogs;
mod download_settings;
mod effect;
mod empty;
mod errands;
mod facts;
mod fonts;
mod format;
mod frame_log;
mod grab;
mod grab_sheet;
mod guard;
mod handover;
mod header;
mod hints;
mod icons;
mod inspect;
mod intent;
mod keys;
mod kpi;
mod lab;
mod lane_acts;
mod lane_group;
mod lane_name;
mod lanes;
#[cfg(test)]
mod made_up;
mod meter;
mod model;
mod notices;
mod notify;
mod overlay;
mod palette;
mod palette_ui;
mod picture_settings;
mod queue;
mod queue_drag;
mod queue_head;
mod queue_menu;
mod queue_row;
mod recipe_editor;
mod reduce;
mod report;
mod run;
mod settings_menu;
mod shutter;
mod state;
mod status;
mod theme;
mod thumbs;
mod tried;
mod waker;
mod widgets;

pub use app::{App, EngineLink};
pub use handover::{RunningWindow, find_running};
pub use run::run;

use crate::engine::EngineConfig;
use crate::model::lab::Workload;
use crate::model::{Event, FetchOptions, Login, Recipe};
use crossbeam_channel::Sender;
use intent::Intent;
use state::{Over, State};
use std::ffi::OsString;
use std::path::PathBuf;

/// What the window starts with.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct WindowOptions {
    /// The engine.
    pub engine: EngineConfig,
    /// Paths and links to queue at once.
    pub inputs: Vec<OsString>,
    /// The folder for results; `None` is the one of the settings, or Pictures/millrace.
    pub output_dir: Option<PathBuf>,
    /// What pictures become; `None` is the recipe of the settings.
    pub recipe: Option<Recipe>,
    /// How to fetch.
    pub fetch: FetchOptions,
    /// Names and passwords for hosts whose link has none.
    pub logins: Vec<Login>,
    /// How often a failed attempt is tried again where that can help.
    pub retries: u32,
    /// The folder for settings.
    pub state_dir: PathBuf,
    /// Start the demo batch at once.
    pub demo: bool,
    /// Open the Lab and run this.
    pub lab: Option<Workload>,
    /// Save a picture of the window here: at the end of the batch if the window closes then, else half-way.
    pub screenshot: Option<PathBuf>,
    /// Close the window when every job is final and the Lab rests.
    pub exit_when_done: bool,
    /// How many jobs earlier programs left unfinished: the window offers to go on with them.
    pub unfinished: u64,
    /// What is wrong with the state folder, in sentences.
    pub complaints: Vec<String>,
    /// Write what ran where to this file at the end.
    pub trace: Option<PathBuf>,
    /// How long one attempt may take, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// Whether files can be dropped onto the window.
    pub takes_drops: bool,
    /// Whether a second program on the state folder may hand its inputs over.
    pub listens: bool,
    /// Whether the system's file dialogs may open.
    pub dialogs: bool,
    /// Where to pass every event on, for those who read lines instead of a window.
    pub events: Option<Sender<Event>>,
}

impl WindowOptions {
    /// A window with nothing in it yet.
    pub fn new(engine: EngineConfig, state_dir: PathBuf) -> WindowOptions {
        WindowOptions {
            engine,
            inputs: Vec::new(),
            output_dir: None,
            recipe: None,
            fetch: FetchOptions::default(),
            logins: Vec::new(),
            retries: 3,
            state_dir,
            demo: false,
            lab: None,
            screenshot: None,
            exit_when_done: false,
            unfinished: 0,
            complaints: Vec::new(),
            trace: None,
            deadline_ms: None,
            takes_drops: true,
            listens: false,
            dialogs: true,
            events: None,
        }
    }
}

/// What belongs to the screen and not to the work: texts being typed, places of scrolling, pictures.
struct Pixels {
    paste: String,
    search: String,
    scroll: queue::Scroll,
    /// Rows that are being dragged.
    drag: Option<queue_drag::Drag>,
    /// The menu of a row.
    menu: Option<queue_menu::Menu>,
    sight: lanes::Sight,
    lab: lab::Look,
    thumbs: thumbs::Thumbs,
    /// How the before and after pictures are looked at.
    compare: compare::Look,
    facts: facts::FactsReader,
    tried: tried::Cache,
    /// The preview of the recipe editor.
    look: recipe_editor::Look,
    /// A template for names that is being typed and is none yet.
    template: Option<String>,
    /// Whether the inspector has no place of its own.
    inspector_collapses: bool,
}

/// Below this height the large numbers give way: the title and the status line have the most important ones.
const LOW: f32 = 460.0;
/// What queue and lanes take at least beside each other.
const LEAST_WITH_LANES: f32 = 200.0;

/// Draws everything; returns what the person wants.
fn window_ui(ui: &mut egui::Ui, state: &State, pixels: &mut Pixels, cpu: &[f32]) -> Vec<Intent> {
    let in_lab = state.lab.is_open && state.editor.is_none();
    let covered = state.covers_all();
    let fields_first = in_lab || state.over == Some(Over::Settings);
    let view = keys::View { covered, fields_first, queue_hidden: in_lab || covered && state.editor.is_none() };
    let mut intents = keys::taken(ui.ctx(), queue::table_id(), header::paste_field_id(), view);
    let screen = ui.max_rect();
    ui.painter().rect_filled(screen, 0, theme::tokens(ui).bg);
    let (header, rest) = screen.split_top_bottom_at_y(screen.top() + header::height(screen.width()));
    // The Lab has figures of its own, and a low window needs the room for rows.
    let shows_kpi = !state.lab.is_open && screen.height() >= LOW;
    let kpi_height = if shows_kpi { kpi::HEIGHT } else { 0.0 };
    let (kpi, rest) = rest.split_top_bottom_at_y(rest.top() + kpi_height);
    let (notices, rest) = rest.split_top_bottom_at_y(rest.top() + notices::height(state));
    let (middle, status) = rest.split_top_bottom_at_y(rest.bottom() - status::HEIGHT);
    let (middle, hint) = middle.split_top_bottom_at_y(middle.bottom() - hints::height(ui, state));
    let region =
        |ui: &mut egui::Ui, rect, name: &'static str| ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(name));
    header::header_ui(&mut region(ui, header, "header"), state, pixels, &mut intents);
    if shows_kpi {
        kpi::kpi_ui(&region(ui, kpi, "kpi"), kpi, &state.model, cpu);
    }
    notices::notices_ui(&region(ui, notices, "notices"), notices, state, &mut intents);
    if state.lab.is_open {
        lab::lab_ui(&mut region(ui, middle, "lab"), middle, state, &mut pixels.lab, &mut intents);
    } else if state.model.counts.total() == 0 {
        empty::empty_ui(&region(ui, middle, "empty"), middle, state, &mut intents);
    } else {
        // In a low window the lanes give way first, but not so far that their names cannot be read.
        let lanes_height = (middle.height() * 0.37).clamp(190.0, 320.0).min(middle.height() * 0.45);
        let lanes_height = if middle.height() < LEAST_WITH_LANES { 0.0 } else { lanes_height };
        let (upper, lanes) = middle.split_top_bottom_at_y(middle.bottom() - lanes_height);
        pixels.inspector_collapses = screen.width() < 1000.0;
        let inspector = !pixels.inspector_collapses || state.details_open;
        let width = if inspector { inspect::WIDTH } else { 0.0 };
        let (queue, inspect) = upper.split_left_right_at_x(upper.right() - width);
        queue::queue_ui(&mut region(ui, queue, "queue"), queue, state, pixels, &mut intents);
        if inspector {
            inspect::inspect_ui(&mut region(ui, inspect, "inspect"), inspect, state, pixels, &mut intents);
        }
        if lanes_height > 0.0 {
            lanes::lanes_ui(&mut region(ui, lanes, "lanes"), lanes, &state.model, &mut pixels.sight, &mut intents);
        }
    }
    hints::hint_ui(&mut region(ui, hint, "hint"), hint, state, &mut intents);
    status::status_ui(&region(ui, status, "status"), status, state, shows_kpi, &mut intents);
    if let Some(sheet) = &state.sheet {
        grab_sheet::sheet_ui(ui.ctx(), sheet, &mut intents);
    }
    if let Some(typed) = &state.adding.typed {
        adding::typed_ui(ui.ctx(), typed, &mut intents);
    } else if let Some(sheet) = state.adding.sheet() {
        adding::sheet_ui(ui.ctx(), sheet, &state.recipes, &mut intents);
    }
    if let Some(report) = &state.report.open {
        report::sheet_ui(ui.ctx(), report, &mut intents);
    }
    if let Some(request) = &state.lab.asks_to_freeze {
        lab::freeze_ui(ui.ctx(), lab::Lab::freeze_ms(request), &mut intents);
    }
    match &state.editor {
        Some(editor) => {
            recipe_editor::sheet_ui(ui.ctx(), editor, &state.recipes, &mut pixels.look, &mut intents);
        }
        None => pixels.look.newest = None,
    }
    match state.over {
        Some(Over::Help) => overlay::help_ui(ui.ctx(), &mut intents),
        Some(Over::Settings) => settings_menu::settings_ui(ui.ctx(), state, &mut pixels.template, &mut intents),
        Some(Over::Quit) => {
            let is_kept = state.model.trouble.is_none();
            overlay::quit_ui(ui.ctx(), state.model.counts.running(), is_kept, &mut intents);
        }
        None => {}
    }
    if let Some(palette) = &state.palette {
        palette_ui::palette_ui(ui.ctx(), palette, &mut intents);
    }
    overlay::drop_ui(ui, state.adding.hovered.kinds());
    intents
}
