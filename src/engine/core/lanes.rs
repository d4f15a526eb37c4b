//! The lanes as the core keeps them: what is in flight where, and which lanes there should be.

use super::effect::Force;
use crate::model::{
    AttemptId, Confinement, ExecutorKind, InForce, Lane, LaneCounts, LaneId, Light, Mode, Moment, Pool, Posture, Timing,
};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How much light work a lane is handed at once: enough that its worker need not wait, little enough to stop soon.
const LIGHT_AT_ONCE: Duration = Duration::from_millis(2);

/// The most light jobs in flight on a lane.
const MAX_LIGHT: usize = 256;

/// One lane and what it was handed.
#[derive(Debug)]
pub(super) struct LaneState {
    pub(super) lane: Lane,
    /// Handed over and not come back, oldest first. The first is the one that runs.
    pub(super) inflight: VecDeque<AttemptId>,
    /// Gets nothing more, and closes once nothing is in flight.
    pub(super) retiring: bool,
    /// Its attempt is paused by itself: another lane stands in for this one.
    pub(super) held: bool,
    /// When to end its worker by force, since it did not heed a cancel, and how.
    pub(super) end_at: Option<(Moment, Force)>,
    /// What is in flight are light jobs.
    pub(super) light: bool,
    /// Light jobs to hand over at the end of the step. They count as in flight.
    pub(super) handing: Vec<(AttemptId, Light)>,
    /// How many light jobs fit into [`LIGHT_AT_ONCE`], by what the last ones took.
    pub(super) light_window: usize,
    /// What keeps its attempts apart.
    pub(super) posture: Posture,
}

impl LaneState {
    fn new(lane: Lane) -> LaneState {
        LaneState {
            lane,
            inflight: VecDeque::new(),
            retiring: false,
            held: false,
            end_at: None,
            light: false,
            handing: Vec::new(),
            light_window: 1,
            posture: match lane.executor {
                // Until its worker says what it has.
                ExecutorKind::Processes => Posture::process(Confinement::None, InForce::default()),
                ExecutorKind::Serial | ExecutorKind::Threads => Posture::THREAD,
            },
        }
    }

    /// Whether it may take one more of a kind of job. Light jobs and others do not mix on a lane, since one that takes
    /// long would hold up those behind it.
    pub(super) fn has_room(&self, window: usize, wanted: Wanted) -> bool {
        if self.retiring || self.held {
            return false;
        }
        match wanted {
            _ if self.inflight.is_empty() => true,
            Wanted::Light => self.light && self.inflight.len() < self.light_window,
            Wanted::Usual => !self.light && self.inflight.len() < window,
        }
    }

    /// Learns from what `count` light jobs took.
    pub(super) fn learn(&mut self, count: usize, timing: Timing) {
        let fit = LIGHT_AT_ONCE.as_micros() as usize * count / timing.wall_us.max(1) as usize;
        // At most four times as many as before: the next ones may be others.
        self.light_window = fit.clamp(1, MAX_LIGHT.min(self.light_window * 4));
    }
}

/// A kind of job that wants a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Usual,
    Light,
}

/// All lanes that are not closed.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<LaneId, LaneState>,
    next_id: u32,
}

/// What [`Lanes::reconcile`] found to do.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) opened: Vec<Lane>,
    pub(super) closed: Vec<LaneId>,
}

impl Lanes {
    pub(super) fn get_mut(&mut self, id: LaneId) -> Option<&mut LaneState> {
        self.lanes.get_mut(&id)
    }

