//! Requests to providers: as a case sees them, and what it answers.

use percent_encoding::percent_decode_str;
use plugboard_plugin_runtime::types::{
    Content, FormPart, Payload, Request, Response, Value as Header,
};
use serde_json::{Map, Value, json};

use crate::contract::{Differences, Given, fits_any, raw_fits};
use plugboard_plugin_runtime::backing::placeholders;

/// A header as it would go out, secrets by name.
fn header(value: &Header) -> String {
    match value {
        Header::Plain(text) => text.clone(),
        Header::Secret(name) => format!("{{{{secret:{name}}}}}"),
        Header::Bearer(name) => format!("Bearer {{{{secret:{name}}}}}"),
        Header::Basic((user, name)) => format!("Basic {user}:{{{{secret:{name}}}}}"),
    }
}

/// Names of all secrets that a request would carry.
pub(super) fn secrets(request: &Request) -> Vec<String> {
    let mut texts = vec![request.url.clone()];
    texts.extend(request.headers.iter().map(|(_, value)| header(value)));
    match &request.payload {
        Payload::Bytes(bytes) => texts.push(String::from_utf8_lossy(bytes).into_owned()),
        Payload::Multipart(parts) => {
            let fields = parts.iter().filter_map(|it| match &it.content {
                Content::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                Content::Media(_) => None,
            });
            texts.extend(fields);
        }
        Payload::Empty | Payload::Media(_) => {}
    }
    let names = texts.iter().flat_map(|text| placeholders(text));
    names.map(str::to_owned).collect()
}

/// The request in a line, for a case that did not expect it.
pub(super) fn line(request: &Request) -> String {
    let body = match &request.payload {
        Payload::Empty => String::new(),
        Payload::Bytes(bytes) => format!(" {}", String::from_utf8_lossy(bytes)),
        Payload::Media(media) => format!(" (file {})", media.id),
        Payload::Multipart(parts) => format!(" {}", form(parts)),
    };
    format!("{} {}{body}", request.method, request.url)
}

/// A form as a table: texts, and files as `{ media, filename, mime }`.
fn form(parts: &[FormPart]) -> Value {
    let fields = parts.iter().map(|part| {
        let value = match &part.content {
            Content::Bytes(bytes) if part.filename.is_none() => {
                json!(String::from_utf8_lossy(bytes))
            }
            Content::Bytes(bytes) => {
                json!({ "text": String::from_utf8_lossy(bytes), "filename": part.filename, "mime": part.mime })
            }
            Content::Media(media) => {
                json!({ "media": media.id, "filename": part.filename, "mime": part.mime })
            }
        };
        (part.name.clone(), value)
    });
    Value::Object(fields.collect())
}

/// The pairs of a body as forms write them.
fn pairs(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let decoded = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split('&').filter(|it| !it.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), json!(decoded(value)))
    });
    Value::Object(pairs.collect())
}

/// Compares a request with what a case expects of it.
pub(super) fn compare(at: &str, with: &Value, request: &Request, into: &mut Differences) {
    let Value::Object(with) = with else {
        fits_any(at, with, &json!(line(request)), into);
        return;
    };
    for (key, wanted) in with {
        let place = format!("{at}.{key}");
        match key.as_str() {
            "method" => fits_any(&place, wanted, &json!(request.method), into),
            "url" => fits_any(&place, wanted, &json!(request.url), into),
            "timeout-ms" => fits_any(&place, wanted, &json!(request.timeout_ms), into),
            "headers" => fits_any(&place, &lower(wanted), &headers(request), into),
            "form" | "json" | "text" | "base64" => body(&place, key, wanted, request, into),
            _ => into.push(crate::contract::Difference {
                at: place,
                expected: "method, url, headers, json, form, text or base64".to_owned(),
                actual: format!("{key:?} in the case"),
            }),
        }
    }
}

fn headers(request: &Request) -> Value {
    let headers = request.headers.iter();
    Value::Object(
        headers
            .map(|(name, value)| (name.to_ascii_lowercase(), json!(header(value))))
            .collect(),
    )
}

fn lower(table: &Value) -> Value {
    let Value::Object(table) = table else {
        return table.clone();
    };
    let pairs = table.iter();
    Value::Object(
        pairs
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect(),
    )
}

fn body(at: &str, kind: &str, wanted: &Value, request: &Request, into: &mut Differences) {
    match (&request.payload, kind) {
        (Payload::Multipart(parts), "form") => fits_any(at, wanted, &form(parts), into),
        (Payload::Bytes(bytes), "form") => fits_any(at, wanted, &pairs(bytes), into),
        (Payload::Bytes(bytes), kind) => {
            // `json`, `text` and `base64` name the same forms as bytes elsewhere.
            raw_fits(at, &json!({ kind: wanted }), bytes, into);
        }
        (Payload::Empty, _) => fits_any(at, wanted, &Value::Null, into),
        (Payload::Media(media), _) => fits_any(at, wanted, &json!({ "media": media.id }), into),
        (Payload::Multipart(_), _) => fits_any(at, wanted, &json!("a form"), into),
    }
}

/// The answer that a case gives to a request.
pub(super) fn answer(given: Option<&Value>) -> Result<Response, String> {
    let empty = Map::new();
    let table = match given {
        None => &empty,
        Some(Value::Object(table)) => table,
        Some(_) => return Err("`answer` must be a table".to_owned()),
    };
    let mut response = Response {
        status: 200,
        headers: Vec::new(),
        body: Vec::new(),
    };
    for (key, value) in table {
        match (key.as_str(), value) {
            ("status", value) => {
                response.status = value
                    .as_u64()
                    .and_then(|it| u16::try_from(it).ok())
                    .ok_or("`answer.status` must be a number such as 200")?;
            }
            ("headers", Value::Object(headers)) => {
                for (name, value) in headers {
                    let text = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    response.headers.push((name.to_ascii_lowercase(), text));
                }
            }
            ("form", Value::Object(fields)) => response.body = written_form(fields).into_bytes(),
            ("json" | "text" | "base64", value) => {
                response.body = Given::read(&json!({ key: value }))
                    .map_err(|error| format!("`answer.{key}` {error}"))?
                    .bytes();
            }
            _ => {
                return Err(format!(
                    "`answer.{key}` is none of status, headers, json, form, text, base64"
                ));
            }
        }
    }
    let has_type = response
        .headers
        .iter()
        .any(|(name, _)| name == "content-type");
    if table.contains_key("json") && !has_type {
        let json = "application/json".to_owned();
        response.headers.push(("content-type".to_owned(), json));
    }
    Ok(response)
}

fn written_form(fields: &Map<String, Value>) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{}={}", encode(name), encode(&text))
        })
        .collect();
    pairs.join("&")
}
