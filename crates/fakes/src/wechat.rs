//! A WeChat Official Account in safe mode: encrypted callbacks with the message inside, `message/custom/send`.

use serde_json::{Value, json};

use crate::{
    Answer, Asked, Board, Provider, Push, Said,
    crypto::sha1_sorted,
    wx::{self, AES_KEY, CALLBACK_TOKEN, Tokens, Window, answered, failed},
};

/// The account, also the receiver of callbacks.
pub const APP_ID: &str = "wxfake0123456789ab";

/// Its secret.
pub const SECRET: &str = "fake-wechat-secret";

/// The account's own name in messages.
const ACCOUNT: &str = "gh_fakeaccount";

/// An account and its followers.
#[derive(Debug, Default)]
pub struct WeChat {
    board: Board,
    tokens: Tokens,
}

impl WeChat {
    fn send(&mut self, now_ms: i64, body: &Value) -> Answer {
        let person = body["touser"].as_str().unwrap_or_default().to_owned();
        if !self.board.people.contains_key(&person) {
            return failed(40003, "invalid openid");
        }
        let (text, media) = match body["msgtype"].as_str().unwrap_or_default() {
            "text" => {
                let text = body["text"]["content"].as_str().unwrap_or_default();
                if text.len() > 2048 {
                    return failed(45002, "content size out of limit");
                }
                (text.to_owned(), None)
            }
            kind @ ("image" | "voice" | "video") => {
                let media = body[kind]["media_id"].as_str().unwrap_or_default();
                match wx::file(&self.board, now_ms, media) {
                    Some(media) => (String::new(), Some(media)),
                    None => return failed(40007, "invalid media_id"),
                }
            }
            _ => return failed(40008, "invalid message type"),
        };
        match wx::window(&mut self.board, now_ms, &person) {
            Window::Open => {}
            Window::Closed => {
                return failed(
                    45015,
                    "response out of time limit or subscription is canceled",
                );
            }
            Window::Used => return failed(45047, "out of response count limit"),
        }
        let id = format!("oaout{}", self.board.serial());
        self.board.line(&id, &person, false, &text, media, now_ms);
        answered(&json!({}))
    }
}

impl Provider for WeChat {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        let body = asked.body_json();
        match asked.path.as_str() {
            "/cgi-bin/token" => {
                let given = |name: &str| asked.query_value(name).unwrap_or_default();
                return match (given("appid").as_str(), given("secret").as_str()) {
                    (APP_ID, SECRET) => self.tokens.issue(now_ms),
                    (APP_ID, _) => failed(40125, "invalid appsecret"),
                    _ => failed(40013, "invalid appid"),
                };
            }
            "/cgi-bin/stable_token" => {
                return match (body["appid"].as_str(), body["secret"].as_str()) {
                    (Some(APP_ID), Some(SECRET)) => {
                        self.tokens.stable(now_ms, body["force_refresh"] == true)
                    }
                    (Some(APP_ID), _) => failed(40125, "invalid appsecret"),
                    _ => failed(40013, "invalid appid"),
                };
            }
            _ => {}
        }
        if let Err(refused) = self.tokens.check(now_ms, asked) {
            return refused;
        }
        match asked.path.as_str() {
            "/cgi-bin/message/custom/send" => self.send(now_ms, &body),
            "/cgi-bin/media/upload" => wx::upload(&mut self.board, now_ms, asked),
            "/cgi-bin/media/get" => wx::download(&self.board, now_ms, asked),
            "/cgi-bin/getcallbackip" => answered(&json!({"ip_list": ["127.0.0.1"]})),
            "/cgi-bin/user/info" => {
                let id = asked.query_value("openid").unwrap_or_default();
                match self.board.people.get(&id) {
                    Some(_) => answered(
                        &json!({"subscribe": 1, "openid": id, "language": "zh_CN", "unionid": format!("union-{id}")}),
                    ),
                    None => failed(40003, "invalid openid"),
                }
            }
            _ => failed(40066, "invalid url"),
        }
    }

    fn too_many(&self) -> Answer {
        wx::too_many()
    }

    fn expire_tokens(&mut self) {
        self.tokens.expire();
    }

    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = format!("{}", 23_000_000_000_000_000 + self.board.serial());
        let media = said
            .media
            .clone()
            .map(|media| wx::keep(&mut self.board, now_ms, media));
        let content = match &media {
            None => format!(
                "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{}]]></Content>",
                said.text
            ),
            Some(media) => format!(
                "<MsgType><![CDATA[{}]]></MsgType><MediaId><![CDATA[{}]]></MediaId><Format><![CDATA[amr]]></Format>",
                media.kind, media.id
            ),
        };
        self.board
            .line(&id, &person.id, true, &said.text, media, now_ms);
        let xml = format!(
            "<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{}]]></FromUserName><CreateTime>{}</CreateTime>{content}<MsgId>{id}</MsgId></xml>",
            person.id,
            now_ms / 1000
        );
        wx::callback(&mut self.board, now_ms, APP_ID, true, &xml);
        id
    }

    /// `{"event": "subscribe", "person": "…"}`
    fn act(&mut self, now_ms: i64, act: &Value) -> Value {
        if let (Some(event), Some(person)) = (act["event"].as_str(), act["person"].as_str()) {
            let xml = format!(
                "<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{person}]]></FromUserName><CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event></xml>",
                now_ms / 1000
            );
            wx::callback(&mut self.board, now_ms, APP_ID, true, &xml);
        }
        Value::Null
    }

    fn verification(&mut self, now_ms: i64) -> Option<(Push, String)> {
        let id = self.board.serial();
        let echo = format!("echo{id}");
        let (time, nonce) = ((now_ms / 1000).to_string(), (3_000_000 + id).to_string());
        let signature = sha1_sorted(&[CALLBACK_TOKEN, &time, &nonce]);
        let push = Push {
            id,
            method: "GET".to_owned(),
            query: format!("signature={signature}&timestamp={time}&nonce={nonce}&echostr={echo}"),
            ..Push::default()
        };
        Some((push, echo))
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "channel-wecom",
            "settings": {"mode": "official_account", "api_url": base_url, "app_id": APP_ID},
            "secrets": {"secret": SECRET, "callback_token": CALLBACK_TOKEN, "aes_key": AES_KEY}
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{APP_ID, WeChat};
    use crate::{Provider, Said, crypto::WxKey, wx::AES_KEY};

    #[test]
    fn a_callback_is_sealed_for_the_account() {
        let mut fake = WeChat::default();
        fake.say(
            5_000,
            &Said {
                person: "oUser".into(),
                text: "hello".into(),
                ..Said::default()
            },
        );
        let push = fake.board().next_push().unwrap();
        let body = String::from_utf8(push.body).unwrap();
        let sealed = body
            .split("<Encrypt><![CDATA[")
            .nth(1)
            .unwrap()
            .split("]]>")
            .next()
            .unwrap();
        let (xml, receiver) = WxKey::new(AES_KEY).unwrap().decrypt(sealed).unwrap();
        assert_eq!(receiver, APP_ID);
        assert!(
            xml.contains("<Content><![CDATA[hello]]></Content>"),
            "{xml}"
        );
        assert!(push.query.contains("encrypt_type=aes"));
    }
}
