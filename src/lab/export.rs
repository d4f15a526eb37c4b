//! What was measured, as files for other programs: a table, and a trace for Perfetto and Chrome.

use crate::model::lab::{LabReport, LabRun};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The room between two runs in a trace, in microseconds.
const GAP_US: u64 = 100_000;

/// The columns of the table that are plain figures.
const COLUMNS: [&str; 22] = [
    "side",
    "workload",
    "mode",
    "workers",
    "run",
    "wall_ms",
    "cpu_ms",
    "startup_ms",
    "peak_rss_bytes",
    "private_bytes",
    "shared_bytes",
    "task_count",
    "busy_ms",
    "wait_share",
    "core_wait_ms",
    "lock_wait_ms",
    "handovers",
    "overhead_us",
    "longest_ms",
    "python_version",
    "start_method",
    "detail",
];

/// One line for each run, the names of the columns first. What a workload shows beyond times stands in the last as JSON.
pub fn csv(runs: &[LabRun]) -> String {
    let mut text = COLUMNS.join(",") + "\r\n";
    for run in runs {
        let value = serde_json::to_value(run).unwrap_or_default();
        let detail = serde_json::to_string(&run.detail).unwrap_or_default();
        let field = |name: &&str| match &value[*name] {
            _ if *name == "detail" => quoted(&detail),
            Value::String(text) => quoted(text),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        text += &(COLUMNS.iter().map(field).collect::<Vec<_>>().join(",") + "\r\n");
    }
    text
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Every run and then the comparison, as one list: the objects that the command line prints a line each.
pub fn json(runs: &[LabRun], report: Option<&LabReport>) -> Value {
    let runs = runs.iter().map(|run| serde_json::to_value(run).unwrap_or_default());
    let report = report.map(|report| serde_json::to_value(report).unwrap_or_default());
    Value::Array(runs.chain(report).collect())
}

/// The runs one after another, each with its lanes, in the Trace Event Format.
pub fn trace(runs: &[LabRun]) -> Value {
    let mut events = Vec::new();
    let mut start = 0;
    for (number, run) in runs.iter().enumerate() {
        let (pid, title) = (number + 1, format!("{} {} × {}, run {}", run.workload, run.mode, run.workers, run.run));
        events.push(json!({"name": "process_name", "ph": "M", "pid": pid, "tid": 0, "args": {"name": title}}));
        let mut lanes: BTreeMap<&str, usize> = BTreeMap::new();
        for span in &run.spans {
            let next = lanes.len() + 1;
            lanes.entry(&span.lane).or_insert(next);
        }
        for (lane, tid) in &lanes {
            events.push(json!({"name": "thread_name", "ph": "M", "pid": pid, "tid": tid, "args": {"name": lane}}));
        }
        for span in &run.spans {
            let wait_us = (span.end_us - span.start_us).saturating_sub(span.cpu_us);
            events.push(json!({"name": span.name, "cat": "attempt", "ph": "X", "ts": start + span.start_us,
                "dur": span.end_us - span.start_us, "pid": pid, "tid": lanes[&*span.lane],
                "args": {"job": span.job, "attempt": span.attempt, "mode": run.mode, "cpu_ms": span.cpu_us as f64 / 1e3, "wait_ms": wait_us as f64 / 1e3,
                    "worker_pid": span.pid, "done": span.done}}));
        }
        start += run.spans.iter().map(|span| span.end_us).max().unwrap_or(0) + GAP_US;
    }
    json!({"displayTimeUnit": "ms", "traceEvents": events})
}
