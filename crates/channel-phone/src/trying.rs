//! Trying a trunk: whether its host is found, whether it answers, whether it took us in, and what it is told of us. In plain words,
//! for whoever sets it up.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use plugboard_channel::phone::{PhoneError, TrunkCheck, TrunkStep};
use plugboard_domain::{
    call::{PhoneSettings, TrunkKind},
    channel::ChannelKind,
    ids::InboxId,
};

use crate::{
    host::Shared,
    trunks::{self, Trunk},
    wire::Ask,
};

/// How long an answer is waited for.
const ANSWERS_WITHIN: Duration = Duration::from_secs(6);

/// How long a registrar may take that was not heard yet.
const REGISTERS_WITHIN: Duration = Duration::from_secs(6);

/// Why a registrar did not take us in, by its code.
pub(crate) fn refusal(code: u16) -> String {
    let why = match code {
        401 | 403 | 407 => "user, auth_user or trunk_password is wrong",
        404 => "it does not know this user",
        408 => "it does not answer",
        423 => "it wants to be asked less often than it can be",
        500.. => "it is out of order",
        _ => "it says no more than this",
    };
    format!("the trunk did not take us in ({code}): {why}")
}

/// What is found out about the trunk of an inbox, one after the other; what follows from a failure is left out.
pub(crate) async fn run(
    shared: &Arc<Shared>,
    inbox: InboxId,
) -> Result<Vec<TrunkStep>, PhoneError> {
    let engine = shared.engine().ok_or(PhoneError::Unavailable)?;
    let desk = engine.desk();
    let found = desk.inbox(inbox);
    let found = found.filter(|it| it.channel == ChannelKind::Phone);
    let found = found.ok_or_else(|| PhoneError::Unusable("this is no phone inbox".to_owned()))?;
    let settings = PhoneSettings::parse(&found.settings);
    let settings = settings.map_err(|it| PhoneError::Unusable(it.to_string()))?;
    if settings.trunk.kind == TrunkKind::None {
        let why = "this inbox has no trunk: its calls are reported by a PBX";
        return Err(PhoneError::Unusable(why.to_owned()));
    }
    let mut steps = Steps::default();
    if let Some(trunk) = place(shared, inbox, &settings, &mut steps).await
        && listens(shared, &mut steps)
    {
        answers(shared, &trunk, &mut steps).await;
        if settings.trunk.kind == TrunkKind::Register {
            registration(shared, inbox, &mut steps).await;
        }
        sound(shared, &mut steps);
    }
    Ok(steps.done)
}

#[derive(Default)]
struct Steps {
    done: Vec<TrunkStep>,
}

/// What was found: in a word with its values, and in a sentence.
struct Found(&'static str, BTreeMap<&'static str, String>, String);

impl Steps {
    fn add(&mut self, check: TrunkCheck, began: Instant, ok: bool, found: Found) -> bool {
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Found(finding, values, message) = found;
        self.done.push(TrunkStep {
            check,
            ok,
            finding,
            values,
            message,
            took_ms,
        });
        ok
    }
}

/// Where the trunk is.
async fn place(
    shared: &Shared,
    inbox: InboxId,
    settings: &PhoneSettings,
    steps: &mut Steps,
) -> Option<Trunk> {
    let began = Instant::now();
    let Some(host) = settings.trunk.host.clone() else {
        let said = "the trunk has no host: calls come in from its peers, and none can be made";
        let found = Found("no_host", BTreeMap::new(), said.to_owned());
        steps.add(TrunkCheck::Host, began, false, found);
        return None;
    };
    let port = settings.trunk.port.unwrap_or(trunks::PORT);
    if let Err(why) = trunks::find(&host, port).await {
        let found = Found("not_found", [("why", why.clone())].into(), why);
        steps.add(TrunkCheck::Host, began, false, found);
        return None;
    }
    let trunk = trunks::of(shared, inbox);
    let found = if let Some(trunk) = &trunk {
        let address = trunk.place.address.to_string();
        let said = format!("{host} is at {address}");
        Found("at", [("host", host), ("address", address)].into(), said)
    } else {
        let said = format!("{host} is there, and the trunk is not used yet: try again");
        Found("not_yet", [("host", host)].into(), said)
    };
    steps.add(TrunkCheck::Host, began, trunk.is_some(), found);
    trunk
}

/// Whether trunks can speak to us.
fn listens(shared: &Shared, steps: &mut Steps) -> bool {
    let began = Instant::now();
    let address = shared.port().and_then(|it| it.address());
    let found = if let Some(address) = address {
        let said = format!("trunks are heard at {address}, over UDP and TCP");
        Found("heard_at", [("address", address.to_string())].into(), said)
    } else {
        let address = shared.config.listen.to_string();
        let said = format!(
            "{address} cannot be listened on: something else has the port, or it needs rights"
        );
        Found("port_taken", [("address", address)].into(), said)
    };
    steps.add(TrunkCheck::Listening, began, address.is_some(), found)
}

/// Whether it answers at all.
async fn answers(shared: &Shared, trunk: &Trunk, steps: &mut Steps) {
    let began = Instant::now();
    let Some(port) = shared.port() else { return };
    let (probe, answered) = shared.probing();
    let to = format!("sip:{}", trunk.host);
    port.ask(Ask::Probe(probe, trunk.place, to));
    let code = tokio::time::timeout(ANSWERS_WITHIN, answered).await;
    let code = code.ok().and_then(Result::ok).unwrap_or(408);
    let found = if code == 408 {
        let said = "it does not answer (OPTIONS): is host, port and transport right, and does it let this machine in?";
        Found("silent", BTreeMap::new(), said.to_owned())
    } else {
        let said = format!("it answers ({code})");
        Found("answers", [("code", code.to_string())].into(), said)
    };
    steps.add(TrunkCheck::Answer, began, code != 408, found);
}

/// Whether it took us in.
async fn registration(shared: &Shared, inbox: InboxId, steps: &mut Steps) {
    let began = Instant::now();
    while shared.registration(inbox).is_none() && began.elapsed() < REGISTERS_WITHIN {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let code = shared.registration(inbox);
    let plain = |word, said: &str| Found(word, BTreeMap::new(), said.to_owned());
    let found = match code {
        Some(code) if code < 300 => plain("taken_in", "it took us in: calls come here"),
        Some(code) => Found(
            "refused",
            [("code", code.to_string())].into(),
            refusal(code),
        ),
        None if trunks::of(shared, inbox).is_some_and(|it| it.credentials.is_none()) => {
            plain("no_password", "trunk_password is not set")
        }
        None => plain("no_answer_yet", "it has not answered yet"),
    };
    let ok = code.is_some_and(|it| it < 300);
    steps.add(TrunkCheck::Registration, began, ok, found);
}

/// What it is told of us. Nobody here can know whether that is right.
fn sound(shared: &Shared, steps: &mut Steps) {
    let (first, last) = (shared.config.ports.start(), shared.config.ports.end());
    let told = shared.told;
    let said = format!("it is told to send sound to {told}, ports {first} to {last} (UDP)");
    let (finding, said) = if shared.config.address.is_some() {
        ("told", said)
    } else {
        let guessed = "this address was found out: behind address translation, set --media-address";
        ("told_guess", format!("{said}; {guessed}"))
    };
    let values = [
        ("address", told.to_string()),
        ("first", first.to_string()),
        ("last", last.to_string()),
    ];
    let reachable = !told.is_loopback() || shared.config.listen.ip().is_loopback();
    let found = Found(finding, values.into(), said);
    steps.add(TrunkCheck::Sound, Instant::now(), reachable, found);
}
