//! What a page offers to fetch.

use serde::{Deserialize, Serialize};

/// A page, as far as a person who wants its files needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Page {
    /// Its title in one line. Empty where it has none.
    pub title: String,
    /// What it links to and shows, each address once, in the order of the page.
    pub links: Vec<PageLink>,
    /// Whether there were more links than the limit allows.
    pub partial: bool,
}

/// One address that a page names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageLink {
    /// Absolute, http or https, without a fragment.
    pub url: String,
    /// How the page names it first.
    pub kind: LinkKind,
}

/// How a page names an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// As something to go to.
    Link,
    /// As a picture that it shows.
    Picture,
    /// As a film or a sound.
    Media,
}
