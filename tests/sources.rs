//! What may be named for a download, from the command line to the folder: patterns, lists with fields, Metalinks, names.

#[path = "support/program.rs"]
mod program;
mod support;

use program::millrace;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use support::{Act, Server, whole};

/// The SHA-256 of nothing.
const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Runs `millrace get` with a text on its standard input.
fn get(arguments: &[&str], stdin: &[u8]) -> Output {
    millrace(&[&["get"], arguments].concat(), stdin)
}

/// What was told of each input: the name of its file below `out`, or the kind of its error and the sentence.
fn told(output: &Output, out: &Path) -> BTreeMap<String, String> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let lines = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .filter(|line| line["event"] == "job_finished")
        .map(|line| match Path::new(&text(&line, "output")).strip_prefix(out) {
            Ok(file) => (text(&line, "input"), file.display().to_string()),
            Err(_) => (text(&line, "input"), format!("{}: {}", text(&line, "error_kind"), text(&line, "error"))),
        })
        .collect()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn patterns_and_lists_with_fields_become_a_job_for_each_link() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    for n in 8..=10 {
        server.file(&format!("/page-{n:02}.txt"), b"text");
    }
    server.file("/named", b"named");
    server.file("/empty", b"");
    let link = |path: &str| server.link(path);
    let lines = [
        "# a comment".to_owned(),
        format!("{}\tname=../my name.txt", link("/named")),
        format!("{}\tsha256={SHA256}\tmirror={}", link("/empty"), link("/mirror")),
        format!("{}\tsha256=abc", link("/1")),
        format!("{}\tcolour=blue", link("/2")),
        link("/[3-1]"),
    ];
    let list: Vec<u8> = lines
        .join("\r\n")
        .encode_utf16()
        .fold(vec![0xff, 0xfe], |list, unit| [list, unit.to_le_bytes().to_vec()].concat());
    let pattern = link("/page-[08-10].txt");
    let output = get(&[&pattern, "-i", "-", "-d", path(&out), "--json"], &list);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let told = told(&output, &out);
    assert_eq!(told.len(), 8, "{told:#?}");
    for (input, expected) in [
        ("/page-08.txt", "page-08.txt"),
        ("/page-09.txt", "page-09.txt"),
        ("/page-10.txt", "page-10.txt"),
        ("/named", "my name.txt"),
        ("/empty", "empty"),
    ] {
        assert_eq!(told[&link(input)], expected, "{told:#?}");
    }
    for (input, words) in [
        ("/1", "unsupported: Line 4 of the list: sha256: \"abc\" is not a SHA-256 checksum"),
        ("/2", "unsupported: Line 5 of the list: \"colour=blue\" is not a field"),
        ("/[3-1]", "url: Line 6 of the list: "),
    ] {
        assert!(told[&link(input)].starts_with(words), "{told:#?}");
    }
}

#[test]
fn metalinks_are_lists() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (server.file("/mirror/1", b""), server.file("/mirror/2", b"two"));
    let fourth = server.file("/mirror/4", b"four");
    let text = format!(
        "<?xml version=\"1.0\"?><metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">
           <file name=\"disks/one.iso\"><hash type=\"sha-256\">{SHA256}</hash>
             <url priority=\"2\">http://nosuch.invalid/1</url><url priority=\"1\">{first}</url></file>
           <file name=\"../two.iso\"><hash type=\"sha-1\">ad782ecdac770fc6eb9a62e44f90873fb97fb26b</hash><url>{second}</url></file>
           <file name=\"three.iso\"><url>ftp://host/3</url></file>
           <file name=\"four.iso\"><hash type=\"md5\">795f3202b17cb6bc3d4b771d8c6c9eaf</hash><url>{fourth}</url></file></metalink>"
    );
    let file = folder.path().join("disks.meta4");
    fs::write(&file, &text).expect("written");
    for (name, arguments, stdin) in [
        ("listed", vec!["-i", path(&file)], &b""[..]),
        ("named", vec![path(&file)], b""),
        ("piped", vec!["-i", "-"], text.as_bytes()),
    ] {
        let out = folder.path().join(name);
        let output = get(&[&arguments[..], &["-d", path(&out), "--json"]].concat(), stdin);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let told = told(&output, &out);
        assert_eq!((told[&first].as_str(), told[&second].as_str()), ("disks/one.iso", "two.iso"), "{name}");
        assert!(told["ftp://host/3"].contains("\"three.iso\" in "), "{name}: {told:#?}");
        assert!(told[&fourth].contains("do not match the MD5 checksum"), "{name}: {told:#?}");
        assert_eq!(fs::read(out.join("two.iso")).expect("a file"), b"two");
    }
}

