//! What happens in each file, by its name.

use super::*;

fn answers(story: &mut Story) {
    story.passes(60);
    story.posts(0, LI, MessageKind::Outbound, "It left this morning.");
    story.passes(60);
    story.posts(
        0,
        WANG,
        MessageKind::Note,
        "Courier promised Friday,\nwaybill 42",
    );
    story.posts(0, WANG, MessageKind::Outbound, &"长".repeat(250));
    story.passes(60);
    story.writes(0, "谢谢!\r\n还有一个问题");
    story.writes(1, "在吗?");
}

fn takes_back(story: &mut Story) {
    let (id, by) = (story.states[0].id, Principal::Contact(CONTACT));
    let first = story.states[0].last_message_id.unwrap();
    story.writes(0, "我要投诉你们");
    let newest = story.states[0].last_message_id.unwrap();
    story.passes(30);
    let edited = Event::MessageEdited { message_id: newest };
    story.record(id, &by, vec![edited], "我要退货");
    story.passes(30);
    for message_id in [first, newest] {
        story.record(id, &by, vec![Event::MessageTakenBack { message_id }], "");
    }
}

fn resolves_and_reopens(story: &mut Story) {
    story.passes(400);
    story.posts(0, LI, MessageKind::Outbound, "Refunded.");
    resolve(story, "refund");
    resolve(story, "exchange");
    story.passes(3_600);
    story.writes(0, "It has not arrived.");
}

fn snoozes_and_wakes(story: &mut Story) {
    let until = story.now + Duration::from_hours(1);
    story.does(0, &li(), &C::SetStatus(StatusRequest::Snooze { until }));
    story.passes(3_600);
    let (timer, wake) = timer(TimerKind::Wake);
    story.does(0, &timer, &wake);
}

fn changes_hands(story: &mut Story) {
    let router = Principal::System("router");
    let route = |agent| C::Route {
        agent,
        decision: DecisionId(Uuid::from_u128(7)),
    };
    story.does(0, &router, &route(WANG));
    story.passes(30);
    let (timer, lapse) = timer(TimerKind::OfferLapse);
    story.does(0, &timer, &lapse);
    story.does(0, &router, &route(LI));
    story.does(0, &li(), &C::AcceptOffer);
    let (agent, team) = (Some(WANG), Some(CARE));
    story.does(0, &li(), &C::Assign { agent, team });
}

fn labels(story: &mut Story) {
    let tag = |add: &[&str], remove: &[&str]| {
        let set = |of: &[&str]| of.iter().map(|it| (*it).to_owned()).collect();
        C::Tag {
            add: set(add),
            remove: set(remove),
        }
    };
    story.does(0, &li(), &tag(&["vip", "late", "退货"], &[]));
    story.does(0, &li(), &tag(&["a"], &["late"]));
    story.does(0, &li(), &C::SetPriority(Priority::Urgent));
    story.does(0, &li(), &C::SetStage(Some(Stage::Review)));
    story.does(0, &li(), &C::SetStage(Some(Stage::Aftersale)));
}

fn gets_a_macro(story: &mut Story) {
    let id = story.states[0].id;
    let macro_id = MacroId(Uuid::from_u128(8));
    story.record(id, &li(), vec![Event::MacroApplied { macro_id }], "");
    story.does(0, &li(), &C::SetPriority(Priority::High));
    resolve(story, "refund");
}

fn schedules(story: &mut Story) {
    let hour = Duration::from_hours(1);
    for hours in 1..=3 {
        let (draft, at) = (story.draft("Later"), story.now + hour * hours);
        story.does(0, &li(), &C::Schedule { draft, at });
    }
    let first = story.states[0].scheduled[0].message_id;
    let message_id = story.states[0].scheduled[1].message_id;
    story.does(0, &li(), &C::CancelScheduled { message_id });
    story.passes(3_600);
    let (timer, send) = timer(TimerKind::Send(first));
    story.tells(0, &timer, &send, "As promised: it has left.");
}

fn schedule_overtaken(story: &mut Story) {
    let (draft, at) = (story.draft("Later"), story.now + Duration::from_hours(1));
    story.does(0, &li(), &C::Schedule { draft, at });
    story.writes(0, "Hello?");
}

fn misses_targets(story: &mut Story) {
    for (secs, kind) in [
        (240, TimerKind::SlaWarning(SlaTarget::FirstResponse)),
        (60, TimerKind::SlaBreach(SlaTarget::FirstResponse)),
    ] {
        story.passes(secs);
        let (timer, fire) = timer(kind);
        story.does(0, &timer, &fire);
    }
    story.passes(60);
    story.posts(0, LI, MessageKind::Outbound, "Sorry for the wait.");
    story.passes(60);
    story.writes(0, "No problem.");
}

