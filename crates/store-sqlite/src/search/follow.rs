//! The thread that keeps the index up to date.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::Ordering,
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
    Generation, Goal,
    index::{Index, Mark},
    terms,
};
use crate::{
    codec::{position, seq},
    connect,
    fault::Outcome,
    migrate::meta,
};

/// After a commit, how long more may come before they are indexed together: a word that many messages have is then written
/// once for all of them. Whoever searches cuts it short.
const GATHER: Duration = Duration::from_secs(1);

/// Events that are indexed without waiting longer, so that nobody who searches waits for more than that.
const GATHER_EVENTS: Seq = 4_000;

/// Rows indexed in one transaction: about 100 ms of work, so that stopping is quick.
const BATCH_ROWS: i64 = 4_000;

/// How far indexing steps back when processors are short: it still gets a quarter of what the others get.
const NICE: i32 = 5;

/// How long to wait after something failed that is not damage, such as a full disk.
const RETRY: Duration = Duration::from_secs(5);

/// The thread's state.
pub(super) struct Follower {
    desk: PathBuf,
    path: PathBuf,
    generation: Generation,
    reached: watch::Sender<Seq>,
    goal: Arc<Goal>,
}

impl Follower {
    pub(super) fn new(
        desk: PathBuf,
        path: PathBuf,
        generation: Generation,
        reached: watch::Sender<Seq>,
        goal: Arc<Goal>,
    ) -> Self {
        Self {
            desk,
            path,
            generation,
            reached,
            goal,
        }
    }

    /// Follows until it is stopped. Damage makes the index anew; anything else is tried again.
    pub(super) fn run(self, woken: &Receiver<()>) {
        // On Linux this is the thread's alone. Messages that come in go before looking for them; without the right to step
        // back, both share evenly.
        let _ = rustix::process::nice(NICE);
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
        self.goal.stop.load(Ordering::Acquire)
    }

    fn follow(&self, woken: &Receiver<()>, anew: bool) -> Outcome<()> {
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
            if self.stopped() || !self.gather(woken, index.places.reached()) {
                return Ok(());
            }
        }
    }

    /// Waits for something to do; false when there will be nothing any more.
    fn gather(&self, woken: &Receiver<()>, reached: Seq) -> bool {
        if woken.recv().is_err() {
            return false;
        }
        let until = Instant::now() + GATHER;
        while !self.is_urgent(reached) {
            match woken.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }

    /// True when somebody waits, or there is enough to do.
    fn is_urgent(&self, reached: Seq) -> bool {
        self.stopped()
            || self.goal.wanted.load(Ordering::Acquire) > reached
            || self.goal.head.load(Ordering::Acquire) >= reached + GATHER_EVENTS
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

/// Indexes one batch; true when there is more than fits into one.
fn step(desk: &Connection, index: &mut Index) -> Outcome<bool> {
    let snapshot = desk.unchecked_transaction()?;
    let head = seq(meta(&snapshot, "head")?);
    let mut more = false;
    index.write(|words, places| {
        // Newer things are looked for more often, so what is said now goes before what the desk was like.
        places.messages = messages(&snapshot, words, places.messages, head)?;
        places.journal = changes(&snapshot, words, places.journal, head)?;
        more |= places.reached() < head;
        more |= all(&snapshot, words, CONTACTS, &mut places.contacts, contact)?;
        more |= all(
            &snapshot,
            words,
            CONVERSATIONS,
            &mut places.conversations,
            conversation,
        )?;
        Ok(())
    })?;
    snapshot.finish()?;
    Ok(more)
}

fn messages(desk: &Connection, words: &Connection, from: Seq, head: Seq) -> Outcome<Seq> {
    let mut statement = desk.prepare_cached(concat!(
        "SELECT m.seq, ",
        terms::of_message!(),
        " FROM message m WHERE m.seq > ?1 ORDER BY m.seq LIMIT ?2"
    ))?;
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

const MESSAGE_BY_ID: &str = concat!(
    "SELECT m.seq, ",
    terms::of_message!(),
    " FROM message m WHERE m.id = ?1"
);
const CONTACT_BY_ID: &str = "SELECT n, id, name, email, phone FROM contact WHERE id = ?1";
const CONVERSATION_BY_ID: &str = "SELECT n, state FROM conversation WHERE id = ?1";
const CONTACTS: &str =
    "SELECT n, id, name, email, phone FROM contact WHERE n > ?1 ORDER BY n LIMIT ?2";
const CONVERSATIONS: &str = "SELECT n, state FROM conversation WHERE n > ?1 ORDER BY n LIMIT ?2";

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

/// Goes through a table by row number; true when there is more than fits into one batch.
fn all(
    desk: &Connection,
    words: &Connection,
    sql: &str,
    place: &mut i64,
    document: Document,
) -> Outcome<bool> {
    let mut statement = desk.prepare_cached(sql)?;
    let mut rows = statement.query([*place, BATCH_ROWS])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        *place = document(desk, words, row)?;
        count += 1;
    }
    Ok(count == BATCH_ROWS)
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
