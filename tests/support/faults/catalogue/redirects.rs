//! Redirects: everywhere and nowhere. The file lies at `/target` behind the name of the run.

use super::super::Must::{Either, Fail, Succeed};
use super::super::reply::{Happening, Place, Reply};
use super::super::{Ask, Fault, HALF};
use super::{ANY, HTTP};

const LINK: &[&str] = &["url"];
/// A port of the loopback address where nobody listens.
const NOBODY: &str = "http://127.0.0.1:1/file.bin";

/// The file at `/target`, and a redirect by the closure at all other paths.
fn leading(
    name: impl Into<String>,
    must: super::Must,
    redirect: impl Fn(&Ask<'_>) -> Reply + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, must, move |ask| if ask.rest.starts_with("/target") { ask.good() } else { redirect(ask) })
}

fn to_target(ask: &Ask<'_>) -> Reply {
    Reply::redirect(&format!("{}/target", ask.base))
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        ("301", "301 Moved Permanently"),
        ("302", "302 Found"),
        ("303", "303 See Other"),
        ("307", "307 Temporary Redirect"),
        ("308", "308 Permanent Redirect"),
    ]
    .into_iter()
    .map(|(number, status)| {
        leading(format!("redirect-{number}"), Succeed, move |ask| {
            Reply::status(status).header("Location", format!("{}/target", ask.base))
        })
    })
    .collect();
    faults.extend(shapes());
    faults.extend(dead_ends());
    faults.extend(resumes());
    faults
}

fn shapes() -> Vec<Fault> {
    let to = |name: &str, must, location: fn(&Ask<'_>) -> String| {
        leading(name, must, move |ask| Reply::redirect(&location(ask)))
    };
    vec![
        to("redirect-relative", Succeed, |_| "target".to_owned()),
        to("redirect-dots", Succeed, |_| "./x/y/../../z/../target".to_owned()),
        to("redirect-too-many-dots", Succeed, |ask| format!("../../../../../../..{}/target", ask.base)),
        to("redirect-absolute", Succeed, |ask| format!("http://127.0.0.1:{}{}/target", ask.port, ask.base)),
        to("redirect-upper-case", Succeed, |ask| format!("HTTP://127.0.0.1:{}{}/target", ask.port, ask.base)),
        to("redirect-no-scheme", Succeed, |ask| format!("//127.0.0.1:{}{}/target", ask.port, ask.base)),
        to("redirect-other-port", Succeed, |ask| format!("http://127.0.0.1:{}{}/target", ask.other_port, ask.base)),
        to("redirect-fragment", Succeed, |_| "target#page=3".to_owned()),
        to("redirect-query", Succeed, |_| "target?a=1&b=%20".to_owned()),
        to("redirect-blanks-around", Succeed, |_| "  target  ".to_owned()),
        to("redirect-blank-inside", Either(ANY), |_| "target one".to_owned()),
        to("redirect-credentials", Succeed, |ask| format!("http://me:pw@127.0.0.1:{}{}/target", ask.port, ask.base)),
        to("redirect-backslashes", Either(ANY), |ask| {
            format!("\\\\127.0.0.1:{}\\{}\\target", ask.port, &ask.base[1..])
        }),
        leading("redirect-bytes", Either(ANY), |_| Reply::status("302 Found").header("Location", b"target\xe4\xff")),
        leading("redirect-with-a-page", Succeed, |ask| to_target(ask).body("x".repeat(100_000))),
        leading("redirect-with-an-endless-page", Succeed, |ask| to_target(ask).length("1000000").body("x").hold(1)),
        leading("redirect-with-a-cut-page", Succeed, |ask| to_target(ask).length("1000").body("x").cut(1)),
        leading("redirect-two-locations", Either(ANY), |ask| to_target(ask).header("Location", NOBODY)),
        leading("redirect-300", Either(HTTP), |ask| to_target(ask).line("HTTP/1.1 300 Multiple Choices")),
        leading("redirect-200", Fail(ANY), |ask| to_target(ask).line("HTTP/1.1 201 Created")),
        leading("redirect-chain-of-9", Succeed, |ask| chain(ask, 9)),
        leading("redirect-chain-of-11", Fail(HTTP), |ask| chain(ask, 11)),
        leading("redirect-slow-hops", Succeed, |ask| chain(ask, 5).late(400)),
        leading("redirect-stalls-once", Succeed, |ask| {
            if ask.turn == 0 { to_target(ask).at(Place::Head(0), Happening::Hold) } else { to_target(ask) }
        }),
        Fault::new("redirect-target-stalls-once", Succeed, |ask| match (ask.rest, ask.turn_here) {
            ("/target", 0) => ask.good().hold(HALF),
            ("/target", _) => ask.good(),
            _ => to_target(ask),
        }),
    ]
}

