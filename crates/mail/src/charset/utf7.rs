//! UTF-7 (RFC 2152).

use base64::{Engine, engine::general_purpose::GeneralPurpose};

/// Base64 without padding; what the last letter has left over may be anything.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// Reads UTF-7. What is no UTF-7 stays as it is.
pub(super) fn decode(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('+') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let end = behind
            .find(|it: char| !(it.is_ascii_alphanumeric() || it == '+' || it == '/'))
            .unwrap_or(behind.len());
        let (shifted, after) = behind.split_at(end);
        rest = after.strip_prefix('-').unwrap_or(after);
        if shifted.is_empty() {
            out.push('+');
            continue;
        }
        if let Ok(utf16) = LENIENT.decode(shifted.trim_end_matches('=')) {
            let units: Vec<u16> = utf16
                .chunks_exact(2)
                .map(|it| u16::from_be_bytes([it[0], it[1]]))
                .collect();
            out.push_str(&String::from_utf16_lossy(&units));
        } else {
            out.push('+');
            out.push_str(shifted);
        }
    }
    out.push_str(rest);
    out
}
