//! A loopback server that follows a script for each path, so that it can be as broken as any server out there.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// One thing that a server does with a connection. At the end of a script it closes.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Do nothing for so long, or until the server ends.
    Wait(Duration),
    /// Break the connection with a reset instead of a close.
    Reset,
}

/// What a path does, connection by connection; the last script goes for all later ones.
pub(crate) type Scripts = Vec<Vec<Act>>;

/// The headers of a request, their names in lower case.
pub(crate) type Headers = HashMap<String, String>;

/// Ends when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    scripts: Mutex<HashMap<String, Scripts>>,
    requests: Mutex<Vec<Headers>>,
    ending: AtomicBool,
}

impl Server {
    pub(crate) fn start() -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State::default());
        let accepting = Arc::clone(&state);
        let accept = move || {
            for stream in listener.incoming().flatten() {
                if accepting.ending.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&accepting);
                // A client that hangs up is what some of the tests are about.
                let serve = move || state.serve(stream).ok();
                thread::Builder::new().name("connection".into()).spawn(serve).expect("a thread");
            }
        };
        thread::Builder::new().name("server".into()).spawn(accept).expect("a thread");
        Server { address, state }
    }

    /// Sets what a path does, and answers its link.
    pub(crate) fn on(&self, path: &str, scripts: Scripts) -> String {
        lock(&self.state.scripts).insert(path.to_owned(), scripts);
        self.link(path)
    }

    /// Sets what a path does where a part is asked for.
    pub(crate) fn on_ranges(&self, path: &str, scripts: Scripts) {
        self.on(&of_ranges(path), scripts);
    }

    /// A path that serves these bytes as they should be served.
    pub(crate) fn file(&self, path: &str, body: &[u8]) -> String {
        self.on(path, vec![vec![Act::Send(whole(body, ""))]])
    }

    pub(crate) fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Headers> {
        lock(&self.state.requests).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
    }
}

impl State {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            line.clear();
            if reader.read_line(&mut line)? <= 2 {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        let asks_for_part = headers.contains_key("range");
        lock(&self.requests).push(headers);
        let script = {
            let mut scripts = lock(&self.scripts);
            let ranges = Some(of_ranges(&path)).filter(|ranges| asks_for_part && scripts.contains_key(ranges));
            let path = ranges.unwrap_or(path);
            let of_path = scripts.entry(path).or_insert_with(|| vec![vec![Act::Send(head("404 Not Found", ""))]]);
            if of_path.len() > 1 { of_path.remove(0) } else { of_path[0].clone() }
        };
        for act in script {
            match act {
                Act::Send(bytes) => stream.write_all(&bytes)?,
                Act::Wait(time) => self.wait(time),
                Act::Reset => return reset(&stream),
            }
        }
        Ok(())
    }

    fn wait(&self, time: Duration) {
        let step = Duration::from_millis(5);
        let mut left = time;
        while !left.is_zero() && !self.ending.load(Ordering::SeqCst) {
            thread::sleep(step.min(left));
            left = left.saturating_sub(step);
        }
    }
}

fn of_ranges(path: &str) -> String {
    format!("{path} range")
}

/// Closing with a linger time of zero sends a reset.
#[cfg(unix)]
fn reset(stream: &TcpStream) -> std::io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO))?)
}

#[cfg(not(unix))]
fn reset(stream: &TcpStream) -> std::io::Result<()> {
    stream.shutdown(std::net::Shutdown::Both)
}

/// The head of an answer without a body, with further header lines (each ending in CRLF).
pub(crate) fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

/// A whole good answer.
pub(crate) fn whole(body: &[u8], headers: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
