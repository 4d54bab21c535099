//! Secrets by name, as the server keeps them from plugins.

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
pub(crate) struct Secrets(pub(crate) BTreeMap<String, String>);

impl Secrets {
    pub(crate) fn get(&self, name: &str) -> Result<&str, Failure> {
        self.0.get(name).map(String::as_str).ok_or_else(|| {
            Failure::lasting(code::NOT_FOUND, format!("the secret {name} is not set"))
        })
    }

    /// Puts values in the place of `{{secret:NAME}}`.
    pub(crate) fn fill(&self, text: &str) -> Result<String, Failure> {
        const OPEN: &str = "{{secret:";
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (name, after) = after
                .split_once("}}")
                .ok_or_else(|| Failure::lasting(code::INVALID, "a placeholder does not end"))?;
            filled.push_str(before);
            filled.push_str(self.get(name)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    pub(crate) fn digest(
        &self,
        hash: Hash,
        parts: &[Part],
        sorted: bool,
    ) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.push(match part {
                Part::Plain(plain) => plain.clone(),
                Part::Secret(name) => self.get(name)?.as_bytes().to_vec(),
            });
        }
        if sorted {
            bytes.sort();
        }
        let whole = bytes.concat();
        Ok(match hash {
            Hash::Md5 => Md5::digest(&whole).to_vec(),
            Hash::Sha1 => Sha1::digest(&whole).to_vec(),
            Hash::Sha256 => Sha256::digest(&whole).to_vec(),
        })
    }

    pub(crate) fn hmac(&self, hash: Hash, name: &str, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let key = self.key(name)?;
        Ok(match hash {
            Hash::Md5 => keyed::<Hmac<Md5>>(&key, message),
            Hash::Sha1 => keyed::<Hmac<Sha1>>(&key, message),
            Hash::Sha256 => keyed::<Hmac<Sha256>>(&key, message),
        })
    }

    /// Standard Webhooks writes keys in base64 behind a prefix.
    fn key(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let text = self.get(name)?;
        match text.strip_prefix("whsec_") {
            None => Ok(text.as_bytes().to_vec()),
            Some(key) => STANDARD.decode(key).map_err(|_| {
                Failure::lasting(code::INVALID, format!("the secret {name} is no base64"))
            }),
        }
    }

    pub(crate) fn cipher(
        &self,
        name: &str,
        data: &[u8],
        encrypt: bool,
    ) -> Result<Vec<u8>, Failure> {
        let lenient = GeneralPurpose::new(
            &alphabet::STANDARD,
            GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let wrong = || {
            Failure::lasting(
                code::INVALID,
                format!("{name} or the data does not fit AES-256-CBC"),
            )
        };
        let key = lenient.decode(self.get(name)?).map_err(|_| wrong())?;
        let iv = key.get(..16).ok_or_else(wrong)?;
        if encrypt {
            let cipher =
                cbc::Encryptor::<Aes256>::new_from_slices(&key, iv).map_err(|_| wrong())?;
            return Ok(cipher.encrypt_padded_vec::<NoPadding>(data));
        }
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(&key, iv).map_err(|_| wrong())?;
        cipher
            .decrypt_padded_vec::<NoPadding>(data)
            .map_err(|_| wrong())
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
