//! The link grabber: pages read in parallel, their links told once each, one page's failure one failed row.

mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use support::{Act, Server, whole};

fn millrace(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millrace"))
        .current_dir(folder)
        .args(arguments)
        .env("MILLRACE_STATE", folder.join("state"))
        .env("NETRC", folder.join("none"))
        .output()
        .expect("started")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("JSON: {line}"))).collect()
}

fn page(server: &Server, path: &str, html: &str) -> String {
    server.on(path, vec![vec![Act::Send(whole(html.as_bytes(), "Content-Type: text/html; charset=utf-8\r\n"))]])
}

fn told<'a>(lines: &'a [Value], event: &str, field: &str) -> BTreeSet<&'a str> {
    lines.iter().filter(|line| line["event"] == event).map(|line| line[field].as_str().expect("text")).collect()
}

#[test]
fn pages_are_read_in_every_mode_and_links_told_once() {
    for mode in ["serial", "threads", "processes", "mixed"] {
        let server = Server::start();
        let folder = tempfile::tempdir().expect("a folder");
        let picture =
            server.on("/pictures/a.jpg", vec![vec![Act::Send(whole(b"picture", "Content-Type: image/jpeg\r\n"))]]);
        let one = page(
            &server,
            "/one.html",
            "<title> Ö\n one </title><base href='/pictures/'><img src=a.jpg srcset='b.png 2x'><a href='../two.html#x'>2</a>",
        );
        let two = page(
            &server,
            "/two.html",
            "<title>Two</title><a href='/pictures/a.jpg'>again</a><a href='mailto:x@y'>no</a>",
        );
        let gone = server
            .on("/gone.html", vec![vec![Act::Send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec())]]);
        let output = millrace(folder.path(), &["grab", &one, &two, &gone, &picture, "--mode", mode, "--json"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let lines = lines(&output);
        let root = one.trim_end_matches("/one.html");
        let expected = [format!("{root}/pictures/a.jpg"), format!("{root}/pictures/b.png"), two.clone()];
        let links = told(&lines, "link", "url");
        assert_eq!(links, expected.iter().map(String::as_str).collect(), "{mode}");
        assert_eq!(lines.iter().filter(|line| line["event"] == "link").count(), 3, "each once");
        let title =
            |url: &str| lines.iter().find(|line| line["event"] == "page" && line["url"] == url).expect("told").clone();
        assert_eq!(title(&one)["title"], "Ö one");
        assert_eq!(title(&two)["title"], "Two");
        for (bad, kind) in [(&gone, "http"), (&picture, "unsupported")] {
            let line = title(bad);
            assert_eq!((line["state"].as_str(), line["error_kind"].as_str()), (Some("failed"), Some(kind)), "{line}");
            assert!(line["error"].as_str().expect("a sentence").contains(bad.as_str()), "{line}");
        }
        let end = lines.last().expect("an end");
        assert_eq!(
            (end["event"].as_str(), end["done"].as_u64(), end["failed"].as_u64()),
            (Some("batch_finished"), Some(2), Some(2))
        );
    }
}

#[test]
fn what_is_found_is_filtered_listed_and_downloaded() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    server.file("/a.jpg", b"picture a");
    server.file("/b.png", b"picture b");
    let one = page(&server, "/one.html", "<title>One</title><img src=a.jpg><img src=b.png><a href=c.zip>c</a>");
    let root = one.trim_end_matches("/one.html");
    let plain = millrace(folder.path(), &["grab", &one, "--match", "*.JPG", "--match", "*.zip"]);
    assert!(plain.status.success());
    let text = String::from_utf8(plain.stdout).expect("text");
    assert_eq!(text, format!("# One - {one}\n{root}/a.jpg\n{root}/c.zip\n"), "a list that can be fetched");
    let output = millrace(folder.path(), &["grab", &one, "--regex", "\\.(jpg|png)$", "--get", "-d", "out", "--json"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(fs::read(folder.path().join("out/a.jpg")).expect("read"), b"picture a");
    assert_eq!(fs::read(folder.path().join("out/b.png")).expect("read"), b"picture b");
    let lines = lines(&output);
    assert_eq!(told(&lines, "job_finished", "state"), BTreeSet::from(["done"]));
    assert_eq!(lines.iter().filter(|line| line["event"] == "batch_finished").count(), 1);
    for wrong in [&["--regex", "("][..], &["--match", "["], &["--get"], &["-d", "out"]] {
        let output = millrace(folder.path(), &[&["grab", &one], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
