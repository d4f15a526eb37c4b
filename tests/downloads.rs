//! Downloads from servers that behave and from servers that do not: the right bytes, or a failure that says why and
//! leaves nothing behind.

mod support;

use millrace::model::{
    Assignment, AttemptId, Checksum, Download, ErrorKind, Failure, FetchOptions, Files, JobId, Output, RetryHint, Task,
};
use millrace::task::{self, Control, Net, Signal};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{Act, Server, head, whole};
use tempfile::TempDir;

struct Bench {
    folder: TempDir,
    server: Server,
    net: Net,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().expect("a folder"), server: Server::start(), net: Net::default() }
    }

    fn assignment(&self, url: &str, name: &str, options: FetchOptions) -> Assignment {
        let task = Task::Download(Download {
            url: url.to_owned(),
            name: None,
            checksum: None,
            mirrors: Vec::new(),
            size: None,
            existing: None,
            connections: 4,
            options: Arc::new(options),
        });
        let files = Files { input: None, output: self.folder.path().join(name) };
        Assignment { attempt: AttemptId { job: JobId(0), number: 1 }, task, files }
    }

    fn fetch(&self, url: &str) -> Result<(Output, Vec<u8>), Failure> {
        self.fetch_with(url, quick())
    }

    fn fetch_with(&self, url: &str, options: FetchOptions) -> Result<(Output, Vec<u8>), Failure> {
        let assignment = self.assignment(url, "result.part", options);
        let (result, _) = task::attempt(&assignment, &self.net, &Control::default(), &|_| ());
        let path: PathBuf = assignment.files.output;
        assert_eq!(result.is_ok(), path.exists(), "{url}: {result:?}");
        result.map(|output| {
            let bytes = fs::read(&path).expect("the output");
            fs::remove_file(&path).expect("removed");
            assert_eq!((output.bytes_in, output.bytes_out), (bytes.len() as u64, bytes.len() as u64));
            (output, bytes)
        })
    }
}

fn quick() -> FetchOptions {
    FetchOptions { connect_timeout_ms: 2000, idle_timeout_ms: 300, ..FetchOptions::default() }
}

fn body() -> Vec<u8> {
    (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn chunked(pieces: &[&[u8]], ends: bool) -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".to_vec();
    for piece in pieces {
        answer.extend(format!("{:x}\r\n", piece.len()).bytes());
        answer.extend(*piece);
        answer.extend(b"\r\n");
    }
    if ends {
        answer.extend(b"0\r\n\r\n");
    }
    answer
}

fn wait(ms: u64) -> Act {
    Act::Wait(Duration::from_millis(ms))
}

#[test]
fn good_answers_of_every_shape_give_the_right_bytes() {
    let bench = Bench::new();
    let body = body();
    let sent = whole(&body, "");
    let close_delimited = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &body].concat();
    let trickle: Vec<Act> = sent.chunks(40_000).flat_map(|piece| [Act::Send(piece.to_vec()), wait(30)]).collect();
    let redirect = |to: &str| vec![Act::Send(head("302 Found", &format!("Location: {to}\r\n")))];
    bench.server.file("/target", &body);
    for (name, script) in [
        ("whole", vec![Act::Send(sent.clone())]),
        ("chunked", vec![Act::Send(chunked(&[&body[..1], &body[1..200_000], &body[200_000..]], true))]),
        ("until it closes", vec![Act::Send(close_delimited)]),
        ("slow but steady", trickle),
        ("late", vec![wait(150), Act::Send(sent.clone())]),
        ("redirected", redirect("/target")),
        ("redirected elsewhere", redirect(&bench.server.link("/target"))),
        ("more than it said", vec![Act::Send([sent.clone(), b"extra".to_vec()].concat())]),
        ("said to be identity", vec![Act::Send(whole(&body, "Content-Encoding: identity\r\n"))]),
    ] {
        let link = bench.server.on(&format!("/{}", name.replace(' ', "-")), vec![script]);
        let (_, bytes) = bench.fetch(&link).unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert!(bytes == body, "{name}: other bytes");
    }
    let (_, empty) = bench.fetch(&bench.server.file("/empty", b"")).expect("an empty file is a file");
    assert!(empty.is_empty());
}

