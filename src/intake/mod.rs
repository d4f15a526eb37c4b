//! What a person named becomes jobs: paths, folders, pasted text, patterns, and lists of links of several kinds. Whatever
//! cannot be worked on becomes a refused job with a sentence, so that every input is answered.

mod budget;
mod cookies;
mod filter;
mod folder;
mod link;
mod list;
mod metalink;
mod netrc;
mod path;
mod pattern;
mod prose;
mod refusals;

pub use cookies::{CookieError, from_cookie_file};
pub use filter::{Filter, FilterError};
pub use link::{from_link, from_pattern};
pub use netrc::logins;
pub use pattern::{MAX_LINKS, Pattern, PatternError};

use crate::model::link::masked;
use crate::model::{ErrorKind, Failure, JobSpec};
use budget::Budget;
use refusals::Refusals;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Jobs for files and folders. Folders are walked, for files named like pictures; a file that is named itself is always
/// taken. Reads the disk: call it off the window's thread.
/// `output_dir` is left out of the walk: results are no input.
pub fn from_paths(paths: &[PathBuf], output_dir: &Path) -> Vec<JobSpec> {
    let jobs_of = |path: &PathBuf| match path.to_str().filter(|text| link::has_scheme(text) && !path.exists()) {
        Some(link) => {
            let sentence =
                format!("\"{}\" is a link: millrace get --recipe NAME downloads and converts it", masked(link));
            vec![JobSpec::refused(link, Failure::new(ErrorKind::Url, sentence))]
        }
        None => path::from_path(path, output_dir),
    };
    paths.iter().flat_map(jobs_of).collect()
}

/// The largest text that is looked through for links, in bytes.
pub const MAX_TEXT_BYTES: usize = 32 << 20;

/// What a file manager puts on the clipboard beside the files themselves.
const NO_FILES: [&str; 4] = ["copy", "cut", "x-special/nautilus-clipboard", "x-special/gnome-copied-files"];

/// What was found in a text, or in files that were dropped.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// A job for each input.
    pub jobs: Vec<JobSpec>,
    /// How many links and paths were written down: those of a text and of the lists among files. A file that was dropped,
    /// and what a folder holds, was chosen otherwise.
    pub written: usize,
}

/// Jobs for files and folders as [`from_paths`] makes them, where links may be meant too: a Metalink, or a text file with
/// links in it, becomes jobs for its links.
pub fn from_dropped(paths: &[PathBuf], output_dir: &Path) -> Taken {
    let mut taken = Taken::default();
    for path in paths {
        taken.add(path, output_dir, 0);
    }
    taken
}

impl Taken {
    /// Takes what a path leads to in; one that leads to no list counts as `written`.
    fn add(&mut self, path: &Path, output_dir: &Path, written: usize) {
        if let Some(jobs) = path::links_in(path) {
            self.add_links(jobs);
        } else {
            self.written += written;
            self.jobs.extend(path::from_path(path, output_dir));
        }
    }

    fn add_links(&mut self, jobs: Vec<JobSpec>) {
        self.written += jobs.len();
        self.jobs.extend(jobs);
    }
}

/// Jobs for a link that somebody typed. Patterns in it are carried out; a bad one is refused.
pub fn from_typed(text: &str) -> Vec<JobSpec> {
    from_pattern(text).unwrap_or_else(|error| vec![link::refused(text, link::bad_pattern(&error))])
}

/// Jobs for pasted text: paths, one a line, lines of a list, and the links wherever they stand. Prose around them is passed
/// over; what looks like a link or a path and is none is refused. No jobs: there is nothing of the kind in it.
pub fn from_text(text: &str, output_dir: &Path) -> Taken {
    let mut taken = Taken::default();
    let (mut refusals, mut budget) = (Refusals::default(), Budget::default());
    for line in list::lines_of(text).map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(path) = path::existing(line) {
            taken.add(&path, output_dir, 1);
            continue;
        }
        if list::is_line_with_fields(line) {
            taken.add_links(list::of_line(line, &"A pasted line", &mut budget));
            continue;
        }
        if let Some(path) = path::missing(line) {
            taken.add(&path, output_dir, 1);
            continue;
        }
        let links = prose::links(line);
        for link in &links {
            taken.add_links(link::from_pasted(link, &mut budget));
        }
        if links.is_empty() && looks_meant(line) {
            taken.add_links(refusals.line(line).into_iter().collect());
        }
    }
    taken.add_links(refusals.rest().into_iter().collect());
    taken
}

