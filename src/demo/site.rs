//! A small site of generated pages, files and pictures behind a line with latency, for whoever wants to see what waiting
//! costs without a network.

use super::picture::{Form, Scene};
use super::server::{Answer, Server};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long the bytes of a page take once they come.
const PAGE_LASTS: Duration = Duration::from_millis(20);

/// The same for a file.
const FILE_LASTS: Duration = Duration::from_millis(120);

/// Something that a site offers.
#[derive(Debug, Clone)]
pub struct Resource {
    name: String,
    content_type: &'static str,
    body: Arc<[u8]>,
    lasting: Duration,
}

impl Resource {
    /// A page with a title and a few links: of eight in a row each is longer than the one before.
    pub fn page(number: u32) -> Resource {
        let link =
            |link| format!("<li><a href=\"/archive/{number}/{link}.html\">Note {link} of part {number}</a></li>");
        let links = (0..number % 8 * 20 + 10).map(link).collect::<Vec<_>>().join("\n");
        let body = format!(
            "<!doctype html>\n<html><head><title>Part {number} of the river</title></head>\n<body><ul>\n{links}</ul></body></html>\n"
        );
        Resource {
            name: format!("part-{number}.html"),
            content_type: "text/html; charset=utf-8",
            body: body.into_bytes().into(),
            lasting: PAGE_LASTS,
        }
    }

    /// A file of so many bytes, which differ from file to file.
    pub fn file(number: u32, bytes: usize) -> Resource {
        let mut state = u64::from(number) + 1;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        Resource {
            name: format!("file-{number}.bin"),
            content_type: "application/octet-stream",
            body: (0..bytes).map(|_| byte()).collect(),
            lasting: FILE_LASTS,
        }
    }

    /// A picture.
    pub fn picture(number: u32) -> Resource {
        Resource {
            name: format!("picture-{number}.jpg"),
            content_type: Form::Jpeg.content_type(),
            body: Scene::numbered(number).encoded(Form::Jpeg).into(),
            lasting: FILE_LASTS,
        }
    }

    /// What is sent.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// A landscape whose sun goes by, as an animated GIF with so many frames.
///
/// # Errors
///
/// Fails where the encoder refuses a frame.
pub fn animation(frames: u32) -> io::Result<Vec<u8>> {
    Scene::numbered(1).moving(frames).map_err(io::Error::other)
}

/// A running site on a loopback port. Ends when dropped.
#[derive(Debug)]
pub struct Site {
    links: Vec<String>,
    _server: Server,
}

impl Site {
    /// Starts on a free port. Answers take the latency and up to half of it more, by their place.
    ///
    /// # Errors
    ///
    /// Fails where the loopback gives no port, or the system no thread.
    pub fn start(resources: Vec<Resource>, latency: Duration) -> io::Result<Site> {
        let names: Vec<String> = resources.iter().map(|resource| resource.name.clone()).collect();
        let count = resources.len().max(1) as u32;
        let server = Server::start(move |path| {
            let name = path.trim_start_matches('/').split('?').next().unwrap_or_default();
            let (place, resource) = resources.iter().enumerate().find(|(_, resource)| resource.name == name)?;
            Some(Answer {
                content_type: resource.content_type,
                body: resource.body.to_vec(),
                after: latency + latency * place as u32 / count / 2,
                lasting: resource.lasting,
            })
        })?;
        let links = names.iter().map(|name| format!("{}/{name}", server.origin())).collect();
        Ok(Site { links, _server: server })
    }

    /// The links of what it offers, in order.
    pub fn links(&self) -> &[String] {
        &self.links
    }
}
