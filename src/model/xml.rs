//! What XML may be handed to the parser, which compares each attribute of an element with those before it, and each
//! namespace with all that there are: of many it would take hours.

/// How many attributes a tag may have.
const MOST_ATTRIBUTES: usize = 512;

/// How often namespaces may be declared.
const MOST_NAMESPACES: usize = 1024;

/// Whether a text can be parsed in a time that is in proportion to its length. A tag begins where the parser sees it begin,
/// as no value of an attribute has a `<` in it.
pub(crate) fn is_soon_parsed(text: &str) -> bool {
    let namespaces = text.matches("xmlns").take(MOST_NAMESPACES + 1).count();
    namespaces <= MOST_NAMESPACES && text.split('<').all(|tag| attributes(tag) <= MOST_ATTRIBUTES)
}

/// How many values stand in quotes before a tag ends. What begins with `!` is a comment or text.
fn attributes(tag: &str) -> usize {
    if tag.starts_with('!') {
        return 0;
    }
    let mut rest = tag.as_bytes();
    let mut count = 0;
    while let Some(quote) = memchr::memchr3(b'"', b'\'', b'>', rest).filter(|at| rest[*at] != b'>') {
        count += 1;
        let value = &rest[quote + 1..];
        let Some(end) = memchr::memchr(rest[quote], value) else { break };
        rest = &value[end + 1..];
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_has_no_more_attributes_than_anybody_gives_it() {
        let text = |each: &str, count: usize| format!("<r><a {}/></r>", each.repeat(count));
        assert!(is_soon_parsed(&text("b='c' ", MOST_ATTRIBUTES)) && is_soon_parsed(&text("b='c'/><a ", 10_000)));
        assert!(!is_soon_parsed(&text("b='c' ", MOST_ATTRIBUTES + 1)));
        assert!(!is_soon_parsed(&text("b=\"c>\" ", MOST_ATTRIBUTES + 1)));
        assert!(!is_soon_parsed(&text("b='\"' ", MOST_ATTRIBUTES + 1)));
        for (begin, end) in [("<r>", "</r>"), ("<r><!--", "--></r>"), ("<r><![CDATA[", "]]></r>")] {
            let quoted = "\"don't\"".repeat(MOST_ATTRIBUTES);
            assert!(is_soon_parsed(&format!("{begin}{quoted}{end}")), "quotes in text are no attributes");
        }
        assert!(is_soon_parsed(&text("xmlns:b='c'/><a ", MOST_NAMESPACES)));
        assert!(!is_soon_parsed(&text("xmlns:b='c'/><a ", MOST_NAMESPACES + 1)));
    }
}
