//! The file that a download grows in. It carries its own journal behind the place where its last byte will be: what the
//! file is to become, and which of its bytes are there. So a part is whole in itself: whoever finds it, after whatever
//! end of the program, knows what can be relied on.
//!
//! ```text
//! 0 …… total   the bytes of the file
//! + 0          the head: a mark, a length, a checksum, and what [`Head`] says
//! + 2048       the runs: start, pos and synced of each, and their checksum, 8 bytes little-endian each
//! ```
//!
//! The bytes of a run are written before its `pos`. A program that dies leaves what it handed to the system, so `pos`
//! holds after its death; after a crash of the machine (told by the boot's own id) only `synced` does.

mod journal;

use self::journal::{HEAD_BYTES, JOURNAL_BYTES, MOST_TOTAL, RUN_BYTES, journal_at, parse};
use super::at;
use super::runs::Runs;
use super::validator::Validator;
use crate::model::{Checksum, ErrorKind, Failure};
use crate::task::Handles;
use crate::task::boot;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Tells a link from others. The link itself may hold a password.
pub(super) type LinkSum = [u8; 16];

/// What a part is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Its length, in bytes.
    pub(super) total: u64,
    /// What tells this version of the file from another.
    pub(super) validator: Validator,
    /// The name that it is to have.
    pub(super) name: String,
    /// Whether the server says that it is a web page.
    pub(super) is_page: bool,
    /// What the server says that its bytes add up to.
    pub(super) digest: Option<Checksum>,
    /// The link that it comes from.
    source: LinkSum,
    /// Those that were left for it, because they did not get on or were too slow.
    pub(super) left: Vec<LinkSum>,
    /// Which run of the machine wrote it.
    boot: Option<String>,
}

impl Head {
    /// `name` with whether the server says that it is a web page.
    pub(super) fn new(
        total: u64,
        validator: Validator,
        (name, is_page): (String, bool),
        digest: Option<Checksum>,
        url: &str,
    ) -> Head {
        let (source, boot) = (Head::sum_of(url), boot::id().map(str::to_owned));
        Head { total, validator, name, is_page, digest, source, left: Vec::new(), boot }
    }

    /// The same, from a link that others were left for.
    pub(super) fn with_left(self, left: &[LinkSum]) -> Head {
        Head { left: left.to_vec(), ..self }
    }

    /// Whether it came from this link.
    pub(super) fn is_from(&self, url: &str) -> bool {
        self.source == Head::sum_of(url)
    }

    /// What a part keeps of a link.
    pub(super) fn sum_of(url: &str) -> LinkSum {
        let sum: [u8; 32] = Sha256::digest(url).into();
        std::array::from_fn(|at| sum[at])
    }
}

/// The open part of one attempt.
pub(super) struct Part<'a> {
    file: File,
    path: &'a Path,
    /// The link as it may be shown.
    shown: &'a str,
    /// Its length on the disk, as far as it was set or found.
    length: u64,
    state: Option<State>,
}

/// What is known once the answer's head is there.
struct State {
    head: Head,
    runs: Runs,
    /// The journal is on the disk.
    kept: bool,
    /// There it counts for an earlier run of the machine only.
    of_earlier_boot: bool,
}

impl State {
    /// What can be relied on after the end of the program that kept it, or of the machine.
    fn in_this_run_of_the_machine(self) -> State {
        let same_boot = self.head.boot.is_some() && self.head.boot.as_deref() == boot::id();
        if same_boot { self } else { State { runs: self.runs.after_a_crash(), of_earlier_boot: true, ..self } }
    }

    /// Whether this was kept of the same file, with the same bytes.
    fn has_the_same(&self, other: &State) -> bool {
        let places = |state: &State| state.runs.all().iter().map(|run| (run.start, run.pos)).collect::<Vec<_>>();
        self.head == other.head && places(self) == places(other)
    }
}

