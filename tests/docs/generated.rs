//! Files, and parts of files, that are made of the code: compared with it, or written where `MILLRACE_WRITE_DOCS` is set.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Several parts of one page are written at the same time, by several tests.
static WRITING: Mutex<()> = Mutex::new(());

/// The root of the clone.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the clone.
pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name} cannot be read: {error}"))
}

fn writes() -> bool {
    std::env::var_os("MILLRACE_WRITE_DOCS").is_some()
}

/// Holds whole files to what the code makes of them. The folder has these and no others.
pub(crate) fn hold_files(folder: &str, files: &[(String, Vec<u8>)]) {
    let place = root().join(folder);
    if writes() {
        // What is not made any more goes.
        fs::remove_dir_all(&place).ok();
        fs::create_dir_all(&place).expect("a folder");
        for (name, bytes) in files {
            fs::write(place.join(name), bytes).expect("written");
        }
        return;
    }
    for (name, bytes) in files {
        let there = fs::read(place.join(name)).unwrap_or_default();
        assert!(there == *bytes, "{folder}/{name} is not what the program says: run make docs");
    }
    let is_made = |path: &PathBuf| files.iter().any(|(name, _)| path.ends_with(name));
    let there = fs::read_dir(&place).expect("a folder").map(|entry| entry.expect("an entry").path());
    let others: Vec<PathBuf> = there.filter(|path| !is_made(path)).collect();
    assert!(others.is_empty(), "nobody makes {others:?} any more: run make docs");
}

/// Holds a part of a page to what the code makes of it. It stands between two comments that name it.
pub(crate) fn hold_part(page: &str, part: &str, text: &str) {
    let _guard = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = read(page);
    let (begin, end) = (format!("<!-- begin {part}: written by make docs -->\n"), format!("<!-- end {part} -->\n"));
    let place = whole.find(&begin).zip(whole.find(&end));
    let (from, to) = place.unwrap_or_else(|| panic!("{page} has no place for {part}: {begin}{end}"));
    let (from, text) = (from + begin.len(), format!("\n{}\n\n", text.trim()));
    if whole[from..to] == text {
        return;
    }
    assert!(writes(), "{part} in {page} is not what the program says: run make docs");
    fs::write(root().join(page), format!("{}{text}{}", &whole[..from], &whole[to..])).expect("written");
}

/// A row of a table; a bar in it would begin another cell.
pub(crate) fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | ").replace("|  |", "| |"))
}
