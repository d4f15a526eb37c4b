//! Links: what may be known of their files, and how people see them, without the passwords that some of them carry.

use super::{Checksum, os_path};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use url::Url;

/// What is known of a link's file before anybody asked for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkDetails {
    /// The name that the person asked for.
    pub name: Option<String>,
    /// What its bytes must add up to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// Further addresses of the same file, best first: absolute, http or https.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<String>,
    /// The size that it must have, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Below the output folder: where a list of files wants it. Empty otherwise, always relative.
    #[serde(with = "os_path", skip_serializing_if = "is_top")]
    pub subfolder: PathBuf,
}

/// What is known of most links.
pub(super) const NO_DETAILS: &LinkDetails =
    &LinkDetails { name: None, checksum: None, mirrors: Vec::new(), size: None, subfolder: PathBuf::new() };

fn is_top(subfolder: &Path) -> bool {
    subfolder.as_os_str().is_empty()
}

/// `text` with the credentials of every link in it (`user:password@`) replaced by `***`. Anything else stays as it is, so
/// a link that is not well-formed, or has no scheme, can be masked too.
pub fn masked(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(masked_word).collect()
}

/// The host and port of an absolute link, as written there.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// The scheme, host and port of an absolute link, as browsers compare them. `None` for anything else.
pub fn origin(url: &str) -> Option<String> {
    Url::parse(url).ok().map(|url| url.origin().ascii_serialization())
}

/// A host without its port, and without the brackets of an IPv6 address.
pub fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// An absolute link without its name and password.
pub fn without_login(link: &str) -> String {
    let Ok(mut url) = Url::parse(link) else { return masked(link) };
    if url.username().is_empty() && url.password().is_none() {
        return link.to_owned();
    }
    // A link that has a name or a password has a place for them.
    url.set_username("").ok();
    url.set_password(None).ok();
    url.into()
}

/// The schemes that the address of a proxy may have.
pub const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Whether a proxy's address has a scheme that can be spoken, or none: then it is http.
pub fn has_proxy_scheme(address: &str) -> bool {
    let scheme = address.trim().split_once("://").map(|(scheme, _)| scheme);
    scheme.is_none_or(|scheme| PROXY_SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)))
}

/// A proxy's address without its password. It may come without a scheme, as `me:secret@host:8080`.
pub fn shown_proxy(address: &str) -> String {
    if address.contains("://") { masked(address) } else { masked(&format!("http://{address}")) }
}

fn masked_word(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://").or_else(|| Some(("", word.strip_prefix("//")?))) else {
        // No link, or one written in an odd way: whatever stands before the host of `name:password@host`.
        return match word.rsplit_once('@') {
            Some((before, host)) if before.contains(':') => format!("***@{host}"),
            _ => word.to_owned(),
        };
    };
    let separator = &word[scheme.len()..word.len() - rest.len()];
    let authority_end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..authority_end];
    // A password with a slash in it hides its `@` from the authority: then what looks like a port is no number.
    let has_odd_port =
        authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']') && port.parse::<u16>().is_err());
    let credentials_end = match authority.rfind('@') {
        None if has_odd_port => rest.split('?').next().and_then(|path| path.rfind('@')),
        end => end,
    };
    credentials_end.map_or_else(|| word.to_owned(), |end| format!("{scheme}{separator}***{}", &rest[end..]))
}

#[cfg(test)]
mod tests {
    use super::{host, masked};

    #[test]
    fn the_host_of_a_link() {
        for (url, expected) in [
            ("http://host/a", "host"),
            ("https://me:pw@host:81?x=@y", "host:81"),
            ("http://[::1]:80", "[::1]:80"),
            ("http://host#@x", "host"),
        ] {
            assert_eq!(host(url), expected);
        }
    }

    #[test]
    fn credentials_are_masked_and_nothing_else() {
        for (text, shown) in [
            ("https://me:secret@host/a.jpg", "https://***@host/a.jpg"),
            ("https://me@host:81?x=a@b", "https://***@host:81?x=a@b"),
            ("https://a:b@c@host/", "https://***@host/"),
            ("https://host/@me/a.jpg", "https://host/@me/a.jpg"),
            ("not a link", "not a link"),
            ("see ftp://me:secret@host/a or http://b:c@d", "see ftp://***@host/a or http://***@d"),
            ("me:secret@host/a.jpg", "***@host/a.jpg"),
            ("//me:secret@host/x", "//***@host/x"),
            ("http:\\\\me:secret@host\\x", "***@host\\x"),
            ("http:me:secret@host/x", "***@host/x"),
            ("http://me:sec/ret@host/a", "http://***@host/a"),
            ("http://[::1]/@x", "http://[::1]/@x"),
            ("http://host:80/@x", "http://host:80/@x"),
            ("me@host: a.jpg", "me@host: a.jpg"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
