//! The steps of a recipe, each from pixels to pixels.

mod resize;

use super::StepError;
use super::decode::Picture;
use crate::model::recipe::Step;

/// Does one step.
pub(super) fn apply(picture: &mut Picture, step: &Step) -> Result<(), StepError> {
    match step {
        Step::Resize(resize) => resize::resize(picture, resize),
        other => Err(StepError::Refused(format!("the step {} is not there yet", other.op()))),
    }
}
