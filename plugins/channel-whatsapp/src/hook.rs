//! What webhooks tell: messages and statuses. <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>

#![expect(
    clippy::struct_field_names,
    reason = "fields are called as Meta calls them"
)]

use plugboard_plugin_sdk::{Body, Failure, Identity, Inbound, Receipt, ReceiptKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Deserialize)]
pub(crate) struct Hook {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Change {
    #[serde(default)]
    field: String,
    // Other fields have other values.
    #[serde(default)]
    value: Value,
}

/// What happened at one number.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct News {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    contacts: Vec<Contact>,
    #[serde(default)]
    pub(crate) messages: Vec<Message>,
    #[serde(default)]
    pub(crate) statuses: Vec<Status>,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    phone_number_id: String,
}

#[derive(Debug, Deserialize)]
struct Contact {
    wa_id: Option<String>,
    user_id: Option<String>,
    #[serde(default)]
    profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
struct Profile {
    name: Option<String>,
    username: Option<String>,
}

/// A message of a customer.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    id: String,
    from: Option<String>,
    from_user_id: Option<String>,
    timestamp: String,
    #[serde(rename = "type")]
    kind: String,
    context: Option<Context>,
    #[serde(flatten)]
    content: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Context {
    id: Option<String>,
}

/// How far a message of ours came.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) id: String,
    status: String,
    timestamp: String,
    #[serde(default)]
    errors: Vec<Trouble>,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    code: i64,
}

/// A file that can be fetched by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mime: String,
}

impl Hook {
    /// What happened at our number; an application may serve several.
    pub(crate) fn news(self, phone_number_id: &str) -> Vec<News> {
        self.entry
            .into_iter()
            .flat_map(|entry| entry.changes)
            .filter(|change| change.field == "messages")
            .filter_map(|change| serde_json::from_value::<News>(change.value).ok())
            .filter(|news| news.metadata.phone_number_id == phone_number_id)
            .collect()
    }
}

impl News {
    /// The message as the desk takes it, without its file. `portfolio` is where ids without number hold.
    pub(crate) fn inbound(&self, message: &Message, portfolio: &str) -> Option<Inbound> {
        let number = message.from.as_deref().filter(|from| !from.is_empty());
        let scoped = message.from_user_id.as_deref().filter(|id| !id.is_empty());
        let contact = self.contacts.iter().find(|contact| {
            (number.is_some() && contact.wa_id.as_deref() == number)
                || (scoped.is_some() && contact.user_id.as_deref() == scoped)
        });
        // Whoever shows a number is known by it, as on the phone; else by the id that holds within the portfolio.
        let mut sender = match (number, scoped) {
            (Some(number), _) => Identity::new("phone", "", format!("+{number}")),
            (None, Some(id)) => Identity::new("whatsapp", portfolio, id),
            (None, None) => return None,
        };
        sender.verified = true;
        let profile = contact.map(|contact| &contact.profile);
        sender.display_name =
            profile.and_then(|profile| profile.name.clone().or_else(|| profile.username.clone()));
        let mut extras = Vec::new();
        if let Some(id) = scoped {
            extras.push(("whatsapp.user_id".to_owned(), id.to_owned()));
        }
        Some(Inbound {
            dedupe_key: message.id.clone(),
            thread_key: number.or(scoped)?.to_owned(),
            sender,
            sent_at: instant(&message.timestamp),
            parts: message.parts(),
            reply_to: message
                .context
                .as_ref()
                .and_then(|context| context.id.clone()),
            extras,
        })
    }
}

impl Message {
    fn of(&self, kind: &str) -> &Value {
        self.content.get(kind).unwrap_or(&Value::Null)
    }

    fn parts(&self) -> Vec<Body> {
        let content = self.of(&self.kind);
        let text = |value: &Value| value.as_str().map(|text| Body::Text(text.to_owned()));
        match self.kind.as_str() {
            "text" => text(&content["body"]).into_iter().collect(),
            "button" => text(&content["text"]).into_iter().collect(),
            "interactive" => text(&content["button_reply"]["title"])
                .or_else(|| text(&content["list_reply"]["title"]))
                .into_iter()
                .collect(),
            "reaction" => text(&content["emoji"]).into_iter().collect(),
            "location" => {
                let place = |name: &str| content[name].as_f64().unwrap_or_default();
                let mut parts = vec![Body::Location((place("latitude"), place("longitude")))];
                parts.extend(text(&content["name"]));
                parts
            }
            "image" | "video" | "document" | "audio" | "sticker" => {
                text(&content["caption"]).into_iter().collect()
            }
            kind => vec![Body::Other((
                format!("whatsapp.{kind}"),
                content.to_string(),
            ))],
        }
    }

