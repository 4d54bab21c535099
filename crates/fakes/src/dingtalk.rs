//! DingTalk robots in stream mode: a ticket, a socket with a frame for each message, an acknowledgement for each frame.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Answer, Asked, Board, Fault, Media, Provider, SKEW_MS, Said};

/// The application.
pub const CLIENT_ID: &str = "dingfakeclient01";

/// Its secret.
pub const CLIENT_SECRET: &str = "fake-dingtalk-secret";

/// The topic of messages to a robot.
pub const TOPIC: &str = "/v1.0/im/bot/messages/get";

/// How long an access token holds.
const TOKEN_MS: i64 = 7_200_000;

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

/// A robot and the people who write to it. A person's id is their staff id; ids that begin with `cid` are groups.
#[derive(Debug, Default)]
pub struct DingTalk {
    board: Board,
    base_url: String,
    token: Option<(String, i64)>,
    tickets: Vec<(String, i64)>,
    sockets: BTreeMap<u64, Socket>,
    frames: Vec<Frame>,
    acks: u64,
}

impl DingTalk {
    fn gateway(&mut self, now_ms: i64, asked: &Asked) -> Answer {
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
        self.tickets.push((ticket.clone(), now_ms + TICKET_MS));
        let host = asked.header("host").unwrap_or("127.0.0.1");
        self.base_url = format!("http://{host}/dingtalk");
        Answer::json(
            200,
            &json!({"endpoint": format!("ws://{host}/dingtalk/connect"), "ticket": ticket}),
        )
    }

    fn send(&mut self, now_ms: i64, body: &Value, group: bool) -> Answer {
        if body["robotCode"] != CLIENT_ID {
            return error(400, "invalidParameter.robotCode", "robot does not exist");
        }
        let to: Vec<String> = if group {
            body["openConversationId"]
                .as_str()
                .map(str::to_owned)
                .into_iter()
                .collect()
        } else {
            body["userIds"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect()
        };
        let param: Value = serde_json::from_str(body["msgParam"].as_str().unwrap_or_default())
            .unwrap_or(Value::Null);
        let (text, media) = match body["msgKey"].as_str().unwrap_or_default() {
            "sampleText" => (
                param["content"].as_str().unwrap_or_default().to_owned(),
                None,
            ),
            "sampleMarkdown" => (param["text"].as_str().unwrap_or_default().to_owned(), None),
            "sampleImageMsg" => (String::new(), param["photoURL"].as_str().map(str::to_owned)),
            "sampleFile" => (String::new(), param["mediaId"].as_str().map(str::to_owned)),
            _ => return error(400, "invalidParameter.msgKey", "msgKey does not exist"),
        };
        let media = match media {
            None => None,
            Some(id) => match self.board.files.get(&id) {
                Some(media) => Some(media.clone()),
                None => return error(400, "invalidParameter.mediaId", "mediaId does not exist"),
            },
        };
        if text.len() > 20_000 {
            return error(
                400,
                "invalidParameter.msgParam.tooLong",
                "msgParam too long",
            );
        }
        let (known, unknown): (Vec<_>, Vec<_>) = to
            .into_iter()
            .partition(|id| self.board.people.contains_key(id));
        let key = format!("pqk{}", self.board.serial());
        for person in &known {
            self.board
                .line(&key, person, false, &text, media.clone(), now_ms);
        }
        if group && !unknown.is_empty() {
            return error(400, "resource.not.found", "the group does not exist");
        }
        Answer::json(
            200,
            &json!({
                "processQueryKey": key, "invalidStaffIdList": unknown, "flowControlledStaffIdList": []
            }),
        )
    }

    fn file(&self, code: &str) -> Option<&Media> {
        self.board.files.get(code)
    }

    /// How many frames were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acks
    }

    fn authorised(&self, now_ms: i64, token: Option<&str>) -> bool {
        matches!(&self.token, Some((held, until)) if Some(held.as_str()) == token && *until > now_ms)
    }
}

