//! The file that a transfer writes. It must not exist before: another attempt's file is never written into.

use crate::model::Failure;
use crate::task::Handles;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Chunks arrive in pieces of 8 to 16 KiB; fewer, larger writes cost less.
const BUFFER_BYTES: usize = 256 * 1024;

/// The open output of one attempt.
pub(super) struct Sink<'a> {
    file: BufWriter<File>,
    path: &'a Path,
    /// The link as it may be shown.
    shown: &'a str,
}

impl<'a> Sink<'a> {
    pub(super) fn create(handles: &Handles, path: &'a Path, shown: &'a str) -> Result<Sink<'a>, Failure> {
        let file = handles.output(path).map_err(|error| unwritable(path, shown, &error))?;
        Ok(Sink { file: BufWriter::with_capacity(BUFFER_BYTES, file), path, shown })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| unwritable(self.path, self.shown, &error))
    }

    /// Ends when everything is written and the file is closed.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Sink { file, path, shown } = self;
        file.into_inner()
            .map(drop)
            .map_err(io::IntoInnerError::into_error)
            .map_err(|error| unwritable(path, shown, &error))
    }
}

/// Names the folder that the person chose: the temporary file means nothing to them.
fn unwritable(path: &Path, shown: &str, error: &io::Error) -> Failure {
    let is_work_folder =
        |folder: &Path| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".millrace"));
    let folder = path.ancestors().skip(1).find(|folder| !is_work_folder(folder));
    let folder = folder.map_or_else(|| path.to_owned(), PathBuf::from);
    let failure = Failure::from_io(&format!("save {shown} in"), &folder, error);
    let details = format!("{}: {error:?}", path.display());
    failure.with_details(details)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorKind;

    #[test]
    fn a_full_disk_names_the_link_and_the_chosen_folder() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let failure = unwritable(Path::new("/out/.millrace-7/0-1.part"), "http://host/a.jpg", &full);
        assert_eq!(failure.kind, ErrorKind::DiskFull);
        assert_eq!(failure.sentence, "Cannot save http://host/a.jpg in /out: no space left on the disk");
    }
}
