//! Requests to the hosts that were granted. Secrets are named: the host puts them in.
//!
//! ```no_run
//! use plugboard_plugin_sdk::{Failure, http, json::json};
//!
//! # #[derive(serde::Deserialize)] struct Answer { id: String }
//! fn send(text: &str) -> Result<String, Failure> {
//!     let answer: Answer = http::post("https://api.example.com/v1/messages")
//!         .bearer("access-token")
//!         .json(&json!({ "text": text }))
//!         .send()?
//!         .success()?
//!         .json()?;
//!     Ok(answer.id)
//! }
//! ```

use serde::{Serialize, de::DeserializeOwned};

pub use crate::bindings::host::plugboard::plugin::http::{
    Content, FormPart, Payload, Request, Response, Value,
};
use crate::{
    Failure, MediaRef,
    bindings::host::plugboard::plugin::http::{fetch, fetch_to_blob},
    encoding,
};

/// Milliseconds after which a request is given up, unless [`Builder::timeout_ms`] says otherwise.
pub const TIMEOUT_MS: u32 = 8_000;

/// Bytes that an answer may have, unless [`Builder::max_response_bytes`] says otherwise.
pub const MAX_RESPONSE_BYTES: u32 = 1024 * 1024;

/// A GET request. `{{secret:NAME}}` in the URL is replaced by the host.
pub fn get(url: impl Into<String>) -> Builder {
    request("GET", url)
}

/// A POST request.
pub fn post(url: impl Into<String>) -> Builder {
    request("POST", url)
}

/// A PUT request.
pub fn put(url: impl Into<String>) -> Builder {
    request("PUT", url)
}

/// A DELETE request.
pub fn delete(url: impl Into<String>) -> Builder {
    request("DELETE", url)
}

/// A request of any method.
pub fn request(method: &str, url: impl Into<String>) -> Builder {
    Builder(Request {
        method: method.to_owned(),
        url: url.into(),
        headers: Vec::new(),
        payload: Payload::Empty,
        timeout_ms: TIMEOUT_MS,
        max_response_bytes: MAX_RESPONSE_BYTES,
    })
}

/// A request in the making.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Builder(Request);

impl Builder {
    /// Adds pairs to the query of the URL.
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        if !pairs.is_empty() {
            self.0
                .url
                .push(if self.0.url.contains('?') { '&' } else { '?' });
            self.0.url.push_str(&encoding::query(pairs));
        }
        self
    }

    /// Adds a header.
    pub fn header(self, name: &str, value: impl Into<String>) -> Self {
        self.value(name, Value::Plain(value.into()))
    }

    /// Adds a header whose value is the secret of this name.
    pub fn secret_header(self, name: &str, secret: &str) -> Self {
        self.value(name, Value::Secret(secret.to_owned()))
    }

    /// `Authorization: Bearer` with the secret of this name.
    pub fn bearer(self, secret: &str) -> Self {
        self.value("authorization", Value::Bearer(secret.to_owned()))
    }

    /// `Authorization: Basic` with a user's name and the secret of this name as password.
    pub fn basic(self, user: &str, secret: &str) -> Self {
        let value = Value::Basic((user.to_owned(), secret.to_owned()));
        self.value("authorization", value)
    }

    fn value(mut self, name: &str, value: Value) -> Self {
        self.0.headers.push((name.to_owned(), value));
        self
    }

    /// A JSON body. `{{secret:NAME}}` in it is replaced by the host.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let body = serde_json::to_vec(value).expect("what a plugin sends can be written as JSON");
        self.body("application/json", body)
    }

    /// A form body, as browsers send it.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = encoding::query(pairs).into_bytes();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// A body of bytes.
    pub fn body(mut self, mime: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.payload = Payload::Bytes(bytes.into());
        self.header("content-type", mime)
    }

    /// A file of the desk as body; it does not pass through the plugin's memory.
    pub fn media(mut self, media: MediaRef) -> Self {
        let mime = media.mime.clone();
        self.0.payload = Payload::Media(media);
        self.header("content-type", mime)
    }

    /// A form of several parts, files among them.
    pub fn multipart(mut self, parts: Vec<FormPart>) -> Self {
        self.0.payload = Payload::Multipart(parts);
        self
    }

    /// Gives up after so many milliseconds.
    pub fn timeout_ms(mut self, milliseconds: u32) -> Self {
        self.0.timeout_ms = milliseconds;
        self
    }

    /// Refuses answers over so many bytes.
    pub fn max_response_bytes(mut self, bytes: u32) -> Self {
        self.0.max_response_bytes = bytes;
        self
    }

    /// The request as it stands.
    pub fn build(self) -> Request {
        self.0
    }

    /// Sends it. An answer of any status is `Ok`: see [`Response::success`].
    pub fn send(self) -> Result<Response, Failure> {
        fetch(&self.0)
    }

    /// Sends it and puts the answer into the desk's file store, without passing through the plugin's memory.
    pub fn send_to_blob(self, name: &str, mime: Option<&str>) -> Result<MediaRef, Failure> {
        fetch_to_blob(&self.0, name, mime)
    }
}

