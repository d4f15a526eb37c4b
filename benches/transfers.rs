//! How soon transfers heed a person: a thousand that are paused, and one whose server has fallen silent that is cancelled.
//! And what a million links take that wait.

mod figures;

use figures::tell;
use millrace::engine::{Engine, EngineConfig};
use millrace::model::{Batch, BatchOptions, Command, Event, FetchOptions, JobSpec, LaneCounts, Mode, Selection};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const TRANSFERS: u16 = 1000;
const ROUNDS: usize = 11;

/// Sends a little of a large file all the time, or nothing more after the head. Counts what it sent.
fn serve(sent: &Arc<AtomicU64>) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let sent = Arc::clone(sent);
    let answer = move |mut stream: TcpStream, sent: &AtomicU64| -> std::io::Result<()> {
        let mut request = [0; 2048];
        let length = stream.read(&mut request)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")?;
        loop {
            if !request[..length].starts_with(b"GET /silent") {
                stream.write_all(&[7; 1000])?;
                sent.fetch_add(1000, Ordering::Relaxed);
            }
            thread::sleep(Duration::from_millis(50));
        }
    };
    let accept = move || {
        for stream in listener.incoming().flatten() {
            let sent = Arc::clone(&sent);
            thread::Builder::new().stack_size(64 << 10).spawn(move || answer(stream, &sent).ok()).expect("a thread");
        }
    };
    thread::Builder::new().spawn(accept).expect("a thread");
    address
}

fn engine(lanes: u16) -> Engine {
    let config = EngineConfig {
        mode: Mode::Threads,
        lanes: LaneCounts { fetch: lanes, mill: 1 },
        worker_program: PathBuf::from(env!("CARGO_BIN_EXE_millrace")),
        ..EngineConfig::for_this_machine().expect("a config")
    };
    Engine::start(config, None, || {}).expect("an engine")
}

fn submit(engine: &Engine, folder: &Path, links: Vec<String>) {
    let options = BatchOptions {
        fetch: Arc::new(FetchOptions { per_host: 1024, ..FetchOptions::default() }),
        kept: false,
        ..BatchOptions::to(folder)
    };
    let jobs = links.into_iter().map(|link| JobSpec::link(link.clone(), &link, None)).collect();
    engine.send(Command::Submit(Arc::new(Batch { options: Arc::new(options), jobs })));
}

fn until(engine: &Engine, mut is: impl FnMut(&Event) -> bool) {
    while !is(&engine.events().recv_timeout(Duration::from_mins(2)).expect("an event")) {}
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let sent = Arc::new(AtomicU64::new(0));
    let address = serve(&sent);
    pausing(folder.path(), address);
    cancelling(folder.path(), address);
    waiting(folder.path());
}

/// From the command until every transfer has heeded it: nothing more is counted as received.
fn pausing(folder: &Path, address: SocketAddr) {
    let engine = engine(TRANSFERS);
    submit(&engine, folder, (0..TRANSFERS).map(|number| format!("http://{address}/{number}.bin")).collect());
    let mut running = 0;
    until(&engine, |event| {
        running += u16::from(matches!(event, Event::TaskStarted { .. }));
        running == TRANSFERS
    });
    thread::sleep(Duration::from_secs(3));
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        let mut last_change = Instant::now();
        let asked = Instant::now();
        engine.send(Command::Pause(Selection::All));
        while last_change.elapsed() < Duration::from_millis(300) {
            if !engine.board().take().is_empty() {
                last_change = Instant::now();
            }
            thread::sleep(Duration::from_micros(200));
        }
        figures.push(last_change.duration_since(asked).as_secs_f64() * 1e3);
        engine.send(Command::Resume(Selection::All));
        thread::sleep(Duration::from_millis(500));
    }
    tell("pause_1000_transfers_ms", "millrace", figures, "ms");
}

/// From the command until the job is told as cancelled.
fn cancelling(folder: &Path, address: SocketAddr) {
    let mut figures = Vec::new();
    for number in 0..ROUNDS {
        let engine = engine(1);
        submit(&engine, folder, vec![format!("http://{address}/silent/{number}.bin")]);
        until(&engine, |event| matches!(event, Event::TaskStarted { .. }));
        thread::sleep(Duration::from_millis(200));
        let asked = Instant::now();
        engine.send(Command::Cancel(Selection::All));
        until(&engine, |event| matches!(event, Event::JobFinished(_)));
        figures.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    tell("cancel_stalled_ms", "millrace", figures, "ms");
}

/// All that the program takes more for a million links that wait, the links included.
fn waiting(folder: &Path) {
    let engine = engine(1);
    engine.send(Command::Pause(Selection::All));
    until(&engine, |event| matches!(event, Event::SettingsChanged { paused: true, .. }));
    let before = resident_bytes();
    submit(&engine, folder, (0..1_000_000).map(|number| format!("http://127.0.0.1:1/files/{number:07}.jpg")).collect());
    until(&engine, |event| matches!(event, Event::JobsQueued { .. }));
    thread::sleep(Duration::from_millis(500));
    tell("bytes_per_queued_link", "millrace", vec![(resident_bytes() - before) / 1e6], "bytes");
}

fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) * 1024.0
}
