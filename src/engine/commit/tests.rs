//! Names and files: which name a file gets, and several files of one job, all or none.

use super::names::LAST_NUMBER;
use super::*;
use crate::model::filename::numbered;
use crate::model::{Batch, BatchOptions, JobId, JobSpec, OnExists};
use crossbeam_channel::Receiver;
use std::fs::FileTimes;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

struct Bench {
    folder: TempDir,
    committer: Committer,
    reports: Receiver<Report>,
}

impl Bench {
    fn new() -> Bench {
        let (sender, reports) = crossbeam_channel::bounded(64);
        let committer = Committer::start(&sender).expect("threads");
        Bench { folder: tempfile::tempdir().expect("a folder"), committer, reports }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn write(&self, name: &str, bytes: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, bytes).expect("written");
        path
    }

    fn order(&self, names: &[&str], pieces: &[&str], rule: Rule) -> Order {
        let attempt = AttemptId { job: JobId(0), number: 1 };
        Order {
            attempt,
            temporary: self.write("work/0.part", &pieces.concat()),
            root: self.root(),
            subfolder: PathBuf::new(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            lengths: if pieces.len() > 1 {
                pieces.iter().map(|piece| piece.len() as u64).collect()
            } else {
                Vec::new()
            },
            rule,
            existing: false,
            keep_times: false,
            journal: None,
        }
    }

    fn commit(&self, order: Order) -> Result<Vec<String>, Failure> {
        self.committer.send(order);
        match self.reports.recv().expect("a report") {
            Report::Committed { result, .. } => {
                result.map(|made| made.all().map(|path| self.below(path)).collect::<Vec<String>>())
            }
            other => panic!("{other:?}"),
        }
    }

    fn below(&self, path: &Path) -> String {
        path.strip_prefix(self.root()).expect("in the folder").to_string_lossy().into_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).expect(name)
    }

