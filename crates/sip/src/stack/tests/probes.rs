//! Whether a peer answers at all.

use super::{Event, Message, Side, place};

#[test]
fn whoever_answers_a_probe_is_there_whatever_they_say() {
    for (code, says) in [(200, "OK"), (404, "Not Found"), (401, "Unauthorized")] {
        let mut desk = Side::new(1);
        desk.stack.probe(0, 7, place(2), "sip:trunk.example");
        let sent = desk.drain();
        let asked = Message::parse(&sent[0]).unwrap();
        assert_eq!(asked.method(), Some("OPTIONS"));
        let mut answer = format!("SIP/2.0 {code} {says}\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            answer += &[name, ": ", asked.header(name).unwrap(), "\r\n"].concat();
        }
        answer.push_str("Content-Length: 0\r\n\r\n");
        desk.stack.receive(5, place(2), answer.as_bytes());
        desk.drain();
        let said = desk.events.last();
        assert!(matches!(said, Some(Event::Probed { probe: 7, code: it }) if *it == code));
    }
    let mut alone = Side::new(1);
    alone.stack.probe(0, 9, place(2), "sip:trunk.example");
    for now in (0..40_000).step_by(50) {
        alone.stack.tick(now);
    }
    alone.drain();
    assert!(matches!(
        alone.events.last(),
        Some(Event::Probed {
            probe: 9,
            code: 408
        })
    ));
}
