//! A copy of the desk while it runs.

use std::{fs, path::Path, time::Duration};

use plugboard_store::StoreError;
use rusqlite::{Connection, backup::Backup};

use crate::{
    SqliteStore,
    fault::{Outcome, unavailable},
};

/// Pages copied at a time: 4 MiB, then everybody else gets a turn.
const STEP_PAGES: i32 = 1_024;

impl SqliteStore {
    /// Writes a copy of the desk to a file, as of one moment. The file appears whole, or not at all.
    ///
    /// Secrets in it stay sealed: opening them takes `secret.key`, which is to be kept in another place. The search index
    /// is not in it; it is made again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be written.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_owned();
        self.readers
            .ask(move |connection| copy(connection, &to))
            .await
    }
}

/// The connection reads one snapshot all along, so commits meanwhile neither show nor make the copy start over.
fn copy(connection: &Connection, to: &Path) -> Outcome<()> {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    let partial = Path::new(&name);
    match fs::remove_file(partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(cannot(partial, error).into());
        }
        _ => {}
    }
    // The first read begins the snapshot.
    connection.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0))?;
    {
        let mut target = Connection::open(partial)?;
        // It is synced as a whole below.
        target.pragma_update(None, "synchronous", "OFF")?;
        Backup::new(connection, &mut target)?.run_to_completion(
            STEP_PAGES,
            Duration::ZERO,
            None,
        )?;
    }
    let publish = || -> std::io::Result<()> {
        fs::File::open(partial)?.sync_all()?;
        fs::rename(partial, to)?;
        match to.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            Some(dir) => fs::File::open(dir)?.sync_all(),
            None => fs::File::open(".")?.sync_all(),
        }
    };
    publish().map_err(|error| cannot(to, error).into())
}

fn cannot(path: &Path, error: std::io::Error) -> StoreError {
    unavailable(&format!("writing {}", path.display()), error)
}
