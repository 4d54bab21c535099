//! Lists and searches over the large store: how long, and whether everything is found.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use memchr::memmem;
use serde_json::Value;

use super::{
    fill::Filled,
    texts::{WORDS_EN, WORDS_ZH, text},
};
use crate::{
    client::HttpConnection, desk::Desk, load::new_histogram, scenarios::Context, server::Kind,
};

/// Requests of each kind.
const TURNS: u32 = 60;

/// Lists that people look at all day.
const LISTS: [&str; 5] = [
    "",
    "&status=open",
    "&assignee=none",
    "&assignee=me",
    "&needs_reply=true",
];

/// Pages from the top before a list counts as looked at deeply.
const DEEP_PAGES: u32 = 40;

/// Chinese words with more matches than this are timed, but not read to the end.
const RECALL_MATCHES_MAX: usize = 3_000;

/// How long the search index may lag behind the last message.
const INDEX_PATIENCE: Duration = Duration::from_mins(5);

/// Times first pages and deep pages.
pub(super) async fn lists(context: &mut Context, desk: &Desk) -> Result<()> {
    let mut http = HttpConnection::connect(desk.address).await?;
    let mut latency = new_histogram();
    for _ in 0..TURNS {
        for filter in LISTS {
            let path = format!("/api/v1/conversations?limit=50{filter}");
            timed(desk, &mut http, &path, &mut latency).await?;
        }
    }
    let mut cursor = String::new();
    for _ in 0..DEEP_PAGES {
        let path = format!("/api/v1/conversations?limit=50{cursor}");
        let page = timed(desk, &mut http, &path, &mut latency).await?;
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={}", escape(next));
    }
    context.note_latency(Kind::Product, "scale.list", &latency);
    Ok(())
}

/// Times searches for frequent, rare and absent words.
pub(super) async fn searches(context: &mut Context, desk: &Desk) -> Result<()> {
    let mut http = HttpConnection::connect(desk.address).await?;
    let mut latency = new_histogram();
    let mut slowest = (0, "");
    for _ in 0..TURNS / 3 {
        for word in WORDS_ZH.into_iter().chain(WORDS_EN) {
            let path = format!("/api/v1/search?limit=20&q={}", escape(word));
            let began = Instant::now();
            timed(desk, &mut http, &path, &mut latency).await?;
            slowest = slowest.max((began.elapsed().as_micros(), word));
        }
    }
    eprintln!("   slowest search: {} ({} us)", slowest.1, slowest.0);
    context.note_latency(Kind::Product, "scale.search", &latency);
    Ok(())
}

async fn timed(
    desk: &Desk,
    http: &mut HttpConnection,
    path: &str,
    latency: &mut hdrhistogram::Histogram<u64>,
) -> Result<Value> {
    let began = Instant::now();
    let answer = desk.ask(http, path).await?;
    latency.saturating_record(u64::try_from(began.elapsed().as_micros())?);
    Ok(answer)
}

/// Which part of what a scan finds the search finds too, over all Chinese words, and which part of what it finds is right.
pub(super) async fn recall(desk: &Desk, filled: &Filled) -> Result<(f64, f64)> {
    let mut http = HttpConnection::connect(desk.address).await?;
    indexed(desk, &mut http, filled).await?;
    let (mut wanted, mut found, mut given) = (0, 0, 0);
    for word in WORDS_ZH {
        let scanned = scan(word, filled);
        if scanned.len() > RECALL_MATCHES_MAX {
            continue;
        }
        let hits = search_all(desk, &mut http, word).await?;
        let both = scanned.iter().filter(|id| hits.contains(**id)).count();
        eprintln!(
            "   {word}: a scan finds {}, the search {} of them in {}",
            scanned.len(),
            both,
            hits.len()
        );
        wanted += scanned.len();
        found += both;
        given += hits.len();
    }
    if wanted == 0 {
        bail!("no word is rare enough to be counted");
    }
    let part = |of: usize, all: usize| super::count_f64(of as u64) / super::count_f64(all as u64);
    Ok((part(found, wanted), part(found, given)))
}

/// Ids of the messages whose text has `word` in it.
fn scan<'a>(word: &str, filled: &'a Filled) -> HashSet<&'a str> {
    let finder = memmem::Finder::new(word);
    let numbered = (0..).zip(&filled.ids);
    let matching = numbered.filter(|(number, _)| finder.find(text(*number).as_bytes()).is_some());
    matching.map(|(_, id)| id.as_str()).collect()
}

/// Ids of all messages that the search gives, to its last page.
async fn search_all(desk: &Desk, http: &mut HttpConnection, word: &str) -> Result<HashSet<String>> {
    let mut hits = HashSet::new();
    let mut cursor = String::new();
    loop {
        let query = escape(word);
        let path = format!("/api/v1/search?kind=message&limit=200&q={query}{cursor}");
        let page = desk.ask(http, &path).await?;
        for item in page["items"].as_array().context("items")? {
            hits.insert(item["id"].as_str().context("id")?.to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", escape(next)),
            None => return Ok(hits),
        }
    }
}

/// Waits until the last message that was filled in is found.
async fn indexed(desk: &Desk, http: &mut HttpConnection, filled: &Filled) -> Result<()> {
    let last = filled.ids.len().saturating_sub(1);
    let began = Instant::now();
    while began.elapsed() < INDEX_PATIENCE {
        if search_all(desk, http, &format!("{last:08}"))
            .await?
            .contains(&filled.ids[last])
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bail!("the index is still behind after {INDEX_PATIENCE:?}");
}

/// Percent-encoding for a query.
fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
