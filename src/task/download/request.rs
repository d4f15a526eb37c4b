//! Asking for a link, through redirects. What a person gives for one server (headers, credentials) is never sent to
//! another: redirects are followed here, because only here it is known which headers are theirs.

use super::failure::{self, Hop};
use super::jar::Jar;
use super::net::{self, Net};
use super::patience::Patience;
use crate::model::{ErrorKind, Failure, FetchOptions, Login, link};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, USER_AGENT,
};
use reqwest::{Response, Url};
use std::time::SystemTime;

const MAX_REDIRECTS: usize = 10;

/// What is asked for.
pub(super) struct Question<'a> {
    pub(super) url: &'a str,
    /// The same as it may be shown.
    pub(super) shown: &'a str,
    pub(super) options: &'a FetchOptions,
    /// Whether the person meant this server when they gave headers.
    pub(super) named: bool,
    /// Which part is wanted, and of what version: `Range` and `If-Range`. Empty for the whole file.
    pub(super) part: HeaderMap,
}

/// The first answer that is no redirect.
pub(super) async fn answer(
    question: &Question<'_>,
    net: &Net,
    patience: &mut Patience<'_>,
) -> Result<Response, Failure> {
    let Question { url, shown, options, named, part } = question;
    let mut url =
        fetchable(url).ok_or_else(|| Failure::new(ErrorKind::Url, format!("{shown} is not an http or https link")))?;
    let mut headers = if *named && is_named(options, &url) { headers(options)? } else { own_headers(options)? };
    let mut jar = Jar::new(&options.cookies, SystemTime::now());
    let mut way = Way { named: *named && is_named(options, &url), direct: true };
    for _ in 0..=MAX_REDIRECTS {
        let mut of_hop = headers.clone();
        if let Some(cookies) = jar.header(&url, headers.get(COOKIE)) {
            of_hop.insert(COOKIE, cookies);
        }
        let login = login(options, &url, way).filter(|_| !headers.contains_key(AUTHORIZATION));
        let ask = |keeps| {
            let request = net.client(options, &url, keeps)?.get(url.clone()).headers(of_hop.clone());
            let request = match login {
                Some(login) => request.basic_auth(&login.user, Some(&login.password)),
                None => request,
            };
            Ok::<_, Failure>(request.headers(part.clone()).send())
        };
        let mut answer = patience.wait(ask(true)?).await?;
        if answer.as_ref().is_err_and(failure::is_lost_before_an_answer) {
            // A kept connection may have died meanwhile. A new one tells.
            answer = patience.wait(ask(false)?).await?;
        }
        let answer = answer.map_err(|error| {
            let proxy = net::proxy_of(options, &url);
            failure::of_request(&error, &Hop { shown, url: &url, proxy: proxy.as_deref() })
        })?;
        jar.keep(answer.headers(), &url);
        let Some(location) = answer.headers().get(LOCATION).filter(|_| is_redirect(answer.status().as_u16())) else {
            return Ok(answer);
        };
        let next = target(&url, location).ok_or_else(|| refused_redirect(shown, location))?;
        if next.origin() != url.origin() {
            headers = own_headers(options)?;
            let upgraded = is_upgrade(&url, &next);
            way = Way { named: way.named && upgraded, direct: way.direct && upgraded };
        }
        url = next;
    }
    let sentence = format!("{shown} was redirected more than {MAX_REDIRECTS} times, perhaps in a circle");
    Err(Failure::new(ErrorKind::Http, sentence))
}

/// How an address was come to.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// It is of the origin that the person named, and no other came between.
    named: bool,
    /// No redirect led to another origin.
    direct: bool,
}

/// Whether the person gave headers and passwords for this server.
fn is_named(options: &FetchOptions, url: &Url) -> bool {
    options.origins.is_empty() || options.origins.contains(&url.origin().ascii_serialization())
}

/// The same host, encrypted from now on.
fn is_upgrade(from: &Url, to: &Url) -> bool {
    let by_default = from.port().is_none() && to.port().is_none();
    from.host() == to.host() && by_default && from.scheme() == "http" && to.scheme() == "https"
}

