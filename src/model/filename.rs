//! File names that are safe on every system: what a server, a link or a recipe proposes becomes a name that
//! stays in its folder and says what it is.

use super::charset;
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use std::path::Path;
use unicode_segmentation::UnicodeSegmentation;

/// The longest name made, in bytes of UTF-8: room is left below the usual 255 for " (2)" and ".part".
pub const MAX_BYTES: usize = 240;

/// The name of a download for which nothing gives one.
pub const UNNAMED: &str = "download";

/// The extensions of the pictures that Millrace reads.
const PICTURE_EXTENSIONS: [&str; 28] = [
    "apng", "bmp", "cur", "dib", "gif", "hdr", "icb", "ico", "jfif", "jif", "jpe", "jpeg", "jpg", "jxl", "pam", "pbm",
    "pfm", "pgm", "png", "pnm", "ppm", "qoi", "tga", "tif", "tiff", "vda", "vst", "webp",
];

/// The extensions of pictures that Millrace does not read. They are named to a person rather than passed over.
const FOREIGN_EXTENSIONS: [&str; 8] = ["avif", "exr", "heic", "heif", "jp2", "jpf", "psd", "xcf"];

/// The extensions of raw camera files. Many of them are TIFF files with a small preview in front, which is not the picture.
const RAW_EXTENSIONS: [&str; 11] = ["arw", "cr2", "cr3", "crw", "dng", "nef", "orf", "pef", "raf", "rw2", "srw"];

/// Further extensions of files that are never web pages.
const NEVER_PAGES: [&str; 43] = [
    "7z", "aac", "apk", "appimage", "avi", "bin", "bz2", "deb", "dmg", "docx", "epub", "exe", "flac", "gz", "img",
    "iso", "jar", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "mpg", "msi", "odt", "ogg", "opus", "pdf", "pptx", "rar",
    "rpm", "tar", "tgz", "wav", "webm", "whl", "wmv", "xlsx", "xz", "zip", "zst", "sqlite",
];

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

/// Whether a file of this name is something else than a web page: a server that sends one sends it instead.
pub fn is_never_a_page(name: &str) -> bool {
    let path = Path::new(name);
    is_picture(path) || is_foreign_picture(path) || has_extension_of(path, &NEVER_PAGES)
}

fn has_extension_of(path: &Path, known: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Makes `proposed` safe: only its last path component counts; control, direction-override and reserved characters
/// go; Windows device names, leading dots, trailing dots and spaces are mended; what is too long is cut before the
/// extension; what ends like a partial file gets another ending. Never empty.
pub fn sanitized(proposed: &str) -> String {
    let last = proposed.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible_trick(*c))
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
        .collect();
    let trimmed = kept.trim_start().trim_end_matches(is_dot_or_space);
    let name = match trimmed.trim_start_matches('.') {
        "" => UNNAMED.to_owned(),
        visible if visible.len() == trimmed.len() => trimmed.to_owned(),
        visible => format!("_{visible}"),
    };
    unlike_a_part(shortened(&if is_device_name(&name) { format!("_{name}") } else { name }))
}

/// A name that does not end in `.part`, as files do that are not whole.
fn unlike_a_part(name: String) -> String {
    const ENDING: usize = ".part".len();
    let stem = name.len().saturating_sub(ENDING);
    if !name.is_char_boundary(stem) || !name[stem..].eq_ignore_ascii_case(".part") {
        return name;
    }
    let (stem, ending) = name.split_at(stem);
    format!("{}{ending}_", &stem[..stem.floor_char_boundary(MAX_BYTES - ENDING - 1)])
}

/// A text as one component of a path: what parts components is replaced. Not yet safe otherwise.
pub fn one_part(text: &str) -> String {
    text.replace(['/', '\\'], "_")
}

/// The name of a link's file, as far as the link tells: what its path ends in, decoded and safe, else its host.
pub fn from_url(url: &str) -> String {
    in_path(url).unwrap_or_else(|| sanitized(&host(url).replace(':', "_")))
}

/// The name that a link's path ends in, decoded and safe. `None` for a path that ends in none.
pub fn in_path(url: &str) -> Option<String> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest).split(['?', '#']).next()?.split_once('/')?.1;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(last).collect();
    let name = charset::text_of(&bytes, Some(host(url)));
    has_name(&name).then(|| sanitized(&name))
}

