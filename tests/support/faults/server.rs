//! The server of a catalogue: each fault has a path, and each run of it a memory of its own. `/cut-half-once/a/file.bin`
//! is the fault `cut-half-once`, and what it did to `/cut-half-once/b/…` does not matter to it.

use super::reply::{Happening, Place, Reply};
use super::truth::File;
use super::wire::{Request, reset};
use super::{Catalogue, Fault};
use std::collections::HashMap;
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// No client waits as long as this; connections that are left open end by it.
const LONGEST: Duration = Duration::from_secs(40);

/// What a run of a fault has seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Every request: what was asked for behind the name of the run, and the range.
    pub(crate) asked: Vec<(String, Option<String>)>,
    /// Bytes of bodies that were sent.
    pub(crate) body_bytes: u64,
    pub(crate) connections: usize,
    pub(crate) open: usize,
    pub(crate) peak: usize,
}

/// One request in its place: what an answer may depend on.
pub(crate) struct Ask<'a> {
    pub(crate) request: &'a Request,
    pub(crate) file: &'a File,
    /// How many requests of the run came before this one.
    pub(crate) turn: usize,
    /// How many of them asked for the same path and query.
    pub(crate) turn_here: usize,
    /// Which connection of the run it is on, from 0.
    pub(crate) connection: usize,
    /// How many requests came before on this connection.
    pub(crate) turn_of_connection: usize,
    /// How many connections of the run are open, this one among them.
    pub(crate) open: usize,
    /// Where the run lives: `/fault/run`.
    pub(crate) base: &'a str,
    /// Path and query behind that, such as `/file.bin`.
    pub(crate) rest: &'a str,
    pub(crate) port: u16,
    /// A second port of the same server.
    pub(crate) other_port: u16,
}

impl Ask<'_> {
    /// What a good server would answer.
    pub(crate) fn good(&self) -> Reply {
        Reply::ranged(self.file, self.request)
    }

    /// Whether only a part is asked for, from somewhere behind the start.
    pub(crate) fn resumes(&self) -> bool {
        self.start() > 0
    }

    /// The first byte that is asked for.
    pub(crate) fn start(&self) -> u64 {
        self.request.range(self.file.len).ok().flatten().map_or(0, |range| range.start)
    }
}

/// Ends when dropped.
pub(crate) struct FaultServer {
    ports: [SocketAddr; 2],
    state: Arc<State>,
}

struct State {
    catalogue: Arc<Catalogue>,
    tallies: Mutex<HashMap<String, Tally>>,
    ending: AtomicBool,
    ports: [u16; 2],
}

impl FaultServer {
    /// Serves on this port of the loopback address, 0 for a free one.
    pub(crate) fn start(catalogue: Arc<Catalogue>, port: u16) -> io::Result<FaultServer> {
        let listeners = [TcpListener::bind((Ipv4Addr::LOCALHOST, port))?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?];
        let ports = [listeners[0].local_addr()?, listeners[1].local_addr()?];
        let state = Arc::new(State {
            catalogue,
            tallies: Mutex::default(),
            ending: AtomicBool::new(false),
            ports: ports.map(|address| address.port()),
        });
        for listener in listeners {
            let state = Arc::clone(&state);
            thread::Builder::new().name("fault server".into()).spawn(move || state.accept(&listener))?;
        }
        Ok(FaultServer { ports, state })
    }

    pub(crate) fn link(&self, fault: &Fault, run: &str) -> String {
        format!("http://{}/{}/{run}{}", self.ports[0], fault.name, fault.path)
    }

    pub(crate) fn tally(&self, fault: &Fault, run: &str) -> Tally {
        lock(&self.state.tallies).get(&format!("/{}/{run}", fault.name)).cloned().unwrap_or_default()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        for address in self.ports {
            // Wakes the thread that accepts.
            TcpStream::connect(address).ok();
        }
    }
}

/// The end of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Next,
    Close,
}

