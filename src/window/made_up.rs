//! What the tests of the window's state begin with.

use crate::model::task::NonPictures;
use crate::model::{BatchOptions, FetchOptions, OnExists};
use std::path::PathBuf;
use std::sync::Arc;

/// The options of a batch that is kept, and converts nothing.
pub(super) fn batch_options() -> Arc<BatchOptions> {
    Arc::new(BatchOptions {
        output_dir: PathBuf::from("/out"),
        recipe: None,
        non_pictures: NonPictures::Keep,
        fetch: Arc::new(FetchOptions::default()),
        retries: 2,
        on_exists: OnExists::Rename,
        name: None,
        keep_times: false,
        deadline_ms: None,
        kept: true,
    })
}
