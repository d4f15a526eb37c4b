//! Files that change between two answers, with and without a server that says so. Never may a file be made of two.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::Reply;
use super::super::truth::File;
use super::super::{Ask, Fault, HALF, LEN};
use super::{ANY, BROKEN};

/// The first answer is the beginning of one file; all later ones are of another.
fn changed(name: &str, after: fn(&File) -> File) -> Fault {
    Fault::new(name, Succeed, move |ask| match ask.turn {
        0 => ask.good().cut(HALF),
        _ => Reply::ranged(&after(ask.file), ask.request),
    })
    .right(after)
}

/// The same, and the server does not look at `If-Range`.
fn changed_unheeded(name: &str, must: super::Must, after: fn(&File) -> File) -> Fault {
    Fault::new(name, must, move |ask| match ask.turn {
        0 => ask.good().cut(HALF),
        _ => without_if_range(ask, &after(ask.file)),
    })
    .right(after)
}

fn without_if_range(ask: &Ask<'_>, file: &File) -> Reply {
    let mut request = ask.request.clone();
    request.headers.remove("if-range");
    Reply::ranged(file, &request)
}

fn bare(file: File) -> File {
    file.with_etag(None).with_modified(None)
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        changed("changed", File::changed),
        changed("changed-shorter", |file| File::new(file.seed + 1, 150_000)),
        changed("changed-longer", |file| File::new(file.seed + 1, 700_000)),
        changed("changed-to-nothing", |file| File::new(file.seed + 1, 0)),
        // What was fetched stays as it was; what is missing does not.
        changed("changed-at-the-end-only", |file| {
            file.clone().with_tail(HALF as u64 + 50_000).with_etag(Some("\"2\""))
        }),
        changed("changed-etag-only", |file| file.clone().with_etag(Some("\"another\""))),
        changed("grown", |file| file.clone().with_len(LEN + 200_000).with_etag(Some("\"grown\""))),
        changed_unheeded("changed-unheeded", Succeed, File::changed),
        changed_unheeded("changed-unheeded-shorter", Succeed, |file| File::new(file.seed + 1, 150_000)),
        changed_unheeded("changed-unheeded-longer", Succeed, |file| File::new(file.seed + 1, 700_000)),
        changed_unheeded("changed-unheeded-at-the-end-only", Succeed, |file| {
            file.clone().with_tail(HALF as u64 + 50_000).with_etag(Some("\"2\""))
        }),
        changed_unheeded("changed-new-date-same-etag", Succeed, |file| file.changed().with_etag(file.etag.as_deref())),
        changed_unheeded("changed-new-etag-same-date", Succeed, |file| {
            file.changed().with_modified(file.modified.as_deref())
        }),
        // Nothing tells but the bytes themselves.
        changed_unheeded("changed-same-validators", Succeed, |file| {
            file.changed().with_etag(file.etag.as_deref()).with_modified(file.modified.as_deref())
        }),
        changed_unheeded("changed-validators-vanish", Succeed, |file| bare(file.changed())),
    ];
    for (name, etag) in [("weak-etags", Some("W/\"1\"")), ("no-validators", None)] {
        let before = move |file: &File| file.clone().with_etag(etag).with_modified(None);
        faults.push(
            Fault::new(format!("changed-with-{name}"), Succeed, move |ask| match ask.turn {
                0 => Reply::ranged(&before(ask.file), ask.request).cut(HALF),
                _ => without_if_range(ask, &before(&ask.file.changed())),
            })
            .right(File::changed),
        );
        faults.push(Fault::new(format!("unchanged-with-{name}"), Succeed, move |ask| {
            let reply = Reply::ranged(&before(ask.file), ask.request);
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }));
    }
    faults.extend(again_and_again());
    faults
}

/// The `n`th version of a file.
fn version(file: &File, n: usize) -> File {
    File::new(file.seed + n as u64, file.len)
}

fn again_and_again() -> Vec<Fault> {
    vec![
        Fault::new("changed-twice", Succeed, |ask| {
            let reply = Reply::ranged(&version(ask.file, ask.turn.min(2)), ask.request);
            if ask.turn < 2 { reply.cut(HALF) } else { reply }
        })
        .right(|file| version(file, 2)),
        Fault::new("changed-and-back", Succeed, |ask| {
            let reply = Reply::ranged(&version(ask.file, ask.turn % 2), ask.request);
            if ask.turn < 2 { reply.cut(HALF) } else { reply }
        })
        .right(|file| version(file, 0))
        .right(|file| version(file, 1)),
        Fault::new("changed-every-time-and-cut", Fail(BROKEN), |ask| {
            Reply::ranged(&version(ask.file, ask.turn), ask.request).cut(HALF)
        }),
        Fault::new("changed-every-time-unheeded-and-cut", Fail(BROKEN), |ask| {
            without_if_range(ask, &version(ask.file, ask.turn)).cut(HALF)
        }),
        Fault::new("etag-of-every-answer", Succeed, |ask| {
            let file = ask.file.clone().with_etag(Some(&format!("\"{}\"", ask.turn))).with_modified(None);
            let reply = Reply::ranged(&file, ask.request);
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("etag-of-every-answer-unheeded", Succeed, |ask| {
            let file = ask.file.clone().with_etag(Some(&format!("\"{}\"", ask.turn)));
            let reply = without_if_range(ask, &file);
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("etag-odd", Succeed, |ask| {
            let reply = ask.good().with("ETag", "not quoted at all; \"half");
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("date-odd", Succeed, |ask| {
            let reply = ask.good().without("ETag").with("Last-Modified", "yesterday, I think");
            if ask.turn == 0 { reply.cut(HALF) } else { reply }
        }),
        Fault::new("gone-after-the-cut", Fail(&["http", "connect", "verify"]), |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            _ => Reply::page("404 Not Found"),
        }),
        // A page with status 200 where the rest was asked for. Who asks again from the start gets the file.
        Fault::new("page-instead-of-the-rest", Succeed, |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            _ if ask.resumes() => Reply::page("200 OK"),
            _ => ask.good(),
        }),
        Fault::new("page-instead-of-the-rest-once", Either(ANY), |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            1 => Reply::page("200 OK"),
            _ => ask.good(),
        }),
        Fault::new("page-after-the-cut-always", Fail(ANY), |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            _ => Reply::page("200 OK"),
        }),
        Fault::new("page-as-a-part", Succeed, |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            _ if ask.resumes() => {
                let page = Reply::page("206 Partial Content").body;
                ask.good().with("Content-Type", "text/html").body(page)
            }
            _ => ask.good(),
        }),
    ]
}
