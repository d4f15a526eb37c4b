//! How many links the patterns of one list or paste may stand for together. A line without a pattern costs nothing: whoever
//! gave it wrote it out.

use super::pattern::{MAX_LINKS, Pattern, PatternError};
use crate::model::link::masked;

#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget { left: MAX_LINKS }
    }
}

impl Budget {
    /// Reads a link out of a list or a paste, if what it stands for still has room there.
    pub(super) fn pattern<'a>(&mut self, link: &'a str) -> Result<Pattern<'a>, PatternError> {
        let pattern = Pattern::parse(link)?;
        match pattern.count() {
            1 => {}
            count if count <= self.left => self.left -= count,
            count => return Err(PatternError::NoRoom { link: masked(link), count, left: self.left }),
        }
        Ok(pattern)
    }
}
