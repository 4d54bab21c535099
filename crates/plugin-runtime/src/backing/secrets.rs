//! Secrets of plugins: named by the plugin, put in by the host, never shown to it. The same in the server, in cases and in
//! the conformance kit, so that what passes there works here.

use std::collections::BTreeMap;

use aes::Aes256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::types::{Failure, Hash, Part, code};

/// What stays as it is in a path or a query; a bot token has a colon.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':');

/// Longest name of a secret in a placeholder.
const NAME_MAX: usize = 100;

/// The secrets that a plugin may use in one call, by name.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl std::fmt::Debug for Secrets {
    /// Names alone: a log is no place for the rest.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// Secrets by name.
    pub fn new(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value of a secret that was set.
    pub fn get(&self, name: &str) -> Result<&str, Failure> {
        self.0.get(name).map(String::as_str).ok_or_else(|| {
            Failure::lasting(code::NOT_FOUND, format!("the secret {name} is not set"))
        })
    }

    /// True when it was set.
    pub fn exists(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// True when a text gives one of them away. What is shorter than six characters turns up by chance.
    pub fn leak_in(&self, text: &str) -> bool {
        let mut values = self.0.values().filter(|value| value.len() >= 6);
        values.any(|value| text.contains(value.as_str()))
    }

    /// True when it was set and is this; compared in constant time.
    pub fn equals(&self, name: &str, value: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|it| it.as_bytes().ct_eq(value.as_bytes()).into())
    }

    /// The value of a header for basic authentication.
    pub fn basic(&self, user: &str, name: &str) -> Result<String, Failure> {
        let both = format!("{user}:{}", self.get(name)?);
        Ok(format!("Basic {}", STANDARD.encode(both)))
    }

    /// An address with its placeholders filled in.
    pub fn fill_url(&self, url: &str) -> Result<String, Failure> {
        self.fill(url, |value| utf8_percent_encode(value, IN_URL).to_string())
    }

    /// A body with its placeholders filled in, written as the kind of body asks for. What is no text stays as it is.
    pub fn fill_body(&self, body: &[u8], kind: &str) -> Result<Vec<u8>, Failure> {
        let Ok(text) = std::str::from_utf8(body) else {
            return Ok(body.to_vec());
        };
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let filled = self.fill(text, |value| match kind {
            "application/x-www-form-urlencoded" => utf8_percent_encode(value, IN_URL).to_string(),
            "application/json" => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            _ => value.to_owned(),
        })?;
        Ok(filled.into_bytes())
    }

    fn fill(&self, text: &str, write: impl Fn(&str) -> String) -> Result<String, Failure> {
        const OPEN: &str = "{{secret:";
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(OPEN) {
            let (before, after) = (&rest[..at], &rest[at + OPEN.len()..]);
            filled.push_str(before);
            if let Some(end) = after.find("}}").filter(|end| *end <= NAME_MAX) {
                filled.push_str(&write(self.get(&after[..end])?));
                rest = &after[end + 2..];
            } else {
                filled.push_str(OPEN);
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A digest over parts, in byte order if so wished.
    pub fn digest(&self, hash: Hash, parts: &[Part], sorted: bool) -> Result<Vec<u8>, Failure> {
        let parts: Result<Vec<&[u8]>, Failure> = parts
            .iter()
            .map(|part| match part {
                Part::Plain(bytes) => Ok(bytes.as_slice()),
                Part::Secret(name) => Ok(self.get(name)?.as_bytes()),
            })
            .collect();
        let mut parts = parts?;
        if sorted {
            parts.sort_unstable();
        }
        let whole = parts.concat();
        Ok(match hash {
            Hash::Md5 => Md5::digest(whole).to_vec(),
            Hash::Sha1 => Sha1::digest(whole).to_vec(),
            Hash::Sha256 => Sha256::digest(whole).to_vec(),
        })
    }

    /// A keyed digest. A key that begins with `whsec_` is base64, as Standard Webhooks has it.
    pub fn hmac(&self, hash: Hash, key: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
        const ANY_LENGTH: &str = "HMAC takes keys of any length";
        let key = &key_bytes(self.get(key)?);
        Ok(match hash {
            Hash::Md5 => {
                let mut mac = Hmac::<Md5>::new_from_slice(key).expect(ANY_LENGTH);
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }
            Hash::Sha1 => {
                let mut mac = Hmac::<Sha1>::new_from_slice(key).expect(ANY_LENGTH);
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }
            Hash::Sha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).expect(ANY_LENGTH);
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }
        })
    }

    /// True when the signature is right; compared in constant time.
    pub fn verify_hmac(&self, hash: Hash, key: &str, message: &[u8], signature: &[u8]) -> bool {
        self.hmac(hash, key, message)
            .is_ok_and(|right| right.ct_eq(signature).into())
    }

    /// Key and initial vector as WeChat and `WeCom` define them.
    fn cipher_key(&self, name: &str) -> Result<[u8; 32], Failure> {
        let text = self.get(name)?;
        let wrong = || {
            Failure::lasting(
                code::INVALID,
                format!("the secret {name} is no base64 of 32 bytes"),
            )
        };
        // Providers give 43 characters, without the padding.
        let padded = format!("{}=", text.trim_end_matches('='));
        let lenient = base64::engine::GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
        );
        let bytes = lenient.decode(padded).map_err(|_| wrong())?;
        bytes.try_into().map_err(|_| wrong())
    }

    /// AES-256-CBC without padding; the key is base64, its first half the initial vector.
    pub fn aes_cbc_decrypt(&self, name: &str, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = self.cipher_key(name)?;
        cbc::Decryptor::<Aes256>::new_from_slices(&key, &key[..16])
            .map_err(|_| length())?
            .decrypt_padded_vec::<NoPadding>(data)
            .map_err(|_| length())
    }

    /// The other way; the data must be a multiple of 16 bytes.
    pub fn aes_cbc_encrypt(&self, name: &str, data: &[u8]) -> Result<Vec<u8>, Failure> {
        if !data.len().is_multiple_of(16) {
            return Err(length());
        }
        let key = self.cipher_key(name)?;
        Ok(cbc::Encryptor::<Aes256>::new_from_slices(&key, &key[..16])
            .map_err(|_| length())?
            .encrypt_padded_vec::<NoPadding>(data))
    }
}

