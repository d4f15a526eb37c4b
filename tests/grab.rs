//! Pages whose links are listed or downloaded, from the command line to the lines and the folder.

#[path = "support/program.rs"]
mod program;
mod support;

use flate2::Compression;
use flate2::write::GzEncoder;
use program::millrace;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};
use support::{Act, Server, head, whole};

const MODES: [&str; 4] = ["serial", "threads", "processes", "mixed"];

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect()
}

fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap_or_else(|| panic!("{field} is a string: {line}"))
}

/// A page that is served as HTML.
fn page(server: &Server, path: &str, html: impl AsRef<[u8]>) -> String {
    typed(server, path, "text/html; charset=utf-8", html.as_ref())
}

fn typed(server: &Server, path: &str, content_type: &str, body: &[u8]) -> String {
    server.on(path, vec![vec![Act::Send(whole(body, &format!("Content-Type: {content_type}\r\n")))]])
}

/// The URL of a port where nobody listens.
fn refused() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    format!("http://{}/", listener.local_addr().expect("an address"))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn passwords_in_what_was_named_are_not_told() {
    let server = Server::start();
    let gallery = page(&server, "/gallery", "<title>G</title><a href=/a.bin>a</a>");
    server.file("/a.bin", b"x");
    let folder = tempfile::tempdir().expect("a folder");
    let links = [gallery, server.link("/missing"), "ftp://host/".to_owned(), "http://host:no/".to_owned()];
    let links = links.map(|link| link.replacen("://", "://me:secret@", 1));
    let arguments = [&["grab", "--retries", "0"][..], &links.each_ref().map(String::as_str)].concat();
    for more in [&["--json"][..], &["-v"], &["-q"], &["--json", "--get", "-d", path(folder.path())]] {
        let output = millrace(&[&arguments[..], more].concat(), b"");
        assert_eq!(output.status.code(), Some(1), "{more:?}: {}", stderr(&output));
        let told = stdout(&output).join("\n") + &stderr(&output);
        assert!(told.contains("***@127.0.0.1") && !told.contains("secret"), "{more:?}: {told}");
    }
    assert_eq!(server.requests()[0]["authorization"], "Basic bWU6c2VjcmV0", "it is sent all the same");
}

/// The answer is whole by its length; what ends too early is what is packed in it.
#[test]
fn a_page_that_was_packed_and_cut_is_never_plainly_done() {
    let server = Server::start();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for n in 0..400_u32 {
        write!(packed, "<a href=/{:x}>x</a>", n.wrapping_mul(2_654_435_761)).expect("packed");
    }
    let packed = packed.finish().expect("packed");
    let head = "Content-Type: text/html\r\nContent-Encoding: gzip\r\n";
    let cut = |path, bytes: usize| server.on(path, vec![vec![Act::Send(whole(&packed[..bytes], head))]]);
    let links = [cut("/whole", packed.len()), cut("/half", packed.len() / 2), cut("/none", 12)];
    let output =
        millrace(&[&["grab", "--json", "--retries", "0"], &links.each_ref().map(|link| &**link)[..]].concat(), b"");
    let lines = json_lines(&output);
    let pages: Vec<&Value> = lines.iter().filter(|line| line["event"] == "page").collect();
    let states: Vec<&str> = pages.iter().map(|page| text(page, "state")).collect();
    assert_eq!(states, ["done", "done", "failed"], "{pages:?}");
    assert_eq!((&pages[0]["links"], &pages[0]["partial"]), (&400.into(), &false.into()));
    assert_eq!(pages[1]["partial"], true, "{}", pages[1]);
    assert_eq!(text(pages[2], "error_kind"), "verify");
}

