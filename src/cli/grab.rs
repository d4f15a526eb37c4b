//! `millrace grab`: pages become links, which are listed or downloaded. Pages are read side by side and told in the order
//! in which they were named, so that the same pages give the same lines in every mode.

use super::args::Grab;
use super::batch::{self, Telling, Work, printable};
use super::get_args::check_on_exists;
use super::{batch_options, open_state, read_links};
use crate::engine::EngineConfig;
use crate::intake::{self, Filter};
use crate::model::json::{link_line, page_line};
use crate::model::page::{Page, PageLink};
use crate::model::task::NonPictures;
use crate::model::{Batch, BatchOptions, FetchOptions, JobReport, JobSpec, Outcome, Source, link};
use anyhow::bail;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs `millrace grab`.
///
/// # Errors
///
/// Fails where there is nothing to grab, a list, the recipe or the cookies cannot be read, a pattern or an option makes
/// no sense, the output folder or the trace cannot be written to, the state folder cannot be taken, the engine cannot
/// start, or its lines cannot be printed. What becomes of the pages is told by the exit status.
pub fn grab(grab: &Grab) -> anyhow::Result<ExitCode> {
    if grab.urls.is_empty() && grab.input.is_none() {
        bail!("there is nothing to grab: name pages, or a list of them with -i FILE");
    }
    let filter = Filter::new(&grab.globs, &grab.regexes)?;
    let recipe = grab.common.recipe()?;
    if recipe.is_some() && !grab.get {
        bail!("what to do with pictures goes with --get; without it links are only listed");
    }
    check_on_exists(grab.on_exists, recipe.as_ref())?;
    let jobs: Vec<JobSpec> = read_links(&grab.urls, grab.input.as_deref())?.into_iter().map(page_of).collect();
    let mut origins: Vec<String> = jobs.iter().filter_map(origin_of).collect();
    origins.sort_unstable();
    origins.dedup();
    // What was given for the pages is not for whatever they link to.
    let fetch = Arc::new(FetchOptions { origins, ..grab.fetch.options()? });
    let get = match &grab.dir {
        Some(dir) => Some(BatchOptions {
            fetch: Arc::clone(&fetch),
            retries: grab.fetch.retries,
            on_exists: grab.on_exists,
            non_pictures: NonPictures::Keep,
            ..batch_options(&grab.common, dir, recipe)?
        }),
        None => None,
    };
    let options = BatchOptions {
        fetch,
        retries: grab.fetch.retries,
        non_pictures: NonPictures::Keep,
        deadline_ms: grab.common.deadline,
        kept: false,
        ..BatchOptions::to(PathBuf::new())
    };
    let config = EngineConfig { bytes_per_s: grab.fetch.limit, ..grab.common.engine()? };
    // A list of links leaves nothing to go on with, so others may use the state folder meanwhile.
    let folder = get.as_ref().map(|_| open_state(&grab.common)).transpose()?;
    let pages = Batch { options: Arc::new(options), jobs };
    batch::run(&grab.common, config, folder, Work::Pages { pages, filter, get })
}

fn origin_of(job: &JobSpec) -> Option<String> {
    match job.source() {
        Source::Page(url) => link::origin(url),
        _ => None,
    }
}

/// The job that reads what another would download.
fn page_of(job: JobSpec) -> JobSpec {
    match job.source() {
        Source::Link { url, .. } => JobSpec::page(job.input(), url.to_owned()),
        _ => job,
    }
}

/// Turns pages that were read into lines, and into further jobs.
pub(super) struct Grabber {
    filter: Filter,
    get: Option<BatchOptions>,
    /// Pages that ended and are not told yet, since one that was named before has not ended.
    ended: Vec<Option<JobReport>>,
    told: usize,
    /// Links that were told.
    seen: HashSet<String>,
    /// Links to download.
    wanted: Vec<JobSpec>,
}

/// What there is to print.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// To standard output.
    pub(super) out: Vec<String>,
    /// To standard error.
    pub(super) err: Vec<String>,
}

impl Grabber {
    /// `get` says how to download the links, where that is asked for.
    pub(super) fn new(pages: usize, filter: Filter, get: Option<BatchOptions>) -> Grabber {
        let ended = std::iter::repeat_with(|| None).take(pages).collect();
        Grabber { filter, get, ended, told: 0, seen: HashSet::new(), wanted: Vec::new() }
    }

    /// Whether a job is one of the pages, which were submitted first of all.
    pub(super) fn is_page(&self, report: &JobReport) -> bool {
        (report.job.0 as usize) < self.ended.len()
    }

    /// Whether it lists links, and downloads none.
    pub(super) fn lists(&self) -> bool {
        self.get.is_none()
    }

    /// Whether some pages have not ended.
    pub(super) fn is_reading(&self) -> bool {
        self.told < self.ended.len()
    }

    /// A page ended. Answers what can be told now.
    pub(super) fn page_ended(&mut self, report: &JobReport, telling: Telling) -> Lines {
        self.ended[report.job.0 as usize] = Some(report.clone());
        let mut lines = Lines::default();
        while let Some(report) = self.ended.get_mut(self.told).and_then(Option::take) {
            self.told += 1;
            self.tell(&report, telling, &mut lines);
        }
        lines
    }