#[test]
fn bad_answers_are_failures_of_the_right_kind() {
    use ErrorKind::{Connect, Http, Stalled, Unsupported, Url, Verify};
    let bench = Bench::new();
    let body = body();
    let sent = whole(&body, "");
    let half = sent[..sent.len() / 2].to_vec();
    let status = |line: &str, headers: &str| vec![Act::Send(head(line, headers))];
    let raw = |text: &str| vec![Act::Send(text.as_bytes().to_vec())];
    let packed = whole(&body, "Content-Encoding: zstd\r\n");
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    /// Name, script, kinds that fit, words of the sentence, whether a retry can help.
    type Case<'a> = (&'a str, Vec<Act>, &'a [ErrorKind], &'a str, bool);
    let cases: Vec<Case> = vec![
        ("cut", vec![Act::Send(half.clone())], &[Connect, Verify], "broke after", true),
        ("reset", vec![Act::Send(half.clone()), wait(50), Act::Reset], &[Connect], "broke after", true),
        ("reset-first", vec![Act::Reset], &[Connect], "", true),
        ("no-answer", vec![], &[Connect], "", true),
        ("cut-chunks", vec![Act::Send(chunked(&[&body[..5000]], false))], &[Connect, Verify], "broke after", true),
        ("stall", vec![Act::Send(half), wait(20_000)], &[Stalled], "Nothing arrived for 0.3 s", true),
        ("stall-first", vec![wait(20_000)], &[Stalled], "did not answer within 0.3 s", true),
        ("missing", status("404 Not Found", ""), &[Http], "404 Not Found", false),
        ("forbidden", status("403 Forbidden", ""), &[Http], "403", false),
        ("login", status("401 Unauthorized", ""), &[Http], "a name and a password", false),
        ("gone", status("410 Gone", ""), &[Http], "410", false),
        ("broken", status("500 Internal Server Error", ""), &[Http], "500", true),
        ("busy", status("503 Service Unavailable", "Retry-After: 2\r\n"), &[Http], "503", true),
        ("busy-long", status("429 Too Many Requests", "Retry-After: 86400\r\n"), &[Http], "24 hours", false),
        ("nothing", status("204 No Content", ""), &[Http], "204", false),
        (
            "part",
            raw("HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/9\r\n\r\nx"),
            &[Http],
            "only a part",
            false,
        ),
        ("nowhere", status("302 Found", ""), &[Http], "without saying where", false),
        ("circle", status("302 Found", "Location: /circle\r\n"), &[Http], "more than 10 times", false),
        (
            "to-file",
            status("302 Found", "Location: file:///etc/passwd\r\n"),
            &[Url],
            "not an http or https link",
            false,
        ),
        ("to-ftp", status("302 Found", "Location: ftp://host/a\r\n"), &[Url], "not an http or https link", false),
        ("packed", vec![Act::Send(packed)], &[Unsupported], "packed as zstd", false),
        (
            "lengths",
            raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
            &[Http],
            "not proper HTTP",
            false,
        ),
        ("negative", raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), &[Http], "not proper HTTP", false),
        ("no-http", raw("SSH-2.0-OpenSSH_9.2\r\n"), &[Http, Connect], "", false),
        ("garbage", raw("\u{1}\u{2}\u{3}\r\n\r\n"), &[Http, Connect], "", false),
        ("huge-head", raw(&huge), &[Http, Connect], "", false),
        (
            "bad-chunk",
            raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"),
            &[Connect, Http],
            "",
            true,
        ),
    ];
    std::thread::scope(|scope| {
        for (name, script, kinds, words, can_help) in cases {
            let link = bench.server.on(&format!("/{name}"), vec![script]);
            let (bench, assignment) = (&bench, bench.assignment(&link, &format!("{name}.part"), quick()));
            scope.spawn(move || {
                let started = Instant::now();
                let (result, _) = task::attempt(&assignment, &bench.net, &Control::default(), &|_| ());
                let failure = result.expect_err(name);
                assert!(kinds.contains(&failure.kind) && failure.sentence.contains(words), "{name}: {failure:?}");
                assert_eq!(failure.retry != RetryHint::Never, can_help, "{name}: {failure:?}");
                assert!(!assignment.files.output.exists(), "{name} leaves something behind");
                assert!(started.elapsed() < Duration::from_secs(15), "{name} takes too long");
            });
        }
    });
}

