//! The WhatsApp Cloud API: webhooks signed over the raw body, statuses in any order, a window of 24 hours, media in two
//! steps, and customers without a phone number.

use serde_json::{Value, json};

use crate::{
    Answer, Asked, Board, Fault, Media, Provider, Push, SKEW_MS, Said,
    crypto::{hex, hmac_sha256, sha256_hex},
};

/// The business's number, as the API names it.
pub const PHONE_ID: &str = "106540352242922";

/// The system token.
pub const TOKEN: &str = "fake-whatsapp-token";

/// The secret that webhooks are signed with.
pub const APP_SECRET: &str = "fake-whatsapp-app-secret";

/// What the webhook is verified with.
pub const VERIFY_TOKEN: &str = "fake-whatsapp-verify-token";

/// How long after a message of the customer answers may be sent.
const WINDOW_MS: i64 = 24 * 3_600_000;

/// How long the address of a file holds.
const MEDIA_MS: i64 = 300_000;

/// Longest text.
const TEXT_MAX: usize = 4096;

/// A business number and its customers. A person's id is a phone number in digits, or a scoped id such as `US.1349`.
#[derive(Debug, Default)]
pub struct WhatsApp {
    board: Board,
    base_url: String,
    expired: bool,
}

impl WhatsApp {
    fn send(&mut self, now_ms: i64, body: &Value) -> Answer {
        if body["messaging_product"] != "whatsapp" {
            return error(
                400,
                100,
                "(#100) The parameter messaging_product is required.",
                "",
            );
        }
        if body["status"] == "read" || !body["typing_indicator"].is_null() {
            return Answer::json(200, &json!({"success": true}));
        }
        let to = body["to"]
            .as_str()
            .or(body["recipient"].as_str())
            .unwrap_or_default();
        let Some(person) = self.board.people.get(to.trim_start_matches('+')).cloned() else {
            return error(
                400,
                131_026,
                "Message undeliverable",
                "Recipient is not a WhatsApp user",
            );
        };
        if person.id.contains('.') != body["to"].is_null() {
            return error(
                400,
                131_009,
                "Parameter value is not valid",
                "to is a phone number, recipient a user id",
            );
        }
        let kind = body["type"].as_str().unwrap_or("text");
        let (text, media) = match self.content(kind, body) {
            Ok(content) => content,
            Err(refused) => return refused,
        };
        let open = person
            .wrote_ms
            .is_some_and(|wrote| now_ms - wrote < WINDOW_MS);
        let late = !open && kind != "template";
        if late && !self.board.take(Fault::LateRefusal) {
            return error(
                400,
                131_047,
                "Re-engagement message",
                "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
            );
        }
        let id = format!("wamid.HBgL{:08}", self.board.serial());
        self.board
            .line(&id, &person.id, false, &text, media, now_ms);
        if late {
            self.status(now_ms, &id, &person.id, "failed");
        } else {
            self.status(now_ms, &id, &person.id, "sent");
            self.status(now_ms, &id, &person.id, "delivered");
        }
        Answer::json(
            200,
            &json!({
                "messaging_product": "whatsapp",
                "contacts": [{"input": to, "wa_id": to}],
                "messages": [{"id": id, "message_status": "accepted"}]
            }),
        )
    }

    /// What a message says: its text and its file.
    fn content(&self, kind: &str, body: &Value) -> Result<(String, Option<Media>), Answer> {
        Ok(match kind {
            "text" => {
                let text = body["text"]["body"].as_str().unwrap_or_default();
                if text.chars().count() > TEXT_MAX {
                    return Err(error(
                        400,
                        100,
                        "(#100) Param text['body'] must be at most 4096 characters long.",
                        "",
                    ));
                }
                (text.to_owned(), None)
            }
            "image" | "audio" | "video" | "document" => {
                let id = body[kind]["id"].as_str().unwrap_or_default();
                let Some(media) = self.board.files.get(id).cloned() else {
                    return Err(error(
                        400,
                        131_053,
                        "Media upload error",
                        "unknown media id",
                    ));
                };
                (
                    body[kind]["caption"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned(),
                    Some(media),
                )
            }
            "location" => (
                format!(
                    "{},{}",
                    body["location"]["latitude"], body["location"]["longitude"]
                ),
                None,
            ),
            "interactive" => (
                body["interactive"]["body"]["text"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                None,
            ),
            "template" => (
                format!(
                    "[{}]",
                    body["template"]["name"].as_str().unwrap_or_default()
                ),
                None,
            ),
            _ => return Err(error(400, 100, "(#100) Invalid parameter: type", "")),
        })
    }

    fn status(&mut self, now_ms: i64, id: &str, person: &str, status: &str) {
        let mut one = json!({
            "id": id, "status": status, "timestamp": (now_ms / 1000).to_string(), "recipient_id": person
        });
        if status == "failed" {
            one["errors"] = json!([{"code": 131_047, "title": "Re-engagement message", "message": "Re-engagement message"}]);
        }
        if let Some(line) = self.board.lines.iter_mut().find(|line| line.id == id) {
            status.clone_into(&mut line.state);
        }
        self.push(&json!({"statuses": [one]}));
    }

    fn push(&mut self, value: &Value) {
        let mut whole = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": PHONE_ID}
        });
        if let (Value::Object(whole), Value::Object(value)) = (&mut whole, value) {
            whole.extend(value.clone());
        }
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [{"value": whole, "field": "messages"}]}]
        })
        .to_string();
        let id = self.board.serial();
        if self.board.fate().forged {
            self.board
                .enqueue(signed(id, &body, "not-the-secret", true));
        }
        self.board.enqueue(signed(id, &body, APP_SECRET, false));
    }

    fn media(&mut self, now_ms: i64, id: &str) -> Answer {
        match self.board.files.get(id) {
            None => error(
                400,
                100,
                "Unsupported get request. Object does not exist",
                "",
            ),
            Some(file) => Answer::json(
                200,
                &json!({
                    "messaging_product": "whatsapp", "id": id, "mime_type": file.mime, "file_size": file.data.len(),
                    "sha256": sha256_hex(&file.data), "url": format!("{}/files/{id}?until={}", self.base_url, now_ms + MEDIA_MS)
                }),
            ),
        }
    }
}

