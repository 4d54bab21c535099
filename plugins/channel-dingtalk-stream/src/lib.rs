//! DingTalk robots in stream mode. The desk owns the socket; this is the state machine behind it.
//!
//! - A frame is acknowledged with the answer of the step that reads it: the desk sends it after the message is durable. A frame
//!   that could not be read whole is not acknowledged, and comes again.
//! - DingTalk has no idempotency keys: what was begun is remembered, and what nobody knows is `uncertain`.

mod api;
mod stream;

use plugboard_plugin_sdk::{
    Body, ChannelEvent, Failure, MediaRef, Outbound, export, info,
    lifecycle::{Info, Lifecycle},
    log,
    messaging::{Capabilities, Channel, Sent},
    settings,
    socket::{Dial, Frame as SocketFrame, Session, Step},
    steps::Steps,
    web::Ingress,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::stream::{Frame, Message, TOPIC};

/// DingTalk asks for a sign of life about every 60 seconds.
const PING_MS: u32 = 25_000;

/// A stream that is silent for so long has been cut.
const IDLE_MS: u32 = 120_000;

/// Longest text, in characters: the parameters of a message have at most 20,000 bytes.
const TEXT_MAX: u32 = 5_000;

/// What the administrator typed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    #[serde(default = "api_url")]
    pub(crate) api_url: String,
    #[serde(default = "oapi_url")]
    pub(crate) oapi_url: String,
    pub(crate) client_id: String,
    robot_code: Option<String>,
}

impl Settings {
    /// The robot's code is mostly the client's id.
    pub(crate) fn robot_code(&self) -> &str {
        self.robot_code
            .as_deref()
            .filter(|code| !code.is_empty())
            .unwrap_or(&self.client_id)
    }
}

fn api_url() -> String {
    "https://api.dingtalk.com".to_owned()
}

fn oapi_url() -> String {
    "https://oapi.dingtalk.com".to_owned()
}

struct DingTalk;

impl Lifecycle for DingTalk {
    fn describe() -> Info {
        info!()
    }
}

/// Everything arrives over the stream: webhooks of DingTalk do not sign their body.
impl Ingress for DingTalk {}

impl Session for DingTalk {
    fn open(_attempt: u32) -> Result<Dial, Failure> {
        let settings: Settings = settings()?;
        Ok(Dial {
            url: api::gateway(&settings)?,
            headers: Vec::new(),
            subprotocols: Vec::new(),
            ping_every_ms: PING_MS,
            idle_timeout_ms: IDLE_MS,
        })
    }

