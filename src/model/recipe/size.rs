//! How large a picture becomes, and which part of it stays: arithmetic on widths and heights.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A box in pixels, at least 1×1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitBox {
    /// The largest width.
    pub width: u32,
    /// The largest height.
    pub height: u32,
}

impl FitBox {
    /// The largest side that a picture may be asked to have.
    pub const MAX_SIDE: u32 = 65_535;

    /// A box with two equal sides.
    pub const fn square(side: u32) -> FitBox {
        FitBox { width: side, height: side }
    }

    /// The size of a picture of `width`×`height` made to fit. At least 1×1, never larger than it was.
    pub fn apply(self, width: u32, height: u32) -> (u32, u32) {
        if width <= self.width && height <= self.height {
            return (width, height);
        }
        self.inscribe(width, height)
    }

    /// The largest size within the box with the ratio of `width`×`height`.
    fn inscribe(self, width: u32, height: u32) -> (u32, u32) {
        let scale = (f64::from(self.width) / f64::from(width)).min(f64::from(self.height) / f64::from(height));
        let side = |length: u32, most: u32| ((f64::from(length) * scale).round() as u32).clamp(1, most);
        (side(width, self.width), side(height, self.height))
    }
}

impl FromStr for FitBox {
    type Err = String;
    /// Reads `1920x1080`.
    fn from_str(text: &str) -> Result<FitBox, String> {
        let side = |part: &str| part.parse::<u32>().ok().filter(|side| (1..=FitBox::MAX_SIDE).contains(side));
        text.split_once(['x', 'X', '×'])
            .and_then(|(width, height)| Some(FitBox { width: side(width)?, height: side(height)? }))
            .ok_or_else(|| {
                format!(
                    "\"{text}\" is not a size; write WIDTHxHEIGHT with sides of 1 to {}, such as 1920x1080",
                    FitBox::MAX_SIDE
                )
            })
    }
}

/// Which part of something stays, or where something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Gravity {
    TopLeft,
    Top,
    TopRight,
    Left,
    #[default]
    Center,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

impl Gravity {
    /// Every place, as a recipe writes it.
    pub const NAMES: &[(&str, Gravity)] = &[
        ("top-left", Gravity::TopLeft),
        ("top", Gravity::Top),
        ("top-right", Gravity::TopRight),
        ("left", Gravity::Left),
        ("center", Gravity::Center),
        ("right", Gravity::Right),
        ("bottom-left", Gravity::BottomLeft),
        ("bottom", Gravity::Bottom),
        ("bottom-right", Gravity::BottomRight),
    ];

    /// Where something of `inner` goes within `outer`, which is no smaller: the upper left corner, in pixels.
    pub fn place(self, outer: (u32, u32), inner: (u32, u32)) -> (u32, u32) {
        use Gravity::{Bottom, BottomLeft, BottomRight, Left, Right, Top, TopLeft, TopRight};
        let spare = (outer.0.saturating_sub(inner.0), outer.1.saturating_sub(inner.1));
        let x = match self {
            TopLeft | Left | BottomLeft => 0,
            TopRight | Right | BottomRight => spare.0,
            _ => spare.0 / 2,
        };
        let y = match self {
            TopLeft | Top | TopRight => 0,
            BottomLeft | Bottom | BottomRight => spare.1,
            _ => spare.1 / 2,
        };
        (x, y)
    }
}

/// What a picture is resized to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Size {
    /// Within a box; the aspect ratio stays.
    Fit(FitBox),
    /// The whole box; the aspect ratio stays, and what juts out is cut off.
    Fill(FitBox, Gravity),
    /// The box, whatever the aspect ratio.
    Exact(FitBox),
    /// Percent of both sides.
    Percent(f64),
    /// The longer side, in pixels.
    Longest(u32),
    /// The shorter side, in pixels.
    Shortest(u32),
}

/// What becomes of a picture's size: it is scaled, then cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// Width and height after scaling.
    pub scaled: (u32, u32),
    /// Width and height of what stays of that; the same where nothing is cut off.
    pub cut: (u32, u32),
    /// Which part stays.
    pub gravity: Gravity,
}

