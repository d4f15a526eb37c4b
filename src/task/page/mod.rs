//! The links of a page. [`run`] fetches it; [`read`] takes them out of its bytes, and is pure.
//!
//! What counts: links and areas to click, pictures with all their sizes (also those that a script would load later, in
//! `data-src`), films and sounds with their posters, and the pictures that a page offers for previews. Stylesheets, scripts,
//! icons and frames do not: nobody collects them. Scripts are not run, and a `noscript` counts.
//!
//! No tree is made of the page. Its tags are read one after another, so that nothing can be nested too deep.

mod charset;
mod harvest;

use super::Ctx;
use super::download::body;
use crate::model::page::{Page, PageLink};
use crate::model::{ErrorKind, Failure, Output, PageTask, filename, link};
use harvest::Harvest;
use std::collections::HashSet;
use std::sync::Arc;
use url::Url;

/// An address that is longer is none that a server takes, and is left out.
const MAX_URL_BYTES: usize = 64 << 10;

/// A title that is longer is none that a person reads.
const MAX_TITLE_CHARS: usize = 1000;

/// How much is looked at of what may be a page.
const SNIFFED_BYTES: usize = 2048;

/// How much of a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest page, in bytes.
    pub page_bytes: usize,
    /// The most links. The rest are left out, and the page says so.
    pub links: usize,
    /// The most that their addresses may take together, in bytes. A short page can name long ones, by its base.
    pub link_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { page_bytes: 16 << 20, links: 100_000, link_bytes: 8 << 20 }
    }
}

/// Fetches a page and reads it. Of one that is too large the beginning counts.
///
/// # Errors
///
/// Fails where the page cannot be fetched, where [`read`] does, and once cancelled.
pub fn run(task: &PageTask, ctx: &Ctx<'_>) -> Result<Output, Failure> {
    let limits = Limits::default();
    let shown = link::masked(&task.url);
    let wants = |content_type: Option<&str>| match content_type.map(essence).filter(|kind| is_never_a_page(kind)) {
        Some(kind) => Err(no_page(&shown, &kind)),
        None => Ok(()),
    };
    let body = body::fetch(&task.url, &task.options, limits.page_bytes, wants, ctx)?;
    let _computing = ctx.computing();
    let mut page = read(&body.bytes, body.content_type.as_deref(), &body.url, &limits)?;
    page.partial |= body.is_cut;
    let name = if page.title.is_empty() { filename::from_url(body.url.as_str()) } else { page.title.clone() };
    Ok(Output { name, bytes_in: body.received, page: Some(Arc::new(page)), ..Output::default() })
}

/// Reads a page. `content_type` is the header's value, if there was one; `url` is where the page really came from,
/// after redirects.
///
/// # Errors
///
/// Fails for what is too large, for what the server says is no page, and, where it leaves that open, for what does not
/// look like one.
pub fn read(bytes: &[u8], content_type: Option<&str>, url: &Url, limits: &Limits) -> Result<Page, Failure> {
    let shown = link::masked(url.as_str());
    if bytes.len() > limits.page_bytes {
        let sentence = format!("The page {shown} is larger than {} bytes", limits.page_bytes);
        return Err(Failure::new(ErrorKind::Limit, sentence));
    }
    let kind = content_type.map(essence).unwrap_or_default();
    if is_never_a_page(&kind) || !is_page(&kind) && !looks_like_a_page(bytes) {
        return Err(no_page(&shown, &kind));
    }
    let (text, _, _) = charset::of(bytes, content_type, url.host_str()).decode(bytes);
    let harvest = Harvest::of(&text);
    let title = harvest.title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_TITLE_CHARS).collect();
    let base =
        harvest.base.filter(|base| base.len() <= MAX_URL_BYTES).and_then(|base| url.join(&base).ok()).filter(is_web);
    let base = base.as_ref().unwrap_or(url);
    let mut seen = HashSet::new();
    let mut page = Page { title, ..Page::default() };
    let mut room = limits.link_bytes;
    for (kind, reference) in &harvest.references {
        let Some(url) = absolute(base, reference).filter(|url| !seen.contains(url)) else { continue };
        if page.links.len() == limits.links || url.len() > room {
            page.partial = true;
            break;
        }
        room -= url.len();
        seen.insert(url.clone());
        page.links.push(PageLink { url, kind: *kind });
    }
    Ok(page)
}

