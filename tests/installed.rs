//! The installed package as a desktop uses it: by the lines of its desktop entries. `scripts/package check` installs it and runs
//! this; without it there is nothing to test.

#![cfg(target_os = "linux")]

#[path = "support/pictures.rs"]
mod pictures;
mod screen;
#[path = "support/secure.rs"]
mod secure;
mod support;

use pictures::sample;
use screen::{CONTROL, Screen};
use secure::Secure;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::Server;

const PATIENCE: Duration = Duration::from_mins(1);

/// The keys of a desktop entry's first group.
fn entry(name: &str) -> impl Fn(&str) -> String {
    let folder = std::env::var_os("MILLRACE_PREFIX").map_or_else(|| PathBuf::from("/usr"), PathBuf::from);
    let path = folder.join("share/applications").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (_, keys) = text.split_once("[Desktop Entry]").expect("its group");
    let group = keys.split("\n[").next().unwrap_or_default().to_owned();
    move |key| {
        let line = group.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("{key} is missing")).to_owned()
    }
}

/// What a desktop runs for these addresses, the program first.
fn command(exec: &str, addresses: &[String]) -> Vec<String> {
    let words = exec.split(' ').flat_map(|word| match word {
        "%U" => addresses.to_vec(),
        "%F" | "%f" | "%u" => panic!("{exec}: files and addresses, and several of them, are for %U"),
        word => vec![word.to_owned()],
    });
    words.collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The address of a file, as file managers hand it over.
fn address(path: &Path) -> String {
    let encode = |byte: &u8| match byte {
        b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!("file://{}", text(path).as_bytes().iter().map(encode).collect::<String>())
}

/// A file of a media type, and how such files end.
fn file_of(media_type: &str) -> Option<(&'static str, Vec<u8>)> {
    let bits = || (0..64 * 96).map(|at| if at % 7 < 3 { "1 " } else { "0 " }).collect::<String>();
    let (extension, bytes) = match media_type {
        "image/jpeg" => ("jpg", sample("jpg")),
        "image/apng" => ("apng", moving()),
        "image/x-tga" => ("tga", sample("tga")),
        "image/vnd.microsoft.icon" => ("ico", sample("ico")),
        "image/x-portable-anymap" => ("pnm", sample("ppm")),
        "image/x-portable-pixmap" => ("ppm", sample("ppm")),
        "image/x-portable-graymap" => ("pgm", sample("pgm")),
        "image/x-portable-bitmap" => ("pbm", format!("P1\n96 64\n{}\n", bits()).into_bytes()),
        "image/vnd.radiance" => ("hdr", sample("hdr")),
        "image/png" => ("png", sample("png")),
        "image/webp" => ("webp", sample("webp")),
        "image/gif" => ("gif", sample("gif")),
        "image/bmp" => ("bmp", sample("bmp")),
        "image/tiff" => ("tiff", sample("tiff")),
        "image/jxl" => ("jxl", sample("jxl")),
        "image/qoi" => ("qoi", sample("qoi")),
        _ => return None,
    };
    Some((extension, bytes))
}

/// A PNG file of two frames.
fn moving() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).expect("two frames");
    let mut writer = encoder.write_header().expect("written");
    for shade in [40, 200] {
        writer.write_image_data(&[shade; 8 * 8 * 3]).expect("written");
    }
    writer.finish().expect("written");
    bytes
}

/// A home of its own, and settings that send results to a folder.
fn home(folder: &Path) -> PathBuf {
    let state = folder.join("state");
    fs::create_dir(&state).expect("a folder");
    let settings = serde_json::json!({"output_dir": folder.join("out")});
    fs::write(state.join("settings.json"), settings.to_string()).expect("written");
    state
}