impl Size {
    /// What becomes of a picture of `width`×`height`, both at least 1. Without `enlarge` no side grows. The sides are
    /// at least 1.
    pub fn apply(self, (width, height): (u32, u32), enlarge: bool) -> Scaling {
        let same = (width, height);
        let whole = |scaled| Scaling { scaled, cut: scaled, gravity: Gravity::Center };
        let to_box =
            |goal: FitBox| whole(if enlarge { goal.inscribe(width, height) } else { goal.apply(width, height) });
        let by = |scale: f64| {
            let scale = if enlarge { scale } else { scale.min(1.0) };
            let side = |length: u32| ((f64::from(length) * scale).round().min(f64::from(u32::MAX)) as u32).max(1);
            (side(width), side(height))
        };
        match self {
            Size::Fit(goal) => to_box(goal),
            Size::Longest(side) => to_box(FitBox::square(side)),
            Size::Shortest(side) => whole(by(f64::from(side) / f64::from(width.min(height)))),
            Size::Percent(percent) => whole(by(percent / 100.0)),
            Size::Exact(goal) if enlarge => whole((goal.width, goal.height)),
            Size::Exact(goal) => whole((goal.width.min(width), goal.height.min(height))),
            Size::Fill(goal, gravity) => {
                let covers = (f64::from(goal.width) / f64::from(width)).max(f64::from(goal.height) / f64::from(height));
                let scaled = if covers >= 1.0 && !enlarge { same } else { by(covers) };
                let cut = (goal.width.min(scaled.0), goal.height.min(scaled.1));
                Scaling { scaled, cut, gravity }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_keeps_the_ratio_and_never_enlarges() {
        let fit = FitBox::square(1920);
        assert_eq!(fit.apply(4000, 3000), (1920, 1440));
        assert_eq!(fit.apply(3000, 4000), (1440, 1920));
        assert_eq!(fit.apply(800, 600), (800, 600));
        assert_eq!(fit.apply(100_000, 3), (1920, 1));
    }

    #[test]
    fn sizes_are_read_and_nonsense_is_refused() {
        assert_eq!("640x480".parse(), Ok(FitBox { width: 640, height: 480 }));
        for bad in ["0x0", "640", "x", "-1x5", "640x", "70000x1", "1e3x5", ""] {
            assert!(bad.parse::<FitBox>().is_err(), "{bad}");
        }
    }

    #[test]
    fn each_kind_of_size_does_as_it_says() {
        let wide = FitBox { width: 200, height: 100 };
        let check = |size: Size, from, enlarge, scaled, cut| {
            let found = size.apply(from, enlarge);
            assert_eq!((found.scaled, found.cut), (scaled, cut), "{size:?} of {from:?}, enlarge: {enlarge}");
        };
        check(Size::Fit(wide), (50, 50), true, (100, 100), (100, 100));
        check(Size::Fit(wide), (50, 50), false, (50, 50), (50, 50));
        check(Size::Fill(wide, Gravity::Top), (400, 400), false, (200, 200), (200, 100));
        check(Size::Fill(wide, Gravity::Top), (50, 50), true, (200, 200), (200, 100));
        check(Size::Fill(wide, Gravity::Top), (150, 400), false, (150, 400), (150, 100));
        check(Size::Fill(wide, Gravity::Top), (1, 1), false, (1, 1), (1, 1));
        check(Size::Exact(wide), (50, 400), true, (200, 100), (200, 100));
        check(Size::Exact(wide), (50, 400), false, (50, 100), (50, 100));
        check(Size::Percent(50.0), (5, 1), false, (3, 1), (3, 1));
        check(Size::Percent(200.0), (5, 1), true, (10, 2), (10, 2));
        check(Size::Longest(100), (400, 200), false, (100, 50), (100, 50));
        check(Size::Longest(100), (4, 2), true, (100, 50), (100, 50));
        check(Size::Shortest(100), (400, 200), false, (200, 100), (200, 100));
        check(Size::Shortest(100), (40, 20), false, (40, 20), (40, 20));
    }

    #[test]
    fn things_go_where_gravity_draws_them() {
        assert_eq!(Gravity::Center.place((10, 7), (4, 4)), (3, 1));
        assert_eq!(Gravity::BottomRight.place((10, 7), (4, 4)), (6, 3));
        assert_eq!(Gravity::Left.place((10, 7), (4, 4)), (0, 1));
        assert_eq!(Gravity::Top.place((2, 2), (4, 4)), (0, 0));
    }
}
