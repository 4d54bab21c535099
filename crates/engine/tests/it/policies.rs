//! Policies besides the built-in one: when they are asked, what they see, and what becomes of their answers.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use plugboard_domain::{
    Event,
    access::Role,
    conversation::{ConversationCommand, Priority, StatusRequest},
    decision::{DecisionMode, HOPS_MAX, RoutingTarget},
    desk::{AssignmentMethod, Availability, InboxPolicy},
    ids::ConversationId,
};
use plugboard_engine::{
    NoEscalation, PolicyError, RebuildError, RoutingAnswer, RoutingInput, RoutingPolicy,
    RoutingVerdict, ShadowAnswer,
};

use crate::desk::Desk;

type Answer = Result<RoutingVerdict, PolicyError>;
type Script = Box<dyn Fn(&RoutingInput) -> Answer + Send + Sync>;

/// Answers as it is told, and notes what it was asked.
pub(crate) struct Scripted {
    answer: Mutex<Script>,
    asked: Mutex<Vec<RoutingInput>>,
    shadow: Option<Shadow>,
}

/// A policy that runs beside, and answers when it is let.
struct Shadow {
    version: &'static str,
    may_answer: tokio::sync::Semaphore,
}

impl Scripted {
    fn new(answer: impl Fn(&RoutingInput) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Box::new(answer)),
            asked: Mutex::default(),
            shadow: None,
        })
    }

    fn with_shadow(self: Arc<Self>, version: &'static str) -> Arc<Self> {
        let mut scripted = Arc::into_inner(self).expect("nobody has it yet");
        scripted.shadow = Some(Shadow {
            version,
            may_answer: tokio::sync::Semaphore::new(0),
        });
        Arc::new(scripted)
    }

    fn answers(&self, answer: impl Fn(&RoutingInput) -> Answer + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn last(&self) -> RoutingInput {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl RoutingPolicy for Scripted {
    fn wants_facts(&self) -> bool {
        true
    }

    async fn route(&self, input: &RoutingInput) -> Answer {
        let answer = self.answer.lock().unwrap()(input);
        self.asked.lock().unwrap().push(input.clone());
        answer
    }

    fn has_shadow(&self) -> bool {
        self.shadow.is_some()
    }

    async fn shadow(&self, _: &RoutingInput, _: &RoutingAnswer) -> Option<ShadowAnswer> {
        let shadow = self.shadow.as_ref()?;
        shadow.may_answer.acquire().await.ok()?.forget();
        Some(ShadowAnswer {
            version: shadow.version.to_owned(),
            answer: serde_json::json!({"wait": true}),
            reason: "later".into(),
            duration_us: 5,
            asked: serde_json::Value::Null,
        })
    }
}

const LABEL: &str = "plugin:test@1.0.0+aaaaaaaaaaaa";

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of what a policy answers"
)]
fn answer(target: RoutingTarget) -> Answer {
    let mut verdict = RoutingVerdict::live(LABEL, RoutingAnswer::new(target, "told to"));
    verdict.pin = Some(LABEL.into());
    Ok(verdict)
}

fn wait(_: &RoutingInput) -> Answer {
    answer(RoutingTarget::Wait)
}

/// The first who can take it.
fn first_free(input: &RoutingInput) -> Answer {
    let free = input.candidates.iter().find(|it| it.is_free());
    answer(free.map_or(RoutingTarget::Wait, |it| RoutingTarget::Agent(it.agent)))
}

async fn deciding(policy: &Arc<Scripted>) -> Desk {
    Desk::deciding(policy.clone(), Arc::new(NoEscalation)).await
}

/// Waits until the policy was asked so many times, and sees that it stays at that.
async fn asked(desk: &Desk, policy: &Scripted, times: usize) {
    let started = std::time::Instant::now();
    while policy.times() < times && started.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    desk.settle().await;
    assert_eq!(policy.times(), times);
}

fn tag(label: &str) -> ConversationCommand {
    ConversationCommand::Tag {
        add: [label.to_owned()].into(),
        remove: [].into(),
    }
}

#[tokio::test]
async fn a_policy_is_asked_when_something_about_the_conversation_changed_and_never_polled() {
    let policy = Scripted::new(wait);
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    asked(&desk, &policy, 1).await;
    assert_eq!(
        policy.last().queue,
        None,
        "it is in no team, and nobody is there"
    );
    desk.says(inbox, "visitor", "anybody?").await;
    asked(&desk, &policy, 2).await;
    desk.by(agent, id, tag("vip")).await.unwrap();
    asked(&desk, &policy, 3).await;
    assert!(policy.last().work.tags.contains("vip"));
    let note = ConversationCommand::Post {
        kind: plugboard_domain::message::MessageKind::Note,
        draft: desk.draft("hm"),
        seen_seq: None,
    };
    desk.by(agent, id, note).await.unwrap();
    asked(&desk, &policy, 3).await;
    assert_eq!(desk.engine.store().decisions(id).await.unwrap().len(), 3);
    desk.available(agent, Availability::Online).await;
    asked(&desk, &policy, 4).await;
    let decisions = desk.engine.store().decisions(id).await.unwrap();
    assert_eq!(decisions.len(), 3, "that it still waits is not told again");
    desk.close().await;
}