/// Names of the secrets whose placeholders are in a text.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split("{{secret:").skip(1);
    behind.filter_map(|rest| rest.split_once("}}").map(|(name, _)| name))
}

/// The bytes of a signing secret. Standard Webhooks writes them as `whsec_` and base64; everybody else signs with the text.
fn key_bytes(secret: &str) -> Vec<u8> {
    secret
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn length() -> Failure {
    Failure::lasting(code::INVALID, "the data is no multiple of 16 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        // The sample key of WeCom's documentation of callbacks (document/path/91144).
        Secrets::new(BTreeMap::from([
            ("token".to_owned(), "12:a/b\"c".to_owned()),
            (
                "key".to_owned(),
                "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C".to_owned(),
            ),
            ("callback".to_owned(), "QDG6eK".to_owned()),
        ]))
    }

    #[test]
    fn a_placeholder_is_written_as_its_place_asks_for() {
        let secrets = secrets();
        assert_eq!(
            secrets
                .fill_url("https://x/bot{{secret:token}}/send")
                .unwrap(),
            "https://x/bot12:a%2Fb%22c/send"
        );
        let json = secrets.fill_body(br#"{"s":"{{secret:token}}"}"#, "application/json");
        assert_eq!(json.unwrap(), br#"{"s":"12:a/b\"c"}"#);
        let raw = secrets.fill_body(&[0xff, 0xfe], "application/octet-stream");
        assert_eq!(raw.unwrap(), [0xff, 0xfe]);
        assert!(secrets.fill_url("https://x/{{secret:unknown}}").is_err());
        assert_eq!(secrets.fill_url("a{{secret:b").unwrap(), "a{{secret:b");
    }

    #[test]
    fn the_documented_signature_of_wecom_comes_out() {
        let plain = |text: &str| Part::Plain(text.as_bytes().to_vec());
        let parts = vec![
            Part::Secret("callback".to_owned()),
            plain("1409659589"),
            plain("263014780"),
            plain(
                "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
            ),
        ];
        let digest = secrets().digest(Hash::Sha1, &parts, true).unwrap();
        assert_eq!(
            format!("{digest:02x?}").replace(['[', ']', ',', ' '], ""),
            "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
        );
    }

    #[test]
    fn what_was_encrypted_is_decrypted() {
        let secrets = secrets();
        let sealed = secrets.aes_cbc_encrypt("key", &[7; 64]).unwrap();
        assert_ne!(sealed, [7; 64]);
        assert_eq!(secrets.aes_cbc_decrypt("key", &sealed).unwrap(), [7; 64]);
        assert!(secrets.aes_cbc_encrypt("key", &[7; 63]).is_err());
        assert!(secrets.aes_cbc_decrypt("token", &sealed).is_err());
    }

    #[test]
    fn the_key_of_standard_webhooks_is_its_bytes() {
        assert_eq!(key_bytes("whsec_AAECAw=="), [0, 1, 2, 3]);
        assert_eq!(key_bytes("plain"), b"plain");
    }

    #[test]
    fn keyed_digests_are_checked_whole() {
        let secrets = secrets();
        let right = secrets.hmac(Hash::Sha256, "token", b"x").unwrap();
        assert!(secrets.verify_hmac(Hash::Sha256, "token", b"x", &right));
        assert!(!secrets.verify_hmac(Hash::Sha256, "token", b"x", &right[..31]));
        assert!(!secrets.verify_hmac(Hash::Sha256, "unknown", b"x", &right));
    }
}
