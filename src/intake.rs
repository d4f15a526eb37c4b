//! What a person named becomes jobs: paths, folders, pasted text and lists of links. Whatever cannot be worked on
//! becomes a refused job with a sentence, so that every input is answered.

use crate::model::link::masked;
use crate::model::{ErrorKind, Failure, JobSpec, filename};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use url::Url;
use walkdir::{DirEntry, WalkDir};

/// A paste of prose becomes at most this many refused jobs.
const MAX_REFUSED_LINES: usize = 20;

/// Jobs for files and folders. Folders are walked, for files named like pictures; a file that is named itself is always
/// taken. Reads the disk: call it off the window's thread.
/// `output_dir` is left out of the walk: results are no input.
pub fn from_paths(paths: &[PathBuf], output_dir: &Path) -> Vec<JobSpec> {
    paths.iter().flat_map(|path| from_path(path, output_dir)).collect()
}

/// Jobs for pasted text: one path a line, or links, separated by any white space. A line with neither is refused.
pub fn from_text(text: &str, output_dir: &Path) -> Vec<JobSpec> {
    let mut jobs = Vec::new();
    let mut refused = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(path) = existing_path(line) {
            jobs.extend(from_path(&path, output_dir));
            continue;
        }
        let words = line.split_whitespace().map(|word| word.trim_matches(['<', '>', '"']).trim_end_matches([',', ';']));
        let links: Vec<&str> = words.filter(|word| has_scheme(word)).collect();
        jobs.extend(links.iter().map(|link| from_link(link)));
        if links.is_empty() {
            refused += 1;
            if refused <= MAX_REFUSED_LINES {
                jobs.push(refused_job(line, neither_link_nor_file(line)));
            }
        }
    }
    if refused > MAX_REFUSED_LINES {
        let more = refused - MAX_REFUSED_LINES;
        let sentence = format!("{more} more lines are neither links nor files");
        jobs.push(refused_job(&format!("{more} lines"), Failure::new(ErrorKind::Url, sentence)));
    }
    jobs
}

/// Jobs for a list of links: one a line, then tab-separated `name=NAME`. `#` begins a comment line.
pub fn from_list(text: &str) -> Vec<JobSpec> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(from_list_line)
        .collect()
}

/// A job for one link, refused if it is none that can be fetched.
pub fn from_link(text: &str) -> JobSpec {
    match parse_link(text.trim()) {
        Ok(url) => link_job(text, &url, None),
        Err(failure) => refused_job(text, failure),
    }
}

/// Whether a word looks like a link of any kind.
fn has_scheme(word: &str) -> bool {
    word.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty() && !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

fn from_list_line(line: &str) -> JobSpec {
    let mut fields = line.split('\t').map(str::trim).filter(|field| !field.is_empty());
    let link = fields.next().unwrap_or_default();
    let mut name = None;
    for field in fields {
        let Some(("name", value)) = field.split_once('=') else {
            let sentence = format!("\"{field}\" is not a field that this version knows in a list; it knows name=NAME");
            return refused_job(link, Failure::new(ErrorKind::Unsupported, sentence));
        };
        name = Some(value).filter(|value| !value.trim().is_empty()).map(filename::sanitized);
    }
    match parse_link(link) {
        Ok(url) => link_job(link, &url, name),
        Err(failure) => refused_job(link, failure),
    }
}

fn parse_link(text: &str) -> Result<Url, Failure> {
    let refuse = |sentence: String| Err(Failure::new(ErrorKind::Url, sentence));
    let shown = masked(text);
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            let scheme = url.scheme();
            refuse(format!("\"{shown}\" cannot be fetched: Millrace fetches http and https links, not {scheme}"))
        }
        Ok(url) if url.host_str().is_none_or(str::is_empty) => {
            refuse(format!("\"{shown}\" names no host to fetch from"))
        }
        Ok(url) => Ok(url),
        Err(url::ParseError::RelativeUrlWithoutBase) if text.contains('.') && !text.contains(char::is_whitespace) => {
            refuse(format!("\"{shown}\" is not a link; did you mean https://{shown}?"))
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => Err(neither_link_nor_file(text)),
        Err(error) => refuse(format!("\"{shown}\" is not a link that can be fetched: {error}")),
    }
}

fn neither_link_nor_file(text: &str) -> Failure {
    let text = &masked(text);
    let short: String = text.chars().take(80).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    let sentence = format!("\"{short}{dots}\" is neither a link nor a file; links begin with http:// or https://");
    Failure::new(ErrorKind::Url, sentence)
}

fn link_job(text: &str, url: &Url, name: Option<String>) -> JobSpec {
    let mut url = url.clone();
    url.set_fragment(None);
    JobSpec::link(masked(text), url.as_str(), name)
}

