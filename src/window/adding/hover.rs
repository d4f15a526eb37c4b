//! What is held over the window and not dropped yet: files, folders and lists apart.

use crate::intake;
use crate::window::format::counted;
use std::path::PathBuf;

/// How many there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds {
    pub(crate) files: usize,
    pub(crate) folders: usize,
    /// Files that are named like lists of links.
    pub(crate) lists: usize,
}

impl Kinds {
    /// Looks at the disk: off the window's thread.
    pub(crate) fn of(paths: &[PathBuf]) -> Kinds {
        let mut kinds = Kinds::default();
        for path in paths {
            if path.is_dir() {
                kinds.folders += 1;
            } else if intake::is_named_like_a_list(path) {
                kinds.lists += 1;
            } else {
                kinds.files += 1;
            }
        }
        kinds
    }

    /// `3 files, 1 folder and 1 list`.
    pub(crate) fn words(self) -> String {
        let parts: Vec<String> = [(self.files, "file"), (self.folders, "folder"), (self.lists, "list")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, one)| counted(count, one))
            .collect();
        match parts.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => counted(0, "file"),
        }
    }

    /// What will become of them.
    pub(crate) fn fate(self) -> String {
        let parts = [
            (self.files, "files are queued"),
            (self.folders, "folders are walked"),
            (self.lists, "links of lists are read"),
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
        let words = parts.join(", ");
        words[..1].to_uppercase() + &words[1..]
    }
}

/// What is held over the window, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Hovered {
    /// How many were asked about.
    asked: usize,
    kinds: Option<Kinds>,
}

impl Hovered {
    /// Notes how many there are; whether it is to be asked what they are.
    pub(crate) fn see(&mut self, count: usize) -> bool {
        let is_news = self.asked != count;
        if is_news {
            *self = Hovered { asked: count, kinds: None };
        }
        is_news && count > 0
    }

    /// Takes an answer in, unless it is about others.
    pub(crate) fn learn(&mut self, kinds: Kinds) {
        if kinds.files + kinds.folders + kinds.lists == self.asked {
            self.kinds = Some(kinds);
        }
    }

    pub(crate) fn kinds(&self) -> Option<Kinds> {
        self.kinds.filter(|_| self.asked > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_lists_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let paths = [folder.path().to_owned(), path("a.jpg"), path("b"), path("links.TXT"), path("c.meta4")];
        let kinds = Kinds::of(&paths);
        assert_eq!(kinds, Kinds { files: 2, folders: 1, lists: 2 });
        assert_eq!(kinds.words(), "2 files, 1 folder and 2 lists");
        assert_eq!(kinds.fate(), "Files are queued, folders are walked, links of lists are read");
        assert_eq!(Kinds { files: 3, folders: 1, lists: 0 }.words(), "3 files and 1 folder");
        assert_eq!(Kinds { files: 0, folders: 1, lists: 0 }.words(), "1 folder");
        let mut hovered = Hovered::default();
        assert!(!hovered.see(0) && hovered.see(5) && !hovered.see(5));
        hovered.learn(Kinds { files: 1, folders: 0, lists: 0 });
        assert_eq!(hovered.kinds(), None, "those were others");
        hovered.learn(kinds);
        assert_eq!(hovered.kinds(), Some(kinds));
        assert!(!hovered.see(0) && hovered.kinds().is_none(), "they are gone");
    }
}
