//! One event of each kind, and of each variant that is stored in its own way, with every field that it can have.

mod calls;
mod decisions;
mod extensions;
mod sla;

use std::collections::{BTreeMap, BTreeSet};

use plugboard_domain::{
    Actor, AgentId, ApiTokenId, AttachmentId, BusinessHoursId, ContactId, ConversationId,
    DecisionId, Event, IdentityId, InboxId, MacroId, MessageId, OutboxId, PluginId, ShopId, TeamId,
    Timestamp, ViewId, WebhookId,
    access::{Permission, Role, Scope},
    channel::ChannelKind,
    contact::{ContactField, IdentityKind},
    conversation::{AssignedBy, Assignment, Priority, Stage, Status, Waiting},
    desk::{
        Agent, ApiToken, AssignmentMethod, Attendance, Availability, BusinessHours, Entity,
        EntityKind, EntityRef, Inbox, InboxPolicy, Macro, Overflow, Shop, SlaPolicy, Team, View,
        Webhook,
        attendance::{ASKED, NO_CONNECTION, RECONNECTED},
    },
    hours::{Period, WeeklyHours},
    message::{Delivery, MessageFacts, MessageKind, Scheduled, Undelivered},
    sla::SlaTarget,
};
use uuid::Uuid;

fn id<T: From<Uuid>>(n: u128) -> T {
    // A UUIDv7 of the second of January 2026, as the mint makes them.
    T::from(Uuid::from_u128(
        0x019b_7b2f_0000_7000_8000_0000_0000_0000 + n,
    ))
}

fn at(text: &str) -> Timestamp {
    format!("2026-01-02T{text}Z").parse().unwrap()
}

fn set<T: Ord>(of: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    of.into_iter().collect()
}

fn words(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|it| (*it).to_owned()).collect()
}

pub(super) fn all() -> Vec<(&'static str, Event)> {
    [
        created(),
        messages(),
        status(),
        assigned(),
        labels(),
        merges(),
        sla::sla(),
        contacts(),
        desk(),
        extensions::all(),
        decisions::all(),
        calls::all(),
        changes_of_the_desk(),
        rest(),
    ]
    .concat()
}

fn created() -> Vec<(&'static str, Event)> {
    let created = |channel, full: bool| Event::ConversationCreated {
        inbox_id: id(1),
        channel,
        shop_id: full.then(|| id::<ShopId>(2)),
        contact_id: id(3),
        identity_id: full.then(|| id::<IdentityId>(4)),
        team_id: full.then(|| id::<TeamId>(5)),
        priority: Priority::High,
        stage: full.then_some(Stage::Presale),
    };
    vec![
        ("conversation.created", created(ChannelKind::Webchat, true)),
        (
            "conversation.created-bare",
            created(ChannelKind::Email, false),
        ),
        (
            "conversation.created-plugin",
            created(ChannelKind::Plugin("wecom".into()), false),
        ),
    ]
}

