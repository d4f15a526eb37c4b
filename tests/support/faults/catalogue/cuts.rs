//! Connections that end too early: closed or reset, in the head or in the body, once or always.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::{Framing, Happening, Place, Reply};
use super::super::{Ask, Fault, HALF, LEN};
use super::{BROKEN, NO_HTTP, once};

/// What comes with each answer until it breaks off, so that five or so make the file.
const PIECE: usize = 170_000;
/// A resume may look again at what is there, to find out whether it is still the same file.
const OVERLAP: u64 = 64 * 1024 + 16 * 1024;

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, at) in [("start", 0), ("first", 1), ("half", HALF), ("last", LEN as usize - 1)] {
        let cut = move |reply: Reply| reply.cut(at);
        let reset = move |reply: Reply| reply.reset(at);
        // With ranges little may be sent again, wherever it broke.
        let again = OVERLAP + 64 * 1024;
        faults.push(once(format!("cut-{place}-once"), Succeed, move |ask| cut(ask.good())).sends_again_at_most(again));
        faults.push(
            once(format!("reset-{place}-once"), Succeed, move |ask| reset(ask.good())).sends_again_at_most(again),
        );
        faults.push(Fault::new(format!("cut-{place}-once-plain"), Succeed, move |ask| match ask.turn {
            0 => cut(Reply::plain(ask.file)),
            _ => Reply::plain(ask.file),
        }));
        faults.push(Fault::new(format!("reset-{place}-once-plain"), Succeed, move |ask| match ask.turn {
            0 => reset(Reply::plain(ask.file)),
            _ => Reply::plain(ask.file),
        }));
        // Nothing is gained by the same bytes again: this must not go on for ever.
        faults.push(Fault::new(format!("cut-{place}-always-plain"), Fail(BROKEN), move |ask| {
            cut(Reply::plain(ask.file))
        }));
        faults.push(Fault::new(format!("reset-{place}-always-plain"), Fail(BROKEN), move |ask| {
            reset(Reply::plain(ask.file))
        }));
    }
    faults.extend(heads());
    faults.extend(pieces());
    faults.extend(framings());
    faults
}

fn heads() -> Vec<Fault> {
    let in_head = |reply: Reply, happening| reply.at(Place::Head(30), happening);
    vec![
        once("cut-before-head-once", Succeed, |_| Reply::nothing()),
        once("reset-before-head-once", Succeed, |ask| ask.good().at(Place::Head(0), Happening::Reset)),
        once("cut-in-head-once", Succeed, move |ask| in_head(ask.good(), Happening::Close)),
        once("reset-in-head-once", Succeed, move |ask| in_head(ask.good(), Happening::Reset)),
        Fault::new("cut-before-head-twice", Succeed, |ask| if ask.turn < 2 { Reply::nothing() } else { ask.good() }),
        Fault::new("cut-before-head-always", Fail(BROKEN), |_| Reply::nothing()),
        Fault::new("reset-before-head-always", Fail(BROKEN), |ask| ask.good().at(Place::Head(0), Happening::Reset)),
        Fault::new("cut-in-head-always", Fail(NO_HTTP), move |ask| in_head(ask.good(), Happening::Close)),
        Fault::new("reset-in-head-always", Fail(NO_HTTP), move |ask| in_head(ask.good(), Happening::Reset)),
    ]
}

/// Every answer breaks off, but each brings something new.
fn pieces() -> Vec<Fault> {
    let piecewise = |name: &str, must, answer: fn(&Ask<'_>) -> Reply| {
        // The tests allow three retries: those that bring something do not count.
        Fault::new(name, must, answer).len(1_000_000).limit(40)
    };
    vec![
        piecewise("pieces-cut", Succeed, |ask| ask.good().cut(PIECE)).sends_again_at_most(12 * OVERLAP),
        piecewise("pieces-reset", Succeed, |ask| ask.good().reset(PIECE)).sends_again_at_most(12 * OVERLAP),
        piecewise("pieces-date-only", Succeed, |ask| ask.good().without("ETag").cut(PIECE)),
        piecewise("pieces-weak-etag", Either(BROKEN), |ask| {
            let file = ask.file.clone().with_etag(Some("W/\"weak\"")).with_modified(None);
            Reply::ranged(&file, ask.request).cut(PIECE)
        }),
        piecewise("pieces-no-validators", Either(BROKEN), |ask| {
            ask.good().without("ETag").without("Last-Modified").cut(PIECE)
        }),
        piecewise("pieces-with-gaps", Succeed, |ask| {
            // Every second connection brings nothing at all.
            if ask.turn % 2 == 1 { Reply::nothing() } else { ask.good().cut(3 * PIECE) }
        }),
        // Less than a resume looks at again, and hardly more.
        piecewise("pieces-of-4000", Succeed, |ask| ask.good().cut(4000)).len(30_000),
        piecewise("pieces-of-6000", Succeed, |ask| ask.good().cut(6000)).len(30_000),
        // Whatever part is asked for, the answer is whole, and short.
        piecewise("pieces-of-4096-at-most", Succeed, |ask| match ask.turn {
            0 => ask.good().cut(20_000),
            _ => Reply::part(ask.file, ask.start()..ask.file.len.min(ask.start() + 4096)),
        })
        .len(100_000),
        // It stops one byte before the end, however often it is asked.
        piecewise("pieces-never-the-last", Fail(BROKEN), |ask| {
            let reply = ask.good();
            let almost = reply.body.len().saturating_sub(1);
            reply.cut(almost)
        }),
    ]
}

/// Bodies whose length is told in other ways, or in none.
fn framings() -> Vec<Fault> {
    let chunked = |ask: &Ask<'_>| Reply::plain(ask.file).chunked(10_000);
    vec![
        Fault::new("cut-chunked-once", Succeed, move |ask| match ask.turn {
            0 => chunked(ask).cut(HALF),
            _ => chunked(ask),
        }),
        Fault::new("reset-chunked-once", Succeed, move |ask| match ask.turn {
            0 => chunked(ask).reset(HALF),
            _ => chunked(ask),
        }),
        Fault::new("cut-chunked-always", Fail(BROKEN), move |ask| chunked(ask).cut(HALF)),
        Fault::new("cut-chunked-ranges-once", Succeed, |ask| {
            let mut reply = ask.good();
            reply.framing = Framing::Chunked(10_000);
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        // A close would be the end of the file here; a reset never is.
        Fault::new("reset-until-close-once", Succeed, |ask| match ask.turn {
            0 => Reply::plain(ask.file).until_close().reset(HALF),
            _ => Reply::plain(ask.file).until_close(),
        }),
        Fault::new("reset-until-close-always", Fail(BROKEN), |ask| Reply::plain(ask.file).until_close().reset(HALF)),
    ]
}
