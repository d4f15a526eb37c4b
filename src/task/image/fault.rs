//! Why a file could not be decoded, without the file's name.

use crate::model::{ErrorKind, Failure};
use crate::task::panic_words;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What Millrace's own decoders find wrong with a file.
#[derive(Debug)]
pub(super) enum Fault {
    /// It says that there is more than there is.
    Short,
    /// Something in it makes no sense.
    Damaged(Cow<'static, str>),
    /// It may well be right, but is of a kind that is not read.
    Unsupported(Cow<'static, str>),
    /// A limit, no memory, a cancel: said already.
    Failed(Failure),
}

impl Fault {
    pub(super) fn damaged(why: impl Into<Cow<'static, str>>) -> Fault {
        Fault::Damaged(why.into())
    }

    pub(super) fn unsupported(what: impl Into<Cow<'static, str>>) -> Fault {
        Fault::Unsupported(what.into())
    }

    /// The same with the file's name. `kind` is how people call such files.
    pub(super) fn failure(self, name: &str, kind: &str) -> Failure {
        match self {
            Fault::Short => too_short(name),
            Fault::Damaged(why) => Failure::new(ErrorKind::Decode, format!("{name} is damaged: {why}")),
            Fault::Unsupported(what) => Failure::new(
                ErrorKind::Unsupported,
                format!("{name} is a {kind} of a kind that Millrace does not read: {what}"),
            ),
            Fault::Failed(failure) => failure,
        }
    }
}

/// What a decoder answers. One that panics has met a file that it did not expect, and that file is damaged.
pub(super) fn caught<T>(decode: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|panic| {
        let words = panic_words(panic.as_ref());
        Fault::damaged(format!("its decoder cannot go on ({words})"))
    })
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Fault {
        Fault::Failed(failure)
    }
}

/// The failure of a file that was cut short.
pub(super) fn too_short(name: &str) -> Failure {
    Failure::new(ErrorKind::Decode, format!("{name} is damaged: the file ends too early"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_says_that_the_file_is_damaged() {
        let fault = caught(|| [1, 2][std::hint::black_box(2)]).expect_err("there are two");
        let failure = fault.failure("a.webp", "picture");
        assert_eq!(failure.kind, ErrorKind::Decode);
        assert!(failure.sentence.starts_with("a.webp is damaged: its decoder cannot go on (index out of"), "{failure}");
        assert_eq!(caught(|| 1).expect("no panic"), 1);
    }
}
