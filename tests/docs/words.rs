//! What the fields of recipes mean, for docs/recipes.md. What they take is asked of the reader of recipes.

/// What people wrote about a field.
pub(crate) struct Words {
    pub(crate) meaning: &'static str,
    /// What it is where it is left out and no value stands for that.
    pub(crate) left_out: Option<&'static str>,
}

/// What people wrote about a step.
pub(crate) struct StepWords {
    pub(crate) op: &'static str,
    pub(crate) does: &'static str,
    /// Each kind of the step by its name, with an example of its fields. The first is shown.
    pub(crate) kinds: &'static [(&'static str, &'static str)],
    pub(crate) fields: &'static [(&'static str, Words)],
}

const fn means(meaning: &'static str) -> Words {
    Words { meaning, left_out: None }
}

const GRAVITY: (&str, Words) = ("gravity", means("Which part stays."));
const AMOUNT: &[(&str, Words)] = &[("amount", means("Percent; 0 changes nothing."))];
const PLACE: (&str, Words) = ("gravity", means("Where it goes."));
const MARGIN: (&str, Words) =
    ("margin", means("How far from the sides, and between tiles, in pixels; less where the picture has no room."));
const OPACITY: (&str, Words) = ("opacity", means("0 cannot be seen, 1 hides what is below."));
const TILE: (&str, Words) = ("tile", means("Repeats it all over the picture, beginning at the upper left."));

pub(crate) const STEPS: &[StepWords] = &[
    StepWords {
        op: "resize",
        does: "Another size. Without `enlarge = true` no side grows.",
        kinds: &[
            ("`fit`", "mode = \"fit\"\nwidth = 1920\nheight = 1080"),
            ("`fill`", "mode = \"fill\"\nwidth = 1200\nheight = 900"),
            ("`exact`", "mode = \"exact\"\nwidth = 800\nheight = 600"),
            ("`percent`", "mode = \"percent\"\npercent = 50"),
            ("`longest`", "mode = \"longest\"\nsize = 1920"),
            ("`shortest`", "mode = \"shortest\"\nsize = 512"),
        ],
        fields: &[
            (
                "mode",
                means(
                    "`fit`: into the box, in its own ratio; `fill`: the box in full, what stands out is cut off; `exact`: both \
                     sides, whatever the ratio; `percent`: of each side; `longest`, `shortest`: that side.",
                ),
            ),
            ("width", Words { meaning: "Pixels. `fit` needs `width`, `height` or both.", left_out: Some("no limit") }),
            ("height", Words { meaning: "Pixels.", left_out: Some("no limit") }),
            GRAVITY,
            ("percent", means("Above 100 only together with `enlarge = true`.")),
            ("size", means("Pixels of the longest or the shortest side.")),
            ("enlarge", means("Whether a picture may grow.")),
            ("filter", means("How pixels are interpolated, from the finest to the coarsest.")),
            ("linear", means("Averages light and not its encoding: slower, and fine bright detail stays as bright.")),
        ],
    },
    StepWords {
        op: "crop",
        does: "A part of the picture: the largest of a ratio, or a rectangle in pixels. What of a rectangle lies outside of \
               the picture is left out.",
        kinds: &[
            ("`ratio`", "ratio = \"16:9\"\ngravity = \"center\""),
            ("a rectangle", "x = 100\ny = 50\nwidth = 800\nheight = 600"),
        ],
        fields: &[
            ("ratio", Words { meaning: "Width to height, in any unit.", left_out: Some("a rectangle") }),
            GRAVITY,
            ("x", means("Pixels from the left.")),
            ("y", means("Pixels from the top.")),
            ("width", means("Pixels.")),
            ("height", means("Pixels.")),
        ],
    },
    StepWords {
        op: "trim",
        does: "Cuts off borders of the colour in the upper left corner.",
        kinds: &[("", "tolerance = 10")],
        fields: &[("tolerance", means("How far a channel may differ from that colour."))],
    },
    StepWords {
        op: "rotate",
        does: "Turns the picture clockwise. What is no multiple of 90 makes it larger, so that nothing is cut off.",
        kinds: &[("", "degrees = 90\nbackground = \"white\"")],
        fields: &[("degrees", means("Clockwise; below 0 the other way.")), ("background", means("Fills the corners."))],
    },
    StepWords {
        op: "flip",
        does: "Mirrors the picture.",
        kinds: &[("", "direction = \"horizontal\"")],
        fields: &[("direction", means("`horizontal` exchanges left and right, `vertical` top and bottom."))],
    },
    StepWords { op: "grayscale", does: "Takes the colours away.", kinds: &[("", "")], fields: &[] },
    StepWords {
        op: "brightness",
        does: "Adds to every channel, in percent of the whole range.",
        kinds: &[("", "amount = 10")],
        fields: AMOUNT,
    },
    StepWords {
        op: "contrast",
        does: "Draws values away from the middle: −100 is all gray, 100 twice as far.",
        kinds: &[("", "amount = 10")],
        fields: AMOUNT,
    },
    StepWords {
        op: "saturation",
        does: "Draws colours away from gray: −100 is gray, 100 twice as far.",
        kinds: &[("", "amount = 10")],
        fields: AMOUNT,
    },
    StepWords {
        op: "gamma",
        does: "Raises values to the power of 1 / gamma.",
        kinds: &[("", "gamma = 1.2")],
        fields: &[("gamma", means("Above 1 the picture becomes lighter, below darker."))],
    },
    StepWords {
        op: "blur",
        does: "Gaussian blur.",
        kinds: &[("", "sigma = 2.0")],
        fields: &[("sigma", means("The standard deviation, in pixels."))],
    },
    StepWords {
        op: "sharpen",
        does: "An unsharp mask: what blurring takes away is added once more.",
        kinds: &[("", "sigma = 0.8\namount = 0.6\nthreshold = 2")],
        fields: &[
            ("sigma", means("The standard deviation of that blur, in pixels.")),
            ("amount", means("How much of the difference is added, 1 for all of it.")),
            ("threshold", means("Differences up to this stay as they are.")),
        ],
    },
    StepWords {
        op: "text",
        does: "Text on the picture, in Inter, which is part of the program: it looks the same everywhere. Chinese, Japanese, \
               Korean, Arabic and emoji are not in it.",
        kinds: &[("", "text = \"© Anna Example\"\ngravity = \"bottom-right\"\nopacity = 0.8")],
        fields: &[
            ("text", means("What it says; `\\n` begins another line.")),
            ("color", means("The colour of the letters.")),
            PLACE,
            MARGIN,
            OPACITY,
            (
                "scale",
                means(
                    "The height of a line, as a share of the picture's shorter side. A text always fits the picture.",
                ),
            ),
            TILE,
        ],
    },
    StepWords {
        op: "watermark",
        does: "Another picture on the picture.",
        kinds: &[("", "path = \"logo.png\"\ngravity = \"bottom-right\"\nopacity = 0.4")],
        fields: &[
            (
                "path",
                means(
                    "The picture, beside the recipe's file or by its whole path: JPEG, PNG, WebP, GIF, TIFF, BMP, ICO, PNM, QOI or HDR. It is read with the recipe.",
                ),
            ),
            PLACE,
            MARGIN,
            OPACITY,
            (
                "scale",
                means("Its longer side, as a share of the picture's shorter side. A mark always fits the picture."),
            ),
            TILE,
        ],
    },
    StepWords {
        op: "border",
        does: "A border around the picture.",
        kinds: &[("", "width = 20\ncolor = \"black\"")],
        fields: &[("width", means("Pixels on each side.")), ("color", means("Of what colour."))],
    },
    StepWords {
        op: "flatten",
        does: "Lays the picture onto a colour: nothing is transparent after that.",
        kinds: &[("", "color = \"white\"")],
        fields: &[("color", means("What lies behind. It must be solid."))],
    },
    StepWords {
        op: "auto-contrast",
        does: "Stretches the values to the whole range.",
        kinds: &[("", "clip = 0.5")],
        fields: &[("clip", means("How much may be lost at each end, in percent of the pixels."))],
    },
];

