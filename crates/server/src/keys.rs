//! Keys that stay the same at each start, one for each use, made of the key of the secrets in the data directory.

use std::path::Path;

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of a key that nobody guesses.
const LEAST: usize = 32;

/// What names of conversations in mails are signed with.
pub(crate) const MAIL_NAMES: &str = "plugboard mail names";

/// What addresses of pictures in mails are signed with.
pub(crate) const PICTURES: &str = "plugboard mail pictures";

/// What the addresses that a PBX reports to are made of.
pub(crate) const CTI: &str = "plugboard cti addresses";

/// What recordings of calls are sealed with.
pub(crate) const RECORDINGS: &str = "plugboard recordings";

/// The key for a use.
pub(crate) fn derived(data: &Path, of: &str) -> anyhow::Result<[u8; 32]> {
    let path = data.join("secret.key");
    let key = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    anyhow::ensure!(
        key.len() >= LEAST,
        "{} is not a key: it has {} bytes",
        path.display(),
        key.len()
    );
    made(&key, of)
}

/// Who has it learns nothing of the key that it was made of, nor of another.
fn made(key: &[u8], of: &str) -> anyhow::Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).context("making a key")?;
    mac.update(of.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_has_a_key_of_its_own_that_stays() {
        let of = |it| made(&[7; 32], it).unwrap();
        assert_eq!(of(PICTURES), of(PICTURES));
        assert_ne!(of(PICTURES), of(MAIL_NAMES));
        assert_ne!(of(PICTURES), [7; 32]);
    }
}