fn messages() -> Vec<(&'static str, Event)> {
    let since = at("03:04:05.678901");
    let written = |kind, author, delivery, waiting| Event::MessageCreated {
        message: MessageFacts {
            id: id(6),
            kind,
            author,
            attachments: vec![id::<AttachmentId>(7), id(8)],
            client_id: Some("tab-1:42".into()),
            delivery,
        },
        waiting,
    };
    let bare = Event::MessageCreated {
        message: MessageFacts {
            id: id(6),
            kind: MessageKind::Outbound,
            author: Actor::system("greeting"),
            attachments: vec![],
            client_id: None,
            delivery: Some(Delivery::Sent),
        },
        waiting: Waiting::Nobody,
    };
    let agent = || Actor::Agent {
        id: id::<AgentId>(9),
    };
    let changed = |delivery| Event::DeliveryChanged {
        message_id: id(6),
        delivery,
    };
    let failed = Delivery::Failed {
        reason: "mailbox full".into(),
        cause: Undelivered::Refused,
    };
    let uncertain = Delivery::Failed {
        reason: "the connection broke".into(),
        cause: Undelivered::Uncertain,
    };
    let contact = Actor::Contact {
        id: id::<ContactId>(3),
    };
    vec![
        (
            "message.created-inbound",
            written(
                MessageKind::Inbound,
                contact,
                None,
                Waiting::Agent { since },
            ),
        ),
        (
            "message.created-outbound",
            written(
                MessageKind::Outbound,
                agent(),
                Some(Delivery::Queued),
                Waiting::Contact { since },
            ),
        ),
        (
            "message.created-note",
            written(MessageKind::Note, agent(), None, Waiting::Nobody),
        ),
        ("message.created-bare", bare),
        ("message.delivery_changed-queued", changed(Delivery::Queued)),
        ("message.delivery_changed-sent", changed(Delivery::Sent)),
        (
            "message.delivery_changed-delivered",
            changed(Delivery::Delivered),
        ),
        ("message.delivery_changed-read", changed(Delivery::Read)),
        ("message.delivery_changed-failed", changed(failed)),
        ("message.delivery_changed-uncertain", changed(uncertain)),
        (
            "message.delivery_changed-recalled",
            changed(Delivery::Failed {
                reason: "taken back before it left".into(),
                cause: Undelivered::Recalled,
            }),
        ),
        (
            "message.scheduled",
            Event::MessageScheduled {
                scheduled: Scheduled {
                    message_id: id(6),
                    at: since,
                    author: agent(),
                    client_id: None,
                },
            },
        ),
        (
            "message.schedule_cancelled",
            Event::ScheduleCancelled {
                message_id: id::<MessageId>(6),
                reason: "contact_wrote".into(),
            },
        ),
    ]
}

fn status() -> Vec<(&'static str, Event)> {
    let since = at("03:04:05");
    let changed = |status, waiting, cause: &str| Event::StatusChanged {
        status,
        waiting,
        cause: cause.into(),
    };
    let resolved = |disposition: Option<&str>| Status::Resolved {
        at: since,
        by: Actor::Agent {
            id: id::<AgentId>(9),
        },
        disposition: disposition.map(Into::into),
    };
    let merged = Status::Merged {
        into: id::<ConversationId>(10),
        at_seq: 77,
        before: Box::new(resolved(None)),
    };
    vec![
        (
            "conversation.status_changed-open",
            changed(Status::Open, Waiting::Agent { since }, "contact_wrote"),
        ),
        (
            "conversation.status_changed-snoozed",
            changed(
                Status::Snoozed {
                    until: at("09:00:00"),
                },
                Waiting::Contact { since },
                "asked",
            ),
        ),
        (
            "conversation.status_changed-resolved",
            changed(resolved(Some("refund")), Waiting::Nobody, "asked"),
        ),
        (
            "conversation.status_changed-resolved_bare",
            changed(resolved(None), Waiting::Nobody, "asked"),
        ),
        (
            "conversation.status_changed-merged",
            changed(merged, Waiting::Nobody, "merged"),
        ),
    ]
}

fn assigned() -> Vec<(&'static str, Event)> {
    let (since, until) = (at("03:04:05"), at("03:04:35"));
    let (agent, team) = (id::<AgentId>(9), Some(id::<TeamId>(5)));
    let assigned = |assignment, cause: &str, decision_id| Event::Assigned {
        assignment,
        cause: cause.into(),
        decision_id,
    };
    let decided = Some(id::<DecisionId>(11));
    let passed = set([id::<AgentId>(12)]);
    let queued = |team, passed| Assignment::Unassigned {
        team,
        since,
        passed,
        overflowed: set([]),
    };
    vec![
        (
            "conversation.assigned-queued",
            assigned(queued(team, passed.clone()), "offer_lapsed", None),
        ),
        (
            "conversation.assigned-overflowed",
            assigned(
                Assignment::Unassigned {
                    team,
                    since,
                    passed: set([]),
                    overflowed: set([id::<TeamId>(6)]),
                },
                "overflow",
                None,
            ),
        ),
        (
            "conversation.assigned-nobody",
            assigned(queued(None, set([])), "asked", None),
        ),
        (
            "conversation.assigned-offered",
            assigned(
                Assignment::Offered {
                    agent,
                    team,
                    since,
                    until,
                    passed,
                    overflowed: set([]),
                },
                "routed",
                decided,
            ),
        ),
        (
            "conversation.assigned-router",
            assigned(
                Assignment::Assigned {
                    agent,
                    team,
                    since,
                    by: AssignedBy::Router,
                },
                "routed",
                decided,
            ),
        ),
        (
            "conversation.assigned-hand",
            assigned(
                Assignment::Assigned {
                    agent,
                    team: None,
                    since,
                    by: AssignedBy::Hand,
                },
                "asked",
                None,
            ),
        ),
    ]
}

