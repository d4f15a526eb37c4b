//! Courtesy: how many connections each host has, when it is asked again after it asked to be left alone, and who waits for
//! that. A job whose host has no room is set aside, so that those behind it can start.

use super::{Core, Effect};
use crate::model::{
    AttemptId, ErrorKind, Failure, JobId, JobRef, LaneId, Moment, Place, Pool, RetryHint, Source, link,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// How many jobs are set aside in one step: looking through a million of one host at once would take too long.
const ASIDE_AT_ONCE: usize = 1000;

/// How soon the next ones are looked at then.
const LOOK_ON_AFTER: Duration = Duration::from_millis(1);

/// After so many downloads that went well a host that asked for less gets more again.
const WELL_BEFORE_MORE: u32 = 4;

/// The hosts that something is under way with, or was a moment ago.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    by_name: HashMap<Box<str>, Host>,
    /// Jobs that wait for their host, all told.
    aside: usize,
    /// There may be more to set aside.
    more_to_look_at: bool,
    /// Where something began or ended, and how many connections each may usually have.
    to_share: BTreeMap<Box<str>, u16>,
}

#[derive(Debug, Default)]
struct Host {
    /// What runs, and how many connections each may have.
    running: Vec<(LaneId, AttemptId, u16)>,
    /// Jobs that wait for it, in the order in which they are to start.
    aside: BTreeSet<(Place, JobId)>,
    /// How often its connections were halved.
    halved: u32,
    /// Downloads that went well since.
    well: u32,
    /// It asked not to be asked before.
    not_before: Moment,
}

impl Host {
    /// How many connections it may have, of so many usually.
    fn allowed(&self, per_host: u16) -> u16 {
        (per_host >> self.halved.min(15)).max(1)
    }

    /// How many connections each of its downloads may have, with so many more: one as long as others wait for this host.
    fn share(&self, per_host: u16, more: usize) -> u16 {
        if !self.aside.is_empty() {
            return 1;
        }
        (self.allowed(per_host) / (self.running.len() + more).max(1) as u16).max(1)
    }

    fn is_idle(&self, now: Moment) -> bool {
        self.running.is_empty() && self.aside.is_empty() && self.not_before <= now
    }
}

impl Hosts {
    /// When somebody who waits for a host may ask it again.
    pub(super) fn next(&self, now: Moment) -> Option<Moment> {
        let waited_for = self.by_name.values().filter(|host| !host.aside.is_empty());
        let look = self.more_to_look_at.then(|| now + LOOK_ON_AFTER);
        waited_for.map(|host| host.not_before).filter(|moment| *moment > now).chain(look).min()
    }

    /// Whether something is under way with another host.
    pub(super) fn others_at_work(&self, name: &str) -> bool {
        self.by_name.iter().any(|(other, host)| **other != *name && !host.running.is_empty())
    }

    /// Whether anybody waits for a host that may be asked.
    pub(super) fn has_aside(&self, now: Moment) -> bool {
        self.by_name.values().any(|host| !host.aside.is_empty() && host.not_before <= now)
    }

    fn has_room(&self, name: &str, per_host: u16, now: Moment) -> bool {
        let Some(host) = self.by_name.get(name) else { return true };
        host.not_before <= now && host.running.len() < usize::from(host.allowed(per_host))
    }
}

/// The host of a job's next download, and how many connections it may have.
pub(super) fn host_of(job: &JobRef) -> Option<(&str, u16)> {
    match job.source() {
        Source::Link { url, .. } | Source::Page(url) => Some((link::host(url), job.options().fetch.per_host)),
        _ => None,
    }
}

impl Core {
    /// Sets jobs aside whose host has no room, until the first that wait can start.
    pub(super) fn set_aside(&mut self) {
        self.hosts.more_to_look_at = false;
        for _ in 0..ASIDE_AT_ONCE {
            let Some((place, id)) = self.ready_fetch.first() else { return };
            let Some(job) = self.spec(id) else { return };
            let Some((name, per_host)) = host_of(&job) else { return };
            if self.hosts.has_room(name, per_host, self.now) {
                return;
            }
            let moved = self.places.get(&id).copied();
            self.ready_fetch.remove(id, moved);
            self.hosts.by_name.entry(name.into()).or_default().aside.insert((place, id));
            self.hosts.aside += 1;
        }
        self.hosts.more_to_look_at = true;
    }

    /// Whether what waits first could start at its host.
    pub(super) fn host_has_room(&self, id: JobId) -> bool {
        let Some(job) = self.spec(id) else { return true };
        host_of(&job).is_none_or(|(name, per_host)| self.hosts.has_room(name, per_host, self.now))
    }

