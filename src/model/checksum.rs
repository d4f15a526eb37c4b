//! Checksums that a person or a list gives for a file.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How a checksum is computed. The later one is the stronger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// MD5: 16 bytes. Tells what broke on the way, not what somebody made.
    Md5,
    /// SHA-1: 20 bytes. No better against people.
    Sha1,
    /// SHA-256: 32 bytes.
    Sha256,
    /// SHA-512: 64 bytes.
    Sha512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 4] = [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

    /// By its name in lists, Metalinks and HTTP headers, such as `sha256` and `SHA-512`.
    pub fn named(name: &str) -> Option<Algorithm> {
        let plain = name.trim().replace('-', "").to_ascii_lowercase();
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == plain)
    }

    /// The name in lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// How many bytes it gives.
    pub fn size_bytes(self) -> usize {
        match self {
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha1 => "SHA-1",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512 => "SHA-512",
        })
    }
}

/// What a file's bytes must add up to. Always as long as its algorithm says. Written as `sha256=HEX`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum {
    algorithm: Algorithm,
    value: Box<[u8]>,
}

/// Why a text is no checksum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumError {
    /// It has another number of digits.
    #[error("\"{text}\" is not a {algorithm} checksum: it has {} characters instead of {digits} hexadecimal digits", text.chars().count())]
    Length {
        /// What was given.
        text: String,
        /// What it should be.
        algorithm: Algorithm,
        /// How many digits that has.
        digits: usize,
    },
    /// It has other characters in it, or is not as long as it should be.
    #[error("\"{text}\" is not a {algorithm} checksum: it is not {expected}")]
    Digits {
        /// What was given.
        text: String,
        /// What it should be.
        algorithm: Algorithm,
        /// What that looks like.
        expected: &'static str,
    },
    /// It does not begin with an algorithm.
    #[error("\"{0}\" is not a checksum; write one such as sha256=HEX or sha512=HEX")]
    Form(String),
}

impl Checksum {
    /// From hexadecimal digits of either case.
    ///
    /// # Errors
    ///
    /// Fails for another number of digits than the algorithm has, and for what is no hexadecimal digit.
    pub fn from_hex(algorithm: Algorithm, text: &str) -> Result<Checksum, ChecksumError> {
        let text = text.trim();
        let digits = algorithm.size_bytes() * 2;
        if text.chars().count() != digits {
            return Err(ChecksumError::Length { text: text.to_owned(), algorithm, digits });
        }
        match HEXLOWER_PERMISSIVE.decode(text.as_bytes()) {
            Ok(value) => Ok(Checksum { algorithm, value: value.into() }),
            Err(_) => {
                Err(ChecksumError::Digits { text: text.to_owned(), algorithm, expected: "made of hexadecimal digits" })
            }
        }
    }

    /// From base64 with padding, as in the header `Repr-Digest`.
    ///
    /// # Errors
    ///
    /// Fails for what is no base64 with padding, and for another length than the algorithm has.
    pub fn from_base64(algorithm: Algorithm, text: &str) -> Result<Checksum, ChecksumError> {
        let value = BASE64.decode(text.trim().as_bytes()).ok().filter(|value| value.len() == algorithm.size_bytes());
        let wrong =
            || ChecksumError::Digits { text: text.to_owned(), algorithm, expected: "base64 of the right length" };
        value.map(|value| Checksum { algorithm, value: value.into() }).ok_or_else(wrong)
    }

    /// How to compute it.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its bytes, as many as the algorithm gives.
    pub fn value(&self) -> &[u8] {
        &self.value
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.algorithm.as_str(), HEXLOWER.encode(&self.value))
    }
}

impl FromStr for Checksum {
    type Err = ChecksumError;
    fn from_str(text: &str) -> Result<Checksum, ChecksumError> {
        let parts = text.split_once('=').and_then(|(name, hex)| Some((Algorithm::named(name)?, hex)));
        let (algorithm, hex) = parts.ok_or_else(|| ChecksumError::Form(text.to_owned()))?;
        Checksum::from_hex(algorithm, hex)
    }
}

impl TryFrom<String> for Checksum {
    type Error = ChecksumError;
    fn try_from(text: String) -> Result<Checksum, ChecksumError> {
        text.parse()
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> String {
        checksum.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checksum of nothing.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn hexadecimal_and_base64_are_the_same_checksum() {
        let hex = Checksum::from_hex(Algorithm::Sha256, &format!(" {} ", EMPTY.to_uppercase())).expect("a checksum");
        let base64 = Checksum::from_base64(Algorithm::Sha256, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(Ok(&hex), base64.as_ref());
        assert_eq!((hex.value().len(), hex.value()[0]), (32, 0xe3));
        assert_eq!(hex.to_string(), format!("sha256={EMPTY}"));
        assert_eq!(hex.to_string().parse(), Ok(hex.clone()));
        let json = serde_json::to_string(&hex).expect("plain data");
        assert_eq!(json, format!("\"sha256={EMPTY}\""));
        assert_eq!(serde_json::from_str::<Checksum>(&json).expect("the same"), hex);
        let long = Checksum::from_hex(Algorithm::Sha512, &"0f".repeat(64)).expect("a checksum");
        assert_eq!((long.algorithm(), long.value().len()), (Algorithm::Sha512, 64));
        assert!(Algorithm::Sha512 > Algorithm::Sha256, "the stronger one");
        assert_eq!(Algorithm::named("SHA-256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::named("sha-1"), Some(Algorithm::Sha1));
        assert_eq!(Algorithm::named("sha-384"), None);
        let md5 = Checksum::from_hex(Algorithm::Md5, "d41d8cd98f00b204e9800998ecf8427e").expect("a checksum");
        assert_eq!(md5.to_string().parse(), Ok(md5));
    }

    #[test]
    fn what_is_no_checksum_is_named() {
        let error = |text: &str| Checksum::from_hex(Algorithm::Sha256, text).expect_err(text).to_string();
        assert_eq!(
            error("abc"),
            "\"abc\" is not a SHA-256 checksum: it has 3 characters instead of 64 hexadecimal digits"
        );
        assert!(error(&"x".repeat(64)).ends_with("it is not made of hexadecimal digits"));
        assert!(error(&"ä".repeat(32)).contains("32 characters"));
        assert!(Checksum::from_base64(Algorithm::Sha512, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").is_err());
        assert!(Checksum::from_base64(Algorithm::Sha256, "%").is_err());
        assert!("crc32=00".parse::<Checksum>().is_err_and(|error| error.to_string().contains("sha256=HEX")));
    }
}
