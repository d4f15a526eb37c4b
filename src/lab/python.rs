//! The same in Python, where there is one.

use super::part::Stage;
use super::trial::Stopped;
use crate::model::lab::LabRun;

pub(super) fn compare(_: &Stage<'_>) -> Result<Vec<LabRun>, Stopped> {
    Ok(Vec::new())
}
