//! The contact writes: a conversation begins, goes on, wakes or reopens.

use super::{
    Context,
    assign::{queue_anew, return_to_queue},
    clocks::{Standing, first_clocks, follow},
    draft::{check_draft, first_delivery, inbound},
};
use crate::{
    actor::Actor,
    conversation::{AssignedBy, Assignment, Conversation, NewConversation, Status, Waiting},
    desk::{Availability, Inbox},
    event::Event,
    message::{Delivery, MessageDraft, MessageFacts, MessageKind},
    rejection::Rejection,
};

/// The part of Plugboard that writes the first answer within hours; its text is the inbox's `greeting`.
pub const GREETING: &str = "greeting";

/// The part of Plugboard that writes the first answer outside hours; its text is the inbox's `away_message`.
pub const AWAY_MESSAGE: &str = "away_message";

/// How a message comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Somebody waits for an answer.
    Live {
        /// Whether the inbox's first answer may go out.
        opener: bool,
    },
    /// Nobody waits: a machine wrote it, or it is older than the inbox. No clock starts, nothing answers, nobody is given it.
    Quiet {
        /// Why, as a word in the journal.
        cause: &'static str,
    },
}

/// Begins a conversation with the contact's first message.
pub fn begin(
    new: &NewConversation,
    draft: &MessageDraft,
    inbox: &Inbox,
    arrival: Arrival,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let answered = match arrival {
        Arrival::Live { opener } => opener,
        Arrival::Quiet { cause } => {
            return Ok(vec![
                created(new, inbox),
                inbound(
                    draft,
                    Actor::Contact { id: new.contact_id },
                    Waiting::Nobody,
                ),
                Event::StatusChanged {
                    status: Status::Resolved {
                        at: context.now,
                        by: Actor::system(cause),
                        disposition: None,
                    },
                    waiting: Waiting::Nobody,
                    cause: cause.into(),
                },
            ]);
        }
    };
    let policy = &inbox.policy;
    let hours = context.desk.timetable(inbox);
    let mut events = vec![created(new, inbox)];
    let waiting = Waiting::Agent { since: context.now };
    events.push(inbound(
        draft,
        Actor::Contact { id: new.contact_id },
        waiting,
    ));
    let open = hours.is_open(context.now);
    if answered && inbox.opener(open).is_some() {
        events.push(Event::MessageCreated {
            message: MessageFacts {
                id: context.spare_id,
                kind: MessageKind::Outbound,
                author: Actor::system(if open { GREETING } else { AWAY_MESSAGE }),
                attachments: vec![],
                client_id: None,
                delivery: Some(first_delivery(&inbox.channel)),
            },
            waiting,
        });
    }
    events.extend(
        policy
            .sla_policy_id
            .and_then(|id| first_clocks(id, context, &hours)),
    );
    Ok(events)
}

fn created(new: &NewConversation, inbox: &Inbox) -> Event {
    Event::ConversationCreated {
        inbox_id: inbox.id,
        channel: inbox.channel.clone(),
        shop_id: inbox.shop_id,
        contact_id: new.contact_id,
        identity_id: new.identity_id,
        team_id: inbox.team_id,
        priority: inbox.policy.priority.unwrap_or_default(),
        stage: inbox.policy.stage,
    }
}

/// An agent writes first: a conversation begins in which we wait for the contact.
pub fn begin_outbound(
    new: &NewConversation,
    draft: &MessageDraft,
    inbox: &Inbox,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let author = context.actor();
    let mut events = vec![created(new, inbox)];
    if let Some(agent) = author.agent_id() {
        events.push(Event::Assigned {
            assignment: Assignment::Assigned {
                agent,
                team: inbox.team_id,
                since: context.now,
                by: AssignedBy::Hand,
            },
            cause: "asked".into(),
            decision_id: None,
        });
    }
    events.push(Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind: MessageKind::Outbound,
            author,
            attachments: draft.attachments.clone(),
            client_id: draft.client_id.clone(),
            delivery: Some(first_delivery(&inbox.channel)),
        },
        waiting: Waiting::Contact { since: context.now },
    });
    Ok(events)
}

/// The part of Plugboard that stands for whoever of the desk wrote in another program: who it was, nobody can tell.
pub const ELSEWHERE: &str = "elsewhere";

/// Somebody of the desk wrote from another program. It has left already, and it is an answer.
pub fn write_elsewhere(
    state: &Conversation,
    draft: &MessageDraft,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    if let Status::Resolved { .. } = state.status {
        return Ok(vec![sent(draft, state.waiting)]);
    }
    let waiting = Waiting::Contact { since: context.now };
    let mut events = vec![sent(draft, waiting)];
    let to = Standing {
        status: &state.status,
        waiting,
    };
    follow(state, to, context, &mut events);
    Ok(events)
}

/// Somebody of the desk wrote first, from another program.
pub fn begin_elsewhere(
    new: &NewConversation,
    draft: &MessageDraft,
    inbox: &Inbox,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let waiting = Waiting::Contact { since: context.now };
    Ok(vec![created(new, inbox), sent(draft, waiting)])
}

fn sent(draft: &MessageDraft, waiting: Waiting) -> Event {
    Event::MessageCreated {
        message: MessageFacts {
            id: draft.id,
            kind: MessageKind::Outbound,
            author: Actor::system(ELSEWHERE),
            attachments: draft.attachments.clone(),
            client_id: None,
            delivery: Some(Delivery::Sent),
        },
        waiting,
    }
}

/// The contact's machine writes, or what is older than the inbox comes in: it is there, and nothing follows from it.
pub fn receive_quietly(
    state: &Conversation,
    draft: &MessageDraft,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let author = Actor::Contact {
        id: state.contact_id,
    };
    Ok(vec![inbound(draft, author, state.waiting)])
}

pub(super) fn receive(
    state: &Conversation,
    draft: &MessageDraft,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    check_draft(draft)?;
    let since = match state.waiting {
        Waiting::Agent { since } => since,
        Waiting::Nobody | Waiting::Contact { .. } => context.now,
    };
    let waiting = Waiting::Agent { since };
    let mut events = Vec::new();
    if state.status != Status::Open {
        events.push(Event::StatusChanged {
            status: Status::Open,
            waiting,
            cause: "contact_wrote".into(),
        });
    }
    // A mailbox reader brings what the contact wrote; it is still the contact who wrote it.
    let author = match context.actor() {
        contact @ Actor::Contact { .. } => contact,
        Actor::Agent { .. } | Actor::System { .. } | Actor::Plugin { .. } => Actor::Contact {
            id: state.contact_id,
        },
    };
    events.push(inbound(draft, author, waiting));
    for scheduled in &state.scheduled {
        let message_id = scheduled.message_id;
        events.push(Event::ScheduleCancelled {
            message_id,
            reason: "contact_wrote".into(),
        });
    }
    let router_owner_left = match &state.assignment {
        Assignment::Assigned {
            agent,
            by: AssignedBy::Router,
            ..
        } => context
            .desk
            .agent(*agent)
            .is_none_or(|agent| agent.disabled || agent.availability == Availability::Offline),
        _ => false,
    };
    if router_owner_left {
        events.extend(return_to_queue(state, "agent_offline", context.now));
    } else {
        events.extend(queue_anew(state, &Status::Open, context.now));
    }
    let to = Standing {
        status: &Status::Open,
        waiting,
    };
    follow(state, to, context, &mut events);
    Ok(events)
}
