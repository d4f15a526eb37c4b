//! What the results of a batch are to be called, and in which order those that may want the same name get it: that of the
//! batch, whichever is done first. So a batch gives the same names every time, and a plan can tell them.

use super::commit::Order;
use crate::model::filename::{collision_key, sanitized, split};
use crate::model::recipe::{Format, Frames};
use crate::model::template::{Facts, Field, day};
use crate::model::{Batch, BatchOptions, Event, JobId, JobRef, JobSpec, OnExists, Output, Recipe, Source};
use crate::task::image::output_name;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Names that are the same so far may be cut to the same: later than here nothing tells them apart.
const KEY_BYTES: usize = 180;

/// Where a result belongs below the output folder, and the names that its files want.
pub(super) fn wanted(job: &JobRef, output: &Output) -> (PathBuf, Vec<String>) {
    if output.pieces.len() < 2 {
        let name = output.pieces.first().map_or(&output.name, |piece| &piece.name);
        let (folder, name) = wanted_by(job, name, output.size_out);
        return (folder, vec![name]);
    }
    let digits = output.pieces.len().to_string().len().max(4);
    let mut folder = job.subfolder().to_owned();
    let mut names = Vec::with_capacity(output.pieces.len());
    for (number, piece) in output.pieces.iter().enumerate() {
        let (below, name) = wanted_by(job, &piece.name, output.size_out);
        folder = below;
        names.push(match (template_of(job), split(&name)) {
            (None, _) => name,
            (Some(_), (stem, Some(extension))) => sanitized(&format!("{stem}-{:0digits$}.{extension}", number + 1)),
            (Some(_), (stem, None)) => sanitized(&format!("{stem}-{:0digits$}", number + 1)),
        });
    }
    (folder, names)
}

fn template_of(job: &JobRef) -> Option<&crate::model::Template> {
    let is_file = matches!(job.source(), Source::File(_));
    job.options().name.as_deref().filter(|_| is_file)
}

/// The same for one file, of which `output` is the name that it has without a template.
fn wanted_by(job: &JobRef, output: &str, size: Option<(u32, u32)>) -> (PathBuf, String) {
    let Some(template) = template_of(job) else { return (job.subfolder().to_owned(), output.to_owned()) };
    let date = if template.has(&[Field::Date]) { date_of(job) } else { String::new() };
    let options = job.options();
    let (below, name) = template.fill(&Facts {
        input: &job.file_name(),
        output,
        index: job.index().unwrap_or(1),
        size,
        date: &date,
        recipe: options.recipe.as_ref().map_or("", |recipe| &recipe.name),
    });
    (job.subfolder().join(below), name)
}

fn date_of(job: &JobRef) -> String {
    let Source::File(path) = job.source() else { return String::new() };
    let Ok(modified) = fs::metadata(path).and_then(|metadata| metadata.modified()) else { return String::new() };
    day(match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64) - i64::from(before.duration().subsec_nanos() > 0),
    })
}

/// Whether the header of a picture tells what its result will be called.
pub(super) fn is_told_by_header(options: &BatchOptions) -> bool {
    let by_template = options.name.as_ref().is_none_or(|template| !template.needs_size());
    let by_recipe = options.recipe.as_ref().is_none_or(|recipe| {
        let output = &recipe.output;
        output.frames != Frames::Extract && !output.keep_original_if_larger
    });
    by_template && by_recipe
}

/// The names that a picture's result may have, as far as nobody has looked at the picture. Without what a template makes
/// of them.
pub(super) fn possible_names(name: &str, recipe: &Recipe) -> Vec<String> {
    let formats = recipe.output.format.as_ref().map_or(&Format::ALL[..], std::slice::from_ref);
    formats.iter().map(|format| output_name(name, *format)).collect()
}

/// Where the result of a conversion would stand, if it were called so: the folder and the name.
pub(super) fn place_of(job: &JobRef, output: &str) -> (PathBuf, String) {
    let (below, name) = wanted_by(job, output, None);
    (job.options().output_dir.join(below), name)
}

