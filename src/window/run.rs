//! The window in eframe: starts the engine, opens the window, and says how it went.

use super::app::App;
use super::waker::Waker;
use super::{WindowOptions, theme};
use crate::engine::Engine;
use crate::store::StateFolder;
use anyhow::{Context as _, anyhow, bail};
use egui::{Ui, ViewportBuilder};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Opens the window and returns when it is closed: whether every job that ended was done.
pub fn run(options: WindowOptions, mut folder: StateFolder) -> anyhow::Result<bool> {
    check_display()?;
    let all_done = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&all_done);
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
        persistence_path: Some(options.state_dir.join("window.ron")),
        ..eframe::NativeOptions::default()
    };
    // The rest of the folder, its lock, stays until the end.
    let queue = folder.queue.take();
    let options = WindowOptions { unfinished: folder.unfinished, complaints: folder.complaints.clone(), ..options };
    let create: eframe::AppCreator<'_> = Box::new(move |_| {
        let waker = Waker::default();
        let closer = waker.clone();
        // Without it the end is less tidy: the next program clears up.
        ctrlc::set_handler(move || closer.close()).ok();
        let engine_waker = waker.clone();
        let engine = Engine::start(options.engine.clone(), queue, move || engine_waker.wake())?;
        let app = App::with_waker(Box::new(engine), options, waker)?;
        Ok(Box::new(Shell { app, all_done: told }))
    });
    eframe::run_native("millrace", native, create)
        // eframe's error is not Send, so its words are taken.
        .map_err(|error| anyhow!("{error}"))
        .context("The window cannot open; millrace get and millrace convert work without one")?;
    Ok(all_done.load(Ordering::Acquire))
}

/// Says it plainly where there is no display at all.
fn check_display() -> anyhow::Result<()> {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(named);
    if cfg!(all(unix, not(target_os = "macos"))) && !has_display {
        bail!(
            "The window cannot open: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set). \
             millrace get and millrace convert work without one"
        );
    }
    Ok(())
}

struct Shell {
    app: App,
    all_done: Arc<AtomicBool>,
}

impl eframe::App for Shell {
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
        self.app.empty_bin();
        self.app.save_trace();
    }

    /// Scroll places and open menus start anew; only the window's own place and size are kept.
    fn persist_egui_memory(&self) -> bool {
        false
    }
}

fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon/icon-256.png")).unwrap_or_default()
}
