//! Kamailio as a carrier, over UDP and over TCP: we sign in, calls come in through it, calls go out through it.

use std::time::Duration;

use plugboard_bench::phone::{PhoneDesk, Seat, until};
use plugboard_phone_media::tone::{loudness, share};
use plugboard_phone_peers::{Call, Says, Telephone};
use plugboard_phone_tests::{
    AGENT, CALLER, desk,
    kamailio::{Kamailio, PASSWORD, USER},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{is, rings_at};

/// A desk that signs in at a carrier.
async fn signs_in(carrier: &Kamailio, transport: &str, password: &str) -> (PhoneDesk, TempDir) {
    let trunk = json!({
        "kind": "register", "host": "127.0.0.1", "port": carrier.address.port(), "transport": transport, "user": USER,
    });
    desk(json!({ "trunk": trunk, "trunk_password": password })).await
}

async fn both_ways(transport: &str) {
    let called = Telephone::wait(CALLER).await;
    let carrier = Kamailio::start(called.port).await;
    let (desk, _directory) = signs_in(&carrier, transport, PASSWORD).await;
    until("we are signed in", || async {
        Ok((carrier.registered() >= 1).then_some(()))
    })
    .await
    .unwrap();
    assert!(carrier.carried(&format!("REGISTERED {USER} over {transport}")) >= 1);
    assert_eq!(desk.warnings().await.unwrap(), "");
    let agent = desk.hire().await.unwrap();
    let seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();

    // In: the caller waits, is answered, and the agent hangs up.
    let caller = Telephone::dial(Call::new(carrier.address, Says::Tone(CALLER))).await;
    caller.is_up().await;
    desk.call("a call waits", is("queued")).await.unwrap();
    caller.hears().await;
    assert!(loudness(&caller.hears().await) > 500.0, "music");
    desk.works(&agent, true).await.unwrap();
    let call = rings_at(&desk, &agent).await;
    desk.by(&agent, &call, "accept", &json!({})).await.unwrap();
    seat.browser.hears().await;
    assert!(share(&seat.browser.hears().await, CALLER) > 0.9);
    assert!(share(&caller.hears().await, AGENT) > 0.9);
    desk.by(&agent, &call, "hang-up", &json!({})).await.unwrap();
    caller.is_over().await;

    // In once more: the caller hangs up.
    let caller = Telephone::dial(Call::new(carrier.address, Says::Tone(CALLER))).await;
    caller.is_up().await;
    caller.hang_up().await;
    let over = |it: &Value| it["ended_by"] == "caller";
    desk.call("the caller hung up", over).await.unwrap();
    let comes = format!(";transport={transport}");
    let comes = if transport == "tcp" { &comes } else { "IN to " };
    assert!(carrier.carried(comes) >= 1);

    // Out: the carrier asks who we are.
    let number = "+8613800138000";
    let call = desk.dial(&agent, number).await.unwrap();
    called.is_up().await;
    desk.call("both talk", is("active")).await.unwrap();
    seat.browser.hears().await;
    assert!(share(&seat.browser.hears().await, CALLER) > 0.9);
    called.hears().await;
    assert!(share(&called.hears().await, AGENT) > 0.9);
    assert_eq!(carrier.carried(&format!("OUT to {number}")), 1);
    let id = call["id"].as_str().unwrap();
    desk.by(&agent, id, "hang-up", &json!({})).await.unwrap();
    called.is_over().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_come_and_go_through_kamailio_over_udp() {
    both_ways("udp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_come_and_go_through_kamailio_over_tcp() {
    both_ways("tcp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_in_words_and_a_right_one_mends_it_and_is_kept() {
    let carrier = Kamailio::start(9).await;
    let (mut desk, _directory) = signs_in(&carrier, "udp", "wrong").await;
    until("it is told", || async {
        let said = desk.warnings().await?;
        Ok(said.contains("trunk_password is wrong").then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(carrier.registered(), 0);
    desk.set(json!({ "trunk_password": PASSWORD }))
        .await
        .unwrap();
    until("it is mended", || async {
        let mended = carrier.registered() == 1 && desk.warnings().await?.is_empty();
        Ok(mended.then_some(()))
    })
    .await
    .unwrap();
    // The carrier remembers us for a minute: we say it again before that is over.
    let again = async {
        while carrier.registered() < 2 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let again = tokio::time::timeout(Duration::from_secs(60), again).await;
    again.expect("we are not signed in any more");
}
