//! What the tests of the window's state begin with.

use crate::model::BatchOptions;
use crate::model::task::NonPictures;
use std::sync::Arc;

/// The options of a batch that is kept, and converts nothing.
pub(super) fn batch_options() -> Arc<BatchOptions> {
    Arc::new(BatchOptions { non_pictures: NonPictures::Keep, retries: 2, ..BatchOptions::to("/out") })
}
