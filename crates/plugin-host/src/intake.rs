//! What channel plugins bring, as the desk takes it in. Each event is durable before the next is looked at; the same event
//! again changes nothing.

use plugboard_channel::{Inbound, InboundReceipt, Intake, IntakeError, MessageRef, Typing};
use plugboard_domain::{
    Actor,
    channel::ChannelKind,
    command::{Receive, Sender, StoredFile, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    ids::InboxId,
    message::{Delivery, MessageDraft, TEXT_CHARS_MAX, Undelivered},
};
use plugboard_engine::Engine;
use plugboard_plugin_runtime::types::{
    Body, ChannelEvent, Identity, Inbound as FromPlugin, MediaRef, Receipt, ReceiptKind,
};
use tracing::warn;

/// Takes events in, in order. What makes no sense is left out with a line in the log, since it will make none the next time;
/// when the desk cannot take more now, the rest is an error and may come again.
pub(crate) async fn take_all(
    engine: &Engine,
    inbox: InboxId,
    events: Vec<ChannelEvent>,
) -> Result<u32, IntakeError> {
    let mut taken = 0;
    for event in events {
        let Some(inbound) = translate(engine, inbox, event) else {
            continue;
        };
        match engine.take(inbound).await {
            Ok(_) => taken += 1,
            Err(IntakeError::Refused(why)) => {
                warn!(inbox.id = %inbox, %why, "a plugin brought something that makes no sense");
            }
            Err(error @ IntakeError::Unavailable(_)) => return Err(error),
        }
    }
    Ok(taken)
}

fn translate(engine: &Engine, inbox_id: InboxId, event: ChannelEvent) -> Option<Inbound> {
    Some(match event {
        ChannelEvent::Message(message) => from_contact(engine, inbox_id, message),
        ChannelEvent::Receipt(receipt) => Inbound::Receipt(InboundReceipt {
            fate: fate(&receipt)?,
            message: MessageRef::External {
                inbox_id,
                external_id: receipt.provider_id,
            },
        }),
        ChannelEvent::Typing(identity) => Inbound::Typing(Typing {
            inbox_id,
            from: address(engine, inbox_id, &identity),
        }),
        ChannelEvent::Edited(message) => Inbound::Edited {
            inbox_id,
            text: text(&message.parts),
            external_id: message.dedupe_key,
        },
        ChannelEvent::Deleted(external_id) => Inbound::Deleted {
            inbox_id,
            external_id,
        },
        ChannelEvent::ThreadClosed(thread_key) => Inbound::ThreadClosed {
            inbox_id,
            thread_key,
        },
    })
}

fn from_contact(engine: &Engine, inbox_id: InboxId, message: FromPlugin) -> Inbound {
    let address = address(engine, inbox_id, &message.sender);
    let files = files(engine, &message.parts);
    let locale = message
        .extras
        .iter()
        .find(|(key, _)| key == "language")
        .map(|(_, value)| value.clone());
    let profile = Profile {
        name: message.sender.display_name.clone(),
        locale,
        ..Profile::default()
    };
    Inbound::Message {
        receive: Box::new(Receive {
            inbox_id,
            from: Sender::Address {
                address,
                verified: message.sender.verified,
                profile,
            },
            draft: MessageDraft {
                id: engine.mint(),
                text: text(&message.parts),
                attachments: Vec::new(),
                client_id: None,
            },
            external_id: Some(message.dedupe_key),
            conversation_id: engine.mint(),
        }),
        files,
        thread_key: Some(message.thread_key).filter(|it| !it.is_empty()),
    }
}

/// The address of a contact. Numbers and mail addresses are the same on every channel; anything else belongs to the plugin
/// that named it, so that no plugin can speak for another's contacts.
fn address(engine: &Engine, inbox_id: InboxId, identity: &Identity) -> Address {
    let value = identity.value.trim();
    match identity.scheme.as_str() {
        "e164" => Address {
            kind: IdentityKind::Phone,
            scope: String::new(),
            value: value.to_owned(),
        },
        "email" => Address {
            kind: IdentityKind::Email,
            scope: String::new(),
            value: value.to_lowercase(),
        },
        scheme => {
            let desk = engine.desk();
            let plugin = desk.inbox(inbox_id).and_then(|it| match &it.channel {
                ChannelKind::Plugin(key) => Some(key.clone()),
                _ => None,
            });
            let scope = if identity.scope.is_empty() {
                inbox_scope(inbox_id)
            } else {
                identity.scope.clone()
            };
            Address {
                kind: IdentityKind::Channel,
                scope: format!("plugin:{}:{scheme}:{scope}", plugin.unwrap_or_default()),
                value: value.to_owned(),
            }
        }
    }
}

/// What a plugin knows an address by; the other way round.
pub(crate) fn identity(address: &Address) -> Identity {
    let (scheme, scope) = match address.kind {
        IdentityKind::Phone => ("e164", ""),
        IdentityKind::Email => ("email", ""),
        IdentityKind::Channel => {
            let mut parts = address.scope.splitn(4, ':').skip(2);
            (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            )
        }
        IdentityKind::Visitor => ("visitor", address.scope.as_str()),
        IdentityKind::External => ("external", address.scope.as_str()),
    };
    let scope = if scope.starts_with("inbox:") && address.kind == IdentityKind::Channel {
        ""
    } else {
        scope
    };
    Identity {
        scheme: scheme.to_owned(),
        scope: scope.to_owned(),
        value: address.value.clone(),
        display_name: None,
        verified: true,
    }
}

/// The parts of a message as people read them, one after the other.
fn text(parts: &[Body]) -> String {
    let lines: Vec<String> = parts
        .iter()
        .filter_map(|part| match part {
            Body::Text(text) => Some(text.clone()),
            Body::Html(html) => Some(plain(html)),
            Body::Media(_) => None,
            Body::Location((latitude, longitude)) => {
                Some(format!("📍 {latitude:.6}, {longitude:.6}"))
            }
            Body::Choice((prompt, options)) => Some(format!("{prompt}\n{}", options.join(" / "))),
            Body::Other((kind, _)) => Some(format!("[{kind}]")),
        })
        .collect();
    let text = lines.join("\n");
    let text: String = text.chars().filter(|it| *it != '\0').collect();
    text.trim().chars().take(TEXT_CHARS_MAX).collect()
}

/// Formatted text without its tags; the desk shows text.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.replace("<br>", "\n").replace("</p>", "\n").chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

fn files(engine: &Engine, parts: &[Body]) -> Vec<StoredFile> {
    parts
        .iter()
        .filter_map(|part| match part {
            Body::Media(media) => Some(file(engine, media)),
            _ => None,
        })
        .collect()
}

fn file(engine: &Engine, media: &MediaRef) -> StoredFile {
    StoredFile {
        id: engine.mint(),
        owner: Actor::system("channel"),
        sha256: media.id.clone(),
        name: media.name.clone(),
        content_type: media.mime.clone(),
        size: media.size,
    }
}

fn fate(receipt: &Receipt) -> Option<Delivery> {
    Some(match receipt.kind {
        // The desk knows that it was handed over.
        ReceiptKind::Accepted => return None,
        ReceiptKind::Sent => Delivery::Sent,
        ReceiptKind::Delivered => Delivery::Delivered,
        ReceiptKind::Read => Delivery::Read,
        ReceiptKind::Failed => {
            let failure = receipt.failure.as_ref();
            let cause = match failure.map(|it| it.code.as_str()) {
                Some("window-closed") => Undelivered::WindowClosed,
                Some("uncertain") => Undelivered::Uncertain,
                _ => Undelivered::Refused,
            };
            Delivery::Failed {
                reason: failure.map_or_else(
                    || "the provider did not deliver it".to_owned(),
                    |it| it.message.clone(),
                ),
                cause,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_several_parts_reads_as_lines() {
        let parts = [
            Body::Text("你好\0".into()),
            Body::Html("<p>a &amp; b</p>c<br>d".into()),
            Body::Location((31.2304, 121.4737)),
            Body::Choice(("Which?".into(), vec!["A".into(), "B".into()])),
            Body::Other(("sticker".into(), "{}".into())),
        ];
        assert_eq!(
            text(&parts),
            "你好\na & b\nc\nd\n📍 31.230400, 121.473700\nWhich?\nA / B\n[sticker]"
        );
    }

    #[test]
    fn a_plugins_own_word_for_an_address_comes_back_to_it() {
        let address = Address {
            kind: IdentityKind::Channel,
            scope: "plugin:acme.chat:chat-id:bot:123".into(),
            value: "42".into(),
        };
        let identity = identity(&address);
        assert_eq!(
            (identity.scheme.as_str(), identity.scope.as_str()),
            ("chat-id", "bot:123")
        );
    }
}