fn labels() -> Vec<(&'static str, Event)> {
    let staged = |stage| Event::StageChanged { stage };
    let urgent = |priority| Event::PriorityChanged { priority };
    vec![
        (
            "conversation.tagged",
            Event::Tagged {
                added: words(&["vip", "退货"]),
                removed: words(&["late"]),
            },
        ),
        ("conversation.priority_changed-low", urgent(Priority::Low)),
        (
            "conversation.priority_changed-normal",
            urgent(Priority::Normal),
        ),
        ("conversation.priority_changed-high", urgent(Priority::High)),
        (
            "conversation.priority_changed-urgent",
            urgent(Priority::Urgent),
        ),
        (
            "conversation.stage_changed-presale",
            staged(Some(Stage::Presale)),
        ),
        (
            "conversation.stage_changed-in_sale",
            staged(Some(Stage::InSale)),
        ),
        (
            "conversation.stage_changed-aftersale",
            staged(Some(Stage::Aftersale)),
        ),
        (
            "conversation.stage_changed-review",
            staged(Some(Stage::Review)),
        ),
        ("conversation.stage_changed-none", staged(None)),
        (
            "conversation.read",
            Event::Read {
                agent_id: id(9),
                seq: 78,
            },
        ),
        (
            "conversation.draft_changed",
            Event::DraftChanged {
                agent_id: id(9),
                draft: MessageKind::Note,
                empty: false,
            },
        ),
        (
            "conversation.draft_changed-empty",
            Event::DraftChanged {
                agent_id: id(9),
                draft: MessageKind::Outbound,
                empty: true,
            },
        ),
        (
            "routing.decided",
            Event::RoutingDecided {
                decision_id: id(11),
                pin: None,
                hops: None,
            },
        ),
    ]
}

fn merges() -> Vec<(&'static str, Event)> {
    let with = || set([id::<ConversationId>(13)]);
    let people = || set([id::<ContactId>(14)]);
    let (contact_id, other) = (id::<ContactId>(3), id::<ContactId>(15));
    vec![
        (
            "conversation.absorbed",
            Event::Absorbed {
                other: id(10),
                with: with(),
            },
        ),
        (
            "conversation.released",
            Event::Released {
                other: id(10),
                with: with(),
            },
        ),
        (
            "contact.merged",
            Event::ContactMerged {
                contact_id,
                into: other,
                with: people(),
            },
        ),
        (
            "contact.merged-alone",
            Event::ContactMerged {
                contact_id,
                into: other,
                with: set([]),
            },
        ),
        (
            "contact.unmerged",
            Event::ContactUnmerged {
                contact_id,
                from: other,
                with: people(),
            },
        ),
        (
            "contact.unmerged-alone",
            Event::ContactUnmerged {
                contact_id,
                from: other,
                with: set([]),
            },
        ),
    ]
}

fn contacts() -> Vec<(&'static str, Event)> {
    let contact_id = id::<ContactId>(3);
    let identified = |identity, verified| Event::ContactIdentified {
        contact_id,
        identity_id: id(4),
        identity,
        verified,
    };
    vec![
        ("contact.created", Event::ContactCreated { contact_id }),
        (
            "contact.updated",
            Event::ContactUpdated {
                contact_id,
                fields: words(&["email", "name"]),
            },
        ),
        (
            "contact.identified-visitor",
            identified(IdentityKind::Visitor, false),
        ),
        (
            "contact.identified-external",
            identified(IdentityKind::External, true),
        ),
        (
            "contact.identified-email",
            identified(IdentityKind::Email, true),
        ),
        (
            "contact.identified-phone",
            identified(IdentityKind::Phone, true),
        ),
        (
            "contact.identified-channel",
            identified(IdentityKind::Channel, true),
        ),
        (
            "contact.revealed-email",
            Event::ContactRevealed {
                contact_id,
                field: ContactField::Email,
            },
        ),
        (
            "contact.revealed-phone",
            Event::ContactRevealed {
                contact_id,
                field: ContactField::Phone,
            },
        ),
        (
            "plugin.recording_read",
            Event::PluginRecordingRead {
                plugin_id: id::<PluginId>(21),
                calls: 20,
            },
        ),
    ]
}

