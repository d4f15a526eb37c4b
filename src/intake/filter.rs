//! Which links of a page are wanted.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::RegexSet;

/// Patterns that an absolute address has to match as a whole (globs) and somewhere (regular expressions).
#[derive(Debug, Clone)]
pub struct Filter {
    globs: GlobSet,
    regexes: RegexSet,
}

/// Why a pattern is none, as a sentence that names it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FilterError {
    /// It is no glob.
    #[error("\"{pattern}\" is not a pattern for --match, such as *.jpg or *://host/*: {why}")]
    Glob {
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is no regular expression.
    #[error("--regex cannot be used: {0}")]
    Regex(#[from] regex::Error),
}

impl Filter {
    /// Globs with `*` (slashes too), `?`, `[a-z]` and `{jpg,png}`, in which case does not matter, and regular expressions,
    /// in which it does. Where there are several of a kind, one has to match; of both kinds, one of each.
    ///
    /// # Errors
    ///
    /// Fails for what is no glob or no regular expression, or is too large for one.
    pub fn new(globs: &[String], regexes: &[String]) -> Result<Filter, FilterError> {
        let mut set = GlobSetBuilder::new();
        for pattern in globs {
            let wrong =
                |error: globset::Error| FilterError::Glob { pattern: pattern.clone(), why: error.kind().to_string() };
            set.add(GlobBuilder::new(pattern).case_insensitive(true).backslash_escape(true).build().map_err(wrong)?);
        }
        let wrong =
            |error: globset::Error| FilterError::Glob { pattern: globs.join(" "), why: error.kind().to_string() };
        Ok(Filter { globs: set.build().map_err(wrong)?, regexes: RegexSet::new(regexes)? })
    }

    /// Whether an absolute address is wanted.
    pub fn wants(&self, url: &str) -> bool {
        (self.globs.is_empty() || self.globs.is_match(url)) && (self.regexes.is_empty() || self.regexes.is_match(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(globs: &[&str], regexes: &[&str]) -> Result<Filter, FilterError> {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>();
        Filter::new(&owned(globs), &owned(regexes))
    }

    #[test]
    fn globs_and_regular_expressions_choose() {
        for (globs, regexes, url, is_wanted) in [
            (&[][..], &[][..], "http://h/a", true),
            (&["*.jpg"], &[], "http://h/a/b.jpg", true),
            (&["*.jpg"], &[], "http://h/a/B.JPG", true),
            (&["*.jpg"], &[], "http://h/a.jpg?w=1", false),
            (&["*.jpg*"], &[], "http://h/a.jpg?w=1", true),
            (&["a.jpg"], &[], "http://h/a.jpg", false),
            (&["*.{jpg,png}"], &[], "http://h/a.png", true),
            (&["*/img[0-9].*"], &[], "http://h/x/img7.gif", true),
            (&["*.gif", "*.jpg"], &[], "http://h/a.jpg", true),
            (&[], &["/thumb/"], "http://h/thumb/a", true),
            (&[], &["^https:"], "http://h/a", false),
            (&[], &["A"], "http://h/a", false),
            (&["*.jpg"], &["thumb"], "http://h/a.jpg", false),
            (&["*.jpg"], &["thumb"], "http://h/thumb.jpg", true),
            (&["*.jpg"], &[], "http://h/.jpg", true),
        ] {
            let filter = filter(globs, regexes).expect("patterns");
            assert_eq!(filter.wants(url), is_wanted, "{globs:?} {regexes:?} {url}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        let glob = filter(&["*.[jpg"], &[]).expect_err("no glob").to_string();
        assert!(glob.starts_with("\"*.[jpg\" is not a pattern for --match"), "{glob}");
        let regex = filter(&[], &["(a"]).expect_err("no regular expression").to_string();
        assert!(regex.starts_with("--regex cannot be used: ") && regex.contains("(a"), "{regex}");
        assert!(filter(&[], &["(a{1000}){1000}"]).is_err(), "nor one that is too large");
    }
}
