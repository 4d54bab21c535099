//! Channels that plugins are: what they can do, what they are asked to carry, and the work that goes on by itself.

mod channel;
pub(crate) mod courier;
mod ingress;
mod poll;
mod socket;
pub(crate) mod workers;

use std::{collections::BTreeMap, sync::Arc};

use plugboard_channel::Channels as _;
use plugboard_domain::{
    channel::ChannelKind,
    desk::{Desk, Inbox},
};
use plugboard_plugin_runtime::{Account, check_settings, contract::World};

use crate::{host::Shared, registry::Loaded};

pub(crate) use channel::PluginChannel;
pub(crate) use ingress::retry;

/// The worlds of channels.
pub(crate) const WORLDS: [World; 3] = [
    World::ChannelWebhook,
    World::ChannelPolling,
    World::ChannelSocket,
];

/// Offers the channels of plugins that run, takes away those that do not, and lets their inboxes work.
pub(crate) async fn refresh(host: &Arc<Shared>, desk: &Desk) {
    let running: BTreeMap<ChannelKind, Arc<Loaded>> = host
        .registry
        .all_running(desk)
        .into_iter()
        .filter(|it| it.is(&WORLDS))
        .map(|it| (ChannelKind::Plugin(it.key.clone()), it))
        .collect();
    for kind in host.channels.kinds() {
        if matches!(kind, ChannelKind::Plugin(_)) && !running.contains_key(&kind) {
            host.channels.remove(&kind);
        }
    }
    for (kind, loaded) in &running {
        let can = PluginChannel::describe(loaded).await;
        let can = match can {
            Ok(can) => can,
            Err(error) => {
                loaded.fault(&error, "what the channel can do");
                continue;
            }
        };
        let channel = PluginChannel::new(kind.clone(), loaded.clone(), can);
        host.channels.put(Arc::new(channel));
    }
    host.workers.refresh(host, desk, &running);
}

/// An inbox as its plugin knows it.
pub(crate) fn account(loaded: &Loaded, inbox: &Inbox) -> Account {
    let settings = check_settings(&loaded.manifest.settings.schema, &inbox.settings);
    Account::new(inbox.id.to_string(), settings.unwrap_or_default())
}
