//! Steps on the smallest pictures and on those that would grow beyond all limits.

use super::super::decode::Need;
use super::on_pixels;
use crate::model::recipe::{
    Axis, Colour, Crop, Filter, FitBox, Gravity, Placement, Recipe, Resize, Sharpen, Size, Step, TextMark,
};
use image::{ColorType, DynamicImage};

const KINDS: [ColorType; 8] = [
    ColorType::L8,
    ColorType::La8,
    ColorType::Rgb8,
    ColorType::Rgba8,
    ColorType::L16,
    ColorType::La16,
    ColorType::Rgb16,
    ColorType::Rgba16,
];

fn every_step() -> Vec<Step> {
    let placement = |tile| Placement { gravity: Gravity::Center, margin: 3, opacity: 0.5, scale: 0.5, tile };
    let to = |size, enlarge, linear| Step::Resize(Resize { size, enlarge, filter: Filter::Lanczos3, linear });
    let goal = FitBox { width: 20, height: 10 };
    let mut steps = vec![
        to(Size::Fit(goal), true, false),
        to(Size::Fit(goal), false, true),
        to(Size::Fill(goal, Gravity::BottomRight), true, true),
        to(Size::Fill(goal, Gravity::Top), false, false),
        to(Size::Exact(goal), true, false),
        to(Size::Percent(33.0), false, false),
        to(Size::Shortest(7), true, false),
        Step::Crop(Crop::Pixels { x: 0, y: 0, width: 5, height: 500 }),
        Step::Crop(Crop::Ratio { ratio: FitBox { width: 16, height: 9 }, gravity: Gravity::Right }),
        Step::Trim { tolerance: 10 },
        Step::Flip(Axis::Horizontal),
        Step::Flip(Axis::Vertical),
        Step::Grayscale,
        Step::Brightness(10.0),
        Step::Contrast(-30.0),
        Step::Saturation(50.0),
        Step::Gamma(2.2),
        Step::Blur { sigma: 0.1 },
        Step::Blur { sigma: 250.0 },
        Step::Sharpen(Sharpen { sigma: 2.0, amount: 1.0, threshold: 2 }),
        Step::Border { width: 2, colour: Colour { r: 255, g: 0, b: 0, a: 128 } },
        Step::Flatten(Colour::WHITE),
        Step::AutoContrast { clip: 1.0 },
    ];
    for tile in [false, true] {
        let text = "© A\nb".to_owned();
        steps.push(Step::Text(TextMark { text, colour: Colour::BLACK, placement: placement(tile) }));
    }
    for degrees in [90.0, -180.0, 270.0, 33.3, -1.0] {
        steps.push(Step::Rotate { degrees, background: Colour::TRANSPARENT });
        steps.push(Step::Rotate { degrees, background: Colour::WHITE });
    }
    steps
}

#[test]
fn the_smallest_pictures_of_every_kind_survive_every_step() {
    for kind in KINDS {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3)] {
            for step in every_step() {
                for icc in [None, Some(&b"a profile"[..])] {
                    let mut pixels = DynamicImage::new(width, height, kind);
                    on_pixels(&mut pixels, &step, icc).unwrap_or_else(|error| panic!("{step:?}: {error}"));
                    let most = super::plan::size_after(&step, (width, height));
                    let size = (pixels.width(), pixels.height());
                    assert!(size.0 >= 1 && size.1 >= 1 && size.0 <= most.0 && size.1 <= most.1, "{step:?} {size:?}");
                    let deep = |kind: ColorType| kind.bytes_per_pixel() / kind.channel_count();
                    assert_eq!(deep(pixels.color()), deep(kind), "{step:?} keeps the depth of {kind:?}");
                }
            }
        }
    }
}

#[test]
fn what_would_grow_beyond_all_limits_is_refused_before_it_is_made() {
    let shortest = Resize { enlarge: true, ..Resize::to(Size::Shortest(65_535)) };
    for step in [
        Step::Resize(shortest),
        Step::Rotate { degrees: 45.0, background: Colour::WHITE },
        Step::Border { width: 12_000, colour: Colour::WHITE },
    ] {
        let mut pixels = DynamicImage::new(1, 60_000, ColorType::L8);
        let error = on_pixels(&mut pixels, &step, None).expect_err("too large");
        assert!(error.to_string().contains("megapixels"), "{error}");
        let recipe = Recipe::new("large", vec![step], crate::model::recipe::Encoding::SAME);
        assert!(super::memory(&recipe, Need::of((1, 60_000), ColorType::L8)).is_err());
    }
}

#[test]
fn memory_is_asked_for_by_what_comes_out() {
    let grow = Step::Resize(Resize { enlarge: true, ..Resize::to(Size::Percent(400.0)) });
    let needed_for = |need, steps| {
        let recipe = Recipe::new("x", steps, crate::model::recipe::Encoding::SAME);
        super::memory(&recipe, need).expect("fits")
    };
    let need = Need::of((4000, 3000), ColorType::Rgb8);
    let needed = |steps| needed_for(need, steps);
    assert_eq!(needed(vec![]), 90_000_000);
    assert!(needed(vec![grow]) > 16 * 48_000_000);
    let small = needed(vec![Step::Resize(Resize::to(Size::Longest(512)))]);
    assert!(small < 50_000_000, "what is resized is neither turned nor encoded at its full size: {small}");
    // What the decoder takes is not taken again by the steps.
    let blur = || vec![Step::Blur { sigma: 2.0 }];
    assert_eq!(needed_for(need.beside(1000), blur()), needed(blur()));
    assert_eq!(needed_for(need.beside(900_000_000), blur()), 936_000_000);
    // Gray of 16 bits is made light of in colours of 32.
    let linear = Step::Resize(Resize { linear: true, ..Resize::to(Size::Longest(512)) });
    assert!(needed_for(Need::of((4000, 3000), ColorType::L16), vec![linear]) > 12_000_000 * (2 + 6 + 12));
}
