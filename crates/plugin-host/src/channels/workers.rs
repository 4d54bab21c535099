//! The inboxes that work by themselves: each that polls or holds a socket has one task, which ends when the inbox, its
//! settings or its plugin change, and begins anew with what holds then.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use plugboard_domain::{channel::ChannelKind, desk::Desk, ids::InboxId};
use plugboard_plugin_runtime::{Account, contract::World};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{account, poll, socket};
use crate::{host::Shared, registry::Loaded};

/// What makes one task the same as another.
#[derive(Clone, PartialEq)]
struct Terms {
    plugin: usize,
    settings: Arc<BTreeMap<String, String>>,
}

struct Worker {
    terms: Terms,
    stop: CancellationToken,
    pull: Arc<Notify>,
}

/// Tasks of inboxes.
#[derive(Default)]
pub(crate) struct Workers {
    /// Leaf data, never held over an await.
    running: Mutex<HashMap<InboxId, Worker>>,
    /// Leaf data, never held over an await.
    connected: Mutex<HashMap<InboxId, Terms>>,
    tasks: TaskTracker,
}

/// What a task works with.
pub(crate) struct Post {
    pub(crate) host: Arc<Shared>,
    pub(crate) inbox: InboxId,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) account: Account,
    pub(crate) pull: Arc<Notify>,
    pub(crate) stop: CancellationToken,
}

impl Workers {
    /// Begins and ends tasks, so that they are what the desk says.
    pub(crate) fn refresh(
        &self,
        host: &Arc<Shared>,
        desk: &Desk,
        running: &BTreeMap<ChannelKind, Arc<Loaded>>,
    ) {
        let mut wanted = HashMap::new();
        for inbox in desk.inboxes() {
            if let Some(loaded) = running.get(&inbox.channel)
                && loaded.is(&[World::ChannelPolling, World::ChannelSocket])
            {
                wanted.insert(inbox.id, (loaded.clone(), account(loaded, inbox)));
            }
        }
        self.connect(host, desk, running);
        let mut workers = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        workers.retain(|id, worker| {
            let same = wanted
                .get(id)
                .is_some_and(|(loaded, account)| worker.terms == terms(loaded, account));
            if !same {
                worker.stop.cancel();
            }
            same
        });
        for (id, (loaded, account)) in wanted {
            if workers.contains_key(&id) {
                continue;
            }
            let (stop, pull) = (host.stopping().child_token(), Arc::new(Notify::new()));
            let terms = terms(&loaded, &account);
            let post = Post {
                host: host.clone(),
                inbox: id,
                loaded,
                account,
                pull: pull.clone(),
                stop: stop.clone(),
            };
            if post.loaded.is(&[World::ChannelSocket]) {
                self.tasks.spawn(socket::run(post));
            } else {
                self.tasks.spawn(poll::run(post));
            }
            workers.insert(id, Worker { terms, stop, pull });
        }
    }

    /// Lets the plugin of each inbox that is new, or set up anew, check its credentials and subscribe at its provider.
    fn connect(
        &self,
        host: &Arc<Shared>,
        desk: &Desk,
        running: &BTreeMap<ChannelKind, Arc<Loaded>>,
    ) {
        let mut connected = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        connected.retain(|id, _| desk.inbox(*id).is_some());
        for inbox in desk.inboxes() {
            let Some(loaded) = running.get(&inbox.channel) else {
                continue;
            };
            let account = account(loaded, inbox);
            let terms = terms(loaded, &account);
            if connected.get(&inbox.id) == Some(&terms) {
                continue;
            }
            connected.insert(inbox.id, terms);
            let (host, loaded) = (host.clone(), loaded.clone());
            host.clone().spawn(async move {
                if let Err(error) = loaded.plugin.connect(&account).await {
                    let line = format!("connecting to the provider: {error}");
                    host.note_fault(&loaded.key, &line);
                }
            });
        }
    }

    /// There is something to fetch for this inbox.
    pub(crate) fn pull(&self, inbox: InboxId) {
        let workers = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = workers.get(&inbox) {
            worker.pull.notify_one();
        }
    }

    /// Ends all of them.
    pub(crate) async fn stop(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn terms(loaded: &Arc<Loaded>, account: &Account) -> Terms {
    Terms {
        plugin: Arc::as_ptr(loaded) as usize,
        settings: account.settings.clone(),
    }
}
