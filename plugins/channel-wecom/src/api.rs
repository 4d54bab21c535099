//! Calls of both APIs: the access token, errors, files.

use plugboard_plugin_sdk::{
    Failure, MediaRef, RetryAdvice, clock, encoding, http,
    http::{Builder, FormPart, Response},
    kv,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Mode, Settings};

/// Where the token is kept.
const TOKEN_KEY: &str = "access-token";

/// Whoever gets to keep this fetches a new token.
const LOCK_KEY: &str = "access-token/lock";

/// How long one may take to fetch a token, in seconds.
const LOCK_SECS: u32 = 10;

/// A token is replaced this long before it ends, in milliseconds.
const EARLY_MS: u64 = 300_000;

/// Largest file that can be uploaded.
pub(crate) const UPLOAD_MAX: u64 = 20 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Token {
    value: String,
    until_ms: u64,
}

/// The token that holds. A new one soon ends the one before it, so that only one caller may fetch one at a time, in the whole
/// desk: whoever sets the lock. The others go on with the old one as long as it holds, or come back in a moment.
fn token(settings: &Settings) -> Result<String, Failure> {
    let now = clock::now();
    let kept: Option<Token> = kv::get_json(TOKEN_KEY)?;
    if let Some(token) = kept
        .as_ref()
        .filter(|token| token.until_ms > now + EARLY_MS)
    {
        return Ok(token.value.clone());
    }
    let holds = kept.filter(|token| token.until_ms > now);
    if !kv::compare_and_set(LOCK_KEY, None, b"1", Some(LOCK_SECS))? {
        return holds.map(|token| token.value).ok_or_else(|| {
            Failure::new("conflict", "a new access token is being fetched").after_ms(500)
        });
    }
    let fetched = fetch_token(settings, now);
    if let Ok(token) = &fetched {
        kv::set_json(TOKEN_KEY, token, None)?;
    }
    kv::delete(LOCK_KEY)?;
    fetched.map(|token| token.value)
}

fn fetch_token(settings: &Settings, now: u64) -> Result<Token, Failure> {
    #[derive(Deserialize)]
    struct Fetched {
        access_token: String,
        expires_in: u64,
    }
    let request = match settings.mode {
        Mode::Kf => http::get(format!(
            "{}/cgi-bin/gettoken?corpid={}&corpsecret={{{{secret:secret}}}}",
            settings.api_url,
            encoding::percent(&settings.app_id)
        )),
        // The stable token does not end the one before it.
        Mode::OfficialAccount => http::post(format!("{}/cgi-bin/stable_token", settings.api_url)).json(&json!({
            "grant_type": "client_credential", "appid": settings.app_id, "secret": "{{secret:secret}}", "force_refresh": false
        })),
    };
    let answer = read(request.send()?)?;
    let fetched: Fetched = serde_json::from_value(answer)?;
    Ok(Token {
        value: fetched.access_token,
        until_ms: now + fetched.expires_in * 1000,
    })
}

/// Forgets a token that the provider no longer takes, unless somebody has replaced it already.
fn forget(value: &str) -> Result<(), Failure> {
    let kept: Option<Token> = kv::get_json(TOKEN_KEY)?;
    if kept.is_some_and(|kept| kept.value == value) {
        kv::delete(TOKEN_KEY)?;
    }
    Ok(())
}

/// Makes a call with the token; once more with a new one when the provider does not take it. A call that was refused for its
/// token has done nothing.
fn with_token(
    settings: &Settings,
    call: impl Fn(&str) -> Result<Response, Failure>,
) -> Result<Response, Failure> {
    let first = token(settings)?;
    let answer = call(&first)?;
    if !token_refused(&answer) {
        return Ok(answer);
    }
    forget(&first)?;
    call(&token(settings)?)
}

fn token_refused(answer: &Response) -> bool {
    answer
        .json::<Value>()
        .is_ok_and(|answer| matches!(answer["errcode"].as_i64(), Some(40001 | 40014 | 42001)))
}

fn url(settings: &Settings, path: &str, token: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!(
        "{}/cgi-bin/{path}{mark}access_token={}",
        settings.api_url,
        encoding::percent(token)
    )
}

/// A call that may be repeated.
pub(crate) fn call(settings: &Settings, path: &str, body: &Value) -> Result<Value, Failure> {
    let answer = with_token(settings, |token| {
        http::post(url(settings, path, token))
            .json(body)
            .max_response_bytes(4 * 1024 * 1024)
            .send()
    })?;
    read(answer)
}

/// A GET call.
pub(crate) fn get(settings: &Settings, path: &str) -> Result<Value, Failure> {
    read(with_token(settings, |token| {
        http::get(url(settings, path, token)).send()
    })?)
}

/// A call that must not be made twice.
pub(crate) fn call_once(settings: &Settings, path: &str, body: &Value) -> Result<Value, Failure> {
    let answer = with_token(settings, |token| {
        plugboard_plugin_sdk::steps::once(http::post(url(settings, path, token)).json(body).send())
    })?;
    read(answer)
}

/// Uploads a file of the desk; answers with its id at the provider and the kind of message that it makes.
pub(crate) fn upload(
    settings: &Settings,
    media: &MediaRef,
) -> Result<(&'static str, String), Failure> {
    let kind = kind_of(settings.mode, media)?;
    let path = format!("media/upload?type={kind}");
    let answer = with_token(settings, |token| {
        http::post(url(settings, &path, token))
            .multipart(vec![FormPart::media("media", media.clone())])
            .timeout_ms(20_000)
            .send()
    })?;
    let answer = read(answer)?;
    let id = answer["media_id"]
        .as_str()
        .ok_or_else(|| Failure::unexpected("no media_id"))?;
    Ok((kind, id.to_owned()))
}

