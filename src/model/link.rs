//! Links as people see them: without the passwords that some of them carry.

/// `text` with the credentials of a link (`user:password@`) replaced by `***`. Anything else stays as it is, so a link
/// that is not well-formed can be masked too.
pub fn masked(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority_end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => text.to_owned(),
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
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
