//! File names that are safe on every system: what a server, a link or a recipe proposes becomes a name that
//! stays in its folder and says what it is.

use std::path::Path;

/// The longest name made, in bytes of UTF-8: room is left below the usual 255 for " (2)" and ".part".
pub const MAX_BYTES: usize = 200;

/// The name of a download whose link and server give none.
pub const UNNAMED: &str = "download";

/// The extensions of the pictures that Millrace reads.
const PICTURE_EXTENSIONS: [&str; 21] = [
    "apng", "bmp", "dib", "gif", "hdr", "ico", "jfif", "jpe", "jpeg", "jpg", "pam", "pbm", "pgm", "png", "pnm", "ppm",
    "qoi", "tga", "tif", "tiff", "webp",
];

/// The extensions of pictures that Millrace does not read. They are named to a person rather than passed over.
const FOREIGN_EXTENSIONS: [&str; 9] = ["avif", "exr", "heic", "heif", "jp2", "jpf", "jxl", "psd", "xcf"];

/// The extensions of raw camera files. Many of them are TIFF files with a small preview in front, which is not the picture.
const RAW_EXTENSIONS: [&str; 11] = ["arw", "cr2", "cr3", "crw", "dng", "nef", "orf", "pef", "raf", "rw2", "srw"];

/// Whether a path is named like a picture that Millrace reads.
pub fn is_picture(path: &Path) -> bool {
    has_extension_of(path, &PICTURE_EXTENSIONS)
}

/// Whether a path is named like a picture that Millrace does not read.
pub fn is_foreign_picture(path: &Path) -> bool {
    has_extension_of(path, &FOREIGN_EXTENSIONS) || is_raw_picture(path)
}

/// Whether a path is named like the raw file of a camera.
pub fn is_raw_picture(path: &Path) -> bool {
    has_extension_of(path, &RAW_EXTENSIONS)
}

fn has_extension_of(path: &Path, known: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Makes `proposed` safe: only its last path component counts; control, direction-override and reserved characters
/// go; Windows device names, leading dots, trailing dots and spaces are mended; what is too long is cut before the
/// extension. Never empty.
pub fn sanitized(proposed: &str) -> String {
    let last = proposed.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible_trick(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let trimmed = kept.trim_start().trim_end_matches(['.', ' ', '\u{a0}']).trim_end();
    let name = match trimmed.trim_start_matches('.') {
        "" => UNNAMED.to_owned(),
        visible if visible.len() == trimmed.len() => trimmed.to_owned(),
        visible => format!("_{visible}"),
    };
    shortened(&if is_device_name(&name) { format!("_{name}") } else { name })
}

/// The name that a link's path ends in, decoded and safe.
pub fn from_url(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = match path.split_once('/') {
        Some((_, path)) => path.trim_end_matches('/').rsplit('/').next().unwrap_or_default(),
        None => "",
    };
    let decoded = percent_encoding::percent_decode_str(last);
    // Old servers encode Latin-1, whose bytes are the first characters of Unicode.
    let name =
        decoded.clone().decode_utf8().map_or_else(|_| decoded.map(char::from).collect(), std::borrow::Cow::into_owned);
    sanitized(if name.trim().is_empty() { UNNAMED } else { &name })
}

/// `name` with another extension. A name whose "extension" is no such thing (`v1.2 draft`) keeps it.
pub fn with_extension(name: &str, extension: &str) -> String {
    let (stem, _) = split(name);
    shortened(&format!("{stem}.{extension}"))
}

/// The `n`-th alternative of a name that is taken: `photo (2).jpg`.
pub fn numbered(name: &str, n: u32) -> String {
    match split(name) {
        (stem, Some(extension)) => format!("{stem} ({n}).{extension}"),
        (stem, None) => format!("{stem} ({n})"),
    }
}

/// Two names that a case-insensitive file system takes for one have the same key.
pub fn collision_key(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// Splits a name into stem and extension. An extension is one to eight letters or digits after a dot that is not the
/// first character; `tar.gz` and its like stay together.
pub fn split(name: &str) -> (&str, Option<&str>) {
    let is_extension = |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let Some((stem, extension)) = name.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && is_extension(end))
    else {
        return (name, None);
    };
    match stem.rsplit_once('.') {
        Some((inner, "tar")) if !inner.is_empty() => (inner, Some(&name[inner.len() + 1..])),
        _ => (stem, Some(extension)),
    }
}

fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let room = MAX_BYTES - extension.map_or(0, |extension| extension.len() + 1);
    let cut = (0..=room).rev().find(|at| stem.is_char_boundary(*at)).unwrap_or(0);
    let stem = stem[..cut].trim_end_matches(['.', ' ']);
    extension.map_or_else(|| stem.to_owned(), |extension| format!("{stem}.{extension}"))
}

/// Characters that show nothing or turn the reading direction, used to disguise an extension.
pub fn is_invisible_trick(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffd}')
}

/// Names that Windows keeps for devices, with or without an extension.
fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder_and_say_what_they_are() {
        for (proposed, safe) in [
            ("photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\x.png", "x.png"),
            ("..", UNNAMED),
            ("", UNNAMED),
            ("a\u{0}b\nc.jpg", "abc.jpg"),
            ("evil\u{202e}gpj.exe", "evilgpj.exe"),
            ("CON", "_CON"),
            ("com1.txt", "_com1.txt"),
            ("console.txt", "console.txt"),
            (".htaccess", "_htaccess"),
            ("what?.jpg", "what_.jpg"),
            ("trailing. . ", "trailing"),
            ("dir/", "dir"),
            ("市場の朝・京都.jpg", "市場の朝・京都.jpg"),
        ] {
            assert_eq!(sanitized(proposed), safe, "{proposed:?}");
        }
    }

    #[test]
    fn long_names_are_cut_before_the_extension() {
        let name = sanitized(&format!("{}.jpeg", "ü".repeat(400)));
        assert!(name.len() <= MAX_BYTES && name.ends_with("ü.jpeg"), "{name}");
    }

    #[test]
    fn links_give_names() {
        for (url, name) in [
            ("http://host/a/b%20c.jpg?x=1#y", "b c.jpg"),
            ("http://host", UNNAMED),
            ("http://host/", UNNAMED),
            ("http://host/a/", "a"),
            ("http://host/%2e%2e%2fpasswd", "passwd"),
            ("http://host?file=a/b.jpg", UNNAMED),
            ("http://host/caf%E9.jpg", "café.jpg"),
        ] {
            assert_eq!(from_url(url), name, "{url}");
        }
    }

    #[test]
    fn extensions_are_changed_and_numbers_added_before_them() {
        assert_eq!(with_extension("a.b.png", "jpg"), "a.b.jpg");
        assert_eq!(with_extension("v1.2 draft", "jpg"), "v1.2 draft.jpg");
        assert_eq!(numbered("a.tar.gz", 2), "a (2).tar.gz");
        assert_eq!(numbered("README", 3), "README (3)");
    }

    proptest::proptest! {
        #[test]
        fn any_proposal_becomes_a_name_that_stays(proposed in "\\PC{0,300}|[./\\\\ CONcon1.]{0,12}") {
            for name in [sanitized(&proposed), from_url(&proposed)] {
                assert!(!name.is_empty() && name.len() <= MAX_BYTES, "{name:?}");
                assert!(!name.contains(['/', '\\']) && !name.starts_with('.') && !name.ends_with(['.', ' ']), "{name:?}");
                assert_eq!(sanitized(&name), name, "a safe name stays as it is");
            }
        }
    }
}
