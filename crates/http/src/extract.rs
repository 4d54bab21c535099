//! Extractors whose refusals are our error bodies. Use these, never axum's own.

use std::str::FromStr;

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use plugboard_domain::Timestamp;
use plugboard_protocol::{
    Code,
    page::{LIMIT_DEFAULT, LIMIT_MAX},
};
use plugboard_store::{Cursor, Paged};
use serde::{Serialize, de::DeserializeOwned};

use crate::ApiError;

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Code::Invalid,
                "the body must be application/json",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::too_large("the body is larger than allowed")
            } else {
                ApiError::malformed("the body could not be read")
            }
        })?;
        parse(&body).map(Self)
    }
}

/// A JSON body that can be left out.
#[derive(Clone, Copy, Debug)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let empty = length.is_none_or(|it| it == "0");
        if empty && !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Ok(Self(None));
        }
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(Some(body)))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// 400 for what is no JSON, 422 for JSON that does not fit.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let error = match axum::Json::<T>::from_bytes(body) {
        // Serde would also take the fields of an object from an array, in their order.
        Ok(_) if !body.trim_ascii_start().starts_with(b"{") => {
            return Err(ApiError::invalid("the body must be an object"));
        }
        Ok(axum::Json(value)) => return Ok(value),
        Err(error) => error,
    };
    // A value that does not fit can come before the place where the text stops being JSON.
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => Err(ApiError::invalid(plain(&error.body_text()))),
        Err(syntax) => Err(ApiError::malformed(syntax.to_string())),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Query parameters.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|error: QueryRejection| ApiError::invalid(plain(&error.body_text())))?;
        Ok(Self(query.0))
    }
}

/// Path parameters. What cannot be one was never the id of anything: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|_: PathRejection| ApiError::not_found("path"))
    }
}

/// The caller's address as far as limits are concerned; unknown (`None`) only in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub Option<std::net::IpAddr>);

impl FromRequestParts<crate::App> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &crate::App,
    ) -> Result<Self, Self::Rejection> {
        if app.config.trust_forwarded {
            // The last entry is the one that our own proxy wrote; those before it are claims.
            let last = parts
                .headers
                .get_all("x-forwarded-for")
                .iter()
                .next_back()
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.rsplit(',').next())
                .and_then(|value| value.trim().parse().ok());
            if last.is_some() {
                return Ok(Self(last));
            }
        }
        let connected = parts
            .extensions
            .get::<axum::extract::ConnectInfo<std::net::SocketAddr>>();
        Ok(Self(connected.map(|it| it.0.ip())))
    }
}

/// Reads an id from a body or query: 422 with the field's name when it cannot be one.
pub fn id<T: FromStr>(field: &str, text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|_| ApiError::invalid(format!("{field} is not an id")))
}

/// Reads an optional id; see [`id`].
pub fn optional_id<T: FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, ApiError> {
    text.map(|text| id(field, text)).transpose()
}

/// Reads an id of a thing that is looked up: what cannot be one is not found.
pub fn known_id<T: FromStr>(what: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::not_found(what))
}

/// Reads an RFC 3339 time, cut to microseconds.
pub fn time(field: &str, text: &str) -> Result<Timestamp, ApiError> {
    text.parse::<Timestamp>()
        .ok()
        .and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
        .ok_or_else(|| {
            ApiError::invalid(format!(
                "{field} must be a time such as 2026-01-31T08:00:00Z"
            ))
        })
}

/// Items on a page: 1 to 200, 50 when unset.
pub fn limit(asked: Option<u32>) -> Result<usize, ApiError> {
    limit_up_to(asked, LIMIT_DEFAULT, LIMIT_MAX)
}

/// Items on a page: 1 to `max`.
pub fn limit_up_to(asked: Option<u32>, default: u32, max: u32) -> Result<usize, ApiError> {
    let limit = asked.unwrap_or(default);
    if !(1..=max).contains(&limit) {
        return Err(ApiError::invalid(format!("limit must be 1 to {max}")));
    }
    Ok(limit as usize)
}

/// Reads `next_cursor` of the page before.
pub fn cursor(text: Option<&str>) -> Result<Option<Cursor>, ApiError> {
    text.map(|text| {
        Cursor::decode(text).ok_or_else(|| ApiError::invalid("cursor is not one of ours"))
    })
    .transpose()
}

/// A journal position as clients send it, within what a store can hold.
pub fn position(seq: u64) -> plugboard_domain::Seq {
    seq.min(i64::MAX.cast_unsigned())
}

/// A page on the wire.
pub fn page<T, U>(paged: Paged<T>, change: impl FnMut(T) -> U) -> plugboard_protocol::Page<U> {
    plugboard_protocol::Page {
        next_cursor: paged.next.as_ref().map(Cursor::encode),
        items: paged.items.into_iter().map(change).collect(),
    }
}

/// The parser's sentence without the framework's opening words and our type names.
fn plain(text: &str) -> String {
    let start = text.find(": ").map_or(0, |at| at + 2);
    match text[start..].split_once("expected struct ") {
        Some((before, after)) => {
            let rest = after.find(' ').map_or("", |at| &after[at..]);
            format!("{before}expected an object{rest}")
        }
        None => text[start..].to_owned(),
    }
}
