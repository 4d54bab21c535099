//! The files under `tests/fixtures/reducer/`: a conversation as an agent read it, the frames that the socket brings, and the
//! conversation as the agent would read it then. The reducer in the browser passes the same files, so that both tell the same
//! story. `UPDATE_FIXTURES=1` writes them anew.

mod stories;

use std::{collections::HashMap, fs, path::PathBuf, time::Duration};

use plugboard_domain::{
    Actor, AgentId, CaseId, ContactId, ConversationId, DecisionId, Event, InboxId, MacroId,
    MessageId, Principal, Recorded, Rejection, SlaPolicyId, TeamId, Timestamp,
    access::{Role, Scope},
    channel::ChannelKind,
    contact::{Contact, Profile},
    conversation::{
        self, Context, Conversation, ConversationCommand as C, NewConversation, Priority, Stage,
        StatusRequest,
    },
    decision::{DecisionMode, DecisionTrace, RoutingOutcome, RoutingTarget},
    desk::{
        Agent, AssignmentMethod, Attendance, Availability, Desk, Entity, Inbox, InboxPolicy,
        SlaPolicy, Team,
    },
    escalation::{Audience, Escalate, EscalationAction, Trigger},
    message::{Delivery, MessageDraft, MessageKind},
    sla::SlaTarget,
    text,
    timer::TimerKind,
};
use plugboard_protocol::{live::ServerFrame, messages::Message, time};
use plugboard_store::{Amended, ContactView, ConversationView, MessageRow, MessageView, Preview};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Viewer, actor, conversation as wire_conversation, event_data, message as wire_message,
};

const LI: AgentId = AgentId(Uuid::from_u128(1));
const WANG: AgentId = AgentId(Uuid::from_u128(2));
const CARE: TeamId = TeamId(Uuid::from_u128(11));
const INBOX: InboxId = InboxId(Uuid::from_u128(31));
const POLICY: SlaPolicyId = SlaPolicyId(Uuid::from_u128(41));
const CONTACT: ContactId = ContactId(Uuid::from_u128(61));

/// Li looks on.
const VIEWER: Viewer = Viewer {
    agent: Some(LI),
    unmasked: false,
};

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn message_id(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(1_000 + n))
}

fn agent(id: AgentId, name: &str) -> Entity {
    Entity::Agent(Agent {
        id,
        name: name.to_owned(),
        role: Role::Agent,
        skills: [].into(),
        capacity: 5,
        scope: Scope::default(),
        availability: Availability::Online,
        availability_since: start(),
        attendance: Attendance::Unseen,
        disabled: false,
        locale: None,
        reports_to: None,
        created_at: start(),
    })
}

fn desk() -> Desk {
    let mut desk = Desk::default();
    desk.save(agent(LI, "Li"));
    desk.save(agent(WANG, "Wang"));
    desk.save(Entity::Team(Team {
        id: CARE,
        name: "care".to_owned(),
        members: [LI, WANG].into(),
        assignment: AssignmentMethod::LeastLoaded,
        overflow: None,
        created_at: start(),
    }));
    desk.save(Entity::SlaPolicy(SlaPolicy {
        id: POLICY,
        name: "promise".to_owned(),
        targets: SlaTarget::ALL.into_iter().zip([300, 600, 28_800]).collect(),
        created_at: start(),
    }));
    desk.save(Entity::Inbox(Inbox {
        id: INBOX,
        name: "chat".to_owned(),
        channel: ChannelKind::Webchat,
        shop_id: None,
        team_id: Some(CARE),
        policy: InboxPolicy {
            greeting: Some("Hello! We will be with you in a moment.".to_owned()),
            sla_policy_id: Some(POLICY),
            offer_timeout_secs: Some(30),
            ..InboxPolicy::default()
        },
        settings: serde_json::Map::new(),
        created_at: start(),
    }));
    desk
}

/// Two conversations, as the engine and the store would keep them.
struct Story {
    desk: Desk,
    now: Timestamp,
    seq: u64,
    messages: u128,
    states: Vec<Conversation>,
    rows: HashMap<MessageId, MessageRow>,
    amended: HashMap<MessageId, Amended>,
    read_seqs: HashMap<ConversationId, u64>,
    frames: Vec<ServerFrame>,
}

impl Story {
    fn new() -> Self {
        let mut story = Self {
            desk: desk(),
            now: start(),
            seq: 0,
            messages: 0,
            states: vec![],
            rows: HashMap::new(),
            amended: HashMap::new(),
            read_seqs: HashMap::new(),
            frames: vec![],
        };
        story.begin("Where is my order 1024?\nIt was promised for Friday.");
        story.begin("您好,请问什么时候发货?");
        story
    }

    fn begin(&mut self, text: &str) {
        let id = ConversationId(Uuid::from_u128(101 + self.states.len() as u128));
        let new = NewConversation {
            id,
            inbox_id: INBOX,
            contact_id: CONTACT,
            identity_id: None,
        };
        let draft = self.draft(text);
        let spare = self.draft("").id;
        let inbox = self.desk.inbox(INBOX).unwrap().clone();
        let principal = Principal::Contact(CONTACT);
        let context = self.context(&principal, spare);
        let events = conversation::begin(
            &new,
            &draft,
            &inbox,
            conversation::Arrival::Live { opener: true },
            &context,
        )
        .unwrap();
        self.record(id, &principal, events, text);
    }