#[test]
fn bad_patterns_lists_and_checksums_end_with_2_and_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).expect("written");
        file
    };
    let (binary, broken) = (file("list.txt", b"\x7fELF\0\0"), file("broken.meta4", b"<metalink><file>"));
    let bomb = file("bomb.meta4", b"<!DOCTYPE m [<!ENTITY a \"aa\">]><metalink>&a;</metalink>");
    let empty = file("empty.meta4", b"");
    let out = folder.path().join("out");
    for (arguments, words) in [
        (
            vec!["http://me:secret@h/[9-1].jpg"],
            "\"http://***@h/[9-1].jpg\" has a bad pattern: \"[9-1]\" runs backwards",
        ),
        (vec!["http://h/[a-"], "\"[a-\" is not closed"),
        (vec!["http://h/{}"], "\"{}\" is empty"),
        (vec!["http://h/[0-1000000]"], "stands for 1000001 links"),
        (vec!["-i", path(folder.path())], path(folder.path())),
        (vec!["-i", "/nowhere/list"], "/nowhere/list"),
        (vec!["/nowhere/a.meta4"], "cannot read the list /nowhere/a.meta4"),
        (vec!["-i", path(&binary)], "list.txt is not a list of links"),
        (vec!["-i", path(&broken)], "broken.meta4 is not a Metalink that can be read"),
        (vec![path(&empty)], "empty.meta4 is not a Metalink that can be read"),
        (vec![path(&bomb)], "bomb.meta4 is not a Metalink that can be read"),
        (vec!["http://h/a", "--sha256", "abc"], "\"abc\" is not a SHA-256 checksum"),
        (vec!["http://h/a", "http://h/b", "--sha256", SHA256], "--sha256 goes with one link, and here are 2"),
        (vec!["http://h/[1-3]", "--sha256", SHA256], "--sha256 goes with one link, and here are 3"),
    ] {
        let output = get(&[&arguments[..], &["-d", path(&out)]].concat(), b"");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words) && !stderr.contains("secret"), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty() && !out.exists(), "{arguments:?}");
    }
}

#[test]
fn names_come_from_headers_of_any_kind_and_stay_in_the_folder() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let answers: [(&str, &[u8], &str); 7] = [
        ("/1", b"Content-Disposition: attachment; filename=\"..\\..\\evil.jpg\"", "evil.jpg"),
        (
            "/2",
            b"Content-Disposition: attachment; filename=x; filename*=UTF-8''na%C3%AFve%20plan.pdf",
            "naïve plan.pdf",
        ),
        ("/3", b"Content-Disposition: attachment; filename=\"caf\xe9.txt\"", "café.txt"),
        ("/4", b"Content-Disposition: attachment; filename=\"=?UTF-8?B?Y2Fmw6kuZG9j?=\"", "café.doc"),
        ("/5", b"Content-Disposition: attachment; filename=con.txt", "_con.txt"),
        ("/photo", b"Content-Type: image/jpeg", "photo.jpg"),
        ("/%2e%2e%2f%2e%2e%2fsix", b"Content-Type: application/octet-stream", "six"),
    ];
    let mut links = Vec::new();
    for (path, header, _) in answers {
        let whole = whole(b"x", "X: y\r\n");
        let at = whole.windows(4).position(|bytes| bytes == b"X: y").expect("the header");
        links.push(server.on(path, vec![vec![Act::Send([&whole[..at], header, &whole[at + 4..]].concat())]]));
    }
    let mut arguments: Vec<&str> = links.iter().map(String::as_str).collect();
    arguments.extend(["-d", path(&out), "--json"]);
    let output = get(&arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told = told(&output, &out);
    for (link, (_, _, name)) in links.iter().zip(answers) {
        assert_eq!(told[link], name);
    }
}
