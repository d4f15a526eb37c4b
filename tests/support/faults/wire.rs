//! The wire as a server sees it: requests as they come in, and the ways to stop in the middle.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};
use std::net::TcpStream;
use std::ops::Range;

/// A request, as far as the tests look at it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The names in lower case.
    pub(crate) headers: HashMap<String, String>,
}

impl Request {
    /// The next request of a connection, `None` at its end.
    pub(crate) fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
        // Somebody who begins with encryption waits for an answer before the end of any line.
        if reader.fill_buf()?.first() == Some(&0x16) {
            return Ok(Some(Request { method: "TLS".into(), target: String::new(), headers: HashMap::new() }));
        }
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let first = String::from_utf8_lossy(&line).into_owned();
        let mut words = first.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = HashMap::new();
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line)? <= 2 {
                return Ok(Some(Request { method, target, headers }));
            }
            if let Some((name, value)) = String::from_utf8_lossy(&line).split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What is asked for of a file of this length: `None` where it is all of it (or something that a server may leave
    /// aside, such as several ranges), and an error where nothing of it exists.
    pub(crate) fn range(&self, len: u64) -> Result<Option<Range<u64>>, NoSuchRange> {
        let Some((first, last)) = self.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
        else {
            return Ok(None);
        };
        let range = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => first..len.min(last.saturating_add(1)),
            (Ok(first), Err(_)) if last.is_empty() => first..len,
            (Err(_), Ok(count)) if first.is_empty() => len.saturating_sub(count)..len,
            _ => return Ok(None),
        };
        if range.is_empty() { Err(NoSuchRange) } else { Ok(Some(range)) }
    }
}

/// Nothing of the file lies in the range that was asked for.
#[derive(Debug)]
pub(crate) struct NoSuchRange;

/// Closing with a linger time of zero sends a reset.
#[cfg(unix)]
pub(crate) fn reset(stream: &TcpStream) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_linger(stream, Some(std::time::Duration::ZERO))?)
}

#[cfg(not(unix))]
pub(crate) fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(std::net::Shutdown::Both)
}
