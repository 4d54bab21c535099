//! What every handler holds.

use std::{ops::Deref, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use plugboard_blob::Blobs;
use plugboard_channel::{Capabilities, Channel, mailbox::Mailboxes, phone::Telephony};
use plugboard_domain::{channel::ChannelKind, desk::Inbox};
use plugboard_engine::Engine;
use plugboard_extension::Extensions;

use crate::{
    assets::{NoFiles, StaticFiles},
    auth::Tokens,
    config::HttpConfig,
    cti::Pbx,
    limits::Limits,
    live::Live,
    mail::Pictures,
    mailboxes::Leaves,
    passwords::Passwords,
    visitors::{Flood, Visitors},
};

/// What an edge is made of.
pub struct AppSetup {
    /// The running desk.
    pub engine: Engine,
    /// Files of messages.
    pub blobs: Blobs,
    /// The operator's settings.
    pub config: HttpConfig,
    /// What `/metrics` shows; nothing when unset.
    pub metrics: Option<PrometheusHandle>,
    /// The agent app.
    pub files: Arc<dyn StaticFiles>,
    /// Plugins, rules and backtests; nothing of these when unset.
    pub extensions: Option<Arc<dyn Extensions>>,
    /// The mailboxes of email inboxes; none when unset.
    pub mailboxes: Option<Arc<dyn Mailboxes>>,
    /// The lines of phone inboxes; none when unset, and calls of a PBX are reported all the same.
    pub telephony: Option<Arc<dyn Telephony>>,
    /// What `/readyz` asks besides the store.
    pub checks: Vec<Arc<dyn ReadyCheck>>,
}

/// A part of the process that may not be ready.
#[async_trait::async_trait]
pub trait ReadyCheck: Send + Sync {
    /// What it is: `plugins`.
    fn name(&self) -> &'static str;

    /// `Err` with a sentence for the operator when it is not ready.
    async fn check(&self) -> Result<(), String>;

    /// What an operator should know although it is ready.
    fn warning(&self) -> Option<String> {
        None
    }
}

/// The state of the edge. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// What an [`App`] gives to handlers.
pub struct AppParts {
    /// The running desk.
    pub engine: Engine,
    /// Files of messages.
    pub blobs: Blobs,
    /// The operator's settings.
    pub config: HttpConfig,
    /// Rate limits.
    pub limits: Limits,
    /// Tokens found lately.
    pub tokens: Tokens,
    /// Password hashing.
    pub passwords: Passwords,
    /// Held while a configured thing is read, changed and saved, so that two edits at once both stay.
    pub desk_edits: tokio::sync::Mutex<()>,
    pub(crate) live: Live,
    pub(crate) visitors: Visitors,
    pub(crate) flood: Flood,
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) files: Arc<dyn StaticFiles>,
    pub(crate) extensions: Option<Arc<dyn Extensions>>,
    pub(crate) mailboxes: Option<Arc<dyn Mailboxes>>,
    pub(crate) telephony: Option<Arc<dyn Telephony>>,
    pub(crate) pbx: Pbx,
    pub(crate) leaves: Leaves,
    pub(crate) pictures: Pictures,
    pub(crate) checks: Vec<Arc<dyn ReadyCheck>>,
}

impl AppSetup {
    /// The least: no web app, no metrics.
    pub fn new(engine: Engine, blobs: Blobs) -> Self {
        Self {
            engine,
            blobs,
            config: HttpConfig::default(),
            metrics: None,
            files: Arc::new(NoFiles),
            extensions: None,
            mailboxes: None,
            telephony: None,
            checks: Vec::new(),
        }
    }
}

impl App {
    /// The edge of a running desk. Starts the tasks that follow the journal for websockets, so it needs a runtime.
    pub fn new(setup: AppSetup) -> Self {
        let enforced = setup.config.rate_limits;
        let pictures = Pictures::new(setup.config.pictures, setup.config.pictures_key);
        let pbx = Pbx::new(setup.config.cti_key);
        let offline_after = Duration::from_secs(setup.config.offline_after_secs);
        let live = Live::start(&setup.engine, offline_after);
        Self(Arc::new(AppParts {
            engine: setup.engine,
            blobs: setup.blobs,
            config: setup.config,
            limits: Limits::new(enforced),
            tokens: Tokens::default(),
            passwords: Passwords::new(),
            desk_edits: tokio::sync::Mutex::new(()),
            live,
            visitors: Visitors::default(),
            flood: Flood::new(enforced),
            metrics: setup.metrics,
            files: setup.files,
            extensions: setup.extensions,
            mailboxes: setup.mailboxes,
            telephony: setup.telephony,
            pbx,
            leaves: Leaves::default(),
            pictures,
            checks: setup.checks,
        }))
    }

    /// Tells every websocket to come back later, answers long polls, and returns when the clients are gone. Call it when
    /// the process is to stop, before the engine stops.
    pub async fn stop_live(&self) {
        self.live.stop().await;
    }

    /// What extends the desk; 503 in a build without it.
    pub(crate) fn extensions(&self) -> Result<&Arc<dyn Extensions>, crate::ApiError> {
        self.extensions
            .as_ref()
            .ok_or_else(|| crate::ApiError::unavailable("this desk runs without plugins"))
    }

    /// The mailboxes of the desk; 503 in a build without email.
    pub(crate) fn mailboxes(&self) -> Result<&Arc<dyn Mailboxes>, crate::ApiError> {
        self.mailboxes
            .as_ref()
            .ok_or_else(|| crate::ApiError::unavailable("this desk runs without email"))
    }

    /// The lines of the desk; 503 in a build without telephony.
    pub(crate) fn telephony(&self) -> Result<&Arc<dyn Telephony>, crate::ApiError> {
        self.telephony
            .as_ref()
            .ok_or_else(|| crate::ApiError::unavailable("this desk runs without telephony"))
    }

    /// What an inbox's channel can do, when it is there now.
    pub(crate) fn can(&self, inbox: &Inbox) -> Option<Capabilities> {
        self.channel(&inbox.channel)
            .map(|it| it.capabilities(inbox))
    }

    /// The channel of this kind, when there is one now: those of plugins come and go.
    pub fn channel(&self, kind: &ChannelKind) -> Option<Arc<dyn Channel>> {
        self.engine.channels().get(kind)
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}
