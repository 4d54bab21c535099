//! Handing a call on: to an agent, to a team, to a number; at once, or after having spoken with them.

use plugboard_domain::{
    call::{CallFact, LegKind, Transfer, TransferKind, TransferTarget},
    ids::AgentId,
};
use plugboard_sip::Event;

use super::{Call, Guest, Stage, begin};
use crate::{
    announce::Say,
    sound::{End, Role, Stand, Tell},
    wire::Ask,
};

impl Call {
    /// True while an agent and whom they consult talk, or are about to.
    pub(super) fn is_consulting(&self) -> bool {
        self.transfer
            .is_some_and(|it| it.kind == TransferKind::Warm)
    }

    pub(super) async fn hand_on(&mut self, transfer: Transfer) {
        self.transfer = Some(transfer);
        let people = !matches!(transfer.target, TransferTarget::Number {});
        if transfer.kind == TransferKind::Blind && people {
            // The caller waits again, as in a queue.
            self.stage = Stage::Waiting;
            self.agent = None;
            self.hub.tell(Tell::Stand(Stand::Talk));
            let said = [self.says.say(Say::Wait)];
            self.go_on_waiting(&said);
            self.unseat(transfer.by).await;
            return;
        }
        self.hub.tell(Tell::Stand(Stand::Consulting));
        if !people && !self.reach().await {
            self.report(CallFact::TransferFailed).await;
        }
    }

    /// Calls the number that the call is handed on to; false when that cannot even be tried.
    async fn reach(&mut self) -> bool {
        let number = match self.engine.store().call(self.id).await {
            Ok(Some(view)) => view.row.line.transfer_number,
            _ => None,
        };
        let Some(number) = number else { return false };
        let Some((way, address)) = begin::open(&self.shared, &self.trunk).await else {
            return false;
        };
        let here = begin::here(address);
        let Some(line) = begin::dial_out(&self.port, &self.trunk, &number, &here).await else {
            return false;
        };
        let key = self.key();
        self.hub.tell(Tell::Telephone(key, Role::Guest, way));
        self.guest = Some(Guest {
            line,
            key,
            here,
            early: false,
            leg: None,
        });
        self.shared.lines.line(line, &self.to);
        true
    }

    /// What happens on the line of the number that the call is handed on to.
    pub(super) async fn guest_line(&mut self, event: Event) {
        let Some(guest) = &mut self.guest else { return };
        let (key, line) = (guest.key, guest.line);
        match event {
            Event::Ringing {
                answer: Some(answer),
                ..
            } => {
                let early = self.describe(key, &answer);
                if let Some(guest) = &mut self.guest {
                    guest.early |= early;
                }
            }
            Event::Answered { answer, .. } => {
                let described = answer.is_empty() && guest.early;
                if !described && !self.describe(key, &answer) {
                    self.drop_guest();
                    self.report(CallFact::TransferFailed).await;
                    return;
                }
                let leg = self.joined(LegKind::External, None).await;
                self.ends.insert(End::Telephone(key), leg);
                if let Some(guest) = &mut self.guest {
                    guest.leg = Some(leg);
                }
                if self
                    .transfer
                    .is_some_and(|it| it.kind == TransferKind::Blind)
                {
                    self.report(CallFact::TransferCompleted).await;
                }
            }
            Event::Asked { offer, .. } => {
                guest.here.version += 1;
                let read = offer
                    .as_deref()
                    .map(plugboard_phone_media::sdp::Described::read);
                match read {
                    Some(Ok(described)) => {
                        let answer = described.answer(&guest.here);
                        self.hub.tell(Tell::Described(key, Box::new(described)));
                        self.port.ask(Ask::Agree(line, answer));
                    }
                    _ => self.port.ask(Ask::Disagree(line, 488)),
                }
            }
            Event::Ended { .. } => self.guest_left().await,
            _ => {}
        }
    }

    /// The number hung up, or never answered.
    async fn guest_left(&mut self) {
        let Some(guest) = self.guest.take() else {
            return;
        };
        self.shared.lines.forget_line(guest.line);
        self.hub.tell(Tell::Gone(guest.key));
        if let Some(leg_id) = guest.leg {
            self.report(CallFact::LegLeft { leg_id }).await;
        }
        if self.transfer.is_some() {
            self.report(CallFact::TransferFailed).await;
        } else if self.agent.is_none() {
            // They had the call.
            let cause =
                plugboard_domain::call::EndCause::of(plugboard_domain::call::EndWord::Normal);
            self.end(plugboard_domain::call::EndedBy::Agent, cause)
                .await;
        }
    }

    /// The other has the call from now on.
    pub(super) async fn handed_on(&mut self, to: Option<AgentId>) {
        let before = self.agent.take().filter(|it| Some(*it) != to);
        self.transfer = None;
        if let Some(before) = before {
            self.unseat(before).await;
        }
        if let Some(guest) = &self.guest {
            self.hub.tell(Tell::Role(guest.key, Role::Agent));
        }
        if let Some(agent) = to {
            self.agent = Some(agent);
            self.seat(agent, Role::Agent).await;
        }
        self.hub.tell(Tell::Stand(Stand::Talk));
    }

    /// Its agent has it again.
    pub(super) async fn taken_back(&mut self) {
        self.transfer = None;
        self.drop_guest();
        let consulted: Vec<_> = self
            .legs
            .keys()
            .copied()
            .filter(|it| Some(*it) != self.agent)
            .collect();
        for agent in consulted {
            self.unseat(agent).await;
        }
        self.hub.tell(Tell::Stand(Stand::Talk));
    }

    pub(super) fn drop_guest(&mut self) {
        if let Some(guest) = self.guest.take() {
            self.port.ask(Ask::HangUp(guest.line, Some(16)));
            self.hub.tell(Tell::Gone(guest.key));
            self.shared.lines.forget_line(guest.line);
        }
    }
}
