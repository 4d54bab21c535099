//! Two stacks talk to each other over a network that can lose everything, and a scripted peer that breaks rules.

use std::{fmt::Write as _, net::SocketAddr};

use crate::message::Message;

use super::{
    Credentials, Dial, Event, Here, LineId, Millis, Output, Place, Registration, Stack, Transport,
};

const SDP: &str = "v=0\r\n";

mod probes;

fn place(port: u16) -> Place {
    Place {
        transport: Transport::Udp,
        address: SocketAddr::from(([127, 0, 0, 1], port)),
    }
}

fn stack(port: u16) -> Stack {
    let mut drawn = u64::from(port) << 32;
    let here = Here {
        host: "127.0.0.1".to_owned(),
        port,
        agent: "test".to_owned(),
    };
    let chance = Box::new(move || {
        drawn += 1;
        drawn
    });
    Stack::new(here, chance)
}

/// A stack and what came out of it.
struct Side {
    stack: Stack,
    place: Place,
    sent: Vec<Message>,
    events: Vec<Event>,
}

impl Side {
    fn new(port: u16) -> Self {
        Self {
            stack: stack(port),
            place: place(port),
            sent: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Takes everything out; what is to be sent, as bytes.
    fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(output) = self.stack.poll() {
            match output {
                Output::Send { bytes, .. } => {
                    self.sent.push(Message::parse(&bytes).unwrap());
                    out.push(bytes);
                }
                Output::Event(event) => self.events.push(event),
            }
        }
        out
    }

    fn codes(&self) -> Vec<u16> {
        self.sent.iter().filter_map(Message::code).collect()
    }

    fn methods(&self) -> Vec<&str> {
        self.sent.iter().filter_map(Message::method).collect()
    }

    fn ended(&self) -> Option<super::Ended> {
        self.events.iter().find_map(|it| match it {
            Event::Ended { how, .. } => Some(how.clone()),
            _ => None,
        })
    }

    fn invited(&self) -> LineId {
        self.events
            .iter()
            .find_map(|it| match it {
                Event::Invited(it) => Some(it.line),
                _ => None,
            })
            .unwrap()
    }
}

/// Carries everything between both until nothing is under way. `lose` is asked of each message.
fn settle(now: Millis, one: &mut Side, two: &mut Side, mut lose: impl FnMut() -> bool) {
    loop {
        let (from_one, from_two) = (one.drain(), two.drain());
        if from_one.is_empty() && from_two.is_empty() {
            return;
        }
        for bytes in from_one {
            if !lose() {
                two.stack.receive(now, one.place, &bytes);
            }
        }
        for bytes in from_two {
            if !lose() {
                one.stack.receive(now, two.place, &bytes);
            }
        }
    }
}

fn dial(caller: &mut Side, to: Place, credentials: Option<Credentials>) -> LineId {
    let dial = Dial {
        place: to,
        to: "sip:100@127.0.0.1".to_owned(),
        from: "sip:200@127.0.0.1".to_owned(),
        user: "200".to_owned(),
        offer: SDP.to_owned(),
        credentials,
    };
    caller.stack.dial(0, dial)
}

fn call() -> (Side, Side, LineId, LineId) {
    let (mut caller, mut desk) = (Side::new(1), Side::new(2));
    let out = dial(&mut caller, desk.place, None);
    settle(0, &mut caller, &mut desk, || false);
    let line = desk.invited();
    desk.stack.ring(0, line);
    desk.stack.answer(0, line, SDP);
    settle(0, &mut caller, &mut desk, || false);
    (caller, desk, out, line)
}

#[test]
fn a_call_rings_is_answered_is_changed_and_ends() {
    let (mut caller, mut desk, out, line) = call();
    assert_eq!(desk.codes(), [100, 180, 200]);
    assert!(matches!(
        caller.events[..],
        [Event::Ringing { code: 180, .. }, Event::Answered { .. }]
    ));
    assert!(matches!(desk.events[1], Event::Acknowledged { .. }));

    assert!(caller.stack.offer(1_000, out, SDP));
    settle(1_000, &mut caller, &mut desk, || false);
    assert!(matches!(
        desk.events.last(),
        Some(Event::Asked { offer: Some(_), .. })
    ));
    // Both at once: who asks while asked is told to wait.
    assert!(!desk.stack.offer(1_000, line, SDP));
    desk.stack.agree(1_000, line, SDP);
    settle(1_000, &mut caller, &mut desk, || false);
    assert!(matches!(caller.events.last(), Some(Event::Agreed { .. })));

    desk.stack.hang_up(2_000, line, Some(16));
    settle(2_000, &mut caller, &mut desk, || false);
    let ended = caller.ended().unwrap();
    assert_eq!((ended.by_peer, ended.q850), (true, Some(16)));
    assert_eq!((caller.stack.lines(), desk.stack.lines()), (0, 0));
    for side in [&mut caller, &mut desk] {
        side.stack.tick(1_000_000);
        assert_eq!(side.stack.transactions(), 0);
    }
}

#[test]
fn a_call_is_made_over_a_network_that_loses_a_third_of_everything() {
    for seed in 0_u64..20 {
        let (mut caller, mut desk) = (Side::new(1), Side::new(2));
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut lose = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.is_multiple_of(3)
        };
        dial(&mut caller, desk.place, None);
        let mut answered = false;
        for now in (0..40_000).step_by(100) {
            caller.stack.tick(now);
            desk.stack.tick(now);
            settle(now, &mut caller, &mut desk, &mut lose);
            if !answered && matches!(desk.events.first(), Some(Event::Invited(_))) {
                answered = true;
                let line = desk.invited();
                desk.stack.answer(now, line, SDP);
            }
        }
        let invited = desk
            .events
            .iter()
            .filter(|it| matches!(it, Event::Invited(_)))
            .count();
        assert_eq!(invited, 1, "{seed}");
        let taken = caller
            .events
            .iter()
            .filter(|it| matches!(it, Event::Answered { .. }))
            .count();
        assert_eq!(taken, 1, "{seed}");
    }
}

