//! The preview's thread: it tries the newest recipe on the picture, in a worker of the engine's. A newer request ends the
//! one under way. What comes of it is two pictures for the graphics card, and the numbers.

use crate::engine::{EngineConfig, Previewer, Side};
use crate::model::{ErrorKind, Recipe};
use crate::store::recipes;
use crate::window::waker::Waker;
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::{ImageFormat, ImageReader};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// While somebody types or drags, newer requests come faster than this.
const SETTLE: Duration = Duration::from_millis(120);

/// The longest side of a picture that the thread takes from the worker.
const MOST_PIXELS: u32 = 2048;

/// What to try on what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub(crate) picture: PathBuf,
    pub(crate) recipe: Recipe,
}

/// What is known of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measures {
    /// Width and height in pixels.
    pub(crate) size: (u32, u32),
    pub(crate) bytes: u64,
    pub(crate) files: usize,
    /// Whether there is a picture to look at.
    pub(crate) is_shown: bool,
}

/// What the editor knows of the preview.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Seen {
    /// Something is being tried.
    pub(crate) is_running: bool,
    /// What came of the last try that worked: before and after.
    pub(crate) measures: Option<(Measures, Measures)>,
    /// Why the last try did not work.
    pub(crate) failed: Option<String>,
}

impl Seen {
    /// Something newer is being tried. What was shown stays until its answer.
    pub(crate) fn begin(&mut self) {
        self.is_running = true;
    }

    /// Takes the answer to the newest request.
    pub(crate) fn take(&mut self, answer: Result<(Measures, Measures), String>) {
        self.is_running = false;
        match answer {
            Ok(measures) => (self.measures, self.failed) = (Some(measures), None),
            Err(sentence) => (self.measures, self.failed) = (None, Some(sentence)),
        }
    }
}

struct Answer {
    number: u64,
    result: Result<[Shown; 2], String>,
}

struct Shown {
    image: Option<ColorImage>,
    measures: Measures,
}

/// What the thread is to do next. Only the newest counts.
#[derive(Default)]
struct Post {
    newest: AtomicU64,
    ask: Mutex<Option<(u64, Ask)>>,
    came: Condvar,
}

impl Post {
    fn lock(&self) -> MutexGuard<'_, Option<(u64, Ask)>> {
        self.ask.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something newer there: whatever is under way ends.
    fn put(&self, ask: Option<Ask>) {
        let mut place = self.lock();
        let number = self.newest.fetch_add(1, Ordering::AcqRel) + 1;
        *place = ask.map(|ask| (number, ask));
        drop(place);
        self.came.notify_one();
    }

    /// Waits for something to do, and a moment longer: whoever types is not done yet. `None` once the window closes.
    fn next(&self) -> Option<(u64, Ask)> {
        let nothing = |place: &mut Option<(u64, Ask)>| place.is_none() && !self.is_newest(CLOSED);
        let mut next = self.came.wait_while(self.lock(), nothing).ok()?.take()?;
        loop {
            let (mut place, _) = self.came.wait_timeout_while(self.lock(), SETTLE, |place| place.is_none()).ok()?;
            match place.take() {
                Some(newer) => next = newer,
                None => return Some(next),
            }
        }
    }

    fn is_newest(&self, number: u64) -> bool {
        self.newest.load(Ordering::Acquire) == number
    }
}

/// The number that nothing comes after: the window closes.
const CLOSED: u64 = u64::MAX;

/// The preview as the window holds it.
pub(crate) struct Previews {
    config: EngineConfig,
    waker: Waker,
    post: Arc<Post>,
    answers: Receiver<Answer>,
    answer: Sender<Answer>,
    thread: Option<JoinHandle<()>>,
    /// The pictures in sight: before and after.
    pub(crate) textures: [Option<TextureHandle>; 2],
}