/// Whether somebody may have meant a link by a line with none: one word, with a dot inside.
fn looks_meant(line: &str) -> bool {
    let is_inside = |at: usize| at > 0 && line[at + 1..].starts_with(|c: char| c.is_alphanumeric());
    !line.contains(char::is_whitespace)
        && !line.starts_with('#')
        && !NO_FILES.contains(&line)
        && line.match_indices('.').any(|(at, _)| is_inside(at))
}

/// The sentence for a text in which nothing was found.
pub fn nothing_found(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let short: String = masked(&line.chars().take(60).collect::<String>());
    let dots = if line.chars().nth(60).is_some() || text.trim().lines().nth(1).is_some() { "…" } else { "" };
    format!("There is no link and no path in \"{short}{dots}\"; links begin with http:// or https://, paths with /")
}

/// The addresses of the http and https links in a text, each once.
pub fn links_in(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let words = text.lines().flat_map(prose::links);
    let links = words.filter_map(|word| link::parse(&word).ok()).map(|mut url| {
        url.set_fragment(None);
        String::from(url)
    });
    links.filter(|link| seen.insert(link.clone())).collect()
}

/// Jobs for a list of links, or for a Metalink in its place. `shown` is what the person calls it.
///
/// # Errors
///
/// Fails for what is no list at all: no text, or a Metalink that is too large, cannot be read or names no files. A line
/// of it that makes no sense is a refused job.
pub fn from_list(bytes: &[u8], shown: &str) -> Result<Vec<JobSpec>, Failure> {
    let text = list::decoded(bytes);
    if metalink::looks_like_one(&text) || metalink::is_metalink(Path::new(shown)) {
        return metalink::jobs(bytes, shown);
    }
    if text.contains('\0') {
        let sentence = format!("{shown} is not a list of links: it is not text");
        return Err(Failure::new(ErrorKind::Unsupported, sentence));
    }
    Ok(list::jobs(&text))
}

/// The path that a `file` link means, if something is there.
pub fn path_of_link(text: &str) -> Option<PathBuf> {
    path::existing(text)
}

/// The `file` link of an absolute path: on one line, whatever the path's bytes are.
pub fn link_of_path(path: &Path) -> String {
    path::link_of(path)
}

/// The path that a text means: absolute, in the home folder, or as a `file` link. Whether something is there is not asked.
pub fn path_named(text: &str) -> Option<PathBuf> {
    path::named(text)
}

/// Whether a path is named like a file with links in it.
pub fn is_named_like_a_list(path: &Path) -> bool {
    path::is_named_like_a_list(path)
}

/// Whether a path is named like a Metalink, whose files are to be fetched.
pub fn is_metalink(path: &Path) -> bool {
    metalink::is_metalink(path)
}

#[cfg(test)]
mod tests {
    use super::refusals::MAX_LINES;
    use super::*;
    use crate::model::{Source, filename};
    use proptest::prelude::*;
    use std::fs;
    use std::path::Component;

