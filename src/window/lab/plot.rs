//! Speed-up against workers: what was measured, and the curve of Amdahl's law that fits it best. Workers double from mark to
//! mark.

use super::Comparison;
use super::controls::{mode_color, quiet_ui};
use super::table::short;
use crate::model::lab::figures::{amdahl, most_at_once, share_of};
use crate::model::lab::{LabMode, Side, Summary};
use crate::window::{fonts, theme, widgets};
use egui::{Align2, CornerRadius, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

const HEIGHT: f32 = 230.0;
const MOST_WIDTH: f32 = 620.0;

/// The points of one mode: workers and speed-up.
fn points(summary: &[Summary], mode: LabMode) -> Vec<(f64, f64)> {
    let of_mode = summary.iter().filter(|row| row.side == Side::Millrace && row.mode == mode);
    of_mode.filter_map(|row| Some((f64::from(row.workers), row.speedup?))).collect()
}

/// The marks of the axis of workers: powers of two up to what was run, and at least 4.
fn marks(most: f64) -> Vec<f64> {
    let mut marks = vec![1.0, 2.0, 4.0];
    while marks.last().is_some_and(|last| *last < most) {
        marks.push(marks[marks.len() - 1] * 2.0);
    }
    marks
}

/// Draws it.
pub(super) fn plot_ui(ui: &mut Ui, comparison: &Comparison, cores: u16) {
    let t = theme::tokens(ui);
    let series: Vec<(LabMode, Vec<(f64, f64)>)> = LabMode::ALL
        .into_iter()
        .map(|mode| (mode, points(&comparison.summary, mode)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let all = || series.iter().flat_map(|(_, points)| points.iter().copied());
    if all().next().is_none() {
        quiet_ui(ui, "Run the serial mode, too: it is what the others are measured against.");
        return;
    }
    let marks = marks(all().map(|(workers, _)| workers).fold(1.0, f64::max));
    let widest = marks[marks.len() - 1];
    let highest = all().map(|(_, speedup)| speedup).fold(f64::from(cores).min(widest), f64::max) * 1.12;
    let (_, rect) = ui.allocate_space(vec2(ui.available_width().min(MOST_WIDTH), HEIGHT));
    let plot = Rect::from_min_max(rect.min + vec2(40.0, 8.0), rect.max - vec2(16.0, 40.0));
    let place = |workers: f64, speedup: f64| -> Pos2 {
        let x = plot.left() + (workers.log2() / widest.log2()) as f32 * plot.width();
        pos2(x, plot.bottom() - (speedup / highest) as f32 * plot.height())
    };
    let painter = ui.painter();
    for mark in &marks {
        let x = place(*mark, 0.0).x;
        painter.vline(x, plot.y_range(), Stroke::new(1.0, t.soft));
        widgets::text(
            painter,
            pos2(x, plot.bottom() + 10.0),
            Align2::CENTER_CENTER,
            mark,
            (fonts::mono(11.0), t.text3),
        );
    }
    let step = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0].into_iter().find(|step| highest / step <= 6.0).unwrap_or(50.0);
    let mut height = 0.0;
    while height <= highest {
        let y = place(1.0, height).y;
        painter.hline(plot.x_range(), y, Stroke::new(1.0, t.soft));
        let words = if step < 1.0 { format!("{height:.1}×") } else { format!("{height:.0}×") };
        widgets::text(painter, pos2(plot.left() - 6.0, y), Align2::RIGHT_CENTER, words, (fonts::mono(11.0), t.text3));
        height += step;
    }
    let ink = (fonts::regular(11.0), t.text3);
    widgets::text(painter, pos2(plot.right(), plot.bottom() + 26.0), Align2::RIGHT_CENTER, "workers", ink);

    // As many times as fast as there are workers: nothing is quicker than that.
    let straight = (0..=64).map(|at| 2_f64.powf(widest.log2() * f64::from(at) / 64.0));
    let straight: Vec<Pos2> =
        straight.filter(|workers| *workers <= highest).map(|workers| place(workers, workers)).collect();
    painter.extend(Shape::dashed_line(&straight, Stroke::new(1.0, t.border), 4.0, 4.0));
    let most = most_at_once(&comparison.summary, cores).map_or(f64::INFINITY, f64::from);
    let mut said = Vec::new();
    let mut left = plot.left();
    for (mode, points) in &series {
        let color = mode_color(t, *mode);
        let share = share_of(*mode, &comparison.summary, cores).filter(|_| *mode != LabMode::Serial);
        if let Some(share) = share {
            let curve = (0..=96).map(|at| 2_f64.powf(widest.log2() * f64::from(at) / 96.0));
            let curve: Vec<Pos2> = curve.map(|workers| place(workers, amdahl(share, workers.min(most)))).collect();
            painter.add(Shape::line(curve, Stroke::new(1.5, color.gamma_multiply(0.6))));
        }
        for (workers, speedup) in points {
            painter.circle(place(*workers, *speedup), 4.0, color, Stroke::new(1.0, t.bg));
            said.push(format!("{} with {workers}: {speedup:.2} times", mode.title()));
        }
        let y = plot.bottom() + 26.0;
        let square = Rect::from_center_size(pos2(left + 5.0, y), vec2(10.0, 8.0));
        painter.rect_filled(square, CornerRadius::same(3), color);
        let words = match share {
            Some(share) => format!("{} · {:.0} %", short(*mode), share * 100.0),
            None => short(*mode).to_owned(),
        };
        let ink = (fonts::regular(11.0), t.text2);
        left = widgets::text(painter, pos2(left + 14.0, y), Align2::LEFT_CENTER, words, ink).right() + 12.0;
    }
    widgets::say(ui, rect, "lab plot", &format!("Speed-up by workers: {}", said.join(", ")));
    quiet_ui(ui, &sentence(comparison, all().map(|(workers, _)| workers)));
}

/// What the curve says, in words.
fn sentence(comparison: &Comparison, workers: impl Iterator<Item = f64>) -> String {
    let mut several: Vec<f64> = workers.filter(|workers| *workers > 1.0).collect();
    several.sort_by(f64::total_cmp);
    several.dedup();
    let share = comparison.report.as_ref().and_then(|report| report.parallel_share);
    let mut words = match share {
        Some(share) => {
            let most = if share < 0.999 { format!(", so never more than {:.1}×", 1.0 / (1.0 - share)) } else { String::new() };
            format!("The curves are Amdahl's law fitted to the points: on threads {:.0} % of the work goes side by side{most}.", share * 100.0)
        }
        None => "The curves are Amdahl's law fitted to the points; the dashed line is as many times as fast as there are workers.".to_owned(),
    };
    if several.len() < 2 {
        words += " With workers such as 1, 2, 4, 8 there are more points.";
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_reach_what_was_run() {
        assert_eq!(marks(1.0), [1.0, 2.0, 4.0]);
        assert_eq!(marks(6.0), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(marks(64.0).last(), Some(&64.0));
    }
}
