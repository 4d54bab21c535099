//! What the policy decides, told as situations.

use plugboard_plugin_sdk::{
    ContactView, ConversationView,
    routing::{Candidate, Request, Target, TeamView},
};
use routing_skills::{Nobody, Settings, Share, decide};

const NOW: u64 = 1_000_000;

fn agent(id: &str, skills: &[&str], load: u32) -> Candidate {
    Candidate {
        id: id.to_owned(),
        skills: skills.iter().map(|s| (*s).to_owned()).collect(),
        load,
        capacity: 5,
        online: true,
        in_scope: true,
        last_routed_at: Some(u64::from(load)),
        passed: false,
    }
}

fn request(candidates: Vec<Candidate>) -> Request {
    Request {
        conversation: ConversationView {
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
            waiting_since: Some(NOW - 10_000),
            priority: 1,
            tags: vec![],
            team: Some("t1".to_owned()),
            assignee: None,
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
        },
        required_skills: vec![],
        candidates,
        teams: ["t1", "t2"]
            .map(|id| TeamView {
                id: id.to_owned(),
                name: format!("Team {id}"),
                online: 2,
                free: 1,
            })
            .to_vec(),
        previous_agent: None,
        hops: 0,
        now: NOW,
    }
}

fn target(settings: &Settings, request: &Request) -> String {
    match decide(settings, request).target {
        Target::Agent(id) => id,
        Target::Team(id) => format!("team {id}"),
        Target::Wait => "wait".to_owned(),
        Target::Next => "next".to_owned(),
    }
}

#[test]
fn the_least_busy_share_of_capacity_wins() {
    let mut big = agent("big", &[], 4);
    big.capacity = 20;
    assert_eq!(
        target(
            &Settings::default(),
            &request(vec![agent("small", &[], 2), big])
        ),
        "big"
    );
}

#[test]
fn in_turn_ignores_the_load() {
    let settings = Settings {
        share: Share::InTurn,
        ..Settings::default()
    };
    let mut busy = agent("busy", &[], 3);
    busy.last_routed_at = None;
    assert_eq!(
        target(&settings, &request(vec![agent("idle", &[], 0), busy])),
        "busy"
    );
}

#[test]
fn equals_are_told_apart_by_id_so_that_replays_agree() {
    let (mut a, mut b) = (agent("a", &[], 1), agent("b", &[], 1));
    a.last_routed_at = None;
    b.last_routed_at = None;
    assert_eq!(target(&Settings::default(), &request(vec![b, a])), "a");
}

#[test]
fn a_returning_customer_goes_to_the_last_agent_even_if_busier() {
    let mut it = request(vec![agent("new", &[], 0), agent("last", &[], 4)]);
    it.previous_agent = Some("last".to_owned());
    assert_eq!(target(&Settings::default(), &it), "last");
    let off = Settings {
        returning_customers: false,
        ..Settings::default()
    };
    assert_eq!(target(&off, &it), "new");
}

#[test]
fn the_last_agent_must_be_free_and_have_the_skills() {
    let mut it = request(vec![agent("new", &["refunds"], 3), agent("last", &[], 0)]);
    it.previous_agent = Some("last".to_owned());
    it.required_skills = vec!["refunds".to_owned()];
    assert_eq!(target(&Settings::default(), &it), "new");
    it.required_skills.clear();
    it.candidates[1].passed = true;
    assert_eq!(target(&Settings::default(), &it), "new");
}

#[test]
fn skills_of_the_inbox_are_demanded() {
    let mut it = request(vec![
        agent("a", &["presale"], 0),
        agent("b", &["Refunds"], 3),
    ]);
    it.required_skills = vec!["refunds".to_owned()];
    assert_eq!(target(&Settings::default(), &it), "b");
}

#[test]
fn without_the_skill_on_shift_the_team_lead_decides() {
    let mut it = request(vec![agent("a", &["presale"], 0)]);
    it.required_skills = vec!["refunds".to_owned()];
    assert_eq!(target(&Settings::default(), &it), "wait");
    let anyone = Settings {
        without_skill: Nobody::Anyone,
        ..Settings::default()
    };
    assert_eq!(target(&anyone, &it), "a");
    // Somebody who has the skill is on shift, only busy: waiting is worth it.
    it.candidates.push(agent("b", &["refunds"], 5));
    assert_eq!(target(&anyone, &it), "wait");
}

#[test]
fn the_language_is_preferred_not_demanded() {
    let mut it = request(vec![agent("en", &["en"], 0), agent("zh", &["zh"], 3)]);
    it.conversation.language = Some("zh-CN".to_owned());
    let decision = decide(&Settings::default(), &it);
    assert_eq!(decision.target, Target::Agent("zh".to_owned()));
    assert_eq!(decision.reason, "会说客户的语言 zh\u{ff0c}当前最空闲 (3/5)");
    it.conversation.language = Some("ja".to_owned());
    assert_eq!(target(&Settings::default(), &it), "en");
}

#[test]
fn vip_customers_go_first_and_to_their_own() {
    let mut it = request(vec![agent("a", &[], 0), agent("v", &["vip"], 4)]);
    it.conversation.contact.tags = vec!["VIP".to_owned()];
    let decision = decide(&Settings::default(), &it);
    assert_eq!(decision.target, Target::Agent("v".to_owned()));
    assert_eq!(decision.priority, Some(2));
    // Nobody lowers what is urgent already.
    it.conversation.priority = 3;
    assert_eq!(decide(&Settings::default(), &it).priority, None);
}

#[test]
fn kept_places_are_for_known_customers() {
    let settings = Settings {
        kept_places: 1,
        ..Settings::default()
    };
    let mut it = request(vec![agent("a", &[], 4)]);
    assert_eq!(target(&settings, &it), "wait");
    it.previous_agent = Some("a".to_owned());
    assert_eq!(target(&settings, &it), "a");
}

#[test]
fn a_team_helps_out_when_the_wait_is_long_and_only_so_often() {
    let settings = Settings {
        overflow_team: "team T2".to_owned(),
        ..Settings::default()
    };
    let mut it = request(vec![agent("a", &[], 5)]);
    assert_eq!(target(&settings, &it), "wait");
    it.conversation.waiting_since = Some(NOW - 300_000);
    assert_eq!(target(&settings, &it), "team t2");
    it.hops = 2;
    assert_eq!(target(&settings, &it), "wait");
    it.hops = 0;
    it.conversation.team = Some("t2".to_owned());
    assert_eq!(target(&settings, &it), "wait");
}

#[test]
fn an_empty_team_is_helped_at_once() {
    let settings = Settings {
        overflow_team: "t2".to_owned(),
        ..Settings::default()
    };
    let mut it = request(vec![]);
    assert_eq!(target(&settings, &it), "team t2");
    it.teams[1].online = 0;
    assert_eq!(target(&settings, &it), "wait");
}
