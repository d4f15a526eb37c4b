//! Fetching one link into a file. The lane's own thread blocks on the transfer, so a lane stays a thread that can be
//! named, counted and stopped; sockets and time-outs are driven by the small runtime in [`Net`].
//!
//! What always holds: only a complete answer with status 200 is a success. Nothing is renamed here.

mod at;
pub(super) mod body;
mod bring_down;
mod coding;
mod digest;
mod existing;
mod failure;
pub mod heads;
mod jar;
mod name;
mod net;
mod open;
mod part;
mod patience;
mod request;
mod response;
mod retry;
mod runs;
mod sources;
mod streams;
mod throttle;
mod transfer;
mod validator;

pub use net::Net;
pub use throttle::Throttle;

use super::Ctx;
use crate::model::{Download, Failure, Output};

/// Chunks arrive in pieces of 8 to 16 KiB; fewer, larger writes cost less.
const BUFFER_BYTES: usize = 64 * 1024;

/// Runs one download to its end.
///
/// # Errors
///
/// Fails where neither the link nor a mirror brings the whole file with the checksum that it is to have, where the part
/// cannot be written, and once cancelled.
pub fn run(download: &Download, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    ctx.net.handle()?.block_on(sources::run(download, ctx))
}
