//! The write path: once, in order, all or nothing.

use plugboard_domain::{
    Command, Envelope, Event, Principal, Rejection, Seq,
    access::{Permission, Role},
    conversation::{ConversationCommand, Status, StatusRequest},
    desk::{Availability, Entity, EntityKind, EntityRef, InboxPolicy, Private},
    message::{MessageDraft, MessageKind},
};
use plugboard_engine::EngineError;

use crate::desk::Desk;

fn is_message(event: &Event) -> bool {
    matches!(event, Event::MessageCreated { .. })
}

#[tokio::test]
async fn the_same_client_id_is_the_same_message_however_often_and_however_fast() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let tries = (0..40).map(|_| {
        let draft = MessageDraft {
            client_id: Some("once".into()),
            ..desk.draft("hi")
        };
        desk.by(
            agent,
            id,
            ConversationCommand::Post {
                kind: MessageKind::Outbound,
                draft,
                seen_seq: None,
            },
        )
    });
    let outcomes: Vec<_> = futures_util::future::join_all(tries)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let first = outcomes[0].message.unwrap().id;
    assert!(outcomes.iter().all(|it| it.message.unwrap().id == first));
    assert_eq!(outcomes.iter().filter(|it| !it.repeated).count(), 1);
    assert_eq!(desk.count(is_message).await, 2);
    let desk = desk.restart().await;
    let draft = MessageDraft {
        client_id: Some("once".into()),
        ..desk.draft("hi")
    };
    let again = desk
        .by(
            agent,
            id,
            ConversationCommand::Post {
                kind: MessageKind::Outbound,
                draft,
                seen_seq: None,
            },
        )
        .await;
    assert_eq!(
        again.unwrap().message.unwrap().id,
        first,
        "a restart does not forget"
    );
    desk.close().await;
}

#[tokio::test]
async fn a_bad_command_never_sinks_its_batch() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let nowhere = desk.engine.mint();
    let mixed = (0..100).map(|nth| {
        let target = if nth % 3 == 0 { nowhere } else { inbox };
        desk.system(desk.write(target, &format!("visitor {nth}"), "hello"))
    });
    let outcomes = futures_util::future::join_all(mixed).await;
    for (nth, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(nth % 3, 0),
            Err(error) => assert!(
                matches!(error, EngineError::Rejected(Rejection::NotFound("inbox"))),
                "{error}"
            ),
        }
    }
    assert_eq!(desk.count(is_message).await, 66);
    desk.close().await;
}

#[tokio::test]
async fn two_first_messages_at_once_begin_one_conversation() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let both = (0..20).map(|nth| desk.system(desk.write(inbox, "visitor", &format!("{nth}"))));
    let ids: std::collections::BTreeSet<_> = futures_util::future::join_all(both)
        .await
        .into_iter()
        .map(|it| it.unwrap().conversation_id.unwrap())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(
        desk.count(|event| matches!(event, Event::ContactCreated { .. }))
            .await,
        1
    );
    desk.close().await;
}

#[tokio::test]
async fn a_reply_against_a_stale_view_is_refused() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk
        .inbox(
            None,
            InboxPolicy {
                greeting: Some("Welcome!".into()),
                ..InboxPolicy::default()
            },
        )
        .await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let seen = desk.conversation(id).await.seq;
    desk.says(inbox, "visitor", "are you there?").await;
    let post = |seen_seq| ConversationCommand::Post {
        kind: MessageKind::Outbound,
        draft: desk.draft("yes"),
        seen_seq: Some(seen_seq),
    };
    let stale = desk.by(agent, id, post(seen)).await.unwrap_err();
    assert!(
        matches!(stale, EngineError::Rejected(Rejection::Unseen { since }) if since == seen),
        "{stale}"
    );
    let now = desk.conversation(id).await.seq;
    desk.by(agent, id, post(now)).await.unwrap();
    desk.by(agent, id, post(now))
        .await
        .expect("one's own messages are always seen");
    desk.close().await;
}

#[tokio::test]
async fn a_resolved_conversation_reopens_within_its_window_and_a_new_one_begins_after_it() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let policy = InboxPolicy {
        reopen_within_hours: Some(2),
        ..InboxPolicy::default()
    };
    let inbox = desk.inbox(None, policy).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let resolve = || {
        ConversationCommand::SetStatus(StatusRequest::Resolve {
            disposition: Some("sold".into()),
        })
    };
    desk.by(agent, id, resolve()).await.unwrap();
    assert_eq!(desk.says(inbox, "visitor", "one more thing").await, id);
    assert_eq!(desk.conversation(id).await.status, Status::Open);
    desk.by(agent, id, resolve()).await.unwrap();
    desk.clock
        .advance(std::time::Duration::from_secs(3 * 3_600));
    let next = desk.says(inbox, "visitor", "a new question").await;
    assert_ne!(next, id);
    desk.close().await;
}

#[tokio::test]
async fn messages_of_a_merged_conversation_are_shown_where_it_continues_and_come_back() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let one = desk.says(inbox, "one", "from one").await;
    let two = desk.says(inbox, "two", "from two").await;
    desk.by(agent, one, ConversationCommand::Merge { into: two })
        .await
        .unwrap();
    assert_eq!(
        desk.says(inbox, "one", "more from one").await,
        two,
        "what follows goes where it continues"
    );
    assert_eq!(
        shown(&desk, two).await,
        ["from one", "from two", "more from one"]
    );
    let again = desk
        .by(agent, one, ConversationCommand::Merge { into: two })
        .await
        .unwrap_err();
    assert!(
        matches!(again, EngineError::Rejected(Rejection::Conflict(_))),
        "{again}"
    );
    desk.by(agent, one, ConversationCommand::Unmerge)
        .await
        .unwrap();
    assert_eq!(shown(&desk, one).await, ["from one"]);
    assert_eq!(shown(&desk, two).await, ["from two", "more from one"]);
    desk.close().await;
}

