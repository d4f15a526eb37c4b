//! Fetching a page for its links: the request is that of a download, and the answer stays in memory.

use super::failure;
use super::patience::Patience;
use super::request::{self, Question};
use super::response::{self, Coding};
use crate::model::{ErrorKind, Failure, Output, PageTask, link};
use crate::task::Ctx;
use crate::task::page::{self, Limits};
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// Runs one page to its end.
pub(super) async fn run(task: &PageTask, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let shown = &*link::masked(&task.url);
    let mut patience = Patience::new(ctx.control, &task.options, shown);
    let question = Question { url: &task.url, shown, options: &task.options, part: HeaderMap::new() };
    let mut answer = request::answer(&question, ctx.net, &mut patience).await?;
    if response::check(answer.status(), answer.headers(), shown)? != Coding::Plain {
        let sentence = format!("The server sent {shown} packed, although the plain page was asked for");
        return Err(Failure::new(ErrorKind::Unsupported, sentence));
    }
    let content_type =
        answer.headers().get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (url, total): (Url, _) = (answer.url().clone(), answer.content_length());
    let limits = Limits::default();
    let mut body = Vec::new();
    patience.body_begins();
    while let Some(chunk) = patience
        .wait(answer.chunk())
        .await?
        .map_err(|error| failure::of_body(&error, shown, patience.received(), total))?
    {
        ctx.net.throttle().take(chunk.len() as u64).await;
        patience.count(chunk.len() as u64)?;
        body.extend_from_slice(&chunk);
        ctx.progress(body.len() as u64, total);
        if body.len() > limits.page_bytes {
            break;
        }
    }
    let page = page::read(&body, content_type.as_deref(), &url, &limits)?;
    Ok(Output { bytes_in: body.len() as u64, page: Some(Box::new(page)), ..Output::default() })
}
