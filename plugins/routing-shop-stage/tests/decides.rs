//! What customers write, and which team answers.

use plugboard_plugin_sdk::{
    ContactView, ConversationView, Stage,
    routing::{Request, Target, TeamView},
};
use routing_shop_stage::{Intent, Settings, decide, guess};

fn conversation(text: &str) -> ConversationView {
    ConversationView {
        id: "c1".to_owned(),
        channel: "webchat".to_owned(),
        account: "inbox".to_owned(),
        shop: None,
        stage: None,
        status: "open".to_owned(),
        subject: None,
        last_text: text.to_owned(),
        language: Some("en".to_owned()),
        opened_at: 0,
        waiting_since: Some(0),
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
            attributes: vec![],
            tags: vec![],
        },
        extras: vec![],
    }
}

fn request(text: &str) -> Request {
    let team = |id: &str, name: &str| TeamView {
        id: id.to_owned(),
        name: name.to_owned(),
        online: 1,
        free: 1,
    };
    Request {
        conversation: conversation(text),
        required_skills: vec![],
        candidates: vec![],
        teams: vec![
            team("pre", "售前 Presale"),
            team("after", "售后 Aftersale"),
            team("complaints", "投诉 Complaints"),
            team("parcels", "订单物流 Orders"),
            team("care", "客户关怀 Care"),
        ],
        previous_agent: None,
        hops: 0,
        now: 0,
    }
}

fn target(request: &Request) -> String {
    match decide(&Settings::default(), request).target {
        Target::Team(id) => id,
        Target::Next => "next".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn customers_are_understood_in_both_languages() {
    let cases = [
        (
            "你好，明前龙井和去年的比口感怎么样？平时喝得比较清淡",
            "pre",
        ),
        ("能不能便宜点，第一次来", "pre"),
        ("公司年会要 120 份，有企业价吗？可以报价吗", "pre"),
        (
            "Which size should I take if I layer a fleece under it?",
            "pre",
        ),
        (
            "Hello, do you ship to Germany, and what is the price?",
            "pre",
        ),
        ("订单SL2026112233什么时候发货啊", "parcels"),
        ("快递到哪了，急用", "parcels"),
        (
            "Order NT2026110042 shows \"in transit\" since Monday. Will it arrive?",
            "parcels",
        ),
        ("My card was charged twice for my order", "parcels"),
        ("收到的罐子瘪了，里面茶也撒了一些，我要退款", "after"),
        ("发错了吧，我买的是龙井，收到的是大红袍", "after"),
        (
            "The zip split on the first night. I would like my money back.",
            "after",
        ),
        ("It arrived damaged, I want to exchange it", "after"),
        ("都八天了还没到！再不处理我就投诉了", "complaints"),
        (
            "This is a scam, I will talk to my lawyer about the refund",
            "complaints",
        ),
        ("我的会员积分怎么兑换", "care"),
        ("Just some feedback: great service", "care"),
        ("在吗", "next"),
        ("hi", "next"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .filter(|(text, team)| target(&request(text)) != *team)
        .map(|(text, team)| {
            (
                text,
                team,
                target(&request(text)),
                guess(&Settings::default(), &conversation(text)),
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_stage_speaks_when_words_do_not() {
    let mut it = request("在吗");
    it.conversation.stage = Some(Stage::Aftersale);
    assert_eq!(target(&it), "after");
}

#[test]
fn the_reason_names_the_words_and_a_complaint_is_urgent() {
    let mut it = request("质量太差，我要投诉");
    it.conversation.language = Some("zh-CN".to_owned());
    let decision = decide(&Settings::default(), &it);
    assert_eq!(
        decision.reason,
        "识别为投诉\u{ff08}投诉\u{3001}太差\u{ff09}"
    );
    assert_eq!(decision.priority, Some(2));
    assert_eq!(decision.add_tags, ["投诉"]);
    it.conversation.tags = vec!["投诉".to_owned()];
    assert!(decide(&Settings::default(), &it).add_tags.is_empty());
}

#[test]
fn whoever_was_placed_is_moved_only_for_a_good_reason_and_not_for_ever() {
    let mut it = request("what about the price");
    it.conversation.team = Some("after".to_owned());
    assert_eq!(target(&it), "next");
    it.conversation.last_text = "how much is it, is there a discount?".to_owned();
    assert_eq!(target(&it), "pre");
    it.hops = 2;
    assert_eq!(target(&it), "next");
    it.hops = 0;
    it.conversation.team = Some("pre".to_owned());
    assert_eq!(target(&it), "next");
}

#[test]
fn without_a_team_of_its_own_the_nearest_one_answers() {
    let mut it = request("我要投诉");
    it.teams.retain(|team| team.id == "after");
    assert_eq!(target(&it), "after");
    it.teams.clear();
    assert_eq!(target(&it), "next");
}

#[test]
fn settings_name_teams_and_words() {
    let settings = Settings {
        presale_team: "care".to_owned(),
        presale_words: vec!["雨崩".to_owned()],
        default_team: "after".to_owned(),
        ..Settings::default()
    };
    let team = |text: &str| match decide(&settings, &request(text)).target {
        Target::Team(id) => id,
        other => format!("{other:?}"),
    };
    assert_eq!(team("十二月去雨崩"), "care");
    assert_eq!(team("在吗"), "after");
    assert_eq!(
        guess(&settings, &conversation("十二月去雨崩"))
            .unwrap()
            .intent,
        Intent::Presale
    );
}
