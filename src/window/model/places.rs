//! Where jobs were moved to in the queue, in pieces that are shared, as the facts are: a picture for another thread costs
//! as much as counting the pieces, and of what changes later one piece is copied.

use crate::model::{JobId, Place};
use std::sync::Arc;

/// Jobs in a piece.
const PIECE: usize = 512;

type Piece = Option<Arc<[Option<Place>; PIECE]>>;

/// The places of the moved jobs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// By job id. A piece with no moved job in it takes no room.
    pieces: Vec<Piece>,
    count: usize,
}

impl Places {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where a job was moved to, if it was.
    pub(super) fn get(&self, job: JobId) -> Option<Place> {
        let at = job.0 as usize;
        self.pieces.get(at / PIECE)?.as_ref()?[at % PIECE]
    }

    /// Where a job stands in the queue.
    pub(super) fn of(&self, job: JobId) -> (Place, JobId) {
        (self.get(job).unwrap_or(Place::usual(job)), job)
    }

    /// Notes where a job was moved to, or that it is in its usual place again.
    pub(super) fn set(&mut self, job: JobId, place: Option<Place>) {
        let old = self.get(job);
        if old == place {
            return;
        }
        let at = job.0 as usize;
        if self.pieces.len() <= at / PIECE {
            self.pieces.resize(at / PIECE + 1, None);
        }
        let piece = self.pieces[at / PIECE].get_or_insert_with(|| Arc::new([None; PIECE]));
        Arc::make_mut(piece)[at % PIECE] = place;
        self.count = self.count + usize::from(place.is_some()) - usize::from(old.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_stays_as_it_was_and_shares_what_did_not_change() {
        let place = |rank: i64| Some(Place { priority: 0, rank });
        let mut places = Places::default();
        assert!(places.is_empty());
        (0..1200).for_each(|id| places.set(JobId(id), place(-i64::from(id))));
        let picture = places.clone();
        places.set(JobId(600), None);
        assert_eq!((picture.get(JobId(600)), places.get(JobId(600))), (place(-600), None));
        assert_eq!(places.of(JobId(600)), (Place::usual(JobId(600)), JobId(600)));
        let shared = picture.pieces.iter().zip(&places.pieces).map(|(one, other)| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        });
        assert_eq!(shared.collect::<Vec<_>>(), [true, false, true]);
        (0..1200).for_each(|id| places.set(JobId(id), None));
        assert!(places.is_empty() && !picture.is_empty());
    }
}