    /// The names in the output folder, and how many files are left in the work folder.
    fn left(&self) -> (Vec<String>, usize) {
        let names = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        let mut out: Vec<String> =
            names(self.root()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        out.sort();
        (out, names(self.folder.path().join("work")).count())
    }
}

fn rule(on_exists: OnExists) -> Rule {
    Rule { on_exists, ordered: true, ..Rule::default() }
}

#[test]
fn one_output_becomes_several_files() {
    let bench = Bench::new();
    bench.write("out/b.png", "theirs");
    let order = bench.order(&["a.png", "b.png", "c.png"], &["one", "", "three"], rule(OnExists::Rename));
    assert_eq!(bench.commit(order), Ok(vec!["a.png".into(), "b (2).png".into(), "c.png".into()]));
    assert_eq!(["a.png", "b.png", "b (2).png", "c.png"].map(|name| bench.read(name)), ["one", "theirs", "", "three"]);
    assert_eq!(bench.left().1, 0);
}

#[test]
fn what_was_to_stay_and_is_gone_by_now_fails_with_its_name() {
    let bench = Bench::new();
    bench.write("out/b.png", "theirs");
    let skip = || Rule { on_exists: OnExists::Skip, ..Rule::default() };
    let existing = |name: &str| Order { existing: true, ..bench.order(&[name], &[""], skip()) };
    assert_eq!(bench.commit(existing("b.png")), Ok(vec!["b.png".into()]));
    fs::remove_file(bench.root().join("b.png")).expect("removed");
    let failure = bench.commit(existing("b.png")).expect_err("it is gone");
    assert!(failure.sentence.contains("b.png was there and is gone"), "{failure}");
    assert_eq!(bench.left(), (Vec::new(), 0));
}

#[test]
fn a_file_in_the_place_of_a_folder_fails_with_its_name() {
    let bench = Bench::new();
    bench.write("out/below", "a file");
    let order = Order { subfolder: PathBuf::from("below"), ..bench.order(&["a.png"], &["one"], Rule::default()) };
    let failure = bench.commit(order).expect_err("no folder can be made there");
    assert!(failure.sentence.contains("below"), "{failure}");
    assert_eq!((bench.read("below"), bench.left().0), ("a file".into(), vec!["below".into()]));
}

#[test]
fn what_the_disk_refuses_fails_with_its_name_and_leaves_nothing() {
    let bench = Bench::new();
    let long = "x".repeat(300);
    let failure = bench.commit(bench.order(&[&long], &["one"], Rule::default())).expect_err("no name may be so long");
    assert!(failure.sentence.contains("save") && failure.sentence.contains(&long), "{failure}");
    let failure = bench.commit(bench.order(&["a.png", &long], &["one", "two"], Rule::default())).expect_err("nor here");
    assert!(failure.sentence.contains(&long), "{failure}");
    assert_eq!(bench.left().0, Vec::<String>::new(), "what had its name lost it again");
    let order = bench.order(&["a.png"], &["one"], Rule::default());
    fs::remove_file(&order.temporary).expect("removed");
    let failure = bench.commit(order).expect_err("it is gone");
    assert!(failure.sentence.contains("a.png"), "{failure}");
    assert_eq!(bench.left(), (Vec::new(), 0));
}

#[test]
fn where_every_name_is_taken_nothing_is_made() {
    let bench = Bench::new();
    bench.write("out/a.png", "theirs");
    let last = Slot::Free(numbered("a.png", LAST_NUMBER), LAST_NUMBER);
    {
        let mut names = lock(&bench.committer.names);
        names.find(&bench.root(), "a.png", &Rule::default()).expect("the folder is read");
        names.give_back(&bench.root(), "a.png", &last, false);
    }
    assert_eq!(
        bench.commit(bench.order(&["a.png"], &["one"], Rule::default())),
        Ok(vec![last.name().to_owned()]),
        "the last number there is"
    );
    let order = bench.order(&["b.png", "a.png"], &["one", "two"], Rule::default());
    let failure = bench.commit(order).expect_err("there is no other");
    assert_eq!(failure.kind, ErrorKind::Name, "{failure}");
    assert_eq!(bench.left(), (vec![last.name().to_owned(), "a.png".into()], 0), "all or none");
    bench.commit(bench.order(&["b.png"], &["b"], Rule::default())).expect("its name was given back");
}

#[test]
fn a_folder_that_cannot_be_read_has_no_names() {
    let bench = Bench::new();
    let failure = Names::default().find(&bench.write("file", ""), "a.png", &Rule::default()).expect_err("no folder");
    assert!(failure.sentence.contains("file"), "{failure}");
}

#[test]
fn several_files_are_there_together_or_not_at_all() {
    let bench = Bench::new();
    bench.write("out/c.png", "theirs");
    let order = Order { lengths: vec![1, 4], ..bench.order(&["a.png", "b.png"], &["one", "two"], Rule::default()) };
    let sentence = bench.commit(order).expect_err("other lengths").sentence;
    assert!(sentence.contains("what was written is not what was told") || sentence.contains("save"), "{sentence}");
    assert_eq!(bench.left().0, ["c.png"]);
    // Somebody takes the second name after the folder was read: all get their names in a second try.
    bench.commit(bench.order(&["x.png"], &["x"], Rule::default())).expect("the folder is read");
    bench.write("out/b.png", "late");
    let order = bench.order(&["a.png", "b.png"], &["one", "two"], rule(OnExists::Rename));
    assert_eq!(bench.commit(order), Ok(vec!["a.png".into(), "b (2).png".into()]));
    assert_eq!((bench.read("b.png"), bench.read("b (2).png")), ("late".into(), "two".into()));
}

#[test]
fn each_of_several_files_follows_the_rule() {
    for (on_exists, made, b) in [
        (OnExists::Rename, ["a.png", "b (2).png"], "theirs"),
        (OnExists::Skip, ["a.png", "b.png"], "theirs"),
        (OnExists::Overwrite, ["a.png", "b.png"], "two"),
    ] {
        let bench = Bench::new();
        bench.write("out/b.png", "theirs");
        let order = bench.order(&["a.png", "b.png"], &["one", "two"], rule(on_exists));
        assert_eq!(bench.commit(order), Ok(made.map(str::to_owned).to_vec()), "{on_exists:?}");
        assert_eq!((bench.read("a.png"), bench.read("b.png")), ("one".into(), b.into()), "{on_exists:?}");
        assert_eq!(bench.left().1, 0, "{on_exists:?}");
    }
}

/// What becomes of `a.jpg` twice in a row, with two files of that name from an earlier time.
fn twice(on_exists: OnExists, ordered: bool) -> [Slot; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.jpg", "a (2).jpg"] {
        fs::write(folder.path().join(name), "old").expect("written");
    }
    let mut names = Names::default();
    let rule = Rule { on_exists, ordered, ..Rule::default() };
    [(); 2].map(|()| names.reserve(folder.path(), "a.jpg", &rule).expect("a name"))
}

