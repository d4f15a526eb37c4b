//! What happens in the engine, as lines of the log: each names its job and its lane.

use crate::model::message::TaskResult;
use crate::model::{Event, JobReport, LaneId, Outcome};
use std::collections::HashMap;
use tracing::{debug, error, info, warn};

/// Knows the lanes by their labels.
#[derive(Debug, Default)]
pub(super) struct Log {
    labels: HashMap<LaneId, String>,
}

impl Log {
    pub(super) fn write(&mut self, event: &Event) {
        match event {
            Event::LaneOpened(lane) => {
                self.labels.insert(lane.id, lane.label());
            }
            Event::LaneClosed(lane) => {
                self.labels.remove(lane);
            }
            Event::JobsQueued { id, first, batch } => {
                info!(batch = id.0, first = first.0, jobs = batch.jobs.len(), "queued");
            }
            Event::WentOn(jobs) => info!(jobs, "went on with what was unfinished"),
            Event::WorkerStarted { lane, pid, posture, .. } => {
                info!(lane = self.label(*lane), pid, badge = posture.badge, "worker started");
            }
            Event::WorkerLost(lane) => info!(lane = self.label(*lane), "worker lost"),
            Event::TaskStarted { attempt, pool, lane, .. } => {
                debug!(job = attempt.job.0, attempt = attempt.number, lane = self.label(*lane), ?pool, "started");
            }
            Event::TaskFinished { attempt, lane, result, timing, .. } => {
                let (job, attempt, lane) = (attempt.job.0, attempt.number, self.label(*lane));
                let (wait_us, cpu_us) = (timing.wait_us(), timing.cpu_us);
                match result {
                    TaskResult::Failed { failure, will_retry } => {
                        let (kind, details) = (failure.kind.as_str(), failure.details.as_str());
                        warn!(job, attempt, lane, kind, will_retry, wait_us, cpu_us, details, "{failure}");
                    }
                    TaskResult::Done { .. } => debug!(job, attempt, lane, wait_us, cpu_us, "done"),
                    TaskResult::Returned => info!(job, attempt, lane, "goes back to its place"),
                    TaskResult::Cancelled => debug!(job, attempt, lane, wait_us, cpu_us, "cancelled"),
                }
            }
            Event::JobFinished(report) => job_finished(report),
            Event::SettingsChanged { mode, lanes, paused, choosing } => {
                info!(%mode, fetch = lanes.fetch, mill = lanes.mill, paused, choosing, "settings");
            }
            Event::Trouble(Some(sentence)) | Event::Warned(sentence) => error!("{sentence}"),
            Event::Undone(Ok(Some(undone))) => info!("batch taken back: {}", undone.summary()),
            Event::Undone(Ok(None)) => info!("there is no batch to take back"),
            Event::Undone(Err(sentence)) => warn!("no batch taken back: {sentence}"),
            Event::Trouble(None) => info!("the queue is kept again"),
            Event::Computed { .. }
            | Event::JobChanged { .. }
            | Event::JobsRemoved(_)
            | Event::JobsMoved(_)
            | Event::BatchFinished(_) => {}
        }
    }

    fn label(&self, lane: LaneId) -> &str {
        self.labels.get(&lane).map_or("?", String::as_str)
    }
}

fn job_finished(report: &JobReport) {
    let (job, lane, attempts) = (report.job.0, report.lane.as_deref().unwrap_or("none"), report.attempts);
    let input = &*report.input;
    match &report.outcome {
        Outcome::Done(made) => {
            let (bytes_out, wall_us) = (report.bytes_out, report.timing.wall_us);
            info!(job, lane, attempts, input, output = %made, bytes_out, wall_us, "job done");
        }
        Outcome::Read(page) => info!(job, lane, attempts, input, links = page.links.len(), "page read"),
        Outcome::Answered(_) => info!(job, lane, attempts, input, "task of the Lab done"),
        Outcome::Failed(failure) => {
            warn!(job, lane, attempts, input, kind = failure.kind.as_str(), "job failed: {failure}");
        }
        Outcome::Cancelled => info!(job, lane, attempts, input, "job cancelled"),
    }
}
