//! The queue's file against a ledger in memory, and against what disks and people do to files.

use super::*;
use crate::model::Taken;
use crate::model::checksum::Algorithm;
use crate::model::ledger::Ledger;
use crate::model::record::{FileIdentity, Naming};
use crate::model::task::NonPictures;
use crate::model::{
    AttemptId, Batch, BatchOptions, Checksum, Cookie, Failure, FetchOptions, LinkDetails, Login, Recipe,
};
use crate::model::{ErrorKind, JobId, JobSpec, Leftover, Light, Made, OnExists, Outcome, Output, Place, Reached};
use proptest::prelude::*;
use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

fn options(kept: bool) -> Arc<BatchOptions> {
    Arc::new(BatchOptions {
        recipe: Some(Arc::new(Recipe::same_size())),
        non_pictures: NonPictures::Keep,
        retries: 3,
        deadline_ms: Some(1500),
        kept,
        ..BatchOptions::to("/out/ü")
    })
}

fn spec(kind: u8) -> JobSpec {
    match kind % 6 {
        0 => JobSpec::file("/in/ü.jpg", PathBuf::from("/in/ü.jpg"), PathBuf::new()),
        1 => JobSpec::file("sub/a.jpg", PathBuf::from("/in/sub/a.jpg"), PathBuf::from("sub")),
        2 => JobSpec::link("http://h/a", "http://h/a", None),
        3 if kind > 3 => JobSpec::link_with("http://h/a", "http://h/a", details()),
        3 => JobSpec::link("http://h/b c", "http://h/b%20c", Some("d.jpg".into())),
        4 if kind.is_multiple_of(4) => JobSpec::light(Light::Busy { number: u32::MAX, rounds: u32::from(kind) }),
        4 => JobSpec::light(Light::IsPrime(u64::MAX)),
        _ => JobSpec::light(Light::Echo(u64::from(kind))),
    }
}

fn details() -> LinkDetails {
    LinkDetails {
        name: None,
        checksum: Checksum::from_hex(Algorithm::Sha512, &"0f".repeat(64)).ok(),
        mirrors: vec!["http://m/a".into()],
        size: Some(u64::MAX),
        subfolder: PathBuf::from("ü/b"),
    }
}

fn batch(kinds: &[u8]) -> Arc<Batch> {
    Arc::new(Batch { options: options(true), jobs: kinds.iter().map(|kind| spec(*kind)).collect() })
}

fn open(folder: &Path) -> Queue {
    let (queue, complaint) = Queue::open(folder).expect("a queue");
    assert_eq!(complaint, None);
    queue
}

fn submitted(first: u32, kinds: &[u8]) -> Record {
    Record::Submitted { program: "one".into(), first: JobId(first), batch: batch(kinds) }
}

fn finished(job: u32, outcome: Outcome) -> Record {
    Record::Finished { job: JobId(job), outcome, attempts: 1 }
}

fn committing(job: u32, part: PathBuf, file: Option<FileIdentity>, path: PathBuf) -> Record {
    let files = vec![Naming { part, file, path, replaces: false }];
    Record::Committing { job: JobId(job), files, folders: Vec::new() }
}

fn disk_full() -> Outcome {
    Outcome::Failed(Failure::new(ErrorKind::DiskFull, "no space left"))
}

