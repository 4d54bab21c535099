//! Trunks: they follow the configuration, and say which inbox a call is for.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use plugboard_domain::{
    call::{Number, PhoneSettings, TrunkKind},
    channel::ChannelKind,
    desk::{EntityKind, EntityRef, Inbox},
    ids::InboxId,
};
use plugboard_engine::Engine;
use plugboard_phone_media::latch::Trust;
use plugboard_sip::{Credentials, Event, Invitation, Place, Registration, Transport};
use tokio::sync::mpsc;
use tracing::warn;

use crate::{
    announce::Announcements,
    browser::Browsers,
    call,
    channel::TRUNK_PASSWORD,
    host::Shared,
    wire::{Ask, Known, Net, Rate, Wire},
};

/// The port of signalling.
pub(crate) const PORT: u16 = 5_060;

/// How long a registrar is asked to remember us, in seconds.
const REGISTERED_SECS: u32 = 300;

/// How often hosts of trunks are looked for again: their addresses change.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// When it is tried again to listen on a port that something else has.
const LISTEN_AGAIN: Duration = Duration::from_secs(3);

/// The least time between two looks, however often trunks fail.
const LOOK_LEAST: Duration = Duration::from_secs(15);

/// Calls that a trunk may begin: what a hundred lines bring when all are used at once.
pub(crate) const CALLS: Rate = Rate {
    per_second: 50.0,
    burst: 200.0,
};

/// A trunk of an inbox.
#[derive(Clone)]
pub(crate) struct Trunk {
    pub(crate) inbox: Inbox,
    pub(crate) settings: PhoneSettings,
    pub(crate) place: Place,
    pub(crate) host: String,
    nets: Vec<Net>,
    /// The addresses of its host.
    found: Vec<SocketAddr>,
    pub(crate) says: Announcements,
    pub(crate) credentials: Option<Credentials>,
    /// Which registration is its, if it has one.
    registration: Option<u64>,
}

impl Trunk {
    fn same(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.place == other.place
            && self.credentials == other.credentials
    }

    /// What we are called in our contact there.
    pub(crate) fn user(&self) -> String {
        self.settings
            .trunk
            .user
            .clone()
            .unwrap_or_else(|| "plugboard".to_owned())
    }

    /// From where its sound is taken.
    pub(crate) fn trust(&self) -> Trust {
        if self.settings.trunk.latch {
            Trust::AnyAddress
        } else {
            Trust::SignalledAddress
        }
    }

    /// A number as an address at the trunk.
    pub(crate) fn address(&self, number: &str) -> String {
        let number: String = number
            .chars()
            .filter(|it| it.is_ascii_alphanumeric() || "+*#_.-".contains(*it))
            .collect();
        let host = match self.place.address.port() {
            PORT => self.host.clone(),
            port => format!("{}:{port}", self.host),
        };
        format!("sip:{number}@{host}")
    }
}

/// Looks for the hosts of trunks again: now and then, and when one of them fails.
pub(crate) async fn watch(shared: Arc<Shared>, engine: Engine) {
    loop {
        let deaf = shared.port().is_none() && !shared.trunks.load().is_empty();
        tokio::time::sleep(if deaf { LISTEN_AGAIN } else { LOOK_LEAST }).await;
        let _ = tokio::time::timeout(LOOK_EVERY, shared.failing.notified()).await;
        if !shared.trunks.load().is_empty() || shared.has_troubles() {
            refresh(&shared, &engine).await;
        }
    }
}

/// Follows the trunks that there are now, as they are set up now, and no others.
pub(crate) async fn refresh(shared: &Arc<Shared>, engine: &Engine) {
    let _alone = shared.refreshing.lock().await;
    let desk = engine.desk();
    let before = shared.trunks.load_full();
    let (mut trunks, mut phones) = (Vec::new(), false);
    for inbox in desk.inboxes().filter(|it| it.channel == ChannelKind::Phone) {
        let known = before.iter().find(|it| it.inbox.id == inbox.id);
        let found = trunk(engine, inbox, known).await;
        // Without a line there is nothing to talk through in a browser.
        phones |= !matches!(found, Ok(None));
        match found {
            Ok(Some(mut trunk)) => {
                let known = known.map(|it| &it.says);
                let (says, trouble) =
                    Announcements::load(shared, engine, &trunk.settings, known).await;
                trunk.says = says;
                let trouble = trouble.or_else(|| shared.refused(inbox.id));
                let trouble = trouble.map(|it| format!("{}: {it}", inbox.name));
                shared.trouble(inbox.id, trouble);
                trunks.push(trunk);
            }
            Ok(None) => shared.trouble(inbox.id, None),
            Err(why) => {
                warn!(inbox.id = %inbox.id, %why, "a trunk cannot be used");
                shared.trouble(inbox.id, Some(format!("{}: {why}", inbox.name)));
            }
        }
    }
    let nets = trunks.iter().flat_map(|it| it.nets.clone()).collect();
    shared.known.store(Arc::new(Known(nets)));
    if let Err(why) = open(shared, !trunks.is_empty(), phones).await {
        // What has the port may be a process that is about to end: it is tried again soon.
        shared.failing.notify_one();
        for inbox in trunks.iter().map(|it| &it.inbox) {
            shared.trouble(inbox.id, Some(format!("{}: {why}", inbox.name)));
        }
    }
    register(shared, &before, &mut trunks);
    shared.trunks.store(Arc::new(trunks));
}

