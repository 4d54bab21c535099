//! A desk to try things on, in the words of the domain.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use plugboard_channel::Registry;
use plugboard_domain::{
    Command, Envelope, Event, Principal, Recorded,
    access::{Role, Scope},
    channel::ChannelKind,
    command::{Receive, Sender, inbox_scope},
    contact::{Address, IdentityKind, Profile},
    conversation::{Conversation, ConversationCommand},
    desk::{
        Agent, AssignmentMethod, Attendance, Availability, Entity, Inbox, InboxPolicy, Private,
        Team,
    },
    ids::{AgentId, ConversationId, InboxId, TeamId},
    message::{MessageDraft, MessageKind},
};
use plugboard_engine::{
    Builtin, Courier, Engine, EngineError, EngineParts, EscalationPolicy, ManualClock,
    NoEscalation, Outcome, RoutingPolicy,
};
use plugboard_store::SharedStore;
use plugboard_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

/// Nothing takes longer than this, or it never happens.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) channels: Arc<Registry>,
    directory: Arc<TempDir>,
    policies: Policies,
}

/// Who decides.
type Policies = (Arc<dyn RoutingPolicy>, Arc<dyn EscalationPolicy>);

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::with(vec![]).await
    }

    pub(crate) async fn with(couriers: Vec<Arc<dyn Courier>>) -> Self {
        let policies: Policies = (Arc::new(Builtin), Arc::new(NoEscalation));
        Self::at(
            Arc::new(tempfile::tempdir().unwrap()),
            clock(),
            couriers,
            policies,
        )
        .await
    }

    /// A desk where these policies decide, also after a restart.
    pub(crate) async fn deciding(
        routing: Arc<dyn RoutingPolicy>,
        escalation: Arc<dyn EscalationPolicy>,
    ) -> Self {
        let directory = Arc::new(tempfile::tempdir().unwrap());
        Self::at(directory, clock(), vec![], (routing, escalation)).await
    }

    /// A desk on these files.
    pub(crate) async fn at(
        directory: Arc<TempDir>,
        clock: Arc<ManualClock>,
        couriers: Vec<Arc<dyn Courier>>,
        policies: Policies,
    ) -> Self {
        Self::on(directory, clock, couriers, policies, Arc::default()).await
    }

    async fn on(
        directory: Arc<TempDir>,
        clock: Arc<ManualClock>,
        couriers: Vec<Arc<dyn Courier>>,
        policies: Policies,
        channels: Arc<Registry>,
    ) -> Self {
        let parts = parts(directory.path(), &clock, couriers, &policies, &channels);
        Self {
            engine: Engine::start(parts).await.unwrap(),
            clock,
            channels,
            directory,
            policies,
        }
    }

    /// Ends the process and starts it again on the same files.
    pub(crate) async fn restart(self) -> Self {
        let Self {
            engine,
            clock,
            channels,
            directory,
            policies,
        } = self;
        engine.stop().await;
        drop(engine);
        Self::on(directory, clock, vec![], policies, channels).await
    }

    /// Starts it again, to keep events for so long.
    pub(crate) async fn keeping_the_journal_for(self, kept: Duration) -> Self {
        let Self {
            engine,
            clock,
            channels,
            directory,
            policies,
        } = self;
        engine.stop().await;
        drop(engine);
        let mut parts = parts(directory.path(), &clock, vec![], &policies, &channels);
        parts.journal_kept = Some(kept);
        Self {
            engine: Engine::start(parts).await.unwrap(),
            clock,
            channels,
            directory,
            policies,
        }
    }

    /// Lets time pass, a few hours at most, until the journal begins after this position.
    pub(crate) async fn until_the_horizon_is(&self, seq: u64) {
        let reached = async {
            while self.engine.store().journal_horizon().await.unwrap() != seq {
                self.clock.advance(Duration::from_secs(60));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap();
    }

    pub(crate) async fn system(&self, command: impl Into<Command>) -> Result<Outcome, EngineError> {
        self.engine
            .execute(Envelope::new(Principal::System("test"), command))
            .await
    }

    pub(crate) async fn by(
        &self,
        agent: AgentId,
        id: ConversationId,
        command: ConversationCommand,
    ) -> Result<Outcome, EngineError> {
        self.engine
            .execute(Envelope::new(Principal::Agent(agent), (id, command)))
            .await
    }

    pub(crate) async fn save(&self, entity: Entity) {
        let private = match &entity {
            Entity::Agent(agent) => Private {
                email: Some(format!("{}@example.com", agent.id)),
                ..Private::default()
            },
            _ => Private::default(),
        };
        self.system(Command::Save { entity, private })
            .await
            .unwrap();
    }

    pub(crate) async fn agent(&self, name: &str, role: Role) -> AgentId {
        self.agent_with(name, role, 5, &[]).await
    }

    pub(crate) async fn agent_with(
        &self,
        name: &str,
        role: Role,
        capacity: u32,
        skills: &[&str],
    ) -> AgentId {
        let id = self.engine.mint();
        self.save(Entity::Agent(Agent {
            id,
            name: name.into(),
            role,
            skills: skills.iter().map(|it| (*it).to_owned()).collect(),
            capacity,
            scope: Scope::default(),
            availability: Availability::Offline,
            availability_since: self.engine.now(),
            attendance: Attendance::Unseen,
            disabled: false,
            locale: None,
            reports_to: None,
            created_at: self.engine.now(),
        }))
        .await;
        id
    }

    pub(crate) async fn team(&self, members: &[AgentId], assignment: AssignmentMethod) -> TeamId {
        let id = self.engine.mint();
        let members = members.iter().copied().collect();
        let created_at = self.engine.now();
        self.save(Entity::Team(Team {
            id,
            name: "Sales".into(),
            members,
            assignment,
            overflow: None,
            created_at,
        }))
        .await;
        id
    }

    pub(crate) async fn inbox(&self, team_id: Option<TeamId>, policy: InboxPolicy) -> InboxId {
        self.inbox_on(ChannelKind::Webchat, team_id, policy).await
    }

    pub(crate) async fn inbox_on(
        &self,
        channel: ChannelKind,
        team_id: Option<TeamId>,
        policy: InboxPolicy,
    ) -> InboxId {
        let id = self.engine.mint();
        let created_at = self.engine.now();
        let settings = serde_json::Map::new();
        self.save(Entity::Inbox(Inbox {
            id,
            name: "Site".into(),
            channel,
            shop_id: None,
            team_id,
            policy,
            settings,
            created_at,
        }))
        .await;
        id
    }

    pub(crate) async fn available(&self, agent_id: AgentId, availability: Availability) {
        self.system(Command::SetAvailability {
            agent_id,
            availability,
        })
        .await
        .unwrap();
    }

    pub(crate) fn draft(&self, text: &str) -> MessageDraft {
        MessageDraft {
            id: self.engine.mint(),
            text: text.into(),
            attachments: vec![],
            client_id: None,
        }
    }

    /// Somebody writes from an address; the same name is the same address.
    pub(crate) fn write(&self, inbox_id: InboxId, who: &str, text: &str) -> Command {
        let address = Address {
            kind: IdentityKind::Visitor,
            scope: inbox_scope(inbox_id),
            value: who.into(),
        };
        Command::Receive(Receive {
            inbox_id,
            from: Sender::Address {
                address,
                verified: false,
                profile: Profile::default(),
            },
            draft: self.draft(text),
            external_id: None,
            conversation_id: self.engine.mint(),
        })
    }

    pub(crate) async fn says(&self, inbox_id: InboxId, who: &str, text: &str) -> ConversationId {
        self.system(self.write(inbox_id, who, text))
            .await
            .unwrap()
            .conversation_id
            .unwrap()
    }

    pub(crate) async fn reply(
        &self,
        agent: AgentId,
        id: ConversationId,
        text: &str,
    ) -> Result<Outcome, EngineError> {
        let draft = self.draft(text);
        self.by(
            agent,
            id,
            ConversationCommand::Post {
                kind: MessageKind::Outbound,
                draft,
                seen_seq: None,
            },
        )
        .await
    }

    pub(crate) async fn conversation(&self, id: ConversationId) -> Conversation {
        self.engine
            .store()
            .conversation(id, None)
            .await
            .unwrap()
            .unwrap()
            .conversation
    }

    pub(crate) async fn journal(&self) -> Vec<Recorded> {
        self.engine.store().read_since(0, 100_000).await.unwrap()
    }

    pub(crate) async fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.journal()
            .await
            .iter()
            .filter(|it| wanted(&it.event))
            .count()
    }

    /// Waits until a conversation is as told; workers act on their own time.
    pub(crate) async fn until(
        &self,
        id: ConversationId,
        wanted: impl Fn(&Conversation) -> bool,
    ) -> Conversation {
        let started = std::time::Instant::now();
        loop {
            let state = self.conversation(id).await;
            if wanted(&state) {
                return state;
            }
            assert!(
                started.elapsed() < PATIENCE,
                "never happened; it is {state:#?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Gives workers the time to do what they should not do.
    pub(crate) async fn settle(&self) {
        let mut before = 0;
        loop {
            let head = self.engine.store().journal_head().await.unwrap();
            if head == before {
                return;
            }
            before = head;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// What every test proves besides its own subject: the journal has no gap, and replay is what is stored.
    pub(crate) async fn close(self) {
        self.settle().await;
        let journal = self.journal().await;
        for (at, recorded) in journal.iter().enumerate() {
            assert_eq!(recorded.seq, at as u64 + 1, "the journal has a gap");
        }
        let ids: BTreeSet<ConversationId> =
            journal.iter().filter_map(|it| it.conversation_id).collect();
        for id in ids {
            let replayed = journal
                .iter()
                .filter(|it| it.conversation_id == Some(id))
                .fold(None, |state, recorded| {
                    Conversation::apply(state, id, recorded)
                });
            assert_eq!(
                replayed,
                Some(self.conversation(id).await),
                "replay differs from what is stored"
            );
        }
        let mut desk = plugboard_domain::desk::Desk::default();
        for recorded in &journal {
            desk.apply(recorded);
        }
        assert_eq!(
            desk,
            *self.engine.desk(),
            "the desk differs from its replay"
        );
        self.engine.stop().await;
    }
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-11-02T01:00:00Z".parse().unwrap()))
}

fn parts(
    directory: &Path,
    clock: &Arc<ManualClock>,
    couriers: Vec<Arc<dyn Courier>>,
    (routing, escalation): &Policies,
    channels: &Arc<Registry>,
) -> EngineParts {
    let store: SharedStore = Arc::new(SqliteStore::open(directory, Options::default()).unwrap());
    let mut parts = EngineParts::new(store);
    parts.clock = clock.clone();
    parts.couriers = couriers;
    parts.channels = channels.clone();
    parts.routing = routing.clone();
    parts.escalation = escalation.clone();
    parts
}