    /// Takes a job out from among those that wait for their host.
    pub(super) fn not_aside(&mut self, id: JobId) {
        if self.hosts.aside == 0 {
            return;
        }
        let (Some(job), place) = (self.spec(id), self.place(id)) else { return };
        let Some((name, _)) = host_of(&job) else { return };
        if self.hosts.by_name.get_mut(name).is_some_and(|host| host.aside.remove(&(place, id))) {
            self.hosts.aside -= 1;
        }
    }

    /// A download begins. Answers how many connections it may have.
    pub(super) fn joins_host(&mut self, lane: LaneId, attempt: AttemptId, job: &JobRef) -> u16 {
        let Some((name, per_host)) = host_of(job) else { return 1 };
        self.hosts.to_share.insert(name.into(), per_host);
        let host = self.hosts.by_name.entry(name.into()).or_default();
        let granted = host.share(per_host, 1);
        host.running.push((lane, attempt, granted));
        granted
    }

    /// A download left its lane, or was paused by itself and does not ask its host for anything.
    pub(super) fn leaves_host(&mut self, attempt: AttemptId) {
        let Some(job) = self.spec(attempt.job) else { return };
        let Some((name, _)) = host_of(&job) else { return };
        if let Some(host) = self.hosts.by_name.get_mut(name) {
            host.running.retain(|(_, other, _)| *other != attempt);
        }
        self.ask_again(&job);
    }

    /// Learns from how a download ended: a host that asks for less gets less.
    pub(super) fn heed_host(&mut self, id: JobId, failure: Option<&Failure>) {
        let Some(job) = self.spec(id).filter(|_| self.pool(id) == Some(Pool::Fetch)) else { return };
        let Some((name, per_host)) = host_of(&job) else { return };
        let now = self.now;
        let host = self.hosts.by_name.entry(name.into()).or_default();
        match failure {
            None if host.halved > 0 => {
                host.well += 1;
                if host.well >= WELL_BEFORE_MORE {
                    (host.well, host.halved) = (0, host.halved - 1);
                }
            }
            Some(Failure { kind: ErrorKind::Http, retry: RetryHint::AfterMs(ms), .. }) => {
                // Those that asked at the same time hear the same: that is one reason, not many.
                if host.not_before <= now {
                    host.halved = (host.halved + 1).min(per_host.max(1).ilog2());
                }
                host.well = 0;
                host.not_before = host.not_before.max(now + Duration::from_millis(*ms));
            }
            _ => {}
        }
        self.ask_again(&job);
    }

    /// Lets those wait for a lane again whose host may be asked by now.
    pub(super) fn ask_hosts_again(&mut self) {
        if self.hosts.aside == 0 {
            return;
        }
        let first = |host: &Host| host.aside.first().map(|(_, id)| *id);
        let waiting: Vec<JobId> =
            self.hosts.by_name.values().filter(|host| host.not_before <= self.now).filter_map(first).collect();
        for id in waiting {
            if let Some(job) = self.spec(id) {
                self.ask_again(&job);
            }
        }
    }

    /// As many of those that wait for a host as it has room for wait for a lane again.
    fn ask_again(&mut self, job: &JobRef) {
        let Some((name, per_host)) = host_of(job) else { return };
        self.hosts.to_share.insert(name.into(), per_host);
        let Some(host) = self.hosts.by_name.get_mut(name) else { return };
        if host.is_idle(self.now) && host.halved == 0 {
            self.hosts.by_name.remove(name);
            return;
        }
        if host.not_before > self.now {
            return;
        }
        let room = usize::from(host.allowed(per_host)).saturating_sub(host.running.len());
        for _ in 0..room {
            let Some(host) = self.hosts.by_name.get_mut(name) else { break };
            let Some((_, id)) = host.aside.pop_first() else { break };
            self.hosts.aside -= 1;
            self.enqueue(id);
        }
    }

    /// Tells downloads how many connections they may have, at the hosts where something changed.
    pub(super) fn share_hosts(&mut self) {
        for (name, per_host) in std::mem::take(&mut self.hosts.to_share) {
            let Some(host) = self.hosts.by_name.get_mut(&name) else { continue };
            let each = host.share(per_host, 0);
            for (lane, attempt, granted) in host.running.iter_mut().filter(|(.., granted)| *granted != each) {
                *granted = each;
                self.out.push(Effect::Allow { lane: *lane, attempt: *attempt, connections: each });
            }
        }
    }
}
