//! Stream mode: tickets, sockets, and frames that come again until they are acknowledged.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CLIENT_ID, CLIENT_SECRET, DingTalk, TOPIC, error};
use crate::{Answer, Asked, Fault};

/// How long a ticket may be used, once.
const TICKET_MS: i64 = 90_000;

/// A frame without acknowledgement is sent again after this.
const AGAIN_MS: i64 = 10_000;

/// How often a frame is sent at most.
const SENT_MAX: u32 = 3;

/// How often the provider asks whether the other side is there.
const PING_MS: i64 = 30_000;

/// A frame that waits for its acknowledgement.
#[derive(Clone, Debug)]
struct Frame {
    id: String,
    text: String,
    sent_ms: Option<i64>,
    sent: u32,
}

#[derive(Debug)]
struct Socket {
    due: Vec<String>,
    ping_ms: i64,
    closed: bool,
}

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Stream {
    tickets: Vec<(String, i64)>,
    sockets: BTreeMap<u64, Socket>,
    frames: Vec<Frame>,
    pub(super) acks: u64,
}

impl DingTalk {
    /// A ticket for one socket.
    pub(super) fn gateway(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        let body = asked.body_json();
        if body["clientId"] != CLIENT_ID || body["clientSecret"] != CLIENT_SECRET {
            return error(401, "authFailed", "the client is not authenticated");
        }
        let wanted = body["subscriptions"].as_array().is_some_and(|list| {
            list.iter()
                .any(|one| one["type"] == "CALLBACK" && one["topic"] == TOPIC)
        });
        if !wanted {
            return error(400, "invalidParameter", "no subscription");
        }
        let ticket = format!("ticket-{}", self.board.serial());
        self.stream
            .tickets
            .push((ticket.clone(), now_ms + TICKET_MS));
        let host = asked.header("host").unwrap_or("127.0.0.1");
        self.base_url = format!("http://{host}/dingtalk");
        Answer::json(
            200,
            &json!({"endpoint": format!("ws://{host}/dingtalk/connect"), "ticket": ticket}),
        )
    }

    /// A frame for a message, as the armed faults will have it.
    pub(super) fn queue(&mut self, now_ms: i64, data: &Value) {
        let frame_id = format!("frame-{}", self.board.serial());
        let frame = Frame {
            text: json!({
                "specVersion": "1.0", "type": "CALLBACK",
                "headers": {"appId": "app", "connectionId": "c", "contentType": "application/json",
                            "messageId": frame_id, "time": now_ms.to_string(), "topic": TOPIC},
                "data": data.to_string()
            })
            .to_string(),
            id: frame_id,
            sent_ms: None,
            sent: 0,
        };
        let frame = if self.board.take(Fault::Drop) {
            Frame {
                sent_ms: Some(now_ms),
                sent: 1,
                ..frame
            }
        } else {
            frame
        };
        let twice = self.board.take(Fault::Duplicate).then(|| Frame {
            id: format!("{}-again", frame.id),
            text: frame
                .text
                .replace(&frame.id, &format!("{}-again", frame.id)),
            ..frame.clone()
        });
        if self.board.take(Fault::Reorder) && !self.stream.frames.is_empty() {
            self.stream
                .frames
                .insert(self.stream.frames.len() - 1, frame);
        } else {
            self.stream.frames.push(frame);
        }
        self.stream.frames.extend(twice);
    }

    /// Every socket is told to come back.
    pub(super) fn send_away(&mut self, now_ms: i64) {
        for socket in self.stream.sockets.values_mut() {
            let why = json!({"reason": "server restart"});
            socket.due.push(system("disconnect", now_ms, &why));
            socket.closed = true;
        }
    }

    /// Begins a stream for a ticket.
    pub(super) fn open(&mut self, now_ms: i64, ticket: &str) -> Option<u64> {
        let at = self
            .stream
            .tickets
            .iter()
            .position(|(held, until)| held == ticket && *until > now_ms)?;
        self.stream.tickets.remove(at);
        let id = self.board.serial();
        self.stream.sockets.insert(
            id,
            Socket {
                due: Vec::new(),
                ping_ms: now_ms + PING_MS,
                closed: false,
            },
        );
        Some(id)
    }

