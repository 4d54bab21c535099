//! Calls in a conversation: the message that shows one, and what answering one means for who waits.

use super::{
    Context,
    clocks::{Standing, follow},
    status::change,
};
use crate::{
    Timestamp,
    conversation::{AssignedBy, Assignment, Conversation, Status, Waiting},
    event::Event,
    ids::{AgentId, MessageId},
    message::{MessageDraft, MessageFacts, MessageKind},
};

/// The text of a message that shows a call, in lists and notices: the sign of a telephone, which no language has to
/// translate.
pub const CALL_TEXT: &str = "\u{260e}";

/// The same events, with the message that shows the call in place of one that says something.
pub fn showing_call(mut events: Vec<Event>, id: MessageId) -> Vec<Event> {
    for event in &mut events {
        if let Event::MessageCreated { message, .. } = event
            && message.id == id
        {
            message.kind = MessageKind::Call;
            message.delivery = None;
        }
    }
    events
}

/// An agent calls the contact of a conversation that exists. It opens again, and it is theirs when it was nobody's.
pub fn call_contact(
    state: &Conversation,
    draft: &MessageDraft,
    context: &Context<'_>,
) -> Vec<Event> {
    let author = context.actor();
    let mut events = Vec::new();
    if state.status != Status::Open {
        events.push(Event::StatusChanged {
            status: Status::Open,
            waiting: state.waiting,
            cause: "called".into(),
        });
    }
    if let Some(agent) = author.agent_id() {
        events.extend(taken(state, agent, AssignedBy::Hand, "asked", context));
    }
    events.push(Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind: MessageKind::Call,
            author,
            attachments: vec![],
            client_id: None,
            delivery: None,
        },
        waiting: state.waiting,
    });
    let to = Standing {
        status: &Status::Open,
        waiting: state.waiting,
    };
    follow(state, to, context, &mut events);
    events
}

/// Somebody of the desk talks with the contact: nobody waits for an answer any more, and who talks has it when nobody had.
pub fn call_answered(
    state: &Conversation,
    agent: Option<AgentId>,
    context: &Context<'_>,
) -> Vec<Event> {
    let mut events = Vec::new();
    if state.status != Status::Open {
        return events;
    }
    if let Some(agent) = agent {
        events.extend(taken(state, agent, AssignedBy::Router, "accepted", context));
    }
    if let Waiting::Agent { .. } = state.waiting {
        let waiting = Waiting::Contact { since: context.now };
        events.push(Event::StatusChanged {
            status: Status::Open,
            waiting,
            cause: "call_answered".into(),
        });
        let to = Standing {
            status: &Status::Open,
            waiting,
        };
        follow(state, to, context, &mut events);
    }
    events
}

/// The contact is to be called again at a time: it sleeps until then. What is resolved stays so.
pub fn call_again(state: &Conversation, until: Timestamp, context: &Context<'_>) -> Vec<Event> {
    match state.status {
        Status::Open | Status::Snoozed { .. } => {
            let status = Status::Snoozed { until };
            change(state, &status, state.waiting, "call_again", context)
        }
        Status::Resolved { .. } | Status::Merged { .. } => vec![],
    }
}

/// A call broke off in which somebody of the desk talked with the contact: they wait for the desk to come back.
pub fn call_broke_off(state: &Conversation, context: &Context<'_>) -> Vec<Event> {
    if state.status != Status::Open || matches!(state.waiting, Waiting::Agent { .. }) {
        return vec![];
    }
    let waiting = Waiting::Agent { since: context.now };
    // The status stays; only who waits is another.
    let mut events = vec![Event::StatusChanged {
        status: Status::Open,
        waiting,
        cause: "call_broke_off".into(),
    }];
    let to = Standing {
        status: &Status::Open,
        waiting,
    };
    follow(state, to, context, &mut events);
    events
}

fn taken(
    state: &Conversation,
    agent: AgentId,
    by: AssignedBy,
    cause: &str,
    context: &Context<'_>,
) -> Option<Event> {
    if let Assignment::Assigned { .. } = state.assignment {
        return None;
    }
    Some(Event::Assigned {
        assignment: Assignment::Assigned {
            agent,
            team: state.assignment.team(),
            since: context.now,
            by,
        },
        cause: cause.to_owned(),
        decision_id: None,
    })
}
