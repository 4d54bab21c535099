//! Frames of the stream and the messages in them.
//! <https://opensource.dingtalk.com/developerpedia/docs/learn/stream/protocol>

use plugboard_plugin_sdk::{Body, Identity, Inbound};
use serde::Deserialize;
use serde_json::{Value, json};

/// Messages to a robot.
pub(crate) const TOPIC: &str = "/v1.0/im/bot/messages/get";

/// A frame of DingTalk.
#[derive(Debug, Deserialize)]
pub(crate) struct Frame {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) headers: Headers,
    /// JSON in a text.
    #[serde(default)]
    pub(crate) data: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Headers {
    pub(crate) topic: String,
    pub(crate) message_id: String,
}

impl Frame {
    /// The acknowledgement: without it the frame comes again.
    pub(crate) fn ack(&self, data: &str) -> String {
        json!({
            "code": 200, "message": "OK",
            "headers": {"messageId": self.headers.message_id, "contentType": "application/json"},
            "data": data
        })
        .to_string()
    }
}

/// A message to the robot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    msg_id: String,
    conversation_id: String,
    #[serde(default)]
    conversation_type: String,
    sender_id: String,
    sender_staff_id: Option<String>,
    sender_nick: Option<String>,
    sender_corp_id: Option<String>,
    create_at: u64,
    msgtype: String,
    text: Option<Text>,
    #[serde(default)]
    content: Value,
}

#[derive(Debug, Deserialize)]
struct Text {
    content: String,
}

/// A file that can be fetched by its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) mime: &'static str,
}

impl Message {
    /// The message as the desk takes it, without its files.
    pub(crate) fn inbound(&self) -> Inbound {
        let group = self.conversation_type == "2";
        // Staff ids are of a company; people from outside have none.
        let id = self
            .sender_staff_id
            .as_deref()
            .filter(|id| !id.is_empty())
            .unwrap_or(&self.sender_id);
        let mut sender = Identity::new(
            "dingtalk",
            self.sender_corp_id.as_deref().unwrap_or_default(),
            id,
        );
        sender.display_name.clone_from(&self.sender_nick);
        sender.verified = true;
        Inbound {
            dedupe_key: self.msg_id.clone(),
            thread_key: format!(
                "{}/{}",
                if group { "group" } else { "one" },
                self.conversation_id
            ),
            sender,
            sent_at: self.create_at,
            parts: self.parts(),
            reply_to: None,
            extras: Vec::new(),
        }
    }

    fn parts(&self) -> Vec<Body> {
        let content = |name: &str| self.content[name].as_str().unwrap_or_default().to_owned();
        match self.msgtype.as_str() {
            // In groups the text begins with a blank in the place of "@robot".
            "text" => self
                .text
                .iter()
                .map(|text| Body::Text(text.content.trim().to_owned()))
                .collect(),
            "richText" => {
                let pieces = self.content["richText"].as_array().into_iter().flatten();
                let text: Vec<&str> = pieces.filter_map(|piece| piece["text"].as_str()).collect();
                if text.is_empty() {
                    Vec::new()
                } else {
                    vec![Body::Text(text.join("\n"))]
                }
            }
            "audio" if !content("recognition").is_empty() => {
                vec![Body::Text(content("recognition"))]
            }
            "picture" | "audio" | "video" | "file" => Vec::new(),
            kind => vec![Body::Other((
                format!("dingtalk.{kind}"),
                self.content.to_string(),
            ))],
        }
    }

    /// The files of the message.
    pub(crate) fn files(&self) -> Vec<File> {
        let file = |value: &Value, name: &str, mime| {
            let code = value["downloadCode"].as_str()?;
            let name = value["fileName"].as_str().unwrap_or(name);
            Some(File {
                code: code.to_owned(),
                name: name.to_owned(),
                mime,
            })
        };
        let one = |name, mime| file(&self.content, name, mime).into_iter().collect();
        match self.msgtype.as_str() {
            "picture" => one("picture.jpg", "image/jpeg"),
            "audio" => one("voice.amr", "audio/amr"),
            "video" => one("video.mp4", "video/mp4"),
            "file" => one("file", "application/octet-stream"),
            "richText" => self.content["richText"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|piece| file(piece, "picture.jpg", "image/jpeg"))
                .collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use plugboard_plugin_sdk::Body;

    use super::{File, Frame, Message};

    fn frame(name: &str) -> Frame {
        let path = format!("{}/tests/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn message(name: &str) -> Message {
        serde_json::from_str(&frame(name).data).unwrap()
    }

    #[test]
    fn a_text_in_a_group_is_read() {
        let inbound = message("text").inbound();
        assert_eq!(inbound.parts, [Body::Text("发票怎么开？".into())]);
        assert_eq!(inbound.thread_key, "group/cidGroup1");
        assert_eq!(
            (inbound.sender.scope.as_str(), inbound.sender.value.as_str()),
            ("dingcorp", "manager123")
        );
        assert_eq!(inbound.dedupe_key, "msg1==");
    }

    #[test]
    fn rich_text_has_text_and_pictures() {
        let message = message("rich");
        assert_eq!(
            message.inbound().parts,
            [Body::Text("first\nsecond".into())]
        );
        let picture = File {
            code: "code1".into(),
            name: "picture.jpg".into(),
            mime: "image/jpeg",
        };
        assert_eq!(message.files(), [picture]);
    }

    #[test]
    fn an_acknowledgement_names_the_frame() {
        let ack: serde_json::Value = serde_json::from_str(&frame("text").ack("{}")).unwrap();
        assert_eq!(ack["headers"]["messageId"], "frame-1");
        assert_eq!(ack["code"], 200);
    }
}
