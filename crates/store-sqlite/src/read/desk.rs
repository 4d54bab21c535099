//! Who somebody is, and what is private to configured things.

use std::collections::BTreeMap;

use plugboard_domain::{
    desk::EntityRef,
    ids::{AgentId, ApiTokenId, SessionId},
};
use plugboard_store::{Credentials, SessionView};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::{codec::instant, commit::secret_name, fault::Outcome, secret::Vault};

/// What proves who the agent with this sign-in address is.
pub(super) fn credentials(connection: &Connection, email: &str) -> Outcome<Option<Credentials>> {
    Ok(connection
        .prepare_cached("SELECT id, password_hash FROM entity WHERE email = ?1 AND kind = 'agent'")?
        .query_row([email], |row| {
            Ok(Credentials {
                agent_id: AgentId(row.get(0)?),
                password_hash: row.get(1)?,
            })
        })
        .optional()?)
}

/// The session with this token hash.
pub(super) fn session(
    connection: &Connection,
    token_hash: &[u8; 32],
) -> Outcome<Option<SessionView>> {
    let found: Option<(Uuid, Uuid, i64)> = connection
        .prepare_cached("SELECT id, agent_id, expires_at FROM session WHERE token_hash = ?1")?
        .query_row([token_hash.as_slice()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(id, agent_id, expires_at)| {
            let expires_at = instant("session", id, expires_at)?;
            Ok(SessionView {
                id: SessionId(id),
                agent_id: AgentId(agent_id),
                expires_at,
            })
        })
        .transpose()
}

/// The API token with this hash.
pub(super) fn api_token(
    connection: &Connection,
    token_hash: &[u8; 32],
) -> Outcome<Option<ApiTokenId>> {
    Ok(connection
        .prepare_cached("SELECT id FROM entity WHERE token_hash = ?1 AND kind = 'api_token'")?
        .query_row([token_hash.as_slice()], |row| row.get(0).map(ApiTokenId))
        .optional()?)
}

/// Sign-in addresses of all agents.
pub(super) fn agent_emails(connection: &Connection) -> Outcome<BTreeMap<AgentId, String>> {
    Ok(connection
        .prepare_cached("SELECT id, email FROM entity WHERE kind = 'agent' AND email IS NOT NULL")?
        .query_map([], |row| Ok((AgentId(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

/// Decrypted secrets of a configured thing.
pub(super) fn secrets(
    connection: &Connection,
    vault: &Vault,
    of: EntityRef,
) -> Outcome<BTreeMap<String, String>> {
    let mut statement =
        connection.prepare_cached("SELECT name, sealed FROM secret WHERE kind = ?1 AND id = ?2")?;
    let mut rows = statement.query(params![of.kind.name(), of.id])?;
    let mut secrets = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let sealed: Vec<u8> = row.get(1)?;
        let secret = vault.unseal(&secret_name(of, &name), &sealed)?;
        secrets.insert(name, secret);
    }
    Ok(secrets)
}
