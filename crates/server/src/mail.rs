//! The mailboxes of the desk: how they are set up, and what an operator hears of them.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use plugboard_blob::Blobs;
use plugboard_channel_email::{EmailConfig, EmailHost, Patience, system_name_servers};
use plugboard_http::ReadyCheck;
use tracing::warn;

use crate::settings::Settings;

/// A host of mailboxes, without a desk yet.
pub(crate) fn host(settings: &Settings, blobs: Blobs, secret: &[u8]) -> anyhow::Result<EmailHost> {
    let usual = Patience::default();
    let secs = |set: Option<u64>, usual| set.map_or(usual, |it| Duration::from_secs(it.max(1)));
    let authorities = match &settings.mail_ca {
        Some(path) => {
            let read = std::fs::read(path);
            Some(read.with_context(|| format!("reading {}", path.display()))?)
        }
        None => None,
    };
    EmailHost::new(EmailConfig {
        authorities,
        blobs,
        patience: Patience {
            silence: secs(settings.mail_silence, usual.silence),
            retry_max: secs(settings.mail_retry_max, usual.retry_max),
            ..usual
        },
        lmtp: settings.lmtp,
        secret: secret.to_vec(),
        name_servers: name_servers(settings.mail_dns.as_deref()),
    })
    .map_err(|why| anyhow::anyhow!("the authorities of mail servers: {why}"))
}

/// Who is asked where mails are from: those whom this machine asks, unless others are named.
fn name_servers(set: Option<&str>) -> Vec<SocketAddr> {
    match set {
        None | Some("system") => system_name_servers(),
        Some("off") => Vec::new(),
        Some(list) => list
            .split(',')
            .filter_map(|it| {
                let it = it.trim();
                let alone = || Some(SocketAddr::new(it.parse().ok()?, 53));
                let found = it.parse().ok().or_else(alone);
                if found.is_none() {
                    warn!("--mail-dns names {it:?}, which is no address");
                }
                found
            })
            .collect(),
    }
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