/// Something that happens to the n-th job.
fn op() -> impl Strategy<Value = (u8, usize, u8)> {
    (0..11_u8, any::<usize>(), any::<u8>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_kept_comes_back(ops in prop::collection::vec(op(), 1..40), group in 1..7_usize) {
        let folder = tempfile::tempdir().expect("a folder");
        let part = folder.path().join("part");
        fs::write(&part, "four").expect("written");
        let (mut ledger, mut records) = (Ledger::default(), Vec::new());
        let (mut states, mut removed): (Vec<(JobId, bool)>, _) = (Vec::new(), HashSet::new());
        for (what, which, kind) in ops {
            let record = if what < 3 || states.is_empty() {
                let first = states.len() as u32;
                let kinds: Vec<u8> = (0..=kind % 5).map(|number| kind.wrapping_add(number)).collect();
                states.extend(kinds.iter().enumerate().map(|(place, _)| (JobId(first + place as u32), false)));
                submitted(first, &kinds)
            } else {
                let index = which % states.len();
                let (job, ended) = &mut states[index];
                let job = *job;
                match what {
                    3 if !*ended => {
                        let output = Output { name: "a.jpg".into(), bytes_out: 4, ..Output::default() };
                        Record::StageDone { attempt: AttemptId { job, number: 1 }, output, part: part.clone() }
                    }
                    4 | 5 if !*ended => {
                        *ended = true;
                        finished(job.0, Outcome::Done(PathBuf::from("/out/a.jpg").into()))
                    }
                    6 if !*ended => {
                        *ended = true;
                        finished(job.0, if kind % 2 == 0 { Outcome::Cancelled } else { disk_full() })
                    }
                    7 if !*ended => {
                        *ended = true;
                        Record::Computed(vec![(job, 7)])
                    }
                    // The core lets be what was removed.
                    8 if *ended && !removed.contains(&job) => {
                        *ended = false;
                        Record::Requeued(job)
                    }
                    9 => Record::Moved(job, Place { priority: 1, rank: i64::from(kind) }),
                    10 if *ended => {
                        removed.insert(job);
                        Record::Removed(job)
                    }
                    _ => continue,
                }
            };
            ledger.keep(&record);
            records.push(record);
        }
        let mut queue = open(folder.path());
        for records in records.chunks(group) {
            queue.keep(records).expect("kept");
        }
        drop(queue);
        let mut queue = open(folder.path());
        let expected: Vec<Leftover> = ledger.leftovers().into_iter().map(|(leftover, _)| leftover).collect();
        let count: usize = expected.iter().map(|leftover| leftover.batch.jobs.len()).sum();
        prop_assert_eq!(queue.unfinished().expect("read"), count as u64);
        prop_assert_eq!(queue.load().expect("read"), expected.clone());
        // Taken over by this program under other numbers and then lost again, it comes back the same.
        let mut first = 0;
        for leftover in &expected {
            let restored = Record::Restored { first: JobId(first), key: leftover.key };
            queue.keep([&restored]).expect("kept");
            first += leftover.batch.jobs.len() as u32;
        }
        if first > 0 {
            queue.keep([&finished(first - 1, Outcome::Cancelled)]).expect("kept");
        }
        drop(queue);
        prop_assert_eq!(open(folder.path()).unfinished().expect("read"), (count as u64).saturating_sub(1));
    }
}

#[test]
fn what_is_taken_over_and_what_is_new_may_be_kept_at_once() {
    for restored_first in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        open(folder.path()).keep([&submitted(0, &[0, 2])]).expect("kept");
        let mut queue = open(folder.path());
        let key = queue.load().expect("read")[0].key;
        let (old, new) = if restored_first { (0, 2) } else { (2, 0) };
        let records = [Record::Restored { first: JobId(old), key }, submitted(new, &[1, 5])];
        if restored_first { queue.keep(&records) } else { queue.keep(records.iter().rev()) }.expect("kept");
        queue.keep([&finished(old + 1, disk_full()), &finished(new, Outcome::Cancelled)]).expect("kept");
        let mut states = queue.connection.prepare("SELECT state FROM jobs ORDER BY id").expect("a statement");
        let states: rusqlite::Result<Vec<i64>> = states.query_map([], |row| row.get(0)).expect("read").collect();
        let states = states.expect("read");
        assert_eq!(states, [schema::QUEUED, schema::FAILED, CANCELLED, schema::QUEUED], "{restored_first}");
    }
}

#[test]
fn whether_a_file_was_renamed_is_told_by_the_file_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0, 0, 0, 0])]).expect("kept");
    let intents: Vec<Record> = (0..4)
        .map(|job| {
            let part = path(&format!("{job}.part"));
            fs::write(&part, "x").expect("written");
            let file = identity(&part).expect("its identity");
            committing(job, part, file, path(&format!("{job}.jpg")))
        })
        .collect();
    queue.keep(&intents).expect("kept");
    // 0 was renamed. 1 was not. 2 was not, and its name is somebody else's. 3 has both names, of one file.
    fs::rename(path("0.part"), path("0.jpg")).expect("renamed");
    fs::write(path("2.jpg"), "another").expect("written");
    fs::hard_link(path("3.part"), path("3.jpg")).expect("linked");
    drop(queue);
    let leftovers = open(folder.path()).load().expect("read");
    let expected = if cfg!(unix) {
        vec![
            (0, Reached::Committed { made: path("0.jpg").into(), bytes: 1 }),
            (3, Reached::Committed { made: path("3.jpg").into(), bytes: 1 }),
        ]
    } else {
        vec![(0, Reached::Committed { made: path("0.jpg").into(), bytes: 1 })]
    };
    assert_eq!(leftovers[0].reached, expected);
    assert!(!cfg!(unix) || !path("3.part").exists(), "the second name goes");
}

#[test]
fn a_stage_counts_only_as_long_as_its_file_is_there_and_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = folder.path().join("part");
    let mut queue = open(folder.path());
    let output = Output { bytes_out: 4, ..Output::default() };
    let attempt = AttemptId { job: JobId(0), number: 1 };
    queue.keep([&submitted(0, &[2]), &Record::StageDone { attempt, output, part: part.clone() }]).expect("kept");
    drop(queue);
    for (content, reached) in [(None, 0), (Some("fou"), 0), (Some("four"), 1)] {
        if let Some(content) = content {
            fs::write(&part, content).expect("written");
        }
        let leftovers = open(folder.path()).load().expect("read");
        assert_eq!(leftovers[0].reached.len(), reached, "{content:?}");
    }
    let leftovers = open(folder.path()).in_boot(Some("another")).load().expect("read");
    assert!(leftovers[0].reached.is_empty(), "the machine was started anew");
}

