//! Cookies as browsers' extensions and curl write them into a file: a cookie a line, seven fields with tabs between them.

use super::list::lines_of;
use crate::model::Cookie;
use thiserror::Error;

/// A line that is no cookie.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line} is no cookie: {why}")]
pub struct CookieError {
    line: usize,
    why: &'static str,
}

/// What curl writes before a cookie that scripts may not see, which would make the line a comment otherwise.
const HTTP_ONLY: &str = "#HttpOnly_";

/// The cookies of a Netscape cookie file.
///
/// # Errors
///
/// Fails at the first line that is no cookie, and names its number. Values are not repeated in the error: they are
/// secret.
pub fn from_cookie_file(text: &str) -> Result<Vec<Cookie>, CookieError> {
    let lines = lines_of(text.trim_start_matches('\u{feff}')).enumerate();
    let lines = lines.map(|(number, line)| (number + 1, line.strip_prefix(HTTP_ONLY).unwrap_or(line)));
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(line, text)| cookie(text).map_err(|why| CookieError { line, why })).collect()
}

fn cookie(line: &str) -> Result<Cookie, &'static str> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (domain, subdomains, path, secure, expires, name, value) = match fields[..] {
        [domain, subdomains, path, secure, expires, name, value] => {
            (domain, subdomains, path, secure, expires, name, value)
        }
        // An editor may have taken the tab at the end away.
        [domain, subdomains, path, secure, expires, name] => (domain, subdomains, path, secure, expires, name, ""),
        _ => return Err("it does not have seven fields with tabs between them"),
    };
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    if domain.is_empty() || domain.contains([' ', '/']) {
        return Err("its first field is no host");
    }
    if !path.starts_with('/') {
        return Err("its path does not begin with a slash");
    }
    if name.contains([';', '='])
        || value.contains(';')
        || [name, value].iter().any(|text| text.contains(char::is_control))
    {
        return Err("its name or value has characters that cannot be sent");
    }
    // Some write a fraction; 0 and -1 stand for a cookie without an end.
    let expires = expires.trim().parse::<f64>().ok().filter(|at| at.is_finite()).ok_or("its end is not a time")?;
    Ok(Cookie {
        domain,
        subdomains: flag(subdomains).ok_or("its second field is neither TRUE nor FALSE")?,
        path: path.to_owned(),
        secure: flag(secure).ok_or("its fourth field is neither TRUE nor FALSE")?,
        expires: (expires >= 1.0).then_some(expires as u64),
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_uppercase().as_str() {
        "TRUE" => Some(true),
        "FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_read_as_they_are_written() {
        let file = "\u{feff}# Netscape HTTP Cookie File\r\n\r\n\
            .Example.org\tTRUE\t/\tTRUE\t2000000000\tid\tsecret=1\r\n\
            #HttpOnly_host.example\tfalse\t/a\tfalse\t0\tb\t\n\
            # a comment\n\
            127.0.0.1\tFALSE\t/\tFALSE\t1700000000.5\tc";
        let cookies = from_cookie_file(file).expect("cookies");
        let first = Cookie {
            domain: "example.org".into(),
            subdomains: true,
            path: "/".into(),
            secure: true,
            expires: Some(2_000_000_000),
            name: "id".into(),
            value: "secret=1".into(),
        };
        assert_eq!(cookies[0], first);
        assert_eq!(
            (cookies[1].domain.as_str(), cookies[1].expires, cookies[1].value.as_str()),
            ("host.example", None, "")
        );
        assert_eq!((cookies[2].name.as_str(), cookies[2].expires), ("c", Some(1_700_000_000)));
        assert!(!format!("{cookies:?}").contains("secret"));
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        let line = "h\tTRUE\t/\tTRUE\t0\ta\tb";
        assert_eq!(from_cookie_file(&format!("# comment\r{line}\r{line}\r")).map(|cookies| cookies.len()), Ok(2));
        let error = from_cookie_file(&format!("{line}\r{line}\rnonsense")).expect_err("nonsense").to_string();
        assert!(error.starts_with("line 3 is no cookie"), "{error}");
    }

    #[test]
    fn a_line_that_is_no_cookie_is_named_by_its_number() {
        for line in [
            "example.org TRUE / TRUE 0 a b",
            "example.org\tTRUE\t/\tTRUE\t0",
            "\tTRUE\t/\tTRUE\t0\ta\tb",
            "example.org\tyes\t/\tTRUE\t0\ta\tb",
            "example.org\tTRUE\ta\tTRUE\t0\ta\tb",
            "example.org\tTRUE\t/\tTRUE\tsoon\ta\tb",
            "example.org\tTRUE\t/\tTRUE\t0\ta\tse;cret",
            "example.org\tTRUE\t/\tTRUE\t0\ta\tb\tc",
        ] {
            let error = from_cookie_file(&format!("# comment\n\n{line}\n")).expect_err(line).to_string();
            assert!(error.starts_with("line 3 is no cookie") && !error.contains("se;cret"), "{error}");
        }
    }
}
