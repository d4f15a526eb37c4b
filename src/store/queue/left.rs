//! What is left of a job: its description as it is kept, and how far it came, which its files tell together with the
//! journal.

use super::file::readable;
use super::schema::{BUSY, ECHO, FILE, IS_PRIME, LINK};
use crate::model::job::Special;
use crate::model::record::{FileIdentity, Naming, PARTS_FOLDER, part_name};
use crate::model::{JobSpec, Light, Made, Output, Place, Reached};
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

/// How a commit is kept: while it is under way, and afterwards as what the job made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Committing {
    Files {
        files: Vec<KeptNaming>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        folders: Vec<PathBytes>,
    },
    /// As version 2 kept it.
    File(KeptNaming),
}

/// How the way of a file to its name is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptNaming {
    part: PathBytes,
    path: PathBytes,
    file: Option<FileIdentity>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    replaces: bool,
}

impl Committing {
    pub(super) fn of(files: &[Naming], folders: &[PathBuf]) -> Committing {
        let naming = |naming: &Naming| KeptNaming {
            part: naming.part.as_path().into(),
            path: naming.path.as_path().into(),
            file: naming.file,
            replaces: naming.replaces,
        };
        let folders = folders.iter().map(|folder| folder.as_path().into()).collect();
        Committing::Files { files: files.iter().map(naming).collect(), folders }
    }

    /// What is kept of a commit, and the folders made for it. Nothing where version 2 kept only that there was one.
    pub(super) fn read(text: &str) -> rusqlite::Result<(Vec<Naming>, Vec<PathBuf>)> {
        if text.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let (files, folders) = match from_json(text)? {
            Committing::Files { files, folders } => (files, folders),
            Committing::File(file) => (vec![file], Vec::new()),
        };
        let naming = |kept: KeptNaming| Naming {
            part: kept.part.into(),
            file: kept.file,
            path: kept.path.into(),
            replaces: kept.replaces,
        };
        Ok((files.into_iter().map(naming).collect(), folders.into_iter().map(PathBuf::from).collect()))
    }
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

/// How far a job had come, which its files tell together with what was kept, as far as that can be read. `boot` is this run
/// of the machine.
pub(super) fn reached_of(row: &Row<'_>, boot: Option<&str>) -> rusqlite::Result<Vec<Reached>> {
    let mut reached = Vec::new();
    if let (Some(Some(priority)), Some(Some(rank))) = (readable(row.get(7))?, readable(row.get(8))?) {
        reached.push(Reached::Moved(Place { priority, rank }));
    }
    let committing =
        row.get::<_, Option<String>>(6).and_then(|text| text.map(|text| Committing::read(&text)).transpose());
    if let Some((files, _)) = readable(committing)?.flatten()
        && let Some(made) = made_of(&files)
    {
        let length = |path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        let bytes = made.all().map(length).sum();
        reached.push(Reached::Committed { made, bytes });
        return Ok(reached);
    }
    let stage = row.get::<_, Option<String>>(5).and_then(|text| text.map(|text| from_json(&text)).transpose());
    if let Some(Stage { output, part, boot: then }) = readable(stage)?.flatten() {
        let part = PathBuf::from(part);
        let is_whole = |metadata: &fs::Metadata| metadata.is_file() && metadata.len() == output.bytes_out;
        if then.as_deref() == boot && fs::metadata(&part).is_ok_and(|metadata| is_whole(&metadata)) {
            reached.push(Reached::Stage { output, part });
        }
    }
    Ok(reached)
}

/// The files of a job, where all of them got their final names before the program died. Where only some of them did, they
/// go: the job is done anew.
fn made_of(files: &[Naming]) -> Option<Made> {
    let renamed: Vec<&Naming> = files.iter().filter(|naming| was_renamed(naming)).collect();
    if renamed.len() == files.len() {
        return Made::of(files.iter().map(|naming| naming.path.clone()));
    }
    for naming in renamed {
        fs::remove_file(&naming.path).ok();
    }
    None
}

/// Whether a part got its final name before the program died.
pub(super) fn was_renamed(Naming { part, path, file, .. }: &Naming) -> bool {
    match (identity(path), *file) {
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

/// Removes the parts of jobs, by the numbers that their program gave them, and their folder once nothing else is in it.
pub(super) fn remove_parts(output_dir: &Path, program: &str, numbers: impl Iterator<Item = u32>) {
    let folder = output_dir.join(PARTS_FOLDER);
    for number in numbers.filter(|_| folder.is_dir()) {
        fs::remove_file(folder.join(part_name(program, number))).ok();
    }
    fs::remove_dir(folder).ok();
}

/// What the system knows a file by, where it has such a thing.
///
/// # Errors
///
/// Fails where nothing of this name is there, or it cannot be looked at.
#[cfg(unix)]
pub fn identity(path: &Path) -> io::Result<Option<FileIdentity>> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::symlink_metadata(path)?;
    let modified_ns = metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec();
    let (device, inode, length) = (metadata.dev(), metadata.ino(), metadata.len());
    Ok(Some(FileIdentity { device, inode, length, modified_ns }))
}

/// What the system knows a file by, where it has such a thing.
///
/// # Errors
///
/// Fails where nothing of this name is there, or it cannot be looked at.
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
