//! Every fault, by what goes wrong. Each file lists those of one kind.

mod bodies;
mod changes;
mod chaos;
mod connections;
mod cuts;
mod digests;
mod good;
mod heads;
mod lengths;
mod names;
mod ranges;
mod redirects;
mod segments;
mod stalls;
mod statuses;

use super::reply::Reply;
use super::server::Ask;
use super::{Fault, HALF, Must};

/// A connection that broke, or a file that is not what was promised.
const BROKEN: &[&str] = &["connect", "verify"];
const HTTP: &[&str] = &["http"];
/// An answer that is no HTTP, as some see it, or a broken connection, as others do.
const NO_HTTP: &[&str] = &["http", "connect", "verify", "unsupported"];
const STALLED: &[&str] = &["stalled", "timeout"];
/// Whatever can come of a server.
const ANY: &[&str] =
    &["http", "dns", "connect", "tls", "timeout", "stalled", "verify", "name", "url", "unsupported", "limit"];

pub(super) fn all() -> Vec<Fault> {
    [
        good::faults(),
        cuts::faults(),
        stalls::faults(),
        lengths::faults(),
        ranges::faults(),
        changes::faults(),
        bodies::faults(),
        redirects::faults(),
        statuses::faults(),
        names::faults(),
        heads::faults(),
        connections::faults(),
        digests::faults(),
        segments::faults(),
        chaos::faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a good server answers.
fn as_it_should_be(ask: &Ask<'_>) -> Reply {
    ask.good()
}

/// The first request is answered like this, the others as they should be.
fn once(name: impl Into<String>, must: Must, first: impl Fn(&Ask<'_>) -> Reply + Send + Sync + 'static) -> Fault {
    Fault::new(name, must, move |ask| if ask.turn == 0 { first(ask) } else { ask.good() })
}

/// The first answer breaks off in the middle. Who asks for the rest is answered like this, who asks for all of it as
/// they should be.
fn resumed(name: &str, must: Must, later: impl Fn(&Ask<'_>) -> Reply + Send + Sync + 'static) -> Fault {
    Fault::new(name, must, move |ask| match ask.turn {
        0 => ask.good().cut(HALF),
        _ if ask.resumes() => later(ask),
        _ => ask.good(),
    })
}