/// Whether what is there may be the result already.
pub(super) fn may_be_done(options: &BatchOptions) -> bool {
    matches!(options.on_exists, OnExists::Skip | OnExists::Newer) && is_told_by_header(options)
}

/// The same for all files of a batch that may want the same name.
fn key(job: &JobSpec, options: &BatchOptions) -> u64 {
    let file_name = job.name_wanted();
    let (folder, name) = match &options.name {
        None => (PathBuf::new(), sanitized(&file_name)),
        Some(template) => {
            let recipe = options.recipe.as_ref().map_or("", |recipe| &recipe.name);
            let index = job.index().unwrap_or(1);
            template.fill(&Facts { input: &file_name, index, recipe, ..Facts::default() })
        }
    };
    let stem = if options.name.is_none() { split(&name).0 } else { without_format(&name) };
    let mut stem = &stem[..stem.floor_char_boundary(KEY_BYTES)];
    while let Some(shorter) = without_number(stem) {
        stem = shorter;
    }
    if options.recipe.as_ref().is_some_and(|recipe| recipe.output.frames == Frames::Extract) {
        stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | ' ' | '.'));
    }
    let mut hasher = DefaultHasher::new();
    collision_key(&job.subfolder().join(folder).to_string_lossy()).hash(&mut hasher);
    collision_key(stem).hash(&mut hasher);
    hasher.finish()
}

/// A name that a template made, without what may be the extension of the result already.
fn without_format(name: &str) -> &str {
    let is_format = |end: &str| {
        let of = |format: &Format| end.eq_ignore_ascii_case(format.extension());
        Format::ALL.iter().any(of) || ["jpeg", "tif", "tiff"].iter().any(|other| end.eq_ignore_ascii_case(other))
    };
    name.rsplit_once('.').filter(|(_, end)| is_format(end)).map_or(name, |(stem, _)| stem)
}

/// A name without the number that it got where its name was taken.
fn without_number(stem: &str) -> Option<&str> {
    let (shorter, number) = stem.strip_suffix(')')?.rsplit_once(" (")?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then_some(shorter)
}

/// Who gets a name before whom.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// The group of each job that has one. Most want a name of their own.
    group_of: HashMap<JobId, usize>,
    /// Those of each group that have no name yet, and may still get one.
    groups: Vec<BTreeSet<JobId>>,
    /// What is finished and waits for its turn.
    waiting: HashMap<JobId, Order>,
}

impl Turns {
    /// Notes which jobs of a batch may want the same name.
    pub(super) fn add(&mut self, first: JobId, batch: &Batch) {
        let mut by_key: HashMap<u64, JobId> = HashMap::new();
        for (place, job) in batch.jobs.iter().enumerate() {
            if !matches!(job.source(), Source::File(_)) {
                continue;
            }
            let id = JobId(first.0 + place as u32);
            match by_key.entry(key(job, &batch.options)) {
                Entry::Vacant(free) => {
                    free.insert(id);
                }
                Entry::Occupied(taken) => {
                    let group = *self.group_of.entry(*taken.get()).or_insert_with(|| {
                        self.groups.push(BTreeSet::from([*taken.get()]));
                        self.groups.len() - 1
                    });
                    self.groups[group].insert(id);
                    self.group_of.insert(id, group);
                }
            }
        }
    }

    /// Whether no other job comes before this one.
    pub(super) fn is_next(&self, job: JobId) -> bool {
        let Some(group) = self.group_of.get(&job).map(|group| &self.groups[*group]) else { return true };
        // One that had its turn, and is tried again, need not wait for another.
        group.first() == Some(&job) || !group.contains(&job)
    }

    /// Whether other jobs may want the same name.
    pub(super) fn is_shared(&self, job: JobId) -> bool {
        self.group_of.contains_key(&job)
    }

    /// Lets an order wait for its turn. Answers it where that has come.
    pub(super) fn wait(&mut self, order: Order) -> Option<Order> {
        if self.is_next(order.attempt.job) {
            return Some(order);
        }
        self.waiting.insert(order.attempt.job, order);
        None
    }

