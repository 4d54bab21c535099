//! Calls of the Bot API, and what its errors mean. <https://core.telegram.org/bots/api#making-requests>

use plugboard_plugin_sdk::{Failure, MediaRef, http, http::FormPart};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Settings, update::File};

/// How long Telegram holds a long poll, in seconds.
const POLL_SECS: u32 = 25;

/// Files over this are not handed to bots.
pub(crate) const DOWNLOAD_MAX: u64 = 20 * 1024 * 1024;

/// What Telegram lets a bot send.
pub(crate) const UPLOAD_MAX: u64 = 50 * 1024 * 1024;

#[derive(Debug, Deserialize)]
struct Answer {
    ok: bool,
    result: Option<Value>,
    #[serde(default)]
    error_code: u16,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    retry_after: Option<u32>,
}

/// The address of a method; the host puts the token in.
fn url(settings: &Settings, method: &str) -> String {
    format!("{}/bot{{{{secret:bot_token}}}}/{method}", settings.api_url)
}

/// Calls a method that may be called twice.
pub(crate) fn call<T: DeserializeOwned>(
    settings: &Settings,
    method: &str,
    body: &Value,
) -> Result<T, Failure> {
    let answer = http::post(url(settings, method)).json(body).send()?;
    read(answer)
}

/// Fetches updates from an offset; waits until there are some.
pub(crate) fn updates(settings: &Settings, offset: i64) -> Result<Vec<Value>, Failure> {
    let body = serde_json::json!({
        "offset": offset, "limit": 100, "timeout": POLL_SECS, "allowed_updates": ["message", "edited_message"]
    });
    let answer = http::post(url(settings, "getUpdates"))
        .json(&body)
        .timeout_ms((POLL_SECS + 8) * 1000)
        .max_response_bytes(4 * 1024 * 1024)
        .send()?;
    read(answer)
}

/// Sends; answers with the id of the message. When it is not known whether it was sent, the failure says so.
pub(crate) fn send(settings: &Settings, method: &str, body: &Value) -> Result<String, Failure> {
    let answer = http::post(url(settings, method)).json(body).send();
    sent(answer)
}

/// Sends a file of the desk.
pub(crate) fn send_file(
    settings: &Settings,
    chat: &str,
    caption: &str,
    media: MediaRef,
) -> Result<String, Failure> {
    let (method, field) = match media.mime.split('/').next().unwrap_or_default() {
        // Larger images and those that Telegram would turn into stickers go as files.
        "image"
            if media.size <= 10 * 1024 * 1024
                && media.mime != "image/svg+xml"
                && media.mime != "image/gif" =>
        {
            ("sendPhoto", "photo")
        }
        "video" => ("sendVideo", "video"),
        "audio" if media.mime == "audio/ogg" => ("sendVoice", "voice"),
        "audio" => ("sendAudio", "audio"),
        _ => ("sendDocument", "document"),
    };
    let mut parts = vec![FormPart::text("chat_id", chat)];
    if !caption.is_empty() {
        parts.push(FormPart::text("caption", caption));
    }
    parts.push(FormPart::media(field, media));
    let answer = http::post(url(settings, method))
        .multipart(parts)
        .timeout_ms(25_000)
        .send();
    sent(answer)
}

/// Puts a file of a message into the desk's store.
pub(crate) fn fetch(
    settings: &Settings,
    file: &File,
    name: &str,
    mime: &str,
) -> Result<MediaRef, Failure> {
    #[derive(Deserialize)]
    struct Path {
        file_path: Option<String>,
    }
    if file.file_size.is_some_and(|size| size > DOWNLOAD_MAX) {
        return Err(Failure::new(
            "too-large",
            "Telegram gives bots no files over 20 MB",
        ));
    }
    let path: Path = call(
        settings,
        "getFile",
        &serde_json::json!({"file_id": file.file_id}),
    )?;
    let path = path
        .file_path
        .ok_or_else(|| Failure::new("not-found", "the file is gone"))?;
    let url = format!(
        "{}/file/bot{{{{secret:bot_token}}}}/{path}",
        settings.api_url
    );
    http::get(url)
        .max_response_bytes(u32::try_from(DOWNLOAD_MAX).expect("20 MB fit"))
        .timeout_ms(25_000)
        .send_to_blob(
            file.file_name.as_deref().unwrap_or(name),
            Some(file.mime_type.as_deref().unwrap_or(mime)),
        )
}

