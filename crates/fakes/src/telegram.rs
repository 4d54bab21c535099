//! The Telegram Bot API: <https://core.telegram.org/bots/api>. A webhook or long polling, never both.

use serde_json::{Value, json};

use crate::{Answer, Asked, Board, Fault, Media, Provider, Push, RETRY_AFTER_SECS, SKEW_MS, Said};

/// The bot's token.
pub const TOKEN: &str = "7000000001:AAfakeTelegramTokenForTests";

/// Largest file that a bot may fetch.
const DOWNLOAD_MAX: usize = 20 * 1024 * 1024;

/// Longest text, in UTF-16 units.
const TEXT_MAX: usize = 4096;

/// Longest caption, in UTF-16 units.
const CAPTION_MAX: usize = 1024;

/// Messages of all chats together in one second.
const PER_SECOND_MAX: u32 = 30;

/// A bot and its customers. A person's id is the chat's id.
#[derive(Debug, Default)]
pub struct Telegram {
    board: Board,
    updates: Vec<(i64, Value)>,
    secret: Option<String>,
    sent_in: (i64, u32),
}

impl Telegram {
    fn method(&mut self, now_ms: i64, method: &str, asked: &Asked) -> Answer {
        let fields = asked.fields();
        let text = |name: &str| {
            fields.get(name).map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        match method {
            "getMe" => ok(&json!({
                "id": 7_000_000_001_i64, "is_bot": true, "first_name": "Plugboard", "username": "plugboard_fake_bot"
            })),
            "setWebhook" => {
                self.board.hook = text("url").filter(|url| !url.is_empty());
                self.secret = text("secret_token");
                ok(&json!(true))
            }
            "deleteWebhook" => {
                self.board.hook = None;
                self.board.pushes.clear();
                ok(&json!(true))
            }
            "getWebhookInfo" => ok(&json!({
                "url": self.board.hook.clone().unwrap_or_default(), "has_custom_certificate": false,
                "pending_update_count": self.updates.len()
            })),
            "getUpdates" => {
                self.get_updates(asked, &|name| text(name).and_then(|v| v.parse().ok()))
            }
            "getFile" => match text("file_id").and_then(|id| self.board.files.get(&id)) {
                None => bad("Bad Request: wrong file_id or the file is temporarily unavailable"),
                Some(file) if file.data.len() > DOWNLOAD_MAX => bad("Bad Request: file is too big"),
                Some(file) => ok(&json!({
                    "file_id": file.id, "file_unique_id": format!("u{}", file.id), "file_size": file.data.len(),
                    "file_path": format!("documents/{}", file.id)
                })),
            },
            "sendChatAction" => ok(&json!(true)),
            "sendMessage" => {
                let said = text("text").unwrap_or_default();
                if said.trim().is_empty() {
                    return bad("Bad Request: message text is empty");
                }
                if said.encode_utf16().count() > TEXT_MAX {
                    return bad("Bad Request: message is too long");
                }
                self.sent(now_ms, text("chat_id"), &said, None)
            }
            "sendLocation" => {
                let place = format!(
                    "{},{}",
                    text("latitude").unwrap_or_default(),
                    text("longitude").unwrap_or_default()
                );
                self.sent(now_ms, text("chat_id"), &place, None)
            }
            "sendPhoto" => self.file(now_ms, asked, "photo", "image"),
            "sendDocument" => self.file(now_ms, asked, "document", "file"),
            "sendVideo" => self.file(now_ms, asked, "video", "video"),
            "sendAudio" => self.file(now_ms, asked, "audio", "voice"),
            "sendVoice" => self.file(now_ms, asked, "voice", "voice"),
            _ => error(404, "Not Found", None),
        }
    }

    fn get_updates(&mut self, asked: &Asked, number: &dyn Fn(&str) -> Option<i64>) -> Answer {
        if self.board.hook.is_some() {
            return error(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
                None,
            );
        }
        if let Some(offset) = number("offset").filter(|offset| *offset > 0) {
            self.updates.retain(|(id, _)| *id >= offset);
        }
        let limit = usize::try_from(number("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
        let timeout = number("timeout").unwrap_or(0);
        if self.updates.is_empty() && timeout > 0 && !asked.waited {
            let mut answer = ok(&json!([]));
            answer.wait_ms = u64::try_from(timeout * 1000).ok();
            return answer;
        }
        let page: Vec<&Value> = self.updates.iter().take(limit).map(|(_, u)| u).collect();
        ok(&json!(page))
    }

    fn file(&mut self, now_ms: i64, asked: &Asked, field: &str, kind: &str) -> Answer {
        let fields = asked.fields();
        let get = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let caption = get("caption").unwrap_or_default();
        if caption.encode_utf16().count() > CAPTION_MAX {
            return bad("Bad Request: message caption is too long");
        }
        let part = asked.parts().into_iter().find(|part| part.name == field);
        let media = match (part, get(field)) {
            (Some(part), _) => Media {
                id: String::new(),
                kind: kind.to_owned(),
                name: part.filename.unwrap_or_default(),
                mime: part.mime.unwrap_or_default(),
                data: part.data,
            },
            (None, Some(known)) => match self.board.files.get(&known) {
                Some(file) => file.clone(),
                None => return bad("Bad Request: wrong file identifier/HTTP URL specified"),
            },
            (None, None) => {
                return bad(&format!("Bad Request: there is no {field} in the request"));
            }
        };
        let media = self.board.keep("BQACAg", media);
        self.sent(now_ms, get("chat_id"), &caption, Some(media))
    }

    fn sent(
        &mut self,
        now_ms: i64,
        chat: Option<String>,
        text: &str,
        media: Option<Media>,
    ) -> Answer {
        let Some(person) = chat.and_then(|chat| self.board.people.get(&chat)).cloned() else {
            return bad("Bad Request: chat not found");
        };
        if person.blocked {
            return error(403, "Forbidden: bot was blocked by the user", None);
        }
        let second = now_ms / 1000;
        if self.sent_in.0 != second {
            self.sent_in = (second, 0);
        }
        self.sent_in.1 += 1;
        if self.sent_in.1 > PER_SECOND_MAX {
            return self.too_many();
        }
        let id = self.board.serial();
        self.board
            .line(&id.to_string(), &person.id, false, text, media, now_ms);
        ok(&json!({
            "message_id": id, "date": now_ms / 1000, "text": text,
            "chat": {"id": person.id.parse::<i64>().unwrap_or(0), "type": "private", "first_name": person.name}
        }))
    }

    fn push(id: i64, update: &Value, secret: Option<&str>) -> Push {
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if let Some(secret) = secret {
            headers.push((
                "x-telegram-bot-api-secret-token".to_owned(),
                secret.to_owned(),
            ));
        }
        Push {
            id: u64::try_from(id).unwrap_or(0),
            method: "POST".to_owned(),
            headers,
            body: update.to_string().into_bytes(),
            tries_left: 5,
            ..Push::default()
        }
    }
}

impl Provider for Telegram {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        if let Some(path) = asked.path.strip_prefix(&format!("/file/bot{TOKEN}/")) {
            let id = path.rsplit('/').next().unwrap_or_default();
            return match self.board.files.get(id) {
                Some(file) => Answer::file(&file.mime, &file.name, file.data.clone()),
                None => error(404, "Not Found", None),
            };
        }
        match asked.path.strip_prefix(&format!("/bot{TOKEN}/")) {
            Some(method) => {
                let method = method.to_owned();
                self.method(now_ms, &method, asked)
            }
            None => error(401, "Unauthorized", None),
        }
    }

    fn too_many(&self) -> Answer {
        error(
            429,
            &format!("Too Many Requests: retry after {RETRY_AFTER_SECS}"),
            Some(json!({"retry_after": RETRY_AFTER_SECS})),
        )
    }

    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = self.board.serial();
        let fate = self.board.fate();
        let chat = person.id.parse::<i64>().unwrap_or(0);
        let at_ms = if fate.skewed {
            now_ms - SKEW_MS
        } else {
            now_ms
        };
        let mut message = json!({
            "message_id": id, "date": at_ms / 1000,
            "from": {"id": chat, "is_bot": false, "first_name": person.name, "language_code": "en"},
            "chat": {"id": chat, "type": "private", "first_name": person.name},
        });
        let media = said
            .media
            .clone()
            .map(|media| self.board.keep("AgACAg", media));
        match &media {
            None => message["text"] = json!(said.text),
            Some(media) => {
                let file = json!({
                    "file_id": media.id, "file_unique_id": format!("u{}", media.id), "file_size": media.data.len(),
                    "mime_type": media.mime, "file_name": media.name
                });
                match media.kind.as_str() {
                    "image" => {
                        message["photo"] = json!([
                            {"file_id": "thumb", "file_unique_id": "t", "file_size": 1, "width": 90, "height": 90}, file
                        ]);
                    }
                    "voice" => message["voice"] = file,
                    "video" => message["video"] = file,
                    _ => message["document"] = file,
                }
                if !said.text.is_empty() {
                    message["caption"] = json!(said.text);
                }
            }
        }
        self.board
            .line(&id.to_string(), &person.id, true, &said.text, media, now_ms);
        let update_id = 880_000_000 + i64::try_from(id).unwrap_or(0);
        let update = json!({"update_id": update_id, "message": message});
        if self.board.hook.is_some() {
            if fate.forged {
                let mut forged = Self::push(update_id, &update, Some("not-the-secret"));
                forged.forged = true;
                self.board.enqueue(forged);
            }
            let push = Self::push(update_id, &update, self.secret.as_deref());
            self.board.enqueue(push);
        } else if self.board.take(Fault::Reorder) && !self.updates.is_empty() {
            let before = self.updates.len() - 1;
            self.updates.insert(before, (update_id, update));
        } else {
            self.updates.push((update_id, update));
        }
        format!("{chat}:{id}")
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "channel-telegram",
            "settings": {"api_url": base_url},
            "secrets": {"bot_token": TOKEN, "webhook_secret": "fake-telegram-hook-secret"}
        })
    }
}