    fn draft(&mut self, text: &str) -> MessageDraft {
        self.messages += 1;
        MessageDraft {
            id: message_id(self.messages),
            text: text.to_owned(),
            attachments: vec![],
            client_id: Some(format!("c{}", self.messages)),
        }
    }

    fn context<'a>(&'a self, principal: &'a Principal, spare_id: MessageId) -> Context<'a> {
        Context {
            desk: &self.desk,
            principal,
            now: self.now,
            next_seq: self.seq + 1,
            spare_id,
        }
    }

    fn passes(&mut self, secs: u64) {
        self.now += Duration::from_secs(secs);
    }

    fn does(&mut self, index: usize, principal: &Principal, command: &C) {
        self.tells(index, principal, command, "");
    }

    fn tells(&mut self, index: usize, principal: &Principal, command: &C, text: &str) {
        let before = self.states[index].clone();
        let context = self.context(principal, message_id(0));
        let events = conversation::decide(&before, command, &context).unwrap();
        self.record(before.id, principal, events, text);
        let target = match command {
            C::Merge { into } => *into,
            C::Unmerge => before.merged_into().unwrap(),
            _ => return,
        };
        let other = self.states.iter().find(|it| it.id == target).unwrap();
        let events = match command {
            C::Merge { .. } => conversation::absorb(other, &before),
            _ => conversation::release(other, &before),
        };
        self.record(target, principal, events, "");
        let target = self.states.iter().find(|it| it.id == target).unwrap();
        let id = target.id;
        let events = conversation::settle(target, &self.context(principal, message_id(0)));
        self.record(id, principal, events, "");
    }