fn kind_of(mode: Mode, media: &MediaRef) -> Result<&'static str, Failure> {
    let kind = match (media.mime.as_str(), media.size) {
        ("image/jpeg" | "image/png" | "image/gif", ..=2_097_152) => "image",
        ("audio/amr", ..=2_097_152) => "voice",
        ("video/mp4", ..=10_485_760) => "video",
        _ => "file",
    };
    if media.size > UPLOAD_MAX {
        return Err(Failure::new("too-large", "larger than the provider takes"));
    }
    if kind == "file" && mode == Mode::OfficialAccount {
        return Err(Failure::invalid(
            "an Official Account sends images, AMR voice and MP4 video, but no files",
        ));
    }
    Ok(kind)
}

/// Puts a file of a message into the desk's store.
pub(crate) fn download(
    settings: &Settings,
    media_id: &str,
    name: &str,
    mime: &str,
) -> Result<MediaRef, Failure> {
    let path = format!("media/get?media_id={}", encoding::percent(media_id));
    let request = |token: &str| -> Builder {
        http::get(url(settings, &path, token))
            .max_response_bytes(21 * 1024 * 1024)
            .timeout_ms(20_000)
    };
    // An error comes as JSON with status 200, which must not be taken for the file.
    let stored = request(&token(settings)?).send_to_blob(name, None)?;
    if !stored.mime.starts_with("application/json") && !stored.mime.starts_with("text/plain") {
        return Ok(MediaRef {
            mime: if stored.mime == "application/octet-stream" {
                mime.to_owned()
            } else {
                stored.mime
            },
            ..stored
        });
    }
    let answer = with_token(settings, |token| request(token).send())?;
    match read(answer) {
        // The token was too old, and is not any more.
        Err(failure) if failure.code == "unexpected_answer" => {
            request(&token(settings)?).send_to_blob(name, Some(mime))
        }
        Err(failure) => Err(failure),
        Ok(_) => Err(Failure::unexpected("no file")),
    }
}

fn read(answer: Response) -> Result<Value, Failure> {
    let answer = answer.success()?;
    let body: Value = answer.json()?;
    match body["errcode"].as_i64().unwrap_or(0) {
        0 => Ok(body),
        code => Err(failure(code)),
    }
}

/// What an error code means for whoever might try again. <https://developer.work.weixin.qq.com/document/path/90313>
pub(crate) fn failure(code: i64) -> Failure {
    let named = |name: &str, message: &str| Failure::new(name, format!("{message} ({code})"));
    match code {
        -1 => named("busy", "the provider is busy").after_ms(2_000),
        40001 | 40013 | 40125 => named(
            "unauthorized",
            "the provider does not take the id or the secret",
        )
        .reauth(),
        // Refused twice: somebody else fetches tokens with the same secret.
        40014 | 42001 => named(
            "token-refused",
            "the provider does not take the access token",
        )
        .after_ms(5_000),
        48001 | 48002 | 60020 => named(
            "not-permitted",
            "the account may not use this interface, or not from this address",
        )
        .reauth(),
        45009 | 45011 => named("rate-limited", "too many calls").after_ms(60_000),
        45015 | 95002 => Failure::window_closed(format!(
            "the customer has not written for 48 hours ({code})"
        )),
        45047 | 95001 => Failure::window_closed(format!(
            "five answers were sent since the customer last wrote ({code})"
        )),
        40003 | 60111 => named("not-found", "the provider knows no such customer"),
        43004 => named(
            "not-found",
            "the customer does not follow the account any more",
        ),
        40007 => named("media-expired", "the file is gone"),
        45002 | 45001 => named("too-large", "longer or larger than the provider takes"),
        95018 => named(
            "not-permitted",
            "somebody answers this customer in WeCom itself, or the session has ended",
        ),
        _ => named("refused", "the provider refused the request"),
    }
}

/// Whether it is worth waiting for a file.
pub(crate) fn may_work_later(failure: &Failure) -> bool {
    failure.advice != RetryAdvice::NoRetry
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{MediaRef, RetryAdvice};

    use super::{failure, kind_of};
    use crate::Mode;

    #[test]
    fn errors_say_whether_trying_again_helps() {
        assert_eq!(failure(-1).advice, RetryAdvice::Retry);
        assert_eq!(failure(40001).advice, RetryAdvice::RetryAfterReauth);
        for code in [45015, 45047, 95001, 95002] {
            assert_eq!(failure(code).code, "window-closed");
            assert_eq!(failure(code).advice, RetryAdvice::NoRetry);
        }
        assert_eq!(failure(45009).retry_after_ms, Some(60_000));
        assert_eq!(failure(99_999).advice, RetryAdvice::NoRetry);
    }

    #[test]
    fn large_images_go_as_files_where_there_are_files() {
        let image = |size| MediaRef {
            id: "b".into(),
            name: "a.png".into(),
            mime: "image/png".into(),
            size,
        };
        assert_eq!(kind_of(Mode::Kf, &image(9)), Ok("image"));
        assert_eq!(kind_of(Mode::Kf, &image(3_000_000)), Ok("file"));
        assert!(kind_of(Mode::OfficialAccount, &image(3_000_000)).is_err());
        assert_eq!(
            kind_of(Mode::Kf, &image(21 << 20)).unwrap_err().code,
            "too-large"
        );
    }
}
