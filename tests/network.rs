//! What a download meets on its way: cookies, passwords, proxies, certificates, and what stands in its place already.
//! Through the program itself, on threads and in processes.

#[path = "support/faults/mod.rs"]
mod faults;
#[path = "support/secure.rs"]
mod secure;
mod support;

use faults::files::Files;
use secure::{Secure, Tunnel};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{Act, Server, head, whole};

const MODES: [&str; 2] = ["threads", "processes"];

/// What a run ended with: its status, the lines of its jobs, and what it said.
struct Ended {
    status: i32,
    jobs: Vec<Value>,
    said: String,
    peak_rss_bytes: u64,
}

/// Runs `millrace get` with nothing of this machine's settings.
fn get(mode: &str, dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
    let state = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.env("MILLRACE_STATE", state.path()).env("NETRC", state.path().join("none")).env("HOME", state.path());
    if !environment.iter().any(|(name, _)| *name == "NETRC") {
        command.env_remove("NETRC");
    }
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    command.args(["get", "--json", "--retries", "0", "--mode", mode, "-d"]).arg(dir).args(arguments);
    let output = command.output().expect("started");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    Ended {
        status: output.status.code().unwrap_or(-1),
        peak_rss_bytes: lines.last().and_then(|line| line["peak_rss_bytes"].as_u64()).unwrap_or_default(),
        jobs: lines.into_iter().filter(|line| line["event"] == "job_finished").collect(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn redirect(to: &str, headers: &str) -> Vec<Vec<Act>> {
    vec![vec![Act::Send(head("302 Found", &format!("Location: {to}\r\n{headers}")))]]
}

fn elsewhere(link: &str) -> String {
    link.replace("127.0.0.1", "localhost")
}

#[test]
fn cookies_go_where_they_belong_hop_by_hop() {
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start();
        let target = elsewhere(&server.file("/c.bin", b"x"));
        server.on("/b", redirect(&target, "Set-Cookie: deep=1; Path=/deep\r\n"));
        let link = server.on("/a", redirect("/b", "Set-Cookie: session=1; Path=/; HttpOnly\r\n"));
        let file = folder.path().join("cookies.txt");
        let lines = "# Netscape HTTP Cookie File\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tmine\tsecret\n\
            127.0.0.1\tFALSE\t/\tTRUE\t0\tsecure\tsecret\n127.0.0.1\tFALSE\t/\tFALSE\t99\told\tsecret\n";
        fs::write(&file, lines).expect("written");
        let ended = get(mode, folder.path(), &["--cookies", text(&file), &link], &[]);
        assert_eq!(ended.status, 0, "{mode}: {:?} {}", ended.jobs, ended.said);
        let sent: Vec<Option<String>> =
            server.requests().into_iter().map(|mut headers| headers.remove("cookie")).collect();
        assert_eq!(sent[0].as_deref(), Some("mine=secret"), "{mode}");
        let mut second: Vec<&str> = sent[1].as_deref().unwrap_or_default().split("; ").collect();
        second.sort_unstable();
        assert_eq!((second, &sent[2]), (vec!["mine=secret", "session=1"], &None), "{mode}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cookies.txt");
    fs::write(&file, "# comment\nnonsense\tsecret\n").expect("written");
    let ended = get("threads", folder.path(), &["--cookies", text(&file), "http://127.0.0.1:9/a"], &[]);
    assert!(ended.status == 2 && ended.said.contains("line 2") && !ended.said.contains("secret"), "{}", ended.said);
}

#[test]
fn netrc_is_for_hosts_whose_link_has_no_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let netrc = folder.path().join("netrc");
    fs::write(&netrc, "machine 127.0.0.1 login me password secret\ndefault login any password body\n")
        .expect("written");
    // Of name and password together, in base64.
    let (of_file, of_link) = ("Basic bWU6c2VjcmV0", "Basic bWVAeDpwOndALw==");
    for mode in MODES {
        let server = Server::start();
        let away = server.on("/away", redirect(&elsewhere(&server.file("/target", b"x")), ""));
        let file = server.file("/a", b"x");
        let with_login = file.replace("http://", "http://me%40x:p%3Aw%40%2F@");
        let authorizations = |arguments: &[&str]| -> Vec<Option<String>> {
            let before = server.requests().len();
            let ended = get(mode, folder.path(), arguments, &[("NETRC", text(&netrc))]);
            let told = format!("{:?} {}", ended.jobs, ended.said);
            assert!(ended.status == 0 && !told.contains("secret") && !told.contains("p%3Aw"), "{mode}: {told}");
            let requests = server.requests().into_iter().skip(before);
            requests.map(|mut headers| headers.remove("authorization")).collect()
        };
        assert_eq!(authorizations(&[&file]), [Some(of_file.to_owned())]);
        assert_eq!(authorizations(&[&with_login]), [Some(of_link.to_owned())]);
        assert_eq!(authorizations(&["--header", "Authorization: Bearer 1", &file]), [Some("Bearer 1".to_owned())]);
        assert_eq!(authorizations(&[&away]), [Some(of_file.to_owned()), None], "{mode}: the default is not for others");
        let default = Some("Basic YW55OmJvZHk=".to_owned());
        assert_eq!(authorizations(&[&elsewhere(&file)]), [default]);
        let back = elsewhere(&server.on("/back", redirect(&file, "")));
        assert_eq!(authorizations(&[&back])[1], None, "{mode}: another origin led there");
    }
    fs::write(&netrc, "machine 127.0.0.1\npasswort secret\n").expect("written");
    let server = Server::start();
    let ended = get("threads", folder.path(), &[&server.file("/b", b"x")], &[("NETRC", text(&netrc))]);
    assert!(ended.status == 0 && ended.said.contains("line 2") && !ended.said.contains("secret"), "{}", ended.said);
    assert!(!server.requests()[0].contains_key("authorization"));
}

/// All bytes of a folder's files.
fn bytes_in(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).expect("a folder").flatten().filter(|entry| entry.path().is_file());
    files.flat_map(|entry| fs::read(entry.path()).expect("read")).collect()
}

#[test]
fn secrets_are_kept_for_a_resume_and_no_longer() {
    let (folder, state) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let netrc =
        file("netrc", "machine 127.0.0.1 login me password netrc-secret\nmachine o.example login me password no\n");
    let cookies = "127.0.0.1\tFALSE\t/\tFALSE\t0\tc\tcookie-secret\no.example\tTRUE\t/\tFALSE\t0\tc\tforeign-secret\n";
    let cookies = file("cookies.txt", cookies);
    let server = Server::start();
    let stalls = vec![Act::Wait(Duration::from_secs(20))];
    let link = server.on("/a.bin", vec![stalls, vec![Act::Send(whole(b"x", ""))]]);
    let with_login = server.file("/b.bin", b"x").replace("://", "://me:link-secret@");
    let millrace = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
        command.args(arguments).env("MILLRACE_STATE", state.path()).env("NETRC", &netrc);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let holds = |word: &str| bytes_in(state.path()).windows(word.len()).any(|window| window == word.as_bytes());
    let header = "X-Key: header-secret";
    let get = ["get", "--json", "--cookies", text(&cookies), "--header", header, "-d", text(folder.path())];
    let mut child = millrace(&[&get[..], &[&with_login, &link]].concat()).spawn().expect("started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    assert!(line.contains("/b.bin") && !line.contains("secret"), "{line}");
    child.kill().and_then(|()| child.wait()).expect("killed");
    assert!(["netrc-secret", "cookie-secret", "header-secret"].into_iter().all(holds) && !holds("foreign-secret"));

    let output = millrace(&["resume"]).output().expect("started");
    assert!(output.status.success(), "{output:?}");
    let request = server.requests().pop().expect("a request");
    // me:netrc-secret
    assert_eq!(request["authorization"], "Basic bWU6bmV0cmMtc2VjcmV0");
    assert_eq!((request["cookie"].as_str(), request["x-key"].as_str()), ("c=cookie-secret", "header-secret"));
    assert!(!holds("secret"), "the batch has ended");
}

#[test]
fn proxies_are_used_and_named() {
    let secure = Secure::start(|_| (200, None, b"secure".to_vec()));
    let certificate = secure.certificate();
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let proxy = Server::start();
        let link = "http://files.invalid/plain.bin";
        proxy.on(link, vec![vec![Act::Send(whole(b"plain", ""))]]);
        let own = proxy.link("");
        let with_login = own.replace("http://", "http://me:pass@");
        let server = Server::start();
        let direct = server.file("/direct.bin", b"direct");
        for (arguments, environment) in [
            (vec!["--proxy", with_login.as_str(), link], vec![]),
            (vec![link], vec![("http_proxy", own.as_str())]),
            (vec![link], vec![("HTTP_PROXY", own.as_str())]),
            (vec![link], vec![("ALL_PROXY", own.as_str())]),
            (vec![direct.as_str()], vec![("http_proxy", own.as_str()), ("no_proxy", "127.0.0.1")]),
        ] {
            let ended = get(mode, folder.path(), &arguments, &environment);
            assert_eq!(ended.status, 0, "{mode}: {arguments:?} {environment:?} {:?}", ended.jobs);
        }
        let requests = proxy.requests();
        assert_eq!(requests[0]["proxy-authorization"], "Basic bWU6cGFzcw==");
        assert_eq!((requests.len(), server.requests().len()), (4, 1), "{mode}");

        // Encrypted links go through by CONNECT, and through SOCKS with the name left to the proxy.
        let (tunnel, socks) = (Tunnel::http(secure.port()), Tunnel::socks(secure.port()));
        let link = format!("https://files.invalid:{}/a.bin", secure.port());
        let trusted = ("SSL_CERT_FILE", text(&certificate));
        let (by_connect, by_socks) = (format!("http://{}", tunnel.address), format!("socks5h://{}", socks.address));
        let by_socks_with_login = format!("socks5h://me:pass@{}", socks.address);
        for (arguments, environment) in [
            (vec!["--proxy", by_connect.as_str(), &link], vec![trusted]),
            (vec![link.as_str()], vec![trusted, ("https_proxy", by_connect.as_str())]),
            (vec!["--proxy", by_socks.as_str(), &link], vec![trusted]),
            (vec!["--proxy", by_socks_with_login.as_str(), &link], vec![trusted]),
            (vec![link.as_str()], vec![trusted, ("all_proxy", by_socks.as_str())]),
        ] {
            let ended = get(mode, folder.path(), &arguments, &environment);
            assert_eq!(ended.status, 0, "{mode}: {arguments:?} {environment:?} {:?}", ended.jobs);
        }
        assert!(tunnel.asked().iter().all(|asked| asked.starts_with("connect files.invalid:")), "{:?}", tunnel.asked());
        assert_eq!(socks.asked(), ["files.invalid", "me:pass@files.invalid", "files.invalid"], "{mode}");

        let dead = [("http_proxy", "http://me:secret@127.0.0.1:9")];
        let ended = get(mode, folder.path(), &["http://files.invalid/x"], &dead);
        let error = ended.jobs[0]["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!((ended.status, &ended.jobs[0]["error_kind"]), (1, &"connect".into()), "{error}");
        assert!(error.contains("proxy") && error.contains("127.0.0.1:9") && !error.contains("secret"), "{error}");

        // The kind of proxy that nobody knows is no reason to go without.
        let unknown = [("http_proxy", "sock5://me:secret@127.0.0.1:9")];
        let ended = get(mode, folder.path(), &["http://files.invalid/x"], &unknown);
        let error = ended.jobs[0]["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!((ended.status, &ended.jobs[0]["error_kind"]), (1, &"url".into()), "{error}");
        assert!(error.contains("http_proxy") && !error.contains("secret"), "{error}");
    }
}

#[test]
fn certificates_are_checked_and_secrets_stay_encrypted() {
    let plain = Server::start();
    let target = plain.file("/target.bin", b"x");
    let secure = Secure::start(move |path| match path {
        "/down" => (302, Some(target.clone()), Vec::new()),
        _ => (200, None, vec![7; 300_000]),
    });
    let certificate = secure.certificate();
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let ended = get(mode, folder.path(), &[&secure.link("/a.bin")], &[]);
        let job = &ended.jobs[0];
        assert_eq!((&job["error_kind"], ended.status), (&"tls".into(), 1), "{mode}: {job}");
        assert!(job["error"].as_str().is_some_and(|error| error.contains("certificate of 127.0.0.1")), "{job}");

        let trusted = [("SSL_CERT_FILE", text(&certificate))];
        let ended = get(mode, folder.path(), &[&secure.link("/a.bin")], &trusted);
        assert_eq!(ended.status, 0, "{mode}: {:?}", ended.jobs);
        assert_eq!(fs::read(folder.path().join("a.bin")).expect("the file"), vec![7; 300_000]);

        let netrc = folder.path().join("netrc");
        fs::write(&netrc, "machine 127.0.0.1 login me password secret\n").expect("written");
        let headers = ["--header", "Cookie: a=secret", "--header", "X-Key: secret"];
        let link = secure.link("/down");
        let arguments = [&headers[..], &[&link]].concat();
        let ended = get(mode, folder.path(), &arguments, &[trusted[0], ("NETRC", text(&netrc))]);
        assert_eq!(ended.status, 0, "{mode}: {:?}", ended.jobs);
        let asked = secure.requests().pop().expect("a request");
        assert!(asked.contains_key("x-key") && asked.contains_key("authorization") && asked.contains_key("cookie"));
        let came = plain.requests().pop().expect("a request");
        assert!(!came.values().any(|value| value.contains("secret") || value.starts_with("Basic")), "{came:?}");
    }
}

#[test]
fn a_port_is_another_origin() {
    let (first, second) = (Server::start(), Server::start());
    let link = first.on("/a", redirect(&second.file("/b.bin", b"x"), ""));
    let folder = tempfile::tempdir().expect("a folder");
    let headers = ["--header", "Authorization: secret", "--header", "Cookie: a=secret", &link];
    assert_eq!(get("threads", folder.path(), &headers, &[]).status, 0);
    let (given, kept) = (first.requests(), second.requests());
    assert_eq!((given[0]["authorization"].as_str(), given[0]["cookie"].as_str()), ("secret", "a=secret"));
    assert!(!kept[0].contains_key("authorization") && !kept[0].contains_key("cookie"), "{kept:?}");
}

#[test]
fn a_file_that_is_there_is_skipped() {
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let (server, old) = (Server::start(), folder.path().join("a.bin"));
        fs::write(&old, "old").expect("written");
        let link = server.file("/a.bin", &vec![1; 1 << 20]);
        let list = folder.path().join("list.txt");
        fs::write(&list, format!("{}\tname=a.bin\n", server.link("/other"))).expect("written");
        let disposition = "Content-Disposition: attachment; filename=a.bin\r\n";
        let named = server.on("/get", vec![vec![Act::Send(whole(b"new", disposition))]]);
        let ended = get(mode, folder.path(), &["--on-exists", "skip", "-i", text(&list), &link, &named], &[]);
        assert_eq!((ended.status, ended.jobs.len()), (0, 3), "{mode}: {:?}", ended.jobs);
        for job in &ended.jobs {
            assert_eq!((&job["state"], &job["output"]), (&"done".into(), &text(&old).into()), "{mode}: {job}");
        }
        assert_eq!(fs::read(&old).expect("the file"), b"old");
        assert_eq!(server.requests().len(), 1, "{mode}: a name that is known needs no request");
        let left: Vec<_> =
            fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left.len(), 2, "{mode}: {left:?}");
    }
}

