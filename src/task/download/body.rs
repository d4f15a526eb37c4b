//! A whole body in memory: for pages, which are read and not kept.

use super::patience::Patience;
use super::request::{self, Question};
use super::response::{self, Coding};
use super::{coding, failure};
use crate::model::{ErrorKind, Failure, FetchOptions, link};
use crate::task::Ctx;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// What a link led to.
#[derive(Debug)]
pub(in crate::task) struct Body {
    /// Unpacked; as much of it as was asked for.
    pub(in crate::task) bytes: Vec<u8>,
    /// Whether there was more, or should have been.
    pub(in crate::task) is_cut: bool,
    /// Bytes received.
    pub(in crate::task) received: u64,
    /// The header of this name.
    pub(in crate::task) content_type: Option<String>,
    /// Where it really came from, after redirects.
    pub(in crate::task) url: Url,
}

/// Fetches the first `most` bytes of a link. `wants` may refuse the answer for its `Content-Type`, before the body comes.
pub(in crate::task) fn fetch(
    url: &str,
    options: &FetchOptions,
    most: usize,
    wants: impl Fn(Option<&str>) -> Result<(), Failure>,
    ctx: &Ctx<'_>,
) -> Result<Body, Failure> {
    ctx.net.handle()?.block_on(async {
        let shown = &link::masked(url);
        let mut patience = Patience::new(ctx.control, options, shown);
        let question = Question { url, shown, options, named: true, part: HeaderMap::new() };
        let mut answer = request::answer(&question, ctx.net, &mut patience).await?;
        let coding = response::check(answer.status(), answer.headers(), shown)?;
        let content_type =
            answer.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        wants(content_type.as_deref())?;
        let (url, total) = (answer.url().clone(), answer.content_length());
        ctx.progress(0, total);
        patience.body_begins();
        let mut bytes = Vec::new();
        // One more tells whether there is more.
        while bytes.len() <= most {
            let chunk = patience.wait(answer.chunk()).await?;
            let chunk = chunk.map_err(|error| failure::of_body(&error, shown, patience.received(), total))?;
            let Some(chunk) = chunk else { break };
            bytes.extend_from_slice(&chunk);
            ctx.progress(bytes.len() as u64, total);
            patience.pay(ctx.net.throttle(), chunk.len() as u64).await?;
            patience.count(chunk.len() as u64)?;
        }
        let received = bytes.len() as u64;
        let mut is_cut = false;
        if coding != Coding::Plain {
            let unpacked = coding::unpacked(&bytes, coding, most + 1).map_err(|error| {
                let sentence = format!("{shown} came packed, and what came cannot be unpacked: {error}");
                Failure::new(ErrorKind::Verify, sentence).retryable()
            })?;
            (bytes, is_cut) = (unpacked.bytes, unpacked.is_cut);
        }
        is_cut |= bytes.len() > most;
        bytes.truncate(most);
        Ok(Body { bytes, is_cut, received, content_type, url })
    })
}