/// The host of a link, without name, password and port. Empty for what has none.
pub fn host(url: &str) -> &str {
    let authority =
        url.split_once("://").map_or("", |(_, rest)| rest).split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Whether anything of a proposed name would be left.
pub fn has_name(proposed: &str) -> bool {
    let last = proposed.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    last.chars().any(|c| !c.is_control() && !is_invisible_trick(c) && !is_dot_or_space(c))
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

/// Two names that a file system which looks at neither case nor the way accents are written takes for one have the same
/// key. Case is folded in full, as Unicode says: `Straße` and `STRASSE` are one name.
pub fn collision_key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // Taken apart first, since accents may stand in the way of folding.
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    let folded = CaseMapper::new().fold_string(&apart);
    ComposingNormalizerBorrowed::new_nfc().normalize(&folded).into_owned()
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

fn is_dot_or_space(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// Cuts the stem of a name that is too long, between what a person takes for letters.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let room = MAX_BYTES - extension.map_or(0, |extension| extension.len() + 1);
    let ends = stem.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
    let cut = ends.take_while(|end| *end <= room).last().unwrap_or_else(|| stem.floor_char_boundary(room));
    let stem = stem[..cut].trim_end_matches(is_dot_or_space);
    extension.map_or_else(|| stem.to_owned(), |extension| format!("{stem}.{extension}"))
}

/// Characters that show nothing, end a line or turn the reading direction, used to disguise an extension.
pub fn is_invisible_trick(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffd}')
}

/// Names that Windows keeps for devices, with or without an extension.
fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
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
            ("a\u{2028}b\u{2029}c\u{85}d\u{ad}e\u{e0041}f.jpg", "abcdef.jpg"),
            ("\u{2028}", UNNAMED),
            ("CON", "_CON"),
            ("clock$.txt", "_clock$.txt"),
            ("CONIN$", "_CONIN$"),
            ("ConOut$.log", "_ConOut$.log"),
            ("com1.txt", "_com1.txt"),
            ("console.txt", "console.txt"),
            (".htaccess", "_htaccess"),
            ("what?.jpg", "what_.jpg"),
            ("trailing. . ", "trailing"),
            ("trailing.\u{2003}.\u{a0}", "trailing"),
            ("dir/", "dir"),
            ("film.mkv.part", "film.mkv.part_"),
            ("Film.PART. ", "Film.PART_"),
            ("film.part1.rar", "film.part1.rar"),
            ("part", "part"),
            ("市場の朝・京都.jpg", "市場の朝・京都.jpg"),
        ] {
            assert_eq!(sanitized(proposed), safe, "{proposed:?}");
        }
    }

    #[test]
    fn what_is_read_is_found_in_folders() {
        for name in ["a.JXL", "a.pfm", "a.cur", "a.icb", "a.vda", "a.vst", "a.jif", "a.tga", "a.jpg"] {
            let path = Path::new(name);
            assert!(is_picture(path) && !is_foreign_picture(path), "{name}");
        }
        assert!(!is_picture(Path::new("a.heic")) && is_foreign_picture(Path::new("a.heic")));
    }

    #[test]
    fn long_names_are_cut_before_the_extension() {
        let name = sanitized(&format!("{}.jpeg", "ü".repeat(400)));
        assert!(name.len() <= MAX_BYTES && name.ends_with("ü.jpeg"), "{name}");
        let family = "👨\u{200d}👩\u{200d}👧";
        // The joiners show nothing and go; what is left is cut between letters and their accents all the same.
        assert!(sanitized(&family.repeat(60)).len() <= MAX_BYTES);
        let accented = sanitized(&"e\u{301}".repeat(300));
        assert!(accented.len() <= MAX_BYTES && accented.ends_with("e\u{301}"), "{accented}");
        let one = sanitized(&format!("e{}.jpg", "\u{301}".repeat(300)));
        assert!(one.len() <= MAX_BYTES && one.ends_with("\u{301}.jpg"), "{one}");
        let part = sanitized(&format!("{}.part", "ü".repeat(400)));
        assert!(part.len() <= MAX_BYTES && part.ends_with("ü.part_"), "{part}");
    }

    #[test]
    fn links_give_names() {
        for (url, name) in [
            ("http://host/a/b%20c.jpg?x=1#y", "b c.jpg"),
            ("http://host", "host"),
            ("http://me:pw@Host.example:81/", "Host.example"),
            ("http://[::1]:81/?x", "__1"),
            ("http://host/a/", "a"),
            ("http://host/a/%20?x", "host"),
            ("http://host/%2e%2e%2fpasswd", "passwd"),
            ("http://host/..%5C..%5Cx.jpg", "x.jpg"),
            ("http://host/..", "host"),
            ("http://host?file=a/b.jpg", "host"),
            ("http://host/caf%E9.jpg", "café.jpg"),
            ("http://host.jp/%93%FA%96%7B%8C%EA.txt", "日本語.txt"),
            ("nonsense", UNNAMED),
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
        assert_eq!(collision_key("CAF\u{c9}.jpg"), collision_key("cafe\u{301}.JPG"));
        for (one, other) in [
            ("Straße.jpg", "STRASSE.jpg"),
            ("ſtop", "stop"),
            ("ΛΟΓΟΣ", "λογος"),
            ("ﬁn.txt", "FIN.txt"),
            ("\u{1f80}", "\u{1f88}"),
            ("\u{3b1}\u{345}\u{313}", "\u{391}\u{313}\u{345}"),
            ("K.txt", "k.txt"),
        ] {
            assert_eq!(collision_key(one), collision_key(other), "{one}");
        }
        assert_ne!(collision_key("cafe.jpg"), collision_key("caf\u{e9}.jpg"));
    }

    proptest::proptest! {
        #[test]
        fn any_proposal_becomes_a_name_that_stays(proposed in "\\PC{0,300}(\\.part)?|[./\\\\ CONcon1.]{0,12}") {
            for name in [sanitized(&proposed), from_url(&proposed)] {
                assert!(!name.is_empty() && name.len() <= MAX_BYTES, "{name:?}");
                assert!(!name.contains(['/', '\\']) && !name.starts_with('.') && !name.ends_with(['.', ' ']), "{name:?}");
                assert!(Path::new(&name).extension().is_none_or(|extension| extension != "part"), "{name:?}");
                assert_eq!(sanitized(&name), name, "a safe name stays as it is");
            }
        }
    }
}
