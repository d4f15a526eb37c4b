//! Light jobs: handed over by the dozen, answered by the dozen, and told by the dozen, since each alone takes less
//! than the telling. Apart from that they are jobs like others.

use super::job::Fate;
use super::{Core, Effect};
use crate::model::{AttemptId, Event, JobId, JobState, LaneId, Record, Timing};

impl Core {
    pub(super) fn start_light(&mut self, lane: LaneId, id: JobId) {
        self.dequeue(id);
        let Some(light) = self.light(id) else { return };
        let Some(job) = self.job_mut(id) else { return };
        job.begun += 1;
        job.become_state(JobState::Running);
        let attempt = AttemptId { job: id, number: job.begun };
        if let Some(state) = self.lanes.get_mut(lane) {
            state.light = true;
            state.inflight.push_back(attempt);
            state.handing.push((attempt, light));
        }
    }

    /// Hands over the light jobs that this step started.
    pub(super) fn hand_over(&mut self) {
        for state in self.lanes.iter_mut().filter(|state| !state.handing.is_empty()) {
            let work = std::mem::take(&mut state.handing);
            self.out.push(Effect::Compute { lane: state.lane.id, work });
        }
    }

    pub(super) fn computed(&mut self, lane: LaneId, answers: &[(AttemptId, u64)], timing: Timing) {
        let (mut told, mut kept) = (Vec::with_capacity(answers.len()), Vec::new());
        for (attempt, answer) in answers {
            let Some(live) = self.leave_lane(lane, *attempt) else { continue };
            if live.fate.is_stopping() {
                self.cancelled(lane, *attempt, live, Timing::default());
                continue;
            }
            let id = attempt.job;
            if let Some(job) = self.job_mut(id) {
                job.become_state(JobState::Done);
                (job.paused, job.run) = (false, None);
            }
            told.push((id, *answer));
            if self.batch_of(id).is_some_and(|batch| batch.batch.options.kept) {
                kept.push((id, *answer));
            }
        }
        if let Some(state) = self.lanes.get_mut(lane).filter(|_| !told.is_empty()) {
            state.learn(told.len(), timing);
        }
        if !kept.is_empty() {
            self.out.push(Effect::Record(Record::Computed(kept)));
        }
        let ended: Vec<JobId> = told.iter().map(|(id, _)| *id).collect();
        if !told.is_empty() {
            self.emit(Event::Computed { lane, answers: told, timing, at: self.now });
        }
        for id in ended {
            self.one_less(id);
        }
        self.after_leaving(lane);
    }

    /// A light job in flight was cancelled. It is over in a moment; what it answers then does not count.
    pub(super) fn cancel_light(&mut self, id: JobId, fate: Fate) {
        if let Some(job) = self.job_mut(id).filter(|job| job.state == JobState::Running) {
            let run = job.run_mut();
            if run.light_fate != Some(Fate::Removing) {
                run.light_fate = Some(fate);
            }
            self.changed(id);
        }
    }
}
