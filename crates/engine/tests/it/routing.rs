//! Routing: who gets what, in which order, and why.

use std::time::Duration;

use plugboard_domain::{
    Event,
    access::Role,
    conversation::{AssignedBy, Assignment, ConversationCommand, Priority},
    desk::{AssignmentMethod, Availability, Entity, InboxPolicy, Overflow},
};

use crate::desk::Desk;

#[tokio::test]
async fn a_waiting_conversation_goes_to_whoever_comes_online_and_says_why() {
    let desk = Desk::open().await;
    let agent = desk.agent("Li Na", Role::Agent).await;
    let team = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.settle().await;
    let (_, why) = desk.engine.explain(id).await.unwrap().unwrap();
    assert_eq!(why.answer.reason, "waits for team Sales: Li Na is offline");
    desk.available(agent, Availability::Online).await;
    desk.until(id, |state| state.assignment.agent() == Some(agent))
        .await;
    let traces = desk.engine.store().decisions(id).await.unwrap();
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].0.version, "builtin@1");
    assert!(
        traces[0].0.reason.contains("Li Na of team Sales"),
        "{}",
        traces[0].0.reason
    );
    assert!(
        desk.engine.explain(id).await.unwrap().is_none(),
        "an owned conversation waits for nothing"
    );
    desk.close().await;
}

#[tokio::test]
async fn capacity_and_skills_are_respected_and_urgent_work_comes_first() {
    let desk = Desk::open().await;
    let agent = desk.agent_with("Tom", Role::Agent, 2, &["en"]).await;
    let team = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let english = InboxPolicy {
        required_skills: ["en".into()].into(),
        ..InboxPolicy::default()
    };
    let chinese = InboxPolicy {
        required_skills: ["zh".into()].into(),
        ..InboxPolicy::default()
    };
    let (english, chinese) = (
        desk.inbox(Some(team), english).await,
        desk.inbox(Some(team), chinese).await,
    );
    let foreign = desk.says(chinese, "a", "你好").await;
    let first = desk.says(english, "b", "hello").await;
    let second = desk.says(english, "c", "hello").await;
    let urgent = desk.says(english, "d", "HELLO").await;
    desk.system((urgent, ConversationCommand::SetPriority(Priority::Urgent)))
        .await
        .unwrap();
    desk.available(agent, Availability::Online).await;
    desk.until(urgent, |state| state.assignment.agent().is_some())
        .await;
    desk.until(first, |state| state.assignment.agent().is_some())
        .await;
    desk.settle().await;
    assert_eq!(
        desk.conversation(second).await.assignment.agent(),
        None,
        "two of two in use"
    );
    let reason = desk
        .engine
        .explain(second)
        .await
        .unwrap()
        .unwrap()
        .1
        .answer
        .reason;
    assert_eq!(reason, "waits for team Sales: Tom is full (2 of 2)");
    let reason = desk
        .engine
        .explain(foreign)
        .await
        .unwrap()
        .unwrap()
        .1
        .answer
        .reason;
    assert_eq!(reason, "waits for team Sales: Tom lacks zh");
    let resolve =
        ConversationCommand::SetStatus(plugboard_domain::conversation::StatusRequest::Resolve {
            disposition: None,
        });
    desk.by(agent, first, resolve).await.unwrap();
    desk.until(second, |state| state.assignment.agent() == Some(agent))
        .await;
    desk.close().await;
}

#[tokio::test]
async fn turns_are_taken_and_loads_are_levelled() {
    for method in [AssignmentMethod::RoundRobin, AssignmentMethod::LeastLoaded] {
        let desk = Desk::open().await;
        let agents = [
            desk.agent("A", Role::Agent).await,
            desk.agent("B", Role::Agent).await,
        ];
        let team = desk.team(&agents, method).await;
        let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
        for agent in agents {
            desk.available(agent, Availability::Online).await;
        }
        let mut loads = [0, 0];
        for nth in 0..6 {
            desk.clock.advance(Duration::from_secs(1));
            let id = desk.says(inbox, &format!("visitor {nth}"), "hello").await;
            let owner = desk
                .until(id, |state| state.assignment.agent().is_some())
                .await
                .assignment
                .agent();
            loads[agents
                .iter()
                .position(|agent| Some(*agent) == owner)
                .unwrap()] += 1;
        }
        assert_eq!(loads, [3, 3], "{method:?}");
        desk.close().await;
    }
}

