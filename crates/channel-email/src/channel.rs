//! Email as a channel.

use std::{borrow::Cow, collections::BTreeMap};

use async_trait::async_trait;
use plugboard_channel::{
    Capabilities, Channel, MediaKind, Outbound, Receipt, Receipts, SecretSetting,
};
use plugboard_domain::{
    Rejection,
    channel::ChannelKind,
    desk::Inbox,
    message::{ATTACHMENTS_MAX, TEXT_CHARS_MAX},
};
use serde_json::{Map, Value};

use crate::settings::{
    EmailSettings, IMAP_PASSWORD, OAUTH_CLIENT_SECRET, OAUTH_REFRESH_TOKEN, SMTP_PASSWORD,
};

/// Largest file of a mail, in bytes: providers refuse mails of more than 25 MB, and base64 adds a third.
const ATTACHMENT_BYTES_MAX: u64 = 18 * 1024 * 1024;

/// Longest secret, in characters: access tokens are long.
const SECRET_CHARS_MAX: usize = 8_000;

/// Email.
#[derive(Clone, Copy, Debug, Default)]
pub struct Email;

#[async_trait]
impl Channel for Email {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn capabilities(&self, _: &Inbox) -> Capabilities {
        Capabilities {
            text_chars_max: u32::try_from(TEXT_CHARS_MAX).unwrap_or(u32::MAX),
            media: [
                MediaKind::Image,
                MediaKind::Audio,
                MediaKind::Video,
                MediaKind::File,
            ]
            .into(),
            attachments_max: u32::try_from(ATTACHMENTS_MAX).unwrap_or(u32::MAX),
            attachment_bytes_max: ATTACHMENT_BYTES_MAX,
            typing: false,
            receipts: Receipts::Sent,
            reply_window: None,
        }
    }

    fn secret_settings(&self) -> Vec<SecretSetting> {
        [
            IMAP_PASSWORD,
            SMTP_PASSWORD,
            OAUTH_CLIENT_SECRET,
            OAUTH_REFRESH_TOKEN,
        ]
        .into_iter()
        .map(|name| SecretSetting {
            setting: Cow::Borrowed(name),
            stored_as: Cow::Borrowed(name),
        })
        .collect()
    }

    fn validate_settings(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        EmailSettings::parse(settings)?;
        for (name, value) in secrets {
            if value.chars().count() > SECRET_CHARS_MAX || value.contains(['\r', '\n', '\0']) {
                return Err(Rejection::invalid(format!(
                    "settings.{name} must be one line of at most {SECRET_CHARS_MAX} characters"
                )));
            }
        }
        Ok(())
    }

    /// Mail has a courier of its own, which knows its recipients; without it mail waits.
    async fn deliver(&self, _: &Inbox, _: &Outbound) -> Receipt {
        Receipt::Retry {
            why: "mail is carried by its own courier, which is not there".into(),
            after_secs: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use plugboard_domain::{Timestamp, desk::InboxPolicy, ids::InboxId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn email_keeps_the_contract() {
        let Value::Object(settings) = json!({
            "address": "help@shop.example",
            "imap": { "host": "127.0.0.1", "port": 143, "tls": "none" },
            "smtp": { "host": "127.0.0.1", "port": 25, "tls": "none" }
        }) else {
            panic!("an object");
        };
        let inbox = Inbox {
            id: InboxId(Uuid::nil()),
            name: "Mail".into(),
            channel: ChannelKind::Email,
            shop_id: None,
            team_id: None,
            policy: InboxPolicy::default(),
            settings,
            created_at: Timestamp::UNIX_EPOCH,
        };
        plugboard_channel::conformance::check(&Email, &inbox, &BTreeMap::new());
    }
}
