//! Errors as clients see them: a status, a code of a closed set, a sentence. Nothing about the inside ever.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::Rejection;
use plugboard_engine::EngineError;
use plugboard_extension::ExtensionError;
use plugboard_protocol::{
    Code, ErrorBody, error::ErrorDetail, extensions::Problem, messages::Message,
};
use plugboard_store::StoreError;
use tracing::error;

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    code: Code,
    message: String,
    retry_after_secs: Option<u64>,
    messages: Vec<Message>,
    details: Vec<Problem>,
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl ApiError {
    /// An answer with any status and code.
    pub fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after_secs: None,
            messages: Vec::new(),
            details: Vec::new(),
        }
    }

    /// 401: no valid session, token or password.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message)
    }

    /// 403: known, but not allowed to.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Forbidden, message)
    }

    /// 404: no such thing, or not for the caller. `what` is a noun: `conversation`.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            Code::NotFound,
            format!("{what} not found"),
        )
    }

    /// 422: a value does not fit.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::Invalid, message)
    }

    /// 400: what was sent cannot be read at all.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::Invalid, message)
    }

    /// 409: the state has moved on.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Code::Conflict, message)
    }

    /// True for 409.
    pub fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    /// 409: somebody else wrote meanwhile, and what.
    pub fn unseen(messages: Vec<Message>) -> Self {
        Self {
            messages,
            ..Self::conflict("somebody else wrote meanwhile")
        }
    }

    /// 413: more than is allowed.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, message)
    }

    /// 429: too many requests; come back after so many seconds.
    pub fn rate_limited(retry_after_secs: u64) -> Self {
        Self {
            retry_after_secs: Some(retry_after_secs.max(1)),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                Code::RateLimited,
                "too many requests: slow down",
            )
        }
    }

    /// 503: cannot be served now; try again.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            retry_after_secs: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message)
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::error::Error for ApiError {}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: ErrorDetail {
                code: self.code,
                message: self.message,
                details: self.details,
            },
            messages: self.messages,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<ExtensionError> for ApiError {
    fn from(extension: ExtensionError) -> Self {
        match extension {
            ExtensionError::Rejected(rejection) => rejection.into(),
            ExtensionError::NotFound(what) => Self::not_found(&what),
            ExtensionError::Problems(details) => {
                let first = details.first();
                let message = first.map_or_else(
                    || "the source does not compile".to_owned(),
                    |it| format!("line {}, column {}: {}", it.line, it.column, it.message),
                );
                Self {
                    details,
                    ..Self::invalid(message)
                }
            }
            ExtensionError::Failed(why) => Self::unavailable(format!("the plugin failed: {why}")),
            ExtensionError::Unavailable(why) => Self::unavailable(why),
        }
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Forbidden(permission) => Self::forbidden(format!(
                "this needs the permission {}",
                crate::wire::permission_name(permission)
            )),
            Rejection::NotGranted(act) => {
                Self::forbidden(format!("the plugin was not granted: {act}"))
            }
            Rejection::NotFound(what) => Self::not_found(what),
            Rejection::Invalid(why) => Self::invalid(why),
            Rejection::Unseen { .. } => Self::unseen(Vec::new()),
            Rejection::Conflict(why) => Self::conflict(why),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(store: StoreError) -> Self {
        error!(error = %store, "the store failed");
        Self::unavailable("the desk cannot read its data now")
    }
}

impl From<EngineError> for ApiError {
    fn from(engine: EngineError) -> Self {
        match engine {
            EngineError::Rejected(rejection) => rejection.into(),
            EngineError::Busy => Self::unavailable("the desk is too busy"),
            EngineError::Stopping => Self::unavailable("the desk is stopping"),
            EngineError::Store(store) => store.into(),
        }
    }
}