impl Provider for DingTalk {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        let body = asked.body_json();
        match asked.path.as_str() {
            "/v1.0/gateway/connections/open" => return self.gateway(now_ms, asked),
            "/v1.0/oauth2/accessToken" => {
                if body["appKey"] != CLIENT_ID || body["appSecret"] != CLIENT_SECRET {
                    return error(
                        400,
                        "invalidClientIdOrSecret",
                        "the client is not authenticated",
                    );
                }
                let token = format!("fake-ding-token-{}", self.board.serial());
                self.token = Some((token.clone(), now_ms + TOKEN_MS));
                return Answer::json(
                    200,
                    &json!({"accessToken": token, "expireIn": TOKEN_MS / 1000}),
                );
            }
            "/media/upload" => {
                if !self.authorised(now_ms, asked.query_value("access_token").as_deref()) {
                    return Answer::json(
                        200,
                        &json!({"errcode": 40014, "errmsg": "invalid access_token"}),
                    );
                }
                let Some(part) = asked.parts().into_iter().find(|part| part.name == "media") else {
                    return Answer::json(
                        200,
                        &json!({"errcode": 40035, "errmsg": "media missing"}),
                    );
                };
                let media = self.board.keep(
                    "@lAL",
                    Media {
                        kind: asked.query_value("type").unwrap_or_default(),
                        name: part.filename.unwrap_or_default(),
                        mime: part.mime.unwrap_or_default(),
                        data: part.data,
                        ..Media::default()
                    },
                );
                return Answer::json(
                    200,
                    &json!({"errcode": 0, "errmsg": "ok", "media_id": media.id, "type": media.kind}),
                );
            }
            path => {
                if let Some(code) = path.strip_prefix("/files/") {
                    return match self.file(code) {
                        Some(file) => Answer::file(&file.mime, &file.name, file.data.clone()),
                        None => Answer::text(404, "gone"),
                    };
                }
            }
        }
        if !self.authorised(now_ms, asked.header("x-acs-dingtalk-access-token")) {
            return error(
                401,
                "InvalidAuthentication",
                "the access token is invalid or has expired",
            );
        }
        match asked.path.as_str() {
            "/v1.0/robot/oToMessages/batchSend" => self.send(now_ms, &body, false),
            "/v1.0/robot/groupMessages/send" => self.send(now_ms, &body, true),
            "/v1.0/robot/messageFiles/download" => {
                match body["downloadCode"]
                    .as_str()
                    .and_then(|code| self.file(code))
                {
                    Some(file) => Answer::json(
                        200,
                        &json!({"downloadUrl": format!("{}/files/{}", self.base_url, file.id)}),
                    ),
                    None => error(
                        400,
                        "invalidParameter.downloadCode",
                        "downloadCode is invalid",
                    ),
                }
            }
            _ => error(404, "InvalidAction.NotFound", "no such action"),
        }
    }

    fn too_many(&self) -> Answer {
        error(
            403,
            "Forbidden.AccessDenied.QpsLimitForApi",
            "the qps limit of the api is exceeded",
        )
    }

    fn expire_tokens(&mut self) {
        if let Some((_, until)) = &mut self.token {
            *until = 0;
        }
    }

    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = format!("msg{}==", self.board.serial());
        let skew = if self.board.fate().skewed { SKEW_MS } else { 0 };
        let group = person.id.starts_with("cid");
        let mut data = json!({
            "conversationId": if group { person.id.clone() } else { format!("cidOne{}", person.id) },
            "chatbotCorpId": "dingcorp", "chatbotUserId": "$:LWCP_v1:$robot", "msgId": id,
            "senderNick": person.name, "isAdmin": false, "senderStaffId": person.id, "senderCorpId": "dingcorp",
            "sessionWebhookExpiredTime": now_ms + 5_400_000, "createAt": now_ms - skew,
            "conversationType": if group { "2" } else { "1" }, "senderId": format!("$:LWCP_v1:${}", person.id),
            "sessionWebhook": format!("{}/robot/sendBySession?session=fake", self.base_url), "robotCode": CLIENT_ID
        });
        let media = said.media.clone().map(|media| self.board.keep("dl", media));
        match &media {
            None => {
                data["msgtype"] = json!("text");
                data["text"] = json!({"content": said.text});
            }
            Some(media) => {
                let (kind, content) = match media.kind.as_str() {
                    "image" => (
                        "picture",
                        json!({"downloadCode": media.id, "pictureDownloadCode": media.id}),
                    ),
                    "voice" => (
                        "audio",
                        json!({"downloadCode": media.id, "duration": 2000, "recognition": said.text}),
                    ),
                    "video" => (
                        "video",
                        json!({"downloadCode": media.id, "videoType": "mp4", "duration": "2"}),
                    ),
                    _ => (
                        "file",
                        json!({"downloadCode": media.id, "fileName": media.name, "fileId": "1", "spaceId": "2"}),
                    ),
                };
                data["msgtype"] = json!(kind);
                data["content"] = content;
            }
        }
        self.board
            .line(&id, &person.id, true, &said.text, media, now_ms);
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
        if self.board.take(Fault::Reorder) && !self.frames.is_empty() {
            self.frames.insert(self.frames.len() - 1, frame);
        } else {
            self.frames.push(frame);
        }
        self.frames.extend(twice);
        id
    }

    /// `{"disconnect": true}`: the provider wants to be connected to anew.
    fn act(&mut self, now_ms: i64, act: &Value) -> Value {
        if act["disconnect"] == true {
            for socket in self.sockets.values_mut() {
                socket.due.push(system(
                    "disconnect",
                    now_ms,
                    &json!({"reason": "server restart"}),
                ));
                socket.closed = true;
            }
        }
        Value::Null
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "channel-dingtalk-stream",
            "settings": {"api_url": base_url, "oapi_url": base_url, "client_id": CLIENT_ID, "robot_code": CLIENT_ID},
            "secrets": {"client_secret": CLIENT_SECRET}
        })
    }

    fn socket_open(&mut self, now_ms: i64, ticket: &str) -> Option<u64> {
        let at = self
            .tickets
            .iter()
            .position(|(held, until)| held == ticket && *until > now_ms)?;
        self.tickets.remove(at);
        let id = self.board.serial();
        self.sockets.insert(
            id,
            Socket {
                due: Vec::new(),
                ping_ms: now_ms + PING_MS,
                closed: false,
            },
        );
        Some(id)
    }

    fn socket_take(&mut self, now_ms: i64, socket: u64) -> Option<Vec<String>> {
        let one = self.sockets.get_mut(&socket)?;
        let mut due = std::mem::take(&mut one.due);
        if one.closed {
            if due.is_empty() {
                self.sockets.remove(&socket);
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
        for frame in &mut self.frames {
            if frame.sent_ms.is_none_or(|sent| now_ms - sent >= AGAIN_MS) {
                frame.sent_ms = Some(now_ms);
                frame.sent += 1;
                due.push(frame.text.clone());
            }
        }
        self.frames.retain(|frame| frame.sent <= SENT_MAX);
        Some(due)
    }

    fn socket_heard(&mut self, _now_ms: i64, _socket: u64, frame: &str) {
        let Ok(answer) = serde_json::from_str::<Value>(frame) else {
            return;
        };
        let Some(id) = answer["headers"]["messageId"].as_str() else {
            return;
        };
        let before = self.frames.len();
        if answer["code"] == 200 {
            self.frames.retain(|frame| frame.id != id);
        }
        self.acks += u64::from(before != self.frames.len());
    }

    fn socket_gone(&mut self, socket: u64) {
        self.sockets.remove(&socket);
        for frame in &mut self.frames {
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

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"code": code, "message": message, "requestid": "FAKE-REQUEST"}),
    )
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
