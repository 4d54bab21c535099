//! A conversation that goes wrong, step by step.

use escalation_ladder::{MANAGER, NOBODY, OWNER, SUPERVISOR, Settings, decide};
use plugboard_plugin_sdk::{
    ContactView, ConversationView,
    escalation::{Action, Answer, Request, Step, Trigger},
};

/// A conversation under this policy, on a clock of its own.
struct Case {
    settings: Settings,
    request: Request,
}

impl Case {
    fn new() -> Self {
        let conversation = ConversationView {
            id: "c1".to_owned(),
            channel: "webchat".to_owned(),
            account: "inbox".to_owned(),
            shop: None,
            stage: None,
            status: "open".to_owned(),
            subject: None,
            last_text: "hi".to_owned(),
            language: Some("en".to_owned()),
            opened_at: 0,
            waiting_since: Some(0),
            priority: 1,
            tags: vec![],
            team: Some("t1".to_owned()),
            assignee: Some("anna".to_owned()),
            message_count: 1,
            contact: ContactView {
                id: "p1".to_owned(),
                display_name: None,
                language: None,
                identities: vec![],
                attributes: vec![],
                tags: vec![],
            },
            extras: vec![],
        };
        let request = Request {
            conversation,
            trigger: Trigger::Created,
            detail: None,
            history: vec![],
            level: 0,
            managers: vec!["susi".to_owned(), "max".to_owned()],
            answered_at: None,
            now: 0,
        };
        Self {
            settings: Settings::default(),
            request,
        }
    }

    /// Something happens; the answer is carried out as the desk does it.
    fn happens(&mut self, at_secs: u64, trigger: Trigger) -> Answer {
        self.request.now = at_secs * 1000;
        self.request.trigger = trigger;
        let answer = decide(&self.settings, &self.request);
        if !answer.actions.is_empty() || answer.level != self.request.level {
            self.request.history.push(Step {
                level: answer.level,
                at: self.request.now,
                trigger,
                actions: answer.actions.iter().map(told).collect(),
            });
            self.request.level = answer.level;
        }
        answer
    }

