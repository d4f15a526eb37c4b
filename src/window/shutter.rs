//! `--screenshot` and `--exit-when-done`: when the picture is taken and when the window closes by itself.

use super::model::Model;
use egui::{ColorImage, Context};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Small pictures and the last numbers get this long to appear.
const SETTLE: Duration = Duration::from_millis(900);

/// Waits for its moment.
pub(crate) struct Shutter {
    file: Option<PathBuf>,
    exit_when_done: bool,
    due: Option<Instant>,
    saved: Arc<AtomicBool>,
    asked: bool,
}

impl Shutter {
    pub(crate) fn new(file: Option<PathBuf>, exit_when_done: bool) -> Shutter {
        Shutter { file, exit_when_done, due: None, saved: Arc::default(), asked: false }
    }

    /// Takes the picture when its time has come; returns whether the window is to close now.
    pub(crate) fn is_time_to_close(&mut self, ctx: &Context, model: &Model, nothing_pending: bool) -> bool {
        let wants_picture = self.file.is_some() && !self.asked;
        if !wants_picture && !self.exit_when_done {
            return false;
        }
        let counts = &model.counts;
        let all_final = counts.total() > 0 && counts.unfinished() == 0;
        // Also where nothing came of the inputs at all.
        let over = nothing_pending && (all_final || (counts.total() == 0 && self.exit_when_done));
        let half = counts.total() > 0 && counts.ended() * 2 >= counts.total();
        let reached = if self.exit_when_done { over } else { half };
        if !reached {
            self.due = None;
            return false;
        }
        let due = *self.due.get_or_insert_with(|| Instant::now() + SETTLE);
        if let Some(wait) = due.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
            ctx.request_repaint_after(wait);
            return false;
        }
        if wants_picture && let Some(file) = self.file.clone() {
            self.asked = true;
            let (saved, ctx_again) = (Arc::clone(&self.saved), ctx.clone());
            ctx.request_screenshot(move |image| {
                save(&image, &file);
                saved.store(true, Ordering::Release);
                ctx_again.request_repaint();
            });
        }
        self.exit_when_done && (self.file.is_none() || self.saved.load(Ordering::Acquire))
    }
}

fn save(image: &ColorImage, file: &std::path::Path) {
    let [width, height] = image.size;
    let bytes: Vec<u8> = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    if let Err(error) = image::save_buffer(file, &bytes, width as u32, height as u32, image::ColorType::Rgb8) {
        // With standard error gone there is nobody left to tell.
        writeln!(io::stderr(), "Cannot write the picture {}: {error}", file.display()).ok();
    }
}
