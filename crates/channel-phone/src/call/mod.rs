//! A call that is carried: one task that hears its lines, its sound and the journal, and does what follows.
//!
//! People decide through commands; what they decided is in the journal, and is done here. What the lines do is reported. The
//! task decides nothing that is to be remembered: when it dies, the next start ends its call.

mod begin;
mod changes;
mod heard;
mod keys;
mod outcome;
mod recording;
mod transfer;

use std::{collections::HashMap, sync::Arc, time::Duration};

use plugboard_domain::{
    call::{CallFact, CallRules, EndCause, EndWord, EndedBy, LegKind, PhoneSettings, Transfer},
    ids::{AgentId, CallId, LegId},
};
use plugboard_engine::Engine;
use plugboard_phone_media::sdp::{Described, Here};
use plugboard_sip::{Event, LineId};
use tokio::{sync::mpsc, time::Instant};
use tracing::debug;

use crate::{
    announce::{Announcements, Sound},
    host::Shared,
    lines::Word,
    sound::{End, Heard, Hub, LegKey, Tell},
    trunks::Trunk,
    wire::{Ask, SipPort},
};

pub(crate) use begin::{dial, take};

/// Who carries calls here, as the desk calls it.
pub(crate) const SIP: &str = "sip";

/// The leg of the contact.
const CALLER: LegKey = 0;

/// How long the hub may take to end.
const LAST: Duration = Duration::from_secs(5);

/// How the caller is looked after while nobody talks with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// They are greeted, and told that the call is recorded.
    Announcing,
    /// They are told that nobody works now.
    Closed,
    /// They hear what they may press.
    Menu,
    /// They may press.
    Choosing,
    /// They wait.
    Waiting,
    /// Somebody talks with them, or is to.
    Talking,
    /// They are asked to leave a message.
    Greeting,
    /// They leave one.
    Message,
    /// It is said that nobody is there.
    Farewell,
    /// For the desk it is over; they are told what becomes of it.
    LastWords,
}

/// A telephone elsewhere that the call is handed on to.
struct Guest {
    line: LineId,
    key: LegKey,
    here: Here,
    /// The network let something be heard before it answered.
    early: bool,
    /// Known to the desk, once it has answered.
    leg: Option<LegId>,
}

/// A call.
#[expect(
    clippy::struct_excessive_bools,
    reason = "how far a call is is told in many words of yes or no"
)]
pub(crate) struct Call {
    shared: Arc<Shared>,
    engine: Engine,
    port: Arc<dyn SipPort>,
    trunk: Trunk,
    settings: PhoneSettings,
    rules: CallRules,
    id: CallId,
    line: LineId,
    here: Here,
    /// The contact's line has answered, or we have answered it.
    up: bool,
    /// The network let something be heard before: it need not describe itself again.
    early: bool,
    hub: Hub,
    to: mpsc::Sender<Word>,
    words: mpsc::Receiver<Word>,
    heard: mpsc::Receiver<Heard>,
    stage: Stage,
    until: Option<Instant>,
    agent: Option<AgentId>,
    transfer: Option<Transfer>,
    guest: Option<Guest>,
    next_key: LegKey,
    recording: bool,
    /// What is said and played.
    says: Announcements,
    /// Why nobody talks with the caller, when it is known before the call ends.
    reason: Option<EndWord>,
    /// Keys that the caller pressed.
    keys: keys::Keys,
    /// How often the caller pressed a key that leads nowhere.
    again: u8,
    /// What the caller is told when the desk ends the call.
    last_words: Option<Sound>,
    /// Legs of agents who are in it, as the desk knows them.
    legs: HashMap<AgentId, LegId>,
    /// The same of supervisors who hear it.
    listeners: HashMap<AgentId, LegId>,
    /// All legs that there were, as the desk knows them.
    ends: HashMap<End, LegId>,
    over: bool,
}

/// The line that an event is about, when it is about one.
pub(crate) fn line_of(event: &Event) -> Option<LineId> {
    match event {
        Event::Invited(invitation) => Some(invitation.line),
        Event::Acknowledged { line, .. }
        | Event::Asked { line, .. }
        | Event::Agreed { line, .. }
        | Event::Disagreed { line, .. }
        | Event::Digit { line, .. }
        | Event::Ringing { line, .. }
        | Event::Answered { line, .. }
        | Event::Ended { line, .. } => Some(*line),
        Event::Registered { .. } | Event::NotRegistered { .. } | Event::Probed { .. } => None,
    }
}

