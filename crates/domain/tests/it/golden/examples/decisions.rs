//! What policies decide, and cases.

use plugboard_domain::{
    CaseId, Event,
    escalation::{EscalationStep, Trigger},
};

use super::{at, id, set};

pub(super) fn all() -> Vec<(&'static str, Event)> {
    let step = |trigger, actions: &[&str]| EscalationStep {
        level: 2,
        at: at("03:07:00"),
        trigger,
        actions: actions.iter().map(|it| (*it).to_owned()).collect(),
    };
    vec![
        (
            "routing.decided-pinned",
            Event::RoutingDecided {
                decision_id: id(11),
                pin: Some("plugin:routing-skills@1.0.0+aaaaaaaaaaaa".into()),
                hops: Some(2),
            },
        ),
        (
            "conversation.escalated",
            Event::ConversationEscalated {
                decision_id: id(11),
                trigger_seq: 41,
                step: step(
                    Trigger::Breached,
                    &["notify owner", "skipped: case not found"],
                ),
                ask_at: Some(at("03:17:00")),
                notify: set([id(9)]),
                pin: Some("rule:ladder@3".into()),
            },
        ),
        (
            "conversation.escalated-bare",
            Event::ConversationEscalated {
                decision_id: id(11),
                trigger_seq: 41,
                step: step(Trigger::Due, &[]),
                ask_at: None,
                notify: set([]),
                pin: None,
            },
        ),
        (
            "escalation.planned",
            Event::EscalationPlanned {
                decision_id: id(11),
                trigger_seq: 41,
                ask_at: Some(at("03:17:00")),
                pin: Some("rule:ladder@3".into()),
            },
        ),
        (
            "escalation.planned-bare",
            Event::EscalationPlanned {
                decision_id: id(11),
                trigger_seq: 41,
                ask_at: None,
                pin: None,
            },
        ),
        (
            "escalation.due",
            Event::EscalationDue {
                asked_for: at("03:17:00"),
            },
        ),
        (
            "case.opened",
            Event::CaseOpened {
                case_id: id::<CaseId>(33),
                kind: "complaint".into(),
            },
        ),
        (
            "case.closed",
            Event::CaseClosed {
                case_id: id::<CaseId>(33),
            },
        ),
    ]
}
