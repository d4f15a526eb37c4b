//! What is left of a job: its description as it is kept, and how far it came, which its files tell together with the
//! journal.

use super::schema::{BUSY, ECHO, FILE, IS_PRIME, LINK};
use crate::model::job::Special;
use crate::model::record::FileIdentity;
use crate::model::{JobSpec, Light, Output, Place, Reached};
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How a stage is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stage {
    pub(super) output: Output,
    pub(super) part: PathBytes,
    /// Which run of the machine made it: it may not have been on the disk when that ended.
    #[serde(default)]
    pub(super) boot: Option<String>,
}

/// How a commit under way is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Committing {
    pub(super) part: PathBytes,
    pub(super) path: PathBytes,
    pub(super) file: Option<FileIdentity>,
}

/// A path of any bytes: text where it is text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum PathBytes {
    Text(String),
    Other(std::ffi::OsString),
}

impl From<&Path> for PathBytes {
    fn from(path: &Path) -> PathBytes {
        match path.to_str() {
            Some(text) => PathBytes::Text(text.to_owned()),
            None => PathBytes::Other(path.as_os_str().to_owned()),
        }
    }
}

impl From<PathBytes> for PathBuf {
    fn from(bytes: PathBytes) -> PathBuf {
        match bytes {
            PathBytes::Text(text) => text.into(),
            PathBytes::Other(other) => other.into(),
        }
    }
}

/// A job's description.
pub(super) fn spec_of(row: &Row<'_>) -> rusqlite::Result<JobSpec> {
    let (kind, input): (i64, Box<str>) = (row.get(1)?, row.get(2)?);
    let number = || row.get::<_, i64>(3).map(|number| number as u64);
    Ok(match kind {
        LINK => {
            let url = input.to_string();
            JobSpec::link(input, &url, None)
        }
        FILE => {
            let path = PathBuf::from(&*input);
            JobSpec::file(input, path, PathBuf::new())
        }
        ECHO => JobSpec::light(Light::Echo(number()?)),
        IS_PRIME => JobSpec::light(Light::IsPrime(number()?)),
        BUSY => {
            let number = number()?;
            JobSpec::light(Light::Busy { number: (number >> 32) as u32, rounds: number as u32 })
        }
        _ => JobSpec::special(input, from_json::<Special>(&row.get::<_, String>(4)?)?),
    })
}

/// How far a job had come, which its files tell together with what was kept. `boot` is this run of the machine.
pub(super) fn reached_of(row: &Row<'_>, boot: Option<&str>) -> rusqlite::Result<Vec<Reached>> {
    let mut reached = Vec::new();
    if let (Some(priority), Some(rank)) = (row.get(7)?, row.get(8)?) {
        reached.push(Reached::Moved(Place { priority, rank }));
    }
    if let Some(committing) = row.get::<_, Option<String>>(6)? {
        let committing: Committing = from_json(&committing)?;
        let (part, path) = (PathBuf::from(committing.part), PathBuf::from(committing.path));
        if was_renamed(&part, &path, committing.file) {
            let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
            reached.push(Reached::Committed { path, bytes });
            return Ok(reached);
        }
    }
    if let Some(stage) = row.get::<_, Option<String>>(5)? {
        let Stage { output, part, boot: then } = from_json(&stage)?;
        let part = PathBuf::from(part);
        let is_whole = |metadata: &fs::Metadata| metadata.is_file() && metadata.len() == output.bytes_out;
        if then.as_deref() == boot && fs::metadata(&part).is_ok_and(|metadata| is_whole(&metadata)) {
            reached.push(Reached::Stage { output, part });
        }
    }
    Ok(reached)
}

/// Whether a part got its final name before the program died.
fn was_renamed(part: &Path, path: &Path, file: Option<FileIdentity>) -> bool {
    match (identity(path), file) {
        (Ok(now), Some(then)) => {
            if now == Some(then) {
                // Where the name was given by a second link, the first may be left.
                fs::remove_file(part).ok();
            }
            now == Some(then)
        }
        (Ok(_), None) => !part.exists(),
        (Err(_), _) => false,
    }
}

/// What the system knows a file by, where it has such a thing.
#[cfg(unix)]
pub fn identity(path: &Path) -> io::Result<Option<FileIdentity>> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::symlink_metadata(path)?;
    let modified_ns = metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec();
    let (device, inode, length) = (metadata.dev(), metadata.ino(), metadata.len());
    Ok(Some(FileIdentity { device, inode, length, modified_ns }))
}

/// What the system knows a file by, where it has such a thing.
#[cfg(not(unix))]
pub fn identity(path: &Path) -> io::Result<Option<FileIdentity>> {
    fs::symlink_metadata(path).map(|_| None)
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    // Plain data: there is nothing in it that could fail.
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    let failed = |error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error));
    serde_json::from_str(text).map_err(failed)
}
