//! Where the bytes of two answers meet: some of them are fetched twice and compared. A joint at which nothing came twice, as
//! from a server that sends less than was asked for, is fetched once more when all else is there.

use super::super::transfer::Broke;
use super::{OVERLAP, Streams};

/// So much from before such a joint is fetched with what follows it, so that one answer has both.
const BEFORE_JOINT: u64 = 512;

impl Streams<'_, '_, '_> {
    /// Up to where bytes beyond the end of a run are fetched, to be compared with those of the next.
    pub(super) fn beyond(&self, end: u64) -> u64 {
        (end + OVERLAP).min(self.total)
    }

    /// Compares bytes with those of the run that begins there: now, or once they are there.
    pub(super) fn meet(&self, bytes: &[u8], at: u64) -> Result<(), Broke> {
        let length = bytes.len() as u64;
        let there = self.part.borrow().state().map_or(0, |(_, runs)| runs.there_from(at, length));
        if there >= length {
            return self.compare(bytes, at);
        }
        self.to_meet.borrow_mut().push((at, bytes.to_vec()));
        Ok(())
    }

    /// Compares what is due and there by now.
    pub(super) fn settle(&self) -> Result<(), Broke> {
        let due = self.to_meet.take();
        due.into_iter().try_for_each(|(at, bytes)| self.meet(&bytes, at))
    }

    pub(super) fn pos(&self, run: usize) -> u64 {
        self.part.borrow().state().map_or(0, |(_, runs)| runs.get(run).pos)
    }

    pub(super) fn end(&self, run: usize) -> u64 {
        self.part.borrow().state().map_or(0, |(_, runs)| runs.end_of(run))
    }

    pub(super) fn compare(&self, bytes: &[u8], at: u64) -> Result<(), Broke> {
        if self.part.borrow().has(bytes, at)? { Ok(()) } else { Err(Broke::Doubt("bytes that came twice differ")) }
    }

    /// What an earlier attempt put together was compared or not: nobody knows any more.
    pub(super) fn doubt_old_joints(&self) {
        self.joined.set(true);
        let part = self.part.borrow();
        let Some((_, runs)) = part.state() else { return };
        let is_whole = |joint: &u64| runs.there_before(*joint, 1) > 0 && runs.there_from(*joint, 1) > 0;
        let joints = runs.all().iter().map(|run| run.start).filter(|start| *start > 0);
        self.unmet.borrow_mut().extend(joints.filter(is_whole));
    }

    /// Compares at those joints where nothing was compared.
    pub(super) async fn check_unmet(&self) -> Result<(), Broke> {
        let mut patience = self.transfer.patience().of_one();
        for joint in self.unmet.take() {
            let wanted = joint.saturating_sub(BEFORE_JOINT)..self.beyond(joint);
            let if_range = self.part.borrow().state().and_then(|(head, _)| head.validator.if_range());
            let Some(if_range) = if_range else {
                return Err(Broke::Doubt("nothing tells whether it is the same file"));
            };
            let (mut answer, end) = self.ask_for(&wanted, if_range, &mut patience).await?;
            let mut at = wanted.start;
            while let Some(chunk) = patience.wait(answer.chunk()).await?.map_err(|error| self.broke(&error, 0, &[]))? {
                let came = at + chunk.len() as u64;
                if came > end {
                    return Err(Broke::Doubt("more came than the server said"));
                }
                self.compare(&chunk, at)?;
                at = came;
            }
            if at <= joint {
                return Err(Broke::Doubt("the server sends too little of it at a time"));
            }
        }
        Ok(())
    }
}
