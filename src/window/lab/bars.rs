//! Times between frames as bars. High ones are those that a person feels, so the height is a logarithm: without it a frame
//! of 16 ms would not be seen beside one of seconds.

use super::frames::{Frames, Phase};
use crate::model::lab::figures::time;
use crate::window::theme::{self, Tokens};
use crate::window::{fonts, widgets};
use egui::{Align2, Color32, CornerRadius, Mesh, Rect, Stroke, Ui, pos2, vec2};

const HEIGHT: f32 = 120.0;

/// Nothing is lower, in milliseconds.
const LEAST_MS: f64 = 5.0;

/// The lines across, in milliseconds.
const LINES: [f64; 4] = [16.7, 100.0, 1000.0, 5000.0];

/// The frames of this window, with a colour for each phase.
pub(super) fn frames_ui(ui: &mut Ui, frames: &Frames) {
    let t = theme::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), HEIGHT + 24.0));
    let (graph, legend) = rect.split_top_bottom_at_y(rect.top() + HEIGHT);
    let bars = frames.gaps.iter().map(|gap| (gap.took_ms, phase_color(t, gap.phase)));
    gaps_ui(ui, graph, bars, frames.length_ms());
    // The longest of each phase.
    let mut left = legend.left() + 44.0;
    for phase in Phase::ALL {
        let Some(longest) = frames.longest_ms(phase) else { continue };
        let square = Rect::from_center_size(pos2(left + 5.0, legend.center().y), vec2(10.0, 8.0));
        ui.painter().rect_filled(square, CornerRadius::same(3), phase_color(t, phase));
        let words = format!("{} {}", phase.title(), time(longest));
        let place = pos2(left + 15.0, legend.center().y);
        let ink = (fonts::regular(11.0), t.text2);
        left = widgets::text(ui.painter(), place, Align2::LEFT_CENTER, words, ink).right() + 14.0;
    }
    let sentence = frames.sentence();
    widgets::say(ui, rect, "lab frames", if sentence.is_empty() { "Watching the frames" } else { &sentence });
    if !sentence.is_empty() {
        super::controls::quiet_ui(ui, &sentence);
    }
}

/// Bars side by side, each as wide as the time that it stands for.
pub(super) fn gaps_ui(ui: &Ui, rect: Rect, gaps: impl Iterator<Item = (f64, Color32)>, length_ms: f64) {
    let t = theme::tokens(ui);
    let gaps: Vec<(f64, Color32)> = gaps.collect();
    let highest = gaps.iter().map(|(gap, _)| *gap).fold(200.0, f64::max) * 1.15;
    let plot = Rect::from_min_max(pos2(rect.left() + 44.0, rect.top() + 4.0), rect.max - vec2(0.0, 2.0));
    let share = |ms: f64| ((ms.max(LEAST_MS) / LEAST_MS).ln() / (highest / LEAST_MS).ln()) as f32;
    for line in LINES.into_iter().filter(|line| *line < highest) {
        let y = plot.bottom() - share(line) * plot.height();
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, t.border));
        let ink = (fonts::mono(11.0), t.text3);
        widgets::text(ui.painter(), pos2(plot.left() - 6.0, y), Align2::RIGHT_CENTER, time(line), ink);
    }
    let per_ms = plot.width() / length_ms.max(1.0) as f32;
    let (mut mesh, mut left) = (Mesh::default(), plot.left());
    for (gap, color) in gaps {
        let right = (left + gap as f32 * per_ms).min(plot.right());
        let top = plot.bottom() - share(gap).max(0.02) * plot.height();
        let shown = if right - left > 2.0 { right - 1.0 } else { right };
        mesh.add_colored_rect(Rect::from_min_max(pos2(left, top), pos2(shown, plot.bottom())), color);
        left = right;
    }
    ui.painter().add(mesh);
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, t.border));
}

fn phase_color(t: &Tokens, phase: Phase) -> Color32 {
    match phase {
        Phase::Before => t.serial,
        Phase::Frozen => t.error,
        Phase::After => t.serial.gamma_multiply(0.6),
        Phase::Beside => t.ok,
    }
}