    /// A policy decided about the first conversation.
    fn follows(
        &mut self,
        part: &'static str,
        decide: impl FnOnce(&Conversation, &Context<'_>) -> Result<Vec<Event>, Rejection>,
    ) {
        let by = Principal::System(part);
        let state = self.states[0].clone();
        let events = decide(&state, &self.context(&by, message_id(0))).unwrap();
        self.record(state.id, &by, events, "");
    }

    fn escalates(&mut self, level: u8, actions: Vec<EscalationAction>, ask_again_secs: u64) {
        let state = &self.states[0];
        let trace = DecisionTrace {
            id: DecisionId(Uuid::from_u128(self.seq.into())),
            conversation_id: state.id,
            policy: "escalation".to_owned(),
            version: "rule:ladder@1".to_owned(),
            mode: DecisionMode::Live,
            fallback: None,
            inputs: Value::Null,
            answer: Value::Null,
            reason: String::new(),
            duration_us: 0,
        };
        let asked = Escalate {
            trace,
            trigger: Trigger::Due,
            trigger_seq: self.seq,
            expected_level: state.escalation.level,
            actions,
            level,
            ask_at: Some(self.now + Duration::from_secs(ask_again_secs)),
            pin: Some("rule:ladder@1".to_owned()),
        };
        self.follows("escalation", |state, context| {
            Ok(conversation::escalate(state, &asked, context)?.events)
        });
    }

    fn writes(&mut self, index: usize, text: &str) {
        let draft = self.draft(text);
        self.tells(
            index,
            &Principal::Contact(CONTACT),
            &C::Receive { draft },
            text,
        );
    }

    fn posts(&mut self, index: usize, by: AgentId, kind: MessageKind, text: &str) {
        let draft = self.draft(text);
        let command = C::Post {
            kind,
            draft,
            seen_seq: None,
        };
        self.tells(index, &Principal::Agent(by), &command, text);
    }

    fn record(&mut self, id: ConversationId, by: &Principal, events: Vec<Event>, text: &str) {
        for event in events {
            self.seq += 1;
            let recorded = Recorded {
                seq: self.seq,
                at: self.now,
                actor: by.actor(),
                conversation_id: Some(id),
                caused_by: None,
                event,
            };
            let place = self.states.iter().position(|it| it.id == id);
            let state = place.map(|place| self.states[place].clone());
            let state = Conversation::apply(state, id, &recorded).unwrap();
            match place {
                Some(place) => self.states[place] = state,
                None => self.states.push(state),
            }
            self.keep(&recorded, text);
            let frame = self.frame(&recorded);
            self.frames.extend(frame);
        }
    }

    /// What the store keeps beside the state.
    fn keep(&mut self, recorded: &Recorded, text: &str) {
        let id = recorded.conversation_id.unwrap();
        match &recorded.event {
            Event::MessageCreated { message, .. } => {
                let text = match message.author {
                    Actor::System { .. } => "Hello! We will be with you in a moment.",
                    _ => text,
                };
                let row = MessageRow {
                    id: message.id,
                    conversation_id: id,
                    seq: recorded.seq,
                    kind: message.kind,
                    author: message.author.clone(),
                    text: text.to_owned(),
                    attachments: vec![],
                    delivery: message.delivery.clone(),
                    client_id: message.client_id.clone(),
                    dedup_key: None,
                    at: recorded.at,
                };
                self.rows.insert(message.id, row);
            }
            Event::MessageEdited { message_id } => {
                self.amended
                    .insert(*message_id, Amended::Edited(recorded.at));
                self.rows.get_mut(message_id).unwrap().text = text.to_owned();
            }
            Event::MessageTakenBack { message_id } => {
                self.amended
                    .insert(*message_id, Amended::TakenBack(recorded.at));
                self.rows.get_mut(message_id).unwrap().text.clear();
            }
            Event::Read { agent_id: LI, seq } => {
                self.read_seqs.insert(id, *seq);
            }
            _ => {}
        }
    }

    /// What the socket brings Li; what only concerns others is left out.
    fn frame(&self, recorded: &Recorded) -> Option<ServerFrame> {
        let message = match &recorded.event {
            Event::Read { agent_id, .. } if *agent_id != LI => return None,
            Event::MessageCreated { message, .. } => Some(self.message(message.id)),
            Event::MessageEdited { message_id } | Event::MessageTakenBack { message_id } => {
                Some(self.message(*message_id))
            }
            _ => None,
        };
        let whole = match recorded.event {
            Event::ConversationCreated { .. } => {
                Some(self.conversation(recorded.conversation_id.unwrap()))
            }
            _ => None,
        };
        Some(ServerFrame::Event {
            seq: recorded.seq,
            kind: recorded.event.kind().to_owned(),
            at: time(recorded.at),
            actor: Some(actor(&recorded.actor)),
            conversation_id: recorded.conversation_id.map(|id| id.to_string()),
            data: event_data(&recorded.event, message.as_ref(), whole.as_ref()),
        })
    }

    fn message(&self, id: MessageId) -> Message {
        let row = self.rows[&id].clone();
        let view = MessageView {
            shown_in: row.conversation_id,
            row,
            files: vec![],
            contact_name: Some("王小明".to_owned()),
            amended: self.amended.get(&id).copied(),
        };
        wire_message(&view, &self.desk)
    }

    fn conversation(&self, id: ConversationId) -> plugboard_protocol::conversations::Conversation {
        let state = self.states.iter().find(|it| it.id == id).unwrap();
        let newest = state.last_message_id.map(|id| &self.rows[&id]);
        let contact = Contact {
            id: CONTACT,
            merged_into: None,
            absorbed: [].into(),
            created_at: start(),
        };
        let view = ConversationView {
            conversation: state.clone(),
            contact: ContactView {
                contact,
                profile: Profile {
                    name: Some("王小明".to_owned()),
                    ..Profile::default()
                },
                identities: vec![],
                verified: false,
            },
            last_message: newest.map(|row| Preview {
                id: row.id,
                kind: row.kind,
                text: text::preview(&row.text),
                taken_back: matches!(self.amended.get(&row.id), Some(Amended::TakenBack(_))),
                at: row.at,
            }),
            subject: None,
            read_seq: self.read_seqs.get(&id).copied().unwrap_or(0),
        };
        wire_conversation(&view, VIEWER)
    }

    /// What becomes of the conversation in the story that `tell` goes on with. The frames begin before the snapshot was
    /// read, as they may when a list is read while the socket is open.
    fn fixture(index: usize, tell: impl FnOnce(&mut Self)) -> Value {
        let mut story = Self::new();
        let id = story.states[index].id;
        let snapshot = story.conversation(id);
        tell(&mut story);
        json!({
            "me": LI,
            "snapshot": snapshot,
            "frames": story.frames,
            "expected": story.conversation(id),
        })
    }
}

fn li() -> Principal {
    Principal::Agent(LI)
}

fn timer(kind: TimerKind) -> (Principal, C) {
    (Principal::System("timer"), C::Fire(kind))
}

fn resolve(story: &mut Story, disposition: &str) {
    let disposition = Some(disposition.to_owned());
    story.does(
        0,
        &li(),
        &C::SetStatus(StatusRequest::Resolve { disposition }),
    );
}

fn merge(story: &mut Story, from: usize, into: usize) {
    let into = story.states[into].id;
    story.does(from, &li(), &C::Merge { into });
}

#[test]
fn fixtures_of_the_reducer_are_what_the_server_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/reducer");
    let update = std::env::var_os("UPDATE_FIXTURES").is_some();
    let mut names = vec![];
    for (name, fixture) in stories::all() {
        let path = folder.join(format!("{name}.json"));
        if update {
            let text = serde_json::to_string_pretty(&fixture).unwrap();
            fs::write(&path, text + "\n").unwrap();
        }
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(
            file, fixture,
            "{name} is out of date: run with UPDATE_FIXTURES=1"
        );
        names.push(format!("{name}.json"));
    }
    names.sort();
    let files = fs::read_dir(&folder).unwrap();
    let mut files: Vec<_> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, names, "every file is written here");
}