#[test]
fn pages_of_every_kind_give_the_same_lines_in_every_mode() {
    let server = Server::start();
    let gallery = "<title>A &amp; B</title><base href=/pictures/><a href=one.jpg#top>1</a><a href=one.jpg>1</a>
        <img src=small.jpg srcset='small.jpg 1x, large.jpg 2x'><video src=//other.example/film.mp4></video>
        <a href='mailto:me@example.org'>me</a>";
    let russian = b"<title>\xed\xcf\xd3\xcb\xd7\xc1</title><a href='/\xd1.txt'>";
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"<title>Packed</title><a href=in.zip>").expect("packed");
    let packed = whole(&packed.finish().expect("packed"), "Content-Type: text/html\r\nContent-Encoding: gzip\r\n");
    page(&server, "/new/place/", "<a href=here.png>no title</a>");
    let good = [
        (page(&server, "/gallery", gallery), "A & B", 4),
        (typed(&server, "/russian", "text/html; charset=koi8-r", russian), "Москва", 1),
        (server.on("/packed", vec![vec![Act::Send(packed)]]), "Packed", 1),
        (server.on("/old", vec![vec![Act::Send(head("301 Moved Permanently", "Location: /new/place/\r\n"))]]), "", 1),
        (server.file("/untyped", b"<html><title>Untyped</title>"), "Untyped", 0),
        (page(&server, "/again", gallery), "A & B", 4),
    ];
    let bad = [
        (server.link("/missing"), "http", "404"),
        (refused(), "connect", "refused"),
        (typed(&server, "/a.jpg", "image/jpeg", b"\xff\xd8"), "unsupported", "image/jpeg; \"millrace get\" fetches it"),
        (typed(&server, "/b.txt", "text/plain", b"a < b"), "unsupported", "text/plain"),
        (server.file("/c.bin", b"PK\0\0<html>"), "unsupported", "not a page"),
        ("ftp://host/".to_owned(), "url", "not ftp"),
    ];
    let list: Vec<&str> = good.iter().map(|page| &*page.0).chain(bad.iter().map(|page| &*page.0)).collect();
    let mut first: Option<Vec<Value>> = None;
    for mode in MODES {
        let output =
            millrace(&["grab", "-i", "-", "--json", "--retries", "0", "--mode", mode], list.join("\n").as_bytes());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let mut lines = json_lines(&output);
        let end = lines.pop().expect("a last line");
        assert_eq!((&end["event"], &end["done"], &end["failed"]), (&"batch_finished".into(), &6.into(), &6.into()));
        let pages: Vec<&Value> = lines.iter().filter(|line| line["event"] == "page").collect();
        assert_eq!(pages.iter().map(|line| text(line, "url")).collect::<Vec<_>>(), list, "in the order given");
        for (line, (_, title, links)) in pages.iter().zip(&good) {
            assert_eq!((text(line, "state"), text(line, "title"), &line["links"]), ("done", *title, &(*links).into()));
            let ran_in = if mode == "mixed" { "threads" } else { mode };
            assert_eq!(text(line, "mode"), ran_in);
        }
        for (line, (_, kind, words)) in pages[good.len()..].iter().zip(&bad) {
            assert_eq!((text(line, "state"), text(line, "title")), ("failed", ""));
            assert_eq!(text(line, "error_kind"), *kind, "{line}");
            assert!(text(line, "error").contains(words), "{line}");
        }
        for line in &mut lines {
            let fields = line.as_object_mut().expect("an object");
            for field in ["mode", "lane", "wall_ms"] {
                fields.remove(field);
            }
        }
        match &first {
            Some(first) => assert_eq!(&lines, first, "{mode}"),
            None => first = Some(lines),
        }
    }
    let lines = first.expect("lines");
    let links: Vec<&Value> = lines.iter().filter(|line| line["event"] == "link").collect();
    let urls: Vec<&str> = links.iter().map(|line| text(line, "url")).collect();
    let expected = ["/pictures/one.jpg", "/pictures/small.jpg", "/pictures/large.jpg"].map(|path| server.link(path));
    assert_eq!(urls[..3], expected);
    assert_eq!(urls[3], "http://other.example/film.mp4");
    assert_eq!(urls[5..], ["/in.zip", "/new/place/here.png"].map(|path| server.link(path)));
    assert_eq!(urls.iter().collect::<BTreeSet<_>>().len(), urls.len(), "each once over all pages");
    let kinds: Vec<&str> = links.iter().map(|line| text(line, "kind")).collect();
    assert_eq!(kinds[..4], ["link", "picture", "picture", "media"]);
    assert!(links.iter().take(4).all(|line| text(line, "page") == good[0].0));
}

