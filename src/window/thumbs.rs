//! Small pictures for the rows, large ones for the inspector and whole ones for who looks closer: decoded on a thread of their own, kept in a bounded
//! cache, and handed to the graphics card a few per frame.

use super::waker::Waker;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use egui::{ColorImage, CornerRadius, Painter, Rect, TextureHandle, TextureOptions, pos2, vec2};
use image::{DynamicImage, ImageDecoder, ImageReader};
use std::collections::HashMap;
use std::io;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::thread;

/// Pixels of the longest side; rows show 36×32 points, twice that on dense screens.
const SMALL: u32 = 96;
const LARGE: u32 = 640;
/// What the graphics card takes, and what somebody sees who looks at single pixels.
const FULL: u32 = 4096;
/// How many of each are kept.
const KEPT_SMALL: usize = 256;
const KEPT_LARGE: usize = 8;
/// How many wait for the thread. What does not fit is asked for again when it is painted again, and that it is only while
/// it is in sight: few that were scrolled away are decoded.
const ASKED: usize = 2;
const KEPT_FULL: usize = 2;
/// How many reach the graphics card in one frame.
const PER_FRAME: usize = 4;
/// Larger pictures are not worth the time and the memory of a preview.
const MAX_PIXELS: u64 = 120_000_000;
const MAX_BYTES: u64 = 512 << 20;

/// A picture on the graphics card.
pub(crate) struct Picture {
    texture: TextureHandle,
    /// Width and height of the file, upright.
    pub(crate) size: (u32, u32),
}

impl Picture {
    /// Paints it so that `rect` is filled and the middle is in sight.
    pub(crate) fn paint(&self, painter: &Painter, rect: Rect, radius: CornerRadius) {
        let mesh = egui::epaint::RectShape::filled(rect, radius, super::theme::UNTINTED);
        painter.add(mesh.with_texture(self.texture.id(), self.covering(rect)));
    }

    /// The part of the picture that fills a rectangle of this shape.
    fn covering(&self, rect: Rect) -> Rect {
        let (picture, wanted) = (self.size.0 as f32 / self.size.1.max(1) as f32, rect.width() / rect.height());
        let share = if picture > wanted { vec2(wanted / picture, 1.0) } else { vec2(1.0, picture / wanted) };
        Rect::from_center_size(pos2(0.5, 0.5), share)
    }