fn desk() -> Vec<(&'static str, Event)> {
    let created_at = at("03:04:05");
    let saved = |entity| Event::DeskSaved { entity };
    let team = Team {
        id: id(5),
        name: "care".into(),
        members: set([id(9)]),
        assignment: AssignmentMethod::RoundRobin,
        overflow: Some(Overflow {
            team_id: id(17),
            after_secs: 300,
        }),
        created_at,
    };
    vec![
        ("desk.saved-agent", saved(Entity::Agent(agent(created_at)))),
        (
            "desk.saved-agent_seen",
            saved(Entity::Agent(Agent {
                attendance: Attendance::Seen,
                ..agent(created_at)
            })),
        ),
        ("desk.saved-team", saved(Entity::Team(team))),
        (
            "desk.saved-shop",
            saved(Entity::Shop(Shop {
                id: id(2),
                name: "teas".into(),
                created_at,
            })),
        ),
        ("desk.saved-inbox", saved(Entity::Inbox(inbox(created_at)))),
        (
            "desk.saved-inbox_bare",
            saved(Entity::Inbox(Inbox {
                shop_id: None,
                team_id: None,
                policy: InboxPolicy::default(),
                settings: serde_json::Map::new(),
                ..inbox(created_at)
            })),
        ),
        (
            "desk.saved-sla_policy",
            saved(Entity::SlaPolicy(SlaPolicy {
                id: id(16),
                name: "fast".into(),
                targets: SlaTarget::ALL.into_iter().zip([3, 60, 86_400]).collect(),
                created_at,
            })),
        ),
        (
            "desk.saved-business_hours",
            saved(Entity::BusinessHours(hours(created_at))),
        ),
        (
            "desk.saved-macro",
            saved(Entity::Macro(saved_reply(created_at))),
        ),
        (
            "desk.saved-view",
            saved(Entity::View(View {
                id: id::<ViewId>(19),
                name: "mine".into(),
                owner: Some(id(9)),
                filter: BTreeMap::from([("assignee".into(), "me".into())]),
                created_at,
            })),
        ),
        (
            "desk.saved-webhook",
            saved(Entity::Webhook(Webhook {
                id: id::<WebhookId>(20),
                name: "orders".into(),
                url: "https://shop.example/hook".into(),
                events: words(&["message.*"]),
                enabled: true,
                created_at,
            })),
        ),
        (
            "desk.saved-api_token",
            saved(Entity::ApiToken(ApiToken {
                id: id::<ApiTokenId>(21),
                name: "import".into(),
                agent_id: id(9),
                scopes: Permission::ALL.to_vec(),
                expires_at: Some(at("09:00:00")),
                created_at,
            })),
        ),
    ]
}

fn changes_of_the_desk() -> Vec<(&'static str, Event)> {
    let removed = |kind| Event::DeskRemoved {
        entity: EntityRef { kind, id: id(16) },
    };
    let available = |availability| Event::AvailabilityChanged {
        agent_id: id(9),
        availability,
        attendance: Attendance::Unseen,
        cause: ASKED.into(),
    };
    let attended = |availability, attendance, cause: &str| Event::AvailabilityChanged {
        agent_id: id(9),
        availability,
        attendance,
        cause: cause.into(),
    };
    vec![
        ("desk.removed-team", removed(EntityKind::Team)),
        ("desk.removed-shop", removed(EntityKind::Shop)),
        ("desk.removed-inbox", removed(EntityKind::Inbox)),
        ("desk.removed-sla_policy", removed(EntityKind::SlaPolicy)),
        (
            "desk.removed-business_hours",
            removed(EntityKind::BusinessHours),
        ),
        ("desk.removed-macro", removed(EntityKind::Macro)),
        ("desk.removed-view", removed(EntityKind::View)),
        ("desk.removed-webhook", removed(EntityKind::Webhook)),
        ("desk.removed-api_token", removed(EntityKind::ApiToken)),
        ("desk.removed-plugin", removed(EntityKind::Plugin)),
        ("desk.removed-rule", removed(EntityKind::Rule)),
        ("desk.removed-policies", removed(EntityKind::Policies)),
        (
            "agent.availability_changed-online",
            available(Availability::Online),
        ),
        (
            "agent.availability_changed-away",
            available(Availability::Away),
        ),
        (
            "agent.availability_changed-offline",
            available(Availability::Offline),
        ),
        (
            "agent.availability_changed-missing",
            attended(
                Availability::Offline,
                Attendance::Missing {
                    returns_to: Availability::Online,
                },
                NO_CONNECTION,
            ),
        ),
        (
            "agent.availability_changed-reconnected",
            attended(Availability::Online, Attendance::Seen, RECONNECTED),
        ),
        ("agent.seen", Event::AgentSeen { agent_id: id(9) }),
    ]
}

