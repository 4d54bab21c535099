//! Which events a policy can hear of.

use plugboard_domain::{
    Actor, Event, Recorded, Seq, conversation::Assignment, escalation::Trigger,
    ids::ConversationId, message::MessageKind,
};

use super::PART;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) trigger: Trigger,
    pub(super) detail: Option<String>,
    pub(super) seq: Seq,
}

/// What an event is to a policy; nothing when escalation itself caused it, or it would feed itself.
pub(super) fn happening(recorded: &Recorded) -> Option<(ConversationId, Happening)> {
    let id = recorded.conversation_id?;
    if recorded.actor == Actor::system(PART) {
        return None;
    }
    let (trigger, detail) = match &recorded.event {
        Event::ConversationCreated { .. } => (Trigger::Created, None),
        Event::MessageCreated { message, .. } => match message.kind {
            MessageKind::Inbound => (Trigger::Message, None),
            MessageKind::Outbound => {
                let agent = message.author.agent_id()?;
                (Trigger::Replied, Some(agent.to_string()))
            }
            // Who rings makes themselves heard.
            MessageKind::Note | MessageKind::Call => return None,
        },
        Event::Assigned { assignment, .. } => match assignment {
            Assignment::Assigned { agent, .. } => (Trigger::Assigned, Some(agent.to_string())),
            Assignment::Unassigned { .. } => (Trigger::Unassigned, None),
            Assignment::Offered { .. } => return None,
        },
        Event::SlaWarned { target, .. } => (Trigger::Warned, Some(target.to_string())),
        Event::SlaBreached { target, .. } => (Trigger::Breached, Some(target.to_string())),
        Event::Tagged { added, .. } if !added.is_empty() => {
            let tags: Vec<_> = added.iter().map(String::as_str).collect();
            (Trigger::Tagged, Some(tags.join(",")))
        }
        Event::EscalationDue { .. } => (Trigger::Due, None),
        _ => return None,
    };
    let seq = recorded.seq;
    Some((
        id,
        Happening {
            trigger,
            detail,
            seq,
        },
    ))
}
