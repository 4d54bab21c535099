//! WhatsApp through Meta's Cloud API.
//!
//! - Webhooks are believed by their signature over the raw body, with the application's secret.
//! - Statuses arrive in any order: how far a message came is kept, and it never goes back.
//! - Customers may hide their number; they are known by an id that holds within the business's portfolio.
//! - WhatsApp has no idempotency keys: what was begun is remembered, and what nobody knows is `uncertain`.

mod api;
mod hook;

use plugboard_plugin_sdk::{
    Body, ChannelEvent, Failure, Outbound, Receipt, RetryAdvice, encoding, export, info, kv,
    lifecycle::{Info, Lifecycle},
    messaging::{Capabilities, Channel, ReplyWindow, Sent},
    secrets::{self, Hash},
    settings,
    steps::Steps,
    web::{Ingress, Reply, Webhook},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::hook::{Hook, Message};

/// Longest text, in characters.
const TEXT_MAX: u32 = 4096;

/// How long statuses of a message may come, in seconds: a month.
const RECEIPT_SECS: u32 = 30 * 86_400;

/// What the administrator typed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    #[serde(default = "api_url")]
    pub(crate) api_url: String,
    pub(crate) phone_number_id: String,
    portfolio_id: Option<String>,
}

fn api_url() -> String {
    "https://graph.facebook.com".to_owned()
}

struct WhatsApp;

impl Lifecycle for WhatsApp {
    fn describe() -> Info {
        info!()
    }
}

impl Ingress for WhatsApp {
    fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
        if webhook.method == "GET" {
            return Ok(verified(&webhook));
        }
        if !is_signed(&webhook) {
            return Ok(Reply::new(401));
        }
        let settings: Settings = settings()?;
        let Ok(hook) = webhook.json::<Hook>() else {
            // Nothing that this version reads; Meta would send it for a week.
            return Ok(Reply::new(200));
        };
        let mut events = Vec::new();
        for news in hook.news(&settings.phone_number_id) {
            for message in &news.messages {
                let portfolio = settings.portfolio_id.as_deref().unwrap_or_default();
                let Some(mut inbound) = news.inbound(message, portfolio) else {
                    continue;
                };
                if let Some(file) = message.file() {
                    inbound.parts.push(match api::download(&settings, &file) {
                        Ok(media) => Body::Media(media),
                        Err(failure) if failure.advice != RetryAdvice::NoRetry => {
                            return Err(failure);
                        }
                        Err(failure) => Message::without(&file, &failure),
                    });
                }
                events.push(ChannelEvent::Message(inbound));
            }
            for receipt in news.statuses.iter().filter_map(hook::Status::receipt) {
                if goes_on(&receipt)? {
                    events.push(ChannelEvent::Receipt(receipt));
                }
            }
        }
        Ok(Reply::events(events))
    }
}

/// Meta makes sure that the address is ours.
fn verified(webhook: &Webhook) -> Reply {
    let given = |name: &str| webhook.query_value(name).unwrap_or_default();
    if given("hub.mode") == "subscribe"
        && secrets::equals("verify_token", &given("hub.verify_token"))
    {
        Reply::text(200, given("hub.challenge"))
    } else {
        Reply::new(403)
    }
}

fn is_signed(webhook: &Webhook) -> bool {
    webhook
        .header("x-hub-signature-256")
        .and_then(|signature| encoding::from_hex(signature.strip_prefix("sha256=")?))
        .is_some_and(|signature| {
            secrets::verify_hmac(Hash::Sha256, "app_secret", &webhook.body, &signature)
        })
}

