//! A provider that its plugin's author describes in a file: it pushes signed requests to a webhook, and takes answers at one
//! address. For channels that nobody here has heard of; `docs/plugins.md` tells what to write.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer, Asked, Board, Provider, Push, RETRY_AFTER_SECS, SKEW_MS, Said,
    crypto::{hex, hmac_sha256},
};

/// How far the time of a signed request may be off.
const TOLERANCE_SECS: i64 = 300;

/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// What an author writes of a provider. In texts, `{{NAME}}` stands for something of that name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Description {
    /// What the administrator types in; `{{base}}` is where the provider is.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secrets, by name; made up.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// How both sides sign; not at all when unset.
    pub signature: Option<Signature>,
    /// What it pushes when a customer writes.
    pub push: Message,
    /// What it pushes when a customer reads; nothing when unset.
    pub receipt: Option<Message>,
    /// How it takes answers.
    pub send: Send,
}

/// A signature, HMAC-SHA256, in a header.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signature {
    /// Name of the secret. One that begins with `whsec_` is a key in base64.
    pub secret: String,
    /// What is signed, of `{{body}}`, `{{id}}` and `{{seconds}}`.
    #[serde(default = "whole_body")]
    pub over: String,
    /// Base64 instead of hex.
    #[serde(default)]
    pub base64: bool,
    /// The header that bears it.
    pub header: String,
    /// What the header holds, with `{{signature}}`.
    #[serde(default = "bare")]
    pub value: String,
    /// The header that bears the request's id.
    pub id_header: Option<String>,
    /// The header that bears its time, in seconds.
    pub time_header: Option<String>,
}

fn whole_body() -> String {
    "{{body}}".to_owned()
}

fn bare() -> String {
    "{{signature}}".to_owned()
}

/// A request that the provider makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Message {
    /// Headers besides that of the signature.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, with `{{id}}`, `{{person}}`, `{{name}}`, `{{text}}` as JSON texts without their quotes, and `{{at_ms}}`.
    pub body: String,
}

/// How the provider takes answers: JSON at one address.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Send {
    /// Below the provider's address.
    pub path: String,
    /// Where in the body the customer is, as a JSON pointer.
    pub to: String,
    /// Where the text is.
    pub text: String,
    /// Where the key is by which it recognises a message that it had before; it does not, when unset.
    pub key: Option<String>,
    /// Other bodies that are answered with 200 and an empty object, such as a ping: a JSON pointer, and what is there.
    #[serde(default)]
    pub ignore: BTreeMap<String, String>,
    /// What it answers, with `{{id}}`.
    pub answer: String,
    /// How it says that there is no such customer.
    #[serde(default = "no_such_customer")]
    pub nobody: Refusal,
    /// Longest text, in characters.
    pub max_text: Option<usize>,
    /// How it says that a text is too long.
    #[serde(default = "malformed")]
    pub too_long: Refusal,
    /// How many hours after a customer wrote answers are taken.
    pub window_hours: Option<i64>,
    /// How many answers are taken then.
    pub quota: Option<u32>,
    /// How it says that it takes no more answers.
    #[serde(default = "forbidden")]
    pub closed: Refusal,
}

/// An answer that is none.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Body.
    #[serde(default)]
    pub body: String,
}

fn refusal(status: u16) -> Refusal {
    Refusal {
        status,
        body: String::new(),
    }
}

fn no_such_customer() -> Refusal {
    refusal(404)
}

fn malformed() -> Refusal {
    refusal(400)
}

fn forbidden() -> Refusal {
    refusal(403)
}

impl Refusal {
    fn answer(&self) -> Answer {
        Answer::text(self.status, &self.body)
    }
}

/// The provider.
#[derive(Debug)]
pub struct Described {
    description: Description,
    board: Board,
    sent: BTreeMap<String, String>,
    read: BTreeSet<String>,
}

impl Described {
    /// One that nobody has talked to.
    pub fn new(description: Description) -> Self {
        Self {
            description,
            board: Board::default(),
            sent: BTreeMap::new(),
            read: BTreeSet::new(),
        }
    }

