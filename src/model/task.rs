//! Tasks: one piece of work that one worker runs, as plain data that can cross a process boundary.

use super::lab::{LabAnswer, LabTask};
use super::page::Page;
use super::probe::{Probe, Probing};
use super::{AttemptId, Checksum, Cookie, Login, PictureFacts, Recipe, os_path};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Task {
    /// Fetch a link into a file.
    Download(Download),
    /// Read a page for its links.
    Page(PageTask),
    /// Turn one picture into another.
    Convert(Convert),
    /// Compute something small.
    Light(Light),
    /// Try something that a sandbox forbids.
    Probe(Box<Probing>),
    /// One of the Lab's pieces of work.
    Lab(LabTask),
    /// Read what the picture in `Files::input` says of itself. The name is for sentences.
    Facts(String),
}

impl Task {
    /// Whether it reads or writes files.
    pub fn has_files(&self) -> bool {
        match self {
            Task::Download(_) | Task::Convert(_) | Task::Facts(_) => true,
            Task::Light(_) | Task::Page(_) | Task::Lab(_) => false,
            Task::Probe(probing) => probing.probe == Probe::WriteWithoutEnd,
        }
    }
}

/// A computation without files, of which many may be under way on one lane. Its answer is a number. It is short, so
/// nothing halts or ends it in the middle but the end of its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Light {
    /// Answers the number itself.
    Echo(u64),
    /// Answers 1 if the number is a prime, else 0; by trial division, so a large one takes a second.
    IsPrime(u64),
    /// Answers the number, after so many rounds of arithmetic.
    Busy {
        /// The number.
        number: u32,
        /// The rounds: about a nanosecond each.
        rounds: u32,
    },
}

impl fmt::Display for Light {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Light::Echo(number) => write!(f, "{number}"),
            Light::IsPrime(number) => write!(f, "whether {number} is prime"),
            Light::Busy { number, rounds } => write!(f, "{number} after {rounds} rounds"),
        }
    }
}

/// Fetches one link into `Files::output`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Download {
    /// An absolute http or https address.
    pub url: String,
    /// The name that the person asked for; otherwise the server's or the link's.
    pub name: Option<String>,
    /// What the file's bytes must add up to.
    pub checksum: Option<Checksum>,
    /// Further addresses of the same file, best first: absolute, http or https.
    pub mirrors: Vec<String>,
    /// The size that the file must have, in bytes.
    pub size: Option<u64>,
    /// A file that is there already. It matters if its name is the wanted one.
    pub existing: Option<Existing>,
    /// How many connections it may have to begin with. The number may change while it runs.
    pub connections: u16,
    /// How to fetch.
    pub options: Arc<FetchOptions>,
}

/// A file that stands where a download will probably be named like it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Existing {
    /// It counts as the result. It is the input where its checksum has to be looked at before.
    Counts(String),
    /// It is the input, and taken for the beginning of the result.
    Begins(String),
}

impl Existing {
    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Existing::Counts(name) | Existing::Begins(name) => name,
        }
    }
}

/// Reads one page for its links. Writes no file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageTask {
    /// An absolute http or https address.
    pub url: String,
    /// How to fetch.
    pub options: Arc<FetchOptions>,
}

/// How to fetch: shared by the downloads of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FetchOptions {
    /// How long a connection may take to come about, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long nothing may arrive before the attempt counts as stalled, in milliseconds.
    pub idle_timeout_ms: u64,
    /// Below this many bytes a second, kept up for the idle time-out, the attempt counts as stalled. 0: no limit.
    pub min_bytes_per_s: u64,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// Further request headers, as name and value.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The origins that headers and passwords are meant for. Empty: that of each link.
    #[serde(default)]
    pub origins: Vec<String>,
    /// A proxy's address for every request; otherwise the environment's.
    pub proxy: Option<String>,
    /// How many connections fetch one file at the same time, at most. `None`: by its size.
    #[serde(default)]
    pub segments: Option<u8>,
    /// How many connections one host may have at the same time, all downloads together.
    #[serde(default = "per_host")]
    pub per_host: u16,
    /// Cookies of the person, for whichever hosts they are.
    #[serde(default)]
    pub cookies: Vec<Cookie>,
    /// Names and passwords for hosts whose link has none.
    #[serde(default)]
    pub logins: Vec<Login>,
}

fn per_host() -> u16 {
    FetchOptions::PER_HOST
}

