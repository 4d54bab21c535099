//! Reads the past: facts from the journal, texts and contacts from their rows.

use std::collections::{BTreeMap, HashMap};

use plugboard_domain::{
    Actor, Event, Recorded, Timestamp,
    access::Scope,
    conversation::{Assignment, Conversation, Status, Waiting},
    decision::Pins,
    desk::{Availability, Desk},
    escalation::{Escalation, Trigger},
    ids::{ContactId, ConversationId, MessageId},
    message::MessageKind,
    sla::SlaTarget,
};
use plugboard_engine::{ContactFacts, Engine, TextFact};
use plugboard_store::StoreError;

use crate::{Incident, Past, PastConversation, Period, Shift};

/// Events read at once.
const READ_MAX: usize = 1_000;

/// Messages read at once.
const MESSAGES_MAX: usize = 200;

/// How far back somebody's presence at the beginning is looked for: a week.
const LOOK_BACK: std::time::Duration = std::time::Duration::from_hours(24 * 7);

/// How long after the period its conversations are followed: two days.
const AFTERMATH: std::time::Duration = std::time::Duration::from_hours(48);

/// Longest stretch of a text that policies are shown, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// Reads what happened in a period.
pub async fn load(engine: &Engine, period: Period) -> Result<Past, StoreError> {
    let desk = engine.desk();
    let mut reading = Reading {
        desk: &desk,
        period,
        past: Past::default(),
        places: HashMap::new(),
        texts: HashMap::new(),
    };
    let mut position = engine.position_at(period.from - LOOK_BACK).await?;
    loop {
        let events = engine.store().read_since(position, READ_MAX).await?;
        let Some(last) = events.last() else {
            break;
        };
        position = last.seq;
        // Conversations that began in the period go on after it, but a backtest does not wait for ever.
        let over = last.at >= period.to + AFTERMATH
            || (last.at >= period.to && reading.past.conversations.is_empty());
        for recorded in events {
            reading.take(&recorded);
        }
        if over {
            break;
        }
    }
    let Reading {
        mut past, texts, ..
    } = reading;
    fill_texts(engine, &mut past, texts).await?;
    fill_contacts(engine, &mut past).await?;
    Ok(past)
}

struct Reading<'a> {
    desk: &'a Desk,
    period: Period,
    past: Past,
    places: HashMap<ConversationId, usize>,
    /// Messages whose texts are wanted: the conversation, and the incident.
    texts: HashMap<MessageId, (usize, usize)>,
}

impl Reading<'_> {
    fn take(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::AvailabilityChanged {
                agent_id,
                availability,
                ..
            } => {
                if recorded.at < self.period.from {
                    self.past.at_first.insert(*agent_id, *availability);
                } else if recorded.at < self.period.to {
                    self.past.shifts.push(Shift {
                        at: recorded.at,
                        agent: *agent_id,
                        availability: *availability,
                    });
                }
            }
            Event::ConversationCreated { .. } => self.begin(recorded),
            _ => {
                let place = recorded.conversation_id.and_then(|id| self.places.get(&id));
                if let Some(place) = place.copied() {
                    self.go_on(place, recorded);
                }
            }
        }
    }

    fn begin(&mut self, recorded: &Recorded) {
        let within = recorded.at >= self.period.from && recorded.at < self.period.to;
        let (true, Some(id)) = (within, recorded.conversation_id) else {
            return;
        };
        let Event::ConversationCreated {
            inbox_id,
            channel,
            shop_id,
            contact_id,
            identity_id,
            team_id,
            priority,
            stage,
        } = &recorded.event
        else {
            return;
        };
        let began = Conversation {
            shop_id: *shop_id,
            identity_id: *identity_id,
            stage: *stage,
            priority: *priority,
            assignment: Assignment::Unassigned {
                team: *team_id,
                since: recorded.at,
                passed: std::collections::BTreeSet::new(),
                overflowed: std::collections::BTreeSet::new(),
            },
            waiting: Waiting::Agent { since: recorded.at },
            seq: recorded.seq,
            ..empty(id, *inbox_id, *contact_id, channel.clone(), recorded.at)
        };
        let policy = self
            .desk
            .inbox(*inbox_id)
            .and_then(|it| it.policy.sla_policy_id)
            .and_then(|it| self.desk.sla_policy(it));
        self.places.insert(id, self.past.conversations.len());
        self.past.conversations.push(PastConversation {
            text: None,
            contact: nobody(*contact_id),
            owned: None,
            handled_secs: None,
            target_secs: policy.and_then(|it| it.targets.get(&SlaTarget::FirstResponse).copied()),
            missed: 0,
            escalated: Vec::new(),
            incidents: vec![incident(recorded, Trigger::Created)],
            began,
        });
    }

    fn go_on(&mut self, place: usize, recorded: &Recorded) {
        let conversation = &mut self.past.conversations[place];
        match &recorded.event {
            Event::MessageCreated { message, .. } => match message.kind {
                MessageKind::Inbound => {
                    self.texts
                        .insert(message.id, (place, conversation.incidents.len()));
                    conversation
                        .incidents
                        .push(incident(recorded, Trigger::Message));
                }
                MessageKind::Outbound if matches!(recorded.actor, Actor::Agent { .. }) => {
                    conversation
                        .incidents
                        .push(incident(recorded, Trigger::Replied));
                }
                MessageKind::Outbound | MessageKind::Note | MessageKind::Call => {}
            },
            Event::Assigned { assignment, .. } => {
                let owner = assignment.agent();
                let trigger = match owner {
                    Some(owner) => {
                        conversation.owned.get_or_insert((owner, recorded.at));
                        Trigger::Assigned
                    }
                    None => Trigger::Unassigned,
                };
                let mut it = incident(recorded, trigger);
                it.owner = Some(owner);
                conversation.incidents.push(it);
            }
            Event::StatusChanged {
                status: Status::Resolved { .. },
                ..
            } => {
                if let Some((_, since)) = conversation.owned {
                    let secs = recorded.at.as_second() - since.as_second();
                    conversation.handled_secs = u64::try_from(secs).ok();
                }
            }
            Event::SlaWarned { target, .. } => {
                let mut it = incident(recorded, Trigger::Warned);
                it.detail = Some(target.to_string());
                conversation.incidents.push(it);
            }
            Event::SlaBreached { target, .. } => {
                conversation.missed += 1;
                let mut it = incident(recorded, Trigger::Breached);
                it.detail = Some(target.to_string());
                conversation.incidents.push(it);
            }
            Event::Tagged { added, .. } if !added.is_empty() => {
                let mut it = incident(recorded, Trigger::Tagged);
                let tags: Vec<&str> = added.iter().map(String::as_str).collect();
                it.detail = Some(tags.join(","));
                conversation.incidents.push(it);
            }
            Event::ConversationEscalated { step, .. } => {
                conversation.escalated.extend(step.actions.iter().cloned());
            }
            _ => {}
        }
    }
}

