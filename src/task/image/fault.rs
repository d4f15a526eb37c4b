//! Why a file could not be decoded, without the file's name.

use crate::model::{ErrorKind, Failure};
use std::borrow::Cow;

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

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Fault {
        Fault::Failed(failure)
    }
}

/// The failure of a file that was cut short.
pub(super) fn too_short(name: &str) -> Failure {
    Failure::new(ErrorKind::Decode, format!("{name} is damaged: the file ends too early"))
}
