//! The files of an attempt, open. A thread opens them by name when it comes to that; a worker process that may not open
//! anything is handed them.

use crate::model::{Failure, Files, Task};
use std::fs::{self, File, FileType};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Files that were opened for the task by somebody who may.
#[derive(Debug, Default)]
pub struct Handles {
    /// To read from.
    input: Mutex<Option<File>>,
    /// To write to: empty so far.
    output: Mutex<Option<File>>,
}

/// Why an input could not be opened for reading.
#[derive(Debug)]
pub enum Unopened {
    /// It is a folder, a pipe, a socket or a device: opening one of those may wait for ever.
    NoFile(FileType),
    /// A link that leads nowhere.
    BrokenLink,
    /// Links that lead to one another.
    LinkLoop,
    /// Something else.
    Io(io::Error),
}

impl Handles {
    /// Opens what an attempt at a task needs.
    ///
    /// # Errors
    ///
    /// Fails where the input is no file or cannot be opened, and where the output cannot be made. Only the part of a
    /// download may be there already.
    pub fn open(task: &Task, files: &Files) -> Result<Handles, Failure> {
        let input = files.input.as_deref().map(|path| open_input(path).map_err(|unopened| unopened.failure(path)));
        let output = match task {
            Task::Download(_) => open_part(&files.output),
            _ => File::create_new(&files.output),
        };
        let output = output
            .map_err(|error| Failure::from_io("write to", files.output.parent().unwrap_or(&files.output), &error))?;
        Ok(Handles::of(input.transpose()?, Some(output)))
    }

    /// From files that are open already.
    pub fn of(input: Option<File>, output: Option<File>) -> Handles {
        Handles { input: Mutex::new(input), output: Mutex::new(output) }
    }

    /// The input: the one that was handed over, or the file of this name.
    ///
    /// # Errors
    ///
    /// Fails where none was handed over and something that is no file has this name, or the file cannot be opened.
    pub fn input(&self, path: &Path) -> Result<File, Unopened> {
        match take(&self.input) {
            Some(file) => Ok(file),
            None => open_input(path),
        }
    }

    /// The output: the one that was handed over, or a new file of this name.
    ///
    /// # Errors
    ///
    /// Fails where none was handed over and the file is there already, or cannot be made.
    pub fn output(&self, path: &Path) -> io::Result<File> {
        match take(&self.output) {
            Some(file) => Ok(file),
            None => File::create_new(path),
        }
    }

    /// The part of a download: the one that was handed over, or the file of this name, which may be there already.
    ///
    /// # Errors
    ///
    /// Fails where none was handed over and something that is no file has this name, or the file cannot be opened or
    /// made.
    pub fn part(&self, path: &Path) -> io::Result<File> {
        match take(&self.output) {
            Some(file) => Ok(file),
            None => open_part(path),
        }
    }

    /// The length of the input that was handed over; 0 where there is none.
    pub fn input_bytes(&self) -> u64 {
        let input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        input.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |metadata| metadata.len())
    }

    /// Both, for passing on: the input and the output.
    pub fn into_files(self) -> (Option<File>, Option<File>) {
        (take(&self.input), take(&self.output))
    }
}

fn take(file: &Mutex<Option<File>>) -> Option<File> {
    file.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Opens the part of a download with what is in it. Never through a link, and never something that is no file.
fn open_part(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("something that is no file is in its place"))
    }
}

/// Opens a file for reading. Looks at what it is first.
fn open_input(path: &Path) -> Result<File, Unopened> {
    let metadata = fs::metadata(path).map_err(|error| match fs::symlink_metadata(path) {
        Ok(link) if link.is_symlink() && is_loop(&error) => Unopened::LinkLoop,
        Ok(link) if link.is_symlink() && error.kind() == io::ErrorKind::NotFound => Unopened::BrokenLink,
        _ => Unopened::Io(error),
    })?;
    if !metadata.is_file() {
        return Err(Unopened::NoFile(metadata.file_type()));
    }
    File::open(path).map_err(Unopened::Io)
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

impl Unopened {
    fn failure(&self, path: &Path) -> Failure {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        self.failure_of(&name)
    }

    /// The sentence for the person. `name` is what the input is called.
    pub fn failure_of(&self, name: &str) -> Failure {
        use crate::model::ErrorKind;
        match self {
            Unopened::NoFile(kind) => {
                Failure::new(ErrorKind::Unsupported, format!("{name} is {}, not a file", kind_name(*kind)))
            }
            Unopened::BrokenLink => {
                Failure::new(ErrorKind::Io, format!("{name} is a link to a file that is not there"))
            }
            Unopened::LinkLoop => {
                Failure::new(ErrorKind::Io, format!("{name} is a link that leads back to itself, and to no file"))
            }
            Unopened::Io(error) => Failure::from_io("read", Path::new(name), error),
        }
    }
}

fn kind_name(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}
