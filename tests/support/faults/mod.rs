//! A server that is wrong in every way that servers are, with a name for each, and a plain one that counts.
//!
//! A fault says what it does to a request, which bytes are the file, and what has to come of it. One rule goes for all of
//! them: a download ends with exactly the right bytes under a safe name, or it fails and leaves nothing.
//!
//! Use it by `#[path = "support/faults/mod.rs"] mod faults;`, so that only tests that want it compile it.

#![allow(dead_code, unused_imports, reason = "each test file uses its own part of this")]

mod catalogue;
pub(crate) mod files;
mod reply;
mod server;
pub(crate) mod truth;
mod wire;

pub(crate) use server::{FaultServer, Tally};

use reply::Reply;
use server::Ask;
use std::collections::HashMap;
use std::time::Duration;
use truth::{File, seed_of};

/// What has to come of a download. The kinds are those of the JSON lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Must {
    Succeed,
    /// With one of these kinds of errors.
    Fail(&'static [&'static str]),
    /// The right bytes, or a failure of one of these kinds.
    Either(&'static [&'static str]),
}

/// The name that the file has to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// Any that is safe everywhere.
    Safe,
    Exactly(String),
}

/// Looks at what the server saw, after a success.
pub(crate) type Look = Box<dyn Fn(&Tally) -> Result<(), String> + Send + Sync>;

type Answer = Box<dyn Fn(&Ask<'_>) -> Reply + Send + Sync>;

/// One way to be wrong.
pub(crate) struct Fault {
    pub(crate) name: String,
    pub(crate) must: Must,
    /// What the server serves first.
    pub(crate) file: File,
    /// The contents that are right. The file, where nothing else is said.
    rights: Vec<Right>,
    /// What follows the name of the run in the link.
    pub(crate) path: String,
    pub(crate) named: Named,
    /// Further options of the command line. `RIGHT` and `WRONG` stand for SHA-256 sums of the file and of another.
    pub(crate) options: Vec<&'static str>,
    pub(crate) limit: Duration,
    pub(crate) look: Option<Look>,
    answer: Answer,
}

enum Right {
    File(File),
    Bytes(Vec<u8>),
}

/// Long enough to be cut in the middle and resumed with some overlap.
pub(crate) const LEN: u64 = 400_000;
pub(crate) const HALF: usize = 200_000;

impl Fault {
    pub(crate) fn new(
        name: impl Into<String>,
        must: Must,
        answer: impl Fn(&Ask<'_>) -> Reply + Send + Sync + 'static,
    ) -> Fault {
        let name = name.into();
        Fault {
            file: File::new(seed_of(&name), LEN),
            name,
            must,
            rights: Vec::new(),
            path: "/file.bin".to_owned(),
            named: Named::Safe,
            options: Vec::new(),
            limit: Duration::from_secs(30),
            look: None,
            answer: Box::new(answer),
        }
    }

    fn file(mut self, change: impl FnOnce(File) -> File) -> Fault {
        self.file = change(self.file);
        self
    }

    fn len(self, len: u64) -> Fault {
        let name = self.name.clone();
        self.file(|_| File::new(seed_of(&name), len))
    }

    /// This content is right too; the first call replaces the file itself.
    fn right(mut self, right: impl FnOnce(&File) -> File) -> Fault {
        self.rights.push(Right::File(right(&self.file)));
        self
    }

    fn right_bytes(mut self, bytes: Vec<u8>) -> Fault {
        self.rights.push(Right::Bytes(bytes));
        self
    }

    fn path(mut self, path: &str) -> Fault {
        path.clone_into(&mut self.path);
        self
    }

    fn named(mut self, name: &str) -> Fault {
        self.named = Named::Exactly(name.to_owned());
        self
    }

    fn options(mut self, options: &[&'static str]) -> Fault {
        self.options.extend(options);
        self
    }

    fn limit(mut self, seconds: u64) -> Fault {
        self.limit = Duration::from_secs(seconds);
        self
    }

    fn look(mut self, look: impl Fn(&Tally) -> Result<(), String> + Send + Sync + 'static) -> Fault {
        self.look = Some(Box::new(look));
        self
    }

    /// At most so many bytes of bodies may be sent again.
    fn sends_again_at_most(self, bytes: u64) -> Fault {
        let most = self.file.len + bytes;
        self.look(move |tally| {
            let sent = tally.body_bytes;
            if sent <= most { Ok(()) } else { Err(format!("{sent} bytes were sent, more than {most}")) }
        })
    }

    /// Whether these bytes are a right outcome.
    pub(crate) fn is_right(&self, bytes: &[u8]) -> bool {
        if self.rights.is_empty() {
            return bytes == self.file.bytes();
        }
        self.rights.iter().any(|right| match right {
            Right::File(file) => bytes == file.bytes(),
            Right::Bytes(right) => bytes == *right,
        })
    }
}

/// Every fault by its name.
pub(crate) struct Catalogue {
    faults: Vec<Fault>,
    places: HashMap<String, usize>,
}

impl Catalogue {
    /// All of them.
    pub(crate) fn whole() -> Catalogue {
        let faults = catalogue::all();
        let places: HashMap<String, usize> =
            faults.iter().enumerate().map(|(at, fault)| (fault.name.clone(), at)).collect();
        assert_eq!(places.len(), faults.len(), "names are unique");
        Catalogue { faults, places }
    }

    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Fault> {
        self.places.get(name).map(|at| &self.faults[*at])
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.faults.iter().map(|fault| fault.name.as_str()).collect()
    }
}
