//! A policy that takes long about one conversation.

use std::sync::{Arc, Mutex};

use plugboard_domain::{
    access::Role,
    conversation::ConversationCommand,
    decision::RoutingTarget,
    desk::{AssignmentMethod, Availability, InboxPolicy},
    ids::{AgentId, ConversationId},
};
use plugboard_engine::{
    NoEscalation, PolicyError, RoutingAnswer, RoutingInput, RoutingPolicy, RoutingVerdict,
};
use tokio::sync::Semaphore;

use crate::desk::Desk;

/// Answers about the first conversation when it is let, and about the others at once: whoever is free gets them.
struct Holding {
    gate: Semaphore,
    first: Mutex<Option<ConversationId>>,
    asked: Mutex<Vec<ConversationId>>,
}

impl Holding {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            gate: Semaphore::new(0),
            first: Mutex::default(),
            asked: Mutex::default(),
        })
    }

    fn times(&self, id: ConversationId) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|it| **it == id).count()
    }

    async fn until_asked(&self, id: ConversationId, times: usize) {
        while self.times(id) < times {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
}

#[async_trait::async_trait]
impl RoutingPolicy for Holding {
    fn wants_facts(&self) -> bool {
        true
    }

    async fn route(&self, input: &RoutingInput) -> Result<RoutingVerdict, PolicyError> {
        let id = input.work.conversation_id;
        self.asked.lock().unwrap().push(id);
        let first = *self.first.lock().unwrap().get_or_insert(id);
        if id == first {
            self.gate.acquire().await.unwrap().forget();
        }
        let free = input.candidates.iter().find(|it| it.is_free());
        let target = free.map_or(RoutingTarget::Wait, |it| RoutingTarget::Agent(it.agent));
        Ok(RoutingVerdict::live(
            "plugin:slow",
            RoutingAnswer::new(target, "free"),
        ))
    }
}

/// A desk with somebody who is there, and a first conversation that the policy takes its time about.
async fn held(policy: &Arc<Holding>) -> (Desk, AgentId, ConversationId) {
    let desk = Desk::deciding(policy.clone(), Arc::new(NoEscalation)).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let team = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    let first = desk.says(inbox, "slow", "hello").await;
    policy.until_asked(first, 1).await;
    let second = desk.says(inbox, "quick", "hello").await;
    desk.until(second, |state| state.assignment.agent() == Some(agent))
        .await;
    assert_eq!(policy.times(first), 1, "it is asked once at a time");
    (desk, agent, first)
}

#[tokio::test]
async fn nobody_else_waits_for_an_answer_that_takes_long_and_it_is_carried_out_when_it_comes() {
    let policy = Holding::new();
    let (desk, agent, first) = held(&policy).await;
    policy.gate.add_permits(1);
    desk.until(first, |state| state.assignment.agent() == Some(agent))
        .await;
    desk.settle().await;
    assert_eq!(policy.times(first), 1);
    desk.close().await;
}

#[tokio::test]
async fn what_changes_while_an_answer_is_awaited_is_asked_about_afterwards() {
    let policy = Holding::new();
    let (desk, agent, first) = held(&policy).await;
    desk.available(agent, Availability::Away).await;
    let tag = ConversationCommand::Tag {
        add: ["vip".to_owned()].into(),
        remove: [].into(),
    };
    desk.by(agent, first, tag).await.unwrap();
    desk.settle().await;
    assert_eq!(policy.times(first), 1, "not beside the one that is awaited");
    policy.gate.add_permits(2);
    policy.until_asked(first, 2).await;
    desk.close().await;
}
