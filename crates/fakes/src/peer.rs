//! A business's own system that speaks the generic webhook channel: Standard Webhooks both ways.
//! <https://github.com/standard-webhooks/standard-webhooks>

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{Answer, Asked, Board, Media, Provider, Push, SKEW_MS, Said, crypto::hmac_sha256};

/// What both sides sign with.
pub const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// How far a time may be off.
const TOLERANCE_SECS: i64 = 300;

/// The system and its customers.
#[derive(Debug, Default)]
pub struct Peer {
    board: Board,
    seen: Vec<String>,
    base_url: String,
}

impl Peer {
    fn push(&mut self, now_ms: i64, kind: &str, data: &Value) {
        let number = self.board.serial();
        let fate = self.board.fate();
        let body = json!({"type": kind, "data": data}).to_string();
        if fate.forged {
            self.board.enqueue(signed(
                number,
                now_ms,
                &body,
                "not the secret".as_bytes(),
                true,
            ));
        }
        if fate.skewed {
            self.board
                .enqueue(signed(number, now_ms - SKEW_MS, &body, &key(), true));
        }
        self.board
            .enqueue(signed(number, now_ms, &body, &key(), false));
    }

    fn heard(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        let header = |name: &str| asked.header(name).unwrap_or_default();
        let (id, time) = (
            header("webhook-id").to_owned(),
            header("webhook-timestamp").to_owned(),
        );
        let signatures = header("webhook-signature").to_owned();
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        let wanted = format!(
            "v1,{}",
            STANDARD.encode(hmac_sha256(
                &key(),
                format!("{id}.{time}.{body}").as_bytes()
            ))
        );
        let off = (now_ms / 1000 - time.parse::<i64>().unwrap_or(0)).abs();
        if !signatures.split(' ').any(|one| one == wanted) || off > TOLERANCE_SECS {
            return Answer::json(401, &json!({"error": "bad signature"}));
        }
        let whole = asked.body_json();
        if whole["type"] == "ping" {
            return Answer::json(200, &json!({}));
        }
        let data = &whole["data"];
        let key = data["id"].as_str().unwrap_or_default().to_owned();
        if self.seen.contains(&key) {
            return Answer::json(200, &json!({"id": format!("peer-{key}")}));
        }
        let person = data["to"]["id"].as_str().unwrap_or_default().to_owned();
        if !self.board.people.contains_key(&person) {
            return Answer::json(
                404,
                &json!({"code": "not-found", "error": "nobody of that id"}),
            );
        }
        let mut text = String::new();
        let mut media = None;
        for part in data["parts"].as_array().into_iter().flatten() {
            if let Some(said) = part["text"].as_str() {
                text.push_str(said);
            }
            if let Some(file) = part["media"].as_object() {
                let get = |name: &str| {
                    file.get(name)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                media = Some(Media {
                    kind: "file".to_owned(),
                    name: get("name"),
                    mime: get("mime"),
                    data: STANDARD.decode(get("base64")).unwrap_or_default(),
                    ..Media::default()
                });
            }
        }
        self.seen.push(key.clone());
        self.board
            .line(&format!("peer-{key}"), &person, false, &text, media, now_ms);
        Answer::json(200, &json!({"id": format!("peer-{key}")}))
    }
}

impl Provider for Peer {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        if let Some(host) = asked.header("host") {
            self.base_url = format!("http://{host}/peer");
        }
        if let Some(id) = asked.path.strip_prefix("/files/") {
            return match self.board.files.get(id) {
                Some(file) => Answer::file(&file.mime, &file.name, file.data.clone()),
                None => Answer::text(404, "gone"),
            };
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/inbox") => self.heard(now_ms, asked),
            _ => Answer::text(404, "not found"),
        }
    }

    fn too_many(&self) -> Answer {
        let mut answer = Answer::json(429, &json!({"error": "too many requests"}));
        answer.headers.push((
            "retry-after".to_owned(),
            crate::RETRY_AFTER_SECS.to_string(),
        ));
        answer
    }

    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = format!("m{}", self.board.serial());
        let mut parts = Vec::new();
        if !said.text.is_empty() {
            parts.push(json!({"text": said.text}));
        }
        let media = said.media.clone().map(|media| self.board.keep("f", media));
        if let Some(media) = &media {
            parts.push(json!({"media": {
                "url": format!("{}/files/{}", self.base_url, media.id), "name": media.name, "mime": media.mime
            }}));
        }
        self.board
            .line(&id, &person.id, true, &said.text, media, now_ms);
        self.push(now_ms, "message", &json!({
            "id": id, "thread": person.id, "sender": {"id": person.id, "name": person.name}, "sent_at": now_ms, "parts": parts
        }));
        id
    }

    fn read(&mut self, now_ms: i64, person: &str) {
        let sent: Vec<String> = self
            .board
            .lines
            .iter_mut()
            .filter(|line| line.person == person && !line.from_person && line.state != "read")
            .map(|line| {
                "read".clone_into(&mut line.state);
                line.id.clone()
            })
            .collect();
        for id in sent {
            self.push(
                now_ms,
                "receipt",
                &json!({"id": id, "state": "read", "at": now_ms}),
            );
        }
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "channel-webhook",
            "settings": {"url": format!("{base_url}/inbox")},
            "secrets": {"signing_secret": SECRET}
        })
    }
}

fn key() -> Vec<u8> {
    let text = SECRET.trim_start_matches("whsec_");
    STANDARD.decode(text).expect("the secret is base64")
}

fn signed(number: u64, at_ms: i64, body: &str, key: &[u8], forged: bool) -> Push {
    let (id, time) = (format!("msg_{number}"), at_ms / 1000);
    let signature = STANDARD.encode(hmac_sha256(key, format!("{id}.{time}.{body}").as_bytes()));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Push {
        id: number,
        method: "POST".to_owned(),
        headers: vec![
            header("content-type", "application/json"),
            header("webhook-id", &id),
            header("webhook-timestamp", &time.to_string()),
            // While a secret is replaced, a message bears the signatures of both.
            header("webhook-signature", &format!("v1,b3RoZXI= v1,{signature}")),
        ],
        body: body.as_bytes().to_vec(),
        tries_left: 5,
        forged,
        ..Push::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Peer, key, signed};
    use crate::{Asked, Provider, Said};

    #[test]
    fn only_what_is_signed_lately_is_believed_and_only_once() {
        let mut fake = Peer::default();
        fake.say(
            1_000_000,
            &Said {
                person: "p1".into(),
                text: "hi".into(),
                ..Said::default()
            },
        );
        let body = json!({"type": "message", "data": {"id": "k", "to": {"id": "p1"}, "parts": [{"text": "yes"}]}}).to_string();
        let ask = |fake: &mut Peer, at_ms: i64, key: &[u8]| {
            let push = signed(9, at_ms, &body, key, false);
            let asked = Asked {
                method: "POST".into(),
                path: "/inbox".into(),
                headers: push.headers,
                body: push.body,
                ..Asked::default()
            };
            fake.call(1_000_000, &asked).status
        };
        assert_eq!(ask(&mut fake, 1_000_000, b"other"), 401);
        assert_eq!(ask(&mut fake, 600_000, &key()), 401);
        assert_eq!(ask(&mut fake, 1_000_000, &key()), 200);
        assert_eq!(ask(&mut fake, 1_000_000, &key()), 200);
        assert_eq!(fake.board().lines.len(), 2);
    }
}
