//! The queue that survives the program: an SQLite file in the state folder. Every change goes into it in transactions,
//! so that a program killed at any moment leaves a queue that another goes on with.
//!
//! Commits are not brought down to the disk one by one (`synchronous = NORMAL` with a write-ahead log): they outlive the
//! program, whatever happens to it. After a power cut the last of them may be missing, and their jobs are done again.

mod file;
mod history;
mod keeper;
mod left;
mod load;
mod rows;
mod schema;
mod secrets;
mod spare;
#[cfg(test)]
mod tests;
mod undo;
mod wal;

pub use file::{KeepError, OpenError};
pub use history::{Past, done_among, history};
pub use left::identity;

use crate::model::Record;
use file::{copy_aside, is_damage, is_unreadable, keep_aside, lacks_tables, make_private, words};
use keeper::{Changes, Keeper};
use left::remove_parts;
use rows::Rows;
use rusqlite::{Connection, params};
use schema::{CANCELLED, OF_BATCH, UNFINISHED};
use secrets::Withheld;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the file in the state folder.
pub const FILE_NAME: &str = "queue.sqlite";

/// How long another reader of the file may hold it.
const BUSY: Duration = Duration::from_secs(1);

/// The open queue.
#[derive(Debug)]
pub struct Queue {
    connection: Connection,
    path: PathBuf,
    rows: Rows,
    /// How many jobs of each open batch are unfinished, by the batch's row.
    open: HashMap<i64, u64>,
    /// What was read and has no jobs of this program yet, by key: the batch's row and those of its jobs.
    read: HashMap<u32, (i64, Vec<i64>)>,
    next_key: u32,
    /// Which run of the machine this is, where that can be told.
    boot: Option<String>,
    /// What was taken out of batches that ended.
    withheld: HashMap<i64, Withheld>,
    /// The log may have secrets in it that nobody needs any more.
    to_scrub: bool,
    /// What was given up when it was read.
    complaint: Option<String>,
}

impl Queue {
    /// Opens the queue of a state folder, or makes one. A damaged file is kept aside under another name, and the
    /// sentence says so.
    ///
    /// # Errors
    ///
    /// Fails where a newer version wrote the file, where it cannot be made, read or written to, and where a damaged one
    /// cannot be kept aside.
    pub fn open(state_dir: &Path) -> Result<(Queue, Option<String>), OpenError> {
        let path = state_dir.join(FILE_NAME);
        let unusable = |why: String| OpenError::Unusable { path: path.display().to_string(), why };
        if !path.exists() {
            Queue::create(&path).map_err(unusable)?;
        }
        make_private(&path).map_err(|error| unusable(error.to_string()))?;
        let mut damage = None;
        if let Some(what) = wal::damage(&path).map_err(|error| unusable(error.to_string()))? {
            let aside = copy_aside(&path).map_err(|error| unusable(error.to_string()))?;
            damage = Some(format!(
                "The queue {} is damaged ({what}); it was kept aside as {} and work goes on with what can be read of it",
                path.display(),
                aside.display()
            ));
        }
        match Queue::open_file(&path) {
            Ok(queue) => queue.checked().map(|queue| (queue, damage)),
            Err(error) if is_damage(&error) || lacks_tables(&error) => {
                let aside = keep_aside(&path).map_err(|error| unusable(error.to_string()))?;
                Queue::create(&path).map_err(unusable)?;
                let queue = Queue::open_file(&path).map_err(|error| unusable(words(&error)))?;
                let sentence = format!(
                    "The queue {} is damaged ({}); it was kept aside as {} and work goes on with an empty one",
                    path.display(),
                    words(&error),
                    aside.display()
                );
                Ok((queue, Some(sentence)))
            }
            Err(error) => Err(unusable(words(&error))),
        }
    }

    /// Says which run of the machine this is: what an earlier one had fetched and not named may not be on the disk.
    #[must_use]
    pub fn in_boot(self, boot: Option<&str>) -> Queue {
        Queue { boot: boot.map(str::to_owned), ..self }
    }

