//! The widget as a channel.

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

use crate::{IdentityMode, VISITOR_ATTACHMENT_BYTES_MAX, WebchatSettings};

/// The secret with which a shop signs who its customers are.
pub const IDENTITY_SECRET: SecretSetting = SecretSetting {
    setting: Cow::Borrowed("identity_secret"),
    stored_as: Cow::Borrowed(IDENTITY),
};

/// The name that it is stored under.
const IDENTITY: &str = "identity";

/// Shortest and longest identity secret, in characters. RFC 7518 asks for 32 bytes of randomness; what is much shorter
/// can be guessed by anybody who holds one signed token.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 8..=500;

/// The chat widget.
#[derive(Clone, Copy, Debug, Default)]
pub struct Webchat;

#[async_trait]
impl Channel for Webchat {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Webchat
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
            attachment_bytes_max: VISITOR_ATTACHMENT_BYTES_MAX,
            typing: true,
            receipts: Receipts::Read,
            reply_window: None,
        }
    }

    fn secret_settings(&self) -> Vec<SecretSetting> {
        vec![IDENTITY_SECRET]
    }

    fn validate_settings(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        let settings = WebchatSettings::parse(settings)?;
        let secret = secrets.get(IDENTITY);
        if secret.is_some_and(|secret| !SECRET_CHARS.contains(&secret.chars().count())) {
            return Err(Rejection::invalid(format!(
                "settings.identity_secret must be {} to {} characters, better 32 random ones",
                SECRET_CHARS.start(),
                SECRET_CHARS.end()
            )));
        }
        if settings.identity == IdentityMode::Enforce && secret.is_none() {
            return Err(Rejection::invalid(
                "settings.identity is enforce, so settings.identity_secret must be set",
            ));
        }
        Ok(())
    }

    /// The widget reads the journal itself: what is committed is sent.
    async fn deliver(&self, _: &Inbox, _: &Outbound) -> Receipt {
        Receipt::Sent { external_id: None }
    }
}
