//! Which lanes are in sight, and where things stand on them.

use super::*;

#[test]
fn panning_back_to_the_present_follows_it_again() {
    let now = Moment(60_000_000);
    let mut sight = Sight::default();
    sight.pan(5.0, now);
    assert!(!sight.is_live());
    assert!((sight.end(now) - 55.0).abs() < 1e-9);
    sight.pan(-6.0, now);
    assert!(sight.is_live());
}

#[test]
fn zooming_keeps_what_is_under_the_pointer() {
    let now = Moment(600_000_000);
    let mut sight = Sight { held_at: Some(100.0), ..Sight::default() };
    let under = |sight: &Sight| sight.end(now) - sight.window_s * 0.75;
    let before = under(&sight);
    sight.zoom(0.5, 0.25, now);
    assert!((under(&sight) - before).abs() < 1e-9);
    sight.zoom(1e9, 0.5, now);
    assert!(sight.window_s <= *WINDOW_RANGE.end());
}

#[test]
fn the_view_reaches_from_half_a_second_to_a_day() {
    let now = Moment(90_000 * 1_000_000);
    let mut sight = Sight::default();
    for _ in 0..60 {
        sight.zoom_by(ZOOM_STEP, now);
    }
    assert!((sight.window_s - 86_400.0).abs() < 1e-9 && sight.is_live());
    sight.show_all(Moment(89_000 * 1_000_000), now);
    assert!((sight.window_s - 1020.0).abs() < 1.0 && sight.is_live());
    for _ in 0..60 {
        sight.zoom_by(1.0 / ZOOM_STEP, now);
    }
    assert!((sight.window_s - 0.5).abs() < 1e-9);
}

/// A model whose lanes hold 50,000 spans, one of which failed.
fn crowded(lanes: u32) -> Model {
    use crate::model::{ExecutorKind, JobId, Lane, LaneCounts, LaneId, Mode};
    use crate::window::model::{Span, SpanEnd};
    let mut model = Model::new(Mode::Threads, LaneCounts { fetch: 8, mill: 2 });
    let each = 50_000 / lanes;
    for lane in 0..lanes {
        let (executor, pool) = (ExecutorKind::Threads, Some(Pool::Fetch));
        model.tracks.open(Lane { id: LaneId(lane), executor, pool, number: lane as u16 + 1 });
        for nth in 0..each {
            let start = u64::from(nth) * 36_000_000_000 / u64::from(each);
            let length = 18_000_000_000 / u64::from(each) * u64::from(1 + (nth * 7 + lane) % 2);
            let how = if lane == 0 && nth == 700 { SpanEnd::Failed } else { SpanEnd::Done };
            let (start, end, label) = (Moment(start), Moment(start + length), "picture".into());
            let (job, pool) = (JobId(lane * each + nth), Pool::Fetch);
            let span = Span { job, attempt: 1, pool, start, end, how, label, pid: None, compute_share: 0.1 };
            model.tracks.begin(LaneId(lane), span);
        }
    }
    model.tick(Moment(36_000_000_000));
    model
}

fn paint(model: &Model, sight: &mut Sight, ctx: &egui::Context) -> Vec<egui::epaint::ClippedShape> {
    let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(1200.0, 260.0));
    let input = egui::RawInput { screen_rect: Some(rect), ..egui::RawInput::default() };
    let mut output = ctx.run_ui(input, |ui| lanes_ui(ui, rect, model, sight, &mut Vec::new()));
    output.textures_delta.clear();
    output.shapes
}

fn dressed() -> egui::Context {
    let ctx = egui::Context::default();
    fonts::install(&ctx);
    theme::install(&ctx, crate::store::settings::Look::default());
    ctx.set_theme(egui::Theme::Dark);
    ctx
}

#[test]
fn fifty_thousand_spans_are_few_shapes_and_the_failed_one_is_among_them() {
    let ctx = dressed();
    for lanes in [1, 4, 16] {
        let model = crowded(lanes);
        let mut sight = Sight::default();
        sight.show_all(Moment(0), Moment(36_000_000_000));
        let shapes = paint(&model, &mut sight, &ctx);
        let (mut vertices, mut failed) = (0, 0);
        for shape in &shapes {
            if let egui::Shape::Mesh(mesh) = &shape.shape {
                vertices += mesh.vertices.len();
                failed += mesh.vertices.iter().filter(|vertex| vertex.color == theme::DARK.error).count();
            }
        }
        assert!(vertices < 30_000, "{vertices} vertices for {lanes} lanes");
        assert!((4..=8).contains(&failed), "{failed} vertices of the one that failed, {lanes} lanes");
    }
}

#[test]
#[ignore = "measures: run it optimised, with --nocapture"]
fn what_fifty_thousand_spans_cost() {
    use crate::engine::cpu_time;
    use crate::window::model::bars::{Sighted, bars};
    let ctx = dressed();
    for lanes in [1, 4, 16, 64] {
        let model = crowded(lanes);
        let mut sight = Sight::default();
        sight.show_all(Moment(0), Moment(36_000_000_000));
        let (mut costs, mut walks) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            let began = cpu_time::of_this_thread();
            std::hint::black_box(paint(&model, &mut sight, &ctx).len());
            costs.push(cpu_time::of_this_thread().saturating_sub(began));
            let began = cpu_time::of_this_thread();
            let (from, to) = (Moment(0), Moment(36_000_000_000));
            let mut count = 0;
            for track in model.tracks.all() {
                bars(track, Sighted { from, to, now: to, pixel_us: 36e9 / 950.0 }, |_| count += 1);
            }
            std::hint::black_box(count);
            walks.push(cpu_time::of_this_thread().saturating_sub(began));
        }
        costs.sort();
        walks.sort();
        println!("{lanes} lanes: all of the view {:?}, of that the spans {:?}", costs[100], walks[100]);
    }
}
