//! Escalation: what is asked, what is done, and that each step happens once.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use plugboard_domain::{
    Event, Rejection,
    access::Role,
    conversation::{ConversationCommand, Priority, StatusRequest},
    decision::DecisionMode,
    desk::{AssignmentMethod, Availability, Entity, InboxPolicy, Webhook},
    escalation::{Audience, EscalationAction as Action, Trigger},
    outbox::{Job, OutboxEntry},
};
use plugboard_engine::{
    Builtin, EngineError, EscalationAnswer, EscalationInput, EscalationPolicy, EscalationVerdict,
    PolicyError, ShadowAnswer,
};
use plugboard_store::OutboxFilter;

use crate::desk::Desk;

type Answer = Result<EscalationAnswer, PolicyError>;

/// Answers as it is told, and notes what it was asked.
pub(crate) struct Scripted {
    hears: Vec<Trigger>,
    answer: Box<dyn Fn(&EscalationInput) -> Answer + Send + Sync>,
    asked: Mutex<Vec<EscalationInput>>,
}

pub(crate) const LABEL: &str = "rule:ladder@1";

impl Scripted {
    pub(crate) fn new(
        hears: &[Trigger],
        answer: impl Fn(&EscalationInput) -> Answer + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            hears: hears.to_vec(),
            answer: Box::new(answer),
            asked: Mutex::default(),
        })
    }

    fn triggers(&self) -> Vec<Trigger> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|it| it.trigger).collect()
    }
}

#[async_trait::async_trait]
impl EscalationPolicy for Scripted {
    fn listens_to(&self, trigger: Trigger) -> bool {
        self.hears.contains(&trigger)
    }

    async fn escalate(&self, input: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
        self.asked.lock().unwrap().push(input.clone());
        let answer = (self.answer)(input)?;
        let mut verdict = EscalationVerdict::live(LABEL, answer);
        verdict.pin = Some(LABEL.into());
        Ok(verdict)
    }
}

/// How far the ladder goes.
pub(crate) const TOP: u8 = 4;

/// Waits a minute for each level: owner and manager, urgency, a page, a case.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of what a policy answers"
)]
pub(crate) fn ladder(input: &EscalationInput) -> Answer {
    let minute = Some(Duration::from_secs(60));
    let actions = match (input.trigger, input.level) {
        (Trigger::Created, _) => {
            return Ok(EscalationAnswer {
                level: input.level,
                ask_again: minute,
                ..EscalationAnswer::default()
            });
        }
        (_, 0) => vec![Action::Notify(Audience::Owner, "slow".into())],
        (_, 1) => vec![Action::RaisePriority(Priority::Urgent)],
        (_, 2) => vec![Action::Page {
            webhook: "ops".into(),
            payload: serde_json::json!({"say": "hurry"}),
        }],
        _ => vec![Action::OpenCase {
            kind: "complaint".into(),
            summary: "nobody answered".into(),
        }],
    };
    Ok(EscalationAnswer {
        actions,
        level: input.level + 1,
        ask_again: minute.filter(|_| input.level + 1 < TOP),
        reason: "slow".into(),
    })
}

pub(crate) fn webhook(desk: &Desk) -> Entity {
    Entity::Webhook(Webhook {
        id: desk.engine.mint(),
        name: "ops".into(),
        url: "https://pager.example".into(),
        events: ["none".to_owned()].into(),
        enabled: true,
        created_at: desk.engine.now(),
    })
}

async fn escalating(policy: &Arc<Scripted>) -> Desk {
    Desk::deciding(Arc::new(Builtin), policy.clone()).await
}

async fn pages(desk: &Desk) -> Vec<OutboxEntry> {
    let all = desk.engine.store().outbox(OutboxFilter::All, None, 100);
    let all = all.await.unwrap().items.into_iter();
    all.filter(|it| matches!(it.job, Job::Page { .. }))
        .collect()
}

