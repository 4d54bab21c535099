//! Secrets at rest: `ChaCha20-Poly1305` (RFC 8439) under the key in `secret.key`. The name of what a secret belongs to is
//! authenticated with it, so a sealed value cannot be moved to another row.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use plugboard_store::StoreError;

use crate::fault::{Outcome, corrupt, unavailable};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// Seals and opens secrets.
pub(crate) struct Vault(ChaCha20Poly1305);

impl Vault {
    /// Reads the key, or makes one when there is none yet.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("secret.key");
        let key = match fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == ErrorKind::NotFound => create_key(dir, &path)?,
            Err(error) => return Err(unavailable(&format!("reading {}", path.display()), error)),
        };
        ChaCha20Poly1305::new_from_slice(&key)
            .map(Self)
            .map_err(|_| {
                corrupt(
                    "secret",
                    path.display(),
                    format!("the key is not {KEY_BYTES} bytes"),
                )
            })
    }

    /// A random nonce, then the sealed text.
    pub(crate) fn seal(&self, name: &str, secret: &str) -> Outcome<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: name.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&nonce.into(), payload)
            .map_err(|why| unavailable("sealing a secret", why))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Reads what [`Vault::seal`] wrote under the same name.
    pub(crate) fn unseal(&self, name: &str, sealed: &[u8]) -> Outcome<String> {
        let wrong = || {
            corrupt(
                "secret",
                name,
                "it was sealed with another key or for another row",
            )
        };
        let (nonce, sealed) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or_else(wrong)?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        let plain = self
            .0
            .decrypt(&(*nonce).into(), payload)
            .map_err(|_| wrong())?;
        Ok(String::from_utf8(plain).map_err(|_| wrong())?)
    }
}

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|why| unavailable("reading randomness", why))?;
    Ok(bytes)
}

/// The key is written whole before it gets its name, so a crash leaves none rather than half of one.
fn create_key(dir: &Path, path: &Path) -> Result<Vec<u8>, StoreError> {
    let key: [u8; KEY_BYTES] = random()?;
    let draft = dir.join("secret.key.new");
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        fs::File::open(dir)?.sync_all()
    };
    write().map_err(|error| unavailable(&format!("writing {}", path.display()), error))?;
    Ok(key.to_vec())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::Vault;

    #[test]
    fn a_secret_opens_under_its_own_name_only_and_the_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let sealed = Vault::open(dir.path())
            .unwrap()
            .seal("webhook/1/signing", "whsec_秘密")
            .unwrap();
        let again = Vault::open(dir.path()).unwrap();
        assert_eq!(
            again.unseal("webhook/1/signing", &sealed).unwrap(),
            "whsec_秘密"
        );
        assert!(again.unseal("webhook/2/signing", &sealed).is_err());
        assert!(again.unseal("webhook/1/signing", &sealed[..5]).is_err());
        let mode = std::fs::metadata(dir.path().join("secret.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
