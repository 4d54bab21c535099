//! The host: what all mailboxes share, and their life.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use plugboard_blob::Blobs;
use plugboard_domain::{
    Event,
    channel::ChannelKind,
    desk::{EntityKind, Inbox},
    ids::InboxId,
};
use plugboard_engine::{Courier, Engine};
use plugboard_mail::thread::Keys;
use tokio::{net::TcpListener, runtime::Handle, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    courier::MailCourier,
    dns::Resolver,
    folder::Follow,
    health::Board,
    lmtp,
    net::{Patience, Trust},
    oauth::Tokens,
    pace::Paces,
    settings::EmailSettings,
};

/// Largest mail that is taken in whole, in bytes: what providers let through, and what four times of is still memory.
const MAIL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Events read at once while looking for changes of configuration.
const READ_MAX: usize = 1_000;

/// What a host is made of.
pub struct EmailConfig {
    /// Sources, HTML and files of mails.
    pub blobs: Blobs,
    /// How long servers may take.
    pub patience: Patience,
    /// Where a mail server on this machine hands mail over by LMTP; nowhere when unset.
    pub lmtp: Option<SocketAddr>,
    /// Authorities, as PEM, whose certificates are believed of mail servers beside those that the machine believes.
    pub authorities: Option<Vec<u8>>,
    /// What the names are signed with by which answers find their conversations; the same at each start.
    pub secret: Vec<u8>,
    /// Name servers that are asked where mails are from; with none, only what a trusted mail server wrote counts.
    pub name_servers: Vec<SocketAddr>,
}

/// Holds the mailboxes of a desk. Cheap to clone.
///
/// It is made before the engine, whose courier it gives; [`EmailHost::attach`] gives it the engine.
#[derive(Clone)]
pub struct EmailHost {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    engine: OnceLock<Engine>,
    pub(crate) blobs: Blobs,
    pub(crate) patience: Patience,
    pub(crate) bytes_max: u64,
    pub(crate) health: Board,
    pub(crate) tokens: Tokens,
    pub(crate) paces: Paces,
    /// One large mail is in memory at a time.
    pub(crate) large: Arc<Semaphore>,
    /// Whose certificates are believed.
    pub(crate) trust: Trust,
    /// What the names of conversations are signed with.
    pub(crate) keys: Keys,
    /// Who is asked where mails are from.
    pub(crate) resolver: Resolver,
    pub(crate) runtime: Handle,
    pub(crate) lmtp: OnceLock<SocketAddr>,
    wanted_lmtp: Option<SocketAddr>,
    /// What runs for each inbox. Leaf data, never held over an await.
    running: Mutex<HashMap<InboxId, Running>>,
    stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

struct Running {
    /// What it was started with; anything else starts it anew.
    inbox: Inbox,
    stop: CancellationToken,
}

impl EmailHost {
    /// A host without a desk yet. Called within a runtime. An error when the authorities cannot be read.
    pub fn new(config: EmailConfig) -> Result<Self, String> {
        let trust = match &config.authorities {
            Some(pem) => Trust::with(pem)?,
            None => Trust::default(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                engine: OnceLock::new(),
                blobs: config.blobs,
                patience: config.patience,
                bytes_max: MAIL_BYTES_MAX,
                health: Board::default(),
                tokens: Tokens::default(),
                paces: Paces::default(),
                large: Arc::new(Semaphore::new(1)),
                trust,
                keys: Keys::new(config.secret),
                resolver: Resolver::new(config.name_servers),
                runtime: Handle::current(),
                lmtp: OnceLock::new(),
                wanted_lmtp: config.lmtp,
                running: Mutex::default(),
                stop: CancellationToken::new(),
                tasks: TaskTracker::new(),
            }),
        })
    }

    /// Who carries mail out, for the engine.
    pub fn courier(&self) -> Arc<dyn Courier> {
        Arc::new(MailCourier::new(Arc::downgrade(&self.shared)))
    }

    /// Gives it the running desk, and begins to work. An error when it cannot listen for a mail server.
    pub async fn attach(&self, engine: Engine) -> std::io::Result<()> {
        let shared = &self.shared;
        if shared.engine.set(engine.clone()).is_err() {
            return Ok(());
        }
        if let Some(address) = shared.wanted_lmtp {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            info!(%address, "listening for a mail server (LMTP)");
            let _ = shared.lmtp.set(address);
            let (host, stop) = (shared.clone(), shared.stop.clone());
            shared
                .tasks
                .spawn(lmtp::listen(host, engine.clone(), listener, stop));
        }
        let since = *engine.head().borrow();
        shared.refresh(&engine);
        let (host, stop) = (shared.clone(), shared.stop.clone());
        shared.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = follow(host, engine, since) => {}
            }
        });
        Ok(())
    }

    /// Where it listens for a mail server.
    pub fn lmtp_address(&self) -> Option<SocketAddr> {
        self.shared.lmtp.get().copied()
    }

    /// Ends everything that it does. Call it before the engine stops.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        for running in self.shared.running().values() {
            running.stop.cancel();
        }
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Mailboxes that do not work, for `/readyz`.
    pub fn stopped(&self) -> Vec<String> {
        self.shared.health.stopped()
    }
}

