//! DingTalk robots in stream mode: a ticket, a socket with a frame for each message, an acknowledgement for each frame.

mod sending;
mod stream;

use serde_json::{Value, json};

use self::stream::Stream;
use crate::{Answer, Asked, Board, Media, Provider, SKEW_MS, Said};

/// The application.
pub const CLIENT_ID: &str = "dingfakeclient01";

/// Its secret.
pub const CLIENT_SECRET: &str = "fake-dingtalk-secret";

/// The topic of messages to a robot.
pub const TOPIC: &str = "/v1.0/im/bot/messages/get";

/// How long an access token holds.
const TOKEN_MS: i64 = 7_200_000;

/// A robot and the people who write to it. A person's id is their staff id; ids that begin with `cid` are groups.
#[derive(Debug, Default)]
pub struct DingTalk {
    board: Board,
    base_url: String,
    token: Option<(String, i64)>,
    stream: Stream,
}

impl DingTalk {
    fn file(&self, code: &str) -> Option<&Media> {
        self.board.files.get(code)
    }

    /// How many frames were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.stream.acks
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
        self.queue(now_ms, &data);
        id
    }

    /// `{"disconnect": true}`: the provider wants to be connected to anew.
    fn act(&mut self, now_ms: i64, act: &Value) -> Value {
        if act["disconnect"] == true {
            self.send_away(now_ms);
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
        self.open(now_ms, ticket)
    }

    fn socket_take(&mut self, now_ms: i64, socket: u64) -> Option<Vec<String>> {
        self.take(now_ms, socket)
    }

    fn socket_heard(&mut self, _now_ms: i64, _socket: u64, frame: &str) {
        self.heard(frame);
    }

    fn socket_gone(&mut self, socket: u64) {
        self.gone(socket);
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"code": code, "message": message, "requestid": "FAKE-REQUEST"}),
    )
}