/// Listens when there is something to listen for, and not otherwise; why not, if it should.
async fn open(shared: &Arc<Shared>, lines: bool, phones: bool) -> Result<(), String> {
    let unheard = |whom: &str, at: SocketAddr, why: String| {
        warn!(%why, %at, "phone: {whom} cannot be listened for");
        Err(format!("{whom} cannot be listened for at {at}: {why}"))
    };
    let mut heard = Ok(());
    if phones && shared.browsers().is_none() {
        let (listen, told, stop) = (shared.config.browsers, shared.told, shared.stop.clone());
        let opened = shared
            .sound()
            .spawn(Browsers::open(listen, told, stop))
            .await;
        match opened {
            Ok(Ok(browsers)) => shared.set_browsers(Some(browsers)),
            Ok(Err(error)) => heard = unheard("browsers", listen, error.to_string()),
            Err(error) => heard = unheard("browsers", listen, error.to_string()),
        }
    }
    if !lines {
        shared.set_port(None);
        return heard;
    }
    if shared.port().is_some() {
        return heard;
    }
    let host = match shared.told {
        std::net::IpAddr::V4(it) => it.to_string(),
        std::net::IpAddr::V6(it) => format!("[{it}]"),
    };
    let opened = Wire::open(
        shared.config.listen,
        host,
        shared.known.clone(),
        &shared.tasks,
        shared.stop.clone(),
    );
    match opened.await {
        Ok((wire, events)) => {
            shared.set_port(Some(Arc::new(wire)));
            shared.tasks.spawn(listen(shared.clone(), events));
            heard
        }
        Err(error) => unheard("trunks", shared.config.listen, error.to_string()),
    }
}

/// Keeps the registrations that stay, and begins and ends others.
fn register(shared: &Arc<Shared>, before: &[Trunk], trunks: &mut [Trunk]) {
    let Some(port) = shared.port() else { return };
    let mut next = before
        .iter()
        .filter_map(|it| it.registration)
        .max()
        .unwrap_or(0);
    for old in before {
        let stays = trunks
            .iter_mut()
            .find(|it| it.inbox.id == old.inbox.id && it.same(old));
        match (stays, old.registration) {
            (Some(trunk), registration) => trunk.registration = registration,
            (None, Some(registration)) => port.ask(Ask::Unregister(registration)),
            (None, None) => {}
        }
    }
    for trunk in trunks {
        let wanted = trunk.settings.trunk.kind == TrunkKind::Register;
        let Some(credentials) = trunk
            .credentials
            .clone()
            .filter(|_| wanted && trunk.registration.is_none())
        else {
            continue;
        };
        next += 1;
        trunk.registration = Some(next);
        let user = trunk.user();
        port.ask(Ask::Register(Box::new(Registration {
            id: next,
            place: trunk.place,
            registrar: format!("sip:{}", trunk.host),
            address: format!("sip:{user}@{}", trunk.host),
            user,
            credentials,
            seconds: REGISTERED_SECS,
        })));
    }
}

/// The addresses of a host.
pub(crate) async fn find(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let found = tokio::net::lookup_host((host, port)).await;
    let all: Vec<SocketAddr> = found
        .map_err(|it| format!("{host} cannot be found ({it})"))?
        .collect();
    if all.is_empty() {
        return Err(format!("{host} has no address"));
    }
    Ok(all)
}

/// The one that is spoken to: the same as before while it is among them, since names are told in any order.
fn choose(all: &[SocketAddr], before: Option<SocketAddr>) -> Option<SocketAddr> {
    before
        .filter(|it| all.contains(it))
        .or(all.first().copied())
}

/// The trunk of an inbox, if it has one; why not, if it should.
async fn trunk(
    engine: &Engine,
    inbox: &Inbox,
    known: Option<&Trunk>,
) -> Result<Option<Trunk>, String> {
    let settings = PhoneSettings::parse(&inbox.settings).map_err(|it| it.to_string())?;
    if settings.trunk.kind == TrunkKind::None {
        return Ok(None);
    }
    let host = settings.trunk.host.clone().ok_or("it has no host")?;
    let port = settings.trunk.port.unwrap_or(PORT);
    let known = known.filter(|it| it.settings.trunk == settings.trunk);
    let all = match find(&host, port).await {
        Ok(all) => all,
        // Names that cannot be asked now are no reason to lose a trunk that works.
        Err(why) => known.map(|it| it.found.clone()).ok_or(why)?,
    };
    let address =
        choose(&all, known.map(|it| it.place.address)).ok_or("its host has no address")?;
    let transport = if settings.trunk.is_tcp() {
        Transport::Tcp
    } else {
        Transport::Udp
    };
    let peers = settings.trunk.peers.iter().filter_map(|it| Net::parse(it));
    let found = all.clone();
    let nets = all.iter().map(|it| Net::of(it.ip())).chain(peers).collect();
    let of = EntityRef {
        kind: EntityKind::Inbox,
        id: inbox.id.0,
    };
    let secrets = engine
        .store()
        .secrets(of)
        .await
        .map_err(|it| it.to_string())?;
    let user = settings
        .trunk
        .auth_user
        .clone()
        .or_else(|| settings.trunk.user.clone());
    let password = secrets
        .get(TRUNK_PASSWORD)
        .filter(|it| !it.is_empty())
        .cloned();
    let credentials = user
        .zip(password)
        .map(|(user, password)| Credentials { user, password });
    Ok(Some(Trunk {
        inbox: inbox.clone(),
        settings,
        place: Place { transport, address },
        host,
        nets,
        found,
        says: Announcements::default(),
        credentials,
        registration: None,
    }))
}

