//! Asking for a link, through redirects. What a person gives for one server (headers, credentials) is never sent to
//! another: redirects are followed here, because only here it is known which headers are theirs.

use super::failure::{self, Hop};
use super::net::Net;
use super::patience::Patience;
use crate::model::credentials::{Login, login_for};
use crate::model::{ErrorKind, Failure, FetchOptions, link};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HeaderMap, HeaderName, HeaderValue,
    IF_RANGE, LOCATION, RANGE, SET_COOKIE, TE, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use reqwest::{Response, Url};
use std::time::{SystemTime, UNIX_EPOCH};

const MAX_REDIRECTS: usize = 10;

/// Headers that would change what an answer means, or how it travels.
const OWN_HEADERS: [HeaderName; 8] =
    [ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, IF_RANGE, RANGE, TE, TRANSFER_ENCODING, UPGRADE];

/// What is asked for.
pub(super) struct Question<'a> {
    pub(super) url: &'a str,
    /// The same as it may be shown.
    pub(super) shown: &'a str,
    pub(super) options: &'a FetchOptions,
    /// Which part is wanted, and of what version: `Range` and `If-Range`. Empty for the whole file.
    pub(super) part: HeaderMap,
}

/// The first answer that is no redirect.
pub(super) async fn answer(
    question: &Question<'_>,
    net: &Net,
    patience: &mut Patience<'_>,
) -> Result<Response, Failure> {
    let Question { url, shown, options, part } = question;
    let mut url =
        fetchable(url).ok_or_else(|| Failure::new(ErrorKind::Url, format!("{shown} is not an http or https link")))?;
    let mut headers = headers(options)?;
    let mut jar = Jar::default();
    for _ in 0..=MAX_REDIRECTS {
        let mut own = headers.clone();
        if !own.contains_key(COOKIE) {
            own.extend(jar.header(options, &url).map(|value| (COOKIE, value)));
        }
        let login = login(options, &url).filter(|_| !own.contains_key(AUTHORIZATION));
        let ask = |keeps| {
            let mut request = net.client(options, &url, keeps)?.get(url.clone()).headers(own.clone());
            if let Some(login) = login {
                request = request.basic_auth(&login.user, Some(&login.password));
            }
            Ok::<_, Failure>(request.headers(part.clone()).send())
        };
        let mut answer = patience.wait(ask(true)?).await?;
        if answer.as_ref().is_err_and(failure::is_lost_before_an_answer) {
            // A kept connection may have died meanwhile. A new one tells.
            answer = patience.wait(ask(false)?).await?;
        }
        let hop = Hop { shown, url: &url, proxy: options.proxy.as_deref() };
        let answer = answer.map_err(|error| failure::of_request(&error, &hop))?;
        let Some(location) = answer.headers().get(LOCATION).filter(|_| is_redirect(answer.status().as_u16())) else {
            return Ok(answer);
        };
        jar.keep(&url, answer.headers());
        let next = target(&url, location).ok_or_else(|| refused_redirect(shown, location))?;
        if next.origin() != url.origin() {
            headers = own_headers(options)?;
        }
        url = next;
    }
    let sentence = format!("{shown} was redirected more than {MAX_REDIRECTS} times, perhaps in a circle");
    Err(Failure::new(ErrorKind::Http, sentence))
}

/// The name and password for a host that a link without any leads to.
fn login<'a>(options: &'a FetchOptions, url: &Url) -> Option<&'a Login> {
    let has_own = !url.username().is_empty() || url.password().is_some();
    url.host_str().filter(|_| !has_own).and_then(|host| login_for(&options.logins, host))
}

/// The cookies that servers set on the way to one file: each goes back to the host that set it, and nowhere else.
#[derive(Default)]
struct Jar {
    set: Vec<(String, String, String)>,
}

impl Jar {
    fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        let host = url.host_str().unwrap_or_default();
        for value in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pair = value.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let (name, value) = (name.trim(), value.trim());
            self.set.retain(|(own_host, own_name, _)| own_host != host || own_name != name);
            if !name.is_empty() {
                self.set.push((host.to_owned(), name.to_owned(), value.to_owned()));
            }
        }
    }

    /// What is sent with a request: the person's cookies, unless the server set them anew.
    fn header(&self, options: &FetchOptions, url: &Url) -> Option<HeaderValue> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let host = url.host_str().unwrap_or_default();
        let set: Vec<(&str, &str)> = self
            .set
            .iter()
            .filter(|(own, ..)| own == host)
            .map(|(_, name, value)| (name.as_str(), value.as_str()))
            .collect();
        let given = options.cookies.iter().filter(|cookie| cookie.is_for(url, now));
        let given = given.map(|cookie| (cookie.name.as_str(), cookie.value.as_str()));
        let given = given.filter(|(name, _)| set.iter().all(|(other, _)| other != name));
        let pairs: Vec<String> =
            given.chain(set.iter().copied()).map(|(name, value)| format!("{name}={value}")).collect();
        let mut header = HeaderValue::try_from(pairs.join("; ")).ok().filter(|_| !pairs.is_empty())?;
        header.set_sensitive(true);
        Some(header)
    }
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
        if OWN_HEADERS.contains(&key) {
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
