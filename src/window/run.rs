//! The window in eframe: starts the engine, opens the window, and says how it went.

use super::app::App;
use super::waker::Waker;
use super::{WindowOptions, theme};
use crate::engine::{Engine, signals};
use crate::store::StateFolder;
use anyhow::{anyhow, bail};
use egui::{Ui, ViewportBuilder};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Opens the window and returns when it is closed: whether every job that ended was done.
///
/// # Errors
///
/// Fails where there is no display or nothing that draws with OpenGL, and where the engine or a thread of the window
/// cannot start.
pub fn run(options: WindowOptions, mut folder: StateFolder) -> anyhow::Result<bool> {
    check_display()?;
    let all_done = Arc::new(AtomicBool::new(true));
    let verdict = Arc::clone(&all_done);
    let viewport = ViewportBuilder::default()
        .with_app_id("millrace")
        .with_title("Millrace")
        .with_inner_size([1200.0, 800.0])
        .with_min_inner_size([720.0, 480.0])
        .with_icon(icon());
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        persist_window: true,
        dithering: false,
        clipboard_shortcuts: !reads_clipboard_itself(),
        persistence_path: Some(options.state_dir.join("window.ron")),
        ..eframe::NativeOptions::default()
    };
    // The rest of the folder, its lock, stays until the end.
    let queue = folder.queue.take();
    let (unfinished, complaints) = (folder.unfinished, folder.complaints.clone());
    let options = WindowOptions { unfinished, complaints, takes_drops: takes_drops(), ..options };
    let create: eframe::AppCreator<'_> = Box::new(move |_| {
        let waker = Waker::default();
        let closer = waker.clone();
        // Without it the end is less tidy: the next program clears up.
        signals::on_end(move || closer.close()).ok();
        let engine_waker = waker.clone();
        let engine = Engine::start(options.engine.clone(), queue, move || engine_waker.wake())?;
        let app = App::with_waker(Box::new(engine), options, waker)?;
        Ok(Box::new(Shell { app, all_done: verdict, reads_clipboard: reads_clipboard_itself() }))
    });
    eframe::run_native("millrace", native, create).map_err(|error| told(&error))?;
    Ok(all_done.load(Ordering::Acquire))
}

/// Why the window did not open, and the way round it.
fn told(error: &eframe::Error) -> anyhow::Error {
    use eframe::Error::{Glutin, NoGlutinConfigs, OpenGL};
    let way_round = "millrace get and millrace convert work without one";
    match error {
        Glutin(_) | NoGlutinConfigs(..) | OpenGL(_) => anyhow!(
            "The window cannot open: nothing here draws with OpenGL. Install Mesa's drivers, which draw without a \
             graphics card too (libgl1-mesa-dri and libegl1 on Debian), or start with LIBGL_ALWAYS_SOFTWARE=1; \
             {way_round}"
        ),
        // eframe's error is not Send, so its words are taken.
        _ => anyhow!("{error}").context(format!("The window cannot open; {way_round}")),
    }
}

/// Whether files can be dropped onto the window: winit takes none on Wayland, which it prefers where it is there.
fn takes_drops() -> bool {
    !is_wayland()
}

/// Systems whose window talks to a display server.
const HAS_DISPLAY_SERVER: bool = cfg!(all(unix, not(target_os = "macos")));

fn is_wayland() -> bool {
    HAS_DISPLAY_SERVER && ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set)
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Says it plainly where there is no display at all.
fn check_display() -> anyhow::Result<()> {
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set);
    if HAS_DISPLAY_SERVER && !has_display {
        bail!(
            "The window cannot open: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). \
             millrace get and millrace convert work without one"
        );
    }
    Ok(())
}

/// Whether the window reads the clipboard on a thread of its own. On X11 the owner of the clipboard is another program, and
/// eframe waits up to half a minute for one that does not answer. On Wayland only eframe's own way works everywhere.
fn reads_clipboard_itself() -> bool {
    HAS_DISPLAY_SERVER && !is_wayland()
}

struct Shell {
    app: App,
    all_done: Arc<AtomicBool>,
    reads_clipboard: bool,
}

impl eframe::App for Shell {
    fn raw_input_hook(&mut self, _: &egui::Context, input: &mut egui::RawInput) {
        if self.reads_clipboard {
            self.app.take_clipboard_keys(input);
        }
    }

    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.app.logic(ctx);
        self.all_done.store(self.app.all_done(), Ordering::Release);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.app.ui(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        let theme = if visuals.dark_mode { egui::Theme::Dark } else { egui::Theme::Light };
        theme::tokens_of(theme).bg.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.app.close();
        self.all_done.store(self.app.all_done(), Ordering::Release);
    }

    /// Scroll places and open menus start anew; only the window's own place and size are kept.
    fn persist_egui_memory(&self) -> bool {
        false
    }
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon/icon-256.png")).unwrap_or_default()
}
