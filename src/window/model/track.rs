//! What each lane did when: the spans of the lanes view. Spans of a lane are in the order of time, so that the visible
//! ones are found by binary search.

use super::spans::Spans;
use crate::model::{ExecutorKind, JobId, Lane, LaneId, Moment, Pool, Posture};
use std::collections::BTreeMap;
use std::ops::Range;

/// The most spans kept, over all lanes; the oldest go first.
const MAX_SPANS: usize = 50_000;

/// How a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanEnd {
    Running,
    Done,
    Failed,
    /// It failed or was returned, and the job was queued again.
    Again,
    Cancelled,
}

/// One attempt on one lane.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
    pub(crate) pool: Pool,
    pub(crate) start: Moment,
    /// [`Moment`] `u64::MAX` while it runs.
    pub(crate) end: Moment,
    pub(crate) how: SpanEnd,
    pub(crate) label: Box<str>,
    /// The worker that it ran in, once that is known.
    pub(crate) pid: Option<u32>,
    /// The share of CPU time in the whole, 0 to 1; 0 while it runs.
    pub(crate) compute_share: f32,
}

/// A span still running ends here.
pub(crate) const STILL_RUNNING: Moment = Moment(u64::MAX);

/// A lane and what it did.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) lane: Lane,
    pub(crate) pid: Option<u32>,
    /// What keeps its worker process apart.
    pub(crate) posture: Option<Posture>,
    pub(crate) closed_at: Option<Moment>,
    pub(crate) spans: Spans,
}

impl Track {
    /// What keeps its work apart. `None` for a process that has not come up yet.
    pub(crate) fn holds(&self) -> Option<Posture> {
        match self.lane.executor {
            ExecutorKind::Processes => self.posture,
            ExecutorKind::Serial | ExecutorKind::Threads => Some(Posture::THREAD),
        }
    }

    /// The attempt that runs on it.
    pub(crate) fn running(&self) -> Option<&Span> {
        self.spans.last().filter(|span| span.how == SpanEnd::Running)
    }

    /// The spans that touch the time from `from` to `to`.
    pub(crate) fn visible(&self, from: Moment, to: Moment) -> Range<usize> {
        self.spans.visible(from, to)
    }
}

/// All lanes.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    tracks: BTreeMap<LaneId, Track>,
    spans: usize,
}

impl Tracks {
    pub(crate) fn open(&mut self, lane: Lane) {
        self.tracks.insert(lane.id, Track { lane, pid: None, posture: None, closed_at: None, spans: Spans::default() });
    }

    pub(crate) fn close(&mut self, lane: LaneId, at: Moment) {
        if let Some(track) = self.tracks.get_mut(&lane) {
            track.closed_at = Some(at);
            if track.spans.is_empty() {
                self.tracks.remove(&lane);
            }
        }
    }

    pub(crate) fn set_worker(&mut self, lane: LaneId, pid: u32, posture: Posture) {
        if let Some(track) = self.tracks.get_mut(&lane) {
            (track.pid, track.posture) = (Some(pid), Some(posture));
            if let Some(span) = track.spans.running_mut(|_| true) {
                span.pid = Some(pid);
            }
        }
    }

    /// A lane's worker died: what ends before the next one is up ran in none.
    pub(crate) fn lost_worker(&mut self, lane: LaneId) {
        if let Some(track) = self.tracks.get_mut(&lane) {
            track.pid = None;
        }
    }

    /// The job that runs on a lane.
    pub(crate) fn running_on(&self, lane: LaneId) -> Option<JobId> {
        self.get(lane).and_then(Track::running).map(|span| span.job)
    }

    /// The lanes on which something runs, and what.
    pub(crate) fn at_work(&self) -> impl Iterator<Item = (&Lane, JobId)> {
        self.tracks.values().filter_map(|track| Some((&track.lane, track.running()?.job)))
    }

