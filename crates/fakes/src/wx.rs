//! What WeCom and WeChat share: tokens that expire, encrypted callbacks, error bodies, media.

use serde_json::{Value, json};

use crate::{
    Answer, Asked, Board, Fault, Media, Push, SKEW_MS,
    crypto::{WxKey, sha1_sorted},
    wire::escape,
};

/// The key of the provider's published samples.
pub(crate) const AES_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// The token of the provider's published samples.
pub(crate) const CALLBACK_TOKEN: &str = "QDG6eK";

/// How long an access token holds.
const TOKEN_MS: i64 = 7_200_000;

/// How long the one before it still does.
const OVERLAP_MS: i64 = 300_000;

/// How long an uploaded file is kept.
const MEDIA_MS: i64 = 3 * 86_400_000;

/// How long after a message of the customer answers may be sent.
pub(crate) const WINDOW_MS: i64 = 48 * 3_600_000;

/// How many answers.
pub(crate) const QUOTA: u32 = 5;

/// Access tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    held: Vec<(String, i64)>,
    issued: u64,
}

impl Tokens {
    /// A new one; the one before it soon ends.
    pub(crate) fn issue(&mut self, now_ms: i64) -> Answer {
        for (_, until) in &mut self.held {
            *until = (*until).min(now_ms + OVERLAP_MS);
        }
        self.issued += 1;
        let token = format!("fake-access-token-{}", self.issued);
        self.held.push((token.clone(), now_ms + TOKEN_MS));
        answered(&json!({"access_token": token, "expires_in": TOKEN_MS / 1000}))
    }

    /// The one that holds, or a new one: `stable_token`.
    pub(crate) fn stable(&mut self, now_ms: i64, force: bool) -> Answer {
        match self.held.last() {
            Some((token, until)) if !force && *until > now_ms => {
                answered(&json!({"access_token": token, "expires_in": (until - now_ms) / 1000}))
            }
            _ => self.issue(now_ms),
        }
    }

    /// What is wrong with the token of a call.
    pub(crate) fn check(&self, now_ms: i64, asked: &Asked) -> Result<(), Answer> {
        let token = asked.query_value("access_token").unwrap_or_default();
        match self.held.iter().find(|(held, _)| *held == token) {
            None => Err(failed(40014, "invalid access_token")),
            Some((_, until)) if *until <= now_ms => Err(failed(42001, "access_token expired")),
            Some(_) => Ok(()),
        }
    }

    /// Ends all of them.
    pub(crate) fn expire(&mut self) {
        for (_, until) in &mut self.held {
            *until = 0;
        }
    }

    /// How many were given out.
    pub(crate) fn issued(&self) -> u64 {
        self.issued
    }
}

/// A success.
pub(crate) fn answered(fields: &Value) -> Answer {
    let mut body = json!({"errcode": 0, "errmsg": "ok"});
    if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
        body.extend(fields.clone());
    }
    Answer::json(200, &body)
}

/// A failure: HTTP 200 with a code, as they do it.
pub(crate) fn failed(code: i64, text: &str) -> Answer {
    Answer::json(
        200,
        &json!({"errcode": code, "errmsg": format!("{text}, hint: [1700000000000000000000000]")}),
    )
}

/// An upload; answers with the id.
pub(crate) fn upload(board: &mut Board, now_ms: i64, asked: &Asked) -> Answer {
    let kind = asked.query_value("type").unwrap_or_default();
    let Some(part) = asked.parts().into_iter().find(|part| part.name == "media") else {
        return failed(41005, "media data missing");
    };
    let media = board.keep(
        "MEDIA_ID_",
        Media {
            id: String::new(),
            kind: kind.clone(),
            name: part.filename.unwrap_or_default(),
            mime: part.mime.unwrap_or_default(),
            data: part.data,
        },
    );
    // The file's age is in its name: nothing else needs it.
    let id = format!("{}_{now_ms}", media.id);
    board.files.insert(
        id.clone(),
        Media {
            id: id.clone(),
            ..media
        },
    );
    answered(&json!({"type": kind, "media_id": id, "created_at": (now_ms / 1000).to_string()}))
}

/// A file that was uploaded, as long as it is kept.
pub(crate) fn file(board: &Board, now_ms: i64, id: &str) -> Option<Media> {
    let born: i64 = id.rsplit('_').next()?.parse().ok()?;
    (now_ms - born < MEDIA_MS).then(|| board.files.get(id).cloned())?
}

