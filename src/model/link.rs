//! Links as people see them: without the passwords that some of them carry.

/// `text` with the credentials of every link in it (`user:password@`) replaced by `***`. Anything else stays as it is, so
/// a link that is not well-formed, or has no scheme, can be masked too.
pub fn masked(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(masked_word).collect()
}

fn masked_word(word: &str) -> String {
    let (scheme, rest) = match word.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None if word.find(':') < word.find('@') && word.contains(':') => (String::new(), word),
        None => return word.to_owned(),
    };
    let authority_end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}***@{host}{path}"),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

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
            ("me@host: a.jpg", "me@host: a.jpg"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