/// Takes what happens on the lines.
async fn listen(shared: Arc<Shared>, mut events: mpsc::Receiver<Event>) {
    while let Some(event) = events.recv().await {
        match event {
            Event::Invited(invitation) => invited(&shared, *invitation),
            Event::Probed { probe, code } => shared.probed(probe, code),
            Event::Registered { registration, .. } => registered(&shared, registration, 200),
            Event::NotRegistered { registration, code } => {
                registered(&shared, registration, code);
            }
            event => {
                if let Some(line) = call::line_of(&event) {
                    shared.lines.happened(line, event);
                }
            }
        }
    }
}

fn registered(shared: &Shared, registration: u64, code: u16) {
    let trunks = shared.trunks.load();
    let Some(trunk) = trunks
        .iter()
        .find(|it| it.registration == Some(registration))
    else {
        return;
    };
    shared.registered(trunk.inbox.id, code);
    let trouble = shared.refused(trunk.inbox.id);
    let trouble = trouble.map(|it| format!("{}: {it}", trunk.inbox.name));
    if let Some(trouble) = &trouble {
        warn!(inbox.id = %trunk.inbox.id, "{trouble}");
    }
    shared.trouble(trunk.inbox.id, trouble);
    if code == 408 || code >= 500 {
        // It may be somewhere else by now.
        shared.failing.notify_one();
    }
}

fn invited(shared: &Arc<Shared>, invitation: Invitation) {
    let Some(port) = shared.port() else { return };
    let trunks = shared.trunks.load();
    let Some(trunk) = whose(&trunks, &invitation) else {
        metrics::counter!("plugboard_phone_calls_total", "of" => "nobody").increment(1);
        port.ask(Ask::Refuse(invitation.line, 404));
        return;
    };
    if !shared.begins(trunk.inbox.id) {
        metrics::counter!("plugboard_phone_calls_total", "of" => "flood").increment(1);
        port.ask(Ask::Refuse(invitation.line, 503));
        return;
    }
    port.ask(Ask::Ring(invitation.line));
    shared
        .tasks
        .spawn(call::take(shared.clone(), trunk.clone(), invitation));
}

/// For which inbox a call is: of those whose trunk it came over, the one with the number that was called.
fn whose<'a>(trunks: &'a [Trunk], invitation: &Invitation) -> Option<&'a Trunk> {
    let from = invitation.place.address.ip();
    let over: Vec<_> = trunks
        .iter()
        .filter(|it| it.nets.iter().any(|net| net.contains(from)))
        .collect();
    let by_number = invitation.called.iter().find_map(|called| {
        let mut over = over.iter();
        over.find(|it| {
            it.settings
                .numbers
                .iter()
                .any(|own| same_number(own, called))
        })
    });
    let by_user = || {
        let mut over = over.iter();
        over.find(|it| {
            let user = it.settings.trunk.user.as_ref();
            user.is_some_and(|user| invitation.called.first() == Some(user))
        })
    };
    by_number.or_else(by_user).copied()
}

/// True when both are one number, however they are written.
fn same_number(own: &str, called: &str) -> bool {
    let e164 = |it: &str| Number::parse(it).and_then(|it| it.identity());
    own == called || e164(own).is_some_and(|own| Some(own) == e164(called))
}

/// The trunk of an inbox.
pub(crate) fn of(shared: &Shared, inbox: InboxId) -> Option<Trunk> {
    let trunks = shared.trunks.load();
    trunks.iter().find(|it| it.inbox.id == inbox).cloned()
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::choose;

    #[test]
    fn a_trunk_is_spoken_to_where_it_was_until_it_is_somewhere_else() {
        let [one, two, three]: [SocketAddr; 3] =
            ["192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060"].map(|it| it.parse().unwrap());
        assert_eq!(choose(&[one, two], None), Some(one));
        assert_eq!(choose(&[one, two], Some(two)), Some(two));
        assert_eq!(choose(&[one, two], Some(three)), Some(one));
        assert_eq!(choose(&[], Some(three)), None);
    }
}