#[test]
fn a_damaged_file_is_kept_aside_and_work_goes_on() {
    let garbage = vec![7; 5000];
    for damage in ["garbage", "middle", "tables", "empty", "other", "older"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE_NAME);
        let mut queue = open(folder.path());
        queue.keep([&submitted(0, &[0; 500])]).expect("kept");
        if damage == "tables" {
            queue.connection.execute_batch("DROP TABLE jobs").expect("dropped");
        }
        drop(queue);
        match damage {
            "garbage" => fs::write(&path, &garbage).expect("written"),
            "middle" => {
                let mut bytes = fs::read(&path).expect("read");
                let middle = bytes.len() / 2;
                bytes[middle - 2048..middle + 2048].fill(0xa5);
                fs::write(&path, bytes).expect("written");
            }
            "empty" => fs::write(&path, "").expect("written"),
            "other" => {
                fs::remove_file(&path).expect("removed");
                Connection::open(&path).and_then(|other| other.execute_batch("CREATE TABLE t (a)")).expect("made");
            }
            "older" => {
                let sql = "ALTER TABLE batches DROP COLUMN program; PRAGMA user_version = 1";
                Connection::open(&path).and_then(|older| older.execute_batch(sql)).expect("made");
            }
            _ => {}
        }
        let damaged = fs::read(&path).expect("read");
        let (mut queue, complaint) = Queue::open(folder.path()).expect("a fresh queue");
        let complaint = complaint.expect(damage);
        assert!(complaint.contains("damaged") && complaint.contains("kept aside"), "{complaint}");
        assert!(complaint.contains(&path.display().to_string()), "{complaint}");
        let aside = fs::read_dir(folder.path()).expect("a folder").flatten();
        let aside: Vec<_> = aside.filter(|entry| entry.file_name().to_string_lossy().contains("damaged")).collect();
        assert!(aside.iter().any(|entry| fs::read(entry.path()).expect("read") == damaged), "its bytes stay");
        queue.keep([&submitted(0, &[0])]).expect("and the new one works");
    }
}

/// What the name of a folder may begin with where not all of them are UTF-8.
fn odd_name() -> std::ffi::OsString {
    #[cfg(target_os = "linux")]
    return std::os::unix::ffi::OsStringExt::from_vec(b"st\xff".to_vec());
    #[cfg(not(target_os = "linux"))]
    return "st".into();
}

#[test]
fn what_cannot_be_read_is_given_up_and_the_rest_goes_on() {
    let undecodable = "cast(x'687474703aff' AS text)";
    for (damage, in_history, left, told) in [
        (format!("UPDATE jobs SET input = {undecodable} WHERE id = 2"), 5, 4, Some(": 1 job of it")),
        ("UPDATE jobs SET kind = 77 WHERE id < 3".to_owned(), 3, 3, Some(": 2 jobs of it")),
        ("UPDATE batches SET options = '{' WHERE id = 1".to_owned(), 5, 2, Some(": 1 batch of it")),
        (format!("UPDATE batches SET program = {undecodable}"), 5, 0, Some(": 2 batches of it")),
        (
            "UPDATE jobs SET rank = 'x', priority = 1, committing = '{', ended_ms = 'x', more = 'x'".to_owned(),
            5,
            5,
            None,
        ),
    ] {
        let folder = tempfile::Builder::new().prefix(&odd_name()).tempdir().expect("a folder");
        let mut queue = open(folder.path());
        queue.keep([&submitted(0, &[0, 0, 0]), &submitted(3, &[0, 0])]).expect("kept");
        queue.connection.execute_batch(&damage).expect("damaged");
        drop(queue);
        let past = history(folder.path(), "", 9).expect("one damaged row hides no other");
        assert_eq!(past.len(), in_history, "{damage}");
        for told in [told, None] {
            let mut queue = open(folder.path());
            let jobs: usize = queue.load().expect("read").iter().map(|leftover| leftover.batch.jobs.len()).sum();
            assert_eq!(jobs, left, "{damage}");
            let complaint = queue.complaint();
            assert_eq!(complaint.is_some(), told.is_some(), "{damage}: {complaint:?}");
            assert!(complaint.unwrap_or_default().contains(told.unwrap_or_default()), "{damage}");
            assert_eq!(queue.unfinished().expect("read"), left as u64);
        }
        let aside = fs::read_dir(folder.path()).expect("a folder").flatten();
        let aside: Vec<PathBuf> =
            aside.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("damaged")).collect();
        assert_eq!(aside.len(), usize::from(told.is_some()), "{aside:?}");
        for aside in aside {
            let jobs = Connection::open(aside)
                .and_then(|aside| aside.query_row("SELECT count(*) FROM jobs", [], |row| row.get::<_, i64>(0)));
            assert_eq!(jobs.expect("a queue"), 5, "all of it lies there");
        }
    }
}

