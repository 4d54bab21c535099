//! Phone as a channel.

use std::{borrow::Cow, collections::BTreeMap};

use async_trait::async_trait;
use plugboard_channel::{Capabilities, Channel, Outbound, Receipt, Receipts, SecretSetting};
use plugboard_domain::{Rejection, call::PhoneSettings, channel::ChannelKind, desk::Inbox};
use serde_json::{Map, Value};

use crate::wire::Net;

/// The password at the trunk.
pub const TRUNK_PASSWORD: &str = "trunk_password";

/// Longest password, in characters.
const PASSWORD_CHARS_MAX: usize = 200;

/// Phone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phone;

#[async_trait]
impl Channel for Phone {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Phone
    }

    /// Nothing can be written to a telephone.
    fn capabilities(&self, _: &Inbox) -> Capabilities {
        Capabilities {
            text_chars_max: 0,
            media: [].into(),
            attachments_max: 0,
            attachment_bytes_max: 0,
            typing: false,
            receipts: Receipts::Sent,
            reply_window: None,
        }
    }

    fn secret_settings(&self) -> Vec<SecretSetting> {
        vec![SecretSetting {
            setting: Cow::Borrowed(TRUNK_PASSWORD),
            stored_as: Cow::Borrowed(TRUNK_PASSWORD),
        }]
    }

    fn validate_settings(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        let settings = PhoneSettings::parse(settings)?;
        if let Some(bad) = settings
            .trunk
            .peers
            .iter()
            .find(|it| Net::parse(it).is_none())
        {
            return Err(Rejection::invalid(format!(
                "settings.trunk.peers: {bad} is no address"
            )));
        }
        let long = |it: &String| {
            it.chars().count() > PASSWORD_CHARS_MAX || it.contains(['\r', '\n', '\0'])
        };
        if secrets.get(TRUNK_PASSWORD).is_some_and(long) {
            return Err(Rejection::invalid(format!(
                "settings.{TRUNK_PASSWORD} must be one line of at most {PASSWORD_CHARS_MAX} characters"
            )));
        }
        Ok(())
    }

    async fn deliver(&self, _: &Inbox, _: &Outbound) -> Receipt {
        Receipt::Refused {
            why: "nothing can be written to a telephone: call, or answer in another conversation"
                .into(),
        }
    }
}