    fn key(&self, name: &str) -> Vec<u8> {
        let secret = self.description.secrets.get(name);
        let secret = secret.map(String::as_str).unwrap_or_default();
        let decoded = secret.strip_prefix("whsec_").map(|it| STANDARD.decode(it));
        match decoded {
            Some(Ok(key)) => key,
            _ => secret.as_bytes().to_vec(),
        }
    }

    /// What the header of the signature holds.
    fn signed(signature: &Signature, key: &[u8], id: &str, seconds: &str, body: &str) -> String {
        let over = fill(
            &signature.over,
            &[("body", body), ("id", id), ("seconds", seconds)],
        );
        let digest = hmac_sha256(key, over.as_bytes());
        let digest = if signature.base64 {
            STANDARD.encode(digest)
        } else {
            hex(&digest)
        };
        fill(&signature.value, &[("signature", &digest)])
    }

    fn push(&mut self, now_ms: i64, message: &Message, values: &[(&str, &str)]) {
        let number = self.board.serial();
        let fate = self.board.fate();
        let values: Vec<(&str, String)> = values
            .iter()
            .map(|(name, it)| (*name, escaped(it)))
            .collect();
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, it)| (*name, it.as_str()))
            .collect();
        let body = fill(&message.body, &values);
        let timed = self
            .description
            .signature
            .as_ref()
            .is_some_and(|it| it.time_header.is_some());
        if fate.forged && self.description.signature.is_some() {
            let forged = self.request(message, number, now_ms, &body, true);
            self.board.enqueue(forged);
        }
        // Without a time in it, an old request is as good as a new one.
        if fate.skewed && timed {
            let mut old = self.request(message, number, now_ms - SKEW_MS, &body, false);
            old.forged = true;
            self.board.enqueue(old);
        }
        let push = self.request(message, number, now_ms, &body, false);
        self.board.enqueue(push);
    }

    fn request(
        &self,
        message: &Message,
        number: u64,
        at_ms: i64,
        body: &str,
        forged: bool,
    ) -> Push {
        let (id, seconds) = (format!("msg_{number}"), (at_ms / 1000).to_string());
        let mut headers: Vec<(String, String)> = message.headers.clone().into_iter().collect();
        if let Some(signature) = &self.description.signature {
            let key = if forged {
                b"not the secret".to_vec()
            } else {
                self.key(&signature.secret)
            };
            let value = Self::signed(signature, &key, &id, &seconds, body);
            headers.push((signature.header.clone(), value));
            headers.extend(signature.id_header.clone().map(|it| (it, id)));
            headers.extend(signature.time_header.clone().map(|it| (it, seconds)));
        }
        Push {
            id: number,
            method: "POST".to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
            tries_left: 5,
            forged,
            ..Push::default()
        }
    }

    fn is_signed(&self, now_ms: i64, asked: &Asked) -> bool {
        let Some(signature) = &self.description.signature else {
            return true;
        };
        let header = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or_default().to_ascii_lowercase();
            asked.header(&name).unwrap_or_default().to_owned()
        };
        let (id, seconds) = (header(&signature.id_header), header(&signature.time_header));
        let off = (now_ms / 1000 - seconds.parse::<i64>().unwrap_or(0)).abs();
        if signature.time_header.is_some() && off > TOLERANCE_SECS {
            return false;
        }
        let body = String::from_utf8_lossy(&asked.body).into_owned();
        let wanted = Self::signed(
            signature,
            &self.key(&signature.secret),
            &id,
            &seconds,
            &body,
        );
        let given = asked.header(&signature.header.to_ascii_lowercase());
        given.is_some_and(|it| it == wanted)
    }

    fn heard(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        if !self.is_signed(now_ms, asked) {
            return Answer::text(401, "the signature is wrong");
        }
        let send = self.description.send.clone();
        let whole = asked.body_json();
        let at = |pointer: &str| match whole.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        if send
            .ignore
            .iter()
            .any(|(pointer, text)| at(pointer) == *text)
        {
            return Answer::json(200, &json!({}));
        }
        let (person, text) = (at(&send.to), at(&send.text));
        let key = send.key.as_deref().map(at);
        if let Some(id) = key.as_ref().and_then(|key| self.sent.get(key)) {
            return accepted(&send, id);
        }
        let Some(known) = self.board.people.get_mut(&person) else {
            return send.nobody.answer();
        };
        if send
            .max_text
            .is_some_and(|most| text.chars().count() > most)
        {
            return send.too_long.answer();
        }
        let since_ms = now_ms - known.wrote_ms.unwrap_or(0);
        let late = send
            .window_hours
            .is_some_and(|hours| since_ms > hours * HOUR_MS);
        if late || send.quota.is_some_and(|most| known.answers >= most) {
            return send.closed.answer();
        }
        known.answers += 1;
        let id = format!("r{}", self.board.serial());
        self.board.line(&id, &person, false, &text, None, now_ms);
        if let Some(key) = key {
            self.sent.insert(key, id.clone());
        }
        accepted(&send, &id)
    }
}

