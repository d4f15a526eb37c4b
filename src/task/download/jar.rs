//! The cookies of one question, through all its redirects: the person's, and those that servers set on the way. Which are
//! sent is decided anew for each address (RFC 6265). They end with the question.

use crate::model::Cookie;
use cookie_store::{CookieStore, RawCookie};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) struct Jar(CookieStore);

impl Jar {
    /// With the person's cookies that have not ended.
    pub(super) fn new(cookies: &[Cookie], now: SystemTime) -> Jar {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut store = CookieStore::default();
        for cookie in cookies.iter().filter(|cookie| cookie.expires.is_none_or(|at| at > now)) {
            let Cookie { domain, path, name, value, .. } = cookie;
            let Ok(url) = Url::parse(&format!("https://{domain}/")) else { continue };
            let raw = RawCookie::build((name, value)).path(path).secure(cookie.secure);
            let below = cookie.subdomains && domain.parse::<IpAddr>().is_err();
            let raw = if below { raw.domain(domain) } else { raw };
            // One that cannot be is not sent.
            store.insert_raw(&raw.build(), &url).ok();
        }
        Jar(store)
    }

    /// What to send to an address as `Cookie`, after what the person gave as a header.
    pub(super) fn header(&self, url: &Url, given: Option<&HeaderValue>) -> Option<HeaderValue> {
        // The store takes this machine's own address for a safe one. What the person kept for encryption stays there.
        let is_encrypted = url.scheme() == "https";
        let cookies = self.0.matches(url).into_iter().filter(|cookie| is_encrypted || cookie.secure() != Some(true));
        let own = cookies.map(|cookie| {
            let (name, value) = cookie.name_value();
            let pair = if name.is_empty() { value.to_owned() } else { format!("{name}={value}") };
            pair.into_bytes()
        });
        let all: Vec<Vec<u8>> = given.map(|value| value.as_bytes().to_vec()).into_iter().chain(own).collect();
        let mut value = HeaderValue::from_bytes(&all.join(b"; ".as_slice())).ok().filter(|_| !all.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Keeps what an answer sets.
    pub(super) fn keep(&mut self, headers: &HeaderMap, from: &Url) {
        let values = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in values.filter_map(|value| RawCookie::parse(value).ok()) {
            // A whole top level such as `com` is nobody's.
            let is_own = cookie.domain().is_none_or(|domain| {
                domain.trim_matches('.').contains('.') || from.host_str().is_some_and(|host| host == domain)
            });
            if is_own {
                // One for another host, or that cannot be, is not kept.
                self.0.insert_raw(&cookie, from).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cookie(domain: &str, name: &str) -> Cookie {
        Cookie {
            domain: domain.into(),
            subdomains: false,
            path: "/".into(),
            secure: false,
            expires: None,
            name: name.into(),
            value: "1".into(),
        }
    }

    fn sent(jar: &Jar, url: &str) -> String {
        let header = jar.header(&Url::parse(url).expect("a link"), None);
        let mut pairs: Vec<String> =
            header.iter().flat_map(|value| value.to_str().expect("text").split("; ")).map(str::to_owned).collect();
        pairs.sort_unstable();
        pairs.join(" ")
    }

    #[test]
    fn the_persons_cookies_go_where_they_belong_and_nowhere_else() {
        let jar = Jar::new(
            &[
                cookie("host.example", "host"),
                Cookie { subdomains: true, ..cookie("host.example", "below") },
                Cookie { path: "/a".into(), ..cookie("host.example", "path") },
                Cookie { secure: true, ..cookie("host.example", "secure") },
                Cookie { expires: Some(99), ..cookie("host.example", "ended") },
                Cookie { expires: Some(u64::MAX), ..cookie("host.example", "lasts") },
                Cookie { subdomains: true, ..cookie("127.0.0.1", "address") },
            ],
            UNIX_EPOCH + Duration::from_secs(100),
        );
        for (url, expected) in [
            ("http://host.example/", "below=1 host=1 lasts=1"),
            ("https://host.example:8443/a/b", "below=1 host=1 lasts=1 path=1 secure=1"),
            ("http://host.example/ab", "below=1 host=1 lasts=1"),
            ("http://www.host.example/", "below=1"),
            ("http://nothost.example/", ""),
            ("http://example/", ""),
            ("http://127.0.0.1:8000/", "address=1"),
            ("http://127.0.0.1.example/", ""),
            ("http://127.0.0.2/", ""),
        ] {
            assert_eq!(sent(&jar, url), expected, "{url}");
        }
        let given = HeaderValue::from_static("mine=2");
        let url = Url::parse("http://127.0.0.1/").expect("a link");
        assert_eq!(jar.header(&url, Some(&given)).expect("cookies"), "mine=2; address=1");
    }

    #[test]
    fn what_an_answer_sets_is_for_its_own_hosts() {
        let mut jar = Jar::new(&[], UNIX_EPOCH);
        let mut headers = HeaderMap::new();
        for value in [
            "a=1",
            "b=1; Domain=example.org",
            "c=1; Domain=org",
            "d=1; Domain=other.example",
            "e=1; Path=/deep",
            "f=1; Secure",
            "g=1; Max-Age=0",
            "nonsense",
        ] {
            headers.append(SET_COOKIE, HeaderValue::from_static(value));
        }
        jar.keep(&headers, &Url::parse("https://www.example.org/x").expect("a link"));
        assert_eq!(sent(&jar, "https://www.example.org/deep/y"), "a=1 b=1 e=1 f=1");
        assert_eq!(sent(&jar, "http://www.example.org/"), "a=1 b=1");
        assert_eq!(sent(&jar, "http://dl.example.org/"), "b=1");
        assert_eq!(sent(&jar, "http://other.example/"), "");
        assert_eq!(sent(&jar, "http://elsewhere.org/"), "");
    }
}