    /// The file of the message.
    pub(crate) fn file(&self) -> Option<File> {
        let name = match self.kind.as_str() {
            "image" => "image.jpg",
            "video" => "video.mp4",
            "audio" => "audio.ogg",
            "sticker" => "sticker.webp",
            "document" => "document",
            _ => return None,
        };
        let content = self.of(&self.kind);
        let mime = content["mime_type"]
            .as_str()
            .unwrap_or("application/octet-stream");
        Some(File {
            id: content["id"].as_str()?.to_owned(),
            name: content["filename"].as_str().unwrap_or(name).to_owned(),
            // `audio/ogg; codecs=opus`
            mime: mime.split(';').next().unwrap_or(mime).to_owned(),
        })
    }

    /// A message that the file could not be had of.
    pub(crate) fn without(file: &File, failure: &Failure) -> Body {
        let lost = json!({"name": file.name, "why": failure.code});
        Body::Other(("file-unavailable".to_owned(), lost.to_string()))
    }
}

impl Status {
    /// The receipt; statuses of an unknown kind are none.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        let kind = match self.status.as_str() {
            "accepted" => ReceiptKind::Accepted,
            "sent" => ReceiptKind::Sent,
            "delivered" => ReceiptKind::Delivered,
            "read" | "played" => ReceiptKind::Read,
            "failed" => ReceiptKind::Failed,
            _ => return None,
        };
        let mut receipt = Receipt::new(&self.id, kind, instant(&self.timestamp));
        if kind == ReceiptKind::Failed {
            let code = self.errors.first().map_or(0, |trouble| trouble.code);
            receipt.failure = Some(crate::api::failure(400, code));
        }
        Some(receipt)
    }
}

/// How far along a receipt is. A message that was read has failed no more.
pub(crate) fn rank(kind: ReceiptKind) -> u8 {
    match kind {
        ReceiptKind::Accepted => 1,
        ReceiptKind::Sent => 2,
        ReceiptKind::Failed => 3,
        ReceiptKind::Delivered => 4,
        ReceiptKind::Read => 5,
    }
}

/// Seconds in a text.
fn instant(text: &str) -> u64 {
    text.parse::<u64>().unwrap_or_default() * 1000
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{Body, ReceiptKind};

    use super::{Hook, News};

    fn news(name: &str) -> News {
        let path = format!("{}/tests/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let hook: Hook = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        hook.news("106540352242922").pop().unwrap()
    }

    #[test]
    fn who_shows_a_number_is_known_by_it() {
        let news = news("text");
        let inbound = news.inbound(&news.messages[0], "p").unwrap();
        assert_eq!(
            (
                inbound.sender.scheme.as_str(),
                inbound.sender.value.as_str()
            ),
            ("phone", "+16505551234")
        );
        assert_eq!(
            inbound.sender.display_name.as_deref(),
            Some("Sheena Nelson")
        );
        assert_eq!(
            inbound.parts,
            [Body::Text("Does it come in another color?".into())]
        );
        assert_eq!(inbound.sent_at, 1_790_000_000_000);
        assert_eq!(inbound.reply_to.as_deref(), Some("wamid.before"));
    }

    #[test]
    fn who_shows_none_is_known_within_the_portfolio() {
        let news = news("username");
        let inbound = news.inbound(&news.messages[0], "p").unwrap();
        let sender = &inbound.sender;
        assert_eq!(
            (
                sender.scheme.as_str(),
                sender.scope.as_str(),
                sender.value.as_str()
            ),
            ("whatsapp", "p", "US.13491208655302741918")
        );
        assert_eq!(inbound.thread_key, "US.13491208655302741918");
        assert_eq!(sender.display_name.as_deref(), Some("@realsheena"));
    }

    #[test]
    fn a_document_has_its_name_and_caption() {
        let news = news("document");
        let file = news.messages[0].file().unwrap();
        assert_eq!(
            (file.id.as_str(), file.name.as_str(), file.mime.as_str()),
            ("1003383421387256", "bill.pdf", "application/pdf")
        );
        assert_eq!(
            news.inbound(&news.messages[0], "").unwrap().parts,
            [Body::Text("my bill".into())]
        );
    }

    #[test]
    fn a_failed_status_says_why() {
        let news = news("statuses");
        let kinds: Vec<_> = news
            .statuses
            .iter()
            .filter_map(super::Status::receipt)
            .collect();
        assert_eq!(
            kinds.iter().map(|receipt| receipt.kind).collect::<Vec<_>>(),
            [
                ReceiptKind::Read,
                ReceiptKind::Delivered,
                ReceiptKind::Failed
            ]
        );
        assert_eq!(kinds[2].failure.as_ref().unwrap().code, "window-closed");
    }

    #[test]
    fn other_numbers_of_the_application_are_not_ours() {
        let hook: Hook = serde_json::from_str(r#"{"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, "messages": []}}, {"field": "account_update", "value": 3}]}]}"#).unwrap();
        assert!(hook.news("106540352242922").is_empty());
    }
}