fn refused_job(input: &str, failure: Failure) -> JobSpec {
    JobSpec::refused(masked(input), failure)
}

/// The path that a line names: absolute, in the home folder, or as a `file` link. Only if something is there.
fn existing_path(line: &str) -> Option<PathBuf> {
    let path = if let Some(rest) = line.strip_prefix("file://") {
        let path = &rest[rest.find('/')?..];
        path_of_bytes(percent_decode_str(path).collect())
    } else if let Some(rest) = line.strip_prefix("~/") {
        directories::BaseDirs::new()?.home_dir().join(rest)
    } else {
        PathBuf::from(line)
    };
    (path.is_absolute() && path.symlink_metadata().is_ok()).then_some(path)
}

#[cfg(unix)]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: Vec<u8>) -> PathBuf {
    // `file:///C:/a.jpg`: the slash before the drive is no part of the path.
    let path = String::from_utf8_lossy(&bytes).into_owned();
    PathBuf::from(path.strip_prefix('/').unwrap_or(&path))
}

fn from_path(path: &Path, output_dir: &Path) -> Vec<JobSpec> {
    if path.is_dir() {
        return from_folder(path, output_dir);
    }
    let input = path.to_string_lossy().into_owned();
    match path.symlink_metadata() {
        Ok(_) => vec![file_job(path, PathBuf::new())],
        Err(error) => vec![refused_job(&input, Failure::from_io("read", path, &error))],
    }
}

fn file_job(path: &Path, subfolder: PathBuf) -> JobSpec {
    // Absolute, since a worker process may stand elsewhere.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    JobSpec::file(path.to_string_lossy(), absolute, subfolder)
}

/// Pictures that cannot be read are taken too: they become failed rows that say so, where silence would look like success.
fn is_for_a_recipe(path: &Path) -> bool {
    filename::is_picture(path) || filename::is_foreign_picture(path)
}

/// The pictures of a folder and its subfolders, by name. Results of an earlier run, hidden files and folders, and folders
/// that are reached through links are left out.
fn from_folder(folder: &Path, output_dir: &Path) -> Vec<JobSpec> {
    let mut jobs = Vec::new();
    let mut subfolders = Subfolders::default();
    let output_dir = output_dir.canonicalize().ok();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry, output_dir.as_deref())) {
        match entry {
            Ok(entry) if entry.depth() > 0 && !entry.path().is_dir() && is_for_a_recipe(entry.path()) => {
                let below = entry.path().parent().and_then(|parent| parent.strip_prefix(folder).ok());
                jobs.push(file_job(entry.path(), subfolders.safe(below.unwrap_or(Path::new("")))));
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let failure = match error.io_error() {
                    Some(error) => Failure::from_io("read the folder", &path, error),
                    None => Failure::new(ErrorKind::Io, format!("Cannot read the folder {}: {error}", path.display())),
                };
                jobs.push(refused_job(&path.to_string_lossy(), failure));
            }
        }
    }
    if jobs.is_empty() {
        let shown = folder.display();
        let sentence =
            format!("The folder {shown} holds no pictures that Millrace reads, such as JPEG, PNG, WebP or TIFF");
        jobs.push(refused_job(&folder.to_string_lossy(), Failure::new(ErrorKind::Unsupported, sentence)));
    }
    jobs
}

/// The names of mirrored folders: safe on every system, like those of files, and one for all that differ only in case.
#[derive(Default)]
struct Subfolders {
    by_key: HashMap<String, PathBuf>,
}

impl Subfolders {
    fn safe(&mut self, below: &Path) -> PathBuf {
        let mut safe = PathBuf::new();
        for component in below.components() {
            let name = filename::sanitized(&component.as_os_str().to_string_lossy().replace(['/', '\\'], "_"));
            let next = safe.join(name);
            let key = filename::collision_key(&next.to_string_lossy());
            safe.clone_from(self.by_key.entry(key).or_insert(next));
        }
        safe
    }
}