impl Provider for WhatsApp {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        if let Some(host) = asked.header("host") {
            self.base_url = format!("http://{host}/whatsapp");
        }
        if asked.bearer() != Some(TOKEN) || self.expired {
            self.expired = false;
            return error(
                401,
                190,
                "Error validating access token: Session has expired",
                "",
            );
        }
        if let Some(id) = asked.path.strip_prefix("/files/") {
            let until: i64 = asked
                .query_value("until")
                .and_then(|until| until.parse().ok())
                .unwrap_or(0);
            return match self.board.files.get(id) {
                Some(file) if now_ms < until => {
                    Answer::file(&file.mime, &file.name, file.data.clone())
                }
                _ => Answer::text(404, "URL signature expired"),
            };
        }
        let Some((_version, rest)) = asked.path.trim_start_matches('/').split_once('/') else {
            return error(400, 2500, "Unknown path components", "");
        };
        let rest = rest.to_owned();
        match (asked.method.as_str(), rest.as_str()) {
            ("POST", path) if path == format!("{PHONE_ID}/messages") => {
                self.send(now_ms, &asked.body_json())
            }
            ("POST", path) if path == format!("{PHONE_ID}/media") => {
                let Some(part) = asked.parts().into_iter().find(|part| part.name == "file") else {
                    return error(400, 100, "(#100) The parameter file is required.", "");
                };
                let mime = part.mime.unwrap_or_default();
                let media = self.board.keep(
                    "8000",
                    Media {
                        kind: mime.split('/').next().unwrap_or_default().to_owned(),
                        name: part.filename.unwrap_or_default(),
                        mime,
                        data: part.data,
                        ..Media::default()
                    },
                );
                Answer::json(200, &json!({"id": media.id}))
            }
            ("GET", PHONE_ID) => Answer::json(
                200,
                &json!({
                    "id": PHONE_ID, "verified_name": "Fake shop", "display_phone_number": "+1 555-078-3881", "quality_rating": "GREEN"
                }),
            ),
            ("GET", id) => self.media(now_ms, id),
            _ => error(400, 100, "Unsupported post request.", ""),
        }
    }

    fn too_many(&self) -> Answer {
        error(
            429,
            130_429,
            "(#130429) Rate limit hit",
            "Message failed to send because there were too many messages sent",
        )
    }

    fn expire_tokens(&mut self) {
        // A system token does not expire by itself; an administrator takes it back, and puts in another one.
        self.expired = true;
    }

    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = format!("wamid.HBgI{:08}", self.board.serial());
        let scoped = person.id.contains('.');
        let skew = if self.board.take(Fault::Skew) {
            SKEW_MS
        } else {
            0
        };
        let mut message = json!({"id": id, "timestamp": ((now_ms - skew) / 1000).to_string()});
        let mut contact = json!({"profile": {"name": person.name}});
        if scoped {
            contact["user_id"] = json!(person.id);
            contact["profile"]["username"] = json!("somebody");
            message["from_user_id"] = json!(person.id);
        } else {
            contact["wa_id"] = json!(person.id);
            contact["user_id"] = json!(format!("US.{}", person.id));
            message["from"] = json!(person.id);
            message["from_user_id"] = json!(format!("US.{}", person.id));
        }
        let media = said
            .media
            .clone()
            .map(|media| self.board.keep("9000", media));
        match &media {
            None => {
                message["type"] = json!("text");
                message["text"] = json!({"body": said.text});
            }
            Some(media) => {
                let kind = match media.kind.as_str() {
                    "voice" => "audio",
                    "file" => "document",
                    other => other,
                };
                message["type"] = json!(kind);
                message[kind] = json!({"id": media.id, "mime_type": media.mime, "sha256": sha256_hex(&media.data)});
                if !said.text.is_empty() {
                    message[kind]["caption"] = json!(said.text);
                }
                if kind == "document" {
                    message[kind]["filename"] = json!(media.name);
                }
            }
        }
        self.board
            .line(&id, &person.id, true, &said.text, media, now_ms);
        self.push(&json!({"contacts": [contact], "messages": [message]}));
        id
    }

    fn read(&mut self, now_ms: i64, person: &str) {
        let unread: Vec<String> = self
            .board
            .lines
            .iter()
            .filter(|line| {
                line.person == person
                    && !line.from_person
                    && line.state != "read"
                    && line.state != "failed"
            })
            .map(|line| line.id.clone())
            .collect();
        for id in unread {
            self.status(now_ms, &id, person, "read");
        }
    }

    fn verification(&mut self, _now_ms: i64) -> Option<(Push, String)> {
        let id = self.board.serial();
        let challenge = format!("11582012{id:02}");
        let push = Push {
            id,
            method: "GET".to_owned(),
            query: format!(
                "hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={VERIFY_TOKEN}"
            ),
            ..Push::default()
        };
        Some((push, challenge))
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "channel-whatsapp",
            "settings": {"api_url": base_url, "phone_number_id": PHONE_ID},
            "secrets": {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
        })
    }
}

