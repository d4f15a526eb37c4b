//! The clipboard, read on a thread of its own: whoever owns it may take seconds to answer, or never do. The thread starts
//! with the first question. With the watch on it looks every second and tells of new links; otherwise it sleeps.

use super::waker::Waker;
use crate::intake;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use egui::ColorImage;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// After this long a person is told that nobody answers.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often the watch looks.
const EVERY: Duration = Duration::from_secs(1);

/// The watch spends no more than one part in so many on looking: large texts are looked at less often.
const SHARE: u32 = 20;

/// Longer texts are not watched for links.
const MAX_WATCHED: usize = 4 << 20;

/// So many links that were offered are remembered.
const MOST_OFFERED: usize = 10_000;

/// A picture from the clipboard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Picture {
    /// As the clipboard gave it: red, green, blue and alpha, each a byte.
    Plain { width: u32, height: u32, rgba: Arc<Vec<u8>> },
    /// As egui hands it over.
    Egui(Arc<ColorImage>),
}

/// What was seen there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    Text(String),
    Picture(Picture),
    /// Nothing that can be added, or why it cannot be read.
    Nothing(String),
    /// New links, found by the watch.
    Links(Vec<String>),
}

/// Where the thread reads.
pub(crate) trait Source: Send + 'static {
    fn text(&mut self) -> Option<String>;
    fn files(&mut self) -> Vec<PathBuf>;
    fn picture(&mut self) -> Option<Picture>;
    /// Why nothing can be read at all.
    fn complaint(&self) -> Option<String>;
}

enum Ask {
    Paste(u64),
    Watch(bool),
    /// This text needs no offer: it comes from here, or was pasted here.
    Know(u64),
}

/// Questions to the thread, and its answers with the number of their question; 0 for news of the watch.
type Line = (Sender<Ask>, Receiver<(u64, Seen)>);

/// The clipboard as the window uses it.
pub(crate) struct Clipboard {
    waker: Waker,
    thread: Option<Line>,
    asked: u64,
    /// The question that waits for its answer, since when, and whether that was told already.
    waiting: Option<(u64, Instant, bool)>,
    watches: bool,
}

impl Clipboard {
    pub(crate) fn new(waker: Waker) -> Clipboard {
        Clipboard { waker, thread: None, asked: 0, waiting: None, watches: false }
    }

    /// Asks for what is on the clipboard. The error is a sentence for the person.
    pub(crate) fn paste(&mut self) -> Result<(), String> {
        match self.waiting {
            // A key that is held down.
            Some((.., false)) => Ok(()),
            Some((.., true)) => Err(no_answer()),
            None => {
                self.asked += 1;
                self.send(Ask::Paste(self.asked))?;
                self.waiting = Some((self.asked, Instant::now(), false));
                Ok(())
            }
        }
    }

    pub(crate) fn watch(&mut self, watch: bool) -> Result<(), String> {
        if self.watches == watch {
            return Ok(());
        }
        self.watches = watch;
        self.send(Ask::Watch(watch))
    }

    /// The watch is not to offer this text.
    pub(crate) fn know(&mut self, text: &str) {
        if self.watches {
            self.send(Ask::Know(hash(text))).ok();
        }
    }

    fn send(&mut self, ask: Ask) -> Result<(), String> {
        if self.thread.is_none() {
            let started = start(System::default(), self.waker.clone());
            self.thread = Some(started.map_err(|error| format!("Cannot read the clipboard: {error}"))?);
        }
        let sent = self.thread.as_ref().is_some_and(|(asks, _)| asks.try_send(ask).is_ok());
        if sent { Ok(()) } else { Err(no_answer()) }
    }