#[test]
fn a_damaged_row_of_what_was_done_holds_nothing_up() {
    for damage in
        ["committing = '{'", "output = cast(x'ff' AS text)", "input = cast(x'ff' AS text), details = '{\"File\"'"]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = open(folder.path());
        let overwrites = BatchOptions { on_exists: OnExists::Overwrite, ..(*options(true)).clone() };
        let batch = Arc::new(Batch { options: Arc::new(overwrites), jobs: [1, 1].map(spec).into() });
        let record = Record::Submitted { program: "one".into(), first: JobId(0), batch };
        queue.keep([&record, &finished(0, Outcome::Done(PathBuf::from("/no/such/a.jpg").into()))]).expect("kept");
        queue.connection.execute_batch(&format!("UPDATE jobs SET {damage} WHERE id = 1")).expect("damaged");
        drop(queue);
        let mut queue = open(folder.path());
        assert_eq!(queue.load().expect("read").len(), 1, "{damage}");
        assert_eq!(queue.complaint(), None);
    }
}

#[test]
fn a_batch_that_cannot_be_read_keeps_no_secret_and_undo_takes_back_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue
        .keep([&submitted(0, &[0]), &finished(0, Outcome::Done(PathBuf::from("/no/such/a.jpg").into()))])
        .expect("kept");
    let (Record::Submitted { program, batch, .. }, _) = with_secrets() else { unreachable!("a batch") };
    queue.keep([&Record::Submitted { program, first: JobId(1), batch }]).expect("kept");
    assert!(holds(folder.path(), "secret"));
    queue
        .connection
        .execute_batch("UPDATE batches SET options = replace(options, '\"fetch\"', '\"fetcj\"') WHERE id = 2")
        .expect("damaged");
    drop(queue);
    let mut queue = open(folder.path());
    assert!(queue.load().expect("read").is_empty());
    assert!(!holds(folder.path(), "secret"));
    let undone = queue.undo().expect("taken back").expect("the newest");
    assert_eq!((undone.output_dir, undone.files), (None, Vec::new()), "it had no file yet");
    let undone = queue.undo().expect("taken back").expect("the one before");
    assert!(undone.output_dir.is_some());
}

/// A queue as a killed program leaves it: with a log that is in use.
fn killed(folder: &Path) -> PathBuf {
    let alive = tempfile::tempdir().expect("a folder");
    let mut queue = open(alive.path());
    queue.keep([&submitted(0, &[0; 50])]).expect("kept");
    for job in 0..20 {
        queue.keep([&finished(job, Outcome::Cancelled)]).expect("kept");
    }
    for end in ["", "-wal", "-shm"] {
        let name = format!("{FILE_NAME}{end}");
        fs::copy(alive.path().join(&name), folder.join(&name)).expect("copied");
    }
    folder.join(format!("{FILE_NAME}-wal"))
}

#[test]
fn a_killed_programs_log_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let wal = killed(folder.path());
    // The last frame that was being written when the program died.
    let mut bytes = fs::read(&wal).expect("read");
    bytes.extend([7; 1000]);
    fs::write(&wal, bytes).expect("written");
    assert_eq!(open(folder.path()).unfinished().expect("read"), 30);
}

#[test]
fn a_damaged_log_is_noticed_and_kept_aside() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("random", |bytes| bytes.fill(0xa5)),
        ("empty", Vec::clear),
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
        ("middle", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("head", |bytes| bytes[20] ^= 1),
    ];
    for (name, damage) in damages {
        for with_index in [true, false] {
            if !with_index && matches!(name, "empty" | "cut") {
                // Then there is nothing left to tell by.
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder");
            let wal = killed(folder.path());
            let mut bytes = fs::read(&wal).expect("read");
            damage(&mut bytes);
            fs::write(&wal, &bytes).expect("written");
            if !with_index {
                fs::remove_file(folder.path().join(format!("{FILE_NAME}-shm"))).expect("removed");
            }
            let (mut queue, complaint) = Queue::open(folder.path()).expect("what can be read");
            let complaint = complaint.unwrap_or_else(|| panic!("{name} was not noticed"));
            assert!(complaint.contains("damaged") && complaint.contains("kept aside"), "{complaint}");
            assert!(queue.unfinished().expect("read") >= 30, "no job that was left is lost: {name}");
            let aside = fs::read_dir(folder.path()).expect("a folder").flatten();
            let is_aside = |name: &str| name.contains("damaged") && name.ends_with("-wal");
            let mut aside = aside.filter(|entry| is_aside(&entry.file_name().to_string_lossy()));
            assert!(aside.any(|entry| fs::read(entry.path()).expect("read") == bytes), "its bytes stay");
            queue.keep([&submitted(0, &[0])]).expect("and it can be written to");
        }
    }
}