fn is_left_out(entry: &DirEntry, output_dir: Option<&Path>) -> bool {
    let is_dir = entry.file_type().is_dir();
    let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
    is_hidden || is_dir && output_dir.is_some_and(|dir| entry.path().canonicalize().is_ok_and(|own| own == dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Source;
    use std::fs;

    /// What became of each input: its address, `FILE name`, or `NO` and the sentence.
    fn told(jobs: &[JobSpec]) -> Vec<String> {
        let tell = |job: &JobSpec| match job.source() {
            Source::Link { url, details } => match &details.name {
                Some(name) => format!("{url} as {name}"),
                None => url.to_owned(),
            },
            Source::File(path) => {
                format!("FILE {}", job.subfolder().join(path.file_name().unwrap_or_default()).display())
            }
            Source::Refused(failure) => format!("NO {}", failure.sentence),
            Source::Light(light) => light.to_string(),
        };
        jobs.iter().map(tell).collect()
    }

    #[test]
    fn links_are_taken_and_everything_else_is_refused_with_a_reason() {
        let check = |text: &str, expected: &str| {
            let told = told(&[from_link(text)]);
            assert!(told[0].contains(expected), "{text}: {told:?}");
        };
        check("http://host/a.jpg#part", "http://host/a.jpg");
        check("HTTPS://Host/ä b.jpg", "https://host/%C3%A4%20b.jpg");
        check(
            "ftp://host/a.jpg",
            "NO \"ftp://host/a.jpg\" cannot be fetched: Millrace fetches http and https links, not ftp",
        );
        check("example.org/a.jpg", "did you mean https://example.org/a.jpg?");
        check("nonsense", "NO \"nonsense\" is neither a link nor a file");
        check("http://", "NO \"http://\" is not a link that can be fetched: empty host");
        check("http://host:99999/", "NO \"http://host:99999/\" is not a link that can be fetched");
        assert_eq!(from_link("http://me:secret@host/a").input(), "http://***@host/a");
        assert!(!told(&[from_link("ftp://me:secret@host/a")])[0].contains("secret"));
    }

    #[test]
    fn a_list_has_comments_names_and_windows_line_ends() {
        let text = "\u{feff}# photos\r\nhttp://h/1.jpg\r\n\r\nhttp://h/2.jpg\tname=two/../b.jpg\r\nhttp://h/3.jpg\tsha256=00\r\n";
        let told = told(&from_list(text));
        assert_eq!(told[..2], ["http://h/1.jpg", "http://h/2.jpg as b.jpg"]);
        assert!(told.len() == 3 && told[2].contains("\"sha256=00\" is not a field"), "{told:?}");
    }

    #[test]
    fn pasted_text_gives_links_and_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ä b.jpg");
        fs::write(&file, "x").expect("written");
        let as_link = format!("file://{}", file.display().to_string().replace('ä', "%C3%A4").replace(' ', "%20"));
        let text = format!("see <http://h/1.jpg> and https://h/2.jpg,\n\n{}\n{as_link}\nnothing here", file.display());
        let told_of = |text: &str| told(&from_text(text, Path::new("/out")));
        let told = told_of(&text);
        assert_eq!(told[..4], ["http://h/1.jpg", "https://h/2.jpg", "FILE ä b.jpg", "FILE ä b.jpg"]);
        assert!(told[4].starts_with("NO \"nothing here\" is neither"));
        let secret = told_of("ftp://me:secret@h/a\nlook at me:secret@h");
        assert!(secret[0].contains("not ftp") && !secret.concat().contains("secret"), "{secret:?}");
        assert!(from_text("  \n ", Path::new("/out")).is_empty());
        assert_eq!(from_text(&"prose\n".repeat(500), Path::new("/out")).len(), MAX_REFUSED_LINES + 1);
    }

    #[test]
    fn names_of_mirrored_folders_are_safe_and_differ_in_more_than_case() {
        let mut subfolders = Subfolders::default();
        for (below, safe) in [
            ("Sub/a", "Sub/a"),
            ("sub", "Sub"),
            ("SUB/A", "Sub/a"),
            ("CON", "_CON"),
            ("trail. ", "trail"),
            ("bid\u{202e}i/ctl\n", "bidi/ctl"),
            ("", ""),
        ] {
            assert_eq!(subfolders.safe(Path::new(below)), Path::new(safe), "{below:?}");
        }
    }

    #[test]
    fn folders_are_walked_for_pictures() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let out = root.join("out");
        for dir in ["a/b", "out", ".millrace-x", ".cache", "empty"] {
            fs::create_dir_all(root.join(dir)).expect("a folder");
        }
        for file in [
            "2.JPG",
            "1.png",
            "a/b/3.webp",
            "out/4.jpg",
            ".hidden.jpg",
            ".millrace-x/5.jpg",
            ".cache/6.jpg",
            "notes.txt",
            "5.HEIC",
        ] {
            fs::write(root.join(file), "x").expect("written");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("a/loop")).expect("a link");
        let jobs = from_paths(&[root.to_owned()], &out);
        assert_eq!(told(&jobs), ["FILE 1.png", "FILE 2.JPG", "FILE 5.HEIC", "FILE a/b/3.webp"]);
        let named = [root.join("notes.txt"), root.join("missing.jpg"), root.join("empty")];
        let told = told(&from_paths(&named, &out));
        assert_eq!(told[0], "FILE notes.txt", "a file that is named itself is taken");
        assert!(told[1].contains("missing.jpg: there is no such file"), "{told:?}");
        assert!(told[2].contains("holds no pictures"), "{told:?}");
    }
}