#[test]
fn a_file_that_is_there_is_replaced_and_nothing_else() {
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let (server, path) = (Server::start(), |name: &str| folder.path().join(name));
        fs::write(path("a.bin"), "old").expect("written");
        fs::write(path("aside"), "aside").expect("written");
        fs::create_dir(path("folder.bin")).expect("made");
        #[cfg(unix)]
        std::os::unix::fs::symlink(path("aside"), path("link.bin")).expect("a link");
        let links = ["/1/a.bin", "/2/a.bin", "/link.bin", "/folder.bin"].map(|name| server.file(name, name.as_bytes()));
        let arguments = [&["--on-exists", "overwrite"][..], &links.each_ref().map(String::as_str)].concat();
        let ended = get(mode, folder.path(), &arguments, &[]);
        assert_eq!(ended.status, 0, "{mode}: {:?}", ended.jobs);
        let mut both = [path("a.bin"), path("a (2).bin")].map(|path| fs::read_to_string(path).expect("a file"));
        both.sort_unstable();
        assert_eq!(both, ["/1/a.bin", "/2/a.bin"], "{mode}: of one batch each has its own");
        assert!(path("folder.bin").is_dir());
        assert_eq!(fs::read(path("folder (2).bin")).expect("a file"), b"/folder.bin");
        assert_eq!(fs::read(path("aside")).expect("a file"), b"aside", "{mode}: never through a link");
        #[cfg(unix)]
        assert!(path("link.bin").is_symlink());
        #[cfg(unix)]
        assert_eq!(fs::read(path("link (2).bin")).expect("a file"), b"/link.bin");
    }
}

