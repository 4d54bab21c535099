//! The host: what all lines share, and their life.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use plugboard_blob::Blobs;
use plugboard_domain::{
    Event, Principal,
    call::{CallChange, CallCommand, CallFact, Direction},
    desk::EntityKind,
    ids::{CallId, InboxId},
};
use plugboard_engine::Engine;
use tokio::{
    runtime::{Handle, Runtime},
    sync::{Notify, mpsc, oneshot},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    browser::Browsers,
    call, keep,
    lines::{Lines, Word},
    sound::{Kept, Recordings, ports::Ports},
    trunks::{self, Trunk},
    trying,
    vault::Vault,
    wire::{Buckets, Known, SipPort},
};

/// Events read at once while following the journal.
const READ_MAX: usize = 1_000;

/// Threads for the sound of calls: one would do for a hundred calls, two keep one slow task from holding up the others.
const SOUND_THREADS: usize = 2;

/// Recordings that are whole and not stored yet.
const KEPT_MAX: usize = 1_024;

/// How long calls may end by themselves when the desk stops.
const GOODBYE: Duration = Duration::from_secs(1);

/// What a host is made of.
pub struct PhoneConfig {
    /// Where trunks are listened for, once there is one.
    pub listen: SocketAddr,
    /// What peers and browsers reach this machine by; found out when unset.
    pub address: Option<IpAddr>,
    /// Where the sound of calls arrives.
    pub ports: RangeInclusive<u16>,
    /// Where the browsers of agents are heard, once there is a phone inbox.
    pub browsers: SocketAddr,
    /// Where recordings are written while calls last.
    pub recordings: PathBuf,
    /// What recordings are sealed with; the same at each start.
    pub key: [u8; 32],
    /// Where recordings are kept.
    pub blobs: Blobs,
}

/// Holds the lines of a desk. Cheap to clone.
///
/// It is made before the engine is used; [`PhoneHost::attach`] gives it the engine.
#[derive(Clone)]
pub struct PhoneHost {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) config: PhoneConfig,
    pub(crate) told: IpAddr,
    engine: OnceLock<Engine>,
    pub(crate) vault: Vault,
    pub(crate) recordings: Recordings,
    pub(crate) known: Arc<ArcSwap<Known>>,
    pub(crate) trunks: ArcSwap<Vec<Trunk>>,
    /// What is open. Leaf data, never held over an await.
    port: Mutex<Option<Arc<dyn SipPort>>>,
    browsers: Mutex<Option<Browsers>>,
    pub(crate) lines: Lines,
    pub(crate) ports: Ports,
    /// What is wrong with trunks. Leaf data.
    troubles: Mutex<BTreeMap<InboxId, String>>,
    /// What registrars said last. Leaf data.
    registrations: Mutex<BTreeMap<InboxId, u16>>,
    /// Who waits for an answer to a probe. Leaf data.
    probes: Mutex<HashMap<u64, oneshot::Sender<u16>>>,
    /// How many calls trunks may begin. Leaf data.
    begins: Mutex<Buckets<InboxId>>,
    /// A trunk fails: its host may be somewhere else.
    pub(crate) failing: Notify,
    /// One looks after the trunks at a time.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    sound: SoundRuntime,
    kept: Mutex<Option<mpsc::Receiver<Kept>>>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// A runtime that may be dropped anywhere.
struct SoundRuntime(Option<Runtime>, Handle);

