//! The host: what all its parts share, and their life.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use plugboard_blob::Blobs;
use plugboard_channel::Registry as Channels;
use plugboard_domain::{Event, desk::EntityKind};
use plugboard_egress::Reach;
use plugboard_engine::{Courier, Engine, EscalationPolicy, RoutingPolicy};
use plugboard_plugin_runtime::{LimitsCeiling, Manifest, PermissionCeiling, package::TrustedKeys};
use tokio::sync::OnceCell;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use crate::{
    backing::DeskBacking,
    bundled::Bundled,
    channels::{self, courier::PluginCourier, workers::Workers},
    hooks,
    lock::PluginsLock,
    logs::Logs,
    policy::{self, PolicyChain},
    recording::Recordings,
    registry::Registry,
    sandbox::Sandbox,
    trials::Trials,
};

/// Events read at once while looking for changes of configuration.
const READ_MAX: usize = 1_000;

/// What a host is made of.
pub struct HostConfig {
    /// Where compiled code is kept.
    pub cache: PathBuf,
    /// How far requests of plugins may go, beside the addresses that an administrator named by number.
    pub reach: Reach,
    /// Files of messages, and packages of plugins.
    pub blobs: Blobs,
    /// Plugins that come with the desk.
    pub bundled: Arc<dyn Bundled>,
    /// Whose signatures count.
    pub trusted: TrustedKeys,
    /// Which versions run; any that was approved when unset.
    pub lock: Option<PluginsLock>,
    /// What no plugin may do.
    pub ceiling: PermissionCeiling,
    /// How much no plugin may use.
    pub limits: LimitsCeiling,
    /// Channels of the desk: those of plugins are added to these.
    pub channels: Arc<Channels>,
}

/// Runs plugins for a desk. Cheap to clone.
///
/// It is made before the engine, which asks its policies and couriers; [`PluginHost::attach`] gives it the engine.
#[derive(Clone)]
pub struct PluginHost {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    engine: OnceLock<Engine>,
    pub(crate) backing: Arc<DeskBacking>,
    pub(crate) blobs: Blobs,
    pub(crate) logs: Arc<Logs>,
    pub(crate) sandbox: Sandbox,
    pub(crate) registry: Registry,
    pub(crate) bundled: Arc<dyn Bundled>,
    /// Manifests of what is bundled, read once somebody asks.
    pub(crate) on_shelf: OnceCell<Vec<(String, Manifest)>>,
    pub(crate) trusted: TrustedKeys,
    pub(crate) lock: Option<PluginsLock>,
    pub(crate) ceiling: PermissionCeiling,
    pub(crate) limits: LimitsCeiling,
    pub(crate) channels: Arc<Channels>,
    pub(crate) canaries: policy::Canaries,
    pub(crate) shadows: policy::Shadows,
    pub(crate) workers: Workers,
    pub(crate) trials: Trials,
    pub(crate) recordings: Recordings,
    /// Held while plugins are installed, switched or configured, so that two changes at once both stay.
    pub(crate) changes: tokio::sync::Mutex<()>,
    /// Wakes whoever keeps something for each plugin that runs: what runs may be other versions now, with other grants.
    pub(crate) refreshed: tokio::sync::Notify,
    /// Cancelled when what is switched on was loaded for the first time.
    loaded: CancellationToken,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The host could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The HTTP client could not be made.
    #[error(transparent)]
    Client(#[from] plugboard_egress::ClientError),
}

impl PluginHost {
    /// A host without a desk yet.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let logs = Arc::new(Logs::default());
        let backing = DeskBacking::new(config.blobs.clone(), logs.clone(), config.reach)?;
        let shared = Shared {
            engine: OnceLock::new(),
            backing: Arc::new(backing),
            blobs: config.blobs,
            logs,
            sandbox: Sandbox::new(config.cache),
            registry: Registry::default(),
            bundled: config.bundled,
            on_shelf: OnceCell::new(),
            trusted: config.trusted,
            lock: config.lock,
            ceiling: config.ceiling,
            limits: config.limits,
            channels: config.channels,
            canaries: policy::Canaries::default(),
            shadows: policy::Shadows::default(),
            workers: Workers::default(),
            trials: Trials::default(),
            recordings: Recordings::default(),
            changes: tokio::sync::Mutex::new(()),
            refreshed: tokio::sync::Notify::new(),
            loaded: CancellationToken::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Who gets a conversation, for the engine.
    pub fn routing(&self) -> Arc<dyn RoutingPolicy> {
        Arc::new(PolicyChain::new(Arc::downgrade(&self.shared)))
    }

    /// What happens when one goes wrong, for the engine.
    pub fn escalation(&self) -> Arc<dyn EscalationPolicy> {
        Arc::new(PolicyChain::new(Arc::downgrade(&self.shared)))
    }

    /// Who carries requests of providers and timers to plugins, for the engine.
    pub fn courier(&self) -> Arc<dyn Courier> {
        Arc::new(PluginCourier::new(Arc::downgrade(&self.shared)))
    }

    /// Gives it the running desk, loads what is switched on, and begins to work.
    pub async fn attach(&self, engine: Engine) {
        let shared = &self.shared;
        shared.backing.attach(engine.clone());
        if shared.engine.set(engine.clone()).is_err() {
            return;
        }
        let since = *engine.head().borrow();
        if let Err(error) = shared.trials.load(&engine).await {
            warn!(%error, "plugins: earlier backtests were not read");
        }
        shared.refresh().await;
        shared.loaded.cancel();
        let (host, stop) = (shared.clone(), shared.stop.clone());
        shared.tasks.spawn(follow(host, since, stop));
        let (host, stop) = (shared.clone(), shared.stop.clone());
        shared.tasks.spawn(policy::watch_canaries(host, stop));
        let (host, stop) = (shared.clone(), shared.stop.clone());
        shared.tasks.spawn(policy::keep_shadows(host, stop));
        let (host, stop) = (shared.clone(), shared.stop.clone());
        shared.tasks.spawn(hooks::run(host, stop));
    }

    /// Ends everything that it runs. Call it before the engine stops.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.workers.stop().await;
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// What is wrong with plugins that should run, for `/readyz`.
    pub fn failures(&self) -> Vec<String> {
        self.shared.registry.failures()
    }

    /// Plugins that are switched on and that the lock does not let run, for `/readyz`.
    pub fn refusals(&self) -> Vec<String> {
        self.shared.registry.refusals()
    }
}

impl Shared {
    /// The desk, once there is one.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.get()
    }

