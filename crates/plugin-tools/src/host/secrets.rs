//! Secrets of a case: digests, signatures and ciphers are computed for real; in requests a secret stands by its name.

use std::collections::BTreeMap;

use aes::Aes256;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use plugboard_plugin_runtime::types::{Failure, Hash, Part, code};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Values by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(pub(super) BTreeMap<String, String>);

impl Secrets {
    pub(super) fn get(&self, name: &str) -> Result<&str, Failure> {
        self.0.get(name).map(String::as_str).ok_or_else(|| {
            Failure::lasting(code::NOT_FOUND, format!("the secret {name} is not set"))
        })
    }

    pub(super) fn digest(
        &self,
        hash: Hash,
        parts: &[Part],
        sorted: bool,
    ) -> Result<Vec<u8>, Failure> {
        let parts: Result<Vec<&[u8]>, Failure> = parts
            .iter()
            .map(|part| match part {
                Part::Plain(plain) => Ok(plain.as_slice()),
                Part::Secret(name) => Ok(self.get(name)?.as_bytes()),
            })
            .collect();
        let mut parts = parts?;
        if sorted {
            parts.sort_unstable();
        }
        let whole = parts.concat();
        Ok(match hash {
            Hash::Md5 => Md5::digest(&whole).to_vec(),
            Hash::Sha1 => Sha1::digest(&whole).to_vec(),
            Hash::Sha256 => Sha256::digest(&whole).to_vec(),
        })
    }

    pub(super) fn hmac(&self, hash: Hash, name: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let secret = self.get(name)?;
        let key = match secret.strip_prefix("whsec_").map(|it| STANDARD.decode(it)) {
            None => secret.as_bytes().to_vec(),
            Some(Ok(key)) => key,
            Some(Err(_)) => {
                let message = format!("the secret {name} is no base64 behind whsec_");
                return Err(Failure::lasting(code::INVALID, message));
            }
        };
        Ok(match hash {
            Hash::Md5 => keyed::<Hmac<Md5>>(&key, message),
            Hash::Sha1 => keyed::<Hmac<Sha1>>(&key, message),
            Hash::Sha256 => keyed::<Hmac<Sha256>>(&key, message),
        })
    }

    /// AES-256-CBC without padding, one way or the other.
    pub(super) fn cipher(
        &self,
        name: &str,
        data: &[u8],
        encrypt: bool,
    ) -> Result<Vec<u8>, Failure> {
        let wrong = || {
            let message = format!("{name} or the data does not fit AES-256-CBC");
            Failure::lasting(code::INVALID, message)
        };
        // WeChat's keys are 43 characters, the last of which holds stray bits.
        let config = GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let key = GeneralPurpose::new(&alphabet::STANDARD, config)
            .decode(self.get(name)?)
            .map_err(|_| wrong())?;
        let iv = key.get(..16).ok_or_else(wrong)?;
        if encrypt {
            let cipher =
                cbc::Encryptor::<Aes256>::new_from_slices(&key, iv).map_err(|_| wrong())?;
            if !data.len().is_multiple_of(16) {
                return Err(wrong());
            }
            return Ok(cipher.encrypt_padded_vec::<NoPadding>(data));
        }
        cbc::Decryptor::<Aes256>::new_from_slices(&key, iv)
            .map_err(|_| wrong())?
            .decrypt_padded_vec::<NoPadding>(data)
            .map_err(|_| wrong())
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Names of the secrets whose placeholders are in a text.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split("{{secret:").skip(1);
    behind.filter_map(|rest| rest.split_once("}}").map(|(name, _)| name))
}
