//! The picture of the inspector: before and after, with a split between them that can be moved, and near enough to see
//! single pixels.

use super::inspect::pill_ui;
use super::model::{Bucket, Row};
use super::thumbs::{Picture, Thumbs};
use super::widgets;
use super::{fonts, format, icons, theme};
use crate::model::JobId;
use egui::accesskit::Action;
use egui::{
    Align2, CornerRadius, CursorIcon, EventFilter, Key, Mesh, Modifiers, Pos2, Rect, Response, Role, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use std::path::PathBuf;

/// The nearest, in points for a pixel of the picture.
const NEAREST: f32 = 8.0;
const STEP: f32 = 1.25;
/// What an arrow moves the split by.
const SPLIT_STEP: f32 = 0.05;
/// How near to the split a drag takes it.
const GRIP: f32 = 16.0;

/// How the pictures are looked at.
#[derive(Debug)]
pub(crate) struct Look {
    /// Where before and after meet, 0 to 1.
    split: f32,
    job: Option<JobId>,
    /// Times as large as it is when all of it is in sight. `None`: as large as fills the place.
    zoom: Option<f32>,
    /// The point of the picture that is in the middle, 0 to 1 either way.
    centre: Vec2,
    /// A drag that began at the split.
    drags_split: bool,
}

impl Default for Look {
    fn default() -> Self {
        Look { split: 0.5, job: None, zoom: None, centre: vec2(0.5, 0.5), drags_split: false }
    }
}

/// Where a picture stands, for a place and a picture's shape.
#[derive(Debug, Clone, Copy)]
struct Stand {
    place: Rect,
    /// The size at which all of it is in sight.
    whole: Vec2,
    /// The zoom at which it fills the place, and at which a pixel is a pixel.
    filling: f32,
    real: f32,
}

impl Stand {
    fn of(place: Rect, size: (u32, u32), pixels_per_point: f32) -> Stand {
        let (width, height) = (size.0.max(1) as f32, size.1.max(1) as f32);
        let fit = (place.width() / width).min(place.height() / height);
        let fill = (place.width() / width).max(place.height() / height);
        let whole = vec2(width, height) * fit;
        Stand { place, whole, filling: fill / fit, real: 1.0 / (fit * pixels_per_point) }
    }

    fn zoom(&self, look: &Look) -> f32 {
        look.zoom.unwrap_or(self.filling)
    }

    /// The whole picture's rectangle, of which `place` shows a part.
    fn rect(&self, look: &Look) -> Rect {
        let size = self.whole * self.zoom(look);
        Rect::from_min_size(self.place.center() - size * look.centre, size)
    }

    /// Zooms so that the point under `at` stays there.
    fn zoom_to(&self, look: &mut Look, zoom: f32, at: Pos2) {
        let before = self.rect(look);
        let under = (at - before.min) / before.size();
        let zoom = zoom.clamp(self.real.min(1.0), (self.real * NEAREST).max(self.filling));
        look.zoom = Some(zoom);
        look.centre = under - (at - self.place.center()) / (self.whole * zoom);
        self.keep_in_sight(look);
    }

    /// No further than the picture reaches; what is smaller than the place stands in its middle.
    fn keep_in_sight(&self, look: &mut Look) {
        let size = self.whole * self.zoom(look);
        let clamp = |centre: f32, size: f32, place: f32| {
            let half = place / size / 2.0;
            if half >= 0.5 { 0.5 } else { centre.clamp(half, 1.0 - half) }
        };
        look.centre =
            vec2(clamp(look.centre.x, size.x, self.place.width()), clamp(look.centre.y, size.y, self.place.height()));
    }

    fn is_near(&self, look: &Look) -> bool {
        let size = self.whole * self.zoom(look);
        size.x > self.place.width() + 0.5 || size.y > self.place.height() + 0.5
    }
}

/// Draws the pictures of a row, as high as this.
pub(crate) fn compare_ui(ui: &mut Ui, row: &Row, height: f32, (look, thumbs): (&mut Look, &mut Thumbs)) {
    let t = theme::tokens(ui);
    let sense = Sense::CLICK | Sense::DRAG | Sense::FOCUSABLE;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), sense);
    if look.job != Some(row.id) {
        *look = Look { split: look.split, job: Some(row.id), ..Look::default() };
    }
    let result = row.preview().map(PathBuf::from);
    // Only what a lane could read comes near the window's own decoder.
    let original = row.original().filter(|_| result.is_some()).map(PathBuf::from);
    let radius = CornerRadius::same(8);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture of {}", row.name)));
    // Near by, more than the preview is needed; it stands in until that is there.
    let near = look.zoom.is_some_and(|zoom| zoom > 1.0);
    let mut side = |path: Option<&PathBuf>| {
        let path = path?;
        let full = if near { thumbs.full(path).map(shape) } else { None };
        full.or_else(|| thumbs.large(path).map(shape))
    };
    let (before, after) = (side(original.as_ref()), side(result.as_ref()));
    let Some((_, size)) = after.or(before) else {
        ui.painter().rect(rect, radius, t.raised, Stroke::new(1.0, t.soft), StrokeKind::Inside);
        let glyph = if row.bucket() == Bucket::Failed { icons::BROKEN } else { icons::PICTURE };
        widgets::icon(ui.painter(), rect.center(), glyph, 32.0, t.text3.gamma_multiply(0.6));
        return;
    };
    let stand = Stand::of(rect, size, ui.ctx().pixels_per_point());
    let both = before.is_some() && after.is_some();
    move_ui(ui, &response, look, &stand, both);
    ui.painter().rect_filled(rect, radius, t.raised);
    let paint = |clip: Rect, (texture, size): (egui::TextureId, (u32, u32))| {
        let own = Stand::of(rect, size, 1.0);
        // A picture of another shape stands in the middle of the same place.
        let whole = Rect::from_center_size(stand.rect(look).center(), own.whole * stand.zoom(look));
        let mut mesh = Mesh::with_texture(texture);
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        mesh.add_rect_with_uv(whole, uv, theme::UNTINTED);
        ui.painter_at(clip.intersect(ui.clip_rect())).add(mesh);
    };
    let x = rect.left() + rect.width() * look.split;
    if let Some(after) = after {
        let left = if both { x } else { rect.left() };
        paint(Rect::from_min_max(pos2(left, rect.top()), rect.max), after);
    }
    if let Some(before) = before {
        let right = if both { x } else { rect.right() };
        paint(Rect::from_min_max(rect.min, pos2(right, rect.bottom())), before);
    }
    ui.painter().rect_stroke(rect, CornerRadius::ZERO, Stroke::new(1.0, t.soft), StrokeKind::Inside);
    if before.is_some() {
        pill_ui(ui, rect.left_bottom() + vec2(8.0, -8.0), Align2::LEFT_BOTTOM, &pill_words("Before", row, true));
    }
    if after.is_some() {
        pill_ui(ui, rect.right_bottom() - vec2(8.0, 8.0), Align2::RIGHT_BOTTOM, &pill_words("After", row, false));
    }
    if both {
        super::inspect::split_ui(ui, rect, x);
        slider_ui(ui, rect, x, look);
    }
    widgets::focus_ring(ui, &response, 2);
    buttons_ui(ui, rect, look, &stand);
    let near = stand.is_near(look);
    response.on_hover_cursor(if near && !look.drags_split { CursorIcon::Grab } else { CursorIcon::ResizeHorizontal });
}

