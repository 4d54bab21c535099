//! Fills the large store through the API, and remembers which message got which id.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::texts::text;
use crate::{client::HttpConnection, desk::Desk, scenarios::remove, server::Spec};

/// Messages in each conversation.
pub(super) const MESSAGES: u32 = 10;

/// Connections that fill.
const CONNECTIONS: usize = 128;

/// Visitors whose tokens are kept, for the load after a start.
const VISITORS_KEPT: usize = 64;

/// The large store's desk and the ids of its messages, by number.
#[derive(Serialize, Deserialize)]
pub(super) struct Filled {
    pub(super) desk: Desk,
    pub(super) ids: Vec<String>,
}

/// The filled store of this size: found, or made.
pub(super) async fn filled(spec: &Spec, dir: &Path, conversations: u32) -> Result<Filled> {
    let note = dir.join("filled.json");
    if let Ok(text) = fs::read(&note) {
        eprintln!("   using {}", dir.display());
        return Ok(serde_json::from_slice(&text)?);
    }
    remove(dir)?;
    let data = dir.join("data");
    fs::create_dir_all(&data)?;
    let (server, desk) = Desk::open(spec, &data, 0).await?;
    let filled = fill(desk, conversations).await?;
    server.stop()?;
    fs::write(&note, serde_json::to_vec(&filled)?)?;
    Ok(filled)
}

async fn fill(mut desk: Desk, conversations: u32) -> Result<Filled> {
    let ids = vec![String::new(); (conversations * MESSAGES) as usize];
    let shared = Arc::new(Filling {
        desk: desk.clone(),
        conversations,
        next: AtomicU32::new(0),
        ids: Mutex::new(ids),
        visitors: Mutex::new(Vec::new()),
    });
    let mut workers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let shared = shared.clone();
        workers.spawn(async move { shared.work().await });
    }
    while let Some(ended) = workers.join_next().await {
        ended.context("a worker died")??;
    }
    let shared = Arc::into_inner(shared).context("all workers have ended")?;
    desk.visitors = shared
        .visitors
        .into_inner()
        .ok()
        .context("a worker panicked")?;
    let ids = shared.ids.into_inner().ok().context("a worker panicked")?;
    Ok(Filled { desk, ids })
}

struct Filling {
    desk: Desk,
    conversations: u32,
    next: AtomicU32,
    /// By message number; locked once for each conversation.
    ids: Mutex<Vec<String>>,
    visitors: Mutex<Vec<String>>,
}

impl Filling {
    async fn work(&self) -> Result<()> {
        let mut http = HttpConnection::connect(self.desk.address).await?;
        loop {
            let conversation = self.next.fetch_add(1, Ordering::Relaxed);
            if conversation >= self.conversations {
                return Ok(());
            }
            self.converse(&mut http, conversation).await?;
            if (conversation + 1).is_multiple_of((self.conversations / 10).max(1)) {
                eprintln!("   filled {} of {}", conversation + 1, self.conversations);
            }
        }
    }

    async fn converse(&self, http: &mut HttpConnection, conversation: u32) -> Result<()> {
        let sessions = format!("/chat/v1/{}/sessions", self.desk.inbox);
        let body = json!({ "name": format!("Customer {conversation:06}"), "locale": "zh" });
        let session = http.call(&sessions, None, &body).await?;
        let token = session["visitor_token"].as_str().context("visitor token")?;
        let first = conversation * MESSAGES;
        let mut given = Vec::with_capacity(MESSAGES as usize);
        for number in first..first + MESSAGES {
            let body = json!({ "client_id": format!("fill-{number}"), "text": text(number) });
            let answer = http
                .call(&self.desk.messages_path(), Some(token), &body)
                .await?;
            given.push(message_id(&answer)?);
        }
        let mut ids = self.ids.lock().ok().context("a worker panicked")?;
        for (at, id) in (first as usize..).zip(given) {
            ids[at] = id;
        }
        drop(ids);
        let mut visitors = self.visitors.lock().ok().context("a worker panicked")?;
        if visitors.len() < VISITORS_KEPT {
            visitors.push(token.to_owned());
        }
        Ok(())
    }
}

fn message_id(answer: &Value) -> Result<String> {
    let id = answer["message"]["id"]
        .as_str()
        .context("id of the message")?;
    Ok(id.to_owned())
}

/// Size of the store's files, in MiB.
pub(super) fn disk_mib(data: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in fs::read_dir(data)? {
        let facts = entry?.metadata()?;
        bytes += if facts.is_file() { facts.len() } else { 0 };
    }
    if bytes == 0 {
        bail!("{} has no files", data.display());
    }
    Ok(crate::scenarios::count_f64(bytes) / 1024.0 / 1024.0)
}
