//! Telegram. One plugin, two ways in: a webhook, or long polling where the desk cannot be reached from outside.
//!
//! - A message is known by `chat:message`, so that a webhook that comes twice, or an update that is polled again after a
//!   crash, is the same message.
//! - Telegram has no idempotency keys: what was begun is remembered, and what nobody knows is `uncertain`.
//! - Files go from Telegram into the desk's store without passing through here.

mod api;
mod update;

use plugboard_plugin_sdk::{
    Body, ChannelEvent, Failure, Outbound, RetryAdvice, export, info,
    lifecycle::{Info, Lifecycle},
    messaging::{Capabilities, Channel, Sent},
    polling::{Batch, Poller},
    secrets, settings,
    steps::Steps,
    web::{Ingress, Reply, Webhook},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::update::{Message, Update};

/// How long Telegram waits for the plugin's answer is long; how often to look when the webhook is on is not.
const IDLE_MS: u32 = 3_600_000;

/// Longest caption of a file, in UTF-16 units.
const CAPTION_MAX: usize = 1024;

/// Longest text, in UTF-16 units.
const TEXT_MAX: u32 = 4096;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Polling,
    Webhook,
}

/// What the administrator typed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    #[serde(default)]
    mode: Mode,
    #[serde(default = "api_url")]
    pub(crate) api_url: String,
    webhook_url: Option<String>,
}

fn api_url() -> String {
    "https://api.telegram.org".to_owned()
}

struct Telegram;

impl Lifecycle for Telegram {
    fn describe() -> Info {
        info!()
    }
}

impl Ingress for Telegram {
    fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
        let given = webhook
            .header("x-telegram-bot-api-secret-token")
            .unwrap_or_default();
        if !secrets::equals("webhook_secret", given) {
            return Ok(Reply::new(401));
        }
        let settings: Settings = settings()?;
        // What cannot be read now cannot be read later either: Telegram shall not send it for a day.
        let Ok(update) = webhook.json::<Update>() else {
            return Ok(Reply::new(200));
        };
        Ok(Reply::events(
            event(&settings, &update)?.into_iter().collect(),
        ))
    }
}

impl Poller for Telegram {
    fn poll(cursor: Option<Vec<u8>>) -> Result<Batch, Failure> {
        let settings: Settings = settings()?;
        let offset = offset(cursor.as_deref());
        let mut batch = Batch {
            events: Vec::new(),
            cursor: offset.to_string().into_bytes(),
            more: false,
            next_in_ms: IDLE_MS,
        };
        if settings.mode == Mode::Webhook {
            return Ok(batch);
        }
        let page = api::updates(&settings, offset)?;
        batch.more = page.len() == 100;
        batch.next_in_ms = 100;
        for update in page {
            let id = update["update_id"]
                .as_i64()
                .ok_or_else(|| Failure::unexpected("an update without id"))?;
            if let Ok(update) = serde_json::from_value::<Update>(update) {
                batch.events.extend(event(&settings, &update)?);
            }
            batch.cursor = (id + 1).to_string().into_bytes();
        }
        Ok(batch)
    }
}

/// The first update that was not seen; 0 asks for the oldest that Telegram has.
fn offset(cursor: Option<&[u8]>) -> i64 {
    cursor
        .and_then(|cursor| std::str::from_utf8(cursor).ok()?.parse().ok())
        .unwrap_or(0)
}

fn event(settings: &Settings, update: &Update) -> Result<Option<ChannelEvent>, Failure> {
    if let Some(message) = &update.message {
        return Ok(inbound(settings, message)?.map(ChannelEvent::Message));
    }
    if let Some(message) = &update.edited_message {
        return Ok(inbound(settings, message)?.map(ChannelEvent::Edited));
    }
    Ok(None)
}

fn inbound(
    settings: &Settings,
    message: &Message,
) -> Result<Option<plugboard_plugin_sdk::Inbound>, Failure> {
    let Some(mut inbound) = message.inbound() else {
        return Ok(None);
    };
    if let Some((file, name, mime)) = message.file() {
        match api::fetch(settings, &file, name, mime) {
            Ok(media) => inbound.parts.push(Body::Media(media)),
            // It may work later, and then the message is whole.
            Err(failure) if failure.advice != RetryAdvice::NoRetry => return Err(failure),
            Err(failure) => {
                let lost =
                    json!({"name": file.file_name.as_deref().unwrap_or(name), "why": failure.code});
                inbound.parts.push(Body::Other((
                    "file-unavailable".to_owned(),
                    lost.to_string(),
                )));
            }
        }
    }
    if inbound.parts.is_empty() {
        // A kind of message that is younger than this plugin: the agent shall know that there was one.
        inbound
            .parts
            .push(Body::Other(("unsupported".to_owned(), "{}".to_owned())));
    }
    Ok(Some(inbound))
}

impl Channel for Telegram {
    fn describe_channel() -> Capabilities {
        Capabilities {
            media: ["image", "audio", "video", "file"]
                .map(str::to_owned)
                .to_vec(),
            max_text: TEXT_MAX,
            max_attachment_bytes: api::UPLOAD_MAX,
            ..Capabilities::default()
        }
    }

