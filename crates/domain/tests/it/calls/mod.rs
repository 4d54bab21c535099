//! Calls: what the line says in whatever order, what people decide, numbers and who may be called.

mod lines;
mod numbers;
mod people;
mod queue;

use plugboard_domain::{
    Actor, CallId, ConversationId, Event, Recorded, Rejection, Timestamp,
    call::{Call, CallChange, CallCommand, CallFact, CallFacts, CallRules, Direction, decide},
};
use uuid::Uuid;

use crate::support::{CARE, CONTACT, INBOX, at};

const CALL: CallId = CallId(Uuid::from_u128(71));

/// A call, and everything that happened to it.
pub(super) struct Story {
    pub(super) call: Call,
    pub(super) journal: Vec<Recorded>,
    pub(super) now: Timestamp,
}

impl Story {
    pub(super) fn new(direction: Direction, provider: &str, rules: CallRules) -> Self {
        let agent_id = (direction == Direction::Outbound).then_some(crate::support::LI);
        let event = Event::CallStarted {
            call: CallFacts {
                id: CALL,
                message_id: crate::support::message(1),
                inbox_id: INBOX,
                contact_id: CONTACT,
                identity_id: None,
                direction,
                provider: provider.into(),
                agent_id,
                team_id: Some(CARE),
                rules,
            },
        };
        let begun = recorded(1, at(0), event);
        let call = Call::apply(None, CALL, &begun).unwrap();
        Self {
            call,
            journal: vec![begun],
            now: at(0),
        }
    }

    pub(super) fn ringing() -> Self {
        Self::new(Direction::Inbound, "sip", CallRules::default())
    }

    pub(super) fn after(&mut self, secs: u64) -> &mut Self {
        self.now += std::time::Duration::from_secs(secs);
        self
    }

    pub(super) fn ask(
        &mut self,
        by: &Actor,
        leads: bool,
        command: &CallCommand,
    ) -> Result<Vec<CallChange>, Rejection> {
        let changes = decide(&self.call, command, by, leads, self.now)?;
        for change in &changes {
            let event = Event::CallChanged {
                call_id: CALL,
                change: change.clone(),
            };
            let seq = self.journal.len() as u64 + 1;
            let recorded = recorded(seq, self.now, event);
            self.call = Call::apply(Some(self.call.clone()), CALL, &recorded).unwrap();
            self.journal.push(recorded);
        }
        Ok(changes)
    }

    pub(super) fn line(&mut self, fact: CallFact) -> Vec<CallChange> {
        self.ask(&Actor::system("phone"), true, &CallCommand::Advance(fact))
            .unwrap()
    }

    pub(super) fn agent(
        &mut self,
        id: plugboard_domain::AgentId,
        command: &CallCommand,
    ) -> Result<Vec<CallChange>, Rejection> {
        self.ask(&Actor::Agent { id }, false, command)
    }

    pub(super) fn fire(&mut self) -> Vec<CallChange> {
        self.ask(&Actor::system("timer"), true, &CallCommand::Fire)
            .unwrap()
    }
}

fn recorded(seq: u64, at: Timestamp, event: Event) -> Recorded {
    Recorded {
        seq,
        at,
        actor: Actor::system("phone"),
        conversation_id: Some(ConversationId(Uuid::from_u128(72))),
        caused_by: None,
        event,
    }
}
