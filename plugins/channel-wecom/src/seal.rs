//! Signatures and encryption of callbacks, the same for both kinds of account:
//! <https://developer.work.weixin.qq.com/document/path/90968>

use plugboard_plugin_sdk::{
    Failure, encoding,
    secrets::{self, Hash, Part},
    web::Webhook,
};

/// What a callback said when it was verified and opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The text inside.
    Text(String),
    /// It is not from whom it says.
    Refused,
}

/// Whether the signature in `parameter` is that of the callback's time, chance and `sealed`.
pub(crate) fn is_signed(
    webhook: &Webhook,
    parameter: &str,
    sealed: Option<&str>,
) -> Result<bool, Failure> {
    let given = |name: &str| webhook.query_value(name).unwrap_or_default();
    let Some(signature) = encoding::from_hex(&given(parameter)) else {
        return Ok(false);
    };
    let mut parts = vec![
        Part::Secret("callback_token".to_owned()),
        Part::Plain(given("timestamp").into_bytes()),
        Part::Plain(given("nonce").into_bytes()),
    ];
    parts.extend(sealed.map(|sealed| Part::Plain(sealed.as_bytes().to_vec())));
    let digest = secrets::digest(Hash::Sha1, &parts, true)?;
    Ok(same(&digest, &signature))
}

/// Verifies and decrypts; `receiver` is the account that it must be meant for.
pub(crate) fn open(webhook: &Webhook, sealed: &str, receiver: &str) -> Result<Opened, Failure> {
    if !is_signed(webhook, "msg_signature", Some(sealed))? {
        return Ok(Opened::Refused);
    }
    let Some(data) =
        encoding::from_base64(sealed).filter(|data| !data.is_empty() && data.len() % 16 == 0)
    else {
        return Ok(Opened::Refused);
    };
    let plain = secrets::aes_cbc_decrypt("aes_key", &data)?;
    Ok(match unpack(&plain) {
        Some((text, whom)) if whom == receiver => Opened::Text(text),
        _ => Opened::Refused,
    })
}

/// 16 bytes of chance, 4 of length, the text, the receiver, padded up to a multiple of 32.
fn unpack(plain: &[u8]) -> Option<(String, String)> {
    let pad = usize::from(*plain.last()?);
    if !(1..=32).contains(&pad) {
        return None;
    }
    let plain = plain.get(16..plain.len().checked_sub(pad)?)?;
    let (length, rest) = plain.split_at_checked(4)?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    let (text, receiver) = rest.split_at_checked(length)?;
    Some((
        String::from_utf8(text.to_vec()).ok()?,
        String::from_utf8(receiver.to_vec()).ok()?,
    ))
}

/// Compares without telling by its duration where the first difference is.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::{same, unpack};

    fn packed(text: &str, receiver: &str) -> Vec<u8> {
        let mut plain = vec![b'r'; 16];
        plain.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        plain.extend(text.as_bytes());
        plain.extend(receiver.as_bytes());
        let pad = 32 - plain.len() % 32;
        plain.extend(std::iter::repeat_n(u8::try_from(pad).unwrap(), pad));
        plain
    }

    #[test]
    fn padding_is_up_to_32_bytes() {
        for text in ["", "hello", "一二三四五六七八九十", &"x".repeat(1000)] {
            assert_eq!(
                unpack(&packed(text, "ww1")),
                Some((text.to_owned(), "ww1".to_owned()))
            );
        }
        let exact = packed("123456789", "ww1");
        assert_eq!((exact.len(), exact.last()), (64, Some(&32)));
    }

    #[test]
    fn a_length_that_lies_is_refused() {
        let mut plain = packed("hello", "ww1");
        plain[16] = 0xff;
        assert_eq!(unpack(&plain), None);
        assert_eq!(unpack(&[]), None);
        assert_eq!(unpack(&[33; 64]), None);
        assert_eq!(unpack(&[0; 64]), None);
    }

    #[test]
    fn signatures_are_compared_as_a_whole() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd"));
        assert!(!same(b"abc", b"ab"));
    }
}
