use proptest::prelude::*;

use super::{Malformed, Message};

const INVITE: &str = "INVITE sip:057188880000@192.0.2.1 SIP/2.0\r\nv: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK1;rport\r\n\
    f: \"Li, Lei\" <sip:13800138000@198.51.100.7>;tag=a\r\nt: <sip:057188880000@192.0.2.1>\r\ni: 1@198.51.100.7\r\n\
    CSeq: 1 INVITE\r\nContact: <sip:a@198.51.100.7>,\r\n <sip:b@198.51.100.7;x=\"1,2\">\r\nl: 4\r\n\r\nbody and more";

#[test]
fn short_names_folded_lines_and_lengths_are_read() {
    let message = Message::parse(INVITE.as_bytes()).unwrap();
    assert_eq!(message.method(), Some("INVITE"));
    assert_eq!(message.header("call-id"), Some("1@198.51.100.7"));
    assert_eq!(message.list("Contact").count(), 2);
    assert_eq!(message.body, b"body");
    let from = message.header("From").unwrap();
    assert!(from.starts_with("\"Li, Lei\""), "{from}");
    assert_eq!(message.list("From").count(), 1);
}

#[test]
fn what_is_written_is_read() {
    let message = Message::parse(INVITE.as_bytes()).unwrap();
    let mut read = Message::parse(&message.to_bytes()).unwrap();
    read.remove("Content-Length");
    let mut same = message.clone();
    same.remove("Content-Length");
    assert_eq!(read, same);
}

#[test]
fn a_value_with_a_line_break_is_no_new_header() {
    let message = Message::parse(INVITE.as_bytes()).unwrap();
    let message = message.with("Subject", "a\r\nRoute: <sip:evil>");
    let read = Message::parse(&message.to_bytes()).unwrap();
    assert_eq!(read.header("Route"), None);
}

#[test]
fn what_is_no_message_is_named() {
    let refused =
        |from: &str, to: &str| Message::parse(INVITE.replace(from, to).as_bytes()).unwrap_err();
    assert_eq!(
        refused("SIP/2.0\r\nv", "SIP/7.0\r\nv"),
        Malformed::FirstLine
    );
    assert_eq!(refused("i: 1@", "f: 1@"), Malformed::Count("From"));
    assert_eq!(refused("l: 4", "l: 400"), Malformed::CutOff);
    assert_eq!(refused("l: 4", "l: -4"), Malformed::Header);
    assert_eq!(
        refused("CSeq: 1 INVITE", "CSeq 1 INVITE"),
        Malformed::Header
    );
    assert_eq!(refused("\r\n\r\n", "\r\n"), Malformed::CutOff);
    assert_eq!(refused("v: ", "X: "), Malformed::Count("Via"));
    let many = INVITE.replace("l: 4", &"X: 1\r\n".repeat(200));
    assert_eq!(Message::parse(many.as_bytes()), Err(Malformed::TooMany));
    assert_eq!(Message::parse(&vec![b'a'; 70_000]), Err(Malformed::TooLong));
}

proptest! {
    #[test]
    fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::parse(&bytes);
    }

    #[test]
    fn a_message_that_was_changed_can_be_read_and_written(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let mut bytes = INVITE.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(message) = Message::parse(&bytes) {
            let _ = Message::parse(&message.to_bytes());
            for name in ["Contact", "Via", "From"] {
                let _ = message.list(name).count();
            }
        }
    }
}
