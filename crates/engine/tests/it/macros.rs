//! Applying a macro: whole, as one thing, or not at all.

use plugboard_domain::{
    Command, Envelope, Event, Principal, Rejection,
    access::{Permission, Role, Scope},
    conversation::{ConversationCommand, Priority, Stage, Status, TAGS_MAX},
    desk::{AssignmentMethod, Entity, InboxPolicy, Macro},
    ids::{AgentId, ConversationId, MacroId},
};
use plugboard_engine::{EngineError, Outcome};

use crate::desk::Desk;

fn nothing_to_do(desk: &Desk) -> Macro {
    Macro {
        id: desk.engine.mint(),
        name: "Refund".into(),
        owner: None,
        text: "It is on its way.".into(),
        add_tags: [].into(),
        set_stage: None,
        set_priority: None,
        assign_team: None,
        resolve_as: None,
        created_at: desk.engine.now(),
    }
}

async fn apply(
    desk: &Desk,
    by: AgentId,
    conversation_id: ConversationId,
    macro_id: MacroId,
) -> Result<Outcome, EngineError> {
    let command = Command::ApplyMacro {
        conversation_id,
        macro_id,
    };
    desk.engine
        .execute(Envelope::new(Principal::Agent(by), command))
        .await
}

#[tokio::test]
async fn all_of_it_happens_and_the_journal_says_that_the_macro_caused_it() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let team = desk.team(&[li], AssignmentMethod::Manual).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let whole = Macro {
        add_tags: ["refund".to_owned()].into(),
        set_stage: Some(Stage::Aftersale),
        set_priority: Some(Priority::High),
        assign_team: Some(team),
        resolve_as: Some("refunded".into()),
        ..nothing_to_do(&desk)
    };
    desk.save(Entity::Macro(whole.clone())).await;
    apply(&desk, li, id, whole.id).await.unwrap();
    let state = desk.conversation(id).await;
    assert_eq!(state.tags, whole.add_tags);
    assert_eq!(
        (state.stage, state.priority, state.assignment.team()),
        (Some(Stage::Aftersale), Priority::High, Some(team))
    );
    assert!(matches!(state.status, Status::Resolved { .. }));
    let journal = desk.journal().await;
    let at = journal
        .iter()
        .position(|it| it.event == Event::MacroApplied { macro_id: whole.id })
        .unwrap();
    let (first, rest) = journal[at..].split_first().unwrap();
    assert_eq!(first.caused_by, None);
    assert_eq!(rest.len(), 5);
    for consequence in rest {
        assert_eq!(consequence.caused_by, Some(first.seq), "{consequence:?}");
        assert_eq!(consequence.at, first.at);
    }
    desk.close().await;
}

#[tokio::test]
async fn what_is_refused_in_part_is_refused_whole() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let full = ConversationCommand::Tag {
        add: (0..TAGS_MAX).map(|n| format!("tag {n}")).collect(),
        remove: [].into(),
    };
    desk.by(li, id, full).await.unwrap();
    let one_too_many = Macro {
        set_priority: Some(Priority::Urgent),
        add_tags: ["one more".to_owned()].into(),
        ..nothing_to_do(&desk)
    };
    desk.save(Entity::Macro(one_too_many.clone())).await;
    let (state, journal) = (desk.conversation(id).await, desk.journal().await);
    let refused = apply(&desk, li, id, one_too_many.id).await.unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::Invalid(_))
    ));
    assert_eq!(desk.conversation(id).await, state);
    assert_eq!(desk.journal().await, journal);
    desk.close().await;
}

#[tokio::test]
async fn an_action_that_takes_it_out_of_sight_does_not_stop_the_next() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let near = desk.team(&[li], AssignmentMethod::Manual).await;
    let far = desk.team(&[], AssignmentMethod::Manual).await;
    let mut scoped = desk.engine.desk().agent(li).unwrap().clone();
    scoped.scope = Scope {
        teams: [near].into(),
        ..Scope::default()
    };
    desk.save(Entity::Agent(scoped)).await;
    let inbox = desk.inbox(Some(near), InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let away = Macro {
        assign_team: Some(far),
        resolve_as: Some("handed over".into()),
        ..nothing_to_do(&desk)
    };
    desk.save(Entity::Macro(away.clone())).await;
    apply(&desk, li, id, away.id).await.unwrap();
    let state = desk.conversation(id).await;
    assert_eq!(state.assignment.team(), Some(far));
    assert!(matches!(state.status, Status::Resolved { .. }));
    // Now it is out of sight.
    let refused = apply(&desk, li, id, away.id).await.unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::NotFound("conversation"))
    ));
    desk.close().await;
}

#[tokio::test]
async fn who_may_not_do_it_by_hand_may_not_do_it_by_macro() {
    let desk = Desk::open().await;
    let li = desk.agent("Li", Role::Agent).await;
    let wang = desk.agent("Wang", Role::Agent).await;
    let inspector = desk.agent("Zhao", Role::QualityInspector).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let personal = Macro {
        owner: Some(li),
        set_priority: Some(Priority::Low),
        ..nothing_to_do(&desk)
    };
    let shared = Macro {
        set_priority: Some(Priority::High),
        ..nothing_to_do(&desk)
    };
    let words = nothing_to_do(&desk);
    for it in [&personal, &shared, &words] {
        // A personal macro is its owner's to save.
        let command = Command::Save {
            entity: Entity::Macro(it.clone()),
            private: plugboard_domain::desk::Private::default(),
        };
        let by = it.owner.map_or(Principal::System("test"), Principal::Agent);
        desk.engine
            .execute(Envelope::new(by, command))
            .await
            .unwrap();
    }
    let refused = apply(&desk, wang, id, personal.id).await.unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::NotFound("macro"))
    ));
    let refused = apply(&desk, inspector, id, shared.id).await.unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::Forbidden(Permission::ConversationsManage))
    ));
    let before = desk.journal().await;
    apply(&desk, inspector, id, words.id).await.unwrap();
    assert_eq!(desk.journal().await, before, "a text alone leaves no trace");
    apply(&desk, li, id, personal.id).await.unwrap();
    assert_eq!(desk.conversation(id).await.priority, Priority::Low);
    desk.close().await;
}
