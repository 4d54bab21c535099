//! The signatures and ciphers of the providers.

use aes::Aes256;
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding};
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// HMAC-SHA256.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// SHA-1 of the parts, sorted and joined, in hex: how WeChat and WeCom sign.
pub fn sha1_sorted(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    hex(&Sha1::digest(parts.concat().as_bytes()))
}

/// SHA-256 in hex.
pub fn sha256_hex(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

/// The key of encrypted callbacks: 43 characters of base64, 32 bytes.
#[derive(Clone, Debug)]
pub struct WxKey([u8; 32]);

impl WxKey {
    /// Reads an `EncodingAESKey`. The last of the 43 characters may carry bits that mean nothing.
    pub fn new(encoding_aes_key: &str) -> Option<Self> {
        let lenient = GeneralPurpose::new(
            &alphabet::STANDARD,
            GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let bytes = lenient.decode(encoding_aes_key).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// 16 bytes of chance, the length, the text and the receiver, padded to 32, encrypted, in base64.
    pub fn encrypt(&self, chance: [u8; 16], text: &str, receiver: &str) -> String {
        let length = u32::try_from(text.len()).expect("a callback is shorter than 4 GiB");
        let mut plain = chance.to_vec();
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(text.as_bytes());
        plain.extend_from_slice(receiver.as_bytes());
        let pad = 32 - plain.len() % 32;
        let fill = u8::try_from(pad).expect("at most 32");
        plain.extend(std::iter::repeat_n(fill, pad));
        let cipher = cbc::Encryptor::<Aes256>::new(&self.0.into(), &self.iv().into());
        STANDARD.encode(cipher.encrypt_padded_vec::<NoPadding>(&plain))
    }

    /// The text and the receiver of what [`WxKey::encrypt`] made.
    pub fn decrypt(&self, encrypted: &str) -> Option<(String, String)> {
        let data = STANDARD.decode(encrypted).ok()?;
        let cipher = cbc::Decryptor::<Aes256>::new(&self.0.into(), &self.iv().into());
        let plain = cipher.decrypt_padded_vec::<NoPadding>(&data).ok()?;
        let pad = usize::from(*plain.last()?);
        let plain = plain.get(16..plain.len().checked_sub(pad)?)?;
        let length = u32::from_be_bytes(plain.get(..4)?.try_into().ok()?);
        let text = plain.get(4..)?;
        let (text, receiver) = text.split_at_checked(usize::try_from(length).ok()?)?;
        Some((
            String::from_utf8(text.to_vec()).ok()?,
            String::from_utf8(receiver.to_vec()).ok()?,
        ))
    }

    fn iv(&self) -> [u8; 16] {
        let mut iv = [0; 16];
        iv.copy_from_slice(&self.0[..16]);
        iv
    }
}

#[cfg(test)]
mod tests {
    use super::{WxKey, sha1_sorted};

    /// The provider's published sample: document/path/91144.
    const TOKEN: &str = "QDG6eK";
    const KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
    const CORP: &str = "wx5823bf96d3bd56c7";
    const ECHO: &str =
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
    const MESSAGE: &str = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";

    #[test]
    fn the_published_samples_are_read() {
        let key = WxKey::new(KEY).unwrap();
        assert_eq!(
            sha1_sorted(&[TOKEN, "1409659589", "263014780", ECHO]),
            "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
        );
        let (echo, receiver) = key.decrypt(ECHO).unwrap();
        assert_eq!(
            (echo.as_str(), receiver.as_str()),
            ("1616140317555161061", CORP)
        );
        assert_eq!(
            sha1_sorted(&[TOKEN, "1409659813", "1372623149", MESSAGE]),
            "477715d11cdb4164915debcba66cb864d751f3e6"
        );
        let (message, receiver) = key.decrypt(MESSAGE).unwrap();
        assert_eq!(receiver, CORP);
        assert!(
            message.contains("<Content><![CDATA[hello]]></Content>"),
            "{message}"
        );
    }

    #[test]
    fn what_is_encrypted_is_read_back() {
        let key = WxKey::new(KEY).unwrap();
        for length in [0, 11, 12, 13, 200] {
            let text = "x".repeat(length);
            let sealed = key.encrypt([7; 16], &text, CORP);
            assert_eq!(key.decrypt(&sealed), Some((text, CORP.to_owned())));
        }
    }
}
