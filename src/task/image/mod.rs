//! Turning one picture into another.

use super::Ctx;
use crate::model::{Convert, ErrorKind, Failure, Output};

/// Runs one conversion to its end.
pub fn run(convert: &Convert, _ctx: &Ctx<'_>) -> Result<Output, Failure> {
    Err(Failure::new(ErrorKind::Decode, format!("Cannot read {}", convert.name)))
}