    /// What became of each input: its address, `FILE name`, or `NO` and the sentence.
    pub(super) fn told(jobs: &[JobSpec]) -> Vec<String> {
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
            Source::Lab(task) => task.to_string(),
            Source::Page(url) => url.to_owned(),
        };
        jobs.iter().map(tell).collect()
    }

    #[test]
    fn pasted_text_gives_links_and_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ä b.jpg");
        fs::write(&file, "x").expect("written");
        let as_link = format!("file://{}", file.display().to_string().replace('ä', "%C3%A4").replace(' ', "%20"));
        let text = format!(
            "copy\nsee <http://h/1.jpg> and https://h/2.jpg,\n\n{}\n{as_link}\n# a comment\nnothing here\nh.example/a",
            file.display()
        );
        let told_of = |text: &str| told(&from_text(text, Path::new("/out")).jobs);
        let told = told_of(&text);
        assert_eq!(told[..4], ["http://h/1.jpg", "https://h/2.jpg", "FILE ä b.jpg", "FILE ä b.jpg"]);
        assert!(told.len() == 5 && told[4].contains("did you mean https://h.example/a?"), "{told:?}");
        assert_eq!(from_text(&text, Path::new("/out")).written, 5);
        let secret = told_of("ftp://me:secret@h/a\nme:secret@h.example");
        assert!(secret[0].contains("not ftp") && !secret.concat().contains("secret"), "{secret:?}");
        assert_eq!(told_of(&"a.b\n".repeat(500)).len(), MAX_LINES + 1);
        let missing = told_of("/no/such dir/a.jpg\nfile:///no/such%20dir/b.jpg");
        assert!(missing[0].contains("/no/such dir/a.jpg: there is no such file"), "{missing:?}");
        assert!(missing[1].contains("/no/such dir/b.jpg: there is no such file"), "{missing:?}");
    }

    #[test]
    fn a_text_without_links_gives_a_sentence() {
        for text in [
            "  \n ",
            "// and/or\n/* a/b */\n/ a/b",
            "Dear reader,\nthere is nothing here",
            &"prose\n".repeat(500),
            "nonsense",
        ] {
            assert_eq!(from_text(text, Path::new("/out")), Taken::default(), "{text}");
        }
        let sentence = nothing_found("\n Dear reader,\nhow are you");
        assert!(sentence.starts_with("There is no link and no path in \"Dear reader,…\""), "{sentence}");
        assert!(nothing_found(&"x".repeat(100)).contains(&format!("{}…", "x".repeat(60))));
        assert!(nothing_found("one line").contains("\"one line\""));
    }

    #[test]
    fn what_a_folder_holds_was_not_written_down() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.jpg", "b.jpg"] {
            fs::write(folder.path().join(name), "x").expect("written");
        }
        let list = folder.path().join("links.txt");
        fs::write(&list, "http://h/[1-30]").expect("written");
        let dropped = from_dropped(&[folder.path().to_owned(), list.clone()], Path::new("/out"));
        assert_eq!((dropped.jobs.len(), dropped.written), (32, 30));
        let pasted = from_text(&format!("{}\n{}", folder.path().display(), list.display()), Path::new("/out"));
        assert_eq!((pasted.jobs.len(), pasted.written), (32, 31));
    }

    #[test]
    fn the_links_of_a_clipboard_are_told_once() {
        let text = "http://h/a#x and http://h/a\nftp://h/b www.h.example/[1-2] /etc/passwd";
        assert_eq!(links_in(text), ["http://h/a", "https://www.h.example/[1-2]"]);
    }

    #[test]
    fn patterns_and_fields_are_pasted_too() {
        let told_of = |text: &str| told(&from_text(text, Path::new("/out")).jobs);
        assert_eq!(
            told_of("see http://h/[1-2].jpg, http://h/?a[]=3"),
            ["http://h/1.jpg", "http://h/2.jpg", "http://h/?a[]=3"]
        );
        assert_eq!(
            told_of("http://h/a\tname=b.jpg\nhttp://h/c\thttp://h/d"),
            ["http://h/a as b.jpg", "http://h/c", "http://h/d"]
        );
        assert!(told_of("http://h/a\tsha256=0")[0].starts_with("NO A pasted line: sha256: \"0\" is not"));
    }

    #[test]
    fn what_is_named_like_a_metalink_is_one_or_nothing() {
        for bytes in ["", " \n", "http://h/a"] {
            let failure = from_list(bytes.as_bytes(), "a.meta4").expect_err("no metalink");
            assert!(failure.sentence.contains("a.meta4 is not a Metalink that can be read"), "{failure}");
        }
        assert_eq!(from_list(b"http://h/a", "a.txt").map(|jobs| jobs.len()), Ok(1));
    }

    #[test]
    fn lists_are_dropped_and_other_texts_are_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            path
        };
        let metalink = "<metalink><file name=\"x\"><url>http://h/m</url></file></metalink>";
        let dropped = [
            file("links.TXT", "# mine\nhttp://h/[1-2]\n"),
            file("notes.txt", "no links"),
            file("a.meta4", metalink),
            file("b.metalink", "http://h/a"),
            folder.path().join("missing.meta4"),
        ];
        let told_of = told(&from_dropped(&dropped, Path::new("/out")).jobs);
        assert_eq!(told_of[..4], ["http://h/1", "http://h/2", "FILE notes.txt", "http://h/m as x"]);
        assert!(told_of[4].contains("b.metalink is not a Metalink that can be read"), "{told_of:?}");
        assert!(told_of[5].contains("missing.meta4: there is no such file"), "{told_of:?}");
        let pasted = format!("{}", dropped[2].display());
        assert_eq!(told(&from_text(&pasted, Path::new("/out")).jobs), ["http://h/m as x"]);
        assert_eq!(told(&from_paths(&dropped[..1], Path::new("/out"))), ["FILE links.TXT"], "no list for a conversion");
    }

    #[test]
    fn a_list_may_be_a_metalink_and_must_be_text() {
        let metalink = b"\xef\xbb\xbf <metalink><file name=\"x\"><url>http://h/m</url></file></metalink>";
        assert_eq!(told(&from_list(metalink, "-").expect("a metalink")), ["http://h/m as x"]);
        assert!(
            from_list(b"<html>", "page.html").is_err_and(|failure| failure.sentence.starts_with("page.html is not"))
        );
        let failure = from_list(b"\x7fELF\x02\0\0", "/bin/x").expect_err("no text");
        assert_eq!(failure.sentence, "/bin/x is not a list of links: it is not text");
        assert!(from_list(b"", "-").is_ok_and(|jobs| jobs.is_empty()));
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

    /// What somebody was sent: whatever is in it, names stay in their folder and addresses are ones that can be fetched.
    fn check_list(bytes: &[u8]) -> Result<(), TestCaseError> {
        for job in from_list(bytes, "list").unwrap_or_default() {
            prop_assert!(job.subfolder().components().all(|part| matches!(part, Component::Normal(_))), "{:?}", job);
            if let Source::Link { url, details } = job.source() {
                prop_assert!(url.starts_with("http://") || url.starts_with("https://"), "{:?}", url);
                prop_assert!(details.name.as_ref().is_none_or(|name| filename::sanitized(name) == *name), "{:?}", job);
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_list_is_read_or_refused(
            lines in prop::collection::vec(
                "(https?://h/[a-z.]{0,5}|ftp://h/a|\\PC{0,9})((\t| )(name=[./\\\\a-z]{0,9}|sha256=[0-9a-f]{0,64}|mirror=\\PC{0,9}|#.?)){0,3}",
                0..6,
            ),
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            check_list(lines.join("\n").as_bytes())?;
            check_list(&bytes)?;
        }

        #[test]
        fn any_metalink_is_read_or_refused(
            name in "[./\\\\a-z\u{202e}]{0,12}",
            url in "(https?|ftp|file)://[a-z./]{0,8}|\\PC{0,9}",
            hash in "[0-9a-f]{0,64}",
            size in "-?[0-9]{0,20}",
            cut in any::<prop::sample::Index>(),
        ) {
            let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            let text = format!(
                "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"{}\"><size>{size}</size>\
                 <hash type=\"sha-256\">{hash}</hash><url priority=\"1\">{}</url><url>http://h/a</url></file></metalink>",
                escaped(&name),
                escaped(&url),
            );
            check_list(text.as_bytes())?;
            check_list(&text.as_bytes()[..cut.index(text.len())])?;
        }
    }
}
