//! What breaks telephones: messages in the manner of RFC 4475, and a hundred thousand that chance changed. Nothing panics,
//! nothing leaks, and nothing that we send goes anywhere but back to where it came from.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::net::SocketAddr;

use plugboard_sip::{Event, Here, Output, Place, Stack, Transport};

const PEER: &str = "198.51.100.7:5060";

fn place() -> Place {
    let address: SocketAddr = PEER.parse().unwrap();
    Place {
        transport: Transport::Udp,
        address,
    }
}

fn stack() -> Stack {
    let mut drawn = 0;
    let here = Here {
        host: "192.0.2.1".to_owned(),
        port: 5060,
        agent: "torture".to_owned(),
    };
    let chance = Box::new(move || {
        drawn += 1;
        drawn
    });
    Stack::new(here, chance)
}

/// The codes that come back, and how many calls it makes.
fn play(stack: &mut Stack, bytes: &[u8]) -> (Vec<u16>, usize) {
    stack.receive(0, place(), bytes);
    let (mut codes, mut calls) = (Vec::new(), 0);
    while let Some(output) = stack.poll() {
        match output {
            Output::Send { place: to, bytes } => {
                assert_eq!(to.address.ip(), place().address.ip());
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let code: Option<u16> = text
                    .strip_prefix("SIP/2.0 ")
                    .and_then(|it| it.get(..3)?.parse().ok());
                codes.extend(code);
            }
            Output::Event(Event::Invited(it)) => {
                calls += 1;
                stack.refuse(0, it.line, 480);
            }
            Output::Event(_) => {}
        }
    }
    (codes, calls)
}

fn invite(edit: impl Fn(String) -> String) -> Vec<u8> {
    let text = "INVITE sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n\
        From: <sip:1@198.51.100.7>;tag=f\r\nTo: <sip:100@192.0.2.1>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\nContact: <sip:1@198.51.100.7>\r\n\
        Content-Type: application/sdp\r\n\r\nv=0\r\n";
    edit(text.to_owned()).into_bytes()
}

/// What a message is answered with: the last code; 0 when nothing is said.
fn answered(edit: impl Fn(String) -> String) -> u16 {
    let (codes, _) = play(&mut stack(), &invite(edit));
    codes.last().copied().unwrap_or(0)
}

#[test]
fn messages_that_are_strange_and_right_are_taken() {
    for (from, to) in [
        // Section 3.1.1.1: white space, folded lines, short names, unknown headers.
        ("To: <sip:100@192.0.2.1>", "TO :\r\n <sip:100@192.0.2.1>"),
        ("Contact: ", "Unknown-Header: ;;,,;;,; \"\r\nm: "),
        // 3.1.1.2: letters that no name has, but may.
        (
            "<sip:1@198.51.100.7>;tag=f",
            "\"a \\\" b\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com>;tag=f",
        ),
        ("Max-Forwards: 70", "Max-Forwards: 070"),
        // 3.1.1.8 and 9: dashes, and more than one way.
        (
            "Max-Forwards",
            "Via: SIP/2.0/UDP a.example;branch=x , SIP/2.0/TCP b.example;branch=y\r\nMax-Forwards",
        ),
        ("CSeq: 1 INVITE", "CSeq: 0009  INVITE"),
    ] {
        assert_eq!(answered(|it| it.replacen(from, to, 1)), 480, "{to}");
    }
}

#[test]
fn messages_that_are_wrong_are_refused_or_not_heard() {
    for (from, to, code) in [
        ("CSeq: 1 INVITE", "CSeq: 9292394834772304023312 INVITE", 400),
        ("CSeq: 1 INVITE", "CSeq: 1 OPTIONS", 400),
        ("CSeq: 1 INVITE", "CSeq: INVITE", 400),
        ("Call-ID: a\r\n", "", 0),
        ("Call-ID: a", "Call-ID: a\r\nCall-ID: b", 0),
        (
            "To: <sip:100@192.0.2.1>",
            "To: \"Mr. J. User <sip:j@example.com>",
            400,
        ),
        (
            "From: <sip:1@198.51.100.7>;tag=f",
            "From: <sip:1@198.51.100.7>",
            400,
        ),
        (
            "INVITE sip:100@192.0.2.1",
            "INVITE nobodyKnowsThisScheme:x",
            416,
        ),
        (
            "INVITE sip:100@192.0.2.1",
            "INVITE <sip:100@192.0.2.1>",
            416,
        ),
        (
            "INVITE sip:100@192.0.2.1 SIP/2.0",
            "INVITE sip:100@192.0.2.1; lr SIP/2.0",
            0,
        ),
        (
            "INVITE sip:100@192.0.2.1 SIP/2.0",
            "INVITE sip:100@192.0.2.1 SIP/7.0",
            0,
        ),
        (
            "Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKa",
            "Via: SIP/7.0/UDP c.example;branch=z9hG4bKa",
            0,
        ),
        ("Max-Forwards", "Content-Length: 9999\r\nMax-Forwards", 0),
        ("Max-Forwards", "Content-Length: -999\r\nMax-Forwards", 0),
        (
            "Max-Forwards",
            "Require: nothingSupportsThis\r\nMax-Forwards",
            420,
        ),
        ("application/sdp", "application/unknownformat", 415),
        (
            "application/sdp",
            "application/sdp\r\nContent-Encoding: gzip",
            415,
        ),
        (";tag=f", ";tag=f\r\nFrom: <sip:2@h>;tag=g", 0),
        (
            "To: <sip:100@192.0.2.1>",
            "To: <sip:100@192.0.2.1>;tag=nobody",
            481,
        ),
    ] {
        assert_eq!(answered(|it| it.replacen(from, to, 1)), code, "{to}");
    }
    let (codes, calls) = play(&mut stack(), &[0; 3_000]);
    assert!(codes.is_empty() && calls == 0);
}

#[test]
fn a_hundred_thousand_changed_messages_break_nothing_and_leave_nothing() {
    let mut stack = stack();
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let methods = [
        "INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "INFO", "UPDATE", "PRACK", "REFER",
    ];
    let words: [&[u8]; 8] = [
        b"\r\n", b";", b"<", b"\"", b"sip:", b",", b"SIP/2.0", b"\0\xFF",
    ];
    for round in 0..100_000_usize {
        let method = methods[draw(methods.len())];
        let mut bytes = invite(|it| {
            it.replace("INVITE", method)
                .replace("z9hG4bKa", &format!("z9hG4bK{}", round % 5_000))
                .replace("Call-ID: a", &format!("Call-ID: {}", round % 5_000))
        });
        for _ in 0..draw(6) {
            if bytes.is_empty() {
                break;
            }
            let at = draw(bytes.len());
            match draw(4) {
                0 => bytes[at] = u8::try_from(draw(256)).unwrap(),
                1 => drop(bytes.drain(at..(at + draw(20)).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, words[draw(words.len())].iter().copied())),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let now = round as u64 * 10;
        stack.receive(now, place(), &bytes);
        if round % 50 == 0 {
            stack.tick(now);
        }
        while let Some(output) = stack.poll() {
            if let Output::Event(Event::Invited(it)) = output {
                stack.refuse(now, it.line, 480);
            }
        }
    }
    assert_eq!(stack.lines(), 0);
    stack.tick(u64::MAX / 2);
    assert_eq!(stack.transactions(), 0);
}