#[test]
fn a_name_that_does_not_resolve_and_a_port_where_nobody_listens() {
    let bench = Bench::new();
    let failure = bench.fetch("http://nosuch.invalid/a.jpg").expect_err("no such host");
    assert!(failure.kind == ErrorKind::Dns && failure.sentence.contains("nosuch.invalid"), "{failure:?}");
    let port =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
    let failure = bench.fetch(&format!("http://127.0.0.1:{port}/a.jpg")).expect_err("refused");
    assert!(failure.kind == ErrorKind::Connect && failure.sentence.contains("refused"), "{failure:?}");
    let failure = bench.fetch(&bench.server.file("/a", b"x").replace("http://", "https://")).expect_err("no TLS there");
    assert_eq!(failure.kind, ErrorKind::Tls, "{failure:?}");
}

#[test]
fn names_come_from_the_server_or_the_link_and_stay_in_their_folder() {
    let bench = Bench::new();
    let mut number = 0;
    let mut name_of = |path: &str, headers: &str| {
        number += 1;
        let link = bench.server.on(&format!("/{number}{path}"), vec![vec![Act::Send(whole(b"x", headers))]]);
        bench.fetch(&link).expect("fetched").0.name
    };
    let disposition = |value: &str| format!("Content-Disposition: {value}\r\n");
    assert_eq!(name_of("/dir/photo%20one.jpg?size=3", ""), "photo one.jpg");
    assert_eq!(name_of("/view.php", &disposition("attachment; filename=\"a b.jpg\"")), "a b.jpg");
    assert_eq!(name_of("/x", &disposition("attachment; filename=plain.jpg")), "plain.jpg");
    assert_eq!(
        name_of("/x", &disposition("attachment; filename=\"old.jpg\"; filename*=UTF-8''n%C3%A4h.jpg")),
        "näh.jpg"
    );
    assert_eq!(name_of("/x", &disposition("attachment; filename=\"../../etc/passwd\"")), "passwd");
    assert_eq!(name_of("/x", &disposition("attachment; filename=\"..\\\\..\\\\evil.exe\"")), "evil.exe");
    assert_eq!(name_of("/x", &disposition("attachment; filename=\"CON.jpg\"")), "_CON.jpg");
    assert_eq!(name_of("/x.jpg", &disposition("attachment; filename=\"\"")), "x.jpg");
    assert_eq!(name_of("/x", "Content-Type: image/png\r\n"), "x.png");
    assert_eq!(name_of("/", "Content-Type: text/html; charset=utf-8\r\n"), "1.html".replace('1', &number.to_string()));
}

#[test]
fn requests_are_courteous_and_secrets_stay_with_their_server() {
    let bench = Bench::new();
    let elsewhere = Server::start();
    let target = elsewhere.file("/target", b"x");
    let link = bench.server.on("/from", vec![vec![Act::Send(head("302 Found", &format!("Location: {target}\r\n")))]]);
    let with_credentials = link.replace("http://", "http://me:secret@");
    let headers = vec![("X-Key".to_owned(), "secret".to_owned())];
    bench.fetch_with(&with_credentials, FetchOptions { headers, ..quick() }).expect("fetched");
    let first = &bench.server.requests()[0];
    assert!(first["user-agent"].starts_with("Millrace/"));
    assert_eq!(first["accept-encoding"], "identity");
    assert_eq!(first["x-key"], "secret");
    assert!(first["authorization"].starts_with("Basic "));
    let second = &elsewhere.requests()[0];
    assert!(!second.contains_key("x-key") && !second.contains_key("authorization"), "{second:?}");
    let missing = bench.server.link("/missing").replace("http://", "http://me:secret@");
    assert!(!format!("{:?}", bench.fetch(&missing)).contains("secret"), "no sentence tells a password");
}