    /// Follows what happens to jobs: one that has ended has had its turn. Answers what need not wait any more.
    pub(super) fn see(&mut self, event: &Event) -> Vec<Order> {
        match event {
            Event::JobsQueued { first, batch, .. } if batch.options.recipe.is_some() => self.add(*first, batch),
            Event::JobFinished(report) => return self.end(report.job).into_iter().collect(),
            Event::JobsRemoved(jobs) => return jobs.iter().filter_map(|job| self.end(*job)).collect(),
            _ => {}
        }
        Vec::new()
    }

    fn end(&mut self, job: JobId) -> Option<Order> {
        let group = &mut self.groups[*self.group_of.get(&job)?];
        group.remove(&job);
        self.waiting.remove(group.first()?)
    }
}

/// Whether a file can be looked at.
pub(super) fn is_there(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::Piece;
    use std::sync::Arc;

    fn batch(names: &[&str], template: Option<&str>) -> Arc<Batch> {
        let options = BatchOptions {
            recipe: Some(Arc::new(Recipe::same_size())),
            name: template.map(|template| Arc::new(template.parse().expect("a template"))),
            kept: false,
            ..BatchOptions::to("/out")
        };
        let job = |(name, index): (&&str, u32)| {
            JobSpec::file(*name, Path::new("/in").join(name), PathBuf::new()).with_index(index)
        };
        Arc::new(Batch { options: Arc::new(options), jobs: names.iter().zip(1..).map(job).collect() })
    }

    /// The numbers of the groups, as the jobs have them; 0 for none.
    fn groups(names: &[&str], template: Option<&str>) -> Vec<usize> {
        let mut turns = Turns::default();
        turns.add(JobId(0), &batch(names, template));
        (0..names.len() as u32).map(|job| turns.group_of.get(&JobId(job)).map_or(0, |group| group + 1)).collect()
    }

    #[test]
    fn only_those_that_may_want_the_same_name_wait_for_each_other() {
        assert_eq!(groups(&["a.jpg", "b.jpg", "A.png", "a (2).gif", "c.jpg"], None), [1, 0, 1, 1, 0]);
        assert_eq!(groups(&["a.jpg", "b.jpg", "a.png"], Some("{name}-{index}")), [0, 0, 0]);
        assert_eq!(groups(&["a.jpg", "b.jpg", "c.png"], Some("{width}")), [1, 1, 1]);
        assert_eq!(groups(&["a.jpg", "b.jpg", "a.png"], Some("{ext}/{name}")), [1, 0, 1]);
        assert_eq!(groups(&["a.jpg.png", "a.png", "a.b.png"], Some("{name}")), [1, 1, 0]);
    }

    #[test]
    fn turns_follow_the_order_of_the_batch() {
        let mut turns = Turns::default();
        turns.add(JobId(0), &batch(&["a.jpg", "b.jpg", "a.png", "a.gif"], None));
        let next = |turns: &Turns| (0..4).map(|job| turns.is_next(JobId(job))).collect::<Vec<_>>();
        assert_eq!(next(&turns), [true, true, false, false]);
        turns.end(JobId(2));
        assert_eq!(next(&turns), [true, true, true, false], "one that had its turn waits for nobody");
        turns.end(JobId(0));
        assert_eq!(next(&turns), [true, true, true, true]);
    }

    #[test]
    fn pieces_have_names_of_their_own() {
        let piece = |name: &str| Piece { name: name.into(), bytes: 1 };
        let output =
            Output { name: "a.png".into(), pieces: vec![piece("a-1.png"), piece("a-2.png")], ..Output::default() };
        let plain = JobRef::new(batch(&["a.gif"], None), 0);
        assert_eq!(wanted(&plain, &output), (PathBuf::new(), vec!["a-1.png".into(), "a-2.png".into()]));
        let named = JobRef::new(batch(&["a.gif"], Some("f/{name}")), 0);
        assert_eq!(wanted(&named, &output), (PathBuf::from("f"), vec!["a-0001.png".into(), "a-0002.png".into()]));
    }
}
