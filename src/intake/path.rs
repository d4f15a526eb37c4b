//! Paths that a person named: pictures, folders of them, and files with links in them.

use super::link::refused;
use super::{folder, list, metalink};
use crate::model::{Failure, JobSpec};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest text file that is looked into for links, in bytes.
const MAX_LIST_BYTES: u64 = 64 << 20;

/// What a `file` link writes otherwise.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

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

/// Jobs for the links in a file: one that is named like a Metalink, or a text file with a link in it. `None` for others,
/// and for what is no ordinary file.
pub(super) fn links_in(path: &Path) -> Option<Vec<JobSpec>> {
    let is_metalink = metalink::is_metalink(path);
    if !is_named_like_a_list(path) || !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    match beginning(path) {
        Ok(bytes) if is_metalink => Some(from_metalink(&bytes, path)),
        Ok(bytes) if bytes.len() as u64 <= MAX_LIST_BYTES => list::if_any(&list::decoded(&bytes)),
        Ok(_) => None,
        Err(error) => Some(vec![refused(&path.to_string_lossy(), Failure::from_io("read", path, &error))]),
    }
}

pub(super) fn is_named_like_a_list(path: &Path) -> bool {
    metalink::is_metalink(path) || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
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
    named(line).filter(|path| path.symlink_metadata().is_ok())
}

/// The path that a line can only mean, where there is nothing: so that this is said.
pub(super) fn missing(line: &str) -> Option<PathBuf> {
    let is_meant = line.starts_with("file://")
        || line.starts_with("~/")
        || line.strip_prefix('/').is_some_and(|rest| {
            // No comment of a program.
            rest.starts_with(|c: char| c.is_alphanumeric() || c == '.') && rest.contains('/') && !rest.contains("://")
        });
    named(line).filter(|path| is_meant && path.symlink_metadata().is_err())
}

pub(super) fn named(line: &str) -> Option<PathBuf> {
    let path = if let Some(rest) = line.strip_prefix("file://") {
        let path = &rest[rest.find('/')?..];
        path_of_bytes(percent_decode_str(path).collect())
    } else if let Some(rest) = line.strip_prefix("~/") {
        directories::BaseDirs::new()?.home_dir().join(rest)
    } else {
        PathBuf::from(line)
    };
    path.is_absolute().then_some(path)
}

/// The `file` link of an absolute path, whatever its bytes are.
pub(super) fn link_of(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let slash = if bytes.starts_with(b"/") { "" } else { "/" };
    format!("file://{slash}{}", percent_encode(bytes, ESCAPED))
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
