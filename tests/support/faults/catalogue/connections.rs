//! Connections that are kept, or not, as nobody said, and servers that allow only a few.

use super::super::Must::{Either, Succeed};
use super::super::reply::{Happening, Place, Reply};
use super::super::{Ask, Fault, HALF};
use super::{ANY, HTTP, NO_HTTP, STALLED, as_it_should_be, once};

/// The file behind a redirect, so that a second request may come on the same connection.
fn second(name: &str, target: impl Fn(&Ask<'_>) -> Reply + Send + Sync + 'static) -> Fault {
    Fault::new(name, Succeed, move |ask| if ask.rest == "/target" { target(ask) } else { Reply::redirect("target") })
}

/// `HEAD` is answered like this, and all else as it should be.
fn head(name: &str, answer: fn(&Ask<'_>) -> Reply) -> Fault {
    Fault::new(name, Succeed, move |ask| if ask.request.method == "HEAD" { answer(ask) } else { ask.good() })
        .options(&["--segments", "4"])
        .len(4_000_000)
}

/// More than so many connections are answered in another way.
fn at_most(name: &str, most: usize, otherwise: fn() -> Reply) -> Fault {
    Fault::new(name, Succeed, move |ask| if ask.open > most { otherwise() } else { ask.good().slowly(1 << 18, 10) })
        .len(6_000_000)
        .options(&["--segments", "6", "--per-host", "6"])
        .limit(45)
}

pub(super) fn faults() -> Vec<Fault> {
    let again = |ask: &Ask<'_>| ask.turn_of_connection > 0;
    vec![
        second("kept-alive", as_it_should_be),
        Fault::new("kept-alive-closed-silently", Succeed, |ask| {
            if ask.rest == "/target" { ask.good() } else { Reply::redirect("target").closing_silently() }
        }),
        // Whether the next request is on its way by then is chance.
        Fault::new("kept-alive-closed-a-moment-later", Either(&["connect"]), |ask| {
            if ask.rest == "/target" {
                return ask.good();
            }
            let redirect = Reply::redirect("target").closing_silently();
            let end = redirect.head().len();
            redirect.at(Place::Head(end), Happening::Wait(std::time::Duration::from_millis(5)))
        }),
        second("kept-alive-closed-on-the-next", move |ask| if again(ask) { Reply::nothing() } else { ask.good() }),
        second("kept-alive-reset-on-the-next", move |ask| {
            if again(ask) { ask.good().at(Place::Head(0), Happening::Reset) } else { ask.good() }
        }),
        second("kept-alive-stalls-on-the-next", move |ask| {
            if again(ask) { ask.good().at(Place::Head(0), Happening::Hold) } else { ask.good() }
        })
        .may_fail(STALLED),
        second("kept-alive-408-on-the-next", move |ask| {
            if again(ask) { Reply::page("408 Request Timeout").closing() } else { ask.good() }
        })
        .may_fail(HTTP),
        second("kept-alive-garbage-between", move |ask| {
            if again(ask) { ask.good().after("left over from before\r\n") } else { ask.good() }
        })
        .may_fail(NO_HTTP),
        second("kept-alive-said-closed-but-kept", as_it_should_be).with_first_closing(),
        // Who asks for the head first must not rely on what it says.
        head("head-refused", |_| Reply::page("405 Method Not Allowed")),
        head("head-missing", |_| Reply::page("404 Not Found")),
        head("head-without-an-answer", |_| Reply::nothing()),
        head("head-stalls", |ask| ask.good().at(Place::Head(0), Happening::Hold)),
        head("head-with-another-length", |ask| Reply::whole(ask.file).length("1000")),
        head("head-without-a-length", |ask| Reply::whole(ask.file).until_close()),
        head("head-of-another-file", |ask| Reply::ranged(&ask.file.changed(), ask.request)),
        once("closed-at-once-1", Succeed, |_| Reply::nothing()),
        Fault::new("closed-at-once-3", Succeed, |ask| if ask.turn < 3 { Reply::nothing() } else { ask.good() }),
        Fault::new("reset-at-once-3", Succeed, |ask| {
            if ask.turn < 3 { ask.good().at(Place::Head(0), Happening::Reset) } else { ask.good() }
        }),
        Fault::new("every-other-connection", Succeed, |ask| {
            if ask.connection % 2 == 0 { ask.good().cut(HALF / 2) } else { ask.good().cut(150_000) }
        }),
        at_most("at-most-1-connection-503", 1, || Reply::page("503 Service Unavailable").closing()),
        at_most("at-most-2-connections-503", 2, || Reply::page("503 Service Unavailable").closing()),
        at_most("at-most-2-connections-429", 2, || {
            Reply::page("429 Too Many Requests").header("Retry-After", "1").closing()
        }),
        // A connection that is given up may still count when the next one comes.
        at_most("at-most-2-connections-403", 2, || Reply::page("403 Forbidden").closing()).may_fail(HTTP),
        at_most("at-most-1-connection-reset", 1, || Reply::status("200 OK").at(Place::Head(0), Happening::Reset)),
        at_most("at-most-2-connections-reset", 2, || Reply::status("200 OK").at(Place::Head(0), Happening::Reset)),
        at_most("at-most-2-connections-closed", 2, Reply::nothing),
        at_most("at-most-2-connections-stalled", 2, || Reply::status("200 OK").at(Place::Head(0), Happening::Hold)),
        at_most("at-most-1-connection-200", 1, || Reply::page("200 OK").closing()).may_fail(ANY),
    ]
}

impl Fault {
    fn may_fail(mut self, kinds: &'static [&'static str]) -> Fault {
        self.must = Either(kinds);
        self
    }

    /// The redirect says that the connection ends, and then it does not.
    fn with_first_closing(mut self) -> Fault {
        let answer = self.answer;
        self.answer = Box::new(move |ask| {
            let reply = answer(ask);
            if ask.rest == "/target" { reply } else { reply.header("Connection", "close") }
        });
        self
    }
}
