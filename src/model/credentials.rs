//! What lets a person in at some servers: cookies from a file of theirs, and names with passwords. Their values are secret:
//! no debug output tells them.

use super::FetchOptions;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;

/// A cookie of the person's (RFC 6265).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cookie {
    /// The host that it is for, without a dot in front.
    pub domain: String,
    /// Whether it is for the hosts below that one, too.
    pub subdomains: bool,
    /// It is for this path and those below it.
    pub path: String,
    /// It is for encrypted connections alone.
    pub secure: bool,
    /// From then on it is not sent any more, in seconds since 1970.
    pub expires: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A name and a password for a host, as kept in `.netrc`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The host. `None`: for the links' own hosts that have no other.
    pub host: Option<String>,
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl Cookie {
    fn is_for(&self, host: &str) -> bool {
        let below = || host.strip_suffix(&*self.domain).is_some_and(|before| before.ends_with('.'));
        host == self.domain || self.subdomains && below()
    }
}

impl FetchOptions {
    /// The same with those cookies and logins alone that these hosts may be sent.
    #[must_use]
    pub fn for_hosts(&self, hosts: &HashSet<&str>) -> FetchOptions {
        let has_own = |host: &&str| self.logins.iter().any(|login| login.host.as_deref() == Some(host));
        let default = hosts.iter().any(|host| !has_own(host));
        let is_needed = |login: &&Login| login.host.as_deref().map_or(default, |host| hosts.contains(host));
        let cookies = self.cookies.iter().filter(|cookie| hosts.iter().any(|host| cookie.is_for(host)));
        FetchOptions {
            cookies: cookies.cloned().collect(),
            logins: self.logins.iter().filter(is_needed).cloned().collect(),
            ..self.clone()
        }
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({} of {}{})", self.name, self.domain, self.path)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({})", self.host.as_deref().unwrap_or("default"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_hosts_need_is_left() {
        let cookie = |domain: &str, subdomains| Cookie {
            domain: domain.into(),
            subdomains,
            path: "/".into(),
            secure: false,
            expires: None,
            name: "a".into(),
            value: "b".into(),
        };
        let login =
            |host: Option<&str>| Login { host: host.map(str::to_owned), user: "me".into(), password: "secret".into() };
        let options = FetchOptions {
            cookies: vec![
                cookie("h.example", false),
                cookie("example", true),
                cookie("example", false),
                cookie("other.example", true),
            ],
            logins: vec![login(Some("h.example")), login(Some("other.example")), login(None)],
            ..FetchOptions::default()
        };
        let left = options.for_hosts(&HashSet::from(["h.example"]));
        assert_eq!(left.cookies, options.cookies[..2]);
        assert_eq!(left.logins, options.logins[..1]);
        let left = options.for_hosts(&HashSet::from(["h.example", "another"]));
        assert_eq!(left.logins, [login(Some("h.example")), login(None)]);
    }
}