#[test]
fn a_batch_that_is_done_again_finds_its_own_names() {
    let free = |number| Slot::Free(format!("a ({number}).jpg"), number);
    let (keep, replace) = (|name: &str| Slot::Keep(name.into()), |name: &str| Slot::Replace(name.into()));
    assert_eq!(twice(OnExists::Rename, true), [free(3), free(4)]);
    assert_eq!(twice(OnExists::Skip, true), [keep("a.jpg"), keep("a (2).jpg")]);
    assert_eq!(twice(OnExists::Overwrite, true), [replace("a.jpg"), replace("a (2).jpg")]);
    assert_eq!(twice(OnExists::Overwrite, false), [replace("a.jpg"), free(3)], "in no order a number says nothing");
    assert_eq!(twice(OnExists::Skip, false), [keep("a.jpg"), keep("a.jpg")]);
}

#[test]
fn only_what_is_older_than_its_input_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, seconds: u64| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).expect("made");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + seconds);
        file.set_times(FileTimes::new().set_modified(at)).expect("set");
        path
    };
    file("a.jpg", 100);
    for (seconds, slot) in
        [(99, Slot::Keep("a.jpg".into())), (100, Slot::Keep("a.jpg".into())), (101, Slot::Replace("a.jpg".into()))]
    {
        let rule = Rule { input: Some(file("in.png", seconds)), ..rule(OnExists::Newer) };
        assert_eq!(Names::default().reserve(folder.path(), "a.jpg", &rule), Ok(slot), "{seconds}");
    }
}

fn batch(output_dir: &Path, jobs: Vec<JobSpec>) -> Arc<Batch> {
    let options = BatchOptions { on_exists: OnExists::Overwrite, kept: false, ..BatchOptions::to(output_dir) };
    Arc::new(Batch { options: Arc::new(options), jobs })
}

#[test]
fn what_a_batch_made_stays_when_more_of_it_is_tried_later() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.bin"), "old").expect("written");
    let [first, second] = [(); 2].map(|()| batch(folder.path(), Vec::new()));
    let rule =
        |batch: &Arc<Batch>| Rule { on_exists: OnExists::Overwrite, batch: Arc::downgrade(batch), ..Rule::default() };
    let mut names = Names::default();
    let mut reserve = |batch: &Arc<Batch>| {
        let slot = names.reserve(folder.path(), "a.bin", &rule(batch)).expect("a name");
        fs::write(folder.path().join(slot.name()), "new").expect("written");
        names.forget(folder.path());
        slot
    };
    let replaced = Slot::Replace("a.bin".into());
    assert_eq!(reserve(&first), replaced);
    assert_eq!(reserve(&first), Slot::Free("a (2).bin".into(), 2));
    assert_eq!(reserve(&second), replaced, "another batch may take its place");
    assert_eq!(reserve(&first), replaced, "and this one may take its own again from that");
}

#[cfg(unix)]
#[test]
fn originals_are_never_replaced_whatever_they_are_called() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("original.jpg"), "original").expect("written");
    fs::hard_link(path("original.jpg"), path("second name.jpg")).expect("a link");
    std::os::unix::fs::symlink(path("original.jpg"), path("link.jpg")).expect("a link");
    fs::write(path("other.jpg"), "other").expect("written");
    let batch = batch(folder.path(), vec![JobSpec::file("link.jpg", path("link.jpg"), PathBuf::new())]);
    let rule = Rule { originals: Some(Arc::new(Originals::new(batch, Vec::new()))), ..rule(OnExists::Overwrite) };
    for (name, slot) in [
        ("original.jpg", Slot::Free("original (2).jpg".into(), 2)),
        ("second name.jpg", Slot::Free("second name (2).jpg".into(), 2)),
        ("link.jpg", Slot::Free("link (2).jpg".into(), 2)),
        ("other.jpg", Slot::Replace("other.jpg".into())),
    ] {
        assert_eq!(Names::default().reserve(folder.path(), name, &rule), Ok(slot));
    }
}