/// Whether a receipt is as far as what was told before, or further. The same one passes again: when this call fails after all,
/// the webhook is read once more.
fn goes_on(receipt: &Receipt) -> Result<bool, Failure> {
    let key = format!("receipt/{}", receipt.provider_id);
    let rank = hook::rank(receipt.kind);
    // Another call may write in between. Ranks only rise, and there are five.
    for _ in 0..5 {
        let before = kv::get(&key)?;
        let told = before
            .as_ref()
            .and_then(|before| before.first())
            .copied()
            .unwrap_or(0);
        if told >= rank {
            return Ok(told == rank);
        }
        if kv::compare_and_set(&key, before.as_deref(), &[rank], Some(RECEIPT_SECS))? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Channel for WhatsApp {
    fn describe_channel() -> Capabilities {
        Capabilities {
            media: ["image", "audio", "video", "file"]
                .map(str::to_owned)
                .to_vec(),
            max_text: TEXT_MAX,
            max_attachment_bytes: api::DOCUMENT_MAX,
            receipts: "read".to_owned(),
            window: Some(ReplyWindow {
                hours: 24,
                sends: None,
            }),
            ..Capabilities::default()
        }
    }

    fn send(message: Outbound) -> Result<Sent, Failure> {
        let settings: Settings = settings()?;
        let mut steps = Steps::of(&message)?;
        let mut last = None;
        if let Some((name, parameters)) = &message.template {
            last = Some(steps.step(|| {
                api::send(&settings, &addressed(&message, template(name, parameters)?))
            })?);
        }
        let text = message.text();
        // A short text is the caption of the only file, unless it is a voice, which has none.
        let caption = message.media().count() == 1
            && message.parts.len() == 2
            && text.chars().count() <= 1024
            && message
                .media()
                .all(|media| !media.mime.starts_with("audio/"));
        for part in &message.parts {
            if caption && matches!(part, Body::Text(_)) {
                continue;
            }
            last = Some(steps.step(|| {
                let content = content(&settings, part, caption.then_some(text.as_str()))?;
                api::send(&settings, &addressed(&message, content))
            })?);
        }
        last.map(Sent::new)
            .ok_or_else(|| Failure::invalid("there is nothing in the message"))
    }

    fn connect() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        let number = api::number(&settings)?;
        Ok(
            json!({"name": number["verified_name"], "number": number["display_phone_number"], "quality": number["quality_rating"]}),
        )
    }
}

fn content(settings: &Settings, part: &Body, caption: Option<&str>) -> Result<Value, Failure> {
    match part {
        Body::Text(text) => Ok(api::text(text)),
        Body::Media(media) => {
            let (kind, id) = api::upload(settings, media)?;
            let mut content = json!({"type": kind, kind: {"id": id}});
            if let Some(caption) = caption.filter(|_| kind != "audio") {
                content[kind]["caption"] = json!(caption);
            }
            if kind == "document" {
                content[kind]["filename"] = json!(media.name);
            }
            Ok(content)
        }
        Body::Location((latitude, longitude)) => Ok(
            json!({"type": "location", "location": {"latitude": latitude, "longitude": longitude}}),
        ),
        Body::Choice((prompt, options)) if options.len() <= 3 => {
            let buttons: Vec<Value> = options
                .iter()
                .enumerate()
                .map(|(id, title)| json!({"type": "reply", "reply": {"id": id.to_string(), "title": title.chars().take(20).collect::<String>()}}))
                .collect();
            Ok(
                json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": prompt}, "action": {"buttons": buttons}}}),
            )
        }
        Body::Choice((prompt, options)) => {
            let list: Vec<String> = options
                .iter()
                .enumerate()
                .map(|(id, option)| format!("{}. {option}", id + 1))
                .collect();
            Ok(api::text(&format!("{prompt}\n{}", list.join("\n"))))
        }
        Body::Html(_) | Body::Other(_) => {
            Err(Failure::invalid("WhatsApp takes no part of this kind"))
        }
    }
}

/// `parameters` is `{"language": "en_US", "components": [...]}`, as the Cloud API has it.
fn template(name: &str, parameters: &str) -> Result<Value, Failure> {
    let parameters: Value = serde_json::from_str(parameters)
        .map_err(|_| Failure::invalid("the template's parameters are not JSON"))?;
    let language = parameters["language"].as_str().unwrap_or("en_US");
    let components = parameters["components"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    Ok(
        json!({"type": "template", "template": {"name": name, "language": {"code": language}, "components": components}}),
    )
}

/// Whom it goes to: a number, or an id of somebody who shows none.
fn addressed(message: &Outbound, mut body: Value) -> Value {
    body["messaging_product"] = json!("whatsapp");
    body["recipient_type"] = json!("individual");
    if message.to.scheme == "whatsapp" && message.to.value.contains('.') {
        body["recipient"] = json!(message.to.value);
    } else {
        body["to"] = json!(message.to.value.trim_start_matches('+'));
    }
    if let Some((_, id)) = message.extras.iter().find(|(key, _)| key == "reply-to") {
        body["context"] = json!({"message_id": id});
    }
    body
}

export!(WhatsApp: channel_webhook);

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{Identity, Outbound, ReceiptKind};
    use serde_json::{Value, json};

    use super::{addressed, api, hook::rank, template};

    fn to(identity: Identity) -> Value {
        let message = Outbound {
            idempotency_key: "k".into(),
            account: String::new(),
            thread_key: None,
            to: identity,
            parts: Vec::new(),
            template: None,
            extras: vec![("reply-to".into(), "wamid.x".into())],
        };
        addressed(&message, api::text("hi"))
    }

    #[test]
    fn numbers_and_hidden_people_are_addressed_differently() {
        let number = to(Identity::new("phone", "", "+16505551234"));
        assert_eq!(
            (&number["to"], &number["recipient"]),
            (&json!("16505551234"), &Value::Null)
        );
        let hidden = to(Identity::new("whatsapp", "p", "US.134"));
        assert_eq!(
            (&hidden["to"], &hidden["recipient"]),
            (&Value::Null, &json!("US.134"))
        );
        assert_eq!(hidden["context"]["message_id"], "wamid.x");
    }

    #[test]
    fn a_template_has_a_language() {
        let body = template("order_shipped", r#"{"language": "zh_CN"}"#).unwrap();
        assert_eq!(body["template"]["language"]["code"], "zh_CN");
        assert!(template("x", "no").is_err());
    }

    #[test]
    fn receipts_have_one_direction() {
        assert!(rank(ReceiptKind::Read) > rank(ReceiptKind::Delivered));
        assert!(rank(ReceiptKind::Delivered) > rank(ReceiptKind::Failed));
        assert!(rank(ReceiptKind::Failed) > rank(ReceiptKind::Sent));
    }
}
