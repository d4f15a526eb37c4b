//! What lets a person in at some servers: cookies from a file of theirs, and names with passwords. Their values are secret:
//! no debug output tells them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A cookie of the person's (RFC 6265).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cookie {
    /// The host that it is for, without a dot in front.
    pub domain: String,
    /// Whether it is for the hosts below that one, too.
    pub subdomains: bool,
    /// It is for this path and those below it.
    pub path: String,
    /// It is for encrypted connections alone.
    pub secure: bool,
    /// From then on it is not sent any more, in seconds since 1970.
    pub expires: Option<u64>,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A name and a password for a host, as kept in `.netrc`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The host. `None`: for the links' own hosts that have no other.
    pub host: Option<String>,
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({} of {}{})", self.name, self.domain, self.path)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({})", self.host.as_deref().unwrap_or("default"))
    }
}
