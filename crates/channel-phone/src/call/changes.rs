//! What people decided, and what follows of it on the lines.

use plugboard_domain::{
    call::{CallChange, CallFact, LegKind, ListenMode, QueueThen},
    ids::AgentId,
};

use super::{Call, Stage};
use crate::{
    announce::{Say, joined},
    sound::{End, Playing, Role, Stand, Tell},
    wire::Ask,
};

impl Call {
    pub(super) async fn changed(&mut self, change: CallChange) {
        use CallChange as C;
        match change {
            C::Accepted { agent_id } => self.accepted(agent_id).await,
            C::Held {} => self.hub.tell(Tell::Stand(Stand::Held)),
            C::Resumed {} => self.hub.tell(Tell::Stand(Stand::Talk)),
            C::RecordingPaused {} => self.hub.tell(Tell::Pause(true)),
            C::RecordingResumed {} => self.hub.tell(Tell::Pause(false)),
            C::Returned { agent_id } => self.lost(agent_id).await,
            C::WaitOver {
                then: QueueThen::Voicemail,
            } => self.greet(true),
            C::WaitOver {
                then: QueueThen::Callback,
            } => self.last_words = Some(self.says.say(Say::Callback)),
            C::WaitOver {
                then: QueueThen::Hangup,
            } => {
                let said = [self.says.say(Say::Busy), self.says.say(Say::Goodbye)];
                self.last_words = Some(joined(&said));
            }
            C::TransferStarted { transfer } => self.hand_on(transfer).await,
            C::TransferCompleted { agent_id } => self.handed_on(agent_id).await,
            C::TransferFailed {} | C::TransferCancelled {} => self.taken_back().await,
            C::Listening { agent_id, mode } => {
                let role = match mode {
                    ListenMode::Listen => Role::Listen,
                    ListenMode::Whisper => Role::Whisper,
                    ListenMode::Barge => Role::Barge,
                };
                self.hub.tell(Tell::Agent(agent_id, role));
                if !self.listeners.contains_key(&agent_id) {
                    let leg = self.joined(LegKind::Listener, Some(agent_id)).await;
                    self.ends.insert(End::Browser(agent_id), leg);
                    self.listeners.insert(agent_id, leg);
                }
            }
            C::Left { agent_id } => self.stop_listening(agent_id).await,
            C::Ended { .. } if !self.over => self.desk_ended(),
            _ => {}
        }
    }

    /// For the desk it is over. Who waits in vain is told so before the line is put down.
    fn desk_ended(&mut self) {
        if let Some(said) = self.last_words.take().filter(|_| self.up) {
            self.until = None;
            self.stage = Stage::LastWords;
            self.play_once(said);
            return;
        }
        self.over = true;
        let cause = self.up.then_some(16);
        self.port.ask(Ask::HangUp(self.line, cause));
        self.drop_guest();
    }

    /// The agent did not come back: the caller waits for somebody else. The recording goes on.
    async fn lost(&mut self, agent: AgentId) {
        self.stage = Stage::Waiting;
        self.agent = None;
        self.transfer = None;
        self.drop_guest();
        self.hub.tell(Tell::Stand(Stand::Talk));
        let said = [self.says.say(Say::Wait)];
        self.go_on_waiting(&said);
        self.unseat(agent).await;
    }

    /// Somebody takes the call, or is consulted in it.
    async fn accepted(&mut self, agent: AgentId) {
        if self.is_consulting() {
            self.seat(agent, Role::Guest).await;
            self.hub.tell(Tell::Stand(Stand::Consulting));
            return;
        }
        self.stage = Stage::Talking;
        self.until = None;
        self.agent = Some(agent);
        self.transfer = None;
        self.hub.tell(Tell::Play(Playing::Silence));
        self.hub.tell(Tell::Stand(Stand::Talk));
        self.seat(agent, Role::Agent).await;
        self.report(CallFact::Answered).await;
        self.record().await;
    }

    /// The browser of an agent is in the call from now on.
    pub(super) async fn seat(&mut self, agent: AgentId, role: Role) {
        self.hub.tell(Tell::Agent(agent, role));
        if !self.legs.contains_key(&agent) {
            let leg = self.joined(LegKind::Browser, Some(agent)).await;
            self.legs.insert(agent, leg);
            self.ends.insert(End::Browser(agent), leg);
        }
    }

    /// A supervisor hears it no more. When they left before their end was there, the desk has it as joined since.
    async fn stop_listening(&mut self, agent: AgentId) {
        if let Some(leg_id) = self.listeners.remove(&agent) {
            self.hub.tell(Tell::AgentGone(agent));
            self.report(CallFact::LegLeft { leg_id }).await;
        }
    }

    /// And is not any more.
    pub(super) async fn unseat(&mut self, agent: AgentId) {
        self.hub.tell(Tell::AgentGone(agent));
        if let Some(leg_id) = self.legs.remove(&agent) {
            self.report(CallFact::LegLeft { leg_id }).await;
        }
    }
}