    pub(crate) fn texture(&self) -> egui::TextureId {
        self.texture.id()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Detail {
    Small,
    Large,
    Full,
}

impl Detail {
    /// Pixels of the longest side.
    fn side(self) -> u32 {
        match self {
            Detail::Small => SMALL,
            Detail::Large => LARGE,
            Detail::Full => FULL,
        }
    }
}

type Key = (PathBuf, Detail);

enum Slot {
    Asked,
    /// No picture, or a damaged one.
    None,
    Ready(Picture),
}

struct Answer {
    key: Key,
    image: Option<(ColorImage, (u32, u32))>,
}

/// The cache and the thread behind it. The thread ends after the picture it is at; nobody waits for that, since a decoder
/// may take for ever over a hostile file.
pub(crate) struct Thumbs {
    slots: HashMap<Key, (Slot, u64)>,
    asks: Sender<Key>,
    answers: Receiver<Answer>,
    frame: u64,
}

impl Thumbs {
    /// Starts the thread.
    pub(crate) fn start(waker: Waker) -> io::Result<Thumbs> {
        let (asks, asked) = bounded::<Key>(ASKED);
        let (done, answers) = bounded::<Answer>(8);
        thread::Builder::new().name("thumbs".to_owned()).spawn(move || {
            for key in asked {
                let image = decode(&key.0, key.1.side());
                if done.send(Answer { key, image }).is_err() {
                    return;
                }
                waker.wake();
            }
        })?;
        Ok(Thumbs { slots: HashMap::new(), asks, answers, frame: 0 })
    }

    /// Takes a few finished pictures in. Once a frame.
    pub(crate) fn upload(&mut self, ctx: &egui::Context) {
        self.frame += 1;
        for answer in self.answers.try_iter().take(PER_FRAME) {
            let slot = match answer.image {
                Some((image, size)) => {
                    let name = answer.key.0.to_string_lossy().into_owned();
                    Slot::Ready(Picture { texture: ctx.load_texture(name, image, TextureOptions::LINEAR), size })
                }
                None => Slot::None,
            };
            self.slots.insert(answer.key, (slot, self.frame));
        }
        if !self.answers.is_empty() {
            ctx.request_repaint();
        }
        self.evict(Detail::Small, KEPT_SMALL);
        self.evict(Detail::Large, KEPT_LARGE);
        self.evict(Detail::Full, KEPT_FULL);
    }

    fn evict(&mut self, detail: Detail, keep: usize) {
        let of_detail = |slots: &HashMap<Key, (Slot, u64)>| slots.keys().filter(|key| key.1 == detail).count();
        while of_detail(&self.slots) > keep {
            let oldest = self.slots.iter().filter(|(key, _)| key.1 == detail).min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            self.slots.remove(&oldest);
        }
    }

    /// The small picture of a file, once it is there.
    pub(crate) fn small(&mut self, path: &Path) -> Option<&Picture> {
        self.wanted(path, Detail::Small)
    }

    /// The large picture of a file, once it is there.
    pub(crate) fn large(&mut self, path: &Path) -> Option<&Picture> {
        self.wanted(path, Detail::Large)
    }

    /// All that there is to see of a file, once it is there.
    pub(crate) fn full(&mut self, path: &Path) -> Option<&Picture> {
        self.wanted(path, Detail::Full)
    }

    fn wanted(&mut self, path: &Path, detail: Detail) -> Option<&Picture> {
        let key = (path.to_path_buf(), detail);
        if !self.slots.contains_key(&key) {
            match self.asks.try_send(key.clone()) {
                Ok(()) => self.slots.insert(key.clone(), (Slot::Asked, self.frame)),
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return None,
            };
        }
        let (slot, used) = self.slots.get_mut(&key)?;
        *used = self.frame;
        match slot {
            Slot::Ready(picture) => Some(picture),
            Slot::Asked | Slot::None => None,
        }
    }
}

/// A small picture of a file that a lane has read to its end before. A decoder that panics all the same gives none.
fn decode(path: &Path, side: u32) -> Option<(ColorImage, (u32, u32))> {
    let image = catch_unwind(|| read(path)).ok()??;
    let size = (image.width(), image.height());
    let fits = image.width().max(image.height()) <= side;
    let small = if fits { image } else { image.thumbnail(side, side) }.into_rgba8();
    let dimensions = [small.width() as usize, small.height() as usize];
    Some((ColorImage::from_rgba_unmultiplied(dimensions, &small), size))
}

fn read(path: &Path) -> Option<DynamicImage> {
    // Opening a pipe would wait for ever.
    if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return None;
    }
    let mut decoder = ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_BYTES {
        return None;
    }
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    Some(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache whose thread is the test.
    fn cache() -> (Thumbs, Receiver<Key>, Sender<Answer>) {
        let ((asks, asked), (done, answers)) = (bounded(ASKED), bounded(8));
        (Thumbs { slots: HashMap::new(), asks, answers, frame: 0 }, asked, done)
    }

    #[test]
    fn only_what_is_in_sight_is_asked_for() {
        let (mut thumbs, asked, done) = cache();
        let ctx = egui::Context::default();
        let path = |n: usize| PathBuf::from(format!("/pictures/{n}.jpg"));
        for n in 0..40 {
            assert!(thumbs.small(&path(n)).is_none());
        }
        assert_eq!((asked.len(), thumbs.slots.len()), (ASKED, ASKED), "the rest waits for its turn");
        // Scrolled on: what is painted now comes next.
        let key = asked.recv().expect("the first");
        done.send(Answer { key, image: None }).expect("room");
        thumbs.upload(&ctx);
        assert!(thumbs.small(&path(100)).is_none());
        let keys: Vec<PathBuf> = asked.try_iter().map(|key| key.0).collect();
        assert_eq!(keys, [path(1), path(100)]);
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_was_used_last() {
        let (mut thumbs, asked, done) = cache();
        let ctx = egui::Context::default();
        let path = |n: usize| PathBuf::from(format!("/pictures/{n}.jpg"));
        for n in 0..KEPT_SMALL * 2 {
            thumbs.small(&path(n));
            thumbs.large(&path(n));
            for key in asked.try_iter() {
                done.send(Answer { key, image: None }).expect("room");
            }
            thumbs.upload(&ctx);
        }
        let kept = |detail| thumbs.slots.keys().filter(|key| key.1 == detail).count();
        assert_eq!((kept(Detail::Small), kept(Detail::Large)), (KEPT_SMALL, KEPT_LARGE));
        assert!(thumbs.slots.contains_key(&(path(KEPT_SMALL * 2 - 1), Detail::Small)));
    }
}