/// The name and the password for an address that has none itself. None once a redirect led to another origin; and only
/// what was meant for that very host where the person did not name it.
fn login<'a>(options: &'a FetchOptions, url: &Url, way: Way) -> Option<&'a Login> {
    if !url.username().is_empty() || url.password().is_some() || !way.direct {
        return None;
    }
    let host = url.host_str()?.trim_matches(['[', ']']);
    let of_host = options.logins.iter().find(|login| login.host.as_deref() == Some(host));
    let login = of_host.or_else(|| options.logins.iter().find(|login| login.host.is_none() && way.named));
    // An entry without a name says that its host has none.
    login.filter(|login| !login.user.is_empty())
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

fn fetchable(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Where a redirect leads. Credentials of the link stay with it on the same origin only.
fn target(from: &Url, location: &HeaderValue) -> Option<Url> {
    let location = String::from_utf8_lossy(location.as_bytes());
    let mut next = from.join(&location).ok().and_then(|url| fetchable(url.as_str()))?;
    if next.origin() == from.origin() && next.username().is_empty() && next.password().is_none() {
        next.set_username(from.username()).ok()?;
        next.set_password(from.password()).ok()?;
    }
    Some(next)
}

fn refused_redirect(shown: &str, location: &HeaderValue) -> Failure {
    let location = String::from_utf8_lossy(location.as_bytes());
    let sentence = format!("{shown} leads to \"{}\", which is not an http or https link", link::masked(&location));
    Failure::new(ErrorKind::Url, sentence)
}

/// What any server is told.
fn own_headers(options: &FetchOptions) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // A packed answer has no length to check, and its bytes are not the file's.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(USER_AGENT, value("User-Agent", &options.user_agent)?);
    Ok(headers)
}

/// What the link's own server is told: the person's headers too.
fn headers(options: &FetchOptions) -> Result<HeaderMap, Failure> {
    let mut theirs = HeaderMap::new();
    for (name, text) in &options.headers {
        let key = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| Failure::new(ErrorKind::Unsupported, format!("\"{name}\" cannot be the name of a header")))?;
        if FetchOptions::OWN_HEADERS.contains(&key.as_str()) {
            let sentence = format!("The header {name} cannot be set: Millrace has to choose it itself");
            return Err(Failure::new(ErrorKind::Unsupported, sentence));
        }
        theirs.append(key, value(name, text)?);
    }
    let mut headers = own_headers(options)?;
    // `extend` replaces ours of the same name, and keeps several of theirs.
    headers.extend(theirs);
    Ok(headers)
}

/// The value is not repeated in the sentence: it may be a password.
fn value(name: &str, text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(text.trim()).map_err(|_| {
        let sentence = format!("The value of the header {name} has characters that cannot be sent");
        Failure::new(ErrorKind::Unsupported, sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(headers: &[(&str, &str)]) -> FetchOptions {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        FetchOptions { headers, ..FetchOptions::default() }
    }

    #[test]
    fn unusable_headers_are_named_and_their_values_kept_secret() {
        for (name, value) in [("Bad Name", "x"), ("X-Key", "sec\nret"), ("Range", "bytes=0-"), ("", "x")] {
            let failure = headers(&options(&[(name, value)])).expect_err(name);
            assert_eq!(failure.kind, ErrorKind::Unsupported);
            assert!(failure.sentence.contains(name) && !failure.sentence.contains("sec\n"), "{failure}");
        }
    }

    #[test]
    fn headers_of_a_person_come_in_addition_or_instead() {
        let sent = headers(&options(&[("X-A", "1"), ("X-A", "2"), ("User-Agent", "me")])).expect("headers");
        assert_eq!(sent.get_all("x-a").iter().count(), 2);
        assert_eq!(sent.get_all(USER_AGENT).iter().collect::<Vec<_>>(), ["me"]);
    }

    #[test]
    fn credentials_stay_on_their_origin() {
        let from = Url::parse("http://me:pw@host/a").expect("a link");
        let to = |location| target(&from, &HeaderValue::from_static(location)).map(String::from);
        assert_eq!(to("/b").as_deref(), Some("http://me:pw@host/b"));
        assert_eq!(to("http://other/b").as_deref(), Some("http://other/b"));
        assert_eq!(to("https://host/b").as_deref(), Some("https://host/b"));
        assert_eq!(to("file:///etc/passwd"), None);
        assert_eq!(to("ftp://host/b"), None);
    }
}