impl<'a> Part<'a> {
    /// Opens the part, with what an earlier attempt left in it.
    pub(super) fn open(handles: &Handles, path: &'a Path, shown: &'a str) -> Result<Part<'a>, Failure> {
        let file = handles.part(path).map_err(|error| unwritable(path, shown, &error))?;
        let length = file.metadata().map_err(|error| unwritable(path, shown, &error))?.len();
        let mut part = Part { file, path, shown, length, state: None };
        // What cannot be read cannot be gone on with, and that is all.
        part.state = part.read_journal().ok().flatten().map(State::in_this_run_of_the_machine);
        Ok(part)
    }

    /// What an earlier attempt left: what it was about to fetch, and which bytes of it are there.
    pub(super) fn state(&self) -> Option<(&Head, &Runs)> {
        self.state.as_ref().map(|state| (&state.head, &state.runs))
    }

    /// Begins anew: whatever was there is dropped.
    pub(super) fn reset(&mut self) -> Result<(), Failure> {
        self.state = None;
        self.set_length(0)
    }

    fn set_length(&mut self, length: u64) -> Result<(), Failure> {
        if self.length != length {
            self.file.set_len(length).map_err(|error| self.unwritable(&error))?;
            self.length = length;
        }
        Ok(())
    }

    /// From here on the part is one that can be gone on with.
    pub(super) fn begin(&mut self, head: Head) {
        self.state = Some(State { runs: Runs::new(head.total), head, kept: false, of_earlier_boot: false });
    }

    fn runs_mut(&mut self) -> Option<&mut Runs> {
        self.state.as_mut().map(|state| &mut state.runs)
    }

    /// Begins another run, and keeps that.
    pub(super) fn begin_run(&mut self, at: u64) -> Result<Option<usize>, Failure> {
        let Some(run) = self.runs_mut().and_then(|runs| runs.begin(at)) else { return Ok(None) };
        self.keep_runs(run..run + 1).map_err(|error| self.unwritable(&error))?;
        Ok(Some(run))
    }

    /// Writes at the end of a run, and then keeps how far it is.
    pub(super) fn write(&mut self, run: usize, bytes: &[u8]) -> Result<(), Failure> {
        self.try_write(run, bytes).map_err(|error| self.unwritable(&error))
    }

    /// Looks whether the whole file can ever fit on the disk.
    pub(super) fn check_room(&self, total: u64) -> Result<(), Failure> {
        if total <= disk_bytes(&self.file).unwrap_or(MOST_TOTAL).min(MOST_TOTAL) {
            return Ok(());
        }
        let sentence = format!(
            "Cannot save {}: it has {total} bytes, and there is no space left on a disk that is smaller than that",
            self.shown
        );
        Err(Failure::new(ErrorKind::DiskFull, sentence))
    }

    fn try_write(&mut self, run: usize, bytes: &[u8]) -> io::Result<()> {
        let Some(state) = &mut self.state else { return Err(io::Error::other("nothing was begun")) };
        let pos = state.runs.get(run).pos;
        at::write_all(&self.file, bytes, pos)?;
        self.length = self.length.max(pos + bytes.len() as u64);
        state.runs.grow(run, bytes.len() as u64);
        if state.of_earlier_boot {
            self.renew()
        } else if state.kept {
            self.keep_runs(run..run + 1)
        } else if state.runs.there() < state.head.total {
            self.keep_all()
        } else {
            // It came in one piece: there is nothing to go on with later.
            Ok(())
        }
    }

    /// Writes to a part that cannot be gone on with.
    pub(super) fn write_plain(&mut self, bytes: &[u8], at: u64) -> Result<(), Failure> {
        self.check_length()?;
        at::write_all(&self.file, bytes, at).map_err(|error| self.unwritable(&error))?;
        self.length = self.length.max(at + bytes.len() as u64);
        Ok(())
    }

    /// Whether the file has exactly these bytes at `at`.
    pub(super) fn has(&self, bytes: &[u8], at: u64) -> Result<bool, Failure> {
        let mut own = vec![0; bytes.len()];
        at::read_exact(&self.file, &mut own, at).map_err(|error| self.unwritable(&error))?;
        Ok(own == bytes)
    }

    /// Reads into `buffer` from `at`, as much as fits.
    pub(super) fn read(&self, buffer: &mut [u8], at: u64) -> Result<(), Failure> {
        at::read_exact(&self.file, buffer, at).map_err(|error| self.unwritable(&error))
    }

    /// Another handle, to bring the file down to the disk from elsewhere.
    pub(super) fn for_sync(&self) -> Option<(File, Runs)> {
        let state = self.state.as_ref().filter(|state| state.kept)?;
        Some((self.file.try_clone().ok()?, state.runs.clone()))
    }

    /// What was there at that time is on the disk by now.
    pub(super) fn synced(&mut self, then: &Runs) {
        let Some(state) = &mut self.state else { return };
        state.runs.synced(then);
        let runs = 0..then.all().len();
        // Where this cannot be kept, a crash of the machine costs more of the download.
        self.keep_runs(runs).ok();
    }

    /// Removes a part that nobody can go on with. Where this process may not, the engine does.
    pub(super) fn remove_if_useless(&mut self) {
        if !self.state.as_ref().is_some_and(|state| state.kept) {
            self.state = None;
            std::fs::remove_file(self.path).ok();
        }
    }

    /// Takes the journal off: what is left are the bytes of the file.
    pub(super) fn finish(&mut self, length: u64) -> Result<(), Failure> {
        self.check_whole(length)?;
        self.set_length(length)
    }

    /// Fails where something else changed the part. Then its bytes tell nothing about what came.
    pub(super) fn check_whole(&mut self, length: u64) -> Result<(), Failure> {
        self.check_length()?;
        if self.length < length {
            return Err(self.changed());
        }
        if let Some(state) = self.state.as_ref().filter(|state| state.kept && !state.of_earlier_boot) {
            let kept = self.read_journal().map_err(|error| self.unwritable(&error))?;
            if !kept.is_some_and(|kept| kept.has_the_same(state)) {
                return Err(self.changed());
            }
        }
        Ok(())
    }

    /// Fails where the file has another length than it was given: bytes of it are gone.
    fn check_length(&mut self) -> Result<(), Failure> {
        let length = self.file.metadata().map_err(|error| self.unwritable(&error))?.len();
        if length == self.length { Ok(()) } else { Err(self.changed()) }
    }

    /// What is left of the file is not gone on with.
    fn changed(&mut self) -> Failure {
        self.state = None;
        if self.file.set_len(0).is_ok() {
            self.length = 0;
        }
        let sentence = format!("Something else changed the file that {} was being saved in", self.shown);
        Failure::new(ErrorKind::Io, sentence).with_details(self.path.display().to_string()).retryable()
    }

    fn keep_all(&mut self) -> io::Result<()> {
        let Some(state) = &self.state else { return Ok(()) };
        let length = journal_at(state.head.total) + JOURNAL_BYTES;
        reserve(&self.file, length)?;
        self.file.set_len(length)?;
        self.length = length;
        self.keep_journal()
    }

    /// Lets the journal count for this run of the machine. Not where something else cut the part, which is found out later.
    fn renew(&mut self) -> io::Result<()> {
        let Some(state) = &mut self.state else { return Ok(()) };
        if self.file.metadata()?.len() != self.length {
            return Ok(());
        }
        state.head.boot = boot::id().map(str::to_owned);
        self.keep_journal()
    }

    fn keep_journal(&mut self) -> io::Result<()> {
        let Some(state) = &mut self.state else { return Ok(()) };
        let journal_at = journal_at(state.head.total);
        // Where the head is too long, the part cannot be gone on with, and that is all.
        let Some(head) = journal::head(&state.head)? else { return Ok(()) };
        // The runs come first: what an earlier run of the machine wrote of them must not count in this one.
        at::write_all(&self.file, &journal::records(state.runs.all()), journal_at + HEAD_BYTES as u64)?;
        at::write_all(&self.file, &head, journal_at)?;
        (state.kept, state.of_earlier_boot) = (true, false);
        Ok(())
    }

    fn keep_runs(&self, runs: std::ops::Range<usize>) -> io::Result<()> {
        let Some(state) = self.state.as_ref().filter(|state| state.kept) else { return Ok(()) };
        let at = journal_at(state.head.total) + (HEAD_BYTES + runs.start * RUN_BYTES) as u64;
        at::write_all(&self.file, &journal::records(&state.runs.all()[runs]), at)
    }

    fn read_journal(&self) -> io::Result<Option<State>> {
        let Some(journal_at) = self.length.checked_sub(JOURNAL_BYTES) else { return Ok(None) };
        let mut journal = vec![0; JOURNAL_BYTES as usize];
        at::read_exact(&self.file, &mut journal, journal_at)?;
        Ok(parse(&journal, journal_at))
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        unwritable(self.path, self.shown, error)
    }
}

