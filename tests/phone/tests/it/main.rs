//! Calls against the real binary.

mod abuse;
mod carrier;
mod ends;
mod fraud;
mod telephones;
mod torture;

use std::time::Duration;

use plugboard_bench::phone::{Agent, PhoneDesk, Recording, seconds_of};
use plugboard_phone_tests::CALLER;
use serde_json::Value;

/// True when the newest call is in a state.
fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |it| it["state"] == state
}

/// A message was left that says what callers say, and it is work for somebody.
async fn a_message_is_left(desk: &PhoneDesk) -> Recording {
    let over = |it: &Value| it["state"] == "voicemail" && !it["ended_at"].is_null();
    let call = desk.call("a message is left", over).await.unwrap();
    assert_eq!(call["missed"], true);
    is_work(desk, &call).await;
    let recording = desk.recording(call["id"].as_str().unwrap()).await.unwrap();
    let seconds = seconds_of(&recording.caller, CALLER);
    assert!(seconds >= 2, "{seconds} s of the caller's tone");
    recording
}

/// Somebody is to answer in the conversation of a call.
async fn is_work(desk: &PhoneDesk, call: &Value) {
    let id = call["conversation_id"].as_str().unwrap();
    let conversation = desk
        .get(&format!("/api/v1/conversations/{id}"))
        .await
        .unwrap();
    assert_eq!(conversation["status"], "open", "{conversation}");
    assert_eq!(conversation["waiting"]["on"], "agent", "{conversation}");
}

/// The call that rings at an agent.
async fn rings_at(desk: &PhoneDesk, agent: &Agent) -> String {
    let rings = |it: &Value| it["state"] == "offering" && it["offered_to"] == agent.id.as_str();
    let call = desk.call("a call rings", rings).await.unwrap();
    call["id"].as_str().unwrap().to_owned()
}

/// Some time in which something is said.
async fn talk(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