fn reads(story: &mut Story) {
    let seq = story.states[0].seq;
    story.does(0, &Principal::Agent(WANG), &C::MarkRead { seq });
    story.does(0, &li(), &C::MarkRead { seq });
    story.posts(0, LI, MessageKind::Note, "Mine");
}

fn reads_before_the_newest(story: &mut Story) {
    let seq = story.states[0].seq;
    story.writes(0, "One more thing");
    story.does(0, &li(), &C::MarkRead { seq });
}

/// What happened after the newest message is no message: reading up to it is reading everything.
fn reads_what_is_newest_though_more_happened(story: &mut Story) {
    let seq = story.states[0].seq;
    story.does(0, &li(), &C::SetPriority(Priority::Urgent));
    story.does(0, &li(), &C::MarkRead { seq });
}

/// Marked unread, the one that was answered last is unread only when somebody else wrote before.
fn is_marked_unread(story: &mut Story) {
    let seq = story.states[0].seq;
    story.does(0, &li(), &C::MarkRead { seq });
    story.posts(0, LI, MessageKind::Outbound, "It left this morning.");
    story.does(0, &li(), &C::MarkRead { seq: 0 });
}

fn delivers(story: &mut Story) {
    story.posts(0, LI, MessageKind::Outbound, "Here you are.");
    let newest = story.states[0].last_message_id.unwrap();
    let report = |now, next| C::ReportDelivery {
        message_id: newest,
        now,
        next,
    };
    let webchat = Principal::System("webchat");
    story.does(0, &webchat, &report(Delivery::Sent, Delivery::Delivered));
    story.does(0, &webchat, &report(Delivery::Delivered, Delivery::Read));
}

/// A policy moves it, acts, waits and acts again; a person opens and closes a case; resolved, it begins anew.
fn escalates(story: &mut Story) {
    let outcome = RoutingOutcome {
        target: RoutingTarget::Team(CARE),
        priority: Some(Priority::High),
        add_tags: ["vip".to_owned()].into(),
        pin: Some("plugin:skills@1.0.0+aaaaaaaaaaaa".to_owned()),
    };
    let decision = DecisionId(Uuid::from_u128(7));
    story.follows("router", |state, context| {
        conversation::follow_decision(state, decision, &outcome, context)
    });
    story.escalates(0, vec![], 60);
    story.passes(61);
    let (timer, due) = timer(TimerKind::Escalation);
    story.does(0, &timer, &due);
    let actions = vec![
        EscalationAction::Notify(Audience::Agent(WANG), "slow".to_owned()),
        EscalationAction::RaisePriority(Priority::Urgent),
        EscalationAction::OpenCase {
            kind: "complaint".to_owned(),
            summary: "slow".to_owned(),
        },
    ];
    story.escalates(1, actions, 60);
    let id = CaseId(Uuid::from_u128(9));
    let (kind, summary) = ("aftersale".to_owned(), String::new());
    story.does(0, &li(), &C::OpenCase { id, kind, summary });
    story.passes(30);
    story.does(0, &li(), &C::CloseCase { id });
}

fn escalates_and_is_resolved(story: &mut Story) {
    story.escalates(2, vec![], 60);
    resolve(story, "refund");
}

fn merges_and_unmerges(story: &mut Story) {
    merge(story, 0, 1);
    story.passes(60);
    story.does(0, &li(), &C::Unmerge);
}

pub(super) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("answers", Story::fixture(0, answers)),
        ("takes-back", Story::fixture(0, takes_back)),
        (
            "resolves-and-reopens",
            Story::fixture(0, resolves_and_reopens),
        ),
        ("snoozes-and-wakes", Story::fixture(0, snoozes_and_wakes)),
        ("changes-hands", Story::fixture(0, changes_hands)),
        ("labels", Story::fixture(0, labels)),
        ("gets-a-macro", Story::fixture(0, gets_a_macro)),
        ("schedules", Story::fixture(0, schedules)),
        ("schedule-overtaken", Story::fixture(0, schedule_overtaken)),
        ("misses-targets", Story::fixture(0, misses_targets)),
        ("reads", Story::fixture(0, reads)),
        (
            "reads-before-the-newest",
            Story::fixture(0, reads_before_the_newest),
        ),
        (
            "reads-the-newest-though-more-happened",
            Story::fixture(0, reads_what_is_newest_though_more_happened),
        ),
        ("is-marked-unread", Story::fixture(0, is_marked_unread)),
        ("delivers", Story::fixture(0, delivers)),
        ("escalates", Story::fixture(0, escalates)),
        (
            "escalates-and-is-resolved",
            Story::fixture(0, escalates_and_is_resolved),
        ),
        ("merged", Story::fixture(0, |story| merge(story, 0, 1))),
        ("absorbs", Story::fixture(1, |story| merge(story, 0, 1))),
        ("unmerged", Story::fixture(0, merges_and_unmerges)),
        ("released", Story::fixture(1, merges_and_unmerges)),
    ]
}
