//! Agents who are lost: their browser is gone in a call, or they go away while it rings.

use plugboard_domain::{
    Command, Envelope, Principal,
    call::{Call, CallCommand, CallState},
    desk::Availability,
};
use plugboard_phone_media::{g711::Law, tone::loudness};
use serde_json::json;

use crate::{
    browser::Browser,
    calls::{AGENT, CALLER, OTHER, is_tone},
    exchange::Exchange,
    telephone::Telephone,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_whose_agent_is_lost_hears_music_and_is_given_to_somebody_else() {
    let desk = Exchange::open(2, json!({ "rejoin_seconds": 5 }), 5_060).await;
    let mut browsers = vec![
        Browser::connect(&desk.host, desk.agents[0], AGENT).await,
        Browser::connect(&desk.host, desk.agents[1], AGENT).await,
    ];
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (first, call) = desk.rings().await;
    desk.by(first, call, CallCommand::Accept).await;
    caller.hears().await;
    assert!(is_tone(&caller.hears().await, AGENT));
    // Without a word: the network of the agent is gone.
    let theirs = usize::from(first == desk.agents[1]);
    drop(browsers.remove(theirs));
    let gone = desk
        .call("it is noticed", |it| it.rejoin_until.is_some())
        .await;
    assert_eq!(
        (gone.state, gone.agent_id),
        (CallState::Active, Some(first))
    );
    caller.hears().await;
    let music = caller.hears().await;
    assert!(loudness(&music) > 500.0 && !is_tone(&music, AGENT), "music");
    let again = desk
        .call("it rings elsewhere", |it| it.offer.is_some())
        .await;
    assert!(again.returned);
    let second = again.offer.unwrap().agent_id;
    assert_ne!(second, first);
    desk.by(second, call, CallCommand::Accept).await;
    caller.hears().await;
    assert!(is_tone(&caller.hears().await, AGENT));
    caller.hang_up().await;
    let ended = desk.call("it is over", Call::is_over).await;
    assert_eq!(ended.agent_id, Some(second));
    let [left, right] = desk.recording().await;
    let seconds = left.len() / 8_000;
    let throughout = (1..seconds - 1).all(|at| is_tone(&left[at * 8_000..][..8_000], CALLER));
    assert!(throughout, "the recording goes on");
    let end = right.len() - 8_000;
    assert!(is_tone(&right[8_000..16_000], AGENT) && is_tone(&right[end - 4_000..end], AGENT));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_again_in_time_has_its_call_still() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let first = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    caller.hears().await;
    drop(first);
    desk.call("it is noticed", |it| it.rejoin_until.is_some())
        .await;
    let second = Browser::connect(&desk.host, desk.agents[0], OTHER).await;
    let back = desk
        .call("it is back", |it| it.rejoin_until.is_none())
        .await;
    assert_eq!(
        (back.agent_id, back.state, back.returned),
        (Some(agent), CallState::Active, false)
    );
    caller.hears().await;
    assert!(is_tone(&caller.hears().await, OTHER));
    assert!(is_tone(&second.hears().await, CALLER));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_nobody_else_is_there_the_caller_may_leave_a_message() {
    let settings = json!({ "rejoin_seconds": 5, "queue": { "max_wait_seconds": 10 },
        "voicemail": { "enabled": true, "max_seconds": 5 } });
    let desk = Exchange::open(1, settings, 5_060).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    caller.hears().await;
    drop(browser);
    desk.call("it waits again", |it| it.returned && it.offer.is_none())
        .await;
    let ended = desk.call("a message was left", Call::is_over).await;
    assert_eq!(ended.state, CallState::Voicemail);
    assert!(ended.is_missed());
    let [left, _] = desk.recording().await;
    assert!(
        is_tone(&left[left.len() - 12_000..][..8_000], CALLER),
        "the message is in it"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rings_at_an_agent_who_goes_away_rings_at_the_next() {
    let desk = Exchange::open(2, json!({}), 5_060).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (first, _) = desk.rings().await;
    let command = Command::SetAvailability {
        agent_id: first,
        availability: Availability::Away,
    };
    let envelope = Envelope::new(Principal::Agent(first), command);
    desk.engine.execute(envelope).await.unwrap();
    let elsewhere = |it: &Call| it.offer.is_some_and(|it| it.agent_id != first);
    desk.call("it rings elsewhere", elsewhere).await;
    caller.hang_up().await;
    desk.call("it is over", Call::is_over).await;
    desk.close().await;
}
