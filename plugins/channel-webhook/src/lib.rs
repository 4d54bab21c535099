//! Any system of a business's own, by Standard Webhooks in both directions. The reference for channels by webhook: verify,
//! read, hand in; sign, send, read the answer.
//!
//! - Messages carry the other side's id; ours carry the desk's, which the other side must recognise, so that they may be sent
//!   again.

mod contract;
mod signature;

use plugboard_plugin_sdk::{
    Body, ChannelEvent, Failure, Inbound, MediaRef, Outbound, RetryAdvice, account, blobs, clock,
    encoding, export, http, info,
    lifecycle::{Info, Lifecycle},
    messaging::{Capabilities, Channel, Sent},
    settings,
    web::{Ingress, Reply, Webhook},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::contract::{Media, Message, Told};

/// Largest file, either way: it travels in memory and in base64.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// Longest text, in characters.
const TEXT_MAX: u32 = 20_000;

/// What the administrator typed in.
#[derive(Debug, Deserialize)]
struct Settings {
    url: String,
    #[serde(default)]
    verified: bool,
}

struct WebhookChannel;

impl Lifecycle for WebhookChannel {
    fn describe() -> Info {
        info!()
    }
}

impl Ingress for WebhookChannel {
    fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
        if webhook.method != "POST" {
            return Ok(Reply::new(405));
        }
        let now = clock::now();
        if !signature::is_valid(&webhook, now) {
            return Ok(Reply::new(401));
        }
        let Ok(told) = webhook.json::<Told>() else {
            return Ok(Reply::text(
                400,
                "the body is not as README.md of the plugin has it",
            ));
        };
        let settings: Settings = settings()?;
        let event = match told {
            Told::Message(message) => ChannelEvent::Message(whole(&settings, &message, now)?),
            Told::Edited(message) => ChannelEvent::Edited(whole(&settings, &message, now)?),
            Told::Deleted { id } => ChannelEvent::Deleted(id),
            Told::Receipt(seen) => ChannelEvent::Receipt(seen.receipt(now)),
            Told::Typing { sender } => {
                ChannelEvent::Typing(sender.identity(&account(), settings.verified))
            }
            Told::Closed { thread } => ChannelEvent::ThreadClosed(thread),
        };
        Ok(Reply::events(vec![event]))
    }
}

/// A message with its files.
fn whole(settings: &Settings, message: &Message, now: u64) -> Result<Inbound, Failure> {
    let mut inbound = message.inbound(&account(), settings.verified, now);
    for media in message.parts.iter().filter_map(|part| part.media.as_ref()) {
        inbound.parts.push(match file(media) {
            Ok(media) => Body::Media(media),
            Err(failure) if failure.advice != RetryAdvice::NoRetry => return Err(failure),
            Err(failure) => {
                let lost = json!({"name": media.name, "why": failure.code});
                Body::Other(("file-unavailable".to_owned(), lost.to_string()))
            }
        });
    }
    Ok(inbound)
}

fn file(media: &Media) -> Result<MediaRef, Failure> {
    if let Some(url) = &media.url {
        return http::get(url.as_str())
            .max_response_bytes(32 * 1024 * 1024)
            .send_to_blob(&media.name, Some(&media.mime));
    }
    let data = media.base64.as_deref().and_then(encoding::from_base64);
    let data = data.ok_or_else(|| Failure::invalid("a file has neither url nor base64"))?;
    blobs::store(&media.name, &media.mime, &data)
}

impl Channel for WebhookChannel {
    fn describe_channel() -> Capabilities {
        Capabilities {
            media: ["image", "audio", "video", "file"]
                .map(str::to_owned)
                .to_vec(),
            max_text: TEXT_MAX,
            max_attachment_bytes: FILE_MAX,
            receipts: "read".to_owned(),
            ..Capabilities::default()
        }
    }

    fn send(message: Outbound) -> Result<Sent, Failure> {
        let settings: Settings = settings()?;
        let parts: Result<Vec<Value>, Failure> = message
            .parts
            .iter()
            .map(|part| {
                contract::part(part, |media| {
                    blobs::read_all(media, FILE_MAX).map(|bytes| encoding::base64(&bytes))
                })
            })
            .collect();
        let body = json!({"type": "message", "data": {
            "id": message.idempotency_key, "thread": message.thread_key,
            "to": {"id": message.to.value, "scheme": message.to.scheme, "name": message.to.display_name},
            "parts": parts?
        }});
        let answer = post(&settings, &message.idempotency_key, &body)?;
        let id = answer
            .json::<Value>()
            .ok()
            .and_then(|answer| answer["id"].as_str().map(str::to_owned));
        Ok(Sent::new(id.unwrap_or(message.idempotency_key)))
    }

    fn connect() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        let id = format!("ping-{}", clock::now());
        post(&settings, &id, &json!({"type": "ping", "data": {"id": id}}))?;
        Ok(json!({"answered": true}))
    }
}

/// Signs and sends. The other side recognises the id, so whatever failed may be tried again.
fn post(settings: &Settings, id: &str, body: &Value) -> Result<http::Response, Failure> {
    let body = serde_json::to_vec(body)?;
    let mut request = http::post(settings.url.as_str());
    for (name, value) in signature::headers(id, clock::now(), &body)? {
        request = request.header(name, value);
    }
    match request.body("application/json", body).send() {
        Ok(answer) => refused(answer),
        Err(failure) if matches!(failure.code.as_str(), "timeout" | "network") => {
            Err(failure.retry())
        }
        Err(failure) => Err(failure),
    }
}

/// The other side may say what is wrong: `{"code": "window-closed"}`.
fn refused(answer: http::Response) -> Result<http::Response, Failure> {
    let said = answer
        .json::<Value>()
        .ok()
        .and_then(|body| body["code"].as_str().map(str::to_owned));
    let status = answer.status;
    answer.success().map_err(|failure| match said.as_deref() {
        Some(code @ ("window-closed" | "not-found" | "blocked" | "too-large")) if status < 500 => {
            Failure::new(
                code,
                format!("the receiving system refused the message ({status})"),
            )
        }
        // 410: gone for good, as Standard Webhooks has it.
        _ if status == 410 => Failure::new("not-found", "the receiving system is gone (410)"),
        _ => failure,
    })
}

export!(WebhookChannel: channel_webhook);

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{RetryAdvice, http::Response};

    use super::refused;

    fn code(status: u16, body: &str) -> (String, RetryAdvice) {
        let failure = refused(Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        });
        failure
            .map(|_| ())
            .map_err(|failure| (failure.code, failure.advice))
            .unwrap_err()
    }

    #[test]
    fn the_other_side_may_say_why() {
        assert_eq!(code(409, r#"{"code": "window-closed"}"#).0, "window-closed");
        assert_eq!(
            code(404, r#"{"code": "not-found"}"#),
            ("not-found".into(), RetryAdvice::NoRetry)
        );
        assert_eq!(code(410, ""), ("not-found".into(), RetryAdvice::NoRetry));
        assert_eq!(code(503, "").1, RetryAdvice::Retry);
        assert_eq!(code(401, "").1, RetryAdvice::RetryAfterReauth);
        assert_eq!(code(400, r#"{"code": "my own"}"#).0, "http_400");
    }
}