#[tokio::test]
async fn a_ladder_is_climbed_by_time_each_step_once() {
    let policy = Scripted::new(&[Trigger::Created, Trigger::Due], ladder);
    let desk = escalating(&policy).await;
    let (li, boss) = (
        desk.agent("Li", Role::Agent).await,
        desk.agent("Boss", Role::Supervisor).await,
    );
    let mut entity = desk.engine.desk().agent(li).unwrap().clone();
    entity.reports_to = Some(boss);
    desk.save(Entity::Agent(entity)).await;
    desk.save(webhook(&desk)).await;
    let team = desk.team(&[li], AssignmentMethod::LeastLoaded).await;
    let inbox = desk.inbox(Some(team), InboxPolicy::default()).await;
    desk.available(li, Availability::Online).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.until(id, |state| {
        state.assignment.agent() == Some(li) && state.escalation.ask_at.is_some()
    })
    .await;
    for level in 1..=TOP {
        desk.clock.advance(Duration::from_secs(61));
        desk.until(id, |state| state.escalation.level == level)
            .await;
    }
    let state = desk.conversation(id).await;
    assert_eq!(state.escalation.ask_at, None, "the top was reached");
    assert_eq!(state.priority, Priority::Urgent);
    assert_eq!((state.cases.len(), state.escalation.steps.len()), (1, 4));
    assert_eq!(state.pins.escalation.as_deref(), Some(LABEL));
    let summaries = desk.engine.store().case_summaries(id).await.unwrap();
    assert_eq!(summaries[&state.cases[0].id], "nobody answered");
    let [page] = &pages(&desk).await[..] else {
        panic!("one page")
    };
    let Job::Page {
        decision_id,
        action,
        ..
    } = page.job
    else {
        panic!()
    };
    let (trace, _) = desk
        .engine
        .store()
        .decision(decision_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        trace.answer["actions"][action as usize]["page"]["payload"]["say"],
        "hurry"
    );
    let managers = policy
        .asked
        .lock()
        .unwrap()
        .last()
        .unwrap()
        .managers
        .clone();
    assert_eq!(managers, [boss]);
    let told = desk
        .journal()
        .await
        .into_iter()
        .find_map(|it| match it.event {
            Event::ConversationEscalated { notify, .. } => Some((notify, it.caused_by)),
            _ => None,
        });
    let (notify, caused_by) = told.unwrap();
    assert_eq!(notify, [li].into());
    assert!(caused_by.is_some(), "it says what led to it");
    desk.close().await;
}

#[tokio::test]
async fn only_what_is_listened_to_is_asked_and_nothing_that_escalation_did_itself() {
    let hears = [Trigger::Tagged, Trigger::Unassigned, Trigger::Replied];
    let policy = Scripted::new(&hears, |input| {
        Ok(EscalationAnswer {
            actions: vec![Action::AddTags(vec!["late".into()])],
            level: input.level + 1,
            ..EscalationAnswer::default()
        })
    });
    let desk = escalating(&policy).await;
    let li = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let tag = ConversationCommand::Tag {
        add: ["a".to_owned(), "b".to_owned()].into(),
        remove: [].into(),
    };
    desk.by(li, id, tag).await.unwrap();
    desk.until(id, |state| state.escalation.level == 1).await;
    desk.reply(li, id, "hi").await.unwrap();
    desk.until(id, |state| state.escalation.level == 2).await;
    desk.settle().await;
    assert_eq!(policy.triggers(), [Trigger::Tagged, Trigger::Replied]);
    let first = policy.asked.lock().unwrap()[0].clone();
    assert_eq!(first.detail.as_deref(), Some("a,b"));
    desk.close().await;
}

