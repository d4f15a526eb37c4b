//! Fetching one link into a file.

use super::Ctx;
use crate::model::{Download, ErrorKind, Failure, Output};

/// The connections that the downloads of one process share: a small runtime and one client per profile, made when
/// first needed.
#[derive(Debug, Default)]
pub struct Net {}

/// Runs one download to its end.
pub fn run(download: &Download, _ctx: &Ctx<'_>) -> Result<Output, Failure> {
    Err(Failure::new(ErrorKind::Http, format!("Cannot fetch {}", download.url)))
}
