//! Phone inboxes as far as they are settings, as a desk without lines has them: a PBX reports its calls. The program's own
//! channel holds sockets, and stands in `plugboard-channel-phone`.

use std::{borrow::Cow, collections::BTreeMap};

use async_trait::async_trait;
use plugboard_channel::{Capabilities, Channel, Outbound, Receipt, Receipts, SecretSetting};
use plugboard_domain::{Rejection, call::PhoneSettings, channel::ChannelKind, desk::Inbox};
use serde_json::{Map, Value};

/// The password at a trunk.
const TRUNK_PASSWORD: &str = "trunk_password";

/// Phone inboxes without lines of their own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PhoneInbox;

#[async_trait]
impl Channel for PhoneInbox {
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
        _: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        PhoneSettings::parse(settings).map(|_| ())
    }

    async fn deliver(&self, _: &Inbox, _: &Outbound) -> Receipt {
        Receipt::Refused {
            why: "nothing can be written to a telephone".into(),
        }
    }
}
