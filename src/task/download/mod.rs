//! Fetching one link into a file. The lane's own thread blocks on the transfer, so a lane stays a thread that can be
//! named, counted and stopped; sockets and time-outs are driven by the small runtime in [`Net`].
//!
//! What always holds: only a complete answer with status 200 is a success. Nothing is renamed here.

mod failure;
mod name;
mod net;
mod patience;
mod request;
mod response;
mod retry;
mod sink;
mod transfer;

pub use net::Net;

use super::Ctx;
use crate::model::{Download, Failure, Output};

/// Runs one download to its end.
pub fn run(download: &Download, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    ctx.net.handle()?.block_on(transfer::run(download, ctx))
}