#[test]
fn a_later_versions_file_is_let_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).connection.execute_batch("PRAGMA user_version = 99").expect("set");
    let error = Queue::open(folder.path()).expect_err("refused").to_string();
    assert!(error.contains("newer version"), "{error}");
}

#[test]
fn a_full_disk_is_said_and_nothing_is_half_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.connection.execute_batch("PRAGMA max_page_count = 40").expect("set");
    let error = queue.keep([&submitted(0, &[0; 5000])]).expect_err("full").to_string();
    assert!(error.contains("no space left"), "{error}");
    queue.connection.execute_batch("PRAGMA max_page_count = 100000").expect("set");
    assert_eq!(queue.unfinished().expect("read"), 0, "all or nothing");
    queue.keep([&submitted(0, &[0; 5000])]).expect("kept");
    assert_eq!(queue.unfinished().expect("read"), 5000);
}

#[test]
fn what_is_given_up_is_not_offered_again() {
    let folder = tempfile::tempdir().expect("a folder");
    open(folder.path()).keep([&submitted(0, &[0, 1, 2])]).expect("kept");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0])]).expect("kept");
    queue.forget().expect("given up");
    assert_eq!(queue.unfinished().expect("read"), 1, "this program's own stay");
}

#[test]
fn files_that_a_batch_made_are_told_from_those_that_stayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    let options = Arc::new(BatchOptions { on_exists: OnExists::Skip, ..(*options(true)).clone() });
    let jobs = vec![spec(2), spec(2), spec(2)];
    let batch = Arc::new(Batch { options, jobs });
    let path = PathBuf::from("/out/ü/made");
    let intent = committing(0, "/out/part".into(), None, path.clone());
    let records = [
        Record::Submitted { program: "one".into(), first: JobId(0), batch },
        intent,
        finished(0, Outcome::Done(path.clone().into())),
        finished(1, Outcome::Done(PathBuf::from("/out/ü/stayed").into())),
    ];
    queue.keep(&records).expect("kept");
    drop(queue);
    let leftovers = open(folder.path()).load().expect("read");
    assert_eq!(leftovers[0].made, [path]);
}

/// How to fetch, with secrets for a host that is asked for and others for one that is not. The first fill several pages.
fn fetch_with_secrets() -> FetchOptions {
    let cookie = |domain: &str, number: u32, value: &str| Cookie {
        domain: domain.into(),
        subdomains: false,
        path: "/".into(),
        secure: false,
        expires: None,
        name: format!("cookie{number}"),
        value: value.into(),
    };
    let login =
        |host: &str, password: &str| Login { host: Some(host.into()), user: "me".into(), password: password.into() };
    FetchOptions {
        headers: vec![("Authorization".into(), "Bearer secret-a".into())],
        proxy: Some("http://me:secret-b@proxy".into()),
        cookies: (0..300).map(|number| cookie("h", number, "secret-c")).chain([cookie("o", 0, "foreign")]).collect(),
        logins: vec![login("h", "secret-d"), login("o", "foreign")],
        ..FetchOptions::default()
    }
}

fn with_secrets() -> (Record, Arc<BatchOptions>) {
    let links = [("http://***@h:8/a", "http://me:secret-e@h:8/a"), ("http://h/b", "http://h/b")];
    let jobs = links.map(|(input, url)| JobSpec::link(input, url, None)).to_vec();
    let batch = BatchOptions { fetch: Arc::new(fetch_with_secrets()), ..(*options(true)).clone() };
    let fetch = Arc::new(batch.fetch.for_hosts(&["h"].into()));
    let kept = Arc::new(BatchOptions { fetch, ..batch.clone() });
    let batch = Arc::new(Batch { options: Arc::new(batch), jobs });
    (Record::Submitted { program: "one".into(), first: JobId(0), batch }, kept)
}

/// Whether a word is in the queue's file or its log.
fn holds(folder: &Path, word: &str) -> bool {
    ["", "-wal"].iter().any(|end| {
        let bytes = fs::read(folder.join(format!("{FILE_NAME}{end}"))).unwrap_or_default();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    })
}