#[tokio::test]
async fn what_is_over_is_not_escalated_and_comes_back_at_level_zero() {
    let policy = Scripted::new(&[Trigger::Created, Trigger::Due], ladder);
    let desk = escalating(&policy).await;
    let li = desk.agent("Li", Role::Agent).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.until(id, |state| state.escalation.ask_at.is_some())
        .await;
    desk.clock.advance(Duration::from_secs(61));
    desk.until(id, |state| state.escalation.level == 1).await;
    let resolve = ConversationCommand::SetStatus(StatusRequest::Resolve { disposition: None });
    desk.by(li, id, resolve).await.unwrap();
    desk.clock.advance(Duration::from_secs(600));
    desk.settle().await;
    let state = desk.conversation(id).await;
    assert_eq!(
        (state.escalation.level, state.escalation.steps.len()),
        (0, 1)
    );
    desk.close().await;
}

#[tokio::test]
async fn a_policy_that_fails_is_recorded_and_asked_again_by_itself() {
    let policy = Scripted::new(&[Trigger::Created, Trigger::Due], |input| {
        if input.trigger == Trigger::Created {
            return Err(PolicyError::new(LABEL, "trap"));
        }
        ladder(input)
    });
    let desk = escalating(&policy).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    desk.until(id, |state| state.escalation.ask_at.is_some())
        .await;
    let (trace, _) = desk.engine.store().decisions(id).await.unwrap().remove(0);
    assert_eq!(trace.mode, DecisionMode::Fallback);
    assert_eq!(trace.fallback, Some(format!("{LABEL}:trap")));
    desk.clock.advance(Duration::from_secs(301));
    desk.until(id, |state| state.escalation.level == 1).await;
    desk.close().await;
}

#[tokio::test]
async fn who_runs_beside_is_recorded_without_an_event() {
    struct Shadowed;
    #[async_trait::async_trait]
    impl EscalationPolicy for Shadowed {
        fn listens_to(&self, trigger: Trigger) -> bool {
            trigger == Trigger::Created
        }
        async fn escalate(&self, _: &EscalationInput) -> Result<EscalationVerdict, PolicyError> {
            let mut verdict = EscalationVerdict::live(LABEL, EscalationAnswer::default());
            verdict.shadows = vec![ShadowAnswer {
                version: "rule:new@1".into(),
                answer: serde_json::json!({"actions": []}),
                reason: "nothing".into(),
                duration_us: 3,
                asked: serde_json::Value::Null,
            }];
            Ok(verdict)
        }
    }
    let desk = Desk::deciding(Arc::new(Builtin), Arc::new(Shadowed)).await;
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let started = std::time::Instant::now();
    while desk.engine.store().decisions(id).await.unwrap().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (trace, _) = desk.engine.store().decisions(id).await.unwrap().remove(0);
    assert_eq!(
        (trace.mode, trace.version.as_str()),
        (DecisionMode::Shadow, "rule:new@1")
    );
    assert!(desk.conversation(id).await.escalation.is_untouched());
    desk.close().await;
}

#[tokio::test]
async fn cases_are_opened_and_closed_by_people_who_may() {
    let policy = Scripted::new(&[], |_| Ok(EscalationAnswer::default()));
    let desk = escalating(&policy).await;
    let (li, inspector) = (
        desk.agent("Li", Role::Agent).await,
        desk.agent("Qi", Role::QualityInspector).await,
    );
    let inbox = desk.inbox(None, InboxPolicy::default()).await;
    let id = desk.says(inbox, "visitor", "hello").await;
    let case = desk.engine.mint();
    let open = ConversationCommand::OpenCase {
        id: case,
        kind: "complaint".into(),
        summary: "broken cup".into(),
    };
    let refused = desk.by(inspector, id, open.clone()).await.unwrap_err();
    assert!(matches!(
        refused,
        EngineError::Rejected(Rejection::Forbidden(_))
    ));
    desk.by(li, id, open).await.unwrap();
    let close = ConversationCommand::CloseCase { id: case };
    assert!(desk.by(inspector, id, close.clone()).await.is_err());
    desk.by(li, id, close).await.unwrap();
    assert!(!desk.conversation(id).await.cases[0].is_open());
    let summaries = desk.engine.store().case_summaries(id).await.unwrap();
    assert_eq!(summaries[&case], "broken cup");
    desk.close().await;
}