/// Takes the room on the disk, where that costs no writing. A file system that cannot do it says so.
#[cfg(target_os = "linux")]
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes) {
        Err(Errno::NOSPC) => Err(Errno::NOSPC.into()),
        _ => Ok(()),
    }
}

/// How many bytes the whole file system of a file holds.
#[cfg(unix)]
fn disk_bytes(file: &File) -> Option<u64> {
    rustix::fs::fstatvfs(file).ok().map(|disk| disk.f_blocks.saturating_mul(disk.f_frsize)).filter(|bytes| *bytes > 0)
}

#[cfg(not(unix))]
fn disk_bytes(_: &File) -> Option<u64> {
    None
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
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

    fn head(total: u64) -> Head {
        let validator = Validator { etag: Some("\"a\"".into()), last_modified: None };
        Head::new(total, validator, ("a.bin".into(), false), None, "http://host/a")
    }

    #[test]
    fn a_part_is_gone_on_with_where_it_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.part");
        let open = || Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
        let mut part = open();
        assert!(part.state().is_none());
        part.begin(head(1001));
        part.write(0, &[1; 10]).expect("written");
        let second = part.begin_run(500).expect("kept").expect("room");
        part.write(second, &[2; 501]).expect("written");
        drop(part);
        let mut part = open();
        let (kept, runs) = part.state().expect("what was there");
        assert_eq!((kept, runs.there()), (&head(1001), 511));
        assert!(part.has(&[2; 501], 500).expect("read"));
        part.write(0, &[3; 490]).expect("written");
        part.finish(1001).expect("finished");
        let bytes = std::fs::read(&path).expect("read");
        assert_eq!(bytes, [[1; 10].as_slice(), &[3; 490], &[2; 501]].concat());
        assert!(open().state().is_none(), "a finished part has no journal");
    }

    #[test]
    fn what_came_in_one_piece_has_no_journal() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.part");
        let mut part = Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
        part.begin(head(5));
        part.write(0, b"bytes").expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"bytes");
    }

    #[test]
    fn a_damaged_journal_is_not_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.part");
        let open = || Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
        let mut part = open();
        part.begin(head(100));
        part.write(0, &[1; 50]).expect("written");
        drop(part);
        let whole = std::fs::read(&path).expect("read");
        let runs = 128 + HEAD_BYTES;
        let flipped = [128, 139, 145, runs, runs + 8, runs + 9, runs + 16, runs + 31].map(|at| (at, whole[at] ^ 0x40));
        // A run to the end would make sense, and was not kept.
        for (at, byte) in flipped.into_iter().chain([(runs + 8, 100)]) {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            std::fs::write(&path, bytes).expect("written");
            assert!(open().state().is_none(), "{at}");
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).expect("written");
        assert!(open().state().is_none(), "cut");
    }

    #[test]
    fn a_part_that_lost_bytes_while_it_grew_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let cut = |path: &Path, length| File::options().write(true).open(path)?.set_len(length);
        for length in [0, 40, 128, 128 + HEAD_BYTES as u64 + 40] {
            let path = folder.path().join(format!("{length}.part"));
            let mut part = Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
            part.begin(head(100));
            part.write(0, &[1; 50]).expect("written");
            cut(&path, length).expect("cut");
            part.write(0, &[1; 50]).expect("written");
            let failure = part.finish(100).expect_err("bytes are gone");
            assert!(failure.kind == ErrorKind::Io && failure.sentence.contains("Something else"), "{failure}");
        }
        let path = folder.path().join("plain.part");
        let mut part = Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
        part.write_plain(&[1; 50], 0).expect("written");
        cut(&path, 0).expect("cut");
        part.write_plain(&[1; 50], 50).expect_err("bytes are gone");
        part.finish(100).expect_err("bytes are gone");
    }

    #[test]
    fn after_a_crash_of_the_machine_only_what_was_synced_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.part");
        let open = || Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
        let mut part = open();
        part.begin(Head { boot: Some("another".into()), ..head(100) });
        part.write(0, &[1; 50]).expect("written");
        let (_, then) = part.for_sync().expect("a handle");
        part.write(0, &[1; 20]).expect("written");
        part.synced(&then);
        drop(part);
        let mut part = open();
        assert_eq!(part.state().map(|(_, runs)| runs.there()), Some(50));
        part.write(0, &[1; 10]).expect("written");
        drop(part);
        let mut part = open();
        assert_eq!(part.state().map(|(_, runs)| runs.there()), Some(60), "the machine ran on, only the program ended");
        part.write(0, &[1; 40]).expect("written");
        part.finish(100).expect("finished");
    }

    #[test]
    fn what_is_as_long_as_no_file_can_be_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.part");
        let part = Part::open(&Handles::default(), &path, "http://host/a").expect("opened");
        for total in [MOST_TOTAL + 1, u64::MAX - 1, u64::MAX] {
            let failure = part.check_room(total).expect_err("no room");
            assert!(
                failure.kind == ErrorKind::DiskFull && failure.retry == crate::model::RetryHint::Never,
                "{failure}"
            );
            let head = journal::head(&head(total)).expect("written").expect("short enough");
            let runs = journal::records(Runs::new(total).all());
            assert!(parse(&[head, runs].concat(), 0).is_none());
        }
        assert!(i64::try_from(journal_at(MOST_TOTAL) + JOURNAL_BYTES).is_ok());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_journal_that_was_not_written_is_not_kept() {
        let path = Path::new("/dev/full");
        let file = File::options().read(true).write(true).open(path).expect("opened");
        let mut part = Part { file, path, shown: "http://host/a", length: 0, state: None };
        part.begin(head(100));
        part.keep_journal().expect_err("nothing can be written there");
        assert!(!part.state.as_ref().is_some_and(|state| state.kept));
    }

    #[test]
    fn a_full_disk_names_the_link_and_the_chosen_folder() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let failure = unwritable(Path::new("/out/.millrace-7/0-1.part"), "http://host/a.jpg", &full);
        assert_eq!(failure.kind, ErrorKind::DiskFull);
        assert_eq!(failure.sentence, "Cannot save http://host/a.jpg in /out: no space left on the disk");
    }
}
