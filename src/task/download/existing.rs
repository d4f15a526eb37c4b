//! A file of the wanted name that is there already: the engine says so, and hands it over where it may be the beginning of
//! the new one. It is only ever read.

use super::digest;
use super::part::Part;
use super::transfer::Transfer;
use crate::model::{Download, ErrorKind, Existing, Failure, Output};
use crate::task::Ctx;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// So much of its end is fetched anew.
const TAIL_BYTES: u64 = 64 * 1024;

/// Above this size some places within it are fetched again and compared, too.
const SAMPLED_ABOVE: u64 = 1 << 20;

/// How many.
const SAMPLES: u64 = 4;

/// The file to begin with, if there is one.
pub(super) fn open(ctx: &Ctx<'_>) -> Result<Option<File>, Failure> {
    let Some(path) = &ctx.files.input else { return Ok(None) };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ctx.handles.input(path).map(Some).map_err(|unopened| unopened.failure_of(&name))
}

/// The result where the file that is there has the checksum that was given: nothing is fetched.
pub(super) fn is_whole_already(
    there: Option<&File>,
    download: &Download,
    ctx: &Ctx<'_>,
) -> Result<Option<Output>, Failure> {
    let (Some(file), Some(checksum), Some(there)) = (there, &download.checksum, &download.existing) else {
        return Ok(None);
    };
    let length = length(file).map_err(|error| unreadable(ctx, &error))?;
    let read = |buffer: &mut [u8], at| read_at(file, buffer, at).map_err(|error| unreadable(ctx, &error));
    let is_it = download.size.is_none_or(|size| size == length)
        && digest::computed(&read, checksum.algorithm(), length, ctx)? == checksum.value();
    Ok(is_it.then(|| existing(there.name())))
}

fn existing(name: &str) -> Output {
    Output { name: name.to_owned(), existing: true, ..Output::default() }
}

impl Transfer<'_> {
    /// The result where a file of this name is there and counts as it. One with the checksum that was given would have been
    /// the result before anything was asked for.
    pub(super) fn skipped(&self, name: &str) -> Result<Option<Output>, Failure> {
        match (&self.download.existing, &self.download.checksum) {
            (Some(Existing::Counts(there)), None) if there == name => Ok(Some(existing(name))),
            (Some(Existing::Counts(there)), Some(checksum)) if there == name => {
                let sentence = format!(
                    "{name} is there already and does not match the {} checksum that was given. It was left as it is: remove it, or \
                     have it overwritten",
                    checksum.algorithm()
                );
                Err(Failure::new(ErrorKind::Verify, sentence).with_details(format!("expected {checksum}")))
            }
            _ => Ok(None),
        }
    }

    /// Takes the file that is there for the beginning of the new one, but for its end. Whether that is right is told by the
    /// joints: small gaps are left within it, around which bytes are fetched again and compared.
    pub(super) fn adopt(&self, part: &mut Part<'_>, name: &str, total: u64) -> Result<bool, Failure> {
        let begins = matches!(&self.download.existing, Some(Existing::Begins(there)) if there == name);
        let Some(file) = self.there_before.filter(|_| begins) else { return Ok(false) };
        let length = length(file).map_err(|error| unreadable(self.ctx, &error))?;
        if length > total || length <= TAIL_BYTES {
            return Ok(false);
        }
        let kept = length - TAIL_BYTES;
        let samples = if kept > SAMPLED_ABOVE { SAMPLES } else { 0 };
        let starts: Vec<u64> = (0..=samples).map(|sample| kept / (samples + 1) * sample).collect();
        for start in &starts[1..] {
            part.begin_run(*start)?;
        }
        let mut piece = vec![0; super::BUFFER_BYTES];
        for (run, start) in starts.iter().enumerate() {
            let end = starts.get(run + 1).map_or(kept, |next| next - 1);
            let mut at = *start;
            while at < end {
                self.ctx.checkpoint()?;
                let piece = &mut piece[..super::BUFFER_BYTES.min((end - at) as usize)];
                read_at(file, piece, at).map_err(|error| unreadable(self.ctx, &error))?;
                part.write(run, piece)?;
                at += piece.len() as u64;
            }
        }
        Ok(true)
    }
}

fn unreadable(ctx: &Ctx<'_>, error: &io::Error) -> Failure {
    Failure::from_io("read", ctx.files.input.as_ref().unwrap_or(&ctx.files.output), error)
}

fn length(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

fn read_at(mut file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(buffer)
}
