//! The queue from its journal: what a program that starts again goes on from. An attempt that ran when the program
//! died is queued again.

use super::{Core, Effect, InputFile};
use crate::model::{Event, JobId, Leftover, Outcome, Place, Reached, Record};
use std::sync::Arc;

impl Core {
    /// Queues what an earlier program left unfinished.
    pub(super) fn restore(&mut self, leftovers: Vec<Leftover>) {
        self.emit(Event::WentOn(leftovers.iter().map(|leftover| leftover.batch.jobs.len()).sum()));
        for Leftover { key, batch, reached } in leftovers {
            let (id, first) = self.add(&batch);
            self.out.push(Effect::Record(Record::Restored { first, key }));
            self.emit(Event::JobsQueued { id, first, batch: Arc::clone(&batch) });
            let mut committed = Vec::new();
            for (place, reached) in reached {
                let job = JobId(first.0 + place as u32);
                match reached {
                    Reached::Committed { path, bytes } => committed.push((job, path, bytes)),
                    // Ranks belong to the numbers that jobs had; what is left is numbered anew.
                    Reached::Moved(place) => {
                        self.places.insert(job, Place { priority: place.priority, ..Place::usual(job) });
                    }
                    Reached::Stage { output, part } => {
                        if let Some(job) = self.job_mut(job) {
                            let run = job.run_mut();
                            run.merge(output);
                            run.stage += 1;
                            run.input = Some(InputFile::Part(part));
                        }
                        self.changed(job);
                    }
                }
            }
            self.admit_from(first);
            for (job, path, bytes) in committed {
                // The attempt that made the file counts, as it would have.
                if let Some(job) = self.job_mut(job) {
                    let run = job.run_mut();
                    (run.charged, run.output.bytes_out) = (1, bytes);
                }
                self.finish(job, Outcome::Done(path));
            }
        }
    }
}
