//! Which events are reasons to ask, and what for.

use std::collections::{HashSet, VecDeque};

use plugboard_domain::{
    Actor, Envelope, Event, Principal, Recorded, Seq,
    call::CallChange,
    conversation::{Assignment, ConversationCommand, Status},
    desk::{Availability, Entity},
    ids::{AgentId, ConversationId},
    message::MessageKind,
};
use plugboard_store::StoreError;
use tracing::warn;

use super::calls;
use crate::Engine;

/// Events read at once.
const READ_MAX: usize = 1_000;

/// Changed conversations collected before they are asked about.
const CHANGED_MAX: usize = 1_000;

/// How the journal names routing itself.
pub(super) const ROUTER: &str = "router";

/// What there is to ask about.
#[derive(Default)]
pub(super) struct Todo {
    /// Conversations that something changed about, in order.
    changed: VecDeque<ConversationId>,
    known: HashSet<ConversationId>,
    /// Capacity became free, or who can do what is another.
    freed: bool,
    /// Something about calls changed.
    calls: bool,
    /// Conversations that no policy has decided about are asked about whoever is free: some may have begun just before
    /// a restart.
    fresh: bool,
}

impl Todo {
    pub(super) fn at_start() -> Self {
        Self {
            freed: true,
            fresh: true,
            ..Self::default()
        }
    }

    /// Other policies decide from here on.
    pub(super) fn everything(&mut self) {
        (self.freed, self.fresh) = (true, true);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && !self.freed && !self.calls
    }

    pub(super) fn is_full(&self) -> bool {
        self.changed.len() >= CHANGED_MAX
    }

    pub(super) fn freed(&mut self) {
        self.freed = true;
    }

    fn changed(&mut self, id: Option<ConversationId>) {
        if let Some(id) = id
            && self.known.insert(id)
        {
            self.changed.push_back(id);
        }
    }

    /// The conversation that has waited longest to be asked about.
    pub(super) fn next_changed(&mut self) -> Option<ConversationId> {
        let id = self.changed.pop_front()?;
        self.known.remove(&id);
        Some(id)
    }

    /// It could not be asked about now.
    pub(super) fn put_back(&mut self, id: ConversationId) {
        if self.known.insert(id) {
            self.changed.push_front(id);
        }
    }

    pub(super) fn take_freed(&mut self) -> bool {
        std::mem::take(&mut self.freed)
    }

    /// Calls are looked at with everything else: one flag says that they alone are a reason.
    pub(super) fn take_calls(&mut self) -> bool {
        std::mem::take(&mut self.calls)
    }

    pub(super) fn take_fresh(&mut self) -> bool {
        std::mem::take(&mut self.fresh)
    }
}

/// Reads on and collects reasons; says how far. `None` at the end.
pub(super) async fn read(
    engine: &Engine,
    since: Seq,
    todo: &mut Todo,
) -> Result<Option<Seq>, StoreError> {
    let deep = engine.shared.routing.wants_facts();
    let events = engine.store().read_since(since, READ_MAX).await?;
    let Some(last) = events.last() else {
        return Ok(None);
    };
    let reached = last.seq;
    for recorded in &events {
        if let Some(agent) = not_there(&recorded.event) {
            calls::withdraw(engine, agent, recorded.seq).await?;
        }
        if let Event::AvailabilityChanged {
            agent_id,
            availability: Availability::Offline,
            ..
        } = &recorded.event
        {
            return_owed(engine, *agent_id, recorded.seq).await?;
        }
        collect(recorded, todo, deep);
    }
    Ok(Some(reached))
}

/// The built-in policy looks neither at what was said nor at labels.
fn collect(recorded: &Recorded, todo: &mut Todo, deep: bool) {
    let own = recorded.actor == Actor::system(ROUTER);
    let id = recorded.conversation_id;
    match &recorded.event {
        Event::ConversationCreated { .. } => todo.changed(id),
        Event::MessageCreated { message, .. } if deep && message.kind == MessageKind::Inbound => {
            todo.changed(id);
        }
        // What routing itself put on is no news to it.
        Event::PriorityChanged { .. } if !own => todo.changed(id),
        Event::Tagged { .. } | Event::StageChanged { .. } if deep && !own => todo.changed(id),
        Event::Assigned { assignment, .. } => {
            if let Assignment::Unassigned { .. } = assignment {
                todo.changed(id);
            }
            // Whoever had it before may take another one; routing's own gifts free nobody.
            if !own {
                todo.freed();
            }
        }
        Event::StatusChanged { status, .. } => match status {
            Status::Open => todo.changed(id),
            Status::Snoozed { .. } | Status::Resolved { .. } | Status::Merged { .. } => {
                todo.freed();
            }
        },
        Event::CallStarted { .. } => todo.calls = true,
        Event::CallChanged { change, .. } => called(change, id, todo),
        Event::AvailabilityChanged { .. } | Event::DeskSaved { .. } => todo.freed(),
        _ => {}
    }
}

/// Ends that come and go, and recordings, matter to nobody here.
fn called(change: &CallChange, id: Option<ConversationId>, todo: &mut Todo) {
    use CallChange as C;
    match change {
        C::LegJoined { .. }
        | C::LegLeft { .. }
        | C::LegHeard { .. }
        | C::EarlyMedia {}
        | C::AgentGone { .. }
        | C::AgentBack { .. }
        | C::Menu {}
        | C::Held {}
        | C::Resumed {}
        | C::Listening { .. }
        | C::CallbackRequested {}
        | C::RecordingStarted {}
        | C::RecordingPaused {}
        | C::RecordingResumed {}
        | C::RecordingKept { .. }
        | C::RecordingDeleted {} => {}
        // Whoever talked or listened may take other work; and nobody may have the conversation.
        C::Ended { .. } | C::WrappedUp { .. } | C::Left { .. } => {
            todo.calls = true;
            todo.changed(id);
            todo.freed();
        }
        _ => todo.calls = true,
    }
}

/// The agent who takes no calls any more by what happened.
fn not_there(event: &Event) -> Option<AgentId> {
    match event {
        Event::AvailabilityChanged {
            agent_id,
            availability: Availability::Away | Availability::Offline,
            ..
        } => Some(*agent_id),
        Event::DeskSaved {
            entity: Entity::Agent(agent),
        } if agent.disabled => Some(agent.id),
        _ => None,
    }
}

/// An agent went offline: what routing gave them and still owes an answer goes back to its queue.
async fn return_owed(engine: &Engine, agent: AgentId, caused_by: Seq) -> Result<(), StoreError> {
    for id in engine.store().owed_by(agent).await? {
        let command = ConversationCommand::ReturnToQueue {
            reason: "agent_offline".into(),
        };
        let mut envelope = Envelope::new(Principal::System(ROUTER), (id, command));
        envelope.caused_by = Some(caused_by);
        envelope.depth = 1;
        if let Err(error) = engine.execute(envelope).await {
            warn!(conversation.id = %id, agent.id = %agent, %error, "routing: not returned to the queue");
        }
    }
    Ok(())
}
