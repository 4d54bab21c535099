//! What teams write, and what it does.

use plugboard_plugin_sdk::{
    ContactView, ConversationView,
    escalation::{self, Action, Audience, Trigger},
    routing::{Candidate, Decision, Request, Target, TeamView},
    script::Kind,
};
use script_rules::{check, compile, escalate, route};

/// 2026-11-22 12:18:44 UTC, a Sunday.
const NOW: u64 = 1_795_349_924_000;

fn conversation(text: &str) -> ConversationView {
    ConversationView {
        id: "c1".to_owned(),
        channel: "webchat".to_owned(),
        account: "inbox".to_owned(),
        shop: Some("tea".to_owned()),
        stage: None,
        status: "open".to_owned(),
        subject: None,
        last_text: text.to_owned(),
        language: Some("zh-CN".to_owned()),
        opened_at: NOW - 90_000,
        waiting_since: Some(NOW - 61_000),
        priority: 1,
        tags: vec![],
        team: None,
        assignee: None,
        message_count: 1,
        contact: ContactView {
            id: "p1".to_owned(),
            display_name: None,
            language: None,
            identities: vec![],
            attributes: vec![("level".to_owned(), "gold".to_owned())],
            tags: vec!["VIP".to_owned()],
        },
        extras: vec![],
    }
}

fn request(text: &str) -> Request {
    let candidate = |id: &str, load| Candidate {
        id: id.to_owned(),
        skills: vec!["zh".to_owned()],
        load,
        capacity: 5,
        online: true,
        in_scope: true,
        last_routed_at: None,
        passed: false,
    };
    Request {
        conversation: conversation(text),
        required_skills: vec![],
        candidates: vec![
            candidate("anna", 3),
            candidate("ben", 1),
            candidate("full", 5),
        ],
        teams: vec![TeamView {
            id: "t1".to_owned(),
            name: "售后".to_owned(),
            online: 1,
            free: 1,
        }],
        previous_agent: Some("anna".to_owned()),
        hops: 0,
        now: NOW,
    }
}

fn routed(source: &str, text: &str) -> Result<Decision, String> {
    let rule = compile(Kind::Routing, source)
        .map_err(|it| format!("{}:{} {}", it.line, it.column, it.message))?;
    route(&rule, &request(text))
}

#[test]
fn a_rule_chooses_an_agent_a_team_to_wait_or_nothing() {
    let source = r#"
LIMIT = 3
WORDS = ["退款", "Refund"]

def least(candidates):
    free = [c for c in candidates if c.free and c.busy < LIMIT]
    return sorted(free, key = lambda c: c.busy)[0] if free else None

def route(conv, candidates, now):
    if has_any(conv.text, WORDS):
        return team("售后", priority = "high", tags = ["退款"], reason = "要退款 " + str(conv.waiting_secs))
    if "VIP" in conv.contact.tags and conv.contact.attributes.get("level") == "gold" and "chat" in conv.text:
        return agent(least(candidates))
    if conv.previous_agent and conv.text == "again":
        return agent(conv.previous_agent, reason = "again")
    if "wait" in conv.text:
        return wait(tags = "later")
    return None
"#;
    let refund = routed(source, "I want a REFUND").unwrap();
    assert_eq!(refund.target, Target::Team("售后".to_owned()));
    assert_eq!(
        (refund.priority, refund.add_tags, refund.reason),
        (Some(2), vec!["退款".to_owned()], "要退款 61".to_owned())
    );
    assert_eq!(
        routed(source, "chat").unwrap().target,
        Target::Agent("ben".to_owned())
    );
    assert_eq!(
        routed(source, "again").unwrap().target,
        Target::Agent("anna".to_owned())
    );
    let waits = routed(source, "wait").unwrap();
    assert_eq!(
        (waits.target, waits.add_tags),
        (Target::Wait, vec!["later".to_owned()])
    );
    assert_eq!(routed(source, "x").unwrap().target, Target::Next);
}

#[test]
fn time_of_day_is_local_to_an_offset() {
    let source = r#"
def route(conv, candidates, now):
    t = local(now, "+08:00")
    return team(t.date + " " + t.time, priority = 3 if t.weekday == 7 and t.hour >= 20 else 0)
"#;
    let decision = routed(source, "").unwrap();
    assert_eq!(decision.target, Target::Team("2026-11-22 20:18".to_owned()));
    assert_eq!(decision.priority, Some(3));
}

#[test]
fn what_fails_says_where() {
    let cases = [
        (
            "def route(conv, candidates, now):\n    return conv.text + 1\n",
            "line 2, column 12: ",
        ),
        (
            "def route(conv, candidates, now):\n    return 7\n",
            "route returned 7",
        ),
        (
            "def route(conv, candidates, now):\n    return team(\"x\", priority = \"huge\")\n",
            "no priority",
        ),
        (
            "def route(conv, candidates, now):\n    fail(\"no\")\n",
            "line 2, column 5: ",
        ),
        (
            "def f(n):\n    return f(n + 1)\n\ndef route(conv, candidates, now):\n    return f(0)\n",
            "line ",
        ),
    ];
    for (source, expected) in cases {
        let error = routed(source, "hi").unwrap_err();
        assert!(error.contains(expected), "{source}: {error}");
    }
}

