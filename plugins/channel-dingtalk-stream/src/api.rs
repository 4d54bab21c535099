//! Calls of DingTalk's API: the access token, errors, files. <https://open.dingtalk.com/document/orgapp/obtain-the-access_token-of-an-internal-app>

use plugboard_plugin_sdk::{
    Failure, MediaRef, RetryAdvice, clock, encoding, http,
    http::{FormPart, Response},
    kv, steps,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Settings, stream::File};

const TOKEN_KEY: &str = "access-token";

/// A token is replaced this long before it ends, in milliseconds.
const EARLY_MS: u64 = 300_000;

/// Largest file that can be uploaded.
pub(crate) const UPLOAD_MAX: u64 = 20 * 1024 * 1024;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    value: String,
    until_ms: u64,
}

/// The access token. DingTalk answers with the same one until it ends, so several callers at a time do no harm.
fn token(settings: &Settings, fresh: bool) -> Result<String, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fetched {
        access_token: String,
        expire_in: u64,
    }
    let now = clock::now();
    if let Some(token) =
        kv::get_json::<Token>(TOKEN_KEY)?.filter(|token| !fresh && token.until_ms > now + EARLY_MS)
    {
        return Ok(token.value);
    }
    let ask = json!({"appKey": settings.client_id, "appSecret": "{{secret:client_secret}}"});
    let answer = read(
        http::post(format!("{}/v1.0/oauth2/accessToken", settings.api_url))
            .json(&ask)
            .send()?,
    )?;
    let fetched: Fetched = serde_json::from_value(answer)?;
    let token = Token {
        value: fetched.access_token,
        until_ms: now + fetched.expire_in * 1000,
    };
    kv::set_json(TOKEN_KEY, &token, None)?;
    Ok(token.value)
}

/// Makes a call with the token; once more with a new one when it is refused, which means that nothing was done.
fn with_token(
    settings: &Settings,
    call: impl Fn(&str) -> Result<Response, Failure>,
) -> Result<Response, Failure> {
    let answer = call(&token(settings, false)?)?;
    let refused = answer.status == 401
        || answer
            .json::<Value>()
            .is_ok_and(|body| matches!(body["errcode"].as_i64(), Some(40001 | 40014 | 42001)));
    if refused {
        call(&token(settings, true)?)
    } else {
        Ok(answer)
    }
}

fn post(settings: &Settings, path: &str, body: &Value, token: &str) -> Result<Response, Failure> {
    http::post(format!("{}{path}", settings.api_url))
        .header("x-acs-dingtalk-access-token", token)
        .json(body)
        .send()
}

/// Where and with which ticket the stream opens. The ticket is for once.
pub(crate) fn gateway(settings: &Settings) -> Result<String, Failure> {
    #[derive(Deserialize)]
    struct Gateway {
        endpoint: String,
        ticket: String,
    }
    let ask = json!({
        "clientId": settings.client_id, "clientSecret": "{{secret:client_secret}}", "ua": "plugboard/0.1",
        "subscriptions": [{"type": "CALLBACK", "topic": crate::stream::TOPIC}]
    });
    let url = format!("{}/v1.0/gateway/connections/open", settings.api_url);
    let answer = read(http::post(url).json(&ask).send()?)?;
    let gateway: Gateway = serde_json::from_value(answer)?;
    Ok(format!(
        "{}?ticket={}",
        gateway.endpoint,
        encoding::percent(&gateway.ticket)
    ))
}

/// Sends once; answers with the key under which DingTalk processes it.
pub(crate) fn send(settings: &Settings, path: &str, body: &Value) -> Result<String, Failure> {
    let answer = read(with_token(settings, |token| {
        steps::once(post(settings, path, body, token))
    })?)?;
    let listed = |name: &str| answer[name].as_array().is_some_and(|list| !list.is_empty());
    if listed("flowControlledStaffIdList") {
        return Err(
            Failure::new("rate-limited", "too many messages to this person").after_ms(60_000),
        );
    }
    if listed("invalidStaffIdList") {
        return Err(Failure::new(
            "not-found",
            "DingTalk knows no such person in the company",
        ));
    }
    answer["processQueryKey"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::unexpected("no processQueryKey"))
}

