//! The report as a page: all of it, and nothing that a name could break.

use super::super::sample;
use super::*;

/// Reads the page as XML, which it also is but for its first line and `<meta>`.
fn elements(page: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("every < begins a tag that ends");
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if tag.starts_with('!') || name == "meta" || tag.ends_with('/') {
            seen.push(name);
        } else if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "{tag} closes what was opened last");
        } else {
            open.push(name.clone());
            seen.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    seen
}

#[test]
fn the_page_is_well_formed_and_needs_nothing_from_elsewhere() {
    let page = page(&sample("a.jpg"), "Sat, 21 Nov 2026 20:00:00 GMT");
    let elements = elements(&page);
    for name in ["script", "link", "img", "iframe", "object", "image", "use", "a", "form"] {
        assert!(!elements.contains(&name.to_owned()), "<{name}>");
    }
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url(h"));
    assert!(!page.contains("@import"));
    for needed in ["lang=\"en\"", "prefers-color-scheme:dark", "<caption>What failed</caption>", "scope=\"row\""] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(page.contains("role=\"img\" aria-label=\"2 lanes over 42.00 s"));
    assert!(page.contains("118 of 121 done in 42.00 s, 2 failed, 1 cancelled"));
}

#[test]
fn hostile_names_are_nothing_but_text() {
    let plain = elements(&page(&sample("a.jpg"), "now"));
    for name in [
        "<script>alert(1)</script>",
        "\"><svg onload=alert(1)>",
        "' onmouseover='x",
        "]]></title></style><img src=x onerror=x>",
        "&lt;b&gt;&#60;script&#62;",
        "a\u{202e}gpj.exe\u{0}\n",
        "--><!--",
    ] {
        let page = page(&sample(name), "now");
        assert_eq!(elements(&page), plain, "{name:?} changes the page");
        assert!(!page.contains(name) && !page.contains('\u{202e}') && !page.contains('\u{0}'), "{name:?}");
    }
}

#[test]
fn spans_that_did_not_end_well_have_a_pattern_and_a_letter() {
    let page = page(&sample("a.jpg"), "now");
    for (pattern, letter) in
        [("hatch-failed", ">F</text>"), ("hatch-again", ">R</text>"), ("hatch-cancelled", ">C</text>")]
    {
        assert!(page.contains(&format!("url(#{pattern})")) && page.contains(letter), "{pattern}");
    }
    assert!(page.contains("P1 pid 4242"));
    assert_eq!(page.matches("class=\"frame threads\"").count(), 1);
    assert_eq!(page.matches("class=\"frame processes\"").count(), 1);
}
