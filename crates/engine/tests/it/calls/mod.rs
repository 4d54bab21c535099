//! Calls over a scripted line: what rings at whom, what becomes of it, and what it leaves in the conversation.

mod dialling;
mod handing;
mod line;
mod waiting;

use plugboard_domain::{
    Command, Envelope, Principal,
    access::Role,
    call::{Call, CallCommand, CallFact, CallState, Direction, EndCause, EndWord, EndedBy, Ring},
    channel::ChannelKind,
    desk::{AssignmentMethod, Availability, Entity, Inbox, InboxPolicy},
    ids::{AgentId, CallId, InboxId, TeamId},
};
use plugboard_engine::{EngineError, Outcome};
use plugboard_store::CallView;
use serde_json::{Value, json};

use crate::desk::Desk;

/// Nothing takes longer than this, or it never happens.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// A desk with a phone inbox, a team, and agents who are there.
pub(super) struct Exchange {
    pub(super) desk: Desk,
    pub(super) inbox: InboxId,
    pub(super) team: TeamId,
    pub(super) agents: Vec<AgentId>,
}

impl Exchange {
    pub(super) async fn open(agents: usize, settings: Value) -> Self {
        let desk = Desk::open().await;
        let mut all = Vec::new();
        for n in 0..agents {
            all.push(desk.agent(&format!("Agent {n}"), Role::Agent).await);
        }
        let team = desk.team(&all, AssignmentMethod::LeastLoaded).await;
        let inbox = phone(&desk, Some(team), settings).await;
        for agent in &all {
            desk.available(*agent, Availability::Online).await;
        }
        desk.settle().await;
        Self {
            desk,
            inbox,
            team,
            agents: all,
        }
    }

    /// Somebody rings.
    pub(super) async fn ring(&self, name: &str, from: &str) -> CallId {
        self.rings(name, from).await.call_id.unwrap()
    }

    pub(super) async fn rings(&self, name: &str, from: &str) -> Outcome {
        let engine = &self.desk.engine;
        let ring = Ring {
            id: engine.mint(),
            inbox_id: self.inbox,
            provider: "sip".into(),
            provider_call_id: name.into(),
            direction: Direction::Inbound,
            from: from.into(),
            to: "+8657112345678".into(),
            name: None,
            conversation_id: engine.mint(),
            message_id: engine.mint(),
        };
        self.desk
            .system(Command::Ring(Box::new(ring)))
            .await
            .unwrap()
    }

    /// Somebody rings and waits for an agent.
    pub(super) async fn waits(&self, name: &str, from: &str) -> CallId {
        let id = self.ring(name, from).await;
        self.line(id, CallFact::Queued { team_id: None }).await;
        id
    }

    /// The line reports.
    pub(super) async fn line(&self, id: CallId, fact: CallFact) -> Outcome {
        self.desk
            .system((id, CallCommand::Advance(fact)))
            .await
            .unwrap()
    }

    pub(super) async fn hangs_up(&self, id: CallId) {
        let cause = EndCause::of(EndWord::Normal);
        let by = EndedBy::Caller;
        self.line(id, CallFact::Ended { by, cause }).await;
    }

    /// An agent decides.
    pub(super) async fn by(
        &self,
        agent: AgentId,
        id: CallId,
        command: CallCommand,
    ) -> Result<Outcome, EngineError> {
        let envelope = Envelope::new(Principal::Agent(agent), (id, command));
        self.desk.engine.execute(envelope).await
    }

    pub(super) async fn view(&self, id: CallId) -> CallView {
        self.desk.engine.store().call(id).await.unwrap().unwrap()
    }

    pub(super) async fn call(&self, id: CallId) -> Call {
        self.view(id).await.row.call
    }

    /// The call once it is so.
    pub(super) async fn until(&self, id: CallId, wanted: impl Fn(&Call) -> bool) -> Call {
        let give_up = std::time::Instant::now() + PATIENCE;
        loop {
            let call = self.call(id).await;
            if wanted(&call) {
                return call;
            }
            assert!(std::time::Instant::now() < give_up, "never: {call:#?}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// The agent at whom it rings, once it does.
    pub(super) async fn rings_at(&self, id: CallId) -> AgentId {
        let call = self.until(id, |it| it.offer.is_some()).await;
        call.offer.unwrap().agent_id
    }

    /// A call that an agent talks in.
    pub(super) async fn talks(&self, name: &str, from: &str) -> (CallId, AgentId) {
        let id = self.waits(name, from).await;
        let agent = self.rings_at(id).await;
        self.by(agent, id, CallCommand::Accept).await.unwrap();
        (id, agent)
    }

    /// What every test proves besides its own subject: each call is the fold of its events.
    pub(super) async fn close(self) {
        self.desk.settle().await;
        let journal = self.desk.journal().await;
        let calls = journal.iter().filter_map(|it| match &it.event {
            plugboard_domain::Event::CallStarted { call } => Some(call.id),
            _ => None,
        });
        for id in calls.collect::<Vec<_>>() {
            let folded = journal
                .iter()
                .fold(None, |state, recorded| Call::apply(state, id, recorded));
            assert_eq!(folded, Some(self.call(id).await));
        }
        let text = format!("{journal:?}");
        assert!(!text.contains("13800138"), "a number is in the journal");
        self.desk.close().await;
    }
}

async fn phone(desk: &Desk, team: Option<TeamId>, settings: Value) -> InboxId {
    let id = desk.engine.mint();
    let mut whole = json!({
        "numbers": ["+8657112345678"],
        "trunk": {"kind": "peer", "host": "203.0.113.7"},
    });
    for (name, value) in settings.as_object().unwrap() {
        whole[name] = value.clone();
    }
    desk.save(Entity::Inbox(Inbox {
        id,
        name: "Hotline".into(),
        channel: ChannelKind::Phone,
        shop_id: None,
        team_id: team,
        policy: InboxPolicy::default(),
        settings: whole.as_object().unwrap().clone(),
        created_at: desk.engine.now(),
    }))
    .await;
    id
}

pub(super) fn state(wanted: CallState) -> impl Fn(&Call) -> bool {
    move |it| it.state == wanted
}
