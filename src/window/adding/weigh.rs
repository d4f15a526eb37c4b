//! What was pasted, against itself and against what was done before: which of it is there twice, and which is done
//! already. Blocks, so it runs off the window's thread.

use crate::model::{JobSpec, Source};
use crate::store;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How many links are looked up before the window may note another.
const PER_LOOK: usize = 1024;

/// What is known of one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    New,
    /// It is among the ones before it.
    Twice,
    /// It was done before.
    Done,
    /// It cannot be worked on.
    Refused,
}

/// Jobs with what is known of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Weighed {
    pub(crate) jobs: Vec<JobSpec>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) links: usize,
    pub(crate) files: usize,
    pub(crate) twice: usize,
    pub(crate) done: usize,
    pub(crate) refused: usize,
}

/// What this window has done, shared between the window, which notes it, and whoever asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct DoneHere {
    /// Hashes of what identifies a job: a million of them take 20 MB.
    hashes: Arc<Mutex<HashSet<u64>>>,
}

impl DoneHere {
    /// A job is done. Cheap enough for the window's thread.
    pub(crate) fn note(&self, job: &JobSpec) {
        if let Some(key) = key(job) {
            self.hashes.lock().unwrap_or_else(PoisonError::into_inner).insert(hash(&key));
        }
    }

    /// Its result was taken back.
    pub(crate) fn forget(&self, job: &JobSpec) {
        if let Some(key) = key(job) {
            self.hashes.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(&key));
        }
    }

    fn have(&self, hashes: &[u64]) -> Vec<bool> {
        let done = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        hashes.iter().map(|hash| done.contains(hash)).collect()
    }
}

/// Weighs jobs, with the history of a state folder.
#[derive(Debug, Clone)]
pub(crate) struct Scales {
    pub(crate) done_here: DoneHere,
    pub(crate) state_dir: PathBuf,
}

impl Scales {
    pub(crate) fn weigh(&self, jobs: Vec<JobSpec>) -> Weighed {
        let before =
            store::done_among(&self.state_dir, jobs.iter().filter(|job| key(job).is_some()).map(JobSpec::input));
        let mut weighed = Weighed::default();
        let mut first: HashSet<Key<'_>> = HashSet::with_capacity(jobs.len());
        for chunk in jobs.chunks(PER_LOOK) {
            let hashes: Vec<u64> = chunk.iter().map(|job| key(job).map_or(0, |key| hash(&key))).collect();
            let here = self.done_here.have(&hashes);
            for (job, here) in chunk.iter().zip(here) {
                let mark = match key(job) {
                    None => Mark::Refused,
                    Some(key) if !first.insert(key) => Mark::Twice,
                    Some(_) if here || before.contains(job.input()) => Mark::Done,
                    Some(_) => Mark::New,
                };
                weighed.count(job, mark);
            }
        }
        drop(first);
        Weighed { jobs, ..weighed }
    }
}

impl Weighed {
    fn count(&mut self, job: &JobSpec, mark: Mark) {
        self.marks.push(mark);
        match mark {
            Mark::New => {}
            Mark::Twice => self.twice += 1,
            Mark::Done => self.done += 1,
            Mark::Refused => self.refused += 1,
        }
        match job.source() {
            Source::Link { .. } => self.links += 1,
            Source::File(_) => self.files += 1,
            _ => {}
        }
    }

    /// How many are wanted.
    pub(crate) fn wanted(&self, leave_out: bool) -> usize {
        self.jobs.len() - if leave_out { self.twice + self.done } else { 0 }
    }

    /// Those that are wanted.
    pub(crate) fn chosen(self, leave_out: bool) -> Vec<JobSpec> {
        let is_wanted = |mark: &Mark| !leave_out || matches!(mark, Mark::New | Mark::Refused);
        let marked = self.jobs.into_iter().zip(self.marks);
        marked.filter(|(_, mark)| is_wanted(mark)).map(|(job, _)| job).collect()
    }
}

/// What makes two jobs the same: the address, and what the file is to be called; or the path.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Link(&'a str, Option<&'a str>, &'a Path),
    File(&'a Path),
}

fn key(job: &JobSpec) -> Option<Key<'_>> {
    match job.source() {
        Source::Link { url, details } => Some(Key::Link(url, details.name.as_deref(), &details.subfolder)),
        Source::File(path) => Some(Key::File(path)),
        _ => None,
    }
}

fn hash(key: &Key<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake;

    #[test]
    fn duplicates_and_what_is_done_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let scales = Scales { done_here: DoneHere::default(), state_dir: folder.path().to_owned() };
        let link = |url: &str| intake::from_link(url);
        scales.done_here.note(&link("http://h/done"));
        let named = JobSpec::link("http://h/a", "http://h/a", Some("b.jpg".to_owned()));
        let jobs = vec![
            link("http://h/a"),
            link("http://h/done"),
            link("http://h/a#x"),
            named,
            link("ftp://h/a"),
            link("http://h/done"),
        ];
        let weighed = scales.weigh(jobs.clone());
        assert_eq!(weighed.marks, [Mark::New, Mark::Done, Mark::Twice, Mark::New, Mark::Refused, Mark::Twice]);
        assert_eq!((weighed.links, weighed.files, weighed.twice, weighed.done, weighed.refused), (5, 0, 2, 1, 1));
        assert_eq!((weighed.wanted(true), weighed.wanted(false)), (3, 6));
        let chosen = weighed.clone().chosen(true);
        assert_eq!(chosen.iter().map(JobSpec::input).collect::<Vec<_>>(), ["http://h/a", "http://h/a", "ftp://h/a"]);
        assert_eq!(weighed.chosen(false), jobs);
        scales.done_here.forget(&link("http://h/done"));
        assert_eq!(scales.weigh(vec![link("http://h/done")]).marks, [Mark::New]);
    }
}
