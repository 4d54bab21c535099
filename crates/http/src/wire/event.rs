//! Events in the shapes of the API, so that a client folds them in without knowing rules.

use plugboard_domain::{Event, MessageId, Recorded, desk::Entity};
use plugboard_protocol::{conversations::Conversation, live::JournalItem, messages::Message, time};
use serde_json::{Value, json};

use super::{
    actor, availability,
    conversation::{StatusParts, assignment, sla_clocks},
    delivery, message_kind, priority, scheduled, sla_target, stage, waiting,
};

/// What a frame says of an event. `message` belongs to `message.created`, `message.edited` and `message.taken_back`, and `conversation` to `conversation.created`:
/// the rows that the edge joins; when one is missing, the facts stand in for it.
pub fn event_data(
    event: &Event,
    message: Option<&Message>,
    conversation: Option<&Conversation>,
) -> Value {
    match event {
        Event::MessageCreated {
            message: facts,
            waiting: now,
        } => written(facts, *now, message),
        Event::ConversationCreated { .. } => match conversation {
            Some(conversation) => json!({ "conversation": conversation }),
            None => event.data(),
        },
        Event::DeliveryChanged {
            message_id,
            delivery: fate,
        } => json!({ "message_id": message_id, "delivery": delivery(fate) }),
        Event::MessageEdited { message_id } | Event::MessageTakenBack { message_id } => {
            amended(*message_id, message)
        }
        Event::MessageScheduled { scheduled: it } => json!({ "scheduled": scheduled(it) }),
        Event::StatusChanged {
            status,
            waiting: now,
            cause,
        } => {
            let parts = StatusParts::of(status);
            json!({
                "status": parts.status, "snoozed_until": parts.snoozed_until.map(time),
                "resolved_at": parts.resolved_at.map(time), "disposition": parts.disposition,
                "merged_into": parts.merged_into, "waiting": waiting(*now), "cause": cause,
            })
        }
        Event::Assigned {
            assignment: owner,
            cause,
            decision_id,
        } => {
            json!({ "assignment": assignment(owner), "cause": cause, "decision_id": decision_id })
        }
        Event::PriorityChanged { priority: it } => json!({ "priority": priority(*it) }),
        Event::StageChanged { stage: it } => json!({ "stage": it.map(stage) }),
        Event::DraftChanged {
            agent_id,
            draft,
            empty,
        } => json!({ "agent_id": agent_id, "draft": message_kind(*draft), "empty": empty }),
        Event::SlaChanged { sla } => json!({ "sla_clocks": sla_clocks(Some(sla)) }),
        Event::SlaWarned { target, due_at } | Event::SlaBreached { target, due_at } => {
            json!({ "target": sla_target(*target), "due_at": time(*due_at) })
        }
        Event::DeskSaved { entity } => desk_saved(entity),
        Event::DeskRemoved { entity } => desk_reference(*entity),
        Event::AvailabilityChanged {
            agent_id,
            availability: it,
            attendance: _,
            cause,
        } => {
            json!({ "agent_id": agent_id, "availability": availability(*it), "cause": cause })
        }
        Event::ConversationEscalated {
            decision_id,
            step,
            ask_at,
            notify,
            pin,
            ..
        } => json!({
            "decision_id": decision_id, "step": escalation_step(step), "ask_at": ask_at.map(time), "notify": notify,
            "pin": pin,
        }),
        Event::EscalationPlanned {
            decision_id,
            ask_at,
            pin,
            ..
        } => json!({ "decision_id": decision_id, "ask_at": ask_at.map(time), "pin": pin }),
        Event::EscalationDue { asked_for } => json!({ "asked_for": time(*asked_for) }),
        // Ids, labels and names: the facts are the shape.
        _ => event.data(),
    }
}

/// The row is joined for those who look; the journal has ids only.
fn amended(id: MessageId, message: Option<&Message>) -> Value {
    match message {
        Some(message) => json!({ "message": message }),
        None => json!({ "message_id": id }),
    }
}

/// A new message, with its row when it is joined.
fn written(
    facts: &plugboard_domain::message::MessageFacts,
    now: plugboard_domain::conversation::Waiting,
    message: Option<&Message>,
) -> Value {
    match message {
        Some(message) => json!({ "message": message, "waiting": waiting(now) }),
        None => json!({ "message": facts, "waiting": waiting(now) }),
    }
}

/// What was configured; for a plugin whose calls are recorded that, too, since recordings hold what customers wrote.
fn desk_saved(entity: &Entity) -> Value {
    let mut data = desk_reference(entity.reference());
    if let Entity::Plugin(plugin) = entity
        && let Some(it) = &plugin.recording
    {
        data["recording"] =
            json!({ "calls": it.calls, "began_at": time(it.began_at), "until": time(it.until) });
    }
    data
}

fn desk_reference(reference: plugboard_domain::desk::EntityRef) -> Value {
    json!({ "entity": reference.kind, "id": reference.id })
}

/// An event as `GET /api/v1/journal` shows it: facts, never texts or addresses.
pub fn journal_item(recorded: &Recorded) -> JournalItem {
    JournalItem {
        seq: recorded.seq,
        at: time(recorded.at),
        kind: recorded.event.kind().to_owned(),
        actor: actor(&recorded.actor),
        conversation_id: recorded.conversation_id.map(|id| id.to_string()),
        data: event_data(&recorded.event, None, None),
    }
}

/// A step of escalation.
fn escalation_step(step: &plugboard_domain::escalation::EscalationStep) -> Value {
    json!({ "level": step.level, "at": time(step.at), "trigger": step.trigger, "actions": step.actions })
}
