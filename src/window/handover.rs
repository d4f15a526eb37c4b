//! A second program on the same state folder hands its inputs to the window that runs there. The window listens on a port
//! of the loopback and leaves the number and a token in a file that only the person can read. Each side proves that it
//! knows the token before anything is handed over, so that a port which belongs to somebody else by now learns nothing.

use super::waker::Waker;
use crate::model::{HandOver, HandedAnswer};
use crossbeam_channel::{Receiver, Sender, bounded};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The file in the state folder that says where the window listens.
const FILE_NAME: &str = "window.json";

/// What the window says first: who it is, and which version of this.
const GREETING: &[u8; 18] = b"millrace window 1\n";

/// The longest message, in bytes.
const MAX_MESSAGE: u32 = 64 << 20;

/// How long strangers may take to prove who they are.
const HANDSHAKE: Duration = Duration::from_secs(2);

/// How long a message may take to come over, and the window to answer it.
const MESSAGE: Duration = Duration::from_secs(5);

/// So long before that it is too late to take something.
const MARGIN: Duration = Duration::from_millis(500);

type Bytes16 = [u8; 16];

#[derive(Serialize, Deserialize)]
struct Place {
    port: u16,
    token: String,
}

/// Something that was handed over, and where the answer goes.
pub(crate) struct Handed {
    pub(crate) hand_over: HandOver,
    pub(crate) answer: Sender<HandedAnswer>,
    /// After this whoever handed it over has been told that it was not taken.
    until: Instant,
}

impl Handed {
    /// Whether it is too late to take it.
    pub(crate) fn is_overdue(&self) -> bool {
        Instant::now() > self.until
    }
}

/// Where second programs are listened to, until it is dropped.
pub(crate) struct Listener {
    handed: Receiver<Handed>,
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    /// Whoever is served just now.
    served: Arc<Mutex<Option<TcpStream>>>,
    thread: Option<thread::JoinHandle<()>>,
    file: PathBuf,
    token: String,
}

impl Listener {
    pub(crate) fn start(state_dir: &Path, waker: Waker) -> io::Result<Listener> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let token = random()?;
        let ends = Arc::new(AtomicBool::new(false));
        let served: Arc<Mutex<Option<TcpStream>>> = Arc::default();
        // A few programs may be started at once; each waits for its answer.
        let (hand, handed) = bounded(16);
        let thread = thread::Builder::new().name("handover".to_owned()).spawn({
            let (ends, served) = (Arc::clone(&ends), Arc::clone(&served));
            move || {
                while !ends.load(Ordering::Acquire) {
                    match listener.accept() {
                        Ok((stream, _)) if !ends.load(Ordering::Acquire) => {
                            *served.lock().unwrap_or_else(PoisonError::into_inner) = stream.try_clone().ok();
                            // Whoever does not keep to the rules is left alone.
                            if let Err(error) = serve(stream, &token, &hand, &waker) {
                                tracing::debug!("Nothing was handed over: {error}");
                            }
                            // The connection ends with the last of its handles.
                            served.lock().unwrap_or_else(PoisonError::into_inner).take();
                        }
                        Ok(_) => {}
                        // Out of descriptors, perhaps; it passes.
                        Err(_) => thread::sleep(Duration::from_millis(100)),
                    }
                }
            }
        })?;
        let (file, token) = (state_dir.join(FILE_NAME), HEXLOWER.encode(&token));
        let listener = Listener { handed, address, ends, served, thread: Some(thread), file, token };
        listener.write(state_dir)?;
        Ok(listener)
    }

    /// First beside the old file, which only the person can read, then over it.
    fn write(&self, state_dir: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(state_dir)?;
        let place = Place { port: self.address.port(), token: self.token.clone() };
        file.write_all(&serde_json::to_vec(&place)?)?;
        file.persist(&self.file).map(drop).map_err(|error| error.error)
    }

    /// What was handed over since the last call.
    pub(crate) fn take(&self) -> Option<Handed> {
        self.handed.try_recv().ok()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let is_own = read_place(&self.file).is_some_and(|place| place.token == self.token);
        if is_own {
            std::fs::remove_file(&self.file).ok();
        }
        self.ends.store(true, Ordering::Release);
        // Whoever waits for an answer gets none.
        self.handed = bounded(0).1;
        // Wakes the thread out of waiting for what somebody says, and for somebody.
        if let Some(stream) = self.served.lock().unwrap_or_else(PoisonError::into_inner).take() {
            stream.shutdown(Shutdown::Both).ok();
        }
        if TcpStream::connect_timeout(&self.address, HANDSHAKE).is_ok()
            && let Some(thread) = self.thread.take()
        {
            thread.join().ok();
        }
    }
}