/// Keeps a file of a customer.
pub(crate) fn keep(board: &mut Board, now_ms: i64, media: Media) -> Media {
    let media = board.keep("MEDIA_ID_", media);
    let id = format!("{}_{now_ms}", media.id);
    let media = Media {
        id: id.clone(),
        ..media
    };
    board.files.insert(id, media.clone());
    media
}

/// A download.
pub(crate) fn download(board: &Board, now_ms: i64, asked: &Asked) -> Answer {
    let id = asked.query_value("media_id").unwrap_or_default();
    match file(board, now_ms, &id) {
        Some(file) => Answer::file(&file.mime, &file.name, file.data),
        None => failed(40007, "invalid media_id"),
    }
}

/// Puts an encrypted callback on its way.
pub(crate) fn callback(
    board: &mut Board,
    now_ms: i64,
    receiver: &str,
    official_account: bool,
    xml: &str,
) {
    let fate = board.fate();
    let id = board.serial();
    if fate.forged {
        board.enqueue(sealed(
            id,
            now_ms,
            receiver,
            official_account,
            xml,
            "not-the-token",
            true,
        ));
    }
    let at_ms = if fate.skewed {
        now_ms - SKEW_MS
    } else {
        now_ms
    };
    board.enqueue(sealed(
        id,
        at_ms,
        receiver,
        official_account,
        xml,
        CALLBACK_TOKEN,
        false,
    ));
}

fn sealed(
    id: u64,
    at_ms: i64,
    receiver: &str,
    official_account: bool,
    xml: &str,
    token: &str,
    forged: bool,
) -> Push {
    let key = WxKey::new(AES_KEY).expect("the sample key is one");
    let mut chance = [b'a'; 16];
    chance[8..].copy_from_slice(&id.to_be_bytes());
    let sealed = key.encrypt(chance, xml, receiver);
    let (time, nonce) = ((at_ms / 1000).to_string(), format!("{}", 1_000_000 + id));
    let signature = sha1_sorted(&[token, &time, &nonce, &sealed]);
    let mut query = format!("msg_signature={signature}&timestamp={time}&nonce={nonce}");
    if official_account {
        let plain = sha1_sorted(&[token, &time, &nonce]);
        query = format!("signature={plain}&encrypt_type=aes&{query}");
    }
    Push {
        id,
        method: "POST".to_owned(),
        query,
        headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
        body: format!(
            "<xml><ToUserName><![CDATA[{receiver}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt><AgentID><![CDATA[]]></AgentID></xml>"
        )
        .into_bytes(),
        tries_left: 3,
        forged,
        lost: false,
    }
}

/// The first request to a new callback of WeCom.
pub(crate) fn verification(board: &mut Board, now_ms: i64, receiver: &str) -> (Push, String) {
    let id = board.serial();
    let key = WxKey::new(AES_KEY).expect("the sample key is one");
    let echo = format!("161614031755516{id:04}");
    let sealed = key.encrypt([b'e'; 16], &echo, receiver);
    let (time, nonce) = ((now_ms / 1000).to_string(), format!("{}", 2_000_000 + id));
    let signature = sha1_sorted(&[CALLBACK_TOKEN, &time, &nonce, &sealed]);
    let query = format!(
        "msg_signature={signature}&timestamp={time}&nonce={nonce}&echostr={}",
        escape(&sealed)
    );
    (
        Push {
            id,
            method: "GET".to_owned(),
            query,
            ..Push::default()
        },
        echo,
    )
}

/// Whether an answer to this person may be sent, and counts it: out of time, or out of count.
pub(crate) enum Window {
    /// It may.
    Open,
    /// The person has not written for too long.
    Closed,
    /// All answers are used up.
    Used,
}

/// Looks and counts.
pub(crate) fn window(board: &mut Board, now_ms: i64, person: &str) -> Window {
    let Some(person) = board.people.get_mut(person) else {
        return Window::Closed;
    };
    match person.wrote_ms {
        Some(wrote) if now_ms - wrote < WINDOW_MS => {}
        _ => return Window::Closed,
    }
    if person.answers >= QUOTA {
        return Window::Used;
    }
    person.answers += 1;
    Window::Open
}

/// How both say that somebody asks too often.
pub(crate) fn too_many() -> Answer {
    failed(45009, "api freq out of limit")
}

/// Uses the fault of an empty page.
pub(crate) fn empty_page(board: &mut Board) -> bool {
    board.take(Fault::EmptyPage)
}