pub(crate) const OUTPUT: &[(&str, Words)] = &[
    (
        "format",
        Words {
            meaning: "What is written. AVIF needs a build with `--features avif`.",
            left_out: Some("as the input where Millrace writes that, else PNG"),
        },
    ),
    (
        "quality",
        Words {
            meaning: "For JPEG, WebP and AVIF: 1 is the smallest file, 100 the best picture.",
            left_out: Some("by the format"),
        },
    ),
    ("progressive", means("JPEG: in several scans, each finer than the one before.")),
    ("chroma", means("JPEG and AVIF: how finely colour is kept: as brightness, half across, half across and down.")),
    ("png", means("PNG: how hard it is packed. `optimised` makes many tries and is slow.")),
    ("palette", means("PNG and GIF: a picture with a palette keeps one where no step made other colours.")),
    (
        "lossless",
        means("WebP: exactly the pixels. Not together with `quality` or `target_size`, nor with JPEG or AVIF."),
    ),
    (
        "target_size",
        Words {
            meaning: "The most bytes that the file may have; the quality follows. For JPEG, WebP and AVIF.",
            left_out: Some("no limit"),
        },
    ),
    (
        "keep_original_if_larger",
        means(
            "The bytes of the original where they are fewer and nothing was to be different, neither pixels nor format. What `metadata` does not keep is taken out of JPEG, PNG, WebP, GIF and BMP; a TIFF has to say no more than the essential.",
        ),
    ),
    ("metadata", means("What is kept: all that the format holds, resolution with author and copyright, or nothing.")),
    (
        "strip_gps",
        means(
            "Removes the place, whatever else is kept: coordinates, and the names of city, province and country in IPTC and XMP. What cannot be read goes with it, the notes of camera makers among that.",
        ),
    ),
    (
        "color",
        means(
            "`keep` takes the profile along, or, where the format cannot hold it or it is not for pixels of that kind, the colours become sRGB by it; one that is damaged, or for gray or inks where there are colours, means nothing and is left out. `srgb` converts.",
        ),
    ),
    ("keep_16_bit", means("16 bits a channel stay where the format can hold them.")),
    (
        "frames",
        means("Of an animation: all where the format can move, else the first; only the first; or each as a file."),
    ),
];