impl FormPart {
    /// A field of text.
    pub fn text(name: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            filename: None,
            mime: None,
            content: Content::Bytes(value.into().into_bytes()),
        }
    }

    /// A file of the desk.
    pub fn media(name: &str, media: MediaRef) -> Self {
        Self {
            name: name.to_owned(),
            filename: Some(media.name.clone()),
            mime: Some(media.mime.clone()),
            content: Content::Media(media),
        }
    }
}

impl Response {
    /// The answer when its status is 2xx, else what failed: 401 and 403 ask for new credentials, 408, 425, 429 and 5xx may be
    /// tried again (after what `retry-after` says), the rest may not.
    pub fn success(self) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let failure = Failure::new(
            format!("http_{}", self.status),
            format!("the provider answered {}", self.status),
        );
        Err(match self.status {
            401 | 403 => failure.reauth(),
            408 | 425 | 429 | 500..=599 => match self.retry_after_ms() {
                Some(milliseconds) => failure.after_ms(milliseconds),
                None => failure.retry(),
            },
            _ => failure,
        })
    }

    /// What the header `retry-after` says, when it is a number of seconds.
    pub fn retry_after_ms(&self) -> Option<u32> {
        let seconds: f64 = self.header("retry-after")?.trim().parse().ok()?;
        // At most a day: no provider means more, and it fits.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a day"
        )]
        Some((seconds.clamp(0.0, 86_400.0) * 1000.0) as u32)
    }

    /// The first header of this name; case does not count.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as text; bytes that are not UTF-8 become `U+FFFD`.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// The first header of this name; case does not count.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RetryAdvice;

    fn response(status: u16, headers: &[(&str, &str)]) -> Response {
        Response {
            status,
            headers: headers
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            body: Vec::new(),
        }
    }

    #[test]
    fn the_status_says_whether_trying_again_helps() {
        let advice = |status| response(status, &[]).success().unwrap_err().advice;
        assert!(response(204, &[]).success().is_ok());
        assert_eq!(advice(400), RetryAdvice::NoRetry);
        assert_eq!(advice(401), RetryAdvice::RetryAfterReauth);
        assert_eq!(advice(503), RetryAdvice::Retry);
        let failure = response(429, &[("Retry-After", "1.5")])
            .success()
            .unwrap_err();
        assert_eq!(failure.retry_after_ms, Some(1500));
        assert_eq!(failure.code, "http_429");
    }

    #[test]
    fn a_query_goes_behind_what_is_there() {
        let request = get("https://a.example/x?y=1")
            .query(&[("z", "a b")])
            .build();
        assert_eq!(request.url, "https://a.example/x?y=1&z=a%20b");
    }
}
