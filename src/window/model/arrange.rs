//! Which rows are shown and in what order: made from a picture of the facts, so that any thread can make it. Rows that
//! are alike stand in the order of the queue.

use super::Bucket;
use super::facts::{Fact, Facts};
use super::marks::Marks;
use super::places::Places;
use super::view::Filter;
use crate::model::{JobId, Place};
use crate::store::rows::{Column, Order};
use memchr::memmem::Finder;
use std::cmp::Ordering;

/// What rows to list, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wish {
    pub(crate) filter: Filter,
    /// In lower case.
    pub(crate) needle: String,
    pub(crate) order: Option<Order>,
}

/// All that a list is made from.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(super) facts: Facts,
    pub(super) moved: Places,
    pub(super) wish: Wish,
}

/// Where no place is.
const NOWHERE: u32 = u32::MAX;

/// The rows to show.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    rows: Vec<JobId>,
    /// Where each job stands, by its id.
    places: Vec<u32>,
    /// Which they are: what is chosen beside them is found 64 at a time.
    marks: Marks,
}

impl Listing {
    fn new(rows: Vec<JobId>, len: usize) -> Listing {
        let mut places = vec![NOWHERE; len];
        for (place, job) in rows.iter().enumerate() {
            places[job.0 as usize] = place as u32;
        }
        let marks = rows.iter().copied().collect();
        Listing { rows, places, marks }
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(super) fn rows(&self) -> &[JobId] {
        &self.rows
    }

    pub(super) fn place_of(&self, job: JobId) -> Option<usize> {
        self.places.get(job.0 as usize).filter(|place| **place != NOWHERE).map(|place| *place as usize)
    }

    /// A row after all others.
    pub(super) fn push(&mut self, job: JobId) {
        if self.places.len() <= job.0 as usize {
            self.places.resize(job.0 as usize + 1, NOWHERE);
        }
        self.places[job.0 as usize] = self.rows.len() as u32;
        self.rows.push(job);
        self.marks.insert(job);
    }
}

/// Makes the list.
pub(crate) fn arrange(ask: &Ask) -> Listing {
    let Ask { facts, moved, wish } = ask;
    let keep = |(_, fact): &(JobId, &Fact)| !fact.binned && wish.filter.keeps(fact.bucket);
    let mut rows: Vec<JobId> = if wish.needle.is_empty() {
        facts.iter().filter(keep).map(|(job, _)| job).collect()
    } else {
        let finder = Finder::new(&wish.needle);
        facts.find(&finder).filter(keep).map(|(job, _)| job).collect()
    };
    if !moved.is_empty() {
        rows = in_queue_order(rows, moved);
    }
    match wish.order {
        None => {}
        Some(Order { by: Column::Name, descending }) => {
            rows.sort_by(|one, other| {
                let order = natural(facts.name(*one), facts.name(*other));
                if descending { order.reverse() } else { order }
            });
        }
        Some(order) => {
            // The place among the like is part of the key: the fastest sort is stable then.
            let key = |(place, job): (usize, &JobId)| {
                (facts.get(*job).map_or(u64::MAX, |fact| key(fact, order)), place as u32, *job)
            };
            let mut keys: Vec<(u64, u32, JobId)> = rows.iter().enumerate().map(key).collect();
            keys.sort_unstable();
            rows = keys.into_iter().map(|(_, _, job)| job).collect();
        }
    }
    Listing::new(rows, facts.len())
}

/// Puts the moved ones where they belong among the others, which stand in the order of their ids.
fn in_queue_order(rows: Vec<JobId>, moved: &Places) -> Vec<JobId> {
    let (mut put, usual): (Vec<JobId>, Vec<JobId>) = rows.into_iter().partition(|job| moved.get(*job).is_some());
    put.sort_unstable_by_key(|job| moved.of(*job));
    let mut rows = Vec::with_capacity(usual.len() + put.len());
    let mut put = put.into_iter().peekable();
    for job in usual {
        while let Some(before) = put.next_if(|other| moved.of(*other) < (Place::usual(job), job)) {
            rows.push(before);
        }
        rows.push(job);
    }
    rows.extend(put);
    rows
}

/// Bits for the value of a key; above them stands the class, which is the same in both directions.
const VALUE: u64 = (1 << 60) - 1;

/// A number that sorts like the row does in this order.
fn key(fact: &Fact, order: Order) -> u64 {
    let (class, value) = match order.by {
        Column::Name => (0, 0),
        Column::Stage => (0, stage(fact)),
        Column::Progress => (0, u64::from(fact.share)),
        Column::Rate => match fact.bucket {
            Bucket::Fetching if fact.pace > 0 => (0, fact.pace),
            Bucket::Milling => (1, fact.pace >> 4),
            Bucket::Done => (2, fact.pace),
            _ => (3, 0),
        },
        // What is not known comes last.
        Column::Size => (u64::from(fact.bytes == 0), fact.bytes),
    };
    let value = value.min(VALUE);
    class << 60 | if order.descending { VALUE - value } else { value }
}

/// How far it is, what runs first.
fn stage(fact: &Fact) -> u64 {
    match fact.bucket {
        _ if fact.stopping => 2,
        _ if fact.halted => 5,
        Bucket::Fetching => 0,
        Bucket::Milling => 1,
        Bucket::Fetched => 3,
        Bucket::Queued => 4,
        Bucket::Failed => 6,
        Bucket::Cancelled => 7,
        Bucket::Done => 8,
    }
}

/// Names as people sort them: `picture-9` before `picture-10`.
fn natural(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one.as_bytes(), other.as_bytes());
    loop {
        let alike = a.iter().zip(b).take_while(|(a, b)| a == b && !a.is_ascii_digit()).count();
        (a, b) = (&a[alike..], &b[alike..]);
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (digits(&mut a), digits(&mut b));
                match x.len().cmp(&y.len()).then(x.cmp(y)) {
                    Ordering::Equal => {}
                    order => return order,
                }
            }
            // Only zeros before a number can tell them apart still.
            (None, None) => return one.cmp(other),
            (x, y) => return x.cmp(&y),
        }
    }
}

/// Takes a number off the front, without the zeros before it.
fn digits<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let (number, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
    *text = rest;
    &number[number.iter().take_while(|byte| **byte == b'0').count()..]
}

#[cfg(test)]
mod tests;
