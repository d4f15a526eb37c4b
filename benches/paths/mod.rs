//! The paths: each makes ready what it needs, goes once unseen, so that what is made at first use is there, and once counted.

mod engine;
mod pictures;
mod texts;
mod window;

use crate::counted;

/// Name, what one is of that many, and the path.
pub(crate) type Path = (&'static str, u64, fn());

/// All of them.
pub(crate) const PATHS: &[Path] = &[
    ("core_tiny_task", engine::TINY_TASKS, engine::tiny_tasks),
    ("core_download", engine::DOWNLOADS, engine::downloads),
    ("journal_job", engine::KEPT_JOBS, engine::journal),
    ("protocol_task_encoded", engine::FRAMES, engine::encoded),
    ("protocol_task_decoded", engine::FRAMES, engine::decoded),
    ("head_read", texts::HEADS, texts::heads),
    ("link_of_list", texts::LINKS, texts::list),
    ("link_in_prose", texts::LINKS, texts::prose),
    ("picture_jpeg_thumbnail", 1, pictures::thumbnail),
    ("picture_resized", 1, pictures::resized),
    ("picture_png_written", 1, pictures::png),
    ("window_frame_10k_rows", window::FRAMES, window::frames),
    ("window_event", window::EVENTS, window::events),
];

/// Once unseen, once counted.
fn twice<T>(mut work: impl FnMut() -> T) {
    std::hint::black_box(work());
    std::hint::black_box(counted(&mut work));
}