async fn shown(desk: &Desk, id: plugboard_domain::ConversationId) -> Vec<String> {
    let views = desk
        .engine
        .store()
        .messages(id, plugboard_store::Stretch::Newest, 100)
        .await
        .unwrap();
    views.into_iter().map(|view| view.row.text).collect()
}

#[tokio::test]
async fn permission_is_checked_when_the_command_runs() {
    let desk = Desk::open().await;
    let inspector = desk.agent("Zhao", Role::QualityInspector).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let refused = desk.reply(inspector, id, "hi").await.unwrap_err();
    let expected = Rejection::Forbidden(Permission::ConversationsReply);
    assert!(
        matches!(&refused, EngineError::Rejected(rejection) if *rejection == expected),
        "{refused}"
    );
    let token = Principal::Token {
        agent,
        token: desk.engine.mint(),
        scopes: vec![Permission::ConversationsRead],
    };
    let command = ConversationCommand::SetStatus(StatusRequest::Resolve { disposition: None });
    let refused = desk
        .engine
        .execute(Envelope::new(token, (id, command)))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, EngineError::Rejected(Rejection::Forbidden(_))),
        "{refused}"
    );
    let mut disabled = desk.engine.desk().agent(agent).unwrap().clone();
    disabled.disabled = true;
    disabled.availability = Availability::Offline;
    desk.save(plugboard_domain::desk::Entity::Agent(disabled))
        .await;
    assert!(
        desk.reply(agent, id, "hi").await.is_err(),
        "a disabled agent may do nothing, at once"
    );
    desk.close().await;
}

#[tokio::test]
async fn stopping_finishes_what_was_taken_and_refuses_the_rest() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let taken: Vec<_> = (0..200)
        .map(|nth| {
            let engine = desk.engine.clone();
            let command: Command = desk.write(inbox, &format!("visitor {nth}"), "hello");
            tokio::spawn(async move {
                engine
                    .execute(Envelope::new(Principal::System("test"), command))
                    .await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    desk.engine.stop().await;
    let mut accepted = 0;
    for task in taken {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(error) => assert!(matches!(error, EngineError::Stopping), "{error}"),
        }
    }
    assert_eq!(desk.count(is_message).await, accepted);
    let late = desk
        .system(desk.write(inbox, "late", "hello"))
        .await
        .unwrap_err();
    assert!(matches!(late, EngineError::Stopping), "{late}");
}

#[tokio::test]
async fn reading_again_what_was_read_leaves_no_trace() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let read = |event: &Event| matches!(event, Event::Read { .. });
    let seq = desk.conversation(id).await.seq;
    // Never read and "unread from the start" are the same.
    for (seq, times) in [(0, 0), (seq, 1), (seq, 1), (Seq::MAX, 1), (0, 2), (0, 2)] {
        let mark = ConversationCommand::MarkRead { seq };
        desk.by(li, id, mark).await.unwrap();
        assert_eq!(desk.count(read).await, times, "up to {seq}");
    }
    let desk = desk.restart().await;
    let mark = ConversationCommand::MarkRead { seq: 0 };
    desk.by(li, id, mark).await.unwrap();
    assert_eq!(desk.count(read).await, 2);
    desk.close().await;
}

#[tokio::test]
async fn an_inbox_that_conversations_came_in_through_stays() {
    let desk = Desk::open().await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let unused = desk.inbox(None, InboxPolicy::default()).await;
    desk.says(inbox, "one", "hello").await;
    desk.says(inbox, "two", "hello").await;
    let kind = EntityKind::Inbox;
    let remove = |id: plugboard_domain::InboxId| Command::Remove(EntityRef { kind, id: id.0 });
    let refused = desk.system(remove(inbox)).await.unwrap_err();
    let EngineError::Rejected(Rejection::Conflict(why)) = refused else {
        panic!("{refused}");
    };
    assert_eq!(why, "2 conversations came in through this inbox");
    desk.system(remove(unused)).await.unwrap();
    // The first message and the removal in one batch.
    let fresh = desk.inbox(None, InboxPolicy::default()).await;
    let (_, removed) = tokio::join!(
        desk.system(desk.write(fresh, "three", "hello")),
        desk.system(remove(fresh))
    );
    assert!(removed.is_err());
    desk.close().await;
}

#[tokio::test]
async fn a_token_does_not_change_its_own_agent_as_the_person_may() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let mut renamed = desk.engine.desk().agent(li).unwrap().clone();
    renamed.name = "Li Na".into();
    let command = Command::Save {
        entity: Entity::Agent(renamed),
        private: Private::default(),
    };
    let token = Principal::Token {
        agent: li,
        token: desk.engine.mint(),
        scopes: Permission::ALL.to_vec(),
    };
    let refused = desk
        .engine
        .execute(Envelope::new(token, command.clone()))
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::Forbidden(Permission::AgentsManage))
    ));
    desk.engine
        .execute(Envelope::new(Principal::Agent(li), command))
        .await
        .unwrap();
    assert_eq!(desk.engine.desk().agent(li).unwrap().name, "Li Na");
    desk.close().await;
}
