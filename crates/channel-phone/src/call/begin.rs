//! How calls begin: they come in over a trunk, or an agent calls somebody.

use std::{collections::HashMap, fmt::Write as _, net::SocketAddr, sync::Arc};

use plugboard_domain::{
    Envelope, Principal,
    call::{CallFact, CallFacts, CallRules, Direction, EndCause, EndWord, EndedBy, LegKind, Ring},
    command::Command,
    ids::CallId,
};
use plugboard_engine::Engine;
use plugboard_phone_media::{
    g711::Law,
    sdp::{Described, Direction as Way, Here},
};
use plugboard_sip::{Dial, Invitation, LineId};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, warn};

use super::{CALLER, Call, SIP, Stage};
use crate::{
    host::Shared,
    lines::WORDS_MAX,
    sound::{End, Hub, Playing, Role, Tell, ports},
    trunks::{self, Trunk},
    wire::{Ask, SipPort},
};

/// What we speak, the dearest first: most of the world is A-law.
pub(super) const LAWS: [Law; 2] = [Law::A, Law::Mu];

/// What is heard in a call and was not taken yet.
const HEARD_MAX: usize = 64;

/// A call that came in.
pub(crate) async fn take(shared: Arc<Shared>, trunk: Trunk, invitation: Invitation) {
    let (Some(port), Some(engine)) = (shared.port(), shared.engine().cloned()) else {
        return;
    };
    let line = invitation.line;
    let described = match invitation.offer.as_deref().map(Described::read) {
        None => None,
        Some(Ok(described)) => Some(described),
        Some(Err(why)) => {
            debug!(%why, "phone: a call offered nothing that can be agreed on");
            port.ask(Ask::Refuse(line, 488));
            return;
        }
    };
    let opened = open(&shared, &trunk)
        .await
        .filter(|_| shared.browsers().is_some());
    let Some((socket, address)) = opened else {
        port.ask(Ask::Refuse(line, 503));
        return;
    };
    let (id, rules) = match ring(&engine, &shared, &trunk, &invitation).await {
        Ok(Some(begun)) => begun,
        Ok(None) => {
            // The same call came again on another way.
            port.ask(Ask::Refuse(line, 482));
            return;
        }
        Err(why) => {
            warn!(inbox.id = %trunk.inbox.id, %why, "phone: a call could not be taken in");
            port.ask(Ask::Refuse(line, 503));
            return;
        }
    };
    let Some(mut call) = Call::new(
        shared,
        engine,
        port,
        trunk,
        (id, rules),
        line,
        (socket, address),
    ) else {
        return;
    };
    let description = match &described {
        Some(described) => described.answer(&call.here),
        None => call.here.offer(&LAWS, Way::Both),
    };
    call.port.ask(Ask::Answer(line, description));
    call.up = true;
    if let Some(described) = described {
        call.hub.tell(Tell::Described(CALLER, Box::new(described)));
    }
    let leg = call.joined(LegKind::Trunk, None).await;
    call.ends.insert(End::Telephone(CALLER), leg);
    call.welcome().await;
    call.run().await;
}

/// An agent calls somebody.
pub(crate) async fn dial(shared: Arc<Shared>, facts: CallFacts) {
    let Some(engine) = shared.engine().cloned() else {
        return;
    };
    let failed = |word| CallFact::Ended {
        by: EndedBy::System,
        cause: EndCause::of(word),
    };
    let begun = (facts.id, facts.rules.clone());
    let number = match engine.store().call(facts.id).await {
        Ok(Some(view)) => view.row.line.number,
        _ => return,
    };
    let (Some(port), Some(trunk)) = (shared.port(), trunks::of(&shared, facts.inbox_id)) else {
        shared.report(facts.id, failed(EndWord::Unreachable)).await;
        return;
    };
    let Some(opened) = open(&shared, &trunk).await else {
        shared.report(facts.id, failed(EndWord::Failure)).await;
        return;
    };
    let here = here(opened.1);
    let Some(line) = dial_out(&port, &trunk, &number, &here).await else {
        shared.report(facts.id, failed(EndWord::Failure)).await;
        return;
    };
    let Some(mut call) = Call::new(shared, engine, port, trunk, begun, line, opened) else {
        return;
    };
    call.here = here;
    call.stage = Stage::Talking;
    call.agent = facts.agent_id;
    if let Some(agent) = facts.agent_id {
        call.seat(agent, Role::Agent).await;
    }
    call.run().await;
}

/// Calls a number over a trunk; the line.
pub(super) async fn dial_out(
    port: &Arc<dyn SipPort>,
    trunk: &Trunk,
    number: &str,
    here: &Here,
) -> Option<LineId> {
    let (dialled, line) = oneshot::channel();
    let user = trunk.user();
    let own = trunk.settings.own_number().unwrap_or(&user);
    let dial = Dial {
        place: trunk.place,
        to: trunk.address(number),
        from: trunk.address(own),
        user: user.clone(),
        offer: here.offer(&LAWS, Way::Both),
        credentials: trunk.credentials.clone(),
    };
    port.ask(Ask::Dial(Box::new(dial), dialled));
    line.await.ok()
}