#[test]
fn what_a_killed_program_made_is_not_replaced_by_the_rest_of_its_batch() {
    let (folder, state) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Server::start();
    fs::write(folder.path().join("a.bin"), "old").expect("written");
    let first = server.file("/1/a.bin", b"first");
    let stalls = vec![Act::Wait(Duration::from_secs(20))];
    let second = server.on("/2/a.bin", vec![stalls, vec![Act::Send(whole(b"second", ""))]]);
    let millrace = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millrace"));
        command.args(arguments).env("MILLRACE_STATE", state.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        command
    };
    let get = ["get", "--json", "--on-exists", "overwrite", "-d", text(folder.path()), &first, &second];
    let mut child = millrace(&get).spawn().expect("started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    assert!(line.contains("/1/a.bin"), "{line}");
    child.kill().and_then(|()| child.wait()).expect("killed");
    assert!(millrace(&["resume"]).output().expect("started").status.success());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!((read("a.bin").as_str(), read("a (2).bin").as_str()), ("first", "second"));
}

#[test]
fn a_file_that_is_there_is_the_beginning() {
    const LENGTH: u64 = 24 << 20;
    for mode in MODES {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Files::serve(&[("/a.bin", 1, LENGTH)]);
        let (path, bytes) = (folder.path().join("a.bin"), server.bytes("/a.bin"));
        let run = |arguments: &[&str]| {
            let link = server.link("/a.bin");
            let arguments = [&["--on-exists", "resume", &link], arguments].concat();
            let before = server.counts("/a.bin").body_bytes;
            let ended = get(mode, folder.path(), &arguments, &[]);
            assert_eq!(ended.status, 0, "{mode}: {:?}", ended.jobs);
            assert_eq!(ended.jobs[0]["output"], text(&path));
            assert!(fs::read(&path).expect("the file") == bytes, "{mode}: other bytes");
            server.counts("/a.bin").body_bytes - before
        };
        let two_thirds = 16 << 20;
        fs::write(&path, &bytes[..two_thirds]).expect("written");
        // An answer that is not wanted any more may have filled the buffers of the socket.
        let came = run(&[]);
        assert!(came < LENGTH, "{mode}: {came} bytes came of the last third");
        let ranges = server.counts("/a.bin").ranges;
        assert!(ranges.iter().flatten().count() >= 2, "{mode}: samples are taken: {ranges:?}");

        let mut other = bytes[..two_thirds].to_vec();
        other[two_thirds / 2..].fill(0);
        fs::write(&path, &other).expect("written");
        run(&[]);
        fs::write(&path, [&bytes[..], b"more"].concat()).expect("written");
        run(&[]);

        let sum = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        let sum = data_encoding::HEXLOWER.encode(&sum);
        assert_eq!(run(&["--sha256", &sum]), 0, "{mode}: what is right already is not fetched");
        assert!(server.counts("/a.bin").ranges.len() > ranges.len());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["--on-exists", "resume", "--recipe", "Web 1920", "http://127.0.0.1:9/a"];
    assert_eq!(get("threads", folder.path(), &arguments, &[]).status, 2);
    assert_eq!(get("threads", folder.path(), &["--on-exists", "ask", "http://127.0.0.1:9/a"], &[]).status, 2);
}

#[test]
fn what_comes_packed_is_unpacked_piece_by_piece() {
    // Such as cannot be packed: the packed file is as large.
    let noise: Vec<u8> = noise_of(96 << 20);
    let zeros = vec![0; 8 << 20];
    let gzip = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).and_then(|()| packed.finish()).expect("packed")
    };
    for mode in MODES {
        let (folder, server) = (tempfile::tempdir().expect("a folder"), Server::start());
        let packed =
            |path: &str, body: &[u8]| server.on(path, vec![vec![Act::Send(whole(body, "Content-Encoding: gzip\r\n"))]]);
        let files: [(&str, &[u8], Vec<u8>); 4] = [
            ("nothing.bin", b"", Vec::new()),
            ("empty.bin", b"", gzip(b"")),
            ("zeros.bin", &zeros, gzip(&zeros)),
            ("noise.bin", &noise, gzip(&noise)),
        ];
        let links = files.each_ref().map(|(name, _, body)| packed(&format!("/{name}"), body));
        let ended = get(mode, folder.path(), &links.each_ref().map(String::as_str), &[]);
        assert_eq!(ended.status, 0, "{mode}: {:?}", ended.jobs);
        for (name, bytes, _) in files {
            assert!(fs::read(folder.path().join(name)).expect("a file") == bytes, "{mode}: {name}");
        }
        // Of all processes together.
        let most = if mode == "threads" { 64 << 20 } else { 160 << 20 };
        assert!(ended.peak_rss_bytes < most, "{mode}: {} bytes", ended.peak_rss_bytes);
    }
}