    /// What was seen since the last call.
    pub(crate) fn take(&mut self) -> Option<Seen> {
        let answer = self.thread.as_ref().map(|(_, seen)| seen.try_recv());
        match answer {
            Some(Ok((0, seen))) => return Some(seen),
            Some(Ok((number, seen))) => {
                let is_awaited = self.waiting.take_if(|(waiting, ..)| *waiting == number);
                // What comes after the person was told otherwise would come as a surprise.
                return if is_awaited.is_some_and(|(.., is_late)| !is_late) { Some(seen) } else { self.take() };
            }
            Some(Err(TryRecvError::Disconnected)) => (self.thread, self.waiting) = (None, None),
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        let (_, since, is_told) = self.waiting.as_mut()?;
        if since.elapsed() < PATIENCE || *is_told {
            return None;
        }
        *is_told = true;
        Some(Seen::Nothing(no_answer()))
    }

    /// When to look again at the latest.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let (_, since, is_told) = self.waiting?;
        (!is_told).then(|| (PATIENCE + Duration::from_millis(10)).saturating_sub(since.elapsed()))
    }
}

fn no_answer() -> String {
    "The program that has the clipboard does not answer. Copy again, or drop the files".to_owned()
}

/// The thread is not waited for at the end: it may be stuck for as long as the clipboard's owner likes.
fn start(source: impl Source, waker: Waker) -> std::io::Result<Line> {
    let (asks, asked) = bounded(64);
    let (see, seen) = bounded(8);
    thread::Builder::new().name("clipboard".to_owned()).spawn(move || serve(source, &asked, &see, &waker))?;
    Ok((asks, seen))
}

