//! What a person gives for certain hosts only: cookies from a browser's file, and names with passwords from a netrc. Read
//! by whoever may open files, and carried as plain data to whoever fetches.

use serde::{Deserialize, Serialize};
use url::Url;

/// A cookie of the file that browsers and curl exchange (the Netscape format).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cookie {
    /// The host, in lower case, without a dot before it.
    pub domain: String,
    /// Whether it is for the hosts below, too.
    pub subdomains: bool,
    /// It is for this path and those below.
    pub path: String,
    /// Only for encrypted connections.
    pub secure: bool,
    /// When it ends, in seconds since 1970; 0 for never.
    pub expires: u64,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Cookie {
    /// Whether it is sent with a request (RFC 6265, section 5.4). `now` in seconds since 1970.
    pub fn is_for(&self, url: &Url, now: u64) -> bool {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let below = || self.subdomains && host.strip_suffix(&self.domain).is_some_and(|before| before.ends_with('.'));
        let is_address = !matches!(url.host(), Some(url::Host::Domain(_)));
        let host_fits = host == self.domain || !is_address && below();
        let rest = url.path().strip_prefix(&*self.path);
        let path_fits = rest.is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        host_fits && path_fits && (!self.secure || url.scheme() == "https") && (self.expires == 0 || self.expires > now)
    }
}

/// Reads a cookie file. An error names the line.
pub fn cookies(text: &str) -> Result<Vec<Cookie>, String> {
    let mut cookies = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        // A cookie that scripts may not see is written as a comment of this kind.
        let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        cookies.push(cookie(line).ok_or_else(|| {
            format!(
                "line {number} is no cookie: it must have seven fields with tabs between them, as browsers export them"
            )
        })?);
    }
    Ok(cookies)
}

fn cookie(line: &str) -> Option<Cookie> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [domain, subdomains, path, secure, expires, name, value @ ..] = fields.as_slice() else { return None };
    let flag = |text: &str| match text.trim() {
        "TRUE" | "true" => Some(true),
        "FALSE" | "false" => Some(false),
        _ => None,
    };
    let value = value.join("\t");
    let sendable = |text: &str| text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b';');
    let domain = domain.trim().trim_start_matches('.').to_ascii_lowercase();
    let is_sound = !domain.is_empty() && path.starts_with('/') && sendable(name) && sendable(&value);
    is_sound.then_some(Cookie {
        domain,
        subdomains: flag(subdomains)?,
        path: (*path).to_owned(),
        secure: flag(secure)?,
        // Some write fractions.
        expires: expires.trim().parse::<f64>().ok()? as u64,
        name: (*name).to_owned(),
        value,
    })
}

/// A name and a password for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The host; `None` for every one that no other is for.
    pub host: Option<String>,
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// The login for a host: its own, else the one for all.
pub fn login_for<'a>(logins: &'a [Login], host: &str) -> Option<&'a Login> {
    let own = logins.iter().find(|login| login.host.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(host)));
    own.or_else(|| logins.iter().find(|login| login.host.is_none()))
}

/// Reads a netrc, as ftp and curl do: words `machine`, `default`, `login`, `password`, and values after them. What else is
/// in it is passed over.
pub fn logins(text: &str) -> Vec<Login> {
    let mut words = words(text).into_iter();
    let mut logins: Vec<Login> = Vec::new();
    while let Some(word) = words.next() {
        let new = |host| Login { host, user: String::new(), password: String::new() };
        match (word.as_str(), logins.last_mut()) {
            ("machine", _) => logins.push(new(words.next())),
            ("default", _) => logins.push(new(None)),
            ("login", Some(login)) => login.user = words.next().unwrap_or_default(),
            ("password", Some(login)) => login.password = words.next().unwrap_or_default(),
            ("account", _) => drop(words.next()),
            _ => {}
        }
    }
    logins.retain(|login| !login.user.is_empty());
    logins
}

/// White space divides; quotes hold together; `#` begins a comment; a macro goes on to an empty line.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        in_macro &= !line.trim().is_empty();
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next().filter(|_| !in_macro) {
            if letter.is_whitespace() {
                continue;
            }
            if letter == '#' && words.last().is_none_or(|last| last != "password") {
                break;
            }
            let mut word = String::new();
            let quoted = letter == '"';
            let mut next = if quoted { letters.next() } else { Some(letter) };
            while let Some(letter) = next.filter(|letter| if quoted { *letter != '"' } else { !letter.is_whitespace() })
            {
                word.extend(if letter == '\\' && quoted { letters.next() } else { Some(letter) });
                next = letters.next();
            }
            in_macro = word == "macdef";
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_where_they_belong() {
        let file = "# Netscape HTTP Cookie File\n\n.example.org\tTRUE\t/a\tFALSE\t0\tone\t1\n\
            #HttpOnly_example.org\tFALSE\t/\tTRUE\t2000\ttwo\t2=2\nother.net\tFALSE\t/\tFALSE\t0\tthree\t\n";
        let cookies = cookies(file).expect("cookies");
        let sent = |url: &str, now| -> Vec<&str> {
            let url = Url::parse(url).expect("a link");
            cookies.iter().filter(|cookie| cookie.is_for(&url, now)).map(|cookie| cookie.name.as_str()).collect()
        };
        assert_eq!(sent("https://example.org/a/b", 1), ["one", "two"]);
        assert_eq!(sent("http://example.org/a", 1), ["one"], "the other is for encrypted connections");
        assert_eq!(sent("https://example.org/", 3000), Vec::<&str>::new(), "ended, or for another path");
        assert_eq!(sent("http://www.example.org/a", 1), ["one"]);
        assert_eq!(sent("http://example.org/ab", 1), Vec::<&str>::new());
        assert_eq!(sent("http://notexample.org/a", 1), Vec::<&str>::new());
        assert_eq!(sent("http://www.other.net/", 1), Vec::<&str>::new());
        assert_eq!(sent("http://OTHER.net/x", 1), ["three"]);
    }

    #[test]
    fn a_line_that_is_no_cookie_is_named() {
        for bad in [
            "nonsense",
            "a\tb",
            "a.b\tYES\t/\tFALSE\t0\tn\tv",
            "a.b\tTRUE\t/\tFALSE\t0\tn\tv;w",
            "\tTRUE\t/\tFALSE\t0\tn\tv",
        ] {
            let error = cookies(&format!("# a comment\n{bad}\n")).expect_err(bad);
            assert!(error.starts_with("line 2 is no cookie"), "{error}");
        }
    }

    #[test]
    fn a_netrc_has_a_login_for_a_host() {
        let file = "machine a.org login me password s#cret # a comment\nmacdef init\nmachine evil login x\n\n\
            machine b.org\n  login \"a name\"\n  account x\n  password \"with \\\" quote\"\ndefault login any password one\n";
        let logins = logins(file);
        let of = |host| login_for(&logins, host).map(|login| (login.user.as_str(), login.password.as_str()));
        assert_eq!(of("A.ORG"), Some(("me", "s#cret")));
        assert_eq!(of("b.org"), Some(("a name", "with \" quote")));
        assert_eq!(of("evil"), Some(("any", "one")));
        assert_eq!(login_for(&super::logins("machine a.org"), "a.org"), None, "without a name it is none");
    }
}