    fn send(message: Outbound) -> Result<Sent, Failure> {
        let settings: Settings = settings()?;
        let chat = message
            .thread_key
            .clone()
            .unwrap_or_else(|| message.to.value.clone());
        let reply_to = message
            .extras
            .iter()
            .find(|(key, _)| key == "reply-to")
            .map(|(_, id)| id.as_str());
        let mut steps = Steps::of(&message)?;
        let mut last = None;
        for request in requests(&message, &chat, reply_to)? {
            last = Some(steps.step(|| match request {
                Step::Call(method, body) => api::send(&settings, method, &body),
                Step::File(caption, media) => api::send_file(&settings, &chat, &caption, media),
            })?);
        }
        let id = last.ok_or_else(|| {
            Failure::invalid("there is nothing in the message that Telegram takes")
        })?;
        Ok(Sent::new(format!("{chat}:{id}")))
    }

    fn connect() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        let bot: Value = api::call(&settings, "getMe", &json!({}))?;
        let shown = json!({"bot": bot["username"], "name": bot["first_name"]});
        if settings.mode == Mode::Polling {
            // Telegram refuses polling as long as a webhook is set.
            let _: bool = api::call(&settings, "deleteWebhook", &json!({}))?;
            return Ok(shown);
        }
        if !secrets::exists("webhook_secret") {
            return Err(Failure::new("settings", "a webhook needs a webhook secret"));
        }
        let Some(url) = settings.webhook_url.as_ref().filter(|url| !url.is_empty()) else {
            return Err(Failure::new(
                "settings",
                "the public address of this inbox is not known",
            ));
        };
        let hook = json!({
            "url": url, "secret_token": "{{secret:webhook_secret}}", "allowed_updates": ["message", "edited_message"]
        });
        let _: bool = api::call(&settings, "setWebhook", &hook)?;
        Ok(shown)
    }

    fn disconnect() -> Result<(), Failure> {
        let settings: Settings = settings()?;
        let _: bool = api::call(&settings, "deleteWebhook", &json!({}))?;
        Ok(())
    }
}

/// A request of a message that needs several.
#[derive(Debug, PartialEq)]
enum Step {
    Call(&'static str, Value),
    File(String, plugboard_plugin_sdk::MediaRef),
}

/// What to ask of Telegram to send a message: a short text goes as the caption of the only file.
fn requests(message: &Outbound, chat: &str, reply_to: Option<&str>) -> Result<Vec<Step>, Failure> {
    let files = message.media().count();
    let text = message.text();
    let caption =
        files == 1 && text.encode_utf16().count() <= CAPTION_MAX && message.parts.len() <= 2;
    let mut steps = Vec::new();
    for part in &message.parts {
        match part {
            Body::Text(_) if caption => {}
            Body::Text(text) => {
                let mut body = json!({"chat_id": chat, "text": text});
                if let Some(id) =
                    reply_to.and_then(|key| key.rsplit(':').next()?.parse::<i64>().ok())
                {
                    body["reply_parameters"] =
                        json!({"message_id": id, "allow_sending_without_reply": true});
                }
                steps.push(Step::Call("sendMessage", body));
            }
            Body::Media(media) => {
                let caption = if caption { text.clone() } else { String::new() };
                steps.push(Step::File(caption, media.clone()));
            }
            Body::Location((latitude, longitude)) => steps.push(Step::Call(
                "sendLocation",
                json!({"chat_id": chat, "latitude": latitude, "longitude": longitude}),
            )),
            Body::Choice((prompt, options)) => {
                let keys: Vec<Value> = options
                    .iter()
                    .map(|option| json!([{"text": option}]))
                    .collect();
                steps.push(Step::Call("sendMessage", json!({
                    "chat_id": chat, "text": prompt,
                    "reply_markup": {"keyboard": keys, "one_time_keyboard": true, "resize_keyboard": true}
                })));
            }
            Body::Html(_) | Body::Other(_) => {
                return Err(Failure::invalid("Telegram takes no part of this kind"));
            }
        }
    }
    Ok(steps)
}

export!(Telegram: channel_polling);

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{Body, Identity, MediaRef, Outbound};
    use serde_json::json;

    use super::{Step, offset, requests};

    fn message(parts: Vec<Body>) -> Outbound {
        Outbound {
            idempotency_key: "k".into(),
            account: "a".into(),
            thread_key: Some("42".into()),
            to: Identity::new("telegram", "", "42"),
            parts,
            template: None,
            extras: Vec::new(),
        }
    }

    fn photo() -> MediaRef {
        MediaRef {
            id: "b".into(),
            name: "a.png".into(),
            mime: "image/png".into(),
            size: 9,
        }
    }

    #[test]
    fn a_short_text_is_the_caption_of_the_only_file() {
        let both = message(vec![Body::Text("see".into()), Body::Media(photo())]);
        assert_eq!(
            requests(&both, "42", None).unwrap(),
            [Step::File("see".into(), photo())]
        );
        let long = message(vec![Body::Text("x".repeat(1025)), Body::Media(photo())]);
        assert_eq!(requests(&long, "42", None).unwrap().len(), 2);
    }

    #[test]
    fn an_answer_names_what_it_answers() {
        let text = message(vec![Body::Text("yes".into())]);
        let [Step::Call("sendMessage", body)] =
            &requests(&text, "42", Some("42:1365")).unwrap()[..]
        else {
            panic!("one message")
        };
        assert_eq!(body["reply_parameters"]["message_id"], json!(1365));
        assert_eq!(body["text"], "yes");
    }

    #[test]
    fn html_is_refused_instead_of_shown_as_source() {
        assert!(requests(&message(vec![Body::Html("<b>".into())]), "42", None).is_err());
    }

    #[test]
    fn a_broken_cursor_begins_anew() {
        assert_eq!(offset(Some(b"880000002")), 880_000_002);
        assert_eq!(offset(Some(b"\xff")), 0);
        assert_eq!(offset(None), 0);
    }
}