#[test]
fn who_gives_up_before_anybody_answers_is_gone_on_both_sides() {
    let (mut caller, mut desk) = (Side::new(1), Side::new(2));
    let out = dial(&mut caller, desk.place, None);
    settle(0, &mut caller, &mut desk, || false);
    let line = desk.invited();
    desk.stack.ring(0, line);
    settle(0, &mut caller, &mut desk, || false);
    caller.stack.hang_up(500, out, None);
    settle(500, &mut caller, &mut desk, || false);
    assert_eq!(desk.ended().unwrap().code, Some(487));
    assert!(desk.ended().unwrap().by_peer);
    assert_eq!((caller.stack.lines(), desk.stack.lines()), (0, 0));
    // An answer that comes too late does nothing.
    desk.stack.answer(600, line, SDP);
    assert!(desk.drain().is_empty());
}

#[test]
fn a_call_that_was_answered_while_it_was_taken_back_is_ended() {
    let (mut caller, mut desk) = (Side::new(1), Side::new(2));
    let out = dial(&mut caller, desk.place, None);
    settle(0, &mut caller, &mut desk, || false);
    let line = desk.invited();
    desk.stack.answer(0, line, SDP);
    let answer = desk.drain();
    caller.stack.hang_up(1, out, None);
    caller.drain();
    for bytes in answer {
        caller.stack.receive(2, desk.place, &bytes);
    }
    settle(2, &mut caller, &mut desk, || false);
    assert!(desk.ended().unwrap().by_peer);
    assert_eq!((caller.stack.lines(), desk.stack.lines()), (0, 0));
}