#[test]
fn a_cancel_ends_a_stalled_socket_and_a_pause_is_no_stall() {
    let bench = Bench::new();
    let stalled = bench.server.on("/stalled", vec![vec![wait(20_000)]]);
    let patient = FetchOptions { idle_timeout_ms: 20_000, ..FetchOptions::default() };
    let assignment = bench.assignment(&stalled, "stalled.part", patient);
    let control = Control::default();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| task::attempt(&assignment, &bench.net, &control, &|_| ()).0);
        std::thread::sleep(Duration::from_millis(200));
        let cancelled = Instant::now();
        control.set(Signal::Cancel);
        assert_eq!(running.join().expect("no panic"), Err(Failure::cancelled()));
        assert!(cancelled.elapsed() < Duration::from_secs(1), "it took {:?}", cancelled.elapsed());
    });

    let body = body();
    let pieces: Vec<Act> =
        whole(&body, "").chunks(30_000).flat_map(|piece| [Act::Send(piece.to_vec()), wait(40)]).collect();
    let assignment = bench.assignment(&bench.server.on("/paused", vec![pieces]), "paused.part", quick());
    let control = Control::default();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| task::attempt(&assignment, &bench.net, &control, &|_| ()).0);
        std::thread::sleep(Duration::from_millis(150));
        control.set(Signal::Pause);
        std::thread::sleep(Duration::from_millis(700));
        assert!(!running.is_finished(), "paused for longer than the idle time-out");
        control.set(Signal::Run);
        running.join().expect("no panic").expect("it goes on");
    });
    assert!(fs::read(&assignment.files.output).expect("the output") == body);
}

#[test]
fn a_minimum_speed_ends_a_trickle() {
    let bench = Bench::new();
    let trickle: Vec<Act> =
        whole(&body(), "").chunks(1000).flat_map(|piece| [Act::Send(piece.to_vec()), wait(50)]).collect();
    let link = bench.server.on("/trickle", vec![trickle]);
    let failure = bench.fetch_with(&link, FetchOptions { min_bytes_per_s: 500_000, ..quick() }).expect_err("too slow");
    assert!(failure.kind == ErrorKind::Stalled && failure.sentence.contains("slower than"), "{failure:?}");
}

/// A source that fell silent, or is too slow, is left for the next one, and not dropped before that one brings something.
#[test]
fn a_source_that_does_not_get_on_is_left_for_a_mirror() {
    let bench = Bench::new();
    let mirrors = Server::start();
    let body = body();
    let sent = whole(&body, "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n");
    let half = sent.len() - body.len() + body.len() / 2;
    let stalls = vec![Act::Send(sent[..half].to_vec()), wait(20_000)];
    let trickles: Vec<Act> = sent.chunks(5000).flat_map(|piece| [Act::Send(piece.to_vec()), wait(50)]).collect();
    let options = |min_bytes_per_s| FetchOptions { min_bytes_per_s, segments: Some(1), ..quick() };
    let fetch = |name: &str, first: Vec<Vec<Act>>, mirror: Vec<Vec<Act>>, min_bytes_per_s| {
        let link = bench.server.on(&format!("/{name}"), first);
        let mut assignment = bench.assignment(&link, &format!("{name}.part"), options(min_bytes_per_s));
        let Task::Download(download) = &mut assignment.task else { unreachable!("a download") };
        download.mirrors = vec![mirrors.on(&format!("/{name}"), mirror)];
        assignment
    };
    let run = |assignment: &Assignment| task::attempt(assignment, &bench.net, &Control::default(), &|_| ()).0;

    for (name, first, speed) in [("stalls", stalls.clone(), 0), ("trickles", trickles.clone(), 500_000)] {
        let assignment = fetch(name, vec![first], vec![vec![Act::Send(whole(&body, ""))]], speed);
        run(&assignment).expect(name);
        assert!(fs::read(&assignment.files.output).expect("the output") == body, "{name}");
    }
    let both = fetch("both", vec![trickles.clone()], vec![trickles], 500_000);
    let failure = run(&both).expect_err("too slow");
    assert!(failure.kind == ErrorKind::Stalled && failure.there == 0, "{failure:?}");

    let from = body.len() / 2 - 4096;
    let rest = format!("ETag: \"v1\"\r\nContent-Range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
    let rest = String::from_utf8_lossy(&whole(&[], &rest))
        .replace("200 OK", "206 Partial Content")
        .replace("Content-Length: 0", &format!("Content-Length: {}", body.len() - from))
        .into_bytes();
    let goes_on = vec![Act::Send([&rest, &body[from..]].concat())];
    let silent = vec![Act::Send(sent[..sent.len() - body.len()].to_vec()), wait(20_000)];
    let mut assignment = fetch("silent", vec![stalls, goes_on], vec![silent], 0);
    let Task::Download(download) = &mut assignment.task else { unreachable!("a download") };
    download.options = Arc::new(FetchOptions { idle_timeout_ms: 1500, ..options(0) });
    let failure = run(&assignment).expect_err("neither gets on");
    assert!(failure.kind == ErrorKind::Stalled && failure.there > 0, "{failure:?}");
    run(&assignment).expect("it goes on from what the first brought");
    assert!(fs::read(&assignment.files.output).expect("the output") == body);
}

/// The beginning of an answer that is gone on with, and then nothing.
fn stalls_after(body: &[u8], bytes: usize) -> Vec<Act> {
    let sent = whole(body, "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n");
    vec![Act::Send(sent[..sent.len() - body.len() + bytes].to_vec()), wait(20_000)]
}

/// The rest of a file, as asked for after so many bytes of it.
fn rest_after(body: &[u8], bytes: usize) -> Vec<Act> {
    let (from, total) = (bytes - 4096, body.len());
    let length = total - from;
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\nConnection: close\r\nETag: \"v1\"\r\n\
        Content-Range: bytes {from}-{}/{total}\r\n\r\n",
        total - 1
    );
    vec![Act::Send([head.as_bytes(), &body[from..]].concat())]
}

