//! What plugins could not deal with at once, and what they asked to be woken for: carried by the outbox, with its retries and
//! dead letters.

use std::sync::Weak;

use async_trait::async_trait;
use plugboard_domain::{
    ids::InboxId,
    outbox::{Attempt, Job, OutboxEntry},
    plugin::HookRequest,
};
use plugboard_engine::{Courier, Engine};
use plugboard_plugin_runtime::{Account, CallError, types::RetryAdvice};

use super::{
    account,
    ingress::{Trouble, retry},
};
use crate::host::Shared;

/// How soon a job is tried again whose plugin does not run now.
const ABSENT_SECS: u64 = 30;

/// Carries requests of providers and timers to plugins.
pub(crate) struct PluginCourier {
    host: Weak<Shared>,
}

impl PluginCourier {
    pub(crate) fn new(host: Weak<Shared>) -> Self {
        Self { host }
    }
}

#[async_trait]
impl Courier for PluginCourier {
    fn takes(&self, job: &Job) -> bool {
        matches!(
            job,
            Job::Hook { .. } | Job::PluginTimer { .. } | Job::HookEvent { .. }
        )
    }

    async fn attempt(&self, engine: &Engine, entry: &OutboxEntry) -> Attempt {
        let Some(host) = self.host.upgrade() else {
            return absent("the desk is stopping");
        };
        if let Job::HookEvent { plugin, seq } = &entry.job {
            return crate::hooks::again(&host, engine, plugin, *seq).await;
        }
        let body = match engine.store().outbox_body(entry.id).await {
            Ok(Some(body)) => body,
            Ok(None) => return gone("what it was about is gone"),
            Err(error) => return retry(error.to_string()),
        };
        match &entry.job {
            Job::Hook { inbox_id } => hook(&host, engine, *inbox_id, &body).await,
            Job::PluginTimer {
                plugin,
                account,
                key,
            } => timer(&host, engine, plugin, account, key, &body).await,
            _ => gone("not a job of plugins"),
        }
    }
}

async fn hook(host: &Shared, engine: &Engine, inbox: InboxId, body: &[u8]) -> Attempt {
    let desk = engine.desk();
    let Some(inbox) = desk.inbox(inbox) else {
        return gone("the inbox was removed");
    };
    let Some(request) = HookRequest::from_bytes(body) else {
        return gone("the request cannot be read");
    };
    let Ok(loaded) = host.serving(inbox) else {
        return absent("the plugin does not run");
    };
    match host.hand_in(&loaded, inbox, &request).await {
        Ok(_) | Err(Trouble::Refused(_)) => Attempt::Done,
        Err(Trouble::Later(why)) => retry(why),
    }
}

async fn timer(
    host: &Shared,
    engine: &Engine,
    plugin: &str,
    inbox: &str,
    key: &str,
    payload: &[u8],
) -> Attempt {
    let desk = engine.desk();
    let Some(entity) = desk.plugin_by_key(plugin) else {
        return gone("the plugin was removed");
    };
    let Some(loaded) = host.registry.running(&desk, plugin) else {
        return absent("the plugin does not run");
    };
    let account: Account = if inbox.is_empty() {
        loaded.account(entity)
    } else {
        let found = inbox.parse().ok().and_then(|id| desk.inbox(id));
        match found {
            Some(inbox) => account(&loaded, inbox),
            None => return gone("the inbox was removed"),
        }
    };
    let payload = String::from_utf8_lossy(payload);
    match loaded.plugin.on_timer(&account, key, &payload).await {
        Ok(()) => Attempt::Done,
        Err(CallError::Refused(failure)) if failure.advice == RetryAdvice::NoRetry => {
            gone(format!("{} ({})", failure.message, failure.code))
        }
        Err(error) => {
            loaded.fault(&error, "a timer");
            retry(error.to_string())
        }
    }
}

fn gone(error: impl Into<String>) -> Attempt {
    Attempt::GiveUp {
        error: error.into(),
    }
}

fn absent(error: &str) -> Attempt {
    Attempt::Retry {
        error: error.to_owned(),
        after_secs: Some(ABSENT_SECS),
    }
}
