//! The thread that keeps the index up to date.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use plugboard_domain::Seq;
use plugboard_store::tokens;
use rusqlite::{Connection, Row};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Generation, Signal,
    index::{Index, Mark},
    terms,
};
use crate::{
    codec::{position, seq},
    connect,
    fault::Outcome,
    migrate::meta,
};

/// After a commit, how long more may come before they are indexed together. Whoever searches cuts it short.
const GATHER: Duration = Duration::from_millis(100);

/// Rows indexed in one transaction: about 50 ms of work, so that stopping is quick.
const BATCH_ROWS: i64 = 4_000;

/// How long to wait after something failed that is not damage, such as a full disk.
const RETRY: Duration = Duration::from_secs(5);

/// The thread's state.
pub(super) struct Follower {
    desk: PathBuf,
    path: PathBuf,
    generation: Generation,
    reached: watch::Sender<Seq>,
    stop: Arc<AtomicBool>,
}

impl Follower {
    pub(super) fn new(
        desk: PathBuf,
        path: PathBuf,
        generation: Generation,
        reached: watch::Sender<Seq>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self {
            desk,
            path,
            generation,
            reached,
            stop,
        }
    }

    /// Follows until it is stopped. Damage makes the index anew; anything else is tried again.
    pub(super) fn run(self, woken: &Receiver<Signal>) {
        let mut anew = false;
        while !self.stopped() {
            match self.follow(woken, anew) {
                Ok(()) => return,
                Err(fault) => {
                    anew = fault.is_damage();
                    tracing::warn!(?fault, anew, "indexing for search failed");
                    if !anew && woken.recv_timeout(RETRY) == Err(RecvTimeoutError::Disconnected) {
                        return;
                    }
                }
            }
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn follow(&self, woken: &Receiver<Signal>, anew: bool) -> Outcome<()> {
        let desk = connect::reader(&self.desk)?;
        let mark = Mark {
            instance: desk.query_row(
                "SELECT value FROM meta WHERE key = 'instance'",
                [],
                |row| row.get(0),
            )?,
            head: seq(meta(&desk, "head")?),
            horizon: seq(meta(&desk, "horizon")?),
        };
        let kept = if anew { None } else { self.open_kept(&mark)? };
        let mut index = match kept {
            Some(index) => index,
            None => self.create(&mark)?,
        };
        loop {
            while !self.stopped() && step(&desk, &mut index)? {}
            // The receivers are in the store, which may be going away.
            let _ = self.reached.send(index.places.reached());
            if self.stopped() || !gather(woken) {
                return Ok(());
            }
        }
    }

    /// A damaged index is as good as none.
    fn open_kept(&self, mark: &Mark) -> Outcome<Option<Index>> {
        match Index::open(&self.path, mark) {
            Err(fault) if fault.is_damage() => Ok(None),
            opened => opened,
        }
    }

    fn create(&self, mark: &Mark) -> Outcome<Index> {
        tracing::info!(head = mark.head, "making the search index");
        let index = Index::create(&self.path, mark)?;
        self.generation.next();
        Ok(index)
    }
}

/// Waits for something to do; false when there will be nothing any more.
fn gather(woken: &Receiver<Signal>) -> bool {
    let Ok(mut signal) = woken.recv() else {
        return false;
    };
    let until = Instant::now() + GATHER;
    while signal == Signal::Committed {
        match woken.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(next) => signal = next,
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}

/// Indexes one batch; false when there was nothing to index.
fn step(desk: &Connection, index: &mut Index) -> Outcome<bool> {
    let snapshot = desk.unchecked_transaction()?;
    let head = seq(meta(&snapshot, "head")?);
    let before = index.places;
    index.write(|words, places| {
        // Newer things are looked for more often, so what is said now goes before what the desk was like.
        places.messages = messages(&snapshot, words, places.messages, head)?;
        places.journal = changes(&snapshot, words, places.journal, head)?;
        places.contacts = all_contacts(&snapshot, words, places.contacts)?;
        places.conversations = all_conversations(&snapshot, words, places.conversations)?;
        Ok(())
    })?;
    snapshot.finish()?;
    Ok(index.places != before)
}

fn messages(desk: &Connection, words: &Connection, from: Seq, head: Seq) -> Outcome<Seq> {
    let mut statement =
        desk.prepare_cached("SELECT seq, text FROM message WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let mut insert = words
        .prepare_cached("INSERT OR REPLACE INTO message_words (rowid, words) VALUES (?1, ?2)")?;
    let mut rows = statement.query([position(from), BATCH_ROWS])?;
    let (mut last, mut count) = (from, 0);
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(0)?;
        insert.execute((
            at,
            tokens::index(row.get_ref(1)?.as_str().unwrap_or_default()),
        ))?;
        (last, count) = (seq(at), count + 1);
    }
    Ok(if count < BATCH_ROWS { head } else { last })
}

/// Contacts and conversations that events of the journal changed.
fn changes(desk: &Connection, words: &Connection, from: Seq, head: Seq) -> Outcome<Seq> {
    let mut statement = desk.prepare_cached(
        "SELECT seq, kind, conversation_id, data ->> '$.contact_id', data ->> '$.message_id' FROM journal
         WHERE seq > ?1 AND kind IN ('contact.created', 'contact.updated', 'contact.identified', 'conversation.tagged',
           'conversation.status_changed', 'message.edited', 'message.taken_back')
         ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query([position(from), BATCH_ROWS])?;
    let (mut last, mut count) = (from, 0);
    while let Some(row) = rows.next()? {
        (last, count) = (seq(row.get(0)?), count + 1);
        let kind = row.get_ref(1)?.as_str().unwrap_or_default();
        if kind.starts_with("message") {
            let id: Option<String> = row.get(4)?;
            if let Some(id) = id.and_then(|id| id.parse::<Uuid>().ok()) {
                one(desk, words, MESSAGE_BY_ID, id, message)?;
            }
        } else if kind.starts_with("contact") {
            let id: Option<String> = row.get(3)?;
            if let Some(id) = id.and_then(|id| id.parse::<Uuid>().ok()) {
                one(desk, words, CONTACT_BY_ID, id, contact)?;
            }
        } else if let Some(id) = row.get::<_, Option<Uuid>>(2)? {
            one(desk, words, CONVERSATION_BY_ID, id, conversation)?;
        }
    }
    Ok(if count < BATCH_ROWS { head } else { last })
}

const MESSAGE_BY_ID: &str = "SELECT seq, text FROM message WHERE id = ?1";
const CONTACT_BY_ID: &str = "SELECT n, id, name, email, phone FROM contact WHERE id = ?1";
const CONVERSATION_BY_ID: &str = "SELECT n, state FROM conversation WHERE id = ?1";

type Document = fn(&Connection, &Connection, &Row<'_>) -> Outcome<i64>;

fn one(
    desk: &Connection,
    words: &Connection,
    sql: &str,
    id: Uuid,
    document: Document,
) -> Outcome<()> {
    let mut statement = desk.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    if let Some(row) = rows.next()? {
        document(desk, words, row)?;
    }
    Ok(())
}

fn all_contacts(desk: &Connection, words: &Connection, from: i64) -> Outcome<i64> {
    all(
        desk,
        words,
        "SELECT n, id, name, email, phone FROM contact WHERE n > ?1 ORDER BY n LIMIT ?2",
        from,
        contact,
    )
}

fn all_conversations(desk: &Connection, words: &Connection, from: i64) -> Outcome<i64> {
    all(
        desk,
        words,
        "SELECT n, state FROM conversation WHERE n > ?1 ORDER BY n LIMIT ?2",
        from,
        conversation,
    )
}

fn all(
    desk: &Connection,
    words: &Connection,
    sql: &str,
    from: i64,
    document: Document,
) -> Outcome<i64> {
    let mut statement = desk.prepare_cached(sql)?;
    let mut rows = statement.query([from, BATCH_ROWS])?;
    let mut last = from;
    while let Some(row) = rows.next()? {
        last = document(desk, words, row)?;
    }
    Ok(last)
}

fn contact(desk: &Connection, words: &Connection, row: &Row<'_>) -> Outcome<i64> {
    let (n, id): (i64, Uuid) = (row.get(0)?, row.get(1)?);
    let mut parts: Vec<String> = Vec::new();
    parts.extend(row.get::<_, Option<String>>(2)?);
    parts.extend(row.get::<_, Option<String>>(3)?);
    let phones = row.get::<_, Option<String>>(4)?;
    let mut statement = desk.prepare_cached(
        "SELECT kind, value FROM identity WHERE contact_id = ?1 AND kind <> 'visitor'",
    )?;
    let mut identities = statement.query([id])?;
    let mut digits: Vec<String> = phones.into_iter().collect();
    while let Some(row) = identities.next()? {
        let value: String = row.get(1)?;
        if row.get_ref(0)?.as_str().unwrap_or_default() == "phone" {
            digits.push(value);
        } else {
            parts.push(value);
        }
    }
    parts.extend(digits.iter().map(|phone| terms::phone(phone)));
    replace(words, "contact_words", n, &parts.join("\n"))?;
    Ok(n)
}

fn message(_: &Connection, words: &Connection, row: &Row<'_>) -> Outcome<i64> {
    let n: i64 = row.get(0)?;
    replace(
        words,
        "message_words",
        n,
        row.get_ref(1)?.as_str().unwrap_or_default(),
    )?;
    Ok(n)
}

fn conversation(_: &Connection, words: &Connection, row: &Row<'_>) -> Outcome<i64> {
    let n: i64 = row.get(0)?;
    let text = terms::of_conversation(n, row.get_ref(1)?.as_str().unwrap_or_default())?;
    // Most conversations have neither labels nor a wrap-up yet.
    if text.is_empty() {
        words
            .prepare_cached("DELETE FROM conversation_words WHERE rowid = ?1")?
            .execute([n])?;
    } else {
        replace(words, "conversation_words", n, &text)?;
    }
    Ok(n)
}

fn replace(words: &Connection, table: &str, n: i64, text: &str) -> Outcome<()> {
    let sql = format!("INSERT OR REPLACE INTO {table} (rowid, words) VALUES (?1, ?2)");
    words
        .prepare_cached(&sql)?
        .execute((n, tokens::index(text)))?;
    Ok(())
}
