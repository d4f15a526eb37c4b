//! The demo batch: an embedded loopback server and generated pictures, so that every state can be seen without a
//! network. Some are slow, one link is broken and one file is corrupt.

mod picture;
mod server;
mod site;

pub use site::{Resource, Site, animation};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use picture::{Form, Scene};
use server::{Answer, Server};
use std::io;
use std::time::Duration;

/// A running demo server on a loopback port. Ends when dropped.
#[derive(Debug)]
pub struct Demo {
    links: Vec<String>,
    _server: Server,
}

/// What the server does with one link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A whole picture, after a moment.
    Good,
    /// A whole picture, over a slow line.
    Slow,
    /// A picture that ends in the middle.
    Corrupt,
    /// There is no such file.
    Broken,
}

/// The batch: names, and what becomes of them. The extension decides the format.
const CATALOGUE: [(&str, Fate); 36] = [
    ("aurora-over-lofoten.png", Fate::Good),
    ("harbour_dawn_4K.jpg", Fate::Slow),
    ("市場の朝・京都.jpg", Fate::Good),
    ("IMG_20260914_183122.jpg", Fate::Good),
    ("product-hero@2x.png", Fate::Good),
    ("Ålesund – panorama.jpg", Fate::Slow),
    ("scan_0042.jpg", Fate::Good),
    ("glacier.jpg", Fate::Good),
    ("torn-negative.jpg", Fate::Corrupt),
    ("dewdrop.webp", Fate::Good),
    ("mural_07.jpg", Fate::Good),
    ("team offsite.jpg", Fate::Good),
    ("poster-final.png", Fate::Good),
    ("moved-away.jpg", Fate::Broken),
    ("fjord-1.jpg", Fate::Good),
    ("fjord-2.jpg", Fate::Good),
    ("fjord-3.jpg", Fate::Slow),
    ("IMG_20260914_183140.jpg", Fate::Good),
    ("IMG_20260914_183155.jpg", Fate::Good),
    ("IMG_20260915_070211.jpg", Fate::Good),
    ("ridge-line.webp", Fate::Good),
    ("night-train.jpg", Fate::Good),
    ("lighthouse.jpg", Fate::Slow),
    ("cloud-study-1.jpg", Fate::Good),
    ("cloud-study-2.jpg", Fate::Good),
    ("cloud-study-3.jpg", Fate::Good),
    ("été à la plage.jpg", Fate::Good),
    ("wallpaper-dusk.png", Fate::Good),
    ("wallpaper-noon.png", Fate::Good),
    ("scan_0043.jpg", Fate::Good),
    ("scan_0044.jpg", Fate::Good),
    ("valley.jpg", Fate::Slow),
    ("skyline.jpg", Fate::Good),
    ("winter-1.jpg", Fate::Good),
    ("winter-2.jpg", Fate::Good),
    ("last-light.jpg", Fate::Good),
];

/// How long a slow picture takes.
const SLOW: Duration = Duration::from_secs(4);

impl Demo {
    /// Starts the server on a free loopback port.
    ///
    /// # Errors
    ///
    /// Fails where the loopback gives no port, or the system no thread.
    pub fn start() -> io::Result<Demo> {
        let server = Server::start(answer)?;
        let link =
            |(index, (name, _)): (usize, &(&str, Fate))| format!("{}/{index}/{}", server.origin(), encoded(name));
        let links = CATALOGUE.iter().enumerate().map(link).collect();
        Ok(Demo { links, _server: server })
    }

    /// The links of the demo batch, a few dozen.
    pub fn links(&self) -> &[String] {
        &self.links
    }
}

/// What needs no encoding in the path of a link stays readable.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Percent-encodes a file name for the path of a link.
fn encoded(name: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(name, PLAIN)
}

/// What the server says to the path of a request, `/INDEX/NAME`.
fn answer(path: &str) -> Option<Answer> {
    let index: usize = path.trim_start_matches('/').split('/').next()?.parse().ok()?;
    let (name, fate) = CATALOGUE.get(index)?;
    if *fate == Fate::Broken {
        return None;
    }
    let form = Form::of_name(name);
    let mut body = Scene::numbered(index as u32).encoded(form);
    if *fate == Fate::Corrupt {
        body.truncate(body.len() / 2);
    }
    // A moment that differs from link to link, as it would on a network.
    let after = Duration::from_millis(120 + (index as u64 * 137) % 480);
    let lasting = if *fate == Fate::Slow { SLOW } else { Duration::from_millis(200 + (index as u64 * 89) % 500) };
    Some(Answer { content_type: form.content_type(), body, after, lasting })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn fetch(link: &str) -> (String, Vec<u8>) {
        let rest = link.strip_prefix("http://").expect("http");
        let (host, path) = rest.split_once('/').expect("a path");
        let mut stream = TcpStream::connect(host).expect("connected");
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answered");
        let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
        let body = answer.split_off(head_end);
        (String::from_utf8_lossy(&answer).into_owned(), body)
    }

    #[test]
    fn every_link_is_answered_as_the_catalogue_says() {
        let demo = Demo::start().expect("a server");
        std::thread::scope(|scope| {
            for ((name, fate), link) in CATALOGUE.iter().zip(demo.links()) {
                scope.spawn(move || {
                    let (head, body) = fetch(link);
                    let whole = image::load_from_memory(&body);
                    match fate {
                        Fate::Broken => assert!(head.starts_with("HTTP/1.1 404"), "{name}: {head}"),
                        Fate::Corrupt => assert!(body.len() > 1000 && !body.ends_with(&[0xff, 0xd9]), "{name}"),
                        Fate::Good | Fate::Slow => {
                            assert!(head.starts_with("HTTP/1.1 200"), "{name}: {head}");
                            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{name}: {head}");
                            assert!(whole.expect("a picture").width() >= 1200, "{name}");
                        }
                    }
                });
            }
        });
        let count = |fate| CATALOGUE.iter().filter(|(_, own)| *own == fate).count();
        assert_eq!((count(Fate::Broken), count(Fate::Corrupt)), (1, 1));
        assert!(count(Fate::Slow) >= 3);
    }

    #[test]
    fn the_server_ends_with_its_demo() {
        let demo = Demo::start().expect("a server");
        let host = demo.links()[0].split('/').nth(2).expect("a host").to_owned();
        drop(demo);
        assert!(TcpStream::connect(host).is_err(), "nobody listens any more");
    }
}