#[tokio::test]
async fn an_offer_that_lapses_goes_to_the_next_and_is_taken_by_answering() {
    let desk = Desk::open().await;
    let agents = [
        desk.agent("A", Role::Agent).await,
        desk.agent("B", Role::Agent).await,
    ];
    let team = desk.team(&agents, AssignmentMethod::RoundRobin).await;
    let policy = InboxPolicy {
        offer_timeout_secs: Some(30),
        ..InboxPolicy::default()
    };
    let inbox = desk.inbox(Some(team), policy).await;
    for agent in agents {
        desk.available(agent, Availability::Online).await;
    }
    let id = desk.says(inbox, "visitor", "hello").await;
    let first = desk
        .until(id, |state| {
            matches!(state.assignment, Assignment::Offered { .. })
        })
        .await
        .assignment
        .agent();
    desk.clock.advance(Duration::from_secs(31));
    let offered = |state: &plugboard_domain::conversation::Conversation| matches!(&state.assignment, Assignment::Offered { agent, passed, .. } if Some(*agent) != first && passed.len() == 1);
    let second = desk.until(id, offered).await.assignment.agent().unwrap();
    desk.reply(second, id, "here I am").await.unwrap();
    let state = desk.conversation(id).await;
    assert!(
        matches!(state.assignment, Assignment::Assigned { agent, by: AssignedBy::Router, .. } if agent == second)
    );
    desk.clock.advance(Duration::from_secs(60));
    desk.settle().await;
    assert_eq!(
        desk.conversation(id).await.assignment.agent(),
        Some(second),
        "an answered offer does not lapse"
    );
    desk.close().await;
}

#[tokio::test]
async fn who_goes_offline_gives_back_what_is_owed_but_keeps_what_was_given_by_hand() {
    let desk = Desk::open().await;
    let agents = [
        desk.agent("A", Role::Agent).await,
        desk.agent("B", Role::Agent).await,
    ];
    let team = desk.team(&agents, AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(agents[0], Availability::Online).await;
    let owed = desk.says(inbox, "owed", "hello").await;
    desk.until(owed, |state| state.assignment.agent() == Some(agents[0]))
        .await;
    let answered = desk.says(inbox, "answered", "hello").await;
    desk.until(answered, |state| {
        state.assignment.agent() == Some(agents[0])
    })
    .await;
    desk.reply(agents[0], answered, "hi").await.unwrap();
    let by_hand = desk.says(inbox, "by hand", "hello").await;
    desk.until(by_hand, |state| state.assignment.agent() == Some(agents[0]))
        .await;
    desk.by(
        agents[0],
        by_hand,
        ConversationCommand::Assign {
            agent: Some(agents[1]),
            team: None,
        },
    )
    .await
    .unwrap();
    desk.by(
        agents[0],
        by_hand,
        ConversationCommand::Assign {
            agent: Some(agents[0]),
            team: None,
        },
    )
    .await
    .unwrap();
    desk.available(agents[1], Availability::Online).await;
    desk.available(agents[0], Availability::Offline).await;
    desk.until(owed, |state| state.assignment.agent() == Some(agents[1]))
        .await;
    desk.settle().await;
    assert_eq!(
        desk.conversation(answered).await.assignment.agent(),
        Some(agents[0]),
        "nothing is owed there"
    );
    assert_eq!(
        desk.conversation(by_hand).await.assignment.agent(),
        Some(agents[0]),
        "a person decided that"
    );
    desk.says(inbox, "answered", "and one more thing").await;
    desk.until(answered, |state| {
        state.assignment.agent() == Some(agents[1])
    })
    .await;
    desk.close().await;
}

#[tokio::test]
async fn a_queue_that_nobody_serves_overflows() {
    let desk = Desk::open().await;
    let helper = desk.agent("H", Role::Agent).await;
    let helpers = desk.team(&[helper], AssignmentMethod::LeastLoaded).await;
    let team = desk.team(&[], AssignmentMethod::LeastLoaded).await;
    let mut entity = desk.engine.desk().team(team).unwrap().clone();
    entity.overflow = Some(Overflow {
        team_id: helpers,
        after_secs: 120,
    });
    desk.save(Entity::Team(entity)).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(helper, Availability::Online).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.clock.advance(Duration::from_secs(119));
    desk.settle().await;
    assert_eq!(desk.conversation(id).await.assignment.team(), Some(team));
    desk.clock.advance(Duration::from_secs(2));
    desk.until(id, |state| state.assignment.agent() == Some(helper))
        .await;
    let overflowed =
        |event: &Event| matches!(event, Event::Assigned { cause, .. } if cause == "overflow");
    assert_eq!(desk.count(overflowed).await, 1);
    desk.close().await;
}