    fn tell(&mut self, report: &JobReport, telling: Telling, lines: &mut Lines) {
        let nothing = Page::default();
        let page = if let Outcome::Read(page) = &report.outcome { page } else { &nothing };
        let wanted: Vec<&PageLink> = page.links.iter().filter(|link| self.filter.wants(&link.url)).collect();
        match (telling, report.outcome.error()) {
            (Telling::Json, _) => lines.out.push(page_line(report, wanted.len())),
            (_, Some((_, sentence))) => lines.err.push(printable(&format!("failed    {}: {sentence}", report.input))),
            (Telling::Quiet, None) => {}
            (Telling::Plain | Telling::Verbose, None) => {
                let title = if page.title.is_empty() { String::new() } else { format!("{} - ", page.title) };
                lines.out.push(printable(&format!("# {title}{}", report.input)));
            }
        }
        if page.partial && telling != Telling::Json {
            let count = page.links.len();
            lines.err.push(printable(&format!("{} is longer than what was read: {count} links", report.input)));
        }
        if wanted.is_empty() && !page.links.is_empty() && matches!(telling, Telling::Plain | Telling::Verbose) {
            lines.err.push(printable(&format!("none of the {} links of {} is wanted", page.links.len(), report.input)));
        }
        for link in wanted {
            if !self.seen.insert(link.url.clone()) {
                continue;
            }
            match telling {
                Telling::Json => {
                    let link = PageLink { url: literal(&link.url), kind: link.kind };
                    lines.out.push(link_line(&link, &report.input));
                }
                _ if self.lists() => lines.out.push(literal(&link.url)),
                _ => {}
            }
            if !self.lists() {
                self.wanted.push(intake::from_link(&link.url));
            }
        }
    }

    /// The downloads, once every page has ended and there are any.
    pub(super) fn downloads(&mut self) -> Option<Batch> {
        if self.is_reading() || self.wanted.is_empty() {
            return None;
        }
        let options = Arc::new(self.get.clone()?);
        Some(Batch { options, jobs: std::mem::take(&mut self.wanted) })
    }
}

/// A link as a list takes it: what would be a pattern there stands for itself.
fn literal(url: &str) -> String {
    let path = url.find("://").and_then(|at| Some(at + 3 + url[at + 3..].find(['/', '?'])?)).unwrap_or(url.len());
    let (host, rest) = url.split_at(path);
    let mut line = host.to_owned();
    for c in rest.chars() {
        match c {
            '[' | ']' | '{' | '}' | '\\' => line += &format!("%{:02X}", u32::from(c)),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::from_list;
    use crate::model::page::LinkKind;
    use crate::model::{ErrorKind, Failure, JobId};

    fn report(job: u32, outcome: Outcome) -> JobReport {
        JobReport { input: format!("http://h/{job}"), ..JobReport::new(JobId(job), outcome) }
    }

    fn page(job: u32, title: &str, links: &[&str]) -> JobReport {
        let link = |url: &&str| PageLink { url: (*url).to_owned(), kind: LinkKind::Link };
        let links = links.iter().map(link).collect();
        report(job, Outcome::Read(Arc::new(Page { title: title.into(), links, partial: false })))
    }

    #[test]
    fn pages_are_told_in_order_and_each_link_once() {
        let filter = Filter::new(&["*.jpg".into()], &[]).expect("a pattern");
        let mut grabber = Grabber::new(3, filter, None);
        let second = page(1, "", &["http://h/a.jpg", "http://h/c.jpg", "http://h/x.png"]);
        assert!(grabber.page_ended(&second, Telling::Plain).out.is_empty(), "the first has not ended");
        let first = page(0, "A\u{202e}\u{7}b", &["http://h/a.jpg", "http://h/b.jpg"]);
        let lines = grabber.page_ended(&first, Telling::Plain).out;
        assert_eq!(
            lines,
            ["# A\u{fffd}\u{fffd}b - http://h/0", "http://h/a.jpg", "http://h/b.jpg", "# http://h/1", "http://h/c.jpg"]
        );
        let failed = report(2, Outcome::Failed(Failure::new(ErrorKind::Http, "gone")));
        let lines = grabber.page_ended(&failed, Telling::Plain);
        assert_eq!((lines.out.len(), lines.err), (0, vec!["failed    http://h/2: gone".to_owned()]));
        assert!(grabber.downloads().is_none());
    }

    #[test]
    fn a_listed_link_stands_for_itself() {
        for url in ["http://[::1]:8/a[1-3].jpg?b={c,d}&e=\\f", "http://h/%5B1%5D", "http://h?[1-2]", "http://h"] {
            let jobs = from_list(literal(url).as_bytes(), "a list").expect("a list");
            assert_eq!(jobs.len(), 1, "{url}");
            assert!(matches!(jobs[0].source(), Source::Link { .. }), "{url}: {:?}", jobs[0]);
        }
        assert_eq!(literal("http://[::1]/a[1]"), "http://[::1]/a%5B1%5D");
        let filter = Filter::new(&[], &[]).expect("no pattern");
        let lines = Grabber::new(1, filter, None).page_ended(&page(0, "", &["http://h/a[1-3].jpg"]), Telling::Json).out;
        let line: serde_json::Value = serde_json::from_str(&lines[1]).expect("JSON");
        let jobs = intake::from_pattern(line["url"].as_str().expect("a link")).expect("a link");
        assert_eq!((jobs.len(), jobs[0].input()), (1, "http://h/a%5B1-3%5D.jpg"));
    }
}
