//! Jobs: one file's journey through the queue.

use super::link::{LinkDetails, NO_DETAILS};
use super::task::NonPictures;
use super::{
    Checksum, Convert, Download, Failure, FetchOptions, LabTask, Light, OnExists, PageTask, Pool, Recipe, Task,
    Template, os_path,
};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The options that the jobs of a batch share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchOptions {
    /// The folder for the results.
    #[serde(with = "os_path")]
    pub output_dir: PathBuf,
    /// What to do with pictures. `None` leaves downloads as they are and is not possible for local files.
    pub recipe: Option<Arc<Recipe>>,
    /// What becomes of downloads that are no pictures where there is a recipe.
    pub non_pictures: NonPictures,
    /// How to fetch.
    pub fetch: Arc<FetchOptions>,
    /// How often a failed attempt is tried again where that can help.
    pub retries: u32,
    /// What becomes of a file whose name is taken.
    #[serde(default)]
    pub on_exists: OnExists,
    /// What the results of files are called; otherwise like their inputs.
    #[serde(default)]
    pub name: Option<Arc<Template>>,
    /// Whether the results of files get the times of their inputs.
    #[serde(default)]
    pub keep_times: bool,
    /// How long one attempt may take, in milliseconds. Does not run while it is paused or waits for memory.
    #[serde(default)]
    pub deadline_ms: Option<u64>,
    /// Whether the queue's journal keeps the jobs, so that a later program can go on with them.
    #[serde(default = "kept")]
    pub kept: bool,
}

impl BatchOptions {
    /// Fetches as ever and keeps what comes as it is, in this folder; nothing is tried twice.
    pub fn to(output_dir: impl Into<PathBuf>) -> BatchOptions {
        BatchOptions {
            output_dir: output_dir.into(),
            recipe: None,
            non_pictures: NonPictures::Fail,
            fetch: Arc::new(FetchOptions::default()),
            retries: 0,
            on_exists: OnExists::Rename,
            name: None,
            keep_times: false,
            deadline_ms: None,
            kept: kept(),
        }
    }
}

fn kept() -> bool {
    true
}

/// Where a job's file comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source<'a> {
    /// A link.
    Link {
        /// An absolute http or https address.
        url: &'a str,
        /// What else is known of its file.
        details: &'a LinkDetails,
    },
    /// A file on this machine. It is only ever read.
    File(&'a Path),
    /// A page, read for its links.
    Page(&'a str),
    /// Something that cannot be worked on, refused at the door: it becomes a failed row, so that every input named
    /// is answered.
    Refused(&'a Failure),
    /// No file at all: a small computation.
    Light(Light),
    /// No file either: a piece of the Lab's work.
    Lab(&'a LabTask),
}

impl Source<'_> {
    /// Whether a job with this source is about a file, and so writes to its batch's folder.
    pub fn has_file(&self) -> bool {
        matches!(self, Source::Link { .. } | Source::File(_))
    }
}

/// What came in: one input and what is to become of it. Small, since a million of them may wait.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSpec {
    input: Box<str>,
    what: What,
}

/// Most inputs say all there is by themselves.
#[derive(Debug, Clone, PartialEq)]
enum What {
    /// A link that is the input.
    Link,
    /// An absolute path that is the input.
    File,
    Light(Light),
    Special(Box<Special>),
}

/// A job that its input alone does not describe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Special {
    /// A link that is written otherwise than the input, or of whose file more is known.
    Link {
        /// An absolute http or https address.
        url: String,
        /// What else is known of its file.
        #[serde(flatten)]
        details: LinkDetails,
    },
    /// A file that is not at the top of its output folder, or whose path is not the input.
    File {
        /// Its absolute path.
        #[serde(with = "os_path")]
        path: PathBuf,
        /// Below the output folder: where the file lay within a dropped folder. Empty otherwise, always relative.
        #[serde(with = "os_path")]
        subfolder: PathBuf,
        /// Its place among what came in together, from 1, where a name is made of it. Stays the same when the rest goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
    },
    /// A page at an absolute http or https address, read for its links.
    Page(String),
    /// Refused at the door.
    Refused(Failure),
    /// A piece of the Lab's work. No journal ever has one.
    Lab(LabTask),
}

impl JobSpec {
    /// A link to fetch. `input` is as the person gave it, with bytes that are not UTF-8 replaced.
    pub fn link(input: impl Into<Box<str>>, url: &str, name: Option<String>) -> JobSpec {
        JobSpec::link_with(input, url, LinkDetails { name, ..LinkDetails::default() })
    }

