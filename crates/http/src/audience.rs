//! Who hears of an event.

use plugboard_domain::{
    Event, Recorded,
    access::Permission,
    ids::{AgentId, ConversationId},
};

/// Who hears of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Every agent who may read conversations.
    Everybody,
    /// Those whose scope covers this conversation.
    Conversation(ConversationId),
    /// One agent.
    Only(AgentId),
    /// Those who hold a permission, and the agent concerned.
    Holders(Permission, Option<AgentId>),
}

/// Who hears of this one.
pub(crate) fn audience(recorded: &Recorded) -> Audience {
    match &recorded.event {
        Event::Read { agent_id, .. }
        | Event::DraftChanged { agent_id, .. }
        | Event::AgentSeen { agent_id } => Audience::Only(*agent_id),
        Event::SessionCreated { agent_id } | Event::SessionEnded { agent_id } => {
            Audience::Holders(Permission::AgentsManage, Some(*agent_id))
        }
        Event::OutboxDied { .. }
        | Event::OutboxRedelivered { .. }
        | Event::PluginRecordingRead { .. } => {
            Audience::Holders(Permission::IntegrationsManage, None)
        }
        // Who heard a recording is for those who answer for it.
        Event::RecordingRead { .. } => {
            Audience::Holders(Permission::DeskManage, recorded.actor.agent_id())
        }
        _ => recorded
            .conversation_id
            .map_or(Audience::Everybody, Audience::Conversation),
    }
}