impl Call {
    /// Carries it to its end.
    async fn run(mut self) {
        while !self.over {
            let until = self.until;
            let wait = async {
                match until {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                word = self.words.recv() => match word {
                    Some(word) => self.hear(word).await,
                    None => break,
                },
                heard = self.heard.recv() => {
                    if let Some(heard) = heard {
                        self.sounded(heard).await;
                    }
                }
                () = wait => {
                    self.until = None;
                    self.waited().await;
                }
            }
        }
        self.hub.tell(Tell::Close);
        let mut lines = vec![self.line];
        lines.extend(self.guest.as_ref().map(|it| it.line));
        self.shared.lines.forget(Some(self.id), &lines);
        // The hub tells last how sound arrived.
        let rest = async {
            while let Some(heard) = self.heard.recv().await {
                if let Heard::Arrived(..) = heard {
                    self.sounded(heard).await;
                }
            }
        };
        let _ = tokio::time::timeout(LAST, rest).await;
        debug!(call.id = %self.id, "a call is over");
    }

    async fn hear(&mut self, word: Word) {
        match word {
            Word::Line(event) => {
                let of = line_of(&event);
                if self.guest.as_ref().is_some_and(|it| of == Some(it.line)) {
                    self.guest_line(event).await;
                } else if of == Some(self.line) {
                    self.own_line(event).await;
                }
            }
            Word::Change(change) => self.changed(change).await,
            Word::Digits(digits) => self.hub.tell(Tell::Digits(digits)),
            Word::Stop => {
                let cause = EndCause::of(EndWord::ServerRestart);
                self.end(EndedBy::System, cause).await;
            }
        }
    }

    /// Ends it from here: hangs up, and reports.
    async fn end(&mut self, by: EndedBy, cause: EndCause) {
        self.hang_up();
        let cause = self.because(cause);
        self.report(CallFact::Ended { by, cause }).await;
    }

    /// The cause of an end that says nothing of itself: why nobody talked, where that is known.
    fn because(&self, cause: EndCause) -> EndCause {
        let plain = matches!(cause.word, EndWord::Normal | EndWord::Cancelled);
        let word = self.reason.filter(|_| plain).unwrap_or(cause.word);
        EndCause { word, ..cause }
    }

    /// Puts every line down.
    fn hang_up(&mut self) {
        self.over = true;
        self.port.ask(Ask::HangUp(self.line, Some(16)));
        self.drop_guest();
    }

    async fn report(&self, fact: CallFact) -> bool {
        self.shared.report(self.id, fact).await
    }

    /// An end joined, as the desk is to know; its name.
    async fn joined(&self, kind: LegKind, agent_id: Option<AgentId>) -> LegId {
        let leg_id: LegId = self.engine.mint();
        let fact = CallFact::LegJoined {
            leg_id,
            kind,
            agent_id,
        };
        self.report(fact).await;
        leg_id
    }

    /// What happens on the contact's line.
    async fn own_line(&mut self, event: Event) {
        match event {
            Event::Acknowledged {
                answer: Some(answer),
                ..
            } => {
                self.describe(CALLER, &answer);
            }
            Event::Asked { offer, .. } => self.asked(offer),
            Event::Digit { key, .. } => self.pressed(key, keys::KeyBy::Message).await,
            Event::Ringing { answer, .. } => {
                if let Some(answer) = answer {
                    self.early |= self.describe(CALLER, &answer);
                } else if !self.early {
                    self.ring_back();
                }
                self.report(CallFact::EarlyMedia).await;
            }
            Event::Answered { answer, .. } => self.answered(&answer).await,
            Event::Ended { how, .. } => {
                self.over = true;
                self.drop_guest();
                let (by, cause) = outcome::of(&how, self.up);
                if how.code == Some(408) {
                    // Nobody is where the trunk was.
                    self.shared.failing.notify_one();
                }
                let cause = self.because(cause);
                self.report(CallFact::Ended { by, cause }).await;
            }
            _ => {}
        }
    }

    /// The peer wants to change the call: hold, another address, another codec.
    fn asked(&mut self, offer: Option<Vec<u8>>) {
        self.here.version += 1;
        let description = match offer {
            None => self
                .here
                .offer(&begin::LAWS, plugboard_phone_media::sdp::Direction::Both),
            Some(offer) => match Described::read(&offer) {
                Ok(described) => {
                    let answer = described.answer(&self.here);
                    self.hub.tell(Tell::Described(CALLER, Box::new(described)));
                    answer
                }
                Err(why) => {
                    debug!(call.id = %self.id, %why, "phone: a change could not be agreed to");
                    self.port.ask(Ask::Disagree(self.line, 488));
                    return;
                }
            },
        };
        self.port.ask(Ask::Agree(self.line, description));
    }

    /// Where a peer is heard and hears; false when it makes no sense.
    fn describe(&self, leg: LegKey, description: &[u8]) -> bool {
        match Described::read(description) {
            Ok(described) => {
                self.hub.tell(Tell::Described(leg, Box::new(described)));
                true
            }
            Err(why) => {
                debug!(call.id = %self.id, %why, "phone: a description could not be read");
                false
            }
        }
    }

    /// A key of the call's sound that nothing else has.
    fn key(&mut self) -> LegKey {
        self.next_key += 1;
        self.next_key
    }

    fn wait(&mut self, seconds: u64) {
        self.until = Some(Instant::now() + Duration::from_secs(seconds));
    }
}