fn sent(answer: Result<http::Response, Failure>) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Message {
        message_id: i64,
    }
    let answer = plugboard_plugin_sdk::steps::once(answer)?;
    let message: Message = read(answer)?;
    Ok(message.message_id.to_string())
}

fn read<T: DeserializeOwned>(answer: http::Response) -> Result<T, Failure> {
    let status = answer.status;
    // What stands between us and Telegram may answer with HTML.
    let Ok(answer) = answer.json::<Answer>() else {
        let failure = Failure::new(
            format!("http_{status}"),
            format!("the Bot API answered {status} without JSON"),
        );
        return Err(if status >= 500 {
            failure.retry()
        } else {
            failure
        });
    };
    if answer.ok {
        let result = answer
            .result
            .ok_or_else(|| Failure::unexpected("an answer without result"))?;
        return Ok(serde_json::from_value(result)?);
    }
    let after = answer
        .parameters
        .and_then(|parameters| parameters.retry_after);
    Err(failure(answer.error_code, &answer.description, after))
}

/// What an error of the Bot API means for whoever might try again.
fn failure(code: u16, description: &str, retry_after_secs: Option<u32>) -> Failure {
    let is = |text: &str| description.contains(text);
    match code {
        401 => Failure::new("unauthorized", "Telegram does not know the bot token").reauth(),
        403 => Failure::new("blocked", "the customer does not want messages of this bot"),
        // Somebody else polls, or a webhook is set: it may end.
        409 => Failure::new(
            "conflict",
            "another program reads this bot's messages, or a webhook is set",
        )
        .after_ms(30_000),
        429 => Failure::new("rate-limited", "Telegram asks to wait")
            .after_ms(retry_after_secs.unwrap_or(5).saturating_mul(1000)),
        500.. => Failure::new(format!("telegram_{code}"), "Telegram has a problem").retry(),
        _ if is("chat not found") => Failure::new("not-found", "Telegram knows no such chat"),
        _ if is("too long") || is("too big") => {
            Failure::new("too-large", "longer or larger than Telegram takes")
        }
        _ => Failure::new(format!("telegram_{code}"), "Telegram refused the request"),
    }
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{RetryAdvice, http::Response};
    use serde_json::{Value, json};

    use super::{failure, read};

    #[test]
    fn errors_say_whether_trying_again_helps() {
        let of = |code, text| {
            let failure = failure(code, text, None);
            (failure.code, failure.advice)
        };
        assert_eq!(of(401, "Unauthorized").1, RetryAdvice::RetryAfterReauth);
        assert_eq!(
            of(403, "Forbidden: bot was blocked by the user"),
            ("blocked".into(), RetryAdvice::NoRetry)
        );
        assert_eq!(
            of(400, "Bad Request: chat not found"),
            ("not-found".into(), RetryAdvice::NoRetry)
        );
        assert_eq!(of(400, "Bad Request: message is too long").0, "too-large");
        assert_eq!(of(502, "Bad Gateway").1, RetryAdvice::Retry);
        assert_eq!(failure(429, "", Some(7)).retry_after_ms, Some(7_000));
    }

    #[test]
    fn an_answer_that_is_not_json_is_told_by_its_status() {
        let read = |status: u16, body: &str| {
            read::<Value>(Response {
                status,
                headers: Vec::new(),
                body: body.as_bytes().to_vec(),
            })
        };
        assert_eq!(
            read(200, r#"{"ok": true, "result": {"a": 1}}"#),
            Ok(json!({"a": 1}))
        );
        assert_eq!(read(502, "<html>").unwrap_err().advice, RetryAdvice::Retry);
        let limited = read(
            429,
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","parameters":{"retry_after":3}}"#,
        );
        assert_eq!(limited.unwrap_err().retry_after_ms, Some(3_000));
    }
}
