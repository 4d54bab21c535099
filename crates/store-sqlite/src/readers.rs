//! Readers: a few connections of their own, opened when first needed, used one caller at a time.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use plugboard_store::StoreError;
use rusqlite::{Connection, params};
use tokio::sync::Semaphore;

use crate::{connect, fault::Outcome, search::Generation};

/// The pool. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Pool>);

struct Pool {
    database: PathBuf,
    search: PathBuf,
    generation: Generation,
    permits: Semaphore,
    /// Connections that nobody uses. Last in, first out: a quiet desk keeps one of them warm instead of all.
    /// Leaf data; never held across an await or a query.
    idle: Mutex<Vec<Reader>>,
}

struct Reader {
    connection: Connection,
    /// Which making of the search index is attached.
    attached: Option<u64>,
}

impl Readers {
    /// A pool of up to `size` connections; none is opened yet.
    pub(crate) fn new(
        database: PathBuf,
        search: PathBuf,
        generation: Generation,
        size: usize,
    ) -> Self {
        let (permits, idle) = (Semaphore::new(size.max(1)), Mutex::new(Vec::new()));
        Self(Arc::new(Pool {
            database,
            search,
            generation,
            permits,
            idle,
        }))
    }

    /// Answers a question from one snapshot of the database, on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(false, question).await
    }

    /// The same, with the search index attached as `search`.
    pub(crate) async fn ask_search<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(true, question).await
    }

    async fn run<T: Send + 'static>(
        &self,
        search: bool,
        question: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _permit = self
            .0
            .permits
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let pool = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || pool.answer(search, question))
            .await
            .map_err(|panic| StoreError::Unavailable(format!("a reader failed: {panic}")))?
    }
}

impl Pool {
    fn answer<T>(
        &self,
        search: bool,
        question: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Result<T, StoreError> {
        let kept = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => Reader {
                connection: connect::reader(&self.database)?,
                attached: None,
            },
        };
        if search {
            self.attach(&mut reader)?;
        }
        let answer = one_snapshot(&reader.connection, question);
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(reader);
        Ok(answer?)
    }

    /// Attaches the search index as it is now; one that was made again meanwhile is another file.
    fn attach(&self, reader: &mut Reader) -> Outcome<()> {
        let now = self.generation.now();
        if reader.attached == Some(now) {
            return Ok(());
        }
        if reader.attached.take().is_some() {
            reader.connection.flush_prepared_statement_cache();
            reader.connection.execute("DETACH DATABASE search", [])?;
        }
        reader.connection.execute(
            "ATTACH DATABASE ?1 AS search",
            params![self.search.to_string_lossy()],
        )?;
        reader.attached = Some(now);
        Ok(())
    }
}

fn one_snapshot<T>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> Outcome<T>,
) -> Outcome<T> {
    let snapshot = connection.unchecked_transaction()?;
    let answer = question(&snapshot);
    snapshot.finish()?;
    answer
}