#[tokio::test]
async fn a_policy_sees_facts_and_the_trace_keeps_them_by_hash() {
    let policy = Scripted::new(first_free);
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let team = desk.team(&[agent], AssignmentMethod::Manual).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    let id = desk
        .says(inbox, "visitor", "where is my secret order")
        .await;
    desk.until(id, |state| state.assignment.agent() == Some(agent))
        .await;
    let input = policy.last();
    let facts = input.facts.as_ref().unwrap();
    assert_eq!(
        facts.text.as_ref().unwrap().text,
        "where is my secret order"
    );
    assert_eq!(facts.contact.identities.len(), 1);
    assert_eq!((input.teams[0].online, input.teams[0].free), (1, 5));
    let (trace, _) = desk.engine.store().decisions(id).await.unwrap().remove(0);
    let inputs = trace.inputs.to_string();
    assert!(
        !inputs.contains("secret") && !inputs.contains("visitor"),
        "{inputs}"
    );
    assert_eq!(
        trace.inputs["facts"]["text"]["sha256"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
    let store = desk.engine.store();
    let rebuilt = RoutingInput::rebuild(store, &trace).await.unwrap();
    assert_eq!(rebuilt, input, "to the last bit");
    let without = async |change: fn(&mut serde_json::Value)| {
        let mut other = trace.clone();
        change(&mut other.inputs);
        match RoutingInput::rebuild(store, &other).await {
            Err(RebuildError::Gone(gone)) => gone.join("; "),
            other => panic!("{other:?}"),
        }
    };
    let gone = without(|it| it["facts"]["text"]["sha256"] = "0".repeat(64).into()).await;
    assert!(gone.contains("the message"), "{gone}");
    let gone = without(|it| it["facts"]["contact"]["sha256"] = "0".repeat(64).into()).await;
    assert!(gone.contains("the contact"), "{gone}");
    let gone = without(|it| it["candidates"][0]["name"] = serde_json::Value::Null).await;
    assert!(gone.contains("name"), "{gone}");
    let gone = without(|it| it["unheard_of"] = true.into()).await;
    assert!(gone.contains("another version"), "{gone}");
    let resolve = ConversationCommand::SetStatus(StatusRequest::Resolve { disposition: None });
    assert_eq!(
        desk.conversation(id).await.pins.routing.as_deref(),
        Some(LABEL)
    );
    desk.by(agent, id, resolve).await.unwrap();
    assert!(desk.conversation(id).await.pins.is_empty());
    desk.says(inbox, "visitor", "one more thing").await;
    desk.settle().await;
    assert_eq!(
        policy.last().facts.unwrap().previous_agent,
        None,
        "nobody answered it"
    );
    desk.close().await;
}

#[tokio::test]
async fn moves_labels_and_urgency_are_carried_out_and_it_is_asked_again_there() {
    let policy = Scripted::new(wait);
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let care = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    policy.answers(move |input| {
        if input.queue.is_some() {
            return first_free(input);
        }
        let mut verdict = answer(RoutingTarget::Team(care))?;
        verdict.answer.priority = Some(Priority::High);
        verdict.answer.add_tags = ["vip".to_owned()].into();
        Ok(verdict)
    });
    let id = desk.says(inbox, "visitor", "hello").await;
    let state = desk
        .until(id, |state| state.assignment.agent() == Some(agent))
        .await;
    assert_eq!(
        (state.assignment.team(), state.priority),
        (Some(care), Priority::High)
    );
    assert!(state.tags.contains("vip"));
    assert_eq!(state.hops, 0);
    asked(&desk, &policy, 2).await;
    desk.close().await;
}

#[tokio::test]
async fn a_conversation_that_is_sent_in_circles_ends_with_the_built_in_policy() {
    let policy = Scripted::new(wait);
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let teams = [
        desk.team(&[agent], AssignmentMethod::LeastLoaded).await,
        desk.team(&[agent], AssignmentMethod::LeastLoaded).await,
    ];
    let inbox = desk.inbox(Some(teams[0]), InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    desk.settle().await;
    policy.answers(move |input| {
        let here = input.queue.as_ref().map(|it| it.team);
        let there = if here == Some(teams[0]) {
            teams[1]
        } else {
            teams[0]
        };
        answer(RoutingTarget::Team(there))
    });
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.until(id, |state| state.assignment.agent() == Some(agent))
        .await;
    asked(&desk, &policy, usize::from(HOPS_MAX)).await;
    let (trace, _) = desk.engine.store().decisions(id).await.unwrap().remove(0);
    assert_eq!(trace.mode, DecisionMode::Fallback);
    assert_eq!(trace.fallback, Some(format!("{LABEL}:too_many_moves")));
    desk.close().await;
}

#[tokio::test]
async fn the_built_in_policy_decides_at_once_when_another_fails_or_answers_nonsense() {
    let policy = Scripted::new(|_| Err(PolicyError::new(LABEL, "timeout")));
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let outsider = desk.agent("Outsider", Role::Agent).await;
    let team = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    let decided = async |who: &str| {
        let id: ConversationId = desk.says(inbox, who, "hello").await;
        desk.until(id, |state| state.assignment.agent() == Some(agent))
            .await;
        let (trace, _) = desk.engine.store().decisions(id).await.unwrap().remove(0);
        assert_eq!(
            (trace.mode, trace.version.as_str()),
            (DecisionMode::Fallback, "builtin@1")
        );
        trace.fallback.unwrap()
    };
    assert_eq!(decided("a").await, format!("{LABEL}:timeout"));
    policy.answers(move |_| answer(RoutingTarget::Agent(outsider)));
    assert_eq!(decided("b").await, format!("{LABEL}:unknown_agent"));
    let nowhere = desk.engine.mint();
    policy.answers(move |_| answer(RoutingTarget::Team(nowhere)));
    assert_eq!(decided("c").await, format!("{LABEL}:unknown_team"));
    policy.answers(|_| {
        let mut verdict = answer(RoutingTarget::Wait)?;
        verdict.answer.add_tags = [" ".to_owned()].into();
        Ok(verdict)
    });
    assert_eq!(decided("d").await, format!("{LABEL}:bad_tags"));
    desk.close().await;
}

#[tokio::test]
async fn who_runs_beside_is_recorded_changes_nothing_and_is_not_waited_for() {
    let policy = Scripted::new(|input| {
        let mut verdict = first_free(input)?;
        verdict.mode = DecisionMode::Canary;
        Ok(verdict)
    })
    .with_shadow("rule:other@2");
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let team = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.until(id, |state| state.assignment.agent() == Some(agent))
        .await;
    desk.settle().await;
    let decided = desk.engine.store().decisions(id).await.unwrap();
    assert_eq!(decided.len(), 1, "the shadow still thinks");
    policy.shadow.as_ref().unwrap().may_answer.add_permits(8);
    let mut modes = loop {
        let all = desk.engine.store().decisions(id).await.unwrap();
        if all.len() >= 2 {
            break all;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    };
    modes.sort_by_key(|(trace, _)| trace.version.clone());
    let told: Vec<_> = modes
        .iter()
        .map(|(trace, _)| (trace.mode, trace.version.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (DecisionMode::Canary, LABEL),
            (DecisionMode::Shadow, "rule:other@2")
        ]
    );
    assert_eq!(modes[0].0.inputs, modes[1].0.inputs);
    let events = desk
        .count(|event| matches!(event, Event::RoutingDecided { .. }))
        .await;
    assert_eq!(events, 1);
    desk.close().await;
}

#[tokio::test]
async fn another_policy_looks_at_everything_that_waits() {
    let policy = Scripted::new(wait);
    let desk = deciding(&policy).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.settle().await;
    assert_eq!(desk.conversation(id).await.assignment.agent(), None);
    policy.answers(first_free);
    desk.engine.policies_changed();
    desk.until(id, |state| state.assignment.agent() == Some(agent))
        .await;
    desk.close().await;
}

#[tokio::test]
async fn what_began_just_before_a_restart_is_asked_about_after_it() {
    let policy = Scripted::new(wait);
    let desk = deciding(&policy).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    policy.answers(|_| Err(PolicyError::new(LABEL, "gone")));
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.settle().await;
    assert_eq!(desk.conversation(id).await.pins.routing, None);
    let before = policy.times();
    policy.answers(wait);
    let desk = desk.restart().await;
    desk.until(id, |state| state.pins.routing.is_some()).await;
    assert_eq!(policy.times(), before + 1);
    desk.close().await;
}

/// Decides only after it was loaded.
struct Loading {
    loaded: tokio::sync::Semaphore,
    inner: Arc<Scripted>,
}

#[async_trait::async_trait]
impl RoutingPolicy for Loading {
    async fn ready(&self) {
        let _ = self.loaded.acquire().await;
    }

    fn wants_facts(&self) -> bool {
        self.loaded.available_permits() > 0
    }

    async fn route(&self, input: &RoutingInput) -> Answer {
        self.inner.route(input).await
    }
}

#[tokio::test]
async fn nothing_is_decided_before_the_policy_in_force_is_loaded() {
    let policy = Arc::new(Loading {
        loaded: tokio::sync::Semaphore::new(0),
        inner: Scripted::new(wait),
    });
    let desk = Desk::deciding(policy.clone(), Arc::new(NoEscalation)).await;
    let agent = desk.agent("Li", Role::Agent).await;
    let team = desk.team(&[agent], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(agent, Availability::Online).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.settle().await;
    assert_eq!(policy.inner.times(), 0);
    policy.loaded.add_permits(1);
    desk.until(id, |state| state.pins.routing.is_some()).await;
    assert_eq!(policy.inner.times(), 1);
    desk.close().await;
}
