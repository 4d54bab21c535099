//! WeCom 微信客服: a callback that only hints, `kf/sync_msg` with a cursor, `kf/send_msg` with the sender's own id.
//! <https://developer.work.weixin.qq.com/document/path/94670>

use serde_json::{Value, json};

use crate::{
    Answer, Asked, Board, Provider, Push, Said,
    wx::{self, AES_KEY, CALLBACK_TOKEN, Tokens, Window, answered, failed},
};

/// The company, also the receiver of callbacks.
pub const CORP_ID: &str = "wx5823bf96d3bd56c7";

/// The secret of 微信客服.
pub const SECRET: &str = "fake-wecom-secret";

/// The account that customers write to.
pub const OPEN_KFID: &str = "wkFakeAccount01";

/// How long the token of a callback may be used.
const HINT_MS: i64 = 600_000;

/// A company with one account.
#[derive(Debug, Default)]
pub struct WeCom {
    board: Board,
    tokens: Tokens,
    log: Vec<Value>,
    sent: Vec<String>,
    hints: Vec<(String, i64)>,
    states: std::collections::BTreeMap<String, i64>,
}

impl WeCom {
    /// How many access tokens were given out.
    pub fn tokens_issued(&self) -> u64 {
        self.tokens.issued()
    }

    fn sync(&mut self, now_ms: i64, body: &Value) -> Answer {
        if let Some(hint) = body["token"].as_str().filter(|hint| !hint.is_empty()) {
            match self.hints.iter().find(|(known, _)| known == hint) {
                Some((_, at)) if now_ms - at < HINT_MS => {}
                _ => return failed(95007, "invalid msg token"),
            }
        }
        let began = usize::try_from(self.board.began()).unwrap_or_default();
        let from = match body["cursor"].as_str().unwrap_or_default() {
            "" => 0,
            cursor => match cursor
                .strip_prefix("cur")
                .and_then(|at| at.parse::<usize>().ok())
                .map(|at| at.saturating_sub(began))
            {
                Some(at) if at <= self.log.len() => at,
                _ => return failed(40058, "invalid Request Parameter: cursor"),
            },
        };
        let limit = body["limit"].as_u64().unwrap_or(1000).clamp(1, 1000);
        let limit = usize::try_from(limit).unwrap_or(1000);
        if wx::empty_page(&mut self.board) {
            return answered(
                &json!({"next_cursor": format!("cur{}", began + from), "has_more": 1, "msg_list": []}),
            );
        }
        let until = (from + limit).min(self.log.len());
        answered(&json!({
            "next_cursor": format!("cur{}", began + until),
            "has_more": i32::from(until < self.log.len()),
            "msg_list": self.log[from..until]
        }))
    }