    /// A link of whose file something is known.
    pub fn link_with(input: impl Into<Box<str>>, url: &str, details: LinkDetails) -> JobSpec {
        let input = input.into();
        let what = if *input == *url && details == *NO_DETAILS {
            What::Link
        } else {
            What::Special(Box::new(Special::Link { url: url.to_owned(), details }))
        };
        JobSpec { input, what }
    }

    /// The job with a checksum for its link's file. Other jobs stay as they are.
    #[must_use]
    pub fn with_checksum(self, checksum: Checksum) -> JobSpec {
        match self.source() {
            Source::Link { url, details } => {
                let details = LinkDetails { checksum: Some(checksum), ..details.clone() };
                JobSpec::link_with(self.input.clone(), url, details)
            }
            _ => self,
        }
    }

    /// A file to convert, and its folder below the output folder.
    pub fn file(input: impl Into<Box<str>>, path: PathBuf, subfolder: PathBuf) -> JobSpec {
        let input = input.into();
        let what = if subfolder.as_os_str().is_empty() && path.as_os_str() == &*input {
            What::File
        } else {
            What::Special(Box::new(Special::File { path, subfolder, index: None }))
        };
        JobSpec { input, what }
    }

    /// The job with its place among what came in together, from 1. Only files have use for it.
    #[must_use]
    pub fn with_index(self, place: u32) -> JobSpec {
        let Source::File(path) = self.source() else { return self };
        let special =
            Special::File { path: path.to_owned(), subfolder: self.subfolder().to_owned(), index: Some(place) };
        JobSpec::special(self.input, special)
    }

    /// Its place among what came in together, where that was noted.
    pub fn index(&self) -> Option<u32> {
        match self.as_special() {
            Some(Special::File { index, .. }) => *index,
            _ => None,
        }
    }

    /// A page to read for its links.
    pub fn page(input: impl Into<Box<str>>, url: String) -> JobSpec {
        JobSpec { input: input.into(), what: What::Special(Box::new(Special::Page(url))) }
    }

    /// An input that cannot be worked on.
    pub fn refused(input: impl Into<Box<str>>, failure: Failure) -> JobSpec {
        JobSpec { input: input.into(), what: What::Special(Box::new(Special::Refused(failure))) }
    }

    /// A small computation.
    pub fn light(light: Light) -> JobSpec {
        JobSpec { input: Box::default(), what: What::Light(light) }
    }

    /// A piece of the Lab's work, called as it shows itself.
    pub fn lab(task: LabTask) -> JobSpec {
        JobSpec::special(task.to_string(), Special::Lab(task))
    }

    /// As kept by [`JobSpec::special`] and its like: what its input alone does not say.
    pub fn special(input: impl Into<Box<str>>, special: Special) -> JobSpec {
        JobSpec { input: input.into(), what: What::Special(Box::new(special)) }
    }

    /// What the input alone does not say, if there is anything.
    pub fn as_special(&self) -> Option<&Special> {
        match &self.what {
            What::Special(special) => Some(special),
            What::Link | What::File | What::Light(_) => None,
        }
    }

    /// The input as the person gave it; bytes that are not UTF-8 are replaced.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Where the file comes from.
    pub fn source(&self) -> Source<'_> {
        match &self.what {
            What::Link => Source::Link { url: &self.input, details: NO_DETAILS },
            What::File => Source::File(Path::new(&*self.input)),
            What::Light(light) => Source::Light(*light),
            What::Special(special) => match &**special {
                Special::Link { url, details } => Source::Link { url, details },
                Special::File { path, .. } => Source::File(path),
                Special::Page(url) => Source::Page(url),
                Special::Refused(failure) => Source::Refused(failure),
                Special::Lab(task) => Source::Lab(task),
            },
        }
    }

    /// Below the output folder: where the file lay within a dropped folder, or where a list wants it. Empty otherwise,
    /// always relative.
    pub fn subfolder(&self) -> &Path {
        match self.as_special() {
            Some(Special::File { subfolder, .. } | Special::Link { details: LinkDetails { subfolder, .. }, .. }) => {
                subfolder
            }
            _ => Path::new(""),
        }
    }

    /// The name to show until the work gives a better one.
    pub fn file_name(&self) -> String {
        match self.source() {
            Source::File(path) => {
                path.file_name().map_or_else(|| self.input.to_string(), |name| name.to_string_lossy().into_owned())
            }
            Source::Link { url, details } => details.name.clone().unwrap_or_else(|| super::filename::from_url(url)),
            Source::Page(url) => super::filename::from_url(url),
            Source::Refused(_) | Source::Lab(_) => self.input.to_string(),
            Source::Light(light) => light.to_string(),
        }
    }

    /// The name that a result takes after: where a file's own has a backslash in it, that does not part it.
    pub fn name_wanted(&self) -> String {
        let name = self.file_name();
        if matches!(self.source(), Source::File(_)) { super::filename::one_part(&name) } else { name }
    }

    fn stages(&self, options: &BatchOptions) -> &'static [Pool] {
        match (self.source(), &options.recipe) {
            (Source::Link { .. }, None) | (Source::Page(_), _) => &[Pool::Fetch],
            (Source::Link { .. }, Some(_)) => &[Pool::Fetch, Pool::Mill],
            (Source::File(_) | Source::Light(_), _) => &[Pool::Mill],
            (Source::Lab(task), _) => match task.pool() {
                Pool::Fetch => &[Pool::Fetch],
                Pool::Mill => &[Pool::Mill],
            },
            (Source::Refused(_), _) => &[],
        }
    }
}

