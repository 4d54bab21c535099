//! The mailboxes of the desk: how they are set up, and what an operator hears of them.

use std::time::Duration;

use plugboard_blob::Blobs;
use plugboard_channel_email::{EmailConfig, EmailHost, Patience};
use plugboard_http::ReadyCheck;

use crate::settings::Settings;

/// A host of mailboxes, without a desk yet.
pub(crate) fn host(settings: &Settings, blobs: Blobs) -> EmailHost {
    let usual = Patience::default();
    let secs = |set: Option<u64>, usual| set.map_or(usual, |it| Duration::from_secs(it.max(1)));
    EmailHost::new(EmailConfig {
        blobs,
        patience: Patience {
            silence: secs(settings.mail_silence, usual.silence),
            retry_max: secs(settings.mail_retry_max, usual.retry_max),
            ..usual
        },
        lmtp: settings.lmtp,
    })
}

/// Warns of mailboxes that do not work. The desk itself serves on, so it stays ready.
pub(crate) struct MailMoves(pub(crate) EmailHost);

#[async_trait::async_trait]
impl ReadyCheck for MailMoves {
    fn name(&self) -> &'static str {
        "mail"
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn warning(&self) -> Option<String> {
        let stopped = self.0.stopped();
        (!stopped.is_empty()).then(|| stopped.join("; "))
    }
}
