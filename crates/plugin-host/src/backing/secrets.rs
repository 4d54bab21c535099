//! Secrets of plugins: named by the plugin, put in by the host, never shown to it.

use std::collections::BTreeMap;

use aes::Aes256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use plugboard_plugin_runtime::types::{Failure, Hash, Part, code};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What stays as it is in a path or a query; a bot token has a colon.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':');

/// Longest name of a secret in a placeholder.
const NAME_MAX: usize = 100;

/// The secrets that a plugin may use in one call.
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    pub(crate) fn new(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }

    /// The value of a secret that was set.
    pub(crate) fn get(&self, name: &str) -> Result<&str, Failure> {
        self.0.get(name).map(String::as_str).ok_or_else(|| {
            Failure::lasting(code::NOT_FOUND, format!("the secret {name} is not set"))
        })
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn equals(&self, name: &str, value: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|it| it.as_bytes().ct_eq(value.as_bytes()).into())
    }

    /// The value of a header for basic authentication.
    pub(crate) fn basic(&self, user: &str, name: &str) -> Result<String, Failure> {
        let both = format!("{user}:{}", self.get(name)?);
        Ok(format!("Basic {}", STANDARD.encode(both)))
    }

    /// An address with its placeholders filled in.
    pub(crate) fn fill_url(&self, url: &str) -> Result<String, Failure> {
        self.fill(url, |value| utf8_percent_encode(value, IN_URL).to_string())
    }

    /// A body with its placeholders filled in, written as the kind of body asks for. What is no text stays as it is.
    pub(crate) fn fill_body(&self, body: &[u8], kind: &str) -> Result<Vec<u8>, Failure> {
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

    pub(crate) fn digest(
        &self,
        hash: Hash,
        parts: Vec<Part>,
        sorted: bool,
    ) -> Result<Vec<u8>, Failure> {
        let parts: Result<Vec<Vec<u8>>, Failure> = parts
            .into_iter()
            .map(|part| match part {
                Part::Plain(bytes) => Ok(bytes),
                Part::Secret(name) => Ok(self.get(&name)?.as_bytes().to_vec()),
            })
            .collect();
        let mut parts = parts?;
        if sorted {
            parts.sort();
        }
        let whole = parts.concat();
        Ok(match hash {
            Hash::Md5 => Md5::digest(whole).to_vec(),
            Hash::Sha1 => Sha1::digest(whole).to_vec(),
            Hash::Sha256 => Sha256::digest(whole).to_vec(),
        })
    }

    pub(crate) fn hmac(&self, hash: Hash, key: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
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

    pub(crate) fn verify_hmac(
        &self,
        hash: Hash,
        key: &str,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
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

    pub(crate) fn aes_cbc_decrypt(&self, name: &str, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = self.cipher_key(name)?;
        cbc::Decryptor::<Aes256>::new_from_slices(&key, &key[..16])
            .map_err(|_| length())?
            .decrypt_padded_vec::<NoPadding>(data)
            .map_err(|_| length())
    }

    pub(crate) fn aes_cbc_encrypt(&self, name: &str, data: &[u8]) -> Result<Vec<u8>, Failure> {
        if !data.len().is_multiple_of(16) {
            return Err(length());
        }
        let key = self.cipher_key(name)?;
        Ok(cbc::Encryptor::<Aes256>::new_from_slices(&key, &key[..16])
            .map_err(|_| length())?
            .encrypt_padded_vec::<NoPadding>(data))
    }
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
        let digest = secrets().digest(Hash::Sha1, parts, true).unwrap();
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
