//! The answers that are not a success, for the OpenAPI document: one type for each family of operations.

use std::collections::BTreeMap;

use plugboard_protocol::ErrorBody;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, response::Response},
};

/// What an operation that only reads can answer.
pub(crate) struct ReadErrors;

/// What an operation that takes a body or changes something can answer.
pub(crate) struct WriteErrors;

/// What an operation that needs no sign-in can answer.
pub(crate) struct PublicErrors;

type Responses = BTreeMap<String, RefOr<Response>>;

const READ: &[u16] = &[400, 401, 403, 404, 422, 429, 503];
const WRITE: &[u16] = &[400, 401, 403, 404, 409, 413, 415, 422, 429, 503];
const PUBLIC: &[u16] = &[400, 401, 403, 404, 413, 415, 422, 429, 503];

impl IntoResponses for ReadErrors {
    fn responses() -> Responses {
        errors(READ)
    }
}

impl IntoResponses for WriteErrors {
    fn responses() -> Responses {
        errors(WRITE)
    }
}

impl IntoResponses for PublicErrors {
    fn responses() -> Responses {
        errors(PUBLIC)
    }
}

fn errors(statuses: &[u16]) -> Responses {
    statuses
        .iter()
        .map(|status| {
            let schema = Ref::from_schema_name(ErrorBody::name());
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response = ResponseBuilder::new()
                .description(describe(*status))
                .content("application/json", content)
                .build();
            (status.to_string(), RefOr::T(response))
        })
        .collect()
}

fn describe(status: u16) -> &'static str {
    match status {
        400 => "`invalid`: the request cannot be read",
        401 => "`unauthenticated`: no valid session or token",
        403 => "`forbidden`: a permission is missing",
        404 => "`not_found`: no such thing, or not for you",
        409 => "`conflict`: the state has moved on",
        413 => "`too_large`: the body is larger than allowed",
        415 => "`invalid`: the body has another media type than is read here",
        422 => "`invalid`: a value does not fit",
        429 => "`rate_limited`: too many requests; `Retry-After` says when to come back",
        _ => "`unavailable`: cannot be served now; try again",
    }
}

/// The schemas that every operation's errors refer to.
pub(crate) fn error_schemas() -> Vec<(String, RefOr<utoipa::openapi::schema::Schema>)> {
    let mut schemas = vec![(ErrorBody::name().to_string(), ErrorBody::schema())];
    ErrorBody::schemas(&mut schemas);
    schemas
}