#[test]
fn a_listing_is_a_list_that_get_reads() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    server.file("/a%5B1-2%5D.txt", b"one");
    server.file("/b.txt", b"two");
    let url = page(&server, "/", "<title>Two\nfiles</title><a href='a[1-2].txt'><a href=b.txt><a href=c.pdf>");
    let output = millrace(&["grab", &url, &server.link("/missing"), "--match", "*.txt", "--retries", "0"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        [format!("# Two files - {url}"), server.link("/a%5B1-2%5D.txt"), server.link("/b.txt")]
    );
    assert!(stderr(&output).contains("404") && stderr(&output).contains("1 done, 1 failed"), "{}", stderr(&output));
    let got = millrace(&["get", "-i", "-", "-d", path(folder.path()), "-q"], &output.stdout);
    assert!(got.status.success(), "{}", stderr(&got));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
    assert_eq!((read("a[1-2].txt").as_deref(), read("b.txt").as_deref()), (Some("one"), Some("two")));
    let quiet = millrace(&["grab", &url, "-q", "--regex", "[.]pdf$"], b"");
    assert_eq!((stdout(&quiet), stderr(&quiet).as_str()), (vec![server.link("/c.pdf")], ""));
}

#[test]
fn what_is_found_is_downloaded_in_every_mode() {
    let server = Server::start();
    for name in ["a.txt", "b.txt", "c.txt"] {
        server.file(&format!("/{name}"), name.as_bytes());
    }
    let first = page(&server, "/1", "<title>1</title><a href=a.txt><a href=b.txt><a href=no.html>");
    let second = page(&server, "/2", "<title>2</title><a href=b.txt><a href=c.txt>");
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("out");
        let arguments =
            ["grab", &first, &second, "--match", "*.txt", "--get", "-d", path(&out), "--mode", mode, "--json"];
        let output = millrace(&arguments, b"");
        assert!(output.status.success(), "{mode}: {}", stderr(&output));
        let lines = json_lines(&output);
        let events: Vec<&str> = lines.iter().map(|line| text(line, "event")).collect();
        assert_eq!(events[..5], ["page", "link", "link", "page", "link"], "{mode}");
        assert_eq!(events[5..], ["job_finished", "job_finished", "job_finished", "batch_finished"], "{mode}");
        assert_eq!(lines[8]["done"], 5, "pages and files");
        let mut names: Vec<_> =
            fs::read_dir(&out).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        assert_eq!(names, ["a.txt", "b.txt", "c.txt"], "{mode}: and nothing else");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let broken = page(&server, "/3", "<a href=a.txt><a href=missing.txt>");
    let output = millrace(&["grab", &broken, "--get", "-d", path(folder.path()), "--retries", "0"], b"");
    assert_eq!(output.status.code(), Some(1), "a download that failed");
    assert!(stdout(&output).iter().any(|line| line.starts_with("done ") && line.ends_with("a.txt")), "{output:?}");
    let none = millrace(&["grab", &broken, "--get", "-d", path(folder.path()), "--match", "*.iso"], b"");
    assert!(none.status.success(), "nothing to download is no failure: {}", stderr(&none));
}

