//! Calls from their beginning to their end.

use plugboard_domain::call::{
    Call, CallCommand, CallState, EndedBy, LegKind, TransferKind, TransferState, TransferTo,
};
use plugboard_phone_media::{
    g711::Law,
    tone::{loudness, share},
};
use serde_json::json;

use crate::{
    browser::Browser,
    exchange::Exchange,
    telephone::{Status, Telephone},
};

/// What callers say, and agents, in hertz.
pub(crate) const CALLER: f64 = 440.0;
pub(crate) const AGENT: f64 = 660.0;
pub(crate) const OTHER: f64 = 880.0;

/// True when there is nothing in a sound but a tone.
pub(crate) fn is_tone(samples: &[i16], hertz: f64) -> bool {
    share(samples, hertz) > 0.9
}

pub(crate) fn state(wanted: CallState) -> impl Fn(&Call) -> bool {
    move |it| it.state == wanted
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_hears_music_presses_a_key_and_leaves_a_message() {
    let menu = json!({ "menu": { "options": [{ "digit": "9", "then": "voicemail" }], "timeout_seconds": 1 },
        "voicemail": { "enabled": true, "max_seconds": 5 } });
    let desk = Exchange::open(0, menu, 5_060).await;
    let waits = Telephone::call(desk.address(), CALLER, Law::Mu).await;
    waits.is_up().await;
    desk.call("a call waits", state(CallState::Queued)).await;
    assert!(loudness(&waits.hears().await) > 500.0, "music");
    waits.hang_up().await;
    let call = desk
        .call("a call is abandoned", state(CallState::Abandoned))
        .await;
    assert_eq!(call.ended_by, Some(EndedBy::Caller));

    let leaves = Telephone::call(desk.address(), CALLER, Law::A).await;
    leaves.is_up().await;
    leaves.digit('9').await;
    desk.call("a message is left", |it| {
        it.voicemail && it.recording.is_some()
    })
    .await;
    // It is as long as it may be, and then it ends.
    leaves.is_over().await;
    let call = desk.call("it is over", Call::is_over).await;
    assert_eq!(call.state, CallState::Voicemail);
    let [caller, _] = desk.recording().await;
    let seconds = caller.len() / 8_000;
    assert!((4..=6).contains(&seconds), "{seconds} s");
    assert!(is_tone(&caller[8_000..24_000], CALLER), "the message");
    assert_eq!(desk.host.calls(), 0);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_answers_in_the_browser_holds_resumes_and_both_are_recorded() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::Mu).await;
    caller.is_up().await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    desk.call("both talk", state(CallState::Active)).await;
    browser.hears().await;
    assert!(
        is_tone(&browser.hears().await, CALLER),
        "the agent hears the caller"
    );
    assert!(
        is_tone(&caller.hears().await, AGENT),
        "the caller hears the agent"
    );

    desk.by(agent, call, CallCommand::Hold).await;
    desk.call("it is held", state(CallState::Held)).await;
    caller.hears().await;
    let music = caller.hears().await;
    assert!(loudness(&music) > 500.0 && !is_tone(&music, AGENT), "music");
    browser.count();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(browser.count() < 4_000, "the agent hears no caller on hold");
    desk.by(agent, call, CallCommand::Resume).await;
    desk.call("both talk again", state(CallState::Active)).await;
    caller.hears().await;
    assert!(is_tone(&caller.hears().await, AGENT));

    desk.by(agent, call, CallCommand::HangUp).await;
    caller.is_over().await;
    let ended = desk.call("it is over", Call::is_over).await;
    assert_eq!(ended.ended_by, Some(EndedBy::Agent));
    let [left, right] = desk.recording().await;
    assert!(is_tone(&left[8_000..16_000], CALLER), "left is the caller");
    assert!(is_tone(&right[8_000..16_000], AGENT), "right is the desk");
    let answered = ended.times.answered_at.unwrap();
    let talked = ended.times.ended_at.unwrap().as_millisecond() - answered.as_millisecond();
    let recorded = i64::try_from(left.len() / 8).unwrap();
    assert!(
        (talked - recorded).abs() < 1_000,
        "{talked} ms, recorded {recorded}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_again_goes_on_in_the_call() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let first = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    first.hears().await;
    drop(first);
    let second = Browser::connect(&desk.host, desk.agents[0], OTHER).await;
    second.hears().await;
    assert!(is_tone(&second.hears().await, CALLER));
    assert!(is_tone(&caller.hears().await, OTHER));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_handed_on_after_a_word_with_the_other() {
    let desk = Exchange::open(2, json!({}), 5_060).await;
    let browsers = [
        Browser::connect(&desk.host, desk.agents[0], AGENT).await,
        Browser::connect(&desk.host, desk.agents[1], OTHER).await,
    ];
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    let one = usize::from(agent == desk.agents[1]);
    let (first, second) = (&browsers[one], &browsers[1 - one]);
    let (said, other) = if one == 0 {
        (AGENT, OTHER)
    } else {
        (OTHER, AGENT)
    };
    desk.by(agent, call, CallCommand::Accept).await;
    first.hears().await;
    let to = TransferTo::Agent(desk.agents[1 - one]);
    let kind = TransferKind::Warm;
    desk.by(
        agent,
        call,
        CallCommand::Transfer {
            kind,
            to,
            note: None,
        },
    )
    .await;
    let (consulted, _) = desk.rings().await;
    desk.by(consulted, call, CallCommand::Accept).await;
    first.hears().await;
    assert!(
        is_tone(&first.hears().await, other),
        "agents hear each other"
    );
    assert!(is_tone(&second.hears().await, said));
    assert!(
        !is_tone(&caller.hears().await, said),
        "the caller hears music"
    );
    desk.by(agent, call, CallCommand::CompleteTransfer).await;
    let handed = |it: &Call| {
        it.transfer
            .is_some_and(|it| it.state == TransferState::Completed)
    };
    let after = desk.call("it is handed on", handed).await;
    assert_eq!(after.agent_id, Some(consulted));
    caller.hears().await;
    assert!(
        is_tone(&caller.hears().await, other),
        "the caller hears the other"
    );
    assert!(is_tone(&second.hears().await, CALLER));
    caller.hang_up().await;
    desk.call("it is over", Call::is_over).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_somebody_and_both_talk() {
    let called = Telephone::wait(CALLER).await;
    let desk = Exchange::open(1, json!({}), called.port).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    desk.dial().await;
    called.is_up().await;
    desk.call("both talk", state(CallState::Active)).await;
    browser.hears().await;
    assert!(is_tone(&browser.hears().await, CALLER));
    assert!(is_tone(&called.hears().await, AGENT));
    let legs = desk
        .call("both are there", |it| it.legs.len() == 2)
        .await
        .legs;
    assert!(legs.iter().any(|it| it.kind == LegKind::Browser));
    called.hang_up().await;
    let call = desk.call("it is over", Call::is_over).await;
    assert_eq!(call.ended_by, Some(EndedBy::Caller));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_sound_arrived_is_told_to_the_peer_and_kept_with_the_call() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    caller.lose(10);
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    browser.hears().await;
    // A report of a sender (200) with one block: what it hears of the caller, in 256ths.
    let report = caller
        .report(|it| it.get(1) == Some(&200) && it[0] & 0x1F == 1)
        .await;
    let packets = u32::from_be_bytes([report[20], report[21], report[22], report[23]]);
    assert!(packets > 100, "{packets} packets were sent");
    assert!(
        (15..=40).contains(&report[32]),
        "{} of 256 are lost",
        report[32]
    );
    caller.hang_up().await;
    desk.call("it is over", Call::is_over).await;
    let ended = desk
        .call("both are measured", |it| {
            it.legs.iter().all(|leg| leg.heard.is_some())
        })
        .await;
    for leg in &ended.legs {
        let heard = leg.heard.unwrap();
        let share = heard.lost * 100 / (heard.lost + heard.received);
        let expected = if leg.kind == LegKind::Trunk {
            7..=13
        } else {
            0..=1
        };
        assert!(expected.contains(&share), "{:?}: {share} %", leg.kind);
        assert!(heard.received > 50 && heard.jitter_us < 200_000);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_deleted_is_erased_and_its_file_with_it() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    browser.hears().await;
    caller.hang_up().await;
    desk.recording().await;
    let kept = desk.call("it is over", Call::is_over).await;
    let blob = kept.recording.unwrap().blob.unwrap();
    assert!(desk.keeps(&blob).await);
    desk.by(agent, call, CallCommand::DeleteRecording).await;
    let gone = |it: &Call| it.recording.as_ref().is_some_and(|it| it.blob.is_none());
    desk.call("it is not named any more", gone).await;
    crate::until("it is erased", || async {
        (!desk.keeps(&blob).await).then_some(())
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_not_ours_is_not_taken_and_nothing_is_left_of_it() {
    let desk = Exchange::open(0, json!({ "numbers": ["+8657199999999"] }), 5_060).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    assert_eq!(
        caller.is(|it| matches!(it, Status::Over(_))).await,
        Status::Over(Some(404))
    );
    assert_eq!(desk.host.calls(), 0);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_recorded_is_kept_at_the_next_start() {
    let desk = Exchange::open(1, json!({}), 5_060).await;
    let browser = Browser::connect(&desk.host, desk.agents[0], AGENT).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    let (agent, call) = desk.rings().await;
    desk.by(agent, call, CallCommand::Accept).await;
    for _ in 0..4 {
        browser.hears().await;
    }
    let desk = desk.crash().await;
    let call = desk.call("it has ended", Call::is_over).await;
    assert_eq!(call.state, CallState::Failed);
    let [left, _] = desk.recording().await;
    assert!(left.len() >= 8_000 && is_tone(&left[..8_000], CALLER));
    drop(caller);
    desk.close().await;
}