#[test]
fn check_finds_mistakes_with_line_and_column() {
    let wrong = |kind, source: &str| {
        let problems = check(kind, source).unwrap_err();
        (
            problems[0].line,
            problems[0].column,
            problems[0].message.clone(),
        )
    };
    let (line, column, _) = wrong(
        Kind::Routing,
        "def route(conv, candidates, now):\n    return team(\n",
    );
    assert!(line >= 2 && column >= 1);
    let (line, column, message) = wrong(
        Kind::Routing,
        "def route(conv, candidates, now):\n    x = 1\n    return 退(x)\n",
    );
    assert!((line, column) == (3, 12), "{line}:{column} {message}");
    let (line, column, message) = wrong(
        Kind::Routing,
        "def route(conv, candidates, now):\n    return teem(\"x\")\n",
    );
    assert!(
        (line, column) == (2, 12) && message.contains("teem"),
        "{line}:{column} {message}"
    );
    let (line, _, message) = wrong(Kind::Routing, "x = 1\n");
    assert!(line == 1 && message.contains("def route(conv, candidates, now)"));
    let (line, column, message) = wrong(Kind::Escalation, "\ndef escalate(conv):\n    return []\n");
    assert!(
        (line, column) == (2, 1) && message.contains("conv, event, now"),
        "{message}"
    );
    let (_, _, message) = wrong(
        Kind::Routing,
        "load(\"a\", \"b\")\ndef route(a, b, c):\n    return None\n",
    );
    assert!(message.to_lowercase().contains("load"), "{message}");
    let long = format!(
        "def route(conv, candidates, now):\n    return None\n{}",
        "# x\n".repeat(10_000)
    );
    assert!(wrong(Kind::Routing, &long).2.contains("32768"));
}

#[test]
fn check_warns_of_fields_that_do_not_exist() {
    let source = "def route(conv, candidates, now):\n    # conv.nothing\n    if conv.langauge == \"zh\":\n        return wait()\n    return None\n";
    let warnings = check(Kind::Routing, source).unwrap();
    let found: Vec<_> = warnings.iter().map(|it| (it.line, it.column)).collect();
    assert_eq!(found, [(3, 13)], "{warnings:?}");
    assert!(warnings[0].message.contains("language"));
    let fine = "def escalate(conv, event, now):\n    return [ask_again(3)] if event.level < 1 and conv.text else []\n";
    assert_eq!(check(Kind::Escalation, fine).unwrap(), []);
}

fn event(trigger: Trigger, level: u8) -> escalation::Request {
    escalation::Request {
        conversation: conversation("hi"),
        trigger,
        detail: None,
        history: vec![escalation::Step {
            level: 1,
            at: NOW - 5,
            trigger: Trigger::Message,
            actions: vec!["notify owner".to_owned()],
        }],
        level,
        managers: vec!["susi".to_owned()],
        answered_at: None,
        now: NOW,
    }
}

#[test]
fn an_escalation_rule_answers_a_list_of_actions() {
    let source = r#"
def escalate(conv, event, now):
    if event.trigger == "due" and event.level < 2 and event.history[-1].level == 1:
        return [
            notify("manager", "please help"),
            notify("role:supervisor", "look"),
            raise_priority("high"),
            add_tags("late", "slow"),
            assign_team("售后"),
            page("duty", {"id": conv.id}),
            open_case("complaint", "waits"),
            set_level(2),
            ask_again(600),
            because("too slow"),
        ]
    return ask_again(60)
"#;
    let rule = compile(Kind::Escalation, source).unwrap();
    let answer = escalate(&rule, &event(Trigger::Due, 1)).unwrap();
    assert_eq!(
        answer.actions,
        [
            Action::Notify((Audience::Manager(1), "please help".to_owned())),
            Action::Notify((Audience::Role("supervisor".to_owned()), "look".to_owned())),
            Action::RaisePriority(2),
            Action::AddTags(vec!["late".to_owned(), "slow".to_owned()]),
            Action::AssignTeam("售后".to_owned()),
            Action::Page(("duty".to_owned(), r#"{"id":"c1"}"#.to_owned())),
            Action::OpenCase(("complaint".to_owned(), "waits".to_owned())),
        ]
    );
    assert_eq!(
        (answer.level, answer.ask_again_ms, answer.reason.as_str()),
        (2, Some(600_000), "too slow")
    );
    let later = escalate(&rule, &event(Trigger::Message, 1)).unwrap();
    assert_eq!(
        (later.actions.len(), later.level, later.ask_again_ms),
        (0, 1, Some(60_000))
    );
}

#[test]
fn an_escalation_rule_is_told_what_it_got_wrong() {
    let failed = |body: &str| {
        let source = format!("def escalate(conv, event, now):\n    return {body}\n");
        escalate(
            &compile(Kind::Escalation, &source).unwrap(),
            &event(Trigger::Due, 0),
        )
        .unwrap_err()
    };
    assert!(failed("[notify(\"boss\", \"x\")]").contains("is nobody"));
    assert!(failed("[wait()]").contains("what route returns"));
    assert!(failed("[7]").contains("escalate returned 7"));
    assert!(failed("[add_tags(\"a\")] * 11").contains("more than 10"));
    assert!(failed("set_level(-1)").contains("0 to 255"));
}
