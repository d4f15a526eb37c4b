//! A plain, quick server of files that knows ranges, and counts: for tests about what a program does when it is killed,
//! paused or started again, not about what servers do.

use super::reply::Reply;
use super::truth::File;
use super::wire::Request;
use std::collections::HashMap;
use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes that are made and sent at a time.
const BLOCK: usize = 64 * 1024;

/// What happened to one path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Bytes of bodies that were sent.
    pub(crate) body_bytes: u64,
    /// The `Range` header of every request, `None` where it had none.
    pub(crate) ranges: Vec<Option<String>>,
    /// Answers that are on their way.
    pub(crate) now: usize,
    /// The most answers that were on their way at one time.
    pub(crate) peak: usize,
}

/// Ends when dropped.
pub(crate) struct Files {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    files: HashMap<String, File>,
    counts: Mutex<HashMap<String, Counts>>,
    ending: AtomicBool,
    /// Of each answer; 0 is as fast as it goes.
    bytes_per_s: AtomicU64,
    /// Nothing is sent.
    held: AtomicBool,
}

impl Files {
    /// Serves files by path, seed and length.
    pub(crate) fn serve(files: &[(&str, u64, u64)]) -> Files {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let files = files.iter().map(|(path, seed, len)| ((*path).to_owned(), File::new(*seed, *len))).collect();
        let state = Arc::new(State {
            files,
            counts: Mutex::default(),
            ending: AtomicBool::new(false),
            bytes_per_s: AtomicU64::new(0),
            held: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&state);
        let accept = move || {
            for stream in listener.incoming().flatten() {
                if accepting.ending.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&accepting);
                // A client that is killed hangs up.
                let serve = move || state.connection(&stream).ok();
                thread::Builder::new().name("files".into()).spawn(serve).expect("a thread");
            }
        };
        thread::Builder::new().name("file server".into()).spawn(accept).expect("a thread");
        Files { address, state }
    }

    /// From now on each answer goes out at this pace; 0 is as fast as it goes.
    pub(crate) fn pace(&self, bytes_per_s: u64) {
        self.state.bytes_per_s.store(bytes_per_s, Ordering::SeqCst);
    }

    /// Sends nothing, or goes on.
    pub(crate) fn hold(&self, held: bool) {
        self.state.held.store(held, Ordering::SeqCst);
    }

    pub(crate) fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What a file should be.
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        self.state.files[path].bytes()
    }

    pub(crate) fn counts(&self, path: &str) -> Counts {
        lock(&self.state.counts).get(path).cloned().unwrap_or_default()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.state.ending.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        TcpStream::connect(self.address).ok();
    }
}

impl State {
    fn connection(&self, mut stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(request) = Request::read(&mut reader)? {
            let path = request.path().to_owned();
            let Some(file) = self.files.get(&path) else {
                stream.write_all(&Reply::status("404 Not Found").head())?;
                continue;
            };
            self.count(&path, |counts| {
                counts.ranges.push(request.header("range").map(str::to_owned));
                counts.now += 1;
                counts.peak = counts.peak.max(counts.now);
            });
            let sent = self.answer(stream, &request, file, &path);
            self.count(&path, |counts| counts.now -= 1);
            sent?;
        }
        Ok(())
    }

    fn answer(&self, mut stream: &TcpStream, request: &Request, file: &File, path: &str) -> io::Result<()> {
        // The head of an answer for an empty file with the same validators, so that nothing long is made twice.
        let current = request.header("if-range").is_none_or(|validator| {
            file.etag.as_deref() == Some(validator) || file.modified.as_deref() == Some(validator)
        });
        let range = if current { request.range(file.len) } else { Ok(None) };
        let Ok(range) = range else {
            return stream.write_all(&Reply::ranged(file, request).head());
        };
        let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
        let part = range.clone().unwrap_or(0..file.len);
        let mut reply = Reply::status(status).validators(file).header("Accept-Ranges", "bytes").until_close();
        reply = reply.header("Content-Length", (part.end - part.start).to_string());
        if range.is_some() {
            reply = reply.header("Content-Range", format!("bytes {}-{}/{}", part.start, part.end - 1, file.len));
        }
        stream.write_all(&reply.head())?;
        if request.method == "HEAD" {
            return Ok(());
        }
        let mut block = vec![0; BLOCK];
        let mut at = part.start;
        while at < part.end && !self.ending.load(Ordering::SeqCst) {
            while self.held.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
            let bytes_per_s = self.bytes_per_s.load(Ordering::SeqCst);
            // In small steps: what is sent to a program that was just killed counts.
            let step = if bytes_per_s == 0 { BLOCK as u64 } else { (bytes_per_s / 1000).clamp(1024, BLOCK as u64) };
            let size = step.min(part.end - at) as usize;
            file.fill(at, &mut block[..size]);
            stream.write_all(&block[..size])?;
            at += size as u64;
            self.count(path, |counts| counts.body_bytes += size as u64);
            if bytes_per_s > 0 {
                thread::sleep(Duration::from_secs_f64(size as f64 / bytes_per_s as f64));
            }
        }
        Ok(())
    }

    fn count(&self, path: &str, change: impl FnOnce(&mut Counts)) {
        change(lock(&self.counts).entry(path.to_owned()).or_default());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
