//! Telephones of others: what they say arrives, what they press is understood, and they hear us.

use plugboard_bench::phone::{Seat, seconds_of, until};
use plugboard_phone_media::tone::{loudness, share};
use plugboard_phone_peers::{NUMBER, Says};
use plugboard_phone_tests::{
    AGENT, CALLER, baresip::Baresip, desk, linphone::Linphone, sipp::sipp,
};
use serde_json::{Value, json};

use crate::{a_message_is_left, is, rings_at, talk};

/// A caller who presses 9 leaves a message.
fn menu() -> Value {
    json!({
        "menu": { "options": [{ "digit": "9", "then": "voicemail" }], "timeout_seconds": 60 },
        "voicemail": { "enabled": true, "max_seconds": 5 },
    })
}

/// Something loud is in what was heard, and nothing of what we say ourselves.
fn is_music(samples: &[i16]) -> bool {
    let seconds = samples.chunks_exact(8_000);
    let mut loud = seconds.filter(|it| loudness(it) > 500.0);
    loud.any(|it| share(it, CALLER) < 0.5)
}

#[tokio::test(flavor = "multi_thread")]
async fn baresip_calls_over_udp_and_tcp_presses_a_key_and_leaves_a_message() {
    let (desk, _directory) = desk(menu()).await;
    for transport in ["", ";transport=tcp"] {
        let mut telephone = Baresip::start("13800138000").await;
        let to = format!("sip:{NUMBER}@{}{transport}", desk.sip);
        telephone.call(&to).await;
        desk.call("it hears the menu", is("ivr")).await.unwrap();
        talk(1).await;
        telephone.press('9').await;
        a_message_is_left(&desk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn baresip_hears_music_and_then_the_agent() {
    let (desk, _directory) = desk(json!({})).await;
    let agent = desk.hire().await.unwrap();
    let seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
    let mut telephone = Baresip::start("13800138000").await;
    telephone.call(&format!("sip:{NUMBER}@{}", desk.sip)).await;
    desk.call("it waits", is("queued")).await.unwrap();
    until("baresip hears music", || async {
        Ok(is_music(&telephone.heard()).then_some(()))
    })
    .await
    .unwrap();
    desk.works(&agent, true).await.unwrap();
    let call = rings_at(&desk, &agent).await;
    desk.by(&agent, &call, "accept", &json!({})).await.unwrap();
    seat.browser.hears().await;
    assert!(share(&seat.browser.hears().await, CALLER) > 0.9);
    until("baresip hears the agent", || async {
        Ok((seconds_of(&telephone.heard(), AGENT) >= 1).then_some(()))
    })
    .await
    .unwrap();
    telephone.hang_up().await;
    let over = |it: &Value| it["ended_by"] == "caller";
    desk.call("it is over", over).await.unwrap();
    let recording = desk.recording(&call).await.unwrap();
    assert!(seconds_of(&recording.caller, CALLER) >= 1);
    assert!(seconds_of(&recording.desk, AGENT) >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn linphone_calls_over_udp_and_tcp_presses_a_key_and_leaves_a_message() {
    let (desk, _directory) = desk(menu()).await;
    for transport in ["", ";transport=tcp"] {
        let mut telephone = Linphone::start("13800138000").await;
        let to = format!("sip:{NUMBER}@{}{transport}", desk.sip);
        telephone.call(&to).await;
        desk.call("it hears the menu", is("ivr")).await.unwrap();
        talk(1).await;
        telephone.press('9').await;
        a_message_is_left(&desk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn linphone_hears_music_and_then_the_agent() {
    let (desk, _directory) = desk(json!({})).await;
    let agent = desk.hire().await.unwrap();
    let seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
    let mut telephone = Linphone::start("13800138000").await;
    telephone.call(&format!("sip:{NUMBER}@{}", desk.sip)).await;
    desk.call("it waits", is("queued")).await.unwrap();
    until("linphone hears music", || async {
        Ok(is_music(&telephone.heard()).then_some(()))
    })
    .await
    .unwrap();
    desk.works(&agent, true).await.unwrap();
    let call = rings_at(&desk, &agent).await;
    desk.by(&agent, &call, "accept", &json!({})).await.unwrap();
    seat.browser.hears().await;
    assert!(share(&seat.browser.hears().await, CALLER) > 0.9);
    talk(2).await;
    telephone.hang_up().await;
    let over = |it: &Value| it["ended_by"] == "caller";
    desk.call("it is over", over).await.unwrap();
    assert!(seconds_of(&telephone.heard(), AGENT) >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn baresip_and_linphone_are_called_and_answer() {
    let baresip = Baresip::start("+8613800138000").await;
    let mut linphone = Linphone::start("+8613800138000").await;
    for port in [baresip.port, linphone.port] {
        let trunk = json!({ "kind": "peer", "host": "127.0.0.1", "port": port });
        let (desk, _directory) = desk(json!({ "trunk": trunk })).await;
        let agent = desk.hire().await.unwrap();
        let seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
        desk.works(&agent, true).await.unwrap();
        let call = desk.dial(&agent, "+8613800138000").await.unwrap();
        let id = call["id"].as_str().unwrap();
        desk.call("both talk", is("active")).await.unwrap();
        if port == linphone.port {
            linphone.speak().await;
        }
        until("the agent hears whom they called", || async {
            let heard = seat.browser.hears().await;
            Ok((share(&heard, CALLER) > 0.9).then_some(()))
        })
        .await
        .unwrap();
        until("the telephone hears the agent", || async {
            let heard = if port == baresip.port {
                baresip.heard()
            } else {
                linphone.heard()
            };
            Ok((seconds_of(&heard, AGENT) >= 1).then_some(()))
        })
        .await
        .unwrap();
        desk.by(&agent, id, "hang-up", &json!({})).await.unwrap();
        let over = |it: &Value| it["ended_by"] == "agent";
        desk.call("it is over", over).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sipp_calls_over_udp_and_tcp_and_presses_a_key_after_a_recorded_voice() {
    let (mut desk, _directory) = desk(json!({})).await;
    for transport in ["u1", "t1"] {
        let arguments = ["-sn", "uac", "-m", "5", "-r", "5", "-d", "1000"];
        sipp(desk.sip, &[&arguments[..], &["-t", transport]].concat()).await;
    }
    let over = |it: &Value| it["state"] == "abandoned";
    desk.call("the last is over", over).await.unwrap();
    assert_eq!(desk.calls("ended").await.unwrap().len(), 10);
    // Its scenario with sound: eight seconds of a voice, and then the digit 1.
    let key = json!({ "options": [{ "digit": "1", "then": "voicemail" }], "timeout_seconds": 60 });
    desk.set(json!({ "menu": key })).await.unwrap();
    sipp(desk.sip, &["-sn", "uac_pcap", "-m", "1"]).await;
    let pressed = |it: &Value| it["voicemail"] == true;
    desk.call("the digit is understood", pressed).await.unwrap();
}