#[test]
fn two_sources_that_fall_silent_again_and_again_come_to_an_end() {
    let body = body();
    let missing = vec![Act::Send(head("404 Not Found", ""))];
    // What the mirror says to whoever wants to go on: nothing, all of it, and that there is no such thing.
    for ranges in [vec![wait(20_000)], stalls_after(&body, 50_000), missing] {
        let bench = Bench::new();
        let mirrors = Server::start();
        let link = bench.server.on("/a", vec![stalls_after(&body, 100_000)]);
        let mirror = mirrors.on("/a", vec![stalls_after(&body, 50_000)]);
        bench.server.on_ranges("/a", vec![vec![wait(20_000)]]);
        mirrors.on_ranges("/a", vec![ranges]);
        let mut assignment = bench.assignment(&link, "a.part", FetchOptions { segments: Some(1), ..quick() });
        let Task::Download(download) = &mut assignment.task else { unreachable!("a download") };
        download.mirrors = vec![mirror];
        let (mut most, mut further) = (0, 0);
        for _ in 0..8 {
            let (result, _) = task::attempt(&assignment, &bench.net, &Control::default(), &|_| ());
            let there = result.expect_err("neither gets on").there;
            (most, further) = (there.max(most), further + u32::from(there > most));
        }
        assert!(further <= 2, "{further} of 8 attempts got further");
        assert!(bench.server.requests().len() <= 2, "what was left is not gone back to");
    }
}

#[test]
fn an_attempt_in_which_a_mirror_was_too_slow_counts() {
    let bench = Bench::new();
    let sent = whole(&body(), "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n");
    let trickles: Vec<Act> = sent.chunks(5000).flat_map(|piece| [Act::Send(piece.to_vec()), wait(50)]).collect();
    let link = bench.server.on("/broken", vec![vec![Act::Send(head("500 Internal Server Error", ""))]]);
    let mirrors = vec![bench.server.on("/trickles", vec![trickles]), bench.server.link("/missing")];
    let options = FetchOptions { min_bytes_per_s: 500_000, segments: Some(1), ..quick() };
    let mut assignment = bench.assignment(&link, "a.part", options);
    let Task::Download(download) = &mut assignment.task else { unreachable!("a download") };
    download.mirrors = mirrors;
    let failure = task::attempt(&assignment, &bench.net, &Control::default(), &|_| ()).0.expect_err("none gets on");
    assert!(failure.sentence.contains("slower than") && failure.there == 0, "{failure:?}");
    assert!(assignment.files.output.exists(), "what came is gone on with all the same");
}

#[test]
fn what_is_nearly_there_is_not_dropped_for_one_silence() {
    let bench = Bench::new();
    let mirrors = Server::start();
    let body = body();
    let most = 299_000;
    let nearly = |name: &str, ranges: Vec<Act>| {
        let link = bench.server.on(name, vec![stalls_after(&body, most)]);
        bench.server.on_ranges(name, vec![ranges]);
        let options = FetchOptions { segments: Some(1), idle_timeout_ms: 1000, ..quick() };
        let mut assignment = bench.assignment(&link, &format!("{}.part", &name[1..]), options);
        let Task::Download(download) = &mut assignment.task else { unreachable!("a download") };
        download.mirrors = vec![mirrors.file(name, &body)];
        assignment
    };
    for (name, ranges, asked) in [("/goes-on", rest_after(&body, most), 0), ("/silent", vec![wait(20_000)], 1)] {
        let assignment = nearly(name, ranges);
        let run = || task::attempt(&assignment, &bench.net, &Control::default(), &|_| ()).0;
        let failure = run().expect_err("it fell silent");
        assert!(failure.kind == ErrorKind::Stalled && failure.there > 0, "{name}: {failure:?}");
        assert_eq!(mirrors.requests().len(), 0, "{name}: less is missing than would be dropped");
        run().expect(name);
        assert_eq!(mirrors.requests().len(), asked, "{name}");
        assert!(fs::read(&assignment.files.output).expect("the output") == body, "{name}");
    }
}

