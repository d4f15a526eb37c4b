//! What a file's bytes must add up to: by the person, and by the server (RFC 9530, and RFC 3230 before it).

use crate::model::checksum::Algorithm;
use crate::model::{Checksum, Failure};
use crate::task::Ctx;
use md5::Md5;
use reqwest::header::{HeaderMap, HeaderName};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const DIGEST: HeaderName = HeaderName::from_static("digest");

/// How much is read at once.
const PIECE_BYTES: usize = 256 * 1024;

/// The strongest checksum of the file that the head of an answer with all of it promises.
pub(super) fn promised(headers: &HeaderMap) -> Option<Checksum> {
    let mut found: Vec<Checksum> = Vec::new();
    for name in [REPR_DIGEST, CONTENT_DIGEST, DIGEST] {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        found.extend(values.flat_map(|value| value.split(',')).filter_map(entry));
    }
    found.into_iter().max_by_key(Checksum::algorithm)
}

/// One entry: `sha-256=:BASE64:`, or `SHA-256=BASE64` as it was before. Others are left alone, and those that are obsolete
/// (RFC 9530): servers are careless with them.
fn entry(text: &str) -> Option<Checksum> {
    let (name, value) = text.split(';').next()?.split_once('=')?;
    let algorithm = Algorithm::named(name).filter(|algorithm| *algorithm >= Algorithm::Sha256)?;
    Checksum::from_base64(algorithm, value.trim().trim_matches(':')).ok()
}

/// Reads into a buffer from a place, as much as fits.
type ReadAt<'a> = &'a dyn Fn(&mut [u8], u64) -> Result<(), Failure>;

/// What the first `length` bytes that `read` gives add up to.
pub(super) fn computed(read: ReadAt<'_>, algorithm: Algorithm, length: u64, ctx: &Ctx<'_>) -> Result<Vec<u8>, Failure> {
    match algorithm {
        Algorithm::Md5 => computed_with::<Md5>(read, length, ctx),
        Algorithm::Sha1 => computed_with::<Sha1>(read, length, ctx),
        Algorithm::Sha256 => computed_with::<Sha256>(read, length, ctx),
        Algorithm::Sha512 => computed_with::<Sha512>(read, length, ctx),
    }
}

fn computed_with<D: Digest>(read: ReadAt<'_>, length: u64, ctx: &Ctx<'_>) -> Result<Vec<u8>, Failure> {
    let (mut digest, mut piece) = (D::new(), vec![0; PIECE_BYTES]);
    let mut at = 0;
    while at < length {
        ctx.checkpoint()?;
        let bytes = (length - at).min(PIECE_BYTES as u64) as usize;
        read(&mut piece[..bytes], at)?;
        digest.update(&piece[..bytes]);
        at += bytes as u64;
    }
    Ok(digest.finalize().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    const EMPTY_256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn the_strongest_promise_counts() {
        let found = |name: HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_str(value).expect("a value"));
            promised(&headers).map(|checksum| checksum.algorithm())
        };
        let sha_512 = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
        let both = format!("sha-256=:{EMPTY_256}:, sha-512=:{sha_512}:");
        assert_eq!(found(REPR_DIGEST, &both), Some(Algorithm::Sha512));
        assert_eq!(found(REPR_DIGEST, &format!("sha-256=:{EMPTY_256}:")), Some(Algorithm::Sha256));
        assert_eq!(found(CONTENT_DIGEST, &format!("sha-256=:{EMPTY_256}:")), Some(Algorithm::Sha256));
        assert_eq!(found(DIGEST, &format!("SHA-256={EMPTY_256}")), Some(Algorithm::Sha256));
        for nothing in ["md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", "sha-256=:short:", "sha-256", ""] {
            assert_eq!(found(REPR_DIGEST, nothing), None, "{nothing}");
        }
    }
}
