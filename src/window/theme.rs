//! Colours, and egui's style made from them. The only place with colour literals. Text that says something keeps a
//! contrast of at least 4.5:1 on every ground it is painted on; the test below computes it.

use super::fonts;
use crate::model::{ExecutorKind, Mode, Pool};
use crate::store::settings::Look;
use egui::{
    Color32, CornerRadius, Margin, Stroke, Style, TextStyle, Theme, Visuals, style::ScrollAnimation, style::ScrollStyle,
};

/// The colours of one theme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokens {
    pub(crate) bg: Color32,
    pub(crate) surface: Color32,
    pub(crate) raised: Color32,
    pub(crate) hover: Color32,
    pub(crate) border: Color32,
    pub(crate) soft: Color32,
    pub(crate) text: Color32,
    pub(crate) text2: Color32,
    /// The quietest text that still says something.
    pub(crate) text3: Color32,
    pub(crate) accent: Color32,
    pub(crate) on_accent: Color32,
    pub(crate) selection: Color32,
    pub(crate) thread: Color32,
    pub(crate) process: Color32,
    pub(crate) serial: Color32,
    pub(crate) ok: Color32,
    pub(crate) warn: Color32,
    pub(crate) error: Color32,
    /// The same hues where they are text.
    pub(crate) accent_text: Color32,
    pub(crate) thread_text: Color32,
    pub(crate) process_text: Color32,
    pub(crate) serial_text: Color32,
    pub(crate) ok_text: Color32,
    pub(crate) warn_text: Color32,
    pub(crate) error_text: Color32,
    /// Text on a span of the lanes view.
    pub(crate) on_span: Color32,
    /// Behind labels that lie on a picture.
    pub(crate) scrim: Color32,
    /// On `scrim`, and the split handle on a picture.
    pub(crate) on_scrim: Color32,
    /// The glyph within the split handle.
    pub(crate) handle_ink: Color32,
}

/// How much of a colour the ground of a notice or a badge takes.
pub(crate) const TINT: f32 = 0.14;

/// Leaves the colours of a picture as they are.
pub(crate) const UNTINTED: Color32 = Color32::WHITE;

impl Tokens {
    /// The colour of what a pool does: downloads are teal, conversions violet.
    pub(crate) fn pool(&self, pool: Pool) -> Color32 {
        match pool {
            Pool::Fetch => self.thread,
            Pool::Mill => self.process,
        }
    }

    /// The colour of where lanes run.
    pub(crate) fn executor(&self, executor: ExecutorKind) -> Color32 {
        match executor {
            ExecutorKind::Serial => self.serial,
            ExecutorKind::Threads => self.thread,
            ExecutorKind::Processes => self.process,
        }
    }

    pub(crate) fn executor_text(&self, executor: ExecutorKind) -> Color32 {
        match executor {
            ExecutorKind::Serial => self.serial_text,
            ExecutorKind::Threads => self.thread_text,
            ExecutorKind::Processes => self.process_text,
        }
    }

    /// A mode's colour. Mixed takes the accent: it is both.
    pub(crate) fn mode(&self, mode: Mode) -> Color32 {
        match mode {
            Mode::Serial => self.serial,
            Mode::Threads => self.thread,
            Mode::Processes => self.process,
            Mode::Mixed => self.accent,
        }
    }

