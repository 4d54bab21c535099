//! Signatures as Standard Webhooks defines them: HMAC-SHA256 over `id.timestamp.body`, base64, behind `v1,`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What every secret starts with.
pub const PREFIX: &str = "whsec_";

/// The secret is not `whsec_` and base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing secret is damaged")]
pub struct BadSecret;

/// A secret of 32 bytes in its written form.
pub fn secret(bytes: &[u8; 32]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// The `webhook-signature` of a call.
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> Result<String, BadSecret> {
    let key = secret.strip_prefix(PREFIX).ok_or(BadSecret)?;
    let key = STANDARD.decode(key).map_err(|_| BadSecret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| BadSecret)?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::{BadSecret, sign};

    /// Computed with Python's `hmac` and `base64` from the definition.
    #[test]
    fn a_signature_is_what_the_definition_says() {
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let signed = sign(secret, "msg_1", 1_700_000_000, r#"{"type":"ping"}"#);
        assert_eq!(
            signed.as_deref(),
            Ok("v1,uK3ZB/kWgMaIl2HEITna3uysqu/cjXmImcEsprhshQY=")
        );
        assert_eq!(sign("nonsense", "msg_1", 0, ""), Err(BadSecret));
        assert_eq!(sign("whsec_%%", "msg_1", 0, ""), Err(BadSecret));
    }
}
