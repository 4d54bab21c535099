//! What is to be done: timers, outside work, queues; and what agents keep beside conversations.

use std::{collections::BTreeSet, time::Duration};

use plugboard_domain::{
    Actor, Event,
    command::{DecisionTrace, StoredFile},
    conversation::{AssignedBy, Assignment, Priority},
    decision::DecisionMode,
    ids::{AgentId, InboxId, MessageId, OutboxId, WebhookId},
    mail::MailDraft,
    message::MessageKind,
    outbox::{Attempt, Job, JobState, OutboxEntry},
    timer::{Timer, TimerKind},
};
use plugboard_store::{Key, OutboxFilter, Scheduled, Store, Write};

use super::setup;
use crate::world::World;

pub(super) async fn timers_and_outside_work_come_due(world: &mut World, store: &dyn Store) {
    let contact = world.contact("Timer");
    let inbox: InboxId = world.id();
    let id = world.conversation(contact, inbox, None, None);
    let soon = world.now() + Duration::from_secs(60);
    let later = world.now() + Duration::from_secs(120);
    let send = TimerKind::Send(world.id::<MessageId>());
    world.write(Write::Timers(
        id,
        vec![
            Timer {
                kind: TimerKind::Wake,
                due_at: later,
            },
            Timer {
                kind: send,
                due_at: soon,
            },
        ],
    ));
    world.commit(store).await;
    assert_eq!(store.next_timer_at().await.unwrap(), Some(soon));
    assert_eq!(store.due_timers(world.now(), 10).await.unwrap(), []);
    let due = store.due_timers(later, 10).await.unwrap();
    assert_eq!(
        due.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [send, TimerKind::Wake]
    );
    world.write(Write::Timers(
        id,
        vec![Timer {
            kind: TimerKind::Wake,
            due_at: soon,
        }],
    ));
    world.commit(store).await;
    let due = store.due_timers(later, 10).await.unwrap();
    assert_eq!(
        due.iter()
            .map(|it| (it.kind, it.due_at))
            .collect::<Vec<_>>(),
        [(TimerKind::Wake, soon)]
    );
    world.write(Write::Timers(id, vec![]));
    world.commit(store).await;
    assert_eq!(store.next_timer_at().await.unwrap(), None);
    outside_work(world, store).await;
}

async fn outside_work(world: &mut World, store: &dyn Store) {
    let now = world.now();
    let mut entries: Vec<OutboxEntry> = Vec::new();
    for wait in [5, 3, 4] {
        let job = Job::CallWebhook {
            webhook_id: world.id::<WebhookId>(),
            seq: 1,
        };
        let state = JobState::Pending {
            next_at: now + Duration::from_secs(wait),
        };
        let id: OutboxId = world.id();
        entries.push(OutboxEntry {
            id,
            job,
            state,
            attempts: 0,
            round: 0,
            last_error: None,
            created_at: now,
        });
    }
    for entry in &entries {
        world.write(Write::Outbox(entry.clone()));
    }
    world.commit(store).await;
    assert_eq!(
        store.next_outbox_at().await.unwrap(),
        Some(now + Duration::from_secs(3))
    );
    let due = store
        .due_outbox(now + Duration::from_secs(4), 10)
        .await
        .unwrap();
    assert_eq!(due, [entries[1].clone(), entries[2].clone()]);
    let dead = entries[1].clone().after(
        Attempt::GiveUp {
            error: "410".into(),
        },
        now,
    );
    let done = entries[2].clone().after(Attempt::Done, now);
    world.write(Write::Outbox(dead.clone()));
    world.write(Write::Outbox(done.clone()));
    world.commit(store).await;
    let list = |filter| async move { store.outbox(filter, None, 10).await.unwrap().items };
    assert_eq!(list(OutboxFilter::Dead).await, std::slice::from_ref(&dead));
    assert_eq!(list(OutboxFilter::Pending).await, [entries[0].clone()]);
    let first = store.outbox(OutboxFilter::All, None, 2).await.unwrap();
    assert_eq!(first.items, [done, dead.clone()]);
    let second = store
        .outbox(OutboxFilter::All, first.next, 2)
        .await
        .unwrap();
    assert_eq!(
        (second.items, second.next),
        (vec![entries[0].clone()], None)
    );
    assert_eq!(
        store.outbox_entry(dead.id).await.unwrap(),
        Some(dead.clone())
    );
    let facts = store
        .load(vec![Key::Outbox(dead.id), Key::Outbox(world.id())])
        .await
        .unwrap();
    assert_eq!(facts.outbox[&dead.id], Some(dead));
}