/// `/1`, `/2` and so on, then the target.
fn chain(ask: &Ask<'_>, hops: usize) -> Reply {
    let hop = ask.rest.trim_start_matches('/').parse().unwrap_or(0) + 1;
    if hop >= hops { to_target(ask) } else { Reply::redirect(&format!("{}/{hop}", ask.base)) }
}

fn dead_ends() -> Vec<Fault> {
    let to = |name: &str, must, location: &'static str| leading(name, must, move |_| Reply::redirect(location));
    vec![
        to("redirect-ftp", Fail(LINK), "ftp://127.0.0.1/file.bin"),
        to("redirect-file", Fail(LINK), "file:///etc/passwd"),
        to("redirect-file-relative", Fail(LINK), "file:target"),
        to("redirect-data", Fail(LINK), "data:application/octet-stream;base64,AAAA"),
        to("redirect-javascript", Fail(LINK), "javascript:alert(1)"),
        to("redirect-blob", Fail(LINK), "blob:http://127.0.0.1/x"),
        to("redirect-no-host", Fail(ANY), "http://"),
        to("redirect-bad-port", Fail(LINK), "http://127.0.0.1:99999/file.bin"),
        to("redirect-port-0", Fail(&["connect", "url"]), "http://127.0.0.1:0/file.bin"),
        to("redirect-bad-address", Fail(&["url", "dns"]), "http://[::1/file.bin"),
        to("redirect-refused", Fail(&["connect"]), NOBODY),
        to("redirect-no-such-name", Fail(&["dns"]), "http://nosuch.invalid/file.bin"),
        to("redirect-to-itself", Fail(HTTP), "file.bin"),
        to("redirect-nowhere", Fail(&["http", "url"]), ""),
        leading("redirect-no-location", Fail(HTTP), |_| Reply::status("302 Found")),
        leading("redirect-no-location-but-a-page", Fail(HTTP), |_| Reply::page("301 Moved Permanently")),
        leading("redirect-loop", Fail(HTTP), |ask| {
            Reply::redirect(if ask.rest == "/file.bin" { "other.bin" } else { "file.bin" })
        }),
        leading("redirect-growing", Fail(HTTP), |ask| Reply::redirect(&format!("{}{}x", ask.base, ask.rest))),
        leading("redirect-to-encryption", Fail(&["tls"]), |ask| {
            Reply::redirect(&format!("https://127.0.0.1:{}{}/target", ask.port, ask.base))
        }),
        leading("redirect-to-a-missing-file", Fail(HTTP), |_| Reply::redirect("/no-such-fault/file.bin")),
        leading("redirect-endless-location", Fail(ANY), |_| {
            Reply::redirect(&format!("http://127.0.0.1:1/{}", "x".repeat(3_000_000)))
        }),
    ]
}

/// Links that lead to another place when the rest is asked for.
fn resumes() -> Vec<Fault> {
    vec![
        leading("redirect-of-the-rest", Succeed, |ask| match ask.turn {
            0 => ask.good().cut(HALF),
            _ => to_target(ask),
        }),
        Fault::new("redirect-of-the-rest-to-another-file", Succeed, |ask| match ask.rest {
            "/target" => Reply::ranged(&ask.file.changed(), ask.request),
            _ if ask.turn == 0 => ask.good().cut(HALF),
            _ => to_target(ask),
        })
        .right(super::super::truth::File::changed),
        // The address behind the redirect is good for one request. The link itself must be asked again.
        Fault::new("redirect-signed-once", Succeed, |ask| {
            if !ask.rest.starts_with("/target") {
                return Reply::redirect(&format!("target?signed={}", ask.turn));
            }
            match ask.turn_here {
                0 if ask.turn < 2 => ask.good().cut(HALF),
                0 => ask.good(),
                _ => Reply::page("403 Forbidden"),
            }
        }),
        Fault::new("redirect-signed-and-in-pieces", Succeed, |ask| {
            if !ask.rest.starts_with("/target") {
                return Reply::redirect(&format!("target?signed={}", ask.turn));
            }
            if ask.turn_here == 0 { ask.good().cut(250_000) } else { Reply::page("403 Forbidden") }
        })
        .len(700_000),
        // Two mirrors with the same file, each with its own validators.
        Fault::new("redirect-to-mirrors", Succeed, |ask| {
            let Some(mirror) = ask.rest.strip_prefix("/target") else {
                return Reply::redirect(&format!("target{}", ask.turn));
            };
            let file = ask.file.clone().with_etag(Some(&format!("\"{mirror}\""))).with_modified(None);
            let reply = Reply::ranged(&file, ask.request);
            if mirror == "0" { reply.cut(HALF) } else { reply }
        }),
    ]
}