    /// Runs something until the host stops.
    pub(crate) fn spawn(self: Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Cancelled when what is switched on was loaded for the first time.
    pub(crate) fn loaded(&self) -> CancellationToken {
        self.loaded.clone()
    }

    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs what is switched on, and nothing else.
    pub(crate) async fn refresh(self: &Arc<Self>) {
        let Some(engine) = self.engine() else {
            return;
        };
        let desk = engine.desk();
        self.registry.refresh(self, &desk).await;
        channels::refresh(self, &desk).await;
        self.recordings.refresh(self, engine, &desk);
        engine.policies_changed();
        self.refreshed.notify_one();
    }
}

/// Follows the journal for changes of configuration that did not come through this host.
async fn follow(host: Arc<Shared>, since: plugboard_domain::Seq, stop: CancellationToken) {
    let Some(engine) = host.engine().cloned() else {
        return;
    };
    let mut head = engine.head();
    let mut position = since;
    loop {
        head.borrow_and_update();
        let mut changed = false;
        loop {
            let events = match engine.store().read_since(position, READ_MAX).await {
                Ok(events) => events,
                Err(error) => {
                    warn!(%error, "plugins: the store failed");
                    break;
                }
            };
            let Some(last) = events.last() else {
                break;
            };
            position = last.seq;
            changed |= events.iter().any(|it| concerns_plugins(&it.event));
        }
        if changed {
            host.refresh().await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            moved = head.changed() => if moved.is_err() { return },
        }
    }
}

fn concerns_plugins(event: &Event) -> bool {
    let kind = match event {
        Event::DeskSaved { entity } => entity.reference().kind,
        Event::DeskRemoved { entity } => entity.kind,
        _ => return false,
    };
    matches!(
        kind,
        EntityKind::Plugin | EntityKind::Rule | EntityKind::Policies | EntityKind::Inbox
    )
}
