//! Calls of the Cloud API and what its errors mean. <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

use plugboard_plugin_sdk::{
    Failure, MediaRef, RetryAdvice, encoding, http,
    http::{FormPart, Response},
    steps,
};
use serde_json::{Value, json};

use crate::{Settings, hook::File};

/// The version that this was written for.
const VERSION: &str = "v23.0";

/// Largest document.
pub(crate) const DOCUMENT_MAX: u64 = 100 * 1024 * 1024;

const MEBI: u64 = 1024 * 1024;

fn url(settings: &Settings, path: &str) -> String {
    format!("{}/{VERSION}/{path}", settings.api_url)
}

/// Sends once; answers with the id of the message.
pub(crate) fn send(settings: &Settings, body: &Value) -> Result<String, Failure> {
    let path = format!("{}/messages", settings.phone_number_id);
    let answer = read(steps::once(
        http::post(url(settings, &path))
            .bearer("access_token")
            .json(body)
            .send(),
    )?)?;
    answer["messages"][0]["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::unexpected("no message id"))
}

/// What Meta says of the number.
pub(crate) fn number(settings: &Settings) -> Result<Value, Failure> {
    read(
        http::get(url(settings, &settings.phone_number_id))
            .bearer("access_token")
            .send()?,
    )
}

/// Uploads a file; answers with the kind of message that it makes and its id.
pub(crate) fn upload(
    settings: &Settings,
    media: &MediaRef,
) -> Result<(&'static str, String), Failure> {
    let kind = kind_of(media)?;
    let parts = vec![
        FormPart::text("messaging_product", "whatsapp"),
        FormPart::text("type", media.mime.clone()),
        FormPart::media("file", media.clone()),
    ];
    let path = format!("{}/media", settings.phone_number_id);
    let request = http::post(url(settings, &path))
        .bearer("access_token")
        .multipart(parts)
        .timeout_ms(25_000);
    let answer = read(request.send()?)?;
    let id = answer["id"]
        .as_str()
        .ok_or_else(|| Failure::unexpected("no media id"))?;
    Ok((kind, id.to_owned()))
}

/// What is larger, or of another type than WhatsApp shows, goes as a document.
fn kind_of(media: &MediaRef) -> Result<&'static str, Failure> {
    match (media.mime.as_str(), media.size) {
        ("image/jpeg" | "image/png", size) if size <= 5 * MEBI => Ok("image"),
        ("video/mp4" | "video/3gpp", size) if size <= 16 * MEBI => Ok("video"),
        ("audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg", size)
            if size <= 16 * MEBI =>
        {
            Ok("audio")
        }
        (_, size) if size <= DOCUMENT_MAX => Ok("document"),
        _ => Err(Failure::new(
            "too-large",
            "WhatsApp takes files of up to 100 MB",
        )),
    }
}

/// Puts a file of a message into the desk's store, in two steps: its address holds for five minutes only.
pub(crate) fn download(settings: &Settings, file: &File) -> Result<MediaRef, Failure> {
    let path = encoding::percent(&file.id);
    let answer = read(
        http::get(url(settings, &path))
            .bearer("access_token")
            .send()?,
    )?;
    let address = answer["url"]
        .as_str()
        .ok_or_else(|| Failure::unexpected("no address of the file"))?;
    http::get(address)
        .bearer("access_token")
        .max_response_bytes(u32::try_from(DOCUMENT_MAX).expect("100 MB fit"))
        .timeout_ms(25_000)
        .send_to_blob(&file.name, Some(&file.mime))
}

fn read(answer: Response) -> Result<Value, Failure> {
    let status = answer.status;
    let wait = answer.retry_after_ms();
    let body: Value = answer.json().unwrap_or(Value::Null);
    if (200..300).contains(&status) && body["error"].is_null() {
        return Ok(body);
    }
    let failure = failure(status, body["error"]["code"].as_i64().unwrap_or(0));
    Err(match wait {
        Some(wait) if failure.advice == RetryAdvice::Retry => failure.after_ms(wait),
        _ => failure,
    })
}

