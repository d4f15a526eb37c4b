//! Paths that a person named: pictures, folders of them, and files with links in them.

use super::link::refused;
use super::{folder, list, metalink};
use crate::model::{Failure, JobSpec};
use percent_encoding::percent_decode_str;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest text file that is looked into for links, in bytes.
const MAX_LIST_BYTES: u64 = 64 << 20;

/// Jobs for a file or a folder of pictures.
pub(super) fn from_path(path: &Path, output_dir: &Path) -> Vec<JobSpec> {
    if path.is_dir() {
        return folder::from_folder(path, output_dir);
    }
    let input = path.to_string_lossy().into_owned();
    match path.symlink_metadata() {
        Ok(_) => vec![file_job(path, PathBuf::new())],
        Err(error) => vec![refused(&input, Failure::from_io("read", path, &error))],
    }
}

/// The same, but a Metalink or a list becomes jobs for its links.
pub(super) fn from_dropped(path: &Path, output_dir: &Path) -> Vec<JobSpec> {
    links_in(path).unwrap_or_else(|| from_path(path, output_dir))
}

/// Jobs for the links in a file: one that is named like a Metalink, or a text file with a link in it. `None` for others,
/// and for what is no ordinary file.
fn links_in(path: &Path) -> Option<Vec<JobSpec>> {
    let is_metalink = metalink::is_metalink(path);
    let is_text = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"));
    if !(is_metalink || is_text) || !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    match beginning(path) {
        Ok(bytes) if is_metalink => Some(from_metalink(&bytes, path)),
        Ok(bytes) if bytes.len() as u64 <= MAX_LIST_BYTES => list::if_any(&list::decoded(&bytes)),
        Ok(_) => None,
        Err(error) => Some(vec![refused(&path.to_string_lossy(), Failure::from_io("read", path, &error))]),
    }
}

fn from_metalink(bytes: &[u8], path: &Path) -> Vec<JobSpec> {
    let shown = path.to_string_lossy();
    metalink::jobs(bytes, &shown).unwrap_or_else(|failure| vec![refused(&shown, failure)])
}

/// A file, but not more of it than a list may have and a byte, which tells that there is more.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_LIST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn file_job(path: &Path, subfolder: PathBuf) -> JobSpec {
    // Absolute, since a worker process may stand elsewhere.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    JobSpec::file(path.to_string_lossy(), absolute, subfolder)
}

/// The path that a line names: absolute, in the home folder, or as a `file` link. Only if something is there.
pub(super) fn existing(line: &str) -> Option<PathBuf> {
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