    pub(crate) fn mode_text(&self, mode: Mode) -> Color32 {
        match mode {
            Mode::Serial => self.serial_text,
            Mode::Threads => self.thread_text,
            Mode::Processes => self.process_text,
            Mode::Mixed => self.accent_text,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place where colours live")]
const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

#[expect(clippy::disallowed_methods, reason = "this is the place where colours live")]
const fn black(alpha: u8) -> Color32 {
    Color32::from_rgba_premultiplied(0, 0, 0, alpha)
}

/// The dark theme.
pub(crate) const DARK: Tokens = Tokens {
    bg: hex(0x000E_1116),
    surface: hex(0x0015_1920),
    raised: hex(0x001C_222B),
    hover: hex(0x0022_2A35),
    border: hex(0x002A_323E),
    soft: hex(0x001F_252E),
    text: hex(0x00E8_ECF2),
    text2: hex(0x00A3_AEBD),
    text3: hex(0x008D_98A8),
    accent: hex(0x003D_DBC4),
    on_accent: hex(0x0006_201C),
    selection: hex(0x0015_302F),
    thread: hex(0x0035_CDB9),
    process: hex(0x00A4_8BFA),
    serial: hex(0x006A_A8FF),
    ok: hex(0x004A_DE94),
    warn: hex(0x00F5_B84A),
    error: hex(0x00F8_7A7A),
    accent_text: hex(0x003D_DBC4),
    thread_text: hex(0x0035_CDB9),
    process_text: hex(0x00A4_8BFA),
    serial_text: hex(0x006A_A8FF),
    ok_text: hex(0x004A_DE94),
    warn_text: hex(0x00F5_B84A),
    error_text: hex(0x00F8_7A7A),
    on_span: hex(0x00FF_FFFF),
    scrim: black(170),
    on_scrim: hex(0x00FF_FFFF),
    handle_ink: hex(0x0015_1B24),
};

/// The light theme.
pub(crate) const LIGHT: Tokens = Tokens {
    bg: hex(0x00F3_F5F8),
    surface: hex(0x00FF_FFFF),
    raised: hex(0x00EE_F1F5),
    hover: hex(0x00E6_EAF0),
    border: hex(0x00D5_DBE3),
    soft: hex(0x00E6_EAEF),
    text: hex(0x0015_1B24),
    text2: hex(0x004B_5768),
    text3: hex(0x005C_6778),
    accent: hex(0x000A_7C6F),
    on_accent: hex(0x00FF_FFFF),
    selection: hex(0x00D9_F2EE),
    thread: hex(0x000F_9E8D),
    process: hex(0x006D_4FE0),
    serial: hex(0x002F_6FDB),
    ok: hex(0x0017_894F),
    warn: hex(0x00A9_6A00),
    error: hex(0x00C9_3A3A),
    accent_text: hex(0x0007_6A5E),
    thread_text: hex(0x0007_6A5E),
    process_text: hex(0x005F_41D2),
    serial_text: hex(0x0019_50B0),
    ok_text: hex(0x000F_6E3D),
    warn_text: hex(0x0085_5200),
    error_text: hex(0x00B0_2A2A),
    on_span: hex(0x000B_1018),
    scrim: black(170),
    on_scrim: hex(0x00FF_FFFF),
    handle_ink: hex(0x0015_1B24),
};

/// The colours of the theme in force.
pub(crate) fn tokens(ui: &egui::Ui) -> &'static Tokens {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// The colours of a theme.
pub(crate) fn tokens_of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// How long something takes that fades or unfolds, in seconds.
const ANIMATION: f32 = 0.08;

/// Installs the styles of both themes, and the size of everything.
pub(crate) fn install(ctx: &egui::Context, look: Look) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style_of(theme, look));
    }
    ctx.set_zoom_factor(f32::from(look.text_percent) / 100.0);
    // The keys for it are in the table of shortcuts, and what they set is kept.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}

fn style_of(theme: Theme, look: Look) -> Style {
    let t = tokens_of(theme);
    let mut style = Style { visuals: visuals_of(theme, t), animation_time: ANIMATION, ..Style::default() };
    if look.reduced_motion {
        style.animation_time = 0.0;
        style.scroll_animation = ScrollAnimation::none();
    }
    style.text_styles = [
        (TextStyle::Heading, fonts::semibold(16.0)),
        (TextStyle::Body, fonts::regular(13.0)),
        (TextStyle::Button, fonts::medium(13.0)),
        (TextStyle::Small, fonts::regular(11.0)),
        (TextStyle::Monospace, fonts::mono(11.0)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(8.0, 6.0);
    style.spacing.button_padding = egui::vec2(12.0, 6.0);
    style.spacing.interact_size.y = 28.0;
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.scroll = ScrollStyle::thin();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals_of(theme: Theme, t: &Tokens) -> Visuals {
    let mut visuals = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    visuals.panel_fill = t.bg;
    visuals.window_fill = t.surface;
    visuals.window_stroke = Stroke::new(1.0, t.border);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(10);
    visuals.window_shadow = egui::Shadow::NONE;
    visuals.popup_shadow = egui::Shadow::NONE;
    visuals.extreme_bg_color = t.bg;
    visuals.faint_bg_color = t.raised;
    visuals.text_edit_bg_color = Some(t.bg);
    visuals.hyperlink_color = t.accent_text;
    visuals.warn_fg_color = t.warn_text;
    visuals.error_fg_color = t.error_text;
    visuals.weak_text_color = Some(t.text3);
    visuals.selection.bg_fill = t.accent.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(1.5, t.accent);
    visuals.text_cursor.stroke = Stroke::new(1.5, t.accent);
    // A window at rest draws nothing, also where somebody could write.
    visuals.text_cursor.blink = false;
    for (widget, fill, text) in [
        (&mut visuals.widgets.noninteractive, t.surface, t.text),
        (&mut visuals.widgets.inactive, t.raised, t.text),
        (&mut visuals.widgets.hovered, t.hover, t.text),
        (&mut visuals.widgets.active, t.hover, t.text),
        (&mut visuals.widgets.open, t.hover, t.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, t.border);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = CornerRadius::same(8);
        widget.expansion = 0.0;
    }
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// `over` with `share` of it over `ground`, as the painter blends.
    fn blend(over: Color32, ground: Color32, share: f32) -> Color32 {
        ground.lerp_to_gamma(over, share)
    }

    #[test]
    fn text_that_speaks_is_readable_in_both_themes() {
        for (name, t) in [("dark", DARK), ("light", LIGHT)] {
            let grounds = [t.bg, t.surface, t.raised, t.hover, t.selection];
            let texts = [
                t.text,
                t.text2,
                t.text3,
                t.accent_text,
                t.thread_text,
                t.process_text,
                t.serial_text,
                t.ok_text,
                t.warn_text,
                t.error_text,
            ];
            for (at, text) in texts.iter().enumerate() {
                for (on, ground) in grounds.iter().enumerate() {
                    let contrast = contrast(*text, *ground);
                    assert!(contrast >= 4.5, "{name}: text {at} on ground {on} has {contrast:.2}:1");
                }
            }
            assert!(contrast(t.on_accent, t.accent) >= 4.5, "{name}: on accent {:.2}", contrast(t.on_accent, t.accent));
        }
    }

    #[test]
    fn a_chosen_mode_and_a_lane_tag_are_readable_on_their_tint() {
        for (name, t) in [("dark", DARK), ("light", LIGHT)] {
            for mode in Mode::ALL {
                for ground in [t.bg, t.surface] {
                    let tint = blend(t.mode(mode), ground, 0.2);
                    let contrast = contrast(t.mode_text(mode), tint);
                    assert!(contrast >= 4.5, "{name}: {mode} has {contrast:.2}:1");
                }
            }
        }
    }

    #[test]
    fn notices_and_badges_are_readable_on_their_tint() {
        for (name, t) in [("dark", DARK), ("light", LIGHT)] {
            let pairs = [
                (t.warn, t.warn_text),
                (t.accent, t.text),
                (t.ok, t.ok_text),
                (t.accent, t.accent_text),
                (t.error, t.error_text),
                (t.thread, t.thread_text),
                (t.process, t.process_text),
            ];
            for (at, (tint, text)) in pairs.into_iter().enumerate() {
                let contrast = contrast(text, blend(tint, t.surface, TINT));
                assert!(contrast >= 4.5, "{name}: pair {at} has {contrast:.2}:1");
            }
        }
    }

    #[test]
    fn span_labels_are_readable() {
        for (name, t) in [("dark", DARK), ("light", LIGHT)] {
            for colour in [t.thread, t.process, t.serial, t.warn, t.error] {
                let contrast = contrast(t.on_span, blend(colour, t.surface, 0.62));
                assert!(contrast >= 3.0, "{name}: {colour:?} has {contrast:.2}:1");
            }
        }
    }
}