/// What came in together, with the options that it shares. Never changes, so everybody who needs it shares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// What its jobs share.
    pub options: Arc<BatchOptions>,
    /// Its jobs, in order.
    pub jobs: Vec<JobSpec>,
}

/// One job of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRef {
    batch: Arc<Batch>,
    place: u32,
}

impl JobRef {
    /// The job at a place of a batch, which must be there.
    pub fn new(batch: Arc<Batch>, place: usize) -> JobRef {
        assert!(place < batch.jobs.len(), "the batch has {} jobs, and none at {place}", batch.jobs.len());
        JobRef { batch, place: place as u32 }
    }

    /// The batch.
    pub fn batch(&self) -> &Arc<Batch> {
        &self.batch
    }

    /// What it shares with its batch.
    pub fn options(&self) -> &Arc<BatchOptions> {
        &self.batch.options
    }

    /// The pools that the job's tasks go through, in order.
    pub fn stages(&self) -> &'static [Pool] {
        JobSpec::stages(self, &self.batch.options)
    }

    /// The task of one stage. `name` is the name that an earlier stage gave the file.
    pub fn task(&self, stage: usize, name: Option<&str>) -> Option<Task> {
        let options = self.options();
        match (self.stages().get(stage)?, self.source()) {
            (Pool::Fetch, Source::Link { url, details }) => Some(Task::Download(Download {
                url: url.to_owned(),
                name: details.name.clone(),
                checksum: details.checksum.clone(),
                mirrors: details.mirrors.clone(),
                size: details.size,
                existing: None,
                connections: options.fetch.per_host,
                options: Arc::clone(&options.fetch),
            })),
            (Pool::Fetch, Source::Page(url)) => {
                Some(Task::Page(PageTask { url: url.to_owned(), options: Arc::clone(&options.fetch) }))
            }
            (Pool::Mill, Source::Light(light)) => Some(Task::Light(light)),
            (_, Source::Lab(task)) => Some(Task::Lab(task.clone())),
            (Pool::Mill, source) => Some(Task::Convert(Convert {
                recipe: options.recipe.clone().unwrap_or_else(|| Arc::new(Recipe::same_size())),
                name: name.map_or_else(|| self.name_wanted(), str::to_owned),
                non_pictures: match source {
                    Source::Link { .. } => options.non_pictures,
                    _ => NonPictures::Fail,
                },
                existing: Vec::new(),
                threads: 1,
            })),
            _ => None,
        }
    }
}

impl Deref for JobRef {
    type Target = JobSpec;
    fn deref(&self) -> &JobSpec {
        &self.batch.jobs[self.place as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_links_that_wait_are_small() {
        assert_eq!(size_of::<JobSpec>(), 32);
        let plain = JobSpec::link("http://h/a", "http://h/a", None);
        assert!(plain.as_special().is_none());
        assert_eq!(plain.source(), Source::Link { url: "http://h/a", details: &LinkDetails::default() });
    }

    #[test]
    fn links_are_read_as_earlier_versions_kept_them() {
        let kept = r#"{"Link":{"url":"http://h/b%20c","name":"d.jpg"}}"#;
        let special: Special = serde_json::from_str(kept).expect("a link");
        assert_eq!(
            special,
            Special::Link {
                url: "http://h/b%20c".into(),
                details: LinkDetails { name: Some("d.jpg".into()), ..LinkDetails::default() }
            }
        );
        assert_eq!(serde_json::to_string(&special).expect("plain data"), kept);
        let details = LinkDetails {
            name: None,
            checksum: format!("sha256={}", "0f".repeat(32)).parse().ok(),
            mirrors: vec!["http://m/a".into()],
            size: Some(3),
            subfolder: "sub".into(),
        };
        let special = Special::Link { url: "http://h/a".into(), details };
        let json = serde_json::to_string(&special).expect("plain data");
        assert_eq!(serde_json::from_str::<Special>(&json).expect("the same"), special, "{json}");
    }
}