fn shape(picture: &Picture) -> (egui::TextureId, (u32, u32)) {
    (picture.texture(), picture.size)
}

/// The pointer and the keyboard on the picture.
fn move_ui(ui: &Ui, response: &Response, look: &mut Look, stand: &Stand, both: bool) {
    let rect = response.rect;
    let x = rect.left() + rect.width() * look.split;
    let pointer = response.interact_pointer_pos();
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin()).or(pointer);
        let at_split = origin.is_some_and(|origin| (origin.x - x).abs() <= GRIP);
        look.drags_split = both && (at_split || !stand.is_near(look));
    }
    if let Some(pointer) = pointer.filter(|_| response.dragged() && look.drags_split) {
        look.split = ((pointer.x - rect.left()) / rect.width()).clamp(0.04, 0.96);
    } else if response.dragged() && stand.is_near(look) {
        look.centre -= response.drag_delta() / (stand.whole * stand.zoom(look));
        stand.keep_in_sight(look);
    }
    if response.double_clicked() {
        let at = pointer.unwrap_or(rect.center());
        match look.zoom {
            Some(_) => (look.zoom, look.centre) = (None, vec2(0.5, 0.5)),
            None => stand.zoom_to(look, stand.real, at),
        }
    }
    if let Some(at) = response.hover_pos() {
        // Taken, so that the inspector does not scroll as well.
        let wheel = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta).y);
        if wheel != 0.0 {
            stand.zoom_to(look, stand.zoom(look) * (wheel / 200.0).exp(), at);
        }
    }
    if !response.has_focus() {
        return;
    }
    widgets::keeps_arrows(ui, response);
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, x, y) in [
        (Key::ArrowLeft, -0.1, 0.0),
        (Key::ArrowRight, 0.1, 0.0),
        (Key::ArrowUp, 0.0, -0.1),
        (Key::ArrowDown, 0.0, 0.1),
    ] {
        if pressed(key) {
            look.centre += vec2(x, y) * rect.size() / (stand.whole * stand.zoom(look));
            stand.keep_in_sight(look);
        }
    }
}

/// The split as a slider: it has a place in the order of the keyboard, and says where it is.
fn slider_ui(ui: &Ui, rect: Rect, x: f32, look: &mut Look) {
    let handle = Rect::from_center_size(pos2(x, rect.center().y), vec2(24.0, 24.0));
    let response = ui.interact(handle, ui.scope_id().with("split"), Sense::FOCUSABLE);
    let split = f64::from(look.split);
    response
        .widget_info(|| WidgetInfo::slider(true, (split * 100.0).round(), "Split between before and after, percent"));
    let asked = |action| ui.input(|input| input.num_accesskit_action_requests(response.id, action)) as f32;
    let mut steps = asked(Action::Increment) - asked(Action::Decrement);
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as f32;
        steps += pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        let ring = Stroke::new(2.0, theme::tokens(ui).accent);
        ui.painter().circle_stroke(handle.center(), 14.0, ring);
    }
    look.split = (look.split + steps * SPLIT_STEP).clamp(0.04, 0.96);
}