fn signed(id: u64, body: &str, secret: &str, forged: bool) -> Push {
    let signature = hex(&hmac_sha256(secret.as_bytes(), body.as_bytes()));
    Push {
        id,
        method: "POST".to_owned(),
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (
                "x-hub-signature-256".to_owned(),
                format!("sha256={signature}"),
            ),
        ],
        body: body.as_bytes().to_vec(),
        tries_left: 5,
        forged,
        ..Push::default()
    }
}

fn error(status: u16, code: i64, message: &str, details: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {
            "message": message, "type": "OAuthException", "code": code, "error_data": {"messaging_product": "whatsapp", "details": details},
            "fbtrace_id": "FAKE"
        }}),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{PHONE_ID, TOKEN, WhatsApp};
    use crate::{Asked, Fault, Provider, Said};

    fn send(fake: &mut WhatsApp, now: i64, body: Value) -> (u16, Value) {
        let asked = Asked::json("POST", &format!("/v23.0/{PHONE_ID}/messages"), &body)
            .with_header("Authorization", &format!("Bearer {TOKEN}"));
        let answer = fake.call(now, &asked);
        (answer.status, answer.body_json())
    }

    fn text(to: &str) -> Value {
        json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "hi"}})
    }

    fn hello(fake: &mut WhatsApp, person: &str) -> Value {
        fake.say(
            0,
            &Said {
                person: person.into(),
                text: "hello".into(),
                ..Said::default()
            },
        );
        serde_json::from_slice(&fake.board().next_push().unwrap().body).unwrap()
    }

    #[test]
    fn the_window_closes_after_a_day() {
        let mut fake = WhatsApp::default();
        hello(&mut fake, "16505551234");
        assert_eq!(send(&mut fake, 86_399_000, text("16505551234")).0, 200);
        assert_eq!(
            send(&mut fake, 86_400_000, text("16505551234")).1["error"]["code"],
            131_047
        );
        fake.board().pushes.clear();
        fake.board().arm(Fault::LateRefusal, 1);
        assert_eq!(send(&mut fake, 86_400_000, text("16505551234")).0, 200);
        let push: Value = serde_json::from_slice(&fake.board().next_push().unwrap().body).unwrap();
        assert_eq!(
            push["entry"][0]["changes"][0]["value"]["statuses"][0]["status"],
            "failed"
        );
    }

    #[test]
    fn somebody_without_a_number_has_a_scoped_id() {
        let mut fake = WhatsApp::default();
        let push = hello(&mut fake, "US.13491208655302741918");
        let value = &push["entry"][0]["changes"][0]["value"];
        assert_eq!(value["messages"][0]["from"], Value::Null);
        assert_eq!(
            value["messages"][0]["from_user_id"],
            "US.13491208655302741918"
        );
        assert_eq!(send(&mut fake, 0, text("US.13491208655302741918")).0, 400);
        let scoped = json!({"messaging_product": "whatsapp", "recipient": "US.13491208655302741918", "type": "text", "text": {"body": "hi"}});
        assert_eq!(send(&mut fake, 0, scoped).0, 200);
    }
}
