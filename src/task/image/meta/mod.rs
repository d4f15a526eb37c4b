//! What a picture says besides its pixels: EXIF, XMP and IPTC. The colour profile goes its own way, with the pixels.

pub(super) mod embed;
pub(super) mod exif;
pub(super) mod gather;
mod iptc;
mod place;
pub(super) mod resolution;
pub(super) mod strip;
mod xmp;

use crate::model::recipe::{Encoding, Metadata};
use encoding_rs::WINDOWS_1252;
use image::metadata::Orientation;
use resolution::Resolution;

/// The longest name that is taken over, in bytes: EXIF data in a JPEG file have little room.
const LONGEST_NAME: usize = 8 << 10;

/// The metadata of a picture, as it stands in files.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Meta {
    /// A TIFF structure.
    pub(super) exif: Option<Vec<u8>>,
    /// An XML document.
    pub(super) xmp: Option<Vec<u8>>,
    /// IPTC's own records.
    pub(super) iptc: Option<Vec<u8>>,
    /// What the format has places of its own for.
    pub(super) said: Said,
}

/// The essential, said elsewhere than in EXIF data.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    pub(super) author: Option<String>,
    pub(super) copyright: Option<String>,
    pub(super) resolution: Option<Resolution>,
}

impl Meta {
    /// What turns the picture upright: EXIF says so, or else XMP.
    pub(super) fn orientation(&self) -> Option<Orientation> {
        let of_exif = self.exif.as_deref().and_then(exif::orientation);
        let number = of_exif.or_else(|| self.xmp.as_deref().and_then(xmp::orientation))?;
        Orientation::from_exif(number)
    }

    /// What of it goes into the output, whose pixels are of this size. `left` is what still has to turn them upright.
    pub(super) fn kept(&self, encoding: &Encoding, size: (u32, u32), left: Orientation) -> Meta {
        let mut kept = match encoding.metadata {
            // Which way up it is stands for the pixels and not for words about them.
            Metadata::None => Meta { exif: exif::essential(None, &Said::default(), left), ..Meta::default() },
            Metadata::Essential => self.essential(left),
            Metadata::All => self.clone(),
        };
        if encoding.strip_gps {
            kept = place::taken_out(kept);
        }
        if let Some(exif) = &mut kept.exif {
            exif::turn(exif, size, left);
        }
        kept.exif = exif::completed(kept.exif, &kept.said, left);
        if let Some(xmp) = kept.xmp.as_mut().filter(|_| left == Orientation::NoTransforms) {
            *xmp = xmp::upright(xmp);
        }
        kept
    }

    /// Resolution, author and copyright, wherever they stand.
    fn essential(&self, left: Orientation) -> Meta {
        let said = |in_xmp: &str, in_iptc: u8| {
            let xmp = self.xmp.as_deref().and_then(|xmp| xmp::text(xmp, in_xmp)).filter(|name| is_name(name));
            xmp.or_else(|| self.iptc.as_deref().and_then(|iptc| iptc::text(iptc, in_iptc)).filter(|name| is_name(name)))
        };
        let (author, copyright) = (said("dc:creator", 80), said("dc:rights", 116));
        let said = Said {
            author: author.or_else(|| self.said.author.clone()),
            copyright: copyright.or_else(|| self.said.copyright.clone()),
            resolution: self.said.resolution,
        };
        Meta { exif: exif::essential(self.exif.as_deref(), &said, left), ..Meta::default() }
    }
}

/// Whether a name has room in EXIF data of JPEG files, where it ends with a zero.
fn is_name(text: &str) -> bool {
    text.len() < LONGEST_NAME
}

/// Words that a file says in bytes: UTF-8 where they are that, else what Western systems wrote before.
fn words(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recipe::Format;

    #[test]
    fn what_a_format_says_of_its_resolution_counts_before_exif() {
        let dpi = |dpi: u8| Resolution::of_jfif(&[b'J', b'F', b'I', b'F', 0, 1, 1, 1, 0, dpi, 0, dpi, 0, 0]);
        let exif = exif::essential(None, &Said { resolution: dpi(72), ..Said::default() }, Orientation::NoTransforms);
        let said = Said { resolution: dpi(240), ..Said::default() };
        let meta = Meta { exif, said, ..Meta::default() };
        for metadata in [Metadata::Essential, Metadata::All] {
            let encoding = Encoding { metadata, ..Encoding::to(Format::Png) };
            let kept = meta.kept(&encoding, (1, 1), Orientation::NoTransforms);
            assert_eq!(kept.exif.as_deref().and_then(Resolution::of_exif), dpi(240), "{metadata:?}");
        }
    }

    #[test]
    fn names_too_long_to_be_carried_are_left_out() {
        let xmp = |author: &str| {
            format!("<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>").into_bytes()
        };
        let iptc =
            |rights: &str| [b"\x1c\x02\x74", &(rights.len() as u16).to_be_bytes()[..], rights.as_bytes()].concat();
        let essential = |xmp, iptc| {
            let meta = Meta { xmp: Some(xmp), iptc: Some(iptc), ..Meta::default() };
            meta.essential(Orientation::Rotate90).exif.expect("the orientation at least")
        };
        let long = "x".repeat(LONGEST_NAME);
        assert!(essential(xmp(&long), iptc(&long)).len() < 100);
        assert!(essential(xmp(&long[1..]), iptc(&long[1..])).len() > 2 * LONGEST_NAME);
    }
}
