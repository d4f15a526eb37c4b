//! One attempt: ask, look at the answer's head, and stream its body to the disk.

use super::patience::Patience;
use super::sink::Sink;
use super::{failure, name, request, response};
use crate::model::{Download, ErrorKind, Failure, Output, link};
use crate::task::Ctx;

pub(super) async fn run(download: &Download, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let shown = link::masked(&download.url);
    let mut patience = Patience::new(ctx.control, &download.options, &shown);
    let mut answer = request::answer(download, ctx.net, &mut patience, &shown).await?;
    response::check(answer.status(), answer.headers(), &shown)?;

    let total = answer.content_length();
    let name = name::of(download, answer.headers());
    let mut sink = Sink::create(ctx.handles, &ctx.files.output, &shown)?;
    ctx.progress(0, total);
    patience.body_begins();
    while let Some(chunk) = patience
        .wait(answer.chunk())
        .await?
        .map_err(|error| failure::of_body(&error, &shown, patience.received(), total))?
    {
        patience.count(chunk.len() as u64)?;
        sink.write(&chunk)?;
        ctx.progress(patience.received(), total);
    }
    let received = patience.received();
    if total.is_some_and(|total| total != received) {
        let sentence = format!("{shown} ended after {received} of {} bytes", total.unwrap_or_default());
        return Err(Failure::new(ErrorKind::Verify, sentence).retryable());
    }
    sink.finish()?;
    Ok(Output { name, bytes_in: received, bytes_out: received, size_in: None, size_out: None })
}