pub(super) async fn queues_are_urgent_first(world: &mut World, store: &dyn Store) {
    let (contact, inbox) = (world.contact("Queue"), world.id::<InboxId>());
    let (team, other) = (setup::team(world, "One"), setup::team(world, "Two"));
    let first = world.conversation(contact, inbox, None, Some(team));
    let second = world.conversation(contact, inbox, None, Some(other));
    let urgent = world.conversation(contact, inbox, None, Some(team));
    world.event(
        Actor::system("x"),
        Some(urgent),
        Event::PriorityChanged {
            priority: Priority::Urgent,
        },
    );
    let teamless = world.conversation(contact, inbox, None, None);
    world.commit(store).await;
    let queue = |teams, limit| async move {
        let found = store.queued(teams, limit).await.unwrap();
        found.iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(
        queue(vec![Some(team), Some(other)], 10).await,
        [urgent, first, second]
    );
    assert_eq!(queue(vec![Some(team)], 1).await, [urgent]);
    assert_eq!(queue(vec![], 10).await, []);
    assert!(queue(vec![None], 1_000).await.contains(&teamless));

    let agent: AgentId = world.id();
    let trace = DecisionTrace {
        id: world.id(),
        conversation_id: first,
        policy: "routing".into(),
        version: "builtin@1".into(),
        mode: DecisionMode::Fallback,
        fallback: Some("plugin:a@1+b:timeout".into()),
        inputs: serde_json::json!({"free": [1, 2]}),
        answer: serde_json::json!({"agent": agent.to_string()}),
        reason: "least loaded".into(),
        duration_us: 12,
    };
    let since = world.now();
    let assignment = Assignment::Assigned {
        agent,
        team: Some(team),
        since,
        by: AssignedBy::Router,
    };
    let event = Event::Assigned {
        assignment,
        cause: "routed".into(),
        decision_id: Some(trace.id),
    };
    world.event(Actor::system("router"), Some(first), event);
    world.write(Write::Decision(Box::new(trace.clone()), since));
    super::lists::assign(world, teamless, agent, None);
    world.message(
        first,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "waiting",
    );
    world.message(
        teamless,
        MessageKind::Inbound,
        Actor::Contact { id: contact },
        "waiting",
    );
    world.commit(store).await;
    assert_eq!(
        queue(vec![Some(team), Some(other)], 10).await,
        [urgent, second]
    );
    assert_eq!(
        store.decision(trace.id).await.unwrap(),
        Some((trace.clone(), since))
    );
    assert_eq!(store.decision(world.id()).await.unwrap(), None);
    assert_eq!(store.decisions(first).await.unwrap(), [(trace, since)]);
    assert_eq!(store.last_routed().await.unwrap().get(&agent), Some(&since));
    assert_eq!(store.loads().await.unwrap().get(&agent), Some(&2));
    assert_eq!(store.owed_by(agent).await.unwrap(), [first]);
}

#[expect(
    clippy::too_many_lines,
    reason = "many small things, each written and read back"
)]
pub(super) async fn drafts_marks_and_files(world: &mut World, store: &dyn Store) {
    let (contact, inbox, agent) = (
        world.contact("Draft"),
        world.id::<InboxId>(),
        world.id::<AgentId>(),
    );
    let id = world.conversation(contact, inbox, None, None);
    let at = world.now();
    let draft = |kind, text: &str| Write::Draft {
        conversation_id: id,
        agent_id: agent,
        kind,
        text: text.into(),
        at,
    };
    world.write(draft(MessageKind::Outbound, "Dear"));
    world.write(draft(MessageKind::Note, "check"));
    world.write(draft(MessageKind::Note, ""));
    world.write(Write::Read {
        conversation_id: id,
        agent_id: agent,
        seq: 7,
    });
    world.write(Write::Read {
        conversation_id: id,
        agent_id: agent,
        seq: 5,
    });
    let scheduled = Scheduled {
        text: "Later".into(),
        attachments: vec![],
        client_id: Some("c1".into()),
        dedup_key: Some("later".into()),
        mail: Some(Box::new(MailDraft {
            subject: Some("Tomorrow".into()),
            quote: true,
            ..MailDraft::default()
        })),
    };
    let (waits, gone): (MessageId, MessageId) = (world.id(), world.id());
    for message_id in [waits, gone] {
        let Scheduled {
            text,
            attachments,
            client_id,
            dedup_key,
            mail,
        } = scheduled.clone();
        world.write(Write::Schedule {
            message_id,
            conversation_id: id,
            text,
            attachments,
            client_id,
            dedup_key,
            mail,
        });
    }
    world.write(Write::Unschedule(gone));
    world.commit(store).await;
    let drafts = store.drafts(id, agent).await.unwrap();
    assert_eq!(
        drafts
            .iter()
            .map(|it| (it.kind, it.text.as_str()))
            .collect::<Vec<_>>(),
        [(MessageKind::Outbound, "Dear")]
    );
    assert_eq!(
        store
            .conversation(id, Some(agent))
            .await
            .unwrap()
            .unwrap()
            .read_seq,
        5
    );
    let facts = store
        .load(vec![Key::Scheduled(waits), Key::Scheduled(gone)])
        .await
        .unwrap();
    assert_eq!(
        (
            facts.scheduled[&waits].clone(),
            facts.scheduled[&gone].clone()
        ),
        (Some(scheduled), None)
    );

    let file = StoredFile {
        id: world.id(),
        owner: Actor::Agent { id: agent },
        sha256: "00".repeat(32),
        name: "发票.pdf".into(),
        content_type: "application/pdf".into(),
        size: 12_345,
    };
    world.write(Write::Attachment(file.clone(), at));
    world.message(
        id,
        MessageKind::Outbound,
        Actor::Agent { id: agent },
        "see file",
    );
    let mut batch = world.take();
    for write in &mut batch.writes {
        if let Write::Message(row) = write {
            row.attachments = vec![file.id];
        }
    }
    store.commit(batch).await.unwrap();
    assert_eq!(
        store.attachment(file.id).await.unwrap(),
        Some((file.clone(), BTreeSet::from([id])))
    );
    assert_eq!(
        store
            .load(vec![Key::Attachment(file.id)])
            .await
            .unwrap()
            .attachments[&file.id],
        Some(file.clone())
    );
    let thread = store
        .messages(id, plugboard_store::Stretch::Newest, 1)
        .await
        .unwrap();
    assert_eq!(thread[0].files, [file]);
}