#[test]
fn secrets_are_kept_as_long_as_somebody_needs_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    let (record, kept) = with_secrets();
    queue.keep([&record]).expect("kept");
    queue.keep([&finished(0, Outcome::Done(PathBuf::from("/out/a").into()))]).expect("kept");
    assert!(["secret-a", "secret-b", "secret-c", "secret-d"].iter().all(|secret| holds(folder.path(), secret)));
    assert!(!holds(folder.path(), "foreign"), "what is for other hosts is not kept");
    let failed = Outcome::Failed(Failure::new(ErrorKind::Http, "gone"));
    queue.keep([&finished(1, failed.clone())]).expect("kept");
    assert!(!holds(folder.path(), "secret"), "the batch has ended");
    // As a killed program leaves it.
    let killed = tempfile::tempdir().expect("a folder");
    for end in ["", "-wal", "-shm"] {
        let name = format!("{FILE_NAME}{end}");
        fs::copy(folder.path().join(&name), killed.path().join(&name)).expect("copied");
    }
    assert_eq!(open(killed.path()).unfinished().expect("read"), 0);
    // Tried again, it is all there for a later program, too.
    queue.keep([&Record::Requeued(JobId(1)), &Record::Requeued(JobId(0))]).expect("kept");
    drop(queue);
    let mut queue = open(folder.path());
    let leftovers = queue.load().expect("read");
    assert_eq!(leftovers[0].batch.options, kept);
    assert_eq!(leftovers[0].batch.jobs.len(), 2);
    assert!(holds(folder.path(), "secret"));
    queue.forget().expect("given up");
    assert!(!holds(folder.path(), "secret"));
}

#[test]
fn secrets_of_a_batch_that_a_killed_program_ended_go_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    let (record, _) = with_secrets();
    queue.keep([&record, &finished(0, Outcome::Cancelled)]).expect("kept");
    queue.connection.execute("UPDATE jobs SET state = 3", []).expect("changed");
    drop(queue);
    assert!(holds(folder.path(), "secret"));
    let mut queue = open(folder.path());
    assert!(!holds(folder.path(), "secret"), "as soon as the queue is opened");
    assert!(queue.load().expect("read").is_empty());
}

#[test]
fn a_batch_ends_with_what_a_full_disk_stopped() {
    let done = || Outcome::Done(PathBuf::from("/out/a").into());
    for (case, after) in [
        ("tried again", &[Record::Requeued(JobId(0)), finished(0, done())][..]),
        (
            "twice",
            &[Record::Requeued(JobId(0)), finished(0, disk_full()), Record::Requeued(JobId(0)), finished(0, done())],
        ),
        ("removed", &[Record::Removed(JobId(0))]),
        (
            "tried again and removed",
            &[Record::Requeued(JobId(0)), finished(0, Outcome::Cancelled), Record::Removed(JobId(0))],
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = open(folder.path());
        queue.keep([&with_secrets().0, &finished(1, done()), &finished(0, disk_full())]).expect("kept");
        assert!(holds(folder.path(), "secret"), "a later program goes on with it: {case}");
        for record in after {
            queue.keep([record]).expect("kept");
        }
        assert!(!holds(folder.path(), "secret"), "{case}");
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0])]).expect("kept");
    drop(queue);
    let mut queue = open(folder.path());
    queue.connection.execute("UPDATE batches SET options = 'nonsense'", []).expect("changed");
    let error = queue.forget().expect_err("told").to_string();
    assert!(error.contains("was given up, but not what lies of it"), "{error}");
    assert_eq!(queue.unfinished().expect("read"), 0, "given up all the same");
    queue.connection.execute_batch("DROP TABLE jobs").expect("dropped");
    let error = queue.unfinished().expect_err("told").to_string();
    assert!(error.contains("Cannot read the queue"), "{error}");
}

#[test]
fn what_was_done_before_is_known_until_it_is_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = |inputs: &[&str]| {
        let mut done: Vec<String> = done_among(folder.path(), inputs.iter().copied()).into_iter().collect();
        done.sort();
        done
    };
    assert!(done(&["http://h/a"]).is_empty(), "there is no queue yet");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0, 2, 3, 5])]).expect("kept");
    let outcome = |name: &str| Outcome::Done(PathBuf::from("/no/such").join(name).into());
    queue.keep(&[finished(0, outcome("ü.jpg")), finished(2, outcome("d.jpg"))]).expect("kept");
    assert_eq!(done(&["/in/ü.jpg", "http://h/a", "http://h/b c", "http://h/x"]), ["/in/ü.jpg", "http://h/b c"]);
    queue.keep(&[finished(1, Outcome::Failed(Failure::new(ErrorKind::Http, "404")))]).expect("kept");
    assert!(done(&["http://h/a"]).is_empty(), "it failed");
    queue.undo().expect("undone").expect("a batch");
    assert!(done(&["/in/ü.jpg", "http://h/b c"]).is_empty());
}

