//! The queue from its journal: what a program that starts again goes on from. An attempt that ran when the program
//! died is queued again.

use super::job::{Fate, Live};
use super::{Core, Effect};
use crate::model::{
    AttemptId, Event, JobId, JobState, LaneId, Leftover, Outcome, Output, Place, Reached, Record, filename,
};
use std::sync::Arc;

impl Core {
    /// Queues what an earlier program left unfinished.
    pub(super) fn restore(&mut self, leftovers: Vec<Leftover>) {
        self.emit(Event::WentOn(leftovers.iter().map(|leftover| leftover.batch.jobs.len()).sum()));
        for Leftover { key, batch, origin, reached, .. } in leftovers {
            let (id, first) = self.add(&batch, Some(origin));
            self.out.push(Effect::Record(Record::Restored { first, key }));
            self.emit(Event::JobsQueued { id, first, batch: Arc::clone(&batch) });
            let (mut committed, mut whole) = (Vec::new(), Vec::new());
            for (place, reached) in reached {
                let job = JobId(first.0 + place as u32);
                match reached {
                    Reached::Committed { made, bytes } => committed.push((job, made, bytes)),
                    // Ranks belong to the numbers that jobs had; what is left is numbered anew.
                    Reached::Moved(place) => {
                        let place = Place { priority: place.priority, ..Place::usual(job) };
                        self.places.insert(job, place);
                        self.moved.push((job, place));
                    }
                    Reached::Stage { output, .. } if batch.options.recipe.is_none() => whole.push((job, output)),
                    Reached::Stage { output, .. } => {
                        if let Some(job) = self.job_mut(job) {
                            let run = job.run_mut();
                            run.merge(output);
                            run.stage += 1;
                            run.adopted = true;
                        }
                        self.changed(job);
                    }
                }
            }
            self.tell_moved();
            self.admit_from(first);
            for (job, output) in whole {
                self.adopt(job, output);
            }
            for (job, made, bytes) in committed {
                // The attempt that made the file counts, as it would have.
                if let Some(job) = self.job_mut(job) {
                    let run = job.run_mut();
                    (run.charged, run.output.bytes_out) = (1, bytes);
                }
                self.finish(job, Outcome::Done(made));
            }
        }
    }

    /// A download that was whole and lacked its final name gets it, without a lane.
    fn adopt(&mut self, id: JobId, output: Output) {
        self.dequeue(id);
        let (Some(spec), part) = (self.spec(id), self.part_of(id)) else { return };
        let Some(job) = self.job_mut(id) else { return };
        let output = Output { name: filename::sanitized(&output.name), existing: false, ..output };
        job.begun += 1;
        job.become_state(JobState::Running);
        let attempt = AttemptId { job: id, number: job.begun };
        let run = job.run_mut();
        run.charged += 1;
        run.adopted = true;
        run.merge(output.clone());
        run.live = Some(Live { fate: Fate::Committing, ..Live::new(LaneId::NONE) });
        self.changed(id);
        self.out.push(Effect::Commit { attempt, job: spec, part: Some(part), output });
    }
}
