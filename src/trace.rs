//! A trace of what ran where: the Trace Event Format that Perfetto and Chrome read. Made of the engine's events, by
//! whichever face wants one.

use crate::model::message::TaskResult;
use crate::model::{AttemptId, Batch, Event, JobId, Lane, LaneId, Moment, Pool, Timing};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::sync::Arc;

/// What a trace's file is called where nobody named it, without its ending.
pub const FILE_STEM: &str = "millrace-trace";

/// Gathers spans from events.
#[derive(Debug, Clone)]
pub struct Trace {
    program: u32,
    lanes: HashMap<LaneId, (Lane, Option<u32>)>,
    batches: Vec<(JobId, Arc<Batch>)>,
    begun: HashMap<AttemptId, (Moment, Pool)>,
    spans: Vec<Span>,
    /// The oldest spans are dropped beyond this many.
    most: usize,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    what: What,
    lane: Lane,
    /// The process that it ran in.
    pid: u32,
    start: Moment,
    end: Moment,
    timing: Timing,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Attempt {
        attempt: AttemptId,
        pool: Pool,
        end: &'static str,
    },
    /// So many light jobs, one after another.
    Light(usize),
}

impl Trace {
    /// An empty trace of this process that keeps at most so many spans.
    pub fn new(most: usize) -> Trace {
        Trace {
            program: std::process::id(),
            lanes: HashMap::new(),
            batches: Vec::new(),
            begun: HashMap::new(),
            spans: Vec::new(),
            most,
        }
    }

    /// Takes in what happened.
    pub fn see(&mut self, event: &Event) {
        match event {
            Event::JobsQueued { first, batch, .. } => self.batches.push((*first, Arc::clone(batch))),
            Event::LaneOpened(lane) => {
                self.lanes.insert(lane.id, (*lane, None));
            }
            Event::WorkerStarted { lane, pid, .. } => {
                if let Some((_, own)) = self.lanes.get_mut(lane) {
                    *own = Some(*pid);
                }
            }
            Event::TaskStarted { attempt, pool, at, .. } => {
                self.begun.insert(*attempt, (*at, *pool));
            }
            Event::TaskFinished { attempt, lane, result, timing, at } => {
                let Some((start, pool)) = self.begun.remove(attempt) else { return };
                let end = match result {
                    TaskResult::Done { .. } => "done",
                    TaskResult::Failed { .. } => "failed",
                    TaskResult::Cancelled => "cancelled",
                    TaskResult::Returned => "returned",
                };
                self.add(*lane, What::Attempt { attempt: *attempt, pool, end }, start, *at, *timing);
            }
            Event::Computed { lane, answers, timing, at } => {
                let start = Moment(at.0.saturating_sub(timing.wall_us));
                self.add(*lane, What::Light(answers.len()), start, *at, *timing);
            }
            _ => {}
        }
    }

    fn add(&mut self, lane: LaneId, what: What, start: Moment, end: Moment, timing: Timing) {
        let Some((lane, pid)) = self.lanes.get(&lane).copied() else { return };
        if self.spans.len() >= self.most.max(1) {
            // Half at once, so that dropping stays cheap.
            self.spans.drain(..=self.spans.len() / 2);
        }
        self.spans.push(Span { what, lane, pid: pid.unwrap_or(self.program), start, end, timing });
    }

    /// Writes the trace as JSON.
    ///
    /// # Errors
    ///
    /// Fails where `out` does.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")?;
        let names = self.names();
        let mut spans: Vec<&Span> = self.spans.iter().collect();
        spans.sort_by_key(|span| span.start);
        let spans = spans.into_iter().map(|span| self.event(span));
        for (number, event) in names.into_iter().chain(spans).enumerate() {
            if number > 0 {
                out.write_all(b",\n")?;
            }
            serde_json::to_writer(&mut *out, &event)?;
        }
        out.write_all(b"\n]}\n")?;
        out.flush()
    }

    /// What processes and lanes are called.
    fn names(&self) -> Vec<Value> {
        let meta = |name: &str, pid: u32, tid: u32, label: String| json!({"name": name, "ph": "M", "pid": pid, "tid": tid, "args": {"name": label}});
        let used: BTreeSet<(u32, u32, String)> =
            self.spans.iter().map(|span| (span.pid, span.lane.id.0, span.lane.label())).collect();
        let pids: BTreeSet<u32> = used.iter().map(|(pid, ..)| *pid).chain([self.program]).collect();
        let process =
            |pid: u32| if pid == self.program { "millrace".to_owned() } else { format!("millrace worker {pid}") };
        let processes = pids.into_iter().map(|pid| meta("process_name", pid, 0, process(pid)));
        let lanes = used.iter().map(|(pid, tid, label)| meta("thread_name", *pid, *tid, label.clone()));
        processes.chain(lanes).collect()
    }

    fn event(&self, span: &Span) -> Value {
        let (wait_ms, cpu_ms) = (span.timing.wait_us() as f64 / 1e3, span.timing.cpu_us as f64 / 1e3);
        let (mode, worker_pid) = (span.lane.executor.as_mode().as_str(), span.pid);
        let (name, category, args) = match span.what {
            What::Attempt { attempt, pool, end } => (
                self.name(attempt.job),
                "attempt",
                json!({"job": attempt.job.0, "attempt": attempt.number, "mode": mode, "pool": pool, "end": end,
                    "lane": span.lane.label(), "wait_ms": wait_ms, "cpu_ms": cpu_ms, "worker_pid": worker_pid}),
            ),
            What::Light(count) => (
                format!("{count} light jobs"),
                "light",
                json!({"jobs": count, "mode": mode, "lane": span.lane.label(), "wait_ms": wait_ms, "cpu_ms": cpu_ms,
                    "worker_pid": worker_pid}),
            ),
        };
        json!({"name": name, "cat": category, "ph": "X", "ts": span.start.0, "dur": span.end.0 - span.start.0,
            "pid": span.pid, "tid": span.lane.id.0, "args": args})
    }

    fn name(&self, job: JobId) -> String {
        let after = self.batches.partition_point(|(first, _)| *first <= job);
        let found = after.checked_sub(1).and_then(|index| {
            let (first, batch) = &self.batches[index];
            batch.jobs.get((job.0 - first.0) as usize)
        });
        found.map_or_else(|| format!("job {}", job.0), crate::model::JobSpec::file_name)
    }
}
