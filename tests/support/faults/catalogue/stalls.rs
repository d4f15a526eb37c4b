//! Servers that keep a connection open and send nothing, or next to nothing.

use super::super::Must::{Fail, Succeed};
use super::super::reply::{Happening, Place, Reply};
use super::super::{Ask, Fault, HALF, LEN};
use super::{STALLED, once};

const LAST: usize = LEN as usize - 1;

pub(super) fn faults() -> Vec<Fault> {
    let before_head = |ask: &Ask<'_>| ask.good().at(Place::Head(0), Happening::Hold);
    let in_head = |ask: &Ask<'_>| ask.good().at(Place::Head(40), Happening::Hold);
    let plain = |ask: &Ask<'_>| Reply::plain(ask.file);
    vec![
        once("stall-before-head-once", Succeed, before_head),
        once("stall-in-head-once", Succeed, in_head),
        once("stall-start-once", Succeed, |ask| ask.good().hold(0)),
        once("stall-half-once", Succeed, |ask| ask.good().hold(HALF)).sends_again_at_most(150_000),
        once("stall-last-once", Succeed, |ask| ask.good().hold(LAST)).sends_again_at_most(150_000),
        Fault::new("stall-half-once-plain", Succeed, move |ask| match ask.turn {
            0 => plain(ask).hold(HALF),
            _ => plain(ask),
        }),
        Fault::new("stall-before-head-always", Fail(STALLED), before_head),
        Fault::new("stall-in-head-always", Fail(STALLED), in_head),
        Fault::new("stall-start-always", Fail(STALLED), |ask| ask.good().hold(0)),
        Fault::new("stall-half-always-plain", Fail(STALLED), move |ask| plain(ask).hold(HALF)),
        Fault::new("stall-last-always-plain", Fail(STALLED), move |ask| plain(ask).hold(LAST)),
        Fault::new("stall-pieces", Succeed, |ask| ask.good().hold(150_000)),
        // Each answer has less than a resume looks at again.
        Fault::new("stall-pieces-of-4000", Succeed, |ask| ask.good().hold(4000)).len(10_000),
        Fault::new("stall-chunked-end-once", Succeed, |ask| {
            // Everything is there but the end of it.
            let mut reply = plain_chunked(ask);
            if ask.turn == 0 {
                let almost = reply.wire_body().len() - 5;
                reply = reply.hold(almost);
            }
            reply
        }),
        Fault::new("stall-until-close-always", Fail(STALLED), |ask| {
            // The bytes are there, but nobody says that this was all.
            Reply::plain(ask.file).until_close().hold(LEN as usize)
        }),
        Fault::new("pauses-below-the-limit", Succeed, |ask| {
            (1..6).fold(ask.good(), |reply, n| reply.wait(n * 60_000, 350))
        }),
        Fault::new("pause-in-head-below-the-limit", Succeed, |ask| {
            ask.good().at(Place::Head(20), Happening::Wait(std::time::Duration::from_millis(400)))
        }),
        Fault::new("head-trickles-for-ever", Fail(STALLED), |ask| {
            // Something arrives all the time, but never an answer.
            ask.good().header("X-Padding", "x".repeat(3000)).head_slowly(1, 20)
        }),
        Fault::new("slow-within-reason", Succeed, move |ask| plain(ask).slowly(10_000, 40))
            .options(&["--min-speed", "20000"]),
        Fault::new("slow-without-a-limit", Succeed, move |ask| plain(ask).slowly(8000, 50)),
        Fault::new("slow-always-plain", Fail(STALLED), move |ask| plain(ask).slowly(500, 50))
            .options(&["--min-speed", "100000"]),
        // Each slow attempt brings a little, and counts all the same.
        Fault::new("slow-always-ranges", Fail(STALLED), |ask| ask.good().slowly(1000, 50))
            .options(&["--min-speed", "100000"])
            .len(200_000),
        once("slow-once", Succeed, |ask| ask.good().slowly(500, 50)).options(&["--min-speed", "100000"]),
        Fault::new("slow-single-bytes-always", Fail(STALLED), move |ask| plain(ask).slowly(1, 100))
            .options(&["--min-speed", "1000"]),
    ]
}

fn plain_chunked(ask: &Ask<'_>) -> Reply {
    Reply::plain(ask.file).chunked(50_000)
}