impl Previews {
    /// The thread starts with the first request.
    pub(crate) fn new(config: EngineConfig, waker: Waker) -> Previews {
        let (answer, answers) = bounded(4);
        Previews { config, waker, post: Arc::default(), answers, answer, thread: None, textures: [None, None] }
    }

    /// Tries this instead of whatever is being tried. The error is a sentence.
    pub(crate) fn ask(&mut self, ask: Ask) -> Result<(), String> {
        if self.thread.is_none() {
            let previewer =
                Previewer::new(&self.config).map_err(|error| format!("There is no place for a preview: {error}"))?;
            let (post, answer, waker) = (Arc::clone(&self.post), self.answer.clone(), self.waker.clone());
            let spawned = thread::Builder::new().name("preview".to_owned()).spawn(move || {
                run(previewer, &post, &answer, &waker);
            });
            self.thread = Some(spawned.map_err(|error| format!("The preview cannot start: {error}"))?);
        }
        self.post.put(Some(ask));
        Ok(())
    }

    /// Ends what is being tried, and shows nothing.
    pub(crate) fn clear(&mut self) {
        self.post.put(None);
        self.textures = [None, None];
    }

    /// Takes the answer to the newest request in, if it is there.
    pub(crate) fn take(&mut self, ctx: &Context) -> Option<Result<(Measures, Measures), String>> {
        let answer = self.answers.try_iter().filter(|answer| self.post.is_newest(answer.number)).last()?;
        let result = answer.result.map(|sides| {
            let measures = (sides[0].measures, sides[1].measures);
            let names = ["before", "after"];
            for ((texture, side), name) in self.textures.iter_mut().zip(sides).zip(names) {
                *texture = side.image.map(|image| ctx.load_texture(name, image, TextureOptions::LINEAR));
            }
            measures
        });
        if result.is_err() {
            self.textures = [None, None];
        }
        Some(result)
    }
}

impl Drop for Previews {
    fn drop(&mut self) {
        let mut place = self.post.lock();
        self.post.newest.store(CLOSED, Ordering::Release);
        *place = None;
        drop(place);
        self.post.came.notify_one();
        // Nobody takes answers any more: the channel must not hold the thread up.
        self.answers = crossbeam_channel::never();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn run(mut previewer: Previewer, post: &Post, answer: &Sender<Answer>, waker: &Waker) {
    while let Some((number, ask)) = post.next() {
        let Some(result) = tried(&mut previewer, ask, &|| !post.is_newest(number)) else { continue };
        if answer.send(Answer { number, result }).is_err() {
            return;
        }
        waker.wake();
    }
}

/// `None` where nobody wants the answer any more.
fn tried(previewer: &mut Previewer, ask: Ask, is_outdated: &dyn Fn() -> bool) -> Option<Result<[Shown; 2], String>> {
    let recipe = match recipes::with_pictures(ask.recipe, Path::new("/")) {
        Ok(recipe) => recipe,
        Err(error) => return Some(Err(error.to_string())),
    };
    match previewer.show(&ask.picture, recipe, is_outdated) {
        Ok(sides) => Some(Ok([shown(&sides.before), shown(&sides.after)])),
        Err(failure) if failure.kind == ErrorKind::Cancelled => None,
        Err(failure) => Some(Err(failure.sentence)),
    }
}

fn shown(side: &Side) -> Shown {
    let image = side.png.as_deref().and_then(decoded);
    let measures = Measures { size: side.size, bytes: side.bytes, files: side.files, is_shown: image.is_some() };
    Shown { image, measures }
}

/// What a worker made to be looked at. It may have been brought down by the picture, so its word is not taken for the size.
fn decoded(png: &[u8]) -> Option<ColorImage> {
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_PIXELS), Some(MOST_PIXELS));
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    reader.limits(limits);
    let pixels = reader.decode().ok()?.into_rgba8();
    let size = [pixels.width() as usize, pixels.height() as usize];
    Some(ColorImage::from_rgba_unmultiplied(size, &pixels))
}