    fn told(&mut self, at_secs: u64, trigger: Trigger) -> String {
        let answer = self.happens(at_secs, trigger);
        answer
            .actions
            .iter()
            .map(told)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn told(action: &Action) -> String {
    match action {
        Action::Notify((audience, _)) => format!("notify {audience:?}")
            .to_lowercase()
            .replace("audience::", ""),
        Action::RaisePriority(to) => format!("raise_priority {to}"),
        Action::AddTags(tags) => format!("add_tags {}", tags.join(", ")),
        Action::OpenCase((kind, _)) => format!("open_case {kind}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_wait_climbs_from_the_owner_to_the_manager_each_rung_once() {
    let mut case = Case::new();
    let first = case.happens(0, Trigger::Created);
    assert_eq!(
        (first.actions.len(), first.level, first.ask_again_ms),
        (0, NOBODY, Some(3000))
    );
    assert_eq!(case.told(3, Trigger::Due), "notify owner");
    assert_eq!(case.told(20, Trigger::Message), "");
    let later = case.happens(30, Trigger::Due);
    assert_eq!((later.level, later.ask_again_ms), (OWNER, Some(150_000)));
    assert_eq!(
        case.told(180, Trigger::Due),
        "notify manager(1), raise_priority 2"
    );
    assert_eq!(
        case.told(600, Trigger::Due),
        "notify manager(2), raise_priority 3"
    );
    let over = case.happens(900, Trigger::Due);
    assert_eq!(
        (over.actions.len(), over.level, over.ask_again_ms),
        (0, MANAGER, None)
    );
}

#[test]
fn an_answer_ends_the_wait_and_the_next_one_begins_at_the_foot() {
    let mut case = Case::new();
    case.happens(200, Trigger::Due);
    case.request.conversation.waiting_since = None;
    case.request.answered_at = Some(210_000);
    let answered = case.happens(210, Trigger::Replied);
    assert_eq!((answered.level, answered.ask_again_ms), (NOBODY, None));
    case.request.conversation.waiting_since = Some(300_000);
    assert_eq!(
        case.happens(300, Trigger::Message).ask_again_ms,
        Some(120_000)
    );
    assert_eq!(case.told(420, Trigger::Due), "notify owner");
}

#[test]
fn late_questions_climb_all_rungs_in_one_step() {
    let mut case = Case::new();
    assert_eq!(
        case.told(700, Trigger::Due),
        "notify owner, notify manager(1), raise_priority 2, notify manager(2), raise_priority 3"
    );
}

#[test]
fn without_owner_or_reporting_line_team_and_roles_hear() {
    let mut case = Case::new();
    case.request.conversation.assignee = None;
    case.request.managers.clear();
    assert_eq!(
        case.told(700, Trigger::Due),
        "notify team(\"t1\"), notify role(\"supervisor\"), raise_priority 2, notify role(\"administrator\"), raise_priority 3"
    );
}

#[test]
fn a_missed_target_goes_to_the_supervisor_once() {
    let mut case = Case::new();
    case.request.detail = Some("first_response".to_owned());
    let answer = case.happens(60, Trigger::Breached);
    assert_eq!(answer.level, SUPERVISOR);
    assert_eq!(answer.reason, "a target was missed: first_response");
    assert_eq!(case.told(61, Trigger::Breached), "");
}

#[test]
fn a_complaint_goes_up_at_once_and_once_only() {
    let mut case = Case::new();
    case.request.conversation.last_text = "Let me speak to a manager".to_owned();
    assert_eq!(
        case.told(1, Trigger::Message),
        "notify owner, notify manager(1), raise_priority 2, add_tags 投诉, open_case complaint"
    );
    // Its own tag is heard of, and more of the same is written.
    case.request.detail = Some("投诉".to_owned());
    assert_eq!(case.told(1, Trigger::Tagged), "");
    assert_eq!(case.told(5, Trigger::Message), "");
    // The wait goes on where the complaint left it.
    assert_eq!(
        case.told(600, Trigger::Due),
        "notify manager(2), raise_priority 3"
    );
}

#[test]
fn an_agent_can_declare_a_complaint_with_its_tag() {
    let mut case = Case::new();
    case.request.detail = Some("投诉".to_owned());
    assert!(
        case.told(9, Trigger::Tagged)
            .contains("open_case complaint")
    );
}

#[test]
fn something_serious_reaches_everybody_even_after_a_complaint() {
    let mut case = Case::new();
    case.settings.page_webhook = "duty".to_owned();
    case.request.conversation.language = Some("zh".to_owned());
    case.request.conversation.last_text = "我要投诉".to_owned();
    case.happens(1, Trigger::Message);
    case.request.conversation.last_text = "孩子喝了过敏住院了".to_owned();
    let answer = case.happens(2, Trigger::Message);
    assert_eq!(
        (answer.level, answer.reason.as_str()),
        (MANAGER, "重大情况 (过敏)")
    );
    let page = Action::Page((
        "duty".to_owned(),
        r#"{"conversation_id":"c1","kind":"serious"}"#.to_owned(),
    ));
    assert!(answer.actions.contains(&page) && answer.actions.len() <= 10);
    assert_eq!(case.told(3, Trigger::Message), "");
}

#[test]
fn rungs_can_be_switched_off() {
    let mut case = Case::new();
    case.settings.opener_secs = 0;
    case.settings.manager_secs = 0;
    case.settings.complaints = false;
    case.request.conversation.last_text = "complaint".to_owned();
    assert_eq!(
        case.happens(0, Trigger::Message).ask_again_ms,
        Some(180_000)
    );
    assert_eq!(
        case.told(700, Trigger::Due),
        "notify manager(1), raise_priority 2"
    );
}

#[test]
fn nobody_is_told_about_what_sleeps() {
    let mut case = Case::new();
    case.request.conversation.status = "snoozed".to_owned();
    assert_eq!(case.told(700, Trigger::Due), "");
}