#[test]
fn a_huge_page_is_cut_and_a_short_one_cannot_grow() {
    let server = Server::start();
    let mut huge = b"<title>Huge</title><a href=first.jpg>".to_vec();
    huge.resize(16 << 20, b' ');
    huge.extend_from_slice(b"<a href=last.jpg>");
    let huge = page(&server, "/huge", huge);
    // A base of 60,000 bytes that each of 20,000 links repeats.
    let links: Vec<String> = (0..20_000).map(|n| format!("<a href={n}>")).collect();
    let grows = format!("<base href='/{}/'>{}", "x".repeat(60_000), links.concat());
    let grows = page(&server, "/grows", grows);
    for mode in ["threads", "processes"] {
        let output = millrace(&["grab", &huge, &grows, "--mode", mode, "--json"], b"");
        assert!(output.status.success(), "{mode}: {}", stderr(&output));
        let lines = json_lines(&output);
        assert_eq!((&lines[0]["links"], &lines[0]["partial"]), (&1.into(), &true.into()), "{mode}");
        assert_eq!(text(&lines[1], "url"), server.link("/first.jpg"));
        assert_eq!(lines[2]["partial"], true, "{mode}");
        assert!((100..200).contains(&lines[2]["links"].as_u64().expect("a number")), "{mode}: {}", lines[2]);
    }
}

#[test]
fn pages_wait_side_by_side_and_never_for_ever() {
    let server = Server::start();
    let wait = Duration::from_millis(400);
    for n in 1..=8 {
        let body = whole(format!("<title>{n}</title>").as_bytes(), "Content-Type: text/html\r\n");
        server.on(&format!("/{n}"), vec![vec![Act::Wait(wait), Act::Send(body)]]);
    }
    let started = Instant::now();
    let output = millrace(&["grab", &server.link("/[1-8]"), "--lanes", "8", "--per-host", "8", "-H", "x"], b"");
    assert_eq!(output.status.code(), Some(2), "there is no -H");
    let output = millrace(&["grab", &server.link("/[1-8]"), "--lanes", "8", "--per-host", "8"], b"");
    assert!(started.elapsed() < wait * 6, "{:?}", started.elapsed());
    assert_eq!(
        stdout(&output),
        (1..=8).map(|n| format!("# {n} - {}", server.link(&format!("/{n}")))).collect::<Vec<_>>()
    );
    let dead = server.on("/dead", vec![vec![Act::Wait(Duration::from_mins(1))]]);
    let output = millrace(&["grab", &dead, "--idle-timeout", "0.3", "--retries", "0", "--json"], b"");
    assert_eq!(json_lines(&output)[0]["error_kind"], "stalled");
    let body = whole(b"<title>At last</title>", "Content-Type: text/html\r\n");
    let busy = server.on("/busy", vec![vec![Act::Send(head("503 Busy", ""))], vec![Act::Send(body)]]);
    let output = millrace(&["grab", &busy, "--header", "X-Key: 7", "--json"], b"");
    let lines = json_lines(&output);
    assert_eq!((text(&lines[0], "title"), &lines[0]["attempts"]), ("At last", &2.into()));
    assert!(server.requests().iter().any(|headers| headers.get("x-key").is_some_and(|key| key == "7")));
}

#[test]
fn wrong_usage_is_named_and_nothing_is_asked() {
    let server = Server::start();
    let url = server.link("/");
    for (arguments, words) in [
        (&["--match", "*.[jpg"][..], "\"*.[jpg\" is not a pattern for --match"),
        (&["--regex", "(a"], "--regex cannot be used"),
        (&["--get"], "--dir"),
        (&["-d", "out"], "--get"),
        (&["--fit", "8x8"], "--get"),
        (&["http://h/[3-1]"], "runs backwards"),
        (&["-i", "/no/such/list"], "/no/such/list"),
        (&["--proxy", "sock5://me:secret@host:1080"], "--proxy sock5://***@host:1080 names no kind of proxy"),
        (&["--proxy", "ftp://host"], "it knows http, https, socks4, socks4a, socks5, socks5h"),
    ] {
        let output = millrace(&[&["grab", &url], arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
    }
    let output = millrace(&["grab"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nothing to grab"), "{}", stderr(&output));
    assert!(server.requests().is_empty());
}