/// Uploads a file of the desk.
pub(crate) fn upload(settings: &Settings, media: &MediaRef, kind: &str) -> Result<String, Failure> {
    if media.size > UPLOAD_MAX {
        return Err(Failure::new(
            "too-large",
            "DingTalk takes files of up to 20 MB",
        ));
    }
    let answer = read(with_token(settings, |token| {
        let url = format!(
            "{}/media/upload?type={kind}&access_token={}",
            settings.oapi_url,
            encoding::percent(token)
        );
        http::post(url)
            .multipart(vec![FormPart::media("media", media.clone())])
            .timeout_ms(20_000)
            .send()
    })?)?;
    answer["media_id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::unexpected("no media_id"))
}

/// Puts a file of a message into the desk's store.
pub(crate) fn download(settings: &Settings, file: &File) -> Result<MediaRef, Failure> {
    let ask = json!({"downloadCode": file.code, "robotCode": settings.robot_code()});
    let answer = read(with_token(settings, |token| {
        post(settings, "/v1.0/robot/messageFiles/download", &ask, token)
    })?)?;
    let url = answer["downloadUrl"]
        .as_str()
        .ok_or_else(|| Failure::new("not-found", "the file is gone"))?;
    http::get(url)
        .max_response_bytes(50 * 1024 * 1024)
        .timeout_ms(15_000)
        .send_to_blob(&file.name, Some(file.mime))
}

/// Whether it is worth waiting for a file.
pub(crate) fn may_work_later(failure: &Failure) -> bool {
    failure.advice != RetryAdvice::NoRetry
}

fn read(answer: Response) -> Result<Value, Failure> {
    let body: Value = answer.json().unwrap_or(Value::Null);
    if (200..300).contains(&answer.status) {
        // The older interfaces answer 200 with a code.
        return match body["errcode"].as_i64().unwrap_or(0) {
            0 => Ok(body),
            -1 => Err(Failure::new("busy", "DingTalk is busy").after_ms(2_000)),
            code => Err(Failure::new(
                "refused",
                format!("DingTalk refused the request ({code})"),
            )),
        };
    }
    Err(failure(
        answer.status,
        body["code"].as_str().unwrap_or_default(),
        answer.retry_after_ms(),
    ))
}

/// What an error means for whoever might try again.
fn failure(status: u16, code: &str, retry_after_ms: Option<u32>) -> Failure {
    let lower = code.to_ascii_lowercase();
    let is = |part: &str| lower.contains(part);
    if status == 429 || is("qpslimit") || is("toomanyrequests") || is("throttl") {
        return Failure::new("rate-limited", "too many calls")
            .after_ms(retry_after_ms.unwrap_or(10_000));
    }
    match status {
        401 => Failure::new(
            "unauthorized",
            "DingTalk does not take the client id and secret",
        )
        .reauth(),
        400 if is("clientid") => Failure::new(
            "unauthorized",
            "DingTalk does not take the client id and secret",
        )
        .reauth(),
        403 => Failure::new("not-permitted", "the application lacks a permission").reauth(),
        404 => Failure::new("not-found", "DingTalk does not know it"),
        400 if is("toolong") => Failure::new("too-large", "longer than DingTalk takes"),
        400 if is("notfound") || is("not.found") => {
            Failure::new("not-found", "DingTalk does not know it")
        }
        500.. => Failure::new(format!("http_{status}"), "DingTalk has a problem").retry(),
        _ => Failure::new(
            "refused",
            format!("DingTalk refused the request ({status})"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::RetryAdvice;

    use super::failure;

    #[test]
    fn errors_say_whether_trying_again_helps() {
        assert_eq!(
            failure(401, "authFailed", None).advice,
            RetryAdvice::RetryAfterReauth
        );
        assert_eq!(
            failure(400, "invalidClientIdOrSecret", None).advice,
            RetryAdvice::RetryAfterReauth
        );
        assert_eq!(
            failure(403, "Forbidden.AccessDenied.QpsLimitForApi", None).code,
            "rate-limited"
        );
        assert_eq!(
            failure(
                403,
                "Forbidden.AccessDenied.AccessTokenPermissionDenied",
                None
            )
            .code,
            "not-permitted"
        );
        assert_eq!(
            failure(400, "invalidParameter.msgParam.tooLong", None).code,
            "too-large"
        );
        assert_eq!(
            failure(503, "ServiceUnavailable", None).advice,
            RetryAdvice::Retry
        );
        assert_eq!(failure(429, "", Some(7_000)).retry_after_ms, Some(7_000));
    }
}