#[test]
fn nobody_there_is_told_after_half_a_minute_and_an_answer_nobody_hears_ends_the_call() {
    let mut caller = Side::new(1);
    dial(&mut caller, place(9), None);
    for now in (0..33_000).step_by(100) {
        caller.stack.tick(now);
    }
    caller.drain();
    assert_eq!(caller.ended().unwrap().code, Some(408));
    assert_eq!(caller.methods().len(), 7);

    let (mut caller, mut desk) = (Side::new(1), Side::new(2));
    dial(&mut caller, desk.place, None);
    settle(0, &mut caller, &mut desk, || false);
    let line = desk.invited();
    desk.stack.answer(0, line, SDP);
    for now in (0..33_000).step_by(100) {
        desk.stack.tick(now);
        desk.drain();
    }
    assert_eq!(desk.ended().unwrap().code, Some(408));
    assert_eq!(desk.methods().first(), Some(&"BYE"));
    assert_eq!(desk.stack.lines(), 0);
}

/// An INVITE as a peer would write it.
fn invite(call: u32, more: &str, body: &str) -> Vec<u8> {
    format!(
        "INVITE sip:100@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK{call};rport\r\nFrom: <sip:1@h>;tag=f{call}\r\n\
         To: <sip:100@h>\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\nContact: <sip:1@127.0.0.1:1>\r\nMax-Forwards: 70\r\n{more}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What the peer says next in that call.
fn within(desk: &Side, call: u32, method: &str, number: u32, more: &str) -> Vec<u8> {
    let to = desk
        .sent
        .iter()
        .filter(|it| it.header("Call-ID") == Some(&call.to_string()))
        .filter_map(|it| it.header("To"))
        .find(|it| it.contains("tag="))
        .unwrap_or("<sip:100@h>;tag=none");
    format!(
        "{method} sip:100@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK{method}{number}\r\nFrom: <sip:1@h>;tag=f{call}\r\n\
         To: {to}\r\nCall-ID: {call}\r\nCSeq: {number} {method}\r\n{more}\r\n"
    )
    .into_bytes()
}

#[test]
fn a_peer_that_wants_to_be_offered_something_answers_with_its_acknowledgement() {
    let mut desk = Side::new(2);
    desk.stack.receive(0, place(1), &invite(1, "", ""));
    desk.drain();
    let Event::Invited(invitation) = &desk.events[0] else {
        panic!()
    };
    assert!(invitation.offer.is_none());
    let line = invitation.line;
    desk.stack.answer(0, line, SDP);
    desk.drain();
    let mut acknowledgement = within(&desk, 1, "ACK", 1, "Content-Length: 5\r\n");
    acknowledgement.extend(SDP.as_bytes());
    desk.stack.receive(0, place(1), &acknowledgement);
    desk.drain();
    assert!(
        matches!(&desk.events[1], Event::Acknowledged { answer: Some(it), .. } if it == SDP.as_bytes())
    );
}

#[test]
fn an_answer_waits_until_what_was_provisional_is_confirmed() {
    let mut desk = Side::new(2);
    desk.stack
        .receive(0, place(1), &invite(1, "Require: 100rel\r\n", SDP));
    desk.drain();
    let line = desk.invited();
    desk.stack.ring(0, line);
    desk.stack.answer(0, line, SDP);
    desk.drain();
    assert_eq!(desk.codes(), [100, 180]);
    desk.stack.tick(600);
    desk.drain();
    assert_eq!(desk.codes(), [100, 180, 180]);
    desk.stack.receive(
        700,
        place(1),
        &within(&desk, 1, "PRACK", 2, "RAck: 9 1 INVITE\r\n"),
    );
    desk.stack.receive(
        700,
        place(1),
        &within(&desk, 1, "PRACK", 3, "RAck: 1 1 INVITE\r\n"),
    );
    desk.drain();
    assert_eq!(desk.codes()[3..], [481, 200, 200]);
}

#[test]
fn signs_of_life_that_stop_end_the_call_and_ours_are_given() {
    let mut desk = Side::new(2);
    let timer = "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n";
    desk.stack.receive(0, place(1), &invite(1, timer, SDP));
    desk.drain();
    let line = desk.invited();
    desk.stack.answer(0, line, SDP);
    desk.drain();
    assert_eq!(
        desk.sent.last().unwrap().header("Session-Expires"),
        Some("90;refresher=uac")
    );
    desk.stack
        .receive(0, place(1), &within(&desk, 1, "ACK", 1, ""));
    desk.stack.receive(
        50_000,
        place(1),
        &within(
            &desk,
            1,
            "UPDATE",
            2,
            "Session-Expires: 90;refresher=uac\r\n",
        ),
    );
    desk.stack.tick(100_000);
    desk.drain();
    assert!(desk.ended().is_none());
    desk.stack.tick(120_000);
    desk.drain();
    assert!(desk.ended().is_some());

    let mut desk = Side::new(2);
    let timer = "Supported: timer\r\nAllow: UPDATE\r\nSession-Expires: 100;refresher=uas\r\n";
    desk.stack.receive(0, place(1), &invite(1, timer, SDP));
    desk.drain();
    let line = desk.invited();
    desk.stack.answer(0, line, SDP);
    desk.drain();
    desk.stack
        .receive(0, place(1), &within(&desk, 1, "ACK", 1, ""));
    desk.stack.tick(50_000);
    desk.drain();
    assert_eq!(desk.methods(), ["UPDATE"]);
    assert_eq!(
        desk.sent.last().unwrap().header("Session-Expires"),
        Some("100;refresher=uac")
    );

    let mut desk = Side::new(2);
    desk.stack
        .receive(0, place(1), &invite(1, "Session-Expires: 30\r\n", SDP));
    desk.drain();
    assert_eq!(desk.codes(), [422]);
}

#[test]
fn digits_are_heard_in_messages() {
    let mut desk = Side::new(2);
    desk.stack.receive(0, place(1), &invite(1, "", SDP));
    desk.drain();
    let line = desk.invited();
    desk.stack.answer(0, line, SDP);
    desk.drain();
    for (number, kind, body) in [
        (2, "application/dtmf-relay", "Signal=5\r\nDuration=100\r\n"),
        (3, "application/dtmf", "#"),
        (4, "application/dtmf", "x"),
        (5, "text/plain", "5"),
    ] {
        let head = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        let mut info = within(&desk, 1, "INFO", number, &head);
        info.extend(body.as_bytes());
        desk.stack.receive(0, place(1), &info);
    }
    desk.drain();
    let keys: Vec<_> = desk
        .events
        .iter()
        .filter_map(|it| match it {
            Event::Digit { key, .. } => Some(*key),
            _ => None,
        })
        .collect();
    assert_eq!(keys, ['5', '#']);
}

#[test]
fn what_would_make_us_call_or_forward_is_refused() {
    let mut desk = Side::new(2);
    desk.stack.receive(0, place(1), &invite(1, "", SDP));
    desk.drain();
    let line = desk.invited();
    desk.stack.answer(0, line, SDP);
    desk.drain();
    let refer = within(&desk, 1, "REFER", 2, "Refer-To: <sip:premium@h>\r\n");
    desk.stack.receive(0, place(1), &refer);
    desk.drain();
    assert_eq!(desk.codes().last(), Some(&603));
    for (method, code) in [
        ("REGISTER", 403),
        ("REFER", 403),
        ("SUBSCRIBE", 489),
        ("MESSAGE", 405),
        ("OPTIONS", 200),
        ("BYE", 481),
    ] {
        let text = format!(
            "{method} sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bKo{method}\r\nFrom: <sip:1@h>;tag=f\r\nTo: <sip:h>\r\n\
             Call-ID: o{method}\r\nCSeq: 1 {method}\r\n\r\n"
        );
        desk.stack.receive(0, place(1), text.as_bytes());
        desk.drain();
        assert_eq!(desk.codes().last(), Some(&code), "{method}");
    }
    assert!(desk.methods().is_empty());

    // A peer that sends our call elsewhere ends it: nobody else is called.
    let (mut caller, mut peer) = (Side::new(1), Side::new(3));
    dial(&mut caller, peer.place, None);
    settle(0, &mut caller, &mut peer, || false);
    let invited = peer.invited();
    peer.stack.refuse(0, invited, 302);
    settle(0, &mut caller, &mut peer, || false);
    assert_eq!(caller.ended().unwrap().code, Some(302));
    assert_eq!(caller.methods(), ["INVITE", "ACK"]);
}

fn elsewhere(machine: u8) -> Place {
    let address = SocketAddr::from(([192, 0, 2, machine], 5_060));
    Place {
        address,
        ..place(1)
    }
}

#[test]
fn calls_that_nobody_answers_are_bounded_and_cost_nothing_beyond() {
    let mut desk = Side::new(2);
    for call in 0..5_000 {
        desk.stack.receive(0, place(1), &invite(call, "", SDP));
    }
    desk.drain();
    let invited = desk
        .events
        .iter()
        .filter(|it| matches!(it, Event::Invited(_)))
        .count();
    assert_eq!(invited, super::HALF_OPEN_PER_SOURCE);
    assert!(desk.stack.transactions() <= invited && desk.stack.lines() == invited);
    assert_eq!(desk.codes().last(), Some(&503));
    // A peer that is trusted may have more of them, and is bounded, too.
    for call in 5_000..6_000 {
        desk.stack
            .receive_trusted(0, elsewhere(3), &invite(call, "", SDP));
    }
    assert_eq!(desk.stack.lines(), invited + super::HALF_OPEN_TRUSTED);
    for source in 4..20 {
        for call in 0..100 {
            let call = u32::from(source) * 10_000 + call;
            desk.stack
                .receive(0, elsewhere(source), &invite(call, "", SDP));
        }
    }
    assert_eq!(desk.stack.lines(), super::HALF_OPEN_MAX);
}

#[test]
fn who_we_are_is_proved_once_and_a_registration_is_kept() {
    let credentials = Credentials {
        user: "u".to_owned(),
        password: "p".to_owned(),
    };
    let mut here = Side::new(1);
    let registration = Registration {
        id: 7,
        place: place(3),
        registrar: "sip:h".to_owned(),
        address: "sip:u@h".to_owned(),
        user: "u".to_owned(),
        credentials,
        seconds: 600,
    };
    here.stack.register(0, registration);
    here.drain();
    let answer = |here: &Side, head: &str| {
        let asked = here.sent.last().unwrap();
        let mut text = head.to_owned();
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let _ = write!(text, "{name}: {}\r\n", asked.header(name).unwrap());
        }
        text.push_str("\r\n");
        text.into_bytes()
    };
    let challenge = "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"h\", nonce=\"n\", qop=\"auth\"\r\n";
    let asked = answer(&here, challenge);
    here.stack.receive(0, place(3), &asked);
    here.drain();
    let proof = here.sent.last().unwrap();
    assert!(
        proof
            .header("Authorization")
            .unwrap()
            .contains("nc=00000001")
    );
    assert_eq!(proof.header("CSeq"), Some("2 REGISTER"));
    // A wrong password is not tried again and again.
    let asked = answer(&here, challenge);
    here.stack.receive(0, place(3), &asked);
    here.drain();
    assert!(matches!(
        here.events.last(),
        Some(Event::NotRegistered { code: 401, .. })
    ));
    here.stack.tick(10_000);
    here.drain();
    assert_eq!(here.sent.len(), 3);
    let good = answer(&here, "SIP/2.0 200 OK\r\nExpires: 100\r\n");
    here.stack.receive(10_000, place(3), &good);
    here.drain();
    assert!(matches!(
        here.events.last(),
        Some(Event::Registered { seconds: 100, .. })
    ));
    here.stack.tick(86_000);
    here.drain();
    assert_eq!(here.sent.len(), 4);
}