#[test]
fn history_is_found_by_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0, 2, 3, 5])]).expect("kept");
    let failure = Failure::new(ErrorKind::Http, "100 % refused_by the server");
    let records =
        [finished(0, Outcome::Done(PathBuf::from("/out/ü.jpg").into())), finished(1, Outcome::Failed(failure))];
    queue.keep(&records).expect("kept");
    let found = |words: &str| -> Vec<String> {
        let past = history(folder.path(), words, 10).expect("read");
        past.into_iter().map(|past| format!("{} {}", past.state, past.input)).collect()
    };
    assert_eq!(found(""), ["queued http://h/b c", "failed http://h/a", "done /in/ü.jpg"]);
    assert_eq!(found("out Ü.jpg"), Vec::<String>::new(), "letters beyond ASCII are compared as they are");
    assert_eq!(found("OUT jpg"), ["done /in/ü.jpg"]);
    assert_eq!(found("refused_by %"), ["failed http://h/a"]);
    assert!(found("refusedXby").is_empty());
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0])]).expect("kept");
    for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} has {mode:o}", entry.file_name());
    }
}

/// A queue with one batch of one job that made these files, and how the job ended. Each has its name as contents.
#[cfg(unix)]
fn several(folder: &Path, ended: bool) -> Queue {
    let mut queue = open(folder);
    let naming = |name: &str| {
        let part = folder.join(format!("{name}.part"));
        fs::write(&part, name).expect("written");
        let file = identity(&part).expect("its identity");
        Naming { part, file, path: folder.join(name), replaces: false }
    };
    let files: Vec<Naming> = ["1.png", "2.png", "3.png"].map(naming).into();
    let made = Made::of(files.iter().map(|naming| naming.path.clone())).expect("files");
    let folders = vec![folder.join("sub"), folder.join("sub/made")];
    queue.keep([&submitted(0, &[0]), &Record::Committing { job: JobId(0), files, folders }]).expect("kept");
    if ended {
        queue.keep([&finished(0, Outcome::Done(made))]).expect("kept");
    }
    queue
}

#[cfg(unix)]
fn rename(folder: &Path, names: &[&str]) {
    for name in names {
        fs::rename(folder.join(format!("{name}.part")), folder.join(name)).expect("renamed");
    }
}

#[cfg(unix)]
#[test]
fn several_files_count_only_together() {
    let all = ["1.png", "2.png", "3.png"];
    for renamed in [&all[..], &all[..2], &[]] {
        let folder = tempfile::tempdir().expect("a folder");
        drop(several(folder.path(), false));
        rename(folder.path(), renamed);
        let leftovers = open(folder.path()).load().expect("read");
        let expected = (renamed.len() == 3).then(|| {
            let made = Made::of(all.map(|name| folder.path().join(name))).expect("files");
            (0, Reached::Committed { made, bytes: 15 })
        });
        assert_eq!(leftovers[0].reached, Vec::from_iter(expected));
        let there = all.iter().filter(|name| folder.path().join(name).exists()).count();
        assert_eq!(there, if renamed.len() == 3 { 3 } else { 0 }, "a part of them goes: the job is done anew");
    }
}

#[cfg(unix)]
#[test]
fn undo_passes_over_what_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0, 0, 0])]).expect("kept");
    let made: Vec<PathBuf> = ["a", "b", "c"].map(|name| folder.path().join(name)).into();
    for (path, job) in made.iter().zip(0..) {
        fs::write(path, "made").expect("written");
        let file = identity(path).expect("there");
        queue.keep([&committing(job, folder.path().join("part"), file, path.clone())]).expect("kept");
        queue.keep([&finished(job, Outcome::Done(path.clone().into()))]).expect("kept");
    }
    queue
        .connection
        .execute_batch("UPDATE jobs SET committing = '{', input = cast(x'ff' AS text) WHERE id = 2")
        .expect("damaged");
    let undone = queue.undo().expect("undone").expect("a batch");
    let taken: Vec<Taken> = undone.files.iter().map(|file| file.taken).collect();
    assert_eq!(taken, [Taken::Removed, Taken::Changed, Taken::Removed]);
    assert_eq!(made.iter().filter(|path| path.exists()).collect::<Vec<_>>(), [&made[1]]);
    assert_eq!(queue.undo(), Ok(None));
}

