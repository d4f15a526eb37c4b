//! What one conversion has to do with the world: memory, which is asked for once, and its output.

use super::decode::Need;
use super::{STEPS, step, steps};
use crate::model::task::Piece;
use crate::model::{Convert, ErrorKind, Failure, Output};
use crate::task::Ctx;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// What a conversion made.
pub(super) struct Made {
    pub(super) file: Content,
    /// Upright, in pixels.
    pub(super) size_in: (u32, u32),
    pub(super) size_out: (u32, u32),
    /// The files in it, where there are several.
    pub(super) pieces: Vec<Piece>,
}

/// What is in the output.
pub(super) enum Content {
    /// What is still to be written.
    Bytes(Vec<u8>),
    /// So many bytes, which were written as they came.
    Written(u64),
}

/// One conversion: what it is about, and its memory, which is asked for once.
pub(super) struct Room<'a> {
    pub(super) ctx: &'a Ctx<'a>,
    pub(super) convert: &'a Convert,
    /// Of the file.
    length: u64,
    asked: Cell<Option<u64>>,
}

impl<'a> Room<'a> {
    /// Of a file of this length.
    pub(super) fn of(ctx: &'a Ctx<'a>, convert: &'a Convert, length: u64) -> Room<'a> {
        Room { ctx, convert, length, asked: Cell::new(None) }
    }

    /// Writes what was made.
    pub(super) fn finish(&self, name: String, made: Made) -> Result<Output, Failure> {
        step(self.ctx, 4)?;
        let bytes_out = match made.file {
            Content::Bytes(bytes) => {
                write(&bytes, self.ctx, &self.convert.name)?;
                bytes.len() as u64
            }
            Content::Written(length) => length,
        };
        self.ctx.progress(STEPS, Some(STEPS));
        Ok(Output {
            name,
            bytes_in: self.length,
            bytes_out,
            size_in: Some(made.size_in),
            size_out: Some(made.size_out),
            pieces: made.pieces,
            ..Output::default()
        })
    }

    /// The output, empty.
    pub(super) fn output(&self) -> Result<File, Failure> {
        self.ctx.handles.output(&self.ctx.files.output).map_err(|error| self.unsaved(&error))
    }

    pub(super) fn unsaved(&self, error: &io::Error) -> Failure {
        unsaved(error, &self.ctx.files.output, &self.convert.name)
    }

    /// Waits until there is memory for the file, for so many such pictures at a time, and for what their steps take. Buffers
    /// of the codecs come on top.
    pub(super) fn ask(&self, need: Need, times: u64) -> Result<(), Failure> {
        let name = &self.convert.name;
        let picture = steps::memory(&self.convert.recipe, need).map_err(|error| error.failure(name))?;
        self.ask_bytes(self.length.saturating_add(picture.saturating_mul(times)).saturating_add(4 << 20))
    }

    /// The same for so many bytes altogether.
    pub(super) fn ask_bytes(&self, bytes: u64) -> Result<(), Failure> {
        let name = &self.convert.name;
        match self.asked.get() {
            // What was foreseen has some play.
            Some(asked) if bytes <= asked.saturating_add(asked / 5) => Ok(()),
            Some(_) => {
                let sentence = format!("{name} is damaged: it needs more memory than its header says");
                Err(Failure::new(ErrorKind::Decode, sentence))
            }
            None => {
                self.asked.set(Some(bytes));
                self.ctx.reserve(name, bytes)
            }
        }
    }
}

/// Writes a new file.
pub(super) fn write(bytes: &[u8], ctx: &Ctx<'_>, name: &str) -> Result<(), Failure> {
    let path = ctx.files.output.as_path();
    let written = ctx.handles.output(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| unsaved(&error, path, name))
}

fn unsaved(error: &io::Error, path: &Path, name: &str) -> Failure {
    let folder = path.parent().and_then(Path::parent).unwrap_or(path);
    let mut failure = Failure::from_io("write to", folder, error);
    failure.sentence = format!("{name} could not be saved. {}", failure.sentence);
    failure
}