impl Shared {
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.get()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<InboxId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows the mailboxes that there are now, as they are set up now, and no others.
    pub(crate) fn refresh(self: &Arc<Self>, engine: &Engine) {
        let desk = engine.desk();
        let mut running = self.running();
        let is = |inbox: &Inbox| inbox.channel == ChannelKind::Email;
        running.retain(|id, it| {
            let same = desk
                .inbox(*id)
                .is_some_and(|now| is(now) && now.settings == it.inbox.settings);
            if !same {
                it.stop.cancel();
                self.health.forget(*id);
                self.tokens.forget(*id);
            }
            same
        });
        for inbox in desk.inboxes().filter(|it| is(it)) {
            running
                .entry(inbox.id)
                .or_insert_with(|| self.start(engine, inbox));
        }
    }

    /// Starts a mailbox anew, now: somebody mended something.
    pub(crate) fn restart(self: &Arc<Self>, engine: &Engine, id: InboxId) {
        if let Some(before) = self.running().remove(&id) {
            before.stop.cancel();
        }
        self.health.forget(id);
        self.tokens.forget(id);
        self.refresh(engine);
    }

    fn start(self: &Arc<Self>, engine: &Engine, inbox: &Inbox) -> Running {
        let stop = self.stop.child_token();
        match EmailSettings::parse(&inbox.settings) {
            Ok(settings) => {
                if let Some(imap) = settings.imap.clone() {
                    let follow = |folder: Option<String>| Follow {
                        shared: self.clone(),
                        engine: engine.clone(),
                        inbox: inbox.clone(),
                        settings: settings.clone(),
                        imap: imap.clone(),
                        sent: folder.is_none(),
                        folder: folder.unwrap_or_default(),
                        stop: stop.clone(),
                    };
                    for folder in &imap.folders {
                        self.tasks.spawn(follow(Some(folder.clone())).run());
                    }
                    if imap.read_sent {
                        self.tasks.spawn(follow(None).run());
                    }
                }
            }
            Err(why) => {
                warn!(inbox.id = %inbox.id, %why, "an email inbox has settings that make no sense");
            }
        }
        Running {
            inbox: inbox.clone(),
            stop,
        }
    }
}

/// Follows the journal for changes of inboxes.
async fn follow(host: Arc<Shared>, engine: Engine, since: plugboard_domain::Seq) {
    let mut head = engine.head();
    let mut position = since;
    loop {
        head.borrow_and_update();
        let mut changed = false;
        loop {
            let events = match engine.store().read_since(position, READ_MAX).await {
                Ok(events) => events,
                Err(error) => {
                    warn!(%error, "mail: the store failed");
                    break;
                }
            };
            let Some(last) = events.last() else { break };
            position = last.seq;
            changed |= events.iter().any(|it| concerns_inboxes(&it.event));
        }
        if changed {
            host.refresh(&engine);
        }
        if head.changed().await.is_err() {
            return;
        }
    }
}

fn concerns_inboxes(event: &Event) -> bool {
    match event {
        Event::DeskSaved { entity } => entity.reference().kind == EntityKind::Inbox,
        Event::DeskRemoved { entity } => entity.kind == EntityKind::Inbox,
        _ => false,
    }
}

/// The host, while it lives.
pub(crate) fn alive(host: &Weak<Shared>) -> Option<Arc<Shared>> {
    host.upgrade()
}