    /// When the oldest span began.
    pub(crate) fn since(&self) -> Option<Moment> {
        self.tracks.values().filter_map(|track| track.spans.first()).map(|span| span.start).min()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Track> {
        self.tracks.values()
    }

    pub(crate) fn get(&self, lane: LaneId) -> Option<&Track> {
        self.tracks.get(&lane)
    }

    pub(crate) fn begin(&mut self, lane: LaneId, span: Span) {
        let Some(track) = self.tracks.get_mut(&lane) else { return };
        track.spans.push(Span { pid: track.pid, ..span });
        self.spans += 1;
        if self.spans > MAX_SPANS {
            self.forget_oldest(MAX_SPANS / 50);
        }
    }

    /// Ends the span of an attempt.
    pub(crate) fn end(&mut self, lane: LaneId, job: JobId, attempt: u32, close: impl FnOnce(&mut Span)) {
        let track = self.tracks.get_mut(&lane);
        let is_it = |span: &Span| span.job == job && span.attempt == attempt;
        if let Some(span) = track.and_then(|track| track.spans.running_mut(is_it)) {
            close(span);
        }
    }

    /// Takes `count` of the oldest spans out.
    fn forget_oldest(&mut self, count: usize) {
        for _ in 0..count {
            let oldest = self
                .tracks
                .values_mut()
                .filter(|track| track.spans.first().is_some_and(|span| span.how != SpanEnd::Running))
                .min_by_key(|track| track.spans.first().map(|span| span.start));
            match oldest.and_then(|track| track.spans.forget_first()) {
                Some(_) => self.spans -= 1,
                None => return,
            }
        }
    }

    /// The lanes to show: the open ones, and the closed ones that still have something between `from` and now.
    /// Fetching above milling, so that a group of like lanes stands together.
    pub(crate) fn shown(&self, from: Moment) -> Vec<&Track> {
        let mut shown: Vec<&Track> = self
            .tracks
            .values()
            .filter(|track| match track.closed_at {
                None => true,
                Some(_) => track.spans.last().is_some_and(|span| span.end >= from),
            })
            .collect();
        shown.sort_by_key(|track| {
            let lane = &track.lane;
            (track.closed_at.is_some(), lane.pool, lane.executor, lane.number, lane.id)
        });
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(id: u32) -> Lane {
        Lane { id: LaneId(id), executor: ExecutorKind::Threads, pool: Some(Pool::Fetch), number: id as u16 + 1 }
    }

    fn span(job: u32, start: u64, end: u64) -> Span {
        let (job, label) = (JobId(job), "a".into());
        let (start, end) = (Moment(start), Moment(end));
        Span {
            job,
            attempt: 1,
            pool: Pool::Fetch,
            start,
            end,
            how: SpanEnd::Done,
            label,
            pid: None,
            compute_share: 0.0,
        }
    }

    #[test]
    fn visible_spans_are_those_that_touch_the_window() {
        let mut tracks = Tracks::default();
        tracks.open(lane(0));
        for n in 0..10 {
            tracks.begin(LaneId(0), span(n, u64::from(n) * 10, u64::from(n) * 10 + 8));
        }
        let track = tracks.get(LaneId(0)).expect("the lane");
        assert_eq!(track.visible(Moment(15), Moment(35)), 1..4);
        assert_eq!(track.visible(Moment(19), Moment(19)), 2..2);
        assert_eq!(track.visible(Moment(1000), Moment(2000)), 10..10);
    }

    #[test]
    fn the_number_of_spans_is_bounded() {
        let mut tracks = Tracks::default();
        tracks.open(lane(0));
        tracks.open(lane(1));
        for n in 0..(MAX_SPANS as u32 + 2000) {
            tracks.begin(LaneId(n % 2), span(n, u64::from(n), u64::from(n) + 1));
        }
        let kept: usize = tracks.tracks.values().map(|track| track.spans.len()).sum();
        assert!(kept <= MAX_SPANS, "{kept}");
        assert_eq!(kept, tracks.spans);
    }

    #[test]
    fn a_closed_lane_stays_while_its_work_is_in_sight() {
        let mut tracks = Tracks::default();
        tracks.open(lane(0));
        tracks.begin(LaneId(0), span(0, 10, 20));
        tracks.close(LaneId(0), Moment(25));
        assert_eq!(tracks.shown(Moment(15)).len(), 1);
        assert_eq!(tracks.shown(Moment(21)).len(), 0);
        tracks.open(lane(1));
        tracks.close(LaneId(1), Moment(26));
        assert!(tracks.get(LaneId(1)).is_none(), "a lane that did nothing leaves no trace");
    }
}
