//! Bytes in recordings and cases: as text where they are text, else as `{"base64": "…"}`. People read and write these
//! files, and a text that is spelled in base64 cannot be reviewed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

#[derive(Serialize)]
#[serde(untagged)]
enum Out<'a> {
    Text(&'a str),
    Binary { base64: String },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum In {
    Text(String),
    Binary { base64: String },
    Numbers(Vec<u8>),
}

/// Writes text as it is.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Out::Text(text),
        Err(_) => Out::Binary {
            base64: STANDARD.encode(bytes),
        },
    }
    .serialize(serializer)
}

/// Reads text, `{"base64": …}` or a list of numbers.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    match In::deserialize(deserializer)? {
        In::Text(text) => Ok(text.into_bytes()),
        In::Binary { base64 } => STANDARD
            .decode(base64)
            .map_err(|error| D::Error::custom(format!("not base64: {error}"))),
        In::Numbers(bytes) => Ok(bytes),
    }
}

/// Bytes that appear on their own, such as an argument or the value of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(#[serde(with = "self")] pub Vec<u8>);

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn text_stays_readable_and_everything_survives() {
        let json = |bytes: &[u8]| serde_json::to_string(&Bytes(bytes.to_vec())).unwrap();
        assert_eq!(json(b"{\"a\":1}"), r#""{\"a\":1}""#);
        assert_eq!(json(&[0xff, 0]), r#"{"base64":"/wA="}"#);
        for bytes in [&b""[..], b"plain", &[0xff, 0, 1], "微信".as_bytes()] {
            let back: Bytes = serde_json::from_str(&json(bytes)).unwrap();
            assert_eq!(back.0, bytes);
        }
    }
}
