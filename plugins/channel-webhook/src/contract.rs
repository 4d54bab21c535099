//! What travels in the bodies: README.md has it for whoever writes the other side.

use plugboard_plugin_sdk::{Body, Failure, Identity, Inbound, Receipt, ReceiptKind};
use serde::Deserialize;
use serde_json::{Value, json};

/// Scheme of identities whose system did not name one.
const SCHEME: &str = "webhook";

/// A request of the other side.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub(crate) enum Told {
    /// A customer wrote.
    Message(Message),
    /// A customer changed what they wrote.
    Edited(Message),
    /// A customer took back what they wrote.
    Deleted { id: String },
    /// How far a message of ours came.
    Receipt(Seen),
    /// A customer is writing.
    Typing { sender: Sender },
    /// The other side has ended the conversation.
    Closed { thread: String },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    id: String,
    thread: Option<String>,
    sender: Sender,
    /// Unix milliseconds; now when it is left out.
    sent_at: Option<u64>,
    reply_to: Option<String>,
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sender {
    id: String,
    name: Option<String>,
    /// `email`, `phone` and so on, where the id is such an address.
    scheme: Option<String>,
}

/// A part: what is set says what it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Part {
    text: Option<String>,
    html: Option<String>,
    location: Option<(f64, f64)>,
    pub(crate) media: Option<Media>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Media {
    pub(crate) url: Option<String>,
    pub(crate) base64: Option<String>,
    pub(crate) name: String,
    pub(crate) mime: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    id: String,
    state: State,
    at: Option<u64>,
    code: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Sent,
    Delivered,
    Read,
    Failed,
}

impl Sender {
    /// The customer, apart for each inbox: two systems may both have a customer 42.
    pub(crate) fn identity(&self, account: &str, verified: bool) -> Identity {
        let scheme = self.scheme.as_deref().unwrap_or(SCHEME);
        let scope = if scheme == SCHEME { account } else { "" };
        let mut identity = Identity::new(scheme, scope, &self.id);
        identity.display_name.clone_from(&self.name);
        identity.verified = verified;
        identity
    }
}

impl Message {
    /// The message as the desk takes it, without files.
    pub(crate) fn inbound(&self, account: &str, verified: bool, now_ms: u64) -> Inbound {
        Inbound {
            dedupe_key: self.id.clone(),
            thread_key: self
                .thread
                .clone()
                .unwrap_or_else(|| self.sender.id.clone()),
            sender: self.sender.identity(account, verified),
            sent_at: self.sent_at.unwrap_or(now_ms),
            parts: self.parts.iter().filter_map(Part::body).collect(),
            reply_to: self.reply_to.clone(),
            extras: Vec::new(),
        }
    }
}

impl Part {
    /// The part, unless it is a file.
    fn body(&self) -> Option<Body> {
        if let Some(text) = &self.text {
            return Some(Body::Text(text.clone()));
        }
        if let Some(html) = &self.html {
            return Some(Body::Html(html.clone()));
        }
        self.location.map(Body::Location)
    }
}

impl Seen {
    pub(crate) fn receipt(&self, now_ms: u64) -> Receipt {
        let kind = match self.state {
            State::Sent => ReceiptKind::Sent,
            State::Delivered => ReceiptKind::Delivered,
            State::Read => ReceiptKind::Read,
            State::Failed => ReceiptKind::Failed,
        };
        let mut receipt = Receipt::new(&self.id, kind, self.at.unwrap_or(now_ms));
        if kind == ReceiptKind::Failed {
            let code = self.code.as_deref().unwrap_or("refused");
            receipt.failure = Some(Failure::new(
                code,
                "the receiving system says that it did not arrive",
            ));
        }
        receipt
    }
}

/// A part of ours, as the other side reads it; files go in base64.
pub(crate) fn part(
    body: &Body,
    file: impl FnOnce(&plugboard_plugin_sdk::MediaRef) -> Result<String, Failure>,
) -> Result<Value, Failure> {
    Ok(match body {
        Body::Text(text) => json!({"text": text}),
        Body::Html(html) => json!({"html": html}),
        Body::Location((latitude, longitude)) => json!({"location": [latitude, longitude]}),
        Body::Choice((prompt, options)) => {
            json!({"choice": {"prompt": prompt, "options": options}})
        }
        Body::Other((kind, payload)) => json!({"other": {"kind": kind, "payload": payload}}),
        Body::Media(media) => {
            json!({"media": {"name": media.name, "mime": media.mime, "size": media.size, "base64": file(media)?}})
        }
    })
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{Body, ReceiptKind};

    use super::{Told, part};

    fn told(name: &str) -> Told {
        let path = format!("{}/tests/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn a_message_is_read() {
        let Told::Message(message) = told("message") else {
            panic!("a message")
        };
        let inbound = message.inbound("inbox-1", true, 5);
        assert_eq!(
            (
                inbound.sender.scheme.as_str(),
                inbound.sender.scope.as_str()
            ),
            ("webhook", "inbox-1")
        );
        assert_eq!(inbound.thread_key, "c-9");
        assert_eq!(
            inbound.parts,
            [
                Body::Text("Is this in stock?".into()),
                Body::Location((31.2, 121.5))
            ]
        );
        assert_eq!(message.parts[1].media.as_ref().unwrap().name, "photo.jpg");
        assert!(inbound.sender.verified && inbound.sent_at == 1_790_000_000_000);
    }

    #[test]
    fn a_receipt_is_read() {
        let Told::Receipt(seen) = told("receipt") else {
            panic!("a receipt")
        };
        let receipt = seen.receipt(7);
        assert_eq!((receipt.kind, receipt.at), (ReceiptKind::Failed, 7));
        assert_eq!(receipt.failure.unwrap().code, "blocked");
    }

    #[test]
    fn an_address_is_of_nobody_in_particular() {
        let told: Told = serde_json::from_str(
            r#"{"type": "typing", "data": {"sender": {"id": "a@b.example", "scheme": "email"}}}"#,
        )
        .unwrap();
        let Told::Typing { sender } = told else {
            panic!("typing")
        };
        assert_eq!(sender.identity("inbox-1", false).scope, "");
    }

    #[test]
    fn a_text_is_written() {
        let text = part(&Body::Text("yes".into()), |_| unreachable!("no file")).unwrap();
        assert_eq!(text, serde_json::json!({"text": "yes"}));
    }
}