fn accepted(send: &Send, id: &str) -> Answer {
    let mut answer = Answer::text(200, &fill(&send.answer, &[("id", &escaped(id))]));
    answer.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    answer
}

/// Puts values in the place of their names, in one pass: a value is never read as a name.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let value = after.split_once("}}").and_then(|(name, after)| {
            let found = values.iter().find(|(known, _)| *known == name.trim())?;
            Some((found.1, after))
        });
        if let Some((value, after)) = value {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push_str("{{");
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// As the inside of a JSON text.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

impl Provider for Described {
    fn board(&mut self) -> &mut Board {
        &mut self.board
    }

    fn call(&mut self, now_ms: i64, asked: &Asked) -> Answer {
        if asked.method == "POST" && asked.path == self.description.send.path {
            self.heard(now_ms, asked)
        } else {
            Answer::text(404, "not found")
        }
    }

    fn too_many(&self) -> Answer {
        let mut answer = Answer::text(429, "too many requests");
        let wait = ("retry-after".to_owned(), RETRY_AFTER_SECS.to_string());
        answer.headers.push(wait);
        answer
    }

    fn say(&mut self, now_ms: i64, said: &Said) -> String {
        let person = self.board.wrote(said, now_ms);
        let id = format!("m{}", self.board.serial());
        self.board
            .line(&id, &person.id, true, &said.text, None, now_ms);
        let message = self.description.push.clone();
        let at_ms = now_ms.to_string();
        let values = [
            ("id", id.as_str()),
            ("person", &person.id),
            ("name", &person.name),
            ("text", &said.text),
            ("at_ms", &at_ms),
        ];
        self.push(now_ms, &message, &values);
        id
    }

    fn read(&mut self, now_ms: i64, person: &str) {
        let mut seen = Vec::new();
        for line in &mut self.board.lines {
            if line.person == person && !line.from_person && self.read.insert(line.id.clone()) {
                "read".clone_into(&mut line.state);
                seen.push(line.id.clone());
            }
        }
        let Some(message) = self.description.receipt.clone() else {
            return;
        };
        let at_ms = now_ms.to_string();
        for id in seen {
            let values = [("id", id.as_str()), ("person", person), ("at_ms", &at_ms)];
            self.push(now_ms, &message, &values);
        }
    }

    fn setup(&self, base_url: &str) -> Value {
        let settings: BTreeMap<&String, String> = self
            .description
            .settings
            .iter()
            .map(|(name, value)| (name, fill(value, &[("base", base_url)])))
            .collect();
        json!({ "settings": settings, "secrets": self.description.secrets })
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, fill};

    #[test]
    fn names_are_filled_once_and_what_is_none_stays() {
        let values = [("a", "{{b}}"), ("b", "no")];
        assert_eq!(fill("{{a}} {{ b }} {{c}} {{", &values), "{{b}} no {{c}} {{");
    }

    #[test]
    fn texts_stay_texts() {
        assert_eq!(escaped("a \"b\"\n"), "a \\\"b\\\"\\n");
    }
}
