//! Compares a ledger with what the restarted server answers.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, Result, bail, ensure};
use plugboard_bench::{client::HttpConnection, desk::Desk};
use serde_json::Value;

use crate::ledger::{Ledger, Page, client_id, post, say};

/// Items asked for at a time.
const LIMIT: usize = 200;

/// What the journal said so far.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Position up to which it was read.
    pub head: u64,
    /// Conversation of each message created.
    messages: HashMap<String, String>,
    /// Messages created in each conversation.
    counts: HashMap<String, u64>,
}

/// Checks everything, and finishes what was in flight: afterwards every message sent is acknowledged.
pub async fn verify(desk: &Desk, ledger: &mut Ledger, replay: &mut Replay) -> Result<()> {
    let mut http = HttpConnection::connect(desk.address).await?;
    for (visitor, page) in ledger.pages.iter_mut().enumerate() {
        let what = || format!("visitor {visitor}");
        repeat(desk, &mut http, visitor, page)
            .await
            .with_context(what)?;
        listed(desk, &mut http, visitor, page)
            .await
            .with_context(what)?;
    }
    replay.read_on(desk, &mut http).await.context("journal")?;
    for page in &ledger.pages {
        replay.knows(page)?;
    }
    replay.equals_snapshots(desk, &mut http, ledger).await
}

/// The last acknowledged message again gives the same id; the one in flight is sent again until it is acknowledged.
async fn repeat(
    desk: &Desk,
    http: &mut HttpConnection,
    visitor: usize,
    page: &mut Page,
) -> Result<()> {
    if let Some(last) = page.acknowledged.last() {
        let number = page.acknowledged.len() - 1;
        let (id, _) = post(desk, http, visitor, number, true).await?;
        ensure!(
            &id == last,
            "message {number} was {last}, repeated it is {id}"
        );
    }
    if page.in_flight {
        say(desk, http, visitor, page).await?;
    }
    Ok(())
}

/// The visitor's own list has every message exactly once, in order, with its text.
async fn listed(
    desk: &Desk,
    http: &mut HttpConnection,
    visitor: usize,
    page: &mut Page,
) -> Result<()> {
    while page.checked < page.acknowledged.len() {
        let path = format!(
            "{}?since={}&limit={LIMIT}",
            desk.messages_path(),
            page.checked_seq
        );
        let answer = http.get(&path, Some(&desk.visitors[visitor])).await?;
        let answer = answer.json(&path)?;
        let items = answer["items"].as_array().context("items")?;
        let missing = page.acknowledged.get(page.checked);
        ensure!(
            !items.is_empty(),
            "{missing:?} was acknowledged and is lost"
        );
        for item in items {
            page.checked_seq = item["seq"].as_u64().context("seq")?;
            // Greetings and other automatic answers are the server's own.
            if item["kind"] != "inbound" {
                continue;
            }
            let expected = page.acknowledged.get(page.checked);
            let id = item["id"].as_str().context("id")?;
            ensure!(
                expected.is_some_and(|expected| expected == id),
                "expected message {} with id {expected:?}, found {item}",
                page.checked
            );
            let text = item["text"].as_str().context("text")?;
            let own = client_id(visitor, page.checked);
            ensure!(
                text.starts_with(&format!("{own} ")),
                "expected {own}, found {text}"
            );
            page.checked += 1;
        }
    }
    Ok(())
}

impl Replay {
    /// Reads the journal from where it stands: positions without a gap, no message created twice.
    async fn read_on(&mut self, desk: &Desk, http: &mut HttpConnection) -> Result<()> {
        loop {
            let path = format!("/api/v1/journal?since={}&limit={LIMIT}", self.head);
            let page = desk.ask(http, &path).await?;
            let items = page["items"].as_array().context("items")?;
            for item in items {
                self.take(item)?;
            }
            let head = page["head"].as_u64().context("head")?;
            if self.head >= head {
                return Ok(());
            }
            ensure!(
                !items.is_empty(),
                "head is {head}, nothing comes after {}",
                self.head
            );
        }
    }

    fn take(&mut self, item: &Value) -> Result<()> {
        let seq = item["seq"].as_u64().context("seq")?;
        ensure!(
            seq == self.head + 1,
            "position {seq} comes after {}",
            self.head
        );
        self.head = seq;
        if item["kind"] != "message.created" {
            return Ok(());
        }
        let conversation = item["conversation_id"].as_str().context("conversation")?;
        let id = message_id(&item["data"]).with_context(|| format!("no message id in {item}"))?;
        let before = self.messages.insert(id.to_owned(), conversation.to_owned());
        if before.is_some() {
            bail!("message {id} was created twice");
        }
        *self.counts.entry(conversation.to_owned()).or_default() += 1;
        Ok(())
    }

    /// Every acknowledged message was created once, in its visitor's conversation.
    fn knows(&self, page: &Page) -> Result<()> {
        let unique: HashSet<_> = page.acknowledged.iter().collect();
        ensure!(
            unique.len() == page.acknowledged.len(),
            "one id for two messages"
        );
        for id in &page.acknowledged {
            let conversation = self.messages.get(id);
            ensure!(conversation.is_some(), "message {id} is not in the journal");
        }
        Ok(())
    }

    /// The conversations' own counters say what the journal says.
    async fn equals_snapshots(
        &self,
        desk: &Desk,
        http: &mut HttpConnection,
        ledger: &Ledger,
    ) -> Result<()> {
        for conversation in ledger
            .pages
            .iter()
            .filter_map(|page| page.conversation.as_ref())
        {
            let path = format!("/api/v1/conversations/{conversation}");
            let snapshot = desk.ask(http, &path).await?;
            let expected = self.counts.get(conversation).copied();
            ensure!(
                snapshot["message_count"].as_u64() == expected,
                "conversation {conversation}: the journal created {expected:?} messages, the snapshot says {}",
                snapshot["message_count"]
            );
        }
        Ok(())
    }
}

/// The id of the message that an event created: `message.id`, `message_id` or `id`.
fn message_id(data: &Value) -> Option<&str> {
    let nested = data["message"]["id"].as_str();
    nested
        .or(data["message_id"].as_str())
        .or(data["id"].as_str())
}