/// Bytes without any order in them.
fn noise_of(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length / 8).flat_map(|_| next()).collect()
}

#[test]
fn names_that_look_alike_do_not_meet() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), Server::start());
    fs::write(folder.path().join("cafe\u{301}.bin"), "old").expect("written");
    let link = server.file("/caf%C3%A9.bin", b"new");
    let ended = get("threads", folder.path(), &[&link], &[]);
    assert_eq!(ended.status, 0, "{:?}", ended.jobs);
    assert_eq!(fs::read(folder.path().join("caf\u{e9} (2).bin")).expect("the file"), b"new");
    let redirected = server.on("/get", redirect(&server.file("/files/real.zip", b"x"), ""));
    let ended = get("threads", folder.path(), &[&redirected], &[]);
    assert_eq!(ended.jobs[0]["output"], text(&folder.path().join("real.zip")));
}

/// Whoever runs as root may write nearly everywhere, but not there.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let server = Server::start();
    let ended = get("threads", Path::new("/sys/kernel"), &[&server.file("/a.bin", b"x")], &[]);
    assert_eq!(ended.status, 2, "{:?}", ended.jobs);
    let named = ["permission denied", "only be read"].iter().any(|words| ended.said.contains(words));
    assert!(ended.said.contains("/sys/kernel") && named, "{}", ended.said);
    assert!(server.requests().is_empty());
}