#[test]
#[ignore = "needs the package to be installed: scripts/package check"]
fn the_menu_entry_opens_a_window_that_takes_a_dropped_file() {
    let mut screen = Screen::start(1280, 860).expect("a screen");
    let folder = tempfile::tempdir().expect("a folder");
    let state = home(folder.path());
    let picture = folder.path().join("dropped ü.jpg");
    fs::write(&picture, sample("jpg")).expect("written");
    let line = command(&entry("millrace.desktop")("Exec"), &[]);
    assert_eq!(line, ["millrace"], "nothing but the program is started from the menu");
    let home = [("HOME", folder.path()), ("XDG_CONFIG_HOME", folder.path()), ("XDG_DATA_HOME", folder.path())];
    let arguments = ["--state", text(&state), "--recipe", "Thumbnail 512", "--json"];
    let mut program = screen.launch_with(&line[0], &arguments, &folder.path().join("lines"), &home);
    let window = screen.window("Millrace");
    screen.drop_files(window, &[&picture]);
    screen.until("the file is done", PATIENCE, |_| !program.lines().is_empty());
    assert_eq!(program.lines()[0]["state"], "done", "{:?}", program.lines());
    assert!(folder.path().join("out/dropped ü.jpg").is_file());
    screen.press(&[CONTROL, 'q'.into()]);
    screen.until("it closes", PATIENCE, |_| program.child.try_wait().expect("a child").is_some());
    assert_eq!(program.child.wait().expect("ended").code(), Some(0));
}

/// Whatever it is offered for under "Open with".
#[test]
#[ignore = "needs the package to be installed: scripts/package check"]
fn every_type_that_it_is_offered_for_is_opened() {
    let mut screen = Screen::start(1280, 860).expect("a screen");
    let folder = tempfile::tempdir().expect("a folder");
    let state = home(folder.path());
    let server = Server::start();
    let secure = Secure::start(|_| (200, None, sample("jpg")));
    let entry = entry("zz-millrace-open.desktop");
    let types = entry("MimeType");
    let mut addresses = Vec::new();
    for (number, media_type) in types.split_terminator(';').enumerate() {
        let link = server.file(&format!("/of-{number}.jpg"), &sample("jpg"));
        let metalink = |namespace: &str, inner: &str| {
            let path = folder.path().join(format!("list {number}{namespace}"));
            fs::write(&path, inner.replace("LINK", &link).replace("NAME", &format!("of-{number}.jpg")))
                .expect("written");
            address(&path)
        };
        addresses.push(match media_type {
            "x-scheme-handler/http" => link,
            "x-scheme-handler/https" => secure.link(&format!("/of-{number}.jpg")),
            "application/metalink4+xml" => metalink(
                ".meta4",
                "<metalink xmlns=\"urn:ietf:params:xml:ns:metalink\"><file name=\"NAME\"><url>LINK</url></file></metalink>",
            ),
            "application/metalink+xml" => metalink(
                ".metalink",
                "<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"><files><file name=\"NAME\"><resources>\
                 <url type=\"http\">LINK</url></resources></file></files></metalink>",
            ),
            other => {
                let (extension, bytes) = file_of(other).unwrap_or_else(|| panic!("there is no file of {other} here"));
                let path = folder.path().join(format!("of {number}.{extension}"));
                fs::write(&path, bytes).expect("written");
                address(&path)
            }
        });
    }
    let line = command(&entry("Exec"), &addresses);
    let own = ["--state", text(&state), "--recipe", "WebP lossless", "--json"];
    let arguments: Vec<&str> = line[1..].iter().map(String::as_str).chain(own).collect();
    let certificate = secure.certificate();
    let home = [
        ("HOME", folder.path()),
        ("XDG_CONFIG_HOME", folder.path()),
        ("XDG_DATA_HOME", folder.path()),
        ("SSL_CERT_FILE", &certificate),
    ];
    let mut program = screen.launch_with(&line[0], &arguments, &folder.path().join("lines"), &home);
    screen.window("Millrace");
    screen.until("all of it has ended", PATIENCE, |_| program.lines().len() >= addresses.len());
    let lines = program.lines();
    assert!(lines.iter().all(|line| line["state"] == "done"), "{lines:?}");
    assert_eq!(fs::read_dir(folder.path().join("out")).expect("results").count(), addresses.len());
    screen.press(&[CONTROL, 'q'.into()]);
    screen.until("it closes", PATIENCE, |_| program.child.try_wait().expect("a child").is_some());
}