/// Serves one program: who it is, what it hands over, what the window says to that.
fn serve(stream: TcpStream, token: &Bytes16, hand: &Sender<Handed>, waker: &Waker) -> io::Result<()> {
    let mut line = Line::new(stream, HANDSHAKE)?;
    let own = random()?;
    line.write(&[GREETING.as_slice(), &own].concat())?;
    let (mut other, mut proof) = (Bytes16::default(), [0; 32]);
    line.read(&mut other)?;
    line.read(&mut proof)?;
    if proof != proved(b"client", token, &own, &other) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it does not know the token"));
    }
    line.write(&proved(b"window", token, &other, &own))?;
    line.patience(MESSAGE);
    let hand_over: HandOver = line.receive()?;
    let (answer, answered) = bounded(1);
    // A little earlier than this side gives up: what is taken is told.
    let until = Instant::now() + MESSAGE.saturating_sub(MARGIN);
    if hand.try_send(Handed { hand_over, answer, until }).is_err() {
        return line.send(&HandedAnswer::Refused("The window has too much to do; try it again".to_owned()));
    }
    waker.wake();
    match answered.recv_timeout(MESSAGE) {
        Ok(answer) => {
            line.patience(MESSAGE);
            line.send(&answer)
        }
        // It hears that by the end of the connection.
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the window did not answer")),
    }
}

/// The window that runs on a state folder.
pub struct RunningWindow {
    line: Line,
}

/// The window that runs on a state folder, if there is one. A file that a killed one left behind is none.
pub fn find_running(state_dir: &Path) -> Option<RunningWindow> {
    let place = read_place(&state_dir.join(FILE_NAME))?;
    let token: Bytes16 = HEXLOWER.decode(place.token.as_bytes()).ok()?.try_into().ok()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, place.port));
    let stream = TcpStream::connect_timeout(&address, HANDSHAKE).ok()?;
    let mut line = Line::new(stream, HANDSHAKE).ok()?;
    shake_hands(&mut line, &token).ok()?;
    Some(RunningWindow { line })
}

impl RunningWindow {
    /// Hands inputs over; returns how many the window took. None where there were none: then it came to the front.
    ///
    /// # Errors
    ///
    /// Fails where there are too many inputs for one message, and where the window does not answer in time or refuses
    /// them.
    pub fn hand_over(mut self, hand_over: &HandOver) -> anyhow::Result<usize> {
        let no_answer = |error: io::Error| anyhow::anyhow!("the window that is running does not answer: {error}");
        self.line.patience(MESSAGE);
        self.line.send(hand_over).map_err(no_answer)?;
        // Without inputs nothing is lost by going on sooner.
        self.line.patience(if hand_over.inputs.is_empty() { HANDSHAKE } else { MESSAGE * 2 });
        match self.line.receive().map_err(no_answer)? {
            HandedAnswer::Taken(count) => Ok(count),
            HandedAnswer::Raised => Ok(0),
            HandedAnswer::Refused(sentence) => Err(anyhow::Error::msg(sentence)),
        }
    }
}

fn shake_hands(line: &mut Line, token: &Bytes16) -> io::Result<()> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "that is no window of Millrace");
    let (mut greeting, mut other) = ([0; GREETING.len()], Bytes16::default());
    line.read(&mut greeting)?;
    line.read(&mut other)?;
    if greeting != *GREETING {
        return Err(wrong());
    }
    let own = random()?;
    line.write(&[own.as_slice(), &proved(b"client", token, &other, &own)].concat())?;
    let mut proof = [0; 32];
    line.read(&mut proof)?;
    if proof == proved(b"window", token, &own, &other) { Ok(()) } else { Err(wrong()) }
}

/// What only somebody who knows the token can say to these two random numbers.
fn proved(who: &[u8; 6], token: &Bytes16, asked: &Bytes16, own: &Bytes16) -> [u8; 32] {
    Sha256::new().chain_update(who).chain_update(token).chain_update(asked).chain_update(own).finalize().into()
}

fn random() -> io::Result<Bytes16> {
    let mut bytes = Bytes16::default();
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

fn read_place(file: &Path) -> Option<Place> {
    let mut bytes = Vec::new();
    std::fs::File::open(file).ok()?.take(4096).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A connection on which everything has its time and its length.
struct Line {
    stream: TcpStream,
    until: Instant,
}

impl Line {
    fn new(stream: TcpStream, patience: Duration) -> io::Result<Line> {
        stream.set_nodelay(true)?;
        Ok(Line { stream, until: Instant::now() + patience })
    }

    fn patience(&mut self, patience: Duration) {
        self.until = Instant::now() + patience;
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    /// Not `read_exact` with one time-out: a byte now and then would keep that going for ever.
    fn read(&mut self, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            self.stream.set_read_timeout(Some(self.left()?))?;
            match self.stream.read(into) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => into = &mut into[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(self.left()?))?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn send(&mut self, message: &impl Serialize) -> io::Result<()> {
        let bytes = serde_json::to_vec(message)?;
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MAX_MESSAGE);
        let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "there are too many inputs"))?;
        self.write(&length.to_le_bytes())?;
        self.write(&bytes)
    }

    fn receive<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut length = [0; 4];
        self.read(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > MAX_MESSAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a message of {length} bytes is too long")));
        }
        // Grows with what really comes.
        let mut bytes = Vec::new();
        while bytes.len() < length as usize {
            let at = bytes.len();
            bytes.resize((at + (1 << 16)).min(length as usize), 0);
            self.read(&mut bytes[at..])?;
        }
        Ok(serde_json::from_slice(&bytes)?)
    }
}

#[cfg(test)]
mod tests;