#[cfg(unix)]
#[test]
fn undo_compares_what_is_there_with_what_was_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let mut queue = several(folder.path(), true);
    rename(folder.path(), &["1.png", "2.png"]);
    fs::create_dir_all(path("sub/made")).expect("a folder");
    // Of the same length, but another file.
    fs::write(path("other"), "2.png").expect("written");
    fs::rename(path("other"), path("2.png")).expect("renamed");
    let undone = queue.undo().expect("undone").expect("a batch");
    let told: Vec<Taken> = undone.files.iter().map(|file| file.taken).collect();
    assert_eq!(told, [Taken::Removed, Taken::Changed, Taken::Gone]);
    assert!(!path("1.png").exists() && path("2.png").exists() && !path("sub").exists());
    assert_eq!(queue.undo(), Ok(None));
    let past = history(folder.path(), "1.png", 10).expect("read");
    assert_eq!((past[0].more, past[0].state), (2, "done"));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_removed_just_now_can_be_taken_back_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, away) = (folder.path().join("out"), folder.path().join("away"));
    fs::create_dir(&out).expect("a folder");
    let mut queue = open(folder.path());
    let path = out.join("1.png");
    fs::write(&path, "1.png").expect("written");
    let file = identity(&path).expect("its identity");
    let made = finished(0, Outcome::Done(path.clone().into()));
    queue.keep([&submitted(0, &[0]), &committing(0, out.join("1.part"), file, path), &made]).expect("kept");
    fs::rename(&out, &away).expect("moved");
    std::os::unix::fs::symlink(&out, &out).expect("a link that leads nowhere");
    let undone = queue.undo().expect("undone").expect("a batch");
    assert_eq!(undone.files[0].taken, Taken::Stuck);
    assert!(undone.files[0].reason().is_some_and(|why| why.starts_with("it cannot be removed just now: ")));
    fs::remove_file(&out).expect("removed");
    fs::rename(&away, &out).expect("moved back");
    assert_eq!(queue.undo().expect("undone").expect("the same batch").files[0].taken, Taken::Removed);
    assert_eq!(queue.undo(), Ok(None));
}

#[cfg(unix)]
#[test]
fn what_lay_in_a_folder_that_is_a_file_now_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let mut queue = open(folder.path());
    fs::write(&out, "no folder").expect("written");
    let path = out.join("1.png");
    let made = finished(0, Outcome::Done(path.clone().into()));
    queue.keep([&submitted(0, &[0]), &committing(0, out.join("1.part"), None, path), &made]).expect("kept");
    assert_eq!(queue.undo().expect("undone").expect("a batch").files[0].taken, Taken::Gone);
    assert_eq!(queue.undo(), Ok(None));
}

#[cfg(unix)]
#[test]
fn undo_gives_up_what_had_not_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = several(folder.path(), false);
    rename(folder.path(), &["1.png"]);
    fs::write(folder.path().join("2.png"), "somebody else's").expect("written");
    assert_eq!(queue.unfinished_in_last(), Ok(1));
    let undone = queue.undo().expect("undone").expect("a batch");
    assert_eq!((undone.files.len(), undone.files[0].taken, undone.dropped), (1, Taken::Removed, 1));
    assert!(folder.path().join("2.png").exists());
    assert_eq!(queue.unfinished().expect("read"), 0);
}

#[test]
fn the_batch_before_is_next_and_small_computations_are_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0]), &submitted(1, &[2, 2]), &submitted(3, &[4, 5])]).expect("kept");
    let page = JobSpec::page("http://h/", "http://h/".into());
    let pages = Arc::new(Batch { options: options(true), jobs: vec![page] });
    queue.keep([&Record::Submitted { program: "one".into(), first: JobId(5), batch: pages }]).expect("kept");
    let mut dropped = Vec::new();
    while let Some(undone) = queue.undo().expect("undone") {
        dropped.push(undone.dropped);
    }
    assert_eq!(dropped, [2, 1]);
}

#[test]
fn the_file_of_version_2_is_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut queue = open(folder.path());
    queue.keep([&submitted(0, &[0, 2, 2])]).expect("kept");
    let made = finished(0, Outcome::Done(PathBuf::from("/out/a").into()));
    queue.keep([&committing(0, "/out/part".into(), None, "/out/a".into()), &made]).expect("kept");
    let part = folder.path().join("part");
    fs::write(&part, "x").expect("written");
    let kept = format!(r#"{{"part":{part:?},"path":{:?},"file":null}}"#, folder.path().join("b"));
    let back = "ALTER TABLE batches DROP COLUMN undone; ALTER TABLE jobs DROP COLUMN more; PRAGMA user_version = 2;";
    queue.connection.execute_batch(back).expect("as it was");
    queue.connection.execute("UPDATE jobs SET committing = '' WHERE id = 1", []).expect("as it was");
    queue.connection.execute("UPDATE jobs SET committing = ?1 WHERE id = 2", [kept]).expect("as it was");
    drop(queue);
    assert_eq!(history(folder.path(), "", 10).expect("read").len(), 3, "it is only read");
    let mut queue = open(folder.path());
    assert_eq!(queue.load().expect("read")[0].batch.jobs.len(), 2);
    let undone = queue.undo().expect("undone").expect("a batch");
    let told: Vec<(Taken, bool)> = undone.files.iter().map(|file| (file.taken, file.why.is_some())).collect();
    assert_eq!((told, undone.dropped), (vec![(Taken::Changed, true)], 2));
}

#[test]
fn a_program_that_is_killed_over_a_new_queue_leaves_none_that_looks_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("queue.new"), "half").expect("written");
    let (_, complaint) = Queue::open(folder.path()).expect("opened");
    assert_eq!(complaint, None);
    assert!(!folder.path().join("queue.new").exists(), "nothing of it is left");
}
