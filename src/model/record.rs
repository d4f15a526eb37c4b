//! What the queue's journal keeps of what happened: enough to go on after the program was killed at any moment.

use super::{AttemptId, Batch, JobId, Made, Outcome, Output};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// One thing to keep. Replaying all of them gives the queue as it stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A batch came in.
    Submitted {
        /// The program that names the parts of its downloads.
        program: Arc<str>,
        /// The id of its first job; the others follow.
        first: JobId,
        /// Its jobs.
        batch: Arc<Batch>,
    },
    /// What an earlier program left unfinished goes on here, as jobs of this program.
    Restored {
        /// The id of the first job; the others follow, in the order in which they were read.
        first: JobId,
        /// How the journal knows what it read.
        key: u32,
    },
    /// One of a job's tasks succeeded and another follows.
    StageDone {
        /// Whose output the next task reads.
        attempt: AttemptId,
        /// What it made.
        output: Output,
        /// Where that lies.
        part: PathBuf,
    },
    /// The finished files of a job are about to get their final names. If the program dies over it, this tells whether
    /// they did. Later it tells what the job made.
    Committing {
        /// Whose.
        job: JobId,
        /// Its files: one, unless the job makes several.
        files: Vec<Naming>,
        /// The folders below the output folder that were made for them, outermost first.
        folders: Vec<PathBuf>,
    },
    /// A job reached its final state.
    Finished {
        /// Which.
        job: JobId,
        /// How.
        outcome: Outcome,
        /// Attempts charged to it.
        attempts: u32,
    },
    /// Light jobs were computed, with their answers.
    Computed(Vec<(JobId, u64)>),
    /// A job that had ended was queued anew, from its first task.
    Requeued(JobId),
    /// A job starts earlier or later than its number says.
    Moved(JobId, Place),
    /// A job was taken out of the queue.
    Removed(JobId),
}

/// A file that is about to get its final name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// Where it lies.
    pub part: PathBuf,
    /// What the system knows it by, where the system has such a thing.
    pub file: Option<FileIdentity>,
    /// The final path.
    pub path: PathBuf,
    /// Whether it takes the place of another file, which is gone then.
    pub replaces: bool,
}

/// A file whatever its name. The number of an inode alone is soon given to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    /// The device.
    pub device: u64,
    /// The inode.
    pub inode: u64,
    /// Its length, in bytes.
    pub length: u64,
    /// When it was last written to, in nanoseconds since 1970.
    pub modified_ns: i64,
}

/// Where a job stands among those that wait: the higher priority first, then the lower rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0 unless somebody chose another.
    pub priority: i8,
    /// Grows with the number of the job, with room between two for others.
    pub rank: i64,
}

impl Place {
    /// Room between two neighbours, so that 31 others can be put between them one after another.
    const SPACING: i64 = 1 << 31;

    /// The place of a job that nobody moved.
    pub fn usual(job: JobId) -> Place {
        Place { priority: 0, rank: i64::from(job.0) * Place::SPACING }
    }

    /// The highest rank below `rank` that one of the first `jobs` has if nobody moved it.
    pub fn below(rank: i64, jobs: usize) -> Option<i64> {
        let number = (rank - 1).div_euclid(Place::SPACING).min(jobs as i64 - 1);
        (number >= 0).then_some(number * Place::SPACING)
    }

    /// The places of `count` jobs between two ranks, in order.
    pub fn between(priority: i8, after: i64, before: i64, count: usize) -> impl Iterator<Item = Place> {
        let step = (before - after) / (count as i64 + 1);
        (1..=count as i64).map(move |number| Place { priority, rank: after + step * number })
    }

    /// The rank of the last of `count` jobs put before everything from `first` on.
    pub fn before_all(first: i64, count: usize) -> i64 {
        first - Place::SPACING * (count as i64 + 1)
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> std::cmp::Ordering {
        other.priority.cmp(&self.priority).then(self.rank.cmp(&other.rank))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Who names the parts of a batch's downloads: the program that queued them first, and the number of each there. A part
/// keeps its name through all programs that work on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The program.
    pub program: Arc<str>,
    /// The number of each job, by its place in the batch.
    pub numbers: Vec<u32>,
}

/// The folder, within the output folder, of the parts of downloads.
pub const PARTS_FOLDER: &str = ".millrace-parts";

/// The name of the part of a job's download.
pub fn part_name(program: &str, number: u32) -> String {
    format!("{program}-{number}.part")
}

/// Whether a name is that of a part of this program's.
pub fn is_part_of(name: &str, program: &str) -> bool {
    let rest = name.strip_prefix(program).and_then(|rest| rest.strip_prefix('-'));
    let number = rest.and_then(|rest| rest.strip_suffix(".part")?.parse().ok());
    number.is_some_and(|number| name == part_name(program, number))
}

/// A batch as an earlier program left it: the jobs that have not ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Leftover {
    /// How the journal knows what it read.
    pub key: u32,
    /// The jobs.
    pub batch: Arc<Batch>,
    /// Who named their parts.
    pub origin: Origin,
    /// What was reached already, for those jobs that got anywhere, by their place in the batch.
    pub reached: Vec<(usize, Reached)>,
    /// The files of its jobs that are done, where files may be replaced: these may not.
    pub made: Vec<PathBuf>,
    /// The files that its other jobs read, where files may be replaced: these may not either.
    pub inputs: Vec<PathBuf>,
}

/// How far an unfinished job had come.
#[derive(Debug, Clone, PartialEq)]
pub enum Reached {
    /// Its first task is done and its output still lies there.
    Stage {
        /// What the task made.
        output: Output,
        /// Where that lies.
        part: PathBuf,
    },
    /// Its files stand under their final names: the program died before it could be told.
    Committed {
        /// The files.
        made: Made,
        /// Their length together.
        bytes: u64,
    },
    /// It was moved.
    Moved(Place),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_of_one_program() {
        assert!(is_part_of(&part_name("1f-2", 30), "1f-2"));
        for name in
            ["1f-20-3.part", "1f-2-3-4.part", "1f-2-3.part.txt", "1f-2-03.part", "1f-2-+3.part", "1f-2-.part", "1f-2"]
        {
            assert!(!is_part_of(name, "1f-2"), "{name}");
        }
    }
}
