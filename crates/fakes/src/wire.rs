//! A request to a provider and its answer, apart from any HTTP library: tests ask in process, the edge over a socket.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request, as it came in.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Below the provider's base URL, with a leading slash.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// It has waited long enough: an answer without news is due.
    pub waited: bool,
}

impl Asked {
    /// A request with a JSON body.
    pub fn json(method: &str, path: &str, body: &Value) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
            waited: false,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// The first header of that name; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter of the query, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        pairs(&self.query).remove(name)
    }

    /// The body as JSON, or null.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Query, form, JSON and multipart fields together, as the Telegram Bot API takes them.
    pub fn fields(&self) -> BTreeMap<String, Value> {
        let mut fields: BTreeMap<String, Value> = pairs(&self.query)
            .into_iter()
            .map(|(key, value)| (key, Value::String(value)))
            .collect();
        let kind = self.header("content-type").unwrap_or_default();
        if kind.starts_with("application/json") {
            if let Value::Object(object) = self.body_json() {
                fields.extend(object);
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let form = String::from_utf8_lossy(&self.body).into_owned();
            fields.extend(
                pairs(&form)
                    .into_iter()
                    .map(|(key, value)| (key, Value::String(value))),
            );
        } else {
            for part in self.parts() {
                if part.filename.is_none() {
                    let text = String::from_utf8_lossy(&part.data).into_owned();
                    fields.insert(part.name, Value::String(text));
                }
            }
        }
        fields
    }

    /// The parts of a multipart body.
    pub fn parts(&self) -> Vec<Part> {
        let kind = self.header("content-type").unwrap_or_default();
        let Some((_, boundary)) = kind.split_once("boundary=") else {
            return Vec::new();
        };
        multipart(&self.body, boundary.trim_matches('"'))
    }

    /// The bearer token.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }
}

/// A part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Name of the field.
    pub name: String,
    /// Set for files.
    pub filename: Option<String>,
    /// Media type, as far as it was said.
    pub mime: Option<String>,
    /// Content.
    pub data: Vec<u8>,
}

/// An answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// The answer is late by this much: what was asked has been done by then.
    pub delay_ms: u64,
    /// There is no news yet: ask again when there is, or after this much with [`Asked::waited`].
    pub wait_ms: Option<u64>,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            ..Self::default()
        }
    }

    /// A text.
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![(
                "content-type".to_owned(),
                "text/plain; charset=utf-8".to_owned(),
            )],
            body: body.as_bytes().to_vec(),
            ..Self::default()
        }
    }

    /// A file.
    pub fn file(mime: &str, name: &str, data: Vec<u8>) -> Self {
        Self {
            status: 200,
            headers: vec![
                ("content-type".to_owned(), mime.to_owned()),
                (
                    "content-disposition".to_owned(),
                    format!("attachment; filename=\"{name}\""),
                ),
            ],
            body: data,
            ..Self::default()
        }
    }

    /// The body as JSON, or null.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// Decodes `a=b&c=d`.
pub fn pairs(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(key), unescape(value))
        })
        .collect()
}

/// Encodes a value for a query.
pub fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => plain.push(b' '),
            b'%' => {
                let hex = bytes
                    .get(at + 1..at + 3)
                    .and_then(|hex| std::str::from_utf8(hex).ok())
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok());
                if let Some(byte) = hex {
                    plain.push(byte);
                    at += 2;
                } else {
                    plain.push(b'%');
                }
            }
            byte => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn multipart(body: &[u8], boundary: &str) -> Vec<Part> {
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(start) = find(rest, mark.as_bytes()) {
        rest = &rest[start + mark.len()..];
        if rest.starts_with(b"--") {
            break;
        }
        let Some(head_end) = find(rest, b"\r\n\r\n") else {
            break;
        };
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let content = &rest[head_end + 4..];
        let Some(end) = find(content, format!("\r\n{mark}").as_bytes()) else {
            break;
        };
        parts.push(Part {
            name: parameter(&head, "name").unwrap_or_default(),
            filename: parameter(&head, "filename"),
            mime: head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-type")
                    .then(|| value.trim().to_owned())
            }),
            data: content[..end].to_vec(),
        });
        rest = &content[end + 2..];
    }
    parts
}

fn parameter(head: &str, name: &str) -> Option<String> {
    let mark = format!("; {name}=\"");
    let start = head.find(&mark)? + mark.len();
    let end = head[start..].find('"')?;
    Some(head[start..start + end].to_owned())
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|part| part == needle)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Asked, escape, pairs};

    #[test]
    fn queries_survive_escaping() {
        let text = "a b&c=d%/+你";
        assert_eq!(pairs(&format!("x={}", escape(text)))["x"], text);
    }

    #[test]
    fn a_multipart_body_is_taken_apart() {
        let asked = Asked {
            headers: vec![(
                "content-type".into(),
                "multipart/form-data; boundary=xx".into(),
            )],
            body: b"--xx\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n42\r\n--xx\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x01\r\n\x02\r\n--xx--\r\n".to_vec(),
            ..Asked::default()
        };
        assert_eq!(asked.fields()["chat_id"], json!("42"));
        let parts = asked.parts();
        assert_eq!(parts[1].filename.as_deref(), Some("a.png"));
        assert_eq!(parts[1].mime.as_deref(), Some("image/png"));
        assert_eq!(parts[1].data, b"\x01\r\n\x02");
    }
}
