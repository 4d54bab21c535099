//! Messages of a robot.

use serde_json::{Value, json};

use super::{CLIENT_ID, DingTalk, error};
use crate::Answer;

impl DingTalk {
    /// To people, or to a group.
    pub(super) fn send(&mut self, now_ms: i64, body: &Value, group: bool) -> Answer {
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
}