/// A port for the sound of a leg, on the runtime of sound.
pub(super) async fn open(shared: &Arc<Shared>, trunk: &Trunk) -> Option<(ports::Way, SocketAddr)> {
    let (range, trust) = (shared.ports.clone(), trunk.trust());
    let opened = shared
        .sound()
        .spawn(async move { range.open(trust).await })
        .await;
    match opened {
        Ok(Ok(opened)) => Some(opened),
        Ok(Err(error)) => {
            warn!(%error, "phone: no port for the sound of a call");
            None
        }
        Err(_) => None,
    }
}

pub(super) fn here(address: SocketAddr) -> Here {
    Here {
        address,
        // Only has to differ from others.
        session: getrandom::u64().unwrap_or_default() >> 1,
        version: 1,
    }
}

async fn ring(
    engine: &Engine,
    shared: &Shared,
    trunk: &Trunk,
    invitation: &Invitation,
) -> Result<Option<(CallId, CallRules)>, String> {
    let from = invitation.from.uri.user.clone().unwrap_or_default();
    // Only has to be the same for the same call: what the peer calls it may be long, and may tell addresses.
    let name = Sha256::digest(format!("{}|{}", trunk.inbox.id, invitation.call_id));
    let name = name.iter().take(16).fold(String::new(), |mut text, it| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{it:02x}");
        text
    });
    let ring = Ring {
        id: engine.mint(),
        inbox_id: trunk.inbox.id,
        provider: SIP.to_owned(),
        provider_call_id: name,
        direction: Direction::Inbound,
        // A call whose number is withheld comes from "anonymous".
        from: if from.chars().any(|it| it.is_ascii_digit()) {
            from
        } else {
            String::new()
        },
        to: invitation.called.first().cloned().unwrap_or_default(),
        name: invitation.from.name.clone(),
        conversation_id: engine.mint(),
        message_id: engine.mint(),
    };
    let envelope = Envelope::new(Principal::System("phone"), Command::Ring(Box::new(ring)));
    let outcome = engine
        .execute(envelope)
        .await
        .map_err(|it| it.to_string())?;
    let Some(id) = outcome.call_id.filter(|_| !outcome.repeated) else {
        return Ok(None);
    };
    let _ = shared;
    Ok(Some((id, trunk.settings.rules())))
}

impl Call {
    fn new(
        shared: Arc<Shared>,
        engine: Engine,
        port: Arc<dyn SipPort>,
        trunk: Trunk,
        (id, rules): (CallId, CallRules),
        line: LineId,
        (way, address): (ports::Way, SocketAddr),
    ) -> Option<Self> {
        let browsers = shared.browsers()?;
        let (to, words) = mpsc::channel(WORDS_MAX);
        let (hears, heard) = mpsc::channel(HEARD_MAX);
        let hub = {
            let _sound = shared.sound().enter();
            Hub::start(way, browsers, hears)
        };
        hub.tell(Tell::Music(trunk.says.music()));
        shared.lines.call(id, &to);
        shared.lines.line(line, &to);
        Some(Self {
            settings: trunk.settings.clone(),
            says: trunk.says.clone(),
            here: here(address),
            shared,
            engine,
            port,
            trunk,
            rules,
            id,
            line,
            up: false,
            early: false,
            hub,
            to,
            words,
            heard,
            stage: Stage::Announcing,
            until: None,
            agent: None,
            transfer: None,
            guest: None,
            next_key: CALLER,
            recording: false,
            reason: None,
            keys: super::keys::Keys::default(),
            again: 0,
            last_words: None,
            legs: HashMap::new(),
            listeners: HashMap::new(),
            ends: HashMap::new(),
            over: false,
        })
    }

    /// The number that was called has answered.
    pub(super) async fn answered(&mut self, answer: &[u8]) {
        let described = answer.is_empty() && self.early;
        if !described && !self.describe(CALLER, answer) {
            self.end(EndedBy::System, EndCause::of(EndWord::Failure))
                .await;
            return;
        }
        self.up = true;
        if let Some(agent) = self.agent {
            self.hub.tell(Tell::Agent(agent, Role::Agent));
        }
        self.hub.tell(Tell::Play(Playing::Silence));
        let leg = self.joined(LegKind::Trunk, None).await;
        self.ends.insert(End::Telephone(CALLER), leg);
        self.report(CallFact::Answered).await;
        self.record().await;
    }

    /// The agent hears that it rings, when the network does not tell them.
    pub(super) fn ring_back(&mut self) {
        self.hub.tell(Tell::RingBack(true));
    }
}