    /// Makes a new file. It gets its name once it is whole, so that a program which is killed over it leaves none that looks
    /// damaged.
    fn create(path: &Path) -> Result<(), String> {
        let unfinished = path.with_extension("new");
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => {}
        }
        make_private(&unfinished).map_err(|error| error.to_string())?;
        let made = Connection::open(&unfinished).and_then(|connection| schema::make(&connection));
        made.map_err(|error| words(&error))?;
        fs::rename(&unfinished, path).map_err(|error| error.to_string())
    }

    fn open_file(path: &Path) -> rusqlite::Result<Queue> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        schema::check(&connection)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;
             PRAGMA secure_delete = ON; PRAGMA cache_size = -16384;",
        )?;
        let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(code, Some(sound)));
        }
        schema::prepare(&connection)?;
        Ok(Queue {
            connection,
            path: path.to_owned(),
            rows: Rows::default(),
            open: HashMap::new(),
            read: HashMap::new(),
            next_key: 0,
            withheld: HashMap::new(),
            to_scrub: false,
            complaint: None,
            boot: None,
        })
    }

    fn checked(mut self) -> Result<Queue, OpenError> {
        let version: i32 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap_or_default();
        if version > schema::VERSION {
            return Err(OpenError::Newer(self.path.display().to_string()));
        }
        // What cannot be now, on a full disk, is at the next start.
        self.close_what_ended().ok();
        self.scrub();
        Ok(self)
    }

    /// How many jobs earlier programs left unfinished.
    ///
    /// # Errors
    ///
    /// Fails where the file is damaged, or cannot be read just now.
    pub fn unfinished(&self) -> Result<u64, KeepError> {
        let sql = format!("SELECT count(*) FROM batches, jobs WHERE open = 1 AND {OF_BATCH} AND {UNFINISHED}");
        let count: rusqlite::Result<i64> = self.connection.query_row(&sql, [], |row| row.get(0));
        count.map(|count| count as u64).map_err(|error| self.error("read", &error))
    }

    /// Keeps these, all or none.
    ///
    /// # Errors
    ///
    /// Fails where the file is damaged, or cannot be written to just now: the disk is full, or somebody holds it.
    pub fn keep<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) -> Result<(), KeepError> {
        let mut changes = Changes::default();
        let kept = self.try_keep(records, &mut changes);
        match kept {
            Ok(()) => {
                if !changes.added.is_empty() {
                    // Brings new jobs from the log into the file itself. What cannot be now is later.
                    self.connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)").ok();
                }
                self.apply(changes);
                self.scrub();
                Ok(())
            }
            Err(error) => Err(self.error("write to", &error)),
        }
    }

    fn try_keep<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a Record>,
        changes: &mut Changes,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let (rows, read, open, boot) = (&self.rows, &self.read, &self.open, self.boot.as_deref());
        let keeper = Keeper { transaction: &transaction, rows, read, open, boot };
        for record in records {
            keeper.keep(record, changes)?;
        }
        for (batch, count) in &changes.open {
            let was = self.open.get(batch).copied();
            if (*count == 0) == (was == Some(0)) {
                continue;
            }
            transaction
                .prepare_cached("UPDATE batches SET open = ?2 WHERE id = ?1")?
                .execute(params![batch, i64::from(*count > 0)])?;
            if *count == 0 {
                changes.withheld.extend(secrets::withhold(&transaction, *batch)?.map(|withheld| (*batch, withheld)));
            } else if let Some(withheld) = self.withheld.get(batch) {
                secrets::give_back(&transaction, *batch, withheld)?;
                changes.given_back.push(*batch);
            }
        }
        transaction.commit()
    }

    fn apply(&mut self, changes: Changes) {
        for (first, row, batch) in changes.added {
            self.rows.add(first, row, batch);
        }
        for (first, key) in changes.restored {
            if let Some((batch, rows)) = self.read.remove(&key) {
                self.rows.add_listed(first, rows, batch);
            }
        }
        self.open.extend(changes.open);
        self.to_scrub |= !changes.withheld.is_empty();
        for batch in changes.given_back {
            self.withheld.remove(&batch);
        }
        self.withheld.extend(changes.withheld);
    }

    /// Empties the log, once nobody reads it: it has in it what the rows had before. What is overwritten in the file itself
    /// leaves nothing (`secure_delete`).
    fn scrub(&mut self) {
        if !self.to_scrub {
            return;
        }
        // A reader is not waited for: the next time does as well, and so does the end of the program.
        self.connection.busy_timeout(Duration::ZERO).ok();
        let is_busy = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(BUSY).ok();
        self.to_scrub = !matches!(is_busy, Ok(false));
    }

    /// Closes open batches of which nothing is left, so that nobody goes on with them.
    fn close_what_ended(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let ended: Vec<i64> = transaction
            .prepare(&format!(
                "SELECT id FROM batches WHERE open = 1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE {OF_BATCH} AND {UNFINISHED})"
            ))?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut to_scrub = false;
        for batch in ended {
            transaction.execute("UPDATE batches SET open = 0 WHERE id = ?1", [batch])?;
            to_scrub |= secrets::withhold(&transaction, batch)?.is_some();
        }
        transaction.commit()?;
        self.to_scrub |= to_scrub;
        Ok(())
    }

    /// Gives up what earlier programs left unfinished: its jobs are cancelled, and their parts go.
    ///
    /// # Errors
    ///
    /// Fails where the file is damaged, or cannot be written to just now. Where only what was left cannot be read, the
    /// jobs are cancelled all the same, and their parts stay.
    pub fn forget(&mut self) -> Result<(), KeepError> {
        let found = self.try_load();
        self.give_up_what_was_left().map_err(|error| self.error("write to", &error))?;
        self.scrub();
        let but = |why: &str| {
            let path = self.path.display();
            KeepError::Later(format!("What the queue {path} had left was given up, but not what lies of it: {why}"))
        };
        let found = found.map_err(|error| but(&words(&error)))?;
        found.remove_parts();
        for leftover in &found.leftovers {
            let numbers = leftover.origin.numbers.iter().copied();
            remove_parts(&leftover.batch.options.output_dir, &leftover.origin.program, numbers);
        }
        if found.batches.is_empty() { Ok(()) } else { Err(but("where it lies cannot be read")) }
    }

    fn give_up_what_was_left(&mut self) -> rusqlite::Result<()> {
        let known: Vec<String> = self.open.keys().map(i64::to_string).collect();
        let others = format!("open = 1 AND batches.id NOT IN ({})", known.join(","));
        let transaction = self.connection.transaction()?;
        let given_up: Vec<i64> = transaction
            .prepare(&format!("SELECT id FROM batches WHERE {others}"))?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let left = format!("SELECT jobs.id FROM batches, jobs WHERE {others} AND {OF_BATCH} AND {UNFINISHED}");
        transaction.execute(
            &format!("UPDATE jobs SET state = {CANCELLED}, ended_ms = ?1 WHERE id IN ({left})"),
            [file::now_ms()],
        )?;
        for batch in given_up {
            transaction.execute("UPDATE batches SET open = 0 WHERE id = ?1", [batch])?;
            self.to_scrub |= secrets::withhold(&transaction, batch)?.is_some();
        }
        transaction.commit()
    }

    /// What an error means to whoever wanted something of the queue.
    fn error(&self, what: &str, error: &rusqlite::Error) -> KeepError {
        let path = self.path.display();
        if is_damage(error) && !is_unreadable(error) {
            KeepError::Damaged(path.to_string())
        } else {
            KeepError::Later(format!("Cannot {what} the queue {path}: {}", words(error)))
        }
    }

    /// Puts the file aside after it turned out to be damaged. Answers its new name.
    ///
    /// # Errors
    ///
    /// Fails where the file or its log cannot be renamed.
    pub fn put_aside(self) -> io::Result<PathBuf> {
        let path = self.path.clone();
        drop(self);
        keep_aside(&path)
    }
}