fn serve(mut source: impl Source, asked: &Receiver<Ask>, see: &Sender<(u64, Seen)>, waker: &Waker) {
    let mut watch: Option<Watch> = None;
    loop {
        let ask = match &watch {
            Some(watch) => asked.recv_timeout(watch.pause),
            None => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let news = match ask {
            Ok(Ask::Paste(number)) => Some((number, pasted(&mut source))),
            Ok(Ask::Watch(true)) => {
                // What lies there from before is no news.
                watch = Some(Watch::new(source.text().as_deref()));
                None
            }
            Ok(Ask::Watch(false)) => {
                watch = None;
                None
            }
            Ok(Ask::Know(text)) => {
                if let Some(watch) = &mut watch {
                    watch.know(text);
                }
                None
            }
            Err(RecvTimeoutError::Timeout) => {
                watch.as_mut().and_then(|watch| watch.look(&mut source)).map(|links| (0, Seen::Links(links)))
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(news) = news {
            if see.send(news).is_err() {
                return;
            }
            waker.wake();
        }
    }
}

fn pasted(source: &mut impl Source) -> Seen {
    if let Some(text) = source.text().filter(|text| !text.trim().is_empty()) {
        return Seen::Text(text.replace("\r\n", "\n"));
    }
    let files = source.files();
    if !files.is_empty() {
        let lines: Vec<String> = files.iter().map(|file| intake::link_of_path(file)).collect();
        return Seen::Text(lines.join("\n"));
    }
    match (source.picture(), source.complaint()) {
        (Some(picture), _) => Seen::Picture(picture),
        (None, Some(complaint)) => Seen::Nothing(format!("Cannot read the clipboard: {complaint}")),
        (None, None) => Seen::Nothing("There are no links, files or pictures on the clipboard".to_owned()),
    }
}

/// What the watch has seen.
struct Watch {
    last: u64,
    known: VecDeque<u64>,
    offered: HashSet<u64>,
    pause: Duration,
}

impl Watch {
    fn new(there: Option<&str>) -> Watch {
        let mut watch = Watch {
            last: hash(there.unwrap_or_default()),
            known: VecDeque::new(),
            offered: HashSet::new(),
            pause: EVERY,
        };
        watch.new_links(there.unwrap_or_default());
        watch
    }

    fn know(&mut self, text: u64) {
        self.known.push_back(text);
        if self.known.len() > 64 {
            self.known.pop_front();
        }
    }

    fn look(&mut self, source: &mut impl Source) -> Option<Vec<String>> {
        let began = Instant::now();
        let text = source.text();
        self.pause = EVERY.max(began.elapsed() * SHARE);
        let text = text?;
        let hash = hash(&text);
        if std::mem::replace(&mut self.last, hash) == hash || text.len() > MAX_WATCHED {
            return None;
        }
        let links = self.new_links(&text);
        (!links.is_empty() && !self.known.contains(&hash)).then_some(links)
    }

    /// The links of a text that were not in one before.
    fn new_links(&mut self, text: &str) -> Vec<String> {
        if self.offered.len() > MOST_OFFERED {
            self.offered.clear();
        }
        let links = intake::links_in(&text[..text.floor_char_boundary(MAX_WATCHED)]).into_iter();
        links.filter(|link| self.offered.insert(hash(link))).collect()
    }
}

/// Of a long text its beginning and its length are enough.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (text.len(), &text.as_bytes()[..text.len().min(1 << 16)]).hash(&mut hasher);
    hasher.finish()
}

/// The clipboard of the system, opened when it is first read.
#[derive(Default)]
struct System {
    opened: Option<arboard::Clipboard>,
    complaint: Option<String>,
}

impl System {
    fn read<T>(&mut self, read: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error>) -> Option<T> {
        let opened = match self.opened.take() {
            Some(opened) => Ok(opened),
            None => arboard::Clipboard::new(),
        };
        let result = opened.and_then(|opened| read(self.opened.insert(opened)));
        self.complaint = match &result {
            Ok(_) | Err(arboard::Error::ContentNotAvailable) => None,
            Err(error) => Some(error.to_string()),
        };
        result.ok()
    }
}

impl Source for System {
    fn text(&mut self) -> Option<String> {
        self.read(arboard::Clipboard::get_text)
    }

    fn files(&mut self) -> Vec<PathBuf> {
        self.read(|clipboard| clipboard.get().file_list()).unwrap_or_default()
    }

    fn picture(&mut self) -> Option<Picture> {
        let image = self.read(arboard::Clipboard::get_image)?;
        let (width, height) = (u32::try_from(image.width).ok()?, u32::try_from(image.height).ok()?);
        Some(Picture::Plain { width, height, rgba: Arc::new(image.bytes.into_owned()) })
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A clipboard that a test fills, and that may take its time.
    #[derive(Clone, Default)]
    struct Made {
        text: Arc<Mutex<Option<String>>>,
        looked: Arc<Mutex<usize>>,
        files: Vec<PathBuf>,
        picture: Option<Picture>,
        stuck: Arc<Mutex<()>>,
    }

    impl Source for Made {
        fn text(&mut self) -> Option<String> {
            drop(self.stuck.lock());
            *self.looked.lock().expect("unpoisoned") += 1;
            self.text.lock().expect("unpoisoned").clone()
        }
        fn files(&mut self) -> Vec<PathBuf> {
            self.files.clone()
        }
        fn picture(&mut self) -> Option<Picture> {
            self.picture.clone()
        }
        fn complaint(&self) -> Option<String> {
            None
        }
    }

    fn clipboard(made: &Made) -> Clipboard {
        let thread = start(made.clone(), Waker::default()).expect("a thread");
        Clipboard { thread: Some(thread), ..Clipboard::new(Waker::default()) }
    }

    fn seen(clipboard: &mut Clipboard) -> Seen {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(seen) = clipboard.take() {
                return seen;
            }
            assert!(Instant::now() < until, "nothing is seen");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn text_goes_before_files_and_those_before_pictures() {
        let picture = Picture::Plain { width: 1, height: 1, rgba: Arc::new(vec![1, 2, 3, 4]) };
        let mut made = Made { picture: Some(picture.clone()), ..Made::default() };
        assert_eq!(pasted(&mut made), Seen::Picture(picture));
        made.files = vec![PathBuf::from("/a b/%.jpg")];
        assert_eq!(pasted(&mut made), Seen::Text("file:///a%20b/%25.jpg".to_owned()));
        *made.text.lock().expect("unpoisoned") = Some("one\r\ntwo".to_owned());
        let mut clipboard = clipboard(&made);
        clipboard.paste().expect("asked");
        assert_eq!(seen(&mut clipboard), Seen::Text("one\ntwo".to_owned()));
        assert_eq!(clipboard.wait(), None);
        assert!(matches!(pasted(&mut Made::default()), Seen::Nothing(_)));
    }

    #[test]
    fn an_owner_that_never_answers_is_told_once_and_its_late_answer_is_dropped() {
        let made = Made { text: Arc::new(Mutex::new(Some("late".to_owned()))), ..Made::default() };
        let mut clipboard = clipboard(&made);
        let stuck = made.stuck.lock().expect("unpoisoned");
        clipboard.paste().expect("asked");
        assert!(clipboard.wait().is_some_and(|wait| wait <= PATIENCE + Duration::from_millis(10)));
        clipboard.paste().expect("a key that is held down");
        let Seen::Nothing(words) = seen(&mut clipboard) else { panic!("it was told") };
        assert!(words.contains("does not answer"));
        assert!(clipboard.paste().is_err_and(|words| words.contains("does not answer")) && clipboard.wait().is_none());
        drop(stuck);
        let until = Instant::now() + Duration::from_secs(20);
        while clipboard.waiting.is_some() {
            assert_eq!(clipboard.take(), None, "nobody waits for it any more");
            assert!(Instant::now() < until);
        }
        clipboard.paste().expect("asked");
        assert_eq!(seen(&mut clipboard), Seen::Text("late".to_owned()));
    }

    #[test]
    fn the_watch_tells_each_link_once() {
        let text = Arc::new(Mutex::new(Some("http://h/before".to_owned())));
        let mut made = Made { text: Arc::clone(&text), ..Made::default() };
        let copy = |words: &str| *text.lock().expect("unpoisoned") = Some(words.to_owned());
        let mut watch = Watch::new(Some("http://h/before"));
        assert_eq!(watch.look(&mut made), None, "it was there before");
        copy("see http://h/1, http://h/2 and http://h/before");
        assert_eq!(watch.look(&mut made), Some(vec!["http://h/1".to_owned(), "http://h/2".to_owned()]));
        assert_eq!(watch.look(&mut made), None);
        copy("prose");
        assert_eq!(watch.look(&mut made), None);
        copy("http://h/2 http://h/3");
        assert_eq!(watch.look(&mut made), Some(vec!["http://h/3".to_owned()]));
        watch.know(hash("http://h/own"));
        copy("http://h/own");
        assert_eq!(watch.look(&mut made), None, "it comes from here");
        copy(&format!("http://h/4 {}", "x".repeat(MAX_WATCHED)));
        assert_eq!(watch.look(&mut made), None, "too long");
    }

    #[test]
    fn nobody_looks_while_the_watch_is_off() {
        let made = Made::default();
        let mut clipboard = clipboard(&made);
        thread::sleep(EVERY + Duration::from_millis(300));
        assert_eq!(*made.looked.lock().expect("unpoisoned"), 0);
        clipboard.watch(true).expect("on");
        *made.text.lock().expect("unpoisoned") = None;
        thread::sleep(Duration::from_millis(200));
        *made.text.lock().expect("unpoisoned") = Some("http://h/a".to_owned());
        assert_eq!(seen(&mut clipboard), Seen::Links(vec!["http://h/a".to_owned()]));
        clipboard.watch(false).expect("off");
        thread::sleep(Duration::from_millis(200));
        let looked = *made.looked.lock().expect("unpoisoned");
        thread::sleep(EVERY + Duration::from_millis(300));
        assert_eq!(*made.looked.lock().expect("unpoisoned"), looked);
    }
}
