//! A plugin as the desk's channel.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use plugboard_channel::{
    Capabilities, Channel, MediaKind, Outbound, Receipt, Receipts, ReplyWindow, SecretSetting,
};
use plugboard_domain::{Rejection, channel::ChannelKind, desk::Inbox};
use plugboard_plugin_runtime::{
    Account, CallError, Grants, check_settings,
    manifest::SettingKind,
    types::{self, Body, Failure, MediaRef, RetryAdvice},
};
use serde_json::{Map, Value};

use super::account;
use crate::{intake, registry::Loaded};

/// Most attachments of one message that plugins are given.
const ATTACHMENTS_MAX: u32 = 10;

/// A plugin as a channel.
pub(crate) struct PluginChannel {
    kind: ChannelKind,
    loaded: Arc<Loaded>,
    can: Capabilities,
}

impl PluginChannel {
    pub(crate) fn new(kind: ChannelKind, loaded: Arc<Loaded>, can: Capabilities) -> Self {
        Self { kind, loaded, can }
    }

    /// Asks the plugin what it can do.
    pub(crate) async fn describe(loaded: &Loaded) -> Result<Capabilities, CallError> {
        let nobody = Account::default();
        loaded
            .plugin
            .describe_channel(&nobody)
            .await
            .map(capabilities)
    }
}

fn capabilities(can: types::Capabilities) -> Capabilities {
    let media: BTreeSet<MediaKind> = can
        .media
        .iter()
        .filter_map(|it| match it.as_str() {
            "image" => Some(MediaKind::Image),
            "audio" => Some(MediaKind::Audio),
            "video" => Some(MediaKind::Video),
            "file" => Some(MediaKind::File),
            _ => None,
        })
        .collect();
    let files = !media.is_empty() && can.max_attachment_bytes > 0;
    Capabilities {
        text_chars_max: can.max_text.max(1),
        attachments_max: if files { ATTACHMENTS_MAX } else { 0 },
        attachment_bytes_max: if files { can.max_attachment_bytes } else { 0 },
        media: if files { media } else { BTreeSet::new() },
        typing: can.typing,
        receipts: match can.receipts.as_str() {
            "read" => Receipts::Read,
            "delivered" => Receipts::Delivered,
            _ => Receipts::Sent,
        },
        reply_window: can.window.map(|it| ReplyWindow {
            hours: it.hours,
            sends: it.sends,
        }),
    }
}

#[async_trait]
impl Channel for PluginChannel {
    fn kind(&self) -> ChannelKind {
        self.kind.clone()
    }

    fn capabilities(&self, _: &Inbox) -> Capabilities {
        self.can.clone()
    }

    fn secret_settings(&self) -> Vec<SecretSetting> {
        let schema = &self.loaded.manifest.settings.schema;
        schema
            .0
            .iter()
            .filter(|(_, setting)| setting.kind == SettingKind::Secret)
            .map(|(name, _)| SecretSetting {
                setting: Cow::Owned(name.clone()),
                stored_as: Cow::Owned(name.clone()),
            })
            .collect()
    }

    fn validate_settings(
        &self,
        settings: &Map<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<(), Rejection> {
        let schema = &self.loaded.manifest.settings.schema;
        check_settings(schema, settings).map_err(|problems| {
            let all: Vec<String> = problems
                .iter()
                .map(|it| format!("settings.{}: {}", it.name, it.message))
                .collect();
            Rejection::invalid(all.join("; "))
        })?;
        for (name, setting) in &schema.0 {
            let given = secrets.get(name).is_some_and(|it| !it.is_empty());
            if setting.kind == SettingKind::Secret && setting.required && !given {
                return Err(Rejection::invalid(format!("settings.{name}: is required")));
            }
        }
        Ok(())
    }

    async fn deliver(&self, inbox: &Inbox, outbound: &Outbound) -> Receipt {
        let Some(to) = &outbound.to else {
            return Receipt::Refused {
                why: "the contact has no address on this channel".into(),
            };
        };
        if let Some(field) = ungranted(&self.loaded.grants) {
            return Receipt::Refused {
                why: format!("the plugin may not see what it should send: {field} is not granted"),
            };
        }
        let message = types::Outbound {
            idempotency_key: outbound.message_id.to_string(),
            account: inbox.id.to_string(),
            thread_key: outbound.thread_key.clone(),
            to: intake::identity(to),
            parts: parts(outbound),
            template: None,
            extras: outbound
                .author_name
                .iter()
                .map(|name| ("author-name".to_owned(), name.clone()))
                .collect(),
        };
        let account = account(&self.loaded, inbox);
        match self.loaded.plugin.send(&account, message).await {
            Ok(sent) => Receipt::Sent {
                external_id: Some(sent.provider_id).filter(|it| !it.is_empty()),
            },
            Err(error) => {
                self.loaded.fault(&error, "sending");
                receipt(error)
            }
        }
    }
}

/// What a plugin has to see to send anything, and may not: whom to send to, and what.
fn ungranted(grants: &Grants) -> Option<&'static str> {
    let needed = ["contact.identity", "message.text"];
    needed.into_iter().find(|field| !grants.sees(field))
}

fn parts(outbound: &Outbound) -> Vec<Body> {
    let text = (!outbound.text.is_empty()).then(|| Body::Text(outbound.text.clone()));
    let files = outbound.files.iter().map(|file| {
        Body::Media(MediaRef {
            id: file.sha256.clone(),
            name: file.name.clone(),
            mime: file.content_type.clone(),
            size: file.size,
        })
    });
    text.into_iter().chain(files).collect()
}

/// What a failed call means for the message. A plugin that was stopped in the middle may have sent it: nothing is sent
/// twice without a person who decides so.
fn receipt(error: CallError) -> Receipt {
    match error {
        CallError::Refused(failure) => refused(failure),
        error @ (CallError::Busy | CallError::Resting | CallError::Gone(_)) => Receipt::Retry {
            why: error.to_string(),
            after_secs: None,
        },
        error => Receipt::Uncertain {
            why: error.to_string(),
        },
    }
}

fn refused(failure: Failure) -> Receipt {
    let why = format!("{} ({})", failure.message, failure.code);
    match (failure.code.as_str(), failure.advice) {
        ("window-closed", _) => Receipt::WindowClosed,
        ("uncertain", _) => Receipt::Uncertain { why },
        (_, RetryAdvice::NoRetry) => Receipt::Refused { why },
        (_, RetryAdvice::Retry | RetryAdvice::RetryAfterReauth) => Receipt::Retry {
            why,
            after_secs: failure
                .retry_after_ms
                .map(|ms| u64::from(ms).div_ceil(1_000)),
        },
    }
}
