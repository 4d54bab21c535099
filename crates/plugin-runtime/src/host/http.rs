//! Requests to providers: where they may go, how many, how large.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::granted;
use crate::{
    backing::Allowed,
    grants::Target,
    state::State,
    types::{Content, Failure, MediaRef, Payload, Request, Response, Value, code},
};

/// Longest body of a request that comes from the plugin's memory; larger ones are files.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// Shortest time of a request: less never succeeds.
const TIMEOUT_MIN_MS: u32 = 100;

pub(super) async fn fetch(state: &mut State, request: Request) -> Result<Response, Failure> {
    let request = prepare(state, request)?;
    let shared = state.shared.clone();
    let _permit = in_flight(&shared.http)?;
    let allowed = Allowed {
        grants: &shared.grants,
        settings: &state.caller.account.settings,
    };
    let longest = patience(&request);
    let answer = shared.backing.fetch(&state.caller, request, &allowed);
    let response = timeout(longest, answer).await.map_err(|_| slow())??;
    if response.body.len() > shared.limits.http_body_bytes as usize {
        return Err(Failure::lasting(code::TOO_LARGE, "the answer is too large"));
    }
    Ok(response)
}

pub(super) async fn fetch_to_blob(
    state: &mut State,
    request: Request,
    name: String,
    mime: Option<String>,
) -> Result<MediaRef, Failure> {
    // It does not pass through the plugin's memory: the backing knows how large a file may be.
    let most = request.max_response_bytes;
    let mut request = prepare(state, request)?;
    request.max_response_bytes = most;
    let shared = state.shared.clone();
    let _permit = in_flight(&shared.http)?;
    let allowed = Allowed {
        grants: &shared.grants,
        settings: &state.caller.account.settings,
    };
    let longest = patience(&request);
    let answer =
        shared
            .backing
            .fetch_to_blob(&state.caller, request, &name, mime.as_deref(), &allowed);
    timeout(longest, answer).await.map_err(|_| slow())?
}

fn patience(request: &Request) -> Duration {
    // The backing keeps the time itself; this is for one that does not.
    Duration::from_millis(u64::from(request.timeout_ms)) + Duration::from_secs(1)
}

fn slow() -> Failure {
    Failure::passing(code::TIMEOUT, "the provider did not answer in time")
}

fn in_flight(quota: &crate::state::HttpQuota) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
    quota.in_flight.try_acquire().map_err(|_| Failure {
        retry_after_ms: Some(1_000),
        ..Failure::passing(code::LIMIT, "too many requests at a time")
    })
}

/// Checks everything that can be known before a request is made.
fn prepare(state: &mut State, mut request: Request) -> Result<Request, Failure> {
    let shared = state.shared.clone();
    let invalid = |message: String| Failure::lasting(code::INVALID, message);
    let target = Target::parse(&request.url).map_err(|error| invalid(error.to_string()))?;
    if target.scheme.starts_with("ws") {
        return Err(invalid("sockets are opened by the host".to_owned()));
    }
    let settings = state.caller.account.settings.clone();
    match shared.grants.http(&request.method, &target, &settings) {
        Ok(key) => shared.used(key),
        Err(failure) => return Err(state.deny(failure)),
    }
    for (name, _) in &request.headers {
        // They would send the request to somebody else behind the granted host, or cut it in two.
        let own = ["host", "content-length", "transfer-encoding", "connection"];
        if own.iter().any(|it| name.eq_ignore_ascii_case(it)) {
            return Err(invalid(format!("the header {name:?} is the host's own")));
        }
    }
    for name in secrets(&request) {
        granted(state, "secret", &name)?;
    }
    if body_len(&request.payload) > BODY_MAX {
        return Err(Failure::lasting(
            code::TOO_LARGE,
            "the request is too large",
        ));
    }
    let longest = u32::try_from(shared.limits.http_timeout.as_millis()).unwrap_or(u32::MAX);
    request.timeout_ms = match request.timeout_ms {
        0 => longest,
        asked => asked.clamp(TIMEOUT_MIN_MS.min(longest), longest),
    };
    request.max_response_bytes = match request.max_response_bytes {
        0 => shared.limits.http_body_bytes,
        asked => asked.min(shared.limits.http_body_bytes),
    };
    let minute = shared
        .http
        .minute
        .lock()
        .expect("no panic while it is held")
        .take(Instant::now(), 1, u64::from(shared.limits.http_per_minute));
    minute.map_err(|wait| Failure {
        retry_after_ms: u32::try_from(wait.as_millis()).ok(),
        ..Failure::passing(code::LIMIT, "too many requests in this minute")
    })?;
    Ok(request)
}

fn body_len(payload: &Payload) -> usize {
    match payload {
        Payload::Empty | Payload::Media(_) => 0,
        Payload::Bytes(bytes) => bytes.len(),
        Payload::Multipart(parts) => parts
            .iter()
            .map(|part| match &part.content {
                Content::Bytes(bytes) => bytes.len(),
                Content::Media(_) => 0,
            })
            .sum(),
    }
}

/// Names of all secrets that a request would carry.
fn secrets(request: &Request) -> Vec<String> {
    let mut names = placeholders(request.url.as_bytes());
    for (_, value) in &request.headers {
        match value {
            Value::Plain(text) => names.extend(placeholders(text.as_bytes())),
            Value::Secret(name) | Value::Bearer(name) | Value::Basic((_, name)) => {
                names.push(name.clone());
            }
        }
    }
    match &request.payload {
        Payload::Empty | Payload::Media(_) => {}
        Payload::Bytes(bytes) => names.extend(placeholders(bytes)),
        Payload::Multipart(parts) => {
            for part in parts {
                if let Content::Bytes(bytes) = &part.content {
                    names.extend(placeholders(bytes));
                }
            }
        }
    }
    names
}

/// Names in `{{secret:NAME}}`.
fn placeholders(bytes: &[u8]) -> Vec<String> {
    const OPEN: &[u8] = b"{{secret:";
    let mut names = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(OPEN.len()).position(|it| it == OPEN) {
        rest = &rest[at + OPEN.len()..];
        let Some(end) = rest.windows(2).position(|it| it == b"}}") else {
            break;
        };
        names.push(String::from_utf8_lossy(&rest[..end]).into_owned());
        rest = &rest[end..];
    }
    names
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn every_placeholder_is_found() {
        assert_eq!(
            placeholders(b"https://a/bot{{secret:one}}/{{secret:two}}?{{secret:three"),
            ["one", "two"]
        );
        assert!(placeholders(b"{{secret}} {{ secret:x }} {secret:y}").is_empty());
    }
}