/// The media type that a `Content-Type` names.
fn essence(content_type: &str) -> String {
    content_type.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_page(kind: &str) -> bool {
    matches!(kind, "text/html" | "application/xhtml+xml")
}

/// Whether what a server calls so is no page for sure. Text may be one, so may any XML, and many a server has no better
/// word for anything than its bytes.
fn is_never_a_page(kind: &str) -> bool {
    let may_be = kind.is_empty() || kind.starts_with("text/") || kind.ends_with("xml");
    !may_be && !matches!(kind, "application/octet-stream" | "application/unknown")
}

/// Whether bytes that nobody calls a page look like one.
fn looks_like_a_page(bytes: &[u8]) -> bool {
    let (text, ..) = charset::of(bytes, None, None).decode(&bytes[..bytes.len().min(SNIFFED_BYTES)]);
    let text = text.to_ascii_lowercase();
    let marks = ["<!doctype html", "<html", "<head", "<title", "<body", "<a ", "<img ", "<div", "<p>", "<h1"];
    !text.contains('\0') && marks.iter().any(|mark| text.contains(mark))
}

fn no_page(shown: &str, kind: &str) -> Failure {
    let kind = if kind.is_empty() { "something that its server does not name" } else { kind };
    let sentence = format!("{shown} is not a page with links but {kind}; \"millrace get\" fetches it");
    Failure::new(ErrorKind::Unsupported, sentence)
}

/// The address that a reference means. `None` for a place in the page itself, and for what cannot be fetched.
fn absolute(base: &Url, reference: &str) -> Option<String> {
    let reference = reference.trim_matches(|c: char| c <= ' ');
    if reference.is_empty() || reference.starts_with('#') {
        return None;
    }
    let mut url = base.join(reference).ok().filter(is_web)?;
    url.set_fragment(None);
    Some(url.into()).filter(|url: &String| url.len() <= MAX_URL_BYTES)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::page::LinkKind;
    use std::time::{Duration, Instant};

    fn page(html: impl AsRef<[u8]>) -> Page {
        let url = Url::parse("http://host/dir/page.html").expect("a link");
        read(html.as_ref(), Some("text/html; charset=utf-8"), &url, &Limits::default()).expect("a page")
    }

    fn links(html: &str) -> Vec<String> {
        page(html).links.into_iter().map(|link| link.url).collect()
    }

    #[test]
    fn everything_that_people_collect_is_found_in_order() {
        let page = page(
            "<!doctype html><HTML><head><TITLE>\n A &amp; B\t gallery </TITLE>
             <link rel=stylesheet href=style.css><link rel='icon' href=icon.png>
             <link rel='shortcut IMAGE_SRC' href=preview.jpg><script src=x.js>'<a href=no.html>'</script>
             <meta property=og:image content=/og.jpg><meta name=twitter:image content=tw.jpg>
             <style>a{background:url(no.png)}</style></head><body><!-- <a href=no2.html> -->
             <a href='a.html#x'>a</a><area href=\"b.html\"><A HREF = /c?x=1&amp;y=2>c</A>
             <img src=1.jpg srcset='2.jpg 1x, 3.jpg 2x,4,5.jpg, 6.jpg (a,b) 3x'><img data-src=lazy.jpg>
             <picture><source srcset='7.webp'><img src=1.jpg></picture>
             <video src=v.mp4 poster=p.jpg><source src=v.webm></video><audio src=s.ogg></audio>
             <noscript><img src=plain.jpg></noscript><textarea><a href=no3.html></textarea>
             <svg><title>Icon</title><a href=no4.svg#x></a></svg><iframe src=no5.html></iframe>",
        );
        assert_eq!(page.title, "A & B gallery");
        let found: Vec<(&str, LinkKind)> = page
            .links
            .iter()
            .map(|link| (link.url.strip_prefix("http://host/").expect("on the host"), link.kind))
            .collect();
        use LinkKind::{Link, Media, Picture};
        assert_eq!(
            found,
            [
                ("dir/preview.jpg", Picture),
                ("og.jpg", Picture),
                ("dir/tw.jpg", Picture),
                ("dir/a.html", Link),
                ("dir/b.html", Link),
                ("c?x=1&y=2", Link),
                ("dir/1.jpg", Picture),
                ("dir/2.jpg", Picture),
                ("dir/3.jpg", Picture),
                ("dir/4,5.jpg", Picture),
                ("dir/6.jpg", Picture),
                ("dir/lazy.jpg", Picture),
                ("dir/7.webp", Picture),
                ("dir/v.mp4", Media),
                ("dir/p.jpg", Picture),
                ("dir/v.webm", Media),
                ("dir/s.ogg", Media),
                ("dir/plain.jpg", Picture),
                ("dir/no4.svg", Link),
            ]
        );
    }

    #[test]
    fn addresses_are_absolute_clean_and_there_once() {
        assert_eq!(
            links(
                "<a href='x y.jpg'><a href=\" \n http://o/a\n b\t#f \"><a href=HTTP://O/ab><a href=//o/c><a href=../../up>
                 <a href=#top><a href><a href=''><a href='javascript:void(0)'><a href=data:,x><a href=mailto:a@b>
                 <a href='ftp://h/x'><a href='http://'><a href=?q><a href='ÿ.jpg'><a href=page.html#a>"
            ),
            [
                "http://host/dir/x%20y.jpg",
                "http://o/a%20b",
                "http://o/ab",
                "http://o/c",
                "http://host/up",
                "http://host/dir/page.html?q",
                "http://host/dir/%C3%BF.jpg",
                "http://host/dir/page.html",
            ]
        );
        assert_eq!(
            links("<a href=a><base target=x><base href='//cdn/x/'><base href=//no/><a href=b>"),
            ["http://cdn/x/a", "http://cdn/x/b"]
        );
        assert_eq!(links("<base href=javascript:x><a href=a>"), ["http://host/dir/a"]);
    }

    #[test]
    fn titles_and_odd_pages() {
        for (html, title) in [
            ("", ""),
            ("<title></title>", ""),
            ("<title>open <b>end", "open <b>end"),
            ("<title>\u{a0}one\r\n\r\n two </title><title>three</title>", "one two"),
            ("<svg><title>icon</title></svg><title>page</title>", "page"),
            ("<title>&#x41;&eacute;&nosuch;</title>", "Aé&nosuch;"),
        ] {
            assert_eq!(page(html).title, title, "{html}");
        }
        assert_eq!(page([0xff, 0xfe, 0x3c]).links, []);
    }

    #[test]
    fn limits_hold_and_what_is_no_page_says_so() {
        let url = Url::parse("http://me:secret@host/").expect("a link");
        let limits = Limits { page_bytes: 100, links: 2, link_bytes: 1000 };
        let links = read(b"<a href=1><a href=2><a href=1>", None, &url, &limits).expect("a page");
        assert!(links.links.len() == 2 && !links.partial);
        let links = read(b"<a href=1><a href=2><a href=3>", None, &url, &limits).expect("a page");
        assert!(links.links.len() == 2 && links.partial);
        let short = Limits { link_bytes: 40, ..limits };
        let links = read(b"<a href=1><a href=2><a href=3>", None, &Url::parse("http://host/").expect("a link"), &short);
        assert!(links.is_ok_and(|page| page.links.len() == 2 && page.partial), "13 bytes each");
        let large = read(&[b' '; 101], None, &url, &limits).expect_err("too large");
        assert_eq!(
            (large.kind, large.sentence.as_str()),
            (ErrorKind::Limit, "The page http://***@host/ is larger than 100 bytes")
        );
        let picture = read(b"\xff\xd8", Some("image/JPEG; x=y"), &url, &limits).expect_err("no page");
        assert!(picture.sentence.contains("is not a page with links but image/jpeg"), "{picture}");
        for content_type in ["application/xhtml+xml", "text/plain", "application/octet-stream", ""] {
            assert!(read(b"<!-- --><HTML>", Some(content_type), &url, &limits).is_ok(), "{content_type}");
            let is_said = content_type.starts_with("application/x");
            assert_eq!(read(b"a, b", Some(content_type), &url, &limits).is_ok(), is_said, "{content_type}");
        }
    }

    #[test]
    fn nesting_and_size_cost_no_more_than_their_bytes() {
        let started = Instant::now();
        let nested = format!("{}<a href=in>", "<div>".repeat(100_000));
        assert_eq!(links(&nested), ["http://host/dir/in"]);
        let many: Vec<String> = (0..100_010).map(|n| format!("<a href={n}>")).collect();
        let page = page(many.concat());
        assert!(page.links.len() == 100_000 && page.partial);
        assert!(links(&format!("<a {}>", "x=y ".repeat(200_000))).is_empty());
        assert!(links(&"<a href='".repeat(100_000)).len() <= 1);
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_page(html in "(<(a|img|base|title|meta|svg|source)( (href|src|srcset|content|property)=[^>]{0,9})?>|\\PC){0,40}") {
            for link in page(html.as_bytes()).links {
                let url = Url::parse(&link.url).expect("absolute");
                assert!(is_web(&url) && url.fragment().is_none() && url.as_str() == link.url);
            }
        }
    }
}
