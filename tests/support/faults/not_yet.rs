//! What is still to be done: the faults that the program does not get right yet.

/// How a download misses what its fault requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Miss {
    /// It fails where it could succeed, succeeds where it should have refused, says another kind of error, or sends too
    /// much again. No wrong file stands anywhere.
    Clean,
    /// A wrong file, something left behind, or no end.
    Wrong,
}

/// Faults that the program does not get right yet, how it may miss at worst, and why. They are run all the same. A fault that it
/// gets right must be taken off, so that it stays right.
pub(crate) const NOT_YET: &[(&str, Miss, &str)] = &[
    ("cut-half-once", Miss::Clean, NO_RESUME),
    ("cut-last-once", Miss::Clean, NO_RESUME),
    ("reset-half-once", Miss::Clean, NO_RESUME),
    ("reset-last-once", Miss::Clean, NO_RESUME),
    ("stall-half-once", Miss::Clean, NO_RESUME),
    ("stall-last-once", Miss::Clean, NO_RESUME),
    ("stall-pieces", Miss::Clean, NO_RESUME),
    ("pieces-cut", Miss::Clean, NO_RESUME),
    ("pieces-reset", Miss::Clean, NO_RESUME),
    ("pieces-date-only", Miss::Clean, NO_RESUME),
    ("pieces-with-gaps", Miss::Clean, NO_RESUME),
    ("every-other-connection", Miss::Clean, NO_RESUME),
    ("redirect-signed-and-in-pieces", Miss::Clean, NO_RESUME),
    ("status-503-between-pieces", Miss::Clean, NO_RESUME),
    ("segments-all-cut", Miss::Clean, NO_RESUME),
    ("page-instead-of-the-rest-once", Miss::Wrong, NO_MEMORY),
    ("page-after-the-cut-always", Miss::Wrong, NO_MEMORY),
    ("repr-digest-wrong", Miss::Clean, NO_DIGEST),
    ("repr-digest-unknown-and-wrong", Miss::Clean, NO_DIGEST),
    ("content-digest-wrong", Miss::Clean, NO_DIGEST),
    ("digest-tells-a-flipped-bit", Miss::Wrong, NO_DIGEST),
    ("digest-tells-a-flipped-bit-once", Miss::Wrong, NO_DIGEST),
    ("digest-tells-a-cut-once", Miss::Wrong, NO_DIGEST),
    ("digest-tells-a-cut", Miss::Wrong, NO_DIGEST),
    ("digest-tells-a-length-too-short", Miss::Wrong, NO_DIGEST),
    ("segments-digest-wrong", Miss::Clean, NO_DIGEST),
    ("sha256-given-wrong", Miss::Clean, NO_OPTION),
    ("sha256-given-right-and-pieces", Miss::Clean, NO_RESUME),
    ("sha256-given-of-a-longer-file", Miss::Wrong, NO_OPTION),
    ("sha256-given-and-a-flipped-bit", Miss::Wrong, NO_OPTION),
    ("transfer-gzip", Miss::Wrong, NO_TRANSFER_CODING),
    ("transfer-gzip-chunked", Miss::Wrong, NO_TRANSFER_CODING),
    ("transfer-gzip-in-two-lines", Miss::Wrong, NO_TRANSFER_CODING),
];

/// Faults that go right by chance only, and why. They may miss cleanly.
pub(crate) const NOT_ALWAYS: &[(&str, &str)] =
    &[("kept-alive-closed-on-the-next", NO_SECOND_CONNECTION), ("kept-alive-reset-on-the-next", NO_SECOND_CONNECTION)];

const NO_RESUME: &str = "an attempt begins anew and forgets what the last one brought";
const NO_MEMORY: &str = "what the first answer said about the file is forgotten, so a page passes for it";
const NO_DIGEST: &str = "sums that servers send are not looked at";
const NO_OPTION: &str = "there is no --sha256";
const NO_TRANSFER_CODING: &str = "Transfer-Encoding is not looked at, and packed bytes are kept as the file";
const NO_SECOND_CONNECTION: &str =
    "a request that dies with a kept connection is not asked again on a new one, and each attempt goes the same way";
