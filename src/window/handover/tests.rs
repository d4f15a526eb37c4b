//! Inputs handed to the window that runs, over a real socket.

use super::*;
use crate::model::HandedInput;

fn inputs(count: usize) -> HandOver {
    let inputs = (0..count).map(|n| HandedInput::Link(format!("http://h/{n}"))).collect();
    HandOver { inputs, ..HandOver::default() }
}

/// Answers as a window does until the answers run out.
fn answering(listener: Listener, answers: Vec<HandedAnswer>) -> thread::JoinHandle<(Listener, Vec<HandOver>)> {
    let run = move || {
        let mut seen = Vec::new();
        for answer in answers {
            let handed = listener.handed.recv_timeout(Duration::from_secs(20)).expect("something is handed over");
            seen.push(handed.hand_over);
            handed.answer.send(answer).expect("it waits");
        }
        (listener, seen)
    };
    thread::Builder::new().spawn(run).expect("a thread")
}

#[test]
fn inputs_are_handed_over_and_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(find_running(folder.path()).is_none(), "nobody is there");
    let listener = Listener::start(folder.path(), Waker::default()).expect("listens");
    let refused = HandedAnswer::Refused("no".to_owned());
    let window = answering(listener, vec![HandedAnswer::Taken(10_000), HandedAnswer::Raised, refused]);
    let handed = |hand_over: &HandOver| find_running(folder.path()).expect("a window").hand_over(hand_over);
    assert_eq!(handed(&inputs(10_000)).expect("handed"), 10_000);
    assert_eq!(handed(&HandOver::default()).expect("raised"), 0);
    assert_eq!(handed(&inputs(1)).expect_err("refused").to_string(), "no");
    let (listener, seen) = window.join().expect("answered");
    assert_eq!(seen, [inputs(10_000), HandOver::default(), inputs(1)]);
    drop(listener);
    assert!(!folder.path().join(FILE_NAME).exists(), "nothing is left");
    assert!(find_running(folder.path()).is_none());
}

#[cfg(unix)]
#[test]
fn only_the_person_can_read_the_token() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let _listener = Listener::start(folder.path(), Waker::default()).expect("listens");
    let mode = std::fs::metadata(folder.path().join(FILE_NAME)).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_a_killed_window_left_behind_is_no_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(FILE_NAME);
    for text in ["", "nonsense", "{\"port\": 1, \"token\": \"00\"}", "{\"port\": 99999, \"token\": \"\"}"] {
        std::fs::write(&file, text).expect("written");
        assert!(find_running(folder.path()).is_none(), "{text}");
    }
    // Its port belongs to another program by now: one that says something else, one that says nothing, one that hangs up.
    let token = "00112233445566778899aabbccddeeff";
    for says in [Some(b"220 mail.example ready, and a few more words".as_slice()), Some(b""), None] {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = other.local_addr().expect("an address").port();
        std::fs::write(&file, format!("{{\"port\": {port}, \"token\": \"{token}\"}}")).expect("written");
        let stranger = thread::Builder::new().spawn(move || {
            let (mut stream, _) = other.accept().expect("somebody");
            if let Some(says) = says {
                stream.write_all(says).expect("written");
                let mut heard = Vec::new();
                // A test that hangs is worse than one that hears too little.
                stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
                stream.read_to_end(&mut heard).ok();
                return heard;
            }
            Vec::new()
        });
        let began = Instant::now();
        assert!(find_running(folder.path()).is_none());
        assert!(began.elapsed() < HANDSHAKE * 3);
        assert_eq!(stranger.expect("a thread").join().expect("heard"), b"", "a stranger learns nothing");
    }
    // Nobody listens at all.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("an address").port();
    std::fs::write(&file, format!("{{\"port\": {free}, \"token\": \"{token}\"}}")).expect("written");
    assert!(find_running(folder.path()).is_none());
    let listener = Listener::start(folder.path(), Waker::default()).expect("takes the file over");
    std::fs::write(&file, "{\"port\": 1, \"token\": \"another\"}").expect("written");
    drop(listener);
    assert!(file.exists(), "that of another window stays");
}

#[test]
fn strangers_hand_nothing_over_and_hold_nobody_up_for_long() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(folder.path(), Waker::default()).expect("listens");
    let address = listener.address;
    // One says nothing, one nonsense, one knows a wrong token, one means a message without end.
    let silent = TcpStream::connect(address).expect("connected");
    let mut wordy = TcpStream::connect(address).expect("connected");
    wordy.write_all(&[b'x'; 4096]).ok();
    let mut wrong = TcpStream::connect(address).expect("connected");
    let wrong_token = Line::new(wrong.try_clone().expect("a copy"), HANDSHAKE * 4)
        .and_then(|mut line| shake_hands(&mut line, &[7; 16]));
    assert!(wrong_token.is_err() && listener.take().is_none());
    assert_eq!(wrong.read(&mut [0; 8]).unwrap_or(0), 0, "it is hung up on");
    let mut endless = find_running(folder.path()).expect("a window");
    endless.line.write(&(MAX_MESSAGE + 1).to_le_bytes()).expect("written");
    assert!(endless.line.read(&mut [0]).is_err());
    let mut garbled = find_running(folder.path()).expect("a window");
    garbled.line.write(&[3, 0, 0, 0, b'{', b'}', b'x']).expect("written");
    assert!(garbled.line.read(&mut [0]).is_err());
    let window = answering(listener, vec![HandedAnswer::Taken(1)]);
    assert_eq!(find_running(folder.path()).expect("a window").hand_over(&inputs(1)).expect("handed"), 1);
    drop((window.join().expect("answered"), silent));
}

#[test]
fn a_window_that_is_stuck_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(folder.path(), Waker::default()).expect("listens");
    let began = Instant::now();
    let words = find_running(folder.path()).expect("a window").hand_over(&inputs(1)).expect_err("stuck").to_string();
    assert!(words.contains("does not answer"), "{words}");
    assert!(began.elapsed() < Duration::from_secs(10));
    drop(listener);
}

#[test]
fn nobody_who_only_connects_holds_the_window_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = Listener::start(folder.path(), Waker::default()).expect("listens");
    let silent = TcpStream::connect(listener.address).expect("connected");
    // It is served, and says nothing.
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    drop(listener);
    assert!(began.elapsed() < HANDSHAKE / 2, "{:?}", began.elapsed());
    drop(silent);
}