fn agent(created_at: Timestamp) -> Agent {
    Agent {
        id: id(9),
        name: "李".into(),
        role: Role::QualityInspector,
        skills: words(&["en", "refunds"]),
        capacity: 5,
        scope: Scope {
            shops: set([id(2)]),
            teams: set([id(5)]),
        },
        availability: Availability::Away,
        availability_since: created_at,
        attendance: Attendance::Unseen,
        disabled: true,
        locale: Some("zh".into()),
        reports_to: None,
        created_at,
    }
}

fn inbox(created_at: Timestamp) -> Inbox {
    let color = serde_json::Value::from("#204080");
    Inbox {
        id: id::<InboxId>(1),
        name: "chat".into(),
        channel: ChannelKind::Webchat,
        shop_id: Some(id(2)),
        team_id: Some(id(5)),
        policy: InboxPolicy {
            greeting: Some("您好".into()),
            away_message: Some("Back at nine".into()),
            business_hours_id: Some(id(18)),
            sla_policy_id: Some(id(16)),
            priority: Some(Priority::Urgent),
            stage: Some(Stage::Presale),
            required_skills: words(&["en"]),
            offer_timeout_secs: Some(30),
            reopen_within_hours: Some(72),
            require_disposition: true,
        },
        settings: [("color".to_owned(), color)].into_iter().collect(),
        created_at,
    }
}

fn hours(created_at: Timestamp) -> BusinessHours {
    let (morning, afternoon) = (
        Period { from: 540, to: 720 },
        Period {
            from: 780,
            to: 1_080,
        },
    );
    BusinessHours {
        id: id::<BusinessHoursId>(18),
        name: "office".into(),
        hours: WeeklyHours {
            time_zone: "Asia/Shanghai".into(),
            week: BTreeMap::from([(1, vec![morning, afternoon]), (7, vec![])]),
            holidays: set([jiff::civil::date(2026, 2, 17)]),
            exceptions: BTreeMap::from([(jiff::civil::date(2026, 2, 14), vec![morning])]),
        },
        created_at,
    }
}

fn saved_reply(created_at: Timestamp) -> Macro {
    Macro {
        id: id::<MacroId>(22),
        name: "refund".into(),
        owner: Some(id(9)),
        text: "Hello {{contact.name}}".into(),
        add_tags: words(&["refund"]),
        set_stage: Some(Stage::Aftersale),
        set_priority: Some(Priority::Low),
        assign_team: Some(id(5)),
        resolve_as: Some("refund".into()),
        created_at,
    }
}

fn rest() -> Vec<(&'static str, Event)> {
    vec![
        (
            "conversation.macro_applied",
            Event::MacroApplied {
                macro_id: id::<MacroId>(19),
            },
        ),
        ("message.edited", Event::MessageEdited { message_id: id(6) }),
        (
            "message.taken_back",
            Event::MessageTakenBack { message_id: id(6) },
        ),
        ("conversation.thread_closed", Event::ThreadClosed {}),
        ("session.created", Event::SessionCreated { agent_id: id(9) }),
        ("session.ended", Event::SessionEnded { agent_id: id(9) }),
        (
            "attachment.stored",
            Event::AttachmentStored {
                attachment_id: id(7),
                size: 1_024,
            },
        ),
        (
            "outbox.died",
            Event::OutboxDied {
                outbox_id: id::<OutboxId>(23),
            },
        ),
        (
            "outbox.redelivered",
            Event::OutboxRedelivered {
                outbox_id: id::<OutboxId>(23),
            },
        ),
    ]
}