/// Fit, 1:1, nearer and further, upon the picture.
fn buttons_ui(ui: &Ui, rect: Rect, look: &mut Look, stand: &Stand) {
    let t = theme::tokens(ui);
    let middle = rect.center();
    let mut right = rect.right() - 6.0;
    for (label, name, width) in [
        ("+", "Picture: nearer", 22.0),
        ("\u{2212}", "Picture: further", 22.0),
        ("1:1", "Picture 1:1: a pixel is a pixel", 30.0),
        ("Fit", "Fit the whole picture", 30.0),
    ] {
        let place = Rect::from_min_size(pos2(right - width, rect.top() + 6.0), vec2(width, 20.0));
        right = place.left() - 3.0;
        let response = widgets::control(ui, place, name, Role::Button, name);
        let fill = if response.hovered() { t.scrim.gamma_multiply(1.4) } else { t.scrim };
        ui.painter().rect_filled(place, CornerRadius::same(6), fill);
        let ink = (fonts::medium(10.5), t.on_scrim);
        widgets::text(ui.painter(), place.center(), Align2::CENTER_CENTER, label, ink);
        widgets::focus_ring(ui, &response, 6);
        if response.on_hover_text(name).clicked() {
            match label {
                "+" => stand.zoom_to(look, stand.zoom(look) * STEP, middle),
                "1:1" => stand.zoom_to(look, stand.real, middle),
                "Fit" => (look.zoom, look.centre) = (Some(1.0), vec2(0.5, 0.5)),
                _ => stand.zoom_to(look, stand.zoom(look) / STEP, middle),
            }
        }
    }
    let percent = format!("{:.0} %", stand.zoom(look) / stand.real * 100.0);
    let said = Rect::from_min_max(rect.min + vec2(6.0, 6.0), pos2(right, rect.top() + 26.0));
    widgets::say(ui, said, "zoom", &format!("Zoom {percent}"));
    if look.zoom.is_some() {
        pill_ui(ui, rect.min + vec2(8.0, 7.0), Align2::LEFT_TOP, &percent);
    }
}

fn pill_words(side: &str, row: &Row, before: bool) -> String {
    let name = if before { row.original() } else { row.output() };
    let format = name.and_then(|path| path.extension()).map(|end| end.to_string_lossy().to_uppercase());
    let bytes = if before { row.bytes_in } else { row.bytes_out };
    let mut words = side.to_owned();
    if let Some(format) = format {
        words += &format!(" · {format}");
    }
    if bytes > 0 {
        words += &format!(" {}", format::bytes(bytes));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand() -> Stand {
        Stand::of(Rect::from_min_size(pos2(100.0, 50.0), vec2(300.0, 150.0)), (3000, 2000), 1.0)
    }

    #[test]
    fn it_begins_filling_its_place_and_fits_where_asked() {
        let (stand, mut look) = (stand(), Look::default());
        let rect = stand.rect(&look);
        assert!(rect.contains_rect(stand.place.shrink(0.01)), "{rect:?}");
        assert!((rect.width() - 300.0).abs() < 0.01);
        look.zoom = Some(1.0);
        assert!(stand.place.expand(0.01).contains_rect(stand.rect(&look)));
        assert!(!stand.is_near(&look));
    }

    #[test]
    fn a_pixel_is_a_pixel_and_what_is_under_the_pointer_stays() {
        let (stand, mut look) = (stand(), Look::default());
        let at = pos2(300.0, 100.0);
        let under = |look: &Look| (at - stand.rect(look).min) / stand.rect(look).size();
        let before = under(&look);
        stand.zoom_to(&mut look, stand.real, at);
        assert!((stand.rect(&look).width() - 3000.0).abs() < 0.5);
        assert!((under(&look) - before).length() < 1e-3);
        stand.zoom_to(&mut look, 1e6, at);
        assert!((stand.rect(&look).width() - 24_000.0).abs() < 5.0, "no nearer than {NEAREST} points a pixel");
    }

    #[test]
    fn nobody_moves_off_the_picture() {
        let (stand, mut look) = (stand(), Look::default());
        stand.zoom_to(&mut look, stand.real, stand.place.center());
        look.centre = vec2(5.0, -5.0);
        stand.keep_in_sight(&mut look);
        assert!(stand.rect(&look).expand(0.1).contains_rect(stand.place));
    }

    #[test]
    fn a_small_picture_can_be_shown_as_it_is() {
        let place = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 150.0));
        let (stand, mut look) = (Stand::of(place, (32, 16), 2.0), Look::default());
        stand.zoom_to(&mut look, stand.real, place.center());
        assert!((stand.rect(&look).width() - 16.0).abs() < 0.01);
        assert_eq!(look.centre, vec2(0.5, 0.5));
    }
}