impl State {
    fn accept(self: &Arc<State>, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            if self.ending.load(Ordering::SeqCst) {
                return;
            }
            let state = Arc::clone(self);
            let serve = move || {
                let mut key = None;
                // A client that hangs up is what many faults are about.
                state.serve(&stream, &mut key).ok();
                if let Some(key) = key {
                    lock(&state.tallies).entry(key).and_modify(|tally| tally.open -= 1);
                }
            };
            thread::Builder::new().name("fault".into()).spawn(serve).expect("a thread");
        }
    }

    fn serve(&self, stream: &TcpStream, of_run: &mut Option<String>) -> io::Result<()> {
        stream.set_read_timeout(Some(LONGEST))?;
        stream.set_write_timeout(Some(LONGEST))?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut connection, mut turn_of_connection) = (0, 0);
        while let Some(request) = Request::read(&mut reader)? {
            if request.method == "TLS" {
                return (&*stream).write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            }
            let (name, base, rest) = place(&request.target);
            let Some(fault) = self.catalogue.find(&name) else {
                let names = self.catalogue.names().join("\n");
                deliver(stream, &Reply::status("404 Not Found").body(names), &self.ending, &mut |_| ())?;
                continue;
            };
            let ask = {
                let mut tallies = lock(&self.tallies);
                let tally = tallies.entry(base.clone()).or_default();
                if of_run.is_none() {
                    (connection, *of_run) = (tally.connections, Some(base.clone()));
                    tally.connections += 1;
                    tally.open += 1;
                    tally.peak = tally.peak.max(tally.open);
                }
                let ask = Ask {
                    request: &request,
                    file: &fault.file,
                    turn: tally.asked.len(),
                    turn_here: tally.asked.iter().filter(|(asked, _)| *asked == rest).count(),
                    connection,
                    turn_of_connection,
                    open: tally.open,
                    base: &base,
                    rest: &rest,
                    port: self.ports[0],
                    other_port: self.ports[1],
                };
                if request.method == "GET" {
                    tally.asked.push((rest.clone(), request.header("range").map(str::to_owned)));
                }
                ask
            };
            turn_of_connection += 1;
            let mut reply = (fault.answer)(&ask);
            if request.method == "HEAD" {
                let happenings =
                    reply.happenings.iter().copied().filter(|(at, _)| matches!(at, Place::Head(_))).collect();
                reply = Reply { keep: reply.keep, happenings, ..Reply::raw(reply.head()) };
            }
            let mut count = |bytes| lock(&self.tallies).entry(base.clone()).or_default().body_bytes += bytes;
            if deliver(stream, &reply, &self.ending, &mut count)? == Then::Close {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The name of the fault, where its run lives, and the rest of the path with the query. The run may be left out.
fn place(target: &str) -> (String, String, String) {
    let inside = target.trim_start_matches('/');
    let name = inside.split(['/', '?']).next().unwrap_or_default();
    let behind = &inside[name.len()..];
    let run = behind.strip_prefix('/').map_or("", |behind| behind.split(['/', '?']).next().unwrap_or_default());
    let base = if run.is_empty() { format!("/{name}") } else { format!("/{name}/{run}") };
    let rest = target.get(base.len()..).unwrap_or_default().to_owned();
    (name.to_owned(), base, rest)
}

/// Sends an answer with everything that happens to it.
fn deliver(mut stream: &TcpStream, reply: &Reply, ending: &AtomicBool, count: &mut dyn FnMut(u64)) -> io::Result<Then> {
    let (head, body) = (reply.head(), reply.wire_body());
    let offset = |place: Place| match place {
        Place::Head(at) => at.min(head.len()),
        Place::Body(at) => head.len() + at.min(body.len()),
    };
    let mut happenings: Vec<(usize, Happening)> =
        reply.happenings.iter().map(|(at, happening)| (offset(*at), *happening)).collect();
    happenings.sort_by_key(|(at, _)| *at);
    let wire = [head.as_slice(), &body].concat();
    let mut sent = 0;
    let mut send_to = |until: usize| -> io::Result<()> {
        while sent < until {
            let pace = reply.pace.filter(|pace| pace.in_head == (sent < head.len()));
            let end = if sent < head.len() { until.min(head.len()) } else { until };
            let size = pace.map_or(1 << 18, |pace| pace.bytes).min(end - sent);
            stream.write_all(&wire[sent..sent + size])?;
            if sent >= head.len() {
                count(size as u64);
            }
            sent += size;
            if let Some(pace) = pace {
                wait(pace.pause, ending);
            }
        }
        Ok(())
    };
    for (at, happening) in happenings {
        send_to(at)?;
        match happening {
            Happening::Wait(time) => wait(time, ending),
            Happening::Close => return Ok(Then::Close),
            Happening::Reset => return reset(stream).map(|()| Then::Close),
            Happening::Hold => {
                hold(stream, ending);
                return Ok(Then::Close);
            }
        }
    }
    send_to(wire.len())?;
    Ok(if reply.keep { Then::Next } else { Then::Close })
}

fn wait(time: Duration, ending: &AtomicBool) {
    let mut left = time;
    while !left.is_zero() && !ending.load(Ordering::SeqCst) {
        let step = left.min(Duration::from_millis(50));
        thread::sleep(step);
        left -= step;
    }
}

/// Until the client goes, the server ends, or nobody can be interested any more.
fn hold(stream: &TcpStream, ending: &AtomicBool) {
    let step = Duration::from_millis(100);
    stream.set_read_timeout(Some(step)).ok();
    for _ in 0..LONGEST.as_millis() / step.as_millis() {
        let gone = match stream.peek(&mut [0]) {
            Ok(bytes) => {
                thread::sleep(step);
                bytes == 0
            }
            Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        };
        if gone || ending.load(Ordering::SeqCst) {
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