#[test]
fn a_part_that_is_cut_meanwhile_is_no_wrong_checksum() {
    let bench = Bench::new();
    let body = body();
    let checksum = checksum_of(&body);
    let without_end = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &body].concat();
    let with_version = whole(&body, "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n");
    for (name, sent) in [("plain", without_end), ("journal", with_version)] {
        let (begin, rest) = sent.split_at(150_000);
        let cut = vec![Act::Send(begin.to_vec()), wait(1000), Act::Send(rest.to_vec())];
        let link = bench.server.on(&format!("/{name}"), vec![cut, vec![Act::Send(sent.clone())]]);
        let options = FetchOptions { idle_timeout_ms: 5000, segments: Some(1), ..quick() };
        let mut assignment = bench.assignment(&link, &format!("{name}.part"), options);
        let Task::Download(download) = &mut assignment.task else { unreachable!("a download") };
        download.checksum = Some(checksum.clone());
        let run = || task::attempt(&assignment, &bench.net, &Control::default(), &|_| ()).0;
        let failure = std::thread::scope(|scope| {
            let running = scope.spawn(run);
            std::thread::sleep(Duration::from_millis(500));
            fs::File::options().write(true).open(&assignment.files.output).expect("a part").set_len(10).expect("cut");
            running.join().expect("no panic").expect_err("bytes are gone")
        });
        assert!(failure.kind == ErrorKind::Io && failure.retry != RetryHint::Never, "{name}: {failure:?}");
        run().expect("fetched anew");
        assert!(fs::read(&assignment.files.output).expect("the output") == body, "{name}");
    }
}

/// As a list gives it.
fn checksum_of(bytes: &[u8]) -> Checksum {
    use sha2::Digest;
    let hex = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(bytes));
    format!("sha256={hex}").parse().expect("a checksum")
}

/// What a connection brings that ends too early says little about its server.
#[test]
fn a_resume_compares_no_fewer_bytes_than_a_server_can_send() {
    let bench = Bench::new();
    let body = body();
    let total = body.len();
    let part = |from: usize, bytes: usize, promised: usize| {
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {promised}\r\nConnection: close\r\nETag: \"v1\"\r\n\
            Content-Range: bytes {from}-{}/{total}\r\n\r\n",
            from + promised - 1
        );
        Act::Send([head.as_bytes(), &body[from..from + bytes]].concat())
    };
    let there = 299_900;
    let lost = |from: usize| vec![part(from, 8, total - from), wait(50), Act::Reset];
    let rest = |from: usize| vec![part(from, total - from, total - from)];
    let few = |from: usize| vec![part(from, 40.min(total - from), 40.min(total - from))];
    for (name, ranges, starts) in [
        ("lost", vec![lost(there - 4096), rest(there - 64)], vec![4096, 64]),
        (
            "few",
            [there - 4096, there - 64, there - 10, there + 20, there + 50, there + 80].map(few).to_vec(),
            vec![4096, 64, 10, -20, -50, -80],
        ),
    ] {
        let path = format!("/{name}");
        let mut begins = stalls_after(&body, there);
        begins.truncate(1);
        let link = bench.server.on(&path, vec![begins]);
        bench.server.on_ranges(&path, ranges);
        let options = FetchOptions { segments: Some(1), idle_timeout_ms: 2000, ..quick() };
        let assignment = bench.assignment(&link, &format!("{name}.part"), options);
        let run = || task::attempt(&assignment, &bench.net, &Control::default(), &|_| ()).0;
        run().expect_err("it is cut");
        let before = bench.server.requests().len();
        run().expect(name);
        assert!(fs::read(&assignment.files.output).expect("the output") == body, "{name}");
        let asked: Vec<String> = bench.server.requests()[before..].iter().map(|of| of["range"].clone()).collect();
        let expected: Vec<String> =
            starts.iter().map(|back| format!("bytes={}-{}", there as i64 - back, total - 1)).collect();
        assert_eq!(asked, expected, "{name}");
    }
}

