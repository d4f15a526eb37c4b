//! A loopback server that answers GET requests at a chosen pace: one thread that accepts, and one for each connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// More connections at once than this are closed unanswered.
const MAX_CONNECTIONS: usize = 128;

/// A request's head is read up to this many bytes.
const MAX_HEAD_BYTES: u64 = 16 * 1024;

/// How long a client may take over sending or receiving.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body goes out in pieces, one at least this often.
const PIECE_EVERY: Duration = Duration::from_millis(40);

/// What is sent back, and how fast.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// Before the first byte.
    pub(super) after: Duration,
    /// From the first to the last byte of the body.
    pub(super) lasting: Duration,
}

/// What is said to a path. `None` becomes a 404.
type Answers = dyn Fn(&str) -> Option<Answer> + Send + Sync;

#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts on a free port. `answer` is asked for each path; `None` becomes a 404.
    pub(super) fn start(answer: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static) -> io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let ending = Arc::new(AtomicBool::new(false));
        let accepting = Accepting { ending: Arc::clone(&ending), open: Arc::default(), answer: Arc::new(answer) };
        let thread = thread::Builder::new().name("demo server".into()).spawn(move || accepting.run(&listener))?;
        Ok(Server { address, ending, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        // Wakes the thread that accepts. If even that fails, it ends with the program.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            thread.join().ok();
        }
    }
}

struct Accepting {
    ending: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
    answer: Arc<Answers>,
}

impl Accepting {
    fn run(&self, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.ending.load(Ordering::Acquire) {
                return;
            }
            let Ok(stream) = stream else { continue };
            if self.open.load(Ordering::Relaxed) >= MAX_CONNECTIONS {
                continue;
            }
            let guard = Counted::new(Arc::clone(&self.open));
            let (answer, ending) = (Arc::clone(&self.answer), Arc::clone(&self.ending));
            let serve = move || {
                // A client that hangs up is no concern of the server.
                serve(stream, &*answer, &ending).ok();
                drop(guard);
            };
            // A connection that gets no thread is closed.
            thread::Builder::new().name("demo connection".into()).spawn(serve).ok();
        }
    }
}

/// Counts a connection as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(open: Arc<AtomicUsize>) -> Counted {
        open.fetch_add(1, Ordering::Relaxed);
        Counted(open)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn serve(mut stream: TcpStream, answer: &Answers, ending: &AtomicBool) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?.take(MAX_HEAD_BYTES));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    match answer(path) {
        Some(answer) => send(&mut stream, &answer, ending),
        None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    }
}

fn send(stream: &mut TcpStream, answer: &Answer, ending: &AtomicBool) -> io::Result<()> {
    thread::sleep(answer.after);
    let (content_type, length) = (answer.content_type, answer.body.len());
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    let started = Instant::now();
    let pieces = (answer.lasting.as_millis() / PIECE_EVERY.as_millis()).max(1) as usize;
    for (number, piece) in answer.body.chunks(length.div_ceil(pieces).max(1)).enumerate() {
        if ending.load(Ordering::Acquire) {
            return Ok(());
        }
        let due = PIECE_EVERY * number as u32;
        thread::sleep(due.saturating_sub(started.elapsed()));
        stream.write_all(piece)?;
    }
    Ok(())
}