    pub(super) fn lane(&self, id: LaneId) -> Option<&Lane> {
        self.lanes.get(&id).map(|state| &state.lane)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &LaneState> {
        self.lanes.values()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut LaneState> {
        self.lanes.values_mut()
    }

    /// The emptiest lane of those that `takes` picks. Of equal ones, the oldest.
    pub(super) fn emptiest(&self, takes: impl Fn(&LaneState) -> bool) -> Option<LaneId> {
        self.lanes
            .values()
            .filter(|state| takes(state))
            .min_by_key(|state| state.inflight.len())
            .map(|state| state.lane.id)
    }

    /// Opens, retires and closes lanes until they are those of the mode and the counts. What is in flight stays
    /// where it is; a lane that is wanted again is taken back.
    pub(super) fn reconcile(&mut self, mode: Mode, counts: LaneCounts) -> Changes {
        let wanted = groups(mode, counts);
        let mut changes = Changes::default();
        for state in self.lanes.values_mut() {
            if !wanted.iter().any(|group| group.holds(&state.lane)) {
                state.retiring = true;
            }
        }
        for group in &wanted {
            self.resize(group, &mut changes);
        }
        self.lanes.retain(|id, state| {
            let closes = state.retiring && state.inflight.is_empty();
            if closes {
                changes.closed.push(*id);
            }
            !closes
        });
        changes
    }

    fn resize(&mut self, group: &Group, changes: &mut Changes) {
        // Each held lane has a stand-in, up to as many as the group has lanes.
        let mut stand_ins = 0;
        let mut counts = |state: &LaneState| {
            stand_ins += u16::from(state.held);
            !state.held || stand_ins > group.count
        };
        let mut members: Vec<&mut LaneState> =
            self.lanes.values_mut().filter(|state| group.holds(&state.lane) && counts(state)).collect();
        // Those at work first, then by number: an idle lane is the first to go.
        members.sort_by_key(|state| (state.inflight.is_empty(), state.lane.number));
        for (place, state) in members.iter_mut().enumerate() {
            state.retiring = place >= usize::from(group.count);
        }
        for _ in members.len()..usize::from(group.count) {
            let taken: Vec<u16> =
                self.lanes.values().filter(|state| group.holds(&state.lane)).map(|state| state.lane.number).collect();
            let number = (1..=u16::MAX).find(|number| !taken.contains(number)).unwrap_or(u16::MAX);
            let lane = Lane { id: LaneId(self.next_id), executor: group.executor, pool: group.pool, number };
            self.next_id += 1;
            self.lanes.insert(lane.id, LaneState::new(lane));
            changes.opened.push(lane);
        }
    }
}

/// Lanes of one kind.
struct Group {
    executor: ExecutorKind,
    pool: Option<Pool>,
    count: u16,
}

impl Group {
    fn holds(&self, lane: &Lane) -> bool {
        lane.executor == self.executor && lane.pool == self.pool
    }
}

fn groups(mode: Mode, counts: LaneCounts) -> Vec<Group> {
    if mode == Mode::Serial {
        return vec![Group { executor: ExecutorKind::Serial, pool: None, count: 1 }];
    }
    [Pool::Fetch, Pool::Mill]
        .into_iter()
        .map(|pool| Group { executor: mode.executor_of(pool), pool: Some(pool), count: counts.of(pool) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobId;

    const COUNTS: LaneCounts = LaneCounts { fetch: 2, mill: 1 };

    fn labels(lanes: &Lanes) -> Vec<String> {
        lanes.iter().map(|state| state.lane.label() + if state.retiring { " retiring" } else { "" }).collect()
    }

    #[test]
    fn lanes_follow_mode_and_counts_and_busy_ones_finish_first() {
        let mut lanes = Lanes::default();
        lanes.reconcile(Mode::Mixed, COUNTS);
        assert_eq!(labels(&lanes), ["T1", "T2", "P1"]);
        let busy = lanes.iter().nth(1).map(|state| state.lane.id).expect("a second lane");
        lanes.get_mut(busy).expect("there").inflight.push_back(AttemptId { job: JobId(0), number: 1 });
        lanes.reconcile(Mode::Serial, COUNTS);
        assert_eq!(labels(&lanes), ["T2 retiring", "S1"]);
        lanes.reconcile(Mode::Threads, LaneCounts { fetch: 1, mill: 1 });
        assert_eq!(labels(&lanes), ["T2", "C1"], "a busy lane that is wanted again is taken back");
        lanes.reconcile(Mode::Threads, LaneCounts { fetch: 2, mill: 2 });
        assert_eq!(labels(&lanes), ["T2", "C1", "T1", "C2"], "numbers are used again");
    }

    #[test]
    fn a_held_lane_is_replaced() {
        let mut lanes = Lanes::default();
        lanes.reconcile(Mode::Serial, COUNTS);
        let first = lanes.iter().next().map(|state| state.lane.id).expect("a lane");
        let state = lanes.get_mut(first).expect("there");
        state.inflight.push_back(AttemptId { job: JobId(0), number: 1 });
        state.held = true;
        assert_eq!(lanes.reconcile(Mode::Serial, COUNTS).opened.len(), 1);
        lanes.get_mut(first).expect("there").held = false;
        lanes.reconcile(Mode::Serial, COUNTS);
        assert_eq!(labels(&lanes), ["S1"], "the stand-in goes once it is idle");
    }
}
