//! What keeps an attempt apart from the rest of the machine.

use serde::{Deserialize, Serialize};

/// What a worker process is to be confined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Confinement {
    /// Nothing: it may do what the program may.
    None,
    /// The files that it is handed open, no others, and no network.
    Descriptors,
    /// The network; of the system's files what that takes, for reading; and what it is handed open.
    Network,
}

/// What of a confinement the kernel really enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InForce {
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether the worker can gain no privileges.
    pub no_new_privs: bool,
    /// Whether resource limits are set.
    pub rlimits: bool,
    /// The Landlock version in force; 0 for none.
    pub landlock: u32,
}

/// What the lane that ran an attempt really had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Posture {
    /// `process` or `thread`.
    pub isolation: &'static str,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether the worker can gain no privileges.
    pub no_new_privs: bool,
    /// Whether resource limits are set.
    pub rlimits: bool,
    /// The Landlock version in force; 0 for none.
    pub landlock: u32,
    /// Which files it can reach: `descriptors`, `folders` or `all`.
    pub files: &'static str,
    /// Which network it can reach: `none` or `all`.
    pub network: &'static str,
    /// The words shown for it.
    pub badge: &'static str,
}

impl Posture {
    /// What a thread has: nothing is kept apart.
    pub const THREAD: Posture = Posture {
        isolation: "thread",
        seccomp: false,
        no_new_privs: false,
        rlimits: false,
        landlock: 0,
        files: "all",
        network: "all",
        badge: "shares the program's memory",
    };

    /// What a worker process has.
    pub fn process(confinement: Confinement, in_force: InForce) -> Posture {
        let InForce { seccomp, no_new_privs, rlimits, landlock } = in_force;
        // The filter of system calls alone keeps image work from opening anything; of a download's calls it lets
        // reading through, which Landlock narrows down to folders.
        let (files, network, badge) = match confinement {
            Confinement::Descriptors if seccomp => ("descriptors", "none", "sandboxed: no files, no network"),
            Confinement::Descriptors if landlock > 0 => ("descriptors", "all", "partly sandboxed: no files"),
            Confinement::Network if landlock > 0 => ("folders", "all", "sandboxed: network, writes nowhere else"),
            Confinement::Network if seccomp => ("all", "all", "partly sandboxed: reads files, writes nowhere else"),
            _ => ("all", "all", "own process, not sandboxed"),
        };
        Posture { isolation: "process", seccomp, no_new_privs, rlimits, landlock, files, network, badge }
    }

    /// Whether the system kept everything apart that was asked for.
    pub fn is_full(&self) -> bool {
        self.isolation == "process" && matches!(self.files, "descriptors" | "folders")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_says_what_is_missing() {
        let all = InForce { seccomp: true, no_new_privs: true, rlimits: true, landlock: 6 };
        let posture = |confinement, in_force| Posture::process(confinement, in_force);
        assert_eq!(posture(Confinement::Descriptors, all).files, "descriptors");
        assert_eq!(posture(Confinement::Descriptors, all).network, "none");
        assert_eq!(posture(Confinement::Network, all).files, "folders");
        assert_eq!(posture(Confinement::Network, InForce { landlock: 0, ..all }).files, "all");
        assert!(posture(Confinement::Descriptors, InForce::default()).badge.contains("not sandboxed"));
        assert!(!posture(Confinement::None, InForce::default()).is_full());
    }
}
