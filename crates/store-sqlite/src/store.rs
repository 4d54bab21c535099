//! The store as callers hold it: opening, and the write side.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
};

use plugboard_domain::{Recorded, Seq, Timestamp, desk::Desk};
use plugboard_store::{Commit, Facts, JournalStore, Key, StoreError, WriteStore};

use crate::{
    connect,
    fault::{corrupt, unavailable},
    integrity, load, migrate, prune, read,
    readers::Readers,
    search::{Indexer, Search},
    secret::Vault,
    writer::Writer,
};

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives power loss (`synchronous=FULL`).
    #[default]
    Full,
    /// It survives a crash of the process; power loss may take the last ones. For benches.
    Normal,
}

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When a commit counts as done.
    pub durability: Durability,
    /// Connections that read; each uses up to 8 MiB of cache. Four keep two cores busy.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            readers: 4,
        }
    }
}

/// The desk in a directory. Dropping it stops its threads and leaves a checkpointed database.
pub struct SqliteStore {
    pub(crate) dir: PathBuf,
    /// `None` when opened to look only. Declared before what it wakes, so that it stops first.
    pub(crate) writer: Option<Writer>,
    _indexer: Option<Indexer>,
    pub(crate) search: Search,
    pub(crate) readers: Readers,
    pub(crate) vault: Option<Arc<Vault>>,
    pub(crate) ended_abruptly: bool,
    /// Held until everything else is closed.
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the desk in a directory, or makes one there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another process has it or the directory cannot be used,
    /// [`StoreError::Corrupt`] when it is damaged or a newer Plugboard wrote it.
    pub fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        fs::create_dir_all(dir)
            .map_err(|error| unavailable(&format!("making {}", dir.display()), error))?;
        let lock = lock(dir)?;
        let vault = Arc::new(Vault::open(dir)?);
        let ended_abruptly = integrity::ended_abruptly(dir);
        let path = database(dir);
        let mut connection = connect::writer(&path, options.durability)?;
        migrate::run(&mut connection)?;
        migrate::check_tail(&connection)?;
        let indexer = Indexer::start(&path, &search_index(dir))?;
        let search = indexer.search();
        let writer = Writer::start(connection, &path, Arc::clone(&vault), Some(indexer.wake()))?;
        let readers = Readers::new(
            path,
            search_index(dir),
            search.generation(),
            options.readers,
        );
        Ok(Self {
            dir: dir.to_owned(),
            writer: Some(writer),
            _indexer: Some(indexer),
            search,
            readers,
            vault: Some(vault),
            ended_abruptly,
            _lock: Some(lock),
        })
    }

    /// Opens a desk to look at it, while a server may be running on it. Writing answers [`StoreError::Unavailable`],
    /// secrets cannot be read, and search finds what the server has indexed.
    pub fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        let path = database(dir);
        if !path.exists() {
            return Err(StoreError::Unavailable(format!(
                "there is no desk in {}",
                dir.display()
            )));
        }
        let connection = connect::reader(&path)?;
        if migrate::check_version(&connection)? == 0 {
            return Err(corrupt("database", "schema", "it is empty"));
        }
        migrate::check_tail(&connection)?;
        let search = Search::idle();
        let readers = Readers::new(path, search_index(dir), search.generation(), 2);
        Ok(Self {
            dir: dir.to_owned(),
            writer: None,
            _indexer: None,
            search,
            readers,
            vault: None,
            ended_abruptly: false,
            _lock: None,
        })
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer
            .as_ref()
            .ok_or_else(|| StoreError::Unavailable("the desk was opened to look only".into()))
    }
}

/// The file of the desk.
pub(crate) fn database(dir: &Path) -> PathBuf {
    dir.join("plugboard.db")
}

/// The file of the search index.
pub(crate) fn search_index(dir: &Path) -> PathBuf {
    dir.join("search.db")
}

/// One process at a time writes a desk. The system lets go of the lock when the process ends, however it ends.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| unavailable(&format!("opening {}", path.display()), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
            "another process has the desk in {} open",
            dir.display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(unavailable(&format!("locking {}", path.display()), error))
        }
    }
}

#[async_trait::async_trait]
impl WriteStore for SqliteStore {
    async fn load_desk(&self) -> Result<Desk, StoreError> {
        self.writer()?.read(load::desk).await
    }

    async fn head(&self) -> Result<Seq, StoreError> {
        Ok(self.writer()?.head())
    }

    async fn load(&self, keys: Vec<Key>) -> Result<Facts, StoreError> {
        self.writer()?
            .read(move |connection| load::facts(connection, keys))
            .await
    }

    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.writer()?.commit(commit).await
    }
}

#[async_trait::async_trait]
impl JournalStore for SqliteStore {
    async fn read_since(&self, since: Seq, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        let writer = self.writer.as_ref();
        if let Some(newest) = writer.and_then(|it| it.tail().since(since, limit)) {
            return Ok(newest);
        }
        self.readers
            .ask(move |connection| read::journal::since(connection, since, limit))
            .await
    }

    async fn journal_head(&self) -> Result<Seq, StoreError> {
        match &self.writer {
            Some(writer) => Ok(writer.head()),
            None => {
                self.readers
                    .ask(|connection| read::journal::place(connection, "head"))
                    .await
            }
        }
    }

    async fn journal_horizon(&self) -> Result<Seq, StoreError> {
        self.readers
            .ask(|connection| read::journal::place(connection, "horizon"))
            .await
    }

    async fn prune_journal(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let writer = self.writer()?;
        // Search follows the journal, too; what it has not read yet stays. New outside work tells of new events.
        self.indexed().await?;
        let indexed = self.search.reached();
        let unneeded = self.readers.ask(prune::unneeded).await?;
        let up_to = unneeded.map_or(indexed, |position| indexed.min(position));
        writer.prune(before, up_to, limit).await
    }
}
