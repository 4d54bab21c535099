//! Requests of providers: kept first, then given to the plugin; what the plugin makes of one is durable before the provider
//! hears so.

use std::sync::Arc;

use async_trait::async_trait;
use plugboard_domain::{
    Command, Envelope, Principal,
    channel::ChannelKind,
    desk::Inbox,
    ids::{InboxId, OutboxId},
    outbox::Attempt,
    plugin::{HOOK_BYTES_MAX, HookRequest},
};
use plugboard_engine::Engine;
use plugboard_extension::{ExtensionError, Ingress, RawReply, RawRequest};
use plugboard_plugin_runtime::{
    CallError,
    contract::World,
    types::{Webhook, WebhookReply},
};

use super::account;
use crate::{
    admin::engine_error,
    host::{PluginHost, Shared},
    intake,
    registry::Loaded,
};

/// How long the request has for itself before the outbox looks after it: beyond any plugin's time.
const OWN_TIME: std::time::Duration = std::time::Duration::from_secs(30);

const INGRESS: [World; 4] = [
    World::ChannelWebhook,
    World::ChannelPolling,
    World::ChannelSocket,
    World::CommerceSource,
];

#[async_trait]
impl Ingress for PluginHost {
    async fn receive(
        &self,
        inbox: InboxId,
        request: RawRequest,
    ) -> Result<RawReply, ExtensionError> {
        let engine = self.shared.running()?;
        let desk = engine.desk();
        let inbox = desk
            .inbox(inbox)
            .ok_or_else(|| ExtensionError::NotFound("inbox".to_owned()))?;
        let loaded = self.shared.serving(inbox)?;
        if request.body.len() > HOOK_BYTES_MAX {
            return Ok(plain(413, "the request is too large"));
        }
        let request = kept(inbox.id, request);
        let id = keep(engine, &request).await?;
        let answered = self.shared.hand_in(&loaded, inbox, &request).await;
        let (attempt, reply) = match answered {
            Ok(reply) => (Attempt::Done, raw(reply)),
            Err(Trouble::Refused(reply)) => (Attempt::Done, reply),
            Err(Trouble::Later(why)) if acknowledges(&loaded) => {
                // The provider would switch the hook off; the outbox tries again in its place.
                (retry(why), plain(200, "ok"))
            }
            // The provider tries again, so nothing needs to be kept.
            Err(Trouble::Later(_)) => (Attempt::Done, plain(503, "try again")),
        };
        let command = Command::RecordAttempt {
            id,
            round: 0,
            attempt,
        };
        let done = engine.execute(Envelope::new(Principal::System("hooks"), command));
        done.await.map_err(engine_error)?;
        Ok(reply)
    }
}

/// Why a request was not dealt with.
pub(crate) enum Trouble {
    /// The plugin will not have it; what the provider is told.
    Refused(RawReply),
    /// The plugin or the desk could not; the reason is for people.
    Later(String),
}

impl Shared {
    /// The plugin behind an inbox.
    pub(crate) fn serving(&self, inbox: &Inbox) -> Result<Arc<Loaded>, ExtensionError> {
        let unknown = || ExtensionError::NotFound("plugin".to_owned());
        let ChannelKind::Plugin(key) = &inbox.channel else {
            return Err(unknown());
        };
        let desk = self.running()?.desk();
        let loaded = self.registry.running(&desk, key);
        match loaded.filter(|it| it.is(&INGRESS)) {
            Some(loaded) => Ok(loaded),
            // It will be back: the provider shall come again.
            None if desk.plugin_by_key(key).is_some() => Err(ExtensionError::Unavailable(
                "the plugin does not run".to_owned(),
            )),
            None => Err(unknown()),
        }
    }

    /// Gives a request to the plugin, and takes in what it makes of it.
    pub(crate) async fn hand_in(
        &self,
        loaded: &Loaded,
        inbox: &Inbox,
        request: &HookRequest,
    ) -> Result<WebhookReply, Trouble> {
        let webhook = Webhook {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            remote_ip: request.remote_ip.clone(),
            public_url: request.public_url.clone(),
        };
        let account = account(loaded, inbox);
        let called = loaded.plugin.on_webhook(&account, webhook).await;
        let mut reply = called.map_err(|error| trouble(loaded, error))?;
        let engine = self
            .engine()
            .ok_or_else(|| Trouble::Later("no desk".to_owned()))?;
        let events = std::mem::take(&mut reply.events);
        intake::take_all(engine, inbox.id, events)
            .await
            .map_err(|error| Trouble::Later(error.to_string()))?;
        if reply.pull {
            self.workers.pull(inbox.id);
        }
        Ok(reply)
    }
}

fn trouble(loaded: &Loaded, error: CallError) -> Trouble {
    loaded.fault(&error, "a request of the provider");
    match error {
        CallError::Refused(failure) => {
            use plugboard_plugin_runtime::types::RetryAdvice as Advice;
            if failure.advice == Advice::NoRetry {
                let status = if failure.code == "denied" { 401 } else { 400 };
                Trouble::Refused(plain(status, &failure.code))
            } else {
                Trouble::Later(format!("{} ({})", failure.message, failure.code))
            }
        }
        error => Trouble::Later(error.to_string()),
    }
}

pub(crate) fn retry(why: String) -> Attempt {
    Attempt::Retry {
        error: why,
        after_secs: None,
    }
}

fn acknowledges(loaded: &Loaded) -> bool {
    let channel = loaded.manifest.channel.as_ref();
    channel.is_some_and(|it| it.ack_on_failure)
}

fn kept(inbox_id: InboxId, request: RawRequest) -> HookRequest {
    HookRequest {
        inbox_id,
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body.to_vec(),
        remote_ip: request.remote_ip,
        public_url: request.public_url,
    }
}

async fn keep(engine: &Engine, request: &HookRequest) -> Result<OutboxId, ExtensionError> {
    let id: OutboxId = engine.mint();
    let command = Command::StoreHook {
        id,
        request: Box::new(request.clone()),
        not_before: engine.now() + OWN_TIME,
    };
    let stored = engine.execute(Envelope::new(Principal::System("hooks"), command));
    stored.await.map_err(engine_error)?;
    Ok(id)
}

fn raw(reply: WebhookReply) -> RawReply {
    RawReply {
        status: reply.status,
        headers: reply.headers,
        body: reply.body.into(),
    }
}

fn plain(status: u16, text: &str) -> RawReply {
    RawReply {
        status,
        headers: Vec::new(),
        body: text.to_owned().into(),
    }
}