fn ok(result: &Value) -> Answer {
    Answer::json(200, &json!({"ok": true, "result": result}))
}

fn bad(description: &str) -> Answer {
    error(400, description, None)
}

fn error(code: u16, description: &str, parameters: Option<Value>) -> Answer {
    let mut body = json!({"ok": false, "error_code": code, "description": description});
    if let Some(parameters) = parameters {
        body["parameters"] = parameters;
    }
    Answer::json(code, &body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{TOKEN, Telegram};
    use crate::{Asked, Provider, Said};

    fn ask(fake: &mut Telegram, method: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
        let answer = fake.call(
            1_000,
            &Asked::json("POST", &format!("/bot{TOKEN}/{method}"), &body),
        );
        (answer.status, answer.body_json())
    }

    fn hello() -> Said {
        Said {
            person: "42".into(),
            name: Some("Wang".into()),
            text: "hello".into(),
            media: None,
        }
    }

    #[test]
    fn an_offset_takes_the_updates_before_it_away() {
        let mut fake = Telegram::default();
        fake.say(1_000, &hello());
        fake.say(1_000, &hello());
        let (_, page) = ask(&mut fake, "getUpdates", json!({"limit": 1}));
        let first = page["result"][0]["update_id"].as_i64().unwrap();
        let (_, page) = ask(&mut fake, "getUpdates", json!({"offset": first + 1}));
        assert_eq!(page["result"].as_array().unwrap().len(), 1);
        let (_, page) = ask(&mut fake, "getUpdates", json!({"offset": first + 2}));
        assert_eq!(page["result"], json!([]));
    }

    #[test]
    fn a_webhook_excludes_polling_and_carries_the_secret() {
        let mut fake = Telegram::default();
        ask(
            &mut fake,
            "setWebhook",
            json!({"url": "http://x/", "secret_token": "s"}),
        );
        assert_eq!(ask(&mut fake, "getUpdates", json!({})).0, 409);
        fake.say(1_000, &hello());
        let push = fake.board().next_push().unwrap();
        assert!(
            push.headers
                .contains(&("x-telegram-bot-api-secret-token".into(), "s".into()))
        );
    }

    #[test]
    fn sending_has_its_limits() {
        let mut fake = Telegram::default();
        let send = |fake: &mut Telegram, chat: i64, text: &str| {
            ask(fake, "sendMessage", json!({"chat_id": chat, "text": text}))
        };
        assert_eq!(
            send(&mut fake, 42, "hi").1["description"],
            "Bad Request: chat not found"
        );
        fake.say(1_000, &hello());
        assert_eq!(send(&mut fake, 42, "hi").0, 200);
        assert_eq!(
            send(&mut fake, 42, &"x".repeat(4097)).1["description"],
            "Bad Request: message is too long"
        );
        fake.board().people.get_mut("42").unwrap().blocked = true;
        assert_eq!(send(&mut fake, 42, "hi").0, 403);
        let answer = fake.call(0, &Asked::json("POST", "/bot1:wrong/getMe", &json!({})));
        assert_eq!(answer.status, 401);
    }
}