    /// Frames that are due; `None` when it is closed.
    pub(super) fn take(&mut self, now_ms: i64, socket: u64) -> Option<Vec<String>> {
        let one = self.stream.sockets.get_mut(&socket)?;
        let mut due = std::mem::take(&mut one.due);
        if one.closed {
            if due.is_empty() {
                self.stream.sockets.remove(&socket);
                return None;
            }
            return Some(due);
        }
        if one.ping_ms <= now_ms {
            one.ping_ms = now_ms + PING_MS;
            due.push(system(
                "ping",
                now_ms,
                &json!({"opaque": format!("{now_ms}")}),
            ));
        }
        for frame in &mut self.stream.frames {
            if frame.sent_ms.is_none_or(|sent| now_ms - sent >= AGAIN_MS) {
                frame.sent_ms = Some(now_ms);
                frame.sent += 1;
                due.push(frame.text.clone());
            }
        }
        self.stream.frames.retain(|frame| frame.sent <= SENT_MAX);
        Some(due)
    }

    /// A frame came in.
    pub(super) fn heard(&mut self, frame: &str) {
        let Ok(answer) = serde_json::from_str::<Value>(frame) else {
            return;
        };
        let Some(id) = answer["headers"]["messageId"].as_str() else {
            return;
        };
        let before = self.stream.frames.len();
        if answer["code"] == 200 {
            self.stream.frames.retain(|frame| frame.id != id);
        }
        self.stream.acks += u64::from(before != self.stream.frames.len());
    }

    /// The other side has gone.
    pub(super) fn gone(&mut self, socket: u64) {
        self.stream.sockets.remove(&socket);
        for frame in &mut self.stream.frames {
            frame.sent_ms = None;
        }
    }
}

fn system(topic: &str, now_ms: i64, data: &Value) -> String {
    json!({
        "specVersion": "1.0", "type": "SYSTEM",
        "headers": {"appId": "app", "connectionId": "c", "contentType": "application/json",
                    "messageId": format!("system-{topic}-{now_ms}"), "time": now_ms.to_string(), "topic": topic},
        "data": data.to_string()
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CLIENT_ID, CLIENT_SECRET, DingTalk, TOPIC};
    use crate::{Asked, Provider, Said};

    fn connect(fake: &mut DingTalk, now: i64) -> u64 {
        let open = json!({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "subscriptions": [{"type": "CALLBACK", "topic": TOPIC}]});
        let answer = fake
            .call(
                now,
                &Asked::json("POST", "/v1.0/gateway/connections/open", &open),
            )
            .body_json();
        let ticket = answer["ticket"].as_str().unwrap().to_owned();
        let socket = fake.socket_open(now, &ticket).unwrap();
        assert_eq!(fake.socket_open(now, &ticket), None, "a ticket is for once");
        socket
    }

    fn said() -> Said {
        Said {
            person: "staff1".into(),
            text: "hello".into(),
            ..Said::default()
        }
    }

    #[test]
    fn a_frame_comes_again_until_it_is_acknowledged() {
        let mut fake = DingTalk::default();
        let socket = connect(&mut fake, 0);
        fake.say(0, &said());
        let first = fake.socket_take(0, socket).unwrap();
        assert_eq!(fake.socket_take(5_000, socket).unwrap(), [""; 0]);
        assert_eq!(fake.socket_take(10_000, socket).unwrap(), first);
        let frame: Value = serde_json::from_str(&first[0]).unwrap();
        let ack = json!({"code": 200, "message": "OK", "headers": {"messageId": frame["headers"]["messageId"]}, "data": "{}"});
        fake.socket_heard(10_000, socket, &ack.to_string());
        assert_eq!(fake.socket_take(20_000, socket).unwrap(), [""; 0]);
        assert_eq!(fake.acknowledged(), 1);
    }

    #[test]
    fn the_provider_pings_and_sends_away() {
        let mut fake = DingTalk::default();
        let socket = connect(&mut fake, 0);
        assert!(fake.socket_take(30_000, socket).unwrap()[0].contains("\"ping\""));
        fake.act(30_000, &json!({"disconnect": true}));
        assert!(fake.socket_take(30_000, socket).unwrap()[0].contains("disconnect"));
        assert_eq!(fake.socket_take(30_000, socket), None);
    }
}