impl Drop for SoundRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl PhoneHost {
    /// A host without a desk yet. Nothing is listened on before there is a phone inbox.
    pub fn new(config: PhoneConfig) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(SOUND_THREADS)
            .thread_name("sound")
            .enable_all()
            .build()?;
        let vault = Vault::new(config.key);
        let (keeps, kept) = mpsc::channel(KEPT_MAX);
        let recordings = Recordings::new(&config.recordings, vault.clone(), keeps)?;
        let told = config.address.unwrap_or_else(|| own_address(config.listen));
        let ports = Ports {
            bind: if told.is_ipv4() {
                [0; 4].into()
            } else {
                [0_u16; 8].into()
            },
            told,
            range: config.ports.clone(),
        };
        let handle = runtime.handle().clone();
        let shared = Shared {
            told,
            engine: OnceLock::new(),
            vault,
            recordings,
            known: Arc::default(),
            trunks: ArcSwap::default(),
            port: Mutex::default(),
            browsers: Mutex::default(),
            lines: Lines::default(),
            ports,
            troubles: Mutex::default(),
            registrations: Mutex::default(),
            probes: Mutex::default(),
            begins: Mutex::new(Buckets::new(trunks::CALLS)),
            failing: Notify::new(),
            refreshing: tokio::sync::Mutex::default(),
            sound: SoundRuntime(Some(runtime), handle),
            kept: Mutex::new(Some(kept)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            config,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Gives it the running desk: mends recordings, ends calls that a dead process carried, and begins to work.
    pub async fn attach(&self, engine: Engine) {
        let shared = &self.shared;
        if shared.engine.set(engine.clone()).is_err() {
            return;
        }
        match engine.end_lost_calls().await {
            Ok(0) => {}
            Ok(lost) => info!(
                calls = lost,
                "calls that were going on before this start have ended"
            ),
            Err(error) => warn!(%error, "phone: calls of before could not be ended"),
        }
        let kept = shared
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(kept) = kept {
            shared
                .tasks
                .spawn(keep::run(shared.clone(), engine.clone(), kept));
        }
        if let Err(error) = shared.recordings.mend().await {
            warn!(%error, "phone: recordings of before could not be read");
        }
        let since = *engine.head().borrow();
        trunks::refresh(shared, &engine).await;
        let (host, stop) = (shared.clone(), shared.stop.clone());
        shared.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = trunks::watch(host.clone(), engine.clone()) => {}
                () = follow(host, engine, since) => {}
            }
        });
    }

    /// Leaves what was said in a call elsewhere, in A-law of both sides, where recordings are found at the next
    /// [`PhoneHost::attach`]; the call is to be one that is recorded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn leave_recording(&self, call: CallId, caller: &[u8], agent: &[u8]) -> io::Result<()> {
        self.shared.recordings.leave(call, caller, agent)
    }

    /// Where trunks are listened for, when they are.
    pub fn address(&self) -> Option<SocketAddr> {
        self.shared.port()?.address()
    }

    /// Calls that are carried now.
    pub fn calls(&self) -> usize {
        self.shared.lines.calls()
    }

    /// Ends everything that it does. Call it before the engine stops.
    pub async fn stop(&self) {
        let shared = &self.shared;
        shared.lines.stop();
        let gone = async {
            while shared.lines.calls() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE, gone).await;
        shared.set_port(None);
        shared.stop.cancel();
        shared.tasks.close();
        shared.tasks.wait().await;
    }

    /// What is wrong with trunks, for `/readyz`.
    pub fn troubles(&self) -> Vec<String> {
        let troubles = self
            .shared
            .troubles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        troubles.values().cloned().collect()
    }
}

