//! Opens the databases of an image and looks into them.

use std::{collections::HashSet, fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use rusqlite::{Connection, types::ValueRef};

/// Opens every database in the folder and checks it; answers the ids of the messages.
pub(crate) fn examine(dir: &Path) -> Result<HashSet<String>> {
    let mut ids = HashSet::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let name = path.display().to_string();
        let database = Connection::open(&path)?;
        let verdict: String = database
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .with_context(|| name.clone())?;
        ensure!(verdict == "ok", "{name}: {verdict}");
        ids.extend(message_ids(&database).context(name)?);
    }
    Ok(ids)
}

fn message_ids(database: &Connection) -> Result<Vec<String>> {
    let table =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('message', 'messages')";
    let Ok(table) = database.query_row(table, [], |row| row.get::<_, String>(0)) else {
        return Ok(Vec::new());
    };
    let mut statement = database.prepare(&format!("SELECT id FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(match row.get_ref(0)? {
            ValueRef::Text(text) => std::str::from_utf8(text)?.to_owned(),
            ValueRef::Blob(bytes) => uuid_text(bytes),
            other => bail!("an id of type {}", other.data_type()),
        });
    }
    Ok(ids)
}

/// 16 bytes as the API writes them.
fn uuid_text(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    match hex.len() {
        32 => [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-"),
        _ => hex,
    }
}
