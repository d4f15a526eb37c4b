//! Names and passwords for hosts, from `.netrc`, as ftp, curl and git know it. A parser of its own: those that there are
//! repeat what they do not understand in their errors, which may be a password.

use crate::model::Login;
use std::iter::Peekable;
use std::path::PathBuf;
use std::str::Chars;
use std::{env, fs, io};

/// The person's names and passwords: from the file that `NETRC` names, else from `.netrc` in their home. A file that
/// cannot be used is left alone, with a sentence about it.
pub fn logins() -> (Vec<Login>, Option<String>) {
    let named = env::var_os("NETRC").filter(|path| !path.is_empty()).map(PathBuf::from);
    let was_named = named.is_some();
    let Some(path) = named.or_else(|| Some(env::home_dir()?.join(".netrc"))) else { return (Vec::new(), None) };
    let unused = |why: &str| (Vec::new(), Some(format!("{} is not used: {why}", path.display())));
    match fs::read(&path) {
        Ok(bytes) => match from_netrc(&String::from_utf8_lossy(&bytes)) {
            Ok(logins) => (logins, None),
            Err(line) => unused(&format!("line {line} is not what such a file has")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound && !was_named => (Vec::new(), None),
        Err(error) => unused(&error.to_string()),
    }
}

/// The entries of a `.netrc`, the first of each host. The error is the number of the line that cannot be understood.
fn from_netrc(text: &str) -> Result<Vec<Login>, usize> {
    let mut words = Words { rest: text.trim_start_matches('\u{feff}').chars().peekable(), line: 1 };
    let mut logins: Vec<Login> = Vec::new();
    while let Some(word) = words.keyword() {
        let value = |words: &mut Words<'_>| words.next().ok_or(words.line);
        match word.as_str() {
            "machine" => {
                let host = Some(value(&mut words)?.to_ascii_lowercase());
                logins.push(Login { host, user: String::new(), password: String::new() });
            }
            "default" => logins.push(Login { host: None, user: String::new(), password: String::new() }),
            "macdef" => words.skip_macro(),
            "login" | "user" | "password" | "account" => {
                let value = value(&mut words)?;
                let login = logins.last_mut().ok_or(words.line)?;
                match word.as_str() {
                    "password" => login.password = value,
                    "account" => {}
                    _ => login.user = value,
                }
            }
            _ => return Err(words.line),
        }
    }
    Ok(logins)
}

/// Words with white space between them. One in quotes may have white space in it.
struct Words<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Words<'_> {
    fn read(&mut self) -> Option<char> {
        let c = self.rest.next();
        self.line += usize::from(c == Some('\n'));
        c
    }

    /// The next word that is not in a comment. A value may begin like one.
    fn keyword(&mut self) -> Option<String> {
        loop {
            let word = self.next()?;
            if !word.starts_with('#') {
                return Some(word);
            }
            while self.rest.next_if(|c| *c != '\n').is_some() {}
        }
    }

    fn next(&mut self) -> Option<String> {
        while self.rest.peek()?.is_whitespace() {
            self.read();
        }
        let quoted = self.rest.next_if_eq(&'"').is_some();
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| if quoted { *c != '\n' } else { !c.is_whitespace() }) {
            match c {
                '"' if quoted => break,
                '\\' => word.extend(self.rest.next_if(|c| *c != '\n')),
                c => word.push(c),
            }
        }
        Some(word)
    }

    /// A macro is for ftp and ends with an empty line.
    fn skip_macro(&mut self) {
        let mut empty = false;
        while let Some(c) = self.read() {
            match c {
                '\n' if empty => return,
                '\n' => empty = true,
                '\r' => {}
                _ => empty = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_every_form_are_read() {
        let file = "# mine\nmachine Example.org login me password se\\\"cret\n\
            machine a.example\n\tuser \"some body\"\n\taccount x\n\tpassword #1\n\
            macdef init\ncd /pub\nmachine no.example login no\n\nmachine b.example login only\n\
            default login anonymous password guest\n";
        let logins = from_netrc(file);
        let login = |host: Option<&str>, user: &str, password: &str| Login {
            host: host.map(str::to_owned),
            user: user.into(),
            password: password.into(),
        };
        assert_eq!(logins.as_deref().map(<[Login]>::len), Ok(4));
        assert_eq!(
            logins.expect("entries"),
            [
                login(Some("example.org"), "me", "se\"cret"),
                login(Some("a.example"), "some body", "#1"),
                login(Some("b.example"), "only", ""),
                login(None, "anonymous", "guest"),
            ]
        );
    }

    #[test]
    fn nonsense_is_named_by_its_line() {
        for (file, line) in [("machine", 1), ("\n\nlogin me", 3), ("machine a\npasword x", 2), ("<html>", 1)] {
            assert_eq!(from_netrc(file), Err(line), "{file}");
        }
        assert_eq!(from_netrc(""), Ok(Vec::new()));
    }
}
