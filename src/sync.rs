//! Locks, under a name that a test can put others in place of.

pub(crate) use std::sync::{Mutex, MutexGuard};
