//! Being known at a registrar (section 10), so that it sends calls here.

use crate::{
    address::{NameAddr, param},
    message::Message,
};

use super::{Event, Millis, Registration, Stack, client::Purpose, outbound::capabilities};

/// The first wait after a failure, and the longest.
const WAIT: Millis = 10_000;
const WAIT_MAX: Millis = 300_000;

/// What is known of a registration.
pub(super) struct Registered {
    pub(super) what: Registration,
    call_id: String,
    tag: String,
    sent: u32,
    /// When it is said again.
    at: Option<Millis>,
    wait: Millis,
    leaving: bool,
}

impl Stack {
    /// Registers, and stays registered.
    pub fn register(&mut self, now: Millis, what: Registration) {
        let id = what.id;
        let registered = Registered {
            call_id: format!("{}@{}", self.token(), self.here.host),
            tag: self.token(),
            what,
            sent: 0,
            at: None,
            wait: WAIT,
            leaving: false,
        };
        self.registered.insert(id, registered);
        self.say_register(now, id);
    }

    /// Does not want to be known there any more.
    pub fn unregister(&mut self, now: Millis, id: u64) {
        if let Some(registered) = self.registered.get_mut(&id) {
            registered.leaving = true;
            registered.what.seconds = 0;
            self.say_register(now, id);
        }
    }

    fn say_register(&mut self, now: Millis, id: u64) {
        let number = self.next_register(id);
        let Some(it) = self.registered.get_mut(&id) else {
            return;
        };
        it.at = None;
        let what = it.what.clone();
        let (tag, call_id) = (it.tag.clone(), it.call_id.clone());
        let contact = self.contact(what.place, &what.user);
        let mut request = Message::request("REGISTER", &what.registrar)
            .with("Max-Forwards", "70")
            .with("From", format!("<{}>;tag={tag}", what.address))
            .with("To", format!("<{}>", what.address))
            .with("Call-ID", call_id)
            .with("CSeq", format!("{number} REGISTER"))
            .with("Contact", format!("{contact};expires={}", what.seconds))
            .with("Expires", what.seconds.to_string())
            .with("User-Agent", self.here.agent.clone());
        capabilities(&mut request);
        self.begin(now, what.place, request, Purpose::Register(id));
    }

    /// The number of the next request of a registration.
    pub(super) fn next_register(&mut self, id: u64) -> u32 {
        self.registered.get_mut(&id).map_or(1, |it| {
            it.sent += 1;
            it.sent
        })
    }

    pub(super) fn registered(&mut self, now: Millis, id: u64, response: &Message) {
        let Some(it) = self.registered.get_mut(&id) else {
            return;
        };
        if it.leaving {
            self.registered.remove(&id);
            return;
        }
        let seconds = granted(response, &it.what);
        it.wait = WAIT;
        it.at = Some(now + u64::from(seconds) * 750);
        self.tell(Event::Registered {
            registration: id,
            seconds,
        });
    }

    pub(super) fn not_registered(&mut self, now: Millis, id: u64, code: u16) {
        let Some(it) = self.registered.get_mut(&id) else {
            return;
        };
        if it.leaving {
            self.registered.remove(&id);
            return;
        }
        it.at = Some(now + it.wait);
        it.wait = (it.wait * 2).min(WAIT_MAX);
        self.tell(Event::NotRegistered {
            registration: id,
            code,
        });
    }

    pub(super) fn tick_registrations(&mut self, now: Millis) {
        let due: Vec<_> = self
            .registered
            .iter()
            .filter(|(_, it)| it.at.is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.say_register(now, id);
        }
    }
}

/// For how long a registrar keeps us: what it says beside our contact, or at all, or what we asked for. At least a minute, so
/// that one that says nothing sensible is not asked without end.
fn granted(response: &Message, what: &Registration) -> u32 {
    let ours = response.list("Contact").filter_map(NameAddr::parse);
    let mut ours = ours.filter(|it| it.uri.user.as_deref() == Some(&what.user));
    let beside = ours.find_map(|it| param(&it.params, "expires")?.parse().ok());
    let at_all = || response.header("Expires")?.parse().ok();
    beside
        .or_else(at_all)
        .unwrap_or(what.seconds)
        .clamp(60, 86_400)
}
