//! What trunks do: they let something be heard early, hold, are behind translation, and are tried.

use plugboard_channel::phone::{Telephony, TrunkCheck};
use plugboard_domain::call::{Call, CallCommand, CallState};
use plugboard_phone_media::{g711::Law, sdp::Direction};
use serde_json::json;

use crate::{
    browser::Browser,
    calls::{AGENT, CALLER, is_tone},
    exchange::Exchange,
    telephone::Telephone,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_hears_the_network_before_anybody_answers() {
    for described in [true, false] {
        let called = Telephone::wait_early(CALLER).await;
        let desk = Exchange::open(1, json!({}), called.port).await;
        let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
        desk.dial().await;
        let rings = |it: &Call| it.times.rang_at.is_some();
        let call = desk.call("it rings", rings).await;
        assert_eq!((call.state, call.times.answered_at), (CallState::New, None));
        browser.hears().await;
        assert!(
            is_tone(&browser.hears().await, CALLER),
            "the network is heard"
        );
        called.answer(described).await;
        let active = |it: &Call| it.state == CallState::Active;
        desk.call("both talk", active).await;
        called.hears().await;
        assert!(is_tone(&called.hears().await, AGENT));
        assert!(is_tone(&browser.hears().await, CALLER));
        called.hang_up().await;
        desk.call("it is over", Call::is_over).await;
        desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_us_is_sent_nothing_and_hears_one_stream_when_they_come_back() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    caller.hears().await;
    for held in [Direction::SendOnly, Direction::Neither] {
        caller.turn(held).await;
        crate::until("silence", || async {
            caller.count();
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            (caller.count() == 0).then_some(())
        })
        .await;
        if held == Direction::SendOnly {
            // Their music is heard here.
            browser.hears().await;
            assert!(is_tone(&browser.hears().await, CALLER));
        }
        caller.turn(Direction::Both).await;
        caller.hears().await;
        assert!(is_tone(&caller.hears().await, AGENT));
    }
    let same = desk
        .call("it goes on", |it| it.state == CallState::Active)
        .await;
    assert_eq!(same.times.held_ms, 0, "nobody here held it");
    caller.hang_up().await;
    desk.call("it is over", Call::is_over).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_from_another_address_is_taken_where_the_trunk_is_behind_translation_and_nowhere_else()
 {
    for latch in [true, false] {
        let peer = json!({ "kind": "peer", "host": "127.0.0.1", "latch": latch });
        let desk = Exchange::open(0, json!({ "trunk": peer }), 5_060).await;
        let caller = Telephone::call_from_behind(desk.address(), CALLER).await;
        caller.is_up().await;
        desk.call("it waits", Call::is_waiting).await;
        if latch {
            caller.hears().await;
        } else {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            assert_eq!(caller.count(), 0);
        }
        caller.hang_up().await;
        desk.call("it is over", Call::is_over).await;
        desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_that_is_tried_says_whether_it_answers() {
    let there = Telephone::wait(CALLER).await;
    let desk = Exchange::open(0, json!({}), there.port).await;
    let steps = desk.host.try_trunk(desk.call_inbox()).await.unwrap();
    let looked: Vec<_> = steps.iter().map(|it| (it.check, it.ok)).collect();
    let all = [
        TrunkCheck::Host,
        TrunkCheck::Listening,
        TrunkCheck::Answer,
        TrunkCheck::Sound,
    ];
    assert_eq!(looked, all.map(|it| (it, true)), "{steps:?}");
    assert!(steps[2].message.contains("200"), "{steps:?}");
    let found: Vec<_> = steps.iter().map(|it| it.finding).collect();
    assert_eq!(
        (found[0], found[1], found[2]),
        ("at", "heard_at", "answers")
    );
    assert_eq!(steps[2].values["code"], "200");
    desk.close().await;

    // Nobody signs in there, and nobody answers.
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    let peer = json!({ "trunk": { "kind": "register", "host": "127.0.0.1", "port": port, "user": "shop" } });
    let desk = Exchange::open(0, peer, port).await;
    let steps = desk.host.try_trunk(desk.call_inbox()).await.unwrap();
    let bad: Vec<_> = steps
        .iter()
        .filter(|it| !it.ok)
        .map(|it| it.check)
        .collect();
    assert_eq!(
        bad,
        [TrunkCheck::Answer, TrunkCheck::Registration],
        "{steps:?}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_something_else_has_is_told_of_and_listened_on_when_it_is_free() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let address = desk.address();
    let second = desk.second().await;
    let troubles = second.troubles().join("; ");
    assert!(troubles.contains(&address.to_string()), "{troubles}");
    assert_eq!(second.address(), None);
    desk.host.stop().await;
    crate::until("it listens", || async { second.address() }).await;
    assert_eq!(second.address(), Some(address));
    crate::until("all is well", || async {
        second.troubles().is_empty().then_some(())
    })
    .await;
    second.stop().await;
    desk.engine.stop().await;
}
