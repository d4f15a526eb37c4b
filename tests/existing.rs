//! What becomes of files whose names are taken, and what a person gives for certain hosts only: cookies and logins.

#[path = "support/faults/mod.rs"]
mod faults;
mod support;

use faults::files::Files;
use faults::truth::{hex, sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::{Act, Server};

const LENGTH: u64 = 300_000;

struct Bench {
    files: Files,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { files: Files::serve(&[("/a.bin", 7, LENGTH)]), folder: tempfile::tempdir().expect("a folder") }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn get(&self, rule: &str, mode: &str, links: &[String]) -> Vec<serde_json::Value> {
        let told = self.told(rule, mode, links);
        assert!(told.iter().all(|job| job["state"] == "done"), "{told:?}");
        told
    }

    fn told(&self, rule: &str, mode: &str, links: &[String]) -> Vec<serde_json::Value> {
        let output = millrace(
            self.folder.path(),
            &[&["get", "-d", "out", "--on-exists", rule, "--mode", mode], strs(links).as_slice()].concat(),
        );
        let lines = String::from_utf8(output.stdout).expect("text");
        let values = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        values.filter(|value: &serde_json::Value| value["event"] == "job_finished").collect()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.out())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        names
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn millrace(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millrace"))
        .current_dir(folder)
        .args(arguments)
        .arg("--json")
        .env("MILLRACE_STATE", folder.join("state"))
        .env("NETRC", folder.join("netrc"))
        .output()
        .expect("started")
}

#[test]
fn each_rule_does_what_it_says_in_threads_and_processes() {
    for mode in ["threads", "processes"] {
        let bench = Bench::new();
        let link = bench.files.link("/a.bin");
        let whole = bench.files.bytes("/a.bin");
        fs::create_dir(bench.out()).expect("a folder");
        let path = bench.out().join("a.bin");
        let old = |length: usize| fs::write(&path, &whole[..length]).expect("written");

        fs::write(&path, "old").expect("written");
        bench.get("rename", mode, std::slice::from_ref(&link));
        assert_eq!(bench.names(), ["a (2).bin", "a.bin"]);
        assert_eq!(fs::read(bench.out().join("a (2).bin")).expect("read"), whole);

        let asked = bench.files.counts("/a.bin").ranges.len();
        let told = bench.get("skip", mode, std::slice::from_ref(&link));
        assert_eq!((told[0]["state"].as_str(), told[0]["output"].as_str()), (Some("done"), path.to_str()));
        assert_eq!(fs::read(&path).expect("read"), b"old", "what was there stays");
        assert_eq!(bench.files.counts("/a.bin").ranges.len(), asked, "and nothing is asked for");

        let listed = |bytes: &[u8]| {
            let list = bench.folder.path().join("list");
            fs::write(&list, format!("{link}\tsha256={}\n", hex(&sha256(bytes)))).expect("written");
            bench.told("skip", mode, &["-i".to_owned(), "list".to_owned()])
        };
        let told = listed(b"old");
        assert_eq!((told[0]["state"].as_str(), told[0]["output"].as_str()), (Some("done"), path.to_str()));
        let told = listed(&whole);
        assert_eq!((told[0]["state"].as_str(), told[0]["error_kind"].as_str()), (Some("failed"), Some("verify")));
        assert_eq!(fs::read(&path).expect("read"), b"old", "what was there stays");
        assert_eq!(bench.names(), ["a (2).bin", "a.bin"]);

        // Of two downloads of one batch the second never takes the place of the first.
        bench.get("overwrite", mode, &[link.clone(), format!("{link}?again")]);
        assert_eq!(fs::read(&path).expect("read"), whole);
        assert_eq!(bench.names(), ["a (2).bin", "a (3).bin", "a.bin"]);

        for length in [100_000, LENGTH as usize] {
            old(length);
            let before = bench.files.counts("/a.bin").body_bytes;
            bench.get("resume", mode, std::slice::from_ref(&link));
            assert_eq!(fs::read(&path).expect("read"), whole);
            let ranges = bench.files.counts("/a.bin").ranges;
            assert!(ranges.last().expect("asked").is_some(), "{mode} {length}: only the rest was asked for");
            assert!(bench.files.counts("/a.bin").body_bytes > before);
        }
        fs::write(&path, vec![9; 100_000]).expect("written");
        bench.get("resume", mode, std::slice::from_ref(&link));
        assert_eq!(fs::read(&path).expect("read"), whole, "what was no beginning is given up");
        assert_eq!(bench.names(), ["a (2).bin", "a (3).bin", "a.bin"]);
    }
}

#[test]
fn under_a_name_that_only_the_server_knows_nothing_else_is_taken_for_the_right_file() {
    let bench = Bench::new();
    let server = Server::start();
    fs::create_dir(bench.out()).expect("a folder");
    fs::write(bench.out().join("a.bin"), "old").expect("written");
    let named = support::whole(b"new", "Content-Disposition: attachment; filename=\"a.bin\"\r\n");
    let link = server.on("/get?file=1", vec![vec![Act::Send(named)]]);
    let told = bench.get("skip", "threads", std::slice::from_ref(&link));
    assert_eq!(told[0]["output"].as_str(), bench.out().join("a.bin").to_str());
    let told = bench.get("skip", "threads", &[link, "--sha256".to_owned(), hex(&sha256(b"new"))]);
    assert_eq!(told[0]["output"].as_str(), bench.out().join("a (2).bin").to_str());
    assert_eq!(bench.names(), ["a (2).bin", "a.bin"]);
    assert_eq!(fs::read(bench.out().join("a.bin")).expect("read"), b"old");
}

#[cfg(unix)]
#[test]
fn links_and_folders_are_not_replaced() {
    let bench = Bench::new();
    let link = bench.files.link("/a.bin");
    fs::create_dir(bench.out()).expect("a folder");
    let precious = bench.folder.path().join("precious");
    fs::write(&precious, "precious").expect("written");
    std::os::unix::fs::symlink(&precious, bench.out().join("a.bin")).expect("a link");
    bench.get("overwrite", "threads", std::slice::from_ref(&link));
    assert_eq!(fs::read(&precious).expect("read"), b"precious");
    assert_eq!(fs::read(bench.out().join("a (2).bin")).expect("read"), bench.files.bytes("/a.bin"));
    fs::remove_file(bench.out().join("a.bin")).expect("removed");
    fs::create_dir(bench.out().join("a.bin")).expect("a folder");
    bench.get("resume", "threads", std::slice::from_ref(&link));
    assert_eq!(bench.names(), ["a (2).bin", "a (3).bin", "a.bin"]);
}

#[test]
fn cookies_and_logins_go_to_their_hosts() {
    let server = Server::start();
    let link = server.file("/a.bin", b"bytes");
    let folder = tempfile::tempdir().expect("a folder");
    let cookies = "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsecret\nother.example\tTRUE\t/\tFALSE\t0\tno\tno\n";
    fs::write(folder.path().join("cookies"), cookies).expect("written");
    fs::write(folder.path().join("netrc"), "machine 127.0.0.1 login me password pw").expect("written");
    for mode in ["threads", "processes"] {
        let output = millrace(folder.path(), &["get", &link, "-d", "out", "--cookies", "cookies", "--mode", mode]);
        assert!(output.status.success(), "{output:?}");
        let request = server.requests().pop().expect("a request");
        assert_eq!(request.get("cookie").map(String::as_str), Some("session=secret"), "{request:?}");
        // me:pw
        assert_eq!(request.get("authorization").map(String::as_str), Some("Basic bWU6cHc="), "{request:?}");
    }
    fs::write(folder.path().join("cookies"), "nonsense").expect("written");
    let output = millrace(folder.path(), &["get", &link, "-d", "out", "--cookies", "cookies"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 1 is no cookie"), "{output:?}");
}
