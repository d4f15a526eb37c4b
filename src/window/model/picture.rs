//! The lanes of a stretch of work as a picture that does not change any more: what the report shows.

use super::bars::{Bar, Sighted, bars};
use super::track::{SpanEnd, Tracks};
use crate::model::{ExecutorKind, Moment, Pool};

/// How finely it is drawn: so many steps from its left edge to its right one.
pub(crate) const STEPS: f64 = 1000.0;
/// The most lanes drawn.
const LANES: usize = 96;

/// The lanes from the first job to the last.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Picture {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
    pub(crate) lanes: Vec<PictureLane>,
    /// Lanes that had no place.
    pub(crate) left_out: usize,
}

/// A lane of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PictureLane {
    pub(crate) label: String,
    pub(crate) executor: ExecutorKind,
    pub(crate) pool: Option<Pool>,
    pub(crate) pid: Option<u32>,
    pub(crate) blocks: Vec<Block>,
}

/// A span, or several that are too narrow to be told apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) pool: Pool,
    pub(crate) how: SpanEnd,
    /// The share of its time in which something ran, 0 to 1.
    pub(crate) busy: f32,
    /// How many spans it stands for. 0 is a mark over the others.
    pub(crate) count: usize,
    /// The file of a span that stands alone.
    pub(crate) label: Box<str>,
}

impl Picture {
    /// Everything that ran between two moments.
    pub(crate) fn of(tracks: &Tracks, from: Moment, to: Moment) -> Picture {
        let pixel_us = ((to - from).as_micros() as f64 / STEPS).max(1.0);
        let sighted = Sighted { from, to, now: to, pixel_us };
        let shown = tracks.shown(from);
        let at_work = shown.into_iter().filter(|track| !track.visible(from, to).is_empty());
        let mut picture = Picture { from, to, lanes: Vec::new(), left_out: 0 };
        for track in at_work {
            if picture.lanes.len() == LANES {
                picture.left_out += 1;
                continue;
            }
            let mut blocks = Vec::new();
            bars(track, sighted, |bar| {
                blocks.push(match bar {
                    Bar::One(span) | Bar::Mark(span, _) => Block {
                        start: span.start.max(from),
                        end: if let Bar::Mark(_, end) = bar { end } else { span.end }.min(to),
                        pool: span.pool,
                        how: span.how,
                        busy: 1.0,
                        count: usize::from(matches!(bar, Bar::One(_))),
                        label: match bar {
                            Bar::Mark(_, end) if end > span.end => format!("{} and others", span.label).into(),
                            _ => span.label.clone(),
                        },
                    },
                    Bar::Run { spans, start, end, pool, busy } => Block {
                        start: start.max(from),
                        end: end.min(to),
                        pool,
                        how: SpanEnd::Done,
                        busy,
                        count: spans.len(),
                        label: "".into(),
                    },
                });
            });
            let lane = &track.lane;
            let (executor, pool, pid) = (lane.executor, lane.pool, track.pid);
            picture.lanes.push(PictureLane { label: lane.label(), executor, pool, pid, blocks });
        }
        // Closed lanes stand beside their like here.
        picture.lanes.sort_by_key(|lane| (lane.pool, lane.executor));
        picture
    }
}
