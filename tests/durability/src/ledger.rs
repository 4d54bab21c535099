//! What visitors sent, and what was acknowledged: the truth that the store is compared with.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use plugboard_bench::{
    client::{ClientError, HttpConnection},
    desk::Desk,
};
use serde_json::json;

/// One visitor's side of the story. Messages are numbered from 0; only the last can be unacknowledged.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Ids that the server gave, by number.
    pub acknowledged: Vec<String>,
    /// True while the message after those was sent and not answered.
    pub in_flight: bool,
    /// The conversation, once known.
    pub conversation: Option<String>,
    /// Journal position up to which this visitor's messages were checked.
    pub checked_seq: u64,
    /// How many of `acknowledged` were found in an earlier check.
    pub checked: usize,
}

/// All visitors' pages.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By visitor.
    pub pages: Vec<Page>,
}

impl Ledger {
    /// Empty pages for so many visitors.
    pub fn new(visitors: usize) -> Self {
        Self {
            pages: vec![Page::default(); visitors],
        }
    }

    /// Messages acknowledged by all.
    pub fn acknowledged(&self) -> usize {
        self.pages.iter().map(|page| page.acknowledged.len()).sum()
    }
}

/// The visitor's own id of message `number`.
pub fn client_id(visitor: usize, number: usize) -> String {
    format!("v{visitor}-{number}")
}

/// Writes as visitor `visitor` until the connection breaks or `stop` is set; answers with the page as it then is.
pub async fn write_on(desk: &Desk, visitor: usize, mut page: Page, stop: &AtomicBool) -> Page {
    let Ok(mut http) = HttpConnection::connect(desk.address).await else {
        return page;
    };
    while !stop.load(Ordering::Relaxed) {
        if say(desk, &mut http, visitor, &mut page).await.is_err() {
            break;
        }
    }
    page
}

/// Sends the next message; on an error it stays in flight, and the same call sends it again.
pub async fn say(
    desk: &Desk,
    http: &mut HttpConnection,
    visitor: usize,
    page: &mut Page,
) -> Result<()> {
    let number = page.acknowledged.len();
    let again = std::mem::replace(&mut page.in_flight, true);
    let (id, conversation) = post(desk, http, visitor, number, again).await?;
    page.acknowledged.push(id);
    page.conversation = Some(conversation);
    page.in_flight = false;
    Ok(())
}

/// Posts message `number` and answers with its id and conversation; a repetition may answer 200.
pub async fn post(
    desk: &Desk,
    http: &mut HttpConnection,
    visitor: usize,
    number: usize,
    again: bool,
) -> Result<(String, String)> {
    let client_id = client_id(visitor, number);
    let text = format!("{client_id} 你好，我的包裹到哪里了？");
    let body = json!({ "client_id": client_id, "text": text }).to_string();
    let path = desk.messages_path();
    let answer = http
        .post(&path, Some(&desk.visitors[visitor]), body.as_bytes())
        .await?;
    if answer.status != 201 && !(again && answer.status == 200) {
        return Err(answer.refusal(&client_id).into());
    }
    let answer = answer.json(&client_id)?;
    let field = |value: &serde_json::Value| {
        let text = value.as_str().map(str::to_owned);
        text.ok_or(ClientError::Protocol("an id is missing"))
    };
    Ok((
        field(&answer["message"]["id"])?,
        field(&answer["conversation_id"])?,
    ))
}
