//! The JSON lines that scripts read. The field names are a promise: add, but do not rename.

use super::page::{LinkKind, PageLink};
use super::{JobId, JobReport, Made, Outcome, Posture};
use serde::Serialize;

/// A path, or a list of them where there are several. Bytes that are not UTF-8 are replaced.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Paths {
    One(String),
    Several(Vec<String>),
}

impl Paths {
    fn of(made: &Made) -> Paths {
        let mut paths: Vec<String> = made.all().map(|path| path.to_string_lossy().into_owned()).collect();
        match paths.len() {
            1 => Paths::One(paths.remove(0)),
            _ => Paths::Several(paths),
        }
    }
}

/// One line for each job that ended.
#[derive(Debug, Serialize)]
struct JobFinished<'a> {
    event: &'static str,
    job: u32,
    input: &'a str,
    output: Option<Paths>,
    state: super::JobState,
    error: Option<&'a str>,
    error_kind: Option<&'static str>,
    attempts: u32,
    mode: Option<super::Mode>,
    lane: Option<&'a str>,
    bytes_in: u64,
    bytes_out: u64,
    wall_ms: f64,
    cpu_ms: f64,
    posture: Option<Posture>,
}

/// One line for each page.
#[derive(Debug, Serialize)]
struct PageEnded<'a> {
    event: &'static str,
    state: super::JobState,
    url: &'a str,
    title: &'a str,
    links: usize,
    partial: bool,
    error: Option<&'a str>,
    error_kind: Option<&'static str>,
    attempts: u32,
    mode: Option<super::Mode>,
    lane: Option<&'a str>,
    bytes_in: u64,
    wall_ms: f64,
}

/// One line for each link of a page.
#[derive(Debug, Serialize)]
struct LinkFound<'a> {
    event: &'static str,
    url: &'a str,
    page: &'a str,
    kind: LinkKind,
}

/// What a whole batch came to: the last line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Jobs whose file stands under its final name.
    pub done: u32,
    /// Jobs that failed.
    pub failed: u32,
    /// Jobs that were cancelled.
    pub cancelled: u32,
    /// Time from the first job to the last, in milliseconds.
    pub wall_ms: f64,
    /// CPU time of the program and its workers, in milliseconds.
    pub cpu_ms: f64,
    /// The most memory that the program and its workers held at one time, in bytes.
    pub peak_rss_bytes: u64,
}

#[derive(Debug, Serialize)]
struct BatchFinished {
    event: &'static str,
    done: u32,
    failed: u32,
    cancelled: u32,
    wall_ms: f64,
    cpu_ms: f64,
    peak_rss_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Computed<'a> {
    event: &'static str,
    answers: &'a [u64],
}

/// The line of a job that ended, without a line break. Bytes of paths that are not UTF-8 are replaced.
pub fn job_line(report: &JobReport) -> String {
    let error = report.outcome.error();
    line(&JobFinished {
        event: "job_finished",
        job: report.job.0,
        input: &report.input,
        output: match &report.outcome {
            Outcome::Done(made) => Some(Paths::of(made)),
            Outcome::Read(_) | Outcome::Answered(_) | Outcome::Failed(_) | Outcome::Cancelled => None,
        },
        state: report.outcome.state(),
        error: error.map(|(_, sentence)| sentence),
        error_kind: error.map(|(kind, _)| kind.as_str()),
        attempts: report.attempts,
        mode: report.mode,
        lane: report.lane.as_deref(),
        bytes_in: report.bytes_in,
        bytes_out: report.bytes_out,
        wall_ms: report.timing.wall_us as f64 / 1e3,
        cpu_ms: report.timing.cpu_us as f64 / 1e3,
        posture: report.posture,
    })
}

/// The line of a page that ended, without a line break. `links` is how many of its links are wanted.
pub fn page_line(report: &JobReport, links: usize) -> String {
    let error = report.outcome.error();
    let (title, partial) = match &report.outcome {
        Outcome::Read(page) => (&*page.title, page.partial),
        Outcome::Done(_) | Outcome::Answered(_) | Outcome::Failed(_) | Outcome::Cancelled => ("", false),
    };
    line(&PageEnded {
        event: "page",
        state: report.outcome.state(),
        url: &report.input,
        title,
        links,
        partial,
        error: error.map(|(_, sentence)| sentence),
        error_kind: error.map(|(kind, _)| kind.as_str()),
        attempts: report.attempts,
        mode: report.mode,
        lane: report.lane.as_deref(),
        bytes_in: report.bytes_in,
        wall_ms: report.timing.wall_us as f64 / 1e3,
    })
}

/// The line of a link, without a line break. `page` is the input that led to it.
pub fn link_line(link: &PageLink, page: &str) -> String {
    line(&LinkFound { event: "link", url: &link.url, page, kind: link.kind })
}

/// The line of light jobs that were computed, told by the dozen: their answers, without a line break.
pub fn computed_line(answers: &[(JobId, u64)]) -> String {
    let answers: Vec<u64> = answers.iter().map(|(_, answer)| *answer).collect();
    line(&Computed { event: "computed", answers: &answers })
}

/// The line of a batch that ended, without a line break.
pub fn batch_line(totals: &Totals) -> String {
    line(&BatchFinished {
        event: "batch_finished",
        done: totals.done,
        failed: totals.failed,
        cancelled: totals.cancelled,
        wall_ms: to_microseconds(totals.wall_ms),
        cpu_ms: to_microseconds(totals.cpu_ms),
        peak_rss_bytes: totals.peak_rss_bytes,
    })
}

/// No more digits than the clocks have.
fn to_microseconds(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}

/// A value as one line for every reader: what Unicode takes for the end of one is escaped, too.
pub fn line(value: &impl Serialize) -> String {
    // Strings, numbers and nothing else: there is nothing in it that could fail.
    let json = serde_json::to_string(value).unwrap_or_default();
    if json.is_ascii() {
        return json;
    }
    // They can only stand in strings.
    json.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confinement, ErrorKind, Failure, InForce, JobId, Mode, Timing};

    #[test]
    fn a_line_is_one_for_every_reader() {
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}\r\nü";
        let line = line(&text);
        assert_eq!(line, "\"a\\u2028b\\u2029c\\u0085d\\u000be\\ff\\u001c\\r\\nü\"");
        assert_eq!(serde_json::from_str::<String>(&line).expect("JSON"), text);
    }

    #[test]
    fn a_job_is_one_line_with_every_field() {
        let report = JobReport {
            job: JobId(3),
            input: "http://host/a\n.jpg".into(),
            outcome: Outcome::Failed(Failure::new(ErrorKind::Decode, "a.jpg is damaged")),
            attempts: 2,
            mode: Some(Mode::Mixed),
            lane: Some("P1".into()),
            bytes_in: 10,
            bytes_out: 0,
            size_in: None,
            size_out: None,
            timing: Timing { wall_us: 1500, cpu_us: 250 },
            posture: Some(Posture::process(Confinement::None, InForce::default())),
        };
        let line = job_line(&report);
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let expected = serde_json::json!({
            "event": "job_finished", "job": 3, "input": "http://host/a\n.jpg", "output": null, "state": "failed",
            "error": "a.jpg is damaged", "error_kind": "decode", "attempts": 2, "mode": "mixed", "lane": "P1",
            "bytes_in": 10, "bytes_out": 0, "wall_ms": 1.5, "cpu_ms": 0.25,
            "posture": {"isolation": "process", "seccomp": false, "no_new_privs": false, "rlimits": false,
                "landlock": 0, "files": "all", "network": "all", "badge": "own process, not sandboxed"},
        });
        assert_eq!(value, expected);
    }
}