fn incident(recorded: &Recorded, trigger: Trigger) -> Incident {
    Incident {
        seq: recorded.seq,
        at: recorded.at,
        trigger,
        detail: None,
        text: None,
        owner: None,
    }
}

async fn fill_texts(
    engine: &Engine,
    past: &mut Past,
    texts: HashMap<MessageId, (usize, usize)>,
) -> Result<(), StoreError> {
    let wanted: Vec<MessageId> = texts.keys().copied().collect();
    for some in wanted.chunks(MESSAGES_MAX) {
        for message in engine.store().messages_by_id(some.to_vec()).await? {
            let Some((place, nth)) = texts.get(&message.row.id) else {
                continue;
            };
            let mut text = message.row.text;
            text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
            past.conversations[*place].incidents[*nth].text = Some(TextFact {
                message_id: message.row.id,
                text,
            });
        }
    }
    for conversation in &mut past.conversations {
        let first = conversation.incidents.iter().find_map(|it| it.text.clone());
        conversation.text = first;
    }
    Ok(())
}

async fn fill_contacts(engine: &Engine, past: &mut Past) -> Result<(), StoreError> {
    let mut known: BTreeMap<ContactId, ContactFacts> = BTreeMap::new();
    for conversation in &mut past.conversations {
        let id = conversation.began.contact_id;
        if let Some(contact) = known.get(&id) {
            conversation.contact = contact.clone();
            continue;
        }
        if let Some(view) = engine.store().contact(id, Scope::default()).await? {
            let contact = ContactFacts {
                id,
                profile: view.profile,
                identities: view.identities,
                verified: view.verified,
            };
            known.insert(id, contact.clone());
            conversation.contact = contact;
        }
    }
    Ok(())
}

fn nobody(id: ContactId) -> ContactFacts {
    ContactFacts {
        id,
        profile: plugboard_domain::contact::Profile::default(),
        identities: Vec::new(),
        verified: false,
    }
}

fn empty(
    id: ConversationId,
    inbox_id: plugboard_domain::ids::InboxId,
    contact_id: ContactId,
    channel: plugboard_domain::channel::ChannelKind,
    at: Timestamp,
) -> Conversation {
    Conversation {
        id,
        inbox_id,
        channel,
        shop_id: None,
        contact_id,
        identity_id: None,
        status: Status::Open,
        stage: None,
        priority: plugboard_domain::conversation::Priority::Normal,
        tags: std::collections::BTreeSet::new(),
        assignment: Assignment::Unassigned {
            team: None,
            since: at,
            passed: std::collections::BTreeSet::new(),
            overflowed: std::collections::BTreeSet::new(),
        },
        waiting: Waiting::Nobody,
        sla: None,
        scheduled: Vec::new(),
        absorbed: std::collections::BTreeSet::new(),
        last_written: None,
        last_message_id: None,
        message_count: 0,
        mute_count: 0,
        first_response_at: None,
        pins: Pins::default(),
        hops: 0,
        escalation: Escalation::default(),
        cases: Vec::new(),
        created_at: at,
        last_activity_at: at,
        live_calls: std::collections::BTreeSet::new(),
        seq: 0,
    }
}

/// Whether somebody is there when nothing is known of them: whoever worked in the period was.
pub(crate) fn presumed(past: &Past, agent: plugboard_domain::ids::AgentId) -> Availability {
    if let Some(availability) = past.at_first.get(&agent) {
        return *availability;
    }
    let mut conversations = past.conversations.iter();
    if conversations.any(|it| it.owned.is_some_and(|(owner, _)| owner == agent)) {
        Availability::Online
    } else {
        Availability::Offline
    }
}
