//! Asking for parts.

use super::super::open::{Open, Share};
use super::super::patience::Patience;
use super::super::request;
use super::super::response::{self, Answer, Ranged};
use super::super::transfer::Broke;
use super::Streams;
use crate::model::Failure;
use reqwest::header::{HeaderMap, HeaderValue, IF_RANGE, RANGE};
use std::ops::Range;
use std::rc::Rc;

impl Streams<'_, '_, '_> {
    /// Asks for its share, and a little more at both ends to compare. Answers where the bytes begin and up to where they were
    /// promised; `None` where nothing is left to share.
    pub(super) async fn ask(
        &self,
        open: &Open,
        patience: &mut Patience<'_>,
    ) -> Result<Option<(Answer, u64, u64)>, Broke> {
        let share = open.share.get();
        open.overlap.set(self.overlap.get());
        let (wanted, if_range) = {
            let part = self.part.borrow();
            let Some((head, runs)) = part.state() else { return Err(Broke::Doubt("nothing is known of it")) };
            let (begin, end) = match share {
                Share::Run(run) => {
                    let pos = runs.get(run).pos;
                    (pos - runs.there_before(pos, self.overlap.get()), runs.end_of(run))
                }
                Share::From(at) => match runs.gaps().iter().find(|gap| gap.bytes.contains(&at)) {
                    Some(gap) => (at, gap.bytes.end),
                    None => return Ok(None),
                },
            };
            let Some(if_range) = head.validator.if_range() else {
                return Err(Broke::Doubt("nothing tells whether the file is still the same"));
            };
            (begin..self.beyond(end), if_range)
        };
        let answer = self.ask_for(&wanted, if_range, patience).await?;
        self.heard(open, 0);
        if !self.begins(open)? {
            return Ok(None);
        }
        self.begun.notify_one();
        let (answer, end) = answer;
        Ok(Some((answer, wanted.start, end)))
    }

    /// Asks for a part. Answers where it ends.
    pub(super) async fn ask_for(
        &self,
        wanted: &Range<u64>,
        if_range: HeaderValue,
        patience: &mut Patience<'_>,
    ) -> Result<(Answer, u64), Broke> {
        let transfer = self.transfer;
        let mut headers = HeaderMap::new();
        let range = format!("bytes={}-{}", wanted.start, wanted.end - 1);
        headers.insert(RANGE, HeaderValue::try_from(range).map_err(|_| Broke::Doubt("the range is odd"))?);
        headers.insert(IF_RANGE, if_range);
        let answer = request::answer(&transfer.question(headers), transfer.ctx.net, patience).await?;
        let ranged = {
            let part = self.part.borrow();
            let Some((head, _)) = part.state() else { return Err(Broke::Doubt("nothing is known of it")) };
            response::check_range(answer.status(), answer.headers(), wanted, head, transfer.shown)
        };
        match ranged {
            Ranged::Part(end) => {
                self.joined.set(true);
                Ok((answer.into(), end))
            }
            Ranged::Whole => Err(Broke::Whole(Box::new(answer))),
            Ranged::Unwilling(why) => Err(Broke::Refused(why)),
            Ranged::Doubt(why) => Err(Broke::Doubt(why)),
            Ranged::Refused(failure) => Err(failure.into()),
        }
    }

    /// Begins the run of a share that has none yet, unless its place was passed meanwhile.
    fn begins(&self, open: &Open) -> Result<bool, Failure> {
        let Share::From(at) = open.share.get() else { return Ok(true) };
        let mut part = self.part.borrow_mut();
        let Some((_, runs)) = part.state() else { return Ok(false) };
        let covers = |run: usize| runs.get(run).start < at && at < runs.end_of(run);
        let passed = |other: &Rc<Open>| other.run().is_some_and(covers) && other.reached.get() >= at;
        if self.open.borrow().iter().any(passed) {
            return Ok(false);
        }
        let run = part.begin_run(at)?;
        if let Some(run) = run {
            open.share.set(Share::Run(run));
        }
        Ok(run.is_some())
    }
}