    fn send(&mut self, now_ms: i64, body: &Value) -> Answer {
        if body["open_kfid"] != OPEN_KFID {
            return failed(95000, "invalid open_kfid");
        }
        let person = body["touser"].as_str().unwrap_or_default().to_owned();
        if !self.board.people.contains_key(&person) {
            return failed(40003, "invalid external_userid");
        }
        let asked = body["msgid"].as_str().unwrap_or_default();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if asked.len() > 32 || !asked.bytes().all(fits) {
            return failed(40058, "invalid Request Parameter: msgid");
        }
        if self.sent.iter().any(|sent| sent == asked) {
            return answered(&json!({"msgid": asked}));
        }
        let id = if asked.is_empty() {
            format!("kfmsg{}", self.board.serial())
        } else {
            asked.to_owned()
        };
        // 3: a person of the company answers in their own client; 4: the session has ended.
        if matches!(self.states.get(&person), Some(3 | 4)) {
            return failed(95018, "send msg session status invalid");
        }
        let (text, media) = match body["msgtype"].as_str().unwrap_or_default() {
            "text" => {
                let text = body["text"]["content"].as_str().unwrap_or_default();
                if text.is_empty() {
                    return failed(44004, "empty content");
                }
                if text.len() > 2048 {
                    return failed(45002, "content size out of limit");
                }
                (text.to_owned(), None)
            }
            kind @ ("image" | "voice" | "video" | "file") => {
                let media = body[kind]["media_id"].as_str().unwrap_or_default();
                match wx::file(&self.board, now_ms, media) {
                    Some(media) => (String::new(), Some(media)),
                    None => return failed(40007, "invalid media_id"),
                }
            }
            "location" => (
                format!(
                    "{},{}",
                    body["location"]["latitude"], body["location"]["longitude"]
                ),
                None,
            ),
            "msgmenu" => (
                body["msgmenu"]["head_content"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                None,
            ),
            _ => return failed(40008, "invalid message type"),
        };
        match wx::window(&mut self.board, now_ms, &person) {
            Window::Open => {}
            Window::Closed => return failed(95002, "send msg out of 48 hours"),
            Window::Used => return failed(95001, "send msg count limit"),
        }
        self.sent.push(id.clone());
        self.board.line(&id, &person, false, &text, media, now_ms);
        answered(&json!({"msgid": id}))
    }

    fn customers(&self, body: &Value) -> Answer {
        let asked = body["external_userid_list"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let (known, unknown): (Vec<_>, Vec<_>) = asked
            .iter()
            .filter_map(Value::as_str)
            .partition(|id| self.board.people.contains_key(*id));
        let known: Vec<Value> = known
            .iter()
            .map(|id| json!({
                "external_userid": id, "nickname": self.board.people[*id].name, "avatar": "", "gender": 0,
                "unionid": format!("union-{id}")
            }))
            .collect();
        answered(&json!({"customer_list": known, "invalid_external_userid": unknown}))
    }

    /// A callback that says that there is something to fetch.
    fn hint(&mut self, now_ms: i64) {
        let hint = format!("ENCHint{}", self.board.serial());
        self.hints.push((hint.clone(), now_ms));
        let xml = format!(
            "<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[{hint}]]></Token><OpenKfId><![CDATA[{OPEN_KFID}]]></OpenKfId></xml>",
            now_ms / 1000
        );
        wx::callback(&mut self.board, now_ms, CORP_ID, false, &xml);
    }
}

impl Provider for WeCom {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        if asked.path == "/cgi-bin/gettoken" {
            let given = |name: &str| asked.query_value(name).unwrap_or_default();
            return match (given("corpid").as_str(), given("corpsecret").as_str()) {
                (CORP_ID, SECRET) => self.tokens.issue(now_ms),
                (CORP_ID, _) => failed(40001, "invalid credential"),
                _ => failed(40013, "invalid corpid"),
            };
        }
        if let Err(refused) = self.tokens.check(now_ms, asked) {
            return refused;
        }
        let body = asked.body_json();
        match asked.path.as_str() {
            "/cgi-bin/kf/sync_msg" => self.sync(now_ms, &body),
            "/cgi-bin/kf/send_msg" => self.send(now_ms, &body),
            "/cgi-bin/kf/customer/batchget" => self.customers(&body),
            "/cgi-bin/kf/account/list" => answered(
                &json!({"account_list": [{"open_kfid": OPEN_KFID, "name": "Fake shop", "avatar": ""}]}),
            ),
            "/cgi-bin/kf/service_state/get" => {
                let person = body["external_userid"].as_str().unwrap_or_default();
                answered(&json!({"service_state": self.states.get(person).copied().unwrap_or(1)}))
            }
            "/cgi-bin/kf/service_state/trans" => {
                let person = body["external_userid"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                self.states
                    .insert(person, body["service_state"].as_i64().unwrap_or(1));
                answered(&json!({}))
            }
            "/cgi-bin/media/upload" => wx::upload(&mut self.board, now_ms, asked),
            "/cgi-bin/media/get" => wx::download(&self.board, now_ms, asked),
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
        let id = format!("kfin{:06}", self.board.serial());
        let media = said
            .media
            .clone()
            .map(|media| wx::keep(&mut self.board, now_ms, media));
        let mut message = json!({
            "msgid": id, "open_kfid": OPEN_KFID, "external_userid": person.id, "send_time": now_ms / 1000, "origin": 3
        });
        match &media {
            None => {
                message["msgtype"] = json!("text");
                message["text"] = json!({"content": said.text});
            }
            Some(media) => {
                message["msgtype"] = json!(media.kind);
                message[media.kind.as_str()] = json!({"media_id": media.id});
            }
        }
        self.board
            .line(&id, &person.id, true, &said.text, media, now_ms);
        if !self.states.contains_key(&person.id) {
            self.states.insert(person.id.clone(), 1);
            self.log.push(json!({
                "msgid": format!("kfev{:06}", self.board.serial()), "send_time": now_ms / 1000, "origin": 4,
                "msgtype": "event",
                "event": {"event_type": "enter_session", "open_kfid": OPEN_KFID, "external_userid": person.id,
                          "scene": "shop", "welcome_code": "WELCOME"}
            }));
        }
        if matches!(self.states.get(&person.id), Some(4)) {
            self.states.insert(person.id.clone(), 1);
        }
        self.log.push(message);
        self.hint(now_ms);
        id
    }

    /// `{"fail": "<msgid>"}`: a message that was sent turns out not to have arrived. `{"state": 3, "person": "…"}`.
    fn act(&mut self, now_ms: i64, act: &Value) -> Value {
        if let Some(failed) = act["fail"].as_str() {
            let person = self
                .board
                .lines
                .iter()
                .find(|line| line.id == failed)
                .map(|line| line.person.clone());
            self.log.push(json!({
                "msgid": format!("kfev{:06}", self.board.serial()), "send_time": now_ms / 1000, "origin": 4,
                "msgtype": "event",
                "event": {"event_type": "msg_send_fail", "open_kfid": OPEN_KFID, "external_userid": person,
                          "fail_msgid": failed, "fail_type": 2}
            }));
            self.hint(now_ms);
        }
        if let (Some(person), Some(state)) = (act["person"].as_str(), act["state"].as_i64()) {
            self.states.insert(person.to_owned(), state);
        }
        Value::Null
    }

    fn verification(&mut self, now_ms: i64) -> Option<(Push, String)> {
        Some(wx::verification(&mut self.board, now_ms, CORP_ID))
    }

    fn setup(&self, base_url: &str) -> Value {
        json!({
            "plugin": "channel-wecom",
            "settings": {"mode": "kf", "api_url": base_url, "app_id": CORP_ID, "open_kfid": OPEN_KFID},
            "secrets": {"secret": SECRET, "callback_token": CALLBACK_TOKEN, "aes_key": AES_KEY}
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CORP_ID, OPEN_KFID, SECRET, WeCom};
    use crate::{Asked, Provider, Said};

    const HOUR: i64 = 3_600_000;

    fn token(fake: &mut WeCom, now: i64) -> String {
        let path = format!("/cgi-bin/gettoken?corpid={CORP_ID}&corpsecret={SECRET}");
        let answer = fake
            .call(now, &Asked::json("GET", &path, &Value::Null))
            .body_json();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn ask(fake: &mut WeCom, now: i64, token: &str, path: &str, body: Value) -> Value {
        let path = format!("/cgi-bin/{path}?access_token={token}");
        fake.call(now, &Asked::json("POST", &path, &body))
            .body_json()
    }

    fn said() -> Said {
        Said {
            person: "wmA".into(),
            text: "在吗".into(),
            ..Said::default()
        }
    }

    #[test]
    fn a_new_token_ends_the_one_before_it_after_five_minutes() {
        let mut fake = WeCom::default();
        let old = token(&mut fake, 0);
        let new = token(&mut fake, 1_000);
        assert_eq!(
            ask(&mut fake, 1_000, &old, "kf/account/list", json!({}))["errcode"],
            0
        );
        assert_eq!(
            ask(&mut fake, 302_000, &old, "kf/account/list", json!({}))["errcode"],
            42001
        );
        assert_eq!(
            ask(&mut fake, 302_000, &new, "kf/account/list", json!({}))["errcode"],
            0
        );
        assert_eq!(
            ask(&mut fake, 7_300_000, &new, "kf/account/list", json!({}))["errcode"],
            42001
        );
        assert_eq!(
            ask(&mut fake, 0, "nonsense", "kf/account/list", json!({}))["errcode"],
            40014
        );
    }

    #[test]
    fn the_cursor_may_stand_still_with_more_to_come() {
        let mut fake = WeCom::default();
        let token = token(&mut fake, 0);
        fake.say(0, &said());
        fake.board().arm(crate::Fault::EmptyPage, 1);
        let page = ask(
            &mut fake,
            0,
            &token,
            "kf/sync_msg",
            json!({"cursor": "", "limit": 1}),
        );
        assert_eq!(
            (&page["has_more"], &page["msg_list"]),
            (&json!(1), &json!([]))
        );
        let page = ask(
            &mut fake,
            0,
            &token,
            "kf/sync_msg",
            json!({"cursor": page["next_cursor"], "limit": 1}),
        );
        assert_eq!(page["msg_list"][0]["event"]["event_type"], "enter_session");
        let page = ask(
            &mut fake,
            0,
            &token,
            "kf/sync_msg",
            json!({"cursor": page["next_cursor"], "limit": 1}),
        );
        assert_eq!(page["msg_list"][0]["text"]["content"], "在吗");
        assert_eq!(page["has_more"], 0);
    }

    #[test]
    fn five_answers_in_48_hours_and_the_same_id_only_once() {
        let mut fake = WeCom::default();
        let token = token(&mut fake, 0);
        fake.say(0, &said());
        let send = |fake: &mut WeCom, now: i64, token: &str, id: &str| {
            ask(fake, now, token, "kf/send_msg", json!({
                "touser": "wmA", "open_kfid": OPEN_KFID, "msgid": id, "msgtype": "text", "text": {"content": "好"}
            }))["errcode"].clone()
        };
        for id in ["a", "a", "b", "c", "d", "e"] {
            assert_eq!(send(&mut fake, 0, &token, id), 0);
        }
        assert_eq!(
            fake.board()
                .lines
                .iter()
                .filter(|line| !line.from_person)
                .count(),
            5
        );
        assert_eq!(send(&mut fake, 0, &token, "f"), 95001);
        fake.say(0, &said());
        assert_eq!(send(&mut fake, 0, &token, "f"), 0);
        let late = token_later(&mut fake, 49 * HOUR);
        assert_eq!(send(&mut fake, 49 * HOUR, &late, "g"), 95002);
    }

    fn token_later(fake: &mut WeCom, now_ms: i64) -> String {
        fake.tokens.issue(now_ms).body_json()["access_token"]
            .as_str()
            .expect("a token was issued")
            .to_owned()
    }
}
