//! How calls end, and that each end leaves the right state, the right work and what was recorded.

use plugboard_bench::phone::{Seat, seconds_of};
use plugboard_phone_media::{
    g711::Law,
    tone::{loudness, share},
};
use plugboard_phone_peers::{Says, Telephone};
use plugboard_phone_tests::{AGENT, CALLER, desk};
use serde_json::{Value, json};

use crate::{a_message_is_left, is, is_work, rings_at, talk};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_left_is_work_and_plays() {
    let (desk, _directory) = desk(json!({
        "menu": { "options": [{ "digit": "9", "then": "voicemail" }], "timeout_seconds": 60 },
        "voicemail": { "enabled": true, "max_seconds": 5 },
    }))
    .await;
    let caller = Telephone::call(desk.sip, CALLER, Law::Mu).await;
    caller.is_up().await;
    desk.call("a menu", is("ivr")).await.unwrap();
    caller.digit('9').await;
    caller.is_over().await;
    let recording = a_message_is_left(&desk).await;
    let millis = recording.millis();
    assert!((4_500..5_500).contains(&millis), "{millis} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_while_waiting_is_work() {
    let (desk, _directory) = desk(json!({})).await;
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    caller.is_up().await;
    desk.call("a call waits", is("queued")).await.unwrap();
    caller.hears().await;
    assert!(loudness(&caller.hears().await) > 500.0, "music");
    caller.hang_up().await;
    let call = desk.call("it is over", is("abandoned")).await.unwrap();
    assert_eq!(call["missed"], true);
    assert_eq!(call["ended_by"], "caller");
    is_work(&desk, &call).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_declines_is_not_rung_at_again_and_the_next_is() {
    let (desk, _directory) = desk(json!({})).await;
    let agents = [desk.hire().await.unwrap(), desk.hire().await.unwrap()];
    let mut seats = Vec::new();
    for agent in &agents {
        seats.push(Seat::open(&desk, agent, Says::Tone(AGENT)).await.unwrap());
        desk.works(agent, true).await.unwrap();
    }
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    caller.is_up().await;
    let call = desk.call("a call rings", is("offering")).await.unwrap();
    let id = call["id"].as_str().unwrap();
    let first = usize::from(call["offered_to"] == agents[1].id.as_str());
    let other = &agents[1 - first];
    desk.by(&agents[first], id, "decline", &json!({}))
        .await
        .unwrap();
    assert_eq!(rings_at(&desk, other).await, id);
    desk.by(other, id, "decline", &json!({})).await.unwrap();
    let waits = |it: &Value| it["state"] == "queued" && it["offered_to"].is_null();
    desk.call("nobody is left", waits).await.unwrap();
    caller.hang_up().await;
    let call = desk.call("it is over", is("abandoned")).await.unwrap();
    assert_eq!(call["missed"], true);
    is_work(&desk, &call).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_at_work_the_caller_leaves_a_message_in_the_end() {
    let (desk, _directory) = desk(json!({
        "queue": { "limit": 20, "max_wait_seconds": 10, "then": "voicemail" },
        "voicemail": { "enabled": true, "max_seconds": 5 },
    }))
    .await;
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    caller.is_up().await;
    desk.call("a call waits", is("queued")).await.unwrap();
    caller.is_over().await;
    a_message_is_left(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_again_goes_on_in_its_call_and_the_recording_has_both() {
    let (desk, _directory) = desk(json!({})).await;
    let agent = desk.hire().await.unwrap();
    let first = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
    desk.works(&agent, true).await.unwrap();
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    let call = rings_at(&desk, &agent).await;
    desk.by(&agent, &call, "accept", &json!({})).await.unwrap();
    first.browser.hears().await;
    assert!(share(&caller.hears().await, AGENT) > 0.9);
    drop(first);
    let second = Seat::open(&desk, &agent, Says::Tone(880.0)).await.unwrap();
    second.browser.hears().await;
    assert!(share(&second.browser.hears().await, CALLER) > 0.9);
    caller.hears().await;
    assert!(share(&caller.hears().await, 880.0) > 0.9);
    assert_eq!(
        desk.call("it goes on", |_| true).await.unwrap()["state"],
        "active"
    );
    desk.by(&agent, &call, "hang-up", &json!({})).await.unwrap();
    caller.is_over().await;
    let recording = desk.recording(&call).await.unwrap();
    assert!(seconds_of(&recording.caller, CALLER) >= 3);
    assert!(seconds_of(&recording.desk, AGENT) >= 1);
    assert!(seconds_of(&recording.desk, 880.0) >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_a_call_leaves_work_and_what_was_recorded() {
    let (desk, _directory) = desk(json!({})).await;
    let agent = desk.hire().await.unwrap();
    let seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
    desk.works(&agent, true).await.unwrap();
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    let id = rings_at(&desk, &agent).await;
    desk.by(&agent, &id, "accept", &json!({})).await.unwrap();
    seat.browser.hears().await;
    let path = format!("/api/v1/calls/{id}");
    let answered = std::time::Instant::now();
    desk.call("both talk", is("active")).await.unwrap();
    talk(5).await;
    let talked = u64::try_from(answered.elapsed().as_millis()).unwrap();
    let desk = desk.crash().await.unwrap();
    let call = desk.get(&path).await.unwrap();
    assert_eq!(call["state"], "failed", "{call}");
    assert_eq!(call["cause"]["word"], "server_restart");
    is_work(&desk, &call).await;
    let recording = desk.recording(&id).await.unwrap();
    let millis = recording.millis();
    // The recording began a moment before the clock here did; what lies in the last second is lost at most.
    assert!(
        millis + 1_000 >= talked && millis <= talked + 2_500,
        "{millis} ms of {talked}"
    );
    assert!(seconds_of(&recording.caller, CALLER) >= 3);
    assert!(seconds_of(&recording.desk, AGENT) >= 3);
    drop(caller);
    // The next call is taken as any other.
    let caller = Telephone::call(desk.sip, CALLER, Law::A).await;
    caller.is_up().await;
    caller.hang_up().await;
}
