//! Colours as recipes write them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A colour in sRGB, 8 bits a channel, not premultiplied. Written `#rrggbb` or `#rrggbbaa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// 0 is clear, 255 is solid.
    pub a: u8,
}

impl Colour {
    /// White.
    pub const WHITE: Colour = Colour { r: 255, g: 255, b: 255, a: 255 };
    /// Black.
    pub const BLACK: Colour = Colour { r: 0, g: 0, b: 0, a: 255 };
    /// Nothing to be seen.
    pub const TRANSPARENT: Colour = Colour { r: 0, g: 0, b: 0, a: 0 };

    /// The four channels, red first.
    pub fn channels(self) -> [u8; 4] {
        [self.r, self.g, self.b, self.a]
    }

    /// Whether nothing shines through it.
    pub fn is_solid(self) -> bool {
        self.a == 255
    }
}

impl FromStr for Colour {
    type Err = String;
    /// Reads `#rrggbb`, `#rrggbbaa`, `#rgb`, `white`, `black` and `transparent`.
    fn from_str(text: &str) -> Result<Colour, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "white" => return Ok(Colour::WHITE),
            "black" => return Ok(Colour::BLACK),
            "transparent" => return Ok(Colour::TRANSPARENT),
            _ => {}
        }
        from_digits(text.trim()).ok_or_else(|| {
            format!(
                "\"{text}\" is not a colour; write one such as \"#ff8000\", \"#ff800080\", \"white\" or \"transparent\""
            )
        })
    }
}

fn from_digits(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#')?;
    let digits: Vec<u8> = digits.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let pair = |at: usize| digits[at] * 16 + digits[at + 1];
    match digits.len() {
        3 => Some(Colour { r: digits[0] * 17, g: digits[1] * 17, b: digits[2] * 17, a: 255 }),
        6 => Some(Colour { r: pair(0), g: pair(2), b: pair(4), a: 255 }),
        8 => Some(Colour { r: pair(0), g: pair(2), b: pair(4), a: pair(6) }),
        _ => None,
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Colour { r, g, b, a } = self;
        match a {
            255 => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            _ => write!(f, "#{r:02x}{g:02x}{b:02x}{a:02x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_nonsense_is_refused() {
        assert_eq!("#ff8000".parse(), Ok(Colour { r: 255, g: 128, b: 0, a: 255 }));
        assert_eq!("#F80".parse(), Ok(Colour { r: 255, g: 136, b: 0, a: 255 }));
        assert_eq!(" Transparent ".parse(), Ok(Colour::TRANSPARENT));
        for text in ["#00000001", "#abcdef"] {
            assert_eq!(text.parse::<Colour>().map(|colour| colour.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "#", "#12", "ff8000", "#ff80zz", "#ä000000", "reddish"] {
            assert!(bad.parse::<Colour>().is_err(), "{bad}");
        }
    }
}