/// What an error means for whoever might try again. An answer that is an error of theirs has sent nothing.
pub(crate) fn failure(status: u16, code: i64) -> Failure {
    let named = |name: &str, message: &str| Failure::new(name, format!("{message} ({code})"));
    match code {
        0 if status == 429 => named("rate-limited", "too many calls").after_ms(10_000),
        0 if status >= 500 => named("busy", "WhatsApp has a problem").retry(),
        0 if status == 401 => named("unauthorized", "Meta does not take the access token").reauth(),
        190 | 102 => named("unauthorized", "Meta does not take the access token").reauth(),
        3 | 10 | 200..=299 | 131_005 => {
            named("not-permitted", "the access token lacks a permission").reauth()
        }
        131_031 | 368 => named("not-permitted", "Meta has restricted the account").reauth(),
        1 | 2 | 131_000 | 131_016 => named("busy", "WhatsApp has a problem").retry(),
        4 | 80_007 | 130_429 | 131_048 => {
            named("rate-limited", "too many messages").after_ms(10_000)
        }
        131_056 => named("rate-limited", "too many messages to this customer").after_ms(6_000),
        131_047 => Failure::window_closed(
            "the customer has not written for 24 hours: only a template may be sent (131047)",
        ),
        131_026 | 131_030 => named(
            "not-found",
            "the number is not on WhatsApp, or does not take messages",
        ),
        131_050 | 130_403 => named("blocked", "the customer does not want these messages"),
        131_052 | 131_053 => named("media", "the file could not be read or sent"),
        132_000..=132_099 => named("template", "the template does not exist or does not fit"),
        _ => named("refused", "WhatsApp refused the message"),
    }
}

/// A text, a place, a question.
pub(crate) fn text(text: &str) -> Value {
    json!({"type": "text", "text": {"preview_url": false, "body": text}})
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{MediaRef, RetryAdvice, http::Response};

    use super::{failure, kind_of, read};

    #[test]
    fn errors_say_whether_trying_again_helps() {
        assert_eq!(failure(401, 190).advice, RetryAdvice::RetryAfterReauth);
        assert_eq!(failure(400, 131_047).code, "window-closed");
        assert_eq!(failure(400, 131_047).advice, RetryAdvice::NoRetry);
        assert_eq!(failure(400, 131_056).retry_after_ms, Some(6_000));
        assert_eq!(failure(500, 131_000).advice, RetryAdvice::Retry);
        assert_eq!(failure(400, 131_026).code, "not-found");
        assert_eq!(failure(502, 0).advice, RetryAdvice::Retry);
        assert_eq!(failure(400, 132_001).code, "template");
    }

    #[test]
    fn an_error_body_counts_whatever_the_status() {
        let body = br#"{"error": {"message": "(#130429) Rate limit hit", "code": 130429}}"#;
        let answer = Response {
            status: 429,
            headers: vec![("Retry-After".into(), "4".into())],
            body: body.to_vec(),
        };
        let failure = read(answer).unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.retry_after_ms),
            ("rate-limited", Some(4_000))
        );
    }

    #[test]
    fn what_whatsapp_does_not_show_goes_as_a_document() {
        let kind = |mime: &str, size| {
            kind_of(&MediaRef {
                id: "b".into(),
                name: "n".into(),
                mime: mime.into(),
                size,
            })
        };
        assert_eq!(kind("image/png", 9), Ok("image"));
        assert_eq!(kind("image/png", 6 << 20), Ok("document"));
        assert_eq!(kind("image/svg+xml", 9), Ok("document"));
        assert_eq!(kind("audio/ogg", 9), Ok("audio"));
        assert_eq!(kind("a/b", 101 << 20).unwrap_err().code, "too-large");
    }
}