impl FetchOptions {
    /// The most connections to one host where nobody said otherwise.
    pub const PER_HOST: u16 = 4;
    /// The most connections for one file.
    pub const MAX_SEGMENTS: u8 = 16;
    /// Headers that would change what an answer means, or how it travels: nobody else may set them.
    pub const OWN_HEADERS: [&str; 8] =
        ["accept-encoding", "connection", "content-length", "if-range", "range", "te", "transfer-encoding", "upgrade"];
}

impl Default for FetchOptions {
    fn default() -> Self {
        FetchOptions {
            connect_timeout_ms: 10_000,
            idle_timeout_ms: 30_000,
            min_bytes_per_s: 0,
            user_agent: concat!("Millrace/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: Vec::new(),
            origins: Vec::new(),
            proxy: None,
            segments: None,
            per_host: FetchOptions::PER_HOST,
            cookies: Vec::new(),
            logins: Vec::new(),
        }
    }
}

/// Turns the picture in `Files::input` into another in `Files::output`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Convert {
    /// What to do.
    pub recipe: Arc<Recipe>,
    /// The name of the picture, for the output's name and for sentences. A downloaded picture lies under another name.
    pub name: String,
    /// What becomes of a file that is no picture at all.
    pub non_pictures: NonPictures,
    /// Names of files that are there already: if the result would have one of them, that file counts as the result, and
    /// nothing is written.
    #[serde(default)]
    pub existing: Vec<String>,
    /// How many threads it may use, where its work can be divided. What it makes does not depend on it.
    #[serde(default = "one")]
    pub threads: u16,
}

fn one() -> u16 {
    1
}

/// What `Convert` does with a file that neither looks nor is named like a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NonPictures {
    /// It fails as unsupported.
    #[default]
    Fail,
    /// It is passed on as it is: for a paste of links of which only some are pictures.
    Keep,
}

/// The files of one attempt. A task reads and writes these and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// What to read; for a download, what may be the beginning of its file.
    #[serde(with = "os_path::option")]
    pub input: Option<PathBuf>,
    /// Where to write: a temporary file that the task creates. The engine renames it when it accepts the attempt.
    #[serde(with = "os_path")]
    pub output: PathBuf,
}

/// What a lane is handed: a task, its files and the attempt's identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Which run this is.
    pub attempt: AttemptId,
    /// What to do.
    pub task: Task,
    /// What to read and write.
    pub files: Files,
}

/// How far an attempt has come. A newer value replaces an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Units done: bytes of a download, steps of a conversion.
    pub done: u64,
    /// Units in all, where known.
    pub total: Option<u64>,
}

impl Progress {
    /// The share done, 0 to 1; 0 where the total is unknown.
    pub fn fraction(self) -> f32 {
        match self.total {
            Some(total) if total > 0 => (self.done as f64 / total as f64).min(1.0) as f32,
            _ => 0.0,
        }
    }
}

/// What a successful attempt made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Output {
    /// The file name that the result should have: safe, without a folder.
    pub name: String,
    /// Bytes read: received for a download, the input's size for a conversion.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// Width and height before, upright, in pixels.
    pub size_in: Option<(u32, u32)>,
    /// Width and height after, in pixels.
    pub size_out: Option<(u32, u32)>,
    /// What a page offers, where that was the task.
    #[serde(default)]
    pub page: Option<Arc<Page>>,
    /// What came out of a task of the Lab.
    #[serde(default)]
    pub lab: Option<LabAnswer>,
    /// What a picture says of itself, where that was the task.
    #[serde(default)]
    pub facts: Option<Box<PictureFacts>>,
    /// Nothing was written: the file of this name that is there is the result.
    #[serde(default)]
    pub existing: bool,
    /// Where the output holds several files, one after another: these, in order. Empty for a single one.
    #[serde(default)]
    pub pieces: Vec<Piece>,
}

/// One of the files that an output holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The name that it should have: safe, without a folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// What an attempt took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// From start to end, in microseconds.
    pub wall_us: u64,
    /// CPU time of the lane's thread within that, and of threads that help it, in microseconds. The rest is waiting.
    pub cpu_us: u64,
}

impl Timing {
    /// The time not spent computing, in microseconds.
    pub fn wait_us(self) -> u64 {
        self.wall_us.saturating_sub(self.cpu_us)
    }
}

impl std::ops::AddAssign for Timing {
    fn add_assign(&mut self, rhs: Timing) {
        self.wall_us += rhs.wall_us;
        self.cpu_us += rhs.cpu_us;
    }
}
