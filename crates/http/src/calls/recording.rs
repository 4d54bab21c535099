//! `GET /api/v1/calls/{id}/recording`: the sound of a call. Who heard it is in the journal.

use std::ops::Range;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use plugboard_domain::call::CallCommand;

use super::{failed, visible};
use crate::{ApiError, App, auth::Authenticated, extract::Path, responses::ReadErrors};

/// The recording as WAV, whole or a part of it (`Range`). Each time that somebody begins to hear it is journalled.
#[utoipa::path(
    get, path = "/api/v1/calls/{id}/recording", tag = "calls", params(("id" = String, Path)),
    responses(
        (status = 200, description = "The sound", body = [u8], content_type = "audio/wav"),
        (status = 206, description = "A part of it", body = [u8], content_type = "audio/wav"),
        (status = 416, description = "There is no such part"),
        ReadErrors,
    )
)]
pub(crate) async fn get_recording(
    State(app): State<App>,
    caller: Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let call = visible(&app, &caller, &id).await?.row.call;
    let blob = call.recording.as_ref().and_then(|it| it.blob.clone());
    let blob = blob.ok_or_else(|| ApiError::not_found("recording"))?;
    let telephony = app.telephony()?;
    let asked = part(&headers);
    // A player asks for one part after the other; the first says that somebody begins to hear it.
    if asked.as_ref().is_none_or(|it| it.start == 0) {
        caller
            .execute(&app, (call.id, CallCommand::ReadRecording))
            .await?;
    }
    let sound = telephony.sound(call.id, &blob, asked.clone()).await;
    let sound = sound.map_err(failed)?;
    let whole = sound.total;
    let common = [
        (header::CONTENT_TYPE, HeaderValue::from_static("audio/wav")),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    let Some(asked) = asked else {
        let length = [(header::CONTENT_LENGTH, HeaderValue::from(whole))];
        return Ok((common, length, Body::from_stream(sound.stream)).into_response());
    };
    let end = asked.end.min(whole);
    if asked.start >= end {
        let range = [(header::CONTENT_RANGE, format!("bytes */{whole}"))];
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
    }
    let ranges = [
        (
            header::CONTENT_RANGE,
            format!("bytes {}-{}/{whole}", asked.start, end - 1),
        ),
        (header::CONTENT_LENGTH, (end - asked.start).to_string()),
    ];
    let body = Body::from_stream(sound.stream);
    Ok((StatusCode::PARTIAL_CONTENT, common, ranges, body).into_response())
}

/// The part that is asked for: `bytes=0-`, `bytes=100-199`. Lists of parts, and parts from the end, are answered whole, as
/// RFC 9110 permits.
fn part(headers: &HeaderMap) -> Option<Range<u64>> {
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let start: u64 = first.trim().parse().ok()?;
    let end = match last.trim() {
        "" => u64::MAX,
        last => last.parse::<u64>().ok()?.checked_add(1)?,
    };
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Range<u64>> {
        let value = HeaderValue::from_str(text).expect("a header");
        part(&HeaderMap::from_iter([(header::RANGE, value)]))
    }

    #[test]
    fn one_part_is_read_and_anything_else_is_the_whole() {
        assert_eq!(of("bytes=0-"), Some(0..u64::MAX));
        assert_eq!(of("bytes=100-199"), Some(100..200));
        for other in [
            "bytes=-5",
            "bytes=9-3",
            "bytes=0-1,5-6",
            "items=0-1",
            "bytes=",
            "bytes=0-18446744073709551615",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
