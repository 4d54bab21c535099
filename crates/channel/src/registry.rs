//! Which channels there are now: those of the build, and those that plugins bring and take away.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use plugboard_domain::channel::ChannelKind;

use crate::Channel;

/// Finds channels. Asked for each message, so it answers from memory.
pub trait Channels: Send + Sync {
    /// The channel of this kind, when there is one now.
    fn get(&self, kind: &ChannelKind) -> Option<Arc<dyn Channel>>;

    /// The kinds that there are now, in order.
    fn kinds(&self) -> Vec<ChannelKind>;
}

/// Channels that come and go while the desk runs.
#[derive(Default)]
pub struct Registry {
    /// Leaf data, never held over an await.
    channels: RwLock<BTreeMap<ChannelKind, Arc<dyn Channel>>>,
}

impl Registry {
    /// Begins with the channels of the build.
    pub fn new(channels: impl IntoIterator<Item = Arc<dyn Channel>>) -> Self {
        let channels = channels.into_iter().map(|it| (it.kind(), it)).collect();
        Self {
            channels: RwLock::new(channels),
        }
    }

    /// Adds a channel, in place of the one of its kind.
    pub fn put(&self, channel: Arc<dyn Channel>) {
        self.channels
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(channel.kind(), channel);
    }

    /// Takes a channel away. Messages of its inboxes wait until it comes back.
    pub fn remove(&self, kind: &ChannelKind) {
        self.channels
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(kind);
    }
}

impl Channels for Registry {
    fn get(&self, kind: &ChannelKind) -> Option<Arc<dyn Channel>> {
        self.channels
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(kind)
            .cloned()
    }

    fn kinds(&self) -> Vec<ChannelKind> {
        self.channels
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FakeChannel;

    #[test]
    fn channels_come_and_go() {
        let kind = ChannelKind::Plugin("acme".into());
        let registry = Registry::new([Arc::new(FakeChannel::new(ChannelKind::Email)) as _]);
        assert!(registry.get(&kind).is_none());
        registry.put(Arc::new(FakeChannel::new(kind.clone())));
        assert_eq!(registry.get(&kind).map(|it| it.kind()), Some(kind.clone()));
        assert_eq!(registry.kinds(), [ChannelKind::Email, kind.clone()]);
        registry.remove(&kind);
        assert!(registry.get(&kind).is_none());
    }
}