impl Shared {
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.get()
    }

    /// The runtime of sound.
    pub(crate) fn sound(&self) -> &Handle {
        &self.sound.1
    }

    pub(crate) fn port(&self) -> Option<Arc<dyn SipPort>> {
        self.port
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_port(&self, port: Option<Arc<dyn SipPort>>) {
        *self.port.lock().unwrap_or_else(PoisonError::into_inner) = port;
    }

    pub(crate) fn browsers(&self) -> Option<Browsers> {
        self.browsers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_browsers(&self, browsers: Option<Browsers>) {
        *self.browsers.lock().unwrap_or_else(PoisonError::into_inner) = browsers;
    }

    pub(crate) fn trouble(&self, inbox: InboxId, trouble: Option<String>) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) => troubles.insert(inbox, trouble),
            None => troubles.remove(&inbox),
        };
    }

    pub(crate) fn has_troubles(&self) -> bool {
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        !troubles.is_empty()
    }

    /// A registrar took us in, or did not.
    pub(crate) fn registered(&self, inbox: InboxId, code: u16) {
        let registrations = self.registrations.lock();
        let mut registrations = registrations.unwrap_or_else(PoisonError::into_inner);
        registrations.insert(inbox, code);
    }

    /// What the registrar of an inbox said last: nothing before its first answer.
    pub(crate) fn registration(&self, inbox: InboxId) -> Option<u16> {
        let registrations = self.registrations.lock();
        let registrations = registrations.unwrap_or_else(PoisonError::into_inner);
        registrations.get(&inbox).copied()
    }

    /// Why a registrar did not take us in, in plain words.
    pub(crate) fn refused(&self, inbox: InboxId) -> Option<String> {
        let code = self.registration(inbox).filter(|it| *it >= 300);
        code.map(trying::refusal)
    }

    /// Whether a trunk may begin one more call now.
    pub(crate) fn begins(&self, inbox: InboxId) -> bool {
        let mut begins = self.begins.lock().unwrap_or_else(PoisonError::into_inner);
        begins.take(inbox, std::time::Instant::now())
    }

    /// Who waits for the answer to a probe: the number to give it.
    pub(crate) fn probing(&self) -> (u64, oneshot::Receiver<u16>) {
        let (answer, answered) = oneshot::channel();
        let mut probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
        probes.retain(|_, it| !it.is_closed());
        let probe = getrandom::u64().unwrap_or_default();
        probes.insert(probe, answer);
        (probe, answered)
    }

    /// A peer answered to a probe.
    pub(crate) fn probed(&self, probe: u64, code: u16) {
        let mut probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = probes.remove(&probe) {
            let _ = answer.send(code);
        }
    }

    /// Reports of a call. What the desk does not take is told in the log, and the call goes on.
    pub(crate) async fn report(&self, call: CallId, fact: CallFact) -> bool {
        let Some(engine) = self.engine() else {
            return false;
        };
        let command = (call, CallCommand::Advance(fact));
        let envelope = plugboard_domain::Envelope::new(Principal::System("phone"), command);
        match engine.execute(envelope).await {
            Ok(_) => true,
            Err(error) => {
                warn!(call.id = %call, %error, "phone: the desk did not take a report");
                false
            }
        }
    }
}

/// The address that this machine is reached by: the one it listens on, or the one it would ask the world from.
fn own_address(listen: SocketAddr) -> IpAddr {
    if !listen.ip().is_unspecified() {
        return listen.ip();
    }
    let asked = || {
        let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
        // Nothing is sent: connecting only chooses the way.
        socket.connect(("192.0.2.1", 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    asked().unwrap_or(IpAddr::from([127, 0, 0, 1]))
}

/// Follows the journal: what people decide about calls, and changes of inboxes.
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
                    warn!(%error, "phone: the store failed");
                    break;
                }
            };
            let Some(last) = events.last() else { break };
            position = last.seq;
            for recorded in &events {
                changed |= concerns_inboxes(&recorded.event);
                take(&host, &recorded.event);
            }
        }
        if changed {
            trunks::refresh(&host, &engine).await;
        }
        if head.changed().await.is_err() {
            return;
        }
    }
}

fn take(host: &Arc<Shared>, event: &Event) {
    match event {
        Event::CallChanged { call_id, change } => {
            let told = host.lines.tell(*call_id, Word::Change(change.clone()));
            if !told && let CallChange::Accepted { .. } = change {
                tracing::debug!(call.id = %call_id, "phone: a call of another provider was accepted");
            }
        }
        Event::CallStarted { call }
            if call.direction == Direction::Outbound && call.provider == call::SIP =>
        {
            host.tasks.spawn(call::dial(host.clone(), call.clone()));
        }
        _ => {}
    }
}

fn concerns_inboxes(event: &Event) -> bool {
    match event {
        Event::DeskSaved { entity } => entity.reference().kind == EntityKind::Inbox,
        Event::DeskRemoved { entity } => entity.kind == EntityKind::Inbox,
        _ => false,
    }
}