#[test]
fn progress_ends_at_the_whole_length() {
    let bench = Bench::new();
    let body = body();
    let assignment = bench.assignment(&bench.server.file("/a", &body), "a.part", quick());
    let last = std::sync::Mutex::new(None);
    let (result, timing) = task::attempt(&assignment, &bench.net, &Control::default(), &|progress| {
        let mut last = last.lock().expect("a lock");
        assert!(last.is_none_or(|last: millrace::model::Progress| last.done <= progress.done), "it never goes back");
        *last = Some(progress);
    });
    result.expect("fetched");
    let last = last.into_inner().expect("a lock").expect("some progress");
    assert_eq!((last.done, last.total), (body.len() as u64, Some(body.len() as u64)));
    assert!(timing.cpu_us <= timing.wall_us);
}

#[test]
fn waiting_for_an_answer_is_no_slowness() {
    let bench = Bench::new();
    let body = body();
    // Each hop answers within the idle time-out; together they take longer than it.
    let hop = |to: &str| vec![wait(800), Act::Send(head("302 Found", &format!("Location: {to}\r\n")))];
    bench.server.file("/target", &body);
    bench.server.on("/second", vec![hop("/target")]);
    let link = bench.server.on("/first", vec![hop("/second")]);
    let options = FetchOptions { min_bytes_per_s: 5_000_000, idle_timeout_ms: 1500, ..quick() };
    let (_, bytes) = bench.fetch_with(&link, options).expect("the body itself is fast");
    assert!(bytes == body);
}

#[test]
fn a_dead_proxy_is_named_and_not_the_server() {
    let bench = Bench::new();
    let port =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port();
    for (proxy, kind, named) in [
        (format!("http://me:secret@127.0.0.1:{port}"), ErrorKind::Connect, format!("127.0.0.1:{port}")),
        (format!("me:secret@127.0.0.1:{port}"), ErrorKind::Connect, format!("127.0.0.1:{port}")),
        ("http://nosuch.invalid:8080".to_owned(), ErrorKind::Dns, "nosuch.invalid".to_owned()),
    ] {
        let options = FetchOptions { proxy: Some(proxy), ..quick() };
        let failure = bench.fetch_with("http://example.org/a.jpg", options).expect_err("no such proxy");
        assert_eq!(failure.kind, kind, "{failure:?}");
        assert!(failure.sentence.contains("proxy") && failure.sentence.contains(&named), "{failure:?}");
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }
}

#[test]
fn sixteen_lanes_share_one_net() {
    let bench = Bench::new();
    let bodies: Vec<Vec<u8>> = (0..64_u8).map(|n| body().into_iter().map(|byte| byte ^ n).collect()).collect();
    let assignments: Vec<Assignment> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| {
            let link = bench.server.file(&format!("/{n}"), body);
            bench.assignment(&link, &format!("{n}.part"), FetchOptions::default())
        })
        .collect();
    std::thread::scope(|scope| {
        for lane in assignments.chunks(4) {
            let net = &bench.net;
            scope.spawn(move || {
                for assignment in lane {
                    task::attempt(assignment, net, &Control::default(), &|_| ()).0.expect("fetched");
                }
            });
        }
    });
    for (assignment, body) in assignments.iter().zip(&bodies) {
        assert!(fs::read(&assignment.files.output).expect("the output") == *body, "one lane's bytes in another's file");
    }
}

#[test]
fn an_output_that_exists_is_not_written_into() {
    let bench = Bench::new();
    let taken = bench.folder.path().join("elsewhere.part");
    fs::write(&taken, "theirs").expect("written");
    let link = bench.server.file("/a", b"ours");
    let linked = bench.assignment(&link, "linked.part", quick());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&taken, &linked.files.output).expect("a link");
        let failure = task::attempt(&linked, &bench.net, &Control::default(), &|_| ()).0.expect_err("taken");
        assert_eq!(failure.kind, ErrorKind::Io, "{failure:?}");
    }
    let nowhere = bench.assignment(&link, "missing/a.part", quick());
    let failure = task::attempt(&nowhere, &bench.net, &Control::default(), &|_| ()).0.expect_err("no folder");
    assert!(failure.sentence.contains(&link) && failure.sentence.contains("missing"), "{failure:?}");
    assert_eq!(fs::read(&taken).expect("still there"), b"theirs");
}
