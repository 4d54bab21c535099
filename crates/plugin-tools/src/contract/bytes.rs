//! Bytes in cases: a text, `{ json = … }`, `{ base64 = "…" }` or `{ hex = "…" }`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Bytes as a case writes them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Text(String),
    Json(Value),
    Raw(Vec<u8>),
}

impl Given {
    /// Reads them, or says what is wrong.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        const FORMS: &str = "must be a text, { json = … }, { base64 = \"…\" } or { hex = \"…\" }";
        let table = match value {
            Value::String(text) => return Ok(Self::Text(text.clone())),
            Value::Object(table) if table.len() == 1 => table,
            _ => return Err(FORMS.to_owned()),
        };
        let (key, value) = table.iter().next().ok_or(FORMS)?;
        match (key.as_str(), value) {
            ("json", value) => Ok(Self::Json(value.clone())),
            ("text", Value::String(text)) => Ok(Self::Text(text.clone())),
            ("base64", Value::String(text)) => STANDARD
                .decode(text)
                .map(Self::Raw)
                .map_err(|error| format!("is no base64: {error}")),
            ("hex", Value::String(text)) => unhex(text).map(Self::Raw),
            _ => Err(FORMS.to_owned()),
        }
    }

    /// The bytes themselves.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

/// Bytes of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|it| it.to_digit(16).and_then(|it| u8::try_from(it).ok()))
        .collect();
    match digits {
        Some(digits) if digits.len().is_multiple_of(2) => Ok(digits
            .chunks(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect()),
        _ => Err("is no hex: pairs of 0-9 and a-f".to_owned()),
    }
}

/// Bytes as the runtime writes them into JSON: text, or `{"base64": …}`.
pub(crate) fn written(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Object(table) => STANDARD.decode(table.get("base64")?.as_str()?).ok(),
        _ => None,
    }
}
