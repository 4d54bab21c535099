//! What would make the desk call somebody at its own cost. Every datagram that goes to the trunk is looked at: no INVITE is among them that
//! no agent was permitted to make.

use std::{net::SocketAddr, time::Duration};

use plugboard_bench::phone::{PhoneDesk, Seat, until};
use plugboard_phone_peers::Says;
use plugboard_phone_tests::{
    AGENT, desk,
    raw::{Raw, code, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UdpSocket;

use crate::is;

/// A number of a premium service, and a satellite.
const DEAR: [&str; 4] = [
    "+861600123456",
    "+8816123456789",
    "+19005551234",
    "+442079460000",
];

/// A desk whose trunk is a socket of the test.
async fn trunk() -> (PhoneDesk, UdpSocket, TempDir) {
    let trunk = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = trunk.local_addr().unwrap().port();
    let settings = json!({ "trunk": { "kind": "peer", "host": "127.0.0.1", "port": port } });
    let (desk, directory) = desk(settings).await;
    (desk, trunk, directory)
}

async fn heard(trunk: &UdpSocket, within: Duration) -> Option<(String, SocketAddr)> {
    let mut buffer = [0; 65_535];
    let read = tokio::time::timeout(within, trunk.recv_from(&mut buffer)).await;
    let (length, from) = read.ok()?.unwrap();
    Some((
        String::from_utf8_lossy(&buffer[..length]).into_owned(),
        from,
    ))
}

/// Nothing at all is sent to the trunk.
async fn nobody_is_called(trunk: &UdpSocket) {
    let said = heard(trunk, Duration::from_millis(800)).await;
    assert!(said.is_none(), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_to_call_somebody_else_does_not() {
    let (desk, trunk, _directory) = trunk().await;
    let peer = Raw::at([127, 0, 0, 1], desk.sip).await;
    let refer = "Refer-To: <sip:+861600123456@127.0.0.1>\r\n";

    // Outside of a call.
    let outside = peer.invite("out").replace("INVITE", "REFER");
    let outside = outside.replace("Content-Type:", &format!("{refer}Content-Type:"));
    peer.send(outside.as_bytes()).await;
    let said = peer.next(Duration::from_secs(20)).await.unwrap();
    assert_eq!(code(&said), Some(403));

    // Within one.
    peer.send(peer.invite("in").as_bytes()).await;
    let answer = loop {
        let said = peer.next(Duration::from_secs(20)).await.expect("an answer");
        if code(&said) == Some(200) {
            break said;
        }
    };
    peer.send(peer.within("ACK", "in", 1, &answer, "").as_bytes())
        .await;
    peer.send(peer.within("REFER", "in", 2, &answer, refer).as_bytes())
        .await;
    let said = peer.next(Duration::from_secs(20)).await.unwrap();
    assert_eq!(code(&said), Some(603), "{said}");
    let gone = peer.within("BYE", "in", 3, &answer, "");
    let said = peer.ask(&gone).await;
    assert_eq!(said.iter().find_map(|it| code(it)), Some(200), "{said:?}");

    // A call to a number that is not ours goes nowhere, whoever it says it is from.
    for (nth, number) in DEAR.iter().enumerate() {
        let name = format!("through{nth}");
        let invite = peer.invite(&name);
        let through = invite.replace(plugboard_phone_peers::NUMBER, number);
        let codes = peer.ask(&through).await;
        let codes: Vec<_> = codes.iter().filter_map(|it| code(it)).collect();
        assert!(codes.contains(&404) && !codes.contains(&200), "{codes:?}");
    }
    // And one with a way in it that leads on is not carried there.
    let routed = peer
        .invite("routed")
        .replace(
            "Max-Forwards",
            "Route: <sip:127.0.0.1:9;lr>\r\nMax-Forwards",
        )
        .replace(plugboard_phone_peers::NUMBER, DEAR[0]);
    peer.ask(&routed).await;
    nobody_is_called(&trunk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_is_not_followed() {
    let (desk, trunk, _directory) = trunk().await;
    let elsewhere = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let agent = desk.hire().await.unwrap();
    let _seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
    desk.works(&agent, true).await.unwrap();
    desk.dial(&agent, "+8613800138000").await.unwrap();
    let (invite, from) = heard(&trunk, Duration::from_secs(20)).await.unwrap();
    assert!(invite.starts_with("INVITE sip:+8613800138000@"), "{invite}");
    let echo: String = ["Via", "From", "Call-ID", "CSeq"]
        .iter()
        .map(|name| format!("{name}: {}\r\n", header(&invite, name).unwrap()))
        .collect();
    let to = header(&invite, "To").unwrap();
    let contact = elsewhere.local_addr().unwrap();
    let moved = format!(
        "SIP/2.0 302 Moved\r\n{echo}To: {to};tag=t\r\nContact: <sip:+861600123456@{contact}>\r\nContent-Length: 0\r\n\r\n"
    );
    trunk.send_to(moved.as_bytes(), from).await.unwrap();
    let over = |it: &Value| it["cause"]["word"] == "unreachable";
    desk.call("it is over", over).await.unwrap();
    // Only the acknowledgement follows, and perhaps the same invitation again that crossed our answer.
    while let Some((said, _)) = heard(&trunk, Duration::from_millis(500)).await {
        let known = said.starts_with("ACK ") || said == invite;
        assert!(known, "{said}");
    }
    nobody_is_called(&elsewhere).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_only_whom_the_policy_permits() {
    let (desk, trunk, _directory) = trunk().await;
    let agent = desk.hire().await.unwrap();
    let _seat = Seat::open(&desk, &agent, Says::Tone(AGENT)).await.unwrap();
    desk.works(&agent, true).await.unwrap();
    for number in DEAR {
        let answer = desk.try_dial(&agent, number).await.unwrap();
        assert!((400..500).contains(&answer.status), "{number}");
    }
    nobody_is_called(&trunk).await;
    // Neither by handing a call on.
    let caller = plugboard_phone_peers::Telephone::call(
        desk.sip,
        440.0,
        plugboard_phone_media::g711::Law::A,
    )
    .await;
    caller.is_up().await;
    let call = crate::rings_at(&desk, &agent).await;
    desk.by(&agent, &call, "accept", &json!({})).await.unwrap();
    desk.call("both talk", is("active")).await.unwrap();
    for kind in ["blind", "warm"] {
        for number in DEAR {
            let to = json!({ "kind": kind, "number": number });
            let answer = desk.try_by(&agent, &call, "transfer", &to).await.unwrap();
            assert!((400..500).contains(&answer.status), "{number}");
        }
    }
    nobody_is_called(&trunk).await;
    caller.hang_up().await;
    until("it is over", || async {
        Ok(desk.calls("live").await?.is_empty().then_some(()))
    })
    .await
    .unwrap();
}
