//! A channel over JSON webhooks. Your system POSTs messages to the inbox's webhook address:
//!
//! ```json
//! {"id": "m1", "thread": "t1", "from": {"id": "u1", "name": "Ann"}, "text": "Hello", "at": 1767225600000}
//! ```
//!
//! and gets what agents write at `outgoing_url`:
//!
//! ```json
//! {"key": "...", "thread": "t1", "to": "u1", "text": "Hi"}
//! ```
//!
//! It may answer `{"id": "m2"}`. Both carry `x-signature`, the hex HMAC-SHA256 of the body. The key never enters this program.

use plugboard_plugin_sdk::{
    ChannelEvent, Failure, Identity, Inbound, Outbound, account, encoding, export, http, info,
    lifecycle::{Info, Lifecycle},
    messaging::{Capabilities, Channel, Sent},
    secrets::{self, Hash},
    settings,
    web::{Ingress, Reply, Webhook},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Name of the secret.
const KEY: &str = "signing_key";

/// What the administrator typed in.
#[derive(Deserialize)]
struct Settings {
    outgoing_url: String,
}

/// What your system sends.
#[derive(Deserialize)]
struct Message {
    id: String,
    thread: String,
    from: Sender,
    text: String,
    at: u64,
}

#[derive(Deserialize)]
struct Sender {
    id: String,
    name: Option<String>,
}

struct Plugin;

impl Lifecycle for Plugin {
    fn describe() -> Info {
        info!()
    }
}

impl Ingress for Plugin {
    fn on_webhook(webhook: Webhook) -> Result<Reply, Failure> {
        let signature = webhook.header("x-signature").and_then(encoding::from_hex);
        let signature = signature.unwrap_or_default();
        if !secrets::verify_hmac(Hash::Sha256, KEY, &webhook.body, &signature) {
            return Ok(Reply::new(401));
        }
        let Ok(message) = webhook.json::<Message>() else {
            return Ok(Reply::new(400));
        };
        let mut sender = Identity::new("json", account(), message.from.id);
        sender.display_name = message.from.name;
        let inbound = Inbound::text(message.id, message.thread, sender, message.at, message.text);
        Ok(Reply::events(vec![ChannelEvent::Message(inbound)]))
    }
}

impl Channel for Plugin {
    fn describe_channel() -> Capabilities {
        Capabilities::default()
    }

    fn send(message: Outbound) -> Result<Sent, Failure> {
        let settings: Settings = settings()?;
        let body = serde_json::to_vec(&json!({
            "key": message.idempotency_key,
            "thread": message.thread_key,
            "to": message.to.value,
            "text": message.text(),
        }))?;
        let signature = encoding::hex(&secrets::hmac(Hash::Sha256, KEY, &body)?);
        let answer = http::post(settings.outgoing_url)
            .header("x-signature", signature)
            .body("application/json", body)
            .send()?;
        if answer.status == 404 {
            return Err(Failure::new("not-found", "the other side knows no such customer"));
        }
        let answer = answer.success()?;
        // Whoever answers 2xx took the message; our own key serves as its id if there is none.
        let id = answer.json::<Value>().ok();
        let id = id.and_then(|it| it["id"].as_str().map(str::to_owned));
        Ok(Sent::new(id.unwrap_or(message.idempotency_key)))
    }

    fn connect() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        Ok(json!({ "outgoing_url": settings.outgoing_url }))
    }
}

export!(Plugin: channel_webhook);
