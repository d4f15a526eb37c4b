//! What XML may be handed to the parser, which compares each attribute of an element with those before it, and each
//! namespace with all that there are: of many it would take hours.

/// How many quotes there may be between one tag and the next: two for each attribute.
const MOST_QUOTES: usize = 1024;

/// How often namespaces may be declared.
const MOST_NAMESPACES: usize = 1024;

/// Whether a text can be parsed in a time that is in proportion to its length. A tag begins where the parser sees it begin,
/// as no value of an attribute has a `<` in it.
pub(crate) fn is_soon_parsed(text: &str) -> bool {
    let quotes = |part: &str| memchr::memchr2_iter(b'"', b'\'', part.as_bytes()).count();
    let namespaces = text.matches("xmlns").take(MOST_NAMESPACES + 1).count();
    namespaces <= MOST_NAMESPACES && text.split('<').all(|part| quotes(part) <= MOST_QUOTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_has_no_more_attributes_than_anybody_gives_it() {
        let text = |each: &str, count: usize| format!("<r><a {}/></r>", each.repeat(count));
        assert!(is_soon_parsed(&text("b='c' ", MOST_QUOTES / 2)) && is_soon_parsed(&text("b='c'/><a ", 10_000)));
        assert!(!is_soon_parsed(&text("b='c' ", MOST_QUOTES / 2 + 1)));
        assert!(!is_soon_parsed(&text("b=\"c>\" ", MOST_QUOTES / 2 + 1)));
        assert!(is_soon_parsed(&text("xmlns:b='c'/><a ", MOST_NAMESPACES)));
        assert!(!is_soon_parsed(&text("xmlns:b='c'/><a ", MOST_NAMESPACES + 1)));
    }
}