    fn on_frame(state: Vec<u8>, frame: SocketFrame) -> Result<Step, Failure> {
        let mut step = Step::keep(state);
        let SocketFrame::Text(text) = frame else {
            return Ok(step);
        };
        let Ok(frame) = serde_json::from_str::<Frame>(&text) else {
            log::warn("a frame that is not of the protocol was left out");
            return Ok(step);
        };
        match (frame.kind.as_str(), frame.headers.topic.as_str()) {
            // The answer holds what the question held.
            ("SYSTEM", "ping") => step.send.push(SocketFrame::Text(frame.ack(&frame.data))),
            ("SYSTEM", "disconnect") => step.close = Some("the provider asked for it".to_owned()),
            ("CALLBACK", TOPIC) => {
                step.events.extend(message(&frame)?);
                step.send
                    .push(SocketFrame::Text(frame.ack(r#"{"response": {}}"#)));
            }
            ("EVENT", _) => {
                let seen = r#"{"status": "SUCCESS", "message": "ignored"}"#;
                step.send.push(SocketFrame::Text(frame.ack(seen)));
            }
            _ => step.send.push(SocketFrame::Text(frame.ack("{}"))),
        }
        Ok(step)
    }
}

/// The message of a frame with its files. When a file may be had later, the frame fails, and comes again.
fn message(frame: &Frame) -> Result<Option<ChannelEvent>, Failure> {
    let Ok(message) = serde_json::from_str::<Message>(&frame.data) else {
        log::warn("a message that is not as documented was left out");
        return Ok(None);
    };
    let mut inbound = message.inbound();
    let files = message.files();
    if !files.is_empty() {
        let settings: Settings = settings()?;
        for file in files {
            inbound.parts.push(match api::download(&settings, &file) {
                Ok(media) => Body::Media(media),
                Err(failure) if api::may_work_later(&failure) => return Err(failure),
                Err(failure) => {
                    let lost = json!({"name": file.name, "why": failure.code});
                    Body::Other(("file-unavailable".to_owned(), lost.to_string()))
                }
            });
        }
    }
    Ok(Some(ChannelEvent::Message(inbound)))
}

impl Channel for DingTalk {
    fn describe_channel() -> Capabilities {
        Capabilities {
            media: ["image", "file"].map(str::to_owned).to_vec(),
            max_text: TEXT_MAX,
            max_attachment_bytes: api::UPLOAD_MAX,
            ..Capabilities::default()
        }
    }

    fn send(message: Outbound) -> Result<Sent, Failure> {
        let settings: Settings = settings()?;
        let mut steps = Steps::of(&message)?;
        let mut last = None;
        for part in &message.parts {
            last = Some(steps.step(|| {
                let (key, param) = match part {
                    Body::Text(text) => text_message(text),
                    Body::Media(media) => {
                        file_message(media, &api::upload(&settings, media, media_type(media))?)
                    }
                    _ => return Err(Failure::invalid("DingTalk takes no part of this kind")),
                };
                let (path, body) = request(&settings, &message, key, &param);
                api::send(&settings, path, &body)
            })?);
        }
        last.map(Sent::new)
            .ok_or_else(|| Failure::invalid("there is nothing in the message"))
    }

    fn connect() -> Result<Value, Failure> {
        let settings: Settings = settings()?;
        // Opening proves id, secret and that stream mode is switched on; the ticket simply ends.
        api::gateway(&settings)?;
        Ok(json!({"robot": settings.robot_code()}))
    }
}

fn text_message(text: &str) -> (&'static str, Value) {
    ("sampleText", json!({"content": text}))
}

fn media_type(media: &MediaRef) -> &'static str {
    if media.mime.starts_with("image/") {
        "image"
    } else {
        "file"
    }
}

fn file_message(media: &MediaRef, id: &str) -> (&'static str, Value) {
    if media_type(media) == "image" {
        return ("sampleImageMsg", json!({"photoURL": id}));
    }
    let kind = media.name.rsplit_once('.').map_or("", |(_, kind)| kind);
    (
        "sampleFile",
        json!({"mediaId": id, "fileName": media.name, "fileType": kind}),
    )
}

/// Path and body of a message, to one person or to a group.
fn request(
    settings: &Settings,
    message: &Outbound,
    key: &str,
    param: &Value,
) -> (&'static str, Value) {
    let mut body =
        json!({"robotCode": settings.robot_code(), "msgKey": key, "msgParam": param.to_string()});
    let thread = message.thread_key.as_deref();
    if let Some(group) = thread.and_then(|thread| thread.strip_prefix("group/")) {
        body["openConversationId"] = json!(group);
        return ("/v1.0/robot/groupMessages/send", body);
    }
    body["userIds"] = json!([message.to.value]);
    ("/v1.0/robot/oToMessages/batchSend", body)
}

export!(DingTalk: channel_socket);

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::{
        ChannelEvent, Identity, Outbound,
        socket::{Frame, Session},
    };
    use serde_json::{Value, json};

    use super::{DingTalk, Settings, request, text_message};

    fn frame(name: &str) -> Frame {
        let path = format!("{}/tests/{name}.json", env!("CARGO_MANIFEST_DIR"));
        Frame::Text(std::fs::read_to_string(path).unwrap())
    }

    fn system(topic: &str) -> Frame {
        let data = json!({"opaque": "17"}).to_string();
        let headers = json!({"topic": topic, "messageId": "s1"});
        Frame::Text(json!({"type": "SYSTEM", "headers": headers, "data": data}).to_string())
    }

    #[test]
    fn a_message_is_handed_in_and_acknowledged() {
        let step = DingTalk::on_frame(b"kept".to_vec(), frame("text")).unwrap();
        assert!(matches!(&step.events[..], [ChannelEvent::Message(_)]));
        assert_eq!(step.send.len(), 1);
        assert_eq!(step.state, b"kept");
    }

    #[test]
    fn a_ping_is_answered_with_what_it_held() {
        let step = DingTalk::on_frame(Vec::new(), system("ping")).unwrap();
        let [Frame::Text(pong)] = &step.send[..] else {
            panic!("one answer")
        };
        let pong: Value = serde_json::from_str(pong).unwrap();
        assert_eq!(pong["data"], r#"{"opaque":"17"}"#);
    }

    #[test]
    fn a_stream_is_closed_when_the_provider_asks() {
        let step = DingTalk::on_frame(Vec::new(), system("disconnect")).unwrap();
        assert!(step.close.is_some() && step.send.is_empty());
    }

    #[test]
    fn noise_is_left_out() {
        for text in ["", "{}", "[1]", "null"] {
            let step = DingTalk::on_frame(Vec::new(), Frame::Text(text.to_owned())).unwrap();
            assert!(step.send.is_empty() && step.events.is_empty());
        }
        DingTalk::on_frame(Vec::new(), Frame::Binary(vec![1])).unwrap();
    }

    #[test]
    fn groups_and_people_are_written_to_differently() {
        let settings = Settings {
            api_url: String::new(),
            oapi_url: String::new(),
            client_id: "ding1".into(),
            robot_code: None,
        };
        let mut message = Outbound {
            idempotency_key: "k".into(),
            account: String::new(),
            thread_key: Some("group/cid1".into()),
            to: Identity::new("dingtalk", "corp", "staff1"),
            parts: Vec::new(),
            template: None,
            extras: Vec::new(),
        };
        let (key, param) = text_message("hi");
        let (path, body) = request(&settings, &message, key, &param);
        assert!(path.contains("groupMessages") && body["openConversationId"] == "cid1");
        assert_eq!(body["msgParam"], r#"{"content":"hi"}"#);
        message.thread_key = Some("one/cid2".into());
        let (path, body) = request(&settings, &message, key, &param);
        assert!(path.contains("oToMessages") && body["userIds"] == json!(["staff1"]));
    }
}
