//! What callers are told: the inbox's own announcements and ours, the menu, their place, and that nobody works now.

use plugboard_domain::{
    call::{Call, CallState, EndWord, EndedBy},
    hours::{Period, WeeklyHours},
};
use plugboard_engine::{Clock, SystemClock};
use plugboard_phone_media::{
    g711::Law,
    tone::{Tone, share},
    voice::{Language, Phrase, Word, phrase, queue, sound},
};
use serde_json::{Value, json};

use crate::{calls::CALLER, exchange::Exchange, telephone::Telephone};

fn tone(hertz: f64, seconds: u32) -> Vec<i16> {
    Tone::new(hertz, 6_000).lasting(seconds * 1_000)
}

/// Open at any time but these days.
fn never_now() -> WeeklyHours {
    let all_day = vec![Period { from: 0, to: 1_440 }];
    // Whatever happens around midnight.
    let days = [-1, 0, 1].map(|day| {
        let now = SystemClock.now();
        let day_long = std::time::Duration::from_hours(24);
        let at = match day {
            0 => now,
            1 => now + day_long,
            _ => now - day_long,
        };
        at.strftime("%F").to_string().parse().unwrap()
    });
    WeeklyHours {
        time_zone: "UTC".into(),
        week: (1..=7).map(|day| (day, all_day.clone())).collect(),
        holidays: days.into_iter().collect(),
        exceptions: [].into(),
    }
}

async fn closed(settings: Value) -> Exchange {
    let own = [("closed", tone(620.0, 3))];
    Exchange::open_with(1, settings, 5_060, &own, Some(never_now())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_says_and_plays_what_it_was_given() {
    let own = [("greeting", tone(700.0, 3)), ("music", tone(900.0, 2))];
    let desk = Exchange::open_with(0, json!({ "language": "en" }), 5_060, &own, None).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    caller.is_up().await;
    caller.has_heard(&own[0].1).await;
    caller.has_heard(&phrase(Language::En, Phrase::Wait)).await;
    crate::until("music", || async {
        (share(&caller.hears().await, 900.0) > 0.9).then_some(())
    })
    .await;
    caller.hang_up().await;
    desk.call("it is over", Call::is_over).await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_told_of_the_recording_and_of_their_place_in_both_languages() {
    for (language, spoken) in [(Language::Zh, "zh"), (Language::En, "en")] {
        let settings = json!({ "language": spoken,
            "recording": { "policy": "always", "announce": true } });
        let desk = Exchange::open(0, settings, 5_060).await;
        let first = Telephone::call(desk.address(), CALLER, Law::A).await;
        first.has_heard(&phrase(language, Phrase::Consent)).await;
        desk.call("the first waits", Call::is_waiting).await;
        let second = Telephone::call(desk.address(), CALLER, Law::A).await;
        second.has_heard(&phrase(language, Phrase::Wait)).await;
        second
            .has_heard(&sound(language, &queue(language, Some(2), None)))
            .await;
        first.hang_up().await;
        second.hang_up().await;
        desk.call("it is over", Call::is_over).await;
        desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_and_asked_again_until_it_leads_to_people() {
    let menu = json!({ "menu": { "options": [{ "digit": "9", "then": "callback" }],
        "timeout_seconds": 30 } });
    let desk = Exchange::open(0, menu, 5_060).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    caller.has_heard(&phrase(Language::Zh, Phrase::Menu)).await;
    caller.digit('5').await;
    caller
        .has_heard(&phrase(Language::Zh, Phrase::MenuAgain))
        .await;
    caller.digit('5').await;
    desk.call("still in the menu", |it| it.state == CallState::Ivr)
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    caller.digit('5').await;
    desk.call("it waits for people", Call::is_waiting).await;
    caller.hang_up().await;
    desk.call("it is over", Call::is_over).await;

    let calls_back = Telephone::call(desk.address(), CALLER, Law::A).await;
    calls_back.is_up().await;
    desk.call("in the menu", |it| it.state == CallState::Ivr)
        .await;
    calls_back.digit('9').await;
    let call = desk.call("it is over for the desk", Call::is_over).await;
    assert!(call.callback);
    calls_back
        .has_heard(&phrase(Language::Zh, Phrase::Callback))
        .await;
    calls_back.is_over().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_rung_at_outside_of_hours_and_a_message_says_why_it_was_left() {
    let desk = closed(json!({ "voicemail": { "enabled": true, "max_seconds": 5 } })).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    caller.has_heard(&tone(620.0, 3)).await;
    let voicemail = sound(Language::Zh, &[Word::Phrase(Phrase::Voicemail)]);
    caller.has_heard(&voicemail).await;
    caller.is_over().await;
    let call = desk.call("it is over", Call::is_over).await;
    assert_eq!(call.state, CallState::Voicemail);
    assert_eq!(call.cause.unwrap().word, EndWord::Closed);
    assert!(call.is_missed() && call.offer.is_none() && call.times.rang_at.is_none());
    let [message, _] = desk.recording().await;
    assert!(share(&message[8_000..16_000], CALLER) > 0.9);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_hours_a_call_ends_or_is_to_be_called_back_as_it_is_set() {
    let desk = closed(json!({ "closed": { "then": "hangup" } })).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    caller.is_over().await;
    let call = desk.call("it is over", Call::is_over).await;
    assert_eq!(call.state, CallState::Rejected);
    assert_eq!(call.cause.unwrap().word, EndWord::Closed);
    assert_eq!(call.ended_by, Some(EndedBy::System));
    assert!(call.is_missed());
    desk.close().await;

    let desk = closed(json!({ "closed": { "then": "callback" } })).await;
    let caller = Telephone::call(desk.address(), CALLER, Law::A).await;
    caller
        .has_heard(&phrase(Language::Zh, Phrase::Callback))
        .await;
    let call = desk.call("it is over", Call::is_over).await;
    assert!(call.callback && call.is_missed());
    caller.is_over().await;
    desk.close().await;
}
